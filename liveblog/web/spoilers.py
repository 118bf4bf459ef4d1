"""What the page must know to hide results for readers who watch later (`static/js/reader/spoilers.js` has the rule)."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Blog, Category
from ..timeline import Timeline


def first_results(timeline: Timeline) -> dict[str, str]:
    """When each category's first result was public, by its id, as RFC 3339 UTC: `announced_at` is that of the last."""
    found: dict[str, str] = {}
    for obj in timeline.telling:
        if isinstance(obj, Category):
            id, times = obj.id, [each.at for each in obj.corrections]
            times += [obj.announced_at] if obj.announced_at else []
        elif obj.type == "result" and obj.category:
            id, times = obj.category, [obj.published_at]
        else:
            continue
        if times:
            found[id] = min([*times, *([found[id]] if id in found else [])])
    return found


def reworded(blog: Blog, first: Mapping[str, str]) -> bool:
    """Whether the blog's title or summary was changed since the first result, so that it may tell it."""
    return blog.reworded_at is not None and bool(first) and blog.reworded_at >= min(first.values())
