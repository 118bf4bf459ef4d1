"""A site below a path, in real Chromium: nothing that a page asks for lies beside it (`visit` checks that)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.desk import connected, outbox, press, write
from tests.live_server import LiveServer, live_server, until
from tests.photos import photo

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def below() -> Iterator[LiveServer]:
    with live_server("serve", LIVEBLOG_BASE_URL="http://www.example.org/nights") as running:
        yield running


def test_a_night_below_a_path(below: LiveServer, visit: Visit) -> None:
    slug, site = below.open("anora"), f"{below.url}/nights"
    link = until(lambda: re.search(r"sign-in, once: \S+(/desk/welcome/\S+)\n", below.log.path.read_text()))
    desk = visit(site + link[1])
    desk.get_by_label("Name").fill("Ana Torres")
    desk.get_by_label("Password").fill("correct horse battery")
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="Open the desk").click()
    connected(desk)
    reader = visit(f"{site}/live/{slug}")
    write(desk, "Doors", "The doors are open.")
    desk.locator("#pictures input[type=file]").first.set_input_files(
        {"name": "stairs.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    desk.locator("#pictures .roll textarea").fill("The stairs")
    press(desk, "Publish")
    expect(outbox(desk)).to_be_hidden()
    article = reader.locator("#posts article").filter(has_text="The doors are open.")
    expect(article).to_be_visible()
    until(lambda: article.locator("img").evaluate("image => image.complete && image.naturalWidth > 0"))
    article.get_by_role("link").first.click()
    expect(reader).to_have_url(re.compile(f"^{site}/live/{slug}/posts/"))
    desk.get_by_role("link", name="Set up").click()
    expect(desk.get_by_role("heading", level=1)).to_be_visible()
    desk.get_by_text("Ana Torres").click()
    press(desk, "Sign out")
    expect(desk).to_have_url(f"{site}/desk/sign-in")
