"""Calling a winner: the time from the second press at the desk ("Announce", in Chromium) to the last reader."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from playwright.sync_api import Page
from rich.progress import track

from liveblog import actions

from . import peers, visible
from .crowd import Crowd
from .peers import SLUG, Liveblog

ROUNDS = 9
BODY = 141
NOMINEES = [{"name": f"Nominee {letter}", "film": f"Film {letter}"} for letter in "ABCDE"]

# The press comes a moment later, when the crowd reads again; both clocks are the machine's.
PRESS = f"""(button) => new Promise((pressed) => setTimeout(() => {{
  const clicked = {visible.CLOCK};
  button.click();
  pressed(clicked);
}}, 50))"""


def measure(readers: int) -> dict[str, Any]:
    """Milliseconds from the press to the first and to the last of `readers`, for several calls in turn."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))  # browsers keep the affinity that they start with
    with _night() as peer, visible.chromium() as browser:
        page = visible.desk_page(browser, peer.server, SLUG)
        os.sched_setaffinity(0, {peers.CROWD_CORE})
        crowd = Crowd("127.0.0.1", peer.port, peer.protocol())
        crowd.connect(readers)
        first, last = [], []
        for number in track(range(1, ROUNDS + 1), "calls"):
            _put_on_stage(page, crowd, number)
            clicked = _announce(page, crowd, number)
            heard = [member.last for member in crowd.members.values()]
            first.append(1000 * (min(heard) - clicked))
            last.append(1000 * (max(heard) - clicked))
        crowd.leave()
    return {
        "readers": readers,
        "calls": ROUNDS,
        "first_reader_ms": round(statistics.median(first), 1),
        "last_reader_ms": round(statistics.median(last), 1),
        "last_reader_worst_ms": round(max(last), 1),
    }


@contextmanager
def _night() -> Iterator[Liveblog]:
    """A night with a category for each round."""
    with peers.liveblog(BODY) as peer:
        for number in range(1, ROUNDS + 1):
            add = partial(actions.add_category, slug=SLUG, name=f"Award {number}", nominees=NOMINEES)
            peer.server.store.perform(SLUG, add, by="bench")
        yield peer


def _put_on_stage(page: Page, crowd: Crowd, number: int) -> None:
    crowd.start_counting()
    row = page.locator("#board > li").filter(has=page.get_by_role("heading", name=f"Award {number}", exact=True))
    row.get_by_role("button", name="Put on stage").click()
    crowd.until_each_has(1)
    page.get_by_role("region", name="On stage").get_by_role("button", name="Nominee A").click()  # it chooses


def _announce(page: Page, crowd: Crowd, number: int) -> float:
    """Press, and read until every reader has it. Returns the time of the press (`time.perf_counter()`)."""
    crowd.start_counting()
    stage = page.get_by_role("region", name="On stage")
    button = stage.get_by_role("button", name="Announce", exact=True).element_handle()
    clicked = float(page.evaluate(PRESS, button))
    crowd.until_each_has(1)
    return clicked / 1000 - (time.time() - time.perf_counter())
