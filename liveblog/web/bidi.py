"""The direction of texts: which way a text runs, and how markup says so (https://www.w3.org/International/articles/inline-bidi-markup/).

A page runs in the direction of its language. Texts of another direction, and the program's own words where it has no
translation, are kept apart, so that "2 of 3" beside an Arabic name stays in order.
"""

from __future__ import annotations

import re
from typing import Literal
from unicodedata import bidirectional

import jinja2
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from .. import i18n

Direction = Literal["ltr", "rtl"]
STRONG: dict[str, Direction] = {"L": "ltr", "R": "rtl", "AL": "rtl"}
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
ARROWS = re.compile("(← )?(.*?)( →)?", re.S)
"""A message that points back or onward."""


def strong(text: str) -> list[Direction]:
    """The directions of a text's letters."""
    return [STRONG[kind] for kind in map(bidirectional, text) if kind in STRONG]


def direction_of(text: str, base: str) -> str:
    """The direction of a text in a blog that is written in direction `base`.

    The text runs as the blog does if a quarter of its letters do: "Anora تفوز بالأوسكار" is an Arabic sentence,
    although it begins with a Latin name.
    """
    found = strong(text)
    other = sum(each != base for each in found)
    return base if other * 4 <= len(found) * 3 else next(each for each in found if each != base)


def attribute(text: str, base: str) -> str:
    """The value of a text's `dir`: `auto` where a browser finds the same; empty where nothing needs one."""
    found = strong(text)
    if not found or (base == "ltr" and not RIGHT_TO_LEFT.search(text)):
        return ""
    direction = direction_of(text, base)
    return "auto" if found[0] == direction else direction


def words(text: str, tag: str) -> Markup:
    """One of the program's messages: where there is no translation, it names its own language and direction. An arrow
    points where the page leads."""
    own = i18n.spoken(tag)
    escaped = escape(text)
    if own == tag:
        return escaped
    back, said, on = ARROWS.fullmatch(escaped).groups(default="")  # type: ignore[union-attr]
    if i18n.direction(tag) == "rtl":
        back, on = back.replace("←", "→"), on.replace("→", "←")
    return Markup(f'{back}<span lang="{own}" dir="{i18n.direction(own)}">{said}</span>{on}')


def install(env: jinja2.Environment) -> None:
    """Give an environment the filters `bdi` (a name amid other text), `dir` (the attribute of an element that holds a
    text) and `words` (a message).

    `words_lang()` is the attribute of an element with a label in our own words, `ours()` those of an element with such
    words and times; `spoken()` is their language.
    """

    def language(context: Context) -> str:
        return str(env.globals["language"](context))  # type: ignore[operator]

    @pass_context
    def bdi(context: Context, text: str) -> Markup:
        value = attribute(text, i18n.direction(language(context)))
        if not value:
            return escape(text)
        return Markup("<bdi{}>{}</bdi>").format(_dir(value if value != "auto" else ""), text)

    @pass_context
    def dir(context: Context, text: str) -> Markup:
        return _dir(attribute(text, i18n.direction(language(context))))

    @pass_context
    def words_lang(context: Context) -> Markup:
        tag = language(context)
        own = i18n.spoken(tag)
        return Markup("") if own == tag else Markup(' lang="{}"').format(own)

    @pass_context
    def ours(context: Context) -> Markup:
        named: Markup = words_lang(context)
        return named + _dir(i18n.direction(i18n.spoken(language(context)))) if named else named

    env.filters |= {"bdi": bdi, "dir": dir, "words": pass_context(lambda context, text: words(text, language(context)))}
    env.globals |= {"words_lang": words_lang, "ours": ours}
    env.globals["spoken"] = pass_context(lambda context: i18n.spoken(language(context)))


def _dir(value: str) -> Markup:
    return Markup(' dir="{}"').format(value) if value else Markup("")
