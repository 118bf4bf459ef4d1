"""The desk's timeline in real Chromium: finding updates, what was retracted, pictures, the way back to the newest."""

from __future__ import annotations

import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import sound
from tests.browser.desk import dialog, post, press, row
from tests.live_server import LiveServer
from tests.photos import photo


def rows(page: Page) -> Locator:
    return page.locator("#posts > li")


def upload(server: LiveServer, slug: str, picture: bytes) -> str:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "image/jpeg"}
    sent = requests.post(f"{server.url}/api/v1/blogs/{slug}/media", picture, headers=headers, timeout=60)
    return str(sent.json()["name"])


def test_updates_are_found_by_kind_and_words_and_the_keyboard_keeps_its_place(
    server: LiveServer, slug: str, desk: Page
) -> None:
    server.api("POST", f"/blogs/{slug}/posts", {"body": "In the hall", "headline": "Gascón", "byline": "Ana"})
    wrong = post(server, slug, "A false rumour")
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    show, search = desk.get_by_label("Which updates"), desk.get_by_label("Search the timeline")
    found = desk.locator("#find [role=status]")
    expect(rows(desk)).to_have_count(4)
    show.select_option("Results")
    expect(rows(desk)).to_have_count(1)
    expect(row(desk, "Best Director: Sean Baker")).to_be_visible()
    show.select_option("Mine")
    expect(row(desk, "Gascón")).to_be_visible()
    expect(found).to_have_text("1 found")
    press(desk, "Show all")
    expect(rows(desk)).to_have_count(4)
    expect(desk.get_by_role("heading", name="Timeline")).to_be_focused()
    desk.keyboard.press("f")
    desk.keyboard.type("RUMOUR false")
    expect(rows(desk)).to_have_count(1)
    press(row(desk, "A false rumour"), "Retract")
    expect(dialog(desk)).to_contain_text("Editors still see it in the history, until an admin purges it.")
    press(dialog(desk), "Retract")
    gone = desk.locator("#posts > li.retracted")
    expect(gone).to_contain_text("A false rumour")
    expect(gone).to_contain_text("by Ana")
    expect(row(desk, "A false rumour")).to_have_count(0)  # its headline is no heading: it is no update any more
    expect(gone.get_by_role("heading", name="Retracted")).to_be_focused()
    sound(desk)
    press(gone, "History")
    expect(dialog(desk)).to_contain_text("As it was.")
    press(dialog(desk), "Close")
    search.fill("nothing of this kind")
    expect(desk.get_by_text("No update fits.")).to_be_visible()
    search.fill("")
    show.select_option("Results")
    press(row(desk, "Best Director: Sean Baker"), "Retract")
    press(dialog(desk), "Retract")
    expect(desk.get_by_text("No update fits.")).to_be_visible()
    expect(desk.get_by_role("heading", name="Timeline")).to_be_focused()  # its row is not shown any more
    show.select_option("Retracted")
    expect(rows(desk)).to_have_count(2)
    assert server.api("GET", f"/blogs/{slug}/posts/{wrong['id']}").json()["retracted"]


def test_pictures_are_small_and_captions_apart_and_the_newest_are_a_press_away(
    server: LiveServer, slug: str, desk: Page
) -> None:
    tall, wide = upload(server, slug, photo(400, 1200)), upload(server, slug, photo(1600, 900))
    media = [{"name": tall, "alt": "Tall"}, {"name": wide, "alt": "Wide", "caption": "A caption", "credit": "Ana"}]
    server.api("POST", f"/blogs/{slug}/posts", {"headline": "Pictures", "body": "Only text.", "media": media})
    pictures = row(desk, "Pictures")
    expect(pictures.locator(".text")).to_have_text("Only text.")
    expect(pictures.locator(".thumbs li").last).to_have_text("A caption · Ana")
    sound(desk)
    for name, proportion in (("Tall", 1 / 3), ("Wide", 16 / 9)):
        image = pictures.get_by_role("img", name=name)
        expect(image).to_have_js_property("complete", True)
        width, height = image.evaluate("one => [one.offsetWidth, one.offsetHeight]")
        assert height <= 80
        assert abs(width / height - proportion) < 0.05  # no hole beside it
        assert image.evaluate("one => one.naturalWidth") < 700
    for number in range(12):
        post(server, slug, f"Number {number}")
    expect(row(desk, "Number 11")).to_be_visible()
    newest = desk.locator(".to-newest")
    expect(newest).to_be_hidden()
    row(desk, "Number 0").scroll_into_view_if_needed()
    expect(newest).to_be_visible()
    expect(newest).to_have_text("To the newest")
    post(server, slug, "Just in")
    expect(newest).to_have_text("1 new · to the newest")
    newest.click()
    expect(row(desk, "Just in")).to_be_in_viewport()
    expect(newest).to_be_hidden()
