"""Pictures and players on the readers' page: nothing shifts, and no other site is contacted before a click."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.browser.axe import sound
from tests.browser.conftest import Visit, context_of
from tests.live_server import LiveServer, until
from tests.photos import animation, photo

pytestmark = pytest.mark.browser
FOREIGN = """() => new Promise((done) => {
  addEventListener("securitypolicyviolation", (event) => done([event.effectiveDirective, event.blockedURI]));
  document.body.append(Object.assign(document.createElement("iframe"), { src: "https://example.org" }));
})"""
"""Tries to load another site into the page."""
VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def upload(server: LiveServer, slug: str, data: bytes) -> str:
    headers = {"Authorization": f"Bearer {server.token}"}
    answer = requests.post(f"{server.url}/api/v1/blogs/{slug}/media", data=data, headers=headers, timeout=60)
    name: str = answer.json()["name"]
    return name


def test_pictures_have_their_room_before_they_come_and_animations_move_on_demand(
    server: LiveServer, slug: str, visit: Visit
) -> None:
    still, moving = upload(server, slug, photo(1600, 900)), upload(server, slug, animation(4, 600, 300))
    media = [{"name": still, "alt": "The carpet", "credit": "Photo: desk"}, {"name": moving, "alt": "The lights"}]
    page = visit(f"{server.url}/live/{slug}", go=False, viewport={"width": 390, "height": 800})
    page.route("**/media/**", lambda route: None)  # none of them arrives
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Look", "media": media[:1]})
    page.goto(f"{server.url}/live/{slug}")
    box = page.get_by_role("img", name="The carpet").bounding_box()
    assert box is not None
    assert abs(box["width"] / box["height"] - 16 / 9) < 0.02
    page.unroute("**/media/**")
    post = server.api("POST", f"/blogs/{slug}/posts", {"headline": "Moving", "body": "Look", "media": media[1:]}).json()
    lights = page.get_by_role("img", name="The lights")
    lights.scroll_into_view_if_needed()
    page.get_by_role("link", name="Play the animation").click()
    expect(lights).to_have_attribute("src", f"{server.url}/media/{moving.replace('.webp', '-moving.webp')}")
    server.api("PATCH", f"/blogs/{slug}/posts/{post['id']}", {"body": "Look here"})
    expect(page.get_by_text("Look here")).to_be_visible()
    page.get_by_role("link", name="Stop the animation").click()
    expect(lights).to_have_attribute("src", f"/media/{moving}")


SHAPES = [(700, 500), (500, 700), (1600, 200), (60, 40), (300, 1200), (800, 800), (720, 500)]
SHELVES = """() => [...document.querySelectorAll(".shelf")].map((shelf) => {
  const { left, right } = shelf.getBoundingClientRect();
  const boxes = [...shelf.querySelectorAll(".large")].map((each) => each.getBoundingClientRect());
  return { left, right, edges: boxes.map((box) => [box.left, box.right]), heights: boxes.map((box) => box.height) };
})"""


def test_a_gallery_has_no_holes_and_its_pictures_open_large(server: LiveServer, slug: str, visit: Visit) -> None:
    names = [upload(server, slug, photo(width, height)) for width, height in SHAPES]
    media = [{"name": name, "alt": f"Picture {n}", "caption": f"Caption {n}"} for n, name in enumerate(names)]
    server.api("POST", f"/blogs/{slug}/posts", {"headline": "The one before", "body": "Doors"})
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Look", "media": media}).json()["id"]
    page = visit(f"{server.url}/live/{slug}", viewport={"width": 1000, "height": 800})
    shelves = page.evaluate(SHELVES)
    assert sum(len(shelf["edges"]) for shelf in shelves) == len(SHAPES)
    for shelf in shelves:
        assert max(shelf["heights"]) - min(shelf["heights"]) < 1.5
        ends = [shelf["left"], *(edge for pair in shelf["edges"] for edge in pair), shelf["right"]]
        gaps = [after - before for before, after in zip(ends[::2], ends[1::2], strict=True)]
        assert max(gaps) < 10  # CSS pixels: the gap between two pictures, and no more at the ends

    first = page.locator(f"#post-{post} .large").first
    first.focus()
    page.keyboard.press("Enter")
    view = page.get_by_role("dialog", name="Picture 1 of 7")
    expect(view.get_by_role("img", name="Picture 0")).to_have_attribute("src", f"{server.url}/media/{names[0]}")
    expect(view).to_contain_text("Caption 0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    wide = page.get_by_role("dialog", name="Picture 3 of 7")
    expect(wide).to_contain_text("Caption 2")
    assert wide.get_by_role("img").evaluate("image => image.getBoundingClientRect().width") <= 1000
    wide.get_by_role("button", name="Actual size").click()
    assert wide.get_by_role("img").evaluate("image => image.getBoundingClientRect().width") == 1600
    sound(page, "dialog")

    server.api("PATCH", f"/blogs/{slug}/posts/{post}", {"media": media[1:]})  # while it is open
    expect(page.get_by_role("dialog", name="Picture 2 of 6")).to_contain_text("Caption 2")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator(f"#post-{post} .large").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_be_visible()
    server.api("DELETE", f"/blogs/{slug}/posts/{post}")
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.get_by_role("heading", name="The one before")).to_be_focused()


def test_a_video_loads_only_after_a_click_and_keeps_playing_when_its_post_is_corrected(
    server: LiveServer, slug: str, chromium: Browser
) -> None:
    asked: list[str] = []
    context = context_of(chromium, viewport={"width": 390, "height": 800})
    try:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url) if server.url not in request.url else None)
        post = server.api("POST", f"/blogs/{slug}/posts", {"body": f"Once more.\n\n[The speech]({VIDEO})"}).json()
        page.goto(f"{server.url}/live/{slug}")
        link = page.get_by_role("link", name="The speech YouTube")
        expect(link).to_have_attribute("href", VIDEO)
        expect(page.locator("#connection")).to_have_text("Updates arrive by themselves")
        assert not asked
        link.focus()
        page.keyboard.press("Enter")
        player = page.get_by_title("The speech YouTube")
        expect(player).to_be_visible()
        until(lambda: page.evaluate("1") and asked)
        assert asked == ["https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"]
        player.evaluate("frame => { frame.isTheSame = true; }")
        path = f"/blogs/{slug}/posts/{post['id']}"
        edit = {"headline": "Again", "body": f"Once more, in full.\n\n[The speech]({VIDEO})\n\nFour minutes."}
        server.api("PATCH", path, edit)
        expect(page.get_by_text("Four minutes.")).to_be_visible()
        expect(page.get_by_role("heading", name="Again")).to_be_visible()
        expect(page.get_by_text("Once more.", exact=True)).to_have_count(0)
        server.api("PUT", f"/blogs/{slug}/pin", {"post": post["id"]})
        expect(page.locator("#pin iframe")).to_be_visible()
        server.api("PUT", f"/blogs/{slug}/pin", {"post": None})
        expect(page.locator("#posts iframe")).to_be_visible()
        expect(player).to_be_focused()
        assert player.evaluate("frame => frame.isTheSame")
        assert len(asked) == 1  # it was not loaded again
        refused = page.evaluate(FOREIGN)
        assert refused == ["frame-src", "https://example.org"]
    finally:
        context.close()


def test_where_the_script_does_not_come_a_picture_is_a_link_to_itself(
    server: LiveServer, slug: str, visit: Visit
) -> None:
    name = upload(server, slug, photo(800, 600))
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Look", "media": [{"name": name, "alt": "The hall"}]})
    page = visit(f"{server.url}/live/{slug}", go=False)
    page.route("**/large_picture.bundle.js", lambda route: route.abort())
    page.goto(f"{server.url}/live/{slug}")
    page.locator(".large").first.click()
    page.wait_for_url(f"{server.url}/media/{name}")


def test_without_scripts_a_picture_is_a_link_to_itself(server: LiveServer, slug: str, visit: Visit) -> None:
    name = upload(server, slug, photo(900, 600))
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Look", "media": [{"name": name, "alt": "The carpet"}]})
    page = visit(f"{server.url}/live/{slug}", java_script_enabled=False)
    expect(page.get_by_role("link", name="The carpet")).to_have_attribute("href", f"/media/{name}")


def test_without_scripts_a_card_is_a_link(server: LiveServer, slug: str, visit: Visit) -> None:
    server.api("POST", f"/blogs/{slug}/posts", {"body": VIDEO})
    page = visit(f"{server.url}/live/{slug}", java_script_enabled=False)
    expect(page.get_by_role("link", name="youtube.com/watch?v=dQw4w9WgXcQ YouTube")).to_have_attribute("href", VIDEO)
