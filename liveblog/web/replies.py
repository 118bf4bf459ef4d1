"""What the API answers and the sockets send, as structs: only the descriptions use them (`schemas.py`).

The public forms of stored objects are derived from `model.py`, by the rule of `model.public`; a test compares all of
them, field by field, with what a server sends.
"""

from __future__ import annotations

from importlib.resources import files
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, defstruct
from msgspec.structs import FieldInfo, fields

from ..certificate import Certificate
from ..model import Blog, Call, Category, Draft, Position, Post, Published
from ..push.exchange import Person
from ..push.purges import Standing
from ..scopes import Scope
from ..store.accounts import Role
from ..store.incoming import Kind
from ..store.webhooks import Delivery

TRUE = Annotated[bool, Meta(extra_json_schema={"const": True})]
Json = dict[str, Any]
HTML = Annotated[str, Meta(description="Rendered by the templates of the page; its markup may change with versions.")]


def _public(stored: type[Struct], *without: str, **parts: Any) -> type[Struct]:
    """The public form of a stored object: fields without a value are left out, and `parts` may be added."""
    shown = [_field(each) for each in fields(stored) if each.name not in without]
    shown += [(name, part | UnsetType, UNSET) for name, part in parts.items()]
    return _tagged(f"Public{stored.__name__}", stored, shown, str(stored.__doc__).partition("\n\n")[0])


def _field(field: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    if get_origin(field.type) in (Union, UnionType) and NoneType in get_args(field.type):
        there = [each for each in get_args(field.type) if each is not NoneType]
        return field.name, Union[(*there, UnsetType)], UNSET
    return field.name, field.type


def _tombstone(name: str, stored: type[Struct], says: str, **more: Any) -> type[Struct]:
    optional = [(field, part | UnsetType, UNSET) for field, part in more.items() if part is not TRUE]
    always = [(field, TRUE) for field, part in more.items() if part is TRUE]
    return _tagged(name, stored, [("id", str), ("seq", int), *always, *optional], says)


def _tagged(name: str, stored: type[Struct], shown: list[Any], says: str) -> type[Struct]:
    tag = stored.__struct_config__.tag
    return defstruct(name, shown, kw_only=True, tag_field="kind", tag=tag, namespace={"__doc__": says})


PUBLIC_OBJECTS = (
    _public(Blog),
    _public(Category, "removed", html=HTML, decision=HTML),
    _tombstone("RemovedCategory", Category, "A category that was removed from the running order.", removed=TRUE),
    _public(Post, "retracted", html=HTML, moment=HTML),
    _tombstone("RetractedPost", Post, "A post that was retracted: remove it wherever it is shown.", retracted=TRUE),
)
DESK_OBJECTS = (
    _public(Draft, "gone"),
    _tombstone("GoneDraft", Draft, "A discarded or published draft.", gone=TRUE, author=str, published=Published),
    _public(Call),
)
PublicBlog, PublicCategory, RemovedCategory, PublicPost, RetractedPost = PUBLIC_OBJECTS
PublicDraft, GoneDraft, PublicCall = DESK_OBJECTS

UNIONS = {"PublicObject": PUBLIC_OBJECTS, "DeskObject": DESK_OBJECTS}
"""Components that are one of several structs."""


EXAMPLES: dict[str, Json] = msgspec.json.decode(files("liveblog.web").joinpath("examples.json").read_bytes())
"""An example of each answer and event, by its struct's name, as a real server sent it (`tests/web/examples.py`)."""


def one(name: str) -> Meta:
    """An object that another component describes."""
    return Meta(extra_json_schema={"$ref": f"#/components/schemas/{name}"})


def either(*names: str) -> Meta:
    """An object that one of several components describes."""
    return Meta(extra_json_schema={"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]})


PublicObjects = list[Annotated[Json, one("PublicObject")]]
DeskObjects = list[Annotated[Json, one("DeskObject")]]
Mark = Annotated[str, Meta(description="Proves of which history the position is; send it back with the position.")]


class Problem(Struct, kw_only=True):
    """A refusal (RFC 9457). `code` is stable, `detail` is a sentence for people, `field` names a bad value."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    current: Json | UnsetType = UNSET
    call: Json | UnsetType = UNSET


# -- the API


class Blogs(Struct, kw_only=True):
    blogs: list[Annotated[Json, one("PublicBlog")]]
    next: Annotated[str, Meta(description="The value of `after` for the next ones.")] | UnsetType = UNSET


class BlogState(Struct, kw_only=True):
    """The public state: categories in running order, posts newest first, no tombstones."""

    epoch: str
    seq: int
    blog: Annotated[Json, one("PublicBlog")]
    categories: list[Annotated[Json, one("PublicCategory")]]
    posts: list[Annotated[Json, one("PublicPost")]]


class CatchUp(Struct, kw_only=True):
    """Everything newer than a position, in `seq` order; with `reset` it is the whole state."""

    epoch: str
    seq: int
    mark: Mark | UnsetType = UNSET
    reset: bool
    objects: PublicObjects
    tally: HTML | UnsetType = UNSET
    cursor: Annotated[str, Meta(description="Where to wait for what comes next.")]


class DeskCatchUp(Struct, kw_only=True):
    """The same of the desk's timeline."""

    epoch: str
    seq: int
    mark: Mark | UnsetType = UNSET
    reset: bool
    objects: DeskObjects


class Result(Struct, kw_only=True):
    """A category after a step of its result, and the posts that the step made or changed."""

    category: Annotated[Json, one("PublicCategory")]
    posts: list[Annotated[Json, either("PublicPost", "RetractedPost")]]


class Drafts(Struct, kw_only=True):
    epoch: str
    seq: int
    drafts: list[Annotated[Json, one("PublicDraft")]]


class OfferedTexts(Struct, kw_only=True):
    """Texts in the file's own metadata; nothing of them is stored or published by itself."""

    alt: str | UnsetType = UNSET
    caption: str | UnsetType = UNSET
    credit: str | UnsetType = UNSET
    copyright: str | UnsetType = UNSET


class UploadedPicture(Struct, kw_only=True):
    """A picture as readers get it, at `/media/<name>`."""

    name: str
    width: int
    height: int
    widths: list[int]
    type: str
    moving: str | UnsetType = UNSET
    by: str | UnsetType = UNSET
    offered: OfferedTexts | UnsetType = UNSET


class Pictures(Struct, kw_only=True):
    media: list[UploadedPicture]


class DeletedPicture(Struct, kw_only=True):
    name: str
    deleted: Annotated[bool, Meta(description="False if another blog keeps it.")]


class PostVersion(Struct, kw_only=True):
    object: Annotated[Json, one("PublicObject")]
    at: str
    by: str | None
    until: str | None


class History(Struct, kw_only=True):
    versions: list[PostVersion]


class Retraction(Struct, kw_only=True):
    """A retracted post; its last version as long as it is kept."""

    id: str
    seq: int
    at: str | UnsetType = UNSET
    by: str | UnsetType = UNSET
    object: Annotated[Json, one("PublicPost")] | UnsetType = UNSET


class Retractions(Struct, kw_only=True):
    posts: list[Retraction]


class Writers(Struct, kw_only=True):
    writers: dict[str, str]


class CalledResult(Struct, kw_only=True):
    """An announcement, confirmation, doubt or recall, and how soon readers had it."""

    category: str | None
    act: str | None
    by: str
    at: str
    seq: int
    winners: list[str]
    was: list[str] | UnsetType = UNSET
    source: str | UnsetType = UNSET
    readers: int | UnsetType = UNSET
    ms: int | UnsetType = UNSET


class Calls(Struct, kw_only=True):
    calls: list[CalledResult]


Point = Annotated[list[str | int], Meta(min_length=2, max_length=2)]


class Audience(Struct, kw_only=True):
    points: Annotated[list[Point], Meta(description="Pairs of a time and a number of readers.")]


class LastChange(Struct, kw_only=True):
    """The last change that readers had: how many, and within how many milliseconds."""

    seq: int
    readers: int
    ms: int


class Figures(Struct, kw_only=True):
    readers: int
    last: LastChange | None


class NightFigures(Figures, kw_only=True):
    posts_by: dict[str, int]


class LogEntry(Struct, kw_only=True):
    """An act; further fields depend on it."""

    id: str
    at: str
    by: str
    act: str | UnsetType = UNSET
    refs: list[str]
    seq: int | None


class Log(Struct, kw_only=True):
    entries: list[LogEntry]


# -- what admins keep


class Caches(Struct, kw_only=True):
    caches: list[Standing]


class Certificates(Struct, kw_only=True):
    takedowns: list[Certificate]


class ShownWebhook(Struct, kw_only=True):
    """A webhook and how far its receiver is; `off` says why it is not on."""

    id: str
    url: str
    blog: str | None
    by: str
    at: str
    on: bool
    off: str | None
    positions: dict[str, Position]
    pending: Delivery | None
    dead: list[Delivery]


class MadeWebhook(ShownWebhook, kw_only=True):
    secret: Annotated[str, Meta(description="In this answer only.")]


class ShownWebhooks(Struct, kw_only=True):
    webhooks: list[ShownWebhook]


class RemovedHook(Struct, kw_only=True):
    id: str


class ShownIncoming(Struct, kw_only=True):
    """An incoming hook; `path` is where texts are sent."""

    id: str
    blog: str
    kind: Kind
    name: str
    by: str
    at: str
    path: str


class MadeIncoming(ShownIncoming, kw_only=True):
    secret: Annotated[str, Meta(description="In this answer only; of Slack's hooks not at all.")] | UnsetType = UNSET


class ShownIncomings(Struct, kw_only=True):
    incoming: list[ShownIncoming]


class Filed(Struct, kw_only=True):
    """The draft; null for what is no text. Slack's `challenge` comes back."""

    draft: str | UnsetType | None = UNSET
    challenge: str | UnsetType = UNSET


class ShownToken(Struct, kw_only=True):
    """A token without its secret; `blog`, `scopes` and `expires` bound it."""

    id: str
    name: str
    role: Role
    blog: str | None
    scopes: list[Scope] | None
    expires: str | None
    made: str | None
    by: str | None
    used: str | None


class MadeToken(ShownToken, kw_only=True):
    token: Annotated[str, Meta(description="The secret, in this answer only.")]


class ShownTokens(Struct, kw_only=True):
    tokens: list[ShownToken]


class EndedToken(Struct, kw_only=True):
    id: str
    name: str
    ended: TRUE


# -- what webhooks bring


class DeliveredChange(Struct, kw_only=True):
    """A catch-up of what follows `prev`; without `prev` it is the first one of its blog."""

    blog: str
    epoch: str
    seq: int
    mark: Mark | UnsetType = UNSET
    prev: int | UnsetType = UNSET
    void_after: Annotated[int, Meta(description="What the receiver has from a later seq is void.")] | UnsetType = UNSET
    reset: bool
    objects: PublicObjects
    tally: HTML | UnsetType = UNSET


class BlogChanged(Struct, kw_only=True):
    type: Literal["blog.changed"]
    timestamp: str
    data: DeliveredChange


class NoBlog(Struct, kw_only=True):
    blog: str
    objects: Annotated[PublicObjects, Meta(max_length=0)]


class BlogGone(Struct, kw_only=True):
    """The blog was deleted."""

    type: Literal["blog.gone"]
    timestamp: str
    data: NoBlog


DELIVERED: dict[str, type[Struct]] = {"blog.changed": BlogChanged, "blog.gone": BlogGone}
"""The body of a delivery, by its `type`."""


# -- the sockets


class Introduction(Struct, kw_only=True):
    """`auth` of a connection to `/live`."""

    blog: str
    epoch: str | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    mark: str | UnsetType = UNSET


class DeskIntroduction(Introduction, kw_only=True):
    """`auth` of a connection to `/desk`: with a token, or by the session cookie."""

    desk_seq: int | UnsetType = UNSET
    desk_mark: str | UnsetType = UNSET
    token: str | UnsetType = UNSET


class RefusedConnection(Struct, kw_only=True):
    code: str


class ConnectError(Struct, kw_only=True):
    message: str
    data: RefusedConnection


class Sync(Struct, kw_only=True):
    """The catch-up after the client's position; null `objects` are to be fetched from `/changes`."""

    epoch: str
    seq: int
    mark: Mark | UnsetType = UNSET
    reset: bool
    objects: PublicObjects | None
    tally: HTML | UnsetType = UNSET
    retry_ms: int


class Change(Struct, kw_only=True):
    """One change or several joined: what follows the position `prev`."""

    epoch: str
    seq: int
    mark: Mark | UnsetType = UNSET
    prev: int
    prev_mark: str | UnsetType = UNSET
    at: str
    objects: PublicObjects
    tally: HTML | UnsetType = UNSET


class Head(Struct, kw_only=True):
    """The server's position."""

    epoch: str
    seq: int
    mark: Mark | UnsetType = UNSET


class Bye(Struct, kw_only=True):
    """The server stops: come back after a random time below `retry_ms`."""

    retry_ms: int


Scoped = Annotated[str, Meta(extra_json_schema={"enum": ["public", "desk"]})]
AnyObjects = Annotated[list[Annotated[Json, either(*UNIONS)]], Meta(description="Of the timeline that `scope` names.")]


class DeskSync(Struct, kw_only=True):
    """A catch-up of one of the two timelines."""

    scope: Scoped
    epoch: str
    seq: int
    mark: Mark | UnsetType = UNSET
    reset: bool
    objects: AnyObjects | None
    tally: HTML | UnsetType = UNSET
    retry_ms: int


class DeskChange(Struct, kw_only=True):
    """A change of one of the two timelines."""

    scope: Scoped
    epoch: str
    seq: int
    mark: Mark | UnsetType = UNSET
    prev: int
    prev_mark: str | UnsetType = UNSET
    at: str
    objects: AnyObjects
    tally: HTML | UnsetType = UNSET


class DeskHead(Struct, kw_only=True):
    """The positions of both timelines."""

    epoch: str
    seq: int
    mark: str
    desk_seq: int
    desk_mark: str


class Presence(Struct, kw_only=True):
    """Who is at the desk."""

    people: list[Person]


class Editing(Struct, kw_only=True):
    """What the person edits (`post:<id>`), or null; also the sign of life."""

    ref: str | None
