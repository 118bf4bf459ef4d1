"""Posts for agencies and newsrooms: IPTC's ninjs 2.1, each post as an item, the live page and older pages as packages.

An item says by `pubstatus` whether it may be used: `canceled` once the post was retracted or its result recalled,
`withheld` while the result is in doubt. A canceled item has no text. The right result, if a recall has one, is another
item of the same post, which names those that it replaces (docs/decisions/0037).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from flask import Response

from ..errors import NotFound
from ..model import Category, Media, Post, kind_of, ref
from ..timeline import Timeline
from . import answers, feeds, render, site

STANDARD = {
    "name": "ninjs",
    "version": "2.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_2.1.json",
}
Item = dict[str, Any]

blueprint = answers.blueprint("ninjs", __name__, "public")


@blueprint.get("/live/<slug>/ninjs.json", defaults={"n": None})
@blueprint.get("/live/<slug>/pages/<int:n>/ninjs.json")
def package(slug: str, n: int | None) -> Response:
    """The live page's posts, or those of older page `n`, newest first, as one composite item."""
    timeline = site.services().public(slug)
    if n is not None and not 1 <= n <= timeline.pages:
        raise NotFound(f"there is no page {n}")
    return _answer(timeline, lambda: packed(timeline, n))


@blueprint.get("/live/<slug>/posts/<id>.ninjs.json")
def item(slug: str, id: str) -> Response:
    """The first item of a post, and in it those that replaced it. A canceled one says so to whoever has its text."""
    timeline = site.services().public(slug)
    post = timeline.get(Post, id)
    if post is None:
        raise NotFound(f"there is no post {id}")
    return _answer(timeline, lambda: {"standard": STANDARD} | alone(timeline, post))


def _answer(timeline: Timeline, make: Callable[[], Item]) -> Response:
    headers = answers.headers(Content_Type="application/json")
    return site.services().responses.answer(timeline, lambda: msgspec.json.encode(make()), headers)


def packed(timeline: Timeline, n: int | None) -> Item:
    """A package of posts: a composite item, whose associations are the posts' items."""
    blog = timeline.blog
    posts = [*(timeline.live_posts() if n is None else timeline.page(n)), *timeline.removed(n)]
    items = [each for post in posts for each in _named(post, items_of(timeline, post))[::-1]]
    whole = [blog] if n is None else []
    return {
        "standard": STANDARD,
        "uri": feeds.blog_id(timeline) if n is None else f"{feeds.blog_id(timeline)}#page-{n}",
        "type": "composite",
        "version": str(max([each.seq for each in whole] + [int(each["version"]) for each in items], default=0)),
        "versioncreated": max(
            [timeline.time(each) for each in whole] + [each["versioncreated"] for each in items], default=""
        )
        or "1970-01-01T00:00:00.000Z",
        "pubstatus": "usable",
        "language": blog.language,
        "copyrightholder": site.publisher(blog),
        "title": blog.title,
        "headlines": [{"value": blog.title, "contenttype": "text/plain"}],
        **({"descriptions": [{"value": blog.summary, "contenttype": "text/plain"}]} if blog.summary else {}),
        "associations": items,
    }


def alone(timeline: Timeline, post: Post) -> Item:
    """What the address of a post's item has: the first item, with all later ones."""
    items = items_of(timeline, post)
    later = _named(post, items)[1:]
    return items[0] | {"associations": later} if later else items[0]


def _named(post: Post, items: list[Item]) -> list[Item]:
    """The items of a post as associations, which need a name."""
    name = ref(kind_of(post), post.id)
    return [{"name": f"{name}#{n}" if n > 1 else name} | each for n, each in enumerate(items, 1)]


def items_of(timeline: Timeline, post: Post) -> list[Item]:
    """The items that a post had and has, the oldest first: each recall of its result has canceled one.

    A recall to the right winners has another item, which may be used.
    """
    recalls = _recalls(timeline, post)
    gone = [_canceled(timeline, post, n) for n in range(recalls)]
    if post.retracted:
        return [*gone, _canceled(timeline, post, recalls)]
    return [*gone, _usable(timeline, post, gone)] if not gone or _tells(timeline, post) else gone


def _recalls(timeline: Timeline, post: Post) -> int:
    """How often the result of this post was recalled. The tombstone of a post has that only in its category."""
    categories = timeline.categories if post.retracted else []
    said = [*post.corrections, *(each for category in categories for each in category.corrections)]
    return sum(each.post == post.id and each.at > post.published_at for each in said)


def _tells(timeline: Timeline, post: Post) -> bool:
    """Whether this post tells who won its category, at this moment."""
    category = timeline.get(Category, post.category) if post.category else None
    return category is not None and category.post == post.id and bool(category.winners)


def _stamps(timeline: Timeline, post: Post, n: int) -> Item:
    """What identifies the item after `n` recalls. Its version grows with the post, and with the category's result."""
    category = timeline.get(Category, post.category) if post.category else None
    sources: list[Post | Category] = [post] if category is None else [post, category]
    return {
        "uri": feeds.entry_id(post) + (f"#{n + 1}" if n else ""),
        "type": "text",
        "version": str(max(each.seq for each in sources)),
        "versioncreated": max(map(timeline.time, sources)) or feeds.updated(post),
    }


def _canceled(timeline: Timeline, post: Post, n: int) -> Item:
    """An item that may not be used any more, without its text; editors are told why, unless it was retracted."""
    note = "" if post.retracted else _editors_note(timeline, post)
    stamps = _stamps(timeline, post, n) | {"representationtype": "partial", "pubstatus": "canceled"}
    return stamps | ({"ednote": note} if note else {})


def _usable(timeline: Timeline, post: Post, replaced: list[Item]) -> Item:
    """An item that may be used unless its result is in doubt, with those that it has `replaced`."""
    category = timeline.get(Category, post.category) if post.category else None
    entry, words = feeds.entry(timeline, post, site.base()), render.words(post) or post.headline or ""
    pictures = [picture(each.url, each.picture) for each in entry.media]
    found: Item = _stamps(timeline, post, len(replaced)) | {
        "representationtype": "full",
        "firstcreated": post.published_at,
        "pubstatus": "withheld" if timeline.doubt(post) is not None else "usable",
        "urgency": 3 if post.key else 5,
        "language": timeline.blog.language,
        "copyrightholder": site.publisher(timeline.blog),
        "by": post.byline or site.publisher(timeline.blog),
        "headlines": [{"role": "main", "contenttype": "text/plain", "value": entry.title}],
        "bodies": [
            {"role": "main", "contenttype": "text/plain", "value": render.doubted(timeline, post, words)},
            {"role": "main", "contenttype": "text/html", "value": entry.content},
        ],
        "subjects": subjects(timeline, post, category),
        "events": [{"name": timeline.blog.title, "uri": feeds.blog_id(timeline), "rel": "about"}],
        "renditions": [{"name": "web", "href": entry.url, "contenttype": "text/html"}],
        "associations": [*pictures, *({"name": "replaces"} | each for each in replaced)],
        "ednote": _editors_note(timeline, post),
    }
    return {name: value for name, value in found.items() if value}


def subjects(timeline: Timeline, post: Post, category: Category | None) -> list[dict[str, str]]:
    """The post's category, and the films that won it if the post tells the result and nobody doubts it."""
    if category is None:
        return []
    found = [{"name": category.name, "literal": category.id, "rel": "category"}]
    if category.post == post.id and category.doubt is None:
        films = dict.fromkeys(film for winner in category.won for film in winner.counts_for)
        found += [{"name": film, "literal": film, "rel": "film"} for film in films]
    return found


def picture(url: str, media: Media) -> Item:
    """A picture of a post, in each of its sizes."""
    base = url.removesuffix(media.name)
    files = {width: media.sized(width) for width in sorted({*media.widths, media.width})}
    return {
        "name": media.name,
        "uri": url,
        "type": "picture",
        **({"by": media.credit} if media.credit else {}),
        "descriptions": [
            {"role": role, "contenttype": "text/plain", "value": value}
            for role, value in (("caption", media.caption), ("alt", media.alt))
            if value
        ],
        "renditions": [
            {
                "name": f"{width}",
                "href": base + name,
                "contenttype": feeds.media_type(name),
                "width": width,
                "height": round(media.height * width / media.width),
            }
            for width, name in files.items()
        ],
    }


def _editors_note(timeline: Timeline, post: Post) -> str:
    """What editors who took the item over must know: doubt, and corrections, each in a line."""
    doubt = timeline.doubt(post)
    lines = [f"In doubt since {doubt.at}. {doubt.note or ''}".strip()] if doubt is not None else []
    lines += [f"{each.at}: {render.corrected(timeline.blog, each)}" for each in post.corrections]
    return "\n".join(lines)
