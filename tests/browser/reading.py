"""Helpers of the readers' tests, for a page and for the newsroom."""

from __future__ import annotations

from difflib import unified_diff
from functools import partial
from typing import Any

from playwright.sync_api import Page

from liveblog import actions
from liveblog.model import Status
from tests.live_server import LiveServer, until

STORY = """() => {
  const page = document.querySelector("#live").cloneNode(true);
  for (const name of ["epoch", "seq", "mark", "cut"]) delete page.dataset[name];  // the page as sent, not as it is
  for (const own of page.querySelectorAll("#connection, #said, #new, .controls, .panel, .since")) own.remove();
  for (const time of page.querySelectorAll("time")) { time.textContent = ""; time.removeAttribute("title"); }
  for (const post of page.querySelectorAll(".arrived")) post.classList.remove("arrived");
  return document.title + page.outerHTML.replace(/>\\s+/g, ">").replace(/\\s+</g, "<").replaceAll("><", ">\\n<");
}"""
CONNECTED = "#connection[data-state=live]"


def story(page: Page) -> str:
    """All that a page shows, except what differs between readers: connection, relative times, what just slid in."""
    found: str = page.evaluate(STORY)
    return found


def connected(page: Page) -> Page:
    page.wait_for_selector(CONNECTED, state="attached")
    return page


def agree(*pages: Page) -> None:
    """Wait until all pages show the same."""
    try:
        until(lambda: len({story(page) for page in pages}) == 1, 60)
    except AssertionError:
        one, *others = [story(page).splitlines() for page in pages]
        raise AssertionError("\n".join(line for other in others for line in unified_diff(one, other, n=1))) from None


def texts(page: Page, selector: str = "#posts article:not([hidden]) .body") -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


class Desk:
    """The desk's acts on one blog, over the API."""

    def __init__(self, server: LiveServer, slug: str, status: Status = "live") -> None:
        self.server, self.slug = server, server.open(slug, status)
        self.url = f"{server.url}/live/{slug}"

    def do(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = self.server.api(method, f"/blogs/{self.slug}{path}", body)
        assert answer.ok, answer.text
        made: dict[str, Any] = answer.json() if answer.content else {}
        return made

    def post(self, body: str, **fields: Any) -> str:
        return str(self.do("POST", "/posts", {"body": body, **fields})["id"])

    def edit(self, id: str, **fields: Any) -> None:
        self.do("PATCH", f"/posts/{id}", fields)

    def retract(self, id: str) -> None:
        self.do("DELETE", f"/posts/{id}")

    def pin(self, id: str | None) -> None:
        self.do("PUT", "/pin", {"post": id})

    def call(self, category: str, act: str, **fields: Any) -> None:
        self.do("POST", f"/categories/{category}/{act}", fields)

    def fill(self, posts: int) -> None:
        """Publish many updates, from `Update 1` on, directly into storage."""
        store = self.server.store
        for number in range(1, posts + 1):
            store.perform(self.slug, partial(actions.publish, slug=self.slug, body=f"Update {number}"), by="test")
        until(lambda: f"Update {posts}<" in self.server.api("GET", f"/blogs/{self.slug}/changes?after=0").text)
