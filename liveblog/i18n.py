"""Messages for readers, in the language of the blog: one gettext catalogue for pages, pushes and scripts.

The messages are English; `liveblog/languages/<tag>.po` translates them, and is read directly at its first use. A
message without a catalogue or translation stays English; dates and direction follow the language anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2 import pass_context
from jinja2.runtime import Context

from .lead import Lead
from .results import ResultWords, joined

SCRIPTS = "static/js/"
"""The file with the messages of scripts."""


def N_(text: str) -> str:
    """Mark a message for the catalogue where it is defined; it is translated where it is used."""
    return text


@lru_cache
def catalog(tag: str) -> Catalog | None:
    """The catalogue of a language (`es-MX` has that of `es`), or None."""
    for name in (tag, tag.partition("-")[0]):
        file = files("liveblog") / "languages" / f"{name}.po"
        if name and file.is_file():
            return read_po(BytesIO(file.read_bytes()), locale=name.replace("-", "_"))
    return None


@lru_cache
def translations(tag: str) -> NullTranslations:
    found = catalog(tag)
    if found is None:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return Translations(compiled)


@lru_cache
def locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en", "US")


def og_locale(tag: str) -> str:
    """A language as Open Graph writes it, with a region: the tag's own, else the likeliest one (`pt` → `pt_BR`).

    The likely regions are CLDR's. A language without one stays alone.
    """
    language, *rest = tag.split("-")
    script = next((part.title() for part in rest[:1] if len(part) == 4 and part.isalpha()), "")
    region = next((part.upper() for part in rest if re.fullmatch(r"[A-Za-z]{2}|[0-9]{3}", part)), "")
    likely = get_global("likely_subtags")
    name = language.lower()
    full = likely.get(f"{name}_{script}") or likely.get(name) or ""
    region = region or (full.split("_")[2] if full.count("_") == 2 else "")
    return f"{name}_{region}" if region else name


def direction(tag: str) -> str:
    """`ltr` or `rtl`."""
    return str(locale(tag).text_direction)


def spoken(tag: str) -> str:
    """The language of the program's own words on a page in this language: English where there is no catalogue."""
    return tag if tag.partition("-")[0] == "en" or catalog(tag) is not None else "en"


def say(tag: str, message: str, **values: Any) -> str:
    """A message in a language, with its `%(name)s` filled in."""
    text = translations(tag).gettext(message)
    return text % values if values else text


@lru_cache
def for_scripts(tag: str) -> dict[str, Any]:
    """The translated messages of scripts; a plural has its forms by CLDR category. Empty for English."""
    found = catalog(tag)
    if found is None:
        return {}
    said: dict[str, Any] = {}
    for message in found:
        if message.id and message.string and any(path.startswith(SCRIPTS) for path, _ in message.locations):
            if isinstance(message.id, str):
                said[message.id] = message.string
            else:
                said[message.id[0]] = _forms(tag, *message.id)
    return said


def _forms(tag: str, one: str, many: str) -> dict[str, str]:
    rule = locale(tag).plural_form
    samples = {rule(n): n for n in range(1000, -1, -1)}
    return {category: translations(tag).ngettext(one, many, n) for category, n in samples.items()}


def clock(at: str, zone: str, tag: str = "en") -> str:
    """A time of day in the event's zone: `6:42 PM PST`, `18:42 PST`."""
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
    if tag.partition("-")[0] == "en":
        return f"{local:%I:%M %p}".lstrip("0") + f" {local:%Z}"
    return f"{format_time(local, 'short', locale=locale(tag))} {local:%Z}".replace("\u202f", " ")


def date_of(at: str, zone: str) -> str:
    """The event's day at that time, for any language: `2025-03-02`."""
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).date().isoformat()


def dated(at: str, zone: str, tag: str = "en") -> str:
    """A time with its date: `2 Mar 2025, 6:42 PM PST`."""
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
    if tag.partition("-")[0] == "en":
        short = format_date(local, "d MMM y", locale="en_GB")
    else:
        short = format_skeleton("yMMMd", local, locale=locale(tag))
    return say(tag, "%(date)s, %(time)s", date=short, time=clock(at, zone, tag))


def when(at: str, zone: str, tag: str, near: str) -> str:
    """A time on a page: with its date, unless it is of the same day as the time `near`, which is dated elsewhere.

    The year always stands there: a page is kept, and does not know in which year it is read.
    """
    same = near and date_of(at, zone) == date_of(near, zone)
    return (clock if same else dated)(at, zone, tag)


def weekday(at: str, zone: str, tag: str = "en") -> str:
    """A day as it stands between posts: `Sunday, 2 March 2025`."""
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
    if tag.partition("-")[0] == "en":
        return f"{local:%A}, {day(at, zone, tag)}"
    return str(format_date(local, "full", locale=locale(tag)))


def day(at: str, zone: str, tag: str = "en") -> str:
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
    if tag.partition("-")[0] == "en":
        return f"{local:%d %B %Y}".lstrip("0")
    return str(format_date(local, "long", locale=locale(tag)))


@lru_cache
def results(tag: str) -> ResultWords:
    """The wording of a result without a text from the desk: where it cannot be translated, names without words."""
    if spoken(tag) != tag:
        bare = "**%(winner)s**"
        return ResultWords(both="%(names)s, %(last)s", wins=bare, wins_for=f"{bare} – %(films)s")
    speak = translations(tag).gettext
    return ResultWords(
        both=speak("%(names)s and %(last)s"),
        wins=speak("**%(winner)s** wins %(category)s"),
        wins_for=speak("**%(winner)s** wins %(category)s for %(films)s"),
        withdrawn=speak("%(category)s: result withdrawn"),
        withdrawn_text=speak("The announced result was withdrawn. The right one follows."),
        wrong=speak("The wrong winner was announced."),
    )


NUMBERS = ("", "", N_("two"), N_("three"), N_("four"), N_("five"), N_("six"), N_("seven"), N_("eight"), N_("nine"))
"""Numbers of awards in a headline; greater ones are written in digits."""


def lead(tag: str, lead: Lead, name: Callable[[str], str] = str) -> str:
    """Who won, as a headline: `Anora wins Best Picture and four more`. `name` marks up each name in it."""
    words = results(tag)
    names = joined([name(each) for each in lead.names], words)
    category = name(lead.category)
    if not lead.category:
        if lead.wins == 1:
            return say(tag, "%(names)s win one award each", names=names)
        return say(tag, "%(names)s win %(number)s awards each", names=names, number=_number(tag, lead.wins))
    if len(lead.names) > 1:
        return say(tag, "%(names)s win %(category)s", names=names, category=category)
    if lead.wins == 1:
        return say(tag, "%(name)s wins %(category)s", name=names, category=category)
    if lead.wins == 2:
        return say(tag, "%(name)s wins %(category)s and one more", name=names, category=category)
    more = _number(tag, lead.wins - 1)
    return say(tag, "%(name)s wins %(category)s and %(number)s more", name=names, category=category, number=more)


def _number(tag: str, n: int) -> str:
    return say(tag, NUMBERS[n]) if n < len(NUMBERS) else str(n)


# -- in templates: the language is the blog's, else the site's


def install(env: jinja2.Environment, site: str = "en") -> None:
    """Give an environment `_`, `ngettext`, `language()` and `direction()`."""

    @pass_context
    def language(context: Context) -> str:
        blog = context.get("blog")
        return str(getattr(blog, "language", None) or site)

    @pass_context
    def gettext(context: Context, message: str) -> str:
        return translations(language(context)).gettext(message)

    @pass_context
    def ngettext(context: Context, one: str, many: str, n: int) -> str:
        return translations(language(context)).ngettext(one, many, n)

    @pass_context
    def told_clock(context: Context, at: str, zone: str) -> str:
        return clock(at, zone, language(context))

    @pass_context
    def told_day(context: Context, at: str, zone: str) -> str:
        return day(at, zone, language(context))

    @pass_context
    def told_weekday(context: Context, at: str, zone: str) -> str:
        return weekday(at, zone, language(context))

    @pass_context
    def told_when(context: Context, at: str, zone: str, near: str) -> str:
        return when(at, zone, language(context), near)

    env.filters |= {"clock": told_clock, "day": told_day, "weekday": told_weekday, "when": told_when, "date": date_of}
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals |= {
        "language": language,
        "direction": pass_context(lambda context: direction(language(context))),
        "for_scripts": pass_context(lambda context: for_scripts(language(context))),
    }
