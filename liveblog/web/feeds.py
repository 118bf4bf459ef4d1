"""The feeds: Atom (RFC 4287) and JSON Feed 1.1, made of the same posts and the same rendering as the page. `rss.py` and
`ninjs.py` make other formats of the same contents.

The current feed contains the live page's posts; the archive continues there, with one feed for each older page (RFC
5005, section 4), which never shifts. Removed posts are tombstones (RFC 6721). `push/websub.py` notifies hubs.
"""

from __future__ import annotations

import mimetypes
import re
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree as xml

import msgspec
from bs4 import BeautifulSoup
from flask import Response
from msgspec import Struct

from .. import i18n
from ..errors import NotFound
from ..excerpts import excerpt
from ..model import Category, Media, Post, Venue
from ..timeline import Timeline
from . import answers, render, site

ATOM, ARCHIVE, TOMBSTONE = (
    "http://www.w3.org/2005/Atom",
    "http://purl.org/syndication/history/1.0",
    "http://purl.org/atompub/tombstones/1.0",
)
for _prefix, _name in (("", ATOM), ("fh", ARCHIVE), ("at", TOMBSTONE)):
    xml.register_namespace(_prefix, _name)
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may contain (XML 1.0, 2.2)."""
KINDS = {"atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json; charset=utf-8"}
NAMESPACE = uuid.UUID("5d2a3c8e-7b1f-5f0a-9c57-0a4f6c1f9e61")
"""A namespace of our own: names in it are this program's blogs and posts."""

EXCERPT = 200
"""Most graphemes of an entry's excerpt."""

blueprint = answers.blueprint("feeds", __name__, "feed")


class Enclosure(Struct, frozen=True):
    """A picture of an entry: its file's full address and media type, and what the post says of it."""

    url: str
    type: str
    picture: Media


class Entry(Struct, frozen=True, kw_only=True):
    """A post in a feed: `updated` changes with edits and corrections, `content` is HTML with full addresses, `excerpt`
    the beginning of its words."""

    id: str
    url: str
    title: str
    published: str
    updated: str
    content: str
    excerpt: str
    author: str | None
    category: tuple[str, str] | None
    key: str
    media: list[Enclosure]


class Removed(Struct, frozen=True, kw_only=True):
    """A post that was taken back: its entry's id, its page's address, and the time of the removal."""

    id: str
    url: str
    when: str


class Feed(Struct, frozen=True, kw_only=True):
    """One part of a blog. `links` by relation."""

    id: str
    title: str
    summary: str
    publisher: str
    lang: str
    starts: str | None
    venue: Venue | None
    updated: str
    entries: list[Entry]
    removed: list[Removed]
    archived: bool
    links: dict[str, str]


# -- requests


@blueprint.get("/live/<slug>/feed.atom", defaults={"n": None, "kind": "atom"}, endpoint="atom")
@blueprint.get("/live/<slug>/feed.json", defaults={"n": None, "kind": "json"}, endpoint="json")
@blueprint.get("/live/<slug>/pages/<int:n>/feed.atom", defaults={"kind": "atom"}, endpoint="atom")
@blueprint.get("/live/<slug>/pages/<int:n>/feed.json", defaults={"kind": "json"}, endpoint="json")
def feed(slug: str, n: int | None, kind: str) -> Response:
    """The current feed, or the archive's feed of older page `n`."""
    return answered(slug, n, f"feeds.{kind}", atom if kind == "atom" else json_feed, KINDS[kind])


def answered(slug: str, n: int | None, endpoint: str, write: Callable[[Feed], bytes], type: str) -> Response:
    """The feed of the live page's posts (n is None) or of older page `n`, at its `endpoint`, as `write` makes it."""
    timeline = site.services().public(slug)
    if n is not None and not 1 <= n <= timeline.pages:
        raise NotFound(f"there is no page {n}")
    hub, self = site.services().settings.hub, site.address(endpoint, slug=slug, n=n)
    discovery = {"Link": f'<{hub}>; rel="hub", <{self}>; rel="self"'} if hub and n is None else {}
    headers = answers.headers(Content_Type=type, **discovery)
    return site.services().responses.answer(timeline, lambda: write(stretch(timeline, n, endpoint)), headers)


# -- contents


def stretch(timeline: Timeline, n: int | None, endpoint: str) -> Feed:
    """The feed of the live page's posts (n is None), or of an older page. Raises `LookupError` for a page beyond."""
    blog, base = timeline.blog, site.base()
    posts = timeline.live_posts() if n is None else timeline.page(n)
    entries = [entry(timeline, post, base) for post in posts]
    taken_back = [removed(timeline, post) for post in timeline.removed(n)]
    times = [each.updated for each in entries] + [each.when for each in taken_back]
    if n is None:
        times.append(timeline.time(blog))

    def at(page: int | None) -> str:
        return site.address(endpoint, slug=blog.id, n=page)

    links = {"self": at(n), "alternate": site.address("reader.live", slug=blog.id)}
    if n is not None:
        links |= {"alternate": site.address("reader.older", slug=blog.id, n=n), "current": at(None)}
        if n < timeline.pages:
            links["next-archive"] = at(n + 1)
    earlier = timeline.pages if n is None else n - 1
    if earlier:
        links["prev-archive"] = at(earlier)
    if n is None and (hub := site.services().settings.hub):
        links["hub"] = hub
    facts = (i18n.day(blog.starts, blog.timezone, blog.language) if blog.starts else "", render.where(blog.venue))
    return Feed(
        id=blog_id(timeline),
        title=blog.title,
        summary=" · ".join(filter(None, (blog.summary, *facts))),
        publisher=site.publisher(timeline.blog),
        lang=blog.language,
        starts=blog.starts,
        venue=blog.venue,
        updated=max(times, default="") or "1970-01-01T00:00:00.000Z",
        entries=entries,
        removed=taken_back,
        archived=n is not None,
        links=links,
    )


def entry(timeline: Timeline, post: Post, base: str) -> Entry:
    blog = timeline.blog
    category = timeline.get(Category, post.category) if post.category else None
    return Entry(
        id=entry_id(post),
        url=site.address("reader.post", slug=blog.id, id=post.id),
        title=(title := render.heading(timeline, post, alone=True)),
        published=post.published_at,
        updated=updated(post),
        content=content(render.article(timeline, post), base + "/"),
        excerpt=excerpt(render.doubted(timeline, post, render.words(post)), EXCERPT) or title,
        author=post.byline,
        category=(category.id, category.name) if category is not None else None,
        key=i18n.say(blog.language, "Key moment") if post.key else "",
        media=[Enclosure(f"{base}/media/{each.name}", media_type(each.name), each) for each in post.media],
    )


def removed(timeline: Timeline, post: Post) -> Removed:
    """What remains of a retracted post."""
    url = site.address("reader.post", slug=timeline.blog.id, id=post.id)
    return Removed(id=entry_id(post), url=url, when=timeline.time(post) or post.published_at)


def blog_id(timeline: Timeline) -> str:
    """The blog's URN. One that is made anew under the same slug is another blog."""
    return _urn(f"blog {timeline.born} {timeline.blog.id}")


def entry_id(post: Post) -> str:
    """The post's random id as a URN: it never changes, also when the site moves."""
    return _urn(f"post {post.id}")


def updated(post: Post) -> str:
    """The time of the last news for readers: a publication, an edit, a doubt or its end, a correction."""
    return max(post.published_at, post.updated_at or "", *(each.at for each in post.corrections))


@lru_cache(maxsize=2048)
def content(article: str, base: str) -> str:
    """The parts of a rendered article that a feed shows: text, pictures and corrections, with full addresses.

    Headline, time and byline have places of their own in a feed; only links can be clicked.
    """
    soup = BeautifulSoup(article, "html.parser")
    for part in soup.select("article > header, article > footer, button, script, template, [hidden]"):
        part.decompose()
    for tag in soup.find_all(True):
        for name in ("href", "src", "poster"):
            if tag.get(name):
                tag[name] = urljoin(base, str(tag[name]))
        if tag.get("srcset"):
            tag["srcset"] = re.sub(r"(^|,\s*)(/\S*)", lambda m: m[1] + urljoin(base, m[2]), str(tag["srcset"]))
        for name in [name for name in tag.attrs if name in ("class", "id", "tabindex") or name.startswith("data-")]:
            del tag[name]
    for box in soup.find_all("div"):
        for part in box.find_all(True, recursive=False) if box.get("dir") else ():
            part["dir"] = part.get("dir") or box["dir"]
        box.hidden = True  # it was there for its style; removing each would count its contents again
    root = soup.find("article")
    return "".join(str(child) for child in root.children).strip() if root is not None else ""


def _urn(name: str) -> str:
    return uuid.uuid5(NAMESPACE, name).urn


def media_type(name: str) -> str:
    return mimetypes.guess_type(name, strict=False)[0] or "image/webp"


# -- formats


def atom(feed: Feed) -> bytes:
    """The feed as an Atom document."""
    root = xml.Element(f"{{{ATOM}}}feed", {LANG: feed.lang})
    _put(root, "id", feed.id)
    _put(root, "title", feed.title)
    if feed.summary:
        _put(root, "subtitle", feed.summary)
    _put(root, "updated", feed.updated)
    _put(_put(root, "author"), "name", feed.publisher)
    _put(root, "generator", "liveblog")
    types = {"self": KINDS["atom"].partition(";")[0], "alternate": "text/html"}
    for rel, href in feed.links.items():
        _put(root, "link", rel=rel, href=href, **({"type": types[rel]} if rel in types else {}))
    if feed.archived:
        xml.SubElement(root, f"{{{ARCHIVE}}}archive")
    for each in feed.entries:
        _put_entry(root, each)
    for gone in feed.removed:
        xml.SubElement(root, f"{{{TOMBSTONE}}}deleted-entry", {"ref": gone.id, "when": gone.when})
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _put_entry(root: xml.Element, each: Entry) -> None:
    made = _put(root, "entry")
    _put(made, "id", each.id)
    _put(made, "title", each.title)
    _put(made, "published", each.published)
    _put(made, "updated", each.updated)
    _put(made, "link", rel="alternate", type="text/html", href=each.url)
    for media in each.media:
        _put(made, "link", rel="enclosure", type=media.type, href=media.url)
    if each.author:
        _put(_put(made, "author"), "name", each.author)
    if each.category:
        _put(made, "category", term=each.category[0], label=each.category[1])
    if each.key:
        _put(made, "category", term="key-moment", label=each.key)
    _put(made, "content", each.content, type="html")


def _put(parent: xml.Element, name: str, text: str | None = None, **attributes: str) -> xml.Element:
    clean = {key: NOT_XML.sub("", value) for key, value in attributes.items()}
    made = xml.SubElement(parent, f"{{{ATOM}}}{name}", clean)
    made.text = NOT_XML.sub("", text) if text is not None else None
    return made


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1. That format has no removal: `_liveblog.removed` lists the removed ids."""
    links = feed.links
    event = {"starts": feed.starts, "venue": feed.venue}
    event = {name: value for name, value in event.items() if value is not None}
    found: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": links["alternate"],
        "feed_url": links["self"],
        "description": feed.summary or None,
        "next_url": links.get("prev-archive"),
        "language": feed.lang,
        "authors": [{"name": feed.publisher}],
        "hubs": [{"type": "WebSub", "url": links["hub"]}] if "hub" in links else None,
        "items": [_item(each) for each in feed.entries],
        "_liveblog": {
            "about": "removed: items of this feed that the publisher took back, by id; forget them. "
            "event: when and where what the feed is about takes place",
            "removed": [{"id": gone.id, "date_removed": gone.when} for gone in feed.removed],
            **({"event": event} if event else {}),
        },
    }
    return msgspec.json.encode({name: value for name, value in found.items() if value is not None})


def _item(each: Entry) -> dict[str, Any]:
    tags = [each.category[1]] if each.category else []
    item: dict[str, Any] = {
        "id": each.id,
        "url": each.url,
        "title": each.title,
        "content_html": each.content,
        "image": each.media[0].url if each.media else None,
        "date_published": each.published,
        "date_modified": each.updated,
        "authors": [{"name": each.author}] if each.author else None,
        "tags": [*tags, *([each.key] if each.key else [])] or None,
        "attachments": [{"url": media.url, "mime_type": media.type} for media in each.media] or None,
    }
    return {name: value for name, value in item.items() if value is not None}
