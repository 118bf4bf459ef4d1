"""What machines read: structured data, previews and cards, the sitemap. Right, bounded, without drafts."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from bs4 import BeautifulSoup
from msgspec.structs import replace
from PIL import Image

from liveblog import actions
from liveblog.checks import NewNominee
from liveblog.model import Media, Post, Venue
from liveblog.store.commits import Store
from liveblog.web import cards, drawing, metadata, render, sitemap
from liveblog.web.answers import FRESH
from liveblog.web.drawing import Card
from tests.web.syndicated import BASE, Site, syndicated, tag


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with syndicated(store, PUBLISHER_LOGO="https://gazette.example.org/logo.png") as site:
        yield site


def page(site: Site, path: str = "") -> BeautifulSoup:
    return BeautifulSoup(site.get(path).data, "html.parser")


def data(site: Site, path: str = "") -> Any:
    return json.loads(str(tag(page(site, path), 'script[type="application/ld+json"]').string))


def meta(soup: BeautifulSoup) -> dict[str, str]:
    return {
        str(each.get("property") or each.get("name")): str(each["content"]) for each in soup.select("meta[content]")
    }


def test_the_live_page_is_a_live_blog_posting(site: Site) -> None:
    id = site.publish("Doors *open*.\n\nAt last.", headline="Doors", byline="Ana")
    plain = site.publish("No headline")
    site.do(actions.edit_post, id, body="Doors *shut*.\n\nAt last.", correction="They were shut.")
    found = data(site)
    assert (found["@type"], found["headline"], found["url"]) == (
        "LiveBlogPosting",
        "Anora & the Oscars",
        f"{BASE}/live/anora",
    )
    assert found["publisher"] == {
        "@type": "Organization",
        "name": "The Gazette",
        "url": f"{BASE}/",
        "logo": {"@type": "ImageObject", "url": "https://gazette.example.org/logo.png"},
    }
    assert found["about"] == {"@type": "Event", "name": "Anora & the Oscars"}  # without a start, nothing is claimed
    assert "coverageEndTime" not in found
    newest, first, preview = found["liveBlogUpdate"]
    assert (newest["url"], newest["author"]["name"]) == (f"{BASE}/live/anora/posts/{plain}", "The Gazette")
    assert newest["headline"].startswith("Update, ")
    assert (first["headline"], first["articleBody"]) == ("Doors", "Doors shut. At last.")
    assert first["author"] == {"@type": "Person", "name": "Ana"}
    assert first["dateModified"] > first["datePublished"]
    assert first["correction"][0]["text"] == "They were shut."
    assert found["coverageStartTime"] == first["datePublished"] > preview["datePublished"] == found["datePublished"]
    assert found["dateModified"] == first["dateModified"]


def test_the_event_has_its_start_and_its_place_when_they_are_known(site: Site) -> None:
    assert "coverageStartTime" not in data(site)  # a preview is no coverage
    venue = Venue(name="Dolby Theatre", locality="Los Angeles", country="US")
    site.do(actions.edit_blog, starts="2025-03-02T16:00:00-08:00", venue=venue)
    site.publish("Doors open")
    found = data(site)
    assert found["about"] == {
        "@type": "Event",
        "name": "Anora & the Oscars",
        "startDate": "2025-03-03T00:00:00.000Z",
        "location": {
            "@type": "Place",
            "name": "Dolby Theatre",
            "address": {"@type": "PostalAddress", "addressLocality": "Los Angeles", "addressCountry": "US"},
        },
    }
    assert found["coverageStartTime"] == "2025-03-03T00:00:00.000Z"
    site.do(actions.edit_blog, starts="2999-01-01T00:00:00Z", venue=Venue(name="Palais"))
    found = data(site)
    assert found["about"]["location"] == {"@type": "Place", "name": "Palais"}
    assert found["coverageStartTime"] == found["liveBlogUpdate"][0]["datePublished"]  # the red carpet is coverage


def test_coverage_ends_when_the_blog_has_ended(site: Site) -> None:
    id = site.publish("Good night")
    site.do(actions.edit_blog, status="ended")
    found = data(site)
    assert (
        found["coverageEndTime"] == next(each for each in found["liveBlogUpdate"] if id in each["url"])["datePublished"]
    )


def test_structured_data_is_bounded_and_keeps_the_newest(site: Site) -> None:
    for number in range(12):
        site.publish(f"{number} " + "words and words " * 150)
    found = data(site)
    assert len(json.dumps(found, ensure_ascii=False).encode()) <= metadata.BUDGET + 1000
    assert [each["articleBody"].split()[0] for each in found["liveBlogUpdate"]] == ["11", "10", "9"]


def test_text_cannot_leave_the_structured_data(site: Site) -> None:
    site.publish("x", headline="</script><script>alert(1)</script>")
    assert "<script>alert" not in site.get("").text
    assert data(site)["liveBlogUpdate"][0]["headline"] == "</script><script>alert(1)</script>"


def test_a_posts_page_has_a_preview_of_its_own(site: Site) -> None:
    id = site.publish("Doors *open* " + "and more " * 40, headline="Doors", byline="Ana")
    soup = page(site, f"/posts/{id}")
    found = meta(soup)
    assert found["og:title"] == "Doors"
    assert found["og:url"] == tag(soup, 'link[rel="canonical"]')["href"] == f"{BASE}/live/anora/posts/{id}"
    assert found["description"].startswith("Doors open and more")
    assert len(found["description"]) <= metadata.DESCRIPTION + 1
    assert found["twitter:card"] == "summary_large_image"
    about = data(site, f"/posts/{id}")
    assert (about["@type"], about["isPartOf"]["url"]) == ("BlogPosting", f"{BASE}/live/anora")


def test_a_posts_own_picture_is_its_preview(site: Site) -> None:
    picture = Media(name="0123.webp", width=1600, height=900, alt="A red carpet", credit="Ana")
    id = site.publish("Look", headline="Look", media=[picture])
    found = meta(page(site, f"/posts/{id}"))
    assert (found["og:image"], found["og:image:type"]) == (f"{BASE}/media/0123.webp", "image/webp")
    assert (found["og:image:width"], found["og:image:alt"]) == ("1600", "A red carpet")
    (image,) = data(site)["liveBlogUpdate"][0]["image"]
    assert (image["@type"], image["creditText"], image["width"]) == ("ImageObject", "Ana", 1600)


def test_a_share_card_is_described_by_what_it_says(site: Site) -> None:
    done = site.do(actions.announce, "director", winners=["sean-baker"])
    post = next(each.id for each in done.objects if isinstance(each, Post))
    address = f"/posts/{post}"
    assert meta(page(site, address))["og:image:alt"] == "Best Director: Sean Baker"
    nominee = NewNominee(id="sean-baker", name="شون", film="أ")
    site.do(actions.edit_category, "director", name="أفضل مخرج", nominees=[nominee])
    assert meta(page(site, address))["og:image:alt"] == "The Gazette"  # no font of ours has these letters


def test_a_headline_or_a_picture_alone_has_a_preview_with_words(site: Site) -> None:
    headline = site.publish("", headline="We are live")
    shown = site.publish("", media=[Media(name="hall.webp", width=8, height=6, alt="The full hall")])
    for id, words in ((headline, "We are live"), (shown, "The full hall")):
        head, found = meta(page(site, f"/posts/{id}")), data(site, f"/posts/{id}")
        assert head["description"] == found["headline"] == found["articleBody"] == words
    timeline = site.client.application.extensions["liveblog"].tails.timeline("anora")
    assert cards.card_of(timeline, timeline.posts[0])[0].lines == ["The full hall"]


def test_feeds_are_found_from_the_page(site: Site) -> None:
    links = {link["type"]: link["href"] for link in page(site).select('link[rel="alternate"]')}
    assert links["application/atom+xml"] == f"{BASE}/live/anora/feed.atom"
    assert links["application/feed+json"] == f"{BASE}/live/anora/feed.json"


# -- cards


def picture(site: Site, address: str) -> Any:
    answer = site.client.get(address.removeprefix(BASE))
    assert answer.status_code == 200
    image = Image.open(io.BytesIO(answer.data))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    return answer


def test_a_card_gets_a_new_address_when_its_contents_change(site: Site) -> None:
    address = meta(page(site))["og:image"]
    first = picture(site, address)
    assert first.headers["Cache-Control"] == FRESH
    assert picture(site, address.partition("?")[0]).data == first.data
    site.publish("Does not change what the card shows")
    assert meta(page(site))["og:image"] == address
    site.do(actions.announce, "director", winners=["sean-baker"])
    newer = meta(page(site))["og:image"]
    assert newer != address
    assert picture(site, newer).data != first.data
    assert picture(site, address).data == picture(site, newer).data  # an old link shows the current card


def test_a_results_card_changes_with_a_correction_and_not_with_later_awards(site: Site) -> None:
    site.do(actions.announce, "director", winners=["brady-corbet"])
    post = site.client.application.extensions["liveblog"].tails.timeline("anora").posts[0].id

    def address() -> str:
        return meta(page(site, f"/posts/{post}"))["og:image"]

    wrong = address()
    site.do(actions.announce, "picture", winners=["anora"])
    assert address() == wrong
    site.do(actions.recall, "director", note="The wrong card was read.", winners=["sean-baker"])
    right = address()
    assert right != wrong
    picture(site, right)
    assert gone(site, wrong)
    site.do(actions.retract, post)
    assert gone(site, right)
    assert gone(site, wrong)
    assert gone(site, right.partition("?")[0])


def gone(site: Site, address: str) -> bool:
    answer = site.client.get(address.removeprefix(BASE))
    return answer.status_code in (404, 410) and answer.mimetype != "image/png"


@pytest.mark.parametrize("winners", [None, ["brady-corbet"]])
def test_no_card_that_a_recall_made_wrong_is_served(site: Site, winners: list[str] | None) -> None:
    """This holds for the result's own card, and for those with the film's tally: the night's and the next result's."""

    def result(category: str, winner: str) -> str:
        posts = [
            each for each in site.do(actions.announce, category, winners=[winner]).objects if isinstance(each, Post)
        ]
        return f"/posts/{posts[0].id}"

    pages = ["", result("director", "sean-baker"), result("picture", "anora")]

    def addresses() -> list[str]:
        return [meta(page(site, path))["og:image"] for path in pages]

    before = addresses()
    shown = [picture(site, each).data for each in before]
    site.do(actions.recall, "director", note="The wrong card was read.", winners=winners)
    after = addresses()
    assert all(gone(site, each) for each in before)
    assert all(picture(site, each).data != false for each, false in zip(after, shown, strict=True))
    site.do(actions.edit_blog, status="ended")
    assert all(picture(site, each) for each in after)


def test_a_recalled_results_correction_says_what_it_was_about(site: Site) -> None:
    site.do(actions.announce, "director", winners=["brady-corbet"])
    site.do(actions.recall, "director", note="It's the other card.", winners=["sean-baker"])
    (correction,) = data(site)["liveBlogUpdate"][0]["correction"]
    assert correction["text"] == "Earlier announced: Brady Corbet. It's the other card."


def test_in_doubt_no_picture_names_the_winner_and_all_else_says_so(site: Site) -> None:
    photo = Media(name="hall.webp", width=800, height=450, alt="Sean Baker on stage")
    done = site.do(actions.announce, "director", winners=["sean-baker"])
    post = next(each.id for each in done.objects if isinstance(each, Post))
    site.do(actions.edit_post, post, media=[photo])
    night, own = meta(page(site))["og:image"], meta(page(site, f"/posts/{post}"))["og:image"]
    shown = [picture(site, each).data for each in (night, own)]
    site.do(actions.doubt, "director")
    head = meta(page(site, f"/posts/{post}"))
    assert head["og:title"] == "In doubt: Best Director: Sean Baker"
    assert head["description"].startswith("In doubt: Sean Baker wins")
    assert head["og:image:alt"] == "Best Director: In doubt"
    for address, before in zip((meta(page(site))["og:image"], head["og:image"]), shown, strict=True):
        assert picture(site, address).data != before
    assert picture(site, own).data == picture(site, head["og:image"]).data  # also at the address from before
    found = data(site, f"/posts/{post}")
    assert found["headline"] == head["og:title"]
    assert found["articleBody"].startswith("In doubt: ")
    assert found["image"] == [head["og:image"]]
    assert str(page(site, f"/posts/{post}").title).startswith("<title>In doubt: Best Director")
    described = json.loads(site.client.get(f"/oembed?url={BASE}/live/anora/posts/{post}").data)
    assert described["title"].startswith("In doubt: Best Director")
    site.do(actions.confirm, "director")
    assert picture(site, meta(page(site))["og:image"]).data == shown[0]
    assert meta(page(site, f"/posts/{post}"))["og:title"] == "Best Director: Sean Baker"


def test_the_card_of_a_result_in_doubt_has_neither_winner_nor_film(site: Site) -> None:
    site.do(actions.announce, "director", winners=["sean-baker"])
    site.do(actions.doubt, "director", note="Sean Baker is not sure either")
    timeline = site.client.application.extensions["liveblog"].tails.timeline("anora")
    card, _ = cards.card_of(timeline, timeline.posts[0])
    assert (card.kicker, card.lines) == ("Best Director", ["In doubt"])
    assert "Baker" not in repr(card)
    assert card.film == ""


def test_a_card_from_before_a_correction_is_gone(site: Site) -> None:
    id = site.publish("Doors open at five.", headline="Doors open at five")
    wrong = meta(page(site, f"/posts/{id}"))["og:image"]
    site.do(actions.edit_post, id, headline="Doors open at six")
    assert picture(site, wrong).data
    site.do(actions.edit_post, id, headline="Doors open at six", correction="It is six, not five.")
    assert gone(site, wrong)


def test_nothing_that_can_be_retracted_may_be_cached_for_more_than_a_second(site: Site) -> None:
    id = site.publish("Doors open", headline="Doors")
    for number in range(40):
        site.publish(f"Update {number}.")
    soup = page(site, f"/posts/{id}")
    linked = [str(tag["href"]) for tag in soup.select('link[rel="alternate"]')]
    image = meta(soup)["og:image"]
    pages = [f"/live/anora{path}" for path in ("", f"/posts/{id}", "/pages/1", "/embed", f"/embed?post={id}")]
    feeds = [f"/live/anora{path}" for path in ("/feed.atom", "/feed.json", "/pages/1/feed.atom", "/pages/1/feed.json")]
    more = ["/", "/sitemap.xml", f"/oembed?url={BASE}/live/anora/posts/{id}", "/api/v1/blogs/anora"]
    more += ["/api/v1/blogs/anora/changes?after=0", "/live/anora/card.png"]
    addresses = [each.removeprefix(BASE) for each in [*pages, *feeds, *more, image, *linked]]

    def rules(address: str) -> str:
        return str(site.client.get(address).headers["Cache-Control"])

    assert {rules(each) for each in addresses} == {FRESH}
    site.do(actions.retract, id)
    answer = site.get(f"/posts/{id}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (410, FRESH)
    assert site.client.get(f"/api/v1/blogs/anora/posts/{id}").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "card",
    [
        Card(kicker="", lines=[]),
        Card(kicker="Award " * 40, lines=["A" * 300], detail="film " * 60, note="Provisional", source="x" * 200),
        Card(kicker="Ex aequo", lines=["One", "Two", "Three", "Four", "Five"], film="F" * 200, won=30, nominated=40),
        Card(kicker="🎬", lines=["Юра Борисов ﷽ 🎬"], detail="🎬"),
    ],
)
def test_any_words_make_a_card(card: Card) -> None:
    assert Image.open(io.BytesIO(drawing.draw(card))).size == (drawing.WIDTH, drawing.HEIGHT)


def test_plain_text_keeps_words_apart_and_sentences_together() -> None:
    assert render.plain("# Title\n\n*One*, two & <b>.\n\n- a\n- b") == "Title One, two & <b>. a b"


# -- crawlers


def test_the_sitemap_lists_pages_and_what_is_news(site: Site) -> None:
    for number in range(41):
        site.publish(f"Update {number}.")
    site.store.perform(
        "secret", lambda view: actions.create_blog(view, slug="secret", title="Secret", status="draft"), by="test"
    )
    catalogue = site.client.application.extensions["liveblog"].catalogue
    catalogue._refresh()  # in a web process a greenlet does this
    text = site.client.get("/sitemap.xml").text
    names = {"m": sitemap.MAP, "n": sitemap.NEWS}
    root = xml.fromstring(text)
    assert root.tag == f"{{{sitemap.MAP}}}urlset"
    assert [each.text for each in root.findall("m:url/m:loc", names)] == [
        f"{BASE}/",
        f"{BASE}/live/anora",
        f"{BASE}/live/anora/pages/1",
    ]
    (news,) = root.findall("m:url/n:news", names)
    assert news.findtext("n:publication/n:name", namespaces=names) == "The Gazette"
    assert news.findtext("n:title", namespaces=names) == "Anora & the Oscars"
    assert "secret" not in text


def test_a_page_older_than_two_days_is_not_news(site: Site) -> None:
    site.publish("Old")
    app = site.client.application
    timeline = app.extensions["liveblog"].tails.timeline("anora")
    ((_, night),) = site.store.summaries.of(["anora"])
    assert night is not None
    with app.test_request_context():
        first = datetime.fromisoformat(min(post.published_at for post in timeline.posts if post.type != "preview"))
        assert b"news:title" in sitemap.written([night], first + timedelta(hours=47))
        assert b"news:title" not in sitemap.written([night], first + timedelta(hours=49))


def test_a_sitemap_of_very_many_nights_stays_within_the_limit(site: Site) -> None:
    ((_, night),) = site.store.summaries.of(["anora"])
    assert night is not None
    nights = [replace(night, blog=replace(night.blog, id=f"night-{n}"), posts=20 * 120) for n in range(500)]
    with site.client.application.test_request_context():
        root = xml.fromstring(sitemap.written(nights, datetime.now(UTC)))
    addresses = [each.text or "" for each in root.findall("{*}url/{*}loc")]
    assert len(addresses) == len(set(addresses)) == sitemap.MOST_ADDRESSES
    assert all(f"{BASE}/live/night-{n}" in addresses for n in range(500))  # no night is missing; some older pages are


def test_crawlers_are_kept_from_the_desk(site: Site) -> None:
    text = site.client.get("/robots.txt").text
    assert "Disallow: /desk/" in text
    assert f"Sitemap: {BASE}/sitemap.xml" in text
    assert re.search(r"noindex", site.client.get("/desk/sign-in").text)
