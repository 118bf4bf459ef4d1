"""Webhooks at the desk, in real Chromium: added on a phone, what its receiver took and did not take, and removed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from liveblog.store.webhooks import Delivery, Webhooks
from tests.browser.axe import sound_by_day_and_by_night
from tests.browser.desk import surely
from tests.live_server import LiveServer, until
from tests.receiver import Receiver, receiver

pytestmark = pytest.mark.browser


@pytest.fixture
def to() -> Iterator[Receiver]:
    with receiver() as to:
        yield to


@pytest.mark.parametrize("width", [390, 1440])
def test_a_webhook_is_added_looked_after_and_removed(
    server: LiveServer, slug: str, to: Receiver, open_desk: Callable[..., Page], width: int
) -> None:
    page = open_desk("Root Office", "admin", "people", viewport={"width": width, "height": 844})
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_role("textbox", name="Address").fill(to.url)
    page.get_by_label("Blogs").select_option(slug)
    page.get_by_label("with all that is public now").check()
    page.get_by_role("button", name="Add it").click()
    shown = page.get_by_role("textbox", name="Secret")
    expect(shown).to_have_value(re.compile("^whsec_"))
    to.secret = shown.input_value()
    expect(page.get_by_role("button", name="Copy")).to_be_focused()
    until(lambda: slug in to.state)
    hooks = Webhooks(server.store.records)
    (id,) = [hook.id for hook in hooks.list() if hook.url == to.url]
    until(lambda: hooks.state(id).pending is None)
    page.goto(f"{server.url}/desk/webhooks")
    row = page.locator(".entries > li", has_text=to.url)
    expect(row).to_contain_text("It has everything.")
    letter = Delivery(id="msg_one", blog=slug, at="2026-03-15T20:00:00.000Z", failures=30, why="HTTP 500")
    hooks.bury(id, letter)
    to.answers = [(410, {})]
    server.api("POST", f"/blogs/{slug}/posts", {"body": "News"})
    until(lambda: hooks.get(id).off)
    page.reload()
    expect(row).to_contain_text("Off: the receiver wants no more (410).")
    expect(row).to_contain_text("HTTP 500 · failed tries: 30")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    sound_by_day_and_by_night(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    surely(row, "Drop")
    expect(page.get_by_role("status")).to_have_text("It was dropped.")
    row.locator("summary", has_text="Change").press("Enter")
    row.get_by_role("button", name="Switch on").press("Enter")
    until(lambda: "News" in to.said())
    row.locator("summary", has_text="Change").press("Enter")
    surely(row, "Remove")
    expect(page.get_by_role("status")).to_have_text("The webhook was removed.")
    expect(row).to_have_count(0)
