"""A connection while gunicorn reads one request on it and sends the answer."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import Any

import gevent.socket

from ..push.switchboard import SLOWEST, TAKING
from ..threads import give_way
from ..watch import counts

TURN = 65_536
"""Bytes that one peer sends or takes before others get their turn."""

Bytes = bytes | bytearray | memoryview


class Patience:
    """How long a peer may still keep us waiting in one direction. Our own work in between does not count."""

    def __init__(self) -> None:
        self.left: float = TAKING
        self._in_turn = 0

    def spend(self, line: gevent.socket.socket, act: Callable[..., Any], *values: object) -> Any:
        """The result of a socket's act. Raises `ConnectionResetError` when the peer has used up its time."""
        if self._in_turn >= TURN:  # a fast peer never keeps us waiting, and others would wait for it
            self._in_turn = 0
            give_way()
        began = time.monotonic()
        try:
            if self.left <= 0:
                raise TimeoutError
            line.settimeout(self.left)
            return act(*values)
        except TimeoutError:
            if self.left > 0:  # the first time
                counts.cut.add("stalled")
            raise ConnectionResetError(errno.ECONNRESET, "the peer kept us waiting for too long") from None
        finally:
            self.left -= time.monotonic() - began

    def earn(self, size: int) -> None:
        self._in_turn += size
        self.left = min(TAKING, self.left + size / SLOWEST)


class Connection(gevent.socket.socket):
    """A connection whose first bytes were read already (`first`): `recv` returns them again.

    Its peer may keep us waiting for `TAKING` seconds, and for one more with each `SLOWEST` bytes that it sends or
    takes. After that it counts as reset: gunicorn drops it as it drops those that went away, without a word in the log.
    """

    def __init__(self, fd: int, first: bytes = b"") -> None:
        super().__init__(fileno=fd)
        self.first = first
        self.sending, self.taking = Patience(), Patience()

    def recv(self, size: int, *flags: int) -> bytes:
        if self.first:
            given, self.first = self.first[:size], self.first[size:]
            return given
        data: bytes = self.sending.spend(self, super().recv, size, *flags)
        self.sending.earn(len(data))
        return data

    def send(self, data: Bytes, flags: int = 0, timeout: float | None = None) -> int:
        """Send some bytes; `timeout`, which callers of gevent's may give, does not count."""
        sent: int = self.taking.spend(self, super().send, data, flags)
        self.taking.earn(sent)
        return sent

    def sendall(self, data: Bytes, flags: int = 0) -> None:
        with memoryview(data) as view:
            sent = 0
            while sent < len(view):
                sent += self.send(view[sent:], flags)
