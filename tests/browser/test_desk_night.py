"""The night around the stage: clocks, the check before it begins and ends, what is told to others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.desk import connected, dialog, post, press, row, stage, write
from tests.live_server import LiveServer, until

LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def test_what_is_scheduled_is_in_event_time_also_when_its_clocks_change(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    server.api("PATCH", f"/blogs/{slug}", {"timezone": "America/Los_Angeles"})
    desk = connected(open_desk(timezone_id="Europe/Berlin"))
    clock = desk.locator("#clock")
    expect(clock).to_contain_text(re.compile(r"Los Angeles \d\d:\d\d:\d\d.* · here \d\d:\d\d:\d\dlast update just now"))
    expect(desk.locator("#posts time").first).to_have_text(re.compile(r"^\d\d:\d\d\sP[SD]T$"))
    write(desk, "Good morning")
    press(desk, "Schedule…")
    asked = dialog(desk)
    asked.get_by_role("textbox", name="Time").fill(f"{left_out():%Y-%m-%dT%H:%M}")
    expect(asked).to_contain_text("The clocks in Los Angeles go forward and leave this time out")
    press(asked, "Set")
    expect(asked).to_contain_text("The clocks go forward and leave that time out")
    asked.get_by_role("textbox", name="Time").fill(f"{twice():%Y-%m-%dT%H:%M}")
    asked.get_by_label("The clocks show this time twice").select_option(index=1)
    expect(asked).to_contain_text(re.compile(r"It goes out on Sun \d November \d{4}, 01:30\sPST \(here 10:30\sCET\)"))
    press(asked, "Set")
    expect(desk.locator("#plan")).to_contain_text("01:30 PST")
    press(desk.locator("#composer"), "Save")
    expect(desk.locator("#drafts")).to_contain_text(
        re.compile(r"on Sun \d November \d{4}, 01:30\sPST \(here 10:30\sCET\)")
    )
    (draft,) = server.api("GET", f"/blogs/{slug}/drafts").json()["drafts"]
    assert datetime.fromisoformat(draft["publish_at"]) == twice().replace(fold=1).astimezone(UTC)


def test_before_the_night_ends_the_desk_lists_what_is_open_and_leads_there(
    server: LiveServer, slug: str, desk: Page
) -> None:
    server.api("POST", f"/blogs/{slug}/drafts", {"headline": "Begun", "body": "And not finished."})
    expect(desk.locator("#drafts")).to_contain_text("Begun")
    press(desk.locator(".night"), "End the night")
    expect(dialog(desk)).to_contain_text("2 categories never called")
    press(dialog(desk), "Best Picture")
    expect(dialog(desk)).to_have_count(0)
    expect(stage(desk).get_by_role("heading", name="Best Picture")).to_be_focused()
    press(desk.locator(".night"), "End the night")
    press(dialog(desk), "Begun")
    expect(desk.locator("#drafts li .what", has_text="Begun")).to_be_focused()
    press(desk.locator(".night"), "End the night")
    press(dialog(desk), "End the night")
    expect(dialog(desk)).to_have_count(0)
    expect(desk.locator("#composer")).to_contain_text("The night has ended. What is published still reaches readers.")
    write(desk, "After the end")
    press(desk.locator("#composer"), "Publish")
    expect(row(desk, "After the end")).to_be_visible()


PRESSED = """() => [...document.querySelectorAll(".night :is(a, button, summary, select)")]
  .filter((one) => one.checkVisibility()).map((one) => `${one.textContent} ${one.getBoundingClientRect().top}`)"""
"""What can be pressed in the night's column, and where."""


def test_figures_and_people_move_nothing_that_can_be_pressed(
    server: LiveServer, slug: str, open_desk: Callable[..., Page], newcomer: Visit
) -> None:
    server.api("POST", f"/blogs/{slug}/drafts", {"headline": "Wait for it", "body": "Not yet."})
    desk = open_desk()
    asked: list[Route] = []
    desk.route("**/audience", lambda route: asked.append(route))
    desk.reload()
    expect(connected(desk).locator("#drafts")).to_contain_text("Wait for it")
    expect(desk.locator("#people")).to_contain_text("Ana (you)")
    expect(desk.locator("#readers")).to_have_text("0")
    before = desk.evaluate(PRESSED)
    assert any(one.startswith("End the night") for one in before)
    until(lambda: asked)
    points = [["2025-03-03T02:00:00Z", 12], ["2025-03-03T03:00:00Z", 12_431]]
    for route in asked:
        route.fulfill(json={"points": points})
    expect(desk.locator("#chart svg")).to_be_visible()
    newcomer(f"{server.url}/live/{slug}")
    expect(desk.locator("#readers")).to_have_text("1")
    post(server, slug, "Now")
    told = re.compile(r"^The last change reached 1\sreader (at once|within \d+\sms)\.$")
    expect(desk.locator("#last")).to_have_text(told)
    open_desk("Ben")
    expect(desk.locator("#people")).to_contain_text("Ben")
    assert desk.evaluate(PRESSED) == before


NOTICES = """
  window.notices = [];
  window.Notification = class { constructor(title, { body }) { notices.push(`${title}: ${body}`); } close() {} };
  Notification.permission = "default";
  Notification.requestPermission = async () => Notification.permission = "granted";
"""


def test_an_editor_is_told_of_a_submission_and_its_author_of_the_approval(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    contributor, editor = open_desk("Cleo", "contributor"), open_desk("Ana")
    editor.add_init_script(NOTICES)
    editor.reload()

    def submit(headline: str) -> None:
        write(contributor, headline)
        press(contributor, "Submit")
        expect(contributor.locator("#told")).to_contain_text("Submitted")
        expect(editor.locator("#drafts")).to_contain_text(headline)

    submit("Told to nobody")
    editor.get_by_label("When submitted").select_option("show a notice")
    submit("From the carpet")
    assert editor.evaluate("notices") == ["Cleo submitted a draft: From the carpet"]
    press(editor.locator("#drafts li", has_text="From the carpet"), "Publish")
    told = contributor.locator(".approved")
    expect(told).to_contain_text(re.compile(r"^Published by Ana at \d\d:\d\d\sUTC — From the carpet$"))
    told.get_by_role("link").click()
    expect(contributor).to_have_url(re.compile(f"/live/{slug}/posts/"))


def left_out() -> datetime:
    """A time that the clocks in Los Angeles leave out next year."""
    return next(
        at for at in sundays(3) if at.replace(hour=2).astimezone(UTC).astimezone(LOS_ANGELES).hour != 2
    ).replace(hour=2)


def twice() -> datetime:
    """A time that they show twice."""
    return next(at for at in sundays(11) if at.utcoffset() != at.replace(fold=1).utcoffset())


def sundays(month: int) -> list[datetime]:
    first = datetime(datetime.now(UTC).year + 1, month, 1, 1, 30, tzinfo=LOS_ANGELES)
    return [day for day in (first + timedelta(days=n) for n in range(28)) if day.weekday() == 6]
