"""Passwords are hashed a few at a time. Here is decided who is next, and who is asked to come again in a moment.

A hash costs 64 MiB and tens of milliseconds, so that anybody could keep a process busy with wrong passwords. Each try
therefore has a rank: a device on which the person has signed in before comes first, then addresses without tries, then
those with few. Of equals the one that came first is next. The queue is short: whoever floods it pushes out those of a
worse rank, which are above all its own.
"""

from __future__ import annotations

import itertools
import threading
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from .errors import Overloaded
from .threads import Threads

P = ParamSpec("P")
R = TypeVar("R")

Rank = tuple[int, ...]
FIRST: Rank = (-1,)
"""The rank of those who have shown already that they belong here."""
LONGEST = 24
"""How many may wait; the last of them waits about a second."""
PATIENCE = 20.0
"""Seconds after which one that waits is sent away: on a machine so busy that nobody may come after it."""


class _Waiting:
    def __init__(self, rank: Rank, number: int) -> None:
        self.place = (rank, number)
        self.called = threading.Event()
        self.may_go = False


class HashQueue:
    """`at_once` hashes are made at a time, and at most `longest` callers wait."""

    def __init__(self, at_once: int, longest: int = LONGEST) -> None:
        self._threads = Threads(at_once)
        self._free, self._longest = at_once, longest
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: list[_Waiting] = []

    def run(self, call: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
        """Run a call in a thread, before those of every other rank. Returns its result and raises what it raises."""
        return self.in_turn(FIRST, call, *arguments, **options)

    def in_turn(self, rank: Rank, call: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
        """Run a call in a thread when it is the turn of this rank. Raises `Overloaded` if that does not come."""
        with self.turn(rank):
            return self._threads.run(call, *arguments, **options)

    @contextmanager
    def turn(self, rank: Rank) -> Iterator[Threads]:
        """Wait for the turn of this rank, and have a thread. Raises `Overloaded` if the turn does not come.

        What those who are sent away do not need is read within: a flood of them costs storage nothing.
        """
        self._wait(rank)
        try:
            yield self._threads
        finally:
            self._call_next()

    def _wait(self, rank: Rank) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            own = _Waiting(rank, next(self._numbers))
            insort(self._waiting, own, key=lambda each: each.place)
            if len(self._waiting) > self._longest:
                self._waiting.pop().called.set()
        own.called.wait(PATIENCE)
        with self._lock:
            if own in self._waiting:
                self._waiting.remove(own)
            if not own.may_go:
                raise Overloaded("Too many people are signing in just now. Try again in a few seconds.", retry_after=3)

    def _call_next(self) -> None:
        with self._lock:
            if not self._waiting:
                self._free += 1
                return
            following = self._waiting.pop(0)
            following.may_go = True
            following.called.set()
