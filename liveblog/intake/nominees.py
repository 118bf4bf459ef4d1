"""Nominees as editors type and paste them, one per line, from spreadsheets and documents. Pure.

The form that can only be meant in one way is `Name | Film | Detail` (`lines.py`). Everything else is read as well as it
can be, and has a `doubt` if it may be meant otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from ..checks import NewNominee
from ..model import Nominee
from ..results import ENGLISH, joined
from . import lines
from .tables import Columns, Row, columns, plain, rows

SPLIT = "it is read as a name and a film"
LOOSE = "it is read as a name and a film; commas and small words are in names, too"
TITLE = "it is read as the title of a film"
HEADING = "it looks like a heading; delete it if it is none of the nominees"
MARK = "the mark of a winner is left out: results are called at the desk"

_BULLET = re.compile(r"(?:[•‣◦⁃∙·●○■□▪▫►▶➤➢✦*+–—-]{1,3}[ \t]+|[•‣◦⁃●■▪►▶➤➢・]+)(?=\S)")
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]\s+|#(\d{1,3})[.:]?\s+")
_WIDE_NUMBER = re.compile(
    r"([①-⑳⑴-⒛❶-❿])\s*(?=\S)|(?:[（(]?([０-９]{1,3})[．.)）、]|（(\d{1,3})）|(\d{1,3})[．）、])\s*(?=\D)"
)
"""Numbers of East Asian programs, which stand directly before the words."""
_AMID = re.compile(r"(?:^|\s)\(?(\d{1,2})[.)]\s+(?=\S)")
_AWARD = re.compile(
    r"(?:the )?(?:nominees|nominations)(?: (?:for|in))?\b.*|(?:(?:academy )?award|oscar) for .+"
    r"|act(?:or|ress)(?: in an? (?:leading|supporting) role)?|directing|cinematography|(?:film )?editing|sound|casting"
    r"|visual effects|(?:costume|production) design|makeup(?: (?:and|&) hairstyling)?"
    r"|(?:music|writing|documentary|short film) \([\w ]+\)|(?:original|adapted) (?:screenplay|score|song)"
    r"|(?:international|animated|documentary) feature(?: film)?|.{2,20}賞",
    re.I,
)
_BEST = re.compile(r"(?:best|outstanding|mejor(?:es)?|meilleure?s?|beste[rsn]?|melhor(?:es)?|miglior[ei]?)\s.+", re.I)
"""Names of awards, as they stand above the nominees."""
_STARS = "★☆⭐🏆✓✔✅🥇‡†\ufe0f"
_FIRST_MARK = re.compile(rf"[{_STARS}]+\s*|[(\[]?(?i:winner)[)\]]?\s*[:–—-]\s*|[(\[](?i:winner)[)\]]\s*|WINNER\s+")
_LAST_MARK = re.compile(
    rf"\s*[{_STARS}]+$|\s*[(\[](?:(?i:winner|won)|[{_STARS}]+)[)\]]$|\s+[–—-]\s*(?i:winner|won)!?$|,?\s+WINNER!?$|\*{{1,3}}$"
)
_SONG = re.compile(r'["“„«‹](?P<song>[^"“”„«»‹›]+)["”“»›],?\s+(?i:from|in)\s+(?P<rest>.+)')
_CREDITS = re.compile(r"\s*;\s*|\s+[–—-]\s+|,\s+(?=(?:music|lyrics?|words)\b.{0,20}\bby\b)", re.IGNORECASE)
_CREDIT = re.compile(
    r"(?:original\s+)?(?:music|lyrics?|songs?|words|score|written|composed)"
    r"(?:\s*(?:,|&|\band\b)\s*(?:music|lyrics?|words))*\s+by\s+(?P<people>.+)",
    re.IGNORECASE,
)
_BRACKETS = re.compile(
    r"(?P<name>[^()\[\]（）]+)[(\[（](?P<film>[^()\[\]（）]+)[)\]）](?:\s*[(\[（](?P<detail>[^()\[\]（）]+)[)\]）])?"
)
_SUFFIX = r"(?!\s*(?:\d{3}|Jr|Sr|II|III|IV|Ph\.?D|M\.?D)\b)"
_AND = re.compile(rf"\s*,{_SUFFIX}\s*(?:and\s+)?|\s+(?:and|&)\s+")
_DASH = re.compile(r"\s+(?:[–—‒―－]|--?)\s+|\s*—\s*")
_LOOSE = re.compile(rf"\s*[;；／]\s*|\s*，\s*|\s*,{_SUFFIX}\s*|\s+(?:for|from|/)\s+")
_ABOVE = 4
"""Rows of a table that are looked at for its headings."""
_NOTE = re.compile(r"\s*\[(?:\d{1,3}|[a-z]|note \d{1,3})\]$")
"""The mark of a footnote, as encyclopaedias have it."""
_RULE = re.compile(r"[\s|:+-]*-[\s|:+-]*")
"""The line below the headings of a table in plain text."""
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "‘": "’"}


class Reading(Struct, frozen=True, kw_only=True):
    """The nominee of a line that was `given`: of no film, one or several. `doubt` says how it may be misread.

    `whole` is the line without its bullet, number and marks, if it is one text; `won` says that it had a winner's mark.
    """

    given: str
    whole: str = ""
    name: str
    films: list[str] = []
    detail: str | None = None
    won: bool = False
    doubt: str | None = None

    @property
    def entry(self) -> NewNominee:
        return NewNominee(name=self.name, films=self.films, detail=self.detail)

    @property
    def line(self) -> str:
        """The nominee in the form that can only be meant in one way."""
        film, films = self.films[0] if self.films else None, self.films if len(self.films) > 1 else []
        line = lines.line_of(Nominee(id="", name=self.name, film=film, films=films, detail=self.detail))
        return f"{line} | {line}" if self.doubt and self.films == [line] else line

    @property
    def is_apart(self) -> bool:
        """Whether the nominee has a film and is not that film."""
        return self.films not in ([], [self.name])


def read(text: str, *, films: Collection[str] = (), known: Collection[str] = ()) -> list[Reading]:
    """The nominees of a text. A film that is among the night's `films` makes a reading certain.

    Lines that are `known` were written by the program itself, and stand.
    """
    text = re.sub("\r\n?|[\v\f\x85\u2028\u2029]", "\n", text).replace("｜", "|")
    table = _tidied(rows("\n".join(part for line in text.split("\n") for part in _counted(line)), "\t"))
    for at, row in enumerate(table[:_ABOVE]):
        if (head := _head(row)) is not None:
            return [_under(head, _cut(each)) for each in table[at + 1 :]]
        if len(row.cells) > 1 or "|" in row.cells[0]:
            break  # only a caption stands above the headings of a table
    used = _used(table)
    found = [
        _whole(row.cells[0]) if row.cells[0] in known else _row(row, number, used)
        for row, number in zip(table, _numbered(table), strict=True)
    ]
    if len(found) > 1:
        keys = {_key(film) for film in films}
        found = [each if each.whole in known else _headed(each, keys) for each in found]
    return _settled([each for each in found if each.name], {_key(film) for film in films})


# -- rows


def _counted(line: str) -> list[str]:
    """A line's parts, if it counts several nominees: `1. Anora 2. Wicked`. Their numbers are gone then."""
    line = _WIDE_NUMBER.sub(_numeral, line) if _WIDE_NUMBER.search(line) else line
    starts = list(_AMID.finditer(line)) if line.lstrip(" (")[:1] == "1" else []
    if len(starts) < 2 or [int(found[1]) for found in starts] != [*range(1, len(starts) + 1)]:
        return [line]
    ends = [found.start() for found in starts[1:]] + [len(line)]
    return [line[found.end() : end].rstrip(" ,;") for found, end in zip(starts, ends, strict=True)]


def _numeral(found: re.Match[str]) -> str:
    """A number of East Asia as ` 1. `. Only at the beginning of a line, or if it is a sign of its own, it is one."""
    if found[1]:
        return f" {int(unicodedata.numeric(found[1]))}. "
    if found.string[: found.start()].strip():
        return found[0]
    return f"{int(found[2] or found[3] or found[4])}. "


def _head(row: Row) -> Columns | None:
    """The columns, if this row is their headings."""
    head = columns(_cut(row).cells)
    is_head = len(head.places) > 1 and not head.twice and not {"name", "film"}.isdisjoint(head.places)
    return head if is_head else None


def _cut(row: Row) -> Row:
    """The row with the cells that bars make, if it has no others."""
    return Row(row.line, [plain(cell) for cell in row.cells[0].split("|")]) if len(row.cells) == 1 else row


def _tidied(table: Sequence[Row]) -> list[Row]:
    """The rows without what only draws a table in plain text, and without the marks of footnotes."""
    return [
        Row(row.line, [_NOTE.sub("", _inner(cell) if len(row.cells) == 1 else cell) for cell in row.cells])
        for row in table
        if not all(_RULE.fullmatch(cell) for cell in row.cells)
    ]


def _inner(line: str) -> str:
    """A line without the bars around it."""
    return line[1:-1].strip() if len(line) > 2 and line[0] == line[-1] == "|" else line


def _under(head: Columns, row: Row) -> Reading:
    name, film = head.cell(row, "name"), head.cell(row, "film")
    cells = [name or film, film, head.cell(row, "detail")]
    return replace(_of_cells(cells), given=_shown(row.cells), doubt=None if name or film else "it has no name")


def _used(table: Sequence[Row]) -> list[int]:
    """The columns that say something: not the empty ones, nor one that only numbers the lines."""
    used = []
    for at in range(max((len(row.cells) for row in table), default=0)):
        cells = [row.cells[at] for row in table if at < len(row.cells) and row.cells[at]]
        counts = at == 0 and len(cells) > 1 and all(re.fullmatch(r"#?\d{1,3}[.)]?", cell) for cell in cells)
        if cells and not counts:
            used.append(at)
    return used


def _numbered(table: Sequence[Row]) -> list[bool]:
    """Whether each line's first number only counts the lines: 1, 2, 3 …, or the same sign at each of them."""
    found = [_NUMBER.match(_BULLET.sub("", row.cells[0], count=1)) for row in table]
    numbers = [int(each[1] or each[2]) for each in found if each]
    counts = numbers == sorted(set(numbers)) or len({*numbers}) == 1
    counts = counts and (len(numbers) > 1 or sum(numbers) < 100)  # a single one may be of a title: (500) Days
    return [bool(each) and counts for each in found]


def _row(row: Row, numbered: bool, used: Sequence[int]) -> Reading:
    cells = [row.cells[at] for at in used if at < len(row.cells)]
    while cells and not cells[-1]:
        cells.pop()
    first = _BULLET.sub("", cells[0], count=1) if cells and _BULLET.match(cells[0]) else cells[0] if cells else ""
    first = _NUMBER.sub("", first, count=1) if numbered and _NUMBER.match(first) else first
    cells, won = _unmarked([first, *cells[1:]])
    found = _of_line(cells[0]) if len(cells) == 1 else _of_cells(cells)
    whole = cells[0] if len(cells) == 1 else ""
    return replace(found, given=_shown(row.cells), whole=whole, won=won)


def _unmarked(cells: Sequence[str]) -> tuple[list[str], bool]:
    """The cells without marks of a winner and without the commas that a copied column ends with."""
    found = [unmarked(cell) for cell in cells]
    return [re.sub(r"(?<=[^|,;\s])[,;\s]+$", "", cell) for cell, _ in found], any(won for _, won in found)


def unmarked(text: str) -> tuple[str, bool]:
    """A text without the mark of a winner at its beginning or end, and whether it had one."""
    first = _FIRST_MARK.match(text)
    bare = _LAST_MARK.sub("", text[first.end() if first else 0 :], count=1).strip()
    return (bare, bare != text) if bare else (text, False)


def _shown(cells: Sequence[str]) -> str:
    return "   ".join(cell for cell in cells if cell)


# -- one line


def _of_line(text: str) -> Reading:
    """One line as it stands: its readings are tried from the clearest to the least clear."""
    if "|" in text:
        return _whole(text)
    for attempt in (_csv, _song, _brackets, _dashed, _played, _loose):
        if (found := attempt(text)) is not None:
            return found
    if text.endswith(":") or text.lower() in {"nominee", "nominees", "name", "film"}:
        return replace(_whole(text), doubt=HEADING)
    return replace(_whole(_unquoted(text)), doubt=TITLE if re.search(r"[,;]", text) else None)


def _whole(text: str) -> Reading:
    """A line of the program's own form: bars, or a film's title alone."""
    entry, parts = lines.entry_of(text), len(lines.cells_of(text))
    doubt = "it has more than three parts" if parts > 3 else None if entry.name else "it has no name"
    name = entry.name or "".join(entry.films)
    return Reading(given=text, whole=text, name=name, films=entry.films, detail=entry.detail, doubt=doubt)


def _of_cells(cells: Sequence[str]) -> Reading:
    name, film, *more = [*map(plain, cells), ""]
    rest = [cell for cell in more if cell]
    doubt = "it has more than three parts" if len(rest) > 1 else None if name else "it has no name"
    given, detail = " | ".join(cells), ", ".join(rest) or None
    return Reading(given=given, name=name or film, films=lines.films_of(film), detail=detail, doubt=doubt)


def _csv(text: str) -> Reading | None:
    """Cells in quotes, with commas or semicolons between them."""
    for delimiter in ",;":
        if re.search(rf'"\s*{delimiter}|{delimiter}\s*"', text):
            found = rows(text, delimiter)[0].cells
            if len(found) > 1 and '"' not in "".join(found):
                return _of_cells(found)
    return None


def _song(text: str) -> Reading | None:
    """`“Song” from Film; Music and Lyric by People`: the people are nominated, the song is the detail."""
    matched = _SONG.fullmatch(text)
    if matched is None:
        return None
    film, *credits = _CREDITS.split(matched["rest"])
    song, people = plain(matched["song"]).rstrip(","), [_credited(part) for part in credits if part]
    name = people[0] if len(people) == 1 else joined(_names(people), ENGLISH) if people else ""
    doubt = None if people else "only the song is named, not its authors"
    return Reading(given=text, name=name or song, films=[_unquoted(film)], detail=song if people else None, doubt=doubt)


def _names(people: Sequence[str]) -> list[str]:
    """Each name of several credits once."""
    return list(dict.fromkeys(name for part in people for name in _AND.split(part) if name))


def _credited(part: str) -> str:
    matched = _CREDIT.fullmatch(part)
    return plain(matched["people"] if matched else part)


def _brackets(text: str) -> Reading | None:
    """`Name (Film)`, also `Name (Film) (Detail)`."""
    matched = _BRACKETS.fullmatch(text)
    if matched is None or re.fullmatch(r"\d{4}", matched["film"]) or _DASH.search(matched["name"]):
        return None
    return _cut_apart(text, matched["name"], re.sub(r"^(?:for|from) (?=\S)", "", matched["film"]), matched["detail"])


def _dashed(text: str) -> Reading | None:
    """`Name – Film`, also `Name – Film – Detail` and `Name – Film (Detail)`."""
    name, *more = _DASH.split(text)
    if not name or not 0 < len(more) < 3 or not all(more):
        return None
    tail = re.fullmatch(r"([^()]+)\(([^()]+)\)", more[0]) if len(more) == 1 else None
    return _cut_apart(text, name, *(tail.groups() if tail else more))


def _played(text: str) -> Reading | None:
    """`Name as Role in Film`."""
    name, _, rest = text.partition(" as ")
    role, _, film = rest.rpartition(" in ")
    return _cut_apart(text, name, film, role, LOOSE) if name and role and film else None


def _loose(text: str) -> Reading | None:
    """Two parts with a comma, a semicolon or a small word between them."""
    parts = _LOOSE.split(text)
    most = 2 if re.search(r"[,;]\s", text) else 3  # cells have no blanks after their commas, texts do
    if not 1 < len(parts) <= most or not all(parts):
        return None
    name, film, detail = [*parts, None][:3]
    return _cut_apart(text, name or "", film or "", detail, LOOSE)


def _cut_apart(text: str, name: str, film: str, detail: str | None = None, doubt: str = SPLIT) -> Reading:
    parts = [_unquoted(plain(part)) for part in (name, film, detail or "")]
    return Reading(given=text, name=parts[0], films=[parts[1]], detail=parts[2] or None, doubt=doubt)


def _unquoted(text: str) -> str:
    closing, inner = _QUOTES.get(text[:1], ""), text[1:-1]
    return inner if closing and text.endswith(closing) and inner and not {text[0], closing} & set(inner) else text


# -- the list


def _settled(found: Sequence[Reading], known: set[str]) -> list[Reading]:
    """The readings in the light of each other and of the night's films.

    A cut is certain if its film is known. One at a dash or bracket is certain, too, in a list in which each nominee has
    a film apart, some of them without any doubt.
    """
    sure = {_key(film) for each in found if each.doubt is None and each.is_apart for film in each.films}
    if len(found) > 1 and all(each.films == [each.name] and re.search(": |：", each.whole) for each in found):
        found = [replace(each, doubt=each.doubt or TITLE) for each in found]  # names and films, with a colon between?
    every = bool(sure) and all(each.is_apart for each in found if each.doubt != HEADING)
    titles = not sure and any(each.doubt is None and not each.is_apart for each in found)
    context = _Context(known, known | sure, bool(sure), every, titles)
    judged = [_judged(_from_country(each, known), context) for each in found]
    return [replace(each, doubt="; ".join(filter(None, (each.doubt, MARK)))) if each.won else each for each in judged]


def _headed(each: Reading, known: set[str]) -> Reading:
    """A line that is called like an award is doubtful: it may be the heading of the list."""
    line = each.whole.rstrip(" :")
    named = _AWARD.fullmatch(line) or (each.films == [each.name] and _BEST.fullmatch(line))
    if not named or "|" in line or _key(line) in known:
        return each
    return replace(_whole(each.whole), given=each.given, won=each.won, doubt=HEADING)


class _Context(Struct, frozen=True):
    """What a list says about its lines: the night's `films` and all that are `known`; whether some nominees have a film
    apart for sure, and all of them have one; whether there are only titles for sure."""

    films: set[str]
    known: set[str]
    some: bool
    every: bool
    titles: bool


def _from_country(each: Reading, known: set[str]) -> Reading:
    """A film and its country, where a person and a film might be expected; a bar says what is meant."""
    country = each.films[0] if len(each.films) == 1 and each.is_apart and not each.detail else ""
    if "|" in each.whole or _key(country) in known or _key(country) not in _countries():
        return each
    doubt = f"{country} is a country, so {each.name} is read as its film"
    return replace(each, films=[each.name], detail=country, doubt=doubt)


@cache
def _countries() -> frozenset[str]:
    """What countries are called. Babel reads that from files."""
    from babel import Locale

    names = [Locale(language).territories for language in ("en", "es", "fr", "de")]
    return frozenset(_key(name) for each in names for code, name in each.items() if len(code) == 2) | {"uk", "usa"}


def _judged(each: Reading, of: _Context) -> Reading:
    filmed = any(_key(film) in of.known for film in each.films)
    if each.doubt in (SPLIT, LOOSE, TITLE) and _key(each.whole) in of.known:
        return replace(_whole(each.whole), given=each.given, won=each.won)
    if each.doubt in (SPLIT, LOOSE):
        if _key(each.name) in of.known and not filmed:
            doubt = f"{each.name} is a film of this night: name and film are exchanged"
            return replace(each, name=each.films[0], films=[each.name], doubt=doubt)
        if filmed or (of.every and each.doubt == SPLIT):
            return replace(each, doubt=None)
        return replace(_whole(each.whole), given=each.given, won=each.won, doubt=TITLE) if of.titles else each
    if each.doubt is None and "|" not in each.whole:  # a bar says what is meant
        return replace(each, doubt=_of_films(each, of))
    return each


def _of_films(each: Reading, of: _Context) -> str | None:
    """What the films of the list and of the night say against a reading."""
    if of.some and each.films == [each.name] and _key(each.name) not in of.known:
        return "it has no film, so it is read as one"
    if each.is_apart and _key(each.name) in of.films and not of.films & {*map(_key, each.films)}:
        return f"{each.name} is a film of this night"
    return None


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
