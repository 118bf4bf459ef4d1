"""Real Chromium: one browser for all tests, a fresh context for each visitor; script errors fail the test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from liveblog.store.people import Account, People, Role
from tests.live_server import LiveServer

QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # nothing leaves this machine
]
Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser: $CHROMIUM or the one on PATH, else Playwright's own."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open an address as a new visitor; keyword arguments are the context's options (viewport, offline …).

    After the test: no page may have thrown, nor have asked another host for anything.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(url: str, **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        home = url.split("/live/")[0].split("/desk/")[0].rstrip("/")
        page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((home, "data:", "blob:"))
                else wrong.append(f"third party: {request.url}")
            ),
        )
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def slug(server: LiveServer, request: pytest.FixtureRequest) -> str:
    """A blog of the test's own."""
    return server.open("d-" + re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[-50:].strip("-"))


@pytest.fixture
def open_desk(server: LiveServer, slug: str, visit: Visit) -> Callable[..., Page]:
    """The desk of the test's blog, opened by somebody signed in."""

    def open_it(name: str = "Ana", role: Role = "editor", path: str = slug, **options: Any) -> Page:
        people = People(server.store)
        people.accounts.put(Account(name=name, role=role))
        cookie = {"name": "liveblog_session", "value": people.sessions.open(name), "domain": "127.0.0.1", "path": "/"}
        cookie |= {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
        page = visit(f"{server.url}/desk/{path}", storage_state={"cookies": [cookie]}, **options)
        if path == slug:
            expect(page.locator("#posts > li").first).to_be_attached()
        return page

    return open_it
