"""The store: commits and loads timelines, and holds the other parts of storage (history, audit, records).

A commit whose outcome is unknown is sent again under the same idempotency key.

The file is long because all writes of a timeline (commit, delete, heal, put in) share its keys and must fail alike.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
import redis
from msgspec import Struct
from msgspec.structs import replace

from ..actions import Plan, signed
from ..errors import Damaged, Invalid, NotFound, Refusal, Stale, Unavailable, WrongState
from ..model import (
    Blog,
    Change,
    Draft,
    Object,
    Scope,
    kind_of,
    public,
    ref,
    ref_of,
    scope_of,
)
from ..timeline import MARK_SIZE, MARKED, Gap, Place, Timeline, faults, merge
from ..watch import counts
from .audit import Audit, noted
from .connection import Address, Entries
from .format import FORMAT, SITE, check, decoded, encoded, milliseconds, time_of
from .health import Health
from .history import HISTORY, History, Version
from .integrity import damaged, is_sound, sum_name, sum_of
from .keys import key_of
from .log import Log, forks_of, log_faults
from .presence import Presence
from .purging import Purging
from .records import Records
from .summaries import DUE, NIGHTS, Summaries, facts_of, when_of

ATTEMPTS = 8
"""How often an act is tried when what it read changes meanwhile."""

KEY_SECONDS = 48 * 3600
SCOPES: tuple[Scope, ...] = ("public", "desk")
DRAFT_MS = 60_000
"""Minimum milliseconds between two kept versions of a draft while the same person keeps saving it."""
REPLICA_MS = 1000
"""Milliseconds that replicas have to confirm a change."""
_TIMELINE = ("meta", "public", "desk", "public:log", "desk:log", "history", "audit", "due")
_HERE = Path(__file__).parent
_LOAD = """
local meta = redis.call('HMGET', KEYS[1], 'epoch', ARGV[1], ARGV[1] .. ':mark', 'born', ARGV[1] .. ':forks', 'format')
local marks = {}
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', ARGV[2])) do
  local fields = entry[2]
  if fields[2] == meta[1] and fields[7] == 'mark' then
    marks[#marks + 1] = entry[1]
    marks[#marks + 1] = string.sub(fields[8], 1, ARGV[3])
  end
end
local sums, known, prefix = {}, redis.call('HGETALL', KEYS[1]), 'sum:' .. ARGV[1] .. ':'
for i = 1, #known, 2 do
  if string.sub(known[i], 1, #prefix) == prefix then
    sums[#sums + 1] = string.sub(known[i], #prefix + 1)
    sums[#sums + 1] = known[i + 1]
  end
end
return {meta[1], meta[2], meta[3], meta[4], meta[5], meta[6], marks, sums, redis.call('HGETALL', KEYS[2])}
"""
_SERVED = """
local info = redis.pcall('INFO', 'replication')
redis.call('HSETNX', KEYS[1], 'replid', type(info) == 'string' and string.match(info, 'master_replid:(%w+)') or '')
"""
"""Notes which server has taken a blog, if none did yet."""
_KEEP_KEY = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
return 1
"""
"""Keeps the result of a request, on the server that has the object that the request made, in this version."""


_PROLONG = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
"""Keeps the result of a request longer, on a server that has this one: a server that was cut off may have another."""


class Commit(Struct, frozen=True, kw_only=True):
    """A commit's new positions and stamped objects; `replayed` if an earlier request with the same key made it."""

    epoch: str
    seq: int
    desk_seq: int
    at: str
    objects: list[Object]
    desk: list[Object] = []
    replayed: bool = False

    def find(self, kind: str, id: str | None = None) -> Object:
        """The committed object of this kind (and id). Raises `LookupError`."""
        for obj in [*self.objects, *self.desk]:
            if kind_of(obj) == kind and id in (None, obj.id):
                return obj
        raise LookupError(f"the commit holds no {kind} {id or ''}")


class StoredView:
    """What an act reads: each object once, with its `seq`. These are the preconditions of its commit.

    With `memory`, the public timeline is read from there instead of storage, and its mark is the precondition.
    `request` identifies the request: by its key and all that it asks for.
    """

    def __init__(self, store: Store, slug: str, request: str, memory: Timeline | None = None) -> None:
        self._store = store
        self._slug = slug
        self._request = request
        self._made = 0
        self._memory = memory if memory is not None and memory.mark else None
        self.mark = self._memory.mark if self._memory is not None else ""
        self._objects: dict[tuple[Scope, str], Object | None] = {}
        self._desk: Timeline | None = None

    def get(self, kind: str, id: str) -> Object | None:
        scope = scope_of(kind)
        name = (scope, ref(kind, id))
        if name not in self._objects:
            here = self._memory if scope == "public" else None
            self._objects[name] = here.get(kind, id) if here is not None else self._store.get(self._slug, kind, id)
        return self._objects[name]

    def drafts(self) -> list[Draft]:
        """All drafts, from one read; the commit succeeds only if none was changed or added."""
        if self._desk is None:
            self._desk = self._store.load(self._slug, "desk")
        return self._desk.drafts

    def new_id(self, kind: str) -> str:
        """An id of 72 bits that reveals nothing, not even an order. It is the request's.

        If storage fails over and loses the request with its key, and an editor repeats it, both sides of the fork have
        one object, not two.

        Raises `_Made` if the object is there.
        """
        self._made += 1
        digest = hashlib.sha256(f"{self._slug}\n{self._request}\n{self._made}".encode()).digest()
        id = base64.urlsafe_b64encode(digest[:9]).decode()
        if (made := self.get(kind, id)) is not None:
            raise _Made(made)
        return id

    @property
    def reads(self) -> list[tuple[Scope, str, int]]:
        """The preconditions: the version of each object that was read; `*` stands for a whole timeline."""
        found = [(scope, name, obj.seq if obj else 0) for (scope, name), obj in self._objects.items()]
        return found if self._desk is None else [*found, ("desk", "*", self._desk.seq)]


class _Made(Exception):
    """The request made this object already: it was lost and put back, but its key was not."""

    def __init__(self, obj: Object) -> None:
        super().__init__(ref_of(obj))
        self.object = obj


class Store:
    """All of storage, behind one URL (redis, rediss, valkey, unix, redis+sentinel, redis+cluster)."""

    def __init__(
        self,
        url: str,
        *,
        replicas: int = 0,
        timeout: float = 5.0,
        stream_length: int = 2000,
        history_length: int = 20_000,
        draft_history_length: int = 2000,
        audit_length: int = 20_000,
    ) -> None:
        if replicas and url.startswith(
            "redis+cluster"
        ):  # redis-py cannot send a script and WAIT over one connection there
            raise ValueError("a cluster's replicas cannot be waited for; set LIVEBLOG_REPLICAS to 0, or use Sentinel")
        self.url = url
        self.replicas = replicas
        self.stream_length = stream_length
        self._keep = {
            "public": history_length,
            "desk": draft_history_length,
            "audit": audit_length,
            "draft_ms": DRAFT_MS,
        }
        self._address = Address(url)
        self._requests = self._address.connection("blogs", timeout=timeout)
        self._log = Log(self._address)
        self.presence = Presence(self._address)
        self.client = self._requests.client
        self.health = Health(self.client, self.writable, is_cluster=self._address.is_cluster)
        lists = self._address.connection("lists", timeout=timeout)
        self.summaries = Summaries(lists, self.load, self.health.damaged)
        self._address.failed = self.health.failed
        self.records = Records(self._address.connection("people", timeout=timeout))
        self.audit = Audit(self._requests, audit_length, self.now)
        self.history = History(self._requests, self.get, self.audit)
        self.purging = Purging(self._requests, self.audit)
        self._commit = self.client.register_script((_HERE / "commit.lua").read_text())
        self._heal = self.client.register_script((_HERE / "heal.lua").read_text())
        self._load = self.client.register_script(_LOAD)
        self._keep_key = self.client.register_script(_KEEP_KEY)
        self._served = self.client.register_script(_SERVED)
        self._prolong = self.client.register_script(_PROLONG)

    # -- writing

    def perform(
        self,
        slug: str,
        act: Callable[[StoredView], Plan],
        *,
        by: str,
        key: str | None = None,
        formerly: str | None = None,
        fingerprint: str = "",
        if_match: tuple[str, int] | None = None,
        memory: Timeline | None = None,
        note: Mapping[str, Any] | None = None,
    ) -> Commit:
        """Run an act and commit it, once per idempotency `key`. It runs again if what it read was changed meanwhile.

        `request_key` makes `key`. `formerly` is the same key in the previous release's form, in which two senders could
        share one; it counts only if the `fingerprint` is the same too.

        `note` goes into the audit log: `act` and its details.
        With `memory`, this process's copy of the public timeline, the act reads the copy first, and the commit succeeds
        only on exactly that history. If storage is ahead, or if the act refuses, the act runs again on storage.

        Raises the act's own refusals, `Stale` when `if_match` (ref, seq) is not current, `Invalid` (`key_reused`) for a
        key that was used for another request, `Unavailable` when the commit failed or its outcome is unknown.
        """
        names = [key_of(slug, f"request:{key or request_key('once', secrets.token_hex(16))}")]
        names += [] if formerly is None else [key_of(slug, f"done:{formerly}")]
        for attempt in range(ATTEMPTS):
            view = StoredView(self, slug, f"{names[0]}\n{fingerprint}", memory if attempt == 0 else None)
            try:
                if if_match is not None:
                    _must_match(view, if_match)
                plan = signed(act(view), act=str((note or {}).get("act", "")), by=by)
            except _Made as made:
                if view.mark:
                    continue
                return self._made_before(slug, made.object, names[0], fingerprint)
            except Refusal:
                if key is not None and (earlier := self._earlier(names, fingerprint)) is not None:
                    return earlier  # the act refuses because it was done already
                if view.mark:
                    continue
                self._must_have(slug, memory)
                raise
            try:
                done = self._try(slug, plan, view, by, names, fingerprint, note or {})
            except NotFound:
                self._must_have(slug, memory)
                raise
            if done is not None:
                if not done.replayed:
                    counts.acts.add(str((note or {}).get("act", "other")))
                return done
        raise WrongState("too many people are changing this at once; try again", code="busy")

    def _earlier(self, names: list[str], fingerprint: str) -> Commit | None:
        """The commit under the first of these keys, or under another one if the request is the same."""
        for name in names:
            with self._requests.use():
                found = cast("bytes | None", self.client.get(name))
            mark, _, result = (found or b"").partition(b"\n")
            if found is not None and mark.decode() == fingerprint:
                self._confirm(name, found)
                return _committed(result, replayed=True)
            if found is not None and name == names[0]:
                raise _reused()
        return None

    def _must_have(self, slug: str, memory: Timeline | None) -> None:
        """Raises `Unavailable` while storage lacks what this process has: a failover lost it, and it is put back now.

        An act that refuses meanwhile may be right in a moment: a post, or the whole blog, only seems not to exist.
        """
        if memory is None or self.deleted(slug):
            return
        stored, _ = self._find(slug)
        lost = stored is None or stored.epoch != memory.epoch or stored.seq < memory.seq
        if lost or (stored is not None and stored.seq == memory.seq and stored.mark != memory.mark):
            raise Unavailable(
                "the storage lost changes, which are being put back; try again in a moment", retry_after=1
            )

    def _made_before(self, slug: str, obj: Object, name: str, fingerprint: str) -> Commit:
        """The result of a request whose object was put back after a failover; its key is kept again."""
        scope = scope_of(kind_of(obj))
        with self._requests.use():
            meta = cast("list[bytes | None]", self.client.hmget(key_of(slug, "meta"), ["epoch", "public", "desk"]))
            epoch, seq, desk_seq = ((value or b"").decode() for value in meta)
            stored = cast("bytes | None", self.client.hget(key_of(slug, scope), ref_of(obj)))
            if stored is None:
                raise _unknown()
            obj = decoded(stored)
            done = Commit(
                epoch=epoch,
                seq=int(seq or 0),
                desk_seq=int(desk_seq or 0),
                at=time_of(stored),
                objects=[obj] if scope == "public" else [],
                desk=[obj] if scope == "desk" else [],
            )
            keys, result = [key_of(slug, scope), name], fingerprint.encode() + b"\n" + msgspec.json.encode(done)
            args: list[str | bytes | int] = [ref_of(obj), stored, result, KEY_SECONDS]
            there = self._run(lambda client: self._keep_key(keys=keys, args=args, client=client))
        if not there:
            raise _unknown()
        return replace(done, replayed=True)

    def _confirm(self, name: str, result: bytes) -> None:
        """Have replicas confirm the commit, by a write for WAIT to wait for: the first try may have failed at WAIT."""
        if self.replicas:
            args: list[bytes | int] = [result, KEY_SECONDS]
            with self._requests.use():
                there = self._replicated(lambda pipe: self._prolong(keys=[name], args=args, client=pipe))
            if not there:  # another server than the one that was just read: the primary after a failover
                raise _unknown()

    def _try(
        self,
        slug: str,
        plan: Plan,
        view: StoredView,
        by: str,
        names: list[str],
        fingerprint: str,
        note: Mapping[str, Any],
    ) -> Commit | None:
        """One attempt: the commit, or None after a conflict."""
        new = any(isinstance(obj, Blog) for obj in plan.public) and ("public", ref("blog", slug), 0) in view.reads
        request = {
            "reads": view.reads,
            "mark": view.mark,
            "public": [*map(ref_of, plan.public)],
            "desk": [*map(ref_of, plan.desk)],
            "note": json.dumps(noted(note, plan), ensure_ascii=False),
            "keep": self._keep,
            "forked": MARKED,
            "format": FORMAT,
        }
        objects = self._encoded(slug, plan, view)
        args: list[Any] = [
            fingerprint,
            by,
            secrets.token_hex(8) if new else "",
            self.stream_length,
            KEY_SECONDS,
            json.dumps(request),
        ]
        with self._requests.use():
            if any(isinstance(obj, Draft) and (obj.publish_at or obj.on) for obj in plan.desk):
                self.summaries.schedule(slug)  # listed first, like a new blog
            if new:  # listed first: readers skip an entry without a blog, but a blog without an entry would be lost
                self.client.sadd("lb:blogs", slug)
            listed = key_of(slug, "nights") if self._address.is_cluster else NIGHTS
            keys = [*(key_of(slug, name) for name in _TIMELINE), listed, key_of(slug, HISTORY["desk"]), *names]
            try:
                answer = self._run_commit(keys, [*args, *objects])
            except (redis.ConnectionError, redis.TimeoutError, redis.ReadOnlyError) as error:
                if isinstance(error, redis.ReadOnlyError):
                    self._address.renew()
                answer = self._run_commit(keys, [*args, *objects])  # the key makes a retry safe
            if self._address.is_cluster:
                self.summaries.touch(slug)
            if new:  # last: until then a tail that still has the deleted blog of this name must not restore it
                self.client.srem("lb:deleted", slug)
        return self._read(slug, answer)

    def _run_commit(self, keys: list[str], args: list[Any]) -> list[bytes]:
        return cast("list[bytes]", self._run(lambda client: self._commit(keys=keys, args=args, client=client)))

    def _run(self, write: Callable[[Any], Any]) -> Any:
        """Write, and wait for as many replicas as have to confirm it."""
        return self._replicated(write) if self.replicas else write(self.client)

    def _replicated(self, write: Callable[[Any], Any]) -> Any:
        """Write, and wait for the replicas on the same connection: WAIT covers only its own connection's writes."""
        with self.client.pipeline(transaction=False) as pipe:
            write(pipe)
            pipe.execute_command("WAIT", self.replicas, REPLICA_MS)  # type: ignore[no-untyped-call]
            answer, confirmed = pipe.execute()
        if int(confirmed) < self.replicas:
            self.health.unconfirmed()
            raise Unavailable("stored, but not on enough replicas yet; repeat it with the same key", retry_after=1)
        self.health.behind.end()
        return answer

    def _encoded(self, slug: str, plan: Plan, view: StoredView) -> list[bytes]:
        """The objects' JSON. The act has read what it replaces, and the commit succeeds only on that same version.

        Raises `Damaged` if what it replaces is not what was stored.
        """
        objects = [replace(obj, seq=0) for obj in [*plan.public, *plan.desk]]
        read = {(scope, name) for scope, name, seq in view.reads if seq}
        there = [obj for obj in objects if {(scope_of(kind_of(obj)), name) for name in (ref_of(obj), "*")} & read]
        if not there:
            return [encoded(obj, None) for obj in objects]
        with self._requests.use(), self.client.pipeline(transaction=True) as pipe:
            for obj in there:
                scope = scope_of(kind_of(obj))
                pipe.hget(key_of(slug, scope), ref_of(obj))
                pipe.hget(key_of(slug, "meta"), sum_name(scope, ref_of(obj)))
            found = cast("list[bytes | None]", pipe.execute())
        stored: dict[str, bytes] = {}
        for obj, value, checksum in zip(there, found[::2], found[1::2], strict=True):
            if not is_sound(value, checksum):  # the act may have read it from memory
                raise self._damaged(slug, scope_of(kind_of(obj)), {ref_of(obj)})
            if value is not None:
                stored[ref_of(obj)] = value[value.index(b"{") :]
        return [encoded(obj, stored.get(ref_of(obj))) for obj in objects]

    def _read(self, slug: str, answer: list[bytes]) -> Commit | None:
        word = answer[0].decode()
        if word == "newer":
            check(answer[1], f"the blog {slug}")
        if word == "conflict":
            return None
        if word == "missing":
            raise NotFound(f"there is no blog {slug}")
        if word == "reused":
            raise _reused()
        return _committed(answer[1], replayed=word == "again")

    def delete(self, slug: str) -> None:
        """Remove a blog with everything that belongs to it: keys of earlier requests, its tokens and incoming hooks."""
        with self._requests.use():
            self.client.sadd("lb:deleted", slug)  # so that no tail takes the blog for lost and restores it
            self.client.srem("lb:blogs", slug)
            self.client.zrem(DUE, slug)
            self.client.unlink(*(key_of(slug, name) for name in _TIMELINE))  # in one command: no half of it is served
            found = list(self.client.scan_iter(match=f"lb:{{{slug}}}:*", count=1000))
            for start in range(0, len(found), 500):
                self.client.unlink(*found[start : start + 500])
        self.summaries.touch(slug)
        self._end_programs(slug)

    def _end_programs(self, slug: str) -> None:
        """End the tokens and incoming hooks of one blog: another blog of the same name is not theirs.

        Its webhooks end once their receivers know (`push/webhooks.py`).
        """
        for table in ("lb:tokens", "lb:incoming"):
            for id, record in self.records.get_fields(table).items():
                if json.loads(record)["blog"] == slug:
                    self.records.drop_field(table, id.decode())
                    self.records.drop_field(f"{table}:used", id.decode())

    def heal(self, slug: str, timeline: Timeline, scope: Scope = "public") -> Timeline:
        """After a loss of continuity, put back, in a new epoch, what only `timeline` still has; return what is stored.

        A history that `timeline` is not the beginning of gets a new epoch even if it lacks nothing: clients without a
        mark may have a number of the other history.

        It returns only a state that was compared and lacks nothing: storage may fail over again after it was healed.
        Any number of processes may do this at once: a later one finds nothing missing and only loads. Raises `NotFound`
        for a blog that was deleted on purpose.
        """
        self._address.renew()  # during a failover the connections of different uses may lead to different servers
        for _ in range(ATTEMPTS):
            stored, damaged_refs = self._find(slug, scope)
            if stored is None and self.deleted(slug):
                raise NotFound(f"there is no blog {slug}")
            if stored is not None and stored.born != timeline.born and not damaged_refs:
                return stored  # it was deleted and created again
            known = stored or Timeline("", 0, [], born=timeline.born)
            lost = merge(timeline, known) if known.born == timeline.born else []
            if damaged_refs - {ref_of(obj) for obj, _ in lost}:
                raise self._refused(slug, damaged_refs)
            if not lost and not (stored is not None and timeline.parts_from(stored)):
                if stored is None:
                    raise NotFound(f"there is no blog {slug}")
                return stored
            self._put_back(slug, scope, timeline, known, lost, damaged_refs)
        raise Unavailable("the storage is changing too fast to put back what it lost", retry_after=1)

    def _put_back(
        self,
        slug: str,
        scope: Scope,
        timeline: Timeline,
        stored: Timeline,
        lost: list[tuple[Object, str]],
        damaged_refs: set[str],
    ) -> None:
        """Write what was lost over `stored`, unless storage has changed since `stored` was read."""
        seq = max(timeline.seq, stored.seq) + 1
        objects: list[str | bytes] = []
        for obj, at in lost:
            objects += [ref_of(obj), f"{seq}:{at}:".encode() + msgspec.json.encode(replace(obj, seq=seq))]
        known: list[str | int] = [stored.epoch, stored.seq, stored.mark]
        with self._requests.use():
            self.client.sadd("lb:blogs", slug)
            if damaged_refs:  # they are no earlier versions
                self.client.hdel(key_of(slug, scope), *damaged_refs)
            self._heal(
                keys=[key_of(slug, name) for name in ("meta", scope, f"{scope}:log", HISTORY[scope])],
                args=[
                    *known,
                    secrets.token_hex(8),
                    seq,
                    timeline.born,
                    milliseconds(timeline.last),
                    scope,
                    FORMAT,
                    *objects,
                ],
            )
        self.summaries.touch(slug)

    # -- reading

    def get(self, slug: str, kind: str, id: str) -> Object | None:
        """An object's current version. Raises `Damaged` if it is not what was stored."""
        scope, name = scope_of(kind), ref(kind, id)
        with self._requests.use(), self.client.pipeline(transaction=True) as pipe:
            pipe.hget(key_of(slug, scope), name)
            pipe.hget(key_of(slug, "meta"), sum_name(scope, name))
            found, checksum = cast("list[bytes | None]", pipe.execute())
        if not is_sound(found, checksum):
            raise self._damaged(slug, scope, {name})
        return None if found is None else decoded(found)

    def load(self, slug: str, scope: Scope = "public") -> Timeline:
        """Read state and position atomically. Raises `NotFound`, and `Damaged` if it is not what was stored."""
        found, lost = self._find(slug, scope)
        if found is None:
            raise NotFound(f"there is no blog {slug}")
        if lost:
            raise self._damaged(slug, scope, lost)
        return found

    def _damaged(self, slug: str, scope: Scope, refs: set[str]) -> Damaged:
        """The refusal of damaged records. Their blog gets another mark: who has it in memory compares, and heals it."""
        with self._requests.use():
            self.client.hset(key_of(slug, "meta"), f"{scope}:mark", secrets.token_hex(20))
        return self._refused(slug, refs)

    def _refused(self, slug: str, refs: set[str]) -> Damaged:
        names = ", ".join(sorted(refs))
        self.health.damaged(slug, names)
        return Damaged(f"the blog {slug} is damaged in storage: {names}")

    def _find(self, slug: str, scope: Scope = "public") -> tuple[Timeline | None, set[str]]:
        """What storage has, as far as it is what was stored; and the refs of what is damaged."""
        with self._requests.use() as client:
            answer = self._ask(slug, scope, client)
        return _understood(slug, answer)

    def _ask(self, slug: str, scope: Scope, client: Any) -> list[Any]:
        """Run `_LOAD`, or queue it if `client` is a pipeline."""
        keys = [key_of(slug, name) for name in ("meta", scope, f"{scope}:log")]
        return cast("list[Any]", self._load(keys=keys, args=[scope, MARKED, MARK_SIZE], client=client))

    def snapshot(self, slug: str) -> tuple[dict[Scope, Timeline], dict[Scope, Entries]]:
        """Both timelines and the entries of their histories, of one moment. Raises `NotFound` and `Damaged`."""
        with self._requests.use(), self.client.pipeline(transaction=True) as pipe:
            for scope in HISTORY:
                self._ask(slug, scope, pipe)
                pipe.xrange(key_of(slug, HISTORY[scope]))
            found = pipe.execute()
        timelines: dict[Scope, Timeline] = {}
        for scope, answer in zip(HISTORY, found[::2], strict=True):
            timeline, lost = _understood(slug, answer)
            if lost:
                raise self._damaged(slug, scope, lost)
            if timeline is None:
                raise NotFound(f"there is no blog {slug}")
            timelines[scope] = timeline
        return timelines, dict(zip(HISTORY, found[1::2], strict=True))

    def faults(self, slug: str) -> list[str]:
        """What is wrong with a stored blog, a sentence each: records and changes that are not as they were stored."""
        found: list[str] = []
        for scope in SCOPES:
            timeline, lost = self._find(slug, scope)
            found += [f"{name} is damaged or missing in storage" for name in sorted(lost)]
            if timeline is not None and not lost and scope == "public":
                found += faults(timeline)
            with self._requests.use():
                entries = cast(Entries, self.client.xrange(key_of(slug, f"{scope}:log")))
            found += log_faults(scope, entries, timeline.seq if timeline is not None else 0)
        return found

    def read_on(self, places: Sequence[Place], block_ms: int) -> list[list[Change] | Gap]:
        """The changes after each place; see `Log.read_on`."""
        return self._log.read_on(places, block_ms)

    def wake(self) -> None:
        """End the wait of `read_on`."""
        self._log.wake()

    def remembers(self, slug: str, key: str) -> bool:
        """Whether a request with this idempotency key was committed."""
        with self._requests.use():
            return bool(self.client.exists(key_of(slug, f"request:{key}")))

    def deleted(self, slug: str) -> bool:
        """Whether the blog was deleted on purpose."""
        with self._requests.use():
            return bool(self.client.sismember("lb:deleted", slug))

    def blog(self, slug: str) -> Blog | None:
        found = self.get(slug, "blog", slug)
        return found if isinstance(found, Blog) else None

    def put_in(self, slug: str, timelines: Mapping[Scope, Timeline], history: Iterable[tuple[Scope, Version]]) -> bool:
        """Store a whole blog atomically, in a new epoch; False if a blog of this name exists."""
        meta, epoch = key_of(slug, "meta"), secrets.token_hex(8)
        latest = max(timeline.last for timeline in timelines.values())
        with self._requests.use():
            self.client.sadd("lb:blogs", slug)
            with self.client.pipeline(transaction=True) as pipe:
                pipe.watch(meta)  # type: ignore[no-untyped-call]
                if pipe.exists(meta):
                    return False
                pipe.multi()
                known = {"epoch": epoch, "born": epoch, "at_ms": milliseconds(latest), "format": FORMAT}
                pipe.hset(meta, mapping=cast("dict[Any, Any]", known))
                pipe.hset(meta, mapping=cast("dict[Any, Any]", facts_of(timelines["public"])))
                for draft in timelines["desk"].drafts:
                    if when := when_of(draft):
                        pipe.hset(key_of(slug, "due"), draft.id, when)
                for scope, timeline in timelines.items():
                    mark = secrets.token_hex(20)
                    pipe.hset(meta, mapping={scope: timeline.seq, f"{scope}:mark": mark})
                    for obj in timeline.objects:
                        prefix = f"{obj.seq}:{timeline.time(obj)}:".encode()
                        value = prefix + msgspec.json.encode(obj)
                        pipe.hset(key_of(slug, scope), ref_of(obj), value)
                        pipe.hset(meta, sum_name(scope, ref_of(obj)), sum_of(obj.seq, value))
                for scope, version in history:
                    entry: dict[Any, Any] = {
                        "scope": scope,
                        "until": version.until,
                        "by": version.by,
                        "ref": ref_of(version.object),
                        "object": msgspec.json.encode(version.object),
                    }
                    pipe.xadd(key_of(slug, HISTORY[scope]), entry)
                try:
                    pipe.execute()
                except redis.WatchError:
                    return False
            self._served(keys=[meta])
            if any(map(when_of, timelines["desk"].drafts)):
                self.summaries.schedule(slug)
            self.client.srem("lb:deleted", slug)
        self.summaries.touch(slug)
        return True

    def now(self) -> str:
        """The storage's time, RFC 3339 UTC."""
        return self.records.now()

    def ping(self) -> None:
        """Raises `Unavailable` when storage does not answer."""
        with self._requests.use():
            self.client.ping()

    def ready(self) -> None:
        """Raises `Unavailable` when storage does not answer, `NewerData` when a newer release has written to it."""
        with self._requests.use():
            number = cast("bytes | None", self.client.get(SITE))
        check(number, "this storage")

    def adopt(self) -> None:
        """Record this release's data format: older releases, which could misread the data, refuse from now on."""
        self.ready()
        with self._requests.use():
            self.client.set(SITE, FORMAT)

    def writable(self) -> None:
        """Raises `Unavailable` when storage does not answer, or would refuse a change."""
        with self._requests.use():
            # the server admits or refuses this like any write, but it changes nothing because the key never exists
            self.client.set("lb:writable", b"", xx=True)

    def close(self) -> None:
        self._address.close()


def request_key(sender: Literal["account", "token", "schedule", "demo", "once"], *parts: str) -> str:
    """An idempotency key as it is stored: the sender, and the parts that identify the request among the sender's.

    Each part is preceded by its length, so that two senders never share a key, whatever their names and keys are.
    """
    return ":".join([sender, *(f"{len(part)}:{part}" for part in parts)])


def _understood(slug: str, answer: list[Any]) -> tuple[Timeline | None, set[str]]:
    """The timeline of what `_LOAD` has answered, as far as it is what was stored; and the refs of what is damaged."""
    meta: list[bytes | None]
    forks: bytes | None
    number: bytes | None
    marks: list[bytes]
    sums: list[bytes]
    records: list[bytes]
    *meta, forks, number, marks, sums, records = answer
    check(number, f"the blog {slug}")
    epoch, seq, mark, born = ((value or b"").decode() for value in meta)
    if not epoch:
        return None, set()
    values = dict(zip(records[::2], records[1::2], strict=True))
    lost = damaged(values, dict(zip(sums[::2], sums[1::2], strict=True)))
    sound = {ref: value for ref, value in values.items() if ref.decode(errors="replace") not in lost}
    objects = [decoded(value) for value in sound.values()]
    times = {ref_of(obj): time_of(value) for obj, value in zip(objects, sound.values(), strict=True)}
    known = {int(id.partition(b"-")[0]): each.decode() for id, each in zip(marks[-2::-2], marks[::-2], strict=True)}
    parted = forks_of(forks)
    return Timeline(epoch, int(seq or 0), objects, mark=mark, born=born, times=times, marks=known, forks=parted), lost


def _committed(result: bytes, *, replayed: bool) -> Commit:
    return replace(msgspec.json.decode(result, type=Commit), replayed=replayed)


def _must_match(view: StoredView, if_match: tuple[str, int]) -> None:
    name, seq = if_match
    kind, _, id = name.partition(":")
    obj = view.get(kind, id)
    if obj is not None and obj.seq != seq:
        raise Stale("it was changed since you read it", current=public(obj))


def _unknown() -> Unavailable:
    return Unavailable("storage fails over, so the outcome is unknown; repeat it with the same key", retry_after=1)


def _reused() -> Invalid:
    return Invalid("this Idempotency-Key was used for another request", code="key_reused", field="Idempotency-Key")
