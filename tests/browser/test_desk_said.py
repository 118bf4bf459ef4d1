"""What the desk says back stands where the eye is, speaks of what was done, and is gone when it is no longer true."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, FloatRect, Locator, Page, Route, expect

from tests.browser.axe import sound_by_day_and_by_night
from tests.browser.conftest import Visit, signed_in
from tests.browser.desk import connected, dialog, outbox, post, press, published, row, text, write
from tests.browser.test_desk_private import LONG, photograph
from tests.live_server import LiveServer, live_server, until

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
    press(desk, "Stop editing")
    write(desk, "False alarm")
    press(desk.locator("#composer"), "Publish")
    expect(desk.get_by_role("button", name="Undo (U)")).to_be_visible()
    server.api("DELETE", f"/blogs/{slug}/posts/{published(server, slug, 'False alarm')[0]['id']}")  # by a colleague
    expect(told).to_be_empty()
    expect(desk.locator("#undo")).to_be_empty()  # there is nothing left to be taken back
    write(desk, "Kept")
    press(desk, "Save draft")
    expect(told).to_have_text("Draft saved.")
    press(row(desk, "Older"), "Retract")
    press(dialog(desk), "Retract")
    expect(row(desk, "Older")).to_have_count(0)
    expect(told).to_be_empty()


def test_what_went_late_is_told_by_the_outbox(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    page = connected(open_desk())
    page.clock.install()
    write(page, "On the ground")
    press(page, "Publish")
    expect(page.get_by_role("button", name="Undo (U)")).to_be_visible()
    page.context.set_offline(True)
    write(page, "From the tunnel")
    press(page, "Publish")
    expect(page.locator("#told")).to_have_text("In the outbox: it goes out when the line is back.")
    expect(page.locator("#undo")).to_be_empty()  # it would take back the update before
    page.clock.fast_forward("01:00")
    page.context.set_offline(False)
    expect(row(page, "From the tunnel")).to_be_visible()
    expect(outbox(page)).to_contain_text("late, at")
    expect(page.locator("#told")).to_be_empty()
    assert len(published(server, slug, "From the tunnel")) == 1
    press(outbox(page), "OK")
    expect(outbox(page)).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_where_the_browser_forbids_storage_the_desk_says_so(open_desk: Callable[..., Page], slug: str) -> None:
    page = open_desk()
    page.add_init_script("Object.defineProperty(self, 'localStorage', { get() { throw new DOMException('Denied'); } })")
    page.reload()
    connected(page)
    text(page).fill("Typed")
    expect(page.locator("#danger")).to_contain_text("This browser keeps nothing")


def test_undo_by_key_right_after_publishing_by_key_and_writing_on(server: LiveServer, slug: str, desk: Page) -> None:
    desk.evaluate(LONG)
    keys = desk.keyboard
    write(desk, "", "One")
    text(desk).press("Control+Enter")
    expect(desk.locator("#told")).to_contain_text("Published")
    keys.type("The next one")  # no letter is lost, and none is a key of its own
    expect(text(desk)).to_have_value("The next one")
    keys.press("Control+Enter")
    expect(desk.locator("#undo")).to_contain_text("“The next one”")
    keys.press("u")
    expect(text(desk)).to_have_value("The next one")
    expect(desk.locator("#posts > li:not(.retracted)").filter(has_text="The next one")).to_have_count(0)
    text(desk).press("Escape")
    keys.press("t")
    expect(desk.get_by_role("heading", name="Timeline")).to_be_focused()


def test_a_text_for_a_winner_can_be_left_and_leaves_nothing_behind(server: LiveServer, slug: str, desk: Page) -> None:
    pile = desk.locator("#drafts > section").filter(has=desk.get_by_role("heading", name="Prepared"))
    pile.locator("summary").first.click()
    nominee = pile.locator("details[open] li button").first

    def leave(how: Callable[[], object], typed: str = "") -> None:
        nominee.click()
        expect(desk.get_by_role("heading", name="Text for a winner")).to_be_visible()
        text(desk).press_sequentially(typed)
        how()
        expect(desk.get_by_role("heading", name="New update")).to_be_visible()
        expect(desk.locator("#plan")).to_be_hidden()
        expect(desk.get_by_label("Category")).to_have_value("")
        expect(desk.get_by_label("Key moment")).not_to_be_checked()

    leave(lambda: press(desk, "Close"))
    leave(lambda: text(desk).press("Escape"))
    expect(desk.get_by_role("heading", name="New update")).to_be_focused()

    def twice() -> None:
        text(desk).press("Escape")
        expect(desk.get_by_role("heading", name="Text for a winner")).to_be_focused()
        desk.keyboard.press("Escape")

    leave(twice, "She wins.")
    expect(desk.locator(".aside pre")).to_have_text("She wins.")

    def new() -> None:
        desk.get_by_role("heading", name="Timeline").focus()
        desk.keyboard.press("n")

    leave(new)
    expect(text(desk)).to_be_focused()


def test_nothing_goes_out_with_a_gap_that_an_insert_left(server: LiveServer, slug: str, desk: Page) -> None:
    problem = desk.locator("#composer-problem")
    press(desk.locator("#composer"), "Publish")
    expect(problem).to_have_text("Write a text or a headline, or add a picture.")
    expect(text(desk)).to_be_focused()
    write(desk, "Said", "We did it!")
    text(desk).select_text()
    press(desk, "Speaker")
    for button in ("Save draft", "Publish"):
        press(desk.locator("#composer"), button)  # the list of drafts has one, too, once the desk has kept this one
    expect(problem).to_have_text("Write who said it, or take that line out.")
    assert not published(server, slug, "Said")
    desk.keyboard.type("Mikey Madison")  # the gap is selected
    expect(problem).to_be_hidden()
    expect(text(desk)).to_have_value("> We did it!\n> — Mikey Madison")
    press(desk, "Close the draft")
    press(desk.locator(".drafts > li").filter(has_text="Said"), "Publish")
    expect(desk.locator(".drafts > li").filter(has_text="Said")).to_contain_text("Open the draft: Write who said it")
    assert not published(server, slug, "Said")


LINES = """() => {
  const text = document.querySelector("#body"), { top, bottom } = text.getBoundingClientRect();
  const style = getComputedStyle(text);
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const floor = [".tabs", "#feedback"].map(box).filter((one) => one.height).map((one) => one.top);
  const seen = Math.min(bottom, visualViewport.height, ...floor) - Math.max(top, box(".bar").bottom);
  return seen / parseFloat(style.lineHeight);
}"""
"""How many lines of the text are in sight."""


def test_a_phone_shows_what_matters_while_somebody_writes(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    title = "Anora at the Oscars: the ninety-seventh Academy Awards, minute by minute"
    server.api("PATCH", f"/blogs/{slug}", {"title": title})
    page = connected(open_desk(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True))
    heading = page.locator(".bar h1")
    assert heading.evaluate("e => e.getBoundingClientRect().height") < 50  # one line, with an ellipsis
    expect(heading).to_have_attribute("title", title)
    expect(page.locator("#clock")).to_contain_text("last update")  # which is wider than the name above it
    assert heading.evaluate("e => e.getBoundingClientRect().width") > 200
    page.evaluate(LONG)
    write(page, "From the carpet")
    page.get_by_role("button", name="Publish").tap()
    expect(page.locator("#told")).to_contain_text("Published")
    page.get_by_role("link", name="Board", exact=True).tap()
    tabs = page.locator(".tabs").bounding_box()
    for part in (page.locator("#told"), page.get_by_role("button", name="Undo (U)")):  # above the tabs, on each of them
        expect(part).to_be_in_viewport(ratio=1)
        box = part.bounding_box()
        assert box
        assert tabs
        assert box["y"] + box["height"] <= tabs["y"]
    sound_by_day_and_by_night(page)
    page.get_by_role("link", name="Write", exact=True).tap()
    text(page).fill("\n".join(f"Line {n}" for n in range(20)))
    page.set_viewport_size({"width": 390, "height": 480})  # the keyboard opens
    page.keyboard.type("!")
    until(lambda: page.evaluate(LINES) >= 8)
    expect(page.get_by_role("link", name="The desk")).to_be_in_viewport(ratio=1)
    expect(page.locator("#connection")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_band_holds_its_words_with_very_large_text(open_desk: Callable[..., Page]) -> None:
    page = connected(open_desk("Ana of a longer name", viewport={"width": 768, "height": 900}))
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    inside = """e => {
      const [own, bar] = [e, e.closest(".bar")].map((one) => one.getBoundingClientRect());
      return own.top >= bar.top && own.bottom <= bar.bottom && own.right <= bar.right;
    }"""
    assert page.evaluate("document.documentElement.scrollWidth") <= 768
    assert page.locator(".bar .me").evaluate(inside)
    names = page.locator("#board h3 button")
    assert all(e.evaluate("e => e.offsetWidth > 4 * parseFloat(getComputedStyle(e).fontSize)") for e in names.all())
    page.context.set_offline(True)
    expect(page.locator("#danger")).not_to_be_empty()
    assert page.locator(".standing > p").evaluate(inside)
    assert page.locator(".bar .me").evaluate(inside)


def test_the_badge_counts_what_its_person_may_see(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    outcome = {"category": "director", "nominee": "sean-baker"}
    server.api("POST", f"/blogs/{slug}/drafts", {"body": "He wins.", "outcome": outcome})
    editor, contributor = connected(open_desk("Ana")), connected(open_desk("Cleo", "contributor"))
    expect(editor.locator("#news")).to_have_text("1")
    server.api("POST", f"/blogs/{slug}/drafts", {"headline": "For all", "body": "Seen by all."})
    expect(editor.locator("#news")).to_have_text("2")
    expect(contributor.locator("#news")).to_have_text("1")
    editor.locator("#drafts summary", has_text="Best Director").click()
    press(editor, "Sean Baker (Anora)")  # a look at it is enough
    expect(editor.locator("#news")).to_have_text("1")


WATCH = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { sources } of list.getEntries()) {
      for (const { node, previousRect, currentRect } of sources) {
        if (previousRect.y === currentRect.y) continue;
        const part = node?.parentElement?.closest(".bar, #composer, #board, #posts > li") ?? node;
        window.shifts.push(part?.id || part?.dataset?.ref || String(part?.className));
      }
    }
  }).observe({ type: "layout-shift" });
}"""


def test_nothing_moves_under_the_pointer(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    post(server, slug, "Older")
    server.api("PUT", f"/blogs/{slug}/pin", {"post": None})  # so that pinning asks nothing
    page = connected(open_desk())
    button = page.locator("#composer [type=submit]")
    page.evaluate(WATCH)
    place: FloatRect | None = None

    def pointed_at(control: Locator = button) -> None:
        nonlocal place
        control.hover()
        place = control.bounding_box()

    def stays(control: Locator = button) -> None:
        box = control.bounding_box()
        assert place
        assert box
        assert abs(box["y"] - place["y"]) < 1  # a page scrolls by whole pixels
        assert (box["x"], box["width"], box["height"]) == (place["x"], place["width"], place["height"])

    write(page, "Doors open", "A long text.\n\n" + "It goes on.\n\n" * 12)
    pointed_at()
    press(page, "Publish")
    expect(page.locator("#told")).to_contain_text("Published")
    stays()
    write(page, "Later")
    pointed_at()
    press(page, "Save draft")
    expect(page.locator("#told")).to_have_text("Draft saved.")
    stays()
    text(page).fill("[words]()")
    button.click()
    expect(page.locator("#composer-problem")).to_be_visible()
    stays()
    text(page).fill("Words")
    bar, pin = page.locator(".bar").bounding_box(), row(page, "Older").get_by_role("button", name="Pin")
    pointed_at(pin)
    page.context.set_offline(True)
    expect(page.locator("#danger")).not_to_be_empty()
    stays(pin)
    pin.click()
    expect(row(page, "Older").get_by_role("alert")).to_contain_text("In the outbox")
    expect(outbox(page)).to_be_visible()  # above the timeline: the page scrolls instead
    stays(pin)
    assert page.locator(".bar").bounding_box() == bar
    assert "board" not in page.evaluate("shifts")


def test_pictures_on_their_way_at_a_reload_are_named_afterwards(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = connected(open_desk())

    def choose(name: str) -> None:
        with page.expect_file_chooser() as chooser:
            press(page, "Add pictures")
        chooser.value.set_files(FilePayload(name=name, mimeType="image/png", buffer=photograph()))

    choose("arrived.png")
    expect(page.get_by_label("What it shows")).to_be_visible()
    page.route("**/media", lambda route: None)  # no answer
    choose("red-carpet.png")
    expect(page.locator(".roll > li.waiting")).to_contain_text("red-carpet.png")
    page.reload()
    expect(page.locator("#pictures").get_by_role("alert")).to_have_text(
        "red-carpet.png was still on its way: choose it again."
    )
    expect(page.locator(".roll > li")).to_have_count(1)  # the other one still needs its words
    expect(page.get_by_label("What it shows")).to_be_visible()


def test_a_text_on_its_way_at_a_reload_is_not_offered_again(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = connected(open_desk())
    page.route("**/posts", lambda route: None)  # no answer
    write(page, "Going out")
    with page.expect_request("**/posts"):
        press(page, "Publish")
    page.unroute("**/posts")
    page.reload()
    expect(row(page, "Going out")).to_be_visible()
    assert len(published(server, slug, "Going out")) == 1
    expect(page.get_by_label("Headline")).to_have_value("")
    expect(page.locator(".aside")).to_have_count(0)


def test_what_becomes_of_a_text_is_said_while_it_is_written(desk: Page) -> None:
    said = desk.get_by_role("status").and_(desk.locator("#advice"))
    text(desk).fill("See [the list](about.html) for M*A*S*H")
    expect(said).to_have_text("“the list” is no link: “about.html” is no web address.")
    expect(text(desk)).to_have_accessible_description("“the list” is no link: “about.html” is no web address.")
    text(desk).fill("See www.example.org for M*A*S*H")
    expect(said).to_be_empty()
    text(desk).fill("_snake_case_")
    expect(said).to_have_text("Readers see “snake_case” in italics.")
    press(desk, "Publish")
    expect(desk.locator("#told")).to_contain_text("Published")
    expect(said).to_be_empty()


def test_a_title_is_fetched_into_the_text(visit: Visit) -> None:
    address, answers = "https://youtu.be/dQw4w9WgXcQ", ["[Her speech](https://youtu.be/dQw4w9WgXcQ)"]

    def answer(route: Route) -> None:
        if answers:
            route.fulfill(json={"markdown": answers.pop()})
        else:
            route.fulfill(
                status=422, json={"code": "invalid", "detail": "YouTube does not show it; write the title yourself"}
            )

    with live_server("serve", LIVEBLOG_OEMBED="1") as server:
        page = connected(visit(f"{server.url}/desk/{server.open()}", storage_state=signed_in(server, "Ana", "editor")))
        page.route("**/title", answer)
        fetch = page.get_by_role("button", name="Fetch the title")
        expect(fetch).to_be_disabled()
        text(page).fill(f"What a speech:\n{address}\nAnd more")
        fetch.click()
        expect(text(page)).to_have_value(f"What a speech:\n[Her speech]({address})\nAnd more")
        expect(fetch).to_be_disabled()
        text(page).press("ControlOrMeta+Z")
        expect(text(page)).to_have_value(f"What a speech:\n{address}\nAnd more")
        expect(fetch).to_be_enabled()
        fetch.click()
        expect(page.locator("#told")).to_contain_text("YouTube does not show it; write the title yourself")
        text(page).fill("")
        expect(fetch).to_be_disabled()
        page.close()
