"""An open page when the night ends, and afterwards."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.reading import Desk, agree, connected
from tests.live_server import LiveServer


def test_an_open_page_leads_with_who_won_from_the_end_on(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "after-open")
    desk.call("picture", "announce", winners=["anora"])
    page = connected(visit(desk.url))
    lead, title = page.locator("#lead"), page.locator("#winners-title")
    expect(lead).to_be_hidden()
    page.locator("#alerts").click()
    desk.do("PATCH", "", {"status": "ended"})
    expect(lead).to_have_text("Anora wins Best Picture")
    expect(title).to_have_text("The winners")
    expect(page.locator("#board-title")).to_have_text("The winners")
    for gone in ("#pause", "#alerts", "#alerts-panel"):
        expect(page.locator(gone)).to_be_hidden()
    desk.call("picture", "recall", note="Wrong envelope", winners=["wicked"])
    expect(lead).to_have_text("Wicked wins Best Picture")
    agree(page, connected(visit(desk.url)))
    page.locator("#safe").click()
    expect(lead).to_be_hidden()
    page.locator("#safe").click()
    expect(lead).to_be_visible()
    desk.do("PATCH", "", {"status": "live"})
    expect(page.locator("#pause")).to_be_visible()
    expect(page.locator("#alerts")).to_be_visible()
    expect(lead).to_be_hidden()
    expect(title).to_have_text("Winners so far")


def test_a_paused_page_that_goes_on_after_the_end_keeps_the_keyboard(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "after-paused")
    page = connected(visit(desk.url))
    page.locator("#pause").click()
    desk.do("PATCH", "", {"status": "ended"})
    desk.post("The last word")
    expect(page.locator("#paused-text")).to_contain_text("1 update")
    page.locator("#resume").click()
    expect(page.locator("#status")).to_have_text("Ended")
    expect(page.locator("#pause")).to_be_hidden()
    expect(page.locator("#safe")).to_be_focused()
