"""The stage: what is on it is in sight for everybody; winners are called, confirmed, recalled and corrected there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from liveblog.i18n import results
from tests.browser.axe import sound, sound_by_day_and_by_night
from tests.browser.conftest import Visit
from tests.browser.desk import choose, connected, dialog, in_sight, post, press, row, stage, text, write
from tests.browser.long_night import open_long_night
from tests.live_server import LiveServer

pytestmark = pytest.mark.browser
PLACE = "(one) => { const box = one.getBoundingClientRect(); return [box.x, box.y]; }"


def on_stage(server: LiveServer, slug: str, category: str = "director") -> None:
    server.api("POST", f"/blogs/{slug}/categories/{category}/on-stage")


def test_a_result_is_called_confirmed_and_recalled(server: LiveServer, slug: str, newcomer: Visit, desk: Page) -> None:
    reader = newcomer(f"{server.url}/live/{slug}")
    press(row(desk, "Best Director"), "Put on stage")
    expect(stage(desk).get_by_role("heading", name="Best Director")).to_be_focused()
    expect(stage(desk).get_by_role("button", name="Announce")).to_be_hidden()  # nobody is chosen
    choose(desk, "Brady Corbet")  # the first press chooses, the second one announces
    expect(stage(desk).get_by_role("heading")).to_have_text("Best Director: Brady Corbet (The Brutalist)")
    expect(stage(desk)).to_contain_text("Brady Corbet wins Best Director for The Brutalist.")
    press(stage(desk), "Announce")
    expect(stage(desk)).to_contain_text("by Ana")
    expect(stage(desk)).to_contain_text("1 reader had it within")
    expect(reader.locator("#board")).to_contain_text("Brady Corbet")
    press(stage(desk), "Confirm")
    expect(row(desk, "Best Director")).to_contain_text("Confirmed")
    stage(desk).get_by_label("What was wrong?").fill("Wrong envelope")
    stage(desk).get_by_text("Name the right winner").click()
    stage(desk).get_by_label("Sean Baker").check()
    expect(stage(desk)).to_contain_text("Sean Baker wins Best Director for Anora.")
    press(stage(desk), "Recall")
    expect(row(desk, "Best Director").locator(".winner")).to_have_text("Sean Baker (Anora)")
    result = row(desk, "Best Director: Sean Baker")
    expect(result).to_contain_text("Correction: Earlier announced: Brady Corbet. Wrong envelope")
    expect(stage(desk)).to_contain_text("Corrected")
    expect(reader.get_by_text("Wrong envelope").first).to_be_visible()
    press(stage(desk), "Recall")  # one press, with the standing note
    expect(row(desk, "Best Director")).to_contain_text("On stage now")
    expect(stage(desk).get_by_role("heading")).to_be_focused()
    expect(reader.get_by_text("Earlier announced: Sean Baker. The wrong winner was announced.").first).to_be_visible()
    press(stage(desk), "Change the note")
    dialog(desk).get_by_label("What was wrong?").fill("The presenter read the wrong card.")
    press(dialog(desk), "Change")
    expect(stage(desk)).to_contain_text("Earlier announced: Sean Baker. The presenter read the wrong card.")
    expect(reader.get_by_text("The presenter read the wrong card.").first).to_be_visible()


def test_a_result_is_in_doubt_by_one_press_until_it_is_confirmed(
    server: LiveServer, slug: str, newcomer: Visit, desk: Page
) -> None:
    reader = newcomer(f"{server.url}/live/{slug}")
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    press(stage(desk), "In doubt")
    expect(stage(desk)).to_contain_text("In doubt since")
    expect(stage(desk).get_by_role("heading")).to_be_focused()
    expect(row(desk, "Best Director")).to_contain_text("In doubt")
    expect(reader.locator("#board")).to_contain_text("In doubt")
    expect(stage(desk).get_by_role("button", name="In doubt")).to_have_count(0)
    sound_by_day_and_by_night(desk)
    press(stage(desk), "Confirm")
    expect(row(desk, "Best Director")).to_contain_text("Confirmed")
    expect(reader.locator("#board")).not_to_contain_text("In doubt")


def test_a_tie_by_its_numbers(server: LiveServer, slug: str, desk: Page) -> None:
    on_stage(server, slug, "picture")
    expect(stage(desk)).to_contain_text("Best Picture")
    desk.keyboard.press("1")
    desk.keyboard.press("2")
    expect(stage(desk).get_by_role("heading")).to_have_text("Best Picture, a tie: Anora and Wicked")
    expect(stage(desk).get_by_role("heading")).to_be_focused()
    desk.keyboard.press("Escape")  # leaves the choice
    expect(stage(desk).get_by_role("heading")).to_have_text("Best Picture")
    for digit in "2115":  # the 1 once more leaves it, and there is no fifth
        desk.keyboard.press(digit)
    expect(stage(desk).get_by_role("heading")).to_have_text("Best Picture: Wicked")
    desk.keyboard.press("1")
    expect(stage(desk).get_by_role("button", name="Announce")).to_be_enabled()
    desk.keyboard.press("Control+Enter")
    expect(row(desk, "Best Picture").locator(".winner")).to_have_text("Anora · Wicked")
    expect(row(desk, "Best Picture: Anora and Wicked")).to_be_visible()
    expect(stage(desk).get_by_role("heading")).to_be_focused()


def test_what_a_colleague_calls_is_in_sight_with_the_name_and_nothing_else_goes_out(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    mine, theirs = connected(open_desk("Ana")), connected(open_desk("Ben"))
    press(row(theirs, "Best Director"), "Put on stage")
    choose(mine, "Sean Baker")
    choose(theirs, "Brady Corbet")
    press(stage(theirs), "Announce")
    expect(stage(mine)).to_contain_text("by Ben")
    expect(stage(mine)).to_contain_text("You had chosen Sean Baker (Anora). It did not go out.")
    expect(stage(mine).get_by_role("heading")).to_have_text("Best Director: Brady Corbet (The Brutalist)")
    expect(stage(mine).get_by_role("button", name="Announce")).to_have_count(0)
    press(row(theirs, "Best Picture"), "Put on stage")
    expect(stage(mine).get_by_role("heading")).to_have_text("Best Picture")
    expect(stage(mine)).not_to_contain_text("You had chosen")


def test_a_choice_stays_when_a_colleague_takes_an_earlier_result_back(
    server: LiveServer, slug: str, desk: Page
) -> None:
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    on_stage(server, slug, "picture")
    choose(desk, "Wicked")
    first = stage(desk).locator(".nominee").first
    where = first.evaluate(PLACE)
    server.api("POST", f"/blogs/{slug}/categories/director/doubt")
    expect(stage(desk)).to_contain_text("In doubt: Best Director")
    assert first.evaluate(PLACE) == where  # no other name comes under the pointer
    server.api("POST", f"/blogs/{slug}/categories/director/recall", {})
    expect(stage(desk)).to_contain_text("On stage now: Best Director")
    expect(stage(desk).get_by_role("heading")).to_have_text("Best Picture: Wicked")
    press(stage(desk), "Announce")
    expect(row(desk, "Best Picture").locator(".winner")).to_have_text("Wicked")


def test_the_standing_note_of_a_recall_is_in_the_blogs_language(
    server: LiveServer, slug: str, newcomer: Visit, open_desk: Callable[..., Page]
) -> None:
    server.api("PATCH", f"/blogs/{slug}", {"language": "es"})
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    note = results("es").wrong
    reader = newcomer(f"{server.url}/live/{slug}")
    page = connected(open_desk())
    expect(stage(page).get_by_label("What was wrong?")).to_have_value(note)
    expect(stage(page).get_by_role("group", name="The text that goes out")).to_contain_text(note)
    press(stage(page), "Recall")
    expect(reader.get_by_text(note).first).to_be_visible()


def test_an_earlier_result_is_opened_while_another_category_is_on_stage(
    server: LiveServer, slug: str, desk: Page
) -> None:
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    on_stage(server, slug, "picture")
    expect(stage(desk).get_by_role("heading")).to_have_text("Best Picture")
    press(row(desk, "Best Director"), "Best Director")
    expect(stage(desk)).to_contain_text("On stage now: Best Picture")
    press(stage(desk), "Confirm")
    expect(row(desk, "Best Director")).to_contain_text("Confirmed")
    press(stage(desk), "Show it")
    expect(stage(desk).get_by_role("heading")).to_have_text("Best Picture")
    server.api("POST", f"/blogs/{slug}/categories/director/doubt")
    expect(stage(desk)).to_contain_text("In doubt: Best Director")  # what is in doubt is never out of sight
    press(stage(desk), "Show it")
    stage(desk).get_by_label("What was wrong?").fill("The card was that of")
    server.api("POST", f"/blogs/{slug}/categories/picture/announce", {"winners": ["anora"]})
    server.api("POST", f"/blogs/{slug}/categories/picture/recall", {})
    expect(stage(desk)).to_contain_text("On stage now: Best Picture")  # a note that is being written stays
    expect(stage(desk).get_by_label("What was wrong?")).to_have_value("The card was that of")
    desk.keyboard.press("Escape")  # out of the note
    expect(stage(desk).get_by_label("What was wrong?")).to_have_value("The wrong winner was announced.")


def test_write_more_begins_with_the_winner_and_the_next_category_is_at_hand(
    server: LiveServer, slug: str, desk: Page
) -> None:
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    press(stage(desk), "Write more")
    expect(desk.get_by_label("Category")).to_have_value("director")
    expect(text(desk)).to_be_focused()
    desk.keyboard.type("Long live cinema.")
    expect(text(desk)).to_have_value("> Long live cinema.\n> — Sean Baker")
    expect(stage(desk)).to_contain_text("Next: Best Picture")
    press(stage(desk), "Put on stage")
    expect(stage(desk)).to_contain_text("On stage now for")


def test_a_contributor_looks_at_nominees_and_can_call_nothing(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = connected(open_desk("Cleo", "contributor"))
    press(row(page, "Best Director"), "Best Director")
    expect(stage(page)).to_contain_text("Coralie Fargeat")
    expect(stage(page).get_by_role("button", name="Put on stage")).to_have_count(0)
    page.keyboard.press("1")
    expect(stage(page).get_by_role("heading")).to_have_text("Best Director")
    server.api("POST", f"/blogs/{slug}/categories/picture/announce", {"winners": ["anora"]})
    press(stage(page), "Close")
    expect(stage(page)).to_contain_text("Best Picture: Anora")
    expect(stage(page).get_by_role("button", name="Recall")).to_have_count(0)
    server.api("POST", f"/blogs/{slug}/categories/picture/confirm")
    expect(stage(page)).to_contain_text("Confirmed")


def test_nothing_moves_under_the_pointer_when_a_colleague_calls(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    for number in range(12):  # a page that is long enough to be scrolled
        post(server, slug, f"Update {number}")
    page = connected(open_desk(viewport={"width": 1440, "height": 900}))
    assert page.evaluate("scrollY") == 0
    write(page, "Half a thought")
    where = [page.get_by_role("button", name="Publish"), row(page, "Best Picture")]
    before = [each.evaluate(PLACE) for each in where]
    for act, body in (("on-stage", {}), ("announce", {"winners": ["sean-baker"]}), ("recall", {"note": "Wrong."})):
        server.api("POST", f"/blogs/{slug}/categories/director/{act}", body)
        wanted = {"on-stage": "On stage now for", "announce": "Provisional", "recall": "On stage now for"}[act]
        expect(stage(page)).to_contain_text(wanted)
        for each, (x, y) in zip(where, before, strict=True):
            now = each.evaluate(PLACE)
            assert (now[0], abs(now[1] - y) <= 1) == (x, True), (act, now, y)  # a page scrolls by whole pixels


def without_people(line: WebSocketRoute) -> None:
    """A line that never tells who is at the desk, so that the desk is shown once."""
    server = line.connect_to_server()
    server.on_message(lambda message: None if '"people"' in str(message) else line.send(message))


def test_a_desk_that_is_opened_during_the_night_begins_at_the_top(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    night = open_long_night(server, f"{slug}-long")
    on_stage(server, night, "picture")
    page = open_desk(path=night, viewport={"width": 1440, "height": 900})
    page.route_web_socket("**/socket.io/**", without_people)
    connected(page).reload()
    connected(page)
    in_sight(page.locator("#board-title"), page.locator("#readers"), row(page, "Best Sound").get_by_role("heading"))


def test_a_phone_on_its_side_has_the_stage_and_all_else_within_reach(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    night = open_long_night(server, f"{slug}-long")
    on_stage(server, night, "picture")
    page = connected(open_desk(path=night, viewport={"width": 844, "height": 390}))
    last = stage(page).locator(".nominee").last
    for needed in (page.get_by_role("button", name="Publish"), last):
        needed.scroll_into_view_if_needed()
        in_sight(needed)
    last.click()
    announce = stage(page).get_by_role("button", name="Announce")
    announce.scroll_into_view_if_needed()
    in_sight(announce)


@pytest.mark.parametrize("width", [390, 768, 1024, 1440])
def test_everybody_can_use_the_stage_in_every_state(server: LiveServer, slug: str, desk: Page, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    bar = desk.locator("#stage-bar")
    if bar.is_visible():
        bar.click()
    sound(desk)  # nothing is on stage
    press(stage(desk), "Put on stage")
    choose(desk, "Sean Baker")
    expect(stage(desk)).to_contain_text("Sean Baker wins")
    sound(desk)
    press(stage(desk), "Announce")
    expect(stage(desk)).to_contain_text("Provisional")
    stage(desk).get_by_text("Name the right winner").click()
    sound(desk)
    press(stage(desk), "Recall")
    expect(stage(desk)).to_contain_text("Earlier announced: Sean Baker.")
    sound(desk)
