"""Purging a retracted post: nothing of its text and pictures is left, for nobody; everything else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from liveblog import actions
from liveblog.store.commits import Store
from liveblog.store.dump import export, restore
from liveblog.store.people import People
from tests.live_server import LiveServer
from tests.photos import photo

CANARY = "the-false-name"


def stored(store: Store, slug: str) -> str:
    """Everything that storage has of a blog."""
    client: Any = store.client
    found = []
    read = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"stream": client.xrange,
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    for key in client.scan_iter(match=f"lb:{{{slug}}}:*"):
        found.append(str(read[client.type(key)](key)))
    return "\n".join(found)


def upload(server: LiveServer, slug: str, width: int) -> str:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "image/jpeg"}
    data = photo(width, 300)
    sent = requests.post(f"{server.url}/api/v1/blogs/{slug}/media", data, headers=headers, timeout=60)
    return str(sent.json()["name"])


def status(server: LiveServer, name: str) -> int:
    return requests.get(f"{server.url}/media/{name}", timeout=60).status_code


@pytest.fixture
def night(server: LiveServer) -> tuple[str, str, list[str]]:
    """A blog with a post that was a draft, was corrected and retracted; its id; a picture of its own, a shared one."""
    slug = server.open("purge")
    pictures = [upload(server, slug, 400), upload(server, slug, 500)]
    media = [{"name": name, "alt": f"{CANARY} in a picture"} for name in pictures]
    text = {"headline": f"{CANARY} wins", "body": f"So says {CANARY}.", "media": media}
    draft = server.api("POST", f"/blogs/{slug}/drafts", {"body": f"{CANARY}?"}).json()
    server.api("PATCH", f"/blogs/{slug}/drafts/{draft['id']}", text)
    key = {"Idempotency_Key": "the first"}
    post = server.api("POST", f"/blogs/{slug}/drafts/{draft['id']}/publish", {}, **key).json()
    server.api("PATCH", f"/blogs/{slug}/posts/{post['id']}", {"body": f"No, {CANARY}!", "correction": CANARY})
    kept = {"body": "Something else", "media": [{"name": pictures[1], "alt": "Shared"}]}
    server.api("POST", f"/blogs/{slug}/posts", kept)
    server.api("DELETE", f"/blogs/{slug}/posts/{post['id']}")
    return slug, post["id"], pictures


def test_nothing_of_a_purged_post_is_left(server: LiveServer, night: tuple[str, str, list[str]]) -> None:
    slug, id, (own, shared) = night
    undone = server.api("POST", f"/blogs/{slug}/posts", {"body": f"Again {CANARY}"}).json()
    again = server.api("POST", f"/blogs/{slug}/posts/{undone['id']}/undo", {}).json()
    assert stored(server.store, slug).count(CANARY) > 10
    assert (status(server, own), status(server, shared)) == (200, 200)
    for each in (id, undone["id"]):
        purged = server.api("POST", f"/blogs/{slug}/posts/{each}/purge", {})
        assert (purged.status_code, purged.json()["retracted"]) == (200, True)
    assert CANARY not in stored(server.store, slug)
    assert "Something else" in stored(server.store, slug)
    assert (status(server, own), status(server, shared)) == (410, 200)
    assert not list((server.data / "media").glob(f"{own.removesuffix('.webp')}*"))
    assert server.api("GET", f"/blogs/{slug}/drafts/{again['id']}").status_code == 404
    assert len(server.api("GET", f"/blogs/{slug}/posts/{id}/history").json()["versions"]) == 1
    found = server.api("GET", f"/blogs/{slug}/retracted").json()["posts"]
    assert [sorted(each) for each in found] == [["id", "seq"]] * 2
    entry = server.api("GET", f"/blogs/{slug}/log").json()["entries"][0]
    assert (entry["act"], entry["by"], f"post:{undone['id']}" in entry["refs"]) == ("purge", "editor", True)
    listed = server.api("GET", f"/blogs/{slug}/media").json()["media"]
    assert [each["name"] for each in listed] == [shared]


def test_a_purged_post_does_not_come_back_with_a_repeated_request_or_an_import(
    server: LiveServer, night: tuple[str, str, list[str]]
) -> None:
    slug, id, _ = night
    sent: dict[str, Any] = {"Idempotency_Key": "purge it"}
    first = server.api("POST", f"/blogs/{slug}/posts/{id}/purge", {}, **sent)
    assert server.api("POST", f"/blogs/{slug}/posts/{id}/purge", {}, **sent).json() == first.json()
    drafts = server.api("GET", f"/blogs/{slug}/desk/changes").json()["objects"]
    repeated = server.api("POST", f"/blogs/{slug}/drafts/{drafts[0]['id']}/publish", {}, Idempotency_Key="the first")
    assert (repeated.status_code, CANARY in repeated.text) == (201, False)
    lines = list(export(server.store, slug))
    assert not any(CANARY.encode() in line for line in lines)
    copy = slug + "-again"
    renamed = [line.replace(f'"{slug}"'.encode(), f'"{copy}"'.encode()) for line in lines]
    assert restore(server.store, renamed)[0] == copy
    assert CANARY not in stored(server.store, copy)
    assert server.api("GET", f"/blogs/{copy}/posts/{id}").json()["retracted"]
    assert json.loads(lines[0])["slug"] == slug


def test_only_admins_purge_and_only_what_is_retracted(server: LiveServer, night: tuple[str, str, list[str]]) -> None:
    slug, id, _ = night
    live = server.api("POST", f"/blogs/{slug}/posts", {"body": "Readers have it"}).json()
    for path, code in ((f"posts/{live['id']}/purge", 409), ("posts/nothing/purge", 404)):
        assert server.api("POST", f"/blogs/{slug}/{path}", {}).status_code == code
    assert server.api("GET", f"/blogs/{slug}/posts/{live['id']}").json()["body"] == "Readers have it"
    editor = People(server.store).tokens.add("an editor", "editor", slug)
    refused = server.api("POST", f"/blogs/{slug}/posts/{id}/purge", {}, Authorization=f"Bearer {editor}")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert CANARY in stored(server.store, slug)


def test_the_prepared_text_of_a_retracted_result_is_purged_and_those_of_others_are_not(server: LiveServer) -> None:
    slug = server.open("purge-result")
    for nominee, body in (("sean-baker", CANARY), ("brady-corbet", "Another text")):
        outcome = {"category": "director", "nominee": nominee}
        server.api("POST", f"/blogs/{slug}/drafts", {"body": body, "outcome": outcome})
    announced = server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    id = announced.json()["posts"][0]["id"]
    server.api("DELETE", f"/blogs/{slug}/posts/{id}")
    assert server.api("POST", f"/blogs/{slug}/posts/{id}/purge", {}).status_code == 200
    assert CANARY not in stored(server.store, slug)
    drafts = server.api("GET", f"/blogs/{slug}/drafts").json()["drafts"]
    assert [draft["body"] for draft in drafts] == ["Another text"]


def test_a_draft_that_only_lost_the_same_picture_stays(server: LiveServer) -> None:
    slug = server.open("purge-picture")
    media = [{"name": upload(server, slug, 600), "alt": "Shared"}]
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": CANARY, "media": media}).json()
    draft = server.api("POST", f"/blogs/{slug}/drafts", {"body": "Another text", "media": media}).json()
    server.api("DELETE", f"/blogs/{slug}/media/{media[0]['name']}")
    server.api("DELETE", f"/blogs/{slug}/posts/{post['id']}")
    assert server.api("POST", f"/blogs/{slug}/posts/{post['id']}/purge", {}).status_code == 200
    assert CANARY not in stored(server.store, slug)
    assert server.api("GET", f"/blogs/{slug}/drafts/{draft['id']}").json()["body"] == "Another text"


def test_a_post_that_is_being_purged_shows_nobody_its_text_any_more(server: LiveServer) -> None:
    """A desk looks a post up as soon as its tombstone changes; its versions are removed a moment later."""
    slug = server.open("purging")
    post = server.api("POST", f"/blogs/{slug}/posts", {"headline": "A false name"}).json()
    server.api("DELETE", f"/blogs/{slug}/posts/{post['id']}")
    assert "A false name" in server.api("GET", f"/blogs/{slug}/retracted").text

    def act(view: actions.View) -> actions.Plan:
        return actions.purge(view, slug, post["id"])

    server.store.perform(slug, act, by="admin", note={"act": "purge"})
    for path in ("retracted", f"posts/{post['id']}/history"):
        assert "A false name" not in server.api("GET", f"/blogs/{slug}/{path}").text
