"""The front door: every handshake and every event stream is admitted or refused, however unusual its head."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from liveblog.store.accounts import Account
from liveblog.store.people import People
from tests.live_server import LiveServer, live_server
from tests.push.socket_client import Bytes, Wire

SITE, PARTNER = "https://live.example.org", "https://www.partner.example"
HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: live.example.org\r\nUpgrade: websocket\r\n"
    "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-More: yes\r\n\r\n"
)
"""A browser's handshake; the tests change parts of it."""


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server("serve", LIVEBLOG_ORIGINS=PARTNER) as running:
        yield running


class Asked(Bytes):
    """A connection on which the test's request was sent, byte by byte."""

    def __init__(self, server: LiveServer, *pieces: bytes) -> None:
        host, _, port = server.url.removeprefix("http://").partition(":")
        super().__init__(socket.create_connection((host, int(port)), 60))
        for piece in pieces:
            self.connection.sendall(piece)

    def refusal(self) -> tuple[int, dict[str, Any]]:
        """The status and the problem; the server ends the connection after it."""
        head = self.until(b"\r\n\r\n")
        assert b"Content-Type: application/problem+json" in head
        problem = json.loads(self.rest())
        self.close()
        return int(head.split()[1]), problem

    def rest(self) -> bytes:
        """What arrives until the server ends the connection."""
        while more := self.connection.recv(65536):
            self.data += more
        return self.data


def frame(text: str) -> bytes:
    """A client's text frame of at most 125 bytes; its mask is zero."""
    return bytes((0x81, 0x80 | len(text))) + b"\0\0\0\0" + text.encode()


def handshake(old: str = "", new: str = "") -> bytes:
    assert old in HANDSHAKE
    return HANDSHAKE.replace(old, new, 1).encode()


GOOD = {
    "as a browser makes it": ("", ""),
    "content-length: 0": ("X-More: yes", "Content-Length: 0"),
    "absolute target": ("GET /", "GET http://live.example.org/"),
    "sid= inside another parameter": ("EIO=4", "EIO=4&t=sid=1&myside=2&nosid=3"),
    "escaped parameters": ("transport=websocket", "%74ransport=web%73ocket"),
    "escaped path": ("/socket.io/", "/socket%2Eio/"),
    "without the last slash": ("/socket.io/", "/socket.io"),
    "an empty line before it": ("GET", "\r\nGET"),
    "two empty lines before it": ("GET", "\r\n\r\nGET"),
    "another host behind a proxy": ("X-More: yes", f"X-Forwarded-Host: live.example.org\r\nOrigin: {SITE}"),
    "our own origin": ("X-More: yes", f"Origin: {SITE}"),
    "our own origin, the host with its port": ("live.example.org", f"live.example.org:443\r\nOrigin: {SITE}"),
    "a partner's origin": ("X-More: yes", f"Origin: {PARTNER}"),
    "other capitals": (
        "Upgrade: websocket\r\nConnection: keep-alive, Upgrade",
        "uPGRADE: WebSocket\r\nconnection:upgrade",
    ),
}


@pytest.mark.parametrize("way", GOOD)
@pytest.mark.parametrize("namespace", ["/live", "/desk"])
def test_a_valid_handshake_gets_its_sync(server: LiveServer, way: str, namespace: str) -> None:
    """Also with the first frame in the handshake's own segment."""
    slug = server.open(f"{namespace.strip('/')}-{list(GOOD).index(way)}")
    token = People(server.store).tokens.add("ada", "editor")
    auth = json.dumps({"blog": slug} | ({"token": token} if namespace == "/desk" else {}), separators=(",", ":"))
    asked = Asked(server, handshake(*GOOD[way]) + frame(f"40{namespace},{auth}"))
    asked.until(b"101 Switching Protocols\r\n")
    asked.until(f"40{namespace},{{".encode())
    asked.until(f'42{namespace},["sync",'.encode())
    asked.close()


def test_a_proxys_other_name_of_the_site_counts(server: LiveServer) -> None:
    """The proxies use their own names for us, and forward the one that the reader used."""
    hops = "X-Forwarded-For: 203.0.113.7, 127.0.0.1\r\nX-Forwarded-Host: live.example.org, inner.example"
    asked = Asked(server, handshake("Host: live.example.org", f"Host: web-1:8000\r\n{hops}\r\nOrigin: {SITE}"))
    asked.until(b"101 Switching Protocols\r\n")
    asked.close()


def test_another_sites_page_is_not_signed_in_at_the_desk(server: LiveServer) -> None:
    slug = server.open("partner-desk")
    people = People(server.store)
    people.accounts.put(Account(name="Gil", role="editor", blogs=[slug]))
    cookie = f"Cookie: liveblog_session={people.sessions.open('Gil')}"
    for origin, answer in ((SITE, "40/desk,{"), (PARTNER, "44/desk,{")):
        hello = frame("40/desk," + json.dumps({"blog": slug}, separators=(",", ":")))
        asked = Asked(server, handshake("X-More: yes", f"Origin: {origin}\r\n{cookie}") + hello)
        asked.until(answer.encode())
        asked.close()


BAD = {
    "polling": ("transport=websocket", "transport=polling", 400, "over websockets only"),
    "nothing said": ("?EIO=4&transport=websocket", "", 400, "over websockets only"),
    "an older protocol": ("EIO=4", "EIO=3", 400, "protocol 5"),
    "an upgrade of a session": ("EIO=4", "EIO=4&sid=abc", 400, "over websockets only"),
    "http/1.0": ("HTTP/1.1", "HTTP/1.0", 426, "HTTP/1.1"),
    "a proxy that drops upgrade": ("Upgrade: websocket\r\n", "", 426, "pass on Upgrade"),
    "a proxy that drops connection": ("Connection: keep-alive, Upgrade\r\n", "", 426, "pass on Upgrade"),
    "another version": ("Version: 13", "Version: 8", 426, "13"),
    "a short key": ("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=", 400, "Sec-WebSocket-Key"),
    "a body": ("X-More: yes", "Content-Length: 3", 400, "no body"),
    "chunks": ("X-More: yes", "Transfer-Encoding: chunked", 400, "no body"),
    "another origin": ("X-More: yes", "Origin: https://evil.example", 403, "LIVEBLOG_ORIGINS"),
    "no origin at all": ("X-More: yes", "Origin: null", 403, "LIVEBLOG_ORIGINS"),
    "half an origin": ("X-More: yes", "Origin: http://[", 403, "LIVEBLOG_ORIGINS"),
    "an empty origin": ("X-More: yes", "Origin: ://", 403, "LIVEBLOG_ORIGINS"),
    "two origins": ("X-More: yes", f"Origin: {SITE}\r\nOrigin: https://evil.example", 403, "LIVEBLOG_ORIGINS"),
    "another scheme": ("X-More: yes", "Origin: ftp://live.example.org", 403, "LIVEBLOG_ORIGINS"),
}


@pytest.mark.parametrize("way", BAD)
def test_an_invalid_handshake_is_refused_with_a_reason(server: LiveServer, way: str) -> None:
    old, new, status, reason = BAD[way]
    got, problem = Asked(server, handshake(old, new)).refusal()
    assert (got, problem["status"]) == (status, status)
    assert reason in problem["detail"]


def test_a_head_that_the_door_does_not_read_is_refused_too(server: LiveServer) -> None:
    long = b"X-More: " + b"x" * 5000 + b"\r\n"
    asked = Asked(server, handshake().replace(b"X-More: yes\r\n", long * 20))
    assert b"426 " in asked.until(b"\r\n")
    asked.close()
    for malformed in (b"X More: yes", b" folded", b"no colon"):
        asked = Asked(server, handshake().replace(b"X-More: yes", malformed))
        assert b" 400 " in asked.until(b"\r\n")
        asked.close()


def test_blanks_without_end_after_host_keep_nobody_waiting(server: LiveServer) -> None:
    """A head of 8 KiB kept a web process for hours: each blank was tried as the end of the name, with all others."""
    held = Asked(server, b"GET / HTTP/1.1\r\nHost:" + b"\t" * 8000)
    assert requests.get(f"{server.url}/healthz", timeout=60).ok
    held.connection.sendall(b"localhost\r\nConnection: close\r\n\r\n")
    assert held.until(b"\r\n").startswith(b"HTTP/1.1 200 ")
    held.close()


def test_a_head_may_come_byte_by_byte(server: LiveServer) -> None:
    head = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    asked = Asked(server, *(head[at : at + 1] for at in range(len(head))))
    assert asked.until(b"\r\n").startswith(b"HTTP/1.1 200 ")
    asked.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\0\x01\0",
        b"\r\n\r\nGET / HTTP/1.1\nHost: a\n\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
    ],
)
def test_what_is_no_request_is_refused_at_once(server: LiveServer, sent: bytes) -> None:
    status, problem = Asked(server, sent).refusal()  # the client keeps its side open: nobody waits for more
    assert (status, problem["status"]) == (400, 400)


def test_only_our_proxies_may_forward_another_host() -> None:
    with live_server("serve", LIVEBLOG_PROXIES="192.0.2.7") as running:
        forwarded = "X-Forwarded-Host: evil.example\r\nOrigin: https://evil.example"
        assert Asked(running, handshake("X-More: yes", forwarded)).refusal()[0] == 403


def test_a_refused_origin_is_logged_once() -> None:
    with live_server("serve") as running:
        for origin in ("https://one.example", "https://two.example", "https://one.example"):
            assert Asked(running, handshake("X-More: yes", f"Origin: {origin}")).refusal()[0] == 403
        assert Asked(running, handshake("transport=websocket", "transport=polling")).refusal()[0] == 400
        log = (running.data.parent / "log").read_text()
    refused = re.findall(r"websocket refused, origin (.*?): (.*)", log)
    assert [origin for origin, _ in refused] == ["'https://one.example'", "'https://two.example'", "None"]
    assert "LIVEBLOG_ORIGINS" in refused[0][1]


# -- event streams

STREAM = "GET /api/v1/blogs/{slug}/stream HTTP/1.1\r\nHost: live.example.org\r\nX-More: yes\r\n\r\n"
STREAMS = {
    "as a browser asks": ("", ""),
    "content-length: 0": ("X-More: yes", "Content-Length: 0"),
    "absolute target": ("GET /", "GET http://live.example.org/"),
    "escaped path": ("/stream", "/strea%6D"),
    "an empty line before it": ("GET", "\r\nGET"),
    "an empty last-event-id": ("X-More: yes", "Last-Event-ID:"),
    "over HTTP/1.0": ("HTTP/1.1", "HTTP/1.0"),
    "from a proxy over HTTP/1.0 without a host": ("HTTP/1.1\r\nHost: live.example.org", "HTTP/1.0"),
}


@pytest.mark.parametrize("way", STREAMS)
def test_a_stream_is_admitted_whatever_its_head_looks_like(server: LiveServer, way: str) -> None:
    slug = server.open(f"stream-{list(STREAMS).index(way)}")
    asked = Asked(server, STREAM.format(slug=slug).replace(*STREAMS[way], 1).encode())
    head = asked.until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream")
    for field in (b"Access-Control-Allow-Origin: *", b"X-Content-Type-Options: nosniff", b"Cache-Control: no-store"):
        assert field in head
    old = "1.0" in way
    assert (b"Transfer-Encoding: chunked" in head) is not old
    asked.until(b'"seq":1,"reset":false')
    posted = server.api("POST", f"/blogs/{slug}/posts", {"body": "And live"}).json()
    event = asked.until(b"\n\n" if old else b"\n\n\r\n")
    event += asked.until(b"\n\n" if old else b"\n\n\r\n") if posted["id"].encode() not in event else b""
    assert posted["id"].encode() in event
    server.store.delete(slug)
    assert asked.rest().endswith(b"0\r\n\r\n") is not old
    asked.close()


def test_a_plain_stream_over_http_1_0_has_only_events(server: LiveServer) -> None:
    slug = server.open("plain-stream")
    asked = Asked(server, STREAM.format(slug=slug).replace("HTTP/1.1", "HTTP/1.0").encode())
    asked.until(b"\r\n\r\n")
    assert asked.until(b"\n\n") == b"retry: 3000\n\n"
    assert re.fullmatch(rb"id: \w+:1\ndata: \{.*\}\n\n", asked.until(b"\n\n"))
    server.api("POST", f"/blogs/{slug}/posts", {"body": "And live"})
    assert re.fullmatch(rb"id: \w+:2\ndata: \{.*\}\n\n", asked.until(b"\n\n"))
    asked.close()


@pytest.mark.parametrize(
    ("old", "new", "status", "field"),
    [
        ("/stream", "/stream?epoch=x&after=-1", 422, "after"),
        ("/stream", "/stream?after=7", 422, "epoch"),
        ("/stream", f"/stream?epoch=x&after={1 << 53}", 422, "after"),
        ("X-More: yes", "Last-Event-ID: nowhere", 422, "Last-Event-ID"),
        ("X-More: yes", "Content-Length: 3", 400, None),
        ("{slug}", "no-such-blog", 404, None),
    ],
)
def test_a_stream_is_refused_as_the_api_refuses(
    server: LiveServer, old: str, new: str, status: int, field: str | None
) -> None:
    asked = Asked(server, STREAM.replace(old, new, 1).format(slug="night").encode())
    got, problem = asked.refusal()
    assert (got, problem.get("field")) == (status, field)


def test_the_desk_may_follow_its_draft(server: LiveServer) -> None:
    slug = server.open("drafted", "draft")
    for who in (f"Authorization: Bearer {server.token}", "Authorization: Bearer nobody", "X-More: yes"):
        asked = Asked(server, STREAM.format(slug=slug).replace("X-More: yes", who).encode())
        if server.token in who:
            asked.until(b'"seq":1,"reset":false')
            asked.close()
        else:
            assert asked.refusal()[0] == 404


def test_a_head_request_for_a_stream_gets_its_headers(server: LiveServer) -> None:
    slug = server.open("headless")
    answer = requests.head(f"{server.url}/api/v1/blogs/{slug}/stream", timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
    assert requests.head(f"{server.url}/api/v1/blogs/nowhere/stream", timeout=60).status_code == 404


# -- namespaces


@pytest.mark.parametrize("namespace", ["/", "/nobody", "/live2", "/desk/x"])
def test_a_namespace_that_nobody_serves_is_refused(server: LiveServer, namespace: str) -> None:
    wire = Wire(server.url)
    name = "" if namespace == "/" else f"{namespace},"
    wire.say(f"40{name}")
    answer = wire.hear()
    assert answer.startswith(f"44{name}")
    assert json.loads(answer[2 + len(name) :])["data"] == {"code": "not_found"}
    wire.close()
