"""Incoming hooks at the desk, in real Chromium: made on a phone, used, and removed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook

from tests.browser.axe import sound_by_day_and_by_night
from tests.browser.desk import surely
from tests.live_server import LiveServer

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1440])
def test_a_hook_is_made_used_and_removed(
    server: LiveServer, slug: str, open_desk: Callable[..., Page], width: int
) -> None:
    page = open_desk("Root Office", "admin", "people", viewport={"width": width, "height": 844})
    page.get_by_role("link", name="Incoming hooks").click()
    form = page.locator("form.sheet", has_text="New hook for a program")
    form.get_by_label("Blog").select_option(slug)
    form.get_by_role("textbox", name="Contributor").fill(f"Carpet {width}")
    form.get_by_role("button", name="Make it").press("Enter")
    shown = page.get_by_role("textbox", name="Secret", exact=True)
    expect(shown).to_have_value(re.compile("^whsec_"))
    row = page.locator(".entries > li", has_text=f"Carpet {width}")
    address, now, text = row.locator("code").inner_text(), datetime.now(UTC), json.dumps({"body": "She is here."})
    sign = Webhook(shown.input_value()).sign("one", now, text)
    sent = {"webhook-id": "one", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": sign}
    filed = requests.post(address, data=text, headers=sent, timeout=60)
    assert filed.status_code == 201
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    sound_by_day_and_by_night(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    desk = page.context.new_page()
    desk.goto(f"{server.url}/desk/{slug}")
    desk.get_by_role("link", name="Night").or_(desk.locator("#drafts")).first.wait_for(state="attached")
    expect(desk.locator("#drafts")).to_contain_text("She is here.")
    surely(row, "Remove")
    expect(page.get_by_role("status")).to_contain_text("The hook was removed")
    assert requests.post(address, data=text, headers=sent, timeout=60).status_code == 401
