"""The tails: one process's memory of the blogs it serves, kept true by reading on from its own position.

A lost connection costs time and never a post: the next read goes on where the last one ended.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from ..errors import NotFound, Unavailable
from ..model import Change, Position, Scope
from ..timeline import Gap, Timeline

log = logging.getLogger(__name__)

BLOCK_MS = 1000
BACKOFF = (0.05, 1.0)
"""Shortest and longest pause between two tries while storage is away, in seconds."""

SHARED_SECONDS = 1.0
"""How long a failed load stands for everybody who asks for a blog that is not loaded yet."""

Deliver = Callable[[str, "Change | None", "Timeline | None"], None]
"""Called with a blog's slug, the change (None: the state was replaced) and the timeline (None: the blog is gone)."""


class Source(Protocol):
    """What a tail needs of the store."""

    def load(self, slug: str, scope: Scope = "public") -> Timeline: ...
    def follow(
        self, slug: str, scope: Scope, epoch: str, after: int, block_ms: int, mark: str = "", *, sure: bool = False
    ) -> list[Change]: ...
    def heal(self, slug: str, timeline: Timeline, scope: Scope = "public") -> Timeline: ...


class Tail:
    """One blog's timeline of one scope in memory. `healthy` says whether the last read reached storage."""

    def __init__(self, source: Source, slug: str, deliver: Deliver, scope: Scope = "public") -> None:
        self.slug = slug
        self.timeline: Timeline | None = source.load(slug, scope)
        self._scope = scope
        self.healthy = True
        self._source = source
        self._deliver = deliver
        self._moved = threading.Condition()
        self._pause = BACKOFF[0]
        self._sure = False  # whether the last step read the change that led to where we are

    def step(self, block_ms: int = BLOCK_MS) -> float:
        """Read on once, waiting up to `block_ms`. Returns how many seconds to pause before the next step."""
        try:
            if self.timeline is None:
                self._replace(self._source.load(self.slug, self._scope))
            else:
                self._read(self.timeline, block_ms)
        except Unavailable:
            return self._failed()
        except NotFound:  # deleted; it may be opened again
            self.healthy, self._pause = True, BACKOFF[0]
            return BACKOFF[1]
        except Exception:  # whatever it is: a tail that ended would leave its readers behind for ever
            log.exception("tail failed, goes on: blog %s", self.slug)
            return self._failed()
        self.healthy, self._pause = True, BACKOFF[0]
        return 0.0

    def _failed(self) -> float:
        self.healthy = False
        self._pause = min(self._pause * 2, BACKOFF[1])
        return self._pause

    def _read(self, timeline: Timeline, block_ms: int) -> None:
        sure, self._sure = self._sure, False
        try:
            epoch, seq, mark = timeline.epoch, timeline.seq, timeline.mark
            for change in self._source.follow(self.slug, self._scope, epoch, seq, block_ms, mark, sure=sure):
                if timeline.apply(change):
                    self._tell(change, timeline)
                    self._sure = True
        except Gap as gap:
            self._recover(gap.reason, timeline)

    def _recover(self, reason: str, timeline: Timeline) -> None:
        """Whatever broke the continuity: what only this memory has is offered before it is replaced."""
        try:
            healed = self._source.heal(self.slug, timeline, self._scope)
        except NotFound:  # deleted on purpose
            self.timeline = None
            self._tell(None, None)
            return
        log.warning(
            "continuity lost (%s), state replaced: blog %s seq %d to %d", reason, self.slug, timeline.seq, healed.seq
        )
        self._replace(healed)

    def _replace(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._tell(None, timeline)

    def _tell(self, change: Change | None, timeline: Timeline | None) -> None:
        try:
            self._deliver(self.slug, change, timeline)
        finally:
            self._wake()  # who polls gets it even when delivering to sockets failed

    def _wake(self) -> None:
        with self._moved:
            self._moved.notify_all()

    def wait(self, position: Position, timeout: float) -> bool:
        """Wait until there is something after `position`; False when nothing came within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._moved:
            while self.timeline is not None and self.timeline.position == position:
                if not self._moved.wait(max(0.0, deadline - time.monotonic())):
                    return False
        return True


class Tails:
    """One process's tails of one scope: a blog is loaded, and followed from then on, when it is first asked for."""

    def __init__(
        self,
        source: Source,
        deliver: Deliver,
        spawn: Callable[[Callable[[], None]], object],
        *,
        scope: Scope = "public",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scope = scope
        self._clock = clock
        self._failed = float("-inf")  # when storage last failed to load a blog
        self._source = source
        self._deliver = deliver
        self._spawn = spawn
        self._tails: dict[str, Tail] = {}
        self._loading = threading.Lock()
        self._stopped = threading.Event()

    def timeline(self, slug: str) -> Timeline:
        """The blog's timeline, from memory after the first time. Raises `NotFound`, `Unavailable`."""
        timeline = self.tail(slug).timeline
        if timeline is None:
            raise NotFound(f"there is no blog {slug}")
        return timeline

    def public(self, slug: str) -> Timeline:
        """The timeline of a blog that readers may see. Raises `NotFound`, also for a draft, and `Unavailable`."""
        timeline = self.timeline(slug)
        if not timeline.blog.is_public:
            raise NotFound(f"there is no blog {slug}")
        return timeline

    def tail(self, slug: str) -> Tail:
        found = self._tails.get(slug)
        return found if found is not None else self._load(slug)

    def _load(self, slug: str) -> Tail:
        asked = self._clock()
        with self._loading:  # a full house that comes at once loads it once
            if slug not in self._tails:
                tail = self._open(slug, asked)
                self._tails[slug] = tail
                self._spawn(lambda: self._run(tail))
            return self._tails[slug]

    def _open(self, slug: str, asked: float) -> Tail:
        """Storage that hangs takes seconds to fail: who waited for that, or comes just after, shares the outcome."""
        if asked < self._failed + SHARED_SECONDS:
            raise Unavailable("the storage cannot be reached; try again in a moment", retry_after=1)
        try:
            return Tail(self._source, slug, self._deliver, self._scope)
        except Unavailable:
            self._failed = self._clock()
            raise

    def _run(self, tail: Tail) -> None:
        while not self._stopped.is_set():
            pause = tail.step()
            if pause:
                self._stopped.wait(pause)

    def wait(self, slug: str, position: Position, timeout: float) -> bool:
        """Wait until the blog has something after `position`; False when nothing came within `timeout` seconds."""
        return self.tail(slug).wait(position, timeout)

    def reach(self, slug: str, seq: int, timeout: float = 1.0) -> None:
        """Give this process's memory a moment to hold a commit, so that writers read their own writes."""
        deadline = time.monotonic() + timeout
        tail = self.tail(slug)
        while tail.timeline is not None and tail.timeline.seq < seq and (left := deadline - time.monotonic()) > 0:
            tail.wait(tail.timeline.position, left)

    def position(self, slug: str) -> Position | None:
        """Where the blog in memory is; None for one that is not there."""
        tail = self._tails.get(slug)
        return tail.timeline.position if tail is not None and tail.timeline is not None else None

    @property
    def served(self) -> dict[str, Timeline]:
        """The timelines in memory."""
        return {slug: tail.timeline for slug, tail in self._tails.items() if tail.timeline is not None}

    @property
    def healthy(self) -> bool:
        return all(tail.healthy for tail in self._tails.values())

    def stop(self) -> None:
        """Let every tail end after its current step."""
        self._stopped.set()
