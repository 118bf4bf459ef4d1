"""A night of 23 categories: the board folds on a phone, and the first update is in sight in every state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from liveblog.model import Status
from tests.browser.conftest import Visit
from tests.browser.long_night import CATEGORIES, FIVE, LongNight
from tests.browser.reading import agree, connected
from tests.live_server import LiveServer

pytestmark = pytest.mark.browser
PHONE, SCREEN = (390, 844), (1440, 900)
DEEPEST = {PHONE: 844, SCREEN: 700}
"""Where the first update begins at the latest, in pixels from the top of the page."""
PLACES = """() => {
  const box = (selector) => document.querySelector(selector)?.getBoundingClientRect();
  return [(box("#posts > article:not([hidden])")?.top ?? NaN) + scrollY, box(".masthead").height];
}"""
TOUCHING = """() => {
  const title = document.querySelector("h1");
  const style = getComputedStyle(title);
  return parseFloat(style.lineHeight) < 1.05 * parseFloat(style.fontSize);
}"""
SUMMARY = (
    "Every award as it is announced, with what is said on the stage, in the press room and at the parties after it."
)
TITLES = [
    "Oscars",
    "Anora at the Oscars",
    "The Academy Awards, the whole of the ceremony",
    "第九十七届奥斯卡金像奖颁奖典礼现场直播",
]
TITLES += [f"{'A night that needs many words to be named ' * 4}fully", "The night of the " + "Wolfenstein" * 8]
SIZES = [(320, 640), (390, 844), (768, 1024), (1024, 768), (1440, 900), (1920, 1080)]
TWICE = [(640, 360), (720, 450), (960, 540)]
"""Screens of 1280 × 720, 1440 × 900 and 1920 × 1080, zoomed to 200 %."""


class Night(LongNight):
    def __init__(self, server: LiveServer, slug: str) -> None:
        super().__init__(server, slug)
        self.do("PATCH", "", {"summary": SUMMARY})

    def states(self) -> Iterator[str]:
        """Play the night, and stop in each of its states."""
        self.do("PATCH", "", {"status": "preview"})
        self.post("The first limousine stops in front of the theatre, and the light is low. " * 4)
        yield "before the show"
        self.do("PATCH", "", {"status": "live"})
        yield "live"
        for number, category in enumerate(CATEGORIES):
            self.call(category.id, "on-stage")
            if number in (0, 3, 22):
                yield f"award {number + 1} on stage"
            winners = [each.id for each in category.nominees[number % 5 :][: 1 + number % 2]]
            self.call(category.id, "announce", winners=winners)
            if number in (0, 2, 11):
                yield f"{number + 1} announced"
        self.post("What a night. " * 40, headline="A moment that nobody will forget", key=True)
        yield "all announced"
        self.call("director", "doubt", note="Two cards were on the stage, and both of them have been read out. " * 3)
        yield "in doubt"
        self.call("director", "recall", note="They had the wrong envelope in their hands. " * 3, winners=["n5"])
        yield "recalled"
        self.do("PUT", "/pin", {"post": self.post("It is confirmed: " * 30, headline="The envelope that was wrong")})
        yield "a long post pinned"
        self.do("PATCH", "", {"status": "ended"})
        yield "ended"


@pytest.fixture(scope="module")
def night(server: LiveServer) -> Night:
    night = Night(server, "board-night")
    for category in CATEGORIES[:-2]:
        night.call(category.id, "announce", winners=[category.nominees[0].id])
    night.call("director", "on-stage")
    night.post("The hall is silent")
    return night


def resized(page: Page, screen: tuple[int, int]) -> Page:
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    return page


def test_the_first_update_is_in_sight_in_every_state_of_a_night(
    server: LiveServer, visit: Visit, newcomer: Visit
) -> None:
    night = Night(server, "board-states")
    follower = connected(resized(visit(night.url), PHONE))
    found = []
    for state in night.states():
        page = connected(resized(newcomer(night.url), PHONE))
        agree(page, follower)
        for screen in (PHONE, SCREEN):
            for each in (page, follower):
                top, masthead = resized(each, screen).evaluate(PLACES)
                if not (top <= DEEPEST[screen] and masthead <= screen[1] / 4):
                    found.append(f"{state}, {screen}: the first update at {top} px, the masthead {masthead} px")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("status", ["live", "ended"])
def test_the_masthead_takes_a_quarter_of_the_screen_at_most(
    server: LiveServer, newcomer: Visit, status: Status
) -> None:
    night = Night(server, f"board-masthead-{status}")
    night.call("picture", "announce", winners=["n2"])  # a film with a long name
    night.do("PATCH", "", {"status": status})
    page = connected(newcomer(night.url))
    found = []
    for title in TITLES:
        night.do("PATCH", "", {"title": title})
        expect(page.locator("h1")).to_have_text(title)
        for screen in (*SIZES, *TWICE):
            _, masthead = resized(page, screen).evaluate(PLACES)
            if masthead > screen[1] / 4:
                found.append(f"{title[:30]!r}, {screen}: {masthead} px")
            if page.evaluate(TOUCHING):
                found.append(f"{title[:30]!r}, {screen}: the lines of the title touch")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_phone_the_board_folds_to_the_stage_and_the_last_three_winners(
    night: Night, visit: Visit, scripts: bool
) -> None:
    page = visit(night.url, viewport={"width": 390, "height": 844}, java_script_enabled=scripts)
    shown = page.locator("#board .category:visible")
    last = [category.name for category in CATEGORIES[-5:-2]]
    expect(shown.locator("h3")).to_have_text([*last, "Best Director"])
    director = page.locator("#category-director").bounding_box()
    first = page.locator("#category-c19").bounding_box()
    assert director is not None
    assert first is not None
    assert director["y"] < first["y"], "what is on stage stands above the winners"
    page.get_by_role("link", name="All 23 categories").click()
    expect(shown).to_have_count(23)
    page.get_by_role("link", name="Fewer").click()
    expect(shown).to_have_count(4)
    page.locator("#winners summary").click()
    page.locator("#winners a").first.click()  # leads to a row that was folded away
    expect(page.locator("#category-c1")).to_be_in_viewport()


def test_an_announcement_moves_on_what_a_folded_board_shows(night: Night, visit: Visit, newcomer: Visit) -> None:
    desk = Night(night.server, "board-moves")
    page = connected(visit(desk.url, viewport={"width": 390, "height": 844}))
    shown = page.locator("#board .category:visible h3")
    expect(shown).to_have_count(0)
    for category in (CATEGORIES[7], CATEGORIES[2], CATEGORIES[5], CATEGORIES[20]):
        desk.call(category.id, "announce", winners=["n1"])
    expect(shown).to_have_text([CATEGORIES[number].name for number in (2, 5, 20)])
    desk.call(CATEGORIES[5].id, "recall", note="The wrong card")
    expect(shown).to_have_text([CATEGORIES[number].name for number in (2, 5, 7, 20)])  # 5 is on stage again
    agree(page, newcomer(desk.url))


def test_a_folded_row_with_more_to_say_leaves_films_to_the_whole_board(server: LiveServer, visit: Visit) -> None:
    desk = Night(server, "board-films")
    desk.call("c1", "announce", winners=["n1"])
    desk.call("c2", "announce", winners=["n1", "n2"])
    desk.call("c3", "announce", winners=["n1"])
    desk.call("c3", "recall", note="The wrong card", winners=["n2"])
    page = connected(visit(desk.url, viewport={"width": 390, "height": 844}))
    films = page.locator("#board .winner cite:visible")
    expect(films).to_have_text([FIVE[0][1]])
    page.get_by_role("link", name="All 23 categories").click()
    expect(films).to_have_text([FIVE[0][1], FIVE[0][1], FIVE[1][1], FIVE[1][1]])


def test_the_status_stands_in_one_line_also_where_text_is_large(night: Night, visit: Visit) -> None:
    page = connected(visit(night.url, viewport={"width": 320, "height": 640}))
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    lines = """() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector("#status"));
      return range.getClientRects().length;
    }"""
    assert page.evaluate(lines) == 1


def test_what_was_left_on_stage_is_there_no_more_when_the_night_ends(server: LiveServer, visit: Visit) -> None:
    desk = Night(server, "board-left-on-stage")
    for category in CATEGORIES[:3]:
        desk.call(category.id, "announce", winners=["n1"])
    desk.call("director", "on-stage")
    page = connected(visit(desk.url, viewport={"width": 390, "height": 844}))
    expect(page.locator("#category-director .state")).to_have_text("On stage now")
    desk.do("PATCH", "", {"status": "ended"})
    shown = page.locator("#board .category:visible h3")
    expect(shown).to_have_text([category.name for category in CATEGORIES[:3]])
    page.get_by_role("link", name="All 23 categories").click()
    expect(page.locator("#category-director h3")).to_be_visible()
    expect(page.locator("#category-director .state")).to_be_hidden()


def test_a_result_is_said_once_beside_the_updates(night: Night, newcomer: Visit) -> None:
    page = connected(resized(newcomer(night.url), SCREEN))
    winner = CATEGORIES[19].nominees[0].name
    rows = page.get_by_text(f"{CATEGORIES[19].name}: {winner}")
    expect(rows.filter(visible=True)).to_have_count(1)  # its post; the board names the winner in the category's row
    expect(page.locator("#winners")).to_be_hidden()
    expect(page.locator("#latest")).to_be_hidden()
    expect(page.locator("#moments li")).to_have_count(0)
    page.locator("#category-c20 .winner a").click()
    expect(page.locator("#posts article.result h2").filter(has_text=CATEGORIES[19].name)).to_be_focused()
    expect(page).to_have_url(night.url)


def test_beside_the_updates_the_board_turns_to_what_is_on_stage(night: Night, newcomer: Visit) -> None:
    page = connected(resized(newcomer(night.url), SCREEN))
    expect(page.locator("#category-director")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0


def test_a_line_below_the_masthead_names_the_latest_update(night: Night, visit: Visit, newcomer: Visit) -> None:
    page = connected(visit(night.url, viewport={"width": 390, "height": 844}))
    line = page.locator("#latest .gist")
    expect(line).to_have_text("The hall is silent")
    expect(page.locator("#fresh")).to_be_hidden()  # said once
    one = night.post("She thanks **everybody**.\n\nThen she laughs.")
    expect(line).to_have_text("She thanks everybody.")
    night.edit(one, headline="She thanks everybody, twice")
    expect(line).to_have_text("She thanks everybody, twice")
    agree(page, newcomer(night.url))
    address = "https://youtu.be/dQw4w9WgXcQ"
    for body, said in (
        (f"[All of it]({address})\n\nWhat a *speech*!", "What a speech!"),  # a card's words only if it has no others
        (f"[All *of* it]({address})", "All of it"),
        (f"{address}?a=1&b=2", "YouTube"),
    ):
        video = night.post(body)
        expect(line).to_have_text(said)
        agree(page, newcomer(night.url))
        night.retract(video)
    line.click()
    expect(page.locator(f"#post-{one} h2")).to_be_focused()
    night.retract(one)
    expect(line).to_have_text("The hall is silent")
    agree(page, newcomer(night.url))


def test_updates_below_the_screen_are_counted_until_they_are_in_sight(night: Night, visit: Visit) -> None:
    page = connected(visit(night.url, viewport={"width": 844, "height": 390}))
    one = night.post("One more")
    expect(page.locator("#new")).to_have_text("1 new update")
    expect(page.locator(f"#post-{one}")).to_be_visible()  # at its place below the screen, where it moves nothing
    page.locator("#new").click()
    expect(page.locator(f"#post-{one} h2")).to_be_focused()
    expect(page.locator("#new")).to_be_hidden()
    night.retract(one)


def test_a_night_without_categories_has_no_board(server: LiveServer, newcomer: Visit) -> None:
    server.api("POST", "/blogs", {"slug": "board-none", "title": "A night of talk", "status": "live"})
    page = connected(resized(newcomer(f"{server.url}/live/board-none"), SCREEN))
    expect(page.locator(".board")).to_be_hidden()
    server.api("POST", "/blogs/board-none/categories", {"name": "Best Picture", "nominees": []})
    expect(page.locator(".board")).to_be_visible()
