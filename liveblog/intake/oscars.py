"""Night files of the Academy Awards from a public table of them, one row per nomination (`oscars.csv`). Pure.

The table has tabs between its cells and a backslash before each quote; several films, names and roles of a nominee have
bars between them. Older editions repeat the nominee for each film. Editions differ in the names of columns, too.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from ..checks import NAME
from ..errors import Invalid
from .tables import plain

LARGEST = 16 * 1024 * 1024
"""Upper limit of the table in bytes; today's has two million."""
SHOW = 210
"""Minutes over which the awards are spread: the table does not say when they were given."""

_NEEDED = ("ceremony", "category", "film", "name", "winner")
_SMALL = re.compile("an?|and|as|at|but|by|for|from|in|into|nor|of|on|or|the|to|up|with")
_HONOURS = re.compile(r"(?:HONORARY|SPECIAL)\b.*\bAWARD")
_PICTURE = re.compile(r"(?:BEST|OUTSTANDING) (?:MOTION )?(?:PICTURE|PRODUCTION)")
_LOUD = re.compile(r"[A-Z]{2,}|[A-Z][a-z]{1,2}[A-Z]{2,}")

_ORDER = (
    "SCIENTIFIC",
    "HONOUR",
    "ACTOR IN A SUPPORTING ROLE",
    "ANIMATED FEATURE FILM",
    "SHORT FILM (Animated)",
    "COSTUME DESIGN",
    "WRITING (Title Writing)",
    "WRITING (Original Story)",
    "WRITING (Original Screenplay)",
    "WRITING (Adapted Screenplay)",
    "WRITING",
    "MAKEUP",
    "CASTING",
    "FILM EDITING",
    "ASSISTANT DIRECTOR",
    "DANCE DIRECTION",
    "ACTRESS IN A SUPPORTING ROLE",
    "ART DIRECTION",
    "MUSIC (Original Song)",
    "DOCUMENTARY (Short Subject)",
    "DOCUMENTARY",
    "SOUND",
    "VISUAL EFFECTS",
    "SHORT",
    "CINEMATOGRAPHY",
    "INTERNATIONAL FEATURE FILM",
    "MUSIC",
    "",
    "ACTOR",
    "DIRECTING",
    "ACTRESS",
    "UNIQUE AND ARTISTIC PICTURE",
    "BEST PICTURE",
)
"""The running order, by how a category's general name begins: about that of the shows of today. `""` is any other."""


class _Nominee(Struct):
    name: str
    films: list[str]
    detail: str
    won: bool


class _Category(Struct):
    name: str
    rank: int
    nominees: list[_Nominee]


def is_table(text: str) -> bool:
    """Whether a text begins with the headings of this table."""
    return text.startswith("Ceremony\t") and not set(_NEEDED) - {*_headings(text.split("\n", 1)[0])}


def _headings(line: str) -> list[str]:
    return [re.sub(r"[^a-z]", "", cell.lower()) for cell in line.split("\t")]


def only_night(text: str) -> str:
    """The night file of a table of one ceremony. Raises `Invalid` if there are several."""
    [number, *more] = found = ceremonies(text)
    if more:
        raise Invalid(
            "this is a table of many ceremonies; `liveblog night from-csv` makes a night file of one", field="night"
        )
    return night_file(number, found[number])


def ceremonies(text: str) -> dict[int, list[dict[str, str]]]:
    """The rows of each ceremony by its number. Raises `Invalid` if the text is not this table."""
    lines = iter(text.split("\n"))
    heads = _headings(next(lines, ""))
    if missing := [name for name in _NEEDED if name not in heads]:
        raise Invalid(f"this is not the table of nominations: it has no column {missing[0].title()}", field="night")
    found: dict[int, list[dict[str, str]]] = {}
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        row = dict(zip(heads, map(_cell, line.split("\t")), strict=False))
        if not re.fullmatch(r"\d{1,4}", row["ceremony"]):
            raise Invalid(f"line {number}: Ceremony is not a number", field="night")
        if not row.get("category"):
            raise Invalid(f"line {number}: Category is empty", field="night")
        found.setdefault(int(row["ceremony"]), []).append({"film": "", **row})
    if not found:
        raise Invalid("this table of nominations is empty", field="night")
    return found


def _cell(text: str) -> str:
    return plain(text.strip().replace('\\"', '"'))


def night_file(number: int, rows: Sequence[Mapping[str, str]]) -> str:
    """A ceremony as a night file (TOML)."""
    categories = sorted(_categories(rows), key=lambda category: category.rank)
    event = f"{_ordinal(number)} Academy Awards"
    year = next((row["year"] for row in rows if row.get("year")), "")
    head = {
        "title": f"The {event}",
        "event": event,
        "timezone": "America/Los_Angeles",
        "film": _most_nominated(categories),
    }
    lines = [f"# The {event}{f', for the films of {year}' if year else ''}, from a public table of nominations."]
    lines += ["# `minute` is for the rhythm of a replay only: the table does not say when an award was given.", ""]
    lines += [f"{key} = {_quoted(value)}" for key, value in head.items() if value]
    for at, category in enumerate(categories):
        lines += _toml(category, round(SHOW * (at + 1) / (len(categories) + 1)))
    return "\n".join(lines) + "\n"


def _toml(category: _Category, minute: int) -> Iterator[str]:
    yield from ("", "[[category]]", f"name = {_quoted(category.name)}", f"minute = {minute}")
    if not category.nominees:
        yield "nominees = []"
        return
    yield "nominees = ["
    for each in category.nominees:
        films = {"film": each.films[0]} if len(each.films) == 1 else {"films": each.films} if each.films else {}
        fields = {"name": each.name, **films, **({"detail": each.detail} if each.detail else {})}
        won = ", winner = true" if each.won else ""
        yield "  { " + ", ".join(f"{key} = {_quoted(value)}" for key, value in fields.items()) + won + " },"
    yield "]"


def _quoted(value: str | Sequence[str]) -> str:
    """A string or a list of them in TOML, whose escapes are those of JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


# -- categories


def _categories(rows: Iterable[Mapping[str, str]]) -> list[_Category]:
    found: dict[str, _Category] = {}
    for row in rows:
        award = row["category"]
        general = row.get("canonicalcategory") or award
        category = found.setdefault(award, _Category(_titled(award), _rank(general, row), []))
        _add(category.nominees, _nominee(row), again=row.get("multifilmnomination") == "True")
    return [*found.values()]


def _rank(general: str, row: Mapping[str, str]) -> int:
    if _PICTURE.fullmatch(general):
        return len(_ORDER) - 1
    place = general if general.startswith(_ORDER[0]) or not _is_honour(row) else "HONOUR"
    return next((at for at, start in enumerate(_ORDER) if start and place.startswith(start)), _ORDER.index(""))


def _is_honour(row: Mapping[str, str]) -> bool:
    return row.get("class") in {"Special", "SciTech"} or bool(_HONOURS.match(row["category"]))


def _add(nominees: list[_Nominee], new: _Nominee, *, again: bool) -> None:
    """Add a nominee; one that is nominated `again`, for another film, gets that film."""
    last = next((each for each in nominees if again and each.name == new.name and each.won == new.won), None)
    if last is None:
        nominees.append(new)
    else:
        last.films += [film for film in new.films if film not in last.films]
        last.detail = _roles([last.detail, new.detail])


def _nominee(row: Mapping[str, str]) -> _Nominee:
    films = [film for film in map(str.strip, row["film"].split("|")) if film]
    people = [name for name in map(str.strip, (row.get("nominees") or row.get("nominee") or "").split("|")) if name]
    won = row.get("winner", "").lower() == "true"
    if _is_honour(row):  # counted for no film
        name = _joined([_calm(each) for each in people]) or _joined(films) or row.get("name") or "An award"
        about = row.get("citation") or _roles([*films, row.get("detail", "")])
        return _Nominee(_fitting(name), [], _cut(about), won)
    credit, detail = row.get("name", ""), _roles(row.get("detail", "").split("|"))
    if row.get("class") == "Title" and films:
        return _Nominee(_fitting(_joined(films)), films, _cut(detail or credit), won)
    name = _joined(people) or credit or _joined(films) or "Unknown"
    return _Nominee(_fitting(name), films, _cut(detail), won)


def _roles(parts: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _joined(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _fitting(name: str) -> str:
    """A name that is short enough: of a long list, the first names and how many others there are."""
    if len(name) <= NAME:
        return name
    names = re.split(r", | and ", name)
    shown = max((n for n in range(1, len(names)) if len(", ".join(names[:n])) <= NAME - 20), default=0)
    return f"{', '.join(names[:shown])} and {len(names) - shown} others" if shown else _cut(name)


def _cut(text: str) -> str:
    return text if len(text) <= NAME else f"{text[: NAME - 1].rpartition(' ')[0].rstrip(' ,;')}…"


def _most_nominated(categories: Iterable[_Category]) -> str:
    """The film with the most nominations; of several, the one with the most awards."""
    nominated: Counter[str] = Counter()
    won: Counter[str] = Counter()
    for each in (nominee for category in categories for nominee in category.nominees):
        nominated.update(each.films)
        won.update(each.films if each.won else ())
    return max(nominated, key=lambda film: (nominated[film], won[film]), default="")


# -- words


def _titled(award: str) -> str:
    """A category as readers know it: `ACTOR IN A LEADING ROLE` → `Actor in a Leading Role`."""
    words = award.replace("--", " – ").replace("-or-", "or").split()
    titled = " ".join(_word(word, first=at == 0) for at, word in enumerate(words))
    return _fitting(titled)


def _word(word: str, *, first: bool) -> str:
    if not first and _SMALL.fullmatch(word.lower()):
        return word.lower()
    parts = re.split(r"([^\W\d_]+(?:['’][^\W\d_]+)?)", word)
    return "".join(
        part.lower() if before.endswith("-") and _SMALL.fullmatch(part.lower()) else _capital(part)
        for before, part in pairwise(["", *parts])
    )


def _capital(word: str) -> str:
    """A word with one capital; Roman numbers, initials and names such as McDonald keep theirs."""
    if re.fullmatch(r"[IVX]{1,4}|[A-Z]", word):
        return word
    if matched := re.fullmatch(r"(MC|[A-Z][a-z]{1,2}|[OD]['’])([A-Z]{3,})", word):
        return matched[1].capitalize() + matched[2].capitalize()
    return word.capitalize() if word.isupper() or word.islower() else word


def _calm(name: str) -> str:
    """A name without capitals that shout: `JANE McDOE` → `Jane McDoe`. A single word may be an abbreviation."""
    words = re.findall(r"[^\W\d_]{2,}", name)
    if len(words) < 2 or not all(_LOUD.fullmatch(word) or word.isupper() for word in words):
        return name
    return " ".join(_word(word, first=True) for word in name.split())


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
