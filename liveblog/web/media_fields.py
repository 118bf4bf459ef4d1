"""Checks and completes the pictures that are sent with a post or a draft: `chosen`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ..characters import misplaced_in_sentence
from ..checks import composed
from ..errors import Invalid
from ..model import Media
from ..store.pictures import NAME, Pictures
from . import site

MOST = 12
"""Maximum pictures of one post."""
TEXT = 1000
"""Maximum characters of a picture's alternative text, caption or credit."""


class Chosen(Struct, forbid_unknown_fields=True):
    """A picture in a post's body. Clients may send the sizes that a post has; they are known here, and ignored."""

    name: str
    alt: str = ""
    caption: str | None = None
    credit: str | None = None
    width: int | None = None
    height: int | None = None
    widths: list[int] | None = None
    moving: str | None = None


def chosen(entries: Sequence[Chosen], had: Sequence[Media] = ()) -> list[Media]:
    """A post's pictures. Each must have been uploaded (or be in `had`), and have alternative text.

    Raises `Invalid` with the field `media`.
    """
    if len(entries) > MOST:
        raise Invalid(f"a post may have at most {MOST} pictures", field="media")
    if len({entry.name for entry in entries}) != len(entries):
        raise Invalid("the same picture is there twice", field="media")
    return [_media(entry, {each.name: each for each in had}) for entry in entries]


def _media(entry: Chosen, had: dict[str, Media]) -> Media:
    alt = _line(entry.alt, "alternative text")
    if alt is None:
        raise Invalid("a picture needs alternative text (alt): what does it show?", field="media")
    pictures: Pictures = site.services().pictures
    if pictures.deleted.has(entry.name):
        raise Invalid(f"the picture {entry.name} was deleted; take it out", field="media")
    known = (pictures.get(entry.name) if NAME.fullmatch(entry.name) else None) or had.get(entry.name)
    if known is None:
        raise Invalid(f"there is no picture {entry.name}; upload it first", field="media")
    return Media(
        name=known.name,
        width=known.width,
        height=known.height,
        alt=alt,
        widths=known.widths,
        moving=known.moving,
        caption=_line(entry.caption, "caption"),
        credit=_line(entry.credit, "credit"),
    )


def _line(value: str | None, what: str) -> str | None:
    text = " ".join(composed(value or "").split())
    if len(text) > TEXT:
        raise Invalid(f"a picture's {what} may have at most {TEXT} characters", field="media")
    if misplaced_in_sentence(text):
        raise Invalid(f"a picture's {what} contains a control character", field="media")
    return text or None
