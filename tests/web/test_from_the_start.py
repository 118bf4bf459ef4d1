"""Reading a night from its start: every update once, oldest first, on pages that never shift."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup

from liveblog import actions
from liveblog.store.commits import Store
from tests.web.syndicated import BASE, Site, syndicated, tag


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with syndicated(store) as site:
        yield site


def page(site: Site, path: str) -> BeautifulSoup:
    answer = site.get(path)
    assert answer.status_code == 200
    return BeautifulSoup(answer.data, "html.parser")


def updates(soup: BeautifulSoup) -> list[int]:
    texts = [each.get_text() for each in soup.select("main article .body")]
    return [int(found[1]) for text in texts if (found := re.search(r"Update (\d+)", text))]


def read_on(site: Site) -> list[list[int]]:
    """What a reader reads who follows each link to what comes next, from the live page's own link on."""
    link = tag(page(site, ""), ".order a")
    assert link.get_text() == "From the start"
    read: list[list[int]] = []
    while True:
        soup = page(site, str(link["href"]).removeprefix("/live/anora"))
        read.append(updates(soup))
        on = soup.select("a[rel=next]:not([hidden] *)")
        if not on:
            return read
        link = on[0]


@pytest.mark.parametrize(("posts", "pages"), [(5, [5]), (38, [38]), (39, [19, 20]), (70, [19, 20, 31])])
def test_following_the_links_reads_each_update_once(site: Site, posts: int, pages: list[int]) -> None:
    for number in range(1, posts + 1):  # the preview has the first place, and is pinned
        site.publish(f"Update {number}")
    read = read_on(site)
    assert [len(each) for each in read] == pages
    assert [number for each in read for number in each] == list(range(1, posts + 1))


def test_pages_from_the_start_never_shift(site: Site) -> None:
    for number in range(1, 46):
        site.publish(f"Update {number}")
    first, second = updates(page(site, "/start/1")), updates(page(site, "/start/2"))
    for number in range(46, 70):
        site.publish(f"Update {number}")
    assert updates(page(site, "/start/1")) == first
    assert updates(page(site, "/start/2")) == second[:20]


def test_a_page_from_the_start_leads_on_and_back(site: Site) -> None:
    for number in range(1, 62):
        site.publish(f"Update {number}")
    middle = page(site, "/start/2")
    assert [a["href"] for a in middle.select("nav.older a")] == ["/live/anora/start/1", "/live/anora/start/3"]
    assert "From the start, page 2 of 3" in middle.get_text()
    assert tag(middle, "link[rel=canonical]")["href"] == f"{BASE}/live/anora/pages/2"
    live = page(site, "/start/3")
    assert tag(live, "nav.older a")["href"] == "/live/anora/start/2"
    assert tag(live, ".order a").get_text() == "Newest first"
    assert tag(live, "#updates").get_text() == "Updates, oldest first"
    assert not live.select("#older")


def test_a_page_beyond_leads_to_the_last_one(site: Site) -> None:
    beyond = site.get("/start/9")
    assert (beyond.status_code, beyond.headers["Location"]) == (302, "/live/anora/start/1")
    assert site.get("/start/0").status_code == 404
    site.do(actions.publish, body="Update 1")
    assert site.client.get("/live/nowhere/start/1").status_code == 404
