"""Which sockets have something to read, whatever their numbers are: select(2) takes none above 1,023."""

from __future__ import annotations

import select
import socket
from typing import TypeVar

Readable = TypeVar("Readable", int, socket.socket)


def readable(*ends: Readable, seconds: float | None = None) -> list[Readable]:
    """Those that have something to read, within this time; each is a socket or a descriptor."""
    poll, of = select.poll(), {end if isinstance(end, int) else end.fileno(): end for end in ends}
    for fd in of:
        poll.register(fd, select.POLLIN)
    return [of[fd] for fd, _ in poll.poll(None if seconds is None else 1000 * seconds)]
