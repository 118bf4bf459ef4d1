"""The parts of kqueue(2), of macOS and the BSDs, that `push/poller.py` uses, built on Linux's epoll."""

from __future__ import annotations

import os
from typing import NamedTuple

import gevent.monkey

from liveblog.push.poller import ADD, DELETE, READ_FILTER, WRITE_FILTER, Kqueue

FILTERS = {READ_FILTER: 1, WRITE_FILTER: 4}  # EPOLLIN, EPOLLOUT


class Event(NamedTuple):
    ident: int
    filter: int
    flags: int = ADD


class StandIn:
    """Level-triggered. A closed descriptor loses its events; deleting an event that does not exist fails."""

    def __init__(self) -> None:
        self._epoll = gevent.monkey.get_original("select", "epoll")()

    def fileno(self) -> int:
        return int(self._epoll.fileno())

    def control(self, changes: list[Event] | None, most: int, timeout: float) -> list[Event]:
        for change in changes or ():
            self._change(change)
        found = self._epoll.poll(timeout, most) if most else []
        # the end of a connection comes with the registered filter
        return [
            Event(fd, filter)
            for fd, events in found
            for filter, bit in FILTERS.items()
            if self._wanted(fd) & bit and events & (bit | 0x18)
        ][:most]

    def _wanted(self, fd: int) -> int:
        """The registered filters of a descriptor, which the kernel keeps."""
        with open(f"/proc/self/fdinfo/{self._epoll.fileno()}") as info:
            for line in info:
                if line.startswith("tfd:") and int(line.split()[1]) == fd:
                    return int(line.split()[3], 16) & 5
        return 0

    def _change(self, change: Event) -> None:
        os.fstat(change.ident)  # fails for a closed descriptor, as kqueue does
        before, bit = self._wanted(change.ident), FILTERS[change.filter]
        if change.flags == DELETE and not before & bit:
            raise FileNotFoundError(2, "No such file or directory")
        after = before & ~bit if change.flags == DELETE else before | bit
        if not after:
            self._epoll.unregister(change.ident)
        elif before:
            self._epoll.modify(change.ident, after)
        else:
            self._epoll.register(change.ident, after)


def stand_in() -> Kqueue:
    return Kqueue(StandIn(), Event)
