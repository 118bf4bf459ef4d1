"""Titles that the desk fetches from other sites: only from known ones, and whatever they answer."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from liveblog.errors import Invalid
from liveblog.outgoing import Failed
from liveblog.web import titles
from liveblog.web.render import markdown
from liveblog.web.titles import ENDPOINTS, LARGEST, site_of, titled

VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
Connect = Callable[[str], http.client.HTTPConnection]


@contextmanager
def site(answer: bytes, *, open_end: bool = False) -> Iterator[tuple[Connect, list[bytes]]]:
    """A site on loopback that sends these bytes; with `open_end` it does not end then.

    Returns how to connect to it, and what it is asked.
    """
    asked: list[bytes] = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                asked.append(line.recv(65536))
                try:
                    line.sendall(answer)
                    if open_end:
                        over.wait()
                except OSError:
                    return  # the program has had enough

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        yield lambda host: http.client.HTTPConnection("127.0.0.1", port, timeout=60), asked
        over.set()
        thread.join()


def ok(body: bytes, kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_a_title_becomes_a_link_of_ordinary_markdown() -> None:
    with site(ok(b'{"title": "Anora *wins* [live] at https://example.org/a_b", "html": "<script>"}')) as (
        connect,
        asked,
    ):
        link = titled(VIDEO, connect)
    assert markdown(link).count("<a ") == 1
    assert '<span class="what">Anora *wins* [live] at https://example.org/a_b</span>' in markdown(link)
    assert f'href="{VIDEO}"' in markdown(link)
    (request,) = asked
    assert request.startswith(
        b"GET /oembed?format=json&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DdQw4w9WgXcQ HTTP/1.1"
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b'{"title": "  Two\\n lines\\u0000 "}', "Two lines"),
        (b'{"title": null, "author_name": "Ana"}', "Ana on YouTube"),
        (b'{"title": "%s"}' % (b"long " * 400), "…"),
        ('{"title": "オスカー ] ( \\\\ <b>"}'.encode(), "オスカー ] ( \\ &lt;b&gt;"),
    ],
)
def test_the_words_of_a_title(answer: bytes, words: str) -> None:
    with site(ok(answer)) as (connect, _):
        html = markdown(titled(VIDEO, connect))
    assert f"{words}</span> <span" in html
    assert len(html) < 500


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        ok(b"<!doctype html><title>Sign in</title>", "text/html"),
        ok(b'{"title": "caf\xe9"}'),
        ok(b'{"title": 5}'),
        ok(b'{"title": ' + b"9" * 9000 + b"}"),
        ok(b"[" * 60_000),
        ok(b'{"html": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
        ok(b"[]"),
        ok(b"{}"),
        ok(b'{"title": " "}'),
        ok(b'{"title": "' + b"a" * LARGEST + b'"}'),
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n{}",
        b"SSH-2.0-OpenSSH\r\n",
        b"",
    ],
)
def test_an_answer_without_a_title_is_refused_with_a_sentence(answer: bytes) -> None:
    with site(answer) as (connect, asked), pytest.raises(Invalid, match=r"YouTube .*yourself"):
        titled(VIDEO, connect)
    assert len(asked) == 1  # nobody else is asked


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nX: ", b'HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{"title": "a']
)
def test_a_site_that_never_ends_is_cut_off(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(titles, "PATIENCE", 0.2)
    with site(answer, open_end=True) as (connect, _), pytest.raises(Invalid, match=r"YouTube .*yourself"):
        titled(VIDEO, connect)


def test_a_site_that_cannot_be_reached_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Invalid, match="YouTube gave no answer"):
        titled(VIDEO, lambda host: http.client.HTTPConnection("127.0.0.1", port, timeout=60))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "https://example.org/watch?v=dQw4w9WgXcQ",
            "http://169.254.169.254/",
            "https://mastodon.social/@a/112345678901234567",
        ),
        *(
            "https://www.instagram.com/p/Cabc_12-x/",
            "https://twitter.com/intent/tweet?url=a",
            "file:///etc/passwd",
            "",
            "a",
        ),
    ],
)
def test_no_other_site_is_asked(address: str) -> None:
    def connect(host: str) -> http.client.HTTPConnection:
        raise AssertionError(host)

    assert site_of(address) is None
    with pytest.raises(Invalid, match="no site"):
        titled(address, connect)


def test_the_sites_own_hosts_are_asked_whatever_the_address_says() -> None:
    hosts: list[str] = []

    def connect(host: str) -> http.client.HTTPConnection:
        hosts.append(host)
        raise Failed("it is away")

    for address in (
        VIDEO,
        "youtu.be/dQw4w9WgXcQ",
        "https://m.youtube.com:443/watch?v=dQw4w9WgXcQ",
        "https://vimeo.com/76979871",
    ):
        with pytest.raises(Invalid):
            titled(address, connect)
    assert {*hosts} == {ENDPOINTS["YouTube"].host, ENDPOINTS["Vimeo"].host}


def test_a_host_that_is_not_public_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("10.0.0.1", 443))])
    with pytest.raises(Invalid, match="YouTube gave no answer"):
        titled(VIDEO)
