"""Dates on the readers' pages: whoever reads one years later knows of which day each time is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup

from liveblog import actions
from liveblog.model import Category, Post, Venue
from liveblog.store.commits import Store
from liveblog.web import cards, render
from tests.dated import redate
from tests.newsroom import open_newsroom
from tests.web.syndicated import Site, syndicated, tag

ZONE = "America/Los_Angeles"
DOLBY = Venue(name="Dolby Theatre", locality="Los Angeles", country="US")
STARTS = "2025-03-03T00:00:00.000Z"
TIMES = {
    "Before the show": "2025-02-27T18:00:00.000Z",
    "Red carpet": "2025-03-02T22:10:00.000Z",
    "Doors open": "2025-03-02T23:50:00.000Z",
    "Good night": "2025-03-03T04:20:00.000Z",
    "The morning after": "2025-03-03T16:30:00.000Z",
}
"""Four days at the show: the preview's, the night with three updates, the next morning."""


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    """A night of 2 March 2025 with an update of the morning after."""
    with syndicated(store) as site:
        site.do(actions.edit_blog, timezone=ZONE, starts=STARTS, venue=DOLBY)
        for words in list(TIMES)[1:]:
            site.publish(f"{words}.")
        moved(site, TIMES)
        yield site


def moved(site: Site, times: dict[str, str]) -> None:
    redate(site.store, "anora", times)
    site.client.application.extensions["liveblog"].reader.step(1)


def page(site: Site, path: str = "") -> BeautifulSoup:
    return BeautifulSoup(site.get(path).data, "html.parser")


def dateline(soup: BeautifulSoup) -> str:
    return " ".join(tag(soup, "#dateline").get_text().split())


def said(soup: BeautifulSoup, within: str = "#posts") -> list[str]:
    """Days and posts in the order of the page."""
    found = soup.select(f"{within} .day, {within} > article .body")
    return [" ".join(each.get_text().split()) for each in found]


def post_id(site: Site, words: str) -> str:
    return next(post.id for post in site.store.load("anora").posts if post.body.startswith(words))


def test_the_masthead_has_date_and_venue_and_before_the_show_the_time(site: Site) -> None:
    assert dateline(page(site)) == "2 March 2025 Dolby Theatre, Los Angeles"
    for path in (f"/posts/{post_id(site, 'Good night')}", "/embed"):
        assert dateline(page(site, path)).startswith("2 March 2025")
    site.do(actions.edit_blog, status="preview")
    assert dateline(page(site)) == "2 March 2025, 4:00 PM PST Dolby Theatre, Los Angeles"
    site.do(actions.edit_blog, language="es")
    assert dateline(page(site)) == "2 de marzo de 2025, 16:00 PST Dolby Theatre, Los Angeles"


def test_without_a_start_the_first_update_dates_an_ended_night_and_a_preview_does_not(store: Store) -> None:
    with syndicated(store) as site:
        site.publish("Doors open")
        site.publish("Good night")
        moved(site, TIMES)
        site.do(actions.edit_blog, timezone=ZONE)
        assert tag(page(site), "#dateline").has_attr("hidden")
        assert tag(page(site), "#updated").get_text() == "2 Mar 2025, 8:20 PM PST"  # so the list begins without a day
        assert said(page(site)) == ["Good night", "Doors open"]
        site.do(actions.edit_blog, status="ended")
        assert dateline(page(site)) == "2 March 2025"
        assert said(page(site)) == ["Good night", "Doors open"]
        for words in ("Doors open", "Good night"):
            site.do(actions.retract, post_id(site, words))
        assert tag(page(site), "#dateline").has_attr("hidden")


def test_a_day_is_written_where_another_one_begins(site: Site) -> None:
    morning, night = "Monday, 3 March 2025", "Sunday, 2 March 2025"
    shown = [morning, "The morning after.", night, "Good night.", "Doors open.", "Red carpet."]
    assert said(page(site)) == shown
    assert said(page(site, "/embed"))[:6] == shown
    site.do(actions.retract, post_id(site, "The morning after"))
    assert said(page(site)) == shown[3:]  # the night's own day stands in the masthead


def test_a_posts_own_page_says_each_day_once(site: Site) -> None:
    morning = page(site, f"/posts/{post_id(site, 'The morning after')}")
    assert said(morning, ".chosen") == ["Monday, 3 March 2025", "The morning after."]
    assert said(morning, ".around") == ["Sunday, 2 March 2025", "Good night.", "Doors open."]
    night = page(site, f"/posts/{post_id(site, 'Doors open')}")
    assert said(night, ".chosen") == ["Doors open."]
    assert said(night, ".around")[0] == "Monday, 3 March 2025"


def test_older_pages_have_their_days(site: Site) -> None:
    for number in range(40):
        site.publish(f"Update {number}")
    moved(site, {f"Update {number}": f"2025-03-04T05:{number:02}:00.000Z" for number in range(9, -1, -1)})
    soup = page(site, "/pages/1")
    days = [each.get_text() for each in soup.select(".day")]
    assert days == ["Monday, 3 March 2025", "Sunday, 2 March 2025", "Thursday, 27 February 2025"]
    assert dateline(soup).startswith("2 March 2025")


def test_a_time_of_another_day_than_the_nights_has_its_date_and_year(site: Site) -> None:
    times = {each.get_text() for each in page(site).select("article .when")}
    dated = {"27 Feb 2025, 10:00 AM PST", "3 Mar 2025, 8:30 AM PST"}
    assert times == dated | {"2:10 PM PST", "3:50 PM PST", "8:20 PM PST"}
    site.do(actions.edit_post, post_id(site, "Good night"), body="Good night!", correction="A full stop was wrong.")
    later = tag(page(site), ".correction time").get_text()
    assert re.fullmatch(r"\d{1,2} \w+ 20\d\d, \d{1,2}:\d\d [AP]M P[SD]T", later), later


def test_times_that_stand_alone_have_their_date(site: Site) -> None:
    assert site.json()["items"][1]["title"] == "Update, 2 Mar 2025, 8:20 PM PST"
    assert tag(page(site), f"#post-{post_id(site, 'Good night')} h2").get_text() == "Update, 8:20 PM PST"
    timeline = site.store.load("anora")
    post = next(post for post in timeline.posts if post.body.startswith("Good night"))
    with site.client.application.test_request_context():
        card, _ = cards.card_of(timeline, post)
    assert card.source.endswith(" · 2 Mar 2025, 8:20 PM PST")


def test_parts_that_clients_keep_depend_on_no_other_post() -> None:
    """Else a client that got each change would differ from one that came late."""
    newsroom = open_newsroom()

    def parts() -> dict[str, Any]:
        timeline = newsroom.timeline()
        return {
            each.id: render.present(timeline, each) for each in timeline.objects if isinstance(each, Post | Category)
        }

    newsroom.do(actions.announce, "director", winners=["sean-baker"])
    first = parts()
    newsroom.do(actions.publish, body="An update")
    assert first.items() <= parts().items()


def test_open_pages_get_the_date_with_the_change() -> None:
    newsroom = open_newsroom()

    def told(change: Any) -> str:
        return str(render.message(newsroom.timeline(), change.objects).get("tally", ""))

    assert told(newsroom.do(actions.publish, body="Doors open")) == ""
    assert '<time datetime="2025-03-03">3 March 2025</time>' in told(newsroom.do(actions.edit_blog, status="ended"))
    early = told(newsroom.do(actions.edit_blog, starts="2025-03-02T16:00:00Z", status="preview"))
    assert "2 March 2025" in early
    assert "4:00 PM UTC" in early
