"""The desk in real Chromium: a night's work, bad connections, colleagues, by keyboard and by thumb."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from liveblog.store.accounts import Account
from liveblog.store.people import People
from liveblog.web.cookies import COOKIE
from liveblog.web.passwords import hashed
from tests.browser.axe import sound_by_day_and_by_night
from tests.browser.conftest import MOVING, Visit
from tests.browser.desk import connected, dialog, outbox, post, press, published, row, stage, text, write
from tests.live_server import LiveServer, live_server, until

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"


# -- a night's work


def test_from_the_first_link_to_a_readers_page_by_keyboard_alone(visit: Visit) -> None:
    with live_server("serve") as server:
        log = server.data.parent / "log"
        link = until(lambda: re.search(r"sign-in, once: (\S+)\n", log.read_text()))[1]
        page = visit(link)
        keys = page.keyboard

        def tab_to(target: Locator) -> None:
            for _ in range(40):
                if target.evaluate("e => e === document.activeElement"):
                    return
                keys.press("Tab")
            raise AssertionError("the keyboard does not get there")

        expect(page.get_by_label("Name")).to_be_focused()
        keys.type("Ana Torres")
        tab_to(page.get_by_label("Password"))
        keys.type(PASSWORD)
        keys.press("Enter")
        expect(page.get_by_role("heading", name="Blogs", exact=True)).to_be_visible()
        tab_to(page.get_by_role("link", name="New blog"))
        keys.press("Enter")
        expect(page.locator("[name=title]")).to_be_focused()
        keys.type("The night")
        tab_to(page.get_by_label("Address"))
        keys.type("night")
        keys.press("Enter")
        tab_to(page.get_by_label("Name", exact=True))
        for name, nominees in (("Best Director", "Sean Baker | Anora"), ("Best Picture", "Anora")):
            page.get_by_text("Add a category", exact=True).press("Enter") if name == "Best Picture" else None
            page.locator("details:has(> summary:text-is('Add a category')) [name=name]").focus()
            keys.type(name)
            keys.press("Tab")
            keys.type(nominees)
            keys.press("Tab")
            keys.press("Enter")
            expect(page.get_by_role("heading", name=name)).to_be_visible()
        tab_to(page.get_by_role("button", name="Move Best Picture up"))
        keys.press("Alt+ArrowUp")
        expect(page.locator("#moved")).to_have_text("Best Picture is number 1 now.")
        assert server.state("night")["objects"][-1]["order"] == ["best-picture", "best-director"]
        tab_to(page.get_by_role("link", name="To the desk"))
        keys.press("Enter")
        expect(page.get_by_text("Nothing is published yet.")).to_be_visible()
        reader = visit(f"{server.url}/live/night")
        tab_to(page.get_by_label("Headline"))
        keys.type("Doors open")
        tab_to(text(page))
        keys.type("The first cars *arrive*.")
        keys.press("Control+Enter")
        expect(row(page, "Doors open")).to_be_visible()
        expect(page.locator("#told")).to_contain_text("Published")
        expect(page.get_by_label("Headline")).to_have_value("")
        expect(page.get_by_label("Byline")).to_have_value("Ana Torres")
        expect(reader.get_by_role("heading", name="Doors open")).to_be_visible()
        tab_to(row(page, "Doors open").get_by_role("button", name="Retract"))
        keys.press("Enter")
        expect(dialog(page)).to_be_visible()
        keys.press("Enter")  # focus is on Cancel: Enter alone retracts nothing
        expect(dialog(page)).to_have_count(0)
        expect(row(page, "Doors open").get_by_role("button", name="Retract")).to_be_focused()
        keys.press("Enter")
        tab_to(dialog(page).get_by_role("button", name="Retract"))
        expect(dialog(page).get_by_role("button", name="Retract")).to_be_enabled()  # it has just appeared
        keys.press("Enter")
        expect(row(page, "Doors open")).to_have_count(0)
        expect(reader.get_by_role("heading", name="Doors open")).to_have_count(0)


def test_preview_then_edit_with_a_correction(server: LiveServer, slug: str, newcomer: Visit, desk: Page) -> None:
    reader = newcomer(f"{server.url}/live/{slug}")
    write(desk, "Red carpet", "Mikey Madison in **pink**.")
    desk.get_by_label("Key moment").check()
    press(desk, "Preview")
    seen = desk.locator("#preview article")
    expect(seen.get_by_role("heading", name="Red carpet")).to_be_visible()
    expect(seen.locator("strong")).to_have_text("pink")
    text(desk).press("End")
    desk.keyboard.type(" She waves.")
    expect(seen).to_contain_text("She waves.")  # as it is typed
    expect(seen).to_have_css("font-family", re.compile("Iowan"))  # in the readers' own style
    press(desk, "Publish")
    expect(desk.locator("#told")).to_contain_text("Published")  # the composer is free for the next text
    expect(row(desk, "Red carpet")).to_contain_text("key moment")
    press(row(desk, "Red carpet"), "Edit")
    expect(desk.get_by_label("Key moment")).to_be_checked()
    text(desk).fill("Mikey Madison in **black**.")
    desk.get_by_label("Correction for readers").fill("It was not pink")
    press(desk, "Save")
    expect(row(desk, "Red carpet")).to_contain_text("Correction: It was not pink")
    expect(desk.get_by_role("heading", name="New update")).to_be_visible()
    expect(reader.get_by_text("It was not pink")).to_be_visible()
    expect(reader.locator("strong", has_text="black")).to_be_visible()


def test_pin_and_unpin(server: LiveServer, slug: str, desk: Page) -> None:
    post(server, slug, "Keep this")
    press(row(desk, "Keep this"), "Pin")
    expect(dialog(desk)).to_contain_text("The preview “Before the show” moves to second place.")
    press(dialog(desk), "Cancel")
    expect(row(desk, "Before the show")).to_contain_text("pinned")
    press(row(desk, "Keep this"), "Pin")
    press(dialog(desk), "Pin")
    expect(row(desk, "Keep this")).to_contain_text("pinned")
    expect(row(desk, "Before the show")).not_to_contain_text("pinned")
    expect(row(desk, "Keep this").get_by_role("heading", name="Keep this")).to_be_focused()
    post(server, slug, "And this")
    press(row(desk, "And this"), "Pin")  # the preview does not lose anything
    expect(row(desk, "And this")).to_contain_text("pinned")
    press(row(desk, "And this"), "Unpin")
    expect(row(desk, "And this")).not_to_contain_text("pinned")
    expect(desk.locator("#told")).to_contain_text("Unpinned.")


def test_the_night_begins_and_ends(server: LiveServer, newcomer: Visit, desk: Page, slug: str) -> None:
    server.api("PATCH", f"/blogs/{slug}", {"status": "preview"})
    reader = newcomer(f"{server.url}/live/{slug}")
    for before, label, after in (("Before the show", "Start the night", "Live"), ("Live", "End the night", "Ended")):
        expect(desk.locator("#status")).to_have_text(before)
        press(desk.locator(".night"), label)
        press(dialog(desk), label)
        expect(desk.locator("#status")).to_have_text(after)
        expect(reader.locator("#status")).to_have_text(after)


# -- beside others


def test_colleagues_acts_appear_without_disturbing_anybody(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = connected(open_desk(**MOVING))
    write(page, "Half a thou", "I was just about to")
    page.get_by_label("Category").select_option("picture")
    text(page).press("End")
    post(server, slug, "From a colleague")
    server.api("POST", f"/blogs/{slug}/categories/director/on-stage")
    expect(row(page, "From a colleague")).to_be_visible()
    expect(row(page, "Best Director")).to_contain_text("On stage now")
    expect(text(page)).to_be_focused()
    page.keyboard.type(" say")
    expect(text(page)).to_have_value("I was just about to say")
    expect(page.get_by_label("Category")).to_have_value("picture")


def test_two_editors_on_one_post_lose_nothing(server: LiveServer, slug: str, desk: Page) -> None:
    made = post(server, slug, "Shared", "One.\n\nTwo.")

    def meet(mine: str, theirs: str) -> Locator:
        """Save `mine` over a colleague's `theirs`."""
        press(row(desk, "Shared"), "Edit")
        text(desk).fill(mine)
        server.api("PATCH", f"/blogs/{slug}/posts/{made['id']}", {"body": theirs})
        press(desk, "Save")
        return dialog(desk)

    both = meet("Mine!", "Theirs?")
    expect(both.get_by_role("heading").first).to_have_text(  # who, and when
        re.compile(r"^editor changed this at \d\d:\d\d:\d\d\sUTC, while you were editing it$")
    )
    expect(both.get_by_label("Yours")).to_contain_text("Mine")
    expect(both.get_by_label("Theirs")).to_contain_text("Theirs")
    expect(both.get_by_label("Theirs").locator("ins")).to_contain_text("Theirs?")
    expect(both.get_by_label("Theirs").locator("del")).to_contain_text("One.")
    expect(both.get_by_role("button", name="Save both changes")).to_have_count(0)
    desk.keyboard.press("Escape")  # no decision: still editing
    expect(text(desk)).to_have_value("Mine!")
    press(desk, "Save")
    press(dialog(desk), "Keep theirs")
    expect(desk.locator(".aside pre")).to_contain_text("Mine!")
    assert published(server, slug, "Shared")[0]["body"] == "Theirs?"
    press(desk.locator(".aside"), "Use this text")
    expect(text(desk)).to_have_value("Mine!")
    press(desk, "Save")
    expect(row(desk, "Shared").locator(".text")).to_have_text("Mine!")
    expect(desk.get_by_role("heading", name="New update")).to_be_visible()
    meet("Mine again.", "Theirs again.")
    press(dialog(desk), "Save mine")
    expect(desk.locator(".aside pre")).to_contain_text("Theirs again.")
    expect(row(desk, "Shared").locator(".text")).to_have_text("Mine again.")
    server.api("PATCH", f"/blogs/{slug}/posts/{made['id']}", {"body": "One.\n\nTwo."})
    expect(row(desk, "Shared").locator(".text")).to_contain_text("Two.")
    meet("One!\n\nTwo.", "One.\n\nTwo?")
    press(dialog(desk), "Save both changes")
    expect(row(desk, "Shared").locator(".text")).to_have_text("One!\nTwo?")
    press(row(desk, "Shared"), "Retract")  # never blocked by a newer version
    server.api("PATCH", f"/blogs/{slug}/posts/{made['id']}", {"body": "And again."})
    press(dialog(desk), "Retract")
    expect(row(desk, "Shared")).to_have_count(0)


def test_a_post_retracted_while_it_is_edited_leaves_the_text(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    made = post(server, slug, "Doomed")
    page = open_desk()
    press(row(page, "Doomed"), "Edit")
    text(page).fill("Still good")
    server.api("DELETE", f"/blogs/{slug}/posts/{made['id']}")
    expect(row(page, "Doomed")).to_have_count(0)
    press(page, "Save")
    expect(page.locator("#composer-problem")).to_contain_text("was retracted while you were editing")
    expect(text(page)).to_have_value("Still good")
    press(page, "Publish")
    expect(row(page, "Doomed")).to_be_visible()


def test_editing_another_post_keeps_the_text_in_work(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    post(server, slug, "Old")
    page = open_desk()
    write(page, "Begun", "Not finished")
    press(row(page, "Old"), "Edit")
    expect(text(page)).to_have_value("As it was.")
    press(page, "Stop editing")
    press(page.locator(".aside"), "Use this text")
    expect(page.get_by_label("Headline")).to_have_value("Begun")
    expect(page.get_by_role("heading", name="New update")).to_be_visible()


def test_writing_with_keys_names_and_what_is_kept(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    server.api("POST", f"/blogs/{slug}/categories/director/on-stage")
    page = connected(open_desk())
    keys = page.keyboard
    keys.press("n")
    keys.type("A winner: @cor")
    offered = page.locator("#names [aria-selected=true]")
    expect(offered).to_contain_text("Brady Corbet")
    keys.press("ArrowDown")
    expect(offered).to_contain_text("Coralie Fargeat")
    keys.press("ArrowUp")
    keys.press("Enter")
    expect(text(page)).to_have_value("A winner: Brady Corbet ")
    keys.press("Control+b")
    keys.type("wins")
    keys.press("Control+b")
    expect(text(page)).to_have_value("A winner: Brady Corbet **wins**")
    keys.press("Control+z")
    expect(text(page)).not_to_have_value("A winner: Brady Corbet **wins**")
    text(page).fill("- one")
    keys.press("Enter")
    keys.type("two")
    press(page, "@ Names")
    keys.press("Tab")
    expect(text(page)).to_have_value("- one\n- two Sean Baker ")
    page.get_by_label("Byline").fill("Ana, on the carpet")
    page.get_by_label("Kind").select_option("notice")
    page.reload()  # nothing is lost
    expect(text(page)).to_have_value("- one\n- two Sean Baker ")
    expect(page.get_by_label("Kind")).to_have_value("notice")
    text(page).press("Control+Enter")
    expect(page.locator("#posts > li.notice")).to_contain_text("Ana, on the carpet")
    expect(text(page)).to_have_value("")
    page.get_by_label("Headline").fill("Left behind")
    page.locator("body").press("Tab")
    page.reload()
    expect(page.get_by_label("Headline")).to_have_value("Left behind")
    expect(page.get_by_label("Byline")).to_have_value("Ana, on the carpet")  # remembered
    tab = page.context.new_page()
    tab.goto(page.url)
    expect(tab.locator("#posts > li.notice")).to_be_visible()
    expect(tab.locator(".aside")).to_have_count(0)  # the text of an open tab belongs to that tab
    page.close()

    def found() -> bool:
        """A closed tab releases its text a moment later, and a page looks for such texts when it loads."""
        tab.reload()
        expect(tab.locator("#posts > li.notice")).to_be_visible()
        return tab.locator(".aside pre").count() > 0

    until(found)
    expect(tab.locator(".aside pre")).to_have_text("Left behind")
    tab.locator("main").focus()
    tab.keyboard.press("?")
    expect(dialog(tab)).to_contain_text("Choose a nominee on the stage")
    dialog(tab).get_by_label("Single keys act").uncheck()
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    expect(dialog(tab)).to_have_count(0)


def test_a_contributor_writes_and_previews(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    page = open_desk("Cleo", "contributor")
    write(page, "From Cleo", "*Mine*")
    press(page, "Preview")
    expect(page.locator("#preview em")).to_have_text("Mine")
    for name in ("Publish", "Edit", "Retract", "Pin", "Call winner", "End the night"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    text(page).press("Control+Enter")
    expect(page.locator("#told")).to_contain_text("Submitted")
    page.get_by_label("Headline").press("Enter")
    expect(page.get_by_text("An editor publishes what you submit.")).to_be_visible()
    assert not published(server, slug, "From Cleo")


# -- bad lines


def test_acts_pressed_offline_are_sent_once_and_in_order_even_after_a_reload(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    doomed = post(server, slug, "Doomed")
    page = connected(open_desk())
    page.context.set_offline(True)
    for headline in ("First from the tunnel", "Second from the tunnel", "Third, taken back"):
        write(page, headline)
        text(page).press("Control+Enter")
        expect(outbox(page)).to_contain_text(headline)
        expect(page.get_by_label("Headline")).to_have_value("")  # empty for the next one
    press(row(page, "Best Director"), "Put on stage")
    expect(row(page, "Best Director")).to_contain_text("In the outbox")
    press(row(page, "Doomed"), "Retract")
    press(dialog(page), "Retract")
    expect(outbox(page).get_by_role("listitem")).to_have_count(5)
    third = outbox(page).get_by_role("listitem").filter(has_text="Third, taken back")
    press(third, "Take back")
    expect(page.get_by_label("Headline")).to_have_value("Third, taken back")
    assert server.state(slug)["seq"] == doomed["seq"]
    page.clock.install()  # minutes in the tunnel: late updates are marked; the desk asks before it sends an old call
    page.route("**/api/v1/**", lambda route: route.abort() if route.request.method != "GET" else route.continue_())
    page.context.set_offline(False)
    page.reload()
    expect(outbox(page).get_by_role("listitem")).to_have_count(4)
    expect(page.get_by_label("Headline")).to_have_value("Third, taken back")  # restored
    page.clock.fast_forward("05:00")
    expect(outbox(page)).to_contain_text("Is it still right?")
    second = page.context.new_page()  # another tab sends too
    page.unroute("**/api/v1/**")
    second.goto(page.url)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(row(page, "Second from the tunnel")).to_be_visible()
    expect(row(page, "Doomed")).to_have_count(0)
    for headline in ("First from the tunnel", "Second from the tunnel"):
        assert len(published(server, slug, headline)) == 1
    seqs = [
        published(server, slug, headline)[0]["seq"] for headline in ("First from the tunnel", "Second from the tunnel")
    ]
    assert seqs == sorted(seqs)
    expect(outbox(page)).to_contain_text("minutes late")
    expect(outbox(page).get_by_role("listitem").first).to_contain_text("Is it still right?")  # unsent first
    expect(page.locator("#danger")).to_have_text("One act was not sent: decide about it.")
    assert server.api("GET", f"/blogs/{slug}").json()["categories"][0]["state"] == "upcoming"
    press(outbox(page).get_by_role("listitem").filter(has_text="Is it still right?"), "Send it now")
    expect(row(page, "Best Director")).to_contain_text("On stage now")
    press(outbox(page), "OK")  # one for all that went late
    expect(outbox(page)).to_have_count(0)
    expect(page.locator("#danger")).to_be_empty()
    assert not published(server, slug, "Third, taken back")


def test_a_refused_act_is_shown_and_never_lost(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    made = post(server, slug, "Shared")
    page = connected(open_desk())
    write(page, "Too long", "x" * 66_000)
    press(page, "Publish")
    expect(page.locator("#composer-problem")).to_contain_text("64 KiB")
    expect(page.get_by_label("Headline")).to_have_value("Too long")
    write(page, "", "")
    press(row(page, "Shared"), "Edit")
    text(page).fill("Mine, from the tunnel")
    page.context.set_offline(True)
    press(page, "Save")
    expect(outbox(page)).to_contain_text("Edit “Shared”")
    server.api("PATCH", f"/blogs/{slug}/posts/{made['id']}", {"body": "Theirs"})
    page.context.set_offline(False)
    expect(outbox(page)).to_contain_text("Refused: Somebody else changed this meanwhile")
    page.reload()
    press(outbox(page), "Compare")
    expect(dialog(page).get_by_label("Yours")).to_contain_text("Mine, from the tunnel")
    press(dialog(page), "Save mine")
    expect(outbox(page)).to_have_count(0)
    expect(row(page, "Shared").locator(".text")).to_have_text("Mine, from the tunnel")
    expect(page.locator(".aside pre")).to_contain_text("Theirs")


def test_a_request_whose_answer_is_lost_is_sent_again(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = open_desk()
    lost: list[APIResponse] = []

    def lose(route: Route) -> None:
        if not lost:
            lost.append(route.fetch())  # the request arrived, but the answer is lost
            route.abort()
        else:
            route.continue_()

    page.route(f"**/api/v1/blogs/{slug}/posts", lose)
    write(page, "Exactly once")
    press(page, "Publish")
    expect(row(page, "Exactly once")).to_be_visible()
    expect(page.get_by_label("Headline")).to_have_value("")
    assert len(lost) == 1
    assert len(published(server, slug, "Exactly once")) == 1


def test_pressing_twice_publishes_once(server: LiveServer, slug: str, desk: Page) -> None:
    write(desk, "Twice")
    desk.get_by_role("button", name="Publish").dblclick()
    expect(row(desk, "Twice")).to_be_visible()
    write(desk, "Begun right after")
    expect(desk.get_by_label("Headline")).to_have_value("Begun right after")
    assert len(published(server, slug, "Twice")) == 1


def test_text_typed_while_an_update_is_sent_stays(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = open_desk()
    held: list[Any] = []
    page.route(f"**/api/v1/blogs/{slug}/posts", lambda route: held.append(route))
    write(page, "Going out")
    press(page, "Publish")
    until(lambda: page.evaluate("1") and held)  # any call to the page lets Playwright deliver the request
    expect(page.get_by_role("button", name="Publishing…")).to_have_attribute("aria-busy", "true")
    text(page).fill("Some text. And more")
    held[0].continue_()
    expect(page.locator("#told")).to_contain_text("What you typed since is still here")
    expect(text(page)).to_have_value("Some text. And more")
    expect(page.get_by_role("button", name="Publish", exact=True)).not_to_have_attribute("aria-busy", "true")
    server.api("PUT", f"/blogs/{slug}/pin", {"post": None})  # so that pinning asks nothing
    expect(row(page, "Before the show")).not_to_contain_text("pinned")
    page.route(f"**/api/v1/blogs/{slug}/pin", lambda route: held.append(route))
    press(row(page, "Going out"), "Pin")
    expect(row(page, "Going out").get_by_role("button", name="Pin")).to_have_attribute("aria-busy", "true")
    until(lambda: page.evaluate("1") and len(held) == 2)
    held[1].continue_()
    expect(row(page, "Going out")).to_contain_text("pinned")


def test_a_dialog_left_with_escape_does_nothing_later(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    first, second = post(server, slug, "First"), post(server, slug, "Second")
    page = open_desk()
    press(row(page, "First"), "Retract")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    press(row(page, "Second"), "Retract")
    press(dialog(page), "Retract")
    expect(row(page, "Second")).to_have_count(0)
    assert published(server, slug, "First")[0]["id"] == first["id"]
    assert server.api("GET", f"/blogs/{slug}/posts/{second['id']}").json() == {
        "kind": "post",
        "id": second["id"],
        "seq": server.state(slug)["seq"],
        "retracted": True,
    }


def test_a_text_survives_a_sign_out_and_is_sent_after_signing_in(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = open_desk("Dora")
    people = People(server.store)
    people.accounts.put(Account(name="Dora", role="editor", password_hash=hashed(PASSWORD)))
    write(page, "Long text")
    people.sessions.close_all("Dora")
    press(page, "Publish")
    expect(outbox(page)).to_contain_text("You are signed out")
    expect(page.locator("#told")).to_have_text("In the outbox: it goes out when you have signed in.")
    write(page, "Begun meanwhile")
    expect(page.locator("#connection")).to_have_text("Signed out")
    expect(page.locator("#danger")).to_have_text("One act waits until you sign in.")
    page.locator("#posts").get_by_role("heading").last.scroll_into_view_if_needed()
    expect(page.locator("#danger")).to_be_in_viewport()
    sound_by_day_and_by_night(page)
    press(page, "Sign in")  # without leaving the page
    for password, said in (("wrong", "Name or password is wrong."), (PASSWORD, "")):
        dialog(page).get_by_label("Password").fill(password)
        press(dialog(page), "Sign in")
        if said:
            expect(dialog(page).get_by_role("alert")).to_have_text(said)
    expect(dialog(page)).to_have_count(0)
    expect(row(page, "Long text")).to_be_visible()  # sent by itself
    assert len(published(server, slug, "Long text")) == 1
    connected(page)
    expect(page.locator("#danger")).to_be_empty()
    expect(page.get_by_role("heading", level=1)).to_be_focused()  # the button that opened the question has gone
    expect(page.get_by_label("Headline")).to_have_value("Begun meanwhile")
    press(page, "Publish")  # with the new session's token
    expect(row(page, "Begun meanwhile")).to_be_visible()
    page.locator(".me summary").click()
    press(page.locator(".me"), "Sign out")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_has_no_password_to_give_comes_back_by_another_tab(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = open_desk("Dora")
    people = People(server.store)
    people.accounts.put(Account(name="Eve", role="editor", password_hash=hashed(PASSWORD)))
    people.sessions.close_all("Dora")
    write(page, "Long text")
    press(page, "Publish")
    press(page, "Sign in")
    press(dialog(page), "Sign in")
    expect(dialog(page).get_by_role("alert")).to_contain_text("sign in in another tab first")
    sound_by_day_and_by_night(page)
    with page.context.expect_page() as opened:
        dialog(page).get_by_role("link", name="sign in in another tab").click()
    tab = opened.value
    tab.get_by_label("Name").fill("Eve")
    tab.get_by_label("Password").fill(PASSWORD)
    press(tab, "Sign in")
    expect(tab.get_by_role("heading", level=1)).to_be_visible()
    press(dialog(page), "Sign in")
    expect(dialog(page).get_by_role("alert")).to_contain_text("signed in as Eve now")
    page.context.clear_cookies()
    page.context.add_cookies([{"name": COOKIE, "value": people.sessions.open("Dora"), "url": server.url}])
    press(dialog(page), "Sign in")
    expect(dialog(page)).to_have_count(0)
    expect(row(page, "Long text")).to_be_visible()


def test_signing_in_in_another_tab_does_as_well(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    page = open_desk("Dora")
    people = People(server.store)
    people.accounts.put(Account(name="Dora", role="editor", password_hash=hashed(PASSWORD)))
    write(page, "Long text")
    people.sessions.close_all("Dora")
    press(page, "Publish")
    expect(outbox(page)).to_contain_text("You are signed out")
    tab = page.context.new_page()
    tab.goto(f"{server.url}/desk/{slug}")
    tab.get_by_label("Name").fill("Dora")
    tab.get_by_label("Password").fill(PASSWORD)
    press(tab, "Sign in")
    expect(tab.locator("#posts > li").first).to_be_visible()  # back at the requested page
    expect(row(page, "Long text")).to_be_visible()  # sent by itself
    assert len(published(server, slug, "Long text")) == 1


def test_a_draft_blog_is_edited_and_then_opened(
    server: LiveServer, newcomer: Visit, open_desk: Callable[..., Page]
) -> None:
    slug = server.open("d-unseen", "draft")
    page = open_desk(path=slug)
    connected(page)
    post(server, slug, "Prepared")
    expect(row(page, "Prepared")).to_be_visible()
    press(page.locator(".night"), "Open to readers")
    press(dialog(page), "Open to readers")
    expect(page.locator("#status")).to_have_text("Before the show")
    expect(newcomer(f"{server.url}/live/{slug}").get_by_role("heading", name="Prepared")).to_be_visible()


def test_the_desk_polls_while_its_socket_is_broken(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = connected(open_desk())
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_have_text("No connection. Trying again…")
    post(server, slug, "Meanwhile")
    page.context.set_offline(False)
    expect(row(page, "Meanwhile")).to_be_visible()
    connected(page)


# -- everybody


def test_on_a_phone_by_thumb(server: LiveServer, slug: str, open_desk: Callable[..., Page]) -> None:
    page = open_desk(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    write(page, "From the carpet")
    page.get_by_role("button", name="Publish").tap()
    expect(row(page, "From the carpet")).to_be_visible()
    expect(page.locator("#board")).to_be_hidden()
    page.get_by_role("link", name="Board", exact=True).tap()
    expect(page.locator("#composer")).to_be_hidden()
    row(page, "Best Picture").get_by_role("button", name="Put on stage").tap()
    stage(page).get_by_role("button", name="Wicked").tap()
    stage(page).get_by_role("button", name="Announce").tap()
    expect(stage(page)).to_contain_text("Provisional")
    stage(page).get_by_role("button", name="Best Picture: Wicked").tap()  # the sheet is a bar again
    expect(row(page, "Best Picture")).to_contain_text("Provisional")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = """[...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, nav a")]
        .map((one) => one.closest("label.check") ?? one)
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43).map((one) => one.outerHTML)"""
    assert page.evaluate(small) == []


@pytest.mark.parametrize("path", ["sign-in", "welcome/{link}", "welcome/used"])
def test_the_sign_in_pages_are_accessible_by_day_and_by_night(server: LiveServer, newcomer: Visit, path: str) -> None:
    sound_by_day_and_by_night(
        newcomer(f"{server.url}/desk/{path.format(link=People(server.store).invitations.make('editor'))}")
    )


@pytest.mark.parametrize("path", ["", "new", "people", "account", "log", "log?blog={slug}", "{slug}/setup"])
def test_everybody_can_use_every_page_around_the_desk_by_day_and_by_night(
    server: LiveServer, slug: str, office: Visit, path: str
) -> None:
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    page = office(path.format(slug=slug))
    page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")
    sound_by_day_and_by_night(page)


def test_a_contributor_can_use_the_desk_by_day_and_by_night(slug: str, open_desk: Callable[..., Page]) -> None:
    sound_by_day_and_by_night(open_desk("Cleo", "contributor"))


def test_everybody_can_use_the_composer_by_day_and_by_night(slug: str, open_desk: Callable[..., Page]) -> None:
    page = connected(open_desk())
    page.locator(".me summary").click()
    write(page, "Begun", "# Title\n\nText")
    press(page, "Preview")
    expect(page.locator("#preview")).to_be_visible()
    sound_by_day_and_by_night(page)


def test_everybody_can_recall_a_winner_by_day_and_by_night(server: LiveServer, slug: str, desk: Page) -> None:
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    stage(desk).get_by_text("Name the right winner").click()
    sound_by_day_and_by_night(desk)


def test_everybody_can_settle_a_conflict_by_day_and_by_night(server: LiveServer, slug: str, desk: Page) -> None:
    made = post(server, slug, "Shared")
    press(row(desk, "Shared"), "Edit")
    server.api("PATCH", f"/blogs/{slug}/posts/{made['id']}", {"body": "Theirs"})
    text(desk).fill("Mine")
    press(desk, "Save")
    expect(dialog(desk)).to_be_visible()
    sound_by_day_and_by_night(desk)
