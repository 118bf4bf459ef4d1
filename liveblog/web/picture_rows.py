"""Sets a post's pictures in rows that fill their width: in their order, without holes, hardly cropped. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ..model import Media

MOST = 3
"""Pictures in a row."""
WIDE = 2.4
"""The shape (width by height) of a row at its best."""
COLUMN = 640
"""The width of a story in CSS pixels, on a wide screen."""
STEPS = 6
"""Shapes for each doubling: a picture gets the nearest, which cuts off at most 6 % of it."""
NARROWEST, WIDEST = -6, 12
"""The first and the last step: half as wide as high, four times as wide. Beyond, a picture beside others is cropped."""


class Placed(NamedTuple):
    """A picture in its row: `step` is its shape (CSS class `shape-<step>`), `share` its part of the width, up to 1."""

    picture: Media
    step: int
    share: float

    @property
    def sizes(self) -> str:
        """The `sizes` of an image: its width in the page."""
        if self.share == 1:
            return f"(min-width: 43rem) {min(self.picture.width, COLUMN)}px, calc(100vw - 2rem)"
        return f"(min-width: 43rem) {round(self.share * COLUMN)}px, {math.ceil(self.share * 100)}vw"


def rows(media: Sequence[Media]) -> list[list[Placed]]:
    """The pictures in rows, each of which has about the shape `WIDE`."""
    steps = [_step(picture) for picture in media]
    found = []
    for start, end in _cut(tuple(steps)):
        whole = sum(map(_shape, steps[start:end]))
        each = zip(media[start:end], steps[start:end], strict=True)
        found.append([Placed(picture, step, _shape(step) / whole) for picture, step in each])
    return found


def _step(picture: Media) -> int:
    return min(WIDEST, max(NARROWEST, round(STEPS * math.log2(picture.width / picture.height))))


def _shape(step: int) -> float:
    return float(2 ** (step / STEPS))


@lru_cache(maxsize=512)
def _cut(steps: tuple[int, ...]) -> list[tuple[int, int]]:
    """Where the rows begin and end: of all ways, the one whose rows are least narrow or wide together.

    Of equal ones it is the one with the large picture first.
    """
    best: list[tuple[float, list[tuple[int, int]]]] = [(0.0, [])] * (len(steps) + 1)
    for start in reversed(range(len(steps))):
        ways = []
        for end in range(start + 1, min(start + MOST, len(steps)) + 1):
            cost = math.log2(sum(map(_shape, steps[start:end])) / WIDE) ** 2
            ways.append((round(cost + best[end][0], 6), [(start, end), *best[end][1]]))
        best[start] = min(ways)
    return best[0][1]
