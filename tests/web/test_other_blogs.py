"""An admin of one blog, as a program and at the desk, tries every address with another blog's names and ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from werkzeug.routing import Rule

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.scopes import CALLS
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.people import People
from tests.live_server import LiveServer
from tests.photos import photo

WRITES = ("POST", "PUT", "PATCH", "DELETE")
ASKED: dict[str, dict[str, Any]] = {
    "webhooks.add_webhook": {"url": "http://127.0.0.1:8/mine"},
    "webhooks.change_webhook": {"on": True},
    "webhooks.replay_webhook": {},
    "incoming.add_incoming": {"kind": "plain", "name": "Wire M"},
    "incoming.new_secret": {},
    "takedowns.order": {"reason": "x", "picture": "0" * 32 + ".webp"},
    "programs.add_token": {"name": "more", "role": "admin"},
    "api.create_blog": {"slug": "more", "title": "More"},
}
"""Bodies that only the role can refuse; of other calls it is looked at first."""
BLOG = {"webhooks.add_webhook", "webhooks.replay_webhook", "incoming.add_incoming", "programs.add_token"}
"""Calls that name a blog in their body."""
OWN = {"auth", "people", "second_factor", "passkeys", "oidc"}
"""Parts of the desk that are about the person who asks; `people` has admins' pages, too, which are tried apart."""


@pytest.fixture(scope="module")
def theirs(server: LiveServer) -> dict[str, Any]:
    """Another blog with everything that has an id."""
    slug = server.open("theirs")
    draft = server.api("POST", f"/blogs/{slug}/drafts", {"body": "Not for you"}).json()
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"}).json()
    gone = server.api("POST", f"/blogs/{slug}/posts", {"body": "Wrong"}).json()
    takedown = server.api("POST", f"/blogs/{slug}/takedowns", {"post": gone["id"], "reason": "An order"}).json()
    hook = server.api("POST", "/webhooks", {"url": "http://127.0.0.1:8/hook", "blog": slug}).json()["id"]
    server.api("PATCH", f"/webhooks/{hook}", {"on": False})  # nobody listens there
    return {
        "slug": slug,
        "draft": draft["id"],
        "post": post["id"],
        "takedown": takedown["id"],
        "picture": server.upload(slug, photo(711)),
        "webhook": hook,
        "incoming": server.api("POST", "/incoming", {"blog": slug, "kind": "plain", "name": "Wire T"}).json()["id"],
    }


@pytest.fixture(scope="module")
def mine(server: LiveServer) -> str:
    return server.open("mine")


def rules(start: str) -> list[Rule]:
    app = create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1"))
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(start)]


def tried(rule: Rule, slug: str, ids: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each method with this address, with each id at each place but the blog's."""
    for id in [ids[name] for name in ("draft", "post", "takedown", "picture", "webhook", "incoming")]:
        path = re.sub(r"<(?:\w+:)?\w+>", str(id), rule.rule.replace("<slug>", slug))
        yield from ((method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_an_admin_of_one_blog_reaches_nothing_of_another(server: LiveServer, theirs: dict[str, Any], mine: str) -> None:
    key = {"Authorization": f"Bearer {People(server.store).tokens.add('program of mine', 'admin', mine)}"}
    before = kept(server, theirs)
    opened = []
    for rule in rules("/api/v1"):
        public = CALLS[rule.endpoint] is None
        for slug in {theirs["slug"], mine} if "<slug>" in rule.rule else {""}:
            for method, path in tried(rule, slug, theirs):
                if public or path.endswith("/stream"):
                    continue
                body = ASKED.get(rule.endpoint, {"body": "x"}) | (
                    {"blog": theirs["slug"]} if rule.endpoint in BLOG else {}
                )
                answer = requests.request(method, server.url + path, json=body, headers=key, timeout=60)
                if answer.ok and (theirs["slug"] in path or ("<slug>" not in rule.rule and method in WRITES)):
                    opened.append((method, path))
                assert answer.status_code < 500, (method, path)
                assert not (answer.ok and tells(answer, theirs)), (method, path)
    assert opened == []
    assert kept(server, theirs) == before


def tells(answer: requests.Response, theirs: dict[str, Any]) -> bool:
    """Whether the answer has something of the other blog."""
    return any(word in answer.text for word in ("Not for you", "An order", theirs["webhook"], theirs["incoming"]))


def kept(server: LiveServer, theirs: dict[str, Any]) -> list[object]:
    slug = theirs["slug"]
    paths = ("", "/drafts", "/media")
    return [
        *(server.api("GET", f"/blogs/{slug}{path}").json() for path in paths),
        [each["removed"] for each in server.api("GET", f"/blogs/{slug}/takedowns").json()["takedowns"]],
        server.api("GET", f"/webhooks/{theirs['webhook']}").json(),
        [each for each in server.api("GET", "/incoming").json()["incoming"] if each["blog"] == slug],
    ]


def test_an_admin_of_one_blog_opens_no_page_of_another_or_of_the_site(
    server: LiveServer, theirs: dict[str, Any], mine: str
) -> None:
    people = People(server.store)
    people.accounts.put(Account(name="Mina Mine", role="admin", blogs=[mine]))
    who = requests.Session()
    who.cookies["liveblog_session"] = people.sessions.open("Mina Mine")
    csrf = who.get(f"{server.url}/desk/{mine}/session", timeout=60).json()["csrf"]
    before, opened, seen = kept(server, theirs), [], 0
    for rule in rules("/desk/"):
        if rule.endpoint.partition(".")[0] in OWN - {"people"} or rule.endpoint in ("desk.blogs", "people.account"):
            continue
        for method, path in tried(rule, theirs["slug"], theirs):
            form = {"csrf": csrf, "act": "remove", "id": theirs["webhook"], "sure": "yes", "reason": "x"}
            data = form | {"post": theirs["post"]} if method in WRITES else None
            answer = who.request(method, server.url + path, data=data, timeout=60, allow_redirects=False)
            seen += 1
            if answer.ok and not path.startswith("/desk/account"):
                opened.append((method, path, answer.status_code))
        for _, path in tried(rule, mine, theirs) if "<slug>" in rule.rule else ():
            answer = who.get(server.url + path, timeout=60, allow_redirects=False)
            assert not (answer.ok and tells(answer, theirs)), path
    assert seen > 100
    assert opened == []
    assert kept(server, theirs) == before
