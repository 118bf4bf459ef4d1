"""A draft blog is not for readers: no address, namespace, feed, card or gauge reveals anything of it to a stranger.

Every address is requested for a draft and for a blog that does not exist, and both answers must be the same. New
addresses of the program are included automatically.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import requests
from flask import Flask

from liveblog import actions
from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.commits import Store
from liveblog.store.people import People
from tests.live_server import LiveServer
from tests.newsroom import DIRECTOR
from tests.photos import photo
from tests.push.socket_client import Wire

DRAFT, NOWHERE = "unannounced", "nonexistent"
"""Two slugs of the same length, so that answers that name them have the same length too."""
SECRET = "Palme d'Or, and Sean Baker"
"""A word that is in all texts of the draft."""
OPEN = {
    "media.picture": "its name cannot be guessed, and the desk sees its pictures before the night",
    "auth.welcome_page": "names no blog",
    "auth.welcome": "names no blog",
    "static": "is the program's own",
}
"""Addresses whose answer does not depend on the blog, and why they need no comparison."""
DESK = {
    401: ["/api/v1/blogs", "/api/v1/log", "/api/v1/blogs/<slug>/drafts", "/desk/<slug>/preview"],
    302: ["/desk/<slug>", "/desk/<slug>/setup", "/desk/people", "/desk/log"],
}
"""Some of the desk's own addresses with their answer to a stranger, as a check that the requests are right."""


class Hidden(NamedTuple):
    """A draft, and everything that its desk knows of it."""

    server: LiveServer
    values: dict[str, str]
    elsewhere: str
    """The token of an editor of another blog."""

    @property
    def strangers(self) -> dict[str, dict[str, str]]:
        """The strangers, by the headers that they send."""
        return {
            "a reader": {},
            "a reader whose token nobody knows": {"Authorization": "Bearer none"},
            "a reader whose session is over": {"Cookie": "liveblog_session=none"},
            "an editor of another blog": {"Authorization": f"Bearer {self.elsewhere}"},
        }

    @property
    def words(self) -> set[str]:
        """What no stranger may read, except in the address that contains it."""
        return {SECRET, html.escape(SECRET), quote(SECRET), *self.values.values()}


@pytest.fixture(scope="module")
def app() -> Flask:
    """An application for its addresses; its storage cannot be reached."""
    return create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1"))


@pytest.fixture(scope="module")
def hidden(server: LiveServer) -> Hidden:
    def act(view: actions.View) -> actions.Plan:
        return actions.create_blog(view, slug=DRAFT, title=SECRET, status="draft", categories=[DIRECTOR], film=SECRET)

    server.store.perform(DRAFT, act, by="test")
    path = f"/blogs/{DRAFT}"
    picture = server.upload(DRAFT, photo())
    shown = {"media": [{"name": picture, "alt": SECRET}]}
    post = server.api("POST", f"{path}/posts", {"headline": SECRET, "body": SECRET, **shown}).json()
    draft = server.api("POST", f"{path}/drafts", {"body": SECRET}).json()
    for address in ("", "/changes?after=0", f"/posts/{post['id']}", "/drafts", "/calls", "/figures"):
        assert server.api("GET", path + address).status_code == 200  # the desk has requested it, so it is in memory
    elsewhere = People(server.store).tokens.add("elsewhere", "editor", server.open("another-night"))
    return Hidden(server, {"id": post["id"], "draft": draft["id"], "name": picture}, elsewhere)


def asked(app: Flask, values: dict[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Every address with every method, as endpoint, rule, method and path; some with queries."""
    filled = {
        "slug": DRAFT,
        "n": "1",
        "token": "none",
        "filename": "none",
        "kind": "atom",
        "delivery": "none",
        **values,
    }
    for rule in app.url_map.iter_rules():
        for id in (values["id"], values["draft"], "director") if "<id>" in rule.rule else ("",):
            path = "".join(
                (filled | {"id": id})[part] if placeholder else part for placeholder, part in parts(rule.rule)
            )
            for method in sorted((rule.methods or set()) - {"OPTIONS"}):
                if not rule.websocket:
                    yield rule.endpoint, rule.rule, method, path
    api, page = f"/api/v1/blogs/{DRAFT}", f"/live/{DRAFT}"
    for path in (
        *(f"{api}/{more}" for more in ("changes?after=0", "changes?after=0&wait=1", "changes?epoch=x&after=1&wait=1")),
        *(f"{api}/stream?after=0", f"/api/v1/blogs?after={DRAFT}", f"/oembed?url={{base}}{page}"),
        *(f"{page}/embed?post={values['id']}", f"{page}/card.png?v=1", f"{page}/posts/{values['id']}/card.png?v=99"),
        f"/desk/log?blog={DRAFT}",
    ):
        yield "", path, "GET", path


def parts(rule: str) -> Iterator[tuple[bool, str]]:
    """The parts of an address: text, and the names of its variables."""
    for at, part in enumerate(re.split(r"<(?:\w+:)?(\w+)>", rule)):
        yield at % 2 == 1, part


def ask(server: LiveServer, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
    body: dict[str, Any] | None = None if method in ("GET", "HEAD") else {}
    url = server.url + path.replace("{base}", quote(server.url, safe=""))
    answer = requests.request(method, url, headers=headers, timeout=60, allow_redirects=False, json=body)
    own = ("Date", "Server", "Connection", "X-Request-Id")
    fields = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, fields, answer.text


def test_every_address_answers_for_a_draft_as_for_a_blog_that_does_not_exist(hidden: Hidden, app: Flask) -> None:
    server = hidden.server
    found: dict[int, set[str]] = {}
    for who, headers in hidden.strangers.items():
        for endpoint, rule, method, path in asked(app, hidden.values):
            if endpoint in OPEN or (method == "HEAD" and headers):
                continue
            status, fields, text = ask(server, method, path, headers)
            if DRAFT in path:
                nowhere = ask(server, method, path.replace(DRAFT, NOWHERE), headers)
                assert (status, fields, text) == swapped(nowhere), f"{who}: {method} {path}"
                assert status >= 300, f"{who}: {method} {path}"
            else:
                assert DRAFT not in f"{fields} {text}", f"{who}: {method} {path}"
            told = f"{fields} {text}".replace(path, "")
            assert not {word for word in hidden.words if word in told}, f"{who}: {method} {path}"
            if not headers:
                found.setdefault(status, set()).add(rule)
    for status, addresses in DESK.items():
        assert not set(addresses) - found[status]
    assert {"/", "/sitemap.xml", "/metrics", "/api/v1/blogs"} <= found[200]
    assert {"/live/<slug>", "/live/<slug>/feed.atom", "/live/<slug>/card.png", "/live/<slug>/embed"} <= found[404]


def swapped(answer: tuple[int, dict[str, str], str]) -> tuple[int, dict[str, str], str]:
    status, fields, text = answer
    return status, {n: v.replace(NOWHERE, DRAFT) for n, v in fields.items()}, text.replace(NOWHERE, DRAFT)


@pytest.mark.parametrize("namespace", ["/live", "/desk", "/", "/nobody"])
def test_every_namespace_answers_for_a_draft_as_for_a_blog_that_does_not_exist(hidden: Hidden, namespace: str) -> None:
    """Also for a program with another blog's token or an unknown one."""
    name = "" if namespace == "/" else f"{namespace},"
    answers = []
    for token in (None, "none", hidden.elsewhere):
        for slug in (DRAFT, NOWHERE):
            wire = Wire(hidden.server.url)
            auth: dict[str, Any] = {"blog": slug} | ({"token": token} if token else {})
            wire.say(f"40{name}{json.dumps(auth)}")
            answers.append(wire.hear().replace(slug, ""))
            wire.close()
        assert answers[-1] == answers[-2]
        assert answers[-1].startswith(f"44{name}")


def test_what_is_open_is_open_for_a_reason(hidden: Hidden, app: Flask) -> None:
    rules = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(OPEN) <= rules
    answer = requests.get(f"{hidden.server.url}/media/{hidden.values['name']}", timeout=60)
    assert re.fullmatch(r"[0-9a-f]{32}\.webp", hidden.values["name"])
    assert not {word for word in hidden.words - {hidden.values["name"]} if word in str(answer.headers)}


def test_its_desk_reads_it_and_no_cache_keeps_the_answers(hidden: Hidden) -> None:
    at = hidden.server.api("GET", f"/blogs/{DRAFT}").json()
    for path in (
        "",
        "/changes?after=0",
        f"/changes?epoch={at['epoch']}&after={at['seq']}&wait=1",
        f"/posts/{hidden.values['id']}",
    ):
        answer = hidden.server.api("GET", f"/blogs/{DRAFT}{path}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), path
    listed = hidden.server.api("GET", "/blogs?status=draft")
    assert DRAFT in {blog["id"] for blog in listed.json()["blogs"]}
    assert listed.headers["Cache-Control"] == "no-store"
