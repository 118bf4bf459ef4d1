"""Reports of all processes on a blog: who is at its desk, how many readers it has, how many got its last change.

Each process sends a report once a second while somebody reads or works on the blog, and receives all others. A process
that sends nothing for four seconds counts as gone. Reports may be lost without harm; see decision 0013.
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
"""Seconds after which a process that sends nothing counts as gone."""
RECORD_SECONDS = 10.0
"""Seconds between two writes of figures, because each is a write to disk."""
PAUSE = 1.0
"""Seconds between two attempts to listen while storage is away."""


class Person(Struct, kw_only=True):
    """A person at the desk as colleagues see them. `editing` names an object, `kind:id`."""

    id: str
    name: str
    role: str
    since: str
    editing: str | None = None


class Report(Struct, kw_only=True):
    """One process's report on a blog; `last` is the latest change that all its readers have: seq, readers, ms."""

    people: list[Person] = []
    readers: int = 0
    last: tuple[int, int, int] | None = None


class ReportExchange(Protocol):
    """How processes exchange reports: `store.presence.Presence`."""

    def tell(self, slug: str, process: str, said: bytes) -> None: ...
    def listen(self, hear: Callable[[str, str, bytes], None], goes_on: Callable[[], bool]) -> None: ...
    def record(self, slug: str, process: str, readers: int, deliveries: Mapping[int, tuple[int, int]]) -> int: ...


class Exchange:
    """`ahead` estimates by how many seconds the storage's clock is ahead of this process's."""

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
                pass  # reported elsewhere
            except Exception:
                log.exception("listening to the other processes failed and continues")
            gevent.sleep(PAUSE)

    def _hear(self, slug: str, process: str, said: bytes) -> None:
        if process != self._process:
            self._heard[slug][process] = (time.monotonic(), msgspec.json.decode(said, type=Report))

    def tell(self, slug: str, said: Report) -> None:
        """Send this process's report on a blog. Raises `Unavailable`."""
        self._heard[slug][self._process] = (time.monotonic(), said)
        self._source.tell(slug, self._process, msgspec.json.encode(said))

    def of(self, slug: str) -> list[Report]:
        """The latest reports on a blog from the processes that are alive."""
        late = time.monotonic() - SILENT_SECONDS
        alive = {process: each for process, each in self._heard.get(slug, {}).items() if each[0] > late}
        if alive:
            self._heard[slug] = alive
        else:
            self._heard.pop(slug, None)
        return [said for _, said in alive.values()]

    def record(self, slug: str, deliveries: dict[int, tuple[int, int]], *, at_once: bool = False) -> bool:
        """Store the blog's figures unless that was done a moment ago. Returns whether it did. Raises `Unavailable`."""
        now = time.monotonic()
        if not at_once and now < self._recorded.get(slug, float("-inf")) + RECORD_SECONDS:
            return False
        readers = sum(said.readers for said in self.of(slug))
        self.ahead = self._source.record(slug, self._process, readers, deliveries) / 1000 - self._clock()
        self._recorded[slug] = now
        return True

    def forget(self, slug: str) -> None:
        """Drop what is kept for a blog that nobody reads or edits."""
        self._recorded.pop(slug, None)
