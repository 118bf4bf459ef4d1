"""The posts' authors and the calls, as a process has read them from the audit logs. It continues where it stopped.

A log has up to twenty thousand entries, and every desk asks repeatedly: reading all of it each time would delay the
readers of the same process.
"""

from __future__ import annotations

import threading
from collections import deque

from .audit import CALLS, Entry
from .commits import Store

MOST_CALLS = 1000
"""Calls of one night that are kept."""
READ = 500
"""Entries per read; other greenlets run between two reads."""


class BlogIndex:
    """What was read from one blog's log so far; `upto` is the id of the last entry."""

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


class AuditIndex:
    """One for each process. `born` distinguishes a blog from a deleted one of the same name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._indexes: dict[str, tuple[str, BlogIndex]] = {}
        self._reading = threading.Lock()

    def writers(self, slug: str, born: str) -> dict[str, str]:
        """The author of each post's first commit, by the post's id."""
        return self._read(slug, born).writers

    def calls(self, slug: str, born: str) -> list[Entry]:
        """The results that were called, confirmed and recalled, newest first."""
        return list(self._read(slug, born).calls)

    def forget(self, slug: str) -> None:
        """Let go of a blog that nobody reads or edits; who asks again has it read from the log's beginning."""
        self._indexes.pop(slug, None)

    def _read(self, slug: str, born: str) -> BlogIndex:
        with self._reading:
            known, index = self._indexes.get(slug, ("", BlogIndex()))
            if known != born:
                index = BlogIndex()
            self._indexes[slug] = born, index
            while entries := self._store.audit.after(slug, index.upto, READ):
                for entry in entries:
                    index.add(entry)
        return index
