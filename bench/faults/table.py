"""The table of faults: what each one is called, how it is inflicted, and how long it lasts."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.faults import rude
from bench.faults.cable import Way
from bench.faults.place import Place
from tests.deploy.house import Part
from tests.live_server import until

Inflict = Callable[[Place], AbstractContextManager[None]]
STOPPED = 20.0
"""Seconds for which a process that hangs, or a network that is cut, stays so."""


@dataclass(frozen=True)
class Fault:
    """A fault. It lasts `hold` seconds; meanwhile the editor does `rate` acts a second."""

    name: str
    inflict: Inflict
    hold: float = 6.0
    rate: float = 2.0
    needs: str = ""
    """What it needs of a place: `cable`, `disk`, `clocks`, `address`."""
    ends_web: bool = False
    """Whether it ends all web processes."""

    @property
    def place(self) -> str:
        """The kind of place; empty for the usual one."""
        return self.needs if self.needs in ("clocks", "address") else ""


# -- processes


def killed(*parts: Part) -> Inflict:
    @contextmanager
    def inflict(place: Place) -> Iterator[None]:
        place.house.kill(*(place.house.named(part) for part in parts))
        yield

    return inflict


def stopped(part: Part) -> Inflict:
    @contextmanager
    def inflict(place: Place) -> Iterator[None]:
        name = place.house.named(part)
        place.house.send(name, signal.SIGSTOP)
        try:
            yield
        finally:
            place.house.send(name, signal.SIGCONT)

    return inflict


@contextmanager
def stopped_replicas(place: Place) -> Iterator[None]:
    """Nothing can be acknowledged: with LIVEBLOG_REPLICAS=1 one of them has to have it."""
    primary = place.house.primary()
    replicas = [f"valkey-{port}" for port in place.house.storage if port != primary]
    for name in replicas:
        place.house.send(name, signal.SIGSTOP)
    try:
        yield
    finally:
        for name in replicas:
            place.house.send(name, signal.SIGCONT)


@contextmanager
def power_cut(place: Place) -> Iterator[None]:
    """Everything dies at once, and comes back by `House.mend`."""
    place.house.kill(*place.house.processes)
    yield


@contextmanager
def rolling_deploy(place: Place) -> Iterator[None]:
    """Web processes are replaced one by one: each one says goodbye, and its successor is ready before the next goes."""
    for port in place.house.web:
        place.house.stop(f"web-{port}")
        place.house.again(f"web-{port}")
        until(partial(place.house.answers, f"http://127.0.0.1:{port}/readyz"))
    yield


# -- failovers


@contextmanager
def planned(place: Place) -> Iterator[None]:
    before = place.house.primary()
    place.house._ask(place.house.sentinels[0], b"SENTINEL FAILOVER mymaster")
    until(lambda: place.house.primary() != before)
    yield


@contextmanager
def behind(place: Place) -> Iterator[None]:
    """One replica hangs and falls behind; then both servers that have everything die, and the one behind takes over."""
    house = place.house
    primary = house.primary()
    late, *_ = names = [f"valkey-{port}" for port in house.storage if port != primary]
    house.send(late, signal.SIGSTOP)
    time.sleep(4)
    house.kill(f"valkey-{primary}", names[1])
    house.send(late, signal.SIGCONT)
    yield


@contextmanager
def moved(place: Place) -> Iterator[None]:
    """The replica takes over; the old primary only reads, and the address leads to it for two seconds more."""
    address = place.house.address
    assert address is not None
    new = place.house.take_over()
    time.sleep(2)
    address.target = new
    yield


# -- the network


def network(out: Way, back: Way) -> Inflict:
    @contextmanager
    def inflict(place: Place) -> Iterator[None]:
        cable = place.cable()
        cable.out, cable.back = out, back
        try:
            yield
        finally:
            cable.mend()

    return inflict


# -- disks


def disk_full(everywhere: bool) -> Inflict:
    """No space is left. A storage server then ends, because it cannot keep what it promises."""

    @contextmanager
    def inflict(place: Place) -> Iterator[None]:
        ports = place.house.storage if everywhere else [place.house.primary()]
        ballasts = [place.house.data(port) / "ballast" for port in ports]
        for ballast in ballasts:
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(1 << 16))
        try:
            yield
        finally:
            for ballast in ballasts:
                ballast.unlink()

    return inflict


def _log_of(place: Place, port: int) -> Path:
    """The append-only file that a server writes now."""
    return max((place.house.data(port) / "appendonlydir").glob("*.incr.aof"), key=lambda file: file.stat().st_mtime)


@contextmanager
def log_cut_short(place: Place) -> Iterator[None]:
    """All of storage dies, and of each log the end did not reach the disk: the promise of the disks was a lie."""
    names = [f"valkey-{port}" for port in place.house.storage]
    place.house.kill(*names)
    for port in place.house.storage:
        log = _log_of(place, port)
        os.truncate(log, log.stat().st_size - min(log.stat().st_size // 10, 5000))
    for name in names:
        place.house.again(name)
    yield


@contextmanager
def bit_flipped(place: Place) -> Iterator[None]:
    """The primary dies and a bit of its log flips. The server refuses to start, until the operator empties its disk."""
    port = place.house.primary()
    place.house.kill(f"valkey-{port}")
    log = _log_of(place, port)
    data = bytearray(log.read_bytes())
    data[data.rindex(b"\r\n$", 0, len(data) // 2) + 2] ^= 0x08
    log.write_bytes(data)
    place.house.again(f"valkey-{port}")
    yield
    process = place.house.processes[f"valkey-{port}"]
    until(lambda: process.poll() is not None)
    shutil.rmtree(log.parent)


# -- clocks


def clock(kind: str, seconds: int) -> Inflict:
    @contextmanager
    def inflict(place: Place) -> Iterator[None]:
        place.set_clock(kind, seconds)
        until(lambda: abs(place.clock(kind) - time.time() - seconds) < 60)
        try:
            yield
        finally:
            place.set_clock(kind, 0)

    return inflict


# -- readers


def rudely(how: Callable[..., AbstractContextManager[None]], count: int, of_blog: bool = True) -> Inflict:
    return lambda place: how(place.house.url, *((place.slug,) if of_blog else ()), count)


CUT, WHOLE, SLOW = Way(loss=1.0), Way(), Way(delay=0.25)

PARTS: dict[Part, str] = {
    "web": "a web process",
    "nginx": "nginx",
    "sentinel": "a sentinel",
    "replica": "a replica",
    "primary": "the primary",
}

FAULTS = [
    Fault("nothing, for comparison", lambda place: nullcontext()),
    *(Fault(f"kill -9 of {name}", killed(part)) for part, name in PARTS.items()),
    Fault("kill -9 of the primary and a sentinel at once", killed("primary", "sentinel")),
    *(Fault(f"{name} hangs for 20 s (SIGSTOP)", stopped(part), STOPPED) for part, name in PARTS.items()),
    Fault("both replicas hang for 20 s", stopped_replicas, STOPPED),
    Fault("storage cut off, both ways", network(CUT, CUT), STOPPED, needs="cable"),
    Fault("storage cut off, one way: its answers are lost", network(WHOLE, CUT), STOPPED, needs="cable"),
    Fault("storage cut off, one way: it hears nothing", network(CUT, WHOLE), STOPPED, needs="cable"),
    Fault("30 % of packets to and from storage lost", network(Way(loss=0.3), Way(loss=0.3)), STOPPED, needs="cable"),
    Fault("500 ms to storage and back", network(SLOW, SLOW), STOPPED, needs="cable"),
    Fault("planned failover, replica in step", planned),
    Fault("two of three servers die, the one left is behind", behind, 12.0),
    Fault("the primary's disk is full", disk_full(everywhere=False), 12.0, needs="disk"),
    Fault("all disks are full", disk_full(everywhere=True), 12.0, needs="disk"),
    Fault("all logs cut short before a restart", log_cut_short),
    Fault("a flipped bit in the primary's log before its restart", bit_flipped, 10.0),
    Fault("power cut: everything dies at once", power_cut, ends_web=True),
    Fault("rolling deploy in a burst of 20 acts a second", rolling_deploy, 1.0, rate=20.0, ends_web=True),
    Fault("200 readers stall", rudely(rude.stalling, 200), 10.0, rate=10.0),
    Fault("20 readers flood", rudely(rude.flooding, 20), 10.0),
    Fault("2,000 half-open connections", rudely(rude.half_open, 2000, of_blog=False), 10.0),
    *(
        Fault(
            f"clock of {whose} an hour {'ahead' if seconds > 0 else 'back'}, then right again",
            clock(kind, seconds),
            8.0,
            needs="clocks",
        )
        for kind, whose in (("web", "the web processes"), ("valkey", "storage"))
        for seconds in (3600, -3600)
    ),
    Fault("failover by address (managed Redis)", moved, needs="address"),
]
