"""Which sockets have something to read, whatever their numbers are: select(2) takes none above 1,023."""

from __future__ import annotations

import select
import socket


def readable(*sockets: socket.socket, seconds: float | None = None) -> list[socket.socket]:
    """Those that have something to read, within this time."""
    poll, of = select.poll(), {each.fileno(): each for each in sockets}
    for fd in of:
        poll.register(fd, select.POLLIN)
    return [of[fd] for fd, _ in poll.poll(None if seconds is None else 1000 * seconds)]
