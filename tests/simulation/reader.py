"""Readers and people at the desk: they follow by the client's rules, on lines that break and are made anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from liveblog.errors import Refusal
from liveblog.model import Scope
from liveblog.push.switchboard import REQUEST, SOCKET

from .follower import Follower, Message
from .process import Process, Socket

if TYPE_CHECKING:
    from .world import World

Way = Literal["socket", "stream", "poll", "desk"]
_HEADER = {126: 4, 127: 10}


class Reader:
    """One client. `followers` has one for each timeline that it follows; `heard` is what node replays.

    One that `keeps_marks` not is a browser's EventSource, which has its last event's id only, or polls by numbers.
    """

    def __init__(self, world: World, number: int, way: Way, *, keeps_marks: bool = True) -> None:
        self.world = world
        self.number = number
        self.name = f"{way} {number}"
        self.way = way
        self.keeps_marks = keeps_marks
        self.process: Process | None = None
        self.line: Socket | None = None
        self.refuses = False
        self.asked: dict[Scope, Process] = {}
        """Who was asked, while a question is under way."""
        self.heard: list[Any] = []
        scopes: tuple[Scope, ...] = ("public", "desk") if way == "desk" else ("public",)
        self.followers = {scope: Follower(self._refuses) for scope in scopes}

    def _refuses(self) -> bool:
        refuses, self.refuses = self.refuses, False
        return refuses

    def note(self, kind: str, message: Message | None = None) -> None:
        """Keep what happened and where it led, for the same rules in JavaScript."""
        if self.way == "socket" and self.world.is_recorded:
            at = self.followers["public"]
            self.heard.append([kind, message, [at.epoch, at.seq, at.asking]])

    # -- its connection

    def connect(self, process: Process) -> None:
        """Begin a connection that says how much this client has."""
        self.hang_up()
        kind = REQUEST if self.way == "stream" else SOCKET
        self.process, self.line = process, Socket(self.world.next_line(), kind)
        line, public = self.line, self.followers["public"].introduce()
        self.note("introduce")
        if self.way == "socket":
            self.world.start(process, f"{process.name} admits {self.name}", lambda: process.connect(line, public))
        elif self.way == "stream":
            self.world.start(process, f"{process.name} streams to {self.name}", lambda: process.stream(line, public))
        else:
            desk = self.followers["desk"].introduce()
            self.world.start(process, f"{process.name} seats {self.name}", lambda: process.sit_down(line, public, desk))

    def hang_up(self) -> None:
        if self.line is not None and self.process is not None:
            self.process.leave(self.line)
        self.process = self.line = None

    def arrive(self) -> None:
        """The next bytes on its line arrive."""
        assert self.line is not None
        if not self.line.sent:
            self.hang_up()  # it was ended, and all has arrived
            return
        data = self.line.sent.popleft()
        if self.way == "stream":
            for found in re.finditer(rb"^data: (.*)$", data, re.M):
                self._hear("sync", msgspec.json.decode(found[1]))
        else:
            self._frames(data)

    def _frames(self, data: bytes) -> None:
        """Frames as the server writes them: unmasked, each with a whole packet."""
        while data:
            header = _HEADER.get(data[1], 2)
            size = data[1] if header == 2 else int.from_bytes(data[2:header], "big")
            packet, data = data[header : header + size], data[header + size :]
            if packet.startswith(b"42"):
                name, message = msgspec.json.decode(packet[packet.index(b"[") :])
                self._hear(name, message)
            elif packet.startswith(b"44"):
                self.hang_up()

    def _hear(self, name: str, message: Message) -> None:
        scope: Scope = message.pop("scope", "public")
        message = self._without_mark(message)
        follower = self.followers[scope]
        before = (follower.epoch, follower.seq, follower.applied, follower.replaced)
        {"sync": follower.sync, "change": follower.change, "head": follower.head}[name](message)
        if self.world.is_traced:
            self.world.say(f"{self.name} gets {name} {message['epoch'][:4]}:{message['seq']}, is at {follower.seq}")
        self.note(name, message)
        self.world.applied(self, scope, before, message)
        if self.way == "stream" and follower.asking:  # a stream asks by beginning anew
            follower.failed()
            self.hang_up()

    def _without_mark(self, message: Message) -> Message:
        if self.keeps_marks:
            return message
        return {name: value for name, value in message.items() if name != "mark"}

    # -- its questions

    def ask(self, scope: Scope, process: Process, loses: Callable[[], bool]) -> None:
        """Carry a question to a process, and its answer back."""
        follower = self.followers[scope]
        self.asked[scope] = process
        whole = follower.asking == "state"
        position = {} if whole else dict(follower.position)

        def work() -> None:
            answer = None
            try:
                for_desk = self.way == "desk"
                answer = None if for_desk else self.world.cached(position)
                if answer is None:
                    made = process.changes(position, scope, for_desk=for_desk)
                    answer = msgspec.json.decode(msgspec.json.encode(made))
                    if not for_desk:
                        self.world.cache(position, answer)
            except Refusal:
                pass
            self.world.hop()
            self.answered(scope, None if loses() else answer)

        self.world.start(process, f"{self.name} asks {process.name} after {position.get('seq')}", work)

    def answered(self, scope: Scope, answer: Message | None) -> None:
        """Its question has an answer, or (None) gets none."""
        self.asked.pop(scope, None)
        follower = self.followers[scope]
        if follower.asking is None:
            return
        before = (follower.epoch, follower.seq, follower.applied, follower.replaced)
        if answer is None:
            follower.failed()
            self.note("failed")
        else:
            answer = self._without_mark(answer)
            follower.answered(answer)
            self.note("answered", answer)
            self.world.applied(self, scope, before, answer)

    def again(self, scope: Scope) -> None:
        """Ask again after a question that did not help, or because it polls."""
        self.followers[scope].ask()
        self.note("ask")
