"""Whatever happens to the connection, every open page ends with exactly what the desk has published."""

from __future__ import annotations

import os
import re
import signal

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from liveblog.timeline import MARK_SIZE
from tests.browser.conftest import Visit
from tests.browser.reading import CONNECTED, Desk, agree, connected, texts
from tests.live_server import LiveServer, live_server, until

BLOCK = """
window.blocked = true;
window.WebSocket = class extends WebSocket {
  constructor(...all) { super(...all); if (window.blocked) this.close(); }
};
"""

DEAF = """
window.deaf = null;  // what messages begin with that get lost
const listen = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
Object.defineProperty(WebSocket.prototype, "onmessage", { ...listen, set(hear) {
  listen.set.call(this, (event) => { if (!(window.deaf && String(event.data).startsWith(window.deaf))) hear(event); });
} });
"""
WAITS = """
window.waits = [];  // ms that the page chose to wait before its attempts, after it was asked to go
window.retry = null;  // ms that it was asked to stay below
const later = window.setTimeout;
window.setTimeout = (act, ms, ...rest) => {
  if (act.name === "attempt") window.waits.push(ms);
  return later(act, ms, ...rest);
};
window.WebSocket = class extends WebSocket {
  constructor(...all) {
    super(...all);
    this.addEventListener("message", ({ data }) => {
      if (!String(data).startsWith('42/live,["bye"')) return;
      window.waits = [];
      window.retry = JSON.parse(data.slice(8))[1].retry_ms;
    });
  }
};
"""
LATER = """(seconds) => {
  const now = Date.now.bind(Date);
  Date.now = () => now() + seconds * 1000;
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_page_that_was_away_shows_what_the_others_show(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-tunnel")
    kept, rumour, pinned = desk.post("Wrong"), desk.post("A rumour"), desk.post("Worth a pin")
    stays, leaves = connected(visit(desk.url)), connected(visit(desk.url))
    agree(stays, leaves)
    leaves.context.set_offline(True)
    leaves.wait_for_selector("#connection[data-state=reconnecting]")
    desk.edit(kept, body="Right", correction="It was wrong.")
    desk.retract(rumour)
    news = [desk.post(f"News {number}") for number in range(5)]
    desk.edit(news[2], headline="Edited while nobody was there")
    desk.retract(news[3])
    desk.pin(pinned)
    desk.call("director", "announce", winners=["brady-corbet"])
    desk.call("director", "recall", note="Wrong envelope", winners=["sean-baker"])
    desk.call("director", "confirm")
    desk.call("picture", "on-stage")
    expect(stays.locator("#category-picture .state")).to_have_text("On stage now")
    assert "Right" not in texts(leaves)
    leaves.context.set_offline(False)
    connected(leaves)
    agree(stays, leaves, newcomer(desk.url))
    assert texts(leaves)[1:6] == ["News 4", "News 2", "News 1", "News 0", "Right"]


def test_more_than_a_socket_carries_is_fetched(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-large")
    page = connected(visit(desk.url))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/changes" in request.url else None)
    page.context.set_offline(True)
    page.wait_for_selector("#connection[data-state=reconnecting]")
    for number in range(12):
        desk.post(f"Long {number} " + "word " * 6000)
    page.context.set_offline(False)
    connected(page)
    agree(page, newcomer(desk.url))
    assert asked


def test_without_websockets_the_page_polls_and_comes_back(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-poll")
    page = visit(desk.url, go=False)
    page.add_init_script(BLOCK)
    page.goto(desk.url)
    page.wait_for_selector("#connection[data-state=polling]")
    ids = [desk.post("First"), desk.post("Second")]
    expect(page.locator("#posts .body")).to_have_text(["Second", "First"])
    desk.retract(ids[0])
    expect(page.locator("#posts .body")).to_have_text(["Second"])
    here = server.state(desk.slug)
    with page.expect_request(re.compile(rf"/changes\?cursor={here['epoch']}-{here['seq'] + 1}-\w+$")):  # as all there
        desk.edit(ids[1], body="Third")
    expect(page.locator("#posts .body")).to_have_text(["Third"])
    with page.expect_event("websocket"):
        page.evaluate("blocked = false; dispatchEvent(new Event('online'))")
    connected(page)
    polls: list[str] = []
    page.on("request", lambda request: polls.append(request.url) if "cursor=" in request.url else None)
    for number in range(3):
        desk.post(f"By socket {number}")
        expect(page.locator("#posts .body").first).to_have_text(f"By socket {number}")
    assert not polls, "it polls on beside its socket"
    agree(page, newcomer(desk.url))


@pytest.mark.fault
def test_a_killed_server_costs_seconds_and_no_post(visit: Visit) -> None:
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1") as server:
        desk = Desk(server, "page-killed")
        kept = desk.post("Wrong")
        page = connected(visit(desk.url))
        for worker in server.workers():
            os.kill(worker, signal.SIGKILL)
        page.wait_for_selector("#connection[data-state=reconnecting], #connection[data-state=polling]")
        until(lambda: _answers(desk.url), 60)
        desk.edit(kept, body="Right")
        desk.post("News")
        expect(page.locator("#posts .body")).to_have_text(["News", "Right"])
        connected(page)
        agree(page, visit(desk.url))
        page.context.close()


def test_after_a_planned_stop_readers_come_back_one_by_one(visit: Visit) -> None:
    with live_server("serve", LIVEBLOG_DRAIN_SECONDS="1") as server:
        desk = Desk(server, "page-stop")
        kept, rumour = desk.post("Wrong"), desk.post("A rumour")
        pages = [visit(desk.url, go=False) for _ in range(3)]
        for page in pages:
            page.add_init_script(WAITS)
            page.goto(desk.url)
            connected(page)
        server.stop()
        for page in pages:
            expect(page.locator("#connection[data-state=reconnecting]")).to_have_text("Reconnecting…")
        again = {"LIVEBLOG_PORT": server.url.rpartition(":")[2], "LIVEBLOG_DATA": str(server.data)}
        with live_server("serve", **again) as desk.server:
            desk.edit(kept, body="Right")
            desk.retract(rumour)
            desk.post("News")
            for page in pages:
                page.wait_for_selector(CONNECTED, state="attached")
            agree(*pages, visit(desk.url))
            assert texts(pages[0]) == ["News", "Right"]
            waits = [page.evaluate("[waits[0], retry]") for page in pages]
            assert all(0 <= wait < retry_ms for wait, retry_ms in waits), waits
            assert len({wait for wait, _ in waits}) == len(pages), waits


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).ok
    except requests.RequestException:
        return False


def deafened(visit: Visit, url: str, to: str) -> Page:
    """A page that is connected, and from now on does not hear messages that begin like this."""
    page = visit(url, go=False)
    page.add_init_script(DEAF)
    page.goto(url)
    connected(page).evaluate("(to) => { deaf = to; }", to)
    return page


def test_a_lost_change_is_noticed(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    """The `head` beat reveals it."""
    desk = Desk(server, "page-lost")
    page = deafened(visit, desk.url, '42/live,["change')
    desk.post("News")
    expect(page.locator("#posts .body")).to_have_text(["News"])
    agree(page, newcomer(desk.url))


def test_a_connection_that_died_while_the_page_slept(server: LiveServer, visit: Visit) -> None:
    """A page that becomes visible asks at once; it gives up a connection that was silent for too long."""
    desk = Desk(server, "page-asleep")
    page = deafened(visit, desk.url, "4")
    desk.post("News")
    page.evaluate(LATER, 30)
    expect(page.locator("#posts .body")).to_have_text(["News"])
    with page.expect_event("websocket"):
        page.evaluate("deaf = null")
        page.evaluate(LATER, 90)
    desk.post("More news")
    expect(page.locator("#posts .body")).to_have_text(["More news", "News"])


def test_a_machine_that_slept_with_the_page_in_sight_gets_its_digest(server: LiveServer, visit: Visit) -> None:
    """Nothing tells the page of its sleep but its clock."""
    desk = Desk(server, "page-slept")
    page = deafened(visit, desk.url, "4")
    desk.post("While it slept")
    desk.call("director", "announce", winners=["sean-baker"])
    page.evaluate("deaf = null; const now = Date.now; Date.now = () => now() + 3600000")
    expect(page.locator("#digest-count")).to_have_text("1 winner, 1 update")
    expect(page.locator("#digest-winners li")).to_have_text("Best Director Sean Baker")
    page.locator("#digest-close").click()
    page.evaluate("const later = Date.now; Date.now = () => later() + 3600000")
    desk.post("Heard before the page knew that it had slept")
    expect(page.locator("#digest-count")).to_have_text("1 update")
    expect(page.locator("#digest")).to_be_visible()


def test_a_blog_that_is_gone_is_not_asked_for_again(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-gone")
    page = connected(visit(desk.url))
    page.context.set_offline(True)
    page.wait_for_selector("#connection[data-state=reconnecting]")
    server.store.delete(desk.slug)
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_text("This live blog is not here any more")


COUNT = """
window.greetings = [];  // how each connection of this page introduced itself
const say = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (String(data).startsWith("40/live,")) greetings.push(JSON.parse(data.slice(8)));
  say.call(this, data);
};
"""


def test_the_page_takes_over_the_connection_that_began_before_its_script(server: LiveServer, visit: Visit) -> None:
    """What is published between the page and its script comes over that connection."""
    desk = Desk(server, "page-early")
    desk.post("Early")
    page = visit(desk.url, go=False, bypass_csp=True)
    page.add_init_script(COUNT)
    held: list[Route] = []
    page.route("**/*.bundle.js", lambda route: held.append(route))
    page.goto(desk.url, wait_until="commit")
    page.wait_for_function("window.early?.messages.length > 2")  # open, and the server's first words
    late = desk.post("While the script is on its way")
    page.wait_for_function("early.messages.some((data) => data.includes('on its way'))")
    until(lambda: bool(held))
    held[0].continue_()
    connected(page)
    expect(page.locator(f"#post-{late}")).to_be_visible()
    (greeting,) = page.evaluate("greetings")
    assert greeting.keys() == {"blog", "epoch", "seq", "mark"}
    assert len(greeting["mark"]) == MARK_SIZE
    desk.post("Over the same connection")
    expect(page.locator("#posts article").first).to_contain_text("Over the same connection")
    page.context.set_offline(True)
    page.wait_for_selector("#connection[data-state=reconnecting]")
    page.context.set_offline(False)
    connected(page)
    first, again = page.evaluate("greetings")
    assert again["seq"] > first["seq"]


def test_a_connection_that_began_early_and_failed_is_begun_again(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-early-lost")
    page = visit(desk.url, go=False, bypass_csp=True)
    held: list[Route] = []
    page.route("**/*.bundle.js", lambda route: held.append(route))
    page.goto(desk.url, wait_until="commit")
    page.wait_for_function("window.early")
    page.evaluate("early.socket.close()")
    page.wait_for_function("early.socket.readyState === WebSocket.CLOSED")
    until(lambda: bool(held))
    held[0].continue_()
    connected(page)


def test_a_font_that_does_not_come_holds_nothing_up(server: LiveServer, visit: Visit) -> None:
    desk = Desk(server, "page-font")
    page = visit(desk.url, go=False)
    page.route("**/*.woff2", lambda route: None)  # neither answered nor refused
    page.goto(desk.url, wait_until="commit")
    connected(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
