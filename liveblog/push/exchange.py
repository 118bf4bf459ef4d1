"""Reports of all processes on a blog: who is at its desk, how many readers it has, how many got its last change.

Each process sends a report once a second while somebody reads or works on the blog, and receives all others. A process
that sends nothing for four seconds counts as gone. The processes of relays report less often, over HTTP to one of ours,
which sends the report to the others. Reports may be lost without harm; see decision 0013.
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
from msgspec.structs import replace

from ..errors import Unavailable

log = logging.getLogger(__name__)

SILENT_SECONDS = 4.0
"""Seconds after which a process that sends nothing counts as gone."""
RELAY_SILENT_SECONDS = 9.0
"""The same for a process of a relay."""
MOST_RELAYED = 2000
"""How many processes of relays count for a blog; those beyond are left out."""
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
    """One process's report on a blog; `last` is the latest change that all its readers have: seq, readers, ms.

    It counts for `seconds`.
    """

    people: list[Person] = []
    readers: int = 0
    last: tuple[int, int, int] | None = None
    seconds: float = SILENT_SECONDS


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
        self._send(slug, self._process, said)

    def pass_on(
        self, slug: str, process: str, said: Report, deliveries: Mapping[int, tuple[int, int]] | None = None
    ) -> None:
        """Treat a relay's process as one of ours, from its report; `deliveries` are stored. Raises `Unavailable`."""
        if process in self._heard[slug] or len(self._heard[slug]) < MOST_RELAYED:
            self._send(slug, process, replace(said, people=[], seconds=RELAY_SILENT_SECONDS))
            if deliveries is not None:
                self._source.record(slug, process, self._readers(slug), deliveries)

    def _send(self, slug: str, process: str, said: Report) -> None:
        self._heard[slug][process] = (time.monotonic(), said)
        self._source.tell(slug, process, msgspec.json.encode(said))

    def of(self, slug: str) -> list[Report]:
        """The latest reports on a blog from the processes that are alive."""
        now = time.monotonic()
        heard = self._heard.get(slug, {})
        alive = {process: each for process, each in heard.items() if each[0] > now - each[1].seconds}
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
        self.ahead = self._source.record(slug, self._process, self._readers(slug), deliveries) / 1000 - self._clock()
        self._recorded[slug] = now
        return True

    def _readers(self, slug: str) -> int:
        return sum(said.readers for said in self.of(slug))

    def sweep(self) -> None:
        """Drop the reports of processes that are gone, also for blogs that nobody here reads or edits."""
        for slug in [*self._heard]:
            self.of(slug)

    def forget(self, slug: str) -> None:
        """Drop what is kept for a blog that nobody reads or edits."""
        self._recorded.pop(slug, None)
