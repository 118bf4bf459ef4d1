"""Real Chromium: one browser for all tests, a fresh context for each visitor. Script errors fail the test.

A test in which the browser died is repeated once.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from liveblog.store.accounts import Account, Role
from liveblog.store.people import People
from tests.live_server import LiveServer
from tests.web.office import session_of

OFF = [
    # Playwright's own list, because ours replaces it
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "LensOverlay"),
    *("HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    "PreconnectToSearch",
    # Chromium loads two pages of its own behind the address bar of each new window, which cost twice what ours costs
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    "SpareRendererForSitePerProcess",  # no process is kept ready for an address that nobody opens
]
QUIET = [
    f"--disable-features={','.join(OFF)}",
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # nothing leaves this machine
]
Visit = Callable[..., Page]
MOVING = {"reduced_motion": "no-preference"}
"""The options of a visitor without reduced motion."""
PATIENCE = 60_000
"""Milliseconds that a test waits for what it expects, because a busy machine is slow."""
FORGET = "if (location.protocol !== 'about:') { localStorage.clear(); sessionStorage.clear(); }"
BROWSER, DIED = pytest.StashKey[Browser](), pytest.StashKey[bool]()
expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Note whether the browser is dead when a test fails, because later its fixture closes it."""
    browser = item.config.stash.get(BROWSER, None)
    if call.excinfo and browser and dead(browser):
        item.stash[DIED] = True
    return (yield)


def dead(browser: Browser) -> bool:
    """Whether the browser is dead. It is asked, because `is_connected` may not have noticed yet."""
    try:
        browser.new_browser_cdp_session().detach()
    except Error:
        return True
    return False


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Repeat a test once, with new fixtures, if Chromium died in it; never if the test failed while Chromium lived.

    The server is a new one too, so that the repeated test finds nothing of the first attempt.
    """
    if "chromium" not in getattr(item, "fixturenames", ()):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if item.stash.get(DIED, False):
        with item.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"\nChromium died in {item.nodeid}; once more.", file=sys.stderr)
        with suppress(Exception):  # a dead browser may fail to close
            item.session._setupstate.teardown_exact(None)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """The browser: $CHROMIUM or one on PATH, else Playwright's own."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET, timeout=PATIENCE)
        pytestconfig.stash[BROWSER] = browser
        yield browser
        del pytestconfig.stash[BROWSER]
        browser.close()


def context_of(browser: Browser, **options: Any) -> BrowserContext:
    """A visitor's own cookies, memory and cache; keyword arguments are the context's options (viewport, offline …).

    The visitor prefers reduced motion, unless a test is about motion, because the CPU draws each frame of a movement.
    """
    usual = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
    context = browser.new_context(**{**usual, **options})
    context.set_default_timeout(PATIENCE)
    return context


def watched(page: Page, url: str, wrong: list[str]) -> Page:
    """Record what no page may do: throw an error, need what its policy forbids, or ask another host than its own."""
    home = url.split("/live/")[0].split("/desk/")[0].rstrip("/")

    def asked(request: Request) -> None:
        if not request.url.startswith((home, "data:", "blob:")):
            wrong.append(f"third party: {request.url}")

    def said(message: ConsoleMessage) -> None:
        # where a picture or XML is opened alone, it is the browser's own view that has styles
        if "Content Security Policy" in message.text and "default-src 'none'" not in message.text:
            wrong.append(f"forbidden by the page's own policy: {message.text}")

    page.on("console", said)
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    page.on("request", asked)
    return page


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open an address as a new visitor, or with `go=False` prepare to; keyword arguments as for `context_of`.

    After the test: no page may have thrown, nor have asked another host for anything.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(url: str, *, go: bool = True, **options: Any) -> Page:
        contexts.append(context_of(chromium, **options))
        page = watched(contexts[-1].new_page(), url, wrong)
        if go:
            page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong


class Shared:
    """A page that tests share, at half the cost of a new visitor. For tests that only look."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.context, self.home, self.wrong = context, home, list[str]()
        self.page = watched(context.new_page(), home, self.wrong)

    @contextmanager
    def lent(self) -> Iterator[Visit]:
        """Opens an address, full or relative to `home`, for one test."""

        def open_page(url: str) -> Page:
            self.page.goto(url if url.startswith(self.home) else self.home + url)
            return self.page

        yield open_page
        self.page.set_viewport_size({"width": 1280, "height": 900})
        wrong, self.wrong[:] = self.wrong[:], []
        assert not wrong


@pytest.fixture(scope="session")
def shared_reader(chromium: Browser, server: LiveServer) -> Iterator[Shared]:
    """A reader of the shared server without any memory of earlier visits."""
    context = context_of(chromium)
    context.add_init_script(FORGET)
    yield Shared(context, server.url)
    context.close()


@pytest.fixture
def newcomer(shared_reader: Shared) -> Iterator[Visit]:
    """Open an address of the shared server as a first-time visitor, in a page that all tests share."""
    with shared_reader.lent() as visit:
        yield visit


@pytest.fixture(scope="session")
def shared_admin(chromium: Browser, server: LiveServer) -> Iterator[Shared]:
    """An admin of the shared server, who is signed in."""
    context = context_of(chromium, storage_state=signed_in(server, f"Root {'N' * 60}", "admin"))
    yield Shared(context, f"{server.url}/desk/")
    context.close()


@pytest.fixture
def office(shared_admin: Shared) -> Iterator[Visit]:
    """Open a page around the desk as an admin, in a page that all tests share."""
    with shared_admin.lent() as visit:
        yield visit


@pytest.fixture(scope="session")
def shared_desk(chromium: Browser, server: LiveServer) -> Iterator[Shared]:
    """Ana, an editor of the shared server, who is signed in."""
    context = context_of(chromium, storage_state=signed_in(server, "Ana", "editor"))
    yield Shared(context, f"{server.url}/desk/")
    context.close()


@pytest.fixture
def desk(shared_desk: Shared, server: LiveServer, slug: str) -> Iterator[Page]:
    """The desk of the test's blog, in a page that tests share: for those that neither cut its line nor leave a text."""
    # anew, because other tests of this server sign an Ana out everywhere
    shared_desk.context.add_cookies(signed_in(server, "Ana", "editor")["cookies"])
    with shared_desk.lent() as visit:
        page = visit(slug)
        expect(page.locator("#posts > li").first).to_be_attached()
        yield page


def signed_in(server: LiveServer, name: str, role: Role) -> dict[str, Any]:
    """Sign a person in. Returns the cookies."""
    people = People(server.store)
    people.accounts.put(Account(name=name, role=role))
    cookie = {"name": "liveblog_session", "value": session_of(people, name), "domain": "127.0.0.1", "path": "/"}
    return {"cookies": [cookie | {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}]}


@pytest.fixture
def slug(server: LiveServer, request: pytest.FixtureRequest) -> str:
    """A new blog for the test."""
    return server.open("d-" + re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[-50:].strip("-"))


@pytest.fixture
def open_desk(server: LiveServer, slug: str, visit: Visit) -> Callable[..., Page]:
    """Opens the desk of the test's blog for a person who is signed in."""

    def open_it(name: str = "Ana", role: Role = "editor", path: str = slug, **options: Any) -> Page:
        page = visit(f"{server.url}/desk/{path}", storage_state=signed_in(server, name, role), **options)
        if path == slug:
            expect(page.locator("#posts > li").first).to_be_attached()
        return page

    return open_it
