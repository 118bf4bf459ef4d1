"""How much of a machine a number of readers takes, computed from what was measured (`measured.json`, by the bench)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.resources import files

import msgspec

BACK_SECONDS = 60
"""Seconds in which everybody is back after an interruption of all."""
ARRIVE_SECONDS = 600
"""Seconds in which everybody opens the page before the first award."""
SPARE = 0.7
"""The part of a core that is planned with. The rest is for acts, pages, feeds, and machines that are slower."""
HEADERS = 600
"""Bytes of a polled answer besides its body: the header fields of request and answer."""
WAIT_SECONDS = 25
"""A poll ends after so many seconds without a change."""


class Proxy(msgspec.Struct, frozen=True):
    """The shipped nginx with TLS, for each reader: microseconds of CPU, bytes of memory."""

    connect_us: float
    delivery_us: float
    idle_us: float
    reader_bytes: int


class Measured(msgspec.Struct, frozen=True):
    """What one core of the machine `machine` did, at `readers` connections to one process; CPU in microseconds."""

    machine: str
    readers: int
    connect_us: float
    delivery_us: float
    idle_us: float
    """A second and reader, with pings and heads."""
    reader_bytes: int
    socket_bytes: int
    """Of the kernel's memory."""
    change_bytes: int
    """On the wire, the mean of a night, compressed."""
    page_bytes: int
    """The live page with style and script, compressed."""
    polls_a_change: float
    """Requests that reach us for one change through one collapsing cache, however many wait there."""
    proxy: Proxy


def measured() -> Measured:
    """The figures of the last `./run bench constants`."""
    return msgspec.json.decode(files("liveblog").joinpath("measured.json").read_bytes(), type=Measured)


@dataclass(frozen=True)
class Night:
    """What is planned for. A change reaches the last reader `within` seconds; `hours` of `posts` an hour."""

    readers: int
    posts: int = 120
    hours: float = 5
    change_bytes: int | None = None
    within: float = 1.0
    tls: bool = False

    def bytes_of_change(self, figures: Measured) -> int:
        return figures.change_bytes if self.change_bytes is None else self.change_bytes


@dataclass(frozen=True)
class Machine:
    """One machine that is planned with: memory in bytes, the line in bits a second."""

    cores: int = 16
    memory: int = 64 << 30
    line: int = 10_000_000_000


@dataclass(frozen=True)
class Sockets:
    """What so many open connections take, all machines together. Rates are bits a second."""

    delivering: float
    """Cores that send a change to everybody in time."""
    returning: float
    """Cores that take everybody back after an interruption."""
    idle: float
    memory: int
    burst: float
    """While a change goes out."""
    arriving: float
    """While everybody opens the page."""
    night_bytes: int
    """All changes of the night to all readers, without pages."""

    @property
    def cores(self) -> float:
        return max(self.delivering, self.returning) + self.idle

    def machines(self, each: Machine) -> tuple[int, str]:
        """How many of these machines it takes, and what bounds them."""
        needs = {
            "cores": self.cores / (SPARE * each.cores),
            "memory": self.memory / (SPARE * each.memory),
            "the line": max(self.burst, self.arriving) / (SPARE * each.line),
        }
        bound = max(needs, key=lambda name: needs[name])
        return max(1, math.ceil(needs[bound])), bound


def sockets(night: Night, figures: Measured) -> Sockets:
    """A night on open connections."""
    proxy = figures.proxy if night.tls else Proxy(0, 0, 0, 0)
    ends = 3 if night.tls else 1  # a proxy holds one to the reader and one to us
    change = night.bytes_of_change(figures)
    return Sockets(
        delivering=night.readers * (figures.delivery_us + proxy.delivery_us) / 1e6 / night.within,
        returning=night.readers * (figures.connect_us + proxy.connect_us) / 1e6 / BACK_SECONDS,
        idle=night.readers * (figures.idle_us + proxy.idle_us) / 1e6,
        memory=night.readers * (figures.reader_bytes + proxy.reader_bytes + ends * figures.socket_bytes),
        burst=8 * night.readers * change / night.within,
        arriving=8 * night.readers * figures.page_bytes / ARRIVE_SECONDS,
        night_bytes=round(night.readers * change * night.posts * night.hours),
    )


@dataclass(frozen=True)
class Collapsed:
    """The same night as polls through a CDN with caches in `places`."""

    origin_requests: float
    """A second, while `posts` an hour are published."""
    origin_bits: float
    night_bytes: int
    """What the CDN delivers: changes, their header fields and empty answers, without pages."""


def collapsed(night: Night, figures: Measured, places: int) -> Collapsed:
    """A night of polls. An answer without a change comes after `WAIT_SECONDS`; each cache asks once for all."""
    change = night.bytes_of_change(figures)
    asked = places * (figures.polls_a_change * night.posts / 3600 + 1 / WAIT_SECONDS)
    answers = night.hours * (night.posts + 3600 / WAIT_SECONDS)
    return Collapsed(
        origin_requests=asked,
        origin_bits=8 * asked * (change + HEADERS),
        night_bytes=round(night.readers * (answers * HEADERS + night.posts * night.hours * change)),
    )
