"""Reading a night from its start, also while it is live."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.reading import Desk, connected, texts
from tests.live_server import LiveServer


def scroll_to_end(page: Page) -> None:
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")


def test_arrivals_stand_at_the_end_and_move_nothing(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "start-live")
    desk.fill(30)
    page = connected(visit(desk.url))
    page.get_by_role("link", name="From the start").click()
    expect(page).to_have_url(f"{desk.url}/start/1")
    connected(page)
    assert texts(page) == [f"Update {n}" for n in range(1, 31)]
    fifth = page.locator("#posts article").nth(4)
    fifth.scroll_into_view_if_needed()
    was = fifth.bounding_box()
    desk.post("Update 31")
    new = page.locator("#new")
    expect(new).to_have_text("1 new update")
    assert fifth.bounding_box() == was
    new.click()
    expect(page.locator("#posts article").last).to_be_in_viewport()
    expect(page.locator("#posts article").last).to_contain_text("Update 31")
    scroll_to_end(page)
    expect(new).to_be_hidden()
    desk.retract(desk.post("Update 32"))
    desk.post("Update 33")
    expect(page.locator("#posts article").last).to_contain_text("Update 33")
    assert texts(page) == [f"Update {n}" for n in (*range(1, 32), 33)]


def test_a_full_page_leads_on_to_the_next_one(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "start-full")
    desk.fill(37)  # with the preview 38 posts
    page = connected(visit(f"{desk.url}/start/1"))
    for number in range(38, 42):
        desk.post(f"Update {number}")
    expect(page.locator("#new")).to_have_text("4 new updates")
    assert texts(page)[-1] == "Update 38"
    scroll_to_end(page)
    expect(page.locator("#new")).to_have_text("3 new updates")  # they stand on the next page
    expect(page.locator("#later a")).to_have_attribute("href", f"/live/{desk.slug}/start/2")
    page.locator("#new").click()
    connected(page)
    expect(page.locator(":target .body")).to_have_text("Update 39")
    assert texts(page) == [f"Update {n}" for n in range(20, 42)]


def test_the_order_is_remembered_until_the_newest_are_wanted(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "start-memory")
    desk.fill(45)
    page = visit(f"{desk.url}/start/1")
    page.get_by_role("link", name="Later updates").click()
    expect(page).to_have_url(f"{desk.url}/start/2")
    page.goto(f"{server.url}/")
    page.goto(desk.url)
    expect(page).to_have_url(f"{desk.url}/start/2")  # where the reader was
    other = Desk(server, "start-memory-other")
    page.goto(other.url)
    expect(page).to_have_url(other.url)  # each night has its own memory
    page.goto(f"{desk.url}/start/2")
    connected(page)
    page.get_by_role("link", name="Newest first").click()
    expect(page).to_have_url(desk.url)
    connected(page)
    page.reload()
    expect(page).to_have_url(desk.url)
    assert texts(page)[0] == "Update 45"


def test_without_scripts_the_night_is_read_from_its_start_by_plain_links(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "start-plain")
    desk.fill(45)
    page = visit(desk.url, java_script_enabled=False)
    page.get_by_role("link", name="From the start").click()
    assert texts(page, "main article:not(.preview) .body") == [f"Update {n}" for n in range(1, 20)]
    page.get_by_role("link", name="Later updates").click()
    assert texts(page) == [f"Update {n}" for n in range(20, 46)]
