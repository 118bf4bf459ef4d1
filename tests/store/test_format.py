"""Two releases on one storage: the older one refuses data that it could harm, and keeps unknown fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from liveblog import actions, drafts
from liveblog.actions import Plan, View
from liveblog.drafts import Writer
from liveblog.errors import NewerData
from liveblog.model import Venue
from liveblog.store.commits import Commit, Store
from liveblog.store.format import FORMAT, SITE
from liveblog.timeline import tally
from tests.commands import liveblog, program
from tests.live_server import live_server
from tests.newsroom import DIRECTOR

META, PUBLIC, DESK = ("lb:{anora}:" + name for name in ("meta", "public", "desk"))
WEATHER = {"rain": [True, None], "empty": [], "text": '\u0000now, {"seq":0}'}
ADA = Writer(name="ada", editor=True)


@pytest.fixture
def blog(store: Store) -> str:
    do(store, lambda view: actions.create_blog(view, slug="anora", title="Anora", categories=[DIRECTOR]))
    return "anora"


def do(store: Store, act: Callable[[View], Plan]) -> Commit:
    return store.perform("anora", act, by="ada")


def written_by_a_newer_release(store: Store, table: str, ref: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change an object's JSON like a release with more fields; `seq` stays last."""
    head, _, text = value(store, table, ref).partition(b"{")
    obj = msgspec.json.decode(b"{" + text)
    change(obj)
    obj["seq"] = obj.pop("seq")
    store.client.hset(table, ref, head + msgspec.json.encode(obj))
    store.client.hdel(META, f"sum:{table.rpartition(':')[2]}:{ref}")


def stored(store: Store, table: str, ref: str) -> dict[str, Any]:
    text = value(store, table, ref)
    found: dict[str, Any] = msgspec.json.decode(text[text.index(b"{") :])
    return found


def value(store: Store, table: str, ref: str) -> bytes:
    found = store.client.hget(table, ref)
    assert isinstance(found, bytes)
    return found


def test_stored_data_has_its_format_number(store: Store, blog: str) -> None:
    assert store.client.hget(META, "format") == b"%d" % FORMAT


def test_a_newer_format_is_neither_read_nor_written(store: Store, blog: str) -> None:
    store.client.hset(META, "format", FORMAT + 1)
    before = {key: store.client.dump(key) for key in store.client.keys("*")}
    for attempt in (
        lambda: store.load(blog),
        lambda: store.load(blog, "desk"),
        lambda: do(store, lambda view: actions.publish(view, blog, body="Doors open")),
        lambda: do(store, lambda view: actions.edit_blog(view, blog, title="Other")),
    ):
        with pytest.raises(NewerData, match=f"data format {FORMAT + 1}; this release knows up to {FORMAT}"):
            attempt()
    assert {key: store.client.dump(key) for key in store.client.keys("*")} == before


def test_a_process_from_before_the_upgrade_writes_nothing_either(store: Store, blog: str) -> None:
    memory = store.load(blog)
    store.client.hset(META, "format", FORMAT + 1)
    with pytest.raises(NewerData):
        store.perform(blog, lambda view: actions.publish(view, blog, body="Doors open"), by="ada", memory=memory)


def test_commands_and_the_server_refuse_in_one_sentence(tmp_path: Path) -> None:
    with live_server("serve", LIVEBLOG_DATA=str(tmp_path / "data")) as server:
        slug = server.open()
        assert server.store.client.get(SITE) == b"%d" % FORMAT
        server.store.client.set(SITE, FORMAT + 1)
        for command in (["check"], ["post", slug, "Doors open"], ["export", slug], ["editor", "list"]):
            refused = liveblog(*command, data=server.data)
            assert refused.returncode != 0
            assert "newer release" in refused.stderr
            assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
        assert server.store.load(slug).seq == 1
    refused = program("serve", "--port", "0", data=tmp_path / "data")
    assert refused.returncode != 0
    assert "newer release" in refused.stderr.strip().splitlines()[-1]


def test_a_field_that_a_release_does_not_know_survives_its_edits(store: Store, blog: str) -> None:
    post = do(store, lambda view: actions.publish(view, blog, body="Doors open")).find("post")

    def newer(obj: dict[str, Any]) -> None:
        obj |= {"location": "Red carpet", "weather": WEATHER}

    written_by_a_newer_release(store, PUBLIC, f"post:{post.id}", newer)
    do(store, lambda view: actions.edit_post(view, blog, post.id, body="Doors are open"))
    do(store, lambda view: actions.pin(view, blog, post=post.id))
    after = stored(store, PUBLIC, f"post:{post.id}")
    assert (after["body"], after["location"]) == ("Doors are open", "Red carpet")
    assert after["weather"] == WEATHER
    assert list(after)[-1] == "seq"
    assert after["seq"] == store.load(blog).seq
    do(store, lambda view: actions.retract(view, blog, post.id))
    assert "Red carpet" not in str(stored(store, PUBLIC, f"post:{post.id}"))  # a tombstone keeps nothing


def test_a_blog_from_before_start_and_venue_gets_them(store: Store, blog: str) -> None:
    def older(obj: dict[str, Any]) -> None:
        del obj["starts"], obj["venue"]

    written_by_a_newer_release(store, PUBLIC, "blog:anora", older)
    assert (store.load(blog).blog.starts, store.load(blog).blog.venue) == (None, None)
    do(store, lambda view: actions.edit_blog(view, blog, venue=Venue(name="Palais")))
    written_by_a_newer_release(store, PUBLIC, "blog:anora", lambda obj: obj["venue"].update(seats=3400))
    do(store, lambda view: actions.edit_blog(view, blog, starts="2025-03-02T16:00:00-08:00"))
    after = stored(store, PUBLIC, "blog:anora")
    assert (after["starts"], after["venue"]["seats"]) == ("2025-03-03T00:00:00.000Z", 3400)


def test_names_that_were_stored_before_all_text_was_composed_are_read_so(store: Store, blog: str) -> None:
    def older(obj: dict[str, Any]) -> None:
        obj["nominees"][0] = {"id": "j", "name": "Jacques Audiard", "film": "Emilia Pe\u0301rez"}
        obj["nominees"][1] = {"id": "z", "name": "Zoé", "film": "Emilia Pérez"}

    written_by_a_newer_release(store, PUBLIC, "category:director", older)
    assert [row.film for row in tally(store.load(blog).categories, None)].count("Emilia Pérez") == 1


def test_fields_inside_nominees_and_drafts_survive_too(store: Store, blog: str) -> None:
    def newer(obj: dict[str, Any]) -> None:
        obj["envelope"] = "red"
        for nominee in obj["nominees"]:
            nominee["portrait"] = nominee["id"] + ".webp"

    written_by_a_newer_release(store, PUBLIC, "category:director", newer)
    before = stored(store, PUBLIC, "category:director")["nominees"]
    do(store, lambda view: actions.on_stage(view, blog, "director"))
    do(store, lambda view: actions.announce(view, blog, "director", winners=["sean-baker"]))
    after = stored(store, PUBLIC, "category:director")
    assert (after["state"], after["envelope"]) == ("announced", "red")
    assert after["nominees"] == before
    draft = do(store, lambda view: drafts.save(view, blog, by=ADA, body="Later")).find("draft")
    written_by_a_newer_release(store, DESK, f"draft:{draft.id}", lambda obj: obj.update(mood="calm"))
    do(store, lambda view: drafts.edit(view, blog, draft.id, by=ADA, body="Later still"))
    assert stored(store, DESK, f"draft:{draft.id}")["mood"] == "calm"
