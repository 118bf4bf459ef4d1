"""The topology of docker-compose.yml as processes: nginx, web processes, storage servers and sentinels.

Nothing here measures time or waits for a fixed one. `bench/faults/` inflicts faults on it, and so do the tests.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Literal

import requests

from liveblog.store.commits import Store
from liveblog.store.embedded import binary
from tests.deploy.nginx import command, replaced
from tests.failover import Address
from tests.leaks import FAULT, RECORD
from tests.live_server import until
from tests.ports import free_ports

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
Part = Literal["nginx", "web", "sentinel", "primary", "replica"]


class House:
    """The topology. Web processes and nginx listen on loopback; so does storage, unless it has a `host` of its own.

    `within` is the command before each command of storage (another network), `clocks` the settings of each process by
    its kind (`web`, `valkey`), `disk` how many megabytes the disk of each storage server has. With an `address`, which
    leads to one of two servers, there is no sentinel, as with managed storage.
    """

    def __init__(
        self,
        folder: Path,
        *,
        web: int = 2,
        host: str = "127.0.0.1",
        within: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
        clocks: Mapping[str, Mapping[str, str]] | None = None,
        disk: int = 0,
        address: Address | None = None,
    ) -> None:
        self.folder = folder
        self.deploy = folder / "deploy"
        self.host, self.within, self.disk = host, within, disk
        self.clocks = clocks or {}
        self.commands: dict[str, tuple[str, ...]] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.address = address
        self.storage, self.sentinels = free_ports(2 if address else 3), free_ports(0 if address else 3)
        self.web = free_ports(web)
        (self.front,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.front}"
        self.keys = folder / "keys"
        self.settings = {"LIVEBLOG_REPLICAS": "1", "LIVEBLOG_HEAD_SECONDS": "1", "LIVEBLOG_DRAIN_SECONDS": "1"}
        self.settings |= settings or {}
        self._read: dict[str, int] = {}

    # -- starting

    def start(self) -> None:
        self._prepare()
        self.start_all_storage()
        self.store = Store(self.storage_url, replicas=int(self.settings["LIVEBLOG_REPLICAS"]))
        for port in self.web:
            self._spawn(f"web-{port}", sys.executable, "-m", "liveblog", "serve", "--port", str(port))
        for port in self.web:
            until(partial(self.answers, f"http://127.0.0.1:{port}/readyz"))
        self._spawn("nginx", *command(self.folder, self.front, self.web))
        until(lambda: self.answers(f"{self.url}/readyz"))

    def start_all_storage(self) -> None:
        for port in self.storage:
            self.start_storage(port)
        until(lambda: self.replicas(self.storage[0]) == len(self.storage) - 1)
        if self.address:
            self.address.target = self.storage[0]
        for port in self.sentinels:
            self.start_sentinel(port)
        until(lambda: all(self._watches(port) for port in self.sentinels))

    def _prepare(self) -> None:
        shutil.copytree(DEPLOY, self.deploy)
        self.keys.mkdir()
        sentinels = [f"{self.host}:{port}" for port in self.sentinels]
        subprocess.run(["sh", str(self.deploy / "keys.sh"), str(self.keys), *sentinels], check=True)
        if self.address:
            login = f"web:{(self.keys / 'web').read_text()}"
            (self.keys / "storage-url").write_text(self.address.url.replace("//", f"//{login}@"))
        self.storage_url = (self.keys / "storage-url").read_text().strip()
        (self.folder / "bin").mkdir()
        (self.folder / "bin/valkey-server").symlink_to(binary())
        first = ("valkey-1 6379", f"{self.host} {self.storage[0]}")
        (self.deploy / "sentinel.conf").write_text(replaced((DEPLOY / "sentinel.conf").read_text(), first))

    def start_storage(self, port: int) -> None:
        """Start a storage server: at its first start the first one is the primary, then as its own file says."""
        primary = () if port == self.storage[0] else (self.host, str(self.storage[0]))
        self._start_server("valkey", port, *primary)

    def start_sentinel(self, port: int) -> None:
        self._start_server("sentinel", port)

    def _start_server(self, kind: str, port: int, *primary: str) -> None:
        data = self.data(port, kind)
        if not data.exists():
            data.mkdir()
            if self.disk and kind == "valkey":
                subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.disk}m", "disk", str(data)], check=True)
        script = str(self.deploy / "storage.sh")
        self._spawn(f"{kind}-{port}", *self.within, "sh", script, kind, str(data), self.host, str(port), *primary)

    def data(self, port: int, kind: str = "valkey") -> Path:
        """The directory of a storage server or a sentinel."""
        return self.folder / f"{kind}-{port}"

    def _spawn(self, name: str, *command: str) -> None:
        self.commands[name] = command
        environ = {name: value for name, value in os.environ.items() if not name.startswith("LIVEBLOG_")}
        environ |= {"PATH": f"{self.folder / 'bin'}:{environ['PATH']}", "KEYS": str(self.keys)}
        environ |= {"LIVEBLOG_REDIS_URL_FILE": str(self.keys / "storage-url")}
        environ |= self.settings
        environ |= self.clocks.get(name.partition("-")[0], {})
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=environ, stdout=log, stderr=log, start_new_session=True
            )

    # -- asking

    def answers(self, url: str) -> bool:
        try:
            return requests.get(url, timeout=60).status_code == 200
        except requests.RequestException:
            return False

    def _ask(self, port: int, command: bytes) -> bytes:
        """The answer of a storage server or a sentinel; empty while it is down."""
        try:
            with socket.create_connection((self.host, port), 60) as line:
                line.sendall(b"AUTH sentinel %s\r\n" % (self.keys / "sentinel").read_bytes())
                if not line.recv(65_536).startswith(b"+OK"):
                    return b""
                line.sendall(command + b"\r\n")
                return line.recv(65_536)
        except OSError:
            return b""

    def replicas(self, port: int) -> int:
        """The number of a primary's replicas that are up to date."""
        return self._ask(port, b"INFO replication").count(b"state=online")

    def _watches(self, port: int) -> bool:
        """Whether a sentinel knows both replicas and both other sentinels."""
        words = self._ask(port, b"SENTINEL MASTER mymaster").split(b"\r\n")
        told = dict(zip(words[2::4], words[4::4], strict=False))
        return told.get(b"num-slaves") == told.get(b"num-other-sentinels") == b"2"

    def primary(self) -> int:
        """The primary's port, according to a sentinel or the address."""
        if self.address:
            return self.address.target
        return int(self._ask(self.sentinels[0], b"SENTINEL GET-MASTER-ADDR-BY-NAME mymaster").split()[-1])

    def named(self, part: Part) -> str:
        """The name of the process that is this part now: of several, the first."""
        if part in ("primary", "replica"):
            primary = self.primary()
            return f"valkey-{primary if part == 'primary' else next(port for port in self.storage if port != primary)}"
        return {"nginx": "nginx", "web": f"web-{self.web[0]}", "sentinel": f"sentinel-{self.sentinels[0]}"}[part]

    def workers(self) -> dict[int, int]:
        """The web processes: the port of each worker by its process id."""
        found: dict[int, int] = {}
        for port in self.web:
            master = str(self.processes[f"web-{port}"].pid)
            kids = subprocess.run(["pgrep", "-P", master], capture_output=True, text=True).stdout.split()
            found |= {int(kid): port for kid in kids}
        return found

    def readers(self, port: int) -> int:
        """How many readers a web process has."""
        told = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
        return sum(int(float(count)) for count in re.findall(r"^liveblog_readers\{.*\} (\S+)", told, re.M))

    def faults(self) -> list[str]:
        """What processes have logged since the last call that no process should: one line for each of their logs."""
        found = []
        for log in sorted(self.folder.glob("*.log")):
            written = log.read_bytes()[self._read.get(log.name, 0) :]
            self._read[log.name] = self._read.get(log.name, 0) + len(written)
            records = [record for record in RECORD.split(written) if FAULT.search(record)]
            lines = [line for record in records[:1] for line in record.decode(errors="replace").splitlines() if line]
            found += [f"{log.name}: {len(records)} × {lines[0][:120]} … {lines[-1][:200]}"] if lines else []
        return found

    # -- faults

    def send(self, name: str, which: signal.Signals) -> None:
        """Send a signal to a process and its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.processes[name].pid, which)

    def kill(self, *names: str) -> None:
        """`kill -9`: no process gets to say goodbye."""
        for name in names:
            self.send(name, signal.SIGKILL)
        for name in names:
            self.processes[name].wait(60)

    def stop(self, name: str, which: signal.Signals = signal.SIGTERM) -> None:
        process = self.processes.pop(name)
        process.send_signal(which)
        process.wait(60)

    def again(self, name: str) -> None:
        """Start a process that ended, with the command of its first start."""
        if name == "nginx":  # as docs/running.md says of a start after a crash
            for left in (self.folder / "cache").iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        self._spawn(name, *self.commands[name])

    def take_over(self) -> int:
        """Make the second server the primary, and the first its replica, without moving the address. Its port."""
        old = self.primary()
        new = next(port for port in self.storage if port != old)
        self._ask(new, b"REPLICAOF NO ONE")
        self._ask(old, f"REPLICAOF {self.host} {new}".encode())
        return new

    def mend(self) -> None:
        """Wake what is stopped, start what has ended, as a supervisor does, and wait until all of it works."""
        for name in self.commands:
            if name not in self.processes or self.processes[name].poll() is not None:
                self.again(name)
            else:
                self.send(name, signal.SIGCONT)
        until(self.whole, 90)

    def whole(self) -> bool:
        """Whether every part works: a primary with its replicas, and each web process takes changes."""
        try:
            if self.replicas(self.primary()) < len(self.storage) - 1:
                return False
        except (IndexError, ValueError):
            return False
        return all(self.answers(f"http://127.0.0.1:{port}/readyz") for port in self.web) and self.answers(self.url)

    def close(self, *, aloud: bool = True) -> None:
        """Stop everything; print the ends of the logs if `aloud`."""
        order = ("nginx", "web", "sentinel", "valkey")
        for name in sorted(self.processes, key=lambda name: order.index(name.partition("-")[0])):
            self.send(name, signal.SIGCONT)
            self.stop(name)
        if hasattr(self, "store"):
            self.store.close()
        if self.disk:
            for port in self.storage:
                subprocess.run(["umount", str(self.data(port))], check=False)
        for log in self.folder.glob("*.log") if aloud else ():
            print(f"-- {log.name}\n{log.read_text(errors='replace')[-2000:]}")
        assert not self.faults()
