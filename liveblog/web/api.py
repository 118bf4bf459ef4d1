"""The API under /api/v1 (docs/api.md): reads come from memory, writes run acts, refusals are RFC 9457 problems."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, get_args

import msgspec
from flask import Response, request, url_for
from msgspec import UNSET, Struct, UnsetType

from .. import actions, i18n
from ..actions import Plan, View
from ..checks import NewNominee, optional_line
from ..errors import Invalid, NotFound, NotSignedIn, Refusal, Stale, WrongState
from ..model import Category, Position, Post, Status, Venue, public, ref
from ..protocol import LONGEST_WAIT, Cursor, asked, catch_up, cursor_of, with_cursor
from ..results import ResultWords
from ..store.commits import Commit
from ..threads import in_turns
from ..timeline import Timeline
from . import answers, auth, colleagues
from .render import message, present
from .site import services
from .texts import NewPost, PostEdit, with_pictures
from .writing import Nothing, body_of, check_unused, commit, fields_of, object_answer, perform, sent

BLOGS, MOST_BLOGS = 100, 1000
"""Blogs in one answer: by default, and at most."""
LAG = 1.0
"""Seconds for which a read waits for what another process had already."""
STATUSES = get_args(Status)

blueprint = answers.blueprint(
    "api",
    __name__,
    "private",
    "/api/v1",
    list_blogs="public",
    get_blog="public",
    get_changes="public",
    get_post="public",
    get_stream="stream",
)


# -- bodies; UNSET fields stay as they are


class PostedVenue(Venue, frozen=True, forbid_unknown_fields=True):
    """A venue as programs send it."""


class NewBlog(Struct, forbid_unknown_fields=True):
    slug: str
    title: str
    summary: str = ""
    status: str = "preview"
    timezone: str = "UTC"
    language: str = "en"
    film: str | None = None
    starts: str | None = None
    venue: PostedVenue | None = None


class BlogEdit(Struct, forbid_unknown_fields=True):
    title: str | UnsetType = UNSET
    summary: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    order: list[str] | UnsetType = UNSET
    film: str | UnsetType | None = UNSET
    starts: str | UnsetType | None = UNSET
    venue: PostedVenue | UnsetType | None = UNSET


class Pin(Struct, forbid_unknown_fields=True):
    post: str | None


class NewCategory(Struct, forbid_unknown_fields=True):
    name: str
    id: str | None = None
    nominees: list[NewNominee] = []


class CategoryEdit(Struct, forbid_unknown_fields=True):
    name: str | UnsetType = UNSET
    nominees: list[NewNominee] | UnsetType = UNSET
    correction: str | UnsetType = UNSET


class Announcement(Struct, forbid_unknown_fields=True):
    winners: list[str]
    headline: str | None = None
    body: str | None = None
    byline: str | None = None
    source: str | None = None


class Doubted(Struct, forbid_unknown_fields=True):
    note: str | None = None


class Recall(Struct, forbid_unknown_fields=True):
    note: str | None = None
    winners: list[str] | None = None
    source: str | None = None


# -- reading


def timeline_of(slug: str) -> Timeline:
    """The blog's timeline, if the client may see it."""
    return services().tails.open_to(slug, _asker)


def _asker() -> auth.Actor | None:
    """The sender of a read; None also for an unknown token, because a refusal would reveal that a draft exists."""
    try:
        return auth.reader()
    except NotSignedIn:
        return None


def _cacheable(timeline: Timeline, make: Callable[[], Any], position: Position | None) -> Response:
    """An answer that is cached until the timeline changes; a draft's answer is private.

    What changed after `position` is rendered first, in turns with other greenlets: it may be the whole night.
    """

    def prepare() -> None:
        in_turns(timeline.since(position).objects, lambda few: [present(timeline, each) for each in few])

    if not timeline.blog.is_public:
        prepare()
        return answers.json(make(), Cache_Control=answers.MINE)
    headers = answers.headers(Content_Type="application/json")
    query = _spelled(timeline, position)
    return services().responses.answer(timeline, lambda: msgspec.json.encode(make()), headers, prepare, query)


def _spelled(timeline: Timeline, position: Position | None) -> str:
    """The query that asks for what came after a position, as pages write it. All positions of other histories are one:
    else a client could have the whole state made, coded and kept once for each position that it invents."""
    if position is None:
        return ""
    if not timeline.knows(position):
        return "another"
    mark = f"&mark={position.mark}" if position.mark else ""
    return f"epoch={position.epoch}&after={position.seq}{mark}"


@blueprint.get("/blogs")
def list_blogs() -> Response:
    """The blogs, newest night first: `limit` of them after the blog `after`; `next` is `after` for the next answer."""
    who, status, after, limit = auth.reader(), request.args.get("status"), request.args.get("after"), _limit()
    if status is not None and status not in STATUSES:
        raise Invalid(f"status must be one of {', '.join(STATUSES)}", field="status")
    found = [
        each.blog
        for each in services().catalogue.summaries()
        if each.blog.is_open_to(who) and status in (None, each.blog.status)
    ]
    if after is not None:
        places = [place for place, blog in enumerate(found) if blog.id == after]
        if not places:
            raise Invalid("after must be a blog of this list", field="after")
        found = found[places[0] + 1 :]
    more = {"next": found[limit - 1].id} if len(found) > limit else {}
    kept = "no-cache" if who is None else answers.MINE
    return answers.conditional(
        answers.json({"blogs": [public(blog) for blog in found[:limit]], **more}, Cache_Control=kept)
    )


def _limit() -> int:
    limit = request.args.get("limit", str(BLOGS))
    if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= MOST_BLOGS:
        raise Invalid(f"limit must be a whole number from 1 to {MOST_BLOGS}", field="limit")
    return int(limit)


@blueprint.get("/blogs/<slug>")
def get_blog(slug: str) -> Response:
    timeline = timeline_of(slug)
    return _cacheable(
        timeline,
        lambda: {
            "epoch": timeline.epoch,
            "seq": timeline.seq,
            "blog": present(timeline, timeline.blog),
            "categories": [present(timeline, category) for category in timeline.categories],
            "posts": [present(timeline, post) for post in timeline.posts],
        },
        None,
    )


@blueprint.get("/blogs/<slug>/changes")
def get_changes(slug: str) -> Response:
    """The changes after a position; `wait` is how many seconds to wait for one. A cursor is a position to wait at."""
    cursor = cursor_of(request.args)
    if cursor is not None:
        return _changes_at(slug, cursor)
    position = asked(request.args)
    wait = request.args.get("wait", "0")
    if not re.fullmatch(r"[0-9]{1,2}", wait) or int(wait) > LONGEST_WAIT:
        raise Invalid(f"wait must be a whole number of seconds up to {LONGEST_WAIT}", field="wait")
    timeline = _reached(slug, position, LAG)
    # Without a mark its number may be in doubt. It waits all the same: else a client that keeps none would never pause.
    if int(wait) and (timeline.is_at(position) or position == timeline.position):
        services().tails.wait(slug, timeline.position, float(wait))
        timeline = timeline_of(slug)
        return answers.json(with_cursor(catch_up(timeline, position, message)), Cache_Control=answers.MINE)
    return _cacheable(timeline, lambda: with_cursor(catch_up(timeline, position, message)), position)


def _changes_at(slug: str, cursor: Cursor) -> Response:
    """The changes after a cursor's position, or nothing but the next cursor when its turn is over.

    Caches may give one answer to all that wait there: it is the same for all, and the next question is another one.
    """
    position, (seconds, following) = cursor.position, cursor.wait(time.time())
    ends = time.monotonic() + seconds
    timeline = _reached(slug, position, seconds)
    if timeline.is_at(position):
        services().tails.wait(slug, timeline.position, ends - time.monotonic())
        timeline = timeline_of(slug)
        if timeline.is_at(position):
            nothing = with_cursor(catch_up(timeline, position, message), following)
            return answers.json(nothing, Cache_Control=answers.FRESH if timeline.blog.is_public else answers.MINE)
    return _cacheable(timeline, lambda: with_cursor(catch_up(timeline, position, message)), position)


def _reached(slug: str, position: Position | None, seconds: float) -> Timeline:
    """The blog's timeline. If another process that is ahead of this one gave the position, wait for it to come here.

    Else readers would get the whole state anew, as it was: with posts that were retracted, and for all who share it.
    """
    timeline = timeline_of(slug)
    if position is None or position.epoch != timeline.epoch or position.seq <= timeline.seq:
        return timeline
    services().tails.reach(slug, position.seq, seconds)
    return timeline_of(slug)


@blueprint.get("/blogs/<slug>/stream")
def get_stream(slug: str) -> Response:
    """Refuse: the front door makes event streams. A request comes here if it could not read its head or is absent."""
    timeline_of(slug)
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    raise Refusal("an event stream needs a GET with a head of at most 16 KiB, and `liveblog serve`")


@blueprint.get("/blogs/<slug>/posts/<id>")
def get_post(slug: str, id: str) -> Response:
    timeline = timeline_of(slug)
    post = timeline.get(Post, id)
    if post is None:
        raise NotFound(f"there is no post {id}")
    answer = object_answer(timeline, post, Cache_Control="no-cache" if timeline.blog.is_public else answers.MINE)
    return answer if _is_shown_anew(timeline, post) else answers.conditional(answer)


def _is_shown_anew(timeline: Timeline, post: Post) -> bool:
    """Whether the article also shows something newer than the post, which the post's ETag does not cover."""
    category = timeline.get(Category, post.category) if post.category else None
    return max(timeline.blog.seq, category.seq if category is not None else 0) > post.seq


# -- writing


def _result(timeline: Timeline, done: Commit, id: str) -> Response:
    """The category, and the posts that the act made."""
    category = done.find("category", id)
    posts = [present(timeline, obj) for obj in done.objects if isinstance(obj, Post)]
    return answers.json({"category": present(timeline, category), "posts": posts}, ETag=f'"{category.seq}"')


@blueprint.post("/blogs")
def create_blog() -> Response:
    who = auth.require("admin")
    body = body_of(NewBlog)
    timeline, done = commit(body.slug, lambda view: actions.create_blog(view, **fields_of(body)), who, None)
    return object_answer(timeline, done.find("blog"), 201, Location=url_for("api.get_blog", slug=body.slug))


@blueprint.patch("/blogs/<slug>")
def edit_blog(slug: str) -> Response:
    body = sent(BlogEdit, slug)
    timeline, done = perform(
        slug, lambda view: actions.edit_blog(view, slug, **fields_of(body)), name=ref("blog", slug)
    )
    return object_answer(timeline, done.find("blog"))


@blueprint.post("/blogs/<slug>/posts")
def publish(slug: str) -> Response:
    fields = with_pictures(fields_of(sent(NewPost, slug)))
    timeline, done = perform(slug, lambda view: actions.publish(view, slug, **fields))
    post = done.find("post")
    return object_answer(timeline, post, 201, Location=url_for("api.get_post", slug=slug, id=post.id))


@blueprint.patch("/blogs/<slug>/posts/<id>")
def edit_post(slug: str, id: str) -> Response:
    fields = fields_of(sent(PostEdit, slug))
    fields = with_pictures(fields, services().tails.timeline(slug).get(Post, id))
    timeline, done = perform(slug, lambda view: actions.edit_post(view, slug, id, **fields), name=ref("post", id))
    return object_answer(timeline, done.find("post", id))


@blueprint.delete("/blogs/<slug>/posts/<id>")
def retract(slug: str, id: str) -> Response:
    timeline, done = perform(slug, lambda view: actions.retract(view, slug, id), name=ref("post", id))
    return object_answer(timeline, done.find("post", id))


@blueprint.post("/blogs/<slug>/posts/<id>/purge")
def purge(slug: str, id: str) -> Response:
    """Remove a retracted post's versions, the drafts with its text, and the pictures that nothing else has."""
    sent(Nothing, slug, "admin")
    here, purging, who = services(), services().store.purging, auth.require("admin", slug)
    drafts = purging.drafts_of(slug, id)
    timeline, done = perform(
        slug, lambda view: actions.purge(view, slug, id, drafts=drafts), name=ref("post", id), role="admin"
    )
    gone = {ref("post", id), *(ref("draft", each) for each in drafts)}
    here.pictures.remove(slug, purging.pictures_of(slug, gone), by=who.name)
    purging.remove(slug, gone)
    return object_answer(timeline, done.find("post", id))


@blueprint.put("/blogs/<slug>/pin")
def pin(slug: str) -> Response:
    body = sent(Pin, slug)
    timeline, done = perform(slug, lambda view: actions.pin(view, slug, post=body.post))
    return object_answer(timeline, done.find("blog"))


@blueprint.post("/blogs/<slug>/categories")
def add_category(slug: str) -> Response:
    body = sent(NewCategory, slug)
    timeline, done = perform(
        slug,
        lambda view: actions.add_category(view, slug, name=body.name, id=body.id, nominees=body.nominees),
    )
    return object_answer(timeline, done.find("category"), 201)


@blueprint.patch("/blogs/<slug>/categories/<id>")
def edit_category(slug: str, id: str) -> Response:
    fields = fields_of(sent(CategoryEdit, slug))
    timeline, done = perform(
        slug, lambda view: actions.edit_category(view, slug, id, **fields), name=ref("category", id)
    )
    return object_answer(timeline, done.find("category", id))


@blueprint.delete("/blogs/<slug>/categories/<id>")
def remove_category(slug: str, id: str) -> Response:
    auth.require("editor", slug)
    check_unused(slug, id)
    timeline, done = perform(slug, lambda view: actions.remove_category(view, slug, id), name=ref("category", id))
    return object_answer(timeline, done.find("category", id))


@blueprint.post("/blogs/<slug>/categories/<id>/on-stage")
def on_stage(slug: str, id: str) -> Response:
    sent(Nothing, slug)
    timeline, done = _step(slug, id, lambda view: actions.on_stage(view, slug, id))
    return object_answer(timeline, done.find("category", id))


@blueprint.post("/blogs/<slug>/categories/<id>/announce")
def announce(slug: str, id: str) -> Response:
    fields = fields_of(sent(Announcement, slug)) | {"words": _said(slug)}
    source = _source(fields)
    act = partial(actions.announce, slug=slug, id=id, **fields)
    return _result(*_step(slug, id, act, winners=fields["winners"], source=source), id)


@blueprint.post("/blogs/<slug>/categories/<id>/confirm")
def confirm(slug: str, id: str) -> Response:
    sent(Nothing, slug)
    timeline, done = _step(slug, id, lambda view: actions.confirm(view, slug, id))
    return object_answer(timeline, done.find("category", id))


@blueprint.post("/blogs/<slug>/categories/<id>/doubt")
def doubt(slug: str, id: str) -> Response:
    note = sent(Doubted, slug).note
    timeline, done = _step(slug, id, lambda view: actions.doubt(view, slug, id, note=note))
    return object_answer(timeline, done.find("category", id))


@blueprint.post("/blogs/<slug>/categories/<id>/recall")
def recall(slug: str, id: str) -> Response:
    fields = fields_of(sent(Recall, slug)) | {"words": _said(slug)}
    source = _source(fields)
    act = partial(actions.recall, slug=slug, id=id, **fields)
    return _result(*_step(slug, id, act, winners=fields["winners"] or (), source=source), id)


def _step(
    slug: str, id: str, act: Callable[[View], Plan], *, winners: Sequence[str] = (), source: str | None = None
) -> tuple[Timeline, Commit]:
    """Take a step of a category's result. If a colleague was faster, the refusal says who did what."""
    try:
        return perform(slug, act, name=ref("category", id), source=source)
    except (WrongState, Stale) as no:
        raise colleagues.explained(no, slug, id, (request.endpoint or "").rpartition(".")[2], winners) from None


def _said(slug: str) -> ResultWords:
    """The wording of results in this blog's language."""
    return i18n.results(services().tails.timeline(slug).blog.language)


def _source(fields: dict[str, Any]) -> str | None:
    """The desk's source, for the call log; it is removed from the act's fields."""
    return optional_line(fields.pop("source", None), "source")
