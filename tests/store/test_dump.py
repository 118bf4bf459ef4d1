"""Export and import: the imported blog equals the exported one, in a new epoch."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable

import msgspec
import pytest

from liveblog import actions, drafts
from liveblog.actions import Plan
from liveblog.drafts import Writer
from liveblog.errors import Invalid, NotFound, WrongState
from liveblog.model import Position, Venue
from liveblog.store.commits import Commit, Store
from liveblog.store.dump import export, restore
from liveblog.store.history import HISTORY
from tests.newsroom import DIRECTOR, PICTURE

ADA = Writer(name="Ada", editor=True)


def do(store: Store, act: Callable[..., Plan], *args: object, **fields: object) -> Commit:
    note = {"act": act.__name__}
    return store.perform("anora", lambda view: act(view, "anora", *args, **fields), by="Ada", note=note)


@pytest.fixture
def night(store: Store) -> list[bytes]:
    store.perform(
        "anora",
        lambda view: actions.create_blog(
            view,
            slug="anora",
            title="Anora",
            starts="2025-03-02T16:00:00-08:00",
            venue=Venue(name="Dolby Theatre", country="US"),
            categories=[DIRECTOR, PICTURE],
        ),
        by="Ada",
    )
    post = do(store, actions.publish, body="One").find("post").id
    do(store, actions.edit_post, post, body="Two", correction="It was one")
    do(store, actions.retract, do(store, actions.publish, body="Gone").find("post").id)
    do(store, actions.announce, "director", winners=["sean-baker"])
    do(store, actions.doubt, "director", note="Two cards")
    do(store, actions.publish, headline="We are live")
    do(store, drafts.save, by=ADA, body="Later", publish_at="2030-01-01T00:00:00Z")
    return list(export(store, "anora"))


def test_an_imported_blog_equals_the_exported_one_in_a_new_epoch(store: Store, night: list[bytes]) -> None:
    before = {scope: store.load("anora", scope) for scope in HISTORY}
    versions = store.history.superseded("anora")
    store.delete("anora")
    assert restore(store, night) == ("anora", 9)  # two posts more, and the director's last step
    for scope, was in before.items():
        now = store.load("anora", scope)
        assert (now.seq, now.objects) == (was.seq, was.objects)
        assert [now.time(obj) for obj in now.objects] == [was.time(obj) for obj in was.objects]
        assert now.epoch != was.epoch
        assert now.since(Position(was.epoch, was.seq)).reset
    assert msgspec.json.encode(store.history.superseded("anora")) == msgspec.json.encode(versions)
    assert list(store.summaries.due()) == ["anora"]
    again = do(store, actions.publish, body="The night goes on").find("post")
    assert again.seq == before["public"].seq + 1


def test_an_export_that_an_editor_of_texts_has_marked_is_imported(store: Store, night: list[bytes]) -> None:
    store.delete("anora")
    assert restore(store, [b"\xef\xbb\xbf" + night[0], *night[1:]]) == ("anora", 9)


def test_what_an_older_release_exported_is_composed(store: Store, night: list[bytes]) -> None:
    store.delete("anora")
    restore(store, [line.replace(b"Sean Baker", unicodedata.normalize("NFD", "Séan Baker").encode()) for line in night])
    (winner,) = (each for category in store.load("anora").categories for each in category.won)
    assert winner.name == "Séan Baker"


def without(line: bytes, name: str) -> bytes:
    members = json.loads(line)
    del members[name]
    return json.dumps(members).encode()


def test_a_file_that_is_not_an_export_is_refused_and_nothing_is_stored(store: Store, night: list[bytes]) -> None:
    with pytest.raises(WrongState):
        restore(store, night)
    store.delete("anora")
    head = json.loads(night[0])
    for lines, words in (
        ([], "no blog"),
        ([b"{}"], "not an export"),
        ([b"Dear reader"], "line 1"),
        ([*night[:2], b'{"scope": "moon"}'], "line 3"),
        ([night[0], *night[2:]], "no blog"),
        ([b"", *night], "line 2"),
        ([night[0], without(night[1], "at"), *night[2:]], "line 2"),
        ([*night[:-1], without(night[-1], "by")], f"line {len(night)}"),
        ([json.dumps(head | {"public": 1}).encode(), *night[1:]], "do not fit"),
    ):
        with pytest.raises(Invalid, match=words):
            restore(store, lines)
    with pytest.raises(NotFound):
        store.load("anora")
    with pytest.raises(NotFound):
        list(export(store, "anora"))


def test_an_export_that_an_editor_saved_with_a_byte_order_mark_is_imported(store: Store, night: list[bytes]) -> None:
    store.delete("anora")
    assert restore(store, [b"\xef\xbb\xbf" + night[0] + b"\r\n", *night[1:]]) == ("anora", 9)
