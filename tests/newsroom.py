"""A blog in memory for the pure tests: commits plans by the rules of `commit.lua`, without storage."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from liveblog import actions
from liveblog.actions import Plan
from liveblog.model import Category, Change, Draft, Nominee, Object, Post, ref, ref_of
from liveblog.timeline import Timeline

K = TypeVar("K", bound=Object)

EPOCH = "night"
DIRECTOR = Category(
    id="director",
    name="Best Director",
    nominees=[
        Nominee(id="sean-baker", name="Sean Baker", film="Anora"),
        Nominee(id="brady-corbet", name="Brady Corbet", film="The Brutalist"),
        Nominee(id="coralie-fargeat", name="Coralie Fargeat", film="The Substance"),
    ],
)
PICTURE = Category(
    id="picture",
    name="Best Picture",
    nominees=[
        Nominee(id="anora", name="Anora", film="Anora"),
        Nominee(id="wicked", name="Wicked", film="Wicked"),
    ],
)


class Editor(Protocol):
    """Performs acts on a blog: in memory, or on the real storage."""

    @property
    def posts(self) -> list[Post]: ...
    def find(self, kind: type[K], id: str) -> K: ...
    def drafts(self) -> list[Draft]: ...
    def do(self, act: Callable[..., Plan], *args: object, **fields: object) -> object: ...


class Newsroom:
    """Objects of both timelines, their changes so far, and the view that acts read."""

    def __init__(self, slug: str = "anora") -> None:
        self.slug = slug
        self.objects: dict[str, Object] = {}
        self.changes: list[Change] = []
        self.desk: list[Change] = []
        self.clock = "000"
        """The milliseconds of its times; the two newsrooms of a fork have different ones."""

    def get(self, kind: str, id: str) -> Object | None:
        return self.objects.get(ref(kind, id))

    def find(self, kind: type[K], id: str) -> K:
        """The object of this kind and id, which must exist."""
        return only(self.objects.values(), kind, id)

    def new_id(self, kind: str) -> str:
        return secrets.token_urlsafe(9)

    def drafts(self) -> list[Draft]:
        return [obj for obj in self.objects.values() if isinstance(obj, Draft) and not obj.gone]

    def do(self, act: Callable[..., Plan], *args: object, **fields: object) -> Change:
        """Commit an act. Returns its public change, or the desk's if there is no public one."""
        plan = act(self, self.slug, *args, **fields) if act is not actions.create_blog else act(self, **fields)
        return self.commit(plan)

    def commit(self, plan: Plan) -> Change:
        number = len(self.changes) + len(self.desk) + 1
        at = f"2025-03-03T00:{number // 60:02}:{number % 60:02}.{self.clock}Z"
        done = [
            self._log(log, objects, at)
            for log, objects in ((self.desk, plan.desk), (self.changes, plan.public))
            if objects
        ]
        return done[-1]

    def _log(self, log: list[Change], objects: list[Object], at: str) -> Change:
        seq = len(log) + 1
        stamped = [replace(_timed(obj, at), seq=seq) for obj in objects]
        self.objects.update({ref_of(obj): obj for obj in stamped})
        log.append(Change(epoch=EPOCH, seq=seq, at=at, objects=stamped))
        return log[-1]

    def timeline(self, upto: int | None = None) -> Timeline:
        """The timeline after applying the changes one by one."""
        timeline = Timeline(EPOCH, 0, [])
        for change in self.changes[:upto]:
            timeline.apply(change)
        return timeline

    @property
    def posts(self) -> list[Post]:
        return [obj for obj in self.objects.values() if isinstance(obj, Post) and not obj.retracted]


def only(objects: Iterable[Object], kind: type[K], id: str | None = None) -> K:
    """The one object of this kind (and id)."""
    (found,) = [obj for obj in objects if isinstance(obj, kind) and id in (None, obj.id)]
    return found


def _timed(obj: Object, at: str) -> Object:
    text = re.sub(rb'"\\u0000now"', msgspec.json.encode(at), msgspec.json.encode(obj))
    return msgspec.json.decode(text, type=type(obj))


def open_newsroom() -> Newsroom:
    """A blog with two categories, ready for the night."""
    newsroom = Newsroom()
    newsroom.do(
        actions.create_blog,
        slug="anora",
        title="Anora at the Oscars",
        film="Anora",
        categories=[DIRECTOR, PICTURE],
        preview=("Before the show", "Six nominations."),
    )
    return newsroom
