"""Where a night takes place: the house, and what a machine lets us do to it."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from bench.faults import cable as cables
from liveblog import actions
from liveblog.store.people import People
from tests.deploy.house import House
from tests.failover import Address
from tests.live_server import until
from tests.newsroom import DIRECTOR, PICTURE

CLOCK = Path(__file__).parent / "clock.c"
DISK = 64
"""Megabytes of each storage server's disk."""


class Place:
    """A house and the network of its storage."""

    def __init__(self, house: House, network: cables.Network | None = None) -> None:
        self.house, self._network = house, network
        self.slug, self.token = "", ""
        self._nights = 0

    def open(self) -> None:
        """A new blog for the next night."""
        self._nights += 1
        self.slug = f"night-{self._nights}"

        def act(view: actions.View) -> actions.Plan:
            return actions.create_blog(
                view, slug=self.slug, title="Anora", status="live", film="Anora", categories=[DIRECTOR, PICTURE]
            )

        self.house.store.perform(self.slug, act, by="test")
        self.token = self.token or People(self.house.store).tokens.add("desk", "admin")

    def cable(self) -> cables.Cable:
        assert self._network is not None
        return self._network.cable

    def set_clock(self, kind: str, seconds: int) -> None:
        """Let the clock of these processes be wrong by so many seconds, at once."""
        with (self.house.folder / f"clock-{kind}").open("r+b", buffering=0) as file:
            file.write(struct.pack("l", seconds))

    def clock(self, kind: str) -> float:
        """What these processes take the time for, in seconds since 1970."""
        if kind == "valkey":
            return datetime.fromisoformat(self.house.store.now()).timestamp()
        date = requests.get(f"http://127.0.0.1:{self.house.web[0]}/healthz", timeout=20).headers["Date"]
        return parsedate_to_datetime(date).timestamp()


def missing(need: str) -> str:
    """Why a place on this machine cannot have this; empty if it can."""
    if need in ("cable", "disk"):
        return cables.missing()
    if need == "clocks" and shutil.which("cc") is None:
        return "there is no C compiler (Debian: gcc, libc6-dev)"
    return ""


def clocks_of(folder: Path) -> dict[str, dict[str, str]]:
    """The settings of processes whose wall clocks follow a file."""
    library = folder / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(CLOCK)], check=True)
    found = {}
    for kind in ("web", "valkey"):
        (folder / f"clock-{kind}").write_bytes(struct.pack("l", 0))
        found[kind] = {"LD_PRELOAD": str(library), "LIVEBLOG_TEST_CLOCK": str(folder / f"clock-{kind}")}
    return found


@contextmanager
def place(kind: str = "", *, web: int = 3, seed: int = 0, **settings: str) -> Iterator[Place]:
    """A place: the usual one (with a cable and small disks if this machine can), `clocks`, or `address`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lb")))
        network = None
        if kind == "clocks":
            house = House(folder, web=web, settings=settings, clocks=clocks_of(folder))
        elif kind == "address":
            address = Address()
            stack.callback(address.close)
            house = House(folder, web=web, settings=settings, address=address)
        elif cables.missing():
            house = House(folder, web=web, settings=settings)
        else:
            network = stack.enter_context(cables.network(seed))
            house = House(folder, web=web, settings=settings, host=network.host, within=network.within, disk=DISK)
        stack.callback(house.close, aloud=False)
        house.start()
        until(house.whole)
        yield Place(house, network)


def load() -> str:
    """The machine's load: how many processes want a processor, of how many."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
