"""Finds the desk's rows, dialogs and buttons for browser tests, by the words that people see."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.live_server import LiveServer, until

SEEN = """(one) => {
  const box = one.getBoundingClientRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return box.height > 0 && box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth
    && (one === at || one.contains(at));
}"""


def connected(page: Page) -> Page:
    expect(page.locator("#connection")).to_have_text("Connected")
    return page


def row(page: Page, name: str) -> Locator:
    """A post's or category's row, by its headline or name."""
    return page.locator("#posts > li, #board > li").filter(has=page.get_by_role("heading", name=name, exact=True))


def press(where: Page | Locator, name: str) -> None:
    where.get_by_role("button", name=name, exact=True).click()


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def stage(page: Page) -> Locator:
    return page.get_by_role("region", name="On stage")


def choose(page: Page, *names: str) -> None:
    """Choose nominees on the stage."""
    for name in names:
        stage(page).locator(".nominee").filter(has_text=name).click()


def text(page: Page) -> Locator:
    return page.get_by_label("Text", exact=True)


def write(page: Page, headline: str, body: str = "Some text.") -> None:
    page.get_by_label("Headline").fill(headline)
    text(page).fill(body)


def published(server: LiveServer, slug: str, headline: str) -> list[dict[str, Any]]:
    """The posts with this headline."""
    return [o for o in server.state(slug)["objects"] if o["kind"] == "post" and o.get("headline") == headline]


def post(server: LiveServer, slug: str, headline: str, body: str = "As it was.") -> dict[str, Any]:
    made: dict[str, Any] = server.api("POST", f"/blogs/{slug}/posts", {"headline": headline, "body": body}).json()
    return made


def outbox(page: Page) -> Locator:
    return page.get_by_role("region", name=re.compile("Outbox|Not sent yet"))


def in_sight(*needed: Locator) -> None:
    """Each of these is inside the viewport, and nothing lies over it."""
    for one in needed:
        until(lambda one=one: one.evaluate(SEEN))  # type: ignore[misc]


def surely(place: Page | Locator, act: str) -> None:
    """Do what the desk asks about first: open the question, unless it is open, and press its button; by keyboard."""
    question = place.locator(".sure", has_text=act)
    if question.get_attribute("open") is None:
        question.locator("summary").press("Enter")
    question.get_by_role("button", name=act).press("Enter")
