"""The client's rules of docs/protocol.md, without a network: it is told what arrives and says what to ask.

The same rules as static/js/reader/protocol.js; the vectors in tests/vectors/protocol hold for both.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

from .change import Change, Position

log = logging.getLogger(__name__)

Message = dict[str, Any]
Question = Literal["changes", "state"]
MOST_HELD = 1000
"""Changes kept while asking; more are dropped, and `head` finds the gap again."""


class Follower:
    """`apply` gets each change and may raise; `asking` is the question that waits for an answer."""

    def __init__(self, apply: Callable[[Change], object], position: Position | None = None) -> None:
        self.epoch, self.seq, self.mark = position or Position("", 0)
        self.asking: Question | None = None
        self.replaced = 0
        """How often the state was replaced by another one."""
        self._show = apply
        self._since = self._said = 0
        self._low = -1
        self._held: list[Message] = []
        self._broken = False

    @property
    def position(self) -> Message:
        """What it says of itself when it connects or asks."""
        return {"epoch": self.epoch, "seq": self.seq, "mark": self.mark} if self.epoch else {}

    @property
    def settled(self) -> bool:
        """Whether it has nothing to ask for."""
        return self.asking is None and not self._broken and not self._held

    @property
    def broken(self) -> bool:
        """Whether applying failed, so that only the whole state helps."""
        return self._broken

    def introduce(self) -> Message:
        """The position, for a connection that begins: what it brings continues the state as it is now."""
        self._said = self.replaced
        return dict(self.position)

    def sync(self, message: Message) -> None:
        """A catch-up of a connection; without objects it is too large for a socket, and is asked for."""
        if message["objects"] is None or (not message["reset"] and (self._is_late or self._forked(message))):
            self.ask()
        else:
            self._take(message)
            self._said = self.replaced

    @property
    def _is_late(self) -> bool:
        """Whether the state was replaced since the connection began, so that a catch-up continues the one before."""
        return self._said != self.replaced

    def change(self, message: Message) -> None:
        """The next step. One that leaves a gap is held, and asked for."""
        if message["epoch"] == self.epoch:
            if message["seq"] <= self.seq:
                if self._forked(message):
                    self.ask()
                return
            if self._strays(message):
                self.ask()
                return
            if message["prev"] <= self.seq:
                self._take({**message, "reset": False})
                return
        if len(self._held) < MOST_HELD:
            self._held.append(message)
        self.ask()

    def head(self, message: Message) -> None:
        """The server's position. One that stays below ours does not lag: we may have what a failover has lost."""
        seq = message["seq"]
        behind = message["epoch"] != self.epoch or seq > self.seq
        stays = not behind and seq < self.seq and seq == self._low
        self._low = -1 if behind or stays or seq == self.seq else seq
        forked = self._forked(message)
        if not behind and not forked and seq == self.seq:
            self._held = []
        if behind or stays or forked or self._broken:
            self.ask()

    def _forked(self, message: Message) -> bool:
        """Whether the server has another history at our position."""
        here, mark = (self.epoch, self.seq), message.get("mark")
        return (message["epoch"], message["seq"]) == here and bool(mark and self.mark) and mark != self.mark

    def _strays(self, message: Message) -> bool:
        """Whether a change follows our seq, but in another history."""
        return self._forked({"epoch": message["epoch"], "seq": message["prev"], "mark": message.get("prev_mark")})

    def ask(self) -> None:
        """Ask for what is missing, one question at a time."""
        if self.asking is None:
            self.asking = "state" if self._broken else "changes"
            self._since = self.replaced

    def failed(self) -> None:
        """The question got no answer."""
        self.asking = None

    def answered(self, answer: Message) -> bool:
        """Apply the answer to the question. False if it does not reach what was heard: ask again in a while."""
        if self.asking == "state":
            if self._broken:
                self._apply({**answer, "reset": True})
        elif self._since == self.replaced:
            self._apply(answer)
        if self._broken and self.asking == "changes":
            self.asking = "state"
            return True
        self.asking = None
        if not self._broken:
            self._pass_held()
        return self.settled

    def _take(self, message: Message) -> None:
        self._apply(message)
        if self._held and not self._broken:
            self._pass_held()
        if self._broken:
            self.ask()

    def _pass_held(self) -> None:
        """Held changes by the same rules; those of another history are older than the answer, or `head` will tell."""
        waiting, self._held = sorted(self._held, key=lambda message: message["seq"]), []
        for message in waiting:
            if message["epoch"] != self.epoch or message["seq"] <= self.seq:
                continue
            if self._strays(message):
                continue
            if message["prev"] > self.seq:
                self._held.append(message)
            else:
                self._apply({**message, "reset": False})

    def _apply(self, message: Message) -> None:
        """Apply, and only then move the position. What is not newer is passed over."""
        another, reset = message["epoch"] != self.epoch, message["reset"]
        if not another and not reset and message["seq"] <= self.seq:
            return
        if self._broken and not reset:
            return
        position = Position(message["epoch"], message["seq"], message.get("mark", ""))
        try:
            self._show(Change(position, reset or another, message["objects"] or [], message.get("tally")))
        except Exception:
            log.exception("applying failed; the whole state is asked for")
            self._broken = True
            return
        self._broken = False
        self.replaced += reset or another
        self.epoch, self.seq, self.mark = position
