"""A night file: the facts of an awards night (TOML), read into categories. Errors name the file's line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from ..checks import checked_instant, checked_venue, slugify
from ..errors import Invalid
from ..model import Category, Nominee, Venue
from .article import read_text

T = TypeVar("T")

NIGHT = 256 * 1024
"""Upper limit of a night file in bytes."""

_DEEP = re.compile(r"""(?<![\w"'.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){24}""")
"""A key of more parts than any night has: tomllib's time and memory grow with the square of their number."""


class Night(Struct, frozen=True, kw_only=True):
    """The contents of a night file. `winners` and `minutes` (since the start of the show) are by category id.

    `starts` is RFC 3339 UTC.
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


class _Nominee(Struct, forbid_unknown_fields=True):
    name: str
    film: str
    id: str | None = None


class _Category(Struct, forbid_unknown_fields=True):
    name: str
    nominees: list[_Nominee]
    id: str | None = None
    minute: float = 0
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
    return parse_night(read_text(path, NIGHT), str(path))


def parse_night(text: str, name: str) -> Night:
    """Read a night file's text; refusals call it `name`."""
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
    raise Invalid(f"{name}, line {line}: {what}", field="night")


def _night(facts: _Night) -> Night:
    entries = [_converted(entry, _Category, number) for number, entry in enumerate(facts.category, 1)]
    if not entries:
        raise _Wrong("there is no [[category]]")
    categories = [_category(entry, number) for number, entry in enumerate(entries, 1)]
    known: set[str] = set()
    for number, category in enumerate(categories, 1):
        if category.id in known:
            raise _Wrong(f"there are two categories with the id {category.id}", number, "id")
        known.add(category.id)
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


def _category(entry: _Category, number: int) -> Category:
    id = entry.id or slugify(entry.name)
    if not id or slugify(id) != id:
        raise _Wrong("a category's id has lower-case letters, digits and hyphens", number, "id")
    if not entry.nominees:
        raise _Wrong(f"{entry.name} has no nominees", number, "nominees")
    nominees: list[Nominee] = []
    ids: dict[str, int] = {}
    for position, nominee in enumerate(entry.nominees, 1):
        if not nominee.name.strip() or not nominee.film.strip():
            raise _Wrong(f"a nominee of {entry.name} has no name or no film", number, "nominees")
        wanted = slugify(nominee.id or nominee.name) or f"nominee-{position}"
        nominees.append(Nominee(id=_free(wanted, ids), name=nominee.name, film=nominee.film))
    return Category(id=id, name=entry.name, nominees=nominees)


def _free(wanted: str, taken: dict[str, int]) -> str:
    """The id itself, or with the first number that makes it unique in its category.

    `taken` gets the result, and keeps for each id the last number that was used for it.
    """
    number, free = taken.get(wanted, 0), wanted
    while free in taken:
        number += 1
        free = f"{wanted[:60]}-{number}" if number > 1 else wanted
    taken[wanted] = number
    taken.setdefault(free, 0)
    return free


def _winners(entry: _Category, category: Category, number: int) -> list[str]:
    won = []
    for winner in entry.winners:
        found = [nominee.id for nominee in category.nominees if winner in (nominee.id, nominee.name)]
        if not found:
            raise _Wrong(f"{winner} is not nominated for {category.name}", number, "winners")
        won.append(found[0])
    return won


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
