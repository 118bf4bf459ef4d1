"""A page of another origin embeds the blog, in real Chromium: sized, live, without cookies, and clean for axe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.axe import sound
from tests.browser.conftest import Visit, context_of
from tests.browser.reading import Desk, connected
from tests.live_server import LiveServer, until

HOST = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A page of somebody else</title>
<meta name="viewport" content="width=device-width"><main><h1>Our own story</h1>
<script async src="{url}/embed.js" data-blog="{slug}" data-theme="dark" data-accent="#c9a24a"
 data-title="The night"></script>
<p id="between">Between the two</p>
<script async src="{url}/embed.js" data-blog="{slug}" data-view="board" data-theme="light"></script></main></html>"""

FOREIGN = """() => new Promise((done) => {
  addEventListener("message", ({ data }) => { if (data === "the next one") done(); });
  postMessage({ liveblog: "height", height: 7 }, "*");
  postMessage("the next one", "*");  // comes when the one before it has been dealt with
})"""
"""Sends a frame's message from the page itself."""


@pytest.fixture
def stranger() -> Iterator[list[str]]:
    """A web server of another origin: its address, and its page, to which tests append."""
    shown: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = shown[-1].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    shown.append(f"http://127.0.0.1:{server.server_port}/")
    yield shown
    server.shutdown()
    server.server_close()


def frames(page: Page) -> list[Frame]:
    page.evaluate("1")  # Playwright learns a frame's address only during a call
    found = [frame for frame in page.frames if "/embed" in frame.url]
    return sorted(found, key=lambda frame: "board" in frame.url)


def fits(page: Page) -> bool:
    """Whether each frame is as tall as its contents."""
    tall = page.eval_on_selector_all("iframe", "them => them.map(each => each.clientHeight)")
    inside = [frame.evaluate("document.documentElement.getBoundingClientRect().height") for frame in page.frames[1:]]
    return len(tall) == 2 and sorted(tall) == sorted(-(-height // 1) for height in inside)


def test_another_sites_page_shows_the_night(server: LiveServer, chromium: Browser, stranger: list[str]) -> None:
    desk = Desk(server, "embedded")
    desk.do("POST", "/posts", {"body": "Doors *open*", "headline": "Here we go"})
    stranger.append(HOST.format(url=server.url, slug=desk.slug))
    context = context_of(chromium, viewport={"width": 800, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(stranger[0])
    until(lambda: len(frames(page)) == 2)
    story, board = frames(page)
    for frame in (story, board):
        frame.wait_for_selector("#connection[data-state=live]", state="attached")
    until(lambda: fits(page))

    # updates arrive, and the frame grows with them
    desk.do("POST", "/posts", {"body": "Rain.\n\n" * 12, "headline": "It rains"})
    story.wait_for_selector("text=It rains")
    desk.do("POST", "/categories/director/announce", {"winners": ["sean-baker"]})
    board.wait_for_selector(".winner:has-text('Sean Baker')")
    until(lambda: story.locator("#posts article").count() == 4)
    assert board.locator("#posts article").count() == 0
    until(lambda: fits(page))
    post = desk.do("POST", "/posts", {"body": "Rumour"})
    story.wait_for_selector("text=Rumour")
    desk.do("DELETE", f"/posts/{post['id']}")
    story.wait_for_selector("text=Rumour", state="detached")

    # as the host wants it
    assert story.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 13, 10)"
    assert board.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(247, 242, 230)"
    assert story.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--gold')") == "#c9a24a"
    assert page.locator("iframe").first.get_attribute("title") == "The night"
    assert page.evaluate("Object.keys(window).filter(name => /embed|liveblog/i.test(name))") == []

    # nothing is stored (the whole page, opened below, remembers its reader's place)
    assert context.cookies() == []
    assert story.evaluate("localStorage.length + sessionStorage.length") == 0

    # a link opens the whole page in a new tab; other pages' messages change nothing
    with context.expect_page() as opened:
        story.click("#title")
    opened.value.wait_for_url(desk.url)
    opened.value.close()
    until(lambda: fits(page))
    tall = page.eval_on_selector("iframe", "frame => frame.clientHeight")
    page.evaluate(FOREIGN)
    assert page.eval_on_selector("iframe", "frame => frame.clientHeight") == tall

    assert context.cookies() == []
    assert not wrong
    context.close()


def test_a_frame_goes_on_when_a_category_is_taken_off(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "embed-off")
    frame = connected(visit(f"{desk.url}/embed"))
    song = desk.do("POST", "/categories", {"name": "Song", "nominees": [{"name": "El Mal", "film": "Emilia Pérez"}]})
    expect(frame.locator("#board h3")).to_have_count(3)
    desk.do("DELETE", f"/categories/{song['id']}")
    expect(frame.locator("#board h3")).to_have_count(2)
    desk.call("director", "announce", winners=["brady-corbet"])
    expect(frame.locator("#tally li")).to_have_text("The Brutalist 1 of 1")
    fresh = connected(newcomer(f"{desk.url}/embed"))
    board = "document.querySelector('.board').outerHTML.replace(/\\s*\\n\\s*/g, '')"
    assert frame.evaluate(board) == fresh.evaluate(board)


@pytest.mark.parametrize("query", ["theme=light", "theme=dark", "view=board&theme=light"])
def test_axe_finds_nothing_in_a_frame(server: LiveServer, newcomer: Visit, query: str) -> None:
    slug = f"embed-axe-{sum(query.encode())}"
    desk = Desk(server, slug)
    desk.do("POST", "/posts", {"body": "Doors *open*", "headline": "Here we go", "key": True})
    desk.do("POST", "/categories/director/announce", {"winners": ["sean-baker"]})
    page = newcomer(f"{desk.url}/embed?{query}")
    page.set_viewport_size({"width": 390, "height": 800})
    sound(connected(page))
