"""Whose password is compared next while many wait, and who is sent away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from liveblog import hashing
from liveblog.errors import Overloaded
from liveblog.hashing import FIRST, HashQueue, Rank
from tests.live_server import until


class Door:
    """A queue whose workers are busy until the door opens; it notes who came in, in order."""

    def __init__(self, longest: int = 4) -> None:
        self.queue, self.open = HashQueue(1, longest), threading.Event()
        self.came_in: list[str] = []
        self.sent_away: list[str] = []
        self._people: list[threading.Thread] = []
        self.comes("at work", ())
        until(lambda: not self.queue._free)

    def comes(self, name: str, rank: Rank) -> None:
        waiting = len(self.queue._waiting) + len(self.sent_away)
        person = threading.Thread(target=self._enter, args=(name, rank))
        person.start()
        self._people.append(person)
        if name != "at work":
            until(lambda: len(self.queue._waiting) + len(self.sent_away) > waiting)

    def _enter(self, name: str, rank: Rank) -> None:
        def work() -> None:
            self.open.wait(60)
            self.came_in.append(name)

        try:
            self.queue.in_turn(rank, work)
        except Overloaded:
            self.sent_away.append(name)

    def opens(self) -> list[str]:
        self.open.set()
        for person in self._people:
            person.join(60)
        return self.came_in[1:]


@contextmanager
def door(longest: int = 4) -> Iterator[Door]:
    made = Door(longest)
    try:
        yield made
    finally:
        made.opens()


def test_known_devices_come_first_then_addresses_with_few_tries_then_by_time() -> None:
    with door() as here:
        for name, rank in (("guesser", (7, 40)), ("new", (1, 1)), ("newer", (1, 1)), ("known", FIRST)):
            here.comes(name, rank)
        assert here.opens() == ["known", "new", "newer", "guesser"]


def test_a_flood_pushes_out_its_own_and_nobody_else() -> None:
    with door(longest=3) as here:
        for number in range(20):
            here.comes(f"wrong {number}", (number + 2, number + 2))
        here.comes("right", (1, 1))
        here.comes("known", FIRST)
        assert len(here.sent_away) == 19
        assert here.opens() == ["known", "right", "wrong 0"]


def test_among_equals_the_last_one_is_sent_away() -> None:
    with door(longest=2) as here:
        for name in ("a", "b", "c"):
            here.comes(name, (1, 1))
        until(lambda: here.sent_away == ["c"])
        assert here.opens() == ["a", "b"]


def test_who_waits_too_long_is_sent_away_and_leaves_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PATIENCE", 0.01)
    with door() as here:
        here.comes("patient", (1, 1))
        until(lambda: here.sent_away == ["patient"])
        assert not here.queue._waiting
        assert here.opens() == []
    assert here.queue._free == 1


def test_a_failing_call_frees_its_place() -> None:
    queue = HashQueue(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            queue.run(lambda: 1 // 0)
    assert queue.run(lambda: "in") == "in"
