"""Histories and logs are bounded, each kind by its own rule."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from liveblog import actions, drafts
from liveblog.drafts import Writer
from liveblog.model import Draft, Post
from liveblog.store.commits import Store
from liveblog.store.history import HISTORY

ADA, BO = (Writer(name=name, editor=True) for name in ("ada", "bo"))


@pytest.fixture
def short(store: Store) -> Iterator[Store]:
    """Storage that keeps little."""
    made = Store(store.url, history_length=100, draft_history_length=100, audit_length=100)
    made.perform("anora", lambda view: actions.create_blog(view, slug="anora", title="Anora"), by="ada")
    yield made
    made.close()


def test_histories_and_logs_are_bounded(short: Store) -> None:
    post = short.perform("anora", lambda view: actions.publish(view, "anora", body="0"), by="ada").find("post")
    for n in range(1, 600):
        edit = partial(actions.edit_post, slug="anora", id=post.id, body=str(n))
        short.perform("anora", edit, by="ada")
        short.audit.note(by="ada", act="sign_in")
    versions = short.history.of("anora", "post", post.id)
    assert 100 <= len(versions) < 400  # streams are trimmed by whole blocks
    assert isinstance(versions[-1].object, Post)
    assert versions[-1].object.body == "598"  # the oldest go
    assert 100 <= len(short.audit.of("anora", count=10_000)) < 400
    assert 100 <= len(short.audit.of_site(count=10_000)) < 400


def test_one_version_a_minute_is_kept_of_a_draft_that_one_person_keeps_saving(short: Store) -> None:
    draft = short.perform("anora", lambda view: drafts.save(view, "anora", by=ADA, body="0"), by="ada").find("draft")

    def save(body: str, by: Writer) -> None:
        short.perform("anora", lambda view: drafts.edit(view, "anora", draft.id, by=by, body=body), by=by.name)

    for n in range(1, 10):
        save(str(n), ADA)
    save("Bo's", BO)  # a version that somebody else replaced is kept
    save("Ada's again", ADA)
    versions = [version.object for version in short.history.of("anora", "draft", draft.id)]
    assert [version.body for version in versions if isinstance(version, Draft)] == ["0", "9", "Bo's"]
    client: Any = short.client
    _, fields = client.xrange("lb:{anora}:" + HISTORY["desk"])[-1]
    client.delete("lb:{anora}:" + HISTORY["desk"])
    client.xadd("lb:{anora}:" + HISTORY["desk"], fields, id="1-0")  # a minute and more ago
    save("later", ADA)
    assert len(short.history.of("anora", "draft", draft.id)) == 2
    assert isinstance(short.get("anora", "draft", draft.id), Draft)
