"""A night retold from its facts alone: any night file with winners, in neutral words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from msgspec import Struct

from .. import actions
from ..actions import Plan, View
from ..checks import slugify
from ..errors import Invalid
from ..intake.night import Night
from ..model import Category
from ..results import ENGLISH, escape, joined

BYLINE = "The desk"
ROUND = 4
"""Awards after which an update sums up."""
Act = Callable[[View], Plan]


class Step(Struct, frozen=True):
    """One act, the seconds to wait before it (at speed 1), and its name in the audit log."""

    pause: float
    act: Act
    name: str


def slug_of(night: Night, name: str) -> str:
    """The address of a replay's blog, by the night's title, else by the file's `name`.

    No editor's blog has it by chance: a replay that has ended is deleted when it begins again.
    """
    return f"replay-{slugify(night.title or '') or slugify(name)}"[:64].strip("-")


def decided(night: Night) -> list[Category]:
    """The categories whose winners are known. Raises `Invalid` if there are none."""
    found = [category for category in night.categories if night.winners.get(category.id)]
    if not found:
        raise Invalid("this night has no winners yet, so it cannot be replayed", field="night")
    return found


def script(slug: str, night: Night) -> Iterator[Step]:
    """The night, step by step. A category without winners stays open."""

    def update(pause: float, body: str, headline: str | None = None, *, category: str | None = None) -> Step:
        key = headline is not None
        act = partial(
            actions.publish, slug=slug, body=body, headline=headline, category=category, key=key, byline=BYLINE
        )
        return Step(pause, act, "publish")

    categories = decided(night)
    tally: Counter[str] = Counter()
    yield Step(3, partial(actions.edit_blog, slug=slug, status="live"), "edit_blog")
    yield update(2, f"The show has begun. On the board: {_counted(len(categories), 'award')}.", "We are live")
    for number, category in enumerate(categories, 1):
        winners = night.winners[category.id]
        yield Step(5, partial(actions.on_stage, slug=slug, id=category.id), "on_stage")
        if len(category.nominees) > len(winners):
            text = f"{escape(category.name)} is next, with {_counted(len(category.nominees), 'nominee')}."
            yield update(3, text, category=category.id)
        announce = partial(actions.announce, slug=slug, id=category.id, winners=winners, byline=BYLINE)
        yield Step(5, announce, "announce")
        yield Step(4, partial(actions.confirm, slug=slug, id=category.id), "confirm")
        tally.update({film for each in category.nominees if each.id in winners for film in each.counts_for})
        if number % ROUND == 0 and number < len(categories):
            told = f"{_counted(number, 'award')} given, {_counted(len(categories) - number, 'award')} to come."
            yield update(3, f"{_leading(tally)} {told}".strip())
    yield update(4, f"{_leading(tally)} All awards of the night are given.".strip(), "Good night")
    yield Step(2, partial(actions.edit_blog, slug=slug, status="ended"), "edit_blog")


def _leading(tally: Counter[str]) -> str:
    """Which film has the most awards so far, or which films have."""
    most = max(tally.values(), default=0)
    films = [f"*{escape(film)}*" for film, won in tally.items() if won == most]
    if not 0 < len(films) < 4:
        return ""
    have, each = ("have", " each") if len(films) > 1 else ("has", "")
    return f"{joined(films, ENGLISH)} {have} {_counted(most, 'award')}{each}."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
