"""Positions and payloads of docs/protocol.md, once for the sockets, the event stream and the API. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NotRequired, TypedDict, cast

from msgspec import Struct

from .errors import Invalid, NotFound, Refusal
from .model import Change, NotAPosition, Object, Position, position_of, position_of_id
from .timeline import Timeline, shown_mark


class Payload(TypedDict):
    """The public JSON of some objects and, where they touch the board, the tally's HTML."""

    objects: list[dict[str, Any]]
    tally: NotRequired[str]


class CatchUpPayload(Payload):
    """What came after a position, up to this one; with `reset` the whole state."""

    epoch: str
    seq: int
    mark: NotRequired[str]
    reset: bool
    cursor: NotRequired[str]


class ChangePayload(Payload):
    """One change: what follows the position `prev`."""

    epoch: str
    seq: int
    mark: NotRequired[str]
    prev: int
    prev_mark: NotRequired[str]
    at: str


Present = Callable[[Timeline, list[Object]], Payload]
_SLUG = re.compile(r"[a-z0-9-]{1,64}")
LONGEST_WAIT, SHORTEST_WAIT, TURN = 25, 5, 20
"""Seconds of a long poll, at most and by a cursor at least. All that wait by a cursor get up together, every `TURN`."""
_CURSOR = re.compile(r"([0-9A-Za-z]{1,64})-(0|[1-9][0-9]{0,15})-([0-9A-Za-z]{0,64})(?:-([1-9][0-9]{0,9}))?")


# -- positions


def once(names: Iterable[str]) -> None:
    """Raise `Refusal` for a query in which a name stands twice: which of the two counts, a proxy may see otherwise."""
    for name, times in Counter(names).items():
        if times > 1:
            raise Refusal(f"the query has {name} {times} times; give it once", field=name)


def asked(query: Mapping[str, str], last_event_id: str = "") -> Position | None:
    """The position of an event stream's `Last-Event-ID`, which takes precedence, or of a query (`epoch`, `after`).

    None asks for the whole state. Raises `Invalid`.
    """
    if last_event_id:
        try:
            return position_of_id(last_event_id)
        except NotAPosition:
            raise Invalid("Last-Event-ID must be <epoch>:<seq>", field="Last-Event-ID") from None
    after = query.get("after", "")
    try:
        return position_of(
            query.get("epoch", ""), int(after) if re.fullmatch(r"[0-9]{1,16}", after) else after, query.get("mark")
        )
    except NotAPosition as no:
        if no.part == "seq":
            raise Invalid("after must be a whole number, the seq of a position", field="after") from None
        raise Invalid("a position must have an epoch and a seq", field="epoch") from None


class Cursor(Struct, frozen=True):
    """Where a client waits: at a position, in the turn with this number; 0 is the one that begins with its request.

    Each has one spelling, which no client has to escape, so that all who wait at it ask for the same address.
    """

    position: Position
    turn: int = 0

    def __str__(self) -> str:
        at = self.position
        return f"{at.epoch}-{at.seq}-{at.mark}" + (f"-{self.turn}" if self.turn else "")

    def wait(self, now: float) -> tuple[float, Cursor]:
        """How long a request waits that begins at `now` (seconds since 1970), and where to wait after that.

        Turns end at the same moments for everybody, so those who came at different times are together from then on.
        The next cursor is another one in any case: a cache would give an answer that it has to the same question.
        """
        turn = max(self.turn, int((now + SHORTEST_WAIT) // TURN) + 1)
        return min(turn * TURN - now, LONGEST_WAIT), Cursor(self.position, turn + 1)


def cursor_of(query: Mapping[str, str]) -> Cursor | None:
    """The cursor of a query; None if it has none. Raises `Invalid`."""
    if "cursor" not in query:
        return None
    if (found := _CURSOR.fullmatch(query["cursor"])) is not None:
        epoch, seq, mark, turn = found.groups()
        with suppress(NotAPosition):
            if (position := position_of(epoch, int(seq), mark)) is not None:
                return Cursor(position, int(turn or 0))
    raise Invalid("cursor must be one that an answer had", field="cursor")


def introduced(auth: object) -> tuple[str, Position | None]:
    """`{blog, epoch?, seq?, mark?}` from a client of a socket. Raises `Refusal`."""
    given: dict[str, object] = auth if isinstance(auth, dict) else {}
    slug = given.get("blog")
    if not isinstance(slug, str):
        raise Refusal("auth must name a blog")
    if not _SLUG.fullmatch(slug):
        raise NotFound("there is no such blog")
    return slug, held(given.get("epoch"), given.get("seq"), given.get("mark"))


def held(epoch: object, seq: object, mark: object = "") -> Position | None:
    """The position that a client of a socket reports. Raises `Refusal`."""
    try:
        return position_of(epoch, seq, mark)
    except NotAPosition:
        raise Refusal("a position must have an epoch and a seq", code="bad_position") from None


# -- payloads


def catch_up(timeline: Timeline, position: Position | None, present: Present) -> CatchUpPayload:
    """Everything after a position: the answer of `/changes`, an event of a stream, and most of a `sync`."""
    missed = timeline.since(position)
    told = present(timeline, missed.objects)
    at = {"epoch": missed.epoch, "seq": missed.seq, "reset": missed.reset}
    return cast(CatchUpPayload, {**at, **told, **marked(mark=missed.mark)})


def step(timeline: Timeline, change: Change, present: Present) -> ChangePayload:
    """The payload of a `change` event."""
    told = present(timeline, change.objects)
    at = {"epoch": change.epoch, "seq": change.seq, "prev": change.follows, "at": change.at}
    marks = marked(mark=shown_mark(change.mark), prev_mark=shown_mark(change.after))
    return cast(ChangePayload, {**at, **told, **marks})


def marked(**marks: str) -> dict[str, str]:
    """The marks of a message that are known. They come last: clients of 0.1.0 know the fields before them."""
    return {name: mark for name, mark in marks.items() if mark}


def as_catch_up(step: ChangePayload) -> CatchUpPayload:
    """A change in the form of an event stream: the catch-up after the position before it."""
    kept = {name: value for name, value in step.items() if name not in ("prev", "prev_mark", "at")}
    return with_cursor(cast(CatchUpPayload, {"reset": False, **kept}))


def with_cursor(catch_up: CatchUpPayload, cursor: Cursor | None = None) -> CatchUpPayload:
    """A catch-up with the cursor that leads on from it: the one of its position, unless it is another."""
    at = Position(catch_up["epoch"], catch_up["seq"], catch_up.get("mark", ""))
    return cast(CatchUpPayload, {**catch_up, "cursor": str(cursor or Cursor(at))})
