"""Catch-ups, made once for all clients that come back with the same position, in each form that they are sent in."""

from __future__ import annotations

from functools import cached_property

import msgspec

from ..model import Position, position_id
from ..protocol import CatchUpPayload, Present, catch_up
from ..timeline import Timeline
from . import packets

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

    def __init__(self, missed: CatchUpPayload) -> None:
        self.position = Position(missed["epoch"], missed["seq"])
        encoded = msgspec.json.encode(missed["objects"])
        self.size = len(encoded)
        self._whole: dict[str, object] = {**missed, "objects": msgspec.Raw(encoded)}

    def payload(self, objects: object) -> dict[str, object]:
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


class CatchUps:
    """The catch-ups of one process. `present` makes the public JSON of objects."""

    def __init__(self, present: Present) -> None:
        self._present = present
        self._syncs: dict[tuple[str, Position | None], Sync] = {}
        self._kept = 0

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

    def forget(self, slug: str) -> None:
        """Let go of the catch-ups that were kept for a blog."""
        if self._syncs:
            self._syncs = {key: sync for key, sync in self._syncs.items() if key[0] != slug}
            self._kept = sum(map(_cost, self._syncs.values()))


def _cost(sync: Sync) -> int:
    """Bytes that a kept catch-up takes, about: its objects in up to four forms."""
    return 4 * sync.size + 2000
