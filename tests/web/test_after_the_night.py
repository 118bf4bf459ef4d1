"""The readers' pages after the night: who won, first of all, and again when it turns out otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from bs4 import BeautifulSoup

from liveblog import actions
from liveblog.checks import NewNominee
from liveblog.store.commits import Store
from liveblog.web import render
from tests.live_server import LiveServer
from tests.newsroom import open_newsroom
from tests.web.syndicated import Site, syndicated, tag
from tests.web.test_dates import ZONE


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    """A night that Anora ended with two awards of two."""
    with syndicated(store) as site:
        site.do(actions.announce, "director", winners=["sean-baker"])
        site.do(actions.announce, "picture", winners=["anora"])
        site.do(actions.edit_blog, status="ended")
        yield site


def page(site: Site, path: str = "") -> BeautifulSoup:
    return BeautifulSoup(site.get(path).data, "html.parser")


def lead(soup: BeautifulSoup) -> str:
    found = tag(soup, "#lead")
    assert found.has_attr("hidden") == (not found.get_text())
    return found.get_text()


def test_the_page_leads_with_who_won_while_the_night_has_ended(site: Site) -> None:
    soup = page(site)
    assert lead(soup) == "Anora wins Best Picture and one more"
    assert tag(soup, "#winners-title").get_text() == "The winners"
    assert [tag(soup, f"#{id}").has_attr("hidden") for id in ("pause", "safe", "alerts")] == [True, False, True]
    site.do(actions.edit_blog, status="live")
    soup = page(site)
    assert lead(soup) == ""
    assert tag(soup, "#winners-title").get_text() == "Winners so far"
    assert not any(tag(soup, f"#{id}").has_attr("hidden") for id in ("pause", "safe", "alerts"))


def test_a_recall_after_the_night_changes_the_headline(site: Site) -> None:
    site.do(actions.recall, "picture", note="Wrong envelope", winners=["wicked"])
    assert lead(page(site)) == "Anora wins Best Director"
    site.do(actions.doubt, "director")
    assert lead(page(site)) == "Wicked wins Best Picture"


def test_descriptions_tell_who_won_and_titles_do_not(site: Site) -> None:
    soup = page(site)
    said = "Anora wins Best Picture and one more."
    assert [tag(soup, f"meta[{name}]")["content"] for name in ("name=description", "property='og:description'")] == [
        said
    ] * 2
    data = json.loads(tag(soup, 'script[type="application/ld+json"]').get_text())
    assert data["description"] == said
    for title in (tag(soup, "title").get_text(), tag(soup, "meta[property='og:title']")["content"], data["headline"]):
        assert "wins" not in title


def test_names_in_the_headline_keep_their_direction_and_their_signs(site: Site) -> None:
    site.do(actions.edit_category, "picture", nominees=[NewNominee(id="anora", name="<Anora>", film="<Anora>")])
    site.do(actions.edit_blog, film="<Anora>")
    assert [each.get_text() for each in tag(page(site), "#lead").select("bdi")] == ["<Anora>", "Best Picture"]


def test_open_pages_get_the_headline_with_the_change() -> None:
    newsroom = open_newsroom()
    newsroom.do(actions.announce, "picture", winners=["wicked"])

    def told(act: object, *args: str, **fields: object) -> BeautifulSoup:
        change = newsroom.do(act, *args, **fields)  # type: ignore[arg-type]
        return BeautifulSoup(render.message(newsroom.timeline(), change.objects)["tally"], "html.parser")

    ended = told(actions.edit_blog, status="ended")
    assert (lead(ended), tag(ended, "#winners-title").get_text()) == ("Wicked wins Best Picture", "The winners")
    assert lead(told(actions.recall, "picture", note="Wrong", winners=["anora"])) == "Anora wins Best Picture"
    assert lead(told(actions.recall, "picture", note="Wrong again")) == ""


def test_the_index_has_date_state_and_result_of_each_night(server: LiveServer) -> None:
    slug = server.open("after-index")
    server.api("PATCH", f"/blogs/{slug}", {"title": "After the night"})
    at = f"/blogs/{slug}/categories/picture"
    server.api("POST", f"{at}/announce", {"winners": ["wicked"]})

    def row() -> str:
        soup, n = BeautifulSoup("", "html.parser"), 1
        while (page := requests.get(f"{server.url}/pages/{n}", timeout=60)).ok:  # other tests have nights, too
            soup.append(BeautifulSoup(page.text, "html.parser"))
            n += 1
        for hidden in soup.select(".instead"):  # for those who want no results
            hidden.decompose()
        rows = soup.select(".blogs li")
        return next(" ".join(each.get_text(" ").split()) for each in rows if f"/live/{slug}" in str(each))

    assert "wins" not in row()
    server.api("PATCH", f"/blogs/{slug}", {"status": "ended", "starts": "2025-03-03T00:00:00Z", "timezone": ZONE})
    assert row() == "Ended 2 March 2025 After the night Wicked wins Best Picture"
    server.api("POST", f"{at}/recall", {"note": "Wrong envelope", "winners": ["anora"]})
    assert row() == "Ended 2 March 2025 After the night Anora wins Best Picture"
    server.api("PATCH", f"/blogs/{slug}", {"status": "live"})
    assert row() == "Live 2 March 2025 After the night"


def test_nights_are_in_the_order_of_their_events(server: LiveServer) -> None:
    starts = {"last-year": "2024-03-10T23:00:00Z", "next-year": "2999-03-15T23:00:00Z", "undated": None}
    for slug, time in starts.items():
        server.api("POST", "/blogs", {"slug": slug, "title": slug, "starts": time})
    found = [each["id"] for each in server.api("GET", "/blogs?limit=1000").json()["blogs"]]
    assert [slug for slug in found if slug in starts] == ["next-year", "undated", "last-year"]
