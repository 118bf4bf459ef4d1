"""Ports for servers that tests start by number, because these servers cannot choose one themselves."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

FIRST, LAST = 10_000, 32_000
"""Below the ports that systems give to outgoing connections: one of those may be taken before the server listens."""


def free_ports(count: int) -> list[int]:
    """Different ports at which nobody listens."""
    ports: list[int] = []
    with ExitStack() as held:
        while len(ports) < count:
            port = random.randint(FIRST, LAST)
            try:
                held.enter_context(socket.create_server(("", port)))
            except OSError:  # somebody listens there
                continue
            ports.append(port)
    return ports


def free_port() -> int:
    return free_ports(1)[0]
