"""The story on other sites: the page for a frame, the script that inserts the frame, and the oEmbed provider.

This is the only page that other sites may frame. It sets no cookie and stores nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as xml

import msgspec
from flask import Blueprint, Response, render_template, request

from ..errors import Invalid, NotFound
from ..model import Post
from ..timeline import Timeline
from . import cards, feeds, reader, render, site, static
from .drawing import HEIGHT, WIDTH
from .ready import FRESH

MOST = 10
"""Posts in a frame; the full page is one click away."""
THEMES, VIEWS = ("auto", "light", "dark"), ("full", "board")
ROOM = (640, 720)
"""Largest width and height, in pixels, of a frame that oEmbed offers."""
SCRIPT_AGE = "public, max-age=300"

blueprint = Blueprint("embed", __name__)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The choices in a frame's address; `accent` is a colour as six hexadecimal digits, `post` selects one post."""

    theme: str
    view: str
    accent: str
    post: str


def look() -> Look:
    """Raises `Invalid`."""
    given = request.args
    theme, view = given.get("theme") or "auto", given.get("view") or "full"
    accent = (given.get("accent") or "").removeprefix("#").lower()
    if theme not in THEMES:
        raise Invalid(f"theme is one of {', '.join(THEMES)}", field="theme")
    if view not in VIEWS:
        raise Invalid(f"view is one of {', '.join(VIEWS)}", field="view")
    if accent and not re.fullmatch(r"[0-9a-f]{3}|[0-9a-f]{6}", accent):
        raise Invalid("accent is a colour such as b08a33", field="accent")
    return Look(theme=theme, view=view, accent=accent, post=given.get("post") or "")


@blueprint.get("/live/<slug>/embed")
def frame(slug: str) -> Response:
    timeline, chosen = site.services().public(slug), look()
    post = timeline.get(Post, chosen.post) if chosen.post else None
    if chosen.post and (post is None or post.retracted):
        raise NotFound(f"there is no post {chosen.post}")
    style = f":root[data-theme]{{--gold:#{a};--shine:#{a};--gilt:#{a};--lamp:#{a}}}" if (a := chosen.accent) else ""
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": FRESH,
        **reader.SECURE,
        "Content-Security-Policy": _policy(style),
        "X-Robots-Tag": "noindex",
    }
    answer: Response = site.services().ready.answer(
        timeline, lambda: _frame(timeline, chosen, post, style).encode(), headers
    )
    return answer


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
        full=site.address("reader.live", slug=timeline.blog.id),
        modules=static.imported("js/embed/main.js"),
    )


def _policy(style: str) -> str:
    """The policy of the frame: every site may frame it; its one inline style is allowed by hash."""
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    styles = f"; style-src 'self' 'sha256-{allowed}'" if style else ""
    policy = re.sub(r"base-uri 'none'", "base-uri 'self'", reader.CSP)
    return re.sub(r"; frame-ancestors [^;]*", "", policy) + styles + "; frame-ancestors *"


@blueprint.get("/embed.js")
def script() -> Response:
    """The script that inserts frames into other sites' pages. Its address never changes, so caches keep it briefly."""
    body = (render.assets("static") / "js" / "embed" / "embed.js").read_bytes()
    answer = Response(body, content_type="text/javascript; charset=utf-8")
    answer.headers.update(
        {
            "Cache-Control": SCRIPT_AGE,
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
    )
    answer.add_etag()
    answer.make_conditional(request)
    return answer


# -- oEmbed (https://oembed.com)


@blueprint.get("/oembed")
def oembed() -> Response:
    """The description of a live page or a post: 404 for other addresses, 501 for other formats than JSON and XML."""
    kind = request.args.get("format") or "json"
    if kind not in ("json", "xml"):
        return _plain("The formats are json and xml.", 501)
    url = request.args.get("url")
    if not url:
        return _plain("url is missing.", 400)
    most = []
    for name in ("maxwidth", "maxheight"):
        given = request.args.get(name) or "0"
        if not re.fullmatch(r"[0-9]{1,5}", given):
            return _plain(f"{name} is a whole number of pixels.", 400)
        most.append(int(given))
    try:
        found = _described(url, *most)
    except NotFound:
        return _plain("There is no live blog at this address.", 404)
    if kind == "xml":
        root = xml.Element("oembed")
        for name, value in found.items():
            xml.SubElement(root, name).text = feeds.NOT_XML.sub("", str(value))
        body, type = xml.tostring(root, encoding="utf-8", xml_declaration=True), "text/xml; charset=utf-8"
    else:
        body, type = msgspec.json.encode(found), "application/json"
    return Response(body, content_type=type, headers=_OPEN)


_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": FRESH,
    "X-Content-Type-Options": "nosniff",
}


def _described(url: str, maxwidth: int, maxheight: int) -> dict[str, Any]:
    """Raises `NotFound`."""
    timeline, post = _meant(url)
    blog = timeline.blog
    width = min(maxwidth or ROOM[0], ROOM[0])
    height = min(maxheight or ROOM[1], ROOM[1])
    source = site.address("embed.frame", slug=blog.id, **({"post": post.id} if post is not None else {}))
    title = f"{post.headline}: {blog.title}" if post is not None and post.headline else blog.title
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
    path = parts.path.removeprefix(base.path)
    matched = re.fullmatch(r"/live/([a-z0-9-]{1,64})/?(?:posts/([\w-]{1,64})/?)?", path)
    if parts.netloc != base.netloc or parts.scheme not in ("http", "https") or matched is None:
        raise NotFound("not one of our pages")
    timeline = site.services().public(matched[1])
    if matched[2] is None:
        return timeline, None
    post = timeline.get(Post, matched[2])
    if post is None or post.retracted:
        raise NotFound("there is no such post")
    return timeline, post


def _plain(text: str, status: int) -> Response:
    return Response(text + "\n", status=status, content_type="text/plain; charset=utf-8", headers=_OPEN)
