"""Cached responses: the same bytes from Flask and from the front door, coded, conditional, and never stale."""

from __future__ import annotations

import gzip
import socket
from typing import Any

import brotli
import pytest
import requests
from flask import Flask

from liveblog.http import request_head
from liveblog.http.response_cache import MOST_BYTES, ResponseCache, preferred
from liveblog.model import Blog
from liveblog.timeline import Timeline
from tests.live_server import LiveServer


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=0.5, br;q=0.2", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("identity", ""),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("", ""),
        ("br;q=nonsense, gzip", "gzip"),
    ],
)
def test_the_best_coding_is_chosen(accepted: str, coding: str) -> None:
    assert preferred(accepted) == coding


def raw(server: LiveServer, path: str, *lines: str) -> tuple[dict[str, str], bytes]:
    """One request on a connection of its own, as bytes: status (as `status`) and header fields, and the body."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 60) as connection:
        sent = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Connection: close", *lines, "", ""]
        connection.sendall("\r\n".join(sent).encode())
        received = b""
        while more := connection.recv(65536):
            received += more
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    fields = dict(line.split(": ", 1) for line in rest)
    return {"status": first.split()[1], **fields}, body


@pytest.mark.parametrize(
    "path",
    [
        "/live/{slug}",
        "/api/v1/blogs/{slug}",
        "/api/v1/blogs/{slug}/changes?after=0",
        "/live/{slug}/feed.atom",
        "/live/{slug}/feed.json",
    ],
)
def test_flask_and_the_front_door_answer_alike(server: LiveServer, path: str) -> None:
    path = path.format(slug=server.open(f"alike-{sum(path.encode())}"))
    own: Any = ("Date", "Server", "Connection", "Last-Modified")  # of the server that answered, and the time
    for line, decoded in (
        ("X-None: 1", bytes),
        ("Accept-Encoding: gzip", gzip.decompress),
        ("Accept-Encoding: br", brotli.decompress),
    ):
        first, body = raw(server, path, line)
        again, same = raw(server, path, line)
        assert {k: v for k, v in first.items() if k not in own} == {k: v for k, v in again.items() if k not in own}
        assert body == same
        assert decoded(body)[:1] in (b"<", b"{")
        known, nothing = raw(server, path, line, f"If-None-Match: {again['ETag']}")
        assert (known["status"], known["ETag"], nothing) == ("304", again["ETag"], b"")


def test_an_answer_is_never_older_than_the_last_change(server: LiveServer) -> None:
    slug = server.open("never-old")
    with requests.Session() as reader:
        for number in range(20):
            posted = server.api("POST", f"/blogs/{slug}/posts", {"body": f"Update {number}"}).json()
            for _ in range(3):
                assert reader.get(f"{server.url}/live/{slug}", timeout=60).text.count(posted["id"]) > 0
                assert reader.get(f"{server.url}/api/v1/blogs/{slug}", timeout=60).json()["seq"] == number + 2


def test_requests_on_one_connection_are_answered_in_order_by_either_server(server: LiveServer) -> None:
    slug = server.open("in-turn")
    server.state(slug)
    with requests.Session() as reader:
        for path, begins in ((f"/live/{slug}", "<!doctype"), ("/healthz", "ok"), (f"/live/{slug}", "<!doctype")) * 3:
            assert reader.get(server.url + path, timeout=60).text.startswith(begins)


def test_pipelined_requests_are_all_answered(server: LiveServer) -> None:
    slug = server.open("pipelined")
    raw(server, f"/live/{slug}")
    host, _, port = server.url.removeprefix("http://").partition(":")
    one = f"GET /live/{slug} HTTP/1.1\r\nHost: {host}:{port}\r\n"
    last = f"GET /healthz HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((host, int(port)), 60) as connection:
        connection.sendall(f"{one}\r\n{one}\r\n{last}".encode())
        received = b""
        while more := connection.recv(65536):
            received += more
    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert received.endswith(b"ok\n")


class Cached:
    """A cache of one blog's answers, and which of them were made."""

    def __init__(self) -> None:
        self.timeline = Timeline("epoch", 1, [Blog(id="night", title="A night", status="ended", seq=1)])
        self.cache = ResponseCache(lambda _: self.timeline.position, "https://live.example.org")
        self.made: list[str] = []
        self._app = Flask(__name__)

    def ask(self, path: str, size: int, coding: str = "identity", usual: str | None = None) -> None:
        """Ask Flask, and then the front door, as the next client does."""

        def make() -> bytes:
            self.made.append(path)
            return bytes(size)

        with self._app.test_request_context(path, headers={"Accept-Encoding": coding}):
            self.cache.answer(self.timeline, make, {}, query=usual)
        self.is_kept(path, coding)

    def is_kept(self, path: str, coding: str = "identity") -> bool:
        head = request_head.read(f"GET {path} HTTP/1.1\r\nHost: h\r\nAccept-Encoding: {coding}\r\n\r\n".encode())
        assert head is not None
        found = self.cache.find(head)
        return found is not None and found.wire(head) != b""


NIGHT = "/api/v1/blogs/night"


def test_the_answer_of_a_whole_night_is_made_once_while_many_others_are_made() -> None:
    """It was counted four times, found too large, and made again for each client that came after another answer."""
    cached = Cached()
    for number in range(200):
        cached.ask(NIGHT, int(MOST_BYTES * 0.4), "br")
        cached.ask(f"/live/night/posts/{number}", 30_000)
    assert cached.made.count(NIGHT) == 1


def test_a_query_that_nobody_reads_makes_no_other_answer() -> None:
    cached = Cached()
    for number in range(5):
        for path in (NIGHT, "/live/night", f"{NIGHT}/changes", "/live/night/embed"):
            cached.ask(f"{path}?number={number}", 100)
    assert {path: sum(each.startswith(f"{path}?") for each in cached.made) for path in (NIGHT, "/live/night")} == {
        NIGHT: 1,
        "/live/night": 1,
    }
    assert len(cached.made) == 2 + 2 * 5  # the state after a position and a frame read theirs


def test_an_answer_that_may_be_asked_for_in_several_ways_is_made_once() -> None:
    cached, usual = Cached(), "epoch=e&after=1"
    for query in ("after=1&epoch=e", "cursor=e-1-", "cursor=e-1--99", f"{usual}&mark="):
        cached.ask(f"{NIGHT}/changes?{query}", 100, usual=usual)
    assert len(cached.made) == 1
    assert cached.is_kept(f"{NIGHT}/changes?{usual}")


def test_the_oldest_answers_make_room() -> None:
    """Each takes twice its size as soon as it was sent, and no more than all of them may."""
    cached, size = Cached(), 1_000_000
    pages = [f"/live/night/posts/{number}" for number in range(150)]
    for page in pages:
        cached.ask(page, size)
        assert sum(map(cached.is_kept, pages)) * 2 * size <= MOST_BYTES + 2 * size
    kept = [*map(cached.is_kept, pages)]
    assert kept == sorted(kept)
    assert 20 < sum(kept) < 35
    cached.timeline = Timeline("epoch", 2, cached.timeline.objects)
    assert not any(map(cached.is_kept, pages))


def test_an_answer_that_is_larger_than_all_may_be_is_kept_until_the_next_one() -> None:
    cached = Cached()
    cached.ask(NIGHT, MOST_BYTES + 1)
    assert cached.is_kept(NIGHT)
    cached.ask("/live/night", 100)
    assert (cached.is_kept(NIGHT), cached.is_kept("/live/night")) == (False, True)
