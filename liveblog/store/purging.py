"""Purging: what storage still has of a retracted post's text, or of a deleted picture, goes for good.

A commit has replaced the post, and the drafts that were made of it or became it, by tombstones. What remains of them is
in the history, in the logs that processes follow, and in the answers that are kept for repeated requests. Each step may
be repeated, because a process may end between two of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, cast

import msgspec
import redis

from ..actions import STEPS
from ..model import Draft, Object, Post, Scope, ended, ref, ref_of
from .audit import Audit
from .connection import Connection, Entries
from .format import decoded
from .history import HISTORY
from .keys import key_of

SCOPES: tuple[Scope, ...] = ("public", "desk")
_PICTURE = re.compile(rb'"name":"([0-9a-f]{32}\.webp)"')
_READ = 500
"""Entries of a stream in one read; other greenlets run between two reads."""
_REPLACE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') end"


class Purging:
    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit
        self._replace = connection.client.register_script(_REPLACE)

    def drafts_of(self, slug: str, id: str) -> set[str]:
        """The ids of the drafts that became this post, or were made of it, or had its text prepared."""
        post, linked, prepared = ref("post", id), set[str](), set[str]()
        for entry in self._entries_of_log(slug):
            drafts = {name.removeprefix("draft:") for name in entry[1] if name.startswith("draft:")}
            if post in entry[1]:
                (prepared if entry[0] in STEPS else linked).update(drafts)
        bodies = {obj.body for obj in self._versions(slug, "public", {post}) if isinstance(obj, Post) and obj.body}
        there = [*self._versions(slug, "desk", {ref("draft", each) for each in prepared}), *self._current(slug, "desk")]
        alike = {obj.id for obj in there if isinstance(obj, Draft) and obj.body in bodies}
        return linked | (alike & prepared)

    def pictures_of(self, slug: str, refs: Collection[str]) -> set[str]:
        """The names of the pictures that only these objects, which are tombstones now, have or had."""
        names = {each.encode() for each in refs}
        had: set[bytes] = set()
        kept = {name for scope in SCOPES for value in self._values(slug, scope) for name in _PICTURE.findall(value)}
        for scope in SCOPES:
            for _, fields in self._stream(key_of(slug, HISTORY[scope])):
                (had if fields[b"ref"] in names else kept).update(_PICTURE.findall(fields[b"object"]))
        return {name.decode() for name in had - kept}

    def remove(self, slug: str, refs: Collection[str]) -> None:
        """Remove all versions of these objects, and what logs and kept answers have of them."""
        names = {each.encode() for each in refs}
        for scope in SCOPES:
            stream = key_of(slug, HISTORY[scope])
            found = [id for id, fields in self._stream(stream) if fields[b"ref"] in names]
            with self._connection.use() as client:
                for start in range(0, len(found), _READ):
                    client.xdel(stream, *found[start : start + _READ])
            self._trim(slug, scope, lambda objects: _has_text(objects, refs))
        self._change_answers(slug, lambda raw: _bare(raw, refs))

    def remove_picture(self, slug: str, name: str) -> None:
        """Take a picture out of all versions, with its words, and out of what logs and kept answers have of them."""
        picture = f'"{name}"'.encode()
        for scope in SCOPES:
            stream = key_of(slug, HISTORY[scope])
            if any(picture in fields[b"object"] for _, fields in self._stream(stream)):
                self._rewrite(stream, lambda value: _without_picture(value, name))
            self._trim(slug, scope, lambda objects: picture in objects)
        self._change_answers(slug, lambda raw: msgspec.Raw(_without_picture(bytes(raw), name)))

    def _rewrite(self, stream: str, change: Callable[[bytes], bytes]) -> None:
        """Put a copy whose objects went through `change` in a stream's place; its entries keep their ids."""
        copy, at, whole = f"{stream}:copy", "-", False
        with self._connection.use() as client:
            client.delete(copy)
        while not whole:
            with self._connection.use() as client, client.pipeline(transaction=True) as pipe:
                pipe.watch(stream)  # type: ignore[no-untyped-call]
                entries = cast(Entries, pipe.xrange(stream, at, "+", _READ))
                pipe.multi()
                for id, fields in entries:
                    changed: dict[Any, Any] = {**fields, b"object": change(fields[b"object"])}
                    pipe.xadd(copy, changed, id=id.decode())
                whole = len(entries) < _READ
                if whole:
                    pipe.rename(copy, stream)
                try:
                    pipe.execute()
                except redis.WatchError:  # something was committed meanwhile
                    whole = False
                    continue
            at = f"({entries[-1][0].decode()}" if entries else at

    def _trim(self, slug: str, scope: Scope, holds: Callable[[bytes], bool]) -> None:
        """Cut a log off after the last change whose objects are to go. A process that has not read it loads anew."""
        log, last = key_of(slug, f"{scope}:log"), None
        for id, fields in self._stream(log):
            if holds(fields[b"objects"]):
                last = id
        if last is not None:
            with self._connection.use() as client:
                client.xtrim(log, minid=f"{int(last.partition(b'-')[0]) + 1}-0", approximate=False)

    def _change_answers(self, slug: str, change: Callable[[msgspec.Raw], msgspec.Raw]) -> None:
        """Change the objects in the answers to earlier requests, which are repeated for a repeated key."""
        with self._connection.use() as client:
            kept = [*client.scan_iter(match=key_of(slug, "request:*"), count=1000)]
            kept += client.scan_iter(match=key_of(slug, "done:*"), count=1000)
        for name in kept:
            with self._connection.use() as client:
                value = cast("bytes | None", client.get(name))
            if value is not None and (bare := _changed(value, change)) != value:
                with self._connection.use():
                    self._replace(keys=[name], args=[value, bare])

    # -- reading

    def _entries_of_log(self, slug: str) -> Iterator[tuple[str, list[str]]]:
        """Each entry of the audit log: the act, and the objects that it changed."""
        at = "-"
        while entries := self._audit.after(slug, at, _READ):
            at = entries[-1].id
            yield from ((str(entry.note.get("act")), entry.refs) for entry in entries)

    def _versions(self, slug: str, scope: Scope, refs: Collection[str]) -> list[Object]:
        names = {each.encode() for each in refs}
        stream = self._stream(key_of(slug, HISTORY[scope]))
        return [decoded(fields[b"object"]) for _, fields in stream if fields[b"ref"] in names]

    def _current(self, slug: str, scope: Scope) -> list[Object]:
        return [decoded(value) for value in self._values(slug, scope)]

    def _values(self, slug: str, scope: Scope) -> list[bytes]:
        with self._connection.use() as client:
            return cast("list[bytes]", client.hvals(key_of(slug, scope)))

    def _stream(self, name: str) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
        at = "-"
        while True:
            with self._connection.use() as client:
                entries = cast(Entries, client.xrange(name, at, "+", _READ))
            yield from entries
            if len(entries) < _READ:
                return
            at = f"({entries[-1][0].decode()}"


def _has_text(objects: bytes, refs: Collection[str]) -> bool:
    """Whether a change has a text of one of these objects."""
    return any(ref_of(obj) in refs and not ended(obj) for obj in msgspec.json.decode(objects, type=list[Object]))


def _without_picture(value: bytes, name: str) -> bytes:
    """An object without this picture, and with everything else that it has."""
    fields = msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    media = msgspec.json.decode(fields.get("media", b"[]"), type=list[dict[str, Any]])
    rest = [each for each in media if each.get("name") != name]
    if len(rest) == len(media):
        return value
    return msgspec.json.encode(fields | {"media": msgspec.Raw(msgspec.json.encode(rest))})


def _changed(value: bytes, change: Callable[[msgspec.Raw], msgspec.Raw]) -> bytes:
    """A kept answer with its objects changed."""
    mark, _, result = value.partition(b"\n")
    answer = msgspec.json.decode(result, type=dict[str, msgspec.Raw])
    for part in ("objects", "desk"):
        objects = msgspec.json.decode(answer.get(part, b"[]"), type=list[msgspec.Raw])
        answer[part] = msgspec.Raw(msgspec.json.encode([change(each) for each in objects]))
    return mark + b"\n" + msgspec.json.encode(answer)


def _bare(raw: msgspec.Raw, refs: Collection[str]) -> msgspec.Raw:
    obj = msgspec.json.decode(raw, type=Object)
    if ref_of(obj) not in refs or ended(obj):
        return raw
    stone: Object = (
        Post(id=obj.id, published_at=obj.published_at, retracted=True, seq=obj.seq)
        if isinstance(obj, Post)
        else Draft(id=obj.id, gone=True, seq=obj.seq)
    )
    return msgspec.Raw(msgspec.json.encode(stone))
