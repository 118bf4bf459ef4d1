"""Deleting a picture: it is gone from posts, drafts, prepared texts, versions, files and addresses, for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from liveblog.errors import Unavailable
from liveblog.store.commits import Store
from liveblog.store.deleted_pictures import Deletion
from liveblog.store.dump import export, restore
from liveblog.store.people import People
from liveblog.store.pictures import Pictures
from tests.live_server import LiveServer
from tests.photos import photo
from tests.web.test_purge import CANARY, stored

_WIDTHS = iter(range(700, 1000))


def upload(server: LiveServer, slug: str, data: bytes | None = None, token: str | None = None) -> dict[str, Any]:
    """A picture that no other test has."""
    headers = {"Authorization": f"Bearer {token or server.token}", "Content-Type": "image/jpeg"}
    url = f"{server.url}/api/v1/blogs/{slug}/media"
    sent = requests.post(url, data or photo(next(_WIDTHS), 300), headers=headers, timeout=60)
    assert sent.status_code == 201, sent.text
    made: dict[str, Any] = sent.json()
    return made


def delete(server: LiveServer, slug: str, name: str, token: str | None = None) -> requests.Response:
    return server.api("DELETE", f"/blogs/{slug}/media/{name}", Authorization=f"Bearer {token or server.token}")


def statuses(server: LiveServer, picture: dict[str, Any]) -> set[int]:
    """Of all of a picture's addresses."""
    stem = picture["name"].removesuffix(".webp")
    names = [picture["name"], *(f"{stem}-{width}.webp" for width in picture["widths"][:-1])]
    return {requests.get(f"{server.url}/media/{name}", timeout=60).status_code for name in names}


def test_a_deleted_picture_is_gone_from_everything(server: LiveServer) -> None:
    slug = server.open("delete-picture")
    picture, kept = upload(server, slug), upload(server, slug)
    entry = {"name": picture["name"], "alt": CANARY, "caption": CANARY, "credit": CANARY}
    other = {"name": kept["name"], "alt": "Another one"}

    def shown(path: str, body: dict[str, Any], **headers: str) -> str:
        made = server.api("POST", f"/blogs/{slug}/{path}", body | {"media": [entry, other]}, **headers)
        assert made.ok, made.text
        return str(made.json()["id"])

    first = shown("posts", {"body": "The carpet"}, Idempotency_Key="published once")
    server.api("PATCH", f"/blogs/{slug}/posts/{first}", {"body": "The red carpet"})
    draft = shown("drafts", {"body": "Later"})
    text = shown("drafts", {"body": "If he wins", "outcome": {"category": "director", "nominee": "sean-baker"}})
    before = shown("posts", {"body": "It was there"})
    server.api("PATCH", f"/blogs/{slug}/posts/{before}", {"media": []})
    alone = server.api("POST", f"/blogs/{slug}/posts", {"media": [entry]}).json()["id"]
    server.api("PUT", f"/blogs/{slug}/pin", {"post": alone})
    empty = server.api("POST", f"/blogs/{slug}/drafts", {"media": [entry]}).json()["id"]
    position = server.api("GET", f"/blogs/{slug}").json()
    assert statuses(server, picture) == {200}

    assert delete(server, slug, picture["name"]).json() == {"name": picture["name"], "deleted": True}

    assert statuses(server, picture) == {410}
    assert not list((server.data / "media").glob(f"{picture['name'].removesuffix('.webp')}*"))
    assert CANARY not in stored(server.store, slug)
    for path in (f"/live/{slug}", f"/live/{slug}/feed.json", f"/live/{slug}/posts/{first}"):
        assert picture["name"][:32] not in requests.get(server.url + path, timeout=60).text
    changes = f"/blogs/{slug}/changes?epoch={position['epoch']}&after={position['seq']}"
    told = {obj["id"]: obj for obj in server.api("GET", changes).json()["objects"] if obj["kind"] == "post"}
    assert told[first]["media"] == server.api("GET", f"/blogs/{slug}/posts/{first}").json()["media"]
    assert [each["alt"] for each in told[first]["media"]] == ["Another one"]
    assert told[alone]["retracted"]
    assert before not in told  # it had lost the picture already
    assert server.api("GET", f"/blogs/{slug}").json()["blog"].get("pinned") != alone
    drafts = {each["id"]: each for each in server.api("GET", f"/blogs/{slug}/drafts").json()["drafts"]}
    assert [[each["alt"] for each in drafts[id]["media"]] for id in (draft, text)] == [["Another one"]] * 2
    assert empty not in drafts
    versions = server.api("GET", f"/blogs/{slug}/posts/{first}/history").json()["versions"]
    bodies = [version["object"]["body"] for version in versions]
    assert bodies == ["The red carpet", "The red carpet", "The carpet"]  # no text was lost with the picture
    assert {len(version["object"]["media"]) for version in versions} == {1}
    again = {"body": "The carpet", "media": [entry, other]}
    repeated = server.api("POST", f"/blogs/{slug}/posts", again, Idempotency_Key="published once")
    assert (repeated.status_code, CANARY in repeated.text) == (422, False)  # it names a picture that is gone
    listed = server.api("GET", f"/blogs/{slug}/media").json()["media"]
    assert [each["name"] for each in listed] == [kept["name"]]
    line = server.api("GET", f"/blogs/{slug}/log").json()["entries"][0]
    assert (line["act"], line["by"], line["picture"]) == ("delete_picture", "editor", picture["name"])
    assert {f"post:{first}", f"draft:{text}"} <= set(line["refs"])
    assert statuses(server, kept) == {200}


def test_deleting_twice_is_deleting_once(server: LiveServer) -> None:
    slug = server.open("delete-twice")
    picture = upload(server, slug)
    first = delete(server, slug, picture["name"])
    assert delete(server, slug, picture["name"]).json() == first.json()
    acts = [line.get("act") for line in server.api("GET", f"/blogs/{slug}/log").json()["entries"]]
    assert acts.count("delete_picture") == 1
    assert delete(server, slug, "0" * 32 + ".webp").status_code == 404
    assert delete(server, slug, "x").status_code == 404
    assert delete(server, "nowhere", picture["name"]).status_code == 404
    assert delete(server, server.open("delete-elsewhere"), picture["name"]).status_code == 404


def test_its_address_stays_gone_and_the_same_file_gets_another_one(server: LiveServer) -> None:
    slug, data = server.open("delete-again"), photo(next(_WIDTHS), 300)
    names = []
    for _ in range(3):
        picture = upload(server, slug, data)
        assert statuses(server, picture) == {200}
        delete(server, slug, picture["name"])
        names.append(picture["name"])
        gone = requests.get(f"{server.url}/media/{picture['name']}", timeout=60)
        assert (gone.status_code, gone.json()["code"], gone.headers["Cache-Control"]) == (
            410,
            "gone",
            "public, max-age=60",
        )
    assert len({*names}) == 3
    sent = {"body": "x", "media": [{"name": names[0], "alt": "x"}]}
    refused = server.api("POST", f"/blogs/{slug}/posts", sent)
    assert (refused.status_code, refused.json()["field"]) == (422, "media")
    assert "was deleted" in refused.json()["detail"]


def test_the_person_who_uploaded_it_or_an_editor_deletes_it(server: LiveServer) -> None:
    slug, people = server.open("delete-roles"), People(server.store)
    reporter = people.tokens.add("a reporter", "contributor", slug)
    colleague = people.tokens.add("a colleague", "contributor", slug)
    stranger = people.tokens.add("a stranger", "editor", server.open("delete-stranger"))
    mine, data = upload(server, slug, token=reporter), photo(next(_WIDTHS), 300)
    editors = upload(server, slug, data)
    upload(server, slug, data, reporter)  # who sends the same file later is not its author
    for token, name, status in (
        (colleague, mine["name"], 403),
        (stranger, mine["name"], 403),
        ("unknown", mine["name"], 401),
        (reporter, editors["name"], 403),
    ):
        assert delete(server, slug, name, token).status_code == status
    assert statuses(server, mine) == {200}
    assert delete(server, slug, mine["name"], reporter).json()["deleted"]
    assert delete(server, slug, editors["name"], people.tokens.add("an editor", "editor", slug)).json()["deleted"]


def test_another_blog_keeps_a_picture_that_its_own_editors_use(server: LiveServer) -> None:
    here, there = server.open("delete-here"), server.open("delete-there")
    picture = upload(server, here)
    entry = {"name": picture["name"], "alt": "Used by its name"}
    for slug in (here, there):
        assert server.api("POST", f"/blogs/{slug}/posts", {"body": "x", "media": [entry]}).status_code == 201
    local = People(server.store).tokens.add("a local editor", "editor", here)
    assert delete(server, here, picture["name"], local).json() == {"name": picture["name"], "deleted": False}
    assert server.api("GET", f"/blogs/{here}").json()["posts"][0]["media"] == []
    assert len(server.api("GET", f"/blogs/{there}").json()["posts"][0]["media"]) == 1
    assert statuses(server, picture) == {200}
    assert delete(server, there, picture["name"]).json()["deleted"]  # by an editor of both
    assert server.api("GET", f"/blogs/{there}").json()["posts"][0]["media"] == []
    assert statuses(server, picture) == {410}


def test_an_editor_of_all_blogs_deletes_it_from_all_of_them_also_from_copies(server: LiveServer) -> None:
    here = server.open("delete-all")
    picture = upload(server, here)
    server.api("POST", f"/blogs/{here}/posts", {"body": "x", "media": [{"name": picture["name"], "alt": "x"}]})
    copy = f"{here}-copy"
    restore(
        server.store, [line.replace(f'"{here}"'.encode(), f'"{copy}"'.encode()) for line in export(server.store, here)]
    )
    assert delete(server, here, picture["name"]).json()["deleted"]
    for slug in (here, copy):
        assert server.api("GET", f"/blogs/{slug}").json()["posts"][0]["media"] == []


@pytest.fixture
def night(server: LiveServer) -> tuple[str, dict[str, Any]]:
    slug = server.open("delete-crash")
    picture = upload(server, slug)
    server.api("POST", f"/blogs/{slug}/posts", {"body": "x", "media": [{"name": picture["name"], "alt": CANARY}]})
    return slug, picture


@pytest.mark.parametrize("step", ["_take_out", "_remove_files"])
def test_a_deletion_that_was_interrupted_is_finished_by_the_next_process(
    server: LiveServer, night: tuple[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    slug, picture = night
    shelf = _shelf(server.store, server.data / "media")

    def ends(*_: object) -> None:
        raise ConnectionError("the process ends here")

    with monkeypatch.context() as patch:
        patch.setattr(shelf, step, ends)
        with pytest.raises(ConnectionError):
            shelf.delete(picture["name"], [slug], by="Ana")
    assert [each.name for each in shelf.deleted.unfinished()] == [picture["name"]]
    next_one = _shelf(server.store, server.data / "media")
    next_one.finish_deletions()
    assert next_one.deleted.unfinished() == []
    assert CANARY not in stored(server.store, slug)
    assert next_one.of(slug) == []
    lines = server.store.audit.of(slug)
    assert [(line.note.get("act"), line.by) for line in lines].count(("delete_picture", "Ana")) == 1


def test_a_version_of_an_open_tab_cannot_bring_it_back(server: LiveServer, night: tuple[str, dict[str, Any]]) -> None:
    slug, picture = night
    post = server.api("GET", f"/blogs/{slug}").json()["posts"][0]
    delete(server, slug, picture["name"])
    refused = server.api("PATCH", f"/blogs/{slug}/posts/{post['id']}", {"media": post["media"]})
    assert (refused.status_code, refused.json()["field"]) == (422, "media")


def test_a_long_history_keeps_its_order_and_its_times(server: LiveServer, night: tuple[str, dict[str, Any]]) -> None:
    slug, picture = night
    post = server.api("GET", f"/blogs/{slug}").json()["posts"][0]["id"]
    for number in range(12):
        server.api("PATCH", f"/blogs/{slug}/posts/{post}", {"body": f"Version {number}"})
    before = server.api("GET", f"/blogs/{slug}/posts/{post}/history").json()["versions"]
    delete(server, slug, picture["name"])
    after = server.api("GET", f"/blogs/{slug}/posts/{post}/history").json()["versions"][1:]
    assert [(each["object"]["body"], each["at"], each["by"]) for each in after] == [
        (each["object"]["body"], each["at"], each["by"]) for each in before
    ]
    server.api("PATCH", f"/blogs/{slug}/posts/{post}", {"body": "And on"})
    assert len(server.api("GET", f"/blogs/{slug}/posts/{post}/history").json()["versions"]) == len(before) + 2


def test_a_process_without_storage_goes_by_what_it_knows(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, name = _shelf(store, tmp_path), "1" * 32 + ".webp"
    shelf.deleted.add(Deletion(name=name, files=[name], blogs=[], by="Ana", done=True))

    def away(_: str) -> dict[bytes, bytes]:
        raise Unavailable("the storage is away")

    monkeypatch.setattr(store.records, "get_fields", away)
    monkeypatch.setattr(shelf.deleted, "_until", 0.0)
    assert shelf.deleted.has(name)
    assert not shelf.deleted.has("2" * 32 + ".webp")


def _shelf(store: Store, folder: Path) -> Pictures:
    return Pictures(store, folder, None, lambda: b"secret", 2_000_000)
