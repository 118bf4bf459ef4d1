"""Nothing is wider than its panel: films of four to fifty letters, long names, words without end, large text."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from liveblog import actions
from liveblog.model import STATES, Blog, Category, Correction, Doubt, Nominee
from liveblog.timeline import Timeline
from liveblog.web import render
from tests.browser.conftest import Visit
from tests.browser.desk import connected as at_desk
from tests.browser.desk import dialog, press, row, write
from tests.browser.overflow import FEW, FIND, SCROLLS, WIDTHS, overflowing, overflowing_anywhere, sizes
from tests.browser.reading import Desk, connected
from tests.browser.test_reader_choices import PASS
from tests.browser.test_reader_day import HIDE
from tests.live_server import LiveServer, until

pytestmark = pytest.mark.browser
FILMS = {
    "Reds": 12,
    "Oppenheimer": 13,
    "Nattvardsgästerna": 6,
    "All About Eve": 14,
    "Crouching Tiger, Hidden Dragon": 10,
    "千と千尋の神隠し": 7,
    "كفرناحوم": 8,
    "Everything Everywhere All at Once": 11,
    "The Lord of the Rings: The Fellowship of the Ring": 13,
}
"""Films and their nominations."""
AWARDS = [
    *("Best Picture", "Best Director", "Best Actress in a Leading Role", "Best Sound", "Best Original Score"),
    "Best Screenplay Adapted from Other Material, for the Screen",
    "Kostümbildnerinnenauszeichnungsverleihungsabendveranstaltung",
    *("Best Film Editing", "Best Visual Effects", "Best Cinematography", "Best Production Design", "Best Song"),
    *("Best Supporting Actor", "Best International Feature Film"),
]
NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Smythe"
TITLE = "The Hundred-Year-Old Academy of Motion Picture Arts and Sciences’ Awards, Sunday"
ADDRESS = "https://news.example/" + "an-address-that-does-not-end-" * 6
UNBROKEN = (
    f"{'a' * 120} {ADDRESS} `{'code' * 40}`\n\n```\n{'wide ' * 60}\n```\n\n> {'q' * 90}\n\n# {'H' * 60}\n\n- {'l' * 99}"
)
TABLE = f"| a | b |\n|---|---|\n| {'x' * 80} | 2 |"
CARD = f"[{'A card that leads elsewhere ' * 4}]({ADDRESS})"
SERVED = """async () => {
  const page = await fetch(location.href, { cache: "reload" }).then((answer) => answer.text());
  return new DOMParser().parseFromString(page, "text/html").getElementById("tally-own").outerHTML;
}"""

IN_TURN = f"""([scrolls, rows]) => rows.flatMap((row) => {{
  document.getElementById("tally-own").outerHTML = row;
  return ({FIND})([scrolls, ".board"]);
}})"""
"""What is too wide on the board with each of these rows for the night's film."""


def category(number: int) -> Category:
    nominees = [
        Nominee(id=f"film-{n}", name=film if number == 0 else NAME if n % 3 == 0 else f"Somebody {n}", film=film)
        for n, (film, nominations) in enumerate(FILMS.items())
        if number < nominations
    ]
    return Category(id=f"award-{number}", name=AWARDS[number], nominees=nominees)


class HardNight(Desk):
    """A night with everything long: title, names, awards, words and addresses."""

    def __init__(self, server: LiveServer, slug: str, language: str = "en", *, posts: bool = True) -> None:
        self.server, self.slug, self.url = server, slug, f"{server.url}/live/{slug}"
        server.store.perform(slug, lambda view: self._made(view, language), by="test")
        self.unbroken: list[str] = []
        self.call("award-1", "on-stage")
        if posts:
            self.unbroken.append(self._unbroken())  # it ends up on the older page
            self.fill(40)
            self.unbroken.append(self._unbroken())
            self.post(CARD, key=True)
            self.post("https://youtu.be/dQw4w9WgXcQ", type="notice", category="award-5", headline=NAME)

    def _made(self, view: actions.View, language: str) -> actions.Plan:
        return actions.create_blog(
            view,
            slug=self.slug,
            title=TITLE,
            status="live",
            film=max(FILMS, key=len),
            language=language,
            categories=[category(number) for number in range(len(AWARDS))],
            preview=(f"Before the show, {NAME}", f"Six. {ADDRESS}\n\n{TABLE}"),
        )

    def _unbroken(self) -> str:
        id = self.post(UNBROKEN, headline="H" * 90, byline="B" * 80, category="award-6", key=True)
        self.edit(id, correction="w" * 120)
        return id

    def results(self) -> None:
        """A result of each state."""
        self.call("award-0", "announce", winners=["film-0"])
        self.call("award-2", "announce", winners=["film-0", "film-3"])
        self.call("award-6", "announce", winners=["film-0"])
        self.call("award-6", "recall", note="e" * 90, winners=["film-3"])
        self.call("award-5", "announce", winners=["film-1"])
        self.call("award-5", "confirm")
        self.call("award-3", "announce", winners=["film-4"])
        self.call("award-3", "recall", note="Nobody")


@pytest.fixture(scope="module")
def decided(server: LiveServer) -> HardNight:
    night = HardNight(server, "wide-decided")
    night.results()
    return night


def unfolded(page: Page) -> Page:
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    return page


TITLES = [
    *("The Brutalist", "One Battle After Another", "Everything Everywhere All at Once", "Up", "Z", "8½", "M*A*S*H"),
    *("The Lord of the Rings: The Return of the King", "Wallace & Gromit: Vengeance Most Fowl", "Anora", "CODA"),
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb",
    "Borat: Cultural Learnings of America for Make Benefit Glorious Nation of Kazakhstan",
    *("La vita è bella", "Πολίτικη κουζίνα", "Москва слезам не верит", "جدایی نادر از سیمین", "בופור", "기생충"),
    *(
        "ドライブ・マイ・カー",
        "悲情城市",
        "ลุงบุญมีระลึกชาติ",
        "पाथेर पांचाली",
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
    ),
]
NAMES = ["Bong Joon Ho", "Jean-Pierre Dardenne and Luc Dardenne", "Daniel Kwan, Daniel Scheinert", "Ai", "濱口竜介"]
NAMES += ["Αλέξανδρος Αβρανάς", "نادين لبكي", "Apichatpong Weerasethakul", "Anamaria Vartolomei-Konstantinopoulou"]
SIX = [320, 390, 768, 1024, 1440, 2560]
ON_THE_BOARD = f"""([scrolls, boards]) => boards.flatMap((html) => {{
  const board = document.querySelector(".board");
  board.innerHTML = html;
  board.classList.add("folds");
  const inside = board.getBoundingClientRect();
  const out = [...board.querySelectorAll(".tally-own strong, .state, .tally li")].filter((one) => {{
    const box = one.getBoundingClientRect();
    return box.width && (box.left < inside.left || box.right > inside.right);
  }});
  return [...out.map((one) => `${{one.textContent}} is outside`), ...({FIND})([scrolls, ".board"])];
}})"""


class AnyNight:
    """A night of random films, names, counts, scripts and states, as its board is served."""

    def __init__(self, number: int) -> None:
        self.chance = random.Random(number)
        films = self.chance.sample(TITLES, self.chance.randint(1, 8))
        categories = [self._category(n, films) for n in range(self.chance.randint(1, 30))]
        order = [category.id for category in categories]
        blog = Blog(id="any", title="Any", film=films[0], order=order, language=self.chance.choice(["en", "es", "ar"]))
        timeline = Timeline("e", 1, [blog, *categories])
        rows = "".join(render.row(timeline, category) for category in categories)
        self.board = f'<h2>The board</h2><ol id="board">{rows}</ol>{render.tally(timeline)}'

    def _category(self, number: int, films: list[str]) -> Category:
        nominees = [
            Nominee(id=f"n{n}", name=film if number % 7 == 0 else self.chance.choice(NAMES), film=film)
            for n, film in enumerate([films[0], *self.chance.choices(films, k=self.chance.randint(0, 9))])
        ]
        state = self.chance.choice(STATES)
        decided = state in ("announced", "confirmed")
        doubted = decided and self.chance.random() < 0.2
        at = f"2025-03-03T03:{number:02}:00.000Z"
        return Category(
            id=f"c{number}",
            name=self.chance.choice(AWARDS),
            state=state,
            nominees=nominees,
            winners=[each.id for each in self.chance.sample(nominees, 1 + doubted * (len(nominees) > 1))]
            if decided
            else [],
            announced_at=at if decided else None,
            post="a-post" if decided else None,
            corrections=[Correction(at=at, note="Wrong", was=["Ai"])] if self.chance.random() < 0.2 else [],
            doubt=Doubt(at=at, note="Two cards were on the stage") if doubted else None,
        )


def test_the_board_holds_any_night(server: LiveServer, newcomer: Visit) -> None:
    nights = [AnyNight(number) for number in range(24)]
    page = connected(newcomer(HardNight(server, "wide-any", posts=False).url))
    page.evaluate("document.querySelector('#live').removeAttribute('id')")  # nothing else changes the board
    found = []
    for size in sizes(page, SIX):
        lines = page.evaluate(ON_THE_BOARD, [SCROLLS, [night.board for night in nights]])
        found += [f"{size}: {line}" for line in lines]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{size}: the page scrolls sideways")
    assert not found, "\n".join(found[:40])


def test_the_board_holds_every_film(server: LiveServer, newcomer: Visit) -> None:
    """Each film's row as it is pushed and served; all of them are measured at each size."""
    desk = HardNight(server, "wide-films", posts=False)
    page = connected(newcomer(desk.url))
    rows = []
    for film, nominations in FILMS.items():
        desk.do("PATCH", "", {"film": film})
        expect(page.locator("#tally-own strong")).to_have_text(f"0 of {nominations}")
        expect(page.locator("#tally-own cite")).to_have_text(film)
        rows.append(page.locator("#tally-own").evaluate("row => row.outerHTML"))
        until(lambda: page.evaluate(SERVED) == rows[-1])
    found = []
    for size in sizes(page, WIDTHS):
        found += [f"{size}: {line}" for line in overflowing(page)]
        found += [f"{size}: {line}" for line in page.evaluate(IN_TURN, [SCROLLS, rows])]
    assert not found, "\n".join(found[:40])


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_the_live_page_and_its_frames_hold_the_longest_names_and_words(
    server: LiveServer, newcomer: Visit, language: str
) -> None:
    night = HardNight(server, f"wide-{language}", language)
    page = unfolded(connected(newcomer(night.url)))
    found = overflowing_anywhere(page, "before the results", WIDTHS if language == "en" else FEW)

    page.evaluate(HIDE, True)
    night.results()
    expect(page.locator("#tally li")).to_have_count(3)
    page.evaluate(PASS, 60_000)
    page.evaluate(HIDE, False)
    expect(page.locator("#digest-winners li")).to_have_count(4)
    for control in ("alerts", "pause"):
        page.locator(f"#{control}").click()
    night.post(NAME, key=True)
    expect(page.locator("#paused-text")).not_to_be_empty()
    found += overflowing_anywhere(page, "after the results, with all panels", WIDTHS if language == "en" else FEW)
    for path in ("/embed", "/embed?view=board"):
        page.goto(night.url + path)
        found += overflowing_anywhere(unfolded(connected(page)), path, FEW)
    assert not found, "\n".join(found[:40])


def test_other_readers_pages_hold_the_longest_names_and_words(decided: HardNight, newcomer: Visit) -> None:
    page = unfolded(connected(newcomer(decided.url)))
    page.emulate_media(media="print")
    found = overflowing_anywhere(page, "in print", FEW)
    page.emulate_media(media="screen")
    page.locator("#safe").click()
    expect(page.locator(".veil").first).to_be_visible()
    found += overflowing_anywhere(page, "with hidden results", FEW)
    page.locator("#safe").click()
    older, newer = decided.unbroken
    for path in ("/pages/1", f"/posts/{older}", f"/posts/{newer}", "/nothing"):
        page.goto(decided.url + path)
        found += overflowing_anywhere(unfolded(page), path, FEW)
    page.goto(decided.server.url)
    found += overflowing_anywhere(page, "all blogs", FEW)
    assert not found, "\n".join(found[:40])


def test_the_desk_holds_the_longest_names_and_words(decided: HardNight, open_desk: Callable[..., Page]) -> None:
    page = at_desk(open_desk(f"Ana {'N' * 60}", path=decided.slug))
    post = page.locator("#posts > li").filter(has_text=NAME).first
    expect(post).to_be_visible()
    found = []

    def looked_at(what: str) -> None:
        found.extend(overflowing_anywhere(page, what, FEW))
        page.set_viewport_size({"width": 1440, "height": 900})

    write(page, "H" * 90, UNBROKEN)
    press(page, "Preview")
    expect(page.locator("#preview .post")).to_be_visible()
    page.locator(".me summary").click()
    for part in ("board", "write", "night"):
        page.evaluate("(part) => { document.getElementById('desk').dataset.part = part; }", part)
        looked_at(f"the desk, {part}")
    for opened, where in (
        ("Keys", page),
        ("Call log", page),
        ("Schedule…", page),
        ("History", post),
    ):
        press(where, opened)
        expect(dialog(page)).to_be_visible()
        looked_at(opened)
        page.keyboard.press("Escape")
        expect(dialog(page)).to_have_count(0)
    for award in (AWARDS[1], AWARDS[6]):  # one on stage, one that was recalled
        press(row(page, award), award)
        page.evaluate("document.querySelector('#stage details')?.setAttribute('open', '')")
        looked_at(f"the stage, {award}")
    assert not found, "\n".join(found[:40])


@pytest.mark.parametrize("path", ["", "new", "people", "account", "log", "setup"])
def test_the_office_holds_the_longest_names_and_words(decided: HardNight, office: Visit, path: str) -> None:
    page = office(f"{decided.slug}/setup" if path == "setup" else path)
    found = overflowing_anywhere(unfolded(page), path, FEW)
    assert not found, "\n".join(found[:40])
