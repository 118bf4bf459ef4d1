"""Metadata in a page's head, for search engines (schema.org), link previews (Open Graph) and feed readers."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from .. import i18n
from ..excerpts import excerpt
from ..model import Blog, Category, Media, Post
from ..timeline import Timeline
from . import cards, feeds, render, site
from .drawing import HEIGHT, WIDTH

BUDGET = 12 * 1024
"""Bytes of structured data on the live page, so that the first load stays small; the newest updates come first."""
FEEDS = {"atom": "feeds.atom", "json": "feeds.json", "rss": "rss.feed"}
"""The feeds that a page names, by the endpoints that serve them."""
DESCRIPTION = 200
"""Most graphemes of a description; sites that show one cut it there anyway."""


class Picture(Struct, frozen=True, kw_only=True):
    """The picture of a link's preview; size in pixels, `type` a media type."""

    url: str
    type: str
    width: int
    height: int
    alt: str


class PageHead(Struct, frozen=True, kw_only=True):
    """The values of a page's `_head.html`: `data` is its structured data; times are RFC 3339."""

    title: str
    description: str
    url: str
    site: str
    locale: str
    image: Picture
    published: str
    modified: str
    data: dict[str, Any] | None
    feeds: dict[str, str]
    ninjs: str
    oembed: str = ""


def live(timeline: Timeline) -> PageHead:
    """The live page's head, with a `LiveBlogPosting` of as many of its updates as fit."""
    blog, posts = timeline.blog, timeline.live_posts()
    promise = i18n.say(blog.language, "%(title)s: every update as it happens.", title=blog.title)
    return PageHead(
        title=blog.title,
        description=_who_won(timeline) or blog.summary or promise,
        modified=_modified(timeline, posts),
        data=live_blog(timeline, posts),
        **_common(timeline, "reader.live", None),
    )


def older(timeline: Timeline, n: int) -> PageHead:
    """The head of older page `n`."""
    blog = timeline.blog
    return PageHead(
        title=i18n.say(blog.language, "%(title)s, older updates, page %(n)s", title=blog.title, n=n),
        description=i18n.say(blog.language, "%(title)s: earlier updates, page %(n)s.", title=blog.title, n=n),
        modified=max((feeds.updated(each) for each in timeline.page(n)), default=""),
        data=None,
        **_common(timeline, "reader.older", None, n=n),
    )


def post(timeline: Timeline, post: Post) -> PageHead:
    """The head of a post's own page."""
    blog = timeline.blog
    data = {"@context": "https://schema.org", **update(timeline, post), "isPartOf": _part(timeline)}
    data |= {"publisher": publisher(timeline), "inLanguage": lang(timeline)}
    data.setdefault("image", [cards.address(timeline, post)])
    return PageHead(
        title=render.doubted(timeline, post, post.headline or "") or blog.title,
        description=excerpt(_text(timeline, post), DESCRIPTION),
        modified=feeds.updated(post),
        data=data,
        **_common(timeline, "reader.post", post, id=post.id),
    )


def _common(timeline: Timeline, endpoint: str, post: Post | None, **named: Any) -> dict[str, Any]:
    blog = timeline.blog
    url = site.address(endpoint, slug=blog.id, **named)
    first = timeline.first
    return {
        "url": url,
        "oembed": site.oembed(url) if endpoint != "reader.older" else "",
        "site": site.publisher(timeline.blog),
        "locale": i18n.og_locale(blog.language),
        "image": _picture(timeline, post),
        "published": post.published_at if post is not None else first.published_at if first is not None else "",
        "feeds": {name: site.address(at, slug=blog.id, n=None) for name, at in FEEDS.items()},
        "ninjs": _ninjs(blog, endpoint, named),
    }


def _ninjs(blog: Blog, endpoint: str, named: dict[str, Any]) -> str:
    """The address of what a page shows in ninjs."""
    served = "ninjs.item" if endpoint == "reader.post" else "ninjs.package"
    return site.address(served, slug=blog.id, **({"n": None} | named))


def _picture(timeline: Timeline, post: Post | None) -> Picture:
    """A post's own first picture; for results, and for posts without a picture, the share card."""
    if post is not None and post.media and post.type != "result":
        own = post.media[0]
        return Picture(
            url=f"{site.base()}/media/{own.name}",
            type=feeds.media_type(own.name),
            width=own.width,
            height=own.height,
            alt=own.alt,
        )
    alt = cards.described(timeline, post)
    return Picture(url=cards.address(timeline, post), type="image/png", width=WIDTH, height=HEIGHT, alt=alt)


# -- schema.org


def live_blog(timeline: Timeline, posts: list[Post]) -> dict[str, Any]:
    """https://schema.org/LiveBlogPosting; `coverageEndTime` only once the blog has ended.

    The coverage begins with the first update or with the event, whichever is earlier: a preview is no coverage yet.
    """
    blog, first = timeline.blog, timeline.first
    found = {"@context": "https://schema.org", **_part(timeline)}
    found |= {
        "description": _who_won(timeline) or blog.summary or None,
        "mainEntityOfPage": found["url"],
        "inLanguage": lang(timeline),
        "image": [cards.address(timeline)],
        "author": publisher(timeline),
        "publisher": publisher(timeline),
        "dateModified": _modified(timeline, posts) or None,
        "about": event(blog),
        "datePublished": first.published_at if first is not None else None,
        "coverageStartTime": min(filter(None, (timeline.began, blog.starts)), default=None),
    }
    if blog.status == "ended" and (last := timeline.newest) is not None:
        found["coverageEndTime"] = last.published_at
    found = {name: value for name, value in found.items() if value is not None}
    updates: list[dict[str, Any]] = []
    left = BUDGET - _size(found)
    for each in posts:
        made = update(timeline, each)
        left -= _size(made)
        if left < 0:
            break
        updates.append(made)
    return {**found, "liveBlogUpdate": updates}


def _who_won(timeline: Timeline) -> str:
    """The result of a night that has ended, in a sentence; a title never tells it, because it may be seen unasked."""
    return i18n.lead(timeline.blog.language, timeline.lead) + "." if timeline.lead else ""


def event(blog: Blog) -> dict[str, Any]:
    """https://schema.org/Event: what the night is about, with its start and its place if they are known."""
    found: dict[str, Any] = {"@type": "Event", "name": blog.title}
    if blog.starts is not None:
        found["startDate"] = blog.starts
    if blog.venue is not None:
        found["location"] = {"@type": "Place", "name": blog.venue.name}
        address = {"addressLocality": blog.venue.locality, "addressCountry": blog.venue.country}
        if known := {name: value for name, value in address.items() if value}:
            found["location"]["address"] = {"@type": "PostalAddress", **known}
    return found


def update(timeline: Timeline, post: Post) -> dict[str, Any]:
    """https://schema.org/BlogPosting: one post, with its corrections."""
    url = site.address("reader.post", slug=timeline.blog.id, id=post.id)
    author = {"@type": "Person", "name": post.byline} if post.byline else publisher(timeline)
    found: dict[str, Any] = {
        "@type": "BlogPosting",
        "@id": url,
        "url": url,
        "headline": render.heading(timeline, post, alone=True),
        "datePublished": post.published_at,
        "dateModified": feeds.updated(post),
        "articleBody": _text(timeline, post),
        "author": author,
    }
    if post.media and timeline.doubt(post) is None:  # they may show a false winner
        found["image"] = [_image(each) for each in post.media]
    if about := _winners(timeline, post):
        found["about"] = about
    if post.corrections:
        found["correction"] = [
            {"@type": "CorrectionComment", "text": render.corrected(timeline.blog, each), "datePublished": each.at}
            for each in post.corrections
        ]
    return found


def _winners(timeline: Timeline, post: Post) -> list[dict[str, Any]]:
    """Of a result: who won, with role, song or country, and the films; nobody while it is in doubt.

    A name may be that of a person, of several, or of a film.
    """
    category = timeline.get(Category, post.category) if post.category else None
    if category is None or category.post != post.id or category.doubt is not None:
        return []
    won: list[dict[str, Any]] = [
        {
            "@type": "CreativeWork" if winner.is_film else "Thing",
            "name": winner.name,
            **({"description": winner.detail} if winner.detail else {}),
        }
        for winner in category.won
    ]
    films = dict.fromkeys(film for winner in category.won for film in winner.other_films)
    return won + [{"@type": "CreativeWork", "name": film} for film in films]


def _text(timeline: Timeline, post: Post) -> str:
    """A post's text in a line; of a result in doubt it says so."""
    return render.doubted(timeline, post, render.words(post) or post.headline or "")


def _image(picture: Media) -> dict[str, Any]:
    """https://schema.org/ImageObject"""
    found = {
        "@type": "ImageObject",
        "url": f"{site.base()}/media/{picture.name}",
        "width": picture.width,
        "height": picture.height,
        "caption": picture.caption or picture.alt,
        "creditText": picture.credit,
    }
    return {name: value for name, value in found.items() if value}


def publisher(timeline: Timeline) -> dict[str, Any]:
    logo = site.services().settings.publisher_logo
    found: dict[str, Any] = {"@type": "Organization", "name": site.publisher(timeline.blog), "url": site.base() + "/"}
    return {**found, "logo": {"@type": "ImageObject", "url": logo}} if logo else found


def lang(timeline: Timeline) -> str:
    return timeline.blog.language


def _part(timeline: Timeline) -> dict[str, Any]:
    url = site.address("reader.live", slug=timeline.blog.id)
    return {"@type": "LiveBlogPosting", "@id": url, "url": url, "headline": timeline.blog.title}


def _modified(timeline: Timeline, posts: list[Post]) -> str:
    return max((*(feeds.updated(each) for each in posts), timeline.time(timeline.blog)), default="")


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
