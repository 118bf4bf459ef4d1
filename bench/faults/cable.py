"""A network of its own for storage, and a cable to it that can be cut, lose packets or delay them.

The packets are real and so are the two TCP stacks: the cable joins two TUN devices. A cut connection neither fails nor
answers, as when somebody pulls a plug. Needs root, `ip`, `nsenter` and /dev/net/tun.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import random
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from tests.ready import readable

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def missing() -> str:
    """Why there can be no cable here; empty if there can be."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "only root may make a network"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    absent = [program for program in ("ip", "nsenter") if shutil.which(program) is None]
    return f"{absent[0]} is not installed (Debian: iproute2, util-linux)" if absent else ""


@dataclass
class Way:
    """What happens to packets in one direction: the share that is lost, and seconds of delay."""

    loss: float = 0.0
    delay: float = 0.0


class Cable:
    """The link. `out` leads to storage, `back` from there; both are whole at first."""

    def __init__(self, name: str, seed: int) -> None:
        self.out, self.back = Way(), Way()
        self._ends = [_tun(f"{name}a"), _tun(f"{name}b")]
        self._luck = random.Random(seed)
        self._late: list[tuple[float, int, int, bytes]] = []
        self._order = count()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def mend(self) -> None:
        self.out, self.back = Way(), Way()

    def close(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        for end in self._ends:
            os.close(end)

    def _carry(self) -> None:
        near, far = self._ends
        while not self._ended.is_set():
            due = self._late[0][0] - time.monotonic() if self._late else 0.2
            for end in readable(near, far, seconds=min(0.2, max(0.0, due))):
                way, to = (self.out, far) if end == near else (self.back, near)
                packet = os.read(end, 65536)
                if self._luck.random() >= way.loss:
                    heapq.heappush(self._late, (time.monotonic() + way.delay, next(self._order), to, packet))
            while self._late and self._late[0][0] <= time.monotonic():
                *_, to, packet = heapq.heappop(self._late)
                try:
                    os.write(to, packet)
                except OSError:  # the device is down: a lost packet
                    continue


def _tun(name: str) -> int:
    end = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return end


@dataclass
class Network:
    """Where storage is: its address, the command that starts a program there, the cable that leads there."""

    host: str
    within: tuple[str, ...]
    cable: Cable


@contextmanager
def network(seed: int = 0) -> Iterator[Network]:
    """Make the network; it is gone afterwards."""
    name = f"lb{os.getpid()}"
    near, far = f"10.213.{os.getpid() % 250}.1", f"10.213.{os.getpid() % 250}.2"
    _run("ip", "netns", "add", name)
    try:
        cable = Cable(name, seed)
        try:
            within = ("nsenter", f"--net=/run/netns/{name}")
            _run("ip", "link", "set", f"{name}b", "netns", name)
            for place, mine, other, end in (((), near, far, "a"), (within, far, near, "b")):
                _run(*place, "ip", "address", "add", mine, "peer", other, "dev", f"{name}{end}")
                _run(*place, "ip", "link", "set", f"{name}{end}", "up")
            _run(*within, "ip", "link", "set", "lo", "up")
            cable.start()
            yield Network(far, within, cable)
        finally:
            cable.close()
    finally:
        _run("ip", "netns", "delete", name)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
