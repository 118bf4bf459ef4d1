"""A relay refuses everything but reading, in the form of the request's kind, and names its origin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.web import answers
from tests.commands import liveblog
from tests.live_server import LiveServer, Relay
from tests.push.socket_client import Wire
from tests.relay.newsroom import get

ORIGIN = "https://live.example.org"
READS = {"GET", "HEAD", "OPTIONS"}


def app_of(**settings: str) -> Flask:
    environ = {"LIVEBLOG_RELAY_FROM": ORIGIN} | {f"LIVEBLOG_{name}": value for name, value in settings.items()}
    return create_app(Settings.from_environ(environ), follow=lambda run: None)


def path_of(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?\w+>", "1", rule.rule)


def refused() -> list[tuple[str, str]]:
    """Every call that is not a reader's: method and path."""
    app = app_of()
    found = []
    for rule in app.url_map.iter_rules():
        with app.test_request_context(path_of(rule)):
            private = answers._kinds(app).get(rule.endpoint) or answers._kinds(app).get(rule.endpoint.partition(".")[0])
        for method in (rule.methods or set()) - {"OPTIONS"}:
            if rule.endpoint != "relays.take_reports" and (private in ("desk", "private") or method not in READS):
                found.append((method, path_of(rule)))
    return sorted(found)


def test_what_the_newsroom_does_is_refused() -> None:
    client, calls = app_of().test_client(), refused()
    assert len(calls) > 60
    for method, path in calls:
        answer = client.open(path, method=method, headers={"Authorization": "Bearer some-token"}, json={})
        assert answer.status_code == 403, (method, path)
        if method != "HEAD":
            assert ORIGIN in answer.text, (method, path)
        if path.startswith("/api/") and method != "HEAD":
            assert (answer.json or {})["code"] == "read_only"


def test_the_page_of_a_refusal_leads_to_the_desk_of_the_origin() -> None:
    answer = app_of().test_client().get("/desk/anora", headers={"Accept": "text/html"})
    assert f'<a href="{ORIGIN}/desk/">' in answer.text


def test_a_relay_never_asks_storage_also_if_it_has_an_address(tmp_path: Path) -> None:
    app = app_of(REDIS_URL="redis://127.0.0.1:1", DATA=str(tmp_path))
    assert app.extensions["liveblog"].newsroom is None
    assert app.test_client().get("/healthz").status_code == 200
    assert app.test_client().get("/metrics").status_code == 200
    assert not [*tmp_path.iterdir()]


def test_a_token_or_a_session_makes_nobody_more_than_a_reader(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("signed-in")
    answer = get(relay, f"/api/v1/blogs/{slug}")
    assert answer.status_code == 200
    line = Wire(relay.url)
    line.say(f'40/desk,{{"blog":"{slug}","token":"{origin.token}"}}')
    assert '"code":"read_only"' in line.hear()
    line.close()


@pytest.mark.parametrize("words", [("post", "anora", "Hello"), ("check",), ("editor", "list"), ("demo",)])
def test_commands_say_that_a_relay_has_no_storage(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = liveblog(*words, data=tmp_path, LIVEBLOG_RELAY_FROM=ORIGIN)
    assert (done.returncode, "a relay has no" in done.stderr) == (1, True)
    assert not [*tmp_path.iterdir()]


def test_a_relay_needs_an_origin(tmp_path: Path) -> None:
    assert "LIVEBLOG_RELAY_FROM" in liveblog("relay", data=tmp_path).stderr
    assert "must be an address" in liveblog("relay", "--from", "ftp://x", data=tmp_path).stderr
