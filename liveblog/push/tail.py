"""One process's memory of the blogs in use. It stays current by reading the logs on from its own positions.

One `LogReader` reads for all of them, in both scopes, with one blocking request. A blog is loaded when somebody asks
for it and dropped when nobody has asked for a while. A lost connection costs time but never a post: the next read
continues where the last one ended.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from ..errors import Damaged, NotFound, Unavailable
from ..model import Asker, Change, Position, Scope
from ..timeline import Gap, Place, Timeline
from ..watch import counts
from ..watch.episodes import Episode

log = logging.getLogger(__name__)

BLOCK_MS = 1000
LATE_SECONDS = 5.0
"""Seconds without a read of the logs after which this process is late, and says so."""
BACKOFF = (0.05, 1.0)
"""Shortest and longest pause between two attempts while storage is away, in seconds."""
SHARED_SECONDS = 1.0
"""Seconds for which a failed load also fails all other requests for blogs that are not loaded yet."""
KEEP_SECONDS = 600.0
"""Seconds for which a blog stays in memory after the last request for it, unless a setting says otherwise."""
SWEEP_SECONDS = 5.0
"""Seconds between two searches for blogs to drop."""


class LogSource(Protocol):
    """What tails need from the store."""

    def load(self, slug: str, scope: Scope = "public") -> Timeline: ...
    def read_on(self, places: Sequence[Place], block_ms: int) -> Sequence[list[Change] | Gap]: ...
    def heal(self, slug: str, timeline: Timeline, scope: Scope = "public") -> Timeline: ...
    def wake(self) -> None: ...


class Listener(Protocol):
    """Receives a scope's changes."""

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        """Take a change (None: the state was replaced) and the timeline after it (None: the blog is gone)."""

    def is_followed(self, slug: str) -> bool:
        """Whether anybody has a connection for this blog; then it stays in memory."""

    def forget(self, slug: str) -> None:
        """Drop what is kept for a blog that leaves memory."""


class Tail:
    """One blog's timeline of one scope in memory. It follows the log from its position on."""

    def __init__(self, source: LogSource, slug: str, listener: Listener, scope: Scope = "public") -> None:
        self.slug = slug
        self.scope = scope
        self.timeline: Timeline | None = source.load(slug, scope)
        self.used = 0.0
        """The time of the last request for it, in seconds of the clock of `Tails`."""
        self.waiting = 0
        """How many requests wait for its next change."""
        self._source = source
        self._listener = listener
        self._moved = threading.Condition()
        self._stopped = False
        self.recovered = 0
        """How often in a row its state was replaced, instead of reading on."""
        self._sure = False  # whether the last read brought the change that led to our position

    @property
    def place(self) -> Place | None:
        """The place from which to read on; None once the blog is gone."""
        at = self.timeline
        return None if at is None else Place(self.slug, self.scope, at.epoch, at.seq, at.mark, self._sure)

    def take(self, found: list[Change] | Gap) -> None:
        """Apply and deliver the changes after `place`. Raises what the listener raises, and `Unavailable`."""
        timeline, self._sure = self.timeline, False
        if timeline is None:
            return
        if isinstance(found, Gap):
            self._recover(found.reason, timeline)
            return
        try:
            for change in found:
                if timeline.apply(change):
                    counts.changes.add(self.scope)
                    self._tell(change, timeline)
                    self._sure = True
            self.recovered = 0
        except Gap as gap:
            self._recover(gap.reason, timeline)

    def _recover(self, reason: str, timeline: Timeline) -> None:
        """Replace memory after any loss of continuity. What only memory has is first put back into storage."""
        counts.gaps.add(reason)
        try:
            healed = self._source.heal(self.slug, timeline, self.scope)
        except NotFound:  # deleted on purpose
            self.timeline = None
            self._tell(None, None)
            return
        log.warning(
            "continuity lost (%s), state replaced: blog %s seq %d to %d", reason, self.slug, timeline.seq, healed.seq
        )
        self.timeline = healed
        self.recovered += 1
        self._tell(None, healed)

    def _tell(self, change: Change | None, timeline: Timeline | None) -> None:
        try:
            self._listener.deliver(self.slug, change, timeline)
        finally:
            with self._moved:  # long polls get it even if delivery to sockets failed
                self._moved.notify_all()

    def stop(self) -> None:
        """End all waits for its next change, which nobody will bring."""
        with self._moved:
            self._stopped = True
            self._moved.notify_all()

    def wait(self, position: Position, timeout: float) -> bool:
        """Wait for something after `position`; False if nothing came in `timeout` seconds, or before the stop."""
        deadline = time.monotonic() + timeout
        self.waiting += 1
        try:
            with self._moved:
                while self.timeline is not None and self.timeline.position == position:
                    if self._stopped or not self._moved.wait(max(0.0, deadline - time.monotonic())):
                        return False
            return True
        finally:
            self.waiting -= 1


class LogReader:
    """Reads the logs for all tails of a process: one request, one connection, one greenlet, however many blogs."""

    def __init__(
        self,
        source: LogSource,
        spawn: Callable[[Callable[[], None]], object],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._spawn = spawn
        self._clock = clock
        self._tails: list[Tail] = []
        self._owners: list[Tails] = []
        self._pause = BACKOFF[0]
        self._swept = clock()
        self._running = False
        self._added = threading.Event()
        self._stopped = threading.Event()
        self.healthy = True
        """Whether the last read reached storage and could be applied."""
        self._read = clock()
        self._late = Episode(log, "the logs cannot be read: readers get changes late", "the logs are read again")

    @property
    def age(self) -> float:
        """Seconds since the last read that was healthy; 0 while there is nothing to read.

        A read waits up to `BLOCK_MS` for a change, so a second is fine.
        """
        return self._clock() - self._read if self._running and self._tails else 0.0

    def look(self) -> None:
        """Tell operators if this process is late; about once a second."""
        if self.age > LATE_SECONDS:
            self._late.met()
        else:
            self._late.end()

    def add(self, tail: Tail) -> None:
        """Read for a tail from now on. The first one starts the reading."""
        self._tails.append(tail)
        self._added.set()
        if not self._running:
            self._running, self._read = True, self._clock()
            self._spawn(self._run)
        else:
            self._source.wake()  # the current request does not cover this blog

    def drop(self, tail: Tail) -> None:
        self._tails.remove(tail)

    def owned_by(self, tails: Tails) -> None:
        """Sweep these tails from now on."""
        self._owners.append(tails)

    def _run(self) -> None:
        while not self._stopped.is_set():
            pause = self.step()
            if pause:
                self._stopped.wait(pause)

    def step(self, block_ms: int = BLOCK_MS) -> float:
        """Read once, waiting up to `block_ms`. Returns how many seconds to pause before the next step."""
        self._added.clear()
        tails = [(tail, place) for tail in self._tails if (place := tail.place) is not None]
        if not tails:
            self.healthy = True
            self._read = self._clock()
            self._added.wait(block_ms / 1000)
            return 0.0
        try:
            found = self._source.read_on([place for _, place in tails], block_ms)
            taken = [self._take(tail, each) for (tail, _), each in zip(tails, found, strict=True)]
            self.sweep()
            self.healthy = all(taken)
        except Unavailable:
            self.healthy = False
        except Exception:  # whatever it is: if the reader ended, all clients would stay behind for ever
            log.exception("reading the logs failed and continues")
            self.healthy = self._read_singly([tail for tail, _ in tails])
        if self.healthy:
            self._pause, self._read = BACKOFF[0], self._clock()
            return 0.0
        self._pause = min(self._pause * 2, BACKOFF[1])
        return self._pause

    def _take(self, tail: Tail, found: list[Change] | Gap) -> bool:
        """Whether a tail took what was read; one blog's fault must not affect the others.

        Two servers that both take themselves for the primary may answer in turn: then a state that is replaced again
        and again goes to all readers each time, so there are pauses between.
        """
        try:
            tail.take(found)
        except (Unavailable, Damaged):  # the store has logged what is damaged
            return False
        except Exception:
            log.exception("a change could not be delivered: blog %s", tail.slug)
            return False
        return tail.recovered < 2

    def _read_singly(self, tails: list[Tail]) -> bool:
        """After an answer that could not be read, read each log by itself to find the one at fault. Returns False."""
        for tail in tails:
            place = tail.place
            try:
                if place is not None:
                    tail.take(self._source.read_on([place], 0)[0])
            except Unavailable:
                return False
            except Exception:
                log.exception("a log cannot be read: blog %s", tail.slug)
        return False

    def sweep(self) -> None:
        """Drop the blogs that nobody needs. While storage is away, keep all: memory may be the only copy."""
        now = self._clock()
        if now >= self._swept + SWEEP_SECONDS:
            self._swept = now
            for tails in self._owners:
                tails.sweep()

    def stop(self) -> None:
        """End after the current step, and all waits for a change at once: a long poll would hold up the stop."""
        self._stopped.set()
        self._added.set()
        self._source.wake()
        for tail in [*self._tails]:
            tail.stop()


class Tails:
    """One process's tails of one scope. The first request for a blog loads it; from then on it is followed."""

    listener: Listener
    """Set once, by `create_app`: listeners read timelines, and tails deliver to listeners."""

    def __init__(
        self,
        source: LogSource,
        reader: LogReader,
        *,
        scope: Scope = "public",
        keep_seconds: float = KEEP_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scope: Scope = scope
        self._clock = clock
        self._keep_seconds = keep_seconds
        self._failed = float("-inf")  # when storage last failed to load a blog
        self._source = source
        self._reader = reader
        self._tails: dict[str, Tail] = {}
        self._loading = threading.Lock()
        reader.owned_by(self)

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

    def open_to(self, slug: str, asker: Callable[[], Asker | None]) -> Timeline:
        """The timeline for a client that may read it, also as a draft. `asker` is called for drafts only, and may wait.

        Raises `Unavailable`, and `NotFound` for somebody else's draft just as for a blog that does not exist.
        """
        if not self.timeline(slug).blog.is_public and not self.timeline(slug).blog.is_open_to(asker()):
            return self.public(slug)  # it may have become public meanwhile
        return self.timeline(slug)

    def tail(self, slug: str) -> Tail:
        found = self._tails.get(slug)
        if found is None or found.timeline is None:  # a deleted blog may exist again
            found = self._load(slug)
        found.used = self._clock()
        return found

    def _load(self, slug: str) -> Tail:
        asked = self._clock()
        with self._loading:  # many requests at once load it once
            known = self._tails.get(slug)
            if known is not None and known.timeline is None:
                self._let_go(known)
            if slug not in self._tails:
                tail = self._open(slug, asked)
                tail.used = self._clock()
                self._tails[slug] = tail
                self._reader.add(tail)
            return self._tails[slug]

    def _open(self, slug: str, asked: float) -> Tail:
        """Load a tail. Storage that hangs takes seconds to fail; requests that waited or come just after share this."""
        if asked < self._failed + SHARED_SECONDS:
            raise Unavailable("the storage cannot be reached; try again in a moment", retry_after=1)
        try:
            return Tail(self._source, slug, self.listener, self._scope)
        except Unavailable:
            self._failed = self._clock()
            raise

    def sweep(self) -> None:
        """Drop the blogs without a request in `keep_seconds`, without a waiting request and without a connection."""
        late = self._clock() - self._keep_seconds
        for tail in [tail for tail in self._tails.values() if tail.used < late and not tail.waiting]:
            if not self.listener.is_followed(tail.slug):
                self._let_go(tail)

    def _let_go(self, tail: Tail) -> None:
        del self._tails[tail.slug]
        self._reader.drop(tail)
        self.listener.forget(tail.slug)

    def wait(self, slug: str, position: Position, timeout: float) -> bool:
        """Wait until the blog has something after `position`; False as for `Tail.wait`."""
        return self.tail(slug).wait(position, timeout)

    def reach(self, slug: str, seq: int, timeout: float = 1.0) -> None:
        """Wait a moment until this process's memory contains a commit, so that writers read their own writes."""
        deadline = time.monotonic() + timeout
        tail = self.tail(slug)
        while tail.timeline is not None and tail.timeline.seq < seq:
            if not tail.wait(tail.timeline.position, deadline - time.monotonic()):
                return

    def memory(self, slug: str) -> Timeline | None:
        """The blog's timeline if it is in memory."""
        tail = self._tails.get(slug)
        if tail is None:
            return None
        tail.used = self._clock()
        return tail.timeline

    def position(self, slug: str) -> Position | None:
        """The position of a blog in memory; None if it is not in memory."""
        timeline = self.memory(slug)
        return None if timeline is None else timeline.position

    @property
    def served(self) -> dict[str, Timeline]:
        """The timelines in memory."""
        return {slug: tail.timeline for slug, tail in self._tails.items() if tail.timeline is not None}
