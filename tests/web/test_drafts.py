"""The API's private part: drafts over HTTP, the rights of roles, and that readers never see any of it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import requests

from liveblog.app import create_app
from liveblog.checks import NAME
from liveblog.store.people import People
from tests.live_server import LiveServer, until
from tests.push.socket_client import Line

CANARY = "zanzibar"
"""A word that is in every private text."""


@pytest.fixture(scope="module")
def slug(server: LiveServer) -> str:
    return server.open("drafts")


def contributor(server: LiveServer, slug: str, name: str = "carl") -> Any:
    """The API as a contributor calls it."""
    token = People(server.store).tokens.add(name, "contributor", slug)

    def ask(method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        return server.api(method, f"/blogs/{slug}{path}", body, Authorization=f"Bearer {token}", **headers)

    return ask


def test_from_a_contributors_first_line_to_the_readers_page(server: LiveServer, slug: str) -> None:
    carl = contributor(server, slug)
    made = carl("POST", "/drafts", {"body": "Seen at the *door*"})
    draft = made.json()
    assert (made.status_code, draft["state"], draft["author"]) == (201, "working", "carl")
    assert made.headers["Location"].endswith(f"/drafts/{draft['id']}")
    assert made.headers["Cache-Control"] == "no-store"
    edited = carl("PATCH", f"/drafts/{draft['id']}", {"headline": "Doors"}, If_Match=made.headers["ETag"])
    stale = carl("PATCH", f"/drafts/{draft['id']}", {"headline": "Late"}, If_Match=made.headers["ETag"])
    assert (stale.status_code, stale.json()["current"]["headline"]) == (412, "Doors")
    assert carl("POST", f"/drafts/{draft['id']}/publish", {}).status_code == 403
    assert carl("POST", f"/drafts/{draft['id']}/return", {"note": "No"}).status_code == 403
    assert carl("POST", f"/drafts/{draft['id']}/submit", {}).json()["state"] == "submitted"
    api = f"/blogs/{slug}/drafts"
    returned = server.api("POST", f"{api}/{draft['id']}/return", {"note": "Who says so?"}).json()
    assert (returned["state"], returned["note"]) == ("returned", "Who says so?")
    found = carl("GET", "/drafts").json()
    assert [each["id"] for each in found["drafts"]] == [draft["id"]]
    published = server.api("POST", f"{api}/{draft['id']}/publish", {}, Idempotency_Key="out")
    again = server.api("POST", f"{api}/{draft['id']}/publish", {}, Idempotency_Key="out")
    assert (published.status_code, published.content) == (201, again.content)
    assert published.json()["headline"] == "Doors"
    assert carl("GET", f"/drafts/{draft['id']}").status_code == 404
    missed = carl("GET", f"/desk/changes?epoch={found['epoch']}&after={found['seq']}").json()
    (marker,) = missed["objects"]
    assert marker.pop("published")["at"] == published.json()["published_at"]
    assert marker == {"kind": "draft", "id": draft["id"], "seq": missed["seq"], "gone": True, "author": "carl"}
    assert edited.ok


def test_a_contributor_sees_who_published_a_draft_and_readers_do_not(server: LiveServer) -> None:
    slug = server.open("approved")
    carl = contributor(server, slug)
    draft, scheduled = (carl("POST", "/drafts", {"body": body}).json()["id"] for body in ("Seen", "Later"))
    assert carl("POST", f"/drafts/{draft}/submit", {}).ok
    post = server.api("POST", f"/blogs/{slug}/drafts/{draft}/publish", {}).json()
    assert server.api("PATCH", f"/blogs/{slug}/drafts/{scheduled}", {"publish_at": "2020-01-01T00:00:00Z"}).ok

    def markers() -> dict[str, dict[str, Any]]:
        objects = carl("GET", "/desk/changes?after=0").json()["objects"]
        return {each["id"]: each for each in objects if "published" in each}

    until(lambda: len(markers()) == 2)
    assert markers()[draft]["published"] == {"post": post["id"], "by": "editor", "at": post["published_at"]}
    assert (markers()[draft]["author"], markers()[scheduled]["published"]["by"]) == ("carl", "editor")
    told = requests.get(f"{server.url}/api/v1/blogs/{slug}/changes?after=0", timeout=60).text
    assert not re.findall(r'carl|"editor"|"by"', told)


def test_what_is_wrong_with_a_draft_is_named(server: LiveServer, slug: str) -> None:
    for body, field in (
        ({}, "body"),
        ({"body": "x", "category": "none"}, "category"),
        ({"body": "x", "publish_at": "tonight"}, "publish_at"),
        ({"body": "x", "on": {"category": "director", "state": "upcoming"}}, "on"),
        ({"body": "x", "outcome": {"category": "director", "nominee": "nobody"}}, "outcome"),
        ({"body": "x" * 70_000}, None),
        ({"body": "x", "state": "submitted"}, "state"),
    ):
        answer = server.api("POST", f"/blogs/{slug}/drafts", body)
        assert (answer.status_code, answer.json().get("field")) == (413 if field is None else 422, field), answer.text
    assert requests.get(f"{server.url}/api/v1/blogs/{slug}/drafts", timeout=60).status_code == 401
    stranger = contributor(server, server.open("drafts-elsewhere"), "eve")
    assert stranger("GET", "/drafts").status_code == 200
    token = {"Authorization": f"Bearer {People(server.store).tokens.add('eve2', 'contributor', 'drafts-elsewhere')}"}
    for path in (
        "drafts",
        "desk/changes",
        "log",
        "calls",
        "audience",
        "figures",
        "writers",
        "retracted",
        "posts/x/history",
    ):
        url = f"{server.url}/api/v1/blogs/{slug}/{path}"
        assert requests.get(url, headers=token, timeout=60).status_code == 403


def test_a_post_is_undone_into_a_draft(server: LiveServer, slug: str) -> None:
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Too early"}).json()
    draft = server.api("POST", f"/blogs/{slug}/posts/{post['id']}/undo", {}).json()
    assert (draft["kind"], draft["body"]) == ("draft", "Too early")
    assert requests.get(f"{server.url}/live/{slug}/posts/{post['id']}", timeout=60).status_code == 410
    again = server.api("POST", f"/blogs/{slug}/posts/{post['id']}/undo", {})
    assert (again.status_code, again.json()["code"]) == (404, "retracted")


def test_the_history_and_the_logs(server: LiveServer) -> None:
    slug = server.open("record")
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "One"}).json()
    ada = People(server.store).tokens.add("ada", "editor", slug)
    for body, headers in (("Two", {"Authorization": f"Bearer {ada}"}), ("Three", {})):
        server.api("PATCH", f"/blogs/{slug}/posts/{post['id']}", {"body": body}, **headers)
    versions = server.api("GET", f"/blogs/{slug}/posts/{post['id']}/history").json()["versions"]
    assert [(each["object"]["body"], each["by"]) for each in versions] == [
        ("Three", "editor"),
        ("Two", "ada"),
        ("One", "editor"),
    ]
    assert [each["until"] for each in versions] == [None, versions[0]["at"], versions[1]["at"]]
    assert versions[2]["at"] == post["published_at"]
    assert server.api("GET", f"/blogs/{slug}/posts/nothing/history").status_code == 404
    for source in ("x" * (NAME + 1), "a\x00b"):
        refused = server.api(
            "POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"], "source": source}
        )
        assert (refused.status_code, refused.json()["field"]) == (422, "source")
    called = {"winners": ["sean-baker"], "source": "On stage"}
    server.api("POST", f"/blogs/{slug}/categories/director/announce", called)
    server.api("POST", f"/blogs/{slug}/categories/director/recall", {"note": "Wrong card"})
    recall, announce = server.api("GET", f"/blogs/{slug}/calls").json()["calls"]
    assert (announce["act"], announce["category"], announce["winners"]) == ("announce", "director", ["sean-baker"])
    assert (announce["by"], announce["source"], recall["act"]) == ("editor", "On stage", "recall")
    entries = server.api("GET", f"/blogs/{slug}/log").json()["entries"]
    assert [each["act"] for each in entries[:5]] == ["recall", "announce", "edit_post", "edit_post", "publish"]
    rest = server.api("GET", f"/blogs/{slug}/log?before={entries[3]['id']}").json()["entries"]
    assert rest == entries[4:]
    for wrong in ("x", "0-0", f"{1 << 64}-0", f"1-{1 << 64}"):
        for log in (f"/blogs/{slug}/log", "/log"):
            assert server.api("GET", f"{log}?before={wrong}").status_code == 422
    assert server.api("GET", f"/blogs/{slug}/log?before=0-1").json()["entries"] == []


def test_only_editors_can_look_up_retracted_posts(server: LiveServer) -> None:
    slug = server.open("taken-back")
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Not so"}).json()
    kept = server.api("POST", f"/blogs/{slug}/posts", {"body": "So"}).json()
    server.api("DELETE", f"/blogs/{slug}/posts/{post['id']}")
    path = f"/posts/{post['id']}/history"
    versions = server.api("GET", f"/blogs/{slug}{path}").json()["versions"]
    assert versions[0]["object"] == {"kind": "post", "id": post["id"], "seq": 4, "retracted": True}
    assert (versions[1]["object"]["body"], versions[1]["until"]) == ("Not so", versions[0]["at"])
    found = server.api("GET", f"/blogs/{slug}/retracted").json()["posts"]
    assert [(each["id"], each["seq"], each["by"], each["at"], each["object"]["body"]) for each in found] == [
        (post["id"], 4, "editor", versions[0]["at"], "Not so")
    ]
    carl = contributor(server, slug)
    for private in (path, "/retracted"):
        assert carl("GET", private).status_code == 403
    assert carl("GET", "/writers").json()["writers"][kept["id"]] == "editor"
    assert carl("GET", f"/posts/{kept['id']}/history").json()["versions"][0]["object"]["body"] == "So"
    assert carl("GET", "/figures").json()["posts_by"] == {"test": 1, "editor": 1}


def plant(server: LiveServer, slug: str) -> None:
    """Private material of every kind, with the canary in every text."""
    carl = contributor(server, slug, f"carl {CANARY}")
    text = {"headline": f"{CANARY} headline", "body": f"A {CANARY} body", "byline": f"{CANARY}"}

    def save(ask: Any, **fields: Any) -> str:
        answer = ask("POST", "/drafts", text | fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def editor(method: str, path: str, body: Any = None) -> requests.Response:
        return server.api(method, f"/blogs/{slug}{path}", body)

    save(carl)
    returned = save(carl)
    for id in (returned, save(carl)):
        carl("POST", f"/drafts/{id}/submit", {})
    assert editor("POST", f"/drafts/{returned}/return", {"note": f"{CANARY} note"}).ok
    save(editor, publish_at="2030-01-01T00:00:00Z")
    save(editor, on={"category": "picture", "state": "confirmed"})
    for nominee in ("sean-baker", "brady-corbet"):
        save(editor, outcome={"category": "director", "nominee": nominee})
    save(editor, outcome={"category": "picture", "nominee": "wicked"})
    editor("DELETE", f"/drafts/{save(editor)}")


def public_addresses(server: LiveServer, slug: str) -> list[str]:
    """Every public address, with arguments that exist."""
    post = server.state(slug)["objects"][-1]["id"]
    known = {"slug": slug, "id": post, "n": "1", "filename": "css/live.css", "name": "x", "token": "x", "version": "x"}
    rules = [rule for rule in create_app(store=server.store).url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths = {re.sub(r"<(?:\w+:)?(\w+)>", lambda m: known.get(m.group(1), "x"), rule.rule) for rule in rules}
    return sorted(path for path in paths if not path.endswith("/stream"))


def test_nothing_private_is_in_any_public_answer(server: LiveServer) -> None:
    slug = server.open("canary")
    line = Line(server.url, {"blog": slug})
    before = server.state(slug)
    plant(server, slug)
    assert server.state(slug) == before  # not even a number changed
    stream = requests.get(f"{server.url}/api/v1/blogs/{slug}/stream", stream=True, timeout=60)
    events = stream.iter_lines()
    called = {"winners": ["coralie-fargeat"]}
    assert server.api("POST", f"/blogs/{slug}/categories/director/announce", called).ok  # puts prepared texts away
    told = b""
    while b"Fargeat" not in told:
        told += next(events)
    heard = ""
    while "Fargeat" not in heard:
        heard += repr(line.event())
    answers = {path: requests.get(server.url + path, timeout=60) for path in public_addresses(server, slug)}
    assert answers[f"/live/{slug}"].ok
    assert answers[f"/api/v1/blogs/{slug}/drafts"].status_code == 401
    for path, answer in answers.items():
        assert CANARY not in answer.text + str(answer.headers), path
    assert CANARY not in told.decode() + heard
    for method, path, body in (
        ("POST", "drafts", {}),
        ("PATCH", "drafts/x", {}),
        ("POST", "posts", {"body": ""}),
        ("POST", "categories/picture/announce", {"winners": ["wicked"]}),
    ):
        refused = requests.request(method, f"{server.url}/api/v1/blogs/{slug}/{path}", json=body, timeout=60)
        assert (refused.status_code, CANARY in refused.text) == (401, False)
    assert server.state(slug)["seq"] == before["seq"] + 1
    stream.close()
    line.close()


def test_a_scheduled_draft_is_published_once_and_in_time(server: LiveServer) -> None:
    slug = server.open("planned")
    due = time.time() + 1.0
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(due)) + f".{int(due % 1 * 1000):03d}Z"
    server.api("POST", f"/blogs/{slug}/drafts", {"body": "On the minute", "publish_at": at})
    on = {"category": "director", "state": "on_stage"}
    server.api("POST", f"/blogs/{slug}/drafts", {"body": "Here is the jury", "on": on})

    def bodies() -> list[str]:
        return [obj["body"] for obj in server.state(slug)["objects"] if obj.get("type") == "update"]

    until(lambda: bodies() == ["On the minute"])
    post = next(obj for obj in server.state(slug)["objects"] if obj.get("body") == "On the minute")
    assert at <= post["published_at"]
    server.api("POST", f"/blogs/{slug}/categories/director/on-stage", {})
    until(lambda: bodies() == ["On the minute", "Here is the jury"])
    assert server.api("GET", f"/blogs/{slug}/drafts").json()["drafts"] == []


@pytest.mark.parametrize("name", ["schedule", "schedule:12"])
def test_nobody_can_block_a_scheduled_draft_by_a_name_and_a_key(server: LiveServer, name: str) -> None:
    slug = server.open(f"planned-by-{name.replace(':', '-')}")
    on = {"category": "director", "state": "on_stage"}
    draft = server.api("POST", f"/blogs/{slug}/drafts", {"body": "Here is the jury", "on": on}).json()
    other = contributor(server, slug, name)
    id, seq = draft["id"], str(draft["seq"])
    for key in (f"{id}:{seq}", f"{len(id)}:{id}:{len(seq)}:{seq}", f"{id}:{len(seq)}:{seq}"):
        assert other("POST", "/drafts", {"body": "Mine"}, Idempotency_Key=key).status_code == 201
    server.api("POST", f"/blogs/{slug}/categories/director/on-stage", {})
    until(lambda: any(obj.get("body") == "Here is the jury" for obj in server.state(slug)["objects"]))
