"""What the desk says back stands where the eye is, speaks of what was done, and is gone when it is no longer true."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import connected, outbox, post, press, published, row, text, write
from tests.browser.test_desk_private import LONG
from tests.live_server import LiveServer

pytestmark = pytest.mark.browser


def test_what_is_told_goes_with_the_first_letter_and_undo_stays(server: LiveServer, slug: str, desk: Page) -> None:
    post(server, slug, "Older")
    desk.evaluate(LONG)
    told = desk.locator("#told")
    write(desk, "Doors open")
    press(desk, "Publish")
    expect(told).to_contain_text("Published")
    text(desk).press_sequentially("S")
    expect(told).to_be_empty()
    expect(desk.locator("#undo")).to_contain_text("“Doors open”")
    expect(told).to_be_empty()  # nor do the readers' figures come back to it
    press(desk, "Undo (U)")
    expect(told).to_contain_text("Taken back")
    expect(desk.get_by_label("Headline")).to_have_value("Doors open")
    expect(desk.locator(".aside pre")).to_have_text("S")
    press(row(desk, "Older"), "Edit")
    expect(desk.get_by_role("heading", name="Edit the update")).to_be_visible()
    expect(told).to_be_empty()


def test_what_went_late_is_told_by_the_outbox(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    page = connected(open_desk())
    page.clock.install()
    page.context.set_offline(True)
    write(page, "From the tunnel")
    press(page, "Publish")
    expect(page.locator("#told")).to_have_text("In the outbox: it goes out when the line is back.")
    page.clock.fast_forward("01:00")
    page.context.set_offline(False)
    expect(row(page, "From the tunnel")).to_be_visible()
    expect(outbox(page)).to_contain_text("late, at")
    expect(page.locator("#told")).to_be_empty()
    assert len(published(server, slug, "From the tunnel")) == 1
