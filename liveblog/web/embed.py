"""The story on other sites: the page for a frame, the script that inserts the frame, and the oEmbed provider.

This is the only page that other sites may frame. It sets no cookie and stores nothing.
"""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as xml

import msgspec
from flask import Response, render_template, request

from .. import cache_tags
from ..errors import Invalid, NoSuchFormat, NotFound, Refusal
from ..model import Post
from ..timeline import Timeline
from . import answers, bundle, cards, feeds, reader, render, site
from .drawing import HEIGHT, WIDTH

MOST = 10
"""Posts in a frame; the full page is one click away."""
THEMES, VIEWS, RESULTS = ("auto", "light", "dark"), ("full", "board"), ("shown", "hidden")
LARGEST = (640, 720)
"""Largest width and height, in pixels, of a frame that oEmbed offers."""
SCRIPT_AGE = "public, max-age=300"

blueprint = answers.blueprint("embed", __name__, "public", frame="frame", script="asset")


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The choices in a frame's address; `accent` is a colour as six hexadecimal digits, `post` selects one post.

    `hides` covers results until they are tapped.
    """

    theme: str
    view: str
    accent: str
    post: str
    hides: bool


def look() -> Look:
    """Raises `Invalid`."""
    given = request.args
    theme, view = given.get("theme") or "auto", given.get("view") or "full"
    results = given.get("results") or "shown"
    accent = (given.get("accent") or "").removeprefix("#").lower()
    if theme not in THEMES:
        raise Invalid(f"theme must be one of {', '.join(THEMES)}", field="theme")
    if view not in VIEWS:
        raise Invalid(f"view must be one of {', '.join(VIEWS)}", field="view")
    if results not in RESULTS:
        raise Invalid(f"results must be one of {', '.join(RESULTS)}", field="results")
    if accent and not re.fullmatch(r"[0-9a-f]{3}|[0-9a-f]{6}", accent):
        raise Invalid("accent must be a colour such as b08a33", field="accent")
    return Look(theme=theme, view=view, accent=accent, post=given.get("post") or "", hides=results == "hidden")


@blueprint.get("/live/<slug>/embed")
def frame(slug: str) -> Response:
    timeline, chosen = site.services().public(slug), look()
    post = timeline.get(Post, chosen.post) if chosen.post else None
    if chosen.post and (post is None or post.retracted):
        raise NotFound(f"there is no post {chosen.post}")
    style = f":root[data-theme]{{--gold:#{a};--shine:#{a};--gilt:#{a};--lamp:#{a}}}" if (a := chosen.accent) else ""
    headers = answers.headers(chosen.post or None, Content_Type=answers.HTML)
    if style:
        headers["Content-Security-Policy"] = answers.frame_policy(style)
    return site.services().responses.answer(timeline, lambda: _frame(timeline, chosen, post, style).encode(), headers)


def _frame(timeline: Timeline, chosen: Look, post: Post | None, style: str) -> str:
    posts = [post] if post is not None else timeline.live_posts()[:MOST] if chosen.view == "full" else []
    return render_template(
        "reader/embed.html",
        timeline=timeline,
        blog=timeline.blog,
        board=timeline.board(),
        posts=posts,
        most=MOST,
        look=chosen,
        style=style,
        facts=reader.facts(timeline),
        canonical=site.address("reader.live", slug=timeline.blog.id),
        full=site.address("reader.live", slug=timeline.blog.id, results="hidden" if chosen.hides else None),
    )


@blueprint.get("/embed.js")
def script() -> Response:
    """The script that inserts frames into other sites' pages. Its address never changes, so caches keep it briefly."""
    body = bundle.without_comments((render.assets("static") / "js" / "embed" / "embed.js").read_text())
    kept = {"Cache-Control": SCRIPT_AGE}
    return answers.conditional(Response(body, content_type="text/javascript; charset=utf-8", headers=kept))


# -- oEmbed (https://oembed.com)


@blueprint.get("/oembed")
def oembed() -> Response:
    """The description of a live page or a post: 404 for other addresses, 501 for other formats than JSON and XML."""
    kind = request.args.get("format") or "json"
    if kind not in ("json", "xml"):
        raise NoSuchFormat("the formats are json and xml")
    url = request.args.get("url")
    if not url:
        raise Refusal("url is missing", field="url")
    most = []
    for name in ("maxwidth", "maxheight"):
        given = request.args.get(name) or "0"
        if not re.fullmatch(r"[0-9]{1,5}", given):
            raise Refusal(f"{name} must be a whole number of pixels", field=name)
        most.append(int(given))
    timeline, post = _meant(url)
    found = _described(url, timeline, post, *most)
    if kind == "xml":
        root = xml.Element("oembed")
        for name, value in found.items():
            xml.SubElement(root, name).text = feeds.NOT_XML.sub("", str(value))
        body, type = xml.tostring(root, encoding="utf-8", xml_declaration=True), "text/xml; charset=utf-8"
    else:
        body, type = msgspec.json.encode(found), "application/json"
    tags = [cache_tags.of_blog(timeline.blog.id)]
    tags += [cache_tags.of_post(timeline.blog.id, post.id)] if post is not None else []
    return answers.tag(Response(body, content_type=type), *tags)


def _described(url: str, timeline: Timeline, post: Post | None, maxwidth: int, maxheight: int) -> dict[str, Any]:
    blog = timeline.blog
    hides = "hidden" in parse_qs(urlsplit(url).query).get("results", [])
    width = min(maxwidth or LARGEST[0], LARGEST[0])
    height = min(maxheight or LARGEST[1], LARGEST[1])
    chosen = ({"post": post.id} if post is not None else {}) | ({"results": "hidden"} if hides else {})
    source = site.address("embed.frame", slug=blog.id, **chosen)
    named = render.doubted(timeline, post, post.headline or "") if post is not None else ""
    title = f"{named}: {blog.title}" if named else blog.title
    frame = (
        f'<iframe src="{html.escape(source)}" width="{width}" height="{height}" title="{html.escape(title)}" '
        'loading="lazy" style="border:0"></iframe>'
    )
    found: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": site.publisher(timeline.blog),
        "provider_url": f"{site.base()}/",
        "cache_age": 1,
        "html": frame,
        "width": width,
        "height": height,
    }
    if post is not None and post.byline:
        found["author_name"] = post.byline
    if (maxwidth or WIDTH) >= WIDTH and (maxheight or HEIGHT) >= HEIGHT:
        picture = cards.address(timeline, post)
        found |= {"thumbnail_url": picture, "thumbnail_width": WIDTH, "thumbnail_height": HEIGHT}
    return found


def _meant(url: str) -> tuple[Timeline, Post | None]:
    """The blog and, at a post's address, the post. Raises `NotFound`, also for other sites' addresses."""
    try:
        parts, base = urlsplit(url), urlsplit(site.base())
    except ValueError:
        raise NotFound("not an address") from None
    ours = re.escape(base.path) + r"/live/([a-z0-9-]{1,64})/?(?:posts/([\w-]{1,64})/?)?"
    matched = re.fullmatch(ours, parts.path)
    if parts.netloc != base.netloc or parts.scheme not in ("http", "https") or matched is None:
        raise NotFound("not one of our pages")
    timeline = site.services().public(matched[1])
    if matched[2] is None:
        return timeline, None
    post = timeline.get(Post, matched[2])
    if post is None or post.retracted:
        raise NotFound("there is no such post")
    return timeline, post
