"""Checks of what people write: texts, names, slugs, zones, categories. Pure.

Each check returns the value as it is stored, or raises `Invalid` with the field's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args
from zoneinfo import available_timezones

from msgspec.structs import replace

from .errors import Invalid
from .model import NOW, Blog, Category, Correction, Doubt, Nominee, PostType, Text

if TYPE_CHECKING:
    from typing_extensions import TypeForm

HEADLINE, BODY, NOTE, NAME = 300, 64 * 1024, 1000, 200
"""Upper limits of text fields, in characters (the body in bytes of UTF-8)."""

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
RESERVED = frozenset({"sign-in", "sign-out", "welcome", "people", "account", "log", "new"})
"""Words that cannot be slugs, because /desk/<word> is a page of the desk itself."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that no text may contain: control characters except tab and line feed, and lone surrogates."""

T = TypeVar("T")

# -- strings


def checked_text(value: str, field: str, limit: int) -> str:
    """Lines of at most `limit` characters together; may be empty."""
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if CONTROL.search(text):
        raise Invalid(f"{field} contains a control character", field=field)
    if len(text) > limit:
        raise Invalid(f"{field} is longer than {limit} characters", field=field)
    return text


def checked_line(value: str, field: str, limit: int) -> str:
    """One line that is not empty."""
    text = " ".join(checked_text(value, field, limit).split())
    if not text:
        raise Invalid(f"{field} is empty", field=field)
    return text


def optional_line(value: str | None, field: str, limit: int = NAME) -> str | None:
    """One line; None if it is blank."""
    return None if value is None or not value.strip() else checked_line(value, field, limit)


def one_of(value: object, choices: TypeForm[T], field: str) -> T:
    """One of a `Literal`'s values."""
    values: tuple[T, ...] = get_args(choices)
    if value not in values:
        raise Invalid(f"{field} must be one of {', '.join(map(str, values))}", field=field)
    return values[values.index(value)]


def slugify(text: str) -> str:
    """An id from a name: `Best Director` → `best-director`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-")


# -- texts


def _body(value: str) -> str:
    text = checked_text(value, "body", BODY)
    if len(text.encode()) > BODY:
        raise Invalid(f"body is longer than {BODY} bytes", field="body")
    return text


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "type": lambda value: one_of(value, PostType, "type"),
    "headline": lambda value: optional_line(value, "headline", HEADLINE),
    "body": _body,
    "category": lambda value: value,  # `check_listed` checks it: that needs the blog
    "key": lambda value: value,
    "byline": lambda value: optional_line(value, "byline"),
    "media": list,  # `web/media_fields.py` checks them: that needs the uploaded pictures
}
"""The check of each field of a `Text`."""


def checked_fields(fields: Mapping[str, object]) -> dict[str, Any]:
    """Some fields of a text, as they are stored. Raises `TypeError` for an unknown field."""
    if unknown := fields.keys() - _FIELDS.keys():
        raise TypeError(f"a text has no field {', '.join(sorted(unknown))}")
    return {name: _FIELDS[name](value) for name, value in fields.items()}


def check_content(text: Text) -> None:
    """Require a body, a headline or a picture: one of them is enough."""
    if not (text.body or text.headline or text.media):
        raise Invalid("a body, a headline or a picture is needed", field="body")


def check_listed(blog: Blog, category: object) -> None:
    """Require that a category is on the running order; None stands for no category."""
    if category is not None and category not in blog.order:
        raise Invalid(f"there is no category {category}", field="category")


def checked_correction(note: str, field: str) -> Correction:
    """A correction with the time of its commit."""
    return Correction(at=NOW, note=checked_note(note, field))


def checked_note(note: str, field: str) -> str:
    """A correction's line for readers."""
    return checked_line(note, field, NOTE)


def checked_doubt(note: str | None, before: Doubt | None) -> Doubt:
    """A doubt since its commit. One that is there already keeps its time, and its note unless there is a new one."""
    known = before or Doubt(at=NOW)
    return replace(known, note=optional_line(note, "note", NOTE) or known.note)


# -- blogs


def checked_slug(value: str) -> str:
    if not SLUG.fullmatch(value):
        raise Invalid("a slug must have 1 to 64 lower-case letters, digits and inner hyphens", field="slug")
    if value in RESERVED:
        raise Invalid(f"{value} is an address of the desk itself; choose another slug", field="slug")
    return value


@cache
def _zones() -> frozenset[str]:
    """The zones of the tz database. Listing them reads several hundred files."""
    return frozenset(available_timezones())


def checked_timezone(value: str) -> str:
    """A zone of the tz database."""
    if value not in _zones():
        raise Invalid(f"there is no time zone {value}", field="timezone")
    return value


def checked_language(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value) or len(value) > 35:
        raise Invalid("a language must be a tag such as en, es or pt-BR (BCP 47)", field="language")
    return value


# -- categories


def checked_category(category: Category) -> Category:
    if not SLUG.fullmatch(category.id):
        raise Invalid("a category's id must have only lower-case letters, digits and inner hyphens", field="id")
    ids = [nominee.id for nominee in category.nominees]
    if not all(SLUG.fullmatch(id) for id in ids):
        raise Invalid("a nominee's id must have only lower-case letters, digits and inner hyphens", field="nominees")
    if len(set(ids)) != len(ids):
        raise Invalid(f"two nominees of {category.name} have the same id", field="nominees")
    return replace(category, name=checked_line(category.name, "name", NAME))


def checked_nominees(entries: Sequence[Mapping[str, str]]) -> list[Nominee]:
    """Nominees from `{name, film, id?}`; a missing id is made from the name."""
    found = []
    for number, entry in enumerate(entries, 1):
        name = checked_line(entry.get("name", ""), "nominees", NAME)
        found.append(
            Nominee(
                id=entry.get("id") or slugify(name) or f"nominee-{number}",
                name=name,
                film=checked_line(entry.get("film", ""), "nominees", NAME),
            )
        )
    return found


def checked_winners(category: Category, winners: Sequence[str]) -> list[Nominee]:
    """The nominees with these ids, at least one, in the category's order."""
    if not winners:
        raise Invalid("a result must have at least one winner", field="winners")
    if len(set(winners)) != len(winners):
        raise Invalid("a winner is named twice", field="winners")
    nominees = {nominee.id: nominee for nominee in category.nominees}
    for winner in winners:
        if winner not in nominees:
            raise Invalid(f"{winner} is not nominated for {category.name}", field="winners")
    return [nominee for nominee in category.nominees if nominee.id in winners]
