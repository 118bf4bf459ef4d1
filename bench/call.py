"""Calling a winner at the desk, in Chromium, by mouse, by keyboard and by touch: the acts, and the time until the last
reader has it."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, Locator, Page
from rich.progress import track

from liveblog import actions
from liveblog.checks import NewNominee

from . import peers, visible
from .crowd import Crowd
from .peers import SLUG, Liveblog

ROUNDS = 5
BODY = 141
NOMINEES = [NewNominee(name=f"Nominee {letter}", film=f"Film {letter}") for letter in "ABCDE"]

# An act is a press of a key, a button or a finger, as the page hears of it; both clocks are the machine's.
COUNT = f"""() => {{
  window.acts = [];
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, (event) => {{
    if (event.isTrusted && !["Control", "Meta"].includes(event.key)) acts.push({visible.CLOCK});
  }}, true);
}}"""


def _stage(page: Page) -> Locator:
    return page.get_by_role("region", name="On stage")


def _announce(page: Page) -> Locator:
    return _stage(page).get_by_role("button", name="Announce", exact=True)


def _by_mouse(page: Page) -> None:
    _stage(page).get_by_role("button", name="Nominee A").click()
    _announce(page).click()


def _by_keyboard(page: Page) -> None:
    page.keyboard.press("1")
    page.wait_for_selector("#stage .announce .main:not([aria-disabled])")
    page.keyboard.press("Control+Enter")


def _by_touch(page: Page) -> None:
    _stage(page).get_by_role("button", name="Nominee A").tap()
    _announce(page).tap()


HANDS: dict[str, tuple[Callable[[Page], None], dict[str, Any]]] = {
    "mouse": (_by_mouse, {"viewport": {"width": 1440, "height": 900}}),
    "keyboard": (_by_keyboard, {"viewport": {"width": 1440, "height": 900}}),
    "touch": (_by_touch, {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}),
}


def measure(readers: int) -> dict[str, Any]:
    """For each kind of hand: the acts of a call, and ms from the first and from the last act to the last reader."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))  # browsers keep the affinity that they start with
    with _night() as peer, visible.chromium() as browser:
        pages = {name: _desk(browser, peer, options) for name, (_, options) in HANDS.items()}
        os.sched_setaffinity(0, {peers.CROWD_CORE})
        crowd = peer.crowd()
        crowd.connect(readers)
        found = {name: [_call(pages[name], crowd, peer, name, n) for n in track(range(ROUNDS), name)] for name in HANDS}
        crowd.leave()
    return {"readers": readers, "calls": ROUNDS} | {name: _summary(calls) for name, calls in found.items()}


@contextmanager
def _night() -> Iterator[Liveblog]:
    """A night with a category for each call."""
    with peers.liveblog(BODY) as peer:
        for name in HANDS:
            for number in range(ROUNDS):
                add = partial(actions.add_category, slug=SLUG, name=f"Award by {name} {number}", nominees=NOMINEES)
                peer.server.store.perform(SLUG, add, by="bench")
        yield peer


def _desk(browser: Browser, peer: Liveblog, options: dict[str, Any]) -> Page:
    page = visible.desk_page(browser, peer.server, SLUG, **options)
    page.evaluate(COUNT)
    return page


def _call(page: Page, crowd: Crowd, peer: Liveblog, name: str, number: int) -> tuple[int, float, float]:
    """The acts from a category on stage to its announcement, and their times before the last reader's, in ms."""
    wanted = f"Award by {name} {number}"
    state = peer.server.api("GET", f"/blogs/{SLUG}").json()
    category = next(each["id"] for each in state["categories"] if each["name"] == wanted)
    crowd.start_counting()
    peer.server.api("POST", f"/blogs/{SLUG}/categories/{category}/on-stage")
    crowd.until_each_has(1)
    page.locator("#stage h2", has_text=wanted).wait_for(state="attached")
    if name == "touch" and page.locator("#stage").get_attribute("data-open") == "no":
        page.locator("#stage-bar").tap()
    page.evaluate("acts.length = 0")
    crowd.start_counting()
    reading = Thread(target=crowd.until_each_has, args=(1,))
    reading.start()
    HANDS[name][0](page)
    reading.join()
    acts: list[float] = page.evaluate("acts")
    offset = time.time() - time.perf_counter()
    last = 1000 * (max(member.last for member in crowd.members.values()) + offset)
    return len(acts), last - acts[0], last - acts[-1]


def _summary(calls: list[tuple[int, float, float]]) -> dict[str, Any]:
    acts, first, last = zip(*calls, strict=True)
    return {
        "acts": max(acts),
        "from_first_act_ms": round(statistics.median(first), 1),
        "from_last_act_ms": round(statistics.median(last), 1),
        "from_last_act_worst_ms": round(max(last), 1),
    }
