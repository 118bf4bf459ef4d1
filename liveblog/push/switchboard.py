"""The switchboard: one process's connections to readers, and the bytes that they receive and send.

No reader has a greenlet, queue or timer of its own: one greenlet reads all descriptors through one poller, one sends
to everybody, one keeps time. This file knows frames and chunks; `transport.py` Socket.IO and server-sent events.

Each reader gets messages in order, because its audience counts the messages that each line has had (`Seats.had`),
starting with those that its catch-up covers. A round looks at no `Line` that takes all at once.

The file is long because reading, sending and timing share the state of a line. If other files wrote that state, a
proof of the order of a reader's bytes would have to cover them too.
"""

from __future__ import annotations

import errno
import gc
import logging
import os
import resource
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import gevent
import gevent.event
import gevent.hub
import gevent.monkey
import gevent.socket

from ..http.request_head import RequestHead
from ..watch import counts
from ..watch.episodes import Episode
from . import frames
from .frames import Parser
from .packets import LAST_CHUNK, PING_INTERVAL_MS, PING_TIMEOUT_MS
from .poller import IN, OUT, Poller, poller
from .seats import NOBODY, Seats
from .sender import MOST, NOT_NOW, Sender
from .turns import Turn

log = logging.getLogger(__name__)

SOCKET, STREAM, PLAIN, DEFLATED, REQUEST = 0, 1, 2, 3, 4
"""The kinds of lines: websockets, event streams in chunks, event streams without chunks (HTTP/1.0), websockets that
agreed to compression, and connections whose request has not been read yet."""
KIND_NAMES = ("websocket", "stream", "stream", "websocket", "request")
AUDIENCES = (SOCKET, DEFLATED, STREAM, PLAIN)
SOCKETS = (SOCKET, DEFLATED)

BATCH = 256
"""Maximum descriptors read before other greenlets run."""
READING = 0.0005
"""Seconds of reading before other greenlets run while a message is being sent to everybody, else `SLICE`: somebody may
send what costs time. One line is read in any case, and what is ready stays so."""
SLICE, SHORT_SLICE = 0.002, 0.0003
"""Seconds of sending before other greenlets run; shorter while somebody at the desk waits for an answer."""
FEWEST = 16
"""The least number of lines that are sent to without a look at the clock."""
PATIENCE = 0.08
"""Maximum seconds that a round waits for more of a burst of posts."""
TICK = 0.25
CLOSING_SECONDS = 10
"""Seconds that a peer has to take the rest and to close its side."""
PING_SECONDS = PING_INTERVAL_MS / 1000 - 2 * TICK
"""Seconds between two pings. It is below the interval that clients are told, because they give up when that is over."""
PONG_SECONDS = PING_TIMEOUT_MS / 1000
"""Seconds that a websocket has to answer a ping."""

PING = frames.frame(b"2")  # Engine.IO's own: browsers hide websocket pings from scripts
PONG = "3"
ACCEPTED = 16
"""Connections accepted before other greenlets run."""
REST = 0.5
"""Seconds without accepting after the descriptors ran out."""
TAKEN_SECONDS = 0.01
"""Seconds that a process has to take the turn to accept before it is passed to another one."""
MOST_GONE = 1000
"""How many more closed lines than open ones may be on the wheels."""
OWN_FILES = 100
"""Descriptors that a process needs for other purposes."""
READ, REQUESTED = 2048, 65536
"""Bytes that are read at once of what a websocket sends, and of a request."""
MOST_FRAMES = 50
"""Frames of one websocket in a second. A reader sends one pong in 25 s, a desk some messages in a second."""
FRAME_SECONDS = 0.001
"""Processor time that counts like a frame. So in a second one peer can take a twentieth of a core, whatever it sends.
It is the thread's own time: a machine that is busy with something else cuts nobody."""
READ_SECONDS, LONGEST_READ = 0.00005, 0.005
"""The least and the most that a read counts for. What comes byte by byte costs system calls, before anything is parsed;
a read that takes long met the collector of garbage, which is not the fault of this peer."""
KEEP_ALIVE, HEAD_SECONDS, STALLED = 75, 30, 60
"""Seconds that a connection may stay without a request, while the head of one does not end, or while it takes nothing
of what waits for it. Proxies keep idle connections for 60 s; they must be the ones that close them, because a request
that meets our closing is lost."""
TAKING, SLOWEST = 60, 4096
"""An answer must be taken within `TAKING` seconds, plus one second for each `SLOWEST` bytes."""

BRIEF_SECONDS = 60
"""Seconds after which a stream ends that caches may share: clients that come later need one that begins later."""


class Message(NamedTuple):
    """One message in each form that a line may take, indexed by the kind of line: as a frame, as a chunk, plain, and as
    a compressed frame."""

    frame: bytes = b""
    chunk: bytes = b""
    plain: bytes = b""
    deflated: bytes = b""


class Audience:
    """The lines that follow one blog. `count` messages have been cast so far; `beat` says what has happened by now."""

    def __init__(self, name: str, beat: Message) -> None:
        self.name = name
        self.lines: tuple[Seats[Line], ...] = tuple(Seats() for _ in Message._fields)
        self.count = 0
        self.beat = beat
        self.patient = False
        self.began = 0.0  # when the first of these messages was cast; 0 if they are beats only
        self.messages: list[tuple[Message, Message]] = []  # those that some lines still lack, each with its beat

    def __len__(self) -> int:
        return sum(map(len, self.lines))

    def after(self, had: int, kind: int) -> bytes:
        """All messages that a line lacks after its first `had`."""
        first = had - (self.count - len(self.messages))
        return b"".join(message[kind] for message, _ in self.messages[first:]) if first < len(self.messages) else b""


class Owed:
    """The answer that a line is taking. Its remaining bytes do not count as backlog, but have a deadline."""

    __slots__ = ("left", "until")

    def __init__(self, left: int, now: float) -> None:
        self.left = left
        self.until = now + TAKING + left / SLOWEST


class Line:
    """One reader's connection: its descriptor (-1 once closed), its pending bytes, the audience it belongs to."""

    __slots__ = (
        *("asking", "audience", "backlog", "bridged", "closing", "due", "fd", "first", "head", "kind"),
        *("missed", "offset", "owed", "parser", "pending", "pinged", "seat", "taken"),
    )

    def __init__(self, fd: int, kind: int, now: float) -> None:
        self.fd = fd
        self.kind = kind
        self.audience: Audience | None = None
        self.seat = 0  # in its audience
        self.asking = False  # waits to be admitted to an audience
        self.pending: deque[bytes] | None = None
        self.offset = 0  # bytes of the first pending buffer that were sent
        self.backlog = 0  # bytes pending
        self.owed: Owed | None = None
        self.parser: Parser | None = None  # only while a message is unfinished
        self.closing = False
        self.due = now
        self.pinged = now
        self.missed = 0  # pings not answered
        self.taken = now  # when it last asked or took something; for a websocket only while it closes
        self.first = b""  # the part of a request that has arrived
        self.head: RequestHead | None = None  # the request, until the line has joined an audience
        self.bridged = False  # its messages go to Flask-SocketIO's server, for other namespaces

    @property
    def open_fd(self) -> int:
        """The descriptor to which a message may be sent: none while something waits that must come first."""
        return NOBODY if self.pending else self.fd

    def note_seat(self) -> None:
        """Tell the audience whether something waits; to be called when that changes."""
        if self.audience is not None:
            self.audience.lines[self.kind].fds[self.seat] = self.open_fd


Duty = tuple[deque[Line], Callable[[Line], float], Callable[[Line, float], None]]
"""A wheel, when a line on it is due, and what to do then."""


class Census(NamedTuple):
    """Connections by the name of their kind, bytes that wait for them, and for how many more there are descriptors."""

    lines: dict[str, int]
    backlog: int
    room: int


class Handlers(NamedTuple):
    """Callbacks for lines. The first three are called while reading and must not wait.

    `asked` gets what a line sends before it is a websocket, `heard` a websocket's message, `lost` a line that ended.
    `served` is called when all lines of an audience have all messages; its number counts the lines that do not read.
    """

    asked: Callable[[Line, bytes], None]
    heard: Callable[[Line, str | bytes], None]
    lost: Callable[[Line], None]
    served: Callable[[Audience, int], None]


class Switchboard:
    """Owns the connections of one process."""

    handlers: Handlers
    """Set once, by `create_app`: handlers answer on the lines that the switchboard passes to them."""

    def __init__(
        self,
        *,
        beat_seconds: float,
        backlog_bytes: int,
        message_bytes: int,
        io_uring: bool = True,
        make_poller: Callable[[], Poller] = poller,
    ) -> None:
        self._lagging: set[Line] = set()  # those that did not take all that the current round sent them
        self._beat_seconds = beat_seconds
        self._backlog_bytes = backlog_bytes
        self._message_bytes = message_bytes
        self._lines: dict[int, Line] = {}
        self._listeners: dict[int, socket.socket] = {}
        self._watched: set[int] = set()  # the listeners that are polled
        self._resting = False
        self._turn = Turn()
        self._minding = False  # looks whether somebody takes the turn
        self._wheel: deque[Line] = deque()  # by the time of the next look at each
        self._asleep: deque[Line] = deque()  # websockets by the time of the last ping
        self._pinged: deque[Line] = deque()  # those that were pinged lately and may still answer
        self._brief: deque[Line] = deque()  # streams that end soon, by the time of their beginning
        self._busy: dict[Audience, None] = {}  # those with news
        self._beating: dict[Audience, None] = {}  # those with beats; news goes first
        self._beats: dict[Audience, float] = {}  # when the beat of each is due, in this order
        self._spare = {kind: self._parser(kind) for kind in SOCKETS}
        self._said: dict[Line, float] = {}  # frames in this second, or what costs as much
        self._wake = gevent.event.Event()
        self._sending = False
        self.writers = 0  # current requests that change something
        self.written = 0  # those that were answered
        self.lent = 0  # connections on which Flask answers a request
        self._pipe = (-1, -1)
        self._room = 0
        self._work: list[gevent.Greenlet[None]] = []
        self._gone = 0  # upper bound of the closed lines on the wheels
        self._full = Episode(log, "no descriptor is left for one more connection", "connections are accepted", quiet=5)
        self._cutting = Episode(log, "readers too far behind were closed", "none was for a minute", quiet=60, every=60)
        self._make_poller = make_poller
        self._poller: Poller | None = None
        self._io_uring = io_uring
        self._sender: Sender | None = None
        # gevent's version defers every close to tell its loop, which does not know our descriptors
        self._close: Callable[[int], None] = gevent.monkey.get_original("os", "close")

    def __len__(self) -> int:
        return len(self._lines)

    def start(self, turn: Turn | None = None) -> None:
        """Begin to work; call it in the process and thread that serves: neither poller nor ring survive a fork.

        `turn` says when to accept connections, if other processes listen on the same socket.
        """
        self._poller = self._make_poller()
        if turn is not None:
            self._turn = turn
        if self._turn.fd >= 0:
            self._poller.register(self._turn.fd, IN)
        self._sender = Sender(allowed=self._io_uring)
        self._room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OWN_FILES
        self._pipe = os.pipe()  # nobody writes to it, so it can always be written to
        self._work = [gevent.spawn(work) for work in (self._listen, self._broadcast, self._keep_time)]

    def works(self) -> bool:
        """Whether it still reads, sends and keeps time. If not, readers get nothing although the process runs."""
        return not any(work.ready() for work in self._work)

    @property
    def poller_name(self) -> str:
        """The system's poller: epoll or kqueue; empty before the start."""
        return "" if self._poller is None else type(self._poller).__name__.lower()

    @property
    def send_path(self) -> str:
        """How messages are sent to everybody: `io_uring` or `write`; empty before the start."""
        return "" if self._sender is None else self._sender.path

    def census(self) -> Census:
        """Count the connections. It looks at each of them, so it is for a scrape, not for a message."""
        found, backlog = dict.fromkeys(KIND_NAMES, 0), 0
        for line in self._lines.values():
            found[KIND_NAMES[line.kind]] += 1
            backlog += line.backlog if line.pending is not None else 0
        return Census(found, backlog, max(0, self._room - len(self._lines)))

    # -- lines

    def listen(self, listener: int) -> None:
        """Accept connections of a listening descriptor; they begin as requests."""
        plain = gevent.monkey.get_original("socket", "socket")(fileno=os.dup(listener))
        plain.setblocking(False)
        self._listeners[plain.fileno()] = plain
        self._take_part()

    def deaf(self) -> None:
        """Stop accepting, after all who are connected already: their requests may be on the way."""
        listeners, self._listeners = self._listeners, {}
        self._turn.leave()
        self._watch()  # other processes hold the same sockets, so closing ours would not stop it
        for listener in listeners.values():
            while self._accept(listener, ACCEPTED) == ACCEPTED:
                pass
            listener.close()

    def close_idle(self) -> None:
        """Close connections on which nothing was asked."""
        for line in [line for line in self._lines.values() if line.kind == REQUEST and not line.pending]:
            self._drop(line)

    def _take_part(self) -> None:
        """Say that this process accepts connections, and accept those that wait although it is not its turn."""
        if self._listeners and not self._resting:
            self._count()
            self._turn.note()
            for fd in () if self._turn.mine else [*self._listeners]:
                self._admit(fd)
            self._watch()

    def _watch(self) -> None:
        """Poll the listeners as long as it is this process's turn."""
        assert self._poller is not None
        wanted = set(self._listeners) if self._turn.mine and not self._resting else set()
        for fd in self._watched - wanted:
            self._poller.unregister(fd)
            self._watched.remove(fd)
        try:
            for fd in wanted - self._watched:
                self._poller.register(fd, IN)
                self._watched.add(fd)
        except OSError as no:  # the system watches no more descriptors for this user
            self._rest(str(no))

    def _admit(self, fd: int) -> None:
        """Accept some of those that wait at a listener, and pass the turn on."""
        if self._accept(self._listeners[fd], self._turn.share(ACCEPTED)) and not self._resting:
            self._pass_on()

    def _pass_on(self) -> None:
        self._count()
        self._turn.pass_on()
        if self._turn.untaken and not self._minding:
            self._minding = True
            gevent.spawn_later(TAKEN_SECONDS, self._mind)

    def _mind(self) -> None:
        """Pass the turn to another process if the one that got it is busy or hangs."""
        self._minding = False
        if self._turn.untaken and self._listeners and not self._resting:  # who does not take part could get it
            self._pass_on()
            self._watch()

    def _count(self) -> None:
        self._turn.count(len(self._lines) + self.lent)

    def _accept(self, listener: socket.socket, most: int) -> int:
        """Accept at most so many connections. Returns their number."""
        for count in range(most):
            if len(self._lines) >= self._room:
                self._rest()
                return count
            try:
                connection, _ = listener.accept()
            except OSError as no:
                if no.errno in (errno.EMFILE, errno.ENFILE):
                    self._rest()
                return count
            fd = connection.detach()
            os.set_blocking(fd, False)
            try:
                self.adopt(fd, REQUEST, b"")
            except OSError as no:  # as in `_watch`; the connection is closed
                self._rest(str(no))
                return count
        return most

    def _rest(self, why: str = "") -> None:
        """Stop accepting for a while when no descriptor is left. Retrying in a loop would stop everything else."""
        counts.accept_pauses.add()
        self._full.met(why or f"{self._room} at most; raise ulimit -n")
        self._resting = True
        self._turn.leave()
        self._watch()
        gevent.spawn_later(REST, self._wake_up)

    def _wake_up(self) -> None:
        self._resting = False
        self._take_part()

    def release(self, line: Line) -> tuple[int, bytes]:
        """Hand a line's descriptor to the caller, with the bytes that are still to be sent."""
        assert self._poller is not None
        self.leave(line)
        pending = list(line.pending or ())
        unsent = b"".join(pending)[line.offset :]
        fd, line.fd = line.fd, -1
        del self._lines[fd]
        self._thin()
        self._poller.unregister(fd)
        line.pending = None
        return fd, unsent

    def answer(self, line: Line, data: bytes, *, last: bool) -> None:
        """Answer a request; after the `last` answer the connection ends."""
        line.taken = time.monotonic()
        self.send(line, data, answer=True)
        if last:
            self._finish(line)

    def adopt(self, fd: int, kind: int, first: bytes) -> Line:
        """Take over a connection's descriptor and send the first bytes on it."""
        assert self._poller is not None
        now = time.monotonic()
        line = Line(fd, kind, now)
        line.due = now + self._beat_seconds
        try:
            self._poller.register(fd, IN)
        except OSError:
            self._close(fd)
            raise
        self._lines[fd] = line
        self._wheel.append(line)
        if kind in SOCKETS:
            self._asleep.append(line)
        if first:
            self.send(line, first)
        return line

    def become(self, line: Line, kind: int, first: bytes) -> None:
        """Turn a request's line into a websocket or an event stream."""
        line.kind, line.pinged = kind, time.monotonic()
        if kind in SOCKETS:
            self._asleep.append(line)
        self.send(line, first)

    def join(self, line: Line, audience: Audience, first: bytes) -> None:
        """Add a line to an audience. It gets the messages after those that `first` covers.

        A line that is closed or closes joins none: it could have waited for this when it ended.
        """
        if line.fd < 0 or line.closing:
            return
        self.leave(line)  # a seat that nobody gives up would keep its descriptor after the line's end
        line.audience = audience
        audience.lines[line.kind].add(line, line.open_fd, audience.count)
        self._beats.setdefault(audience, time.monotonic() + self._beat_seconds - TICK)
        if first:
            self.send(line, first, answer=True)

    def limit(self, line: Line) -> None:
        """End a stream `BRIEF_SECONDS` after its beginning, that is from now."""
        line.pinged = time.monotonic()
        self._brief.append(line)

    def leave(self, line: Line) -> None:
        """Remove a line from its audience."""
        audience, line.audience = line.audience, None
        if audience is not None:
            audience.lines[line.kind].remove(line)

    def send(self, line: Line, data: bytes, *, answer: bool = False) -> None:
        """Send to one line, after all that waits for it. An `answer` was requested and does not count as backlog."""
        if line.fd < 0 or line.closing:
            return
        if line.pending:
            self._hold(line, data, 0, answer=answer)
            return
        try:
            sent = os.write(line.fd, data)
        except OSError as no:
            if no.errno not in NOT_NOW:
                return  # the reading side sees this too, and forgets the line
            sent = 0
        if sent != len(data):
            self._hold(line, data, sent, answer=answer)

    def close(self, line: Line, code: int, reason: str = "") -> None:
        """End a line properly: send what waits for it, then a close frame."""
        if line.kind in SOCKETS:
            self.send(line, frames.close(code, reason))
        elif line.kind == STREAM:
            self.send(line, LAST_CHUNK)
        self._finish(line)

    def _hold(self, line: Line, data: bytes, sent: int, *, answer: bool = False) -> None:
        """Keep what the connection does not take now; cut off a line that lags too far."""
        assert self._poller is not None
        if not line.pending:
            line.pending, line.offset = deque(), sent
            line.taken = time.monotonic()
            self._poller.modify(line.fd, IN | OUT)
        if answer and line.owed is None:  # one at a time: further answers of a burst of requests are backlog
            line.owed = Owed(len(data) - sent, time.monotonic())
        line.pending.append(data)
        line.note_seat()
        line.backlog += len(data) - sent
        if line.backlog - (line.owed.left if line.owed is not None else 0) > self._backlog_bytes:
            self._cut(line)

    def _cut(self, line: Line) -> None:
        """Finish the current frame, send "try again later" and close. Resuming is cheap for the client."""
        self._cutting.met()
        counts.cut.add("backlog")
        line.owed = None
        if line.kind not in SOCKETS or not line.pending:
            self._drop(line)
            return
        first = line.pending[0]
        rest = first[line.offset : frames.end_of_frame(first, line.offset)]
        line.pending = deque([rest + frames.close(frames.TRY_AGAIN_LATER, "too far behind")])
        line.offset, line.backlog = 0, len(line.pending[0])
        self._finish(line)

    def _finish(self, line: Line) -> None:
        """Send nothing more to this line. Its connection ends when the peer ends it, or after CLOSING_SECONDS."""
        if line.fd < 0 or line.closing:
            return
        line.closing, line.taken = True, time.monotonic()
        self._forget(line)
        if not line.pending:
            self._shut(line)

    def _shut(self, line: Line) -> None:
        """Close our side after all is sent. A full close would reset the connection before the peer has read it all."""
        try:
            hang_up(line.fd, socket.SHUT_WR)
        except OSError:
            self._drop(line)

    def _thin(self) -> None:
        """Remove closed lines from the wheels once there are many; otherwise each stays until it is due."""
        self._gone += 1
        if self._gone > len(self._lines) + MOST_GONE:
            for wheel in (self._wheel, self._asleep, self._pinged, self._brief):
                left = [line for line in wheel if line.fd >= 0]
                wheel.clear()
                wheel.extend(left)
            self._gone = 0

    def _forget(self, line: Line) -> None:
        self.leave(line)
        self.handlers.lost(line)

    def _drop(self, line: Line) -> None:
        fd, line.fd = line.fd, -1
        if fd < 0:
            return
        del self._lines[fd]
        self._thin()
        self._close(fd)  # this also removes it from the poller
        line.pending = line.parser = line.owed = None
        if not line.closing:
            self._forget(line)

    def _give_way(self) -> None:
        """Let the loop poll for new input; `gevent.sleep(0)` would only run the callbacks that are due already."""
        gevent.socket.wait_write(self._pipe[1])

    # -- reading

    def _listen(self) -> None:
        """Read what the poller finds, whenever the loop says that it has something.

        One watcher stays for good. When a poller is added to the loop's own, Linux looks at every descriptor in it, so
        a watcher for each wait would make a wake-up cost as much as there are readers.
        """
        assert self._poller is not None
        clock, waiter = time.perf_counter, gevent.hub.Waiter()
        watcher = gevent.get_hub().loop.io(self._poller.fileno(), IN)
        watcher.start(waiter.switch, None)
        try:
            while True:
                waiter.get()
                waiter.clear()
                until = clock() + (READING if self._sending else SLICE)
                for fd, event in self._poller.poll(0, BATCH):
                    self._heed(fd, event)
                    if clock() > until:
                        break
                self._count()
        finally:
            watcher.stop()
            watcher.close()

    def _heed(self, fd: int, event: int) -> None:
        line = self._lines.get(fd)
        if line is None:
            if fd in self._listeners:
                self._admit(fd)
            elif fd == self._turn.fd:
                self._turn.take()
            self._watch()
            return
        try:
            if event & OUT:
                self._flush(line)
            if event & ~OUT:
                self._read(line)
        except Exception:  # one line's fault must not affect the others
            log.exception("a line failed")
            self._drop(line)

    def _read(self, line: Line) -> None:
        if line.fd < 0:
            return
        try:
            data = os.read(line.fd, READ if line.kind in SOCKETS else REQUESTED)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(line)
        elif line.kind in SOCKETS and not line.closing:
            self.arrived(line, data)
        elif line.kind == REQUEST and not line.closing:
            self.handlers.asked(line, data)
            if line.first or line.asking or not data.strip(b"\r\n"):  # no request has come whole
                self.spend(line)
        else:  # nobody listens to it
            self.spend(line)

    def arrived(self, line: Line, data: bytes) -> None:
        """Parse and handle what a websocket's peer has sent, and count what that costs."""
        said = self._said.get(line)
        began = 0.0 if said is None else time.thread_time()  # most say one thing in a second: it is not worth a look
        done = self._take(line, data, MOST_FRAMES - int(said or 0))
        self.spend(line, 0.0 if said is None else time.thread_time() - began, done)

    def spend(self, line: Line, seconds: float = 0.0, done: int = 0) -> bool:
        """Count what a peer has sent: so many frames, or the processor time for it if that is more. Returns whether it
        may go on; a peer whose sum in a second is too large is cut."""
        cost = max(done, min(LONGEST_READ, max(seconds, READ_SECONDS)) / FRAME_SECONDS)
        self._said[line] = said = self._said.get(line, 0.0) + cost
        if said > MOST_FRAMES:
            self._hush(line)
        return said <= MOST_FRAMES

    def _hush(self, line: Line) -> None:
        """Cut a line that sends too much: to read on until the peer closes would cost as much as what it sent."""
        if line.fd >= 0:
            counts.cut.add("talking")
            self.close(line, frames.POLICY)
            self._drop(line)

    def _take(self, line: Line, data: bytes, most: int) -> int:
        """Handle at most so many frames. Returns their number."""
        parser = line.parser or self._spare[line.kind]
        before = parser.count
        events = parser.feed(data, most)
        done = parser.count - before
        ping: bytes | None = None
        for opcode, payload in events:
            if opcode == frames.TEXT and payload == PONG:
                line.missed = 0
            elif opcode in (frames.TEXT, frames.BINARY):
                self.handlers.heard(line, payload)
            elif opcode == frames.PING:
                ping = payload  # of several, the last one may be answered alone (RFC 6455, 5.5.3)
            elif opcode == frames.CLOSE:
                self.close(line, payload[0])
            elif opcode == frames.BROKEN:
                if payload == frames.POLICY:
                    self._hush(line)
                self.close(line, payload)
            if line.closing or line.fd < 0:
                break
        if ping is not None and not line.closing and line.fd >= 0:
            self.send(line, frames.frame(ping, frames.PONG))
        if parser.idle:
            line.parser = None
            return done
        if parser is self._spare[line.kind]:
            self._spare[line.kind] = self._parser(line.kind)
        line.parser = None if line.closing or line.fd < 0 else parser
        return done

    def _parser(self, kind: int) -> Parser:
        return Parser(self._message_bytes, inflates=kind == DEFLATED)

    def _flush(self, line: Line) -> None:
        assert self._poller is not None
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
            line.taken, line.missed = time.monotonic(), 0  # the peer took something: a sign of life
            if line.owed is not None:
                line.owed.left = max(0, line.owed.left - sent)
            if sent < len(rest):
                line.offset += sent
                return
            line.pending.popleft()
            line.offset = 0
        line.pending = line.owed = None
        line.note_seat()
        self._poller.modify(line.fd, IN)
        if line.closing:
            self._shut(line)

    # -- sending to everybody

    def cast(self, audience: Audience, message: Message, beat: Message) -> None:
        """Send a message to a whole audience, soon and in order; `beat` is the audience's beat from then on."""
        audience.began = audience.began or time.monotonic()
        self._cast(audience, message, beat, self._busy)

    def _cast(self, audience: Audience, message: Message, beat: Message, queue: dict[Audience, None]) -> None:
        audience.count += 1
        audience.messages.append((message, beat))
        queue[audience] = None
        self._wake.set()

    def _broadcast(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            self._sending, until = True, time.perf_counter() + SLICE
            while queue := self._busy or self._beating:
                audience = next(iter(queue))
                del queue[audience]
                self._serve(audience)
                if time.perf_counter() > until:
                    self._give_way()
                    until = time.perf_counter() + SLICE
            self._sending = False

    def _serve(self, audience: Audience) -> None:
        """Run rounds until no new message came during a whole one: then everybody has everything.

        Rounds of a beat end when there is news, for this audience or another one, and begin anew after it.
        """
        count, audience.patient = -1, False
        self._lagging.clear()
        while count != audience.count:
            count = audience.count
            if not all(self._round(audience, kind) for kind in AUDIENCES):
                self._beating[audience] = None
                return
        if audience.messages:
            audience.beat = audience.messages[-1][1]  # not sooner: a beat ahead of its change makes everybody ask
            audience.messages.clear()
            if audience.began:
                self._served(audience)

    def _served(self, audience: Audience) -> None:
        """Tell how long it took and whom it did not reach."""
        if audience:
            counts.fan_out.observe(time.monotonic() - audience.began)
        audience.began = 0.0
        behind = sum(line.audience is audience and line.pending is not None for line in self._lagging)
        try:
            self.handlers.served(audience, behind)
        except Exception:
            log.exception("the handler for the end of a round failed")

    def _round(self, audience: Audience, kind: int) -> bool:
        """Send each line all that it lacks at its turn, messages cast meanwhile included. False: it made way for news.

        It goes from the last seat to the first, because who gets the seat of a line that left had its turn already.
        """
        seats, size = audience.lines[kind], FEWEST
        end, before, beats = len(seats), audience.count - len(audience.messages), not audience.began
        while end:
            began, first = time.perf_counter(), max(0, end - size)
            self._catch_up(audience, kind, first, end)
            if first:
                took = time.perf_counter() - began
                self._give_way()
                if beats and self._busy:
                    return False
                if self.writers and audience.count - before > 1 and not audience.patient:
                    audience.patient = True
                    self._gather()
                size = fitting(size, took, SHORT_SLICE if self.writers else SLICE)
            end = min(first, len(seats))
        return True

    def _gather(self) -> None:
        """Wait shortly for the rest of a burst of posts, to send them together. At most once per `_serve`.

        It is over when two looks in a row find no request, and none that was answered meanwhile: a request has the
        processor, so that a look often comes just when one has ended.
        """
        until, calm, written = time.monotonic() + PATIENCE, 0, self.written
        while calm < 2 and time.monotonic() < until:
            gevent.sleep(0.002)
            calm = 0 if self.writers or self.written != written else calm + 1
            written = self.written

    def _catch_up(self, audience: Audience, kind: int, first: int, end: int) -> None:
        """The hot loop. No other greenlet runs in it, so that no line of a group can close before it is sent to."""
        assert self._sender is not None
        seats, short = audience.lines[kind], []
        for had, start, stop in seats.groups(first, end):
            whole = audience.after(had, kind)
            results = self._sender.send(seats.fds[start:stop], whole) if whole else []
            if results.count(len(whole)) < len(results):
                lines = zip(seats.lines[start:stop], results, strict=True)
                short += [(line, whole, result) for line, result in lines if result != len(whole)]
        seats.serve(first, end, audience.count)
        for each in short:  # not sooner: a line that is dropped changes the seats
            self._settle(*each)

    def _settle(self, line: Line, data: bytes, result: int) -> None:
        """Keep what a line did not take; drop one whose connection has failed. `result` is as the sender's."""
        try:
            if result >= 0 or -result in NOT_NOW or line.pending:
                self._lagging.add(line)
                self._hold(line, data, max(0, result))
            else:
                self._drop(line)
        except Exception:  # one line's fault must not affect the others
            log.exception("a line failed")
            self._drop(line)

    def everybody(self, message: Message) -> None:
        """Send to every follower at once, regardless of order: for a farewell."""
        for line in list(self._lines.values()):
            if line.audience is not None:
                self.send(line, message[line.kind])

    def close_all(self, code: int) -> None:
        for line in list(self._lines.values()):
            self.close(line, code)

    # -- keeping time

    def _keep_time(self) -> None:
        second = time.monotonic() + 1
        while True:
            gevent.sleep(TICK)
            self._take_part()
            self.turn(time.monotonic())
            if time.monotonic() >= second:
                self._said.clear()
                second = time.monotonic() + 1

    def turn(self, now: float) -> None:
        """Do what is due for each audience and line by `now` (seconds, monotonic).

        Each wheel is in order, because its interval is the same for all lines.
        """
        self._beat(now)
        duties: tuple[Duty, ...] = (
            (self._wheel, lambda line: line.due, self._look),
            (self._asleep, lambda line: line.pinged + PING_SECONDS, self._ping),
            (self._pinged, lambda line: line.pinged + PONG_SECONDS, self._miss),
            (self._brief, lambda line: line.pinged + BRIEF_SECONDS, lambda line, _: self.close(line, frames.NORMAL)),
        )
        until = time.monotonic() + SLICE
        for wheel, due, act in duties:
            while wheel and (wheel[0].fd < 0 or due(wheel[0]) <= now):
                line = wheel.popleft()
                if line.fd >= 0:
                    self._live(act, line, now)
                if time.monotonic() > until:
                    self._give_way()
                    until = time.monotonic() + SLICE

    def _live(self, act: Callable[[Line, float], None], line: Line, now: float) -> None:
        try:
            act(line, now)
        except Exception:
            log.exception("a line failed")
            self._drop(line)

    def _beat(self, now: float) -> None:
        """Send its beat to each audience whose last one was so long ago, after all that is being sent."""
        while self._beats:
            audience, due = next(iter(self._beats.items()))
            if due > now:
                return
            del self._beats[audience]  # without lines it comes back with its next one
            if audience:
                self._beats[audience] = now + self._beat_seconds - TICK
                beat = audience.messages[-1][1] if audience.messages else audience.beat
                self._cast(audience, beat, beat, self._beating)

    def _look(self, line: Line, now: float) -> None:
        if self._is_over(line, now):
            if line.pending and not line.closing:
                counts.cut.add("stalled")
            self._drop(line)
            return
        line.due = now + self._beat_seconds
        self._wheel.append(line)

    def _is_over(self, line: Line, now: float) -> bool:
        """Whether a line's time is up: to ask, to take its answer, to close."""
        idle = now - line.taken
        if line.owed is not None and now >= line.owed.until:
            return True
        if line.closing:
            return idle >= (STALLED if line.owed is not None else CLOSING_SECONDS)
        if line.kind in SOCKETS:
            return False  # pings detect it
        if line.pending:
            return idle >= STALLED
        if line.kind in (STREAM, PLAIN):
            return line.audience is None  # its blog is gone
        return idle >= (HEAD_SECONDS if line.first else KEEP_ALIVE) and not line.asking

    def _ping(self, line: Line, now: float) -> None:
        if line.closing:
            return
        if line.audience is None and not line.bridged:
            self._drop(line)  # it never connected to a namespace
            return
        line.missed, line.pinged = line.missed + 1, now
        self._asleep.append(line)
        self._pinged.append(line)
        self.send(line, PING)

    def _miss(self, line: Line, now: float) -> None:
        """Drop a line that has not answered its ping in time."""
        if line.missed and not line.closing:
            counts.cut.add("silent")
            self._drop(line)  # gone without a close


def fitting(size: int, took: float, seconds: float) -> int:
    """How many lines can be sent to within `seconds`, when `size` of them took so long. It grows by steps, because a
    part of which most lines had left says little about the next one."""
    return max(FEWEST, min(MOST, 4 * size, int(size * seconds / max(took, 1e-6))))


def hang_up(fd: int, how: int = socket.SHUT_RDWR) -> None:
    """Shut a connection down without closing its descriptor: a greenlet that waits on it sees its end, not an error."""
    connection = gevent.monkey.get_original("socket", "socket")(fileno=fd)
    try:
        connection.shutdown(how)
    finally:
        connection.detach()


def tune_collector() -> None:
    """Exclude long-lived objects from cyclic garbage collection; an idle line is in no cycle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
