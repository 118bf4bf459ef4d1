"""Scripts in every field, in real Chromium: nothing of them runs, and nothing even tries to."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, expect

from tests.adversaries.test_injection import SCRIPTS, slugs
from tests.browser.conftest import context_of
from tests.live_server import LiveServer

__all__ = ["slugs"]
pytestmark = pytest.mark.browser


def test_a_browser_runs_nothing_either(server: LiveServer, slugs: list[str], chromium: Browser) -> None:
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
    page.goto(f"{server.url}/live/{slugs[0]}")
    server.api("POST", f"/blogs/{slugs[0]}/posts", {"headline": SCRIPTS[1], "body": f"{SCRIPTS[0]} the last one"})
    expect(page.get_by_text("the last one").first).to_be_visible()  # it came by push
    context.close()
    assert wrong == []
