"""A post at its own address and the older pages stay true while they are open: no shared page names a false winner."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.reading import Desk, texts
from tests.browser.test_reader_day import HIDE
from tests.live_server import LiveServer, until

SHOWN = """() => {
  const page = document.body.cloneNode(true);
  for (const at of ["seq", "mark"]) delete page.querySelector("main").dataset[at];  // the page as sent, not as it is
  for (const own of page.querySelectorAll("script, #said, #facts")) own.remove();
  page.querySelector("h1").removeAttribute("data-reworded");  // what is hidden until the scripts run
  for (const time of page.querySelectorAll("time")) { time.textContent = ""; time.removeAttribute("title"); }
  const html = page.innerHTML.replace(/>\\s+/g, ">").replace(/\\s+</g, "<");
  return document.title + html.replaceAll("><", ">\\n<").replaceAll(' tabindex="-1"', "");
}"""


def following(page: Page) -> Page:
    """The page has asked for what came since it was made, and follows."""
    until(
        lambda: page.evaluate("performance.getEntriesByType('resource').some(({name}) => name.includes('/changes?'))")
    )
    return page


def same(page: Page, fresh: Page) -> None:
    """Wait until the open page shows what the server sends now."""
    found: list[str] = []

    def equal() -> bool:
        fresh.reload()
        found[:] = [page.evaluate(SHOWN), fresh.evaluate(SHOWN)]
        return found[0] == found[1]

    try:
        until(equal, 60)
    except AssertionError:
        assert found[0].splitlines() == found[1].splitlines()


def test_a_result_at_its_own_address_follows(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "own-result")
    desk.fill(3)
    desk.call("director", "announce", winners=["brady-corbet"])
    result = next(each["id"] for each in server.state(desk.slug)["objects"] if each.get("type") == "result")
    url = f"{desk.url}/posts/{result}"
    page, fresh = following(visit(url)), newcomer(url)
    page.locator(".chosen .share").focus()
    desk.call("director", "doubt", note="Two cards were on stage")
    expect(page.locator(".chosen h2")).to_have_text("In doubt: Best Director: Brady Corbet")
    same(page, fresh)
    desk.call("director", "recall", note="Wrong envelope", winners=["sean-baker"])
    expect(page.locator(".chosen h2")).to_have_text("Best Director: Sean Baker")
    expect(page.locator(".chosen .correction")).to_contain_text("Wrong envelope")
    expect(page.locator("#said")).to_have_text("Best Director: Sean Baker")
    expect(page).to_have_title("Best Director: Sean Baker – Anora at the Oscars")
    desk.do("PATCH", "/categories/director", {"name": "Directing"})
    desk.do("PATCH", "", {"title": "Anora's night", "status": "ended"})
    expect(page.locator(".kicker").first).to_have_text("Directing")
    expect(page.locator(".status")).to_have_text("Ended")
    same(page, fresh)
    expect(page.locator(".chosen .share")).to_be_focused()

    desk.retract(result)
    expect(page.locator(".removed h2")).to_have_text("This update was removed")
    expect(page.locator(".removed h2")).to_be_focused()
    expect(page.locator("article")).to_have_count(0)
    assert "Baker" not in page.locator("body").inner_text()
    expect(page).to_have_title("Removed – Anora's night")


def test_an_older_page_follows(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "own-older")
    desk.fill(40)
    url = f"{desk.url}/pages/1"
    page, fresh = following(visit(url)), newcomer(url)
    ids = [str(each.get_attribute("data-id")) for each in page.locator("article:not(.preview)").all()]
    desk.edit(ids[3], body="Edited", correction="It was wrong.")
    desk.retract(ids[4])
    desk.do("PATCH", "", {"title": "Anora's night"})
    expect(page.locator(f"#post-{ids[3]} .correction")).to_contain_text("It was wrong")
    expect(page.locator(f"#post-{ids[4]}")).to_have_count(0)
    expect(page).to_have_title("Anora's night, older updates, page 1")
    same(page, fresh)
    desk.fill(20)  # an older page more: the link to newer updates leads there
    expect(page.locator("#pages")).to_have_text("2")
    expect(page.locator("[rel=prev]")).to_have_attribute("href", f"/live/{desk.slug}/pages/2")
    same(page, fresh)


def test_another_page_catches_up_after_it_was_out_of_sight_or_offline(
    server: LiveServer, visit: Visit, newcomer: Visit
) -> None:
    desk = Desk(server, "own-away")
    mine = desk.post("One")
    url = f"{desk.url}/posts/{mine}"
    page, fresh = following(visit(url)), newcomer(url)
    desk.edit(mine, body="Two")
    expect(page.locator(".chosen .body")).to_have_text("Two")
    page.evaluate(HIDE, True)
    desk.edit(mine, body="Three")
    assert texts(page, ".chosen .body") == ["Two"]  # nobody looks, and the server keeps no line for it
    page.evaluate(HIDE, False)
    expect(page.locator(".chosen .body")).to_have_text("Three")
    page.context.set_offline(True)
    desk.edit(mine, body="Four")
    page.context.set_offline(False)
    expect(page.locator(".chosen .body")).to_have_text("Four")
    page.evaluate("const now = Date.now; Date.now = () => now() + 3600000")  # the machine slept
    desk.edit(mine, body="Five")
    expect(page.locator(".chosen .body")).to_have_text("Five")
    page.route("**/stream?*", lambda route: route.abort())  # a proxy lets no stream through
    page.reload()
    desk.edit(mine, body="Six")
    expect(page.locator(".chosen .body")).to_have_text("Six")
    same(page, fresh)
