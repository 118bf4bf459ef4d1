"""Who sends a request or takes an answer through gunicorn may be slow, but not for ever."""

from __future__ import annotations

import os
import resource
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from itertools import count, cycle, islice
from pathlib import Path

import gevent
import pytest
import requests

from liveblog.http.connection import TURN, Connection
from liveblog.push.switchboard import SLOWEST, TAKING
from liveblog.server import MOST_REST
from liveblog.watch import counts
from tests.live_server import LiveServer, live_server, until
from tests.photos import noise, saved
from tests.push.socket_client import Line
from tests.push.test_live_namespace import next_named


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    ours, peer = socket.socketpair()
    with closing(Connection(ours.detach(), b"POST / ")) as line, closing(peer):
        peer.settimeout(60)
        yield line, peer


@pytest.fixture
def _slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each act seems to take ten seconds."""
    ticks = count(0, 10)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))


def test_bytes_that_were_read_come_first(pair: tuple[Connection, socket.socket]) -> None:
    line, peer = pair
    peer.sendall(b"HTTP/1.1")
    assert [line.recv(4), line.recv(8192), line.recv(8192)] == [b"POST", b" / ", b"HTTP/1.1"]


def test_a_peer_that_sends_nothing_counts_as_gone(pair: tuple[Connection, socket.socket]) -> None:
    line, _ = pair
    line.first, line.sending.left = b"", 0.05
    before = counts.cut.values[("stalled",)]
    for _ in range(2):  # who reads the rest of the request is told again, at once
        with pytest.raises(ConnectionResetError):
            line.recv(8192)
    assert counts.cut.values[("stalled",)] == before + 1


def test_a_peer_that_takes_nothing_counts_as_gone(pair: tuple[Connection, socket.socket]) -> None:
    line, _ = pair
    with pytest.raises(ConnectionResetError):
        _fill(line)


def _fill(line: Connection) -> None:
    """Send until the peer's buffers are full. The peer has little time, whatever it has taken."""
    while True:
        line.taking.left = 0.05
        line.send(bytes(1 << 16))


@pytest.mark.usefixtures("_slow_clock")
def test_single_bytes_do_not_keep_a_request_alive(pair: tuple[Connection, socket.socket]) -> None:
    line, peer = pair
    peer.sendall(bytes(100))
    line.recv(7)
    read = 0
    with suppress(ConnectionResetError):
        while line.recv(1):
            read += 1
    assert read == TAKING // 10 + 1  # what they earn is less than a second


@pytest.mark.usefixtures("_slow_clock")
def test_a_large_answer_may_take_long_as_long_as_it_is_taken(pair: tuple[Connection, socket.socket]) -> None:
    line, peer = pair
    piece = bytes(10 * SLOWEST)
    for _ in range(3 * TAKING // 10):
        assert line.send(piece) == len(piece)
        assert len(peer.recv(len(piece), socket.MSG_WAITALL)) == len(piece)
    assert line.taking.left == pytest.approx(TAKING, abs=10)


def test_what_was_saved_does_not_add_up(pair: tuple[Connection, socket.socket]) -> None:
    line, peer = pair
    for _ in range(3):
        peer.sendall(bytes(8192))
        line.recv(8192)
    assert line.sending.left <= TAKING


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The turns that others were given."""
    given: list[float] = []
    monkeypatch.setattr(gevent, "sleep", given.append)
    return given


def test_a_fast_sender_lets_others_have_their_turn(pair: tuple[Connection, socket.socket], turns: list[float]) -> None:
    line, peer = pair
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * TURN)
    peer.setblocking(False)
    ready = peer.send(bytes(3 * TURN))
    assert ready > TURN
    assert line.recv(7) == b"POST / "
    read = 0
    while read < ready:
        read += len(line.recv(4096))
    assert len(turns) == (ready - 1) // TURN


def test_a_fast_taker_lets_others_have_their_turn(pair: tuple[Connection, socket.socket], turns: list[float]) -> None:
    line, peer = pair
    for _ in range(64):
        line.sendall(bytes(TURN))
        _taken(peer, TURN)
    assert len(turns) == 63  # one after each TURN, as long as there is more to send


def _taken(peer: socket.socket, size: int) -> None:
    while size:
        size -= len(peer.recv(size))


def test_a_body_without_end_is_ended() -> None:
    """Its sender can read the refusal of an upload of any size, but not go on for ever."""
    with live_server() as server, _sent(server, BODY_WITHOUT_END) as line:
        sent, piece = 0, b"10000\r\n" + bytes(0x10000) + b"\r\n"
        with suppress(OSError):
            while sent < 4 * MOST_REST:
                line.sendall(piece)
                sent += 0x10000
        assert 50 * 1024 * 1024 < sent < 2 * MOST_REST
        assert requests.get(f"{server.url}/healthz", timeout=60).status_code == 200


BODY_WITHOUT_END = "DELETE /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("broken", ["zz\r\n", "5\r\nhelloXX", "-1\r\n"])
def test_the_answer_to_a_broken_body_is_the_last_one_and_says_so(server: LiveServer, broken: str) -> None:
    """A proxy that keeps connections open would send the next request on this one, and lose it."""
    slug = server.open(f"broken-{len(broken)}")
    head = f"POST /api/v1/blogs/{slug}/posts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n"
    next_one = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with _sent(server, f"{head}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n{broken}{next_one}") as line:
        answer = _all_of(line)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"broken_body"' in answer
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="a process's memory is read from /proc")
def test_readers_who_do_not_take_a_picture_do_not_hold_it_in_memory() -> None:
    with live_server() as server, ExitStack() as held:
        address = f"/media/{server.upload(server.open(), saved(noise(2400, 1800), 'JPEG', quality=95))}"
        size = len(requests.get(server.url + address, timeout=60).content)
        assert size > 400_000
        before = _memory(server)
        for _ in range(250):
            line = held.enter_context(_sent(server, f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            assert line.recv(12) == b"HTTP/1.1 200"
        assert _memory(server) - before < 250 * size / 2


def _memory(server: LiveServer) -> int:
    """Resident bytes of the web processes."""
    pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in server.workers())
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
def test_nobody_holds_a_connection_by_waiting() -> None:
    """It takes the minute that everybody has, and a little more."""
    with live_server() as server, ExitStack() as held:
        slug = server.open()
        address = f"/media/{server.upload(slug, saved(noise(2400, 1800), 'JPEG', quality=95))}"
        lines = {name: held.enter_context(_sent(server, sent)) for name, sent in _requests(slug, server.token)}
        picture = held.enter_context(_sent(server, f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        for name, line in lines.items():
            answer = _all_of(line)
            assert answer.startswith(b"HTTP/1.1 408 "), name
            assert b"\r\nConnection: close\r\n" in answer, name
        until(lambda: _measured(server, "liveblog_readers_cut_total", 'reason="stalled"') == len(lines) + 1)
        assert len(_all_of(picture)) < len(requests.get(server.url + address, timeout=60).content)
        assert "Traceback" not in server.log.path.read_text()


UNFINISHED, IDLERS = 3000, 250
"""Posts whose bodies do not come, and readers who take nothing of a picture."""
MOST_EACH = 64 * 1024
"""Bytes of memory for each of them: a greenlet with its request, and no picture."""


@pytest.fixture
def _many_files() -> Iterator[None]:
    """As many open files as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * (UNFINISHED + IDLERS):
        pytest.skip(f"{hard} open files are too few")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
@pytest.mark.usefixtures("_many_files")
@pytest.mark.skipif(sys.platform != "linux", reason="a process's memory is read from /proc")
def test_thousands_who_do_not_go_on_cost_little_and_end_after_a_minute() -> None:
    with live_server() as server, ExitStack() as held:
        slug = server.open()
        reader = Line(server.url, {"blog": slug})
        next_named(reader, "sync")
        address = f"/media/{server.upload(slug, saved(noise(2400, 1800), 'JPEG', quality=95))}"
        kinds = [request for _, request in _requests(slug, server.token)]
        sent = [*islice(cycle(kinds), UNFINISHED), *[f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n"] * IDLERS]
        before = _memory(server)
        for request in sent:
            held.enter_context(_sent(server, request))
        until(lambda: len(_files(server)) > len(sent))
        for body in ("The envelope", "is being opened"):
            assert requests.get(f"{server.url}/healthz", timeout=60).status_code == 200
            posted = server.api("POST", f"/blogs/{slug}/posts", {"body": body}).json()
            assert next_named(reader, "change")["objects"] == [posted]
        assert _memory(server) - before < len(sent) * MOST_EACH
        until(lambda: _measured(server, "liveblog_readers_cut_total", 'reason="stalled"') == len(sent), 180)
        until(lambda: len(_files(server)) < 100)
        assert server.api("POST", f"/blogs/{slug}/posts", {"body": "And the Oscar goes to"}).status_code == 201
        assert "Traceback" not in server.log.path.read_text()
        reader.close()


def _files(server: LiveServer) -> list[str]:
    """What the web processes have open."""
    return [each for pid in server.workers() for each in os.listdir(f"/proc/{pid}/fd")]


def _requests(slug: str, token: str) -> Iterator[tuple[str, str]]:
    post = f"POST /api/v1/blogs/{slug}/posts HTTP/1.1\r\nHost: localhost\r\n"
    post += f"Authorization: Bearer {token}\r\n"
    yield "a post without its body", f"{post}Content-Length: 100\r\n\r\n"
    yield "half of a post", f"{post}Content-Length: 100\r\n\r\n{{"
    yield "an unfinished chunk", f"{post}Transfer-Encoding: chunked\r\n\r\nff\r\n{{"
    yield "chunks that do not end", f"{post}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n"
    form = "POST /desk/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    yield "a sign-in without its end", f"{form}Content-Length: 100\r\n\r\nname="


def _sent(server: LiveServer, request: str) -> closing[socket.socket]:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    line.settimeout(2 * TAKING)
    host, port = server.url.removeprefix("http://").split(":")
    line.connect((host, int(port)))
    line.sendall(request.encode())
    return closing(line)


def _all_of(line: socket.socket) -> bytes:
    pieces = []
    with suppress(ConnectionResetError):
        while piece := line.recv(65_536):
            pieces.append(piece)
    return b"".join(pieces)


def _measured(server: LiveServer, name: str, label: str) -> float:
    lines = requests.get(f"{server.url}/metrics", timeout=60).text.splitlines()
    return sum(float(each.split()[-1]) for each in lines if each.startswith(name) and label in each)
