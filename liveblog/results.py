"""The wording of results: the desk's prepared texts, else standard sentences in the blog's language. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from .checks import HEADLINE
from .excerpts import within
from .model import Category, Draft, Nominee, Text, text_of


class ResultWords(Struct, frozen=True, kw_only=True):
    """The standard sentences of a result, in Markdown; `%(name)s` is filled in."""

    both: str = "%(names)s and %(last)s"
    wins: str = "**%(winner)s** wins %(category)s"
    wins_for: str = "**%(winner)s** wins %(category)s for %(films)s"
    withdrawn: str = "%(category)s: result withdrawn"
    withdrawn_text: str = "The announced result was withdrawn. The right one follows."
    wrong: str = "The wrong winner was announced."


ENGLISH = ResultWords()
_OWN = ("type", "category", "key")
"""The fields that a result post sets itself, whatever was prepared: it is a result of its category."""


def result_text(
    category: Category, won: Sequence[Nominee], outcomes: Sequence[Draft], words: ResultWords
) -> dict[str, Any]:
    """The text's fields for a result post: those of the winner's prepared text, else the standard sentences.

    In a tie each winner's text has its own heading, and all pictures and bylines are kept; any other field is taken if
    the prepared texts agree on it. A result without an author has no `byline`.
    """
    texts = {draft.outcome.nominee: draft for draft in outcomes if draft.outcome is not None}
    found = [texts.get(winner.id) for winner in won]
    known = [draft for draft in found if draft is not None]
    if len(won) == 1:
        headline, body = (known[0].headline, known[0].body) if known else (None, "")
    else:
        parts = [_part(category, winner, draft, words) for winner, draft in zip(won, found, strict=True)]
        headline, body = None, "\n\n".join(parts)
    text = shared_fields(known) | {
        "headline": headline or result_headline(category, won, words),
        "body": body if known and body else result_body(category, won, words),
        "media": [media for draft in known for media in draft.media],
    }
    bylines = list(dict.fromkeys(draft.byline for draft in known if draft.byline))
    return text | ({"byline": joined(bylines, words)} if bylines else {})


def withdrawn_text(category: Category, words: ResultWords) -> dict[str, Any]:
    """The text's fields for the post of a withdrawn result; the byline stays as it is."""
    return shared_fields([]) | {
        "headline": words.withdrawn % {"category": category.name},
        "body": words.withdrawn_text,
    }


def shared_fields(texts: Sequence[Text]) -> dict[str, Any]:
    """The values on which all the texts agree, and a text's defaults where they differ.

    It leaves out the fields that a result sets itself, and the byline, which is made from all texts.
    """
    shared = text_of(texts[0]) if texts else {}
    return {
        name: shared[name] if texts and all(getattr(each, name) == shared[name] for each in texts) else default
        for name, default in text_of(Text()).items()
        if name not in (*_OWN, "byline")
    }


def _part(category: Category, winner: Nominee, draft: Draft | None, words: ResultWords) -> str:
    """One winner's part of the text of a tie."""
    heading = escape(draft.headline if draft and draft.headline else category.called(winner))
    body = draft.body if draft and draft.body else result_body(category, [winner], words)
    return f"## {heading}\n\n{body}"


def result_headline(category: Category, won: Sequence[Nominee], words: ResultWords = ENGLISH) -> str:
    """`Best Director: Sean Baker`; the names of a tie are joined with `and`.

    What a headline has no room for is cut, first of the category's name.
    """
    names = joined([category.called(winner) for winner in won], words)
    whole = f"{category.name}: {names}"
    return whole if len(whole) <= HEADLINE else within(f"{within(category.name, HEADLINE // 3)}: {names}", HEADLINE)


def result_body(category: Category, won: Sequence[Nominee], words: ResultWords = ENGLISH) -> str:
    """The text of a result post without a text from the desk (Markdown)."""
    return joined([_sentence(category, winner, words) for winner in won], words) + "."


def _sentence(category: Category, winner: Nominee, words: ResultWords) -> str:
    """`**Sean Baker** wins Best Director for *Anora*`; a detail follows in brackets."""
    films = [f"*{escape(film)}*" for film in winner.other_films]
    said = {"winner": escape(winner.name), "category": escape(category.name)}
    sentence = words.wins_for % {**said, "films": joined(films, words)} if films else words.wins % said
    return f"{sentence} ({escape(winner.detail)})" if winner.detail else sentence


def escape(text: str) -> str:
    """Plain text as Markdown that renders to itself (CommonMark 2.4, backslash escapes)."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~&])", r"\\\1", text)


def state_name(category: Category) -> str:
    """A category's state for a refusal: `on stage`."""
    return category.state.replace("_", " ")


def joined(names: Sequence[str], words: ResultWords) -> str:
    """Names as in a sentence: `One, Two and Three`."""
    return names[0] if len(names) == 1 else words.both % {"names": ", ".join(names[:-1]), "last": names[-1]}
