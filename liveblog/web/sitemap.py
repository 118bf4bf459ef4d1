"""For crawlers: `/sitemap.xml` (sitemaps.org 0.9 with Google's news extension) and `/robots.txt`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from xml.etree import ElementTree as xml

from flask import Response

from ..timeline import Summary
from . import answers, site

MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
MOST_ADDRESSES = 50_000
"""Most addresses in one sitemap, as sitemaps.org limits it."""
NEW = timedelta(days=2)
"""Largest age of a page that is listed as news, as Google limits it."""

blueprint = answers.blueprint("sitemap", __name__, "feed")


@blueprint.get("/robots.txt")
def robots() -> Response:
    closed = [f"Disallow: {site.prefix()}/{part}/" for part in ("desk", "api")]
    lines = ("User-agent: *", *closed, "", f"Sitemap: {site.base()}/sitemap.xml", "")
    return answers.conditional(Response("\n".join(lines), content_type="text/plain; charset=utf-8"))


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every blog that readers may see: its live page, and its older pages."""
    body = written(site.services().nights(), datetime.now(UTC))
    return answers.conditional(Response(body, content_type="application/xml; charset=utf-8"))


def written(nights: list[Summary], now: datetime) -> bytes:
    """The sitemap of these blogs, last changed first; it leaves out the oldest blogs' older pages at the limit."""
    root = xml.Element("urlset", {"xmlns": MAP, "xmlns:news": NEWS})  # the names below contain the prefix
    _put(root, "loc", site.address("reader.index"))
    latest = sorted(nights, key=lambda night: night.at, reverse=True)
    for night in latest:
        made = _put(root, "loc", site.address("reader.live", slug=night.blog.id))
        if night.at:
            xml.SubElement(made, "lastmod").text = night.at
        _put_news(made, night, now)
    older = ((night.blog.id, n) for night in latest for n in range(night.pages, 0, -1))
    for slug, n in islice(older, MOST_ADDRESSES - len(root)):
        _put(root, "loc", site.address("reader.older", slug=slug, n=n))
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _put(root: xml.Element, name: str, text: str) -> xml.Element:
    made = xml.SubElement(root, "url")
    xml.SubElement(made, name).text = text
    return made


def _put_news(made: xml.Element, night: Summary, now: datetime) -> None:
    """A blog is news from its first update on; its preview may be weeks old."""
    began = night.began or (night.created if night.posts else "")
    if not began or now - datetime.fromisoformat(began) > NEW:
        return
    news = xml.SubElement(made, "news:news")
    publication = xml.SubElement(news, "news:publication")
    xml.SubElement(publication, "news:name").text = site.publisher(night.blog)
    xml.SubElement(publication, "news:language").text = night.blog.language
    xml.SubElement(news, "news:publication_date").text = began
    xml.SubElement(news, "news:title").text = night.blog.title
