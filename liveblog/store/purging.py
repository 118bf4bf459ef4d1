"""Purging: what storage still has of a retracted post's text, or of a deleted picture, goes for good.

A commit has replaced the post, and the drafts that were made of it or became it, by tombstones. What remains of them is
in the history, in the logs that processes follow, and in the answers that are kept for repeated requests. Each step may
be repeated, because a process may end between two of them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any, cast

import msgspec
import redis

from ..actions import STEPS, without_words
from ..model import WORDLESS, Category, Draft, Object, Post, Scope, ended, ref, ref_of
from .audit import Audit
from .connection import Connection, Entries
from .format import decoded
from .history import HISTORY
from .keys import key_of

SCOPES: tuple[Scope, ...] = ("public", "desk")
_PICTURE = re.compile(rb"\b([0-9a-f]{32})(?:-[0-9]{1,4})?\.webp")
"""A picture's name, also in words: what editors are told of a filed text has the address of a picture."""
Fields = dict[bytes, bytes]
"""The fields of a stream's entry."""
SAID = ("source", "was")
"""What a note in the audit log has of texts."""
_READ = 500
"""Entries of a stream in one read; other greenlets run between two reads."""
_REPLACE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') end"


class Purging:
    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit
        self._replace = connection.client.register_script(_REPLACE)

    def drafts_of(self, slug: str, id: str, *, copies: bool = False) -> set[str]:
        """The ids of the drafts that became this post, or were made of it, or had its text prepared.

        With `copies` also those with a text that the post has or had, however it came there.
        """
        post, linked, prepared = ref("post", id), set[str](), set[str]()
        for entry in self._entries_of_log(slug):
            drafts = {name.removeprefix("draft:") for name in entry[1] if name.startswith("draft:")}
            if post in entry[1] and entry[0] != "delete_picture":  # that act changed drafts of their own
                (prepared if entry[0] in STEPS else linked).update(drafts)
        bodies = self._bodies(slug, id)
        there = [obj for obj in (*self._past(slug, "desk"), *self._current(slug, "desk")) if isinstance(obj, Draft)]
        alike = {draft.id for draft in there if draft.body in bodies}
        return linked | (alike if copies else alike & prepared)

    def posts_of(self, slug: str, draft: str) -> list[str]:
        """The ids of the posts that a draft became, or that it was made of."""
        name, posts = ref("draft", draft), set[str]()
        for act, refs in self._entries_of_log(slug):
            if name in refs and act not in (*STEPS, "delete_picture"):  # those changed drafts of their own
                posts.update(each.removeprefix("post:") for each in refs if each.startswith("post:"))
        return sorted(posts)

    def copies_of(self, slug: str, id: str) -> list[str]:
        """The ids of the other posts that readers have with a text that this post has or had."""
        bodies = self._bodies(slug, id)
        posts = (obj for obj in self._current(slug, "public") if isinstance(obj, Post))
        return [post.id for post in posts if post.id != id and post.body in bodies]

    def _bodies(self, slug: str, id: str) -> set[str]:
        """The texts that a post or a draft has and had."""
        found = (each for scope in SCOPES for each in (*self._past(slug, scope), *self._current(slug, scope)))
        bodies = {obj.body for obj in found if isinstance(obj, Post | Draft) and obj.id == id}
        return bodies - {"", *WORDLESS}

    def pictures_of(self, slug: str, refs: Collection[str]) -> set[str]:
        """The names of the pictures that only these objects have or had."""
        had, kept = self._pictures(slug, refs)
        return had - kept

    def pictures_in(self, slug: str, refs: Collection[str]) -> set[str]:
        """The names of all pictures that these objects have or had."""
        return self._pictures(slug, refs)[0]

    def _pictures(self, slug: str, refs: Collection[str]) -> tuple[set[str], set[str]]:
        """The names of the pictures that these objects have or had, and of those that other objects have or had."""
        names = {each.encode() for each in refs}
        found: tuple[set[str], set[str]] = (set(), set())
        for scope in SCOPES:
            past = ((fields[b"ref"], fields[b"object"]) for _, fields in self._stream(key_of(slug, HISTORY[scope])))
            for name, value in (*past, *self._fields(slug, scope).items()):
                found[name not in names].update(f"{each.decode()}.webp" for each in _PICTURE.findall(value))
        return found

    def remove(self, slug: str, refs: Collection[str]) -> None:
        """Remove all versions of these objects, and what logs and kept answers have of them."""
        names = {each.encode() for each in refs}
        for scope in SCOPES:
            self._rewrite(key_of(slug, HISTORY[scope]), lambda _, fields: None if fields[b"ref"] in names else fields)
            self._trim(slug, scope, lambda objects: _has_text(objects, refs))
        self._change_answers(slug, lambda raw: _bare(raw, refs))

    def remove_words(self, slug: str, id: str) -> None:
        """Take what categories said about a post out of their versions, and the callers' words out of the audit log."""

        def bare(value: bytes) -> bytes:
            return _without_words(value, id)

        post = f'"{ref("post", id)}"'.encode()
        self._rewrite(key_of(slug, HISTORY["public"]), _each_object(bare))
        self._trim(slug, "public", lambda objects: any(bytes(each) != bare(bytes(each)) for each in _listed(objects)))
        self._change_answers(slug, lambda raw: msgspec.Raw(bare(bytes(raw))))
        self._rewrite(
            key_of(slug, "audit"),
            lambda _, fields: (
                fields | {b"note": _bare_note(fields[b"note"])} if post in fields.get(b"refs", b"") else fields
            ),
        )

    def traces(self, slug: str, refs: Collection[str]) -> int:
        """How many records storage has with a text of these objects: current ones, versions, changes of a log."""
        names = {each.encode() for each in refs}
        found = 0
        for scope in SCOPES:
            now = (value for name, value in self._fields(slug, scope).items() if name in names)
            found += sum(not ended(decoded(value)) for value in now)
            past = (fields for _, fields in self._stream(key_of(slug, HISTORY[scope])))
            found += sum(fields[b"ref"] in names and not ended(decoded(fields[b"object"])) for fields in past)
            changes = (fields for _, fields in self._stream(key_of(slug, f"{scope}:log")))
            found += sum(_has_text(fields[b"objects"], refs) for fields in changes)
        return found

    def rewrite_file(self, seconds: float = 30.0) -> bool:
        """Have the storage server write its append-only file anew, without what was removed; True when it has.

        False if it may not be asked, has no such file, or takes longer.
        """
        ends, asked = time.monotonic() + seconds, False
        while time.monotonic() < ends:
            with self._connection.use() as client:
                try:
                    asked = asked or bool(client.bgrewriteaof())
                except redis.ResponseError as no:
                    if "in progress" not in str(no):  # one that runs already began too early
                        return False
                now = client.info("persistence")
            if asked and not (now.get("aof_rewrite_in_progress") or now.get("aof_rewrite_scheduled")):
                return bool(now.get("aof_enabled")) and now.get("aof_last_bgrewrite_status") == "ok"
            time.sleep(0.1)
        return False

    def remove_picture(self, slug: str, name: str) -> None:
        """Take a picture out of all versions, with its words, and out of what logs and kept answers have of them."""
        picture = f'"{name}"'.encode()
        for scope in SCOPES:
            stream = key_of(slug, HISTORY[scope])
            if any(picture in fields[b"object"] for _, fields in self._stream(stream)):
                self._rewrite(stream, _each_object(lambda value: _without_picture(value, name)))
            self._trim(slug, scope, lambda objects: picture in objects)
        self._change_answers(slug, lambda raw: msgspec.Raw(_without_picture(bytes(raw), name)))

    def _rewrite(self, stream: str, change: Callable[[bytes, Fields], Fields | None]) -> None:
        """Put a copy in a stream's place, each entry as `change(id, fields)` wants it, or not at all. Ids stay.

        XDEL and XTRIM would not do: the bytes of single entries stay in memory and in the server's file.
        """
        copy, at, whole, some = f"{stream}:copy", "-", False, False
        with self._connection.use() as client:
            client.delete(copy)
        while not whole:
            with self._connection.use() as client, client.pipeline(transaction=True) as pipe:
                pipe.watch(stream)  # type: ignore[no-untyped-call]
                entries = cast(Entries, pipe.xrange(stream, at, "+", _READ))
                kept = [(id, fields) for id, old in entries if (fields := change(id, old)) is not None]
                pipe.multi()
                for id, fields in kept:
                    pipe.xadd(copy, cast("dict[Any, Any]", fields), id=id.decode())
                whole = len(entries) < _READ
                if whole and (some or kept):
                    pipe.rename(copy, stream)
                elif whole:
                    pipe.delete(stream)
                try:
                    pipe.execute()
                except redis.WatchError:  # something was committed meanwhile
                    whole = False
                    continue
            some = some or bool(kept)
            at = f"({entries[-1][0].decode()}" if entries else at

    def _trim(self, slug: str, scope: Scope, holds: Callable[[bytes], bool]) -> None:
        """Cut a log off after the last change whose objects are to go. A process that has not read it loads anew."""
        log, last = key_of(slug, f"{scope}:log"), 0
        for id, fields in self._stream(log):
            if holds(fields[b"objects"]):
                last = _number(id)
        self._rewrite(log, lambda id, fields: None if _number(id) <= last else fields)

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

    def _past(self, slug: str, scope: Scope) -> Iterator[Object]:
        return (decoded(fields[b"object"]) for _, fields in self._stream(key_of(slug, HISTORY[scope])))

    def _current(self, slug: str, scope: Scope) -> list[Object]:
        return [decoded(value) for value in self._fields(slug, scope).values()]

    def _fields(self, slug: str, scope: Scope) -> dict[bytes, bytes]:
        """The current records by ref."""
        with self._connection.use() as client:
            return cast("dict[bytes, bytes]", client.hgetall(key_of(slug, scope)))

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


def _number(id: bytes) -> int:
    return int(id.partition(b"-")[0])


def _each_object(change: Callable[[bytes], bytes]) -> Callable[[bytes, Fields], Fields]:
    """A change of the entries of a history by that of their objects."""
    return lambda _, fields: fields | {b"object": change(fields[b"object"])}


def _listed(objects: bytes) -> list[msgspec.Raw]:
    return msgspec.json.decode(objects, type=list[msgspec.Raw])


def _without_words(value: bytes, post: str) -> bytes:
    """An object without what a category says about a post, and with everything else that it has."""
    obj = decoded(value)
    if not isinstance(obj, Category) or (less := without_words(obj, post)) == obj:
        return value
    fields = msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    changed = {name: msgspec.Raw(msgspec.json.encode(getattr(less, name))) for name in ("corrections", "doubt")}
    return msgspec.json.encode(fields | changed)


def _bare_note(note: bytes) -> bytes:
    """An audit log's note without what a person wrote: the source of a call, the names that a recall took back."""
    return msgspec.json.encode({name: value for name, value in _noted(note).items() if name not in SAID})


def _noted(note: bytes) -> dict[str, Any]:
    return msgspec.json.decode(note, type=dict[str, Any])


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
