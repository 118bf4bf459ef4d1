"""The simulated server and a real one get the same acts, and store the same bytes."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

import pytest

from liveblog.errors import Refusal
from liveblog.model import Post, Scope, ref_of, rfc3339_ms
from liveblog.store import commits
from liveblog.store.commits import Commit, Store, request_key
from liveblog.timeline import Gap, Place, Timeline

from .client import Address
from .editor import ACTS, Chance, opening
from .memory import Node, Stream, shown
from .process import SLUG

LATE = 4_000_000_000_000
"""Milliseconds: after now, so that each commit's time is the one before and a millisecond, on both servers."""
SCOPES: tuple[Scope, ...] = ("public", "desk")


class Direct:
    """A link without a network."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def send(self, work: Callable[[Node], Any]) -> Any:
        return work(self.node)

    def confirmed(self, node: Node) -> int:
        return 0

    def renew(self) -> None:
        pass


class Both:
    """A real store and a simulated one, which are asked the same."""

    def __init__(self, real: Store, seed: int) -> None:
        self.node = Node({}, lambda: LATE, real.client.info("replication")["master_replid"])
        with mock.patch.object(commits, "Address", return_value=Address(Direct(self.node))):
            simulated = Store("", stream_length=5)
        real.stream_length = 5
        self.stores = (real, simulated)
        self._dice = [random.Random(seed) for _ in self.stores]
        for store in self.stores:
            store.client.hset(f"lb:{{{SLUG}}}:meta", "at_ms", str(LATE))

    def do(self, work: Callable[[Store, random.Random], Any]) -> Any:
        """What both answer, which must be the same."""
        answers = []
        for store, dice in zip(self.stores, self._dice, strict=True):
            secrets = SimpleNamespace(token_hex=lambda size, dice=dice: dice.randbytes(size).hex())
            with mock.patch.object(commits, "secrets", secrets):
                try:
                    answers.append(work(store, dice))
                except Refusal as no:
                    answers.append((type(no), no.detail, no.code))
        assert answers[0] == answers[1]
        return answers[0]

    def compare(self) -> None:
        """Both have the same under every key. Ids of history and audit log are the time of the server."""
        for name in ("meta", "public", "desk", "due"):
            there = cast("dict[bytes, bytes]", self.stores[0].client.hgetall(f"lb:{{{SLUG}}}:{name}"))
            assert there == self.node.data.get(f"lb:{{{SLUG}}}:{name}".encode(), {}), name
        for name in ("public:log", "desk:log", "history", "history:desk", "audit"):
            entries = cast("list[Any]", self.stores[0].client.xrange(f"lb:{{{SLUG}}}:{name}"))
            stream = self.node.data.get(f"lb:{{{SLUG}}}:{name}".encode(), Stream())
            with_id = name.endswith(":log")
            here = [(shown(id) if with_id else b"", fields) for id, fields in stream]
            there_too = [(id if with_id else b"", fields) for id, fields in entries]
            there_too = there_too[-len(here) :] if here else there_too  # a real one trims in blocks
            assert sorted(there_too, key=str) == sorted(here, key=str), name  # what one change replaces, in any order


def _state(timeline: Timeline) -> dict[str, object]:
    """The objects by name: those of one change come in any order."""
    return {ref_of(obj): obj for obj in timeline.objects}


def _perform(number: int) -> Callable[[Store, random.Random], Any]:
    def work(store: Store, dice: random.Random) -> Any:
        public, desk = store.load(SLUG), store.load(SLUG, "desk")
        _, fixed = dice.choice(ACTS)
        found = fixed(Chance(dice.random, public, desk, f"k{number}"))
        if found is None or not callable(found):
            return None
        memory = public if dice.random() < 0.5 else None
        key = request_key("account", f"k{number if dice.random() < 0.9 else number - 1}")
        done = store.perform(SLUG, found, by="Ana", key=key, memory=memory, note={"act": "act"})
        return done, dice.random()

    return work


@pytest.mark.parametrize("seed", range(4))
def test_both_servers_store_the_same(store: Store, seed: int) -> None:
    both = Both(store, seed)
    both.do(lambda store, _: store.perform(SLUG, lambda view: opening(view, "preview"), by="Ana"))
    done = 0
    for number in range(120):
        answer = both.do(_perform(number))
        done += isinstance(answer, tuple) and isinstance(answer[0], Commit)
        if number % 20 == 19:
            both.do(lambda store, _: [_state(store.load(SLUG, scope)) for scope in SCOPES])
            both.do(_heal(number))
            both.compare()
    assert done > 40
    both.compare()


def _heal(number: int) -> Callable[[Store, random.Random], Any]:
    """A process comes with a post and a tombstone that storage never had."""

    def work(store: Store, dice: random.Random) -> Any:
        mine, at = store.load(SLUG), rfc3339_ms(LATE + 1_000_000 * number)
        mine._put(Post(id=f"lost{number}", published_at=at, body="Lost.", seq=mine.seq), at)
        posts = mine.posts
        mine._put(Post(id=posts[-1].id, published_at=posts[-1].published_at, retracted=True, seq=mine.seq), at)
        healed = store.heal(SLUG, mine)
        return healed.epoch, healed.seq, _state(healed)

    return work


@pytest.mark.parametrize("back", [0, 1, 3, 10])
def test_both_servers_read_on_alike(store: Store, back: int) -> None:
    both = Both(store, 9)
    both.do(lambda store, _: store.perform(SLUG, lambda view: opening(view, "preview"), by="Ana"))
    for number in range(30):
        both.do(_perform(number))

    def read(store: Store, _: random.Random) -> Any:
        at = store.load(SLUG)
        (found,) = store.read_on([Place(SLUG, "public", at.epoch, max(0, at.seq - back))], 0)
        return found.reason if isinstance(found, Gap) else [change.seq for change in found]

    answers = [read(each, random.Random()) for each in both.stores]
    assert answers[0] == answers[1] or (answers[1] == "trimmed" and len(answers[0]) > 5)
