"""Faults to plant, at least one in each rule. The simulation must find every one of them."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from typing import Any, cast
from unittest import mock

from msgspec.structs import replace

from liveblog import model, protocol, timeline
from liveblog.actions import Plan
from liveblog.model import Change, Object, Position, Post, ended
from liveblog.push.catch_ups import CatchUps
from liveblog.push.tail import Tails
from liveblog.push.transport import Transport
from liveblog.store import commits, log
from liveblog.store.commits import Store, StoredView
from liveblog.timeline import Gap, Place, Timeline

from . import process
from .client import Commands
from .follower import Follower, Message

Planting = contextlib.AbstractContextManager[Any]


def _script(wanted: str, instead: str) -> Planting:
    """A Lua script with another line."""
    register = Commands.register_script
    return mock.patch.object(
        Commands, "register_script", lambda self, source: register(self, source.replace(wanted, instead))
    )


def _in(owner: Any, name: str, instead: Any) -> Callable[[], Planting]:
    return lambda: mock.patch.object(owner, name, instead)


def _apply(self: Timeline, change: Change, *, gaps: bool = True, epochs: bool = True, forks: bool = True) -> bool:
    """`Timeline.apply` with some of its checks."""
    if epochs and change.epoch != self.epoch:
        raise Gap("epoch")
    if change.seq <= self.seq:
        return False
    if gaps and change.seq != self.seq + 1:
        raise Gap("missed")
    if forks and self.mark and change.after and change.after != self.mark:
        raise Gap("forked")
    for obj in change.objects:
        self._put(obj, change.at)
    self.seq, self.mark = change.seq, change.mark
    self._keep_mark()
    return True


@contextlib.contextmanager
def _blind_to_gaps() -> Iterator[None]:
    """Neither the log's reader nor the timeline compares numbers."""

    def changes(place: Place, entries: Any, newest: int) -> Any:
        return [log._change(id, fields) for id, fields in entries]

    with (
        mock.patch.object(log, "_changes", changes),
        mock.patch.object(Timeline, "apply", lambda self, change: _apply(self, change, gaps=False, forks=False)),
    ):
        yield


@contextlib.contextmanager
def _blind_to_forks() -> Iterator[None]:
    """Nobody compares marks."""
    proved = log._seq_or_gap

    def unproved(place: Place, found: list[bytes | None]) -> int | Gap:
        return proved(place._replace(mark=""), found)

    with (
        mock.patch.object(log, "_seq_or_gap", unproved),
        mock.patch.object(Timeline, "apply", lambda self, change: _apply(self, change, forks=False)),
    ):
        yield


def _since(self: Timeline, position: Position | None) -> Any:
    found = _SINCE(self, position)
    after = position.seq + 1 if position is not None and self.knows(position) and position.seq else 0
    return found if not after else _replaced(found, [obj for obj in found.objects if obj.seq > after])


_SINCE = Timeline.since


def _replaced(found: Any, objects: list[Object]) -> Any:
    return replace(found, objects=objects)


def _outlives(obj: Object, mine: Timeline, theirs: Timeline) -> bool:
    other = theirs.get(model.kind_of(obj), obj.id)
    return other is None or mine.time(obj) > theirs.time(other)


def _resurrects(obj: Object, mine: Timeline, theirs: Timeline) -> bool:
    other = theirs.get(model.kind_of(obj), obj.id)
    return other is None or (ended(other) and not ended(obj)) or mine.time(obj) > theirs.time(other)


def _heal_unverified(self: Store, slug: str, memory: Timeline, scope: Any = "public") -> Timeline:
    """What `Store.heal` did until the simulation found it: it loaded once more after the comparison."""
    stored, _ = self._find(slug, scope)
    lost = timeline.merge(memory, stored) if stored is not None and stored.born == memory.born else []
    if stored is not None and lost:
        self._put_back(slug, scope, memory, stored, lost, set())
    return self.load(slug, scope)


def _serve_early(self: Store, slug: str, plan: Plan, view: StoredView, *rest: Any) -> Any:
    if view._memory is not None:
        for obj in plan.public:
            view._memory._put(replace(obj, seq=view._memory.seq + 1), "")
    return _TRY(self, slug, plan, view, *rest)


_TRY = Store._try


def _whole_tombstone(obj: Object) -> dict[str, Any]:
    bare = model.public(obj)
    return {**bare, "published_at": obj.published_at} if isinstance(obj, Post) and obj.retracted else bare


def _present(timeline: Timeline, objects: Any) -> Any:
    return {"objects": [_whole_tombstone(obj) for obj in objects]}


def _to_readers(self: process.Listener, slug: str, change: Change | None, timeline: Timeline | None) -> None:
    _DELIVER(self, slug, change, timeline)
    if self._scope == "desk" and change is not None and timeline is not None:
        self._process.transport._change(
            slug, cast(Any, protocol.catch_up(timeline, None, process.present) | {"prev": 0})
        )


_DELIVER = process.Listener.deliver


def _keeps_tally(self: Transport, slug: str, sync: Any) -> None:
    readers = self._audiences.get(slug)
    before = readers.tally if readers is not None else None
    _REPLACE(self, slug, sync)
    if readers is not None:
        readers.tally = before


def _once_each(self: Transport, slug: str, payload: Any) -> None:
    sent = vars(self).setdefault("sent", set())
    if payload.get("tally") in sent:
        payload.pop("tally", None)
    sent.add(payload.get("tally"))
    _STEP(self, slug, payload)


_REPLACE, _STEP = Transport._replace, Transport._change


# -- the client's rules


def _change(self: Follower, message: Message, *, known: bool = True, gaps: bool = True, epochs: bool = True) -> None:
    if epochs and message["epoch"] != self.epoch:
        _CHANGE(self, message)
    elif known and message["seq"] <= self.seq:
        return
    elif gaps and message["prev"] > self.seq:
        _CHANGE(self, message)
    else:
        for obj in message["objects"]:
            self.objects[f"{obj['kind']}:{obj['id']}"] = obj
        self.applied += 1
        self.epoch, self.seq, self.mark = message["epoch"], max(self.seq, message["seq"]), message.get("mark", "")


_CHANGE = Follower.change


def _keeps_objects(self: Follower, message: Message) -> None:
    kept = dict(self.objects)
    _FOLLOWER_APPLY(self, message)
    self.objects = {**kept, **self.objects}


def _position_first(self: Follower, message: Message) -> None:
    _FOLLOWER_APPLY(self, message)
    if self._broken:
        self._broken, self.epoch, self.seq = False, message["epoch"], message["seq"]


_FOLLOWER_APPLY = Follower._apply


def _replicated(self: Store, write: Callable[[Any], Any]) -> Any:
    return write(self.client)


def _confirm(self: Store, name: str) -> None:
    if self.replicas:
        with self._requests.use():
            self._replicated(lambda pipe: pipe.expire(name, 60))


def _knows(self: Timeline, position: Position) -> bool:
    return position.epoch == self.epoch and 0 <= position.seq <= self.seq


def _believes(self: Timeline, position: Position) -> bool:
    return _KNOWS(self, position) or (not position.mark and _knows(self, position))


_KNOWS = Timeline.knows


SERVER: dict[str, Callable[[], Planting]] = {
    "the log is read with gaps": _blind_to_gaps,
    "forks are not noticed": _blind_to_forks,
    "the catch-up begins one too late": _in(Timeline, "since", _since),
    "a damaged change is applied": _in(log, "is_true", lambda fields: True),
    "catch-ups are kept too long": _in(CatchUps, "forget", lambda self, slug: None),
    "positions are believed without their mark": _in(Timeline, "knows", _knows),
    "a number that was given again is believed": _in(Timeline, "knows", _believes),
    "recovery brings nothing back": _in(commits, "merge", lambda mine, theirs: []),
    "recovery brings retracted posts back": _in(timeline, "_outlives", _resurrects),
    "a tombstone does not win": _in(timeline, "_outlives", _outlives),
    "recovery overwrites what was committed meanwhile": lambda: _script("then return 0 end\nfor i", "then end\nfor i"),
    "recovery returns what it did not compare": _in(Store, "heal", _heal_unverified),
    "memory has a change before storage": _in(Store, "_try", _serve_early),
    "acts are committed on what they did not read": lambda: _script("current ~= read[3]", "false"),
    "keys are ignored": lambda: _script("for i = 11, #KEYS do\n  local", "for i = 99, #KEYS do\n  local"),
    "a repeated request makes another post": _in(StoredView, "new_id", lambda self, kind: secrets.token_urlsafe(9)),
    "replicas are not waited for": _in(Store, "_replicated", _replicated),
    "another server confirms": _in(Store, "_confirm", _confirm),
    "drafts of blogs are public": _in(Tails, "public", Tails.timeline),
    "the desk's changes go to readers": _in(process.Listener, "deliver", _to_readers),
    "a tombstone says when": _in(process, "present", _present),
    "the tally of a replaced state counts as sent": _in(Transport, "_replace", _keeps_tally),
    "a tally that was sent once is not sent again": _in(Transport, "_change", _once_each),
    "a replaced state is not sent": _in(Transport, "_replace", lambda self, slug, sync: None),
}
CLIENT: dict[str, Callable[[], Planting]] = {
    "a known change is applied again": _in(Follower, "change", lambda self, m: _change(self, m, known=False)),
    "a gap is not noticed": _in(Follower, "change", lambda self, m: _change(self, m, gaps=False)),
    "another epoch is not noticed": _in(Follower, "change", lambda self, m: _change(self, m, epochs=False)),
    "head is ignored": _in(Follower, "head", lambda self, message: None),
    "a reset keeps objects": _in(Follower, "_apply", _keeps_objects),
    "the position moves although applying failed": _in(Follower, "_apply", _position_first),
    "another history is not noticed": _in(Follower, "_forked", lambda self, message: False),
    "a late sync is applied to another state": _in(Follower, "_is_late", property(lambda self: False)),
}
