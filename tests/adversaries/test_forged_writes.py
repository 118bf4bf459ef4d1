"""Another site's page has a signed-in person's browser send every write that there is."""

from __future__ import annotations

import re

import requests

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.people import People
from tests.live_server import LiveServer

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
SIGNED = {"incoming.receive", "oidc.signed_out_there", "relays.report"}
"""Calls of programs: no cookie counts for them, but a signature or a token of their own."""


def test_no_write_is_taken_from_another_sites_page(server: LiveServer) -> None:
    people, slug, seen = People(server.store), server.open("forged-writes"), 0
    people.accounts.put(Account(name="Fay Forged", role="admin"))
    who = requests.Session()
    session = people.sessions.open("Fay Forged")
    record = people.sessions.get(session)
    assert record
    people.steps.freshen(record.csrf)  # a moment ago: nothing is refused for that
    who.cookies["liveblog_session"] = session
    token = who.get(f"{server.url}/desk/{slug}/session", timeout=60).json()["csrf"]
    before, taken = server.state(slug), []
    for rule in create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1")).url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?\w+>", "nothing", rule.rule.replace("<slug>", slug))
        for method in WRITES & (rule.methods or set()) if rule.endpoint not in SIGNED else ():
            for site in (
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site"},
                {"Origin": "https://evil.example"},
            ):
                for more in ({}, {"X-CSRF-Token": token}):
                    form = {"csrf": token, "name": "Fay Forged", "act": "add", "body": "Forged"} if more else {}
                    answer = who.request(method, server.url + path, data=form, headers=site | more, timeout=60)
                    seen += 1
                    if answer.status_code not in (401, 403):
                        taken.append((method, path, site, bool(more), answer.status_code))
    assert seen > 300
    assert taken == []
    assert server.state(slug) == before
    assert who.get(f"{server.url}/desk/account", timeout=60).url.endswith("/desk/account")  # not even signed out
