"""The readers' other pages, the page without JavaScript, times, and accessibility."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from liveblog.web import bundle, render
from tests.browser.axe import sound_by_day_and_by_night
from tests.browser.conftest import Visit
from tests.browser.reading import Desk, connected, texts
from tests.live_server import LiveServer, until

WIDE = f"|{' head |' * 20}\n|{'---|' * 20}\n|{' cell |' * 20}"
SET_BACK = "() => { const now = Date.now; Date.now = () => now() - 3600000; }"


@pytest.fixture(scope="module")
def night(server: LiveServer) -> Desk:
    """A blog with everything that a reader can see."""
    desk = Desk(server, "page-everything")
    desk.fill(42)
    desk.do("PATCH", "", {"timezone": "America/Los_Angeles", "summary": "The 97th night"})
    wrong = desk.post("Two awards.", headline="A count", byline="Ada", category="director", key=True)
    desk.edit(wrong, body="One award, [so far](/).", correction="We counted two.")
    desk.call("director", "announce", winners=["brady-corbet"])
    desk.call("director", "recall", note="Wrong envelope", winners=["sean-baker"])
    desk.call("picture", "on-stage")
    desk.post(
        f"> Thank you\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n\n{WIDE}\n\n    {'code ' * 40}", type="notice"
    )
    return desk


def test_older_pages_and_posts(night: Desk, newcomer: Visit) -> None:
    page = newcomer(night.url)
    page.locator("#older a").click()
    expect(page).to_have_url(f"{night.url}/pages/1")
    assert texts(page, "main article:not(.preview) .body") == [f"Update {n}" for n in range(19, 0, -1)]
    page.locator("article a.when").nth(4).click()
    expect(page.locator(".chosen .body")).to_have_text("Update 15")
    assert texts(page, ".around .body") == ["Update 17", "Update 16", "Update 14", "Update 13"]
    page.get_by_text("Read it in the night’s order").click()
    expect(page.locator(":target .body")).to_have_text("Update 15")
    expect(page.locator(":target")).to_be_in_viewport()
    page.get_by_role("link", name="The live page").click()
    expect(page).to_have_url(night.url)


def test_retracted_posts_and_unknown_addresses(server: LiveServer, newcomer: Visit) -> None:
    desk = Desk(server, "page-removed")
    id = desk.post("A rumour nobody should read")
    desk.retract(id)
    page = newcomer(server.url)
    answer = page.goto(f"{desk.url}/posts/{id}")
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", level=2)).to_have_text("This update was removed")
    assert "rumour" not in page.content()
    for path in ("/pages/9", "/posts/nothing", "s"):
        answer = page.goto(desk.url + path)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("link", name="All live blogs")).to_be_visible()


def test_an_unknown_update_leaves_the_reader_on_the_live_page(server: LiveServer, newcomer: Visit) -> None:
    desk = Desk(server, "page-unknown")
    removed, kept = desk.post("A rumour"), desk.post("Doors open")
    desk.retract(removed)
    page = newcomer(server.url)
    for id in (removed, "nothing"):
        page.goto(f"{desk.url}#post-{id}")
        expect(page.locator("#absent")).to_contain_text("That update is not here")
        expect(page).to_have_url(f"{desk.url}#post-{id}")
        page.goto(f"{server.url}/")
    connected(newcomer(f"{desk.url}#post-nothing"))
    desk.post("News")
    expect(page.locator("#posts .body").first).to_have_text("News")  # the page is live
    page.evaluate("(id) => { location.hash = `post-${id}`; }", kept)
    expect(page.locator(f"#post-{kept} h2")).to_be_focused()
    expect(page.locator("#absent")).to_have_count(0)


def test_the_story_is_complete_without_javascript(night: Desk, visit: Visit) -> None:
    page = visit(night.url, java_script_enabled=False)
    expect(page.locator("#board .category")).to_have_count(2)
    expect(page.locator("#category-director .winner")).to_have_text("Sean Baker Anora")
    expect(page.locator("#winners li")).to_have_text("Best Director Sean Baker")
    expect(page.locator("#posts article:visible")).to_have_count(26)
    expect(page.locator("#posts time").first).to_have_text(re.compile(r"^\d+:\d\d [AP]M P[SD]T$"))
    assert "loads itself again every minute" in page.locator("#connection").inner_text()
    assert '<noscript><meta http-equiv="refresh"' in page.content()
    expect(page.locator(".controls, .share").first).to_be_hidden()  # controls that need scripts are hidden
    expect(page.locator("#moments li")).to_have_count(1)
    expect(page.locator("#pin .body")).to_be_hidden()
    page.locator("#pin > summary").click()
    expect(page.locator("#pin .body")).to_be_visible()
    page.locator("#older a").click()
    expect(page.locator("main article")).to_have_count(20)


def older_by(route: Route, minutes: int) -> None:
    """Answer with the page as if all had happened so much earlier."""
    answer = route.fetch()
    earlier = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    route.fulfill(response=answer, body=re.sub(r'(?<=datetime=")[^"]+', earlier, answer.text()))


def test_times_are_relative_then_in_both_zones(night: Desk, visit: Visit) -> None:
    page = visit(night.url, timezone_id="Europe/Berlin", locale="en-US")
    expect(page.locator("#posts time").first).to_have_text(re.compile(r"^(now|\d+ min ago)$"))
    # where one of the places has had midnight since, with its day
    both = re.compile(r"^(\d+ \w+, )?\d+:\d\d [AP]M \((\d+ \w+, )?\d+:\d\d [AP]M P[SD]T\)$")
    for address in (night.url, f"{night.url}/pages/1"):
        page.route(address, lambda route: older_by(route, 120))
        page.goto(address)
        expect(page.locator("article time").first).to_have_text(both)


@pytest.mark.parametrize("wrong", [-20, 20])
def test_a_clock_that_is_wrong_tells_no_wrong_times(night: Desk, visit: Visit, wrong: int) -> None:
    page = visit(night.url, go=False)
    page.add_init_script(f"const now = Date.now; Date.now = () => now() + {wrong} * 60000;")
    page.route(night.url, lambda route: older_by(route, 7))
    page.goto(night.url)
    expect(page.locator("#posts time").first).to_have_text("7 min ago")
    page.evaluate(SET_BACK)
    night.do("PATCH", "", {"timezone": "Europe/London"})
    expect(page.locator("#zone")).to_contain_text("London")
    expect(page.locator("#posts time").first).to_have_text("7 min ago")
    expect(page.locator("#posts time").first).to_have_attribute("title", re.compile("GMT|BST|UTC"))  # renewed
    night.do("PATCH", "", {"timezone": "America/Los_Angeles"})
    expect(page.locator("#posts time").first).to_have_attribute("title", re.compile("P[SD]T"))


@pytest.mark.parametrize(
    "path", ["{night}", "{night}/pages/1", "{night}/posts/{post}", "{night}/embed", "{night}s", "{home}/"]
)
def test_axe_finds_nothing_by_day_and_by_night(night: Desk, newcomer: Visit, path: str) -> None:
    post = next(each["id"] for each in night.server.state(night.slug)["objects"] if each["kind"] == "post")
    url = path.format(home=night.server.url, night=night.url, post=post)
    page = newcomer(url)
    if url == night.url:
        connected(page)
        page.locator("#pin > summary").click()
        page.locator("#category-picture summary").click()
    sound_by_day_and_by_night(page)


def test_on_paper_there_is_what_paper_can_do(night: Desk, newcomer: Visit) -> None:
    page = connected(newcomer(night.url))
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for unfit in (".controls", ".share", "#connection", "#moments", "#older", ".board .marks"):
        expect(page.locator(unfit).first).to_be_hidden()
    expect(page.locator("#category-director .winner")).to_be_visible()
    expect(page.locator("#category-picture li").first).to_be_visible()
    expect(page.locator("#pin .body")).to_be_visible()
    colours = "getComputedStyle(document.querySelector('.board')).backgroundColor"
    assert page.evaluate(colours) == "rgb(255, 255, 255)"
    post = page.locator("#posts article").first
    address = f"{night.url}/posts/{post.get_attribute('data-id')}"
    expect(post.locator(".when")).to_have_attribute("data-address", address)
    shown = "getComputedStyle(document.querySelector('#posts time'), '::after').content"
    assert re.search(r"\d:\d\d [AP]M P[SD]T", page.evaluate(shown))  # not "now"
    zone = page.evaluate("getComputedStyle(document.querySelector('#zone'), '::after').content")
    assert zone == '"Times are Los Angeles time (PST)."'  # those of the event, whoever prints them
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen", color_scheme="light")
    expect(page.locator("#pin .body")).to_be_hidden()


def test_what_is_wider_than_its_room_is_a_stop_of_the_keyboard(night: Desk, newcomer: Visit) -> None:
    page = connected(newcomer(night.url))
    expect(page.locator(".body .scroll")).to_have_count(2)
    expect(page.locator(".body [tabindex='0']")).to_have_count(2)  # the wide table and the code, not the small table
    page.locator(".body pre").focus()
    page.keyboard.press("ArrowRight")
    until(lambda: page.evaluate("document.activeElement.scrollLeft"))


@pytest.mark.parametrize("path", ["", "/pages/1"])
def test_no_page_is_wider_than_its_screen(night: Desk, newcomer: Visit, path: str) -> None:
    page = newcomer(night.url + path)
    for width in (320, 390, 768, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


TOO_SMALL = """() => [...document.querySelectorAll("body *")].filter((each) => {
  const { fontFamily, fontSize } = getComputedStyle(each);
  const speaks = [...each.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim());
  return speaks && each.checkVisibility() && fontFamily.includes("Didot") && parseFloat(fontSize) < 32;
}).map((each) => each.textContent)"""
"""What may be set in a face for large letters, whose hairlines vanish at small sizes."""
HYPHEN = """async () => {
  await document.fonts.load("700 64px 'Night Bodoni'", "-e");
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.font = "700 1000px 'Night Bodoni'";
  const { actualBoundingBoxAscent: top, actualBoundingBoxDescent: bottom } = pen.measureText("-");
  return top + bottom;
}"""
"""The height of a hyphen, a hairline, in thousandths of the letters' size."""


def test_small_names_have_a_face_for_small_letters(night: Desk, newcomer: Visit) -> None:
    assert newcomer(night.url).evaluate(HYPHEN) >= 30  # half a pixel at 17 px
    result = next(each["post"] for each in night.server.state(night.slug)["objects"] if each.get("id") == "director")
    for path in ("", "/pages/1", f"/posts/{result}", "/embed", "s"):
        page = newcomer(night.url + path)
        for width in (320, 600, 640, 800, 1024, 1440):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate(TOO_SMALL) == [], (path, width)


def test_on_a_phone_the_newest_update_is_near(night: Desk, newcomer: Visit) -> None:
    page = newcomer(night.url)
    page.set_viewport_size({"width": 390, "height": 844})
    top = page.locator("#posts article").first.evaluate("(post) => post.getBoundingClientRect().top")
    assert top < 844


def test_a_sheet_as_it_is_served_has_the_rules_that_were_written(newcomer: Visit, server: LiveServer) -> None:
    page = newcomer(server.url)
    rules = """(text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return [...sheet.cssRules].map((rule) => rule.cssText.replace(/,\\s+/g, ",")); // a variable's text stays as it is
    }"""
    static = render.assets("static")
    for path in static.glob("css/*.css"):
        written = "".join((static / part).read_text() for part in bundle.parts(static, f"css/{path.name}"))
        served = page.evaluate(rules, bundle.sheet(static, f"css/{path.name}"))
        assert served == page.evaluate(rules, re.sub(r"@import .*", "", written)), path.name
        assert served or "@import" in path.read_text()
