"""The API under /api/v1 (docs/api.md): reads from memory, writes through the acts, refusals as RFC 9457 problems."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, TypeVar, get_args

import msgspec
from flask import Blueprint, Response, request, url_for
from msgspec import UNSET, Struct, UnsetType
from werkzeug.exceptions import HTTPException

from .. import actions
from ..actions import Plan, View
from ..checks import optional_line
from ..errors import Invalid, NotFound, Refusal, TooLarge, WrongState
from ..model import Category, Object, Post, Status, public, ref
from ..protocol import asked, catch_up
from ..results import ResultWords
from ..store.people import Role
from ..store.redis import Commit, request_key
from ..timeline import Timeline
from . import auth, words
from .ready import FRESH
from .render import present, present_all
from .site import services
from .texts import NewPost, PostEdit, with_pictures

LONGEST_WAIT = 25
PUBLIC = {"Content-Type": "application/json", "Cache-Control": FRESH, "Access-Control-Allow-Origin": "*"}
"""What everybody may read, pages of other sites may read too."""
BLOGS, MOST_BLOGS = 100, 1000
"""Blogs in one answer, unless more or fewer are asked for, and at most."""
STATUSES = get_args(Status)
T = TypeVar("T", bound=Struct)

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


# -- bodies: what may be sent; UNSET fields stay as they are


class NewBlog(Struct, forbid_unknown_fields=True):
    slug: str
    title: str
    summary: str = ""
    status: str = "preview"
    timezone: str = "UTC"
    language: str = "en"
    film: str | None = None


class BlogEdit(Struct, forbid_unknown_fields=True):
    title: str | UnsetType = UNSET
    summary: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    order: list[str] | UnsetType = UNSET
    film: str | UnsetType | None = UNSET


class Pin(Struct, forbid_unknown_fields=True):
    post: str | None


class NewNominee(Struct, forbid_unknown_fields=True):
    name: str
    film: str
    id: str | None = None


class NewCategory(Struct, forbid_unknown_fields=True):
    name: str
    id: str | None = None
    nominees: list[NewNominee] = []


class CategoryEdit(Struct, forbid_unknown_fields=True):
    name: str | UnsetType = UNSET
    nominees: list[NewNominee] | UnsetType = UNSET


class Announcement(Struct, forbid_unknown_fields=True):
    winners: list[str]
    headline: str | None = None
    body: str | None = None
    byline: str | None = None
    source: str | None = None


class Recall(Struct, forbid_unknown_fields=True):
    note: str
    winners: list[str] | None = None
    source: str | None = None


class Nothing(Struct, forbid_unknown_fields=True):
    """An act without fields."""


def body_of(type: type[T]) -> T:
    data = request.get_data()
    try:
        return msgspec.json.decode(data or b"{}", type=type)
    except msgspec.ValidationError as error:
        named = re.search(r"\$\.(\w+)", str(error)) or re.search(r"field `(\w+)`", str(error))
        raise Invalid(str(error), field=named.group(1) if named else None) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Invalid("the body is not JSON in UTF-8", code="not_json") from None


def fields_of(body: Struct) -> dict[str, Any]:
    """What was sent, as an act's keyword arguments."""
    values = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}


def _nominees(entries: list[NewNominee]) -> list[dict[str, str]]:
    return [{k: v for k, v in fields_of(entry).items() if v is not None} for entry in entries]


# -- reading


def timeline_of(slug: str) -> Timeline:
    """The blog's timeline, if the asker may see it."""
    timeline = services().tails.timeline(slug)
    if not timeline.blog.is_public:
        who = auth.actor()
        if who is None or not who.may("contributor", slug):
            raise NotFound(f"there is no blog {slug}")
    return timeline


def json_answer(value: Any, status: int = 200, **headers: str) -> Response:
    answer = Response(msgspec.json.encode(value), status=status, mimetype="application/json")
    answer.headers.update({name.replace("_", "-"): text for name, text in headers.items()})
    return answer


def _cacheable(timeline: Timeline, make: Callable[[], Any]) -> Response:
    """An answer that holds until the timeline moves on; a draft's is for nobody else."""
    if not timeline.blog.is_public:
        return json_answer(make(), Cache_Control="no-store")
    return services().ready.answer(timeline, lambda: msgspec.json.encode(make()), PUBLIC)


@blueprint.get("/blogs")
def list_blogs() -> Response:
    """The blogs, newest night first: `limit` of them after the blog `after`; `next` is the `after` of the next ones."""
    who, status, after, limit = auth.actor(), request.args.get("status"), request.args.get("after"), _limit()
    if status is not None and status not in STATUSES:
        raise Invalid(f"status is one of {', '.join(STATUSES)}", field="status")
    found = [
        each.blog
        for each in services().catalogue.summaries()
        if (each.blog.is_public or (who is not None and who.may("contributor", each.blog.id)))
        and status in (None, each.blog.status)
    ]
    if after is not None:
        places = [place for place, blog in enumerate(found) if blog.id == after]
        if not places:
            raise Invalid("after is a blog of this list", field="after")
        found = found[places[0] + 1 :]
    more = {"next": found[limit - 1].id} if len(found) > limit else {}
    return json_answer({"blogs": [public(blog) for blog in found[:limit]], **more}, Cache_Control="no-cache")


def _limit() -> int:
    limit = request.args.get("limit", str(BLOGS))
    if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= MOST_BLOGS:
        raise Invalid(f"limit is a whole number from 1 to {MOST_BLOGS}", field="limit")
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
    )


@blueprint.get("/blogs/<slug>/changes")
def get_changes(slug: str) -> Response:
    """What came after a position; with `wait` seconds it waits for something to come."""
    position = asked(request.args)
    wait = request.args.get("wait", "0")
    if not re.fullmatch(r"[0-9]{1,2}", wait) or int(wait) > LONGEST_WAIT:
        raise Invalid(f"wait is a whole number of seconds up to {LONGEST_WAIT}", field="wait")
    timeline = timeline_of(slug)
    if int(wait) and position == timeline.position:
        services().tails.wait(slug, position, float(wait))
        timeline = timeline_of(slug)
        return json_answer(catch_up(timeline, position, present_all), Cache_Control="no-store")
    return _cacheable(timeline, lambda: catch_up(timeline, position, present_all))


@blueprint.get("/blogs/<slug>/stream")
def get_stream(slug: str) -> Response:
    """The front door makes event streams. What comes here has a head that it does not read, or came by no such door."""
    timeline_of(slug)
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream", headers={"Cache-Control": "no-store"})
    raise Refusal("an event stream is a GET with a head of at most 16 KiB, asked of `liveblog serve`")


@blueprint.get("/blogs/<slug>/posts/<id>")
def get_post(slug: str, id: str) -> Response:
    timeline = timeline_of(slug)
    post = timeline.get(Post, id)
    if post is None:
        raise NotFound(f"there is no post {id}")
    return object_answer(timeline, post)


# -- writing


def object_answer(timeline: Timeline, obj: Object, status: int = 200, **headers: str) -> Response:
    return json_answer(present(timeline, obj), status, ETag=f'"{obj.seq}"', Cache_Control="no-cache", **headers)


def sent(type: type[T], slug: str, role: Role = "editor") -> T:
    """The body of an editor's request; others are told who they are not, not what their body lacks."""
    auth.require(role, slug)
    return body_of(type)


def perform(
    slug: str, act: Callable[[View], Plan], *, name: str | None = None, role: Role = "editor", **note: Any
) -> tuple[Timeline, Commit]:
    """Commit an act under the request's Idempotency-Key and, for the object `name`, its If-Match.

    The audit log gets the view's name as the act's, and `note`.
    """
    who = auth.require(role, slug)
    return _commit(slug, act, who, None if name is None else if_match(name), note)


def _commit(
    slug: str,
    act: Callable[[View], Plan],
    who: auth.Actor,
    match: tuple[str, int] | None,
    note: dict[str, Any] | None = None,
) -> tuple[Timeline, Commit]:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(r"[\x20-\x7e]{1,200}", key):
        raise Invalid("an Idempotency-Key has 1 to 200 visible ASCII characters", field="Idempotency-Key")
    text = f"{request.method} {request.path} {request.headers.get('If-Match', '')} ".encode() + request.get_data()
    commit = services().store.perform(
        slug,
        act,
        by=who.name,
        key=None if key is None else request_key(who.kind, who.name, key),
        formerly=None if key is None else f"{who.name}:{key}",
        fingerprint=hashlib.sha256(text).hexdigest(),
        if_match=match,
        memory=services().tails.memory(slug),
        note={"act": (request.endpoint or "").rpartition(".")[2]}
        | {name: value for name, value in (note or {}).items() if value is not None},
    )
    services().tails.reach(slug, commit.seq)
    if commit.desk:
        services().desk_tails.reach(slug, commit.desk_seq)
    return services().tails.timeline(slug), commit


def if_match(name: str) -> tuple[str, int] | None:
    sent = request.headers.get("If-Match")
    if sent is None or sent.strip() == "*":
        return None
    matched = re.fullmatch(r'\s*"([0-9]{1,16})"\s*', sent)
    if matched is None:
        raise Invalid('If-Match is an ETag such as "12"', field="If-Match")
    return name, int(matched.group(1))


def _result(timeline: Timeline, commit: Commit, id: str) -> Response:
    """The category, and the posts that came with it."""
    category = commit.find("category", id)
    posts = [present(timeline, obj) for obj in commit.objects if isinstance(obj, Post)]
    return json_answer({"category": present(timeline, category), "posts": posts}, ETag=f'"{category.seq}"')


@blueprint.post("/blogs")
def create_blog() -> Response:
    who = auth.require("admin")
    body = body_of(NewBlog)
    timeline, commit = _commit(body.slug, lambda view: actions.create_blog(view, **fields_of(body)), who, None)
    return object_answer(timeline, commit.find("blog"), 201, Location=url_for("api.get_blog", slug=body.slug))


@blueprint.patch("/blogs/<slug>")
def edit_blog(slug: str) -> Response:
    body = sent(BlogEdit, slug)
    timeline, commit = perform(
        slug, lambda view: actions.edit_blog(view, slug, **fields_of(body)), name=ref("blog", slug)
    )
    return object_answer(timeline, commit.find("blog"))


@blueprint.post("/blogs/<slug>/posts")
def publish(slug: str) -> Response:
    fields = with_pictures(fields_of(sent(NewPost, slug)))
    timeline, commit = perform(slug, lambda view: actions.publish(view, slug, **fields))
    post = commit.find("post")
    return object_answer(timeline, post, 201, Location=url_for("api.get_post", slug=slug, id=post.id))


@blueprint.patch("/blogs/<slug>/posts/<id>")
def edit_post(slug: str, id: str) -> Response:
    fields = fields_of(sent(PostEdit, slug))
    fields = with_pictures(fields, services().tails.timeline(slug).get(Post, id))
    timeline, commit = perform(slug, lambda view: actions.edit_post(view, slug, id, **fields), name=ref("post", id))
    return object_answer(timeline, commit.find("post", id))


@blueprint.delete("/blogs/<slug>/posts/<id>")
def retract(slug: str, id: str) -> Response:
    timeline, commit = perform(slug, lambda view: actions.retract(view, slug, id), name=ref("post", id))
    return object_answer(timeline, commit.find("post", id))


@blueprint.put("/blogs/<slug>/pin")
def pin(slug: str) -> Response:
    body = sent(Pin, slug)
    timeline, commit = perform(slug, lambda view: actions.pin(view, slug, post=body.post))
    return object_answer(timeline, commit.find("blog"))


@blueprint.post("/blogs/<slug>/categories")
def add_category(slug: str) -> Response:
    body = sent(NewCategory, slug)
    timeline, commit = perform(
        slug,
        lambda view: actions.add_category(view, slug, name=body.name, id=body.id, nominees=_nominees(body.nominees)),
    )
    return object_answer(timeline, commit.find("category"), 201)


@blueprint.patch("/blogs/<slug>/categories/<id>")
def edit_category(slug: str, id: str) -> Response:
    fields = fields_of(sent(CategoryEdit, slug))
    if "nominees" in fields:
        fields["nominees"] = _nominees(fields["nominees"])
    timeline, commit = perform(
        slug, lambda view: actions.edit_category(view, slug, id, **fields), name=ref("category", id)
    )
    return object_answer(timeline, commit.find("category", id))


def check_unused(slug: str, id: str) -> None:
    """Raises `WrongState` for a category that published posts are filed under: they would point at nothing."""
    timeline = services().tails.timeline(slug)
    category = timeline.get(Category, id)
    if category is not None and not category.removed and timeline.is_used(id):
        raise WrongState(f"posts are filed under {category.name}; file them elsewhere first")


@blueprint.delete("/blogs/<slug>/categories/<id>")
def remove_category(slug: str, id: str) -> Response:
    auth.require("editor", slug)
    check_unused(slug, id)
    timeline, commit = perform(slug, lambda view: actions.remove_category(view, slug, id), name=ref("category", id))
    return object_answer(timeline, commit.find("category", id))


@blueprint.post("/blogs/<slug>/categories/<id>/on-stage")
def on_stage(slug: str, id: str) -> Response:
    sent(Nothing, slug)
    timeline, commit = perform(slug, lambda view: actions.on_stage(view, slug, id), name=ref("category", id))
    return object_answer(timeline, commit.find("category", id))


@blueprint.post("/blogs/<slug>/categories/<id>/announce")
def announce(slug: str, id: str) -> Response:
    fields = fields_of(sent(Announcement, slug))
    source = _source(fields)
    fields["words"] = _said(slug)
    timeline, commit = perform(
        slug, lambda view: actions.announce(view, slug, id, **fields), name=ref("category", id), source=source
    )
    return _result(timeline, commit, id)


@blueprint.post("/blogs/<slug>/categories/<id>/confirm")
def confirm(slug: str, id: str) -> Response:
    sent(Nothing, slug)
    timeline, commit = perform(slug, lambda view: actions.confirm(view, slug, id), name=ref("category", id))
    return object_answer(timeline, commit.find("category", id))


@blueprint.post("/blogs/<slug>/categories/<id>/recall")
def recall(slug: str, id: str) -> Response:
    fields = fields_of(sent(Recall, slug))
    source = _source(fields)
    fields["words"] = _said(slug)
    timeline, commit = perform(
        slug, lambda view: actions.recall(view, slug, id, **fields), name=ref("category", id), source=source
    )
    return _result(timeline, commit, id)


def _said(slug: str) -> ResultWords:
    """How results are told in this blog's language."""
    return words.results(services().tails.timeline(slug).blog.language)


def _source(fields: dict[str, Any]) -> str | None:
    """Who or what told the desk, for the call log; taken out of the act's fields."""
    return optional_line(fields.pop("source", None), "source")


# -- refusing


def problem(error: Refusal) -> Response:
    """RFC 9457 `application/problem+json`."""
    answer = Response(msgspec.json.encode(error.problem()), status=error.status, mimetype="application/problem+json")
    answer.headers["Cache-Control"] = "no-store"
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="liveblog"'
    return answer


def problem_of(error: HTTPException) -> Response:
    """Flask's own refusals (no such address, wrong method, body too large …) as problems."""
    if error.code == 413:
        return problem(TooLarge("a request's body has at most 64 KiB"))
    code = re.sub(r"\W+", "_", error.name).lower()
    refusal = Refusal(error.description or error.name, code=code)
    refusal.status, refusal.title = error.code or 500, error.name
    answer = problem(refusal)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


blueprint.register_error_handler(Refusal, problem)
blueprint.register_error_handler(HTTPException, problem_of)
