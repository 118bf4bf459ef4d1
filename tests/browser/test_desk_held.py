"""A held key, repeated presses, and a press on a control that has just appeared do not act in public."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.desk import choose, connected, dialog, post, press, row, stage
from tests.live_server import LiveServer, until

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
def test_one_key_puts_a_category_on_stage_and_calls_nobody(
    server: LiveServer, slug: str, open_desk: Callable[..., Page], presses: Callable[..., None]
) -> None:
    page = connected(open_desk())
    armed(row(page, "Best Director").get_by_role("button", name="Put on stage")).focus()
    presses(page, lambda: expect(stage(page)).to_contain_text("On stage now for"))
    expect(stage(page).get_by_role("heading", name="Best Director")).to_be_focused()
    assert category(server, slug)["state"] == "on_stage"
    stage(page).get_by_role("button", name="Sean Baker").focus()
    presses(page, lambda: None)
    assert category(server, slug)["state"] == "on_stage"


def test_a_double_click_acts_once_on_the_first_control(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    """Any control under the pointer at the second click has only just appeared."""
    page = connected(open_desk())
    on_stage = armed(row(page, "Best Director").get_by_role("button", name="Put on stage"))
    page.clock.pause_at(datetime.now() + timedelta(seconds=1))  # so nothing new can be pressed yet
    on_stage.dblclick()
    expect(stage(page)).to_contain_text("On stage now for")
    choose(page, "Sean Baker")
    announce = stage(page).get_by_role("button", name="Announce")

    def ready() -> bool:
        page.clock.run_for(ARMED)
        return announce.is_enabled()

    announce.dispatch_event("click")  # a press that had begun when the button appeared
    page.keyboard.press("Control+Enter")
    expect(announce).to_be_disabled()
    assert category(server, slug)["state"] == "on_stage"
    until(ready)
    choose(page, "Brady Corbet")  # another text would go out: it is read first
    expect(announce).to_be_disabled()
    choose(page, "Brady Corbet")
    until(ready)
    text = {"body": "For Anora.", "outcome": {"category": "director", "nominee": "sean-baker"}}
    server.api("POST", f"/blogs/{slug}/drafts", text)
    expect(announce).to_be_disabled()  # a colleague changed what goes out
    until(ready)
    announce.dblclick()
    page.clock.resume()
    expect(stage(page)).to_contain_text("Provisional")
    assert category(server, slug)["winners"] == ["sean-baker"]


PUBLIC = {"Put on stage", "Announce", "Confirm", "Recall", "In doubt", "Publish", "Pin", "Unpin", "Start the night"}
PUBLIC |= {"End the night", "Retract", "Set"}
"""The buttons that send something: one press sends it, and that is all."""
ASKING = {"History", "Retract", "End the night"}
CONTROLS = """() => {
  const inFront = document.querySelector("dialog[open]");
  const places = inFront ? [inFront] : document.querySelectorAll("#stage, #board, #status-buttons, #drafts, #posts");
  const all = [...places].flatMap((place) => [...place.querySelectorAll("button, input, summary, select, [tabindex]")])
    .filter((one) => one.offsetParent);
  for (const one of document.querySelectorAll("[data-held]")) delete one.dataset.held;
  all.forEach((one, n) => { one.dataset.held = n; });
  return all.map((one) => one.textContent.trim());
}"""


WAITING = """() => new Promise((done) => {
  const asked = indexedDB.open("liveblog-desk", 1);
  asked.onsuccess = () => {
    const found = asked.result.transaction("acts").objectStore("acts").getAll();
    found.onsuccess = () => {
      asked.result.close();
      done(found.result.filter(({ state }) => state === "waiting").length);
    };
  };
})"""
"""How many acts are on their way. What was pressed before is counted."""


def held_for_five_seconds(page: Page, key: str) -> None:
    page.keyboard.down(key)
    for _ in range(2):
        page.clock.run_for(2500)
        page.keyboard.down(key)
    page.keyboard.up(key)
    page.clock.run_for(ARMED)


class Switchboard:
    """Counts what the desk sends, and refuses all of it, so that everything stays as it is."""

    def __init__(self, page: Page) -> None:
        self.sent: list[str] = []
        page.route("**/api/v1/**", self.answer)

    def answer(self, route: Route) -> None:
        if route.request.method == "GET":
            return route.continue_()
        self.sent.append(route.request.url)
        refusal = {"code": "wrong_state", "title": "Conflict", "status": 409, "detail": "Not now."}
        return route.fulfill(status=409, json=refusal, headers={"Content-Type": "application/problem+json"})


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_key_held_for_five_seconds_sends_nothing_by_itself_and_one_act_from_its_button(
    server: LiveServer, slug: str, open_desk: Callable[..., Page], key: str
) -> None:
    """Each control of the stage, the board, the lists and the dialogs, in each state of a category."""
    server.api("POST", f"/blogs/{slug}/drafts", {"headline": "A draft", "body": "Later."})
    page = connected(open_desk())
    switchboard = Switchboard(page)

    def prepare(opened: str) -> list[str]:
        """The desk with a question, or with a chosen nominee. Returns the labels of its controls."""
        if page.get_by_role("heading", name="Restore this version?").count():
            page.keyboard.press("Escape")
            expect(page.get_by_role("heading", name="History")).to_be_visible()  # where the question came from
        for _ in range(3):
            page.keyboard.press("Escape")
        expect(dialog(page)).to_have_count(0)
        if opened == "choice":
            choose(page, "Sean Baker")
        elif opened:
            page.get_by_role("button", name=opened, exact=True).first.click()
            expect(dialog(page)).to_be_visible()
        page.clock.run_for(ARMED)
        labels: list[str] = page.evaluate(CONTROLS)
        return labels

    def hold_each(*questions: str) -> None:
        for opened in ("", *questions):
            number = 0
            while number < len(labels := prepare(opened)):
                label = labels[number]
                switchboard.sent.clear()
                page.locator(f'[data-held="{number}"]').focus()
                held_for_five_seconds(page, key)
                until(lambda: page.evaluate(WAITING) == 0)
                if label in ASKING and opened in ("", "choice"):
                    expect(dialog(page)).to_be_visible()  # it comes with the answer
                if label == "Restore this version":
                    expect(page.get_by_role("heading", name="Restore this version?")).to_be_visible()
                assert len(switchboard.sent) <= (label in PUBLIC), (opened, label, switchboard.sent)
                number += 1

    hold_each("Keys", "Call log", "Schedule…", "History", "Retract", "End the night")
    for act, body, questions in (
        ("on-stage", {}, ["choice"]),
        ("announce", {"winners": ["sean-baker"]}, []),
        ("confirm", {}, []),
    ):
        server.api("POST", f"/blogs/{slug}/categories/director/{act}", body)
        expect(stage(page)).to_contain_text({"on-stage": "On stage", "announce": "Provisional"}.get(act, "Confirmed"))
        hold_each(*questions)


@pytest.mark.parametrize("key", ["Enter", " "])
def test_after_each_act_of_the_stage_the_same_key_does_nothing_more(
    server: LiveServer, slug: str, open_desk: Callable[..., Page], key: str
) -> None:
    page = connected(open_desk())
    for label, after in (
        ("Put on stage", "On stage now for"),
        ("Announce", "Provisional"),
        ("Confirm", "Confirmed"),
        ("In doubt", "In doubt since"),
        ("Confirm", "Confirmed"),
        ("Recall", "On stage now for"),
    ):
        if label == "Announce":
            choose(page, "Sean Baker")
        page.clock.run_for(ARMED)
        before = server.state(slug)["seq"]
        armed(stage(page).get_by_role("button", name=label, exact=True)).focus()
        held_for_five_seconds(page, key)
        expect(stage(page)).to_contain_text(after)
        held_for_five_seconds(page, key)
        expect(stage(page).get_by_role("heading")).to_be_focused()
        assert server.state(slug)["seq"] == before + 1, label


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
    server.api("PUT", f"/blogs/{slug}/pin", {"post": None})
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
