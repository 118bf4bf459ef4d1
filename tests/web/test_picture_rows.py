"""Rows of pictures: in order, filled, of a good shape, hardly cropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveblog.model import Media
from liveblog.web.picture_rows import MOST, NARROWEST, STEPS, WIDEST, rows

LANDSCAPE, PORTRAIT, SQUARE, PANORAMA, TOWER = (1500, 1000), (1000, 1500), (800, 800), (3200, 500), (300, 1800)
Size = tuple[int, int]


def pictures(*sizes: Size) -> list[Media]:
    return [Media(name=f"{n}.webp", width=width, height=height, alt="x") for n, (width, height) in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([LANDSCAPE] * 2, [2]),
        ([LANDSCAPE] * 3, [1, 2]),
        ([LANDSCAPE] * 4, [2, 2]),
        ([LANDSCAPE] * 5, [1, 2, 2]),
        ([LANDSCAPE] * 7, [1, 2, 2, 2]),
        ([LANDSCAPE] * 10, [2] * 5),
        ([PORTRAIT] * 3, [3]),
        ([PORTRAIT] * 4, [2, 2]),
        ([LANDSCAPE, PORTRAIT], [2]),
        ([PANORAMA, PORTRAIT, PORTRAIT, PORTRAIT], [1, 3]),
    ],
)
def test_usual_galleries(sizes: list[Size], expected: list[int]) -> None:
    assert [len(row) for row in rows(pictures(*sizes))] == expected


@given(st.lists(st.tuples(st.integers(1, 8000), st.integers(1, 8000)), max_size=12))
def test_any_pictures_keep_their_order_and_fill_their_rows(sizes: list[Size]) -> None:
    media = pictures(*sizes)
    found = rows(media)
    assert [placed.picture for row in found for placed in row] == media
    for row in found:
        assert 1 <= len(row) <= MOST
        assert sum(placed.share for placed in row) == pytest.approx(1)
        for placed in row:
            cropped = placed.picture.width / placed.picture.height / 2 ** (placed.step / STEPS)
            assert placed.step in (NARROWEST, WIDEST) or abs(cropped - 1) < 0.061
