"""Two desks edit the same posts quickly: no text is silently replaced, and both end equal to the server."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from tests.browser.desk import connected, post
from tests.live_server import LiveServer, until

pytestmark = pytest.mark.browser
HAMMER = (Path(__file__).parent / "hammer.js").read_text().partition("\n")[2]
SHOWN = """() => [
    [...document.querySelectorAll("#posts > li")].map((row) => [
        row.dataset.ref.slice(5), row.querySelector(".text").textContent, row.classList.contains("pinned")]),
    [...document.querySelectorAll("#board > li")].map((row) => row.dataset.state)]"""

CLEARED = """() => {
    const [box, ...buttons] = document.querySelectorAll("#outbox, #acts button");
    for (const one of buttons) if (["OK", "Discard"].includes(one.textContent)) one.click();
    return box.hidden;
}"""
"""Whether the outbox is empty. On a busy machine an answer may take so long that its act goes late, or is refused while
it waits: both stay in the outbox until somebody presses."""

ACTS = 60
"""Acts of each desk: other ones in each run, because they are drawn with a new seed."""
LISTED = 60
"""Posts that a desk shows before "Show more"."""


class Edits:
    """The answers to a desk's edits of posts."""

    def __init__(self, page: Page, slug: str) -> None:
        self.saved: list[tuple[int, int, str]] = []
        """The version that it made, the version that it replaced, the post."""
        self.refused = 0
        self.address = re.compile(rf"/blogs/{slug}/posts/([\w-]+)$")
        page.on("response", self.note)

    def note(self, answer: Response) -> None:
        found = self.address.search(answer.url)
        if found and answer.request.method == "PATCH":
            before = int(answer.request.headers["if-match"].strip('"'))  # every edit sends it
            if answer.status == 200:
                self.saved.append((int(answer.headers["etag"].strip('"')), before, found[1]))
            elif answer.status == 412:
                self.refused += 1


def test_two_desks_hammer_the_same_posts(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    for n in range(4):
        post(server, slug, f"Post {n}", "One.\n\nTwo.\n\nThree.")
    seed = random.randrange(2**31)
    print("seed", seed)
    pages = [connected(open_desk(name)) for name in ("Ana", "Ben")]
    edits = [Edits(page, slug) for page in pages]
    for n, page in enumerate(pages):
        page.evaluate(HAMMER, {"seed": seed + 7 * n, "acts": ACTS, "name": f"desk {n}"})
    conflicts = sum(page.evaluate("window.conflicts") for page in pages)  # waits until the desk has done its acts

    def agreed(page: Page) -> bool:
        return bool(page.evaluate(SHOWN) == stands(server, slug))

    for page in pages:
        until(lambda page=page: page.evaluate(CLEARED), 60)  # type: ignore[misc]
        until(partial(agreed, page), 60)
    last: dict[str, int] = {}
    for after, before, id in sorted(edits[0].saved + edits[1].saved):
        assert before >= last.get(id, 0), "made on a version that somebody's edit had replaced"
        last[id] = after
    refused, saved = sum(each.refused for each in edits), sum(len(each.saved) for each in edits)
    print(f"{len(pages) * ACTS} acts, {saved} saved, {refused} refused, {conflicts} shown")
    assert len(last) > 1
    assert bool(refused) == bool(conflicts)


def stands(server: LiveServer, slug: str) -> list[Any]:
    """What a desk must show: each post's text, which one is pinned, the states of the board."""
    state = server.api("GET", f"/blogs/{slug}").json()
    pinned = state["blog"].get("pinned")
    posts = [[post["id"], plain(post["html"]), post["id"] == pinned] for post in state["posts"][:LISTED]]
    return [posts, ["doubt" if "doubt" in each else each["state"] for each in state["categories"]]]


def plain(html: str) -> str:
    body = re.search(r'<div class="body">(.*?)</div>', html, re.S)
    return "\n".join(
        re.sub(r"<[^>]+>", "", part).strip() for part in re.findall(r"<p>(.*?)</p>", body[1] if body else "")
    )
