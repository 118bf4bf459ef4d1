"""The readers' live page in a real browser: everything the desk does appears in place, and nothing else moves."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import MOVING, Visit
from tests.browser.reading import Desk, agree, connected, story, texts
from tests.live_server import LiveServer, until

SHIFTED = """() => new Promise((done) => {
  let all = 0;
  const add = (entries) => entries.forEach((entry) => { all += entry.value; });
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => {
    add(observer.takeRecords());  // those it was not told of yet
    done(all);
  }));
})"""
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_every_act_appears_in_place(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-acts", status="preview")
    page = connected(visit(desk.url))
    expect(page.locator("#status")).to_have_text("Before the show")
    expect(page.locator("#pin h2")).to_have_text("Before the show")
    desk.do("PATCH", "", {"status": "live", "title": "Anora's night", "summary": "Six chances"})
    expect(page.locator("#status")).to_have_text("Live")
    expect(page).to_have_title("Anora's night")
    expect(page.locator("#pin")).not_to_have_attribute("open", "")  # makes room for the updates

    first = desk.post("Doors *open*", headline="Here we go")
    expect(page.locator("#posts article h2")).to_have_text("Here we go")
    second = desk.post("The seats fill")
    expect(page.locator("#posts .body")).to_have_text(["The seats fill", "Doors open"])
    desk.edit(first, body="Doors open at four", correction="They open at four, not at five.")
    expect(page.locator(f"#post-{first} .correction")).to_contain_text("at four, not at five")
    expect(page.locator(f"#post-{first} .body")).to_have_text("Doors open at four")

    desk.pin(second)
    expect(page.locator(f"#pin #post-{second}")).to_be_visible()
    expect(page.locator("#pin-below-title")).to_have_text("Before the show")  # the preview is second, and folded
    expect(page.locator("#posts article").first).to_have_attribute("id", f"post-{first}")
    agree(page, newcomer(desk.url))
    desk.pin(None)
    expect(page.locator(f"#posts #post-{second}")).to_be_visible()
    expect(page.locator("#pin-title")).to_have_text("Before the show")
    expect(page.locator("#pin-below")).to_be_hidden()
    agree(page, newcomer(desk.url))
    desk.pin(None)
    expect(page.locator("#posts article.preview")).to_be_visible()
    expect(page.locator("#pin")).to_be_hidden()
    desk.retract(second)
    expect(page.locator(f"#post-{second}")).to_have_count(0)

    director = page.locator("#category-director")
    desk.call("director", "on-stage")
    expect(director.locator(".state")).to_have_text("On stage now")
    desk.call("director", "announce", winners=["brady-corbet"])
    expect(director.locator(".winner")).to_have_text("Brady Corbet The Brutalist")
    expect(director.locator(".state")).to_have_text("Provisional")
    expect(page.locator("#winners li")).to_have_text("Best Director Brady Corbet")
    expect(page.locator("#tally li")).to_have_text("The Brutalist 1 of 1")
    expect(page.locator("#said")).to_have_text("Best Director: Brady Corbet")
    expect(page.locator("#posts article.result h2")).to_have_text("Best Director: Brady Corbet")
    desk.call("director", "doubt", note="Two cards were on stage")
    expect(director.locator(".winner")).to_have_text("Brady Corbet The Brutalist in doubt")
    expect(director).to_contain_text("Two cards were on stage")
    expect(page.locator("#winners li")).to_have_text("Best Director Brady Corbet in doubt")
    expect(page.locator("#posts article.result h2")).to_have_text("In doubt: Best Director: Brady Corbet")
    expect(page.locator("#tally li")).to_have_count(0)
    expect(page.locator("#said")).to_have_text("Best Director: in doubt")
    agree(page, newcomer(desk.url))
    desk.call("director", "recall", note="Wrong envelope", winners=["sean-baker"])
    expect(director.locator(".winner")).to_have_text("Sean Baker Anora")
    expect(director.locator(".correction")).to_contain_text("Wrong envelope")
    expect(page.locator("#tally-own strong")).to_have_text("1 of 2")
    expect(page.locator("#tally li")).to_have_count(0)
    expect(page.locator("#posts article.result .correction")).to_contain_text("Wrong envelope")
    desk.call("director", "confirm")
    expect(director.locator(".state")).to_have_text("Confirmed · corrected")
    desk.call("director", "recall", note="Nobody knows")
    expect(page.locator("#winners")).to_be_hidden()
    expect(page.locator("#said")).to_have_text("Best Director: result withdrawn")
    desk.do("PATCH", "", {"order": ["picture", "director"], "status": "ended"})
    expect(page.locator("#board h3")).to_have_text(["Best Picture", "Best Director"])
    expect(page.locator("#status")).to_have_text("Ended")
    expect(page.locator("#connection")).to_be_empty()  # it no longer promises updates
    agree(page, newcomer(desk.url))


def test_board_and_moments_are_the_same_pushed_and_served(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-board")
    page = connected(visit(desk.url))
    desk.post("The red carpet is fan**tastic**", key=True)
    desk.call("director", "announce", winners=["brady-corbet"])
    expect(page.locator("#tally li")).to_have_text("The Brutalist 1 of 1")
    expect(page.locator("#moments .gist").last).to_have_text("The red carpet is fantastic")
    agree(page, newcomer(desk.url))
    desk.call("picture", "announce", winners=["anora", "wicked"])
    desk.do("PATCH", "", {"film": "Wicked", "order": ["picture", "director"], "status": "ended"})
    desk.do("PATCH", "/categories/director", {"name": "Directing"})
    expect(page.locator("#winners li").last).to_have_text("Directing Brady Corbet")
    agree(page, newcomer(desk.url))
    song = desk.do("POST", "/categories", {"name": "Song", "nominees": [{"name": "El Mal", "film": "Emilia Pérez"}]})
    expect(page.locator("#board h3")).to_have_count(3)
    desk.do("DELETE", f"/categories/{song['id']}")
    for category in ("picture", "director"):
        desk.call(category, "recall", note="Wrong envelope")
    expect(page.locator("#winners")).to_be_hidden()
    expect(page.locator("#board h3")).to_have_count(2)
    agree(page, newcomer(desk.url))


def test_nothing_moves_under_a_reader(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-still")
    desk.fill(30)
    page = connected(visit(desk.url, **MOVING))
    page.locator("#posts article", has_text="Update 12").scroll_into_view_if_needed()
    find = "[...document.querySelectorAll('#posts article')].find((post) => post.textContent.includes('Update 12'))"
    where = f"{find}.getBoundingClientRect().top"
    before = page.evaluate(where)
    ids = [desk.post(text) for text in ("News", "Better news", "A rumour", "Final news")]
    expect(page.locator("#new")).to_have_text("4 new updates")
    desk.edit(ids[1], body="Better news, edited")
    desk.retract(ids[2])
    expect(page.locator("#new")).to_have_text("3 new updates")
    expect(page).to_have_title("(3) Anora at the Oscars")
    expect(page.locator("#said")).to_have_text("4 new updates")
    assert page.evaluate(where) == before
    assert page.evaluate("document.activeElement === document.body")
    assert texts(page)[0] == "Update 30"

    page.locator("#new").click()
    expect(page.locator(f"#post-{ids[3]}")).to_be_in_viewport()
    expect(page.locator(f"#post-{ids[3]} h2")).to_be_focused()  # the reader asked to go there
    expect(page.locator("#new")).to_be_hidden()
    expect(page).to_have_title("Anora at the Oscars")
    assert texts(page)[:4] == ["Final news", "Better news, edited", "News", "Update 30"]
    desk.post("And more")  # at the newest post: it slides in
    expect(page.locator("#posts article").first).to_contain_text("And more")
    agree(page, newcomer(desk.url))


def test_scrolling_up_shows_the_updates_that_waited(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-up")
    desk.fill(30)
    page = connected(visit(desk.url, **MOVING))
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    desk.post("News")
    expect(page.locator("#new")).to_have_text("1 new update")
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("#posts article").first).to_contain_text("News")
    expect(page.locator("#new")).to_be_hidden()


def test_focus_never_moves_by_itself(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-focus")
    mine, other = desk.post("Mine"), desk.post("Another")
    page = connected(visit(desk.url, **MOVING))
    page.locator(f"#post-{mine} a.when").focus()
    desk.edit(mine, body="Mine, edited")
    desk.post("News")
    desk.pin(other)
    expect(page.locator(f"#pin #post-{other}")).to_be_visible()
    expect(page.locator(f"#post-{mine} .body")).to_have_text("Mine, edited")
    expect(page.locator(f"#post-{mine} a.when")).to_be_focused()
    page.locator("#category-director summary").focus()
    page.keyboard.press("Enter")
    desk.call("director", "on-stage")
    expect(page.locator("#category-director .state")).to_have_text("On stage now")
    expect(page.locator("#category-director summary")).to_be_focused()
    expect(page.locator("#category-director details")).to_have_attribute("open", "")  # stays as the reader left it


def test_the_page_stays_bounded_without_gap_or_repetition(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-bound")
    desk.fill(36)
    top, below = connected(visit(desk.url)), connected(visit(desk.url))
    below.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(top.locator("#older")).to_be_hidden()
    rumour = desk.post("A rumour")
    desk.retract(rumour)  # keeps its place
    for number in range(38, 42):
        desk.post(f"Update {number}")
    expect(top.locator("#posts article").first).to_contain_text("Update 41")
    expect(top.locator("#older a")).to_have_attribute("href", f"/live/{desk.slug}/pages/1")
    expect(below.locator("#new")).to_have_text("4 new updates")
    expect(below.locator("#older")).to_be_hidden()  # the page still has all posts, so it needs no link to older ones
    whole = [f"Update {number}" for number in [*range(41, 37, -1), *range(36, 0, -1)]]
    fresh = visit(desk.url)
    agree(top, fresh)
    for page in (top, below):
        assert read_on(page) == whole
    below.evaluate("scrollTo(0, 0)")
    agree(below, fresh)

    state = server.state(desk.slug)["objects"]
    oldest = next(each for each in state if each.get("body") == "Update 1")  # stands on the older page
    desk.edit(oldest["id"], body="Update 0")
    desk.pin(oldest["id"])  # the change that pins it includes the post
    expect(top.locator("#pin .body")).to_have_text("Update 0")
    agree(top, below, newcomer(desk.url))
    desk.pin(None)
    expect(top.locator("#pin-title")).to_have_text("Before the show")  # the preview has its place again
    agree(top, below, newcomer(desk.url))


def read_on(page: Page) -> list[str]:
    """The whole story, as a reader gets it by following the links to older updates. The page then returns."""
    found = texts(page, "#posts article .body")
    other = page.context.new_page()
    link = page.locator("#older:not([hidden]) a")
    while link.count():
        other.goto(page.evaluate("(path) => location.origin + path", link.get_attribute("href")))
        found += texts(other, "main article:not(.preview) .body")
        link = other.locator("a[rel=next]")
    return found


def test_a_stale_copy_of_the_page_catches_up(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-stale")
    kept = desk.post("Wrong")
    page = visit(desk.url, go=False)
    stale = page.request.get(desk.url).text()
    desk.edit(kept, body="Right")
    desk.call("director", "announce", winners=["sean-baker"])
    page.route(desk.url, lambda route: route.fulfill(body=stale, content_type="text/html"))
    page.goto(desk.url)
    expect(page.locator(f"#post-{kept} .body")).to_have_text("Right")
    agree(page, newcomer(desk.url))


def test_the_way_back_to_the_page_catches_up(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-back")
    kept = desk.post("Wrong")
    page = connected(visit(desk.url))
    page.goto(f"{desk.url}/posts/{kept}")
    desk.edit(kept, body="Right")
    desk.post("News")
    page.go_back()
    expect(page.locator("#posts .body")).to_have_text(["News", "Right"])
    agree(page, newcomer(desk.url))


def test_the_way_back_counts_nothing_that_was_read(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    """The browser's copy of the page is older than what its reader has seen."""
    desk = Desk(server, "page-read")
    desk.fill(30)
    page = connected(visit(desk.url))
    read = [desk.post(f"Read {n}") for n in range(3)]
    expect(page.locator(f"#post-{read[2]}")).to_be_visible()
    below = page.locator("#posts article", has_text="Update 14")
    below.evaluate("post => scrollTo(0, post.offsetTop)")
    desk.post("Held back")
    expect(page.locator("#new")).to_have_text("1 new update")
    before = below.evaluate("post => post.getBoundingClientRect().top")
    page.goto(f"{desk.url}/posts/{read[0]}")
    desk.call("director", "announce", winners=["sean-baker"])
    page.go_back()
    connected(page)
    expect(page.locator("#new")).to_have_text("2 new updates")
    for id in read:
        expect(page.locator(f"#post-{id}:not([hidden])")).to_have_count(1)
    assert abs(below.evaluate("post => post.getBoundingClientRect().top") - before) < 2
    page.locator("#new").click()
    agree(page, newcomer(desk.url))


def test_little_motion_means_none(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-motion")
    calm, other = connected(visit(desk.url)), connected(visit(desk.url, **MOVING))
    desk.post("News")
    name = "getComputedStyle(document.querySelector('#posts .arrived')).animationName"
    for page, expected in ((calm, "none"), (other, "arrive")):
        page.wait_for_selector("#posts .arrived")
        assert page.evaluate(name) == expected


def test_nothing_shifts_while_loading(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-shift")
    desk.fill(5)
    page = connected(visit(desk.url, viewport={"width": 390, "height": 844}, **MOVING))
    assert page.evaluate(SHIFTED) < 0.02


def test_a_tab_in_the_background_counts_in_its_title(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-tab")
    page = connected(visit(desk.url))
    page.evaluate(HIDE, True)
    desk.post("News")
    expect(page).to_have_title("(1) Anora at the Oscars")
    page.evaluate(HIDE, False)
    expect(page).to_have_title("Anora at the Oscars")
    expect(page.locator("#posts article")).to_be_visible()


def test_the_same_night_twice_is_the_same_page(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    """A page that was open all night shows the same as a page that was just loaded, in every detail."""
    desk = Desk(server, "page-twice", status="preview")
    page = connected(visit(desk.url, **MOVING))
    desk.do("PATCH", "", {"status": "live"})
    ids = [desk.post(f"Update {n}", category="director", key=n % 2 == 0, byline="Ada") for n in range(4)]
    desk.do("PATCH", "/categories/director", {"name": "Directing"})
    desk.pin(ids[1])
    desk.call("picture", "announce", winners=["anora", "wicked"])
    desk.retract(ids[1])
    until(lambda: "Anora and Wicked" in story(page))
    agree(page, newcomer(desk.url))


HEARD = """
  window.heard = [];
  new MutationObserver(() => heard.push(document.querySelector("#said").textContent))
    .observe(document.querySelector("#said"), { childList: true });
"""


def test_what_a_screen_reader_hears_of_a_result(server: LiveServer, visit: Visit) -> None:
    """The list in docs/reading.md: what the status region says, and the result in the accessibility tree."""
    desk = Desk(server, "page-heard")
    page = connected(visit(desk.url))
    page.evaluate(HEARD)
    said = page.get_by_role("status").filter(has_text="Director")

    def then(act: str, says: str, **fields: Any) -> None:
        desk.call("director", act, **fields)
        expect(said).to_have_text(says)

    then("on-stage", "On stage now: Best Director")
    then("announce", "Best Director: Sean Baker", winners=["sean-baker"])
    desk.call("director", "confirm")
    then("doubt", "Best Director: in doubt", note="Two cards")
    then("recall", "Corrected: Best Director goes to Brady Corbet", note="Wrong card", winners=["brady-corbet"])
    assert page.evaluate("heard") == [
        "On stage now: Best Director",
        "Best Director: Sean Baker",
        "Best Director: in doubt",
        "Corrected: Best Director goes to Brady Corbet",
    ]
    row = page.locator("#category-director").aria_snapshot()
    assert re.sub(r'\s+- /url: \S+|"| \[level=\d\]|:$', "", row, flags=re.M).split("\n") == [
        "- listitem",
        "  - heading Best Director",
        "  - paragraph: Provisional · corrected",
        "  - paragraph",
        "    - link Brady Corbet",
        "      - strong: Brady Corbet",
        "    - text: The Brutalist",
        "  - paragraph",
        "    - text: Corrected",
        "    - time: now",
        "    - text: : Earlier announced: Sean Baker. Wrong card",
    ]
    expect(page.get_by_role("article").first.get_by_role("heading")).to_have_text("Best Director: Brady Corbet")
