"""Running orders as CSV, TSV and JSON, as what a night file says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from . import lines, tables
from .nominees import unmarked
from .tables import Columns, Field, Row

T = TypeVar("T")
Json = dict[str, object]

SHOWN = 60
"""Characters of a cell that a refusal repeats, at most."""
_PICTURES = re.compile(r"\b(?:picture|film|feature|short|documentary)\s*(?:\([^()]*\))?$", re.IGNORECASE)
"""Categories in which the nominee is the film, also if the table does not repeat it."""
_NIGHT = ("title", "event", "venue", "timezone", "starts", "film")
_CATEGORIES = ("categories", "category", "awards", "nominations")
_NOMINEES = ("nominees", "nominations", "nominated", "contenders", "candidates", "entries")
_NAMES = ("name", "category", "award", "title")


class Wrong(Exception):
    """What is wrong, and the number of the line if there is one."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what, self.line = what, line


class Entry(Struct, kw_only=True, omit_defaults=True):
    """A nominee of a night file."""

    name: str
    film: str | None = None
    films: list[str] = []
    detail: str | None = None
    winner: bool = False
    id: str | None = None


class Award(Struct, kw_only=True):
    """A category of a night file. `line` is where it begins in its table."""

    name: str
    nominees: list[Entry]
    id: str | None = None
    minute: float = 0
    winners: list[str] = []
    line: int = 0

    def facts(self) -> Json:
        """What a night file says of it."""
        entry = {"name": self.name, "nominees": msgspec.to_builtins(self.nominees), "winners": self.winners}
        return entry | {"minute": self.minute} | ({"id": self.id} if self.id else {})


class Order(Struct, frozen=True, kw_only=True):
    """A running order: its categories, other facts of its night, and the names of columns that were not read."""

    awards: list[Award]
    night: Json = {}
    left_out: list[str] = []

    def facts(self) -> Json:
        """What a night file says."""
        return {**self.night, "category": [award.facts() for award in self.awards]}


# -- tables


def from_table(columns: Columns, table: Iterable[Row]) -> Order:
    """The running order of a table. A row without a category belongs to the category above it."""
    if columns.twice:
        raise Wrong(f"several columns could be the same thing ({_listed(columns.twice)}): rename or delete one")
    if "category" not in columns.places:
        raise Wrong("no column is called category; the first line must name them: category, nominee, film, detail")
    found: dict[str, Award] = {}
    name = ""
    for row in table:
        if all(re.fullmatch(r":?-{2,}:?|", cell) for cell in row.cells):
            continue  # the line below the headings of a table in Markdown
        name = columns.cell(row, "category") or name
        if not name:
            raise Wrong("a nominee is above the first category", row.line)
        award = found.setdefault(name, Award(name=name, nominees=[], line=row.line))
        if minute := columns.cell(row, "minute"):
            award.minute = _minute(minute, row.line)
        if (entry := _nominee(columns, row)) is not None:
            award.nominees.append(entry)
    return Order(awards=_with_films([*found.values()]), left_out=columns.other)


def _minute(cell: str, line: int) -> float:
    """Minutes since the start: `95`, `1:35`."""
    if matched := re.fullmatch(r"(\d{1,2}):(\d\d)(?::\d\d)?", cell):
        return int(matched[1]) * 60 + int(matched[2])
    if not re.fullmatch(r"\d{1,4}(?:[.,]\d{1,4})?", cell):
        raise Wrong(f"{_short(cell)} is no minute of the show, such as 95 or 1:35", line)
    return float(cell.replace(",", "."))


def _nominee(columns: Columns, row: Row) -> Entry | None:
    """The nominee of a row; None for a row that only begins a category."""
    fields: tuple[Field, ...] = ("name", "film", "detail", "winner")
    name, film, detail, winner = (columns.cell(row, field) for field in fields)
    name, marked = unmarked(name)
    won = marked or tables.is_yes(winner)
    if won is None:
        raise Wrong(f"winner must be yes or no, not {_short(winner)}", row.line)
    if name or film:
        return _entry(name or film, lines.films_of(film.replace("|", lines.FILMS)), detail, won=won)
    if detail or won:
        raise Wrong("a nominee has neither a name nor a film", row.line)
    return None


def _entry(name: str, films: Sequence[str], detail: str | None, *, won: bool = False) -> Entry:
    several, one = ([*films], None) if len(films) > 1 else ([], films[0] if films else None)
    return Entry(name=name, film=one, films=several, detail=detail or None, winner=won)


def _with_films(awards: list[Award]) -> list[Award]:
    """The categories, in which a nominee without a film that is one itself has itself as its film.

    It is one if another nominee has it as a film, or by the name of its category.
    """
    entries = [entry for award in awards for entry in award.nominees]
    known = {film for entry in entries for film in (entry.film, *entry.films) if film}
    for award in awards:
        of_films = bool(_PICTURES.search(award.name))
        for entry in award.nominees:
            if not entry.film and not entry.films and (of_films or entry.name in known):
                entry.film = entry.name
    return awards


# -- JSON


def from_json(text: str) -> Order:
    """The running order of JSON: a night file's facts, the API's answers, lists of categories, or rows of a table."""
    try:
        value: object = msgspec.json.decode(text)
    except RecursionError:
        raise Wrong("lists within lists, too deep for a night") from None
    except msgspec.DecodeError as error:
        what = str(error).removeprefix("JSON is malformed: ")
        raise Wrong(f"it is not JSON ({what[0].lower()}{what[1:]})") from None
    night = _as(value, Json)
    return Order(awards=_awards(value)) if night is None else _night(night)


def _as(value: object, kind: type[T]) -> T | None:
    """The value, if it is of this kind."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None


def _night(value: Json) -> Order:
    """The running order of an object: of a night, of the API, or of names with their nominees."""
    objects = _as(value.get("objects"), list[Json])
    if objects is not None:  # an answer of /changes
        blogs = [each for each in objects if each.get("kind") == "blog"]
        value = {"blog": blogs[0] if blogs else {}, "categories": [e for e in objects if e.get("kind") == "category"]}
    blog = _as(value.get("blog"), Json) or value
    listed = next((value[key] for key in _CATEGORIES if key in value), None)
    by_name: dict[str, list[object]] | None = _as(value, dict[str, list[object]])
    if listed is None and by_name:
        return Order(awards=_awards(by_name))
    if listed is None:
        raise Wrong("there are no categories: it must be a list of categories, each with name and nominees")
    places = {id: at for at, id in enumerate(_as(blog.get("order"), list[str]) or [])}
    awards = sorted(_awards(listed), key=lambda award: places.get(award.id or "", len(places)))
    return Order(awards=awards, night={key: blog[key] for key in _NIGHT if blog.get(key)})


def _awards(listed: object) -> list[Award]:
    """Categories from a list of them, from names with their nominees, or from rows that name their category."""
    named = _as(listed, Json)
    entries = _as(listed, list[Json])
    if named is not None:
        entries = [{"name": name, "nominees": below} for name, below in named.items()]
    if entries is None:
        raise Wrong("it must be a list of categories, each with name and nominees")
    entries = [entry for entry in entries if not entry.get("removed")]
    if entries and all(_nominees(entry) is None for entry in entries):
        return _of_rows(entries)
    return _with_films([_award(entry, number) for number, entry in enumerate(entries, 1)])


def _nominees(entry: Json) -> list[object] | None:
    return next((found for key in _NOMINEES if (found := _as(entry.get(key), list[object])) is not None), None)


def _of_rows(entries: Sequence[Json]) -> list[Award]:
    """Rows of a table, each an object with the columns' names."""
    heads = list(dict.fromkeys(key for entry in entries for key in entry))
    columns = tables.columns(heads)
    if "category" not in columns.places or columns.places.keys().isdisjoint({"name", "film"}):
        raise Wrong("it must be a list of categories, each with name and nominees")
    rows = (Row(number, [_cell(entry.get(key)) for key in heads]) for number, entry in enumerate(entries, 1))
    try:
        return from_table(columns, rows).awards
    except Wrong as wrong:
        raise Wrong(f"entry {wrong.line}: {wrong.what}" if wrong.line else wrong.what) from None


def _cell(value: object) -> str:
    """A value as a cell of a table."""
    several = _as(value, list[object])
    if several is not None:
        return lines.FILMS.join(map(_cell, several))
    if isinstance(value, bool):
        return "yes" if value else ""
    return tables.plain(str(value)) if isinstance(value, str | int | float) else ""


def _award(entry: Json, number: int) -> Award:
    name = next((found for key in _NAMES if (found := _as(entry.get(key), str)) is not None), None)
    if name is None:
        raise Wrong(f"category {number} has no name")
    winners = entry.get("winners") or entry.get("winner") or []
    return Award(
        name=name,
        nominees=[_listed_nominee(each, name) for each in _nominees(entry) or []],
        id=_as(entry.get("id"), str),
        minute=_as(entry.get("minute"), float) or 0,
        winners=[winners] if isinstance(winners, str) else _as(winners, list[str]) or [],
    )


def _listed_nominee(given: object, category: str) -> Entry:
    """A nominee: an object with our fields or others' names for them, or a line `Name | Film | Detail`."""
    if isinstance(given, str):
        told = lines.entry_of(tables.plain(given))
        films = told.films if "|" in given else []  # a name alone may be a person's
        return _entry(told.name or "".join(films), films, told.detail)
    fields = _as(given, Json)
    if fields is None:
        raise Wrong(f"a nominee of {_short(category)} is neither a name nor an object")
    entry = _nominee(_columns(fields, category), Row(0, [_cell(value) for value in fields.values()]))
    if entry is None:
        raise Wrong(f"a nominee of {_short(category)} has neither a name nor a film")
    entry.id = _as(fields.get("id"), str)
    return entry


def _columns(fields: Mapping[str, object], category: str) -> Columns:
    columns = tables.columns([*fields])
    if columns.twice and {"film", "films"} <= fields.keys():  # ours: `films` has all of them, `film` the first
        columns.places["film"] = [[*fields].index("films")]
    elif columns.twice:
        raise Wrong(f"several keys of a nominee of {_short(category)} could be the same ({_listed(columns.twice)})")
    return columns


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_short, names))


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
