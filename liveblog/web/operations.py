"""The calls of the API, described: the only list from which /api/v1/openapi.json and the page at /api/ are made.

A route under /api/v1 needs an entry here by its endpoint, and every entry a route; `tests/web/test_openapi.py` says
which is missing. What follows from a route itself (address, method, path parameters) is not repeated.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from ..certificate import Certificate
from ..protocol import LONGEST_WAIT
from ..relay import wire
from ..store.accounts import Role
from . import api, drafts, incoming, programs, replies, takedowns, texts, webhooks
from .schemas import Schema
from .writing import Nothing

Example = dict[str, object]
Tag = Literal[
    "Reading",
    "Blogs",
    "Posts",
    "Pictures",
    "Categories and results",
    "The desk",
    "Takedowns",
    "Webhooks",
    "Incoming hooks",
    "Tokens",
    "Relays",
    "Descriptions",
]


class Operation(Struct, frozen=True, kw_only=True):
    """A call: what it does in a sentence, its body and its answer.

    `role` is who may call it: None means everybody, `relay` a relay that knows LIVEBLOG_RELAY_TOKEN, `sender` whoever
    signs as the hook needs. `query` has the names of its parameters (`QUERY`), `refused` the codes that it refuses with
    beside those that follow from the rest. `keyed` calls take an Idempotency-Key, `matched` ones honour If-Match, too.
    """

    tag: Tag
    says: str
    answer: object
    """A type, several of which the answer is one, or the media type of something else than JSON."""
    role: Role | Literal["relay", "sender"] | None = None
    body: object = None
    """A type, or the media types of something else than JSON."""
    status: int = 200
    repeated: int | None = None
    """The status for a repeat, if it is another one."""
    located: bool = True
    """Whether the answer of 201 has a Location."""
    query: tuple[str, ...] = ()
    keyed: bool = False
    matched: bool = False
    tagged: bool = False
    """The answer has an ETag, and If-None-Match is honoured."""
    refused: tuple[str, ...] = ()
    example: Example | None = None


class Parameter(Struct, frozen=True):
    """A parameter in the query, in the path or in a header."""

    says: str
    schema: Schema
    example: object = None


EPOCH: Schema = {"type": "string", "pattern": "^[\\x21-\\x7e]{0,64}$"}
SEQ: Schema = {"type": "integer", "minimum": 0, "maximum": (1 << 53) - 1}
CURSOR: Schema = {
    "type": "string",
    "pattern": "^[0-9A-Za-z]{1,64}-(0|[1-9][0-9]{0,15})-[0-9A-Za-z]{0,64}(-[1-9][0-9]{0,9})?$",
}
QUERY = {
    "status": Parameter("Only blogs of this status.", {"type": "string", "enum": list(api.STATUSES)}),
    "limit": Parameter(
        "How many blogs.", {"type": "integer", "minimum": 1, "maximum": api.MOST_BLOGS, "default": api.BLOGS}
    ),
    "blogs_after": Parameter("The `next` of the answer before.", {"type": "string"}),
    "epoch": Parameter("The epoch of the position that you have.", EPOCH),
    "after": Parameter("The seq of that position.", SEQ),
    "mark": Parameter("The mark that came with it.", {"type": "string"}),
    "wait": Parameter(
        "Seconds to wait for a change if there is none.",
        {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT, "default": 0},
    ),
    "cursor": Parameter("The cursor of the answer before; the other parameters do not count then.", CURSOR),
    "before": Parameter(
        "The id of the entry after which to continue.", {"type": "string", "pattern": "^[1-9][0-9]{0,18}-[0-9]{1,19}$"}
    ),
    "name": Parameter("The file's name, of a picture that is the body.", {"type": "string"}),
    "by": Parameter("Let the bytes alone tell the format.", {"type": "string", "enum": ["", "bytes"]}),
    "nights_after": Parameter("The `number` of the answer before.", SEQ | {"maximum": 10**15 - 1}),
}
"""The query's parameters. Where one name means two things, the word before its last `_` tells them apart."""
POSITION = ("epoch", "after", "mark")
PATH = {
    "slug": Parameter("The blog's address.", {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"}, "oscars"),
    "id": Parameter("The object's id.", {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}),
    "delivery": Parameter("The delivery's id.", {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}),
    "name": Parameter("The picture's name.", {"type": "string", "pattern": "^[0-9a-f]{32}\\.webp$"}),
}

NOMINEES: list[Example] = [
    {"id": "sean-baker", "name": "Sean Baker", "film": "Anora"},
    {"id": "brady-corbet", "name": "Brady Corbet", "film": "The Brutalist"},
]
POST: Example = {"headline": "Doors open", "body": "The *first* cars have arrived."}


TOMBSTONES: dict[object, object] = {
    replies.PublicPost: replies.RetractedPost,
    replies.PublicDraft: replies.GoneDraft,
}


def _read(says: str, answer: object, *query: str, tag: Tag = "Reading", tagged: bool = True) -> Operation:
    """What everybody may read."""
    return Operation(tag=tag, says=says, answer=answer, query=query, tagged=tagged)


def _desk(says: str, answer: object, role: Role = "contributor", **more: Any) -> Operation:
    """What only the desk may read."""
    return Operation(tag="The desk", says=says, answer=answer, role=role, **more)


def _act(tag: Tag, says: str, answer: object = replies.PublicPost, role: Role = "editor", **more: Any) -> Operation:
    """A write, under an Idempotency-Key. A repeat gets the tombstone of what was withdrawn since."""
    tombstone = TOMBSTONES.get(answer)
    either = answer if tombstone is None else (answer, tombstone)
    return Operation(tag=tag, says=says, answer=either, role=role, keyed=True, **more)


def _office(tag: Tag, says: str, answer: object, **more: Any) -> Operation:
    """What admins keep, without an Idempotency-Key: a repeat finds it done, or makes another one."""
    return Operation(tag=tag, says=says, answer=answer, role="admin", **more)


def _step(says: str, answer: object = replies.PublicCategory, **more: Any) -> Operation:
    """A step of a category's result."""
    return _act("Categories and results", says, answer, matched=True, refused=("wrong_state",), **more)


OPERATIONS: dict[str, Operation] = {
    "api.list_blogs": _read("List the blogs, newest night first.", replies.Blogs, "status", "limit", "blogs_after"),
    "api.get_blog": _read("Read the whole public state of a blog.", replies.BlogState),
    "api.get_changes": _read(
        "Read what changed after a position, or wait for it.", replies.CatchUp, *POSITION, "wait", "cursor"
    ),
    "api.get_stream": _read(
        "Follow a blog as server-sent events; /api/v1/asyncapi.json describes them.",
        "text/event-stream",
        *POSITION,
        "cursor",
        tagged=False,
    ),
    "api.get_post": _read(
        "Read one post, or the tombstone of a retracted one.", (replies.PublicPost, replies.RetractedPost)
    ),
    "described.openapi_document": _read("Read this description.", "application/json", tag="Descriptions"),
    "described.asyncapi_document": _read(
        "Read the description of sockets and event streams.", "application/json", tag="Descriptions"
    ),
    "api.create_blog": _act(
        "Blogs",
        "Create a blog.",
        replies.PublicBlog,
        "admin",
        body=api.NewBlog,
        status=201,
        refused=("exists",),
        example={"slug": "oscars", "title": "Anora at the Oscars", "timezone": "America/Los_Angeles", "film": "Anora"},
    ),
    "api.edit_blog": _act(
        "Blogs",
        "Change a blog's title, status, running order or other facts.",
        replies.PublicBlog,
        body=api.BlogEdit,
        matched=True,
        refused=("wrong_state",),
        example={"status": "live"},
    ),
    "api.pin": _act(
        "Blogs",
        "Pin a post, or unpin with null.",
        replies.PublicBlog,
        body=api.Pin,
        refused=("retracted",),
        example={"post": None},
    ),
    "api.publish": _act("Posts", "Publish a post.", body=texts.NewPost, status=201, example=POST),
    "api.edit_post": _act(
        "Posts",
        "Edit a post; `correction` tells readers what was wrong.",
        body=texts.PostEdit,
        matched=True,
        refused=("retracted",),
        example={"body": "The first *car* has arrived.", "correction": "It was one car."},
    ),
    "api.retract": _act("Posts", "Retract a post.", replies.RetractedPost, matched=True, refused=("retracted",)),
    "api.purge": _act(
        "Posts",
        "Remove a retracted post's versions, the drafts with its text, and pictures that nothing else has.",
        replies.RetractedPost,
        "admin",
        body=Nothing,
        matched=True,
        refused=("wrong_state",),
    ),
    "drafts.undo": _act(
        "Posts",
        "Take a post back within ten seconds; its text becomes a draft again.",
        replies.PublicDraft,
        body=Nothing,
        matched=True,
        refused=("retracted", "too_late"),
    ),
    "media.upload": Operation(
        tag="Pictures",
        says="Upload a picture: as the body, or as the part `file` of multipart/form-data.",
        answer=replies.UploadedPicture,
        role="contributor",
        body=("image/*", "multipart/form-data"),
        status=201,
        query=("name", "by"),
        refused=("unsupported_type", "mislabelled", "damaged", "polyglot", "too_many_pixels", "too_costly", "too_many"),
    ),
    "media.uploaded": Operation(
        tag="Pictures",
        says="List the pictures that were uploaded for this blog or that it uses.",
        answer=replies.Pictures,
        role="contributor",
    ),
    "media.delete": Operation(
        tag="Pictures",
        says="Delete a picture out of all posts, drafts and versions, and its files.",
        answer=replies.DeletedPicture,
        role="contributor",
        refused=("busy",),
    ),
    "api.add_category": _act(
        "Categories and results",
        "Add a category, last in running order.",
        replies.PublicCategory,
        body=api.NewCategory,
        status=201,
        located=False,
        example={"name": "Best Director", "nominees": NOMINEES},
    ),
    "api.edit_category": _act(
        "Categories and results",
        "Change a category's name or nominees, or the note of its last recall.",
        replies.PublicCategory,
        body=api.CategoryEdit,
        matched=True,
        refused=("wrong_state",),
        example={"nominees": NOMINEES},
    ),
    "api.remove_category": _act(
        "Categories and results",
        "Remove an upcoming category that nothing is filed under.",
        replies.RemovedCategory,
        matched=True,
        refused=("wrong_state", "prepared"),
    ),
    "api.on_stage": _step("Put a category on stage; another one there goes back to upcoming.", body=Nothing),
    "api.announce": _step(
        "Announce the winners: the category and its result post change together.",
        replies.Result,
        body=api.Announcement,
        example={"winners": ["sean-baker"]},
    ),
    "api.confirm": _step("Confirm an announced result.", body=Nothing),
    "api.doubt": _step(
        "Put a result in doubt until it is confirmed or recalled.",
        body=api.Doubted,
        example={"note": "The card may have been the wrong one."},
    ),
    "api.recall": _step(
        "Recall a result: to the right `winners`, or back on stage without them.",
        replies.Result,
        body=api.Recall,
        example={"winners": ["brady-corbet"], "note": "The wrong card was read."},
    ),
    "drafts.list_drafts": _desk("List the drafts, last changed first.", replies.Drafts),
    "drafts.desk_changes": _desk(
        "Read what changed in the desk's timeline after a position.", replies.DeskCatchUp, query=POSITION
    ),
    "drafts.get_draft": _desk("Read one draft.", replies.PublicDraft),
    "drafts.save_draft": _act(
        "The desk",
        "Save a new draft.",
        replies.PublicDraft,
        "contributor",
        body=texts.DraftEdit,
        status=201,
        refused=("wrong_state", "prepared"),
        example=POST,
    ),
    "drafts.edit_draft": _act(
        "The desk",
        "Change a draft; null removes a plan.",
        replies.PublicDraft,
        "contributor",
        body=texts.DraftEdit,
        matched=True,
        refused=("wrong_state", "prepared"),
        example={"publish_at": "2025-03-02T18:30:00-08:00"},
    ),
    "drafts.discard_draft": _act("The desk", "Discard a draft.", replies.GoneDraft, "contributor", matched=True),
    "drafts.submit_draft": _act(
        "The desk",
        "Submit a draft for approval.",
        replies.PublicDraft,
        "contributor",
        body=Nothing,
        matched=True,
        refused=("wrong_state",),
    ),
    "drafts.return_draft": _act(
        "The desk",
        "Return a submitted draft to its author.",
        replies.PublicDraft,
        body=drafts.Return,
        matched=True,
        refused=("wrong_state",),
        example={"note": "Who said that?"},
    ),
    "drafts.publish_draft": _act(
        "The desk",
        "Publish a draft.",
        body=Nothing,
        status=201,
        matched=True,
        refused=("wrong_state", "prepared"),
    ),
    "record.history": _desk("Read a post's versions, newest first.", replies.History),
    "record.retracted": _desk("List the retracted posts with their last texts.", replies.Retractions, "editor"),
    "record.writers": _desk("Read who published each post.", replies.Writers),
    "record.log": _desk("Read who did what in this blog, newest first.", replies.Log, "editor", query=("before",)),
    "record.site_log": _desk("Read the acts on people, newest first.", replies.Log, "admin", query=("before",)),
    "record.calls": _desk("List the calls of results.", replies.Calls),
    "record.audience": _desk("Read the number of readers over the night.", replies.Audience),
    "record.figures": _desk("Read the present figures.", replies.NightFigures),
    "caches.caches": _desk("See which caches have dropped what was withdrawn.", replies.Caches, "editor"),
    "takedowns.order": _office(
        "Takedowns",
        "Take a post with its pictures, or one picture, down everywhere.",
        Certificate,
        body=takedowns.Order,
        status=201,
        refused=("wrong_state",),
        example={"post": "TsCM6RCOp3kE", "reason": "An order of a court"},
    ),
    "takedowns.all": _office("Takedowns", "List the certificates of a blog, newest first.", replies.Certificates),
    "takedowns.one": _office("Takedowns", "Read a certificate, as things stand now.", Certificate),
    "webhooks.list_webhooks": _office("Webhooks", "List the webhooks that you may change.", replies.ShownWebhooks),
    "webhooks.add_webhook": _office(
        "Webhooks",
        "Have each public change sent to an address, of one blog or of all.",
        replies.MadeWebhook,
        body=webhooks.NewWebhook,
        status=201,
        refused=("exists", "wrong_state"),
        example={"url": "https://example.org/hook", "begin": "now"},
    ),
    "webhooks.get_webhook": _office("Webhooks", "Read how far a receiver is.", replies.ShownWebhook),
    "webhooks.change_webhook": _office(
        "Webhooks",
        "Switch a webhook on or off.",
        replies.ShownWebhook,
        body=webhooks.WebhookEdit,
        example={"on": False},
    ),
    "webhooks.remove_webhook": _office("Webhooks", "Remove a webhook.", replies.RemovedHook),
    "webhooks.new_secret": _office(
        "Webhooks", "Make a new secret; for a day both sign.", replies.MadeWebhook, refused=("wrong_state",)
    ),
    "webhooks.replay_webhook": _office(
        "Webhooks",
        "Send a blog again after a position.",
        replies.ShownWebhook,
        body=webhooks.Replay,
        example={"blog": "oscars", "seq": 0},
    ),
    "webhooks.send_again": _office(
        "Webhooks",
        "Send a dead letter again, or try the pending delivery at once.",
        replies.ShownWebhook,
        refused=("wrong_state",),
    ),
    "webhooks.drop_delivery": _office("Webhooks", "Drop a dead letter.", replies.ShownWebhook),
    "incoming.receive": Operation(
        tag="Incoming hooks",
        says="File a signed text as a submitted draft, once, however often it is sent; Slack sends its own form.",
        answer=replies.Filed,
        role="sender",
        body=incoming.Plain,
        status=201,
        repeated=200,
        located=False,
        refused=("too_many", "wrong_state"),
    ),
    "incoming.list_incoming": _office("Incoming hooks", "List the hooks that you may change.", replies.ShownIncomings),
    "incoming.add_incoming": _office(
        "Incoming hooks",
        "Make an address at which a program or Slack files texts.",
        replies.MadeIncoming,
        body=incoming.NewHook,
        status=201,
        located=False,
        refused=("wrong_state",),
        example={"blog": "oscars", "kind": "plain", "name": "Red carpet"},
    ),
    "incoming.new_secret": _office(
        "Incoming hooks",
        "Take a new secret; for a day both count.",
        replies.MadeIncoming,
        body=incoming.NewSecret,
        refused=("wrong_state",),
    ),
    "incoming.remove_incoming": _office("Incoming hooks", "Remove a hook.", replies.RemovedHook),
    "programs.list_tokens": _office("Tokens", "List the tokens, without their secrets.", replies.ShownTokens),
    "programs.add_token": _office(
        "Tokens",
        "Make a token; its secret is in this answer only.",
        replies.MadeToken,
        body=programs.NewToken,
        status=201,
        located=False,
        example={
            "name": "Scoreboard",
            "role": "editor",
            "scopes": ["read", "call-results"],
            "expires": "2027-03-31T00:00:00Z",
        },
    ),
    "programs.end_token": _office("Tokens", "End a token.", replies.EndedToken),
    "relays.nights": _read("For relays: the public blogs that changed.", wire.Nights, "nights_after", tag="Relays"),
    "relays.state": _read("For relays: what came after a position.", wire.State, *POSITION, "wait", tag="Relays"),
    "relays.take_reports": Operation(
        tag="Relays",
        says="For relays: bring the figures of their readers.",
        answer=wire.Thanks,
        role="relay",
        body=list[wire.Report],
    ),
}
"""By endpoint: a blueprint's name and a view function's name."""

REFUSALS: dict[str, tuple[int, str]] = {
    "bad_request": (400, "the request itself is malformed"),
    "broken_body": (400, "the chunks of the body are broken"),
    "not_signed_in": (401, "no session or token, or an unknown one"),
    "forbidden": (403, "the role does not allow it"),
    "insufficient_scope": (403, "the token lacks the `scope` that the call needs"),
    "read_only": (403, "this is a relay, which only reads"),
    "csrf": (403, "a session's write without its CSRF token, or from another site"),
    "not_found": (404, "there is no such blog, object or address"),
    "retracted": (404, "the post was retracted"),
    "too_slow": (408, "the body did not come in time"),
    "exists": (409, "a blog with this slug exists already"),
    "wrong_state": (409, "the act does not fit the object's state"),
    "prepared": (409, "there is a text for this outcome already"),
    "too_late": (409, "ten seconds have passed, or the post was edited"),
    "busy": (409, "too many people changed the same object at once"),
    "stale": (412, "If-Match named an older version; `current` is the newest"),
    "too_large": (413, "the body is too large"),
    "unsupported_type": (415, "an upload in none of the five formats"),
    "invalid": (422, "a bad value; `field` names it"),
    "mislabelled": (422, "an upload with the name or type of another format"),
    "damaged": (422, "an upload that is broken or cut off"),
    "polyglot": (422, "an upload that is also something else"),
    "too_many_pixels": (422, "an upload with more pixels or frames than allowed"),
    "too_costly": (422, "an upload that exceeded the limit of memory or time"),
    "not_json": (422, "the body is not JSON in UTF-8"),
    "key_reused": (422, "this Idempotency-Key was used for another request"),
    "too_many": (429, "too many at once"),
    "internal_server_error": (500, "a fault of the server"),
    "damaged_data": (503, "storage returned something else than was stored"),
    "newer_data": (503, "a newer release has written this blog"),
    "storage_unavailable": (503, "storage cannot be reached or cannot store"),
}
"""The refusals of calls, by code: their status and meaning. Those of sockets and pages are in docs/api.md only."""


def refusals(operation: Operation, method: str, path: tuple[str, ...]) -> dict[int, list[str]]:
    """The codes that a call may be refused with, by status, in the order of `REFUSALS`."""
    writes = method != "GET"
    codes = {"internal_server_error", "storage_unavailable", "bad_request", *operation.refused}
    if operation.role is not None or operation.answer is replies.Blogs:
        codes |= {"not_signed_in", "forbidden", "insufficient_scope", "read_only"}
    if operation.role not in (None, "relay", "sender") and writes:
        codes |= {"csrf", "busy"}
    if path or "blog" in getattr(operation.body, "__struct_fields__", ()):
        codes |= {"not_found", "damaged_data", "newer_data"}
    if writes:
        codes |= {"too_large", "too_slow", "broken_body"}
    if operation.body is not None:
        codes |= {"not_json"}
    if operation.query or writes:
        codes |= {"invalid"}
    if operation.keyed:
        codes |= {"key_reused"}
    if operation.matched:
        codes |= {"stale"}
    found: dict[int, list[str]] = {}
    for code, (status, _) in REFUSALS.items():
        if code in codes:
            found.setdefault(status, []).append(code)
    return found
