"""Scripts in every field, in real Chromium: nothing of them runs, and nothing even tries to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect

from liveblog.store.accounts import Account
from liveblog.store.people import People
from liveblog.web.cookies import COOKIE
from tests.adversaries.test_injection import RAW, SCRIPTS, slugs
from tests.browser.conftest import context_of
from tests.live_server import LiveServer

__all__ = ["slugs"]
pytestmark = pytest.mark.browser


@contextmanager
def watched(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what tried to run in it."""
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "violates" in message.text:
            wrong.append(message.text)

    def asked(dialog: Dialog) -> None:
        wrong.append(dialog.message)
        dialog.dismiss()

    context = context_of(chromium)
    page = context.new_page()
    page.on("console", said)
    page.on("dialog", asked)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page, wrong
    context.close()


def test_a_browser_runs_nothing_either(server: LiveServer, slugs: list[str], chromium: Browser) -> None:
    with watched(chromium) as (page, wrong):
        page.goto(f"{server.url}/live/{slugs[0]}")
        server.api("POST", f"/blogs/{slugs[0]}/posts", {"headline": SCRIPTS[1], "body": f"{SCRIPTS[0]} the last one"})
        expect(page.get_by_text("the last one").first).to_be_visible()  # it came by push
    assert wrong == []


def test_nothing_runs_at_the_desk_either(server: LiveServer, slugs: list[str], chromium: Browser) -> None:
    """Its scripts build their rows from the same texts; the names of people and programs are vectors, too."""
    people = People(server.store)
    for number, vector in enumerate(RAW[::4]):
        people.accounts.put(Account(name=f"{number}{vector}"[:80].strip(), role="editor"))
        people.tokens.add(f"{number}{vector}"[:80].strip(), "editor")
    name = f"Ana {SCRIPTS[1]}"
    people.accounts.put(Account(name=name, role="admin"))
    with watched(chromium) as (page, wrong):
        page.context.add_cookies([{"name": COOKIE, "value": people.sessions.open(name), "url": server.url}])
        for path in ("people", "log", f"{slugs[1]}/setup", slugs[1]):
            page.goto(f"{server.url}/desk/{path}")
            expect(page.get_by_text(name).first).to_be_attached()
        server.api("POST", f"/blogs/{slugs[1]}/posts", {"headline": SCRIPTS[1], "body": f"{SCRIPTS[0]} the last one"})
        expect(page.get_by_text("the last one").first).to_be_attached()
    assert wrong == []
