"""The audit logs of each blog and of the site: who did what."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from msgspec import Struct

from ..actions import Plan
from ..model import Call, Object, ref_of
from .connection import Connection, Entries
from .format import milliseconds
from .keys import key_of

SITE = "lb:audit"
"""The log of the acts on people."""


class Entry(Struct, frozen=True, kw_only=True):
    """A line of the audit log: who did what to which objects (`kind:id`), as which public `seq` (0: nothing public).

    `note` holds `act` and its details; `id` is the line's position in the log.
    """

    id: str
    at: str
    by: str
    note: dict[str, Any]
    seq: int = 0
    refs: list[str] = []


class Audit:
    """Reads all logs, by default newest first, and writes the site's; `commit.lua` writes those of blogs.

    The site's log keeps about `length` entries; `now` returns the storage's time.
    """

    def __init__(self, connection: Connection, length: int, now: Callable[[], str]) -> None:
        self._connection = connection
        self._length = length
        self._now = now

    def of(self, slug: str, *, before: str = "+", count: int = 200) -> list[Entry]:
        """The blog's audit log, from the entry before the id `before`."""
        return self._entries(key_of(slug, "audit"), before, count)

    def after(self, slug: str, id: str, count: int) -> list[Entry]:
        """The next entries of the audit log after the one with this id (`-`: from the beginning), oldest first."""
        earliest = id if id == "-" else f"({id}"
        with self._connection.use() as client:
            entries = cast(Entries, client.xrange(key_of(slug, "audit"), earliest, "+", count))
        return [_entry(id, fields) for id, fields in entries]

    def of_site(self, *, before: str = "+", count: int = 200) -> list[Entry]:
        """The site's log, newest first."""
        return self._entries(SITE, before, count)

    def note(self, *, by: str, **note: object) -> None:
        """Write an act on people to the site's log."""
        at = self._now()
        with self._connection.use() as client:
            text = json.dumps(note, ensure_ascii=False)
            client.xadd(SITE, {"at": at, "by": by, "note": text}, maxlen=self._length)

    def writer(self, slug: str, obj: Object, at: str) -> str | None:
        """The person who committed this version at about this time, according to the audit log."""
        ms = milliseconds(at)
        with self._connection.use() as client:
            entries = cast(Entries, client.xrange(key_of(slug, "audit"), str(max(0, ms - 2000)), str(ms + 2000)))
        found = (_entry(id, fields) for id, fields in entries)
        return next((entry.by for entry in found if entry.seq == obj.seq and ref_of(obj) in entry.refs), None)

    def _entries(self, name: str, before: str, count: int) -> list[Entry]:
        latest = before if before == "+" else f"({before}"
        with self._connection.use() as client:
            entries = cast(Entries, client.xrevrange(name, latest, "-", count))
        return [_entry(id, fields) for id, fields in entries]


def _entry(id: bytes, fields: dict[bytes, bytes]) -> Entry:
    # Lua encodes an empty list as an empty object
    groups = msgspec.json.decode(fields.get(b"refs", b"[{},{}]"), type=list[list[str] | dict[str, str]])
    return Entry(
        id=id.decode(),
        at=fields[b"at"].decode(),
        by=fields[b"by"].decode(),
        note=msgspec.json.decode(fields[b"note"], type=dict[str, Any]),
        seq=int(fields.get(b"seq", 0)),
        refs=[ref for group in groups for ref in group],
    )


def noted(note: Mapping[str, Any], plan: Plan) -> Mapping[str, Any]:
    """The note for the audit log. For a call it also has the winners, and the names that a recall took back."""
    call = next((obj for obj in plan.desk if isinstance(obj, Call)), None)
    if call is None:
        return note
    return {**note, "winners": call.winners} | ({"was": call.was} if call.act == "recall" else {})
