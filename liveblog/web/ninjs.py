"""Posts for agencies and newsrooms: IPTC's ninjs 2.1, each post as an item, the live page and older pages as packages.

An item says by `pubstatus` whether it may be used: `canceled` once the post was retracted or its result recalled,
`withheld` while the result is in doubt. Of a retracted post nothing but that is left.
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
    """One post. That of a retracted one says so, so that whoever has its text learns of it."""
    timeline = site.services().public(slug)
    post = timeline.get(Post, id)
    if post is None:
        raise NotFound(f"there is no post {id}")
    return _answer(timeline, lambda: {"standard": STANDARD} | of_post(timeline, post))


def _answer(timeline: Timeline, make: Callable[[], Item]) -> Response:
    headers = answers.headers(Content_Type="application/json")
    return site.services().responses.answer(timeline, lambda: msgspec.json.encode(make()), headers)


def packed(timeline: Timeline, n: int | None) -> Item:
    """A package of posts: a composite item, whose associations are the posts' items."""
    blog = timeline.blog
    posts = [*(timeline.live_posts() if n is None else timeline.page(n)), *timeline.removed(n)]
    items = [{"name": ref(kind_of(post), post.id)} | of_post(timeline, post) for post in posts]
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


def of_post(timeline: Timeline, post: Post) -> Item:
    """A post's item. Its version grows whenever the post, or the category whose result it tells, changes."""
    category = timeline.get(Category, post.category) if post.category else None
    sources: list[Post | Category] = [post] if category is None else [post, category]
    stamps = {
        "uri": feeds.entry_id(post),
        "type": "text",
        "version": str(max(each.seq for each in sources)),
        "versioncreated": max(map(timeline.time, sources)) or feeds.updated(post),
    }
    if post.retracted:
        return stamps | {"representationtype": "partial", "pubstatus": "canceled"}
    entry, words = feeds.entry(timeline, post, site.base()), render.words(post) or post.headline or ""
    found: Item = stamps | {
        "representationtype": "full",
        "firstcreated": post.published_at,
        "pubstatus": pubstatus(timeline, post),
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
        "associations": [picture(each.url, each.picture) for each in entry.media],
        "ednote": _editors_note(timeline, post),
    }
    return {name: value for name, value in found.items() if value}


def pubstatus(timeline: Timeline, post: Post) -> str:
    """Whether a post may be used: not while its result is in doubt, and no more once that was recalled.

    A result that was corrected to the right winners is a new version that may be used.
    """
    category = timeline.get(Category, post.category) if post.category else None
    tells = category is not None and category.post == post.id and bool(category.winners)
    if not tells and any(each.post == post.id for each in post.corrections):
        return "canceled"
    return "withheld" if timeline.doubt(post) is not None else "usable"


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
