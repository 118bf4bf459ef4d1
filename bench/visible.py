"""Publish → visible: the time from the click at the desk in one browser to the painted post in another one."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from rich.progress import track

from liveblog.store.accounts import Account
from liveblog.store.people import People
from liveblog.web.passwords import hashed
from tests.live_server import LiveServer, live_server

PASSWORD = "a long password"

# Both browsers use the machine's clock, so timeOrigin + now() is comparable between them.
CLOCK = "performance.timeOrigin + performance.now()"
WATCH = f"""() => {{
  window.seen = {{}};
  new MutationObserver(() => {{
    for (const post of document.querySelectorAll("#posts article")) {{
      const text = post.querySelector(".body").textContent.trim();
      if (text in seen) continue;
      seen[text] = {{ inserted: {CLOCK} }};
      requestAnimationFrame(() => {{ seen[text].painted = {CLOCK}; }});
    }}
  }}).observe(document.querySelector("#posts"), {{ childList: true, subtree: true }});
}}"""
PUBLISH = f"""(text) => {{
  const form = document.querySelector("#composer");
  form.elements.body.value = text;
  const clicked = {CLOCK};
  form.querySelector("[type=submit]").click();
  return clicked;
}}"""


def measure(posts: int) -> dict[str, Any]:
    """Milliseconds from click to inserted and to painted, for `posts` posts published one after the other."""
    with live_server("serve") as server, chromium() as one, chromium() as other:
        slug = server.open()
        desk, reader = desk_page(one, server, slug), _reader(other, server, slug)
        inserted, painted = [], []
        for number in track(range(posts), "publish → visible"):
            text = f"Update number {number}"
            clicked = desk.evaluate(PUBLISH, text)
            reader.wait_for_function("text => window.seen[text]?.painted", arg=text)
            seen = reader.evaluate("text => window.seen[text]", text)
            inserted.append(seen["inserted"] - clicked)
            painted.append(seen["painted"] - clicked)
            desk.wait_for_function("document.querySelector('#composer').elements.body.value === ''")
    return {"posts": posts, "inserted_ms": _spread(inserted), "painted_ms": _spread(painted)}


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    p95 = ordered[int(len(ordered) * 0.95)]
    return {"median": round(statistics.median(ordered), 1), "p95": round(p95, 1), "worst": round(ordered[-1], 1)}


@contextmanager
def chromium() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with _playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


_running: list[Any] = []


@contextmanager
def _playwright() -> Iterator[Any]:
    """One driver for both browsers, because the synchronous API allows only one."""
    if _running:
        yield _running[0]
        return
    with sync_playwright() as playwright:
        _running.append(playwright)
        yield playwright
        _running.clear()


def desk_page(browser: Browser, server: LiveServer, slug: str, **options: Any) -> Page:
    people = People(server.store)
    people.accounts.put(Account(name="Ada", role="admin", password_hash=hashed(PASSWORD)))
    page = browser.new_page(bypass_csp=True, **options)
    page.goto(f"{server.url}/desk/sign-in")
    page.fill("[name=name]", "Ada")
    page.fill("[name=password]", PASSWORD)
    page.click("form.card button")
    page.goto(f"{server.url}/desk/{slug}")
    page.wait_for_selector("#posts li")
    return page


def _reader(browser: Browser, server: LiveServer, slug: str) -> Page:
    page = browser.new_page(bypass_csp=True)
    page.goto(f"{server.url}/live/{slug}")
    page.wait_for_selector("#connection[data-state=live]", state="attached")
    page.evaluate(WATCH)
    return page
