"""Share cards by HTTP: one for a blog, one for each post, at an address that changes with the card's contents.

No card is immutable, because any result can be recalled and any post retracted. The address of a card from before a
correction answers 404; every other address answers with the current card.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from urllib.parse import urlsplit

import msgspec
from flask import Response, request

from .. import i18n
from ..errors import NotFound
from ..i18n import N_
from ..model import Blog, Category, Nominee, Post
from ..timeline import Tally, Timeline, tally
from . import answers, labels, render, site
from .drawing import Card, draw, sayable

MOST_KEPT = 256
"""Pictures that a process keeps, at about 20 KB."""
Shown = list[Blog | Category | Post]
"""The objects that a card is made of; their newest `seq` is the card's version."""

blueprint = answers.blueprint("cards", __name__, "card")

_kept: OrderedDict[bytes, bytes] = OrderedDict()
"""Drawn cards by their contents."""
_drawing = threading.Lock()
"""One at a time: many clients request the card of a popular link at once, and it is drawn once."""


@blueprint.get("/live/<slug>/card.png")
def blog(slug: str) -> Response:
    timeline = site.services().public(slug)
    return _picture(timeline, None)


@blueprint.get("/live/<slug>/posts/<id>/card.png")
def post(slug: str, id: str) -> Response:
    timeline = site.services().public(slug)
    found = timeline.get(Post, id)
    if found is None or found.retracted:
        raise NotFound(f"there is no post {id}")
    return _picture(timeline, found)


def _picture(timeline: Timeline, post: Post | None) -> Response:
    """The current card. Raises `NotFound` at the address of one from before a correction of its contents."""
    card, shown = card_of(timeline, post)
    asked = request.args.get("v", "")
    if re.fullmatch(r"[0-9]{1,16}", asked) and int(asked) < corrected(shown):
        raise NotFound("what this picture showed was corrected")
    return answers.conditional(Response(_drawn(_with_spare(card, timeline, post)), mimetype="image/png"))


def _with_spare(card: Card, timeline: Timeline, post: Post | None) -> Card:
    """The card with what is said where its own words cannot be written."""
    blog, since = timeline.blog, post or timeline.first
    when = i18n.date_of(since.published_at, blog.timezone) if since is not None else ""
    spare = [site.publisher(blog), urlsplit(site.base()).hostname or ""]
    return msgspec.structs.replace(card, spare=spare, when=when, base=i18n.direction(blog.language))


def _drawn(card: Card) -> bytes:
    services = site.services()
    key = msgspec.json.encode(card)
    found = _kept.get(key)
    if found is None:
        with _drawing:
            found = _kept.get(key)
            if found is None:  # in a thread: drawing takes about 30 ms, and readers would wait
                found = _kept[key] = services.drawing.run(draw, card, services.settings.card_fonts)
                while len(_kept) > MOST_KEPT:
                    _kept.popitem(last=False)
    return found


def address(timeline: Timeline, post: Post | None = None) -> str:
    """The address of the current card."""
    version = max(each.seq for each in card_of(timeline, post)[1])
    if post is None:
        return site.address("cards.blog", slug=timeline.blog.id, v=version)
    return site.address("cards.post", slug=timeline.blog.id, id=post.id, v=version)


def described(timeline: Timeline, post: Post | None) -> str:
    """The card for those who do not see it: what it says, and no more than the fonts let it say."""
    services, card = site.services(), _with_spare(card_of(timeline, post)[0], timeline, post)
    fonts = services.settings.card_fonts
    card = services.drawing.run(sayable, card, fonts) if fonts else sayable(card)  # in a thread a directory is read
    return ": ".join(filter(None, [card.kicker, ", ".join(card.lines)]))


def corrected(shown: Shown) -> int:
    """The newest `seq` of an object that was corrected or recalled; 0 for none."""
    return max((each.seq for each in shown if not isinstance(each, Blog) and each.corrections), default=0)


# -- contents


def card_of(timeline: Timeline, post: Post | None) -> tuple[Card, Shown]:
    """The card of a blog (no post), of a result or of another post, and the objects that it shows."""
    if post is None:
        return _night(timeline)
    category = timeline.get(Category, post.category) if post.category else None
    if category is not None and category.post == post.id and category.winners:
        return _result(timeline, category, post)
    blog = timeline.blog
    headline = render.gist(post, 160)
    kicker = category.name if category is not None else blog.title
    when = i18n.dated(post.published_at, blog.timezone, blog.language)
    card = Card(
        kicker=kicker,
        lines=[headline],
        note=i18n.say(blog.language, N_("Corrected")) if post.corrections else "",
        source=f"{blog.title if category is not None else site.publisher(timeline.blog)} · {when}",
    )
    return card, [post, blog, *([category] if category is not None else [])]


def _night(timeline: Timeline) -> tuple[Card, Shown]:
    blog, categories = timeline.blog, timeline.categories
    own = _row(tally(categories, blog.film), blog.film) if blog.film else None
    card = Card(
        kicker=i18n.say(blog.language, labels.STATUSES[blog.status]),
        lines=[blog.title],
        detail=blog.summary,
        film=own.film if own else "",
        won=own.won if own else 0,
        nominated=own.nominated if own else 0,
        count=_count(blog.language, own),
        source=site.publisher(timeline.blog) if site.publisher(timeline.blog) != blog.title else "",
    )
    return card, [blog, *categories]


def _result(timeline: Timeline, category: Category, post: Post) -> tuple[Card, Shown]:
    """The winner, and the film's tally at that time: later awards have cards of their own."""
    if category.doubt is not None:
        return _doubted(timeline, category, post)
    won = category.won
    then = [_open(each) if _later(each, category) else each for each in timeline.categories]
    films = list(dict.fromkeys(film for nominee in won for film in nominee.counts_for))
    row = _row(tally(then, films[0]), films[0]) if len(films) == 1 else None
    provisional = labels.STATES["announced"] if category.state == "announced" else ""
    note = N_("Corrected") if category.corrections else provisional
    card = Card(
        kicker=category.name,
        lines=[nominee.name for nominee in won],
        detail=" · ".join(_beside(won)),
        note=i18n.say(timeline.blog.language, note) if note else "",
        film=row.film if row else "",
        won=row.won if row else 0,
        nominated=row.nominated if row else 0,
        count=_count(timeline.blog.language, row),
        source=timeline.blog.title,
    )
    counted = [each for each in then if each.winners]  # a later result does not change this card
    recalled = [each for each in timeline.categories if each.corrections]  # the tally at that time may have changed
    return card, [post, timeline.blog, *counted, *recalled]


def _beside(won: list[Nominee]) -> list[str]:
    """What stands below the winners' names: films that are not named there, roles, songs, countries; each once."""
    names = {nominee.name for nominee in won}
    return list(dict.fromkeys(each for nominee in won for each in nominee.beside if each not in names))


def _doubted(timeline: Timeline, category: Category, post: Post) -> tuple[Card, Shown]:
    """A result in doubt: neither winner nor film, so that nobody shares the picture of a false one."""
    blog = timeline.blog
    card = Card(kicker=category.name, lines=[i18n.say(blog.language, labels.DOUBT)], source=blog.title)
    return card, [post, category, blog]


def _later(one: Category, other: Category) -> bool:
    return bool(one.winners) and (one.announced_at or "") > (other.announced_at or "")


def _open(category: Category) -> Category:
    """The category as it was before its result."""
    return Category(id=category.id, name=category.name, nominees=category.nominees)


def _row(rows: list[Tally], film: str | None) -> Tally | None:
    return next((row for row in rows if row.film == film), None)


def _count(language: str, row: Tally | None) -> str:
    return i18n.say(language, "%(won)s of %(nominated)s", won=row.won, nominated=row.nominated) if row else ""
