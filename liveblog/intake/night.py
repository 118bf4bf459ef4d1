"""The facts of an awards night, read into categories: a night file (TOML), or a running order as CSV, TSV or JSON.

Errors name the file's line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from ..checks import (
    FreeIds,
    NewNominee,
    checked_category,
    checked_instant,
    checked_nominees,
    checked_venue,
    composed,
)
from ..errors import Invalid
from ..model import Category, Venue
from . import encodings, kinds, orders, oscars, tables

T = TypeVar("T")
SHOWN = 200
"""Characters of a file that a refusal repeats, at most."""

NIGHT = 256 * 1024
"""Upper limit of a night file in bytes."""

_HEADING = re.compile(r"^[ \t]*\[\[[ \t]*category[ \t]*\]\]", re.MULTILINE)
TABLES = frozenset({".csv", ".tsv", ".tab", ".txt"})
HOW = "the first line of a table must name its columns, such as category, nominee, film, detail"

_DEEP = re.compile(r"""(?<![\w"'.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){24}""")
"""A key of more parts than any night has: tomllib's time and memory grow with the square of their number."""


_LONG = re.compile(r"\d[\d_]{4000}")
"""A number that Python does not convert."""


class Night(Struct, frozen=True, kw_only=True):
    """The contents of a night file. `winners` and `minutes` (since the start of the show) are by category id.

    `starts` is RFC 3339 UTC. `notes` say how the file was read, and what of it was not.
    """

    title: str | None
    event: str | None
    venue: Venue | None
    timezone: str
    starts: str | None
    film: str | None
    categories: list[Category]
    winners: dict[str, list[str]]
    minutes: dict[str, float]
    notes: tuple[str, ...] = ()


class _Nominee(NewNominee, frozen=True, forbid_unknown_fields=True):
    """A nominee, and whether it has won: a shorter form for `winners`, which also tells two of one name apart."""

    winner: bool = False


class _Category(Struct, forbid_unknown_fields=True):
    name: str
    nominees: list[_Nominee] = []
    id: str | None = None
    minute: Annotated[float, Meta(ge=0, le=10_000)] = 0
    winners: list[str] = []


class _Venue(Venue, frozen=True, forbid_unknown_fields=True):
    """A venue as a table."""


class _Night(Struct, forbid_unknown_fields=True):
    title: str | None = None
    event: str | None = None
    venue: _Venue | str | None = None
    timezone: str = "UTC"
    starts: datetime | None = None
    film: str | None = None
    category: list[dict[str, Any]] = []


class _Wrong(Exception):
    """A wrong value: in the entry number `entry` (0: before the first), at `key` if that is known."""

    def __init__(self, what: str, entry: int = 0, key: str = "") -> None:
        super().__init__(what)
        self.what, self.entry, self.key = what, entry, key


def read_night(path: Path) -> Night:
    """Read a night file. Raises `Invalid` with one sentence that names the file and the line."""
    name = encodings.called(path)
    return read_text(decode_night(encodings.read(path, NIGHT), name), name)


def decode_night(content: bytes, name: str) -> encodings.Decoded:
    """The text of a file's bytes. Raises `Invalid`, for a workbook, a document or a picture with what helps."""
    if what := kinds.foreign(content):
        raise Invalid(f"{name} is {what}", field="night")
    return encodings.decode(content, name, NIGHT)


def read_text(decoded: encodings.Decoded, name: str) -> Night:
    """Read a night file's decoded text."""
    night = parse_night(decoded.text, name)
    return replace(night, notes=(*decoded.notes, *night.notes))


def parse_night(text: str, name: str) -> Night:
    """Read a night file's text, whatever its form; refusals call it `name`."""
    suffix = Path(name).suffix.lower()
    try:
        if suffix == ".toml" or _HEADING.search(text):  # its lists of names can look like rows of a table
            return _of_toml(text, name)
        if oscars.is_table(text):
            return _of_toml(oscars.only_night(text), name)
        if what := kinds.other_text(text):
            raise Invalid(f"{name} is {what}", field="night")
        if kinds.is_json(text):
            return _of_order(orders.from_json(text))
        if (table := tables.table(text)) is not None:
            return _of_order(orders.from_table(*table))
    except orders.Wrong as wrong:
        at = f", line {wrong.line}" if wrong.line else ""
        raise Invalid(f"{name}{at}: {_short(wrong.what)}", field="night") from None
    if suffix in TABLES or not kinds.is_toml(text):
        raise Invalid(f"{name} is no running order: {HOW}", field="night")
    return _of_toml(text, name)


def _unread(columns: Sequence[str]) -> tuple[str, ...]:
    return (f"columns that were not read: {', '.join(columns)}",) if columns else ()


def _of_order(order: orders.Order) -> Night:
    """The night of a table or of JSON."""
    try:
        return replace(_night(_converted(order.facts(), _Night, 0)), notes=_unread(order.left_out))
    except _Wrong as wrong:
        line = order.awards[wrong.entry - 1].line if wrong.entry else 0
        place = f"category {wrong.entry}: " if wrong.entry and not line else ""
        raise orders.Wrong(f"{place}{wrong.what}", line or None) from None


def _of_toml(text: str, name: str) -> Night:
    deep = _DEEP.search(text)
    try:
        if deep is not None:
            raise tomllib.TOMLDecodeError(
                f"Too many names in a row (at line {text.count(chr(10), 0, deep.start()) + 1})"
            )
        return _night(_converted(tomllib.loads(text), _Night, 0))
    except RecursionError:
        what, line = "lists within lists, too deep for a night", 1
    except tomllib.TOMLDecodeError as error:
        what, line = _syntax(str(error), text)
    except _Wrong as wrong:
        what, line = wrong.what, _line_of(text, wrong.entry, wrong.key)
    except ValueError:  # from numbers and dates that no program can hold
        long = _LONG.search(text)
        what, line = "a number is too long", text.count("\n", 0, long.start() if long else 0) + 1
    raise Invalid(f"{name}, line {line}: {_short(what)}", field="night")


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _night(facts: _Night) -> Night:
    entries = [_converted(entry, _Category, number) for number, entry in enumerate(facts.category, 1)]
    if not entries:
        raise _Wrong("there is no category: a night file has a [[category]] for each")
    categories = _categories(entries)
    return Night(
        title=facts.title,
        event=facts.event,
        venue=_checked("venue", lambda: checked_venue(_venue(facts.venue))),
        timezone=facts.timezone,
        starts=_checked("starts", lambda: _starts(facts.starts)),
        film=facts.film,
        categories=categories,
        winners={c.id: _winners(e, c, n) for n, (e, c) in enumerate(zip(entries, categories, strict=True), 1)},
        minutes={c.id: e.minute for e, c in zip(entries, categories, strict=True)},
    )


def _venue(given: Venue | str | None) -> Venue | None:
    """A venue; a name alone is enough, as in the night files of 0.1.0."""
    return Venue(name=given) if isinstance(given, str) else given


def _starts(given: datetime | None) -> str | None:
    return checked_instant(given.isoformat() if given else None, "starts")


def _checked(key: str, check: Callable[[], T]) -> T:
    try:
        return check()
    except Invalid as no:
        raise _Wrong(no.detail, 0, key) from None


def _categories(entries: Sequence[_Category]) -> list[Category]:
    """The categories, each with an id of its own: the given one, or one that is made from its name."""
    ids = FreeIds()
    named: set[str] = set()
    found = []
    for number, entry in enumerate(entries, 1):
        if entry.id and not ids.take(entry.id):
            raise _Wrong(f"there are two categories with the id {entry.id}", number, "id")
        category = _category(entry, number, entry.id or ids.make(entry.name, "category", number))
        if category.name in named and not entry.id:
            raise _Wrong(f"there are two categories called {category.name}", number, "name")
        named.add(category.name)
        found.append(category)
    return found


def _category(entry: _Category, number: int, id: str) -> Category:
    try:
        return checked_category(Category(id=id, name=entry.name, nominees=checked_nominees(entry.nominees)))
    except Invalid as no:
        raise _Wrong(no.detail, number, no.field or "") from None


def _winners(entry: _Category, category: Category, number: int) -> list[str]:
    won = [each.id for given, each in zip(entry.nominees, category.nominees, strict=True) if given.winner]
    known: dict[str, list[str]] = {}
    for nominee in category.nominees:
        for word in {nominee.id, nominee.name}:
            known.setdefault(word, []).append(nominee.id)
    for winner in entry.winners:
        found = known.get(winner) or known.get(" ".join(composed(winner).split()), [])
        if not found:
            raise _Wrong(f"{_short(winner)} is not nominated for {category.name}", number, "winners")
        if len(found) > 1:
            what = f"{len(found)} nominees of {category.name} are called {_short(winner)}; use ids"
            raise _Wrong(what, number, "winners")
        won.append(found[0])
    return list(dict.fromkeys(won))


def _converted(value: Any, type: type[T], entry: int) -> T:
    try:
        return msgspec.convert(value, type)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        keys = re.findall(r"[A-Za-z_]\w*", where) or re.findall(r"unknown field `(\w+)`", what)
        place = f"{'.'.join(keys)}: " if where else ""
        raise _Wrong(f"{place}{what[0].lower()}{what[1:]}".replace("`", ""), entry, keys[0] if keys else "") from None


def _syntax(message: str, text: str) -> tuple[str, int]:
    what, _, where = message.partition(" (at ")
    line = re.match(r"line (\d+)", where)
    return what[0].lower() + what[1:], int(line[1]) if line else text.count("\n") + 1


def _line_of(text: str, entry: int, key: str) -> int:
    """The line of `key` in the entry, else of the entry's [[category]]; 1 before the first entry."""
    lines = text.splitlines()
    heads = [at for at, line in enumerate(lines) if re.match(r"\s*\[\[\s*category\s*\]\]", line)]
    bounds = [0, *heads, len(lines)]
    start, end = bounds[min(entry, len(heads))], bounds[min(entry, len(heads)) + 1]
    found = (at for at in range(start, end) if key and re.match(rf"\s*(?:\[+\s*)?{re.escape(key)}\s*[=\]]", lines[at]))
    return next(found, start) + 1
