"""The protocol's vectors, shown to a follower in Python: what it holds and asks for after each step."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from liveblog.client.change import Change, Object
from liveblog.client.follower import Follower, Message

FOLDER = Path(__file__).parents[1] / "vectors/protocol"
Vector = dict[str, Any]
Rules = Callable[[Callable[[Change], None]], Follower]


def vectors() -> list[Vector]:
    return [vector for file in sorted(FOLDER.glob("*.json")) for vector in json.loads(file.read_text())]


class CannotShow(Exception):
    """The step before was `fail`."""


class Program:
    """One that follows a blog and keeps all objects."""

    def __init__(self, rules: Rules) -> None:
        self.holds: dict[str, Object] = {}
        self.tally: str | None = None
        self.asks: Message | None = None
        self._fails = False
        self._follower = rules(self._apply)
        self._steps: dict[str, Callable[..., object]] = {
            "connect": self._follower.introduce,
            "again": self._follower.ask,
            "silence": self._follower.failed,
            "answer": self._follower.answered,
            "sync": self._follower.sync,
            "change": self._follower.change,
            "head": self._follower.head,
            "fail": self._fail,
        }

    def step(self, on: str, message: Message | None) -> Message:
        """Where this leads, in the form of a vector's `then`."""
        asking, before = self._follower.asking, self._position
        self._steps[on](*[] if message is None else [message])
        if self._follower.asking != asking:
            self.asks = {"state": {}, "changes": before, None: None}[self._follower.asking]
        holds = sorted(self.holds.values(), key=_order)
        return {"position": self._position, "asks": self.asks, "holds": holds, "tally": self.tally}

    @property
    def _position(self) -> Message:
        return {name: value for name, value in self._follower.position.items() if value != ""}

    def _fail(self) -> None:
        self._fails = True

    def _apply(self, change: Change) -> None:
        fails, self._fails = self._fails, False
        if fails:
            raise CannotShow
        change.update(self.holds)
        self.tally = self.tally if change.tally is None else change.tally


BEGINNING: Message = {"position": {}, "asks": None, "holds": [], "tally": None}


def _order(obj: Object) -> tuple[Any, ...]:
    return obj["seq"], obj["kind"], obj["id"]


def play(vector: Vector, rules: Rules = Follower) -> None:
    """Raises `AssertionError` at the first step after which the follower is not where it must be."""
    program, wanted = Program(rules), BEGINNING
    for number, step in enumerate(vector["steps"]):
        wanted = wanted | step.get("then", {})
        found = program.step(step["on"], step.get("message"))
        expected = wanted | {"holds": sorted(wanted["holds"], key=_order)}
        assert found == expected, f"{vector['name']}, step {number}: {step['on']}"


def recorded(name: str, steps: list[tuple[str, Message | None, Message]]) -> Vector:
    """A vector of what a server sent: each step with its message and all that a client must have after it."""
    thens = [BEGINNING, *(then for _, _, then in steps)]
    news = [{key: each for key, each in after.items() if each != before[key]} for before, after in pairwise(thens)]
    parts = [
        {"on": on, **({} if message is None else {"message": message}), **({"then": then} if then else {})}
        for (on, message, _), then in zip(steps, news, strict=True)
    ]
    return {"name": name, "rules": [1, 2, 3, 6], "steps": parts}
