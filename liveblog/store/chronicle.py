"""What a process has read of the audit logs: whose the posts are, and the calls. It reads on from where it was.

A log has up to twenty thousand entries, and every desk asks again and again: reading all of it each time would hold up
the readers whom the same process serves.
"""

from __future__ import annotations

import threading
from collections import deque

from .redis import CALLS, Entry, Store

MOST_CALLS = 1000
"""Calls of one night that are kept."""
READ = 500
"""Entries read at once; others get their turn in between."""


class Tale:
    """What the log of one blog has told so far; `upto` is the id of the last entry that was read."""

    def __init__(self) -> None:
        self.upto = "-"
        self.writers: dict[str, str] = {}
        self.calls: deque[Entry] = deque(maxlen=MOST_CALLS)

    def add(self, entry: Entry) -> None:
        self.upto = entry.id
        for name in entry.refs:
            if name.startswith("post:"):
                self.writers.setdefault(name.removeprefix("post:"), entry.by)
        if entry.note.get("act") in CALLS:
            self.calls.appendleft(entry)


class Chronicle:
    """One for a process. `born` tells apart a blog and one of the same name that was deleted before."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tales: dict[str, tuple[str, Tale]] = {}
        self._reading = threading.Lock()

    def writers(self, slug: str, born: str) -> dict[str, str]:
        """Who first committed which post, by its id."""
        return self._read(slug, born).writers

    def calls(self, slug: str, born: str) -> list[Entry]:
        """The results that were called, confirmed and recalled, newest first."""
        return list(self._read(slug, born).calls)

    def _read(self, slug: str, born: str) -> Tale:
        with self._reading:
            known, tale = self._tales.get(slug, ("", Tale()))
            if known != born:
                tale = Tale()
            self._tales[slug] = born, tale
            while entries := self._store.log_after(slug, tale.upto, READ):
                for entry in entries:
                    tale.add(entry)
        return tale
