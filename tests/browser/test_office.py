"""The pages around the desk in real Chromium: inviting people, setting a night up, on a phone and by mouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.desk import press, surely
from tests.live_server import LiveServer, until

pytestmark = pytest.mark.browser
NIGHT = '[[category]]\nname = "Best Song"\nnominees = [{ name = "El Mal", film = "Emilia Pérez" }]\n'


def test_somebody_is_invited_and_shut_out_on_a_phone(
    server: LiveServer, visit: Visit, open_desk: Callable[..., Page]
) -> None:
    page = open_desk("Root Office", "admin", "people", viewport={"width": 390, "height": 844}, has_touch=True)
    page.get_by_role("button", name="Make a link").tap()
    expect(page.get_by_role("textbox", name="Link")).to_have_value(re.compile(f"^{server.url}/desk/welcome/"))
    expect(page.locator(".secret")).not_to_contain_text("Put this site’s address before it")  # it is there
    page.get_by_role("button", name="Copy").tap()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    guest = visit(
        page.get_by_role("textbox", name="Link").input_value(), viewport={"width": 390, "height": 844}, has_touch=True
    )
    guest.get_by_label("Name").fill("Office Guest")
    guest.get_by_label("Password").fill("correct horse battery")
    guest.get_by_role("button", name="Come in").tap()
    expect(guest.get_by_role("heading", name="Blogs")).to_be_visible()
    page.goto(f"{server.url}/desk/people")
    row = page.locator(".entries > li", has_text="Office Guest")
    row.locator("summary", has_text="Change").tap()
    row.locator(".sure summary", has_text="Shut out").tap()
    row.get_by_role("button", name="Shut out").tap()
    expect(page.get_by_role("status")).to_have_text("Shut out, everywhere and at once.")
    guest.reload()
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_an_open_invitation_is_withdrawn_on_a_phone(
    server: LiveServer, visit: Visit, open_desk: Callable[..., Page]
) -> None:
    page = open_desk("Root Office", "admin", "people", viewport={"width": 390, "height": 844}, has_touch=True)
    invite = page.locator("#invite")
    invite.locator("[name=name]").fill("Zoë " + "Featherstonehaugh" * 4)
    invite.get_by_role("button", name="Make a link").tap()
    made = page.get_by_role("textbox", name="Link")
    expect(made).to_have_value(re.compile(f"^{server.url}/desk/welcome/"))  # the script makes it whole
    link = made.input_value()
    page.get_by_role("link", name="Open invitations").tap()
    surely(page, "Withdraw the invitation of Zoë")
    expect(page.get_by_role("status")).to_have_text("The invitation was withdrawn; its link no longer works.")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(visit(link).get_by_role("button", name="Come in")).to_have_count(0)


def test_a_night_is_ordered_by_drag_and_extended_from_a_file(
    server: LiveServer, slug: str, newcomer: Visit, open_desk: Callable[..., Page]
) -> None:
    reader = newcomer(f"{server.url}/live/{slug}")
    page = open_desk("Setter Office", "editor", f"{slug}/setup")

    def order() -> list[str]:
        found: list[str] = server.api("GET", f"/blogs/{slug}").json()["blog"]["order"]
        return found

    page.drag_and_drop("#category-picture h3", "#category-director h3", target_position={"x": 40, "y": 2})
    expect(page.locator("#moved")).to_have_text("Best Picture is number 1 now.")
    assert order() == ["picture", "director"]
    expect(page.locator("#order > li h3").first).to_have_text("Best Picture")
    down = page.get_by_role("button", name="Move Best Picture down")
    down.press("Alt+ArrowDown")
    down.press("Alt+ArrowUp")  # while the first request is still running: the last one counts
    down.press("Alt+ArrowDown")
    until(lambda: order() == ["director", "picture"])
    page.get_by_text("Add categories from a night file").click()
    page.locator("#import [type=file]").set_input_files(
        {"name": "song.toml", "mimeType": "text/plain", "buffer": NIGHT.encode()}
    )
    page.get_by_role("button", name="Check first").click()
    expect(page.get_by_role("heading", name="These would be added")).to_be_visible()
    expect(page.locator("#import textarea")).to_have_value(NIGHT)
    page.get_by_role("button", name="Add all").click()
    expect(page.locator("#category-best-song")).to_be_visible()
    expect(reader.locator("#category-best-song")).to_be_visible()
    page.locator("#category-best-song").locator("summary", has_text="Change").click()
    page.get_by_role("button", name="Remove Best Song").click()
    expect(page.locator("#category-best-song")).to_have_count(0)
    expect(reader.locator("#category-best-song")).to_have_count(0)  # also on a page that stayed open


SHAMEFUL = """() => {
  const shown = (each) => each.checkVisibility() && !each.closest(".skip, .unseen");
  const about = (each) => `${each.tagName} ${each.textContent.trim().slice(0, 40) || each.name}`;
  const inText = (each) => each.matches("a:not(.button)") && getComputedStyle(each).display === "inline";
  const low = (each) => (each.closest("label.check") ?? each).getBoundingClientRect().height < 43.5;
  const pressed = [...document.querySelectorAll("a, button, summary, select, textarea, input:not([type=hidden])")];
  const displayed = [...document.querySelectorAll("main *, header *")].filter((each) => shown(each)
    && getComputedStyle(each).fontFamily.startsWith('"Night Bodoni"')
    && [...each.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim()));
  return [
    ...pressed.filter((each) => shown(each) && !inText(each) && low(each)).map((each) => `low: ${about(each)}`),
    ...displayed.filter((each) => parseFloat(getComputedStyle(each).fontSize) < 32 || /\\d/.test(each.textContent))
      .map((each) => `display face: ${about(each)}`),
  ];
}"""
"""What fingers miss, and what is set in the display face although it is small or a figure."""


def test_fingers_find_everything_and_no_figure_is_in_the_display_face(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    server.api("POST", f"/blogs/{slug}/drafts", {"headline": "A draft", "body": "Later."})
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_desk("Root Office", "admin", "people", **phone)
    found: list[str] = []

    def look(path: str) -> None:
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        found.extend(f"/desk/{path}: {each}" for each in page.evaluate(SHAMEFUL))

    look("people")
    pages = ("", "new", "account", "webhooks", "incoming", f"log?blog={slug}", f"{slug}/setup", f"{slug}/takedowns")
    for path in (*pages, "no-such-blog"):
        page.goto(f"{server.url}/desk/{path}")
        look(path)
    page.goto(f"{server.url}/desk/{slug}")
    expect(page.locator("#posts > li").first).to_be_attached()
    for part in ("Board", "Write", "Night"):
        page.locator(".tabs").get_by_role("link", name=part).tap()
        look(f"{slug}, {part}")
    press(page, "Call log")
    look(f"{slug}, a dialog")
    assert not found
