"""Polls descriptors: by epoll, or by the kqueue of macOS and the BSDs behind epoll's interface.

gevent hides both from programs that it has patched. The switchboard needs its own poller beside gevent's loop, which
would need a watcher for each reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import gevent.monkey

IN, OUT = 1, 4  # EPOLLIN, EPOLLOUT
READ_FILTER, WRITE_FILTER, ADD, DELETE = -1, -2, 1, 2  # kqueue's KQ_FILTER_… and KQ_EV_…


class Poller(Protocol):
    """Like `select.epoll`: level-triggered, and a closed descriptor leaves it."""

    def fileno(self) -> int: ...
    def register(self, fd: int, events: int, /) -> None: ...
    def modify(self, fd: int, events: int, /) -> None: ...
    def unregister(self, fd: int, /) -> None: ...
    def poll(self, timeout: float, most: int, /) -> list[tuple[int, int]]: ...


class KernelEvent(Protocol):
    """As `select.kevent`; typeshed has it, and `select.kqueue`, only where they are."""

    @property
    def ident(self) -> int: ...
    @property
    def filter(self) -> int: ...


class KernelQueue(Protocol):
    """As `select.kqueue`."""

    def fileno(self) -> int: ...
    def control(self, changes: list[Any] | None, most: int, timeout: float, /) -> Sequence[KernelEvent]: ...


def poller() -> Poller:
    """This system's poller. Each process needs its own, because none survives a fork."""
    try:
        made: Poller = gevent.monkey.get_original("select", "epoll")()
    except AttributeError:
        made = Kqueue(gevent.monkey.get_original("select", "kqueue")(), gevent.monkey.get_original("select", "kevent"))
    return made


class Kqueue:
    """`queue` is a `select.kqueue`, `event` makes its events."""

    def __init__(self, queue: KernelQueue, event: Callable[[int, int, int], KernelEvent]) -> None:
        self._queue, self._event = queue, event

    def fileno(self) -> int:
        return self._queue.fileno()

    def register(self, fd: int, events: int, /) -> None:
        self._change(fd, READ_FILTER, ADD)
        if events & OUT:
            self._change(fd, WRITE_FILTER, ADD)

    def modify(self, fd: int, events: int, /) -> None:
        """Reading stays registered; writing begins or ends."""
        if events & OUT:
            self._change(fd, WRITE_FILTER, ADD)
        else:
            self._end(fd, WRITE_FILTER)

    def unregister(self, fd: int, /) -> None:
        self._end(fd, READ_FILTER)
        self._end(fd, WRITE_FILTER)

    def poll(self, timeout: float, most: int, /) -> list[tuple[int, int]]:
        found = self._queue.control(None, most, timeout)
        return [(event.ident, OUT if event.filter == WRITE_FILTER else IN) for event in found]

    def _change(self, fd: int, filter: int, flags: int) -> None:
        self._queue.control([self._event(fd, filter, flags)], 0, 0)

    def _end(self, fd: int, filter: int) -> None:
        with suppress(FileNotFoundError):  # it was not registered
            self._change(fd, filter, DELETE)
