"""A takedown at the desk in real Chromium: ordered on a phone by keyboard, its certificate on a screen and on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.axe import sound_by_day_and_by_night
from tests.browser.overflow import overflowing_anywhere
from tests.live_server import LiveServer
from tests.photos import photo

pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_an_update_is_taken_down_and_certified(
    server: LiveServer, slug: str, open_desk: Callable[..., Page], screen: dict[str, Any]
) -> None:
    media = [{"name": server.upload(slug, photo()), "alt": "Somebody"}]
    text = {"headline": "A false accusation", "body": "It names somebody.", "media": media}
    post = server.api("POST", f"/blogs/{slug}/posts", text)
    address = f"{server.url}/live/{slug}/posts/{post.json()['id']}"
    page = open_desk("Root Office", "admin", f"{slug}/setup", **screen)
    page.get_by_role("link", name="Takedowns").click()
    expect(page.get_by_text("Nothing was taken down.")).to_be_visible()
    sound_by_day_and_by_night(page)
    page.get_by_label("Update its address").fill(f"{server.url}/live/{slug}/posts/nothing")
    page.get_by_label("Reason").fill("Order of a court, file 12-34")
    page.get_by_label("It cannot be undone.").press("Space")
    page.get_by_role("button", name="Take down").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("There is no post nothing.")
    expect(page.get_by_label("Reason")).to_have_value("Order of a court, file 12-34")
    page.get_by_label("Update its address").fill(address)
    page.get_by_label("It cannot be undone.").press("Space")
    page.get_by_role("button", name="Take down").press("Enter")
    expect(page.get_by_role("heading", name="Certificate of a takedown")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Order of a court, file 12-34")
    expect(page.locator("main")).not_to_contain_text("accusation")
    assert requests.get(address, timeout=60).status_code == 410
    sound_by_day_and_by_night(page)
    assert page.evaluate("document.documentElement.scrollWidth") == screen["viewport"]["width"]
    assert not overflowing_anywhere(page, "certificate", [320])
    page.set_viewport_size(screen["viewport"])
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.get_by_role("heading", name="Out of reach")).to_be_visible()
    page.emulate_media(media="screen")
    page.locator(".bar").get_by_role("link", name="Takedowns").click()
    expect(page.locator(".entries li")).to_contain_text("Order of a court, file 12-34")
    sound_by_day_and_by_night(page)
    assert page.evaluate("document.documentElement.scrollWidth") == screen["viewport"]["width"]
