"""Export and import: the imported blog equals the exported one, in a new epoch."""

from __future__ import annotations

import json
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from liveblog import actions, drafts
from liveblog.actions import Plan
from liveblog.drafts import Writer
from liveblog.errors import Invalid, NotFound, WrongState
from liveblog.model import Draft, Position, Post, Venue, ref_of
from liveblog.store.commits import Commit, Store
from liveblog.store.dump import Exported, export, parsed, restore
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


def past(store: Store) -> list[bytes]:
    """The versions that were replaced, as lines of an export."""
    return [line for line in export(store, "anora") if b'"until":' in line]


def test_an_imported_blog_equals_the_exported_one_in_a_new_epoch(store: Store, night: list[bytes]) -> None:
    before = {scope: store.load("anora", scope) for scope in HISTORY}
    versions = past(store)
    store.delete("anora")
    assert restore(store, night) == ("anora", 9)  # two posts more, and the director's last step
    for scope, was in before.items():
        now = store.load("anora", scope)
        assert (now.seq, now.objects) == (was.seq, was.objects)
        assert [now.time(obj) for obj in now.objects] == [was.time(obj) for obj in was.objects]
        assert now.epoch != was.epoch
        assert now.since(Position(was.epoch, was.seq)).reset
    assert past(store) == versions != []
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
        (night[:-1], "is not whole: it has 13 of 14 lines"),
        ([line.replace(b'"anora"', b'"../anora"') for line in night], "line 2 .* id is no id"),
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


def texts_of(found: Exported) -> list[Post | Draft]:
    return [*found.timelines["public"].posts, *found.timelines["desk"].drafts]


def test_an_export_is_of_one_moment(store: Store, night: list[bytes]) -> None:
    """Drafts become posts, and posts change, while exports are made: none has a text twice, or not at all."""
    ids = [do(store, drafts.save, by=ADA, body=f"Text {number}").find("draft").id for number in range(40)]
    count = len(texts_of(parsed(export(store, "anora"))))
    done = threading.Event()

    def go_on() -> None:
        for id in ids:
            post = do(store, drafts.publish, id, by="Ada").find("post").id
            do(store, actions.edit_post, post, body="Edited")
        done.set()

    thread = threading.Thread(target=go_on)
    thread.start()
    taken = []
    while not done.is_set():
        taken.append(parsed(export(store, "anora")))
    thread.join()
    for each in taken:
        texts = texts_of(each)
        assert len(texts) == count
        assert all(version.object.seq <= each.timelines[scope].seq for scope, version in each.history)
        now = {ref_of(text): text.seq for text in texts}
        assert all(version.object.seq < now.get(ref_of(version.object), 1 << 30) for _, version in each.history)


def test_what_release_0_1_0_exported_is_imported_whole(store: Store) -> None:
    exported = (Path(__file__).parent / "night-0.1.0.ndjson").read_bytes().splitlines()
    assert restore(store, exported) == ("anora", 6)
    night, desk = store.load("anora"), store.load("anora", "desk")
    assert (night.seq, desk.seq) == (6, 2)
    posts = [each for each in night.objects if isinstance(each, Post)]
    edited, retracted, result = sorted(posts, key=lambda post: post.published_at)
    assert (edited.body, [each.note for each in edited.corrections]) == ("Two", ["It was one"])
    assert (retracted.body, retracted.retracted) == ("", True)
    assert (result.type, [each.name for each in night.categories[0].won]) == ("result", ["Sean Baker"])
    assert [each.body for each in desk.drafts] == ["Only for the desk, later"]
    assert list(store.summaries.due()) == ["anora"]
    assert [version.object.seq for version in store.history.of("anora", "post", edited.id)] == [2]
    again = list(export(store, "anora"))
    store.delete("anora")
    assert restore(store, again) == ("anora", 6)
