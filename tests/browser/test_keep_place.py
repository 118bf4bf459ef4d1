"""Nobody's place is taken: keyboard, selection, players and the text on the screen stay while the page changes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MOVING, Visit
from tests.browser.long_night import LongNight
from tests.browser.reading import Desk, agree, connected
from tests.live_server import LiveServer

SWAPS = """async (path) => {
  const { swap } = await import(path);
  let seed = 97;
  const chance = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const any = (list) => list[chance(list.length)];
  const words = () => any(["", "one", "one two", "ein 😀", "ein 😁", "two & <three>", "Émilia", " ", "\\n"]);
  const parts = ["p", "a", "em", "li", "h2", "img", "div"];
  const make = (tag, depth) => {
    const made = document.createElement(tag);
    for (const name of ["href", "alt", "class", "data-n"]) if (!chance(4)) made.setAttribute(name, any("abc"));
    for (let n = chance(6); depth && n > 0; n -= 1) made.append(chance(3) ? words() : make(any(parts), depth - 1));
    return made;
  };
  const alter = (one) => {
    const made = one.cloneNode(true);
    for (let n = chance(4); n > 0; n -= 1) {
      const at = any([...made.querySelectorAll("*"), made]);
      if (!chance(3)) at.append(make(any(parts), 1));
      else if (!chance(2)) at.lastChild?.remove();
      else if (!chance(2)) at.prepend(words());
      else at.setAttribute("class", any("abc"));
    }
    made.normalize();
    return made;
  };
  const wrong = [];
  for (let n = 0; n < 1500; n += 1) {
    const old = make("article", 3);
    old.normalize();
    const made = chance(5) ? alter(old) : make("article", 3);
    const [was, meant] = [old.outerHTML, made.cloneNode(true)];
    swap(old, made);
    if (!old.isEqualNode(meant)) wrong.push([was, old.outerHTML, meant.outerHTML]);
  }
  return wrong;
}"""
"""Random markup that becomes other random markup; returns what came out otherwise."""

SELECT = """([from, to]) => {
  const text = (selector) => {
    const walker = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
    return walker.nextNode();
  };
  const [one, two] = [text(from), text(to)];
  getSelection().setBaseAndExtent(one, 1, two, two.length - 1);
}"""
SELECTED = "() => String(getSelection())"
FOCUSED = """() => {
  const focused = document.activeElement;
  return `${focused.closest("[id]")?.id} ${focused.localName}`;
}"""


def test_any_markup_becomes_any_other(server: LiveServer, newcomer: Visit) -> None:
    page = newcomer(Desk(server, "place-swap").url)
    assert page.evaluate(SWAPS, "/static/js/reader/swap.js") == []


@pytest.fixture(scope="module")
def night(server: LiveServer) -> Desk:
    """A night of 23 categories, some of them decided."""
    desk = LongNight(server, "place-night")
    for number in range(1, 4):
        desk.call(f"c{number}", "announce", winners=["n1"])
    return desk


def busy(desk: Desk, other: str, about: str) -> None:
    """Acts of all kinds on a post and a category that nobody reads."""
    desk.call(about, "on-stage")
    desk.call(about, "announce", winners=["n4"])
    desk.call(about, "doubt", note="Two cards")
    desk.call(about, "recall", note="Wrong envelope", winners=["n5"])
    desk.do("PATCH", f"/categories/{about}", {"name": f"Another {about}"})
    desk.edit(other, body="Other, edited", correction="It was wrong.")
    desk.pin(other)
    desk.pin(None)
    desk.retract(other)
    desk.do("PATCH", "", {"summary": f"The summary of {other}"})


def seen(page: Page, desk: Desk) -> None:
    """Wait until the page has all changes."""
    mark = desk.post("A mark", headline="A mark", key=True)
    page.wait_for_selector(f"#moments [data-id='{mark}']", state="attached")
    desk.retract(mark)
    page.wait_for_selector(f"#moments [data-id='{mark}']", state="detached")


@pytest.mark.parametrize(
    ("control", "about"),
    [
        ("#winners li[data-id=c2] a", "c7"),
        ("#moments li a", "c8"),
        ("#category-c20 summary", "c9"),
        ("#post-{mine} .body a", "c10"),
        ("#post-{mine} .share", "c11"),
    ],
)
def test_keyboard_and_selection_stay_while_others_change(night: Desk, visit: Visit, control: str, about: str) -> None:
    mine = night.post(
        "First *paragraph* here.\n\nSecond [link](/) here.\n\nThird paragraph.", headline="Mine", key=True
    )
    other = night.post("Other")
    page = connected(visit(night.url, **MOVING))
    page.evaluate("document.querySelector('#winners').open = true")
    page.locator(control.format(mine=mine)).first.focus()
    page.evaluate(SELECT, [f"#post-{mine} .body p", f"#post-{mine} .body p:last-of-type"])
    selected = page.evaluate(SELECTED)
    assert "Second link here" in selected
    page.evaluate("window.held = document.activeElement")
    busy(night, other, about)
    seen(page, night)
    assert page.evaluate("document.activeElement === held && held.isConnected"), page.evaluate(FOCUSED)
    assert page.evaluate(SELECTED) == selected


def test_an_edited_post_keeps_keyboard_and_selection_around_the_edit(night: Desk, visit: Visit) -> None:
    body = "One [first](/live/a) word.\n\nTwo words, and the [second](/live/b) link.\n\nThree words."
    mine = night.post(body, headline="Mine", category="c5")
    page = connected(visit(night.url))
    page.locator(f"#post-{mine} .body a").nth(1).focus()
    page.evaluate(SELECT, [f"#post-{mine} .body p:nth-of-type(2)", f"#post-{mine} .body p:nth-of-type(3)"])
    selected = page.evaluate(SELECTED)
    inserted = "A new beginning.\n\n" + body.replace("Three words", "Three more words").replace(
        "[first](/live/a)", "last"
    )
    night.edit(mine, body=inserted, headline="Mine, edited", correction="It began elsewhere.")
    expect(page.locator(f"#post-{mine} .correction")).to_contain_text("It began elsewhere")
    expect(page.locator(f"#post-{mine} .body a")).to_be_focused()
    assert page.evaluate(SELECTED) == selected.replace("Three words", "Three more words")
    night.pin(mine)  # it moves, and so does the selection
    expect(page.locator(f"#pin #post-{mine}")).to_be_visible()
    expect(page.locator(f"#post-{mine} .body a")).to_be_focused()
    assert page.evaluate(SELECTED) == selected.replace("Three words", "Three more words")
    night.do("PATCH", "/categories/c5", {"name": "Costumes"})
    expect(page.locator(f"#post-{mine} .kicker")).to_have_text("Costumes")
    expect(page.locator(f"#post-{mine} .body a")).to_be_focused()
    night.pin(None)
    expect(page.locator(f"#posts #post-{mine}")).to_be_visible()
    expect(page.locator(f"#post-{mine} .body a")).to_be_focused()


def test_a_button_says_what_it_did_while_its_post_changes(night: Desk, visit: Visit) -> None:
    mine = night.post("Mine", headline="Mine")
    page = connected(visit(night.url))
    page.clock.install()
    share = page.locator(f"#post-{mine} .share")
    share.click()
    expect(share).not_to_have_text("Share")
    said = share.inner_text()
    night.edit(mine, body="Mine, edited")
    expect(page.locator(f"#post-{mine} .body")).to_have_text("Mine, edited")
    expect(share).to_have_text(said)
    expect(share).to_be_focused()
    page.clock.fast_forward(5000)
    expect(share).to_have_text("Share")


def test_a_row_keeps_the_keyboard_when_its_winner_is_announced(night: Desk, visit: Visit) -> None:
    page = connected(visit(night.url))
    page.locator("#category-c12 summary").focus()
    page.keyboard.press("Enter")
    night.call("c12", "on-stage")
    expect(page.locator("#category-c12 details")).to_have_attribute("open", "")
    night.call("c12", "announce", winners=["n1", "n2"])
    expect(page.locator("#category-c12 .winner")).to_have_count(2)
    expect(page.locator("#category-c12 h3")).to_be_focused()
    night.call("c12", "recall", note="Wrong envelope")
    expect(page.locator("#category-c12 summary")).to_be_visible()
    expect(page.locator("#category-c12 h3")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#category-c12 summary")).to_be_focused()


def test_what_goes_hands_the_keyboard_to_its_neighbour(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "place-gone")
    desk.do("PATCH", "", {"order": ["director", "picture"]})
    ids = [desk.post(f"Update {n}", headline=f"Update {n}", key=True) for n in range(4)]
    page = connected(visit(desk.url))
    page.locator(f"#post-{ids[2]} .share").focus()
    desk.retract(ids[2])
    expect(page.locator(f"#post-{ids[1]} h2")).to_be_focused()  # the next older one
    page.locator(f"#moments [data-id='{ids[1]}'] a").focus()
    desk.retract(ids[1])
    expect(page.locator(f"#moments [data-id='{ids[0]}'] a")).to_be_focused()
    page.locator(f"#post-{ids[0]} h2").focus()
    desk.pin(None)
    expect(page.locator("#pin")).to_be_hidden()
    preview = page.locator("article.preview")
    desk.retract(ids[0])
    expect(preview.locator("h2")).to_be_focused()
    desk.retract(str(preview.get_attribute("data-id")))
    expect(page.locator(f"#post-{ids[3]} h2")).to_be_focused()  # none is older: the next newer one
    desk.retract(ids[3])
    expect(page.locator("#updates")).to_be_focused()  # none is left: the list's heading
    desk.call("director", "announce", winners=["sean-baker"])
    desk.call("picture", "announce", winners=["anora"])
    page.set_viewport_size({"width": 390, "height": 844})  # where the winners are not beside the updates
    page.evaluate("document.querySelector('#winners').open = true")
    page.locator("#winners [data-id=picture] a").focus()
    desk.call("picture", "recall", note="Wrong envelope")
    expect(page.locator("#winners [data-id=director] a")).to_be_focused()
    expect(page.locator("#winners li")).to_have_count(1)
    page.evaluate("document.activeElement.blur()")
    page.evaluate("document.querySelector('#winners').open = false")
    agree(page, newcomer(desk.url))


def test_a_covered_result_keeps_the_keyboard(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "place-covered")
    page = connected(visit(desk.url))
    page.locator("#safe").click()
    page.locator("#category-director summary").focus()
    desk.call("director", "announce", winners=["sean-baker"])
    expect(page.locator("#category-director .reveal")).to_be_visible()
    expect(page.locator("#category-director h3")).to_be_focused()
    reveal = page.locator("#category-director .reveal")
    reveal.focus()
    desk.do("PATCH", "/categories/director", {"name": "Directing"})
    expect(page.locator("#category-director h3")).to_have_text("Directing")
    expect(reveal).to_be_focused()
    expect(reveal).to_have_accessible_name(re.compile("^Show it ?: Directing$"))


NO_ANCHORING = """
  const supports = CSS.supports.bind(CSS);
  CSS.supports = (...asked) => asked[0] !== "overflow-anchor" && supports(...asked);
  addEventListener("DOMContentLoaded", () => { document.documentElement.style.overflowAnchor = "none"; });
"""
"""A browser without scroll anchoring, like Safari: it neither has it nor claims to."""
TOP = "post => post.getBoundingClientRect().top"


@pytest.mark.parametrize(
    ("width", "browser", "about"), [(390, NO_ANCHORING, "c13"), (1440, NO_ANCHORING, "c14"), (390, "", "c15")]
)
def test_what_is_read_stays_in_its_place(night: Desk, visit: Visit, width: int, browser: str, about: str) -> None:
    night.fill(20)
    above = night.post("Above", headline="Above")
    page = visit(night.url, go=False, viewport={"width": width, "height": 844})
    page.add_init_script(browser)
    page.goto(night.url)
    connected(page)
    read = page.locator("#posts article", has_text="Update 12")
    read.evaluate("post => scrollTo(0, post.getBoundingClientRect().top + scrollY - 100)")
    expect(page.locator("html")).not_to_have_class("at-top")
    top = read.evaluate(TOP)
    acts: dict[str, Callable[[], object]] = {
        "on stage": lambda: night.call(about, "on-stage"),
        "announced": lambda: night.call(about, "announce", winners=["n3"]),
        "in doubt": lambda: night.call(about, "doubt", note="Two cards were on stage, and nobody knows which is right"),
        "recalled": lambda: night.call(about, "recall", note="Wrong envelope", winners=["n1", "n2"]),
        "pinned": lambda: night.pin(above),
        "edited": lambda: night.edit(above, body="Above\n\n" + "longer " * 200, correction="It was too short."),
        "unpinned": lambda: night.pin(None),
        "retracted": lambda: night.retract(above),
        "summary": lambda: night.do("PATCH", "", {"summary": "A longer summary " * 10}),
    }
    for name, act in acts.items():
        act()
        seen(page, night)
        assert abs(read.evaluate(TOP) - top) < 2, name
    page.evaluate("for (const each of document.querySelectorAll('#board details')) each.open = true")
    page.evaluate("document.querySelector('#pin, #pin-below').open = true")
    page.wait_for_function(
        "([id, top]) => Math.abs(document.getElementById(id).getBoundingClientRect().top - top) < 2",
        arg=[read.get_attribute("id"), top],
    )
    page.evaluate("scrollTo(0, 0)")
    night.post("News")
    expect(page.locator("#posts article").first).to_contain_text("News")
    assert page.evaluate("scrollY") == 0  # at the top, what is new pushes the rest down
