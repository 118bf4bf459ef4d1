"""What readers are told on /live: `sync`, `change`, `head` and `bye` (docs/protocol.md). Sockets only deliver.

How it reaches them is the carrier's business (`transport.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Protocol

import msgspec

from ..model import Change, Position, position_id
from ..protocol import Present, catch_up, step
from ..timeline import Timeline
from . import packets
from .tail import Tails

LARGE = 256 * 1024
"""Bytes of objects above which a `sync` carries none and the client fetches `/changes`."""
RETRY_MS = 5000
"""Within this time, at random, readers come back after a break."""
MOST_SYNCS = 64 * 1024 * 1024
"""Bytes of catch-ups that are kept for others with the same position."""

STRANGER = Position("", 0)
"""No epoch is empty."""


class Sync:
    """A catch-up after a position, made once for all who come back with it, in each form once."""

    def __init__(self, missed: dict[str, Any]) -> None:
        self.position = Position(missed["epoch"], missed["seq"])
        encoded = msgspec.json.encode(missed["objects"])
        self.size = len(encoded)
        self._whole = {**missed, "objects": msgspec.Raw(encoded)}

    def payload(self, objects: Any) -> dict[str, Any]:
        """The `sync` event's payload, with its objects in this form; none of them when they are too large together."""
        return {**self._whole, "objects": objects if self.size <= LARGE else None, "retry_ms": RETRY_MS}

    @cached_property
    def frame(self) -> bytes:
        """The `sync` event as a websocket frame."""
        return packets.event("sync", self.payload(self._whole["objects"]))

    @cached_property
    def event(self) -> bytes:
        """The catch-up as a server-sent event, always whole."""
        return packets.server_sent(position_id(self.position), self._whole)

    @cached_property
    def chunk(self) -> bytes:
        """The same as a chunk."""
        return packets.chunk(self.event)


Reached = Callable[[str, int], None]
"""Called when a blog's readers, so many, have what was cast so far; those who do not take it are not among them."""


class Carrier(Protocol):
    """Carries messages to the readers of one process. Nothing here waits for a reader."""

    reached: Reached

    def start(self) -> None: ...
    def change(self, slug: str, payload: dict[str, Any]) -> None: ...
    def replace(self, slug: str, sync: Sync) -> None: ...
    def bye(self, payload: dict[str, Any]) -> None: ...
    def end(self, slug: str) -> None: ...
    def forget(self, slug: str) -> None: ...
    def close_all(self) -> None: ...
    def readers(self, slug: str | None = None) -> int: ...


class Sockets:
    """Who may listen, and what they are told."""

    def __init__(self, present: Present) -> None:
        self.tails: Tails  # set by create_app: tails deliver to sockets, sockets read from tails
        self.carrier: Carrier  # likewise
        self._present = present
        self._syncs: dict[tuple[str, Position | None], Sync] = {}
        self._kept = 0

    # -- joining

    def sync(self, slug: str, timeline: Timeline, position: Position | None) -> Sync:
        """The catch-up after a position; all who have a foreign one get the same."""
        if position is not None and (position.epoch != timeline.epoch or position.seq > timeline.seq):
            position = STRANGER
        found = self._syncs.get((slug, position))
        if found is None:
            found = Sync(catch_up(timeline, position, self._present))
            if self._kept > MOST_SYNCS:
                self._syncs, self._kept = {}, 0
            self._syncs[slug, position] = found
            self._kept += _cost(found)
        return found

    def readers(self, slug: str | None = None) -> int:
        """How many readers this process has, of one blog or of all."""
        return self.carrier.readers(slug)

    # -- telling

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        """Tell a blog's readers about a change; without one the state was replaced, and everybody gets it whole.

        Without a timeline the blog is gone, and its readers' connections end.
        """
        self.forget(slug)
        if timeline is None:
            self.carrier.end(slug)
        elif change is None:
            self.carrier.replace(slug, self.sync(slug, timeline, STRANGER))
        else:
            self.carrier.change(slug, step(timeline, change, self._present))

    def forget(self, slug: str) -> None:
        """Let go of the catch-ups that were kept for a blog."""
        if self._syncs:
            self._syncs = {key: sync for key, sync in self._syncs.items() if key[0] != slug}
            self._kept = sum(map(_cost, self._syncs.values()))

    def bye(self) -> None:
        """Ask everybody to come back within a spread of time, before a planned stop."""
        self.carrier.bye({"retry_ms": RETRY_MS})


def _cost(sync: Sync) -> int:
    """Bytes that a kept catch-up takes, about: its objects in up to four forms."""
    return 4 * sync.size + 2000
