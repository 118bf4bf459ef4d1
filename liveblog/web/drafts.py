"""The API's private part: drafts, and the desk's own catch-up (docs/api.md). Nothing here is for readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for
from msgspec import Struct

from .. import drafts
from ..actions import Plan, View
from ..drafts import Writer
from ..errors import NotFound
from ..model import Draft, public, ref
from ..protocol import asked, catch_up
from ..store.commits import Commit
from ..timeline import Timeline
from . import answers, auth
from .render import message
from .site import services
from .texts import DraftEdit, with_pictures
from .writing import Nothing, fields_of, object_answer, perform, sent

blueprint = answers.blueprint("drafts", __name__, "private", "/api/v1/blogs/<slug>")


class Return(Struct, forbid_unknown_fields=True):
    note: str


def _desk(slug: str) -> Timeline:
    """The desk's timeline, for people who work there."""
    auth.require("contributor", slug)
    return services().desk_tails.timeline(slug)


def _writer(slug: str) -> Writer:
    who = auth.require("contributor", slug)
    publishes = who.has_scope("post")  # a scheduled or prepared draft is published without another call
    return Writer(name=who.name, editor=publishes and who.may("editor", slug))


def _act(slug: str, id: str | None, act: Callable[[View], Plan], **more: Any) -> tuple[Timeline, Commit]:
    return perform(slug, act, name=None if id is None else ref("draft", id), role="contributor", **more)


def _draft(commit: Commit, id: str | None = None, status: int = 200, **headers: str) -> Response:
    found = commit.find("draft", id)
    return answers.json(public(found), status, ETag=f'"{found.seq}"', **headers)


def _sent(slug: str, id: str | None = None) -> dict[str, Any]:
    """The fields of a draft that were sent; pictures that the stored draft has may stay."""
    fields = fields_of(sent(DraftEdit, slug, "contributor"))
    return with_pictures(fields, _desk(slug).get(Draft, id) if id is not None else None)


@blueprint.get("/drafts")
def list_drafts(slug: str) -> Response:
    timeline = _desk(slug)
    found = [public(draft) for draft in timeline.drafts]
    return answers.json({"epoch": timeline.epoch, "seq": timeline.seq, "drafts": found})


@blueprint.get("/desk/changes")
def desk_changes(slug: str) -> Response:
    """The changes after a position of the desk's timeline, in the form of the public `/changes`."""
    timeline = _desk(slug)
    return answers.json(catch_up(timeline, asked(request.args), message))


@blueprint.get("/drafts/<id>")
def get_draft(slug: str, id: str) -> Response:
    found = _desk(slug).get(Draft, id)
    if found is None or found.gone:
        raise NotFound(f"there is no draft {id}")
    return answers.json(public(found), ETag=f'"{found.seq}"')


@blueprint.post("/drafts")
def save_draft(slug: str) -> Response:
    fields = _sent(slug)
    by = _writer(slug)
    _, commit = _act(slug, None, lambda view: drafts.save(view, slug, by=by, **fields))
    where = url_for("drafts.get_draft", slug=slug, id=commit.find("draft").id)
    return _draft(commit, None, 201, Location=where)


@blueprint.patch("/drafts/<id>")
def edit_draft(slug: str, id: str) -> Response:
    fields = _sent(slug, id)
    by = _writer(slug)
    _, commit = _act(slug, id, lambda view: drafts.edit(view, slug, id, by=by, **fields))
    return _draft(commit, id)


@blueprint.delete("/drafts/<id>")
def discard_draft(slug: str, id: str) -> Response:
    by = _writer(slug)
    _, commit = _act(slug, id, lambda view: drafts.discard(view, slug, id, by=by))
    return _draft(commit, id)


@blueprint.post("/drafts/<id>/submit")
def submit_draft(slug: str, id: str) -> Response:
    sent(Nothing, slug, "contributor")
    by = _writer(slug)
    _, commit = _act(slug, id, lambda view: drafts.submit(view, slug, id, by=by))
    return _draft(commit, id)


@blueprint.post("/drafts/<id>/return")
def return_draft(slug: str, id: str) -> Response:
    note = sent(Return, slug).note
    by = _writer(slug)
    _, commit = _act(slug, id, lambda view: drafts.give_back(view, slug, id, by=by, note=note))
    return _draft(commit, id)


@blueprint.post("/drafts/<id>/publish")
def publish_draft(slug: str, id: str) -> Response:
    sent(Nothing, slug)
    by = _writer(slug).name
    timeline, commit = perform(slug, lambda view: drafts.publish(view, slug, id, by=by), name=ref("draft", id))
    post = commit.find("post")
    return object_answer(timeline, post, 201, Location=url_for("api.get_post", slug=slug, id=post.id))


@blueprint.post("/posts/<id>/undo")
def undo(slug: str, id: str) -> Response:
    """Retract a post that was published a moment ago; its text becomes a draft again."""
    sent(Nothing, slug)
    by, now = _writer(slug), services().store.now()
    _, commit = perform(slug, lambda view: drafts.undo(view, slug, id, by=by, now=now), name=ref("post", id))
    return _draft(commit)
