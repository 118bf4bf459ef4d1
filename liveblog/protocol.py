"""What docs/protocol.md says of positions and payloads, once for the sockets, the event stream and the API. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import Invalid, NotFound, Refusal
from .model import Change, NotAPosition, Object, Position, position_of, position_of_id
from .timeline import Timeline

Present = Callable[[Timeline, list[Object]], dict[str, Any]]
"""The public JSON of a message's objects."""
_SLUG = re.compile(r"[a-z0-9-]{1,64}")


# -- positions


def asked(query: Mapping[str, str], last_event_id: str = "") -> Position | None:
    """The position in a query (`epoch`, `after`), or the one that an event stream goes on from, which counts first.

    None asks for the whole state. Raises `Invalid`.
    """
    if last_event_id:
        try:
            return position_of_id(last_event_id)
        except NotAPosition:
            raise Invalid("Last-Event-ID is <epoch>:<seq>", field="Last-Event-ID") from None
    after = query.get("after", "")
    try:
        return position_of(query.get("epoch", ""), int(after) if re.fullmatch(r"[0-9]{1,16}", after) else after)
    except NotAPosition as no:
        if no.part == "seq":
            raise Invalid("after is a whole number, the seq of a position", field="after") from None
        raise Invalid("a position is an epoch and a seq", field="epoch") from None


def introduced(auth: Any) -> tuple[str, Position | None]:
    """`{blog, epoch?, seq?}` from a client of a socket. Raises `Refusal`."""
    if not isinstance(auth, dict) or not isinstance(auth.get("blog"), str):
        raise Refusal("auth names a blog")
    if not _SLUG.fullmatch(auth["blog"]):
        raise NotFound("there is no such blog")
    return auth["blog"], held(auth.get("epoch"), auth.get("seq"))


def held(epoch: Any, seq: Any) -> Position | None:
    """The position that a client of a socket says it has. Raises `Refusal`."""
    try:
        return position_of(epoch, seq)
    except NotAPosition:
        raise Refusal("a position is an epoch and a seq", code="bad_position") from None


# -- payloads


def catch_up(timeline: Timeline, position: Position | None, present: Present) -> dict[str, Any]:
    """Everything after a position: the answer of `/changes`, an event of a stream, and the most of a `sync`."""
    missed = timeline.since(position)
    told = present(timeline, missed.objects)
    return {"epoch": missed.epoch, "seq": missed.seq, "reset": missed.reset, **told}


def step(timeline: Timeline, change: Change, present: Present) -> dict[str, Any]:
    """The payload of `change`."""
    told = present(timeline, change.objects)
    return {"epoch": change.epoch, "seq": change.seq, "prev": change.seq - 1, "at": change.at, **told}


def as_catch_up(step: dict[str, Any]) -> dict[str, Any]:
    """A change as an event stream has it: the catch-up after the position before it."""
    return {"reset": False} | {name: value for name, value in step.items() if name not in ("prev", "at")}
