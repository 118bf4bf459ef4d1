"""Days between the posts of open pages, in the reader's own zone, whatever arrives or goes."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from liveblog import actions
from tests.browser.conftest import Visit
from tests.browser.reading import Desk, connected
from tests.dated import redate
from tests.live_server import LiveServer, until
from tests.web.test_dates import STARTS, TIMES, ZONE

SUNDAY, MONDAY = "Sunday, 2 March 2025", "Monday, 3 March 2025"


def dated_night(server: LiveServer, slug: str) -> Desk:
    """The night of 2 March 2025, with an update of the morning after."""
    desk = Desk(server, slug)
    desk.do("PATCH", "", {"timezone": ZONE, "starts": STARTS})
    for words in list(TIMES)[1:]:
        desk.post(f"{words}.")
    redate(server.store, desk.slug, TIMES)
    until(lambda: TIMES["Good night"] in server.api("GET", f"/blogs/{desk.slug}/changes?after=0").text)
    return desk


def shown(page: Page) -> list[str]:
    """Days and posts in the order of the page."""
    return [" ".join(text.split()) for text in page.locator("#posts > .day, #posts .body").all_inner_texts()]


def test_days_stay_right_while_posts_come_and_go(server: LiveServer, visit: Visit) -> None:
    desk = dated_night(server, "days-come")
    page = connected(visit(desk.url, timezone_id=ZONE, locale="en-US"))
    night = [SUNDAY, "Good night.", "Doors open.", "Red carpet."]
    expect(page.locator("#posts > .day")).to_have_text([MONDAY, SUNDAY])
    assert shown(page) == [MONDAY, "The morning after.", *night]
    news = desk.post("News of today.")
    expect(page.locator("#posts article").first).to_contain_text("News of today.")
    assert shown(page) == ["News of today.", MONDAY, "The morning after.", *night]  # today needs no day above all
    post = next(post for post in server.store.load(desk.slug).posts if post.body == "The morning after.")
    desk.retract(post.id)
    expect(page.locator("#posts > .day")).to_have_count(1)
    assert shown(page) == ["News of today.", *night]
    desk.retract(news)
    expect(page.locator("#posts > .day")).to_have_count(0)
    assert shown(page) == night[1:]
    redate(server.store, desk.slug, {"Red carpet": "2025-03-01T22:10:00.000Z"})  # a new epoch: the page is made anew
    expect(page.locator("#posts > .day")).to_have_text(["Saturday, 1 March 2025"])
    assert shown(page)[-2:] == ["Saturday, 1 March 2025", "Red carpet."]


def test_a_reader_elsewhere_has_days_of_their_own(server: LiveServer, visit: Visit) -> None:
    desk = dated_night(server, "days-elsewhere")
    page = connected(visit(desk.url, timezone_id="Europe/Berlin", locale="en-US"))
    expect(page.locator("#posts > .day")).to_have_text([MONDAY, SUNDAY])
    assert shown(page) == [MONDAY, "The morning after.", "Good night.", "Doors open.", SUNDAY, "Red carpet."]
    goodbye = page.locator("#posts article", has_text="Good night.").locator(".when time")
    expect(goodbye).to_have_text("3 Mar 2025, 5:20 AM (8:20 PM PST)")
    expect(goodbye).to_have_attribute("title", "Sunday, 2 March 2025, 8:20 PM PST")
    expect(page.locator("#dateline")).to_have_text("2 March 2025")
    page.goto(f"{server.url}/live/{desk.slug}/embed")
    expect(page.locator("#posts > .day")).to_have_text([MONDAY, SUNDAY, "Thursday, 27 February 2025"])


def test_at_midnight_yesterdays_posts_get_their_day(server: LiveServer, visit: Visit) -> None:
    desk = dated_night(server, "days-midnight")
    desk.post("News of today.")
    page = visit(desk.url, go=False, timezone_id=ZONE, locale="en-US")
    page.clock.install()
    page.goto(desk.url)
    connected(page)
    expect(page.locator("#posts > .day")).to_have_text([MONDAY, SUNDAY])
    page.context.set_offline(True)  # the server would say that it is still today
    page.clock.fast_forward("24:00:00")
    page.clock.run_for(20_000)
    expect(page.locator("#posts > .day")).to_have_count(3)
    expect(page.locator("#posts .when").first).to_have_text(re.compile(r"^\d+ \w+, \d+:\d\d [AP]M P[SD]T$"))


def test_the_zone_is_called_as_at_the_show(server: LiveServer, newcomer: Visit) -> None:
    desk = Desk(server, "days-zone")
    for starts, name in (("2025-01-15T00:00:00Z", "PST"), ("2025-07-15T00:00:00Z", "PDT")):
        desk.do("PATCH", "", {"timezone": ZONE, "starts": starts})
        page = newcomer(desk.url)
        expect(page.locator("#zone")).to_contain_text(f"Los Angeles time ({name})")


def test_the_masthead_follows_the_desk(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "days-masthead", "preview")
    page = connected(visit(desk.url, timezone_id=ZONE, locale="en-US"))
    expect(page.locator("#dateline")).to_be_hidden()
    desk.do("PATCH", "", {"timezone": ZONE, "starts": "2031-03-03T00:00:00Z", "venue": {"name": "Dolby Theatre"}})
    expect(page.locator("#dateline")).to_have_text("2 March 2031, 4:00 PM PST Dolby Theatre")
    desk.do("PATCH", "", {"status": "live"})
    expect(page.locator("#dateline")).to_have_text("2 March 2031 Dolby Theatre")
    server.store.perform(desk.slug, lambda view: actions.edit_blog(view, desk.slug, starts=None), by="test")
    expect(page.locator("#dateline")).to_have_text("Dolby Theatre")
