"""The desk's private side in real Chromium: drafts between people, prepared outcomes, plans, presence, history."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.axe import sound
from tests.browser.conftest import Visit
from tests.browser.desk import connected, dialog, outbox, post, press, published, row, stage, text, write
from tests.live_server import LiveServer, until

pytestmark = pytest.mark.browser


def pile(page: Page, name: str) -> Locator:
    """One of the piles of unpublished texts."""
    return page.locator("#drafts > *").filter(has=page.get_by_role("heading", name=name))


def draft(page: Page, name: str) -> Locator:
    return page.locator(".drafts > li").filter(has=page.get_by_role("button", name=name, exact=True))


def test_a_text_goes_from_a_contributor_through_an_editor_to_the_readers(
    server: LiveServer, slug: str, newcomer: Visit, open_desk: Callable[..., Page]
) -> None:
    cleo, ana = connected(open_desk("Cleo", "contributor")), connected(open_desk())
    write(cleo, "In the balcony", "They rise.")
    text(cleo).press("Control+s")
    expect(cleo.locator("#told")).to_have_text("Draft saved.")
    expect(draft(ana, "In the balcony")).to_contain_text("New")
    press(cleo.locator("#composer"), "Submit")
    expect(pile(ana, "For approval")).to_contain_text("In the balcony")
    expect(ana.locator("#news")).to_have_text("1")
    press(draft(ana, "In the balcony"), "Return")
    dialog(ana).get_by_label("Note").fill("Who rises?")
    press(dialog(ana), "Return")
    expect(draft(cleo, "In the balcony")).to_contain_text("Who rises?")
    press(cleo, "In the balcony")
    expect(cleo.locator("#note")).to_have_text("Returned: Who rises?")
    text(cleo).fill("The orchestra rises.")
    press(cleo.locator("#composer"), "Submit")
    expect(pile(ana, "For approval")).to_contain_text("In the balcony")  # the new text has arrived
    press(ana, "In the balcony")
    expect(text(ana)).to_have_value("The orchestra rises.")
    expect(ana.locator("#news")).to_be_hidden()
    expect(draft(cleo, "In the balcony")).to_contain_text("Ana is editing this")
    sound(ana)
    text(ana).fill("The whole orchestra rises.")
    reader = newcomer(f"{server.url}/live/{slug}")
    press(ana.locator("#composer"), "Publish")
    expect(reader.get_by_text("The whole orchestra rises.")).to_be_visible()
    for page in (cleo, ana):
        expect(draft(page, "In the balcony")).to_have_count(0)
        expect(row(page, "In the balcony")).to_be_visible()
    assert len(published(server, slug, "In the balcony")) == 1


def test_from_winner_known_to_published_in_two_actions(
    server: LiveServer, slug: str, newcomer: Visit, desk: Page
) -> None:
    reader = newcomer(f"{server.url}/live/{slug}")
    ready = desk.locator("#drafts details").filter(has_text="Best Director")
    ready.locator("summary").click()
    for name, headline in (("Sean Baker (Anora)", "Baker does it"), ("Brady Corbet (The Brutalist)", "Corbet it is")):
        press(ready, name)
        expect(desk.get_by_role("heading", name="Text for a winner")).to_be_visible()
        write(desk, headline, f"*{headline}*, at last.")
        press(desk.locator("#composer"), "Save")
        expect(desk.get_by_role("heading", name="New update")).to_be_visible()
    expect(ready).to_contain_text("2 of 3")
    assert "Baker does it" not in reader.content()
    best = row(desk, "Best Director")
    press(best, "Put on stage")
    expect(stage(desk).get_by_role("button", name="Sean Baker")).to_contain_text("text ready")
    desk.keyboard.press("1")  # the first action
    expect(stage(desk)).to_contain_text("Baker does it, at last.")
    sound(desk)
    expect(stage(desk).get_by_role("button", name="Announce")).to_be_enabled()
    desk.keyboard.press("Control+Enter")  # the second
    expect(reader.get_by_role("heading", name="Baker does it")).to_be_visible()
    expect(best).to_contain_text("Provisional")
    expect(desk.get_by_text("Put away")).to_be_visible()
    assert not published(server, slug, "Corbet it is")
    press(desk, "Call log")
    expect(dialog(desk)).to_contain_text("Best Director: announced Sean Baker")
    sound(desk)


def test_a_scheduled_draft_is_published_by_itself(server: LiveServer, slug: str, desk: Page) -> None:
    connected(desk)
    write(desk, "The curtain rises", "Now.")
    press(desk, "Schedule…")
    dialog(desk).get_by_label("when a category reaches a state").check()
    dialog(desk).get_by_role("combobox", name="Category").select_option("picture")
    sound(desk)
    press(dialog(desk), "Set")
    expect(desk.locator("#plan")).to_have_text("Goes out when Best Picture goes on stage.")
    press(desk.locator("#composer"), "Save")
    expect(pile(desk, "Scheduled")).to_contain_text("when Best Picture goes on stage")
    expect(desk.get_by_label("Headline")).to_have_value("")
    write(desk, "At nine", "Nine.")
    press(desk, "Schedule…")
    press(dialog(desk), "Set")
    press(desk.locator("#composer"), "Save")
    expect(pile(desk, "Scheduled")).to_contain_text("At nine")
    expect(desk.get_by_label("Headline")).to_have_value("")
    press(row(desk, "Best Picture"), "Put on stage")
    expect(row(desk, "The curtain rises")).to_be_visible()
    press(desk, "At nine")
    press(desk, "Schedule…")
    press(dialog(desk), "No longer by itself")
    press(desk, "Save draft")
    expect(pile(desk, "Drafts")).to_contain_text("At nine")


LONG = """() => {
  const later = window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => later(act, ms === 10_000 ? 600_000 : ms, ...rest);
}"""
"""Ten minutes instead of ten seconds in which a post can be undone, because the machine may be slow."""


def test_undo_history_and_restore(server: LiveServer, slug: str, newcomer: Visit, desk: Page) -> None:
    reader = newcomer(f"{server.url}/live/{slug}")
    desk.evaluate(LONG)
    write(desk, "Too soon", "Not yet.")
    press(desk, "Publish")
    expect(reader.get_by_role("heading", name="Too soon")).to_be_visible()
    expect(desk.locator("#told")).to_contain_text("had it within")
    press(desk, "Undo (U)")
    expect(reader.get_by_role("heading", name="Too soon")).to_have_count(0)
    expect(text(desk)).to_have_value("Not yet.")
    press(desk, "Close the draft")
    made = post(server, slug, "Changed", "First version.")
    server.api("PATCH", f"/blogs/{slug}/posts/{made['id']}", {"body": "Second version."})
    expect(row(desk, "Changed").locator(".text")).to_have_text("Second version.")
    press(row(desk, "Changed"), "History")
    expect(dialog(desk).locator("ins")).to_have_text("Second")
    sound(desk)
    dialog(desk).locator(".history-list button").last.click()
    press(dialog(desk), "Restore this version")
    expect(dialog(desk)).to_have_count(1)
    expect(dialog(desk).locator("del")).to_have_text("Second")  # what will change
    expect(dialog(desk).locator("ins")).to_have_text("First")
    sound(desk)
    press(dialog(desk), "Cancel")  # back in the history
    press(dialog(desk), "Restore this version")
    press(dialog(desk), "Restore")
    expect(row(desk, "Changed").locator(".text")).to_have_text("First version.")
    expect(dialog(desk)).to_have_count(0)
    server.api("PATCH", f"/blogs/{slug}/posts/{made['id']}", {"body": "Third.", "correction": "It was no version"})
    expect(row(desk, "Changed")).to_contain_text("It was no version")
    press(row(desk, "Changed"), "History")
    dialog(desk).locator(".history-list button").nth(1).click()
    press(dialog(desk), "Restore this version")
    note = dialog(desk).get_by_label("Correction for readers")
    expect(note).to_have_value("An earlier correction was wrong: “It was no version”")
    note.fill("")  # the text would contradict the correction below it
    press(dialog(desk), "Restore")
    expect(dialog(desk)).to_be_visible()
    note.fill("It was a version after all")
    press(dialog(desk), "Restore")
    expect(row(desk, "Changed").locator(".correction-note")).to_have_text(
        ["Correction: It was no version", "Correction: It was a version after all"]
    )
    expect(row(desk, "Changed").locator(".text")).to_have_text("First version.")
    expect(desk.locator("#readers")).to_have_text("1")


def test_an_admin_purges_a_retracted_update(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    made = post(server, slug, "A false name")
    server.api("DELETE", f"/blogs/{slug}/posts/{made['id']}")
    editor, admin = open_desk(), open_desk("Ada", "admin")
    for page in (editor, admin):
        press(page.locator("#posts > li.retracted"), "History")
        expect(dialog(page)).to_contain_text("As it was.")
        expect(dialog(page).get_by_role("button", name="Restore this version")).to_have_count(0)
    expect(dialog(editor).get_by_role("button", name="Purge…")).to_have_count(0)
    press(dialog(admin), "Purge…")
    expect(dialog(admin)).to_contain_text("This cannot be undone.")
    sound(admin)
    press(dialog(admin), "Purge")
    expect(admin.locator("#told")).to_have_text("Purged.")
    for page in (editor, admin):
        expect(page.locator("#posts > li.retracted")).to_have_count(0)
    assert len(server.api("GET", f"/blogs/{slug}/posts/{made['id']}/history").json()["versions"]) == 1


def test_who_is_here_and_what_they_edit(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    post(server, slug, "Shared")
    ana, ben = connected(open_desk()), connected(open_desk("Ben"))
    expect(ana.locator("#people")).to_contain_text("Ben")
    press(row(ana, "Shared"), "Edit")
    expect(row(ben, "Shared")).to_contain_text("Ana is editing this")
    expect(ben.locator("#people")).to_contain_text("edits “Shared”")
    ana.context.set_offline(True)
    expect(row(ben, "Shared")).not_to_contain_text("Ana is editing this")


def test_a_draft_saved_in_a_tunnel_arrives_once(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    page = connected(open_desk())
    page.context.set_offline(True)
    write(page, "From below", "Dark here.")
    press(page, "Save draft")
    expect(outbox(page)).to_contain_text("Save the draft “From below”")
    page.context.set_offline(False)
    expect(draft(page, "From below")).to_have_count(1)

    def drafts() -> list[str]:
        return [one.get("headline", "") for one in server.api("GET", f"/blogs/{slug}/drafts").json()["drafts"]]

    until(lambda: drafts() == ["From below"])


def test_a_picture_goes_from_the_camera_to_the_readers(
    server: LiveServer, slug: str, newcomer: Visit, open_desk: Callable[..., Page]
) -> None:
    page, reader = connected(open_desk()), newcomer(f"{server.url}/live/{slug}")
    shot = FilePayload(name="carpet.png", mimeType="image/png", buffer=photograph())
    write(page, "The carpet", "It is out.")
    with page.expect_file_chooser() as chooser:
        press(page, "Add pictures")
    chooser.value.set_files(shot)
    words = page.get_by_label("What it shows")
    expect(words).to_be_visible()
    press(page, "Publish")  # the browser refuses it: the picture has no alternative text
    assert not published(server, slug, "The carpet")
    words.fill("A red carpet")
    page.get_by_label("Credit").fill("Photo: Ana")
    press(page, "Preview")
    expect(page.locator("#preview").get_by_role("img", name="A red carpet")).to_be_visible()
    expect(page.locator("#preview .shelf")).to_have_css("display", "flex")  # as readers see it
    sound(page)
    press(page, "Publish")
    expect(reader.get_by_role("img", name="A red carpet")).to_be_visible()
    expect(reader.get_by_text("Photo: Ana")).to_be_visible()
    expect(page.locator(".roll > li")).to_have_count(0)
    press(row(page, "The carpet"), "Edit")
    words.fill("A long red carpet")
    press(page, "Save")
    expect(reader.get_by_role("img", name="A long red carpet")).to_be_visible()


def photograph() -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (640, 400), (160, 20, 30)).save(sink, "PNG")
    return sink.getvalue()
