"""Whose turn it is to accept connections, of several web processes that share one listening socket.

If all of them watched the socket, each connection would wake them all, and the first to come would get it: in the end
one has half of the readers and another one none. (EPOLLEXCLUSIVE does not help: it ends at an epoll inside another one,
as ours is in gevent's.) So one process watches it, accepts a few connections, and passes the turn on. Those that it
does not accept stay in the socket's queue, which belongs to all.

The processes share a page of memory, which the master makes before the forks, and each has a pipe that wakes it. There
is no lock: two that believe it is their turn do no harm. If nobody does, or a process that hangs, the connections wait
until another process looks at the socket without a turn, which each does regularly; then it has the turn.
"""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

LIVE_SECONDS = 0.75
"""Seconds after its last sign of life in which a process gets the turn."""
TOLERATED, FEW = 32, 4
"""A process gets the turn unless it has a 32nd more connections than the one that has fewest. It may accept up to so
many beyond that, because a busy process is late to pass the turn on."""


class Turn:
    """The part in it of a process that is alone: it is always its turn."""

    fd = -1
    """A descriptor that becomes readable when the process gets the turn."""

    @property
    def mine(self) -> bool:
        return True

    @property
    def untaken(self) -> bool:
        """Whether this process passed the turn to one that has not taken it yet."""
        return False

    def note(self) -> None:
        """Give a sign of life."""

    def count(self, connections: int) -> None:
        """Say how many connections the process has."""

    def take(self) -> None:
        """Take the turn that was passed to this process; to be called when `fd` is readable."""

    def share(self, most: int) -> int:
        """How many of at most `most` connections to accept before the turn is passed on."""
        return most

    def pass_on(self) -> None:
        """After accepting, pass the turn to the next process that has few connections; that may be this one."""

    def leave(self) -> None:
        """Take part no more until the next sign of life. The master says this for a process that has ended."""


class Turns:
    """What the processes share. Raises `OSError` if the system gives no memory or pipe."""

    def __init__(self, processes: int, clock: Callable[[], float] = time.monotonic) -> None:
        page = memoryview(mmap.mmap(-1, 8 * (2 + 2 * processes))).cast("q")  # a number of 8 bytes is written at once
        self.given = page[:1]  # the process to which the turn was passed
        self.taken = page[1:2]  # the one that took it last, or passed it on since
        self.seen = page[2 : 2 + processes]  # when each gave its last sign of life, in monotonic milliseconds
        self.connections = page[2 + processes :]
        self.pipes = [os.pipe() for _ in range(processes)]
        for pipe in self.pipes:
            for fd in pipe:
                os.set_blocking(fd, False)
        self.clock = clock

    def of(self, number: int) -> Turn:
        """The part of the process with this number; one that was not planned accepts as if it were alone."""
        return SharedTurn(self, number) if number < len(self.pipes) else Turn()


class SharedTurn(Turn):
    """The part of one of several processes."""

    def __init__(self, turns: Turns, number: int) -> None:
        self._turns, self._number = turns, number
        self.fd = turns.pipes[number][0]

    @property
    def mine(self) -> bool:
        return self._turns.given[0] == self._number

    @property
    def untaken(self) -> bool:
        return self._turns.taken[0] == self._number and not self.mine

    def note(self) -> None:
        self._turns.seen[self._number] = self._now()
        self.take()

    def count(self, connections: int) -> None:
        self._turns.connections[self._number] = connections

    def take(self) -> None:
        with suppress(BlockingIOError):
            os.read(self.fd, 4096)
        if self.mine:
            self._turns.taken[0] = self._number

    def share(self, most: int) -> int:
        mine = self._turns.connections[self._number]
        return max(1, min(most, limit([mine, *self._live().values()]) + FEW - mine))

    def pass_on(self) -> None:
        live = self._live()
        if not self.mine:
            live.pop(self._turns.given[0], None)  # it left somebody waiting: it is busy, or hangs
        most = limit(live.values() or [0])
        chosen = next((number for number, has in live.items() if has <= most), self._number)
        self._turns.taken[0] = self._number
        self._turns.given[0] = chosen
        if chosen != self._number:
            with suppress(BlockingIOError):  # full: it will hear of it
                os.write(self._turns.pipes[chosen][1], b"!")

    def leave(self) -> None:
        self._turns.seen[self._number] = 0
        if self.mine:
            self.pass_on()

    def _live(self) -> dict[int, int]:
        """The processes that take part, with their connections: first the one after the one that has the turn."""
        since, numbers, whose = self._now() - int(LIVE_SECONDS * 1000), len(self._turns.pipes), self._turns.given[0]
        after = [(whose + step) % numbers for step in range(1, numbers + 1)]
        return {number: self._turns.connections[number] for number in after if self._turns.seen[number] > since}

    def _now(self) -> int:
        return int(self._turns.clock() * 1000)


def limit(connections: Iterable[int]) -> int:
    """How many connections one of these processes may have to get the turn."""
    fewest = min(connections)
    return fewest + fewest // TOLERATED
