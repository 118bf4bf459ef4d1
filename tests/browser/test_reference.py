"""The reference of the API at /api/: read on a phone and a desk, by day and by night, one call by its address."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.axe import sound_by_day_and_by_night
from tests.browser.conftest import Visit
from tests.live_server import LiveServer

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1440])
def test_the_reference_is_sound_and_fits(server: LiveServer, newcomer: Visit, width: int) -> None:
    page = newcomer(f"{server.url}/api/")
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sound_by_day_and_by_night(page)


def test_each_call_has_an_address_and_nothing_comes_from_elsewhere(server: LiveServer, visit: Visit) -> None:
    page = visit(server.url, go=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/api/#api_announce")
    expect(page.locator("#api_announce")).to_be_in_viewport()
    page.locator("#api_announce").get_by_role("link", name="Announcement").click()
    expect(page.locator("#Announcement")).to_be_in_viewport()
    assert all(url.startswith(server.url) for url in asked)
    assert page.locator("script").count() == 0
