"""Tables as text, from spreadsheets: the lines of a CSV or TSV file as cells, and what its columns are called. Pure."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal
from unicodedata import combining

from msgspec import Struct

Field = Literal["category", "name", "film", "detail", "winner", "minute"]

DELIMITERS = "\t,;|"
HEAD = 12
"""Rows above the columns' names: a title, the date, an empty row."""
SPAN = 40
"""Lines that one row can have, by line breaks within its cells."""
_LONGEST = 131_072
"""Characters of a cell that the library reads."""

_NAMES: dict[Field, str] = {
    "category": "category categories award awards prize section race discipline categoria categorie kategorie premio"
    " prix preis premios",
    "name": "nominee nominees nominated name names person people artist artists recipient recipients honoree honouree"
    " contender nomineename nomineenames nominado nominada nominados nombre nomine nomme nom nominierte nominierter",
    "film": "film films movie movies picture pictures title filmtitle movietitle work show series project production"
    " filmname pelicula titulo filme oeuvre titre filmtitel",
    "detail": "detail details role roles character characters part song songs songtitle track country countries"
    " personaje papel cancion pais chanson pays rolle lied land",
    "winner": "winner winners won win wins iswinner result gewinner ganador ganadora gagnant",
    "minute": "minute minutes min",
}
_SMALL = frozenset({"the", "of", "or", "and", "s"})
FIELDS: dict[str, Field] = {name: field for field, names in _NAMES.items() for name in names.split()}
"""What a column is, by its name in small Latin letters alone."""

_SAID: dict[bool, str] = {
    True: "true yes y x 1 winner won win w si oui ja ✓ ✔ ☑ ★ ☆ ⭐ 🏆 * gewonnen ganador ganadora",
    False: "false no n 0 nominee nominated lost non nein - – — ☐ ✗ ✘",
}
_WON = {word: won for won, words in _SAID.items() for word in words.split()}
"""Whether a cell's word says that a nominee has won."""


class Row(Struct, frozen=True):
    """The cells of a row, without the blanks around them, and the number of its first line."""

    line: int
    cells: list[str]


class Columns(Struct, frozen=True):
    """What the columns of a table are: for each field the places of its cells.

    `other` has the headings of columns that are none of the fields, `twice` those that claim a field of one column.
    """

    places: dict[Field, list[int]]
    other: list[str]
    twice: list[str]

    def cell(self, row: Row, field: Field) -> str:
        """The row's text for a field; the cells of several columns are joined."""
        cells = [row.cells[at] for at in self.places.get(field, ()) if at < len(row.cells) and row.cells[at]]
        return ", ".join(dict.fromkeys(cells))


def plain(text: str) -> str:
    """A line without what cannot be seen: odd spaces are spaces, marks of direction and of no width are gone."""
    text = re.sub(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]", "", text)
    return " ".join(text.split())


def field_of(heading: str) -> Field | None:
    """Which field a column with this heading has. Of several words, each must mean the same: `Song / role`."""
    letters = "".join(each for each in unicodedata.normalize("NFKD", heading).lower() if not combining(each))
    words = [word for word in re.findall(r"[a-z]+", re.sub(r"\(s\)", "", letters)) if word not in _SMALL]
    whole = FIELDS.get("".join(words))
    meant = {whole} if whole else {FIELDS.get(word) for word in words}
    return meant.pop() if len(meant) == 1 else None


def columns(cells: Sequence[str]) -> Columns:
    """The columns that a row of headings names."""
    places: dict[Field, list[int]] = {}
    other = []
    for at, cell in enumerate(cells):
        if field := field_of(cell):
            places.setdefault(field, []).append(at)
        elif cell:
            other.append(cell)
    twice = [cells[at] for field, found in places.items() if field != "detail" and len(found) > 1 for at in found]
    return Columns(places, other, twice)


def is_yes(cell: str) -> bool | None:
    """Whether a cell says that its nominee has won; None if it says neither."""
    word = cell.strip().lower().replace("\ufe0f", "")
    return _WON.get(word) if word else False


def rows(text: str, delimiter: str) -> list[Row]:
    """The rows of a table that are not empty. A cell in quotes may hold the delimiter and line breaks.

    A quote that stands in a text, or is never closed, is a character like any other.
    """
    lines = text.split("\n")
    found = []
    at = 0
    odd = [line.count('"') % 2 == 1 for line in lines]
    while at < len(lines):
        cells, end = _row(lines, at, delimiter, odd)
        cleaned = [plain(cell) for cell in cells]
        if any(cleaned):
            found.append(Row(at + 1, cleaned))
        at = end
    return found


def _row(lines: Sequence[str], at: int, delimiter: str, odd: Sequence[bool]) -> tuple[list[str], int]:
    """The cells of the row that begins at a line, and the line after it."""
    end = at + 1
    if odd[at]:  # a quote is open: the row goes on until a line that closes it
        end = next((n + 1 for n in range(at + 1, min(at + SPAN, len(lines))) if odd[n]), at + 1)
    for last in dict.fromkeys((end, at + 1)):
        cells = _quoted("\n".join(lines[at:last]), delimiter)
        if cells is not None:
            return cells, last
    return [_unopened(cell) for cell in lines[at].split(delimiter)], at + 1


def _unopened(cell: str) -> str:
    """A cell without the quote that begins it and is never closed."""
    bare = cell.lstrip()
    return bare[1:] if bare[:1] == '"' and bare.count('"') == 1 and bare[1:2].strip() else cell


def _quoted(record: str, delimiter: str) -> list[str] | None:
    """A record's cells, if its quotes are those of CSV."""
    if '"' not in record:
        return record.split(delimiter)
    if len(record) > _LONGEST:
        return None
    try:
        found = list(csv.reader(_ended(record), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t"))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _ended(record: str) -> Iterator[str]:
    return (f"{line}\n" for line in record.split("\n"))


def table(text: str) -> tuple[Columns, list[Row]] | None:
    """The columns and rows of a text that is a table with headings, whatever separates its cells; else None.

    Its headings name at least a category, or a nominee and a film. Excel's line `sep=;` counts.
    """
    told = re.match(r"[ \t]*\"?sep=(.)\"?[ \t]*(?:\n|$)", text, re.IGNORECASE)
    body = "\n" + text[told.end() :] if told else text
    best: tuple[int, Columns, list[Row]] | None = None
    for delimiter in told[1] if told else DELIMITERS:
        head = rows("\n".join(body.split("\n", HEAD)[:HEAD]), delimiter)
        for row in head:
            found = columns(row.cells)
            known = len(found.places)
            if known > 1 and (best is None or known > best[0]):
                below = [each for each in rows(body, delimiter) if each.line > row.line]
                best = known, found, below
    return best and (best[1], best[2])
