"""The log: its two forms, what every line of a request has, what no line has."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
from typing import Any

import pytest
import requests

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.people import People, session_id
from liveblog.watch import logs
from tests.live_server import LiveServer, live_server, until

SECRET = "the envelope says"


def record(message: str, *args: object, exc_info: Any = None) -> logging.LogRecord:
    return logging.LogRecord("liveblog.web", logging.WARNING, __file__, 1, message, args, exc_info)


@pytest.fixture(autouse=True)
def _no_request() -> None:
    logs.begin()


def test_a_line_of_json_has_time_and_what_is_known_of_the_request() -> None:
    logs.begin(request="abc", blog="anora")
    logs.add(ms=1.5)
    line = json.loads(logs.Json().format(record("act %s", "publish")))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line.pop("process") == os.getpid()
    assert line == {
        "level": "warning",
        "logger": "liveblog.web",
        "message": "act publish",
        "request": "abc",
        "blog": "anora",
        "ms": 1.5,
    }


def test_whatever_a_line_has_it_is_one_line_of_json() -> None:
    try:
        raise ValueError("half \ud83d of a character\nand a second line")
    except ValueError as error:
        text = logs.Json().format(record("a \udcff and\n\x00 %r", "\ud83d", exc_info=(type(error), error, None)))
    assert "\n" not in text
    assert "second line" in json.loads(text)["traceback"]


def test_a_line_of_text_ends_with_what_is_known() -> None:
    assert logs.Text().format(record("late")).endswith(" WARNING liveblog.web: late")
    logs.begin(request="abc", blog="anora")
    assert logs.Text().format(record("late")).endswith(" WARNING liveblog.web: late (request=abc blog=anora)")


# -- of a real server


@pytest.fixture(scope="module")
def json_server() -> Any:
    with live_server("serve", LIVEBLOG_LOG_FORMAT="json", LIVEBLOG_LOG="debug") as running:
        yield running


def lines(server: LiveServer) -> list[dict[str, Any]]:
    """The log's lines that are complete. Standard output has the greeting, which is for people."""
    written = server.log.path.read_text().split("\n")[:-1]
    return [json.loads(line) for line in written if line.startswith("{")]


def of_request(server: LiveServer, request: str) -> list[dict[str, Any]]:
    """What this program logged of a request; gunicorn's own lines have its id too."""
    ours = "liveblog.web.observing"
    return until(lambda: [line for line in lines(server) if line.get("request") == request and line["logger"] == ours])


def test_everything_but_the_greeting_is_json(json_server: LiveServer) -> None:
    requests.get(f"{json_server.url}/readyz", timeout=60)
    rest = [line for line in json_server.log.path.read_text().split("\n")[:-1] if not line.startswith("{")]
    assert all(re.match(r"Serving |The desk's first sign-in|  http", line) for line in rest), rest
    assert {"liveblog", "gunicorn"} <= {line["logger"].partition(".")[0] for line in lines(json_server)}


def test_an_act_is_a_line_with_request_blog_and_change(json_server: LiveServer) -> None:
    slug = json_server.open()
    answer = json_server.api("POST", f"/blogs/{slug}/posts", {"body": SECRET}, X_Request_Id="proxy-4711")
    assert answer.headers["X-Request-Id"] == "proxy-4711"
    (line,) = of_request(json_server, "proxy-4711")
    epoch, seq = (json_server.state(slug)[name] for name in ("epoch", "seq"))
    assert (line["level"], line["route"], line["blog"]) == ("info", "api.publish", slug)
    assert (line["status"], line["change"]) == (201, f"{epoch}:{seq}")
    assert line["ms"] > 0


def test_a_refused_act_is_a_line_with_its_code(json_server: LiveServer) -> None:
    slug, people = json_server.open(), People(json_server.store)
    for token, code in (
        (people.tokens.add("intern", "contributor"), "forbidden"),
        (people.tokens.add("scoreboard", "editor", scopes=["read"]), "insufficient_scope"),
    ):
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{json_server.url}/api/v1/blogs/{slug}/posts"
        answer = requests.post(url, json={"body": SECRET}, headers=headers, timeout=60)
        (line,) = of_request(json_server, answer.headers["X-Request-Id"])
        assert (line["level"], line["route"], line["blog"], line["status"]) == ("info", "api.publish", slug, 403)
        assert line["refused"] == code
        found = people.tokens.find(token)
        assert found
        assert line["by"] == f"token {found.id}"


def test_a_refused_person_is_known_by_the_session(json_server: LiveServer) -> None:
    """The name is in no line; admins see whose session it is under People."""
    people = People(json_server.store)
    people.accounts.put(Account(name="Ina Intern", role="contributor"))
    cookie = people.sessions.open("Ina Intern")
    answer = requests.get(
        f"{json_server.url}/desk/people", headers={"Cookie": f"liveblog_session={cookie}"}, timeout=60
    )
    (line,) = of_request(json_server, answer.headers["X-Request-Id"])
    assert (line["refused"], line["by"]) == ("forbidden", f"session {session_id(cookie)}")
    assert not [word for word in (cookie, "Ina") if word in str(lines(json_server))]


def test_a_scheduled_draft_that_is_published_is_a_line_too(json_server: LiveServer) -> None:
    slug = json_server.open()
    draft = {"body": SECRET, "on": {"category": "director", "state": "on_stage"}}
    assert json_server.api("POST", f"/blogs/{slug}/drafts", draft).status_code == 201
    json_server.api("POST", f"/blogs/{slug}/categories/director/on-stage")
    said = "a scheduled draft was published"
    (line,) = until(lambda: [line for line in lines(json_server) if line["message"] == said])
    state = json_server.state(slug)
    assert (line["level"], line["blog"]) == ("info", slug)
    assert line["change"] == f"{state['epoch']}:{state['seq']}"


def test_a_read_is_a_line_for_debugging_only(json_server: LiveServer) -> None:
    answer = requests.get(f"{json_server.url}/readyz", timeout=60)
    (line,) = of_request(json_server, answer.headers["X-Request-Id"])
    assert (line["level"], line["route"], line["status"]) == ("debug", "ops.readyz", 200)


@pytest.mark.parametrize("said", ["short", "no spaces here", "x" * 200, 'quoted"12345', "<script>alert()"])
def test_a_request_id_that_is_not_well_formed_is_replaced(server: LiveServer, said: str) -> None:
    answer = requests.get(f"{server.url}/readyz", headers={"X-Request-Id": said}, timeout=60)
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-Id"])


def test_a_request_id_counts_from_a_proxy_only() -> None:
    settings = Settings.from_environ({"LIVEBLOG_PROXIES": "192.0.2.1"})
    client = create_app(settings, Store("redis://127.0.0.1:1")).test_client()
    said = {
        peer: client.get("/healthz", headers={"X-Request-Id": "proxy-4711"}, environ_overrides={"REMOTE_ADDR": peer})
        for peer in ("192.0.2.1", "192.0.2.2")
    }
    assert said["192.0.2.1"].headers["X-Request-Id"] == "proxy-4711"
    assert said["192.0.2.2"].headers["X-Request-Id"] != "proxy-4711"


def test_answers_that_caches_keep_for_others_have_no_id(server: LiveServer) -> None:
    slug = server.open("cached")
    for path in (f"/live/{slug}", f"/api/v1/blogs/{slug}", f"/live/{slug}/feed.atom"):
        for _ in range(2):  # made, and from the cache
            assert "X-Request-Id" not in requests.get(server.url + path, timeout=60).headers


def test_no_line_has_a_text_a_secret_or_a_readers_address(json_server: LiveServer) -> None:
    slug = json_server.open("private")
    token = json_server.token
    headers = {"X-Forwarded-For": "203.0.113.99", "Cookie": "liveblog_session=cookie-of-somebody"}
    post = json_server.api("POST", f"/blogs/{slug}/posts", {"body": SECRET, "headline": f"{SECRET}!"}).json()
    json_server.api("PATCH", f"/blogs/{slug}/posts/{post['id']}", {"body": f"{SECRET} more"})
    json_server.api("POST", f"/blogs/{slug}/posts", {"body": SECRET, "nonsense": SECRET})
    json_server.api("POST", f"/blogs/{slug}/drafts", {"body": SECRET})
    requests.get(f"{json_server.url}/live/{slug}?name=cookie-of-somebody", headers=headers, timeout=60)
    requests.post(f"{json_server.url}/api/v1/blogs", headers={"Authorization": "Bearer lb_wrong"}, timeout=60)
    sign_in = {"name": "Somebody", "password": "correct horse battery"}
    last = requests.post(f"{json_server.url}/desk/sign-in", data=sign_in, timeout=60).headers["X-Request-Id"]
    of_request(json_server, last)
    written = "\n".join(map(str, lines(json_server)))
    assert not [
        word for word in (SECRET, token, "lb_wrong", "cookie-of", "203.0.113", "correct horse") if word in written
    ]
    assert "Somebody" not in written  # it may be a password in the wrong field


@pytest.mark.fault
def test_a_storage_that_hangs_and_comes_back_is_told_once() -> None:
    with live_server("serve", LIVEBLOG_LOG_FORMAT="json") as server:
        slug = server.open()
        server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
        storage = server.storage_pid()
        os.kill(storage, signal.SIGSTOP)
        try:
            for _ in range(2):
                assert server.api("POST", f"/blogs/{slug}/posts", {"body": "Now"}).status_code == 503
        finally:
            os.kill(storage, signal.SIGCONT)
        until(lambda: "storage is reached again" in server.log.path.read_text())
        told = [line["message"] for line in lines(server) if line["logger"] == "liveblog.store.health"]
        assert told[0] == "storage cannot be reached: TimeoutError"
        assert len(told) == 2
        assert re.fullmatch(r"storage is reached again after \d+\.\d s; requests refused meanwhile: 2", told[1])


@pytest.mark.fault
def test_a_dead_storage_and_a_dead_web_process_are_told() -> None:
    with live_server() as server:
        slug = server.open()
        server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
        os.kill(server.storage_pid(), signal.SIGKILL)
        until(lambda: "is another server, or was restarted" in server.log.path.read_text())
        assert "the storage server had died and was started again" in server.log.path.read_text()
        server.log.expect("SIGKILL")
        os.kill(server.workers()[0], signal.SIGKILL)
        until(lambda: "ended; another one replaces it" in server.log.path.read_text())
        server.stop()
        assert server.log.path.read_text().count("another one replaces it") == 1  # not at the stop
