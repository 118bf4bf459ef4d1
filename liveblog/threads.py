"""Work that takes long: in threads if it keeps a core or a disk busy by itself, else in turns with other greenlets."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import gevent
from gevent.lock import BoundedSemaphore
from gevent.monkey import is_module_patched

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

FEW = 8
"""Objects that are worked on at a time; to render one takes about a millisecond."""
SLICE = 0.005
"""Seconds of work after which other greenlets have their turn."""
MOMENT = 1e-6
"""Seconds that are over when the loop looks next."""
NICE = 10
"""Niceness of the threads: a tenth of the time of others that want the same core."""


def in_turns(items: list[T], work: Callable[[list[T]], object]) -> None:
    """Work on all items, a few at a time, in turns with other greenlets.

    In a program of one thread, such as a command, others would keep this one waiting for what they read.
    """
    began, shared = time.perf_counter(), is_module_patched("socket")
    for start in range(0, len(items), FEW):
        work(items[start : start + FEW])
        if shared and time.perf_counter() - began > SLICE:
            give_way()
            began = time.perf_counter()


def give_way() -> None:
    """Let other greenlets run, also those that wait for input or a time: `gevent.sleep(0)` asks for neither."""
    gevent.sleep(MOMENT)


class Locks:
    """A lock for each key, as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._used: dict[Hashable, BoundedSemaphore] = {}

    @contextmanager
    def of(self, key: Hashable) -> Iterator[None]:
        """Hold the lock of a key; wait while another greenlet does."""
        lock = self._used.setdefault(key, BoundedSemaphore(1))
        try:
            with lock:
                yield
        finally:
            if not lock.linkcount() and not lock.locked():  # nobody waits for it or, if this was a waiter, holds it
                self._used.pop(key, None)


class Threads:
    """Runs at most `most` calls at once; a caller waits for its turn and for its result."""

    def __init__(self, most: int) -> None:
        self._turns = BoundedSemaphore(most)

    def run(self, call: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
        """Run a call in a thread. Returns its result and raises what it raises."""

        def caught() -> tuple[R] | Exception:
            _give_way()
            try:
                return (call(*arguments, **options),)
            except Exception as error:  # returned by hand, because gevent would print a traceback first
                return error

        with self._turns:
            done = gevent.get_hub().threadpool.apply(caught)
        if isinstance(done, Exception):
            raise done
        return done[0]


def _give_way() -> None:
    """Let the thread that serves the readers go first, where a thread has a priority of its own: on Linux."""
    if sys.platform == "linux" and os.getpriority(os.PRIO_PROCESS, 0) < NICE:  # 0 is this thread
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
