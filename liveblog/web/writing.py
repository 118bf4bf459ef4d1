"""Writes over HTTP: the body, If-Match and Idempotency-Key, the act under them, and the object in the answer."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar, get_args

import flask
import msgspec
from flask import Response, request
from msgspec import UNSET, Struct
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream

from .. import cache_tags
from ..actions import Plan, View
from ..errors import Invalid, WrongState
from ..model import Category, Object, Text
from ..store.accounts import Role
from ..store.commits import Commit, request_key
from ..store.pictures import note_use
from ..timeline import Timeline
from ..watch import logs
from . import answers, auth
from .render import present
from .site import services

T = TypeVar("T", bound=Struct)


# -- bodies; UNSET fields stay as they are


class Request(flask.Request):
    """Refuses a body that is too large, also a chunked one, whose end werkzeug would silently cut off."""

    @cached_property
    def stream(self) -> IO[bytes]:
        if self.content_length is None and "wsgi.input_terminated" in self.environ and self.max_content_length:
            return _Counted(self.environ["wsgi.input"], self.max_content_length + 1, is_max=True)  # type: ignore[return-value]
        return super().stream


class _Counted(LimitedStream):
    """A body of unknown length, which must have less than `limit` bytes."""

    def readinto(self, b: bytearray) -> int | None:  # type: ignore[override]
        read = super().readinto(b)
        if self.is_exhausted:
            raise RequestEntityTooLarge
        return read


class Nothing(Struct, forbid_unknown_fields=True):
    """An act without fields."""


def body_of(type: type[T]) -> T:
    """The request's JSON body. Raises `Invalid`."""
    data = request.get_data()
    try:
        return msgspec.json.decode(data or b"{}", type=type)
    except msgspec.ValidationError as error:
        raise invalid(error, type) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("the body is not JSON in UTF-8", code="not_json") from None


def invalid(error: msgspec.ValidationError, type: type[Struct]) -> Invalid:
    """The refusal of a body of this type: what is missing or unexpected, in which field, and which fields there are."""
    said = str(error)
    named = re.search(r"\$\.(\w+)", said) or re.search(r"field `(\w+)`", said)
    if "unknown field" in said:
        said += f"; there are {', '.join(_at(type, said.partition('$')[2]).__struct_encode_fields__) or 'none'}"
    return Invalid(said, field=named.group(1) if named else None)


def _at(type: type[Struct], path: str) -> type[Struct]:
    """The struct at a place in a body of this type; msgspec writes a place as in `$.media[0]`."""
    for name in re.findall(r"\.(\w+)", path):
        found = next((field.type for field in msgspec.structs.fields(type) if field.encode_name == name), None)
        type = next((each for each in _within(found) if issubclass(each, Struct)), type)  # a sender may name one `$.x`
    return type


def _within(annotation: Any) -> Iterator[type]:
    """The types that an annotation consists of."""
    if inspect.isclass(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _within(part)


def fields_of(body: Struct) -> dict[str, Any]:
    """The fields that were sent, as an act's keyword arguments."""
    values = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}


# -- acts


def object_answer(timeline: Timeline, obj: Object, status: int = 200, **headers: str) -> Response:
    """An answer with an object of the public timeline; its `seq` is the ETag."""
    return answers.json(present(timeline, obj), status, ETag=f'"{obj.seq}"', **headers)


def sent(type: type[T], slug: str, role: Role = "editor") -> T:
    """The body of an editor's request. The role is checked first: others learn nothing about their body."""
    auth.require(role, slug)
    return body_of(type)


def perform(
    slug: str, act: Callable[[View], Plan], *, name: str | None = None, role: Role = "editor", **note: Any
) -> tuple[Timeline, Commit]:
    """Commit an act under the request's Idempotency-Key and, for the object `name`, its If-Match.

    The audit log gets the view function's name as the act's name, and `note`.
    """
    who = auth.require(role, slug)
    return commit(slug, act, who, None if name is None else _if_match(name), note)


def commit(
    slug: str,
    act: Callable[[View], Plan],
    who: auth.Actor,
    match: tuple[str, int] | None,
    note: dict[str, Any] | None = None,
) -> tuple[Timeline, Commit]:
    """Commit an act of `who` under the request's Idempotency-Key; `match` pairs an object's name with its seq."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(r"[\x20-\x7e]{1,200}", key):
        raise Invalid("an Idempotency-Key must have 1 to 200 visible ASCII characters", field="Idempotency-Key")
    text = f"{request.method} {request.path} {request.headers.get('If-Match', '')} ".encode() + request.get_data()
    done = services().store.perform(
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
    if done.objects and not done.replayed:
        logs.add(change=f"{done.epoch}:{done.seq}")
    if done.objects:
        answers.outdate(cache_tags.of_blog(slug), cache_tags.SITE)
    texts = [obj for obj in [*done.objects, *done.desk] if isinstance(obj, Text) and obj.media]
    if texts and not done.replayed:
        note_use(services().store, slug, texts)
    services().tails.reach(slug, done.seq)
    if done.desk:
        services().desk_tails.reach(slug, done.desk_seq)
    return services().tails.timeline(slug), done


def _if_match(name: str) -> tuple[str, int] | None:
    sent = request.headers.get("If-Match")
    if sent is None or sent.strip() == "*":
        return None
    matched = re.fullmatch(r'\s*"([0-9]{1,16})"\s*', sent)
    if matched is None:
        raise Invalid('If-Match must be an ETag such as "12"', field="If-Match")
    return name, int(matched.group(1))


def check_unused(slug: str, id: str) -> None:
    """Raises `WrongState` for a category with published posts: they would refer to a category that does not exist."""
    timeline = services().tails.timeline(slug)
    category = timeline.get(Category, id)
    if category is not None and not category.removed and timeline.is_used(id):
        raise WrongState(f"posts are filed under {category.name}; file them elsewhere first")
