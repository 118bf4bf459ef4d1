"""Superseded versions of posts, categories and drafts: for the desk, and for exports."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import cast

import msgspec
from msgspec import Struct

from ..errors import NotFound
from ..model import Object, Post, Scope, ended, ref, scope_of
from .audit import Audit
from .connection import Connection, Entries
from .format import decoded
from .keys import key_of

HISTORY: dict[Scope, str] = {"public": "history", "desk": "history:desk"}
"""Where superseded versions of each scope are kept."""


class Version(Struct, frozen=True, kw_only=True):
    """A superseded version: the object, when it was replaced, and by whom."""

    object: Object
    until: str
    by: str


class Revision(Struct, frozen=True, kw_only=True):
    """One version of a post: its author (None if unknown), its time, and when it was replaced (None if current)."""

    object: Object
    at: str
    by: str | None
    until: str | None


class History:
    """`get` reads an object's current version, by slug, kind and id."""

    def __init__(self, connection: Connection, get: Callable[[str, str, str], Object | None], audit: Audit) -> None:
        self._connection = connection
        self._get = get
        self._audit = audit

    def of(self, slug: str, kind: str, id: str) -> list[Version]:
        """The superseded versions of an object, oldest first; for the desk only."""
        entries = self._entries(slug, scope_of(kind))
        name = ref(kind, id).encode()
        return [_version(f) for _, f in entries if f[b"ref"] == name]

    def versions(self, slug: str, id: str) -> list[Revision]:
        """All versions of a post, newest first; the first is the current one, or its tombstone."""
        stands = self._get(slug, "post", id)
        if not isinstance(stands, Post):
            raise NotFound(f"there is no post {id}")
        past = self.of(slug, "post", id)
        objects = [*(version.object for version in past), stands]
        ends = [*(version.until for version in past), None]
        begins = [stands.published_at, *(version.until for version in past)]
        writers = [self._audit.writer(slug, objects[0], stands.published_at), *(version.by for version in past)]
        found = zip(objects, begins, writers, ends, strict=True)
        return [Revision(object=obj, at=at, by=by, until=until) for obj, at, by, until in found][::-1]

    def last_texts(self, slug: str, ids: Collection[str]) -> dict[str, Version]:
        """The last version with a text of each of these posts, which were retracted: by its post's id."""
        names = {ref("post", id).encode(): id for id in ids}
        entries = ((names.get(fields[b"ref"]), fields) for _, fields in self._entries(slug, "public"))
        versions = ((id, _version(fields)) for id, fields in entries if id is not None)
        return {id: version for id, version in versions if not ended(version.object)}

    def _entries(self, slug: str, scope: Scope) -> Entries:
        """The superseded versions of one scope, oldest first. Release 0.1.0 kept drafts' among the public ones."""
        with self._connection.use() as client:
            return cast(Entries, client.xrange(key_of(slug, HISTORY[scope])))


def as_stored(entries: Entries) -> list[dict[str, object]]:
    """Superseded versions, oldest first, as they are stored: `scope`, `object`, `until`, `by`."""
    names = ("scope", "until", "by")
    return [
        {name: fields[name.encode()].decode() for name in names} | {"object": msgspec.Raw(fields[b"object"])}
        for _, fields in entries
    ]


def _version(fields: dict[bytes, bytes]) -> Version:
    return Version(object=decoded(fields[b"object"]), until=fields[b"until"].decode(), by=fields[b"by"].decode())
