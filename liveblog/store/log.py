"""How a process follows the logs of its blogs: one request reads all of them and waits for the first change of any."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from redis import ResponseError

from ..errors import Unavailable
from ..model import Change, Forks, Object, Scope
from ..timeline import Gap, Place
from .connection import TIMEOUT, Address, Entries
from .format import read
from .integrity import is_true
from .keys import key_of

log = logging.getLogger(__name__)

LONGEST_BLOCK = 1.0
"""Seconds that a request may wait; its connection times out a little later. Without a time-out, a server that hangs
without closing its connections would hang the reader for ever."""
MOST_CHANGES = 500
"""Maximum changes of one log in one answer."""
POLL_SECONDS = 0.05
"""Seconds between two polls of a cluster's logs: one command there cannot wait for keys of several slots."""


class Log:
    """Follows the logs, on a connection of its own, because a waiting request occupies its connection."""

    def __init__(self, address: Address) -> None:
        self._is_cluster = address.is_cluster
        self._connection = address.connection(timeout=LONGEST_BLOCK + TIMEOUT, at_once=2)
        self._waker = address.connection(at_once=2)
        self._id = 0
        """The server's id of the waiting connection."""
        self._woken = False

    def read_on(self, places: Sequence[Place], block_ms: int) -> list[list[Change] | Gap]:
        """Return for each place the changes after it, or a `Gap` where continuity is lost.

        Waits up to `block_ms` milliseconds for the first change of any. Raises `Unavailable`.
        """
        with self._connection.use():
            newest = self._newest(places)
            lost = any(isinstance(each, Gap) for each in newest)
            names = {key_of(place.slug, f"{place.scope}:log").encode(): place for place in places}
            logs = {name: f"{place.seq}-0" for name, place in names.items()}
            block, self._woken = 0 if lost or self._woken else block_ms, False
            entries = self._poll(logs, block) if self._is_cluster else self._wait(logs, block)
        return [
            place_newest if isinstance(place_newest, Gap) else _changes(place, entries.get(name, []), place_newest)
            for (name, place), place_newest in zip(names.items(), newest, strict=True)
        ]

    def wake(self) -> None:
        """End the current wait, if there is one, because it does not cover a blog that was just added."""
        self._woken = True
        if self._is_cluster or not self._id:
            return
        try:
            with self._waker.use() as client:
                client.client_unblock(self._id)
        except (Unavailable, ResponseError):
            return  # perhaps not permitted; the wait ends by itself

    def _newest(self, places: Sequence[Place]) -> list[int | Gap]:
        """The `seq` that storage has reached at each place; 0 for a place that need not be read."""
        asked = [place for place in places if not place.sure]
        if not asked:
            return [0] * len(places)
        with self._connection.client.pipeline(transaction=False) as pipe:
            if not self._is_cluster:
                pipe.client_id()
            for place in asked:
                pipe.hmget(key_of(place.slug, "meta"), ["epoch", place.scope, f"{place.scope}:mark"])
            answers = pipe.execute()
        if not self._is_cluster:
            self._id = int(answers.pop(0))
        found = dict(zip(asked, (_seq_or_gap(*each) for each in zip(asked, answers, strict=True)), strict=True))
        return [found.get(place, 0) for place in places]

    def _wait(self, logs: Mapping[bytes, str], block_ms: int) -> dict[bytes, Entries]:
        asked: dict[Any, Any] = dict(logs)
        return _by_log(self._connection.client.xread(asked, count=MOST_CHANGES, block=block_ms or None))

    def _poll(self, logs: Mapping[bytes, str], block_ms: int) -> dict[bytes, Entries]:
        deadline = time.monotonic() + block_ms / 1000
        while True:
            with self._connection.client.pipeline(transaction=False) as pipe:
                for name, after in logs.items():
                    pipe.xread({name: after}, count=MOST_CHANGES)
                found: dict[bytes, Entries] = {}
                for answer in pipe.execute():
                    found |= _by_log(answer)
            if found or self._woken or time.monotonic() >= deadline:
                return found
            time.sleep(POLL_SECONDS)


def _by_log(answer: Any) -> dict[bytes, Entries]:
    """XREAD's answer by log, in either version of the protocol; the newer one nests each log's entries once more."""
    batches = answer.items() if isinstance(answer, dict) else answer or []
    return {name: batch[0] if batch and isinstance(batch[0], list) else batch for name, batch in batches}


def _seq_or_gap(place: Place, found: list[bytes | None]) -> int | Gap:
    epoch, reached, mark = found
    seq = int(reached or 0)
    if epoch is None:
        return Gap("gone")
    if epoch.decode() != place.epoch:
        return Gap("epoch")
    if seq < place.seq:
        return Gap("behind")
    if seq == place.seq and place.mark and mark and mark.decode() != place.mark:
        return Gap("forked")
    return seq


def _changes(place: Place, entries: Entries, newest: int) -> list[Change] | Gap:
    changes = [_change(id, fields) for id, fields in entries if is_true(fields)]
    if len(changes) < len(entries):
        log.error("the log is damaged after seq %d, the blog is loaded anew: blog %s", place.seq, place.slug)
        return Gap("damaged")
    for expected, change in enumerate(changes, place.seq + 1):
        if change.epoch != place.epoch:
            return Gap("epoch")
        if change.seq != expected:
            return Gap("trimmed")
    if not changes and newest > place.seq:
        return Gap("trimmed")
    return changes


def log_faults(scope: Scope, entries: Entries, reached: int) -> list[str]:
    """What is wrong with a log, a sentence each. It may be empty or begin anywhere; it ends at the last change."""
    seqs = [int(id.partition(b"-")[0]) for id, _ in entries]
    found = [
        f"change {seq} of the {scope} log is damaged"
        for seq, (_, fields) in zip(seqs, entries, strict=True)
        if not is_true(fields)
    ]
    if seqs and seqs != [*range(seqs[0], reached + 1)]:
        found.append(f"the {scope} log lacks changes up to {reached}")
    return found


def _change(id: bytes, fields: dict[bytes, bytes]) -> Change:
    return Change(
        epoch=fields[b"epoch"].decode(),
        seq=int(id.partition(b"-")[0]),
        at=fields[b"at"].decode(),
        objects=read(fields[b"objects"], list[Object]),
        after=fields.get(b"after", b"").decode(),
        mark=fields.get(b"mark", b"").decode(),
        forks=forks_of(fields.get(b"forks")),
    )


def forks_of(stored: bytes | None) -> Forks:
    """The ranges that `commit.lua` has noted."""
    return tuple((int(after), int(upto)) for after, upto in re.findall(rb"(\d+)-(\d+)", stored or b""))
