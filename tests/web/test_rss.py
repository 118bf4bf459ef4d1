"""The RSS feed: what Apple News and SmartNews ask for (docs/wire.md), ids as in Atom, removals, the archive."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as xml

import feedparser
import pytest
from bs4 import BeautifulSoup

from liveblog import actions
from liveblog.model import Media
from liveblog.store.commits import Store
from liveblog.web import rss
from liveblog.web.feeds import ATOM, TOMBSTONE
from tests.web.syndicated import BASE, Site, syndicated

NAMES = {"content": rss.CONTENT, "dc": rss.CREATOR, "media": rss.MEDIA, "snf": rss.SMART, "a": ATOM, "at": TOMBSTONE}
LOGO = "https://live.example.org/logo.png"
PICTURE = Media(
    name="0123.webp", width=1600, height=900, alt="A red carpet", widths=[800, 1600], caption="Arrivals", credit="Ana"
)
SMART_TAGS = {"a", "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "cite", "time"}
SMART_TAGS |= {"h3", "h4", "h5", "h6", "table", "tr", "th", "td", "figure", "figcaption", "img", "span", "bdi", "div"}
"""Of the elements that readers of SmartNews see, those that a post has: no script, frame, form or style."""


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with syndicated(store, PUBLISHER_LOGO=LOGO) as site:
        yield site


def channel(site: Site, path: str = "/feed.rss") -> xml.Element:
    answer = site.get(path)
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    found = xml.fromstring(answer.data).find("channel")
    assert found is not None
    return found


def parsed(site: Site) -> Any:
    found = feedparser.parse(site.get("/feed.rss").data, response_headers={"content-type": "application/rss+xml"})
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "rss20"
    return found


def text(element: xml.Element, name: str) -> str:
    return element.findtext(name, default="", namespaces=NAMES)


def test_the_channel_has_what_apple_news_and_smartnews_require(site: Site) -> None:
    found = channel(site)
    for name in ("title", "link", "description", "language", "pubDate"):
        assert text(found, name), name
    assert text(found, "language") == "en-us"  # Apple asks for a locale
    assert text(found, "link") == f"{BASE}/live/anora"
    assert text(found, "snf:logo/url") == text(found, "image/url") == LOGO
    assert parsedate_to_datetime(text(found, "pubDate")).tzinfo is not None
    assert site.get("/feed.rss").data.startswith(b"<?xml version='1.0' encoding='utf-8'?>")


def test_an_item_has_the_whole_text_its_pictures_and_an_excerpt(site: Site) -> None:
    body = "Doors *open* & [more](https://example.org/?a=1&b=2)\n\n> We made it.\n> — Sean Baker"
    id = site.publish(body, headline="Doors <open>", byline="Ana", category="director", key=True, media=[PICTURE])
    item = channel(site).find("item")
    assert item is not None
    assert text(item, "title") == "Doors <open>"
    assert text(item, "link") == f"{BASE}/live/anora/posts/{id}"
    assert text(item, "description").startswith("Doors open & more")
    assert "<em>" not in text(item, "description")
    assert [each.text for each in item.findall("category")] == ["Best Director", "Key moment"]
    assert text(item, "dc:creator") == "Ana"
    article = BeautifulSoup(text(item, "content:encoded"), "html.parser")
    assert {tag.name for tag in article.find_all(True)} <= SMART_TAGS
    assert all(str(tag["href"]).startswith("https://") for tag in article.select("[href]"))
    thumbnail, picture = item.find("media:thumbnail", NAMES), item.find("media:content", NAMES)
    assert thumbnail is not None
    assert picture is not None
    assert thumbnail.get("url") == picture.get("url") == f"{BASE}/media/0123.webp"
    assert (picture.get("medium"), picture.get("type"), picture.get("width")) == ("image", "image/webp", "1600")
    assert (text(picture, "media:description"), text(picture, "media:credit")) == ("Arrivals", "Ana")


def test_the_ids_and_times_are_those_of_the_atom_feed(site: Site) -> None:
    id = site.publish("First", headline="One")
    site.do(actions.edit_post, id, body="Second", correction="It was the second.")
    here, there = parsed(site).entries[0], site.parsed().entries[0]
    assert here.id == there.id
    assert here.published_parsed == there.published_parsed
    assert here.updated == there.updated
    assert "It was the second." in here.content[0].value


def test_a_headline_alone_has_a_description(site: Site) -> None:
    site.publish("", headline="We are live")
    item = channel(site).find("item")
    assert item is not None
    assert text(item, "description") == "We are live"


@pytest.mark.parametrize("body", ["A short walk.", ""])
def test_a_doubted_result_says_so_in_the_title_and_in_the_excerpt(site: Site, body: str) -> None:
    site.do(actions.announce, "director", winners=["sean-baker"])
    state: Any = site.client.get("/api/v1/blogs/anora").json
    site.do(actions.edit_post, state["posts"][0]["id"], body=body)
    site.do(actions.doubt, "director", note="Two cards were on stage.")
    item = channel(site).find("item")
    assert item is not None
    assert text(item, "title").startswith("In doubt: ")
    assert text(item, "description") == (f"In doubt: {body}" if body else text(item, "title"))


def test_a_retracted_post_is_taken_down(site: Site) -> None:
    id = site.publish("Not for the public", headline="Rumour", media=[PICTURE], byline="Ana")
    guid = parsed(site).entries[0].id
    site.do(actions.retract, id)
    found = channel(site)
    (gone,) = [item for item in found.findall("item") if text(item, "guid") == guid]
    status = gone.find("media:status", NAMES)
    assert status is not None
    assert status.get("state") == "deleted"
    assert {child.tag for child in gone} == {"guid", "link", "pubDate", "title", f"{{{rss.MEDIA}}}status"}
    tombstone = found.find("at:deleted-entry", NAMES)
    assert tombstone is not None
    assert tombstone.get("ref") == guid
    for word in (b"Rumour", b"Not for the public", b"0123.webp", b"red carpet"):
        assert word not in site.get("/feed.rss").data


def test_the_archive_holds_everything_once_and_the_hub_is_named(site: Site) -> None:
    for number in range(1, 64):
        site.publish(f"Update {number}.")
    seen, path = [], "/feed.rss"
    while path:
        found = channel(site, path)
        seen += [text(item, "guid") for item in found.findall("item")]
        links = {link.get("rel"): link.get("href") or "" for link in found.findall("a:link", NAMES)}
        assert links["self"] == f"{BASE}/live/anora{path}"
        assert ("hub" in links) == (path == "/feed.rss")
        path = links.get("prev-archive", "").removeprefix(f"{BASE}/live/anora")
    assert len(seen) == len(set(seen)) == 64
    assert 'rel="hub"' in site.get("/feed.rss").headers["Link"]
    assert site.get("/pages/3/feed.rss").status_code == 404


def test_the_feed_is_sent_again_only_when_it_changed(site: Site) -> None:
    first = site.get("/feed.rss")
    assert site.get("/feed.rss", If_None_Match=first.headers["ETag"]).status_code == 304
    site.publish("News")
    assert site.get("/feed.rss", If_None_Match=first.headers["ETag"]).status_code == 200


def test_pages_name_the_feed(site: Site) -> None:
    page = BeautifulSoup(site.get("").data, "html.parser")
    (link,) = page.select('link[rel=alternate][type="application/rss+xml"]')
    assert link["href"] == f"{BASE}/live/anora/feed.rss"
