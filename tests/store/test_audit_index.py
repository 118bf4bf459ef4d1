"""The audit index of a process: it reads on, and a deleted blog takes its entries along."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from liveblog import actions, drafts
from liveblog.actions import Plan, View
from liveblog.drafts import Writer
from liveblog.store import audit_index
from liveblog.store.audit_index import AuditIndex
from liveblog.store.commits import Commit, Store
from tests.newsroom import DIRECTOR

BEN = Writer(name="ben", editor=True)


def open_blog(store: Store) -> str:
    store.perform(
        "night",
        lambda view: actions.create_blog(view, slug="night", title="Night", categories=[DIRECTOR]),
        by="ada",
        note={"act": "create_blog"},
    )
    return store.load("night").born


def do(store: Store, by: str, act: str, plan: Callable[[View], Plan]) -> Commit:
    return store.perform("night", plan, by=by, note={"act": act})


def test_it_knows_the_posts_authors_and_reads_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_index, "READ", 2)
    born = open_blog(store)
    night = AuditIndex(store)
    posts = [
        do(store, by, "publish", lambda view: actions.publish(view, "night", body="Text")).find("post").id
        for by in ("ada", "ben", "ada")
    ]
    do(store, "cem", "edit_post", lambda view: actions.edit_post(view, "night", posts[0], body="Better"))
    assert night.writers("night", born) == dict(zip(posts, ("ada", "ben", "ada"), strict=True))
    do(store, "cem", "announce", lambda view: actions.announce(view, "night", "director", winners=["sean-baker"]))
    do(store, "dot", "confirm", lambda view: actions.confirm(view, "night", "director"))
    do(store, "dot", "recall", lambda view: actions.recall(view, "night", "director", note="The wrong card."))
    assert [(call.by, call.note) for call in night.calls("night", born)] == [
        ("dot", {"act": "recall", "winners": [], "was": ["Sean Baker"]}),
        ("dot", {"act": "confirm", "winners": ["sean-baker"]}),
        ("cem", {"act": "announce", "winners": ["sean-baker"]}),
    ]
    assert len(night.calls("night", born)) == 3
    night.forget("night")
    assert len(night.calls("night", born)) == 3
    night.forget("night")
    night.forget("never asked for")
    store.delete("night")
    assert night.calls("night", open_blog(store)) == []


def test_saving_a_draft_over_and_over_is_one_line(store: Store) -> None:
    open_blog(store)
    draft = do(store, "ben", "save_draft", lambda view: drafts.save(view, "night", by=BEN, body="0")).find("draft").id

    def save(text: str) -> Callable[[View], Plan]:
        return lambda view: drafts.edit(view, "night", draft, by=BEN, body=text)

    for text in "123":
        last = do(store, "ben", "edit_draft", save(text))
    do(store, "cem", "edit_draft", save("4"))
    entries = store.audit.of("night")
    assert [(entry.by, entry.note["act"]) for entry in entries] == [
        ("cem", "edit_draft"),
        ("ben", "edit_draft"),
        ("ben", "save_draft"),
        ("ada", "create_blog"),
    ]
    assert entries[1].at == last.at
    post = do(store, "ben", "publish_draft", lambda view: drafts.publish(view, "night", draft)).find("post").id
    for text in ("5", "6"):  # public edits have a line each time
        do(store, "ben", "edit_post", partial(actions.edit_post, slug="night", id=post, body=text))
    assert len(store.audit.of("night")) == 7
