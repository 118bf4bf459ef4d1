"""The switchboard: every reader's connection of one process, and the bytes that go to and fro.

No greenlet, queue or timer per reader: one greenlet reads all descriptors through one epoll, one sends to
everybody, one keeps time. It knows frames and chunks; `transport.py` speaks Socket.IO and server-sent events.

Order per reader holds because a line notes, when it joins an audience, how many messages its catch-up covers (`since`).
"""

from __future__ import annotations

import gc
import logging
import os
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable

import gevent
import gevent.event
import gevent.monkey
import gevent.socket

from . import frames
from .frames import Parser
from .packets import LAST_CHUNK

log = logging.getLogger(__name__)

SOCKET, STREAM = 0, 1
"""The two kinds of lines: websockets, and event streams that only listen."""

BATCH, SMALL_BATCH = 256, 32
"""Descriptors read before others get their turn; fewer while a message is on its way to everybody."""
SLICE = 0.001
"""Seconds of sending before others get their turn."""
LOOK = 32
"""Lines served between two looks at the clock."""
MOMENT, MOMENTS = 0.01, 5
"""Seconds in which one more post may come, and how many times it may."""
TICK = 0.25
CLOSING_SECONDS = 10
"""What a peer gets to take the rest and to close its side."""
NEVER = 1 << 62
PING_SECONDS = 20
"""A websocket is asked for a sign of life at its first beat after so many seconds."""

PING = frames.frame(b"2")  # Engine.IO's own: browsers do not show their scripts websocket pings
PONG = "3"
IN, OUT = 1, 4  # EPOLLIN, EPOLLOUT

Message = tuple[bytes, bytes]
"""One message in the form that websockets get, and in the form that event streams get."""


class Audience:
    """The lines that follow one blog. `count` messages have been cast so far; `beat` is sent to quiet lines."""

    def __init__(self, name: str, beat: Message) -> None:
        self.name = name
        self.lines: tuple[set[Line], set[Line]] = (set(), set())
        self.count = 0
        self.beat = beat
        self.waiting: list[tuple[Message, Message]] = []

    def __len__(self) -> int:
        return len(self.lines[SOCKET]) + len(self.lines[STREAM])


class Line:
    """One reader's connection: its descriptor (-1 once closed), what it still has to be sent, whom it listens to."""

    __slots__ = (
        *("audience", "backlog", "closing", "due", "fd", "guest", "head", "kind"),
        *("missed", "offset", "parser", "pending", "pinged", "since"),
    )

    def __init__(self, fd: int, kind: int, now: float) -> None:
        self.fd = fd
        self.kind = kind
        self.audience: Audience | None = None
        self.since = 0
        self.pending: deque[bytes] | None = None
        self.offset = 0  # bytes of the first pending buffer that are sent
        self.backlog = 0  # bytes pending
        self.parser: Parser | None = None  # only while a message is unfinished
        self.closing = False
        self.due = now
        self.pinged = now
        self.missed = 0  # pings not answered
        self.head: object = None  # the request, until the line has joined an audience
        self.guest: object = None  # a Socket.IO server's socket, for other namespaces


class Switchboard:
    """`heard(line, message)` and `lost(line)` are called from the reading greenlet and must not wait for anything."""

    def __init__(
        self,
        *,
        heard: Callable[[Line, str | bytes], None],
        lost: Callable[[Line], None],
        beat_seconds: float,
        backlog_bytes: int,
        message_bytes: int,
    ) -> None:
        self._heard = heard
        self._lost = lost
        self._beat_seconds = beat_seconds
        self._backlog_bytes = backlog_bytes
        self._message_bytes = message_bytes
        self._lines: dict[int, Line] = {}
        self._wheel: deque[Line] = deque()  # by the time of the next beat, which is the same way off for all
        self._busy: dict[Audience, None] = {}
        self._spare = Parser(message_bytes)
        self._wake = gevent.event.Event()
        self._sending = False
        self._always = -1
        self._epoll: select.epoll | None = None
        # gevent's own puts every close off to tell its loop, which knows nothing of our descriptors
        self._close: Callable[[int], None] = gevent.monkey.get_original("os", "close")

    def __len__(self) -> int:
        return len(self._lines)

    @staticmethod
    def possible() -> bool:
        """Whether this system has epoll."""
        return sys.platform == "linux"

    def start(self) -> None:
        """Begin to work, in the process that serves (an epoll is not shared across a fork)."""
        self._epoll = gevent.monkey.get_original("select", "epoll")()
        self._always = os.eventfd(0)  # can always be written to
        for work in (self._listen, self._broadcast, self._keep_time):
            gevent.spawn(work)

    # -- lines

    def adopt(self, fd: int, kind: int, first: bytes) -> Line:
        """Take over a connection's descriptor and send the first bytes on it."""
        assert self._epoll is not None
        now = time.monotonic()
        line = Line(fd, kind, now)
        line.due = now + self._beat_seconds
        self._lines[fd] = line
        self._wheel.append(line)
        self._epoll.register(fd, IN)
        self.send(line, first)
        return line

    def join(self, line: Line, audience: Audience, first: bytes) -> None:
        """Let a line follow an audience, from after the messages that `first` covers."""
        line.audience = audience
        line.since = audience.count
        audience.lines[line.kind].add(line)
        self.send(line, first)

    def leave(self, line: Line) -> None:
        """Take a line out of its audience."""
        audience, line.audience = line.audience, None
        line.since = NEVER  # a round that is under way passes it over
        if audience is not None:
            audience.lines[line.kind].discard(line)

    def send(self, line: Line, data: bytes) -> None:
        """Send to one line, after all that waits for it."""
        if line.fd < 0 or line.closing:
            return
        if line.pending:
            self._hold(line, data, 0)
            return
        try:
            sent = os.write(line.fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # the reading side sees it too, and forgets the line
        if sent != len(data):
            self._hold(line, data, sent)

    def close(self, line: Line, code: int, reason: str = "") -> None:
        """End a line in order: what waits for it is sent first, then a close frame."""
        self.send(line, frames.close(code, reason) if line.kind == SOCKET else LAST_CHUNK)
        self._finish(line)

    def _hold(self, line: Line, data: bytes, sent: int) -> None:
        """Keep what the connection does not take now; a line that lags too far is cut off."""
        assert self._epoll is not None
        if not line.pending:
            line.pending, line.offset = deque(), sent
            self._epoll.modify(line.fd, IN | OUT)
        line.pending.append(data)
        line.backlog += len(data) - sent
        if line.backlog > self._backlog_bytes:
            self._cut(line)

    def _cut(self, line: Line) -> None:
        """Finish the frame that is under way, say "come back", and be done: resuming is cheap."""
        log.info("reader closed: %d bytes behind", line.backlog)
        if line.kind == STREAM or not line.pending:
            self._drop(line)
            return
        first = line.pending[0]
        rest = first[line.offset : frames.end_of_frame(first, line.offset)]
        line.pending = deque([rest + frames.close(frames.TRY_AGAIN_LATER, "too far behind")])
        line.offset, line.backlog = 0, len(line.pending[0])
        self._finish(line)

    def _finish(self, line: Line) -> None:
        """No more for this line. Its connection ends when the peer ends it, or after CLOSING_SECONDS."""
        if line.fd < 0 or line.closing:
            return
        line.closing, line.pinged = True, time.monotonic()
        self._forget(line)
        if not line.pending:
            self._shut(line)

    def _shut(self, line: Line) -> None:
        """All is sent. Closing outright would reset the connection under what the peer has not read yet."""
        try:
            hang_up(line.fd, socket.SHUT_WR)
        except OSError:
            self._drop(line)

    def _forget(self, line: Line) -> None:
        self.leave(line)
        self._lost(line)

    def _drop(self, line: Line) -> None:
        fd, line.fd = line.fd, -1
        if fd < 0:
            return
        del self._lines[fd]
        self._close(fd)  # which takes it out of the epoll as well
        line.pending = line.parser = None
        if not line.closing:
            self._forget(line)

    def _give_way(self) -> None:
        """Let the loop look for what has arrived; `gevent.sleep(0)` would only run what is due, over and over."""
        gevent.socket.wait_write(self._always)

    # -- reading

    def _listen(self) -> None:
        assert self._epoll is not None
        while True:
            gevent.socket.wait_read(self._epoll.fileno())
            for fd, event in self._epoll.poll(0, SMALL_BATCH if self._sending else BATCH):
                line = self._lines.get(fd)
                if line is None:
                    continue
                try:
                    if event & OUT:
                        self._flush(line)
                    if event & ~OUT:
                        self._read(line)
                except Exception:  # one line's trouble must not be everybody's
                    log.exception("a line failed")
                    self._drop(line)

    def _read(self, line: Line) -> None:
        if line.fd < 0:
            return
        try:
            data = os.read(line.fd, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(line)
        elif line.kind == SOCKET and not line.closing:
            self.arrived(line, data)

    def arrived(self, line: Line, data: bytes) -> None:
        """Take in what a websocket's peer has sent."""
        parser = line.parser or self._spare
        for opcode, payload in parser.feed(data):
            if opcode == frames.TEXT and payload == PONG:
                line.missed = 0
            elif opcode in (frames.TEXT, frames.BINARY):
                self._heard(line, payload)
            elif opcode == frames.PING:
                self.send(line, frames.frame(payload, frames.PONG))
            elif opcode == frames.CLOSE:
                self.close(line, payload[0])
            elif opcode == frames.BROKEN:
                self.close(line, payload)
            if line.closing or line.fd < 0:
                break
        if parser.idle:
            line.parser = None
            return
        if parser is self._spare:
            self._spare = Parser(self._message_bytes)
        line.parser = None if line.closing or line.fd < 0 else parser

    def _flush(self, line: Line) -> None:
        assert self._epoll is not None
        while line.pending:
            rest = memoryview(line.pending[0])[line.offset :]
            try:
                sent = os.write(line.fd, rest)
            except BlockingIOError:
                return
            except OSError:
                self._drop(line)
                return
            line.backlog -= sent
            if sent < len(rest):
                line.offset += sent
                return
            line.pending.popleft()
            line.offset = 0
        line.pending = None
        self._epoll.modify(line.fd, IN)
        if line.closing:
            self._shut(line)

    # -- telling everybody

    def cast(self, audience: Audience, message: Message, beat: Message) -> None:
        """Send a message to all of an audience, soon and in order; `beat` is its beat from then on."""
        audience.count += 1
        audience.waiting.append((message, beat))
        self._busy[audience] = None
        self._wake.set()

    def _broadcast(self) -> None:
        """One round after the other; what is cast during a round is joined into the next one's writes."""
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._busy:
                audience = next(iter(self._busy))
                del self._busy[audience]
                waiting, audience.waiting = audience.waiting, []
                self._sending = True
                self._round(audience, [message for message, _ in waiting])
                self._sending = False
                audience.beat = waiting[-1][1]  # not sooner: a beat ahead of its change makes everybody ask
                if audience.waiting:
                    _gather(audience)

    def _round(self, audience: Audience, messages: list[Message]) -> None:
        first = audience.count - len(audience.waiting) - len(messages)
        for kind in (SOCKET, STREAM):
            if audience.lines[kind]:
                self._send_all(list(audience.lines[kind]), [message[kind] for message in messages], first)

    def _send_all(self, lines: Iterable[Line], buffers: list[bytes], first: int) -> None:
        """The hot loop: one write per line, of all buffers that the line's catch-up did not cover."""
        whole, write, clock = b"".join(buffers), os.write, time.perf_counter
        size, look, until = len(whole), LOOK, clock() + SLICE
        for line in lines:
            look -= 1
            if not look:
                look = LOOK
                if clock() > until:
                    self._give_way()
                    until = clock() + SLICE
            if line.since > first:
                if line.since - first < len(buffers):
                    self.send(line, b"".join(buffers[line.since - first :]))
            elif line.pending is not None:
                if not line.closing:
                    self._hold(line, whole, 0)
            elif line.fd >= 0 and not line.closing:  # it may have gone while others had their turn
                try:
                    sent = write(line.fd, whole)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    continue
                if sent != size:
                    self._hold(line, whole, sent)

    def everybody(self, message: Message) -> None:
        """Send to every line at once, past all order: a farewell."""
        for line in list(self._lines.values()):
            if line.audience is not None:
                self.send(line, message[line.kind])

    def close_all(self, code: int) -> None:
        for line in list(self._lines.values()):
            self.close(line, code)

    # -- keeping time

    def _keep_time(self) -> None:
        """A beat for every line in its turn; the wheel is in order because all beats are equally far apart."""
        while True:
            gevent.sleep(TICK)
            now = time.monotonic()
            until = now + SLICE
            while self._wheel and self._wheel[0].due <= now:
                line = self._wheel.popleft()
                if line.fd >= 0:
                    self._beat(line, now)
                if line.fd >= 0:
                    line.due = now + self._beat_seconds
                    self._wheel.append(line)
                if time.monotonic() > until:
                    self._give_way()
                    until = time.monotonic() + SLICE

    def _beat(self, line: Line, now: float) -> None:
        if line.closing:
            if now - line.pinged >= CLOSING_SECONDS:
                self._drop(line)
            return
        beat = line.audience.beat[line.kind] if line.audience is not None else b""
        if line.kind == SOCKET and now - line.pinged >= PING_SECONDS:
            if line.missed or (line.audience is None and line.guest is None):
                self._drop(line)  # gone without a word, or never introduced
                return
            line.missed, line.pinged = line.missed + 1, now
            beat = PING + beat
        if beat:
            self.send(line, beat)


def _gather(audience: Audience) -> None:
    """Posts come in quick succession: a moment's patience makes one round of several."""
    for _ in range(MOMENTS):
        count = audience.count
        gevent.sleep(MOMENT)
        if audience.count == count:
            return


def hang_up(fd: int, how: int = socket.SHUT_RDWR) -> None:
    """Shut a connection down without closing its descriptor; who waits on it finds its end, not an error."""
    with gevent.monkey.get_original("socket", "socket")(fileno=os.dup(fd)) as connection:
        connection.shutdown(how)


def tune_collector() -> None:
    """Spare the cyclic garbage collector what lives as long as the process; an idle line is in no cycle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
