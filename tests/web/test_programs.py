"""Programs' tokens: their calls of the API, their scopes, their end, and what the list tells of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import socketio

from liveblog.app import create_app
from liveblog.model import rfc3339
from liveblog.scopes import CALLS, SCOPES, Scope
from liveblog.store import people as records
from liveblog.store.people import People
from tests.live_server import LiveServer, until

WRITES = {"POST", "PATCH", "PUT", "DELETE"}


@pytest.fixture(scope="module")
def people(server: LiveServer) -> People:
    return People(server.store)


@pytest.fixture(scope="module")
def slug(server: LiveServer) -> str:
    return server.open("programs")


def ask(server: LiveServer, token: str, method: str, path: str, body: Any = None) -> requests.Response:
    sent = {"Authorization": f"Bearer {token}"}
    return requests.request(
        method, f"{server.url}{path}", json=body, headers=sent, timeout=60, allow_redirects=False, stream=True
    )


def calls(server: LiveServer) -> Iterator[tuple[str, str, str]]:
    """Every call of the API: its endpoint, method and rule."""
    for rule in create_app(store=server.store).url_map.iter_rules():
        if rule.rule.startswith("/api/v1"):
            for method in sorted((rule.methods or set()) & (WRITES | {"GET"})):
                yield rule.endpoint, method, rule.rule


def test_a_token_of_each_scope_opens_exactly_the_calls_of_the_table(
    server: LiveServer, people: People, slug: str
) -> None:
    tokens = {scope: people.tokens.add(f"only-{scope}", "admin", scopes=[scope]) for scope in SCOPES}
    found: dict[str, set[str]] = {}
    for endpoint, method, rule in calls(server):
        path = re.sub(r"<(?:\w+:)?slug>", slug, rule)
        path = re.sub(r"<(?:\w+:)?\w+>", "nothing-of-this-name", path)
        for scope, token in tokens.items():
            with ask(server, token, method, path, {"not": "a field"} if method in WRITES else None) as answer:
                refused = answer.status_code == 403 and answer.json()["code"] == "insufficient_scope"
                if refused:
                    assert answer.json()["scope"] == CALLS[endpoint]
                    assert f'scope="{CALLS[endpoint]}"' in answer.headers["WWW-Authenticate"]
                else:
                    found.setdefault(endpoint, set()).add(scope)
    assert found == {call: set(SCOPES) if scope is None else {scope} for call, scope in CALLS.items()}


def test_a_token_with_scopes_opens_no_page_of_the_desk(server: LiveServer, people: People, slug: str) -> None:
    token = people.tokens.add("all-scopes", "admin", scopes=[*SCOPES])
    for path in ("/desk/", f"/desk/{slug}", f"/desk/{slug}/export", "/desk/people", "/desk/log"):
        answer = ask(server, token, "GET", path)
        assert answer.status_code == 403, path
    act = requests.post(
        f"{server.url}/desk/people",
        data={"act": "invite", "role": "admin"},
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        timeout=60,
    )
    assert (act.status_code, act.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize("scope", [*SCOPES])
def test_a_draft_blog_is_open_to_the_scope_read_and_to_no_other(
    server: LiveServer, people: People, scope: Scope
) -> None:
    slug = server.open("out-of-scope", status="draft")
    token = people.tokens.add(f"draft-{scope}", "admin", scopes=[scope])
    expected = 200 if scope == "read" else 404
    for path in (f"/api/v1/blogs/{slug}", f"/api/v1/blogs/{slug}/changes?after=0", f"/api/v1/blogs/{slug}/stream"):
        with ask(server, token, "GET", path) as answer:
            assert answer.status_code == expected, path
    listed = ask(server, token, "GET", "/api/v1/blogs?limit=1000").json()["blogs"]
    assert any(blog["id"] == slug for blog in listed) == (scope == "read")


def test_who_may_only_write_drafts_schedules_none(server: LiveServer, people: People, slug: str) -> None:
    path = f"/api/v1/blogs/{slug}/drafts"
    scheduled = {"body": "Later", "publish_at": "2090-01-01T00:00:00Z"}
    carl = people.tokens.add("carl", "editor", scopes=["write-drafts", "read-drafts"])
    assert ask(server, carl, "POST", path, {"body": "Now"}).status_code == 201
    assert ask(server, carl, "POST", path, scheduled).status_code == 403
    both = people.tokens.add("carla", "editor", scopes=["write-drafts", "post"])
    assert ask(server, both, "POST", path, scheduled).status_code == 201


def joined(server: LiveServer, slug: str, token: str, said: list[Any] | None = None) -> socketio.Client:
    """A program at a blog's desk; `said` gets what it is refused with."""
    client = socketio.Client(reconnection=False)
    client.on("connect_error", ([] if said is None else said).append, namespace="/desk")
    with suppress(socketio.exceptions.ConnectionError):
        client.connect(server.url, namespaces=["/desk"], transports=["websocket"], auth={"blog": slug, "token": token})
    return client


def test_a_socket_of_the_desk_needs_the_scope_that_reads_drafts(server: LiveServer, people: People, slug: str) -> None:
    said: list[Any] = []
    joined(server, slug, people.tokens.add("deaf", "editor", scopes=["post", "read"]), said).disconnect()
    assert said[0]["data"]["code"] == "insufficient_scope"
    welcome = joined(server, slug, people.tokens.add("ears", "editor", scopes=["read-drafts"]))
    assert "/desk" in welcome.namespaces
    welcome.disconnect()


def test_a_token_ends_at_its_time_for_calls_and_for_sockets(server: LiveServer, people: People, slug: str) -> None:
    soon = rfc3339(datetime.now(UTC) + timedelta(seconds=4))
    token = people.tokens.add("brief", "editor", until=soon)
    client = joined(server, slug, token)
    assert "/desk" in client.namespaces
    assert ask(server, token, "GET", f"/api/v1/blogs/{slug}/drafts").status_code == 200
    until(lambda: ask(server, token, "GET", f"/api/v1/blogs/{slug}/drafts").status_code == 401)
    assert "has ended" in ask(server, token, "GET", f"/api/v1/blogs/{slug}/drafts").json()["detail"]
    until(lambda: not client.connected or not client.namespaces)
    client.disconnect()


def test_an_admin_makes_lists_and_ends_tokens_by_api(server: LiveServer, people: People, slug: str) -> None:
    wanted = {"name": "Wire 2", "role": "editor", "blog": slug, "scopes": ["post"], "expires": "2090-01-01T00:00:00Z"}
    made = server.api("POST", "/tokens", wanted)
    assert made.status_code == 201
    secret = made.json().pop("token")
    assert made.json() | {"token": ""} == {
        **made.json(),
        **wanted,
        "expires": "2090-01-01T00:00:00.000Z",
        "used": None,
        "token": "",
    }
    assert ask(server, secret, "POST", f"/api/v1/blogs/{slug}/posts", {"body": "By wire"}).status_code == 201
    listed = {each["id"]: each for each in server.api("GET", "/tokens").json()["tokens"]}
    assert "token" not in listed[made.json()["id"]]
    assert listed[made.json()["id"]]["used"] > listed[made.json()["id"]]["made"]
    assert secret not in server.api("GET", "/tokens").text
    assert server.api("DELETE", f"/tokens/{made.json()['id']}").json()["ended"] is True
    assert server.api("DELETE", f"/tokens/{made.json()['id']}").status_code == 404
    assert ask(server, secret, "GET", f"/api/v1/blogs/{slug}/drafts").status_code == 401
    assert not server.store.client.hexists("lb:tokens:used", records._digest(secret))


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"role": "editor"}, 422, "name"),
        ({"name": "w", "role": "chief"}, 422, "role"),
        ({"name": "w", "role": "editor", "scopes": []}, 422, "scopes"),
        ({"name": "w", "role": "editor", "scopes": ["administer"]}, 422, "scopes"),
        ({"name": "w", "role": "editor", "expires": "tomorrow"}, 422, "expires"),
        ({"name": "w", "role": "editor", "expires": "2001-01-01T00:00:00Z"}, 422, "expires"),
        ({"name": "w", "role": "editor", "blog": "nowhere"}, 404, None),
        ({"name": "w", "role": "editor", "more": 1}, 422, None),
    ],
)
def test_a_bad_token_is_refused(server: LiveServer, body: dict[str, Any], status: int, field: str | None) -> None:
    no = server.api("POST", "/tokens", body)
    assert no.status_code == status
    assert field is None or no.json()["field"] == field


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"scopes": ["administer"], "expires": "2080-01-01T00:00:00Z"}, 201),
        ({"scopes": ["administer", "post"], "expires": "2080-01-01T00:00:00Z"}, 403),
        ({"expires": "2080-01-01T00:00:00Z"}, 403),
        ({"scopes": ["administer"]}, 403),
        ({"scopes": ["administer"], "expires": "2095-01-01T00:00:00Z"}, 403),
    ],
)
def test_a_token_makes_no_token_that_may_do_more_or_longer(
    server: LiveServer, people: People, more: dict[str, Any], status: int
) -> None:
    maker = people.tokens.add("maker", "admin", scopes=["administer"], until="2090-01-01T00:00:00.000Z")
    body = {"name": "made", "role": "admin", **more}
    assert ask(server, maker, "POST", "/api/v1/tokens", body).status_code == status


def test_reading_with_a_token_notes_its_use_once_a_minute(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    put = people.tokens._records.put_field

    def counted(table: str, *value: Any, **options: Any) -> bool:
        written.append(table)
        return put(table, *value, **options)

    token = people.tokens.add("busy", "editor")
    monkeypatch.setattr(people.tokens._records, "put_field", counted)
    for _ in range(50):
        assert people.tokens.get(token)
    assert written == ["lb:tokens:used"]
    monkeypatch.setattr(records, "NOTED_SECONDS", 0)
    assert people.tokens.get(token)
    assert len(written) == 2
    assert people.tokens.get("lb_unknown") is None
    assert len(written) == 2


def test_a_page_makes_a_token_with_scopes_and_a_last_day(
    server: LiveServer, people: People, slug: str, admins_page: Callable[..., str]
) -> None:
    page = admins_page(
        act="token",
        name="Scoreboard",
        role="editor",
        where="some",
        blogs=slug,
        bounds="some",
        scopes=["call-results", "read"],
        expires="2090-12-31",
    )
    secret = re.search(r'value="(lb_[^"]+)"', page)
    assert secret
    record = people.tokens.get(secret[1])
    assert record is not None
    assert (record.scopes, record.until, record.blog) == (["read", "call-results"], "2090-12-31T23:59:00.000Z", slug)
    listed = admins_page()
    assert f"editor for {slug}, only read, call-results" in listed
    assert "31 Dec" in listed
    assert secret[1] not in listed
    entry = next(each for each in people.tokens.listed() if each.record.name == "Scoreboard")
    admins_page(act="revoke", id=entry.id)
    assert people.tokens.get(secret[1]) is None


@pytest.fixture
def admins_page(server: LiveServer, people: People) -> Callable[..., str]:
    """The page of people and programs, as an unbounded admin's program gets it, or what a form on it answers."""
    sent = {"Authorization": f"Bearer {people.tokens.add('office', 'admin')}"}

    def page(**form: Any) -> str:
        method = "POST" if form else "GET"
        return requests.request(method, f"{server.url}/desk/people", data=form, headers=sent, timeout=60).text

    return page
