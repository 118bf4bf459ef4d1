"""For crawlers: `/sitemap.xml` (sitemaps.org 0.9 with Google's news extension) and `/robots.txt`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as xml

from flask import Blueprint, Response, request

from ..timeline import Timeline
from . import feeds, metadata, site
from .ready import FRESH

MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
NEW = timedelta(days=2)
"""How old news may be to be listed as such; the limit is Google's."""

blueprint = Blueprint("sitemap", __name__)


@blueprint.get("/robots.txt")
def robots() -> Response:
    lines = ("User-agent: *", "Disallow: /desk/", "Disallow: /api/", "", f"Sitemap: {site.base()}/sitemap.xml", "")
    return _answer("\n".join(lines).encode(), "text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every blog that readers may see: its live page, and its older pages."""
    blogs = [each for each in site.services().timelines() if each.blog.is_public]
    return _answer(written(blogs, datetime.now(UTC)), "application/xml; charset=utf-8")


def written(blogs: list[Timeline], now: datetime) -> bytes:
    root = xml.Element("urlset", {"xmlns": MAP, "xmlns:news": NEWS})  # the prefix is written out below
    _put(root, "loc", site.address("reader.index"))
    for timeline in sorted(blogs, key=lambda each: each.last, reverse=True):
        slug = timeline.blog.id
        made = _put(root, "loc", site.address("reader.live", slug=slug))
        if timeline.last:
            xml.SubElement(made, "lastmod").text = timeline.last
        _put_news(made, timeline, now)
        for n in range(timeline.pages, 0, -1):
            page = _put(root, "loc", site.address("reader.older", slug=slug, n=n))
            changed = max((feeds.updated(post) for post in timeline.page(n)), default="")
            if changed:
                xml.SubElement(page, "lastmod").text = changed
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _put(root: xml.Element, name: str, text: str) -> xml.Element:
    made = xml.SubElement(root, "url")
    xml.SubElement(made, name).text = text
    return made


def _put_news(made: xml.Element, timeline: Timeline, now: datetime) -> None:
    """News since its first update; a preview may have stood there for weeks."""
    told = [post for post in timeline.posts if post.type != "preview"] or timeline.posts
    if not told or now - datetime.fromisoformat(told[-1].published_at) > NEW:
        return
    news = xml.SubElement(made, "news:news")
    publication = xml.SubElement(news, "news:publication")
    xml.SubElement(publication, "news:name").text = site.publisher(timeline)
    xml.SubElement(publication, "news:language").text = metadata.lang(timeline)
    xml.SubElement(news, "news:publication_date").text = told[-1].published_at
    xml.SubElement(news, "news:title").text = timeline.blog.title


def _answer(body: bytes, kind: str) -> Response:
    answer = Response(body, content_type=kind, headers={"Cache-Control": FRESH})
    answer.add_etag()
    answer.make_conditional(request)
    return answer
