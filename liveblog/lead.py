"""What the page leads with when a night has ended: who won. Pure; `i18n.lead` says it in a language."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from .model import Blog, Category

MOST_NAMES = 3
"""More films than these with the most awards are no headline."""


class Lead(Struct, frozen=True, kw_only=True):
    """Who won: `names` of films, or of a category's winners; `wins` awards each, of which `category` is one.

    Several films that won equally many share no category: then it is empty.
    """

    names: list[str]
    category: str
    wins: int


def lead_of(blog: Blog, categories: Sequence[Category]) -> Lead | None:
    """The night's own film if it won anything, else the film or films with the most awards, else the last result.

    `categories` are in running order. Before the end there is no lead, nor without a result; one in doubt is none.
    """
    decided = [each for each in categories if each.winners and each.doubt is None]
    if blog.status != "ended" or not decided:
        return None
    wins = _wins(decided)
    most = max(map(len, wins.values()), default=0)
    films = [blog.film] if blog.film in wins else [film for film, won in wins.items() if len(won) == most]
    if len(films) == 1 and films[0] is not None:
        won = wins[films[0]]
        return Lead(names=[films[0]], category=_greatest(won, films[0]).name, wins=len(won))
    if 1 < len(films) <= MOST_NAMES:
        return Lead(names=[film for film in films if film], category="", wins=most)
    last = _greatest(decided)
    return Lead(names=[nominee.name for nominee in last.won], category=last.name, wins=1)


def _wins(decided: Sequence[Category]) -> dict[str, list[Category]]:
    """The categories that each film won; each counts once, however many of its nominees won there."""
    found: dict[str, list[Category]] = {}
    for category in decided:
        for film in dict.fromkeys(film for nominee in category.won for film in nominee.counts_for):
            found.setdefault(film, []).append(category)
    return found


def _greatest(won: Sequence[Category], film: str = "") -> Category:
    """The greatest of these awards: the last of those that go to a film itself, else the last in running order."""

    def itself(category: Category) -> bool:
        return any(each.is_film and film in ("", each.film) for each in category.won)

    return max(enumerate(won), key=lambda each: (itself(each[1]), each[0]))[1]
