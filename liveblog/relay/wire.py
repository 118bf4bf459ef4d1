"""What an origin sends to relays, and a relay to its origin. Pure.

A state is a catch-up for programs that serve readers themselves: objects as they are stored, without HTML, and what
pages, feeds and other relays' readers need beside them. It tells nothing that readers cannot see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from ..model import Blog, Category, Change, Object, Position, Post, ref_of
from ..timeline import Summary, Timeline, shown_mark

NO_TIME = "1970-01-01T00:00:00.000Z"
PROCESS = re.compile(r"[0-9a-z-]{1,40}")

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
"""A number of readers of one process, or of milliseconds."""
Seq = Annotated[int, Meta(ge=0, lt=1 << 52)]
Word = Annotated[str, Meta(max_length=64, pattern=r"^[\x21-\x7e]*$")]
"""An epoch or a mark."""
Address = Annotated[str, Meta(max_length=500, pattern=r"^https?://[^\s<>\x22\x27]+$")]


class Site(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an origin's settings say on its pages and in its feeds."""

    base_url: Address | None = None
    publisher: Annotated[str, Meta(max_length=300)] | None = None
    publisher_logo: Address | None = None
    hub: Address | None = None


class Nights(Struct, frozen=True, kw_only=True):
    """The public blogs that changed after a number of the site's changes; with `anew` all of them.

    What is not public any more is not named: then there are fewer in `total` than the relay knows.
    """

    site: Site
    number: Seq
    anew: bool
    nights: list[Summary]
    total: Seq


class State(Struct, frozen=True, kw_only=True):
    """What came after a position, or with `reset` all there is; `at` is when the last of it was committed.

    A retracted post has a stand-in for its time (`Timeline.stand_in`).
    """

    epoch: Word
    seq: Seq
    mark: Word
    born: Word
    reset: bool
    at: str
    objects: list[Blog | Category | Post]
    times: dict[str, str]
    marks: dict[Seq, Word]
    forks: list[tuple[Seq, Seq]] = []


class Report(Struct, frozen=True, kw_only=True):
    """What one process of a relay tells of a blog: its readers, and the last change that they all have (seq, readers,
    ms). `delivered` has what is to be stored: by seq, how many readers had the change within how many ms."""

    blog: str
    process: str
    readers: Count = 0
    last: tuple[Seq, Count, Count] | None = None
    delivered: dict[Seq, tuple[Count, Count]] | None = None


class Thanks(Struct, frozen=True):
    """The answer to reports: the time by the origin's clock, in ms since 1970."""

    now: int


def state_of(timeline: Timeline, position: Position | None) -> State:
    """The state after a position."""
    missed = timeline.since(position)
    after = position.seq if position is not None and not missed.reset else 0
    return State(
        epoch=missed.epoch,
        seq=missed.seq,
        mark=missed.mark,
        born=timeline.born,
        reset=missed.reset,
        at=timeline.last,
        objects=[_sent(timeline, obj) for obj in missed.objects if isinstance(obj, Blog | Category | Post)],
        times={ref_of(obj): timeline.time(obj) for obj in missed.objects},
        marks=timeline.marks_after(after),
        forks=[*timeline.forks],
    )


def _sent(timeline: Timeline, obj: Blog | Category | Post) -> Blog | Category | Post:
    retracted = isinstance(obj, Post) and obj.retracted
    return replace(obj, published_at=timeline.stand_in(obj)) if retracted else obj  # type: ignore[arg-type]


def timeline_of(state: State, objects: Iterable[Object]) -> Timeline:
    """The timeline of a whole state, with these objects."""
    return Timeline(
        state.epoch,
        state.seq,
        objects,
        mark=shown_mark(state.mark),
        born=state.born,
        times=state.times,
        marks=state.marks,
        forks=(*state.forks,),
    )


def change_of(state: State, objects: list[Object], *, after: Position) -> Change:
    """All of a state that followed a position, as one change."""
    return Change(
        epoch=state.epoch,
        seq=state.seq,
        at=state.at,
        objects=objects,
        after=after.mark,
        mark=shown_mark(state.mark),
        prev=after.seq,
        times=state.times,
        marks={seq: mark for seq, mark in state.marks.items() if seq < state.seq},
        forks=(*state.forks,),
    )
