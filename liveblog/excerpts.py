"""Excerpts of texts in any script. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate, takewhile
from unicodedata import category, combining, east_asian_width

ZWJ = "\u200d"
JOINERS = re.compile("[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u0e33\u0eb3\uff9e\uff9f]")
"""What belongs to the character before it although it is no mark: joiners, skin colours, a flag's letters, vowels."""
FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
JAMO = re.compile("[\u1100-\u115f][\u1100-\u11a7\uac00-\ud7a3]|[\u1160-\u11ff\uac00-\ud7a3][\u1160-\u11ff]")
"""Two parts of one Korean syllable."""
VIRAMA = 9
"""The combining class of the marks that join two consonants of an Indic script."""
LOOSE = " ,.;:–—-([{“‘«、，。；：・「『（【،؛۔।"
"""What no excerpt ends with."""


def graphemes(text: str) -> list[str]:
    """What readers take for one character each (Unicode Standard Annex 29): a letter with its marks, a family of emoji,
    a flag."""
    return list(_graphemes(text))


def _graphemes(text: str) -> Iterator[str]:
    sign = ""
    for each in text:
        if sign and not _goes_on(sign, each):
            yield sign
            sign = ""
        sign += each
    if sign:
        yield sign


def _goes_on(sign: str, next: str) -> bool:
    """Whether a character belongs to the sign before it."""
    last = sign[-1]
    if last < "\u0300" and next < "\u0300":
        return last + next == "\r\n"
    if category(last) == "Cc":
        return False
    if category(next) in ("Mn", "Me", "Mc") or JOINERS.match(next):
        return True
    if FLAG.match(next):
        return bool(FLAG.fullmatch(sign))
    if last == ZWJ and category(next) == "So":
        return True
    joins = combining(sign.rstrip(ZWJ)[-1:] or ZWJ) == VIRAMA
    return (joins and category(next) == "Lo") or JAMO.fullmatch(last + next) is not None


def excerpt(text: str, most: int) -> str:
    """The text if it has at most `most` graphemes, else its beginning with an ellipsis.

    It ends between two words if that costs at most a quarter of it, and never inside a grapheme. Between wide
    characters (Chinese, Japanese, emoji), it may end anywhere.
    """
    signs = graphemes(text)
    if len(signs) <= most:
        return text
    ends = (end for end in range(most, most - most // 4 - 1, -1) if _may_end(signs[end - 1], signs[end]))
    kept = "".join(signs[: next(ends, most)])
    return kept.rstrip().rstrip(LOOSE) + "…"


def within(text: str, most: int) -> str:
    """The text if it has at most `most` characters, else its beginning with an ellipsis; it ends with a whole grapheme.

    These are characters as limits count them: Unicode's code points.
    """
    if len(text) <= most:
        return text
    lengths = accumulate(map(len, _graphemes(text)))
    end = max(takewhile(lambda length: length < most, lengths), default=0)
    return text[:end].rstrip().rstrip(LOOSE) + "…"


def fitting(text: str, fits: Callable[[str], bool]) -> str:
    """The text if it fits, else its longest beginning that fits with an ellipsis, in whole graphemes.

    A shorter beginning must fit if a longer one does. A text of a thousand signs is tried ten times.
    """
    if fits(text):
        return text
    signs = graphemes(text)

    def beginning(end: int) -> str:
        return "".join(signs[:end]).rstrip().rstrip(LOOSE) + "…"

    least = bisect_left(range(len(signs)), True, key=lambda end: not fits(beginning(end)))
    return beginning(max(0, least - 1))


def _may_end(last: str, next: str) -> bool:
    return last.isspace() or next.isspace() or _wide(last) or _wide(next)


def _wide(sign: str) -> bool:
    """Korean is as wide, but has spaces between its words."""
    return east_asian_width(sign[0]) in "WF" and not "\uac00" <= sign[0] <= "\ud7a3"
