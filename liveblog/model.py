"""The newsroom's vocabulary as structs: blog, category, post, change, position. Pure: no IO, no clock.

Stored JSON is the struct. Public JSON (`public`) adds nothing, and leaves out empty and private fields.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

import msgspec
from msgspec import Struct

NOW = "\x00now"
"""Stands for the commit's time, which storage fills in by its own clock. No text can contain it: NUL is refused."""

Status = Literal["draft", "preview", "live", "ended"]
PostType = Literal["preview", "update", "result", "notice"]
CategoryState = Literal["upcoming", "on_stage", "announced", "confirmed"]
DraftState = Literal["working", "submitted", "returned"]
Forks = tuple[tuple[int, int], ...]
"""Ranges of seqs, each after one and up to another, whose numbers may have been given twice in this epoch."""
Scope = Literal["public", "desk"]
WORDLESS = ("(a file without words)", "(a picture without words)")
"""What stands in the place of a text that came without one (the second of an earlier release): no text of its own."""
STATES: tuple[CategoryState, ...] = ("upcoming", "on_stage", "announced", "confirmed")
"""A category's states, in order."""


class Correction(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was wrong (`note`), and when it was corrected (`at`, RFC 3339 UTC).

    That of a recall has the names that `was` announced until then, and the result `post` that has this correction, too.
    """

    at: str
    note: str
    was: list[str] = []
    post: str | None = None


class Doubt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Since when a result is in doubt (`at`, RFC 3339 UTC), and what readers are told about it (`note`)."""

    at: str
    note: str | None = None


class Media(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An uploaded picture: `name` under /media/, size in pixels, `alt` for readers who do not see it.

    `widths` are the available ones (`sized`), `moving` is its animation's name, `credit` names its owner.
    """

    name: str
    width: int
    height: int
    alt: str
    widths: list[int] = []
    moving: str | None = None
    caption: str | None = None
    credit: str | None = None

    def sized(self, width: int) -> str:
        """The name of this picture at one of its widths."""
        stem, dot, ending = self.name.rpartition(".")
        return self.name if width == self.width else f"{stem}-{width}{dot}{ending}"


class Nominee(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person, or a film that is nominated itself (then `name` is `film`). `detail` is a role, a song or a country.

    One who is nominated for several films has them all in `films`, the first of them in `film` too. Without a film it
    is an honour.
    """

    id: str
    name: str
    film: str | None = None
    detail: str | None = None
    films: list[str] = []

    @property
    def counts_for(self) -> list[str]:
        """The films for which the nomination and the award count."""
        return self.films or ([self.film] if self.film else [])

    @property
    def is_film(self) -> bool:
        """Whether the film itself is nominated."""
        return self.name == self.film

    @property
    def other_films(self) -> list[str]:
        """The films that stand beside the name."""
        return [film for film in self.counts_for if film != self.name]

    @property
    def beside(self) -> list[str]:
        """All that stands beside the name: films, and role, song or country."""
        return [*self.other_films, *([self.detail] if self.detail else [])]


class Asker(Protocol):
    """A person or program that is signed in."""

    def may(self, role: Literal["contributor"], slug: str, /) -> bool: ...


class Venue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the event takes place: a hall's name, its city, and its country as an ISO 3166-1 alpha-2 code (`US`)."""

    name: str
    locality: str | None = None
    country: str | None = None


class Blog(Struct, frozen=True, kw_only=True, tag_field="kind", tag="blog"):
    """One night's coverage: `order` has category ids, `pinned` a post id, `film` the film that the night is about.

    `pinned_below` is the preview while another post is pinned: it stands below that one, and gets the place back.
    `language` is a BCP 47 tag, for the texts and for the page's own words. `starts` (RFC 3339 UTC) is when the event
    itself begins, whenever its coverage does; `venue` is where.
    `reworded_at` is when title or summary last changed: since the first result they may tell it.
    """

    id: str
    title: str
    summary: str = ""
    status: Status = "preview"
    timezone: str = "UTC"
    language: str = "en"
    film: str | None = None
    starts: str | None = None
    venue: Venue | None = None
    pinned: str | None = None
    pinned_below: str | None = None
    order: list[str] = []
    reworded_at: str | None = None
    seq: int = 0

    def is_open_to(self, asker: Asker | None) -> bool:
        """Whether `asker` may read it: everybody may read a public blog, only its desk a draft."""
        return self.is_public or (asker is not None and asker.may("contributor", self.id))

    @property
    def is_public(self) -> bool:
        """Whether readers may know of it. Only this property decides that."""
        return self.status != "draft"


class Category(Struct, frozen=True, kw_only=True, tag_field="kind", tag="category"):
    """An award. `winners` has nominee ids (several in a tie), `post` the result post's id.

    `doubt` is there from the moment when the desk doubts the result until it is confirmed or recalled.
    A category that was removed from the running order keeps only `id` and `removed`.
    """

    id: str
    name: str
    state: CategoryState = "upcoming"
    nominees: list[Nominee] = []
    winners: list[str] = []
    announced_at: str | None = None
    confirmed_at: str | None = None
    post: str | None = None
    corrections: list[Correction] = []
    doubt: Doubt | None = None
    removed: bool = False
    seq: int = 0

    @property
    def won(self) -> list[Nominee]:
        """The nominees that are the winners, in the order of the nominees."""
        return [nominee for nominee in self.nominees if nominee.id in self.winners]

    def called(self, nominee: Nominee) -> str:
        """The nominee's name, with film and detail if these tell it from another one: `John Williams (Jaws)`."""
        others = [each for each in self.nominees if each.name == nominee.name and each.beside != nominee.beside]
        return f"{nominee.name} ({', '.join(nominee.beside)})" if others and nominee.beside else nominee.name


class Text(Struct, frozen=True, kw_only=True):
    """What an editor writes, in a post as in a draft: the only list of these fields. `body` is Markdown.

    Acts and request bodies take the names from here (`TEXT_FIELDS`); `checks.py` checks the values. For the desk's
    scripts, `static/js/desk/text.js` says how editors see each field.
    """

    type: PostType = "update"
    headline: str | None = None
    body: str = ""
    category: str | None = None
    key: bool = False
    byline: str | None = None
    media: list[Media] = []


TEXT_FIELDS: tuple[str, ...] = Text.__struct_fields__
EDITABLE_FIELDS = tuple(name for name in TEXT_FIELDS if name != "type")
"""The fields that may change after a post was published."""


def text_of(text: Text) -> dict[str, Any]:
    """The text's fields with their values, without the other fields of a post or draft."""
    return {name: getattr(text, name) for name in TEXT_FIELDS}


class Post(Text, frozen=True, kw_only=True, tag_field="kind", tag="post"):
    """A timestamped update; times are RFC 3339 UTC with milliseconds.

    A retracted post keeps only `id`, `retracted` and `published_at`. The time stays only in storage, where it keeps
    the post's place so that older pages never shift. `seq` is the last field: `commit.lua` stamps it there.
    """

    id: str
    published_at: str
    updated_at: str | None = None
    corrections: list[Correction] = []
    retracted: bool = False
    seq: int = 0


class When(Struct, frozen=True, kw_only=True):
    """The moment when a category has reached a state."""

    category: str
    state: CategoryState


class Outcome(Struct, frozen=True, kw_only=True):
    """The outcome for which a text is prepared: this nominee wins this category."""

    category: str
    nominee: str


class Published(Struct, frozen=True, kw_only=True):
    """What became of a draft: the `post`, and who published it when."""

    post: str
    by: str
    at: str = NOW


class Draft(Text, frozen=True, kw_only=True, tag_field="kind", tag="draft"):
    """A text that only the desk sees: in work, submitted for approval, scheduled, or prepared for an outcome.

    `author` began it, `editor` changed it last, at `updated_at`; `note` is an editor's comment on its return.
    `publish_at` (RFC 3339 UTC) or `on` schedule it. A prepared text is `put_away` once its category is announced.
    A draft that was discarded keeps only `id` and `gone`; one that was published also its `author` and `published`.
    """

    id: str
    author: str = ""
    editor: str | None = None
    updated_at: str | None = None
    state: DraftState = "working"
    note: str | None = None
    publish_at: str | None = None
    on: When | None = None
    outcome: Outcome | None = None
    put_away: bool = False
    gone: bool = False
    published: Published | None = None
    seq: int = 0


class Call(Struct, frozen=True, kw_only=True, tag_field="kind", tag="call"):
    """The last step of a category's result, which only the desk sees: the `act`, and `by` whom.

    `id` is the category's, `winners` are nominee ids after the step, `was` has the names that a recall took back.
    """

    id: str
    act: str
    by: str
    at: str = NOW
    winners: list[str] = []
    was: list[str] = []
    seq: int = 0


Object = Blog | Category | Post | Draft | Call


class Position(Struct, frozen=True, omit_defaults=True):
    """How much of a timeline a client or process has; a client's `mark` proves of which history, if it sends one."""

    epoch: str
    seq: int
    mark: str = ""


def position_id(position: Position) -> str:
    """A position as an event stream's id, `<epoch>:<seq>`."""
    return f"{position.epoch}:{position.seq}"


class NotAPosition(ValueError):
    """A client sent an invalid position; `part` is the invalid part."""

    def __init__(self, part: Literal["epoch", "seq"]) -> None:
        super().__init__(part)
        self.part = part


def position_of(epoch: object, seq: object, mark: object = "") -> Position | None:
    """The position that a client sent: 1 to 64 visible ASCII characters, and a whole number below 2^53.

    Without an epoch, and with no seq or 0, it is None: before the first change. Raises `NotAPosition`.
    """
    if epoch in (None, "") and (seq in (None, "") or (type(seq) is int and not seq)):
        return None
    if type(seq) is not int or not 0 <= seq < 1 << 53:
        raise NotAPosition("seq")
    if not isinstance(epoch, str) or not re.fullmatch(r"[\x21-\x7e]{1,64}", epoch):
        raise NotAPosition("epoch")
    return Position(epoch, seq, mark[:64] if isinstance(mark, str) else "")


def position_of_id(id: str) -> Position:
    """The position of an event stream's id. Raises `NotAPosition`."""
    epoch, _, seq = id.rpartition(":")
    found = position_of(epoch, int(seq) if re.fullmatch(r"[0-9]{1,16}", seq) else None)
    if found is None:
        raise NotAPosition("epoch")
    return found


def rfc3339(at: datetime) -> str:
    """A time as it is stored and sent: UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc3339_ms(milliseconds: int) -> str:
    """A time in milliseconds since 1970, in the same form."""
    seconds, rest = divmod(milliseconds, 1000)
    return rfc3339(datetime.fromtimestamp(seconds, UTC).replace(microsecond=1000 * rest))


class Change(Struct, frozen=True, kw_only=True):
    """One atomic step of a timeline: the objects it created or replaced, all with this `seq`, at RFC 3339 time `at`.

    `mark` is a hash of this change and all changes before it, `after` is the mark of the change before; both are empty
    if unknown. Clients see the beginning of `mark`.

    A relay gets several changes joined into one, which follows `prev`. `times` has the times of its objects that differ
    from `at`, by ref, and `marks` those of the changes in between, by seq. `forks` are all of its epoch, if it has any.
    """

    epoch: str
    seq: int
    at: str
    objects: list[Object]
    after: str = ""
    mark: str = ""
    prev: int | None = None
    times: dict[str, str] = {}
    marks: dict[int, str] = {}
    forks: Forks = ()

    @property
    def follows(self) -> int:
        """The seq that this change continues."""
        return self.seq - 1 if self.prev is None else self.prev


class CatchUp(Struct, frozen=True, kw_only=True):
    """Everything newer than a position, in `seq` order; with `reset` it is the whole state."""

    epoch: str
    seq: int
    reset: bool
    objects: list[Object]
    mark: str = ""


def ref(kind: str, id: str) -> str:
    """The name of an object inside a timeline, `kind:id`."""
    return f"{kind}:{id}"


def kind_of(obj: Object) -> str:
    return str(obj.__struct_config__.tag)


def ref_of(obj: Object) -> str:
    return ref(kind_of(obj), obj.id)


def reached(state: CategoryState, wanted: CategoryState) -> bool:
    """Whether a category in `state` has reached the wanted state."""
    return STATES.index(state) >= STATES.index(wanted)


def scope_of(kind: str) -> Scope:
    """The timeline that holds objects of this kind."""
    return "desk" if kind in ("draft", "call") else "public"


def ended(obj: Object) -> bool:
    """Whether this is only a tombstone."""
    if isinstance(obj, Category):
        return obj.removed
    return (isinstance(obj, Post) and obj.retracted) or (isinstance(obj, Draft) and obj.gone)


def public(obj: Object) -> dict[str, Any]:
    """The object as its timeline's clients see it: a tombstone is bare, empty optional fields are left out."""
    if isinstance(obj, Post) and obj.retracted:
        return {"kind": "post", "id": obj.id, "seq": obj.seq, "retracted": True}
    if isinstance(obj, Category) and obj.removed:
        return {"kind": "category", "id": obj.id, "seq": obj.seq, "removed": True}
    if isinstance(obj, Draft) and obj.gone:
        gone = {"kind": "draft", "id": obj.id, "seq": obj.seq, "gone": True}
        return gone | ({"author": obj.author, "published": msgspec.to_builtins(obj.published)} if obj.published else {})
    fields: dict[str, Any] = {k: v for k, v in msgspec.to_builtins(obj).items() if v is not None}
    if isinstance(obj, Post):
        del fields["retracted"]
    if isinstance(obj, Category):
        del fields["removed"]
    if isinstance(obj, Draft):
        del fields["gone"]
    return fields
