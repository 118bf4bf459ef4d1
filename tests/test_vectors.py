"""Rules that exist in Python and in JavaScript are tested with the same vectors (tests/js runs the other half)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from liveblog.model import Post
from liveblog.timeline import PAGE, Timeline

VECTORS = Path(__file__).parent / "vectors"


@pytest.mark.parametrize(("posts", "pages", "cut"), json.loads((VECTORS / "paging.json").read_text()))
def test_the_cut_between_live_and_older_pages(posts: int, pages: int, cut: int) -> None:
    """`pages` older pages; the live page begins after the place `cut`."""
    ids = [f"{number:05}" for number in range(1, posts + 1)]
    timeline = Timeline("night", posts, [Post(id=id, published_at=id, seq=int(id)) for id in ids])
    assert (timeline.pages, timeline.pages * PAGE) == (pages, cut)
    assert [post.id for post in timeline.live_posts()] == ids[cut:][::-1]
