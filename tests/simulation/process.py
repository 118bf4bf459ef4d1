"""A web process: the real store, log reader, tails and transport, on a simulated link and a simulated switchboard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast
from unittest import mock

import msgspec
import redis

from liveblog.errors import Refusal
from liveblog.model import Blog, Category, Change, Object, Position, Scope, public
from liveblog.protocol import Payload, catch_up, held, step
from liveblog.push import frames
from liveblog.push.catch_ups import CatchUps, Sync
from liveblog.push.switchboard import SOCKET, STREAM, Audience, Line, Message, Switchboard
from liveblog.push.tail import LogReader, Tails
from liveblog.push.transport import Bridge, Transport
from liveblog.store import commits
from liveblog.store.commits import Store
from liveblog.timeline import Timeline, shown_mark

from .client import Address
from .memory import Node
from .scheduler import Lock

if TYPE_CHECKING:
    from .world import World

SLUG = "night"


def present(timeline: Timeline, objects: Sequence[Object]) -> Payload:
    found: Payload = {"objects": [public(obj) for obj in objects]}
    if any(isinstance(obj, Blog | Category) for obj in objects):
        found["tally"] = counted(public(obj) for obj in timeline.objects if isinstance(obj, Category))
    return found


def counted(objects: Iterable[dict[str, Any]]) -> str:
    """Stands for the tally: what follows from all categories together. `objects` are public JSON."""
    return " ".join(sorted(f"{obj['id']} {obj['winners']}" for obj in objects if obj.get("winners")))


class Socket(Line):
    """A reader's connection: what was sent on it and has not arrived."""

    def __init__(self, number: int, kind: int) -> None:
        super().__init__(number, kind, 0.0)
        self.sent: deque[bytes] = deque()
        self.ended = False


class Board:
    """Stands for the switchboard: bytes go into each line's queue in order."""

    def __init__(self) -> None:
        self.lines: dict[int, Socket] = {}

    def send(self, line: Line, data: bytes, *, answer: bool = False) -> None:
        cast(Socket, line).sent.append(data)

    def become(self, line: Line, kind: int, first: bytes) -> None:
        line.kind = kind
        self.send(line, first)

    def join(self, line: Line, audience: Audience, first: bytes) -> None:
        line.audience = audience
        audience.lines[line.kind].add(line, line.fd, audience.count)
        self.lines[line.fd] = cast(Socket, line)
        if first:
            self.send(line, first)

    def leave(self, line: Line) -> None:
        audience, line.audience = line.audience, None
        if audience is not None:
            audience.lines[line.kind].remove(line)
        self.lines.pop(line.fd, None)

    def cast(self, audience: Audience, message: Message, beat: Message) -> None:
        audience.beat = beat
        for line in self.lines.values():
            if line.audience is audience:
                line.sent.append(message[line.kind])

    def close(self, line: Line, code: int, reason: str = "") -> None:
        self.leave(line)
        cast(Socket, line).ended = True


class Desk:
    """Sends both timelines to the desk, as `push/desk.py` does: each scope with its own position."""

    def __init__(self, tails: dict[Scope, Tails]) -> None:
        self._tails = tails
        self.seats: dict[int, Socket] = {}

    def join(self, seat: Socket, positions: dict[Scope, Position | None]) -> None:
        timelines = {scope: self._tails[scope].timeline(SLUG) for scope in positions}
        self.seats[seat.fd] = seat
        for scope, position in positions.items():
            self._send(seat, "sync", self._sync(scope, timelines[scope], position))

    def deliver(self, scope: Scope, change: Change | None, timeline: Timeline | None) -> None:
        for seat in list(self.seats.values()):
            if timeline is None:
                seat.ended = True
            elif change is None:
                self._send(seat, "sync", self._sync(scope, timeline, Position("", 0)))
            else:
                self._send(seat, "change", {"scope": scope, **step(timeline, change, present)})

    def beat(self, seat: Socket) -> None:
        for scope, tails in self._tails.items():
            at = tails.timeline(SLUG)
            self._send(seat, "head", {"scope": scope, "epoch": at.epoch, "seq": at.seq, "mark": shown_mark(at.mark)})

    def _sync(self, scope: Scope, timeline: Timeline, position: Position | None) -> dict[str, object]:
        missed = catch_up(timeline, position, present)
        return {"scope": scope, **Sync(missed).payload(missed["objects"])}

    def _send(self, seat: Socket, name: str, payload: object) -> None:
        seat.sent.append(frames.frame(b'42/desk,["' + name.encode() + b'",' + msgspec.json.encode(payload) + b"]"))


class Listener:
    """Passes a scope's changes on, as the listeners of `push/listeners.py` do."""

    def __init__(self, process: Process, scope: Scope) -> None:
        self._process = process
        self._scope = scope

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        self._process.desk.deliver(self._scope, change, timeline)
        if self._scope == "public":
            self._process.transport.deliver(slug, change, timeline)
        self._process.world.delivered(self._process, self._scope, timeline)

    def is_followed(self, slug: str) -> bool:
        readers = self._scope == "public" and self._process.transport.readers(slug) > 0
        return readers or bool(self._process.desk.seats)

    def forget(self, slug: str) -> None:
        if self._scope == "public":
            self._process.transport.forget(slug)
        self._process.world.forgotten(self._process)


class Process:
    """One web process. It is also its own link to storage (`client.Link`)."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.node: Node = world.primary
        self.cut = False
        self.reading = False
        with mock.patch.object(commits, "Address", return_value=Address(self)):
            self.store = Store("", replicas=world.replicas, stream_length=world.stream_length)
        self.reader = LogReader(self.store, lambda work: None, clock=world.seconds)
        keep = world.keep_seconds
        self.tails = Tails(self.store, self.reader, keep_seconds=keep, clock=world.seconds)
        self.desk_tails = Tails(self.store, self.reader, scope="desk", keep_seconds=keep, clock=world.seconds)
        scopes: dict[Scope, Tails] = {"public": self.tails, "desk": self.desk_tails}
        for scope, tails in scopes.items():
            cast(Any, tails)._loading = Lock(world)
            tails.listener = Listener(self, scope)
        self.board = Board()
        self.transport = Transport(
            cast(Switchboard, self.board), cast(Bridge, None), self.tails, CatchUps(present), present
        )
        self.desk = Desk(scopes)

    # -- the link to storage

    def send(self, work: Callable[[Node], Any]) -> Any:
        world = self.world
        world.hop()
        if self.cut or self.node.dead:
            raise redis.ConnectionError("Connection refused.")
        answer = work(self.node)
        if world.loses_answer():
            raise redis.TimeoutError("Timeout reading from socket")
        return answer

    def confirmed(self, node: Node) -> int:
        return self.world.confirmed(node)

    def renew(self) -> None:
        self.node = self.world.primary

    # -- what it is asked for

    def read_on(self) -> None:
        """One step of the reader of logs, unless one is under way."""
        if not self.reading:
            self.reading = True
            self.world.start(self, f"{self.name} reads on", self._read)

    def _read(self) -> None:
        try:
            self.reader.step(0)
        finally:
            self.reading = False

    def changes(self, position: dict[str, Any], scope: Scope, *, for_desk: bool) -> dict[str, Any]:
        """The answer of `/changes`, or `/desk/changes`."""
        asked = held(position.get("epoch"), position.get("seq"), position.get("mark"))
        if for_desk:
            timeline = (self.tails if scope == "public" else self.desk_tails).timeline(SLUG)
        else:
            timeline = self.tails.public(SLUG)
        return cast("dict[str, Any]", catch_up(timeline, asked, present))

    def connect(self, line: Socket, position: dict[str, Any]) -> None:
        """A websocket's introduction."""
        self.transport.heard(line, "40/live," + msgspec.json.encode({"blog": SLUG, **position}).decode())

    def stream(self, line: Socket, position: dict[str, Any]) -> None:
        """The request for an event stream."""
        asked = held(position.get("epoch"), position.get("seq"), position.get("mark"))
        try:
            timeline = self.tails.public(SLUG)
        except Refusal:
            line.ended = True
            return
        self.transport.stream(line, b"HTTP/1.1 200 OK\r\n", SLUG, timeline, asked, old=False)

    def sit_down(self, line: Socket, public: dict[str, Any], desk: dict[str, Any]) -> None:
        """A connection of the desk."""
        try:
            for tails in (self.tails, self.desk_tails):
                tails.timeline(SLUG)
            self.desk.join(
                line,
                {
                    "public": held(public.get("epoch"), public.get("seq"), public.get("mark")),
                    "desk": held(desk.get("epoch"), desk.get("seq"), desk.get("mark")),
                },
            )
        except Refusal:
            line.ended = True

    def beat(self, line: Socket) -> None:
        if line.kind in (SOCKET, STREAM) and line.audience is not None:
            line.sent.append(line.audience.beat[line.kind])
        elif line.fd in self.desk.seats:
            self.desk.beat(line)

    def leave(self, line: Socket) -> None:
        self.board.leave(line)
        self.desk.seats.pop(line.fd, None)
