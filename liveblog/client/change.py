"""What a follower passes on: the objects that came after a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

Object = dict[str, Any]
"""A blog, category or post as docs/protocol.md describes it."""


class Position(NamedTuple):
    """How much of a blog a program has. Keep it as JSON, and return with `Position(*json.loads(kept))`."""

    epoch: str
    seq: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Objects in their newest version, up to `position`; with `reset` all there are, in the place of what you have.

    `tally` is the HTML of the tally if it came along; else the last one is still right.
    """

    position: Position
    reset: bool
    objects: list[Object]
    tally: str | None = None

    def update(self, held: dict[str, Object]) -> None:
        """Apply it to a dict of objects by `kind:id`. Retracted posts and removed categories stay as tombstones."""
        if self.reset:
            held.clear()
        held.update({f"{each['kind']}:{each['id']}": each for each in self.objects})
