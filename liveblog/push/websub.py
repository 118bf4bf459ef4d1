"""Notifies a WebSub hub that feeds have changed (W3C WebSub, and the `hub.mode=publish` that hubs agree on).

Every process has a notifier; for each change the one that holds the blog's lease in storage notifies the hub. Storage
also keeps the position that was announced, so that a change is announced even if that process dies. No commit waits
for this.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from ..errors import Unavailable
from ..model import Position
from ..outgoing import Failed, ask, connection, target_of
from ..timeline import Summary
from ..watch import counts
from ..watch.episodes import Episode

log = logging.getLogger(__name__)

SETTLE = 1.5
"""Seconds between a change and its notification. A burst has one, and proxies no longer hold the older feed then."""
SWEEP = 30.0
"""Seconds between two searches for changes that were not announced because the process in charge died."""
PATIENCE = 10.0
"""Seconds a hub may take to answer."""
LEASE = 60
"""Seconds after which another process takes over from one that holds the lease and does not finish."""
BACKOFF = (2.0, 300.0)
"""Shortest and longest pause in seconds after a failure; it doubles with each."""
TRIES = 12
"""Failures in a row (about half an hour) after which a change is given up; the next change starts a new count."""


class Records(Protocol):
    """What the notifier needs from the store."""

    def put(self, name: str, value: bytes, *, ttl: int | None = None, new: bool = False) -> bool: ...
    def get(self, name: str, *, take: bool = False) -> bytes | None: ...
    def drop(self, *names: str) -> None: ...


class HubFailed(Exception):
    """The hub refused the notification; the message says why."""


class Due(Struct):
    """When a blog's next notification is due, and how often it has failed."""

    at: float
    failures: int = 0


class HubNotifier:
    """`blogs()` returns all blogs, `topics(slug)` the addresses of a blog's feeds; `tell(topic)` notifies the hub or
    raises `HubFailed`."""

    def __init__(
        self,
        records: Records,
        blogs: Callable[[], Iterable[Summary]],
        topics: Callable[[str], list[str]],
        tell: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records, self._blogs, self._topics, self._tell = records, blogs, topics, tell
        self._clock = clock
        self._due: dict[str, Due] = {}
        self._swept = float("-inf")
        self._told: dict[str, Position] = {}
        self._noted = threading.Event()
        self._failing = Episode(log, "the hub refuses notifications", "the hub accepts notifications again")

    def note(self, slug: str) -> None:
        """Note that the blog has changed. Never waits."""
        known = self._due.get(slug)
        if known is None or known.failures:  # after a new change it tries again soon
            self._due[slug] = Due(self._clock() + SETTLE)
            self._noted.set()

    def run(self) -> None:
        """Run for as long as the process lives, in a greenlet of its own."""
        while True:
            try:
                pause = self.step(self._clock())
            except Exception:  # without a notifier no subscriber would get changes any more
                log.exception("the notifier failed and continues")
                pause = BACKOFF[0]
            self._noted.wait(pause)
            self._noted.clear()

    def step(self, now: float) -> float:
        """Send the notifications that are due. Returns the seconds until the next step, if no change comes before."""
        if now >= self._swept + SWEEP:
            self._swept = now
            for summary in self._blogs():
                self._due.setdefault(summary.blog.id, Due(now))
        ripe = {slug: due for slug, due in self._due.items() if due.at <= now}
        for summary in self._blogs() if ripe else []:
            slug = summary.blog.id
            if slug not in ripe:
                continue
            del self._due[slug]  # a change that is noted meanwhile is due again
            again = self._bring(summary, ripe.pop(slug), now)
            if again is not None:
                self._due.setdefault(slug, again)
        for slug in ripe:  # deleted
            del self._due[slug]
        soonest = min((due.at for due in self._due.values()), default=now + SWEEP)
        return max(0.0, min(soonest, self._swept + SWEEP) - now)

    def _bring(self, summary: Summary, due: Due, now: float) -> Due | None:
        """Notify the hub of one blog, unless another process has; returns when to try again."""
        if not summary.blog.is_public:
            return None
        slug, position = summary.blog.id, summary.position
        try:
            if self._is_told(slug, position):
                return None
            if not self._records.put(_key(slug, "lease"), b"1", ttl=LEASE, new=True):
                return Due(now + BACKOFF[0], due.failures)  # another process is doing it
            try:
                if not self._is_told(slug, position):
                    for topic in self._topics(slug):
                        self._tell(topic)
                        counts.hub_notices.add("accepted")
                        self._failing.end()
                    self._records.put(_key(slug, "told"), msgspec.json.encode(position))
            finally:
                self._records.drop(_key(slug, "lease"))
        except (HubFailed, Unavailable) as no:
            if isinstance(no, HubFailed):
                counts.hub_notices.add("refused")
                self._failing.met(str(no))
            return self._failed(summary, due, now, str(no))
        return None

    def _failed(self, summary: Summary, due: Due, now: float, why: str) -> Due | None:
        slug = summary.blog.id
        failures = due.failures + 1
        if failures >= TRIES:
            counts.hub_notices.add("given_up")
            log.error("the hub was not notified: blog %s, given up: %s", slug, why)
            self._told[slug] = summary.position
            return None
        log.debug("the hub was not notified: blog %s, try %d: %s", slug, failures, why)
        return Due(now + min(BACKOFF[1], BACKOFF[0] * 2 ** (failures - 1)), failures)

    def _is_told(self, slug: str, position: Position) -> bool:
        if self._told.get(slug) == position:
            return True  # also for a change that was given up, so that the sweep does not start again with it
        stored = self._records.get(_key(slug, "told"))
        told = msgspec.json.decode(stored, type=Position) if stored else Position("", 0)
        if told.epoch != position.epoch or told.seq < position.seq:
            return False
        self._told[slug] = position
        return True


def _key(slug: str, name: str) -> str:
    return f"lb:{{{slug}}}:hub:{name}"


def publish(hub: str, topic: str) -> None:
    """One notification. Raises `HubFailed` unless the hub answers with 2xx in time."""
    body = urlencode({"hub.mode": "publish", "hub.url": topic}).encode()
    sent = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        status = ask(connection(hub, patience=PATIENCE), "POST", target_of(hub), body, sent, patience=PATIENCE).status
    except Failed as no:
        raise HubFailed(str(no)) from None
    if not 200 <= status < 300:
        raise HubFailed(f"HTTP {status}")
