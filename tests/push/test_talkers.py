"""Peers that send too much: each is cut, whatever it sends and in however small pieces, and honest people go on."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice

import pytest
import requests

from liveblog.push import frames
from liveblog.push.packets import MESSAGE_BYTES
from liveblog.push.switchboard import (
    DEFLATED,
    FRAME_SECONDS,
    LONGEST_READ,
    MOST_FRAMES,
    READ_SECONDS,
    REQUEST,
    SOCKET,
    SOCKETS,
    STREAM,
    Handlers,
    Switchboard,
)
from liveblog.push.switchboard import Line as Reader
from liveblog.watch import counts
from tests.adversaries.test_sockets import OFFER
from tests.live_server import LiveServer, until
from tests.push.socket_client import Line
from tests.push.test_deflate import costly, packed
from tests.push.test_desk import Desk
from tests.push.test_live_namespace import next_named
from tests.push.test_transport import Raw, masked

MOST_READS = round(MOST_FRAMES * FRAME_SECONDS / READ_SECONDS)
COMPRESSED = frames.TEXT | frames.COMPRESSED
LARGE = masked(b"x" * 60_000)


@pytest.fixture
def switchboard() -> Switchboard:
    """One whose second does not end, because its timekeeper has no turn."""
    made = Switchboard(beat_seconds=60, backlog_bytes=1 << 20, message_bytes=MESSAGE_BYTES)
    made.handlers = Handlers(
        asked=lambda line, data: setattr(line, "first", (line.first + data).lstrip(b"\r\n")),
        heard=lambda line, message: None,
        lost=lambda line: None,
        served=lambda audience, behind: None,
    )
    made.start()
    return made


Join = Callable[[int], tuple[Reader, socket.socket]]


@pytest.fixture
def join(switchboard: Switchboard) -> Iterator[Join]:
    """Connects a line of a kind; its peer."""
    peers = []

    def connect(kind: int) -> tuple[Reader, socket.socket]:
        ours, peer = socket.socketpair()
        ours.setblocking(False)
        peers.append(peer)
        return switchboard.adopt(ours.detach(), kind, b""), peer

    yield connect
    for peer in peers:
        peer.close()


class Clock:
    """The thread's processor time: each look at it finds it so many seconds later."""

    def __init__(self, step: float) -> None:
        self.now, self.step, self.looks = 0.0, step, 0

    def __call__(self) -> float:
        self.looks += 1
        self.now += self.step
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(0.0)
    monkeypatch.setattr(time, "thread_time", made)
    return made


def cuts() -> float:
    return counts.cut.values[("talking",)]


def reads_until_cut(switchboard: Switchboard, line: Reader, pieces: Iterator[bytes]) -> int:
    """How many of these pieces are read before the line is cut."""
    for count, piece in enumerate(pieces, 1):
        switchboard.arrived(line, piece)
        if line.fd < 0:
            return count
    raise AssertionError("it was not cut")


def single_bytes(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("kind", SOCKETS)
def test_a_large_frame_byte_by_byte_is_cut(switchboard: Switchboard, join: Join, kind: int) -> None:
    line, peer = join(kind)
    before = cuts()
    assert reads_until_cut(switchboard, line, single_bytes(LARGE)) == pytest.approx(MOST_READS, abs=2)
    assert peer.recv(4096).endswith(frames.close(frames.POLICY))
    assert cuts() == before + 1


@pytest.mark.parametrize(
    ("kind", "pieces"),
    [
        (SOCKET, [masked(b"6" * 1000, final=False), *[masked(b"", frames.CONTINUATION, final=False)] * 10]),
        (SOCKET, [masked(b"", frames.PING)]),
        (SOCKET, [masked(b"3")]),
        (DEFLATED, [masked(packed(b"6" * 60_000, level=9), COMPRESSED)]),
        (DEFLATED, [masked(costly(80), COMPRESSED)]),
    ],
    ids=["tiny fragments", "pings", "pongs", "frames that inflate", "frames that take long to inflate"],
)
def test_many_frames_are_cut_whatever_is_in_them(
    switchboard: Switchboard, join: Join, kind: int, pieces: list[bytes]
) -> None:
    line, _ = join(kind)
    before = cuts()
    first, rest = pieces[0], pieces[1:] or pieces
    assert reads_until_cut(switchboard, line, iter([first, *islice(cycle(rest), 200)])) <= MOST_FRAMES + 1
    assert cuts() == before + 1


def test_what_costs_processor_time_is_cut_sooner(switchboard: Switchboard, join: Join, clock: Clock) -> None:
    clock.step = 4 * FRAME_SECONDS
    line, _ = join(SOCKET)
    reads = reads_until_cut(switchboard, line, islice(cycle([masked(b"6")]), 200))
    assert reads == pytest.approx(MOST_FRAMES / 4, abs=2)


def test_a_pause_of_the_process_cuts_nobody(switchboard: Switchboard, join: Join, clock: Clock) -> None:
    line, _ = join(SOCKET)
    switchboard.arrived(line, masked(b"6"))
    clock.step = 1000 * LONGEST_READ
    switchboard.arrived(line, masked(b"6"))
    clock.step = FRAME_SECONDS / 10
    for _ in range(MOST_FRAMES // 2):
        switchboard.arrived(line, masked(b"6"))
    assert line.fd >= 0


def test_who_says_one_thing_in_a_second_is_not_timed(switchboard: Switchboard, join: Join, clock: Clock) -> None:
    for _ in range(20):
        line, _ = join(SOCKET)
        switchboard.arrived(line, masked(b"3"))
    assert clock.looks == 0


@pytest.mark.parametrize(("kind", "byte"), [(STREAM, b"x"), (REQUEST, b"x"), (REQUEST, b"\n")])
def test_bytes_that_mean_nothing_are_cut_too(switchboard: Switchboard, join: Join, kind: int, byte: bytes) -> None:
    """Of somebody who only listens, in a request's head that does not end, or empty lines before one."""
    line, peer = join(kind)
    before, sent = cuts(), 0
    while line.fd >= 0 and sent < 4 * MOST_READS:
        peer.send(byte)
        switchboard._read(line)
        sent += 1
    assert MOST_READS <= sent <= MOST_READS + 2
    assert cuts() == before + 1


# -- a whole server


PACKET = masked(b"42/desk," + json.dumps(["editing", {"ref": [["x"] * 10] * 1000}]).encode())
ATTACKS: dict[str, tuple[bytes, list[bytes]]] = {
    "a large frame byte by byte": (b"", list(single_bytes(LARGE))),
    "tiny fragments": (masked(b"x", final=False), [masked(b"", frames.CONTINUATION, final=False)] * 100),
    "pings": (b"", [masked(b"", frames.PING)] * 100),
    "frames that inflate": (b"", [masked(packed(b"6" * 60_000, level=9), COMPRESSED)] * 100),
    "packets for another namespace": (masked(b'40/desk,{"blog":"x"}'), [PACKET] * 100),
}
"""What is sent first, and what again and again."""


def test_each_is_cut_and_honest_people_on_the_same_process_go_on(server: LiveServer) -> None:
    slug = server.open("talkers")
    desk, reader = Desk(server, slug), Line(server.url, {"blog": slug})
    next_named(reader, "sync")
    for number, (attack, (first, pieces)) in enumerate(ATTACKS.items()):
        before = cuts_of(server)
        attacker = Raw(server, more=OFFER)
        attacker.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        attacker.until(b"65536}")
        attacker.connection.sendall(first)
        until(partial(is_cut, attacker, pieces))
        attacker.close()
        assert cuts_of(server) == before + 1, attack
        desk.edit(f"draft-{number}")
        until(partial(is_editing, desk, f"draft-{number}"))
        posted = server.api("POST", f"/blogs/{slug}/posts", {"body": attack}).json()
        assert next_named(reader, "change")["objects"] == [posted]
    reader.close()
    desk.leave()


def is_editing(desk: Desk, ref: str) -> bool:
    return desk.people() == [("ada", ref)]


def is_cut(attacker: Raw, pieces: list[bytes]) -> bool:
    """Send all pieces, each by itself; whether the server has ended the connection."""
    try:
        for piece in pieces:
            attacker.connection.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False


def cuts_of(server: LiveServer) -> float:
    rows = requests.get(f"{server.url}/metrics", timeout=60).text.splitlines()
    name = "liveblog_readers_cut_total"
    return sum(float(row.split()[-1]) for row in rows if row.startswith(name) and 'reason="talking"' in row)
