"""The switchboard by itself, on each poller and way to send: which lines count as reached, are pinged, are given up."""

from __future__ import annotations

import errno
import os
import random
import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import count
from typing import cast

import gevent
import gevent.event
import gevent.hub
import gevent.socket
import pytest

from liveblog.push import frames
from liveblog.push import switchboard as module
from liveblog.push.packets import PING_INTERVAL_MS, PING_TIMEOUT_MS
from liveblog.push.poller import Poller, poller
from liveblog.push.sender import MOST, NOT_NOW
from liveblog.push.switchboard import (
    BRIEF_SECONDS,
    DEFLATED,
    FEWEST,
    PING,
    PLAIN,
    REQUEST,
    SOCKET,
    SOCKETS,
    STREAM,
    TICK,
    Audience,
    Handlers,
    Line,
    Message,
    Switchboard,
    fitting,
)
from tests.push.frame_fuzz import encoded
from tests.push.kqueue import stand_in

NOTHING = Message()
SYSTEMS: dict[str, tuple[Callable[[], Poller], bool]] = {
    "epoll-ring": (poller, True),
    "epoll-write": (poller, False),
    "kqueue-write": (stand_in, False),
}
CHOSEN = ["epoll-ring"]


@pytest.fixture(autouse=True, params=SYSTEMS)
def _system(request: pytest.FixtureRequest) -> None:
    """Which poller a switchboard has, and whether it may send by io_uring."""
    CHOSEN[:] = [request.param]


IDLE = Handlers(
    asked=lambda line, data: None,
    heard=lambda line, message: None,
    lost=lambda line: None,
    served=lambda audience, behind: None,
)


def opened(
    *, beat_seconds: float = 60, backlog_bytes: int = 1 << 24, make_poller: Callable[[], Poller] | None = None
) -> Switchboard:
    chosen, io_uring = SYSTEMS[CHOSEN[0]]
    switchboard = Switchboard(
        beat_seconds=beat_seconds,
        backlog_bytes=backlog_bytes,
        message_bytes=1 << 16,
        io_uring=io_uring,
        make_poller=make_poller or chosen,
    )
    switchboard.handlers = IDLE
    switchboard.start()
    return switchboard


def connected(switchboard: Switchboard, kind: int) -> tuple[Line, socket.socket]:
    """A line and its peer."""
    ours, peer = socket.socketpair()
    ours.setblocking(False)
    peer.setblocking(False)
    return switchboard.adopt(ours.detach(), kind, b""), peer


def seated(switchboard: Switchboard, audience: Audience, buffer: int = 0, kind: int = SOCKET) -> socket.socket:
    """The peer of a new line in this audience; with a `buffer`, the connection takes little at once."""
    ours, peer = socket.socketpair()
    if buffer:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
    for each in (ours, peer):
        each.setblocking(False)
    switchboard.join(switchboard.adopt(ours.detach(), kind, b""), audience, b"")
    return peer


def hear(peer: socket.socket) -> bytes:
    """What has arrived by now; nothing at all once the line is closed."""
    try:
        return peer.recv(1 << 20)
    except BlockingIOError:
        return b"nothing"


def test_a_line_that_does_not_read_does_not_count_as_reached() -> None:
    switchboard = opened()
    served: gevent.event.AsyncResult[tuple[int, int]] = gevent.event.AsyncResult()
    switchboard.handlers = IDLE._replace(served=lambda audience, behind: served.set((len(audience), behind)))
    audience = Audience("night", NOTHING)
    peers, lines = [], []
    for _ in range(3):
        ours, peer = socket.socketpair()
        ours.setblocking(False)
        lines.append(switchboard.adopt(ours.detach(), SOCKET, b""))
        peers.append(peer)
        switchboard.join(lines[-1], audience, b"")
    switchboard.send(lines[0], b"x" * (1 << 22))  # more than a connection takes at once
    switchboard.cast(audience, Message(b"news"), NOTHING)
    assert served.get(timeout=60) == (3, 1)
    assert [peer.recv(10) for peer in peers[1:]] == [b"news", b"news"]
    served = gevent.event.AsyncResult()
    taken = 0
    while taken < (1 << 22) + 4:  # it reads again
        gevent.socket.wait_read(peers[0].fileno(), 60)
        taken += len(peers[0].recv(1 << 20))
    switchboard.cast(audience, Message(b"more"), NOTHING)
    assert served.get(timeout=60) == (3, 0)
    for peer in peers:
        peer.close()


def test_lines_that_cost_time_take_turns_with_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 0)  # each of them costs more than that
    heard, looks = list[str](), list[int]()

    class Looked:
        """A poller that notes at each look how much was heard."""

        def __init__(self) -> None:
            self.poller = SYSTEMS[CHOSEN[0]][0]()

        def __getattr__(self, name: str) -> object:
            return getattr(self.poller, name)

        def poll(self, timeout: float, most: int) -> list[tuple[int, int]]:
            looks.append(len(heard))
            return self.poller.poll(timeout, most)

    switchboard = opened(make_poller=cast(Callable[[], Poller], Looked))
    done = gevent.event.Event()

    def hears(line: Line, message: str | bytes) -> None:
        heard.append(str(message))
        if len(heard) == 6:
            done.set()

    switchboard.handlers = IDLE._replace(heard=hears)
    peers = [connected(switchboard, SOCKET)[1] for _ in range(6)]
    for name, peer in zip("abcdef", peers, strict=True):
        peer.sendall(encoded(random.Random(1), frames.TEXT, name.encode()))
    assert done.wait(60)
    assert sorted(heard) == list("abcdef")
    assert looks[:6] == [0, 1, 2, 3, 4, 5]
    for peer in peers:
        peer.close()


def test_the_poller_stays_in_the_loop_however_often_readers_send_something(monkeypatch: pytest.MonkeyPatch) -> None:
    added = list[int]()

    class Loop:
        """gevent's, which tells what is added to it."""

        def __init__(self, loop: gevent.hub._Loop) -> None:
            self._loop = loop

        def __getattr__(self, name: str) -> object:
            return getattr(self._loop, name)

        def io(self, fd: int, events: int) -> gevent.hub._Watcher:
            added.append(fd)
            return self._loop.io(fd, events)

    monkeypatch.setattr(gevent.get_hub(), "loop", Loop(gevent.get_hub().loop))
    chosen: Poller = SYSTEMS[CHOSEN[0]][0]()
    switchboard = opened(make_poller=lambda: chosen)
    asked = gevent.event.Event()
    switchboard.handlers = IDLE._replace(asked=lambda line, data: asked.set())
    _line, peer = connected(switchboard, REQUEST)
    for _ in range(20):
        peer.send(b"GET")
        assert asked.wait(60)
        asked.clear()
    assert added.count(chosen.fileno()) == 1  # Linux looks at all that it holds each time
    peer.close()


def test_of_several_pings_that_come_together_the_last_one_is_answered() -> None:
    switchboard = opened()
    line, peer = connected(switchboard, SOCKET)
    switchboard.arrived(line, b"".join(encoded(random.Random(1), frames.PING, text) for text in (b"a", b"b", b"c")))
    assert hear(peer) == frames.frame(b"c", frames.PONG)
    peer.close()


def test_who_joins_with_bytes_to_take_yet_gets_them_before_the_news() -> None:
    switchboard, audience = opened(), Audience("night", NOTHING)
    line, peer = connected(switchboard, SOCKET)
    switchboard.send(line, b"x" * LONG)
    gevent.socket.wait_read(peer.fileno(), 60)
    assert len(peer.recv(100_000)) == 100_000  # there is room again, but the rest comes first
    switchboard.join(line, audience, b"")
    switchboard.cast(audience, Message(b"news"), NOTHING)
    got = bytearray()
    while len(got) < LONG - 100_000 + 4:
        gevent.socket.wait_read(peer.fileno(), 60)
        got += peer.recv(1 << 20)
    assert got.find(b"news") == LONG - 100_000
    peer.close()


def test_each_line_gets_the_form_of_its_kind_and_a_compressed_one_is_cut_after_a_whole_frame() -> None:
    switchboard, noise = opened(backlog_bytes=1 << 16), random.Random(1)
    audience = Audience("night", NOTHING)
    (plain, reads), (packed, stalls) = connected(switchboard, SOCKET), connected(switchboard, DEFLATED)
    for line in (plain, packed):
        switchboard.join(line, audience, b"")
    served, sent, heard = gevent.event.Event(), b"", b""
    switchboard.handlers = IDLE._replace(served=lambda audience, behind: served.set())
    while not packed.closing:
        served.clear()
        whole = frames.frame(noise.randbytes(5000).hex().encode())
        switchboard.cast(audience, Message(whole, deflated=frames.compressed(whole)), NOTHING)
        assert served.wait(60)
        sent += frames.compressed(whole)
        assert reads.recv(1 << 20) == whole
    while (more := hear(stalls)) not in (b"", b"nothing"):
        heard += more
        switchboard._flush(packed)
    close = frames.close(frames.TRY_AGAIN_LATER, "too far behind")
    assert heard.endswith(close)
    cut = heard.removesuffix(close)
    assert sent.startswith(cut)
    assert cut
    assert frames.end_of_frame(sent, len(cut)) == len(cut)
    reads.close()
    stalls.close()


@pytest.mark.parametrize("beat_seconds", [1, 10, 15, 24])
def test_pings_come_as_announced_however_far_apart_the_beats_are(beat_seconds: int) -> None:
    """Some clients (python-socketio's) give up as soon as the announced interval is over."""
    switchboard = opened(beat_seconds=beat_seconds)
    line, peer = connected(switchboard, SOCKET)
    switchboard.join(line, Audience("night", NOTHING), b"")
    start = now = last = time.monotonic()
    pings = 0
    while now < start + 120:
        now += TICK
        switchboard.turn(now)
        if hear(peer) == PING:
            assert now - last <= PING_INTERVAL_MS / 1000
            last, pings = now, pings + 1
            switchboard.arrived(line, encoded(random.Random(1), frames.TEXT, b"3"))
    assert pings == 4
    peer.close()


def test_a_websocket_that_does_not_answer_within_the_announced_time_is_closed() -> None:
    switchboard = opened(beat_seconds=15)
    line, peer = connected(switchboard, SOCKET)
    switchboard.join(line, Audience("night", NOTHING), b"")
    start = time.monotonic()
    switchboard.turn(start + PING_INTERVAL_MS / 1000)
    assert hear(peer) == PING
    switchboard.turn(start + (PING_INTERVAL_MS + PING_TIMEOUT_MS) / 1000 - 1)
    assert hear(peer) == b"nothing"
    switchboard.turn(start + (PING_INTERVAL_MS + PING_TIMEOUT_MS) / 1000)
    assert hear(peer) == b""
    peer.close()


LONG = 4 << 20


def taken(peer: socket.socket, wanted: int) -> int:
    """The bytes that a peer gets by reading in small pieces, until all is there or the line is closed."""
    found = 0
    while found < wanted:
        gevent.socket.wait_read(peer.fileno(), 60)
        piece = len(peer.recv(8192))
        if not piece:
            break
        found += piece
    return found


@pytest.mark.parametrize("kind", [REQUEST, STREAM, PLAIN, SOCKET, DEFLATED])
def test_an_answer_longer_than_the_backlog_reaches_a_slow_reader_whole(kind: int) -> None:
    switchboard = opened(backlog_bytes=65_536)
    line, peer = connected(switchboard, kind)
    if kind == REQUEST:
        switchboard.answer(line, b"x" * LONG, last=True)
    else:
        switchboard.join(line, Audience("night", NOTHING), b"x" * LONG)
        switchboard.send(line, b"and the next change")
    assert taken(peer, LONG) == LONG
    peer.close()


def test_unrequested_bytes_are_backlog_even_behind_an_answer() -> None:
    switchboard = opened(backlog_bytes=65_536)
    line, peer = connected(switchboard, STREAM)
    switchboard.join(line, Audience("night", NOTHING), b"x" * LONG)
    switchboard.send(line, b"y" * 70_000)
    assert line.fd < 0
    other, peer_of_many = connected(switchboard, REQUEST)
    switchboard.answer(other, b"x" * LONG, last=False)
    switchboard.answer(other, b"x" * LONG, last=False)  # requested without taking the first answer
    assert other.fd < 0
    for each in (peer, peer_of_many):
        each.close()


@pytest.mark.parametrize("kind", [REQUEST, STREAM, PLAIN, SOCKET, DEFLATED])
def test_an_answer_of_which_nothing_is_taken_is_given_up(kind: int) -> None:
    switchboard = opened(beat_seconds=15)
    line, peer = connected(switchboard, kind)
    if kind == REQUEST:
        switchboard.answer(line, b"x" * LONG, last=False)
    else:
        switchboard.join(line, Audience("night", NOTHING), b"x" * LONG)
    start = line.taken
    if kind not in SOCKETS:  # of those a ping finds it sooner
        switchboard.turn(start + 59)
        assert line.fd >= 0
    for now in range(0, 90, 10):
        switchboard.turn(start + now)
    assert line.fd < 0
    peer.close()


def test_an_answer_that_is_taken_too_slowly_is_given_up_in_the_end() -> None:
    switchboard = opened(beat_seconds=15)
    line, peer = connected(switchboard, REQUEST)
    switchboard.answer(line, b"x" * LONG, last=True)
    start = now = time.monotonic()
    while line.fd >= 0 and now < start + 3600:
        line.taken = now  # a byte was taken
        now += 10
        switchboard.turn(now)
    assert 600 < now - start < 3600
    peer.close()


def test_a_connection_that_the_system_cannot_watch_ends_no_others(caplog: pytest.LogCaptureFixture) -> None:
    """A user may watch so many descriptors (fs.epoll.max_user_watches); the next one is tried half a second later."""
    switchboard = opened()
    asked: gevent.event.AsyncResult[bytes] = gevent.event.AsyncResult()
    switchboard.handlers = IDLE._replace(asked=lambda line, data: asked.set(data))
    watched = switchboard._poller
    assert watched is not None
    register, refused = watched.register, [errno.ENOSPC]

    def refuse_once(fd: int, events: int, /) -> None:
        if fd not in switchboard._listeners and refused:
            raise OSError(refused.pop(), "No space left on device")
        register(fd, events)

    switchboard._poller = Refusing(watched, refuse_once)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        switchboard.listen(listener.fileno())
        with closing(gevent.socket.socket()) as first, closing(gevent.socket.socket()) as second:
            first.connect(listener.getsockname())
            assert first.recv(1) == b""
            second.connect(listener.getsockname())
            second.sendall(b"GET / HTTP/1.1")
            assert asked.get(timeout=60) == b"GET / HTTP/1.1"
    assert switchboard.works()
    assert "No space left on device" in caplog.text


def test_a_listener_that_the_system_cannot_watch_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    switchboard = opened()
    asked: gevent.event.AsyncResult[bytes] = gevent.event.AsyncResult()
    switchboard.handlers = IDLE._replace(asked=lambda line, data: asked.set(data))
    watched, refused = switchboard._poller, [errno.ENOSPC]
    assert watched is not None
    register = watched.register

    def refuse_once(fd: int, events: int, /) -> None:
        if refused:
            raise OSError(refused.pop(), "No space left on device")
        register(fd, events)

    switchboard._poller = Refusing(watched, refuse_once)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        switchboard.listen(listener.fileno())
        with socket.create_connection(listener.getsockname()) as client:
            client.sendall(b"GET / HTTP/1.1")
            assert asked.get(timeout=60) == b"GET / HTTP/1.1"
    assert "No space left on device" in caplog.text


class Refusing:
    """A poller with another way to register."""

    def __init__(self, poller: Poller, register: Callable[[int, int], None]) -> None:
        self.fileno, self.modify, self.unregister, self.poll = (
            poller.fileno,
            poller.modify,
            poller.unregister,
            poller.poll,
        )
        self.register = register


def test_it_says_when_it_does_not_work_any_more() -> None:
    switchboard = opened()
    assert switchboard.works()
    switchboard._work[0] = gevent.spawn(lambda: None)
    switchboard._work[0].join()
    assert not switchboard.works()


@pytest.mark.parametrize("seed", range(5))
def test_every_reader_gets_each_post_since_it_came_once_and_in_order(seed: int) -> None:
    """Readers come, go, read slowly or not yet, while posts of any length are sent to them."""
    luck, switchboard, audience = random.Random(seed), opened(), Audience("night", NOTHING)
    posts: list[bytes] = []
    readers: dict[socket.socket, tuple[int, bytearray]] = {}  # the posts before each came, and the bytes that it got

    def come() -> None:
        readers[seated(switchboard, audience, luck.choice([0, 1, 9000]))] = len(posts), bytearray()

    for _ in range(60):
        come()
    while len(posts) < 60:
        act, peer = luck.random(), luck.choice([*readers])
        if act < 0.2:
            posts.append(b"<%d %s>" % (len(posts), b"x" * luck.choice([1, 100, 900, 9000, 90_000])))
            switchboard.cast(audience, Message(posts[-1]), NOTHING)
        elif act < 0.3:
            come()
        elif act < 0.4 and len(readers) > 20:
            del readers[peer]
            peer.close()
        elif act < 0.7:
            gevent.idle()
        else:
            with suppress(BlockingIOError):
                readers[peer][1].extend(peer.recv(luck.choice([10, 5000, 1 << 20])))
    for peer, (before, got) in readers.items():
        wanted = b"".join(posts[before:])
        while len(got) < len(wanted):
            gevent.socket.wait_read(peer.fileno(), 60)
            piece = peer.recv(1 << 20)
            assert piece, "the line was closed"
            got.extend(piece)
        assert got == wanted
        assert hear(peer) == b"nothing"
        peer.close()


@pytest.mark.parametrize(
    ("size", "took", "seconds", "next_size"),
    [(100, 0.001, 0.002, 200), (256, 0.002, 0.0003, 38), (16, 0.5, 0.002, FEWEST), (16, 0.0, 0.002, 64)],
)
def test_the_next_part_of_a_round_has_as_many_lines_as_the_time_allows(
    size: int, took: float, seconds: float, next_size: int
) -> None:
    assert fitting(size, took, seconds) == next_size
    assert fitting(MOST, took / 1000, seconds) <= MOST


def chunk(data: bytes) -> Message:
    """A message to event streams, which get no pings in between."""
    return Message(chunk=data)


def let_be(switchboard: Switchboard, now: float) -> None:
    """Let the time be `now`: what is due is sent."""
    switchboard.turn(now)
    gevent.idle()


def test_every_reader_gets_a_beat_in_each_interval_however_much_happens_and_whenever_it_came() -> None:
    switchboard, audience, start = opened(beat_seconds=15), Audience("night", chunk(b"0 ")), time.monotonic()
    peers, got = [seated(switchboard, audience, kind=STREAM)], [b""]
    for second in range(1, 61):
        if second == 20:
            peers.append(seated(switchboard, audience, kind=STREAM))
            got.append(b"")
        switchboard.cast(audience, chunk(b"news "), chunk(b"%d " % second))
        gevent.idle()
        let_be(switchboard, start + second)
        got = [had + hear(peer) for had, peer in zip(got, peers, strict=True)]
    for peer in peers:
        peer.close()
    assert [each.count(b"news") for each in got] == [60, 41]
    beaten = [each.replace(b"news ", b"").split() for each in got]
    assert beaten == [[b"15", b"30", b"45", b"60"], [b"30", b"45", b"60"]]  # each says what had happened by then


def test_an_audience_without_readers_gets_no_beats_until_somebody_comes() -> None:
    switchboard, audience, start = opened(beat_seconds=15), Audience("night", chunk(b"beat")), time.monotonic()
    seated(switchboard, audience, kind=STREAM).close()
    for line in [*audience.lines[STREAM]]:
        switchboard._drop(line)
    for seconds in (15, 30, 45):
        let_be(switchboard, start + seconds)
    assert audience.count == 0
    peer = seated(switchboard, audience, kind=STREAM)
    let_be(switchboard, start + 60)
    assert hear(peer) == b"beat"
    peer.close()


def test_a_beat_that_is_due_while_news_is_sent_comes_after_it_and_says_so() -> None:
    switchboard, audience = opened(beat_seconds=15), Audience("night", Message(b" old beat"))
    peers = [seated(switchboard, audience) for _ in range(FEWEST + 1)]
    between_two_parts(switchboard, audience, lambda: switchboard._beat(time.monotonic() + 15), Message(b" beat"))
    assert [hear(peer) for peer in peers] == [b"news beat"] * (FEWEST + 1)
    for peer in peers:
        peer.close()


def test_news_that_comes_while_a_beat_is_sent_comes_after_it_and_is_all_that_counts_as_served() -> None:
    switchboard, audience = opened(beat_seconds=15), Audience("night", Message(b"beat "))
    peers = [seated(switchboard, audience) for _ in range(FEWEST + 1)]
    counts, news = list[int](), [Message(b"news")]
    switchboard.handlers = IDLE._replace(served=lambda audience, behind: counts.append(audience.count))

    def publish() -> None:
        while news:
            switchboard.cast(audience, news.pop(), NOTHING)

    switchboard._beat(time.monotonic() + 15)
    gevent.idle()
    assert counts == []
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(switchboard, "_give_way", publish)
        switchboard._beat(time.monotonic() + 30)
        gevent.idle()
    assert counts == [3]
    assert [hear(peer) for peer in peers] == [b"beat beat news"] * (FEWEST + 1)
    for peer in peers:
        peer.close()


def beating(switchboard: Switchboard, audience: Audience, act: Callable[[int], None]) -> None:
    """Send an audience its beat, and act before each further part of what is sent; the parts are counted from 1."""
    parts = count(1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(switchboard, "_give_way", lambda: act(next(parts)))
        switchboard._beat(time.monotonic() + 15)
        gevent.idle()


def test_news_does_not_wait_for_the_beat_of_its_audience() -> None:
    switchboard, audience = opened(beat_seconds=15), Audience("night", Message(b"beat "))
    peers, heard = [seated(switchboard, audience) for _ in range(3 * FEWEST)], list[list[bytes]]()

    def act(part: int) -> None:
        if part == 1:
            switchboard.cast(audience, Message(b"news"), NOTHING)
        if len(heard) < 2 and set(found := [hear(peer) for peer in peers]) != {b"nothing"}:  # a slow machine makes way
            heard.append(found)

    beating(switchboard, audience, act)
    assert [each.count(b"nothing") for each in heard] == [2 * FEWEST] * 2
    assert heard[0][-FEWEST:] == [b"beat "] * FEWEST
    assert heard[1][-FEWEST:] == [b"news"] * FEWEST
    assert [hear(peer) for peer in peers] == [b"beat news"] * 2 * FEWEST + [b"nothing"] * FEWEST
    for peer in peers:
        peer.close()


def test_news_does_not_wait_for_the_beat_of_another_audience() -> None:
    switchboard, crowd, few = opened(beat_seconds=15), Audience("crowd", Message(b"beat")), Audience("few", NOTHING)
    peers, reader, heard = [seated(switchboard, crowd) for _ in range(2 * FEWEST)], seated(switchboard, few), []
    switchboard.handlers = IDLE._replace(served=lambda audience, behind: heard.append([hear(peer) for peer in peers]))

    def act(part: int) -> None:
        if part == 1:
            switchboard.cast(few, Message(b"news"), NOTHING)

    beating(switchboard, crowd, act)
    assert heard == [[b"nothing"] * FEWEST + [b"beat"] * FEWEST]
    assert [hear(peer) for peer in peers] == [b"beat"] * FEWEST + [b"nothing"] * FEWEST
    assert hear(reader) == b"news"
    for peer in [*peers, reader]:
        peer.close()


def test_a_burst_of_posts_is_sent_together_though_each_look_finds_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    switchboard, audience = opened(), Audience("night", NOTHING)
    peers, heard = [seated(switchboard, audience) for _ in range(3 * FEWEST)], list[bytes]()
    looks, rest = count(1), gevent.sleep

    def look(seconds: float) -> None:
        """Until the fifth look, an editor's request begins and ends between each two of them."""
        if seconds > 0.01:
            rest(seconds)  # others' work
            return
        switchboard.writers = 0
        if next(looks) <= 5:
            switchboard.written += 1
            switchboard.cast(audience, Message(b"post "), NOTHING)

    def act() -> None:
        heard.append(hear(peers[FEWEST]))
        if len(heard) == 1:
            switchboard.cast(audience, Message(b"post "), NOTHING)
            switchboard.writers = 1

    monkeypatch.setattr(switchboard, "_give_way", act)
    monkeypatch.setattr(gevent, "sleep", look)
    switchboard.cast(audience, Message(b"post "), NOTHING)
    gevent.idle()
    assert heard[:2] == [b"nothing", b"post " * 7]
    assert next(looks) == 8
    for peer in peers:
        peer.close()


def test_the_beats_of_many_audiences_let_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    switchboard, turns = opened(beat_seconds=15), list[int]()
    audiences = [Audience(str(number), Message(b"beat")) for number in range(20)]
    peers = [seated(switchboard, audience) for audience in audiences]
    monkeypatch.setattr(module, "SLICE", -1)  # each takes longer
    monkeypatch.setattr(switchboard, "_give_way", lambda: turns.append(1))
    switchboard._beat(time.monotonic() + 15)
    gevent.idle()
    assert len(turns) == len(audiences)
    assert [hear(peer) for peer in peers] == [b"beat"] * len(audiences)
    for peer in peers:
        peer.close()


@pytest.mark.parametrize("number", NOT_NOW)
def test_a_line_that_got_nothing_for_want_of_memory_gets_it_later_and_in_order(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    switchboard, audience = opened(), Audience("night", NOTHING)
    peers = [seated(switchboard, audience) for _ in range(3)]
    assert switchboard._sender is not None
    with monkeypatch.context() as short:
        short.setattr(switchboard._sender, "send", lambda fds, data: [-number] * len(fds))
        switchboard.cast(audience, Message(b"news"), NOTHING)
        gevent.idle()
        for line in audience.lines[SOCKET]:
            switchboard.send(line, b", mail")
    switchboard.cast(audience, Message(b", more"), NOTHING)
    for peer in peers:
        got = b""
        while len(got) < len(b"news, mail, more"):
            gevent.socket.wait_read(peer.fileno(), 60)
            got += peer.recv(100)
        assert got == b"news, mail, more"
        peer.close()


@pytest.mark.parametrize("number", NOT_NOW)
def test_one_line_alone_too(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    switchboard = opened()
    line, peer = connected(switchboard, SOCKET)
    with monkeypatch.context() as short:
        short.setattr(os, "write", lambda fd, data: _fail(number))
        switchboard.send(line, b"mail")
    gevent.socket.wait_read(peer.fileno(), 60)
    assert hear(peer) == b"mail"
    peer.close()


def _fail(number: int) -> int:
    raise OSError(number, os.strerror(number))


def without_news(audience: Audience) -> list[Line]:
    """The lines that have had no message."""
    seats = audience.lines[SOCKET]
    return [line for line, had in zip(seats, seats.had, strict=True) if had == 0]


def between_two_parts(
    switchboard: Switchboard, audience: Audience, act: Callable[[], None], beat: Message = NOTHING
) -> None:
    """Send news to an audience of one more than the first part of a round, and act before the second part."""
    served = gevent.event.Event()
    switchboard.handlers = IDLE._replace(served=lambda *_: served.set())

    def turn() -> None:
        if audience.messages:  # else all have them: a slow machine also makes way after the last part
            act()

    with pytest.MonkeyPatch.context() as monkey:
        monkey.setattr(switchboard, "_give_way", turn)
        switchboard.cast(audience, Message(b"news"), beat)
        assert served.wait(60)


def test_a_line_that_closes_between_two_parts_of_a_round_leaves_its_descriptor_to_another_reader() -> None:
    switchboard, audience = opened(), Audience("night", NOTHING)
    peers = [seated(switchboard, audience) for _ in range(FEWEST + 1)]
    strangers: list[tuple[Line, socket.socket]] = []

    def change_hands() -> None:
        """As other greenlets do between two parts: the last line's connection ends, a stranger's gets its number."""
        [left] = without_news(audience)
        number = left.fd
        switchboard.release(left)
        ours, peer = socket.socketpair()
        ours.setblocking(False)
        peer.setblocking(False)
        os.dup2(ours.fileno(), number)
        ours.close()
        strangers.append((switchboard.adopt(number, REQUEST, b""), peer))

    between_two_parts(switchboard, audience, change_hands)
    assert hear(strangers[0][1]) == b"nothing"
    assert sorted(hear(peer) for peer in peers) == [b""] + [b"news"] * FEWEST
    for each in [*peers, strangers[0][1]]:
        each.close()


def test_a_reader_that_leaves_the_blog_between_two_parts_of_a_round_gets_nothing_more_of_it() -> None:
    switchboard, audience = opened(), Audience("night", NOTHING)
    peers = [seated(switchboard, audience) for _ in range(FEWEST + 1)]

    def leave() -> None:
        for line in without_news(audience):
            switchboard.leave(line)

    between_two_parts(switchboard, audience, leave)
    assert sorted(hear(peer) for peer in peers) == [b"news"] * FEWEST + [b"nothing"]
    for each in peers:
        each.close()


@pytest.mark.parametrize("seed", range(5))
def test_however_many_come_and_leave_during_a_round_each_who_stays_gets_the_news_once(seed: int) -> None:
    luck, switchboard, audience = random.Random(seed), opened(), Audience("night", NOTHING)
    peers = [seated(switchboard, audience) for _ in range(20 * FEWEST)]
    late: list[socket.socket] = []

    def come_and_leave() -> None:
        lines = [*audience.lines[SOCKET]]
        for line in luck.sample(lines, luck.randrange(len(lines) // 2)):
            switchboard._drop(line)
        late.extend(seated(switchboard, audience) for _ in range(luck.randrange(9)))

    between_two_parts(switchboard, audience, come_and_leave)
    staying = len(audience.lines[SOCKET])
    switchboard.cast(audience, Message(b" more"), NOTHING)
    gevent.idle()
    got, came = [hear(peer) for peer in peers], [hear(peer) for peer in late]
    assert set(got) <= {b"", b"news", b"news more"}
    assert set(came) <= {b"", b" more"}
    assert got.count(b"news more") + came.count(b" more") == staying
    for peer in [*peers, *late]:
        peer.close()


@pytest.mark.parametrize("again", [True, False])
def test_a_line_that_joins_once_more_has_one_seat(again: bool) -> None:
    switchboard, first, second = opened(), Audience("first", NOTHING), Audience("second", NOTHING)
    line, peer = connected(switchboard, SOCKET)
    switchboard.join(line, first, b"")
    switchboard.join(line, first if again else second, b"")
    assert (len(first), len(second)) == ((1, 0) if again else (0, 1))
    switchboard._drop(line)
    assert (len(first), len(second)) == (0, 0)
    peer.close()


@pytest.mark.parametrize(("kind", "end"), [(STREAM, b"0\r\n\r\n"), (PLAIN, b"")])
def test_a_stream_that_caches_may_share_ends_after_a_minute_and_others_go_on(kind: int, end: bytes) -> None:
    switchboard, audience = opened(), Audience("night", NOTHING)
    (brief, peer), (other, others_peer) = connected(switchboard, kind), connected(switchboard, kind)
    for line in (brief, other):
        switchboard.join(line, audience, b"")
    start = time.monotonic()
    switchboard.limit(brief)
    switchboard.turn(start + BRIEF_SECONDS - 1)
    assert hear(peer) == b"nothing"
    switchboard.turn(start + BRIEF_SECONDS + 1)
    assert hear(peer) == end
    assert [*audience.lines[kind]] == [other]
    for each in (peer, others_peer):
        each.close()
