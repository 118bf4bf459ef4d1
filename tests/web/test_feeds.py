"""The feeds: valid, stable, complete across their pages, right about edits and removals, without drafts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as xml

import pytest

from liveblog import actions, checks
from liveblog.model import Media, Venue
from liveblog.store.commits import Store
from liveblog.web import feeds
from tests.web.syndicated import BASE, Site, syndicated

NAMES = {"a": feeds.ATOM, "fh": feeds.ARCHIVE, "at": feeds.TOMBSTONE}


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with syndicated(store) as site:
        yield site


def rel(feed: xml.Element, name: str) -> str | None:
    found = feed.find(f"a:link[@rel='{name}']", NAMES)
    return found.get("href") if found is not None else None


def test_a_feed_says_when_and_where_the_night_is(site: Site) -> None:
    assert "event" not in site.json()["_liveblog"]
    venue = Venue(name="Dolby Theatre", locality="Los Angeles", country="US")
    fields = {"timezone": "America/Los_Angeles", "starts": "2025-03-03T00:00:00Z", "venue": venue}
    site.do(actions.edit_blog, summary="Six races", **fields)
    said = "Six races · 2 March 2025 · Dolby Theatre, Los Angeles"
    assert site.json()["description"] == said
    assert site.atom().findtext("a:subtitle", namespaces=NAMES) == said
    event = {
        "starts": "2025-03-03T00:00:00.000Z",
        "venue": {"name": "Dolby Theatre", "locality": "Los Angeles", "country": "US"},
    }
    assert site.json()["_liveblog"]["event"] == event


def test_an_entry_has_the_pages_text(site: Site) -> None:
    id = site.publish(
        "Doors *open* & [more](https://example.org/?a=1&b=2)",
        headline="Doors <open>",
        byline="Ana",
        category="director",
    )
    found = site.parsed()
    assert (found.feed.title, found.feed.author, found.feed.language) == ("Anora & the Oscars", "The Gazette", "en")
    first = found.entries[0]
    assert (first.title, first.author, first.link) == ("Doors <open>", "Ana", f"{BASE}/live/anora/posts/{id}")
    assert [(tag.term, tag.label) for tag in first.tags] == [("director", "Best Director")]
    html = first.content[0].value
    assert "<em>open</em>" in html
    assert 'href="https://example.org/?a=1&amp;b=2"' in html
    assert "<h2" not in html  # the headline is the entry's title
    assert first.published == first.updated


def test_pictures_are_enclosures(site: Site) -> None:
    picture = Media(name="0123.webp", width=1600, height=900, alt="A red carpet", widths=[800, 1600])
    site.publish("Look", media=[picture])
    found = site.parsed().entries[0]
    (enclosure,) = found.enclosures
    assert (enclosure.href, enclosure.type) == (f"{BASE}/media/0123.webp", "image/webp")
    assert f'srcset="{BASE}/media/0123-800.webp 800w, {BASE}/media/0123.webp 1600w"' in str(
        site.atom().findtext("a:entry/a:content", namespaces=NAMES)
    )
    item = site.json()["items"][0]
    assert item["attachments"] == [{"url": f"{BASE}/media/0123.webp", "mime_type": "image/webp"}]
    assert item["image"] == f"{BASE}/media/0123.webp"


def test_links_in_an_entry_lead_to_the_site_from_anywhere() -> None:
    made = feeds.content(
        '<article><header>x</header><div class="body"><p><a href="/live/a#b">a</a><a href="https://x.example/">x</a></p>'
        '<img src="/media/1.jpg" srcset="/media/1-s.jpg 400w, /media/1.jpg 800w" alt="A"></div></article>',
        "https://live.example.org/",
    )
    assert '<a href="https://live.example.org/live/a#b">' in made
    assert '<a href="https://x.example/">' in made
    assert 'srcset="https://live.example.org/media/1-s.jpg 400w, https://live.example.org/media/1.jpg 800w"' in made
    assert "header" not in made


def test_an_arabic_text_in_an_english_feed_keeps_its_direction(site: Site) -> None:
    site.publish("فاز فيلم Anora بجائزة أفضل فيلم.\n\n- القاعة تقف\n\nThe end.", headline="Anora")
    item = site.json()["items"][0]["content_html"]
    assert '<p dir="rtl">فاز' in item
    assert '<p dir="ltr">The end' in item
    assert '<li dir="rtl">القاعة' in item
    site.publish("Doors open.")
    assert "dir=" not in site.json()["items"][0]["content_html"]


def test_ids_stay_and_updated_changes_with_edits_and_corrections(site: Site) -> None:
    id = site.publish("First", headline="One")
    before = site.parsed().entries[0]
    site.do(actions.edit_post, id, body="Second", correction="It was the second.")
    after = site.parsed().entries[0]
    assert (after.id, after.published, after.link) == (before.id, before.published, before.link)
    assert after.updated > before.updated
    assert "It was the second." in after.content[0].value
    assert site.json()["items"][0]["date_modified"] == after.updated
    assert site.json()["items"][0]["id"] == after.id


def test_a_recalled_result_is_announced_again(site: Site) -> None:
    site.do(actions.announce, "director", winners=["brady-corbet"])
    before = site.parsed().entries[0]
    site.do(actions.recall, "director", note="The wrong card was read.", winners=["sean-baker"])
    after = site.parsed().entries[0]
    assert after.id == before.id
    assert after.updated > before.updated
    assert "Sean Baker" in after.title
    assert "Brady Corbet" not in after.title


def test_a_headline_or_a_picture_alone_is_an_entry_with_a_title(site: Site) -> None:
    site.publish("", headline="We are live")
    site.publish("", media=[Media(name="hall.webp", width=8, height=6, alt="The full hall")])
    picture, headline, *_ = site.parsed().entries
    assert (headline.title, picture.title) == ("We are live", "The full hall")
    assert "hall.webp" in picture.content[0].value
    items = site.json()["items"]
    assert [item["title"] for item in items[:2]] == ["The full hall", "We are live"]
    assert all("content_html" in item for item in items)


def test_a_doubt_and_its_end_are_news(site: Site) -> None:
    site.do(actions.announce, "director", winners=["sean-baker"])
    called = site.parsed().entries[0]
    site.do(actions.doubt, "director", note="Two cards were on stage.")
    doubted = site.parsed().entries[0]
    assert (doubted.title, doubted.id) == (f"In doubt: {called.title}", called.id)
    assert "Two cards were on stage." in doubted.content[0].value
    assert site.json()["items"][0]["title"] == doubted.title
    site.do(actions.confirm, "director")
    sure = site.parsed().entries[0]
    assert sure.title == called.title
    assert called.updated < doubted.updated < sure.updated


def test_a_retracted_post_is_a_tombstone_and_nothing_else(site: Site) -> None:
    id = site.publish("Not for the public", headline="Rumour")
    ref = site.parsed().entries[0].id
    site.do(actions.retract, id)
    feed = site.atom()
    (gone,) = feed.findall("at:deleted-entry", NAMES)
    assert gone.get("ref") == ref
    assert gone.get("when") == feed.findtext("a:updated", namespaces=NAMES)
    assert site.json()["_liveblog"]["removed"] == [{"id": ref, "date_removed": gone.get("when")}]
    for path in ("/feed.atom", "/feed.json"):
        assert b"Rumour" not in site.get(path).data
    assert site.parsed().entries[0].title == "Before the show"


def test_the_archive_holds_everything_once(site: Site) -> None:
    for number in range(1, 64):  # with the preview 64 posts: two older pages, 24 in the current feed
        site.publish(f"Update {number}.")
    seen, path = [], "/feed.atom"
    while path:
        feed = site.atom(path)
        archived = feed.find("fh:archive", NAMES) is not None
        assert archived == (path != "/feed.atom")
        seen += [each.text for each in feed.findall("a:entry/a:id", NAMES)]
        if archived:
            assert rel(feed, "current") == f"{BASE}/live/anora/feed.atom"
        path = (rel(feed, "prev-archive") or "").removeprefix(f"{BASE}/live/anora")
    assert len(seen) == len(set(seen)) == 64
    assert rel(site.atom("/pages/1/feed.atom"), "next-archive") == f"{BASE}/live/anora/pages/2/feed.atom"
    assert rel(site.atom("/pages/2/feed.atom"), "next-archive") is None
    items, url = [], f"{BASE}/live/anora/feed.json"
    while url:
        page = site.json(url.removeprefix(f"{BASE}/live/anora"))
        assert page["feed_url"] == url
        items += [item["id"] for item in page["items"]]
        url = page.get("next_url")
    assert items == seen
    assert site.get("/pages/3/feed.atom").status_code == 404


def test_an_archived_feed_keeps_its_bytes_while_the_night_goes_on(site: Site) -> None:
    for number in range(1, 41):
        site.publish(f"Update {number}.")
    before = site.get("/pages/1/feed.atom")
    site.publish("One more")
    assert site.get("/pages/1/feed.atom", If_None_Match=before.headers["ETag"]).status_code == 304


def test_json_feed_has_what_the_format_asks_for(site: Site) -> None:
    site.publish("Text", key=True)
    feed = site.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["home_page_url"], feed["feed_url"]) == (f"{BASE}/live/anora", f"{BASE}/live/anora/feed.json")
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example.org/"}]
    item = feed["items"][0]
    assert set(item) == {"id", "url", "title", "content_html", "date_published", "date_modified", "tags"}
    assert item["title"].startswith("Update, ")
    assert site.get("/feed.json").headers["Content-Type"] == "application/feed+json; charset=utf-8"


def test_the_hub_is_named_where_subscribers_look(site: Site) -> None:
    answer, feed = site.get("/feed.atom"), site.atom()
    assert (rel(feed, "hub"), rel(feed, "self")) == ("https://hub.example.org/", f"{BASE}/live/anora/feed.atom")
    assert answer.headers["Link"] == (
        f'<https://hub.example.org/>; rel="hub", <{BASE}/live/anora/feed.atom>; rel="self"'
    )
    assert rel(feed, "alternate") == f"{BASE}/live/anora"


def test_a_feed_is_sent_again_only_when_it_changed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 4_000_000_000.0
    monkeypatch.setattr("liveblog.http.response_cache.time.time", lambda: now)
    first = site.get("/feed.atom")
    assert "Last-Modified" not in first.headers  # in the second in which it was made
    now += 2
    first = site.get("/feed.atom")
    assert site.get("/feed.atom", If_None_Match=first.headers["ETag"]).status_code == 304
    assert site.get("/feed.atom", If_Modified_Since=first.headers["Last-Modified"]).status_code == 304
    other = {"If_None_Match": '"other"', "If_Modified_Since": first.headers["Last-Modified"]}
    assert site.get("/feed.atom", **other).status_code == 200  # the ETag takes precedence over the date
    site.publish("News")
    assert site.get("/feed.atom", If_None_Match=first.headers["ETag"]).status_code == 200


def test_text_that_xml_cannot_contain_does_not_break_the_feed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CONTROL", re.compile("[\x00-\x08]"))  # earlier releases took what is no character
    site.publish("￾ and ]]> and &amp; and </content>", headline="Odd ￿ signs")
    assert site.parsed().entries[0].title == "Odd  signs"


def test_a_draft_has_no_feed(site: Site) -> None:
    site.store.perform(
        "secret", lambda view: actions.create_blog(view, slug="secret", title="Secret", status="draft"), by="test"
    )
    for kind in ("atom", "json"):
        assert site.client.get(f"/live/secret/feed.{kind}").status_code == 404
