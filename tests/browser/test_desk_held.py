"""A held key, repeated presses, and a press on a control that has just appeared do not act in public."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import connected, dialog, post, press, row
from tests.live_server import LiveServer

BETWEEN = 350
"""Milliseconds between two presses of an impatient person."""


ARMED = 500
"""Milliseconds after which a new button can be pressed, and some."""
REPEATS = 33
"""Milliseconds between two repetitions of a held key. They begin after half a second."""


@pytest.fixture
def open_desk(open_desk: Callable[..., Page]) -> Callable[..., Page]:
    """The desk, with a clock that the test can move."""

    def open_it(**options: Any) -> Page:
        page = open_desk(**options)
        page.clock.install(time=datetime.now())
        return page

    return open_it


def again_and_again(page: Page, shown: Callable[[], object], key: str = "Enter") -> None:
    """Press twice before any effect can be seen, and twice more when the first press's effect is `shown`."""
    for wait in (lambda: None, shown, lambda: None):
        page.keyboard.press(key)
        page.clock.run_for(BETWEEN)
        wait()
    page.keyboard.press(key)


def hold(page: Page, shown: Callable[[], object], key: str = "Enter") -> None:
    """Repeat a key like a keyboard; half of the repetitions follow once the first effect is `shown`."""
    page.keyboard.down(key)
    page.clock.run_for(500)
    for wait in (shown if key == "Enter" else lambda: None, lambda: None):  # the space key acts when it is released
        for _ in range(12):
            page.keyboard.down(key)
            page.clock.run_for(REPEATS)
        wait()
    page.keyboard.up(key)


PRESSES = pytest.mark.parametrize("presses", [again_and_again, hold])


def armed(button: Locator) -> Locator:
    expect(button).to_be_enabled()
    return button


def category(server: LiveServer, slug: str, id: str = "director") -> dict[str, Any]:
    found: dict[str, Any] = next(
        obj for obj in server.state(slug)["objects"] if (obj["kind"], obj["id"]) == ("category", id)
    )
    return found


@PRESSES
@pytest.mark.parametrize("key", ["Enter", " "])
def test_one_key_puts_a_category_on_stage_and_calls_nobody(
    server: LiveServer, slug: str, open_desk: Callable[..., Page], presses: Callable[..., None], key: str
) -> None:
    page = connected(open_desk())
    best = row(page, "Best Director")
    armed(best.get_by_role("button", name="Put on stage")).focus()
    presses(page, lambda: expect(best).to_contain_text("On stage now"), key)
    expect(best).to_contain_text("On stage now")
    expect(best.get_by_role("heading", name="Best Director")).to_be_focused()
    expect(dialog(page)).to_have_count(0)
    assert category(server, slug)["state"] == "on_stage"


@PRESSES
def test_one_key_on_a_nominee_announces_nobody_and_a_held_announce_does_not_confirm(
    server: LiveServer, slug: str, open_desk: Callable[..., Page], presses: Callable[..., None]
) -> None:
    server.api("POST", f"/blogs/{slug}/categories/director/on-stage")
    page = connected(open_desk())
    best = row(page, "Best Director")
    best.get_by_role("button", name="Sean Baker").focus()
    presses(page, lambda: expect(dialog(page)).to_be_visible())
    expect(dialog(page).get_by_role("heading")).to_be_focused()
    assert category(server, slug)["state"] == "on_stage"
    armed(dialog(page).get_by_role("button", name="Announce")).focus()
    presses(page, lambda: expect(best).to_contain_text("Provisional"))
    expect(best.get_by_role("heading", name="Best Director")).to_be_focused()
    assert category(server, slug)["state"] == "announced"
    armed(best.get_by_role("button", name="Confirm")).focus()
    presses(page, lambda: expect(best).to_contain_text("Confirmed"))
    expect(best.get_by_role("heading", name="Best Director")).to_be_focused()
    assert category(server, slug)["winners"] == ["sean-baker"]


def test_another_key_announces_from_the_question(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    server.api("POST", f"/blogs/{slug}/categories/director/on-stage")
    page = connected(open_desk())
    best = row(page, "Best Director")
    best.get_by_role("button", name="Sean Baker").focus()
    page.keyboard.press("Enter")
    armed(dialog(page).get_by_role("button", name="Announce"))
    page.keyboard.press("Control+Enter")
    expect(best).to_contain_text("Provisional")


def test_a_double_click_acts_once_on_the_first_control(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    """Any control under the pointer at the second click has only just appeared."""
    page = connected(open_desk())
    best = row(page, "Best Director")
    on_stage = armed(best.get_by_role("button", name="Put on stage"))
    page.clock.pause_at(datetime.now() + timedelta(seconds=1))  # so nothing new can be pressed yet
    on_stage.dblclick()
    expect(best).to_contain_text("On stage now")
    page.keyboard.press("Escape")
    page.clock.run_for(ARMED)
    best.get_by_role("button", name="Sean Baker").click()
    announce = dialog(page).get_by_role("button", name="Announce")
    announce.dispatch_event("click")  # a press that had begun when the question appeared
    expect(dialog(page)).to_be_visible()
    page.clock.run_for(ARMED)
    armed(announce).dblclick()
    page.clock.resume()
    expect(best).to_contain_text("Provisional")
    assert category(server, slug)["state"] == "announced"


def test_one_key_neither_begins_nor_ends_the_night(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    server.api("PATCH", f"/blogs/{slug}", {"status": "preview"})
    page = connected(open_desk())
    for label, after in (("Start the night", "live"), ("End the night", "ended")):
        page.locator(".night").get_by_role("button", name=label).focus()
        again_and_again(page, lambda: expect(dialog(page)).to_be_visible())
        expect(dialog(page).get_by_role("heading")).to_be_focused()
        armed(dialog(page).get_by_role("button", name=label)).focus()
        again_and_again(page, lambda: expect(dialog(page)).to_have_count(0))
        expect(page.locator("#status-buttons button")).not_to_be_focused()
        blog = next(obj for obj in server.state(slug)["objects"] if obj["kind"] == "blog")
        assert blog["status"] == after


def test_one_key_pins_and_does_not_unpin(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    post(server, slug, "Keep this")
    page = connected(open_desk())
    armed(row(page, "Keep this").get_by_role("button", name="Pin")).focus()
    again_and_again(page, lambda: expect(row(page, "Keep this")).to_contain_text("pinned"))
    expect(row(page, "Keep this").get_by_role("heading", name="Keep this")).to_be_focused()


def test_one_key_publishes_one_draft(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    for headline in ("First", "Second", "Third"):
        server.api("POST", f"/blogs/{slug}/drafts", {"headline": headline, "body": "Later."})
    page = connected(open_desk())
    before = len(server.state(slug)["objects"])
    armed(page.locator("#drafts").get_by_role("button", name="Publish").first).focus()
    again_and_again(
        page, lambda: expect(page.locator("#drafts").get_by_role("button", name="Publish")).to_have_count(2)
    )
    expect(page.locator("#drafts").get_by_role("button", name="Publish")).to_have_count(2)
    assert len(server.state(slug)["objects"]) == before + 1


def test_a_held_key_on_the_set_up_page_changes_nothing(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    server.api("PATCH", f"/blogs/{slug}", {"status": "preview"})
    page = open_desk()
    page.goto(f"{server.url}/desk/{slug}/setup")
    page.locator(".confirm summary").focus()
    hold(page, lambda: expect(page.locator(".confirm button")).to_be_visible())
    press(page, "Start the night")
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()
    expect(page.locator(".confirm button")).not_to_be_focused()
