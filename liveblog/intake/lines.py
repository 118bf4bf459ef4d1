"""A nominee as one line that an editor can change, `Name | Film | Detail`, and the line as a nominee. Pure.

A name alone is a film that is nominated itself. A bar with nothing after it says that there is no film. Several films
have ` / ` between them. A backslash stands before a bar or slash that belongs to a name.
"""

from __future__ import annotations

import re

from ..checks import NewNominee
from ..model import Nominee

FILMS = " / "

_HIDDEN = str.maketrans("\\|/", "\x01\x02\x03")  # no text contains these
_SHOWN = str.maketrans("\x01\x02\x03", "\\|/")


def line_of(nominee: Nominee) -> str:
    """The nominee's line."""
    name = _escaped(nominee.name)
    if nominee.is_film and not (nominee.films or nominee.detail):
        return name
    films = FILMS.join(re.sub(r"(?<!\S)/|/(?!\S)", r"\/", _escaped(film)) for film in nominee.counts_for)
    line = f"{name} | {films}".rstrip()
    return f"{line} | {_escaped(nominee.detail)}" if nominee.detail else line


def entry_of(line: str) -> NewNominee:
    """The nominee of a line."""
    cells = cells_of(line)
    films = films_of(cells[1]) if len(cells) > 1 else [_plain(cells[0])]
    detail = " | ".join(_plain(cell) for cell in cells[2:] if cell)
    return NewNominee(name=_plain(cells[0]), films=films, detail=detail or None)


def cells_of(line: str) -> list[str]:
    """The line's parts between its bars, as they are written there."""
    return [cell.strip() for cell in re.sub(r"\\[\\|/]", lambda found: found[0][1].translate(_HIDDEN), line).split("|")]


def films_of(cell: str) -> list[str]:
    """The films that a part names."""
    return [_plain(film) for film in cell.split(FILMS) if film.strip()]


def _plain(cell: str) -> str:
    return cell.translate(_SHOWN).strip()


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("|", r"\|")
