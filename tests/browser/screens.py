"""Takes pictures of the readers' page in every state, at three widths, light and dark, for review and for the guide.

`python -m tests.browser.screens [DIRECTORY]` writes all; without a directory, those of docs/screens/reader/.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from liveblog import actions
from liveblog.demo import replay
from liveblog.timeline import Timeline
from tests.browser.arabic_night import ArabicNight
from tests.browser.conftest import QUIET
from tests.browser.long_night import CATEGORIES, FIVE, LongNight
from tests.live_server import LiveServer, live_server, until

SIZES = [(390, 844), (768, 1024), (1440, 900)]
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DOCS = Path(__file__).parent.parent.parent / "docs" / "screens" / "reader"
OTHERS = ["whole-night", "long-titles", "right-to-left"]
"""States of other nights than the demo's."""
SHOWN = ["before", "live", "held-back", "digest", "hidden", "ended", *OTHERS]
"""States whose pictures the guide keeps."""


class Night:
    """The demo night on a server, played step by step."""

    def __init__(self, server: LiveServer, browser: Browser, directory: Path, states: list[str]) -> None:
        self.server, self.browser, self.directory, self.states = server, browser, directory, states
        self.posts: dict[str, str] = {}
        replay.prepare(server.store)
        self.steps = list(enumerate(replay.script(replay.facts(), self.posts)))
        self.url = f"{server.url}/live/{replay.SLUG}"

    def play(self, there: Callable[[Timeline], bool] = lambda night: False) -> None:
        """Play the next steps of the script, up to the wanted state, or to the last step but one."""
        store = self.server.store
        while len(self.steps) > 1 and not there(store.load(replay.SLUG)):
            self.step()
        seq = store.load(replay.SLUG).seq
        until(lambda: self.server.state(replay.SLUG)["seq"] >= seq)

    def step(self) -> None:
        number, step = self.steps.pop(0)
        replay._perform(self.server.store, step, f"screen:{number}", self.posts)

    def post(self, body: str) -> str:
        store, slug = self.server.store, replay.SLUG
        commit = store.perform(slug, lambda view: actions.publish(view, slug, body=body, byline="The desk"), by="demo")
        return commit.objects[0].id

    def retract(self, id: str) -> None:
        self.server.store.perform(replay.SLUG, lambda view: actions.retract(view, replay.SLUG, id), by="demo")

    def take(
        self,
        state: str,
        path: str = "",
        *,
        first: str = "",
        then: Callable[[Page], object] = lambda page: None,
        whole: bool = True,
    ) -> None:
        """A state's pictures. `first` runs before the page's scripts; `then` brings the page into the state."""
        if state not in self.states:
            return
        for width, height in SIZES:
            for theme in THEMES:
                context = self.browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=theme,
                    reduced_motion="reduce",
                    timezone_id="America/New_York",
                    locale="en-US",
                )
                page = context.new_page()
                if first:
                    page.add_init_script(first)
                page.goto(self.url + path if path.startswith("/") or not path else path)
                if whole:
                    page.wait_for_selector("#connection[data-state=live]", state="attached")
                page.evaluate("document.fonts.ready.then(() => true)")
                then(page)
                picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
                picture.save(self.directory / f"{state}-{width}-{theme}.webp", quality=55, method=6)
                context.close()


def take_all(server: LiveServer, browser: Browser, directory: Path, states: list[str]) -> None:
    night = Night(server, browser, directory, states)
    server.open("empty")
    night.take("empty", f"{server.url}/live/empty")
    night.take("before")
    night.play(lambda now: any(each.id == "actress" and each.state == "on_stage" for each in now.categories))
    night.take("live")
    held_back: list[str] = []

    def held(page: Page) -> None:
        page.evaluate("scrollTo(0, document.querySelector('#posts').getBoundingClientRect().top + 400)")
        page.wait_for_selector("html:not(.at-top)")
        while held_back:
            night.retract(held_back.pop())
        for body in ("A long look at the next envelope.", "The house is very quiet."):
            held_back.append(night.post(body))
        page.wait_for_selector("#new:not([hidden])")

    night.take("hidden", first="localStorage.setItem('liveblog:safe', 'true')")
    night.take("paused", then=lambda page: page.locator("#pause").click())
    night.take("alerts", then=lambda page: page.locator("#alerts").click())
    night.take("held-back", then=held)
    night.play()
    result = next(post for post in server.store.load(replay.SLUG).posts if post.type == "result")
    visit = json.dumps({"at": 0, "since": result.published_at[:10], "before": {}, "epoch": "", "seq": 0})
    visit = f"localStorage.setItem('liveblog:{replay.SLUG}:visit', {json.dumps(visit)})"
    night.take("digest", first=visit, then=lambda page: page.wait_for_selector("#digest:not([hidden])"))
    night.step()
    night.take("ended")
    night.take("post", f"/posts/{result.id}", whole=False)
    night.take("error", "/pages/99", whole=False)
    night.take("index", f"{server.url}/", whole=False)
    if set(OTHERS) & set(states):
        take_others(night)


def take_others(night: Night) -> None:
    """A night of 23 categories that has come to the 22nd; one whose title and films are long; an Arabic one."""
    server = night.server
    whole = LongNight(server, "whole")
    for number, category in enumerate(CATEGORIES[:-2]):
        whole.call(category.id, "announce", winners=[category.nominees[number % 5].id])
        if number % 3:
            whole.call(category.id, "confirm")
    whole.post("The orchestra plays somebody off.", headline="Two minutes, and the music begins", key=True)
    whole.call("director", "on-stage")
    night.take("whole-night", whole.url)
    titles = {"title": "The Ninety-Seventh Academy Awards: every winner, every speech, every surprise"}
    place = {"name": "Dolby Theatre", "locality": "Los Angeles", "country": "US"}
    whole.do("PATCH", "", titles | {"film": FIVE[2][1], "venue": place})
    night.take("long-titles", whole.url)
    night.take("right-to-left", ArabicNight(server, "layla").url)


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    directory.mkdir(parents=True, exist_ok=True)
    all_states = [*SHOWN, "empty", "paused", "alerts", "post", "error", "index"]
    with live_server() as server, sync_playwright() as playwright:
        found = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        take_all(server, browser, directory, SHOWN if directory == DOCS else all_states)
        browser.close()


if __name__ == "__main__":
    main()
