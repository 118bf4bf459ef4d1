"""What a file that is imported may say: somebody may have edited it, or made it to do harm.

Its texts were checked when they were written, by the rules of that release, and pages escape them. What else a program
relies on is checked here: times, ids, zones, sizes, numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from ..characters import CONTROL
from ..checks import BODY, checked_instant, checked_language, checked_timezone, checked_venue
from ..errors import Invalid
from ..model import Media, Venue
from .pictures import NAME

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
LARGEST = 1 << 52
"""Beyond it scripts and storage count no further; there is room for a night's changes."""
MOST_PIXELS = 100_000
LONGEST_LINE = 4096
"""Bytes; the longest line that any release took had 1000 characters."""
_LINES = frozenset(
    {
        *("title", "headline", "byline", "note", "alt", "caption", "credit", "film", "films", "name", "detail"),
        *("locality", "country", "was", "author", "editor", "by", "act"),
    }
)
_IDS = frozenset({"id", "post", "category", "nominee", "pinned", "pinned_below", "order", "winners"})
_TIMES = frozenset(
    {
        *("at", "published_at", "updated_at", "announced_at", "confirmed_at", "reworded_at", "publish_at"),
        *("starts", "until"),
    }
)
_SIZES = frozenset({"width", "height", "widths"})
_CHOICES = frozenset({"type", "status", "state", "key", "retracted", "removed", "put_away", "gone"})
"""What the types of the model check."""


def seq(value: int, field: str) -> int:
    """A number of changes."""
    if not 0 <= value < LARGEST:
        raise Invalid(f"{field} is no number of changes", field="file")
    return value


def instant(value: str, field: str) -> str:
    """A time in the form in which it is stored, for it is compared as text."""
    if value != checked_instant(value, field):
        raise Invalid(f"{field} is no time in UTC with milliseconds", field="file")
    return value


def check(part: Struct) -> None:
    """Require of an object, and of all its parts, what the program relies on. Raises `Invalid`."""
    for name in part.__struct_fields__:
        value = getattr(part, name)
        kind = _MEDIA.get(name) if isinstance(part, Media) else None
        for each in value if isinstance(value, list) else [] if value is None else [value]:
            if isinstance(each, Struct):
                check(each)
            else:
                (kind or KINDS[name])(each, name)
    if isinstance(part, Venue):
        checked_venue(part)


def _id(value: str, field: str) -> None:
    if not ID.fullmatch(value):
        raise Invalid(f"{field} is no id", field="file")


def line(value: str, field: str) -> None:
    """A text of one line, or what was taken for one: it may be empty."""
    _text(value, field, LONGEST_LINE)


def _text(value: str, field: str, limit: int = BODY) -> None:
    if len(value.encode()) > limit:
        raise Invalid(f"{field} is longer than {limit} bytes", field="file")
    if CONTROL.search(value):
        raise Invalid(f"{field} contains a control character", field="file")


def _size(value: int, field: str) -> None:
    if not 1 <= value <= MOST_PIXELS:
        raise Invalid(f"{field} is no size of a picture", field="file")


def _picture(value: str, field: str) -> None:
    if not NAME.fullmatch(value):
        raise Invalid(f"{field} is no picture's name", field="file")


def _chosen(value: object, field: str) -> None:
    """Its type has checked it."""


def _each(names: Iterable[str], kind: Callable[[Any, str], object]) -> dict[str, Callable[[Any, str], object]]:
    return dict.fromkeys(names, kind)


KINDS: dict[str, Callable[[Any, str], object]] = {
    **_each(_LINES, line),
    "summary": _text,
    "body": _text,
    **_each(_IDS, _id),
    **_each(_TIMES, instant),
    **_each(_SIZES, _size),
    **_each(_CHOICES, _chosen),
    "seq": seq,
    "moving": _picture,
    "timezone": lambda value, field: checked_timezone(value),
    "language": lambda value, field: checked_language(value),
}
"""The check of each field of the model, by its name; a picture's `name` is that of its file."""
_MEDIA: dict[str, Callable[[Any, str], object]] = {"name": _picture}
