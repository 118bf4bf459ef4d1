"""The catalogue: the last known summary of each blog. A page that lists blogs never waits long for storage."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from ..errors import Unavailable
from ..timeline import Summary

PATIENCE = 0.25
"""Seconds a caller waits for a fresh list before it gets the last one."""


class SummarySource(Protocol):
    """What the catalogue needs from the store."""

    def slugs(self) -> list[str]: ...
    def changed(self, after: int) -> tuple[int, list[str]]: ...
    def of(self, slugs: Iterable[str]) -> Iterable[tuple[str, Summary | None]]: ...


def _newest(night: Summary) -> tuple[str, str]:
    """Nights are in the order of their events; one without a known start is where its blog was created."""
    return night.blog.starts or night.created, night.blog.id


class Catalogue:
    def __init__(self, source: SummarySource, spawn: Callable[[Callable[[], None]], object]) -> None:
        self._source = source
        self._spawn = spawn
        self._known: dict[str, Summary] = {}
        self._sorted: list[Summary] = []
        self._number = -1
        """The number of the site's last known change; -1 before the first answer."""
        self._numbers: dict[str, int] = {}
        """That number when each blog's summary was read."""
        self._asking: threading.Event | None = None

    def summaries(self) -> list[Summary]:
        """All blogs, newest night first; the last known list if storage does not answer in time."""
        answered = self._asking
        if answered is None:  # one request at a time, however many callers wait for storage that hangs
            answered = self._asking = threading.Event()
            self._spawn(self._ask)
        answered.wait(PATIENCE)
        return self._sorted

    def news(self, after: int) -> tuple[int, bool, list[Summary]]:
        """The number of the site's last known change, and the blogs that changed after the one with the number `after`.

        If the second value is true, these are all blogs. Raises `Unavailable` as long as none are known.
        """
        found = self.summaries()
        if self._number < 0:
            raise Unavailable("the list of blogs cannot be read", retry_after=1)
        anew = not 0 <= after <= self._number
        return self._number, anew, [each for each in found if anew or self._numbers[each.blog.id] > after]

    def _ask(self) -> None:
        answered = self._asking
        try:
            self._refresh()
        except Unavailable:
            pass  # the last list stays valid
        finally:
            self._asking = None
            if answered is not None:
                answered.set()

    def _refresh(self) -> None:
        number, changed = self._source.changed(self._number)
        if number == self._number:
            return
        anew = self._number < 0 or number < self._number  # the first time, or storage lost something
        known = {} if anew else dict(self._known)
        for slug, summary in self._source.of(self._source.slugs() if anew else changed):
            if summary is None:
                known.pop(slug, None)
            else:
                known[slug] = summary
        self._numbers = {
            slug: number if each is not self._known.get(slug) else self._numbers[slug] for slug, each in known.items()
        }
        self._sorted = sorted(known.values(), key=_newest, reverse=True)
        self._known, self._number = known, number
