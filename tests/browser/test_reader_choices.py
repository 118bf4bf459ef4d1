"""Readers' choices and the digest of what they missed: hidden results, pause, alerts. axe checks each state."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Response, Route, WebSocket, expect

from liveblog.model import Status
from tests.browser.axe import sound, sound_by_day_and_by_night
from tests.browser.conftest import Visit
from tests.browser.reading import Desk, agree, connected
from tests.browser.test_reader_day import HIDE
from tests.live_server import LiveServer

NOTICES = """
  window.notices = [];
  window.Notification = class { constructor(title, { body }) { notices.push(body); } close() {} };
  Notification.permission = "granted";
  Notification.requestPermission = async () => "granted";
"""
PASS = "(ms) => { const now = Date.now; Date.now = () => now() + ms; }"


def test_hidden_results_stay_hidden_until_tapped(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-safe")
    page = connected(visit(desk.url))
    page.locator("#safe").click()
    expect(page.locator("#safe")).to_have_attribute("aria-pressed", "true")
    desk.call("director", "announce", winners=["sean-baker"])
    desk.post("What a night for Sean Baker!", headline="Baker!", key=True)
    desk.post("The envelope is opened", category="picture")
    expect(page.locator("#posts .veil")).to_have_count(2)
    expect(page.locator("#said")).not_to_contain_text("Baker")
    result = page.locator("#posts article.result").get_attribute("data-id")
    for path in (desk.url, f"{desk.url}/posts/{result}", desk.url):
        page.goto(path)
        expect(page.locator(".veil").first).to_be_visible()
        assert "Baker" not in page.locator("body").inner_text()
        assert "Baker" not in page.title()
    expect(page.locator("#posts article").first).to_contain_text("The envelope is opened")
    sound_by_day_and_by_night(page)

    page.locator("#category-director .reveal").click()
    expect(page.locator("#category-director .winner")).to_be_visible()
    expect(page.locator("#category-director h3")).to_be_focused()
    expect(page.locator("#posts article.result h2")).to_have_text("Best Director: Sean Baker")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#winners")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.locator("#posts .veil")).to_have_count(1)  # the update without a category
    expect(page.locator("#tally-own strong")).to_be_hidden()
    page.get_by_role("button", name="Show the count").click()
    expect(page.locator("#tally-own strong")).to_have_text("1 of 2")
    page.locator("#safe").click()
    expect(page.locator(".veil, .reveal, .told")).to_have_count(0)


@pytest.fixture(scope="module")
def told(server: LiveServer) -> Desk:
    """A night whose result stands wherever it can: also in the title, the summary and the preview, which changed."""
    desk = Desk(server, "page-told")
    desk.post("The doors open")
    preview = next(each["id"] for each in server.state(desk.slug)["objects"] if each.get("type") == "preview")
    desk.call("director", "announce", winners=["sean-baker"])
    desk.post("Baker smiles", key=True)
    desk.post("Baker, who took the first award tonight, is back", category="picture")
    desk.edit(preview, headline="Baker and his chances", body="It was Baker.")
    desk.do("PATCH", "", {"title": "Baker wins!", "summary": "The night of Sean Baker"})
    return desk


SEEN = "document.title + document.body.innerText"


@pytest.mark.parametrize("path", ["", "/posts/{result}", "/embed"])
def test_no_result_flashes_before_the_scripts_run(told: Desk, visit: Visit, path: str) -> None:
    result = next(each["id"] for each in told.server.state(told.slug)["objects"] if each.get("type") == "result")
    page = visit(told.url, go=False)
    page.route("**/*.bundle.js", lambda route: route.abort())  # as slow as can be
    page.goto(f"{told.url}{path.format(result=result)}?results=hidden")
    assert "Baker" not in page.evaluate(SEEN)
    assert "Title hidden" in page.title()


def test_without_the_rule_every_update_stays_covered_and_a_change_asks_for_it_again(
    server: LiveServer, visit: Visit
) -> None:
    desk = Desk(server, "page-rule")
    first = desk.post("The doors open")
    desk.call("director", "announce", winners=["sean-baker"])
    page = visit(desk.url, go=False)
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route("**/spoilers.bundle.js", refuse)
    page.goto(desk.url)
    connected(page)
    assert not asked, "only those who hide results need the rule"
    page.locator("#safe").click()
    expect(page.locator("#posts .veil")).to_have_count(page.locator("#posts article").count())
    page.locator(f"#post-{first} .reveal").click()
    expect(page.locator(f"#post-{first} .body")).to_be_visible()
    assert asked
    page.unroute("**/spoilers.bundle.js")
    later = desk.post("The envelope is opened", category="picture")
    expect(page.locator(f"#post-{later} .body")).to_be_visible()
    expect(page.locator("#posts article.result .veil")).to_be_visible()


def test_a_link_hides_results_for_the_visit_until_the_reader_chooses(told: Desk, visit: Visit) -> None:
    page = connected(visit(f"{told.url}?results=hidden"))
    expect(page.locator("h1")).to_have_text("Title hidden")
    expect(page.locator("#posts .veil")).to_have_count(3)
    assert "Baker" not in page.evaluate(SEEN)
    expect(page.locator("#posts article").last).to_contain_text("The doors open")
    sound(page)
    page.locator("#posts article.result .when").click()
    expect(page.locator(".chosen .veil")).to_be_visible()
    assert "Baker" not in page.evaluate(SEEN)
    page.locator(".back a").focus()  # a new tab knows nothing of this visit
    expect(page.locator(".back a")).to_have_attribute("href", f"{told.url}?results=hidden")
    page.locator("#safe").click()
    expect(page.locator(".chosen h2")).to_have_text("Best Director: Sean Baker")
    expect(page).to_have_title("Best Director: Sean Baker – Baker wins!")
    assert "results" not in page.url
    page.goto(told.url)
    expect(page.locator("h1")).to_have_text("Baker wins!")
    page.locator("#safe").click()
    expect(page).to_have_title("Title hidden")
    page.get_by_role("button", name="Show the title").click()
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("#summary")).to_have_text("The night of Sean Baker")
    expect(page).to_have_title("Baker wins!")
    expect(page.locator("#posts .veil")).to_have_count(3)


def test_a_page_that_comes_back_hides_what_was_chosen_meanwhile(told: Desk, visit: Visit) -> None:
    page = connected(visit(told.url))
    page.evaluate("localStorage.setItem('liveblog:safe', 'true')")  # on the page where the reader was
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert "Baker" not in page.evaluate(SEEN)


def test_the_index_hides_a_title_that_may_tell(told: Desk, visit: Visit) -> None:
    page = visit(told.server.url)
    link = page.locator(f"a[href='/live/{told.slug}']")
    expect(link).to_have_text("Baker wins!", use_inner_text=True)
    page.evaluate("localStorage.setItem('liveblog:safe', 'true')")
    page.reload()
    expect(link).to_have_text("Title hidden", use_inner_text=True)
    assert "Baker" not in page.evaluate(SEEN)


def test_an_update_about_an_award_to_come_is_shown_alone(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-alone")
    desk.call("director", "announce", winners=["sean-baker"])
    post = desk.post("Baker waits for the next one", category="picture")
    page = connected(visit(f"{desk.url}?results=hidden"))
    page.locator(f"#post-{post} .reveal").click()
    expect(page.locator(f"#post-{post} .body")).to_have_text("Baker waits for the next one")
    desk.call("picture", "announce", winners=["anora"])
    expect(page.locator("#category-picture .reveal")).to_be_visible()
    expect(page.locator("#category-picture .winner")).to_be_hidden()


def test_a_frame_hides_results_if_its_page_wants_it(told: Desk, visit: Visit) -> None:
    page = connected(visit(f"{told.url}/embed?results=hidden"))
    assert "Baker" not in page.evaluate(SEEN)
    page.locator("#category-director .reveal").click()
    expect(page.locator("#category-director .winner")).to_be_visible()
    expect(page.locator("#posts article.result h2")).to_have_text("Best Director: Sean Baker")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    with page.context.expect_page() as opened:
        page.locator("#posts .when").first.click()
    expect(opened.value).to_have_url(re.compile(r"/posts/.*\?results=hidden$"))


def test_what_was_missed(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-digest")
    desk.post("Read before")
    page = connected(visit(desk.url))
    page.evaluate(HIDE, True)
    first = desk.post("Missed first")
    desk.post("Missed next")
    desk.call("director", "announce", winners=["sean-baker"])
    expect(page).to_have_title("(3) Anora at the Oscars")
    page.evaluate(PASS, 60_000)
    page.evaluate(HIDE, False)
    expect(page.locator("#digest-count")).to_have_text("1 winner, 2 updates")
    expect(page.locator("#digest-winners li")).to_have_text("Best Director Sean Baker")
    expect(page.locator("#said")).to_have_text("While you were away: 1 winner, 2 updates")
    assert page.evaluate("document.activeElement === document.body")
    expect(page.locator(f"#post-{first} .since")).to_be_visible()
    sound(page)
    page.locator("#digest-first").click()
    expect(page.locator(f"#post-{first} h2")).to_be_focused()
    expect(page.locator("#digest")).to_be_hidden()

    page.goto(f"{server.url}/")  # leaves; comes back an hour later
    desk.fill(41)
    desk.call("director", "recall", note="Wrong envelope", winners=["brady-corbet"])
    key = "liveblog:page-digest:visit"
    page.evaluate(
        f"v => localStorage.setItem('{key}', JSON.stringify({{...JSON.parse(localStorage.getItem('{key}')), at: 0}}))",
        0,
    )
    page.goto(desk.url)
    expect(page.locator("#digest-count")).to_have_text("1 winner, 41 updates")
    expect(page.locator("#digest-winners li")).to_have_text("Best Director Brady Corbet corrected")
    page.locator("#digest-first").click()  # it is on an older page now: its own address shows it among its neighbours
    expect(page.locator(".chosen .body")).to_have_text("Update 1")
    page.goto(desk.url)
    connected(page)
    expect(page.locator("#digest")).to_be_hidden()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    desk.post("Held back, never seen")
    expect(page.locator("#new")).to_be_visible()
    page.goto(f"{server.url}/")
    page.goto(f"{desk.url}#post-{first}")  # it has moved to an older page
    expect(page).to_have_url(f"{desk.url}/posts/{first}")
    expect(page.locator(".chosen .body")).to_have_text("Missed first")
    page.evaluate(  # not sooner: a page that is left may write when the next one is there already
        f"() => localStorage.setItem('{key}', localStorage.getItem('{key}').replace(/.at.:\\d+/, '\"at\":0'))"
    )
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")  # as after an hour: answers are kept a second
    page.goto(desk.url)
    expect(page.locator("#digest-count")).to_have_text("1 update")


def test_what_was_missed_is_asked_for_again_on_a_bad_line(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-bad-line")
    page = connected(visit(desk.url))
    page.goto(f"{server.url}/")
    desk.post("Missed")
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.request.url)
            route.abort()

    page.route("**/changes?*", lose_the_first)
    page.add_init_script(
        "const name = 'liveblog:page-bad-line:visit'; const visit = JSON.parse(localStorage.getItem(name));"
        "localStorage.setItem(name, JSON.stringify({ ...visit, at: 0 }));"
    )
    page.goto(desk.url)
    expect(page.locator("#digest-count")).to_have_text("1 update")
    assert lost


def test_alerts_pause_and_sharing(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-alerts")
    kept = desk.post("Share me", headline="Good news", key=True)
    page = visit(desk.url, go=False, permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script(NOTICES)
    page.goto(desk.url)
    connected(page)
    page.locator("#alerts").click()
    page.locator("#notify").check()
    page.locator("#hold").select_option("0")
    sound(page)
    page.keyboard.press("Escape")
    expect(page.locator("#alerts")).to_be_focused()
    expect(page.locator("#alerts-panel")).to_be_hidden()

    page.locator("#pause").click()
    desk.call("director", "announce", winners=["brady-corbet"])
    desk.call("director", "confirm")  # without the tally, which it does not change
    expect(page.locator("#paused-text")).to_contain_text("Waiting: 1 winner")
    expect(page.locator("#category-director .winner")).to_have_count(0)
    expect(page).to_have_title("(1) Anora at the Oscars")
    sound(page)
    page.locator("#resume").click()
    expect(page.locator("#pause")).to_be_focused()
    expect(page.locator("#category-director .winner")).to_have_text("Brady Corbet The Brutalist")
    expect(page.locator("#tally li")).to_have_text("The Brutalist 1 of 1")
    desk.call("director", "recall", note="Wrong envelope", winners=["sean-baker"])
    expect(page.locator("#category-director .winner")).to_have_text("Sean Baker Anora")
    page.locator("#safe").click()
    desk.call("picture", "announce", winners=["anora"])
    expect(page.locator("#category-picture .reveal")).to_be_visible()
    assert page.evaluate("notices") == [
        "Best Director: Brady Corbet",
        "Corrected: Best Director goes to Sean Baker",
        "Best Picture: the result is in",
    ]
    page.locator("#safe").click()

    expect(page.locator("#moments .gist")).to_have_text(["Good news"])
    page.locator("#moments a").click()
    expect(page.locator(f"#post-{kept} h2")).to_be_focused()
    expect(page).to_have_url(desk.url)
    page.locator(f"#post-{kept} .share").click()
    expect(page.locator(f"#post-{kept} .share")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{desk.url}/posts/{kept}"
    desk.retract(kept)
    expect(page.locator("#moments")).to_be_hidden()
    agree(page, newcomer(desk.url))


PHONE = """
  window.Notification = class { constructor() { throw new TypeError("Illegal constructor"); } };
  Notification.permission = PERMISSION;
"""
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize("script", ["'default'", "'granted'", None])
def test_a_phone_that_cannot_notify_says_so_before_anybody_asks(
    server: LiveServer, visit: Visit, script: str | None
) -> None:
    desk = Desk(server, "page-phone")
    page = visit(desk.url, go=False, user_agent=ANDROID, viewport={"width": 390, "height": 844})
    page.add_init_script(PHONE.replace("PERMISSION", script) if script else "delete window.Notification")
    page.goto(desk.url)
    connected(page)
    page.locator("#alerts").click()
    expect(page.locator("#notify")).to_be_disabled()
    expect(page.locator("#notify")).to_have_accessible_description(re.compile("^This browser cannot notify"))
    page.locator("#sound").check()
    sound(page)


def test_one_panel_at_a_time(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-panels")
    page = connected(visit(desk.url))
    panel = page.locator("#alerts-panel")
    page.locator("#alerts").click()
    page.locator("h1").click()
    expect(panel).to_be_hidden()
    expect(page.locator("#alerts")).to_have_attribute("aria-expanded", "false")
    page.locator("#alerts").click()
    page.locator("#sound").check()
    expect(panel).to_be_visible()
    page.evaluate("document.querySelector('#digest').hidden = false")  # as if the reader came back
    expect(page.locator("#digest")).to_be_hidden()
    page.locator("body").press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator("#digest")).to_be_visible()
    page.locator("#pause").click()
    expect(page.locator("#digest")).to_be_hidden()
    expect(page.locator("#paused")).to_be_visible()


@pytest.mark.parametrize(("status", "language"), [("preview", "es"), ("ended", "ar")])
def test_axe_finds_nothing_before_and_after(server: LiveServer, visit: Visit, status: Status, language: str) -> None:
    desk = Desk(server, f"page-axe-{status}", status=status)
    desk.do("PATCH", "", {"language": language})
    desk.pin(None)
    page = connected(visit(desk.url))
    sound(page)
    expect(page.locator("noscript meta")).to_have_count(0)


def test_the_first_load_is_small(server: LiveServer, visit: Visit) -> None:
    """At most 60 KB, compressed, for a night with forty updates, and ten requests, with a reserve for new features."""
    desk = Desk(server, "page-bytes")
    desk.fill(40)
    page = visit(desk.url, go=False)
    answers: list[Response] = []
    sockets: list[WebSocket] = []
    page.on("response", lambda answer: answers.append(answer))
    page.on("websocket", lambda socket: sockets.append(socket))
    page.goto(desk.url)
    connected(page)
    page.evaluate("document.fonts.ready.then(() => true)")
    sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers}
    assert {url.rpartition("/")[2] for url in sizes} >= {"page-bytes", "main.bundle.js", "bodoni-moda.woff2"}
    assert len(answers) + len(sockets) <= 6, sizes
    assert sum(sizes.values()) <= 48 * 1024, sizes
