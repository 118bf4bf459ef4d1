"""Troubles that last. Operators get a line when one begins and one when it is over, not one for each request."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

MOST = 1000
"""How many episodes of one kind are told apart; further ones are one episode together."""


class Episode:
    """One trouble: `met` each time that it is seen, `end` when it is over.

    A trouble without a visible end is over when it was not seen for `quiet` seconds. With `every`, a line each so many
    seconds says how often it was seen meanwhile.
    """

    def __init__(
        self,
        log: logging.Logger,
        trouble: str,
        over: str,
        *,
        quiet: float | None = None,
        every: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._trouble, self._over = log, trouble, over
        self._quiet, self._every, self._clock = quiet, every, clock
        self.is_open = False
        self._began = self._last = self._told = 0.0
        self._count = self._counted = self._refused = 0
        self._whys: set[str] = set()

    def met(self, why: str = "") -> None:
        """Note that it is seen. Another reason than those before gets a line, too."""
        self._last = self._clock()
        if not self.is_open:
            self.is_open, self._began, self._told = True, self._last, self._last
            self._count = self._counted = self._refused = 0
            self._whys = set()
            OPEN[self] = None
        self._count += 1
        if why not in self._whys and len(self._whys) < 5:
            self._whys.add(why)
            self._log.warning("%s%s", self._trouble, f": {why}" if why else "")

    def refused(self) -> None:
        """Note that a request was refused because of it, if it lasts."""
        self._refused += self.is_open

    def end(self) -> None:
        """Note that it is over; nothing happens if it had not begun."""
        if not self.is_open:
            return
        self.is_open = False
        OPEN.pop(self, None)
        until = self._clock() if self._quiet is None else self._last
        times = "" if self._quiet is None else f"; times: {self._count}"
        refused = f"; requests refused meanwhile: {self._refused}" if self._refused else ""
        self._log.warning("%s after %.1f s%s%s", self._over, until - self._began, times, refused)

    def turn(self) -> None:
        """End it if it is quiet; say how it goes on if that is due."""
        now = self._clock()
        if self._quiet is not None and now >= self._last + self._quiet:
            self.end()
        elif self._every is not None and now >= self._told + self._every:
            if more := self._count - self._counted:
                self._log.warning("%s: %d times in the last %d s", self._trouble, more, now - self._told)
            self._told, self._counted = now, self._count


OPEN: dict[Episode, None] = {}
"""The episodes of this process that have begun and are not over."""


class Episodes:
    """Episodes of one kind, each with something of its own, such as an address. `make` gets that."""

    def __init__(self, make: Callable[[str], Episode]) -> None:
        self._make = make
        self._known: dict[str, Episode] = {}

    def of(self, what: str) -> Episode:
        if what not in self._known and len(self._known) >= MOST:
            self._known = {name: each for name, each in self._known.items() if each.is_open}
        name = what if what in self._known or len(self._known) < MOST else "others"
        return self._known.setdefault(name, self._make(name))


def turn() -> None:
    """End what is quiet, and say what goes on; about once a second."""
    for episode in [*OPEN]:
        episode.turn()
