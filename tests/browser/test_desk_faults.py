"""Faults of the server and of proxies only delay an act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.desk import connected, outbox, press, published, row, write
from tests.live_server import LiveServer

FAULTS: list[dict[str, Any]] = [
    {"status": 500, "json": {"code": "internal_server_error", "detail": "…"}},
    {"status": 502, "body": "<h1>Bad Gateway</h1>", "content_type": "text/html"},
    {"status": 403, "body": "<h1>Blocked</h1>", "content_type": "text/html"},
    {"status": 200, "body": "<h1>Welcome to our network</h1>", "content_type": "text/html"},
]


def test_an_act_that_meets_a_fault_waits_and_is_done_once(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = connected(open_desk())
    faults = [*FAULTS]
    away = True

    def answer(route: Route) -> None:
        if route.request.method != "POST" or not (away or faults):
            route.continue_()
        else:
            route.fulfill(**(faults.pop(0) if faults else FAULTS[1]))

    page.route("**/api/v1/blogs/*/posts", answer)
    write(page, "Doors open")
    press(page, "Publish")
    expect(outbox(page)).to_contain_text("Waiting for an answer")
    page.reload()
    expect(outbox(page)).to_contain_text("Waiting for an answer")
    assert published(server, slug, "Doors open") == []
    away = False
    expect(row(page, "Doors open")).to_be_visible()
    assert len(published(server, slug, "Doors open")) == 1
