"""The line between a relay and its origin, which a test cuts: with a reset, or without a word."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from tests import leaks
from tests.ready import readable

RESET = struct.pack("ii", 1, 0)


class Cable:
    """Passes connections on to a server at `url`. While it is `stalled`, it takes everything and passes on nothing."""

    def __init__(self, url: str) -> None:
        self._target = ("127.0.0.1", urlsplit(url).port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._near: set[socket.socket] = set()
        self.stalled = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        leaks.OPEN.add(self)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Reset all connections; new ones work."""
        for near in [*self._near]:
            with suppress(OSError):
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                near.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        leaks.OPEN.discard(self)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        self._near.add(near)
        with near, suppress(OSError), socket.create_connection(self._target) as far:
            while self._pass_on(near, far):
                pass
        self._near.discard(near)

    def _pass_on(self, near: socket.socket, far: socket.socket) -> bool:
        for one in readable(near, far, seconds=0.05):
            if not (data := one.recv(65536)):
                return False
            if not self.stalled.is_set():
                (far if one is near else near).sendall(data)
        return True
