"""The feed as RSS 2.0, with what Apple News and SmartNews read: full text, pictures, the publisher's logo, removals.

Flavours: `content:encoded`, `dc:creator`, Media RSS, SmartFormat 2.1 (`snf:logo`), and Atom for what RSS has no form
for. docs/wire.md lists what the two ask for.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as xml

from flask import Response

from .. import i18n
from . import answers, feeds, site
from .feeds import ARCHIVE, ATOM, NOT_XML, TOMBSTONE, Enclosure, Entry, Feed, Removed

CONTENT, CREATOR, MEDIA, SMART = (
    "http://purl.org/rss/1.0/modules/content/",
    "http://purl.org/dc/elements/1.1/",
    "http://search.yahoo.com/mrss/",
    "http://www.smartnews.be/snf",
)
_PREFIXES = {
    "content": CONTENT,
    "dc": CREATOR,
    "media": MEDIA,
    "snf": SMART,
    "atom": ATOM,
    "fh": ARCHIVE,
    "at": TOMBSTONE,
}
TYPE = "application/rss+xml; charset=utf-8"
TTL = 1
"""Minutes after which a subscriber may ask again."""

blueprint = answers.blueprint("rss", __name__, "feed")


@blueprint.get("/live/<slug>/feed.rss", defaults={"n": None})
@blueprint.get("/live/<slug>/pages/<int:n>/feed.rss")
def feed(slug: str, n: int | None) -> Response:
    """The current feed, or the archive's feed of older page `n`."""
    return feeds.answered(slug, n, "rss.feed", rss, TYPE)


def rss(feed: Feed) -> bytes:
    """The feed as an RSS document."""
    root = xml.Element("rss", {"version": "2.0"} | {f"xmlns:{name}": space for name, space in _PREFIXES.items()})
    channel = xml.SubElement(root, "channel")
    _put(channel, "title", feed.title)
    _put(channel, "link", feed.links["alternate"])
    _put(channel, "description", feed.summary or feed.title)
    _put(channel, "language", i18n.og_locale(feed.lang).replace("_", "-").lower())
    for name in ("pubDate", "lastBuildDate"):
        _put(channel, name, _date(feed.updated))
    _put(channel, "generator", "liveblog")
    _put(channel, "ttl", str(TTL))
    _put_logo(channel, feed)
    for rel, href in feed.links.items():
        if rel != "alternate":
            _put(
                channel, "atom:link", rel=rel, href=href, **({"type": TYPE.partition(";")[0]} if rel == "self" else {})
            )
    if feed.archived:
        _put(channel, "fh:archive")
    for each in feed.entries:
        _put_entry(channel, each)
    for gone in feed.removed:
        _put_removal(channel, gone, feed.lang)
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _put_logo(channel: xml.Element, feed: Feed) -> None:
    if (logo := site.services().settings.publisher_logo) is not None:
        image = _put(channel, "image")
        _put(image, "url", logo)
        _put(image, "title", feed.title)
        _put(image, "link", feed.links["alternate"])
        _put(_put(channel, "snf:logo"), "url", logo)


def _put_entry(channel: xml.Element, each: Entry) -> None:
    item = _item(channel, each.id, each.url, each.published)
    _put(item, "title", each.title)
    _put(item, "description", each.excerpt)
    _put(item, "content:encoded", each.content)
    _put(item, "atom:updated", each.updated)
    _put(item, "media:status", state="active")
    if each.author:
        _put(item, "dc:creator", each.author)
    for name in (each.category[1] if each.category else "", each.key):
        if name:
            _put(item, "category", name)
    if each.media:
        _put(item, "media:thumbnail", url=each.media[0].url, **_size(each.media[0]))
    for media in each.media:
        _put_picture(item, media)


def _put_picture(item: xml.Element, media: Enclosure) -> None:
    picture = media.picture
    made = _put(item, "media:content", url=media.url, type=media.type, medium="image", **_size(media))
    _put(made, "media:description", picture.caption or picture.alt, type="plain")
    if picture.credit:
        _put(made, "media:credit", picture.credit)


def _size(media: Enclosure) -> dict[str, str]:
    return {"width": str(media.picture.width), "height": str(media.picture.height)}


def _put_removal(channel: xml.Element, gone: Removed, lang: str) -> None:
    """A retracted post: the tombstone of Atom, and the item that makes SmartNews take the article down."""
    _put(channel, "at:deleted-entry", ref=gone.id, when=gone.when)
    item = _item(channel, gone.id, gone.url, gone.when)
    _put(item, "title", i18n.say(lang, "This update was removed"))
    _put(item, "media:status", state="deleted")


def _item(channel: xml.Element, id: str, url: str, at: str) -> xml.Element:
    item = _put(channel, "item")
    _put(item, "guid", id, isPermaLink="false")
    _put(item, "link", url)
    _put(item, "pubDate", _date(at))
    return item


def _date(at: str) -> str:
    """A time as RFC 822 writes it."""
    return format_datetime(datetime.fromisoformat(at), usegmt=True)


def _put(parent: xml.Element, name: str, text: str | None = None, **attributes: str) -> xml.Element:
    made = xml.SubElement(parent, name, {key: NOT_XML.sub("", value) for key, value in attributes.items()})
    made.text = NOT_XML.sub("", text) if text is not None else None
    return made
