"""Failovers of other kinds than Sentinel's: one that loses the end of a night, and one that moves an address."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any, cast

from liveblog.store.commits import Store
from tests.ready import readable


class Replica:
    """A blog in the state of a replica that gets no more changes from now on."""

    def __init__(self, store: Store, slug: str = "anora") -> None:
        self._client = cast(Any, store.client)
        self._pattern = f"lb:{{{slug}}}:*"
        self._keys = {key: self._client.dump(key) for key in self._client.scan_iter(match=self._pattern)}

    def takes_over(self) -> None:
        """Make this replica the storage: later changes are lost."""
        for key in list(self._client.scan_iter(match=self._pattern)):
            if key not in self._keys:
                self._client.delete(key)
        for key, value in self._keys.items():
            self._client.restore(key, 0, value, replace=True)


class Address:
    """An address that leads to one server or another, like a virtual address: new connections follow it."""

    def __init__(self, port: int = 0) -> None:
        self.target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                threading.Thread(target=_join, args=(near, far), daemon=True).start()

    def close(self) -> None:
        self._listener.close()


def _join(near: socket.socket, far: socket.socket) -> None:
    with near, far, suppress(OSError):
        while True:
            for one in readable(near, far):
                data = one.recv(65536)
                if not data:
                    return
                (far if one is near else near).sendall(data)
