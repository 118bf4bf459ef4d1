"""Request heads: plain ones are read, everything unusual is left to the full parser."""

from __future__ import annotations

import pytest

from liveblog.heads import read

PLAIN = b"GET /live/anora?utm=x HTTP/1.1\r\nHost: live.example.org\r\nAccept-Encoding:gzip \r\nX-A: 1\r\nx-a: 2\r\n\r\n"


def test_a_plain_head_is_read() -> None:
    head = read(PLAIN)
    assert head is not None
    assert (head.path, head.query) == (b"/live/anora", b"utm=x")
    assert head.headers == {b"host": b"live.example.org", b"accept-encoding": b"gzip", b"x-a": b"1, 2"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GET", b"POST"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"/live/anora?utm=x", b"http://other/live/anora"),
        (b"/live/anora", b"/live/an ora"),
        (b"Host: live.example.org\r\n", b""),
        (b"X-A: 1", b"Content-Length: 5"),
        (b"X-A: 1", b"Transfer-Encoding: chunked"),
        (b"X-A: 1", b" folded"),
        (b"X-A: 1", b"X A: 1"),
        (b"X-A: 1", b"no colon"),
    ],
)
def test_an_unusual_head_is_left_to_the_full_parser(old: bytes, new: bytes) -> None:
    assert old in PLAIN
    assert read(PLAIN.replace(old, new, 1)) is None


def test_a_head_becomes_a_wsgi_environ() -> None:
    head = read(PLAIN)
    assert head is not None
    environ = head.environ()
    assert environ["PATH_INFO"] == "/live/anora"
    assert environ["HTTP_ACCEPT_ENCODING"] == "gzip"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("live.example.org", "80")
