"""Request heads: every form of a GET is parsed once; malformed ones are left to the full parser."""

from __future__ import annotations

from typing import Any

import pytest

from liveblog.http.request_head import fault, read

PLAIN = b"GET /live/anora?utm=x HTTP/1.1\r\nHost: live.example.org\r\nAccept-Encoding:gzip \r\nX-A: 1\r\nx-a: 2\r\n\r\n"


def test_a_plain_head_is_read() -> None:
    head = read(PLAIN)
    assert head is not None
    assert (head.path, head.query, head.args()) == (b"/live/anora", b"utm=x", {"utm": "x"})
    assert head.headers == {b"host": b"live.example.org", b"accept-encoding": b"gzip", b"x-a": b"1, 2"}
    assert (head.old, head.has_body) == (False, False)


@pytest.mark.parametrize(
    ("old", "new", "read_as"),
    [
        (b"HTTP/1.1", b"HTTP/1.0", {"old": True}),
        (b"HTTP/1.1\r\nHost: live.example.org", b"HTTP/1.0", {"old": True, "host": ""}),
        (b" /live", b" http://other.example/live", {"host": "other.example"}),
        (b" /live/anora?", b" HTTPS://other.example?", {"host": "other.example", "path": b"/"}),
        (b" /live/anora?utm=x", b" http://other.example", {"host": "other.example", "path": b"/", "args": {}}),
        (b"/live/anora", b"/l%69ve/an%6Fra", {"path": b"/live/anora"}),
        (b"/live/anora", b"/live/an%3Fora", {"path": b"/live/an?ora"}),
        (b"utm=x", b"utm=x#top", {"args": {"utm": "x"}}),
        (b"utm=x", b"%75tm=a+b&utm=c&sid=&n", {"args": {"utm": "a b", "sid": "", "n": ""}}),
        (b"utm=x", b"utm=\xc3\xa9", {"query": b"utm=\xc3\xa9"}),
        (b"X-A: 1", b"Content-Length: 0", {"has_body": False}),
        (b"X-A: 1", b"Content-Length: 5", {"has_body": True}),
        (b"X-A: 1", b"Transfer-Encoding: chunked", {"has_body": True}),
    ],
)
def test_an_unusual_head_is_read_too(old: bytes, new: bytes, read_as: dict[str, Any]) -> None:
    assert old in PLAIN
    head = read(PLAIN.replace(old, new, 1))
    assert head is not None
    found = {"host": head.text(b"host"), **{name: getattr(head, name) for name in read_as if hasattr(head, name)}}
    found |= {"args": head.args()} if "args" in read_as else {}
    assert found == {"host": "live.example.org", **read_as}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GET", b"POST"),
        (b"HTTP/1.1", b"HTTP/2.0"),
        (b" /live/anora?", b" ?"),
        (b" /live/anora?utm=x", b" *"),
        (b" /live", b" ftp://other.example/live"),
        (b" /live", b" http://who@other.example/live"),
        (b" /live", b" http://other.exampl\xeb/live"),
        (b" /live", b" http://<script>/live"),
        (b"/live/anora", b"/live/an ora"),
        (b"Host: live.example.org\r\n", b""),
        (b"X-A: 1", b"Host: other.example"),
        (b"X-A: 1", b" folded"),
        (b"X-A: 1", b"X A: 1"),
        (b"X-A: 1", b"no colon"),
        (b"X-A: 1", b"X-A: a\0b"),
        (b"X-A: 1", b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
        (b"X-A: 1", b"Transfer-Encoding: gzip"),
        (b"Host: live.example.org", b"Host: live example"),
        (b"Host: live.example.org", b"Host: who@live.example"),
    ],
)
def test_other_methods_and_malformed_heads_are_left_to_the_full_parser(old: bytes, new: bytes) -> None:
    assert old in PLAIN
    assert read(PLAIN.replace(old, new, 1)) is None


def test_a_head_becomes_a_wsgi_environ() -> None:
    head = read(PLAIN)
    assert head is not None
    environ = head.environ()
    assert environ["PATH_INFO"] == "/live/anora"
    assert environ["HTTP_ACCEPT_ENCODING"] == "gzip"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("live.example.org", "80")


@pytest.mark.parametrize("sent", [PLAIN, b"P", b"PUT", b"PUT /x", b"M-SEARCH * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"])
def test_what_can_become_a_request_has_no_fault(sent: bytes) -> None:
    for seen in (0, 1):  # whether the rest was looked at before
        assert [fault(sent[:end], seen * (end - 1)) for end in range(1, len(sent) + 1)] == [""] * len(sent)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (bytes.fromhex("160301020001000001fc0303"), "no request"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no request"),
        (b"GET /\r\n", "no request"),
        (b"\0\0\0", "no request"),
        (b"A" * 41, "no request"),
        (PLAIN.replace(b"\r\n", b"\n"), "no request"),
        (b"GET / HTTP/1.1\r\nHost: a\nX: b", "CR and LF"),
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "exactly one"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", "exactly one"),
        (b"POST / HTTP/1.1\r\nHost: a b\r\n\r\n", "a name or an address"),
        (b"POST / HTTP/1.1\r\nHost: [\r\n\r\n", "a name or an address"),
        (b"POST / HTTP/1.1\r\nHost: a:b\r\n\r\n", "a name or an address"),
        (b"GET / HTTP/1.1\r\nHost: \r\n\r\n", "a name or an address"),
        (b"GET / HTTP/1.1\r\nHost: a..b\r\n\r\n", "a name or an address"),
        (b"GET / HTTP/1.1\r\nHost: [::::]\r\n\r\n", "a name or an address"),
        (b"GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", "a name or an address"),
        (b"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "a name or an address"),
        (b"GET / HTTP/1.1\r\nHost: " + b"a" * 64 + b"\r\n\r\n", "a name or an address"),
        (b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "no request"),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "no request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n", "chunked, said once"),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: a\r\ntransfer-encoding:chunked\r\n\r\n", "said once"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", "chunked, said once"),
        (b"GET http://who@other.example/ HTTP/1.1\r\nHost: a\r\n\r\n", "no name of a user"),
        (b"POST http:///live HTTP/1.1\r\nHost: a\r\n\r\n", "has a host"),
    ],
)
def test_what_is_no_request_is_known_from_what_came(sent: bytes, why: str) -> None:
    assert why in fault(sent)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN[:-2] + b"X: b\nY: c\r\n\r\n",
        PLAIN[:-2] + b"Host: b\r\n\r\n",
    ],
)
def test_what_is_no_request_is_known_before_its_end_also_byte_by_byte(sent: bytes) -> None:
    assert any(fault(sent[: seen + 1], seen) for seen in range(len(sent)))


@pytest.mark.parametrize(
    "host", ["a", "A.example.", "my_web:8000", "[2001:db8::7]:8000", "192.0.2.1", "a:", "a:0080", "\ta \t"]
)
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    assert fault(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()) == ""


def test_a_body_in_chunks_has_no_fault() -> None:
    assert fault(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tChunked \r\n\r\n") == ""


def test_http_1_0_needs_no_host() -> None:
    assert fault(b"POST / HTTP/1.0\r\n\r\n") == ""


@pytest.mark.parametrize("name", [b"host", b"transfer-encoding", b"x-a"])
@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_a_field_of_blanks_alone_costs_no_more_than_any_other(name: bytes, end: bytes) -> None:
    """With a pattern that tries each way to share blanks out, this would not end today."""
    said = fault(b"GET / HTTP/1.1\r\nHost: a\r\n" + name + b":" + b"\t" * 16_000 + end)
    assert isinstance(said, str)
