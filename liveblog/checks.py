"""Checks of what people write: texts, names, slugs, zones, categories. Pure.

Each check returns the value as it is stored, or raises `Invalid` with the field's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct
from msgspec.structs import replace

from .characters import CONTROL, shows
from .errors import Invalid
from .model import NOW, Blog, Category, Correction, Doubt, Nominee, PostType, Text, Venue, rfc3339

if TYPE_CHECKING:
    from typing_extensions import TypeForm

HEADLINE, BODY, NOTE, NAME = 300, 64 * 1024, 1000, 300
"""Upper limits of text fields, in characters (the body in bytes of UTF-8). A name has room for a long credit."""

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
RESERVED = frozenset({"sign-in", "sign-out", "welcome", "people", "account", "log", "new", "webhooks", "incoming"})
"""Words that cannot be slugs, because /desk/<word> is a page of the desk itself."""

LINE_END = re.compile("\r\n?|\x85")
"""Ends of lines that become line feeds: those of Windows, of old Macs, and Unicode's own."""

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
"""A date and time of RFC 3339, with its offset; the seconds may be left out."""
LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?", re.ASCII)
"""What a field for a local date and time sends (HTML, 2.3.5)."""
NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes that CLDR lists beside those of countries: unions, Outlying Oceania, pseudo-locales, the unknown region."""

T = TypeVar("T")

# -- strings


def composed(text: str) -> str:
    """The text with its letters composed (Unicode's form NFC), as all text is stored: `é` is one character."""
    return unicodedata.normalize("NFC", text)


def checked_text(value: str, field: str, limit: int, *, what: str = "") -> str:
    """Lines of at most `limit` characters together; may be empty. A refusal calls it `what`, else by its field."""
    text = composed(LINE_END.sub("\n", value).strip())
    if CONTROL.search(text):
        raise Invalid(f"{what or field} contains a control character", field=field)
    if len(text) > limit:
        raise Invalid(f"{what or field} is longer than {limit} characters", field=field)
    return text


def checked_line(value: str, field: str, limit: int, *, what: str = "") -> str:
    """One line with something to see."""
    text = " ".join(checked_text(value, field, limit, what=what).split())
    if not shows(text):
        raise Invalid(f"{what or field} is empty", field=field)
    return text


def optional_line(value: str | None, field: str, limit: int = NAME, *, what: str = "") -> str | None:
    """One line; None if it is blank."""
    return None if value is None or not value.strip() else checked_line(value, field, limit, what=what)


def one_of(value: object, choices: TypeForm[T], field: str) -> T:
    """One of a `Literal`'s values."""
    values: tuple[T, ...] = get_args(choices)
    if value not in values:
        raise Invalid(f"{field} must be one of {', '.join(map(str, values))}", field=field)
    return values[values.index(value)]


def checked_instant(value: str | None, field: str) -> str | None:
    """A time with its offset (RFC 3339), as UTC with milliseconds; None stays None."""
    if value is None:
        return None
    found = None
    if INSTANT.fullmatch(value):
        with suppress(ValueError):  # a day or an hour that does not exist
            found = datetime.fromisoformat(value.upper())
    if found is None or not 1000 <= found.year <= 9000:
        raise Invalid(
            f"{field} must be an RFC 3339 time with its offset, such as 2025-03-02T18:30:00-08:00", field=field
        )
    return rfc3339(found)


def checked_local(value: str, zone: str, field: str) -> str | None:
    """A wall clock's date and time in a zone (`2025-03-02T16:00`), as UTC with milliseconds; None if it is blank.

    A time that occurs twice, when clocks go back, is the first of the two; one that is left out is refused.
    """
    if not value.strip():
        return None
    place = ZoneInfo(checked_timezone(zone))
    found = None
    if LOCAL.fullmatch(value):
        with suppress(ValueError):
            found = datetime.fromisoformat(value).replace(tzinfo=place)
    if found is None or not 1000 <= found.year <= 9000:
        raise Invalid(f"{field} must be a date and a time such as 2025-03-02T16:00", field=field)
    if found.astimezone(UTC).astimezone(place).replace(tzinfo=None) != found.replace(tzinfo=None):
        raise Invalid(f"{field} is left out by the clocks of {zone}, which go forward then", field=field)
    return rfc3339(found)


def slugify(text: str) -> str:
    """An id from a name: `Best Director` → `best-director`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-")


class FreeIds:
    """Makes ids from names, each once: `best-song`, then `best-song-2`. None of those `taken` is made again."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def take(self, id: str) -> bool:
        """Whether this id is one and was free; from now on it is not."""
        free = bool(id) and id not in self._taken
        self._taken.add(id)
        return free

    def make(self, name: str, kind: str, place: int) -> str:
        """An id for the thing of this name. A name without Latin letters and digits gives `<kind>-<place>`."""
        plain = slugify(name)
        id = plain or f"{kind}-{place}"
        stem = plain[:56].rstrip("-") or kind
        while not self.take(id):
            self._last[stem] = max(self._last.get(stem, 1), 1 if plain else place) + 1
            id = f"{stem}-{self._last[stem]}"
        return id


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


def has_content(text: Text) -> bool:
    """Whether there is something to publish."""
    return bool(text.body or text.headline or text.media)


def check_content(text: Text) -> None:
    """Require a body, a headline or a picture: one of them is enough."""
    if not has_content(text):
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


@cache
def _countries() -> frozenset[str]:
    """The countries' codes of ISO 3166-1 alpha-2, and XK for Kosovo. Babel reads them from a file."""
    from babel import Locale

    return frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2) - NO_COUNTRIES


def checked_venue(venue: Venue | None) -> Venue | None:
    """A venue with its name, and its city and country if they are known."""
    if venue is None:
        return None
    country = optional_line(venue.country, "venue", NAME)
    if country is not None and country.upper() not in _countries():
        raise Invalid(f"a venue's country must be a code of ISO 3166-1 such as US, not {country}", field="venue")
    return Venue(
        name=checked_line(venue.name, "venue", NAME),
        locality=optional_line(venue.locality, "venue"),
        country=country.upper() if country else None,
    )


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


class NewNominee(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A nominee as somebody wrote it, in a request, a night file or a form: `checked_nominees` makes it a `Nominee`."""

    name: str
    film: str | None = None
    films: list[str] = []
    detail: str | None = None
    id: str | None = None


def checked_nominees(entries: Sequence[NewNominee], known: Iterable[Nominee] = ()) -> list[Nominee]:
    """The nominees, each with an id of its own.

    An entry without an id gets that of the nominee it replaces among those `known`: with the same name, film and
    detail, else with one of them. A new one's id is made from its name.
    """
    written = [_nominee(entry, number) for number, entry in enumerate(entries, 1)]
    given = {nominee.id for nominee in written if nominee.id}
    kept = _known_ids(written, [nominee for nominee in known if nominee.id not in given])
    ids = FreeIds([*given, *kept.values()])
    return [
        nominee if nominee.id else replace(nominee, id=kept.get(at) or ids.make(nominee.name, "nominee", at + 1))
        for at, nominee in enumerate(written)
    ]


def _nominee(entry: NewNominee, number: int) -> Nominee:
    """The nominee, without an id if none is given."""
    name = checked_line(entry.name, "nominees", NAME, what=f"the name of nominee {number}")
    given = (optional_line(film, "nominees", what=f"a film of nominee {number}") for film in (entry.film, *entry.films))
    films = list(dict.fromkeys(film for film in given if film))
    return Nominee(
        id=entry.id or "",
        name=name,
        film=films[0] if films else None,
        detail=optional_line(entry.detail, "nominees", what=f"the detail of nominee {number}"),
        films=films if len(films) > 1 else [],
    )


_ALIKE: tuple[Callable[[Nominee], object], ...] = (
    lambda nominee: (nominee.name, nominee.counts_for, nominee.detail),
    lambda nominee: (nominee.name, nominee.counts_for),
    lambda nominee: nominee.name,
    lambda nominee: nominee.counts_for,
)
"""What a nominee has in common with an earlier version of itself: the more, the better."""


def _known_ids(written: Sequence[Nominee], known: Iterable[Nominee]) -> dict[int, str]:
    """The ids that nominees without one keep, by their places."""
    left = {nominee.id: nominee for nominee in known}
    found: dict[int, str] = {}
    for alike in _ALIKE:
        there: defaultdict[str, deque[str]] = defaultdict(deque)
        for nominee in left.values():
            there[repr(alike(nominee))].append(nominee.id)
        for at, nominee in enumerate(written):
            same = there[repr(alike(nominee))]
            if not nominee.id and at not in found and alike(nominee) and same:
                found[at] = same.popleft()
                del left[found[at]]
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
