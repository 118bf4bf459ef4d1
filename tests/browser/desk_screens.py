"""Takes pictures of the desk in its states, on a phone and on a desktop, light and dark, for review and for the guide.

`python -m tests.browser.desk_screens [DIRECTORY]`; without a directory, those of docs/screens/desk/.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from liveblog.demo import replay
from liveblog.store.accounts import Role
from tests.browser.conftest import QUIET, signed_in
from tests.browser.desk import choose, connected, dialog, press, stage, write
from tests.browser.screens import DOCS, THEMES, Night
from tests.live_server import LiveServer, live_server

SIZES = [(390, 844), (1024, 768), (1440, 900)]
Then = Callable[[Page], object]


class Studio:
    """The desk of the demo night, in front of a camera."""

    def __init__(self, server: LiveServer, browser: Browser, directory: Path) -> None:
        self.server, self.browser, self.directory = server, browser, directory

    def take(self, state: str, then: Then = lambda page: None, *, role: Role = "editor", part: str = "") -> None:
        """A state's pictures. `then` brings the desk into it; on a phone, the tab `part` is in front."""
        cookies: Any = signed_in(self.server, "Ana" if role == "editor" else "Cleo", role)
        for width, height in SIZES:
            for theme in THEMES:
                context = self.browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=theme,
                    reduced_motion="reduce",
                    timezone_id="America/New_York",
                    locale="en-US",
                    has_touch=width < 500,
                    is_mobile=width < 500,
                    storage_state=cookies,
                )
                page = context.new_page()
                page.goto(f"{self.server.url}/desk/{replay.SLUG}")
                connected(page)
                page.evaluate("document.fonts.ready.then(() => true)")
                if part and width < 500:
                    page.get_by_role("link", name=part, exact=True).click()
                then(page)
                page.mouse.move(0, 0)
                expect(page.locator("[data-arming]:visible")).to_have_count(0)
                picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
                picture.save(self.directory / f"{state}-{width}-{theme}.webp", quality=50, method=6)
                context.close()

    def api(self, path: str, body: object = None, method: str = "POST") -> None:
        answer = self.server.api(method, f"/blogs/{replay.SLUG}{path}", body)
        assert answer.ok, answer.text


def unfolded(page: Page) -> None:
    """The stage, open."""
    bar = page.locator("#stage-bar")
    if bar.is_visible() and bar.get_attribute("aria-expanded") == "false":
        bar.click()


def chosen(*names: str) -> Then:
    def then(page: Page) -> None:
        unfolded(page)
        choose(page, *names)
        expect(stage(page)).to_contain_text("wins")

    return then


def offline(page: Page) -> None:
    page.context.set_offline(True)
    write(page, "From the stairs", "The line is gone, the text is not.")
    press(page, "Publish")
    expect(page.locator("#outbox")).to_be_visible()
    expect(page.locator("#danger")).to_be_visible()


def written(page: Page) -> None:
    write(page, "A standing ovation", "Everybody is up.\n\n> Long live independent film.\n> — Sean Baker")
    press(page, "Preview")
    expect(page.locator("#preview blockquote")).to_be_visible()


def asked(page: Page) -> None:
    press(page, "End the night")
    expect(dialog(page)).to_be_visible()


def take_all(server: LiveServer, browser: Browser, directory: Path) -> None:
    night = Night(server, browser, directory, [])
    studio = Studio(server, browser, directory)
    studio.take("before", unfolded)
    night.play(lambda now: any(each.id == "actress" and each.state == "on_stage" for each in now.categories))
    studio.take("on-stage", unfolded)
    studio.take("chosen", chosen("Mikey Madison"))
    studio.take("tie", chosen("Mikey Madison", "Demi Moore"))
    studio.take("board", part="Board")
    studio.take("writing", written)
    studio.take("no-connection", offline)
    studio.take("contributor", unfolded, role="contributor")
    studio.api("/categories/actress/announce", {"winners": ["demi-moore"]})
    studio.take("called", unfolded)
    studio.api("/categories/actress/doubt", {})
    studio.take("in-doubt", unfolded)
    studio.api("/categories/actress/recall", {"winners": ["mikey-madison"]})
    studio.take("corrected", unfolded)
    studio.take("night", part="Night")
    studio.take("end", asked, part="Night")


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS.parent / "desk"
    directory.mkdir(parents=True, exist_ok=True)
    with live_server() as server, sync_playwright() as playwright:
        found = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        take_all(server, browser, directory)
        browser.close()


if __name__ == "__main__":
    main()
