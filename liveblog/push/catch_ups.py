"""Catch-ups. Each is made once, and encoded once per form, for all clients that come back with the same position."""

from __future__ import annotations

from functools import cached_property

import msgspec

from ..model import Position, position_id
from ..protocol import CatchUpPayload, Cursor, Present, catch_up
from ..threads import Locks, in_turns
from ..timeline import Timeline
from . import frames, packets

LARGE = 256 * 1024
"""Bytes of objects above which a `sync` carries none and the client fetches `/changes`."""
RETRY_MS = 5000
"""Readers come back after a break at a random moment within this time."""
FAR = 50
"""Objects from which a catch-up is prepared in turns with other greenlets: each of them may have to be rendered."""
MOST_SYNCS = 64 * 1024 * 1024
"""Bytes of catch-ups that are kept for further clients with the same position."""

STRANGER = Position("", 0)
"""A position that fits no blog, because no epoch is empty."""


class Sync:
    """A catch-up after a position. Each form of it is made once."""

    def __init__(self, missed: CatchUpPayload) -> None:
        self.position = Position(missed["epoch"], missed["seq"], missed.get("mark", ""))
        self.kind = "whole" if missed["reset"] else "changes" if missed["objects"] else "empty"
        """What of the timeline it has, as `counts.catch_ups` names it."""
        encoded = msgspec.json.encode(missed["objects"])
        self.size = len(encoded)
        self._whole: dict[str, object] = {**missed, "objects": msgspec.Raw(encoded)}

    def payload(self, objects: object) -> dict[str, object]:
        """The `sync` event's payload, with the objects in this form; without any if they are too large together."""
        return {**self._whole, "objects": objects if self.size <= LARGE else None, "retry_ms": RETRY_MS}

    @cached_property
    def frame(self) -> bytes:
        """The `sync` event as a websocket frame."""
        return packets.event("sync", self.payload(self._whole["objects"]))

    @cached_property
    def compressed(self) -> bytes:
        """The same as a compressed frame."""
        return frames.compressed(self.frame)

    @cached_property
    def event(self) -> bytes:
        """The catch-up as a server-sent event, always with all objects."""
        whole = {**self._whole, "cursor": str(Cursor(self.position))}
        return packets.server_sent(position_id(self.position), whole)

    @cached_property
    def chunk(self) -> bytes:
        """The server-sent event as a chunk."""
        return packets.chunk(self.event)


class CatchUps:
    """The catch-ups of one process. `present` makes the public JSON of objects."""

    def __init__(self, present: Present) -> None:
        self._present = present
        self._syncs: dict[tuple[str, Position | None], Sync] = {}
        self._kept = 0
        self._preparing = Locks()

    def is_far(self, slug: str, timeline: Timeline, position: Position | None) -> bool:
        """Whether the catch-up after a position is to be prepared first, in a greenlet that may wait."""
        return (slug, _known(timeline, position)) not in self._syncs and len(timeline.since(position).objects) > FAR

    def prepare(self, slug: str, timeline: Timeline, position: Position | None) -> None:
        """Render what a far catch-up needs. The next one waits for the first, and finds it made."""
        with self._preparing.of(slug):
            if self.is_far(slug, timeline, position):
                in_turns(timeline.since(position).objects, lambda few: self._present(timeline, few))

    def sync(self, slug: str, timeline: Timeline, position: Position | None) -> Sync:
        """The catch-up after a position. All foreign positions get the same one."""
        position = _known(timeline, position)
        found = self._syncs.get((slug, position))
        if found is None:
            found = Sync(catch_up(timeline, position, self._present))
            if position is None:
                found.kind = "whole"
            if self._kept > MOST_SYNCS:
                self._syncs, self._kept = {}, 0
            self._syncs[slug, position] = found
            self._kept += _cost(found)
        return found

    def forget(self, slug: str) -> None:
        """Drop the catch-ups that are kept for a blog."""
        if self._syncs:
            self._syncs = {key: sync for key, sync in self._syncs.items() if key[0] != slug}
            self._kept = sum(map(_cost, self._syncs.values()))


def _known(timeline: Timeline, position: Position | None) -> Position | None:
    if position is None or not timeline.knows(position):
        return position and STRANGER
    return Position(position.epoch, position.seq)


def _cost(sync: Sync) -> int:
    """About how many bytes a kept catch-up takes: its objects in up to five forms."""
    return 5 * sync.size + 2000
