"""Plain text as Markdown that readers see as the same text: only signs that Markdown would read are escaped."""

from __future__ import annotations

import re

from .. import addresses

_SIGN = re.compile(
    r"""
    \\(?=[!-/:-@\[-`{-~]|$) | `
    | (?<!\s)\* | \*(?!\s)                # a star between two blanks is a star
    | (?<!\w)_+ | _++(?![^\W_])           # inside a word it is an underscore
    | \](?=[(\[:])                        # brackets alone are brackets
    | <(?=[a-zA-Z/!?]) | &(?=\#?\w+;) | ~(?=~) | (?<=~)~
    """,
    re.X,
)
_START = re.compile(r"\#(?=\#{0,5}(?:\s|$))|>|[+-](?=\s|$)|[-:|](?=[-:|\s]*$)|=(?==*\s*$)|\d{1,9}(?=[.)](?:\s|$))")
"""What begins a heading, a quotation, a list, or the line below a heading or a table's head."""


def escape(line: str) -> str:
    """One line of plain text as a line of Markdown."""
    return begin(inline(line))


def inline(text: str) -> str:
    """Plain text within a line. Addresses stay as they are: they are links in Markdown, too."""
    parts, at = [], 0
    for start, end in addresses.found(text):
        parts += [_signs(text[at:start]), text[start:end]]
        at = end
    return "".join([*parts, _signs(text[at:])])


def begin(line: str) -> str:
    """A line that begins with plain text, so that it begins no block."""
    return (
        _START.sub(lambda sign: f"{sign[0]}\\" if sign[0].isdigit() else f"\\{sign[0]}", line, count=1)
        if (_START.match(line))
        else line
    )


def _signs(text: str) -> str:
    return _SIGN.sub(lambda signs: "".join(f"\\{sign}" for sign in signs[0]), text)
