"""Failovers of other kinds than Sentinel's: two that lose the end of a night, and one that moves an address."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, cast

import redis

from liveblog.store.commits import Store
from liveblog.store.embedded import binary
from tests.live_server import until
from tests.ports import free_port
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


class Pair:
    """A real primary, and a real replica that follows it until it is promoted."""

    def __init__(self, folder: Path) -> None:
        ports = free_port(), free_port()
        self.primary, self.replica = (f"redis://127.0.0.1:{port}" for port in ports)
        self._processes = [
            _server(folder / "primary", ports[0]),
            _server(folder / "replica", ports[1], "--replicaof", f"127.0.0.1 {ports[0]}"),
        ]
        until(lambda: self._figure(self.replica, "master_link_status") == "up")

    def is_in_step(self) -> bool:
        """Whether the replica has everything."""
        return self._figure(self.primary, "master_repl_offset") == self._figure(self.replica, "slave_repl_offset")

    def promote(self) -> None:
        """Make the replica a primary: what the old one takes from now on is lost when that dies."""
        with closing(redis.Redis.from_url(self.replica)) as client:
            client.replicaof("NO", "ONE")

    def kill_primary(self) -> None:
        self._processes[0].kill()
        self._processes[0].wait()

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def _figure(self, url: str, name: str) -> object:
        with closing(redis.Redis.from_url(url)) as client, suppress(redis.ConnectionError):
            return client.info("replication").get(name)
        return None


def _server(folder: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    folder.mkdir()
    where = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "")
    return subprocess.Popen([binary(), *where, "--repl-diskless-sync-delay", "0", *options], stdout=subprocess.DEVNULL)


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
