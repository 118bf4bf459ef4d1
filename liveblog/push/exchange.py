"""What all processes say of a blog: who is at its desk, how many read, and whom its last change reached.

Each process says it once a second while somebody reads or works on the blog, and hears all others. A process that says
nothing for four seconds counts as gone. All of it may be lost without harm; see decision 0013.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Protocol

import gevent
import msgspec
from msgspec import Struct

from ..errors import Unavailable

log = logging.getLogger(__name__)

SILENT_SECONDS = 4.0
"""After this time a process that says nothing counts as gone."""
RECORD_SECONDS = 10.0
"""Between two times that figures are kept: each is a write to disk."""
PAUSE = 1.0
"""Seconds between two tries to listen while storage is away."""


class Person(Struct, kw_only=True):
    """A person at the desk, as the others see them. `editing` names an object, `kind:id`."""

    id: str
    name: str
    role: str
    since: str
    editing: str | None = None


class Report(Struct, kw_only=True):
    """What one process says of a blog; `last` is the latest change that all of its readers have: seq, readers, ms."""

    people: list[Person] = []
    readers: int = 0
    last: tuple[int, int, int] | None = None


class ReportExchange(Protocol):
    """How processes hear of each other: `store.presence.Presence`."""

    def tell(self, slug: str, process: str, said: bytes) -> None: ...
    def listen(self, hear: Callable[[str, str, bytes], None], goes_on: Callable[[], bool]) -> None: ...
    def record(self, slug: str, process: str, readers: int, deliveries: Mapping[int, tuple[int, int]]) -> int: ...


class Exchange:
    """`ahead` is the number of seconds by which the storage's clock is ahead of this process's, as far as is known."""

    def __init__(self, source: ReportExchange, clock: Callable[[], float] = time.time) -> None:
        self.ahead = 0.0
        self._source = source
        self._clock = clock
        self._process = secrets.token_hex(6)
        self._heard: dict[str, dict[str, tuple[float, Report]]] = defaultdict(dict)
        self._recorded: dict[str, float] = {}

    def start(self) -> None:
        gevent.spawn(self._listen)

    def _listen(self) -> None:
        while True:
            try:
                self._source.listen(self._hear, lambda: True)
            except Unavailable:
                pass  # told elsewhere
            except Exception:
                log.exception("hearing the other processes failed, goes on")
            gevent.sleep(PAUSE)

    def _hear(self, slug: str, process: str, said: bytes) -> None:
        if process != self._process:
            self._heard[slug][process] = (time.monotonic(), msgspec.json.decode(said, type=Report))

    def tell(self, slug: str, said: Report) -> None:
        """Say what this process has of a blog. Raises `Unavailable`."""
        self._heard[slug][self._process] = (time.monotonic(), said)
        self._source.tell(slug, self._process, msgspec.json.encode(said))

    def of(self, slug: str) -> list[Report]:
        """What the processes that are there said last of a blog."""
        late = time.monotonic() - SILENT_SECONDS
        alive = {process: each for process, each in self._heard.get(slug, {}).items() if each[0] > late}
        if alive:
            self._heard[slug] = alive
        else:
            self._heard.pop(slug, None)
        return [said for _, said in alive.values()]

    def record(self, slug: str, deliveries: dict[int, tuple[int, int]], *, at_once: bool = False) -> bool:
        """Have the blog's figures kept, unless they were a moment ago; whether they were. Raises `Unavailable`."""
        now = time.monotonic()
        if not at_once and now < self._recorded.get(slug, float("-inf")) + RECORD_SECONDS:
            return False
        readers = sum(said.readers for said in self.of(slug))
        self.ahead = self._source.record(slug, self._process, readers, deliveries) / 1000 - self._clock()
        self._recorded[slug] = now
        return True

    def forget(self, slug: str) -> None:
        """Let go of what is kept for a blog that nobody is with."""
        self._recorded.pop(slug, None)
