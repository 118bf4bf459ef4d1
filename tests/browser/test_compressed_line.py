"""Chromium's websocket: it offers compression by itself, and a page that agreed shows what comes."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.reading import Desk, agree, connected
from tests.live_server import LiveServer


def test_chromium_follows_a_night_compressed(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-compressed")
    answers: list[dict[str, Any]] = []
    page = visit(desk.url, go=False)
    devtools = page.context.new_cdp_session(page)
    devtools.on("Network.webSocketHandshakeResponseReceived", lambda event: answers.append(event["response"]))
    devtools.send("Network.enable")
    page.goto(desk.url)
    connected(page)
    agreed = {name.lower(): value for name, value in answers[0]["headers"].items()}["sec-websocket-extensions"]
    assert agreed == "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    desk.post("The first cars arrive. " * 20, headline="Doors open")
    expect(page.locator("#posts article h2")).to_have_text("Doors open")
    category = next(each for each in server.state(desk.slug)["objects"] if each["kind"] == "category")
    path, row = f"/categories/{category['id']}", page.locator(f"#category-{category['id']}")
    for act, body, state in (
        ("on-stage", {}, "on_stage"),
        ("announce", {"winners": [category["nominees"][0]["id"]]}, "announced"),
        ("confirm", {}, "confirmed"),  # which does not change the tally, so that it does not come again
        ("recall", {"note": "The envelope was the wrong one"}, "on_stage"),
    ):
        desk.do("POST", f"{path}/{act}", body)
        expect(row).to_have_class(re.compile(rf"\b{state}\b"))
    agree(page, newcomer(desk.url))
