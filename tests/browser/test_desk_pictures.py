"""Pictures in the desk's composer: chosen, dropped, pasted, described, put in order."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.axe import sound
from tests.browser.desk import dialog, press, row
from tests.live_server import LiveServer
from tests.photos import animation, photo, with_iptc

pytestmark = pytest.mark.browser
MOUNT = """async () => {
  const at = "/static/js/desk";
  const [{ Pictures }, { uploader }, { Session }] = await Promise.all(
    ["pictures", "upload", "api"].map((name) => import(`${at}/${name}.js`)));
  const { blog, csrf, who } = document.getElementById("desk").dataset;
  const form = document.createElement("form");
  form.id = "with-pictures";
  form.append(document.createElement("textarea"), document.createElement("div"));
  form.firstChild.setAttribute("aria-label", "Some text");
  document.querySelector("main").prepend(form);
  const upload = uploader(new Session(csrf, `/desk/${blog}/session`, who), `/api/v1/blogs/${blog}/media`);
  window.pictures = new Pictures(form.lastChild, { upload });
}"""
HAND_OVER = """([how, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const options = { bubbles: true, cancelable: true };
  const event = how === "paste" ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
    : new DragEvent("drop", { ...options, dataTransfer: transfer });
  document.querySelector("#with-pictures textarea").dispatchEvent(event);
}"""


def hand_over(page: Page, how: str, name: str, type: str, data: bytes) -> None:
    page.evaluate(HAND_OVER, [how, name, type, base64.b64encode(data).decode()])


def test_pictures_of_a_post(open_desk: Callable[..., Page]) -> None:
    page = open_desk(viewport={"width": 390, "height": 900})
    page.evaluate(MOUNT)
    form = page.locator("#with-pictures")
    rows = form.locator(".roll > li")

    def media() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = page.evaluate("pictures.media()")
        return found

    with page.expect_file_chooser() as chooser:
        form.get_by_role("button", name="Add pictures").click()
    chooser.value.set_files(FilePayload(name="red.jpg", mimeType="image/jpeg", buffer=photo()))
    expect(rows.locator("textarea")).to_have_count(1)
    hand_over(page, "drop", "lights.gif", "image/gif", animation())
    expect(rows.locator("textarea")).to_have_count(2)
    hand_over(page, "paste", "image.png", "image/png", photo(format="PNG"))
    expect(rows).to_have_count(3)
    expect(rows.locator("textarea")).to_have_count(3)
    expect(rows.first.locator("img")).to_have_js_property("complete", True)
    assert not page.evaluate("pictures.busy()")

    assert media() == []  # none has its alternative text yet
    complete = "document.getElementById('with-pictures').reportValidity()"  # as the composer asks before it sends
    assert not page.evaluate(complete)
    expect(rows.nth(0).locator("textarea")).to_be_focused()
    for number, words in enumerate(("Red over blue", "Lights", "Pasted")):
        rows.nth(number).locator("textarea").fill(words)
    rows.nth(0).get_by_label("Credit").fill("Photo: Ana")
    assert page.evaluate(complete)
    assert [each["alt"] for each in media()] == ["Red over blue", "Lights", "Pasted"]
    assert media()[0]["credit"] == "Photo: Ana"

    rows.nth(2).locator("textarea").press("Alt+ArrowUp")
    expect(rows.nth(1).locator("textarea")).to_be_focused()
    rows.nth(0).get_by_role("button", name="Later").press("Enter")
    assert [each["alt"] for each in media()] == ["Pasted", "Red over blue", "Lights"]
    rows.nth(2).get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(2)

    hand_over(page, "drop", "red.jpg", "image/jpeg", photo())
    expect(form.get_by_role("alert")).to_contain_text("there already")
    hand_over(page, "drop", "broken.jpg", "image/jpeg", photo()[:-900])
    expect(rows.nth(2)).to_contain_text("cut off")
    rows.nth(2).get_by_role("button", name="Remove").click()
    hand_over(page, "drop", "a.svg", "image/svg+xml", b"<svg/>")
    expect(form.get_by_role("alert")).to_contain_text("export this drawing as PNG")
    sound(page, "#with-pictures")


def test_a_file_with_the_name_of_another_format_is_taken_after_one_more_press(open_desk: Callable[..., Page]) -> None:
    page = open_desk()
    page.evaluate(MOUNT)
    rows = page.locator("#with-pictures .roll > li")
    hand_over(page, "drop", "IMG_1.HEIC", "image/heic", photo(401))
    expect(rows.locator("textarea")).to_have_count(1)
    hand_over(page, "drop", "still.png", "image/png", photo(402))
    expect(rows.nth(1)).to_contain_text("it is a JPEG")
    sound(page, "#with-pictures")
    rows.nth(1).get_by_role("button", name="It is a JPEG: use it anyway").click()
    expect(rows.locator("textarea")).to_have_count(2)


def test_what_a_file_says_of_itself_is_offered_and_not_used_by_itself(open_desk: Callable[..., Page]) -> None:
    page = open_desk(viewport={"width": 390, "height": 900})
    page.evaluate(MOUNT)
    row = page.locator("#with-pictures .roll > li")
    texts = ((2, 120, b"Guests <b>arrive</b>"), (2, 80, b"Ana Ruiz"), (2, 110, b"Wire"), (2, 116, b"(c) Wire"))
    hand_over(page, "drop", "guests.jpg", "image/jpeg", with_iptc(*texts))
    caption, credit = row.get_by_label("Caption"), row.get_by_label("Credit")
    expect(row.get_by_role("button", name="Use Guests <b>arrive</b>")).to_be_visible()
    expect(caption).to_have_value("")
    sound(page, "#with-pictures")
    row.get_by_role("button", name="Use Guests").click()
    expect(caption).to_have_value("Guests <b>arrive</b>")
    expect(caption).to_be_focused()
    expect(row.get_by_role("button", name="Use Guests")).to_be_hidden()
    row.get_by_role("button", name="Use Ana Ruiz / Wire").click()
    row.get_by_role("button", name="Use (c) Wire").click()
    expect(credit).to_have_value("(c) Wire")
    row.locator("textarea").fill("Two guests")
    found = page.evaluate("pictures.media()")[0]
    assert found | {"name": ""} == {
        "name": "",
        "alt": "Two guests",
        "caption": "Guests <b>arrive</b>",
        "credit": "(c) Wire",
    }


def uploaded(server: LiveServer, slug: str, width: int) -> str:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "image/jpeg"}
    sent = requests.post(f"{server.url}/api/v1/blogs/{slug}/media", photo(width), headers=headers, timeout=60)
    return str(sent.json()["name"])


def test_a_picture_is_deleted_while_its_update_is_edited(
    open_desk: Callable[..., Page], visit: Callable[..., Page], server: LiveServer, slug: str
) -> None:
    name = uploaded(server, slug, 611)
    text = {"headline": "The carpet", "body": "It is red.", "media": [{"name": name, "alt": "A carpet"}]}
    server.api("POST", f"/blogs/{slug}/posts", text)
    reader = visit(f"{server.url}/live/{slug}")
    expect(reader.get_by_alt_text("A carpet")).to_have_count(1)
    page = open_desk()
    press(row(page, "The carpet"), "Edit")
    rows = page.locator("#pictures .roll > li")
    expect(rows).to_have_count(1)
    press(rows, "Delete…")
    expect(dialog(page)).to_contain_text("Readers lose it at once")
    expect(dialog(page).get_by_role("button", name="Cancel")).to_be_focused()
    sound(page, "dialog")
    press(dialog(page), "Cancel")
    expect(rows).to_have_count(1)
    press(rows, "Delete…")
    press(dialog(page), "Delete for good")
    expect(rows).to_have_count(0)
    expect(page.get_by_text("The picture is deleted.")).to_be_visible()
    expect(reader.get_by_alt_text("A carpet")).to_have_count(0)
    expect(reader.get_by_text("It is red.")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("It was red.")
    page.locator("#composer [type=submit]").click()
    expect(reader.get_by_text("It was red.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_contributor_deletes_only_what_they_uploaded(
    open_desk: Callable[..., Page], server: LiveServer, slug: str
) -> None:
    page = open_desk("Cleo", "contributor")
    files = [FilePayload(name="mine.jpg", mimeType="image/jpeg", buffer=photo(612))]
    page.locator("#pictures input[type=file]").first.set_input_files(files)
    rows = page.locator("#pictures .roll > li")
    expect(rows.get_by_role("button", name="Delete…")).to_be_visible()
    uploaded(server, slug, 613)
    files = [FilePayload(name="theirs.jpg", mimeType="image/jpeg", buffer=photo(613))]
    page.locator("#pictures input[type=file]").first.set_input_files(files)
    expect(rows.locator("textarea")).to_have_count(2)
    press(rows.nth(1), "Delete…")  # this desk cannot know who had sent the same file before
    press(dialog(page), "Delete for good")
    expect(dialog(page).get_by_role("alert")).to_contain_text("Only an editor, or the person who uploaded it")
    press(dialog(page), "Cancel")
    press(rows.nth(0), "Delete…")
    press(dialog(page), "Delete for good")
    expect(rows).to_have_count(1)
