"""An index of the audit logs in a process's memory: the posts' authors, the calls, each category's last change.

It reads on where it stopped.

A log has up to twenty thousand entries, and every desk asks repeatedly. Reading all of it each time would delay the
readers of the same process.
"""

from __future__ import annotations

import threading
from collections import deque

from msgspec.structs import replace

from ..actions import STEPS
from .audit import Entry
from .commits import Store
from .purging import SAID

MOST_CALLS = 1000
"""How many calls of one night are kept."""
READ = 500
"""Entries per read; other greenlets run between two reads."""


class BlogIndex:
    """What was read from one blog's log so far; `upto` is the id of the last entry that was read."""

    def __init__(self) -> None:
        self.upto = "-"
        self.writers: dict[str, str] = {}
        self.calls: deque[Entry] = deque(maxlen=MOST_CALLS)
        self.purged: set[str] = set()
        self.steps: dict[str, Entry] = {}
        self.changes: dict[str, Entry] = {}

    def add(self, entry: Entry) -> None:
        self.upto = entry.id
        for name in entry.refs:
            if name.startswith("post:"):
                self.writers.setdefault(name.removeprefix("post:"), entry.by)
            elif name.startswith("category:"):
                self.changes[name.removeprefix("category:")] = entry
                if entry.note.get("act") in STEPS:
                    self.steps[name.removeprefix("category:")] = entry
        if entry.note.get("act") == "take_down":
            self._forget_words(entry)
        if entry.note.get("act") in ("purge", "take_down"):
            self.purged.update(name.removeprefix("post:") for name in entry.refs if name.startswith("post:"))
        if entry.note.get("act") in STEPS:
            self.calls.appendleft(entry)

    def _forget_words(self, takedown: Entry) -> None:
        """Forget what was noted about a post that is taken down; storage has removed it, too, or does so now."""
        posts = {name for name in takedown.refs if name.startswith("post:")}

        def bare(entry: Entry) -> Entry:
            said = {name: value for name, value in entry.note.items() if name not in SAID}
            return replace(entry, note=said) if posts & set(entry.refs) else entry

        self.calls = deque(map(bare, self.calls), maxlen=MOST_CALLS)
        self.steps = {id: bare(entry) for id, entry in self.steps.items()}
        self.changes = {id: bare(entry) for id, entry in self.changes.items()}


class AuditIndex:
    """One for each process. `born` distinguishes a blog from a deleted one of the same name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._indexes: dict[str, tuple[str, BlogIndex]] = {}
        self._reading = threading.Lock()

    def writers(self, slug: str, born: str) -> dict[str, str]:
        """The author of each post's first commit, keyed by the post's id."""
        return self._read(slug, born).writers

    def calls(self, slug: str, born: str) -> list[Entry]:
        """The calls, confirmations, doubts and recalls of results, newest first."""
        return list(self._read(slug, born).calls)

    def last(self, slug: str, born: str, category: str, *, steps: bool) -> Entry | None:
        """The last change of a category, or with `steps` the last step of its result."""
        index = self._read(slug, born)
        return (index.steps if steps else index.changes).get(category)

    def purged(self, slug: str, born: str) -> set[str]:
        """The ids of the purged posts. Their versions may be there for a moment longer than their tombstones."""
        return self._read(slug, born).purged

    def forget(self, slug: str) -> None:
        """Drop a blog that nobody reads or edits. The next request reads its log from the beginning."""
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
