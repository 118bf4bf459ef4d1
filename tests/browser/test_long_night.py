"""A whole night by two people, one of them on a phone with a bad line: nothing false goes out, and what is needed is in
sight when it is needed."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.desk import choose, connected, in_sight, outbox, press, stage
from tests.browser.long_night import CATEGORIES, open_long_night
from tests.live_server import LiveServer

pytestmark = pytest.mark.browser


def act(page: Page, name: str) -> None:
    """Press a button of the stage that is in sight."""
    button = stage(page).get_by_role("button", name=name, exact=True)
    in_sight(button)
    expect(button).to_be_enabled()
    button.click()


def put_on_stage(page: Page, name: str) -> None:
    expect(stage(page)).to_contain_text(f"Next: {name}")
    act(page, "Put on stage")
    expect(stage(page).get_by_role("heading")).to_have_text(name)


def unfold(page: Page) -> None:
    """On a phone: open the stage, which is a bar."""
    if stage(page).get_attribute("data-open") == "no":
        page.locator("#stage-bar").click()


class BadLine:
    """Loses every fifth request, and the answer to every fifth."""

    def __init__(self, page: Page) -> None:
        self.turns = itertools.count()
        page.route("**/api/v1/**", self.answer)

    def answer(self, route: Route) -> None:
        turn = next(self.turns) % 5 if route.request.method != "GET" else 0
        if turn == 4:
            route.fetch()  # it arrives, and the answer is lost
        if turn > 2:
            route.abort()
        else:
            route.continue_()


def test_two_people_call_a_night_of_23_categories(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    night = open_long_night(server, f"{slug}-long")
    ana = connected(open_desk("Ana", path=night, viewport={"width": 1440, "height": 900}))
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    ben = connected(open_desk("Ben", path=night, **phone))
    BadLine(ben)
    unfold(ben)
    wanted: dict[str, list[str]] = {}
    for number, category in enumerate(CATEGORIES):
        caller = (ana, ben)[number % 2]
        if number == 12:
            ana.set_viewport_size({"width": 1024, "height": 768})
        put_on_stage(caller, category.name)
        for page in (ana, ben):
            expect(stage(page).get_by_role("heading")).to_have_text(category.name)
        nominees = stage(ana).locator(".nominee")
        in_sight(*(nominees.nth(n) for n in range(len(category.nominees))))
        winner = category.nominees[number % len(category.nominees)]
        choose(caller, winner.name)
        in_sight(stage(caller).get_by_text("This goes out:"))
        expect(stage(caller).get_by_text("In the outbox")).to_be_hidden()  # nothing else is done with it until then
        act(caller, "Announce")
        for page in (ana, ben):
            expect(stage(page)).to_contain_text("Provisional")
            expect(stage(page).get_by_role("heading")).to_contain_text(f"{category.name}: {winner.name}")
        in_sight(*(stage(caller).get_by_role("button", name=name, exact=True) for name in ("Recall", "In doubt")))
        act(ana, "Confirm")
        expect(stage(ana)).to_contain_text("Confirmed")
        wanted[category.id] = [winner.id]
    found = {each["id"]: each["winners"] for each in server.api("GET", f"/blogs/{night}").json()["categories"]}
    assert found == wanted
    calls = server.api("GET", f"/blogs/{night}/calls").json()["calls"]
    assert [call["act"] for call in calls[::-1]] == ["on_stage", "announce", "confirm"] * len(CATEGORIES)
    expect(outbox(ben)).to_be_hidden()


def test_a_call_from_a_tunnel_does_not_overrule_the_colleague_who_called_meanwhile(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    server.api("POST", f"/blogs/{slug}/categories/director/on-stage")
    ben = connected(open_desk("Ben", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True))
    unfold(ben)
    choose(ben, "Brady Corbet")
    ben.context.set_offline(True)
    in_sight(ben.get_by_text("No connection"))  # the danger is in sight above the open stage
    act(ben, "Announce")
    expect(stage(ben)).to_contain_text("In the outbox, waiting for the line.")
    choose(ben, "Sean Baker")  # too late: the title says what waits
    expect(stage(ben).get_by_role("heading")).to_have_text("Best Director: Brady Corbet (The Brutalist)")
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    ben.context.set_offline(False)
    expect(stage(ben).get_by_role("heading")).to_have_text("Best Director: Sean Baker (Anora)")
    expect(outbox(ben)).to_contain_text("announced Sean Baker")
    director = server.api("GET", f"/blogs/{slug}").json()["categories"][0]
    assert director["winners"] == ["sean-baker"]
    assert [call["act"] for call in server.api("GET", f"/blogs/{slug}/calls").json()["calls"]] == [
        "announce",
        "on_stage",
    ]


def test_without_a_line_the_stage_says_what_waits_and_that_nothing_else_does(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = connected(open_desk(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True))
    unfold(page)
    page.context.set_offline(True)
    act(page, "Put on stage")
    expect(stage(page)).to_contain_text("In the outbox, waiting for the line.")
    page.context.set_offline(False)
    expect(stage(page)).to_contain_text("On stage now for")
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    expect(stage(page)).to_contain_text("Provisional")
    page.context.set_offline(True)
    act(page, "Confirm")
    expect(stage(page)).to_contain_text("In the outbox, waiting for the line.")
    act(page, "In doubt")
    page.context.set_offline(False)
    expect(stage(page)).to_contain_text("What was pressed meanwhile was not done.")
    page.context.set_offline(True)
    act(page, "In doubt")
    expect(stage(page)).to_contain_text("In the outbox, waiting for the line.")
    act(page, "Recall")
    expect(stage(page)).to_contain_text("to do another, take that one back")
    press(page.locator(".bar"), "Show")
    press(outbox(page), "Take back")  # the open sheet does not lie over it
    unfold(page)
    act(page, "Recall")
    page.context.set_offline(False)
    expect(stage(page)).to_contain_text("Earlier announced: Sean Baker.")
