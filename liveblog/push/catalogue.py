"""The catalogue: which blogs there are, as storage said last. A page that lists them never waits long for storage."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from ..errors import Unavailable

PATIENCE = 0.25
"""Seconds a caller waits for a fresh list before it gets the last one."""


class Source(Protocol):
    """What the catalogue needs of the store."""

    def slugs(self) -> list[str]: ...


class Catalogue:
    def __init__(self, source: Source, spawn: Callable[[Callable[[], None]], object]) -> None:
        self._source = source
        self._spawn = spawn
        self._known: list[str] = []
        self._asking: threading.Event | None = None

    def slugs(self) -> list[str]:
        """The blogs' slugs, asked anew; what was known before when storage does not answer in time."""
        answered = self._asking
        if answered is None:  # storage that hangs is asked once, however many wait
            answered = self._asking = threading.Event()
            self._spawn(self._ask)
        answered.wait(PATIENCE)
        return self._known

    def _ask(self) -> None:
        answered = self._asking
        try:
            self._known = self._source.slugs()
        except Unavailable:
            pass  # the last list stands
        finally:
            self._asking = None
            if answered is not None:
                answered.set()
