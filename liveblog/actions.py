"""The editorial acts: one function each, the only makers of changes; desk, API and CLI call the same ones. Pure.

An act reads the current objects through a `View` and answers with a `Plan`. Storage commits the plan only if everything
that was read is still current, and otherwise lets the act run again: an act is an optimistic transaction.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final, Literal, Protocol, TypeVar, get_args
from zoneinfo import available_timezones

from msgspec import Struct
from msgspec.structs import replace

from .errors import Invalid, NotFound, WrongState
from .model import (
    NOW,
    Blog,
    Category,
    Correction,
    Draft,
    Media,
    Nominee,
    Object,
    Post,
    PostType,
    Status,
)

HEADLINE, BODY, NOTE, NAME = 300, 64 * 1024, 1000, 200
"""Upper limits of text fields, in characters (the body in bytes of UTF-8)."""

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
RESERVED = frozenset({"sign-in", "sign-out", "welcome", "people", "account", "log", "new"})
"""No slugs: at /desk/<slug> and below, these words are pages of the desk itself."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


T = TypeVar("T")


class Keep(Enum):
    """`KEEP` in an edit leaves a field as it is; None empties it."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
Kept = Literal[Keep.KEEP]


class ResultWords(Struct, frozen=True, kw_only=True):
    """How a result is told, with `%(name)s` for what is filled in; Markdown."""

    both: str = "%(names)s and %(last)s"
    wins: str = "**%(winner)s** wins %(category)s"
    wins_for: str = "**%(winner)s** wins %(category)s for *%(film)s*"
    withdrawn: str = "%(category)s: result withdrawn"
    withdrawn_text: str = "The announced result was withdrawn. The right one follows."


ENGLISH = ResultWords()


class View(Protocol):
    """What an act may see: the current version of an object, or None; all that the desk works on."""

    def get(self, kind: str, id: str) -> Object | None: ...
    def drafts(self) -> list[Draft]: ...


class Plan(Struct, frozen=True, kw_only=True):
    """What an act wants to change: objects to create or replace in either timeline, not yet stamped."""

    public: list[Object] = []
    desk: list[Object] = []


# -- blog


def create_blog(
    view: View,
    *,
    slug: str,
    title: str,
    summary: str = "",
    status: Status = "preview",
    timezone: str = "UTC",
    language: str = "en",
    film: str | None = None,
    categories: Sequence[Category] = (),
    preview: tuple[str | None, str] | None = None,
) -> Plan:
    """Open a blog, with its running order and its pinned preview (headline, Markdown body) where they are known."""
    if not SLUG.fullmatch(slug):
        raise Invalid("a slug has 1 to 64 lower-case letters, digits and inner hyphens", field="slug")
    if slug in RESERVED:
        raise Invalid(f"{slug} is an address of the desk itself; choose another slug", field="slug")
    if view.get("blog", slug) is not None:
        raise WrongState(f"there is a blog {slug} already", code="exists")
    blog = Blog(
        id=slug,
        title=checked_line(title, "title", NAME),
        summary=checked_text(summary, "summary", NOTE),
        status=one_of(status, Status, "status"),
        timezone=_timezone(timezone),
        language=_language(language),
        film=optional_line(film, "film"),
        order=[category.id for category in categories],
    )
    objects: list[Object] = [*map(_checked_category, categories)]
    if len(set(blog.order)) != len(blog.order):
        raise Invalid("two categories have the same id", field="categories")
    if preview is not None:
        headline, body = preview
        post = new_post(type="preview", headline=headline, body=body)
        objects.append(post)
        blog = replace(blog, pinned=post.id)
    return Plan(public=[blog, *objects])


def edit_blog(
    view: View,
    slug: str,
    *,
    title: str | Kept = KEEP,
    summary: str | Kept = KEEP,
    status: Status | Kept = KEEP,
    timezone: str | Kept = KEEP,
    language: str | Kept = KEEP,
    order: Sequence[str] | Kept = KEEP,
    film: str | Kept | None = KEEP,
) -> Plan:
    """Change a blog's title, summary, status, zone, film or running order (all its categories, each once)."""
    blog = find_blog(view, slug)
    if status == "draft" != blog.status:  # open pages have it, and go on getting its changes
        raise WrongState("readers have seen this blog, so it cannot become a draft again; it can be ended")
    if order is not KEEP and (sorted(order) != sorted(blog.order)):
        raise Invalid("the running order names each of the blog's categories once", field="order")
    changed = replace(
        blog,
        title=blog.title if title is KEEP else checked_line(title, "title", NAME),
        summary=blog.summary if summary is KEEP else checked_text(summary, "summary", NOTE),
        status=blog.status if status is KEEP else one_of(status, Status, "status"),
        timezone=blog.timezone if timezone is KEEP else _timezone(timezone),
        language=blog.language if language is KEEP else _language(language),
        order=blog.order if order is KEEP else list(order),
        film=blog.film if film is KEEP else optional_line(film, "film"),
    )
    return Plan(public=[changed])


def pin(view: View, slug: str, *, post: str | None) -> Plan:
    """Pin a post, or nothing. The post comes along in the change, so that every page has its text at once."""
    blog = find_blog(view, slug)
    pinned: list[Object] = [find_post(view, post)] if post is not None else []
    return Plan(public=[replace(blog, pinned=post), *pinned])


# -- posts


def publish(
    view: View,
    slug: str,
    *,
    body: str,
    headline: str | None = None,
    category: str | None = None,
    key: bool = False,
    type: PostType = "update",
    byline: str | None = None,
    media: Sequence[Media] = (),
    pin: bool = False,
) -> Plan:
    """Publish a post; with `pin` it takes the pinned place in the same change."""
    blog = find_blog(view, slug)
    check_listed(blog, category)
    post = new_post(
        type=type, headline=headline, body=body, category=category, key=key, byline=byline, media=list(media)
    )
    return Plan(public=[post, replace(blog, pinned=post.id)] if pin else [post])


def edit_post(
    view: View,
    slug: str,
    id: str,
    *,
    headline: str | Kept | None = KEEP,
    body: str | Kept = KEEP,
    category: str | Kept | None = KEEP,
    key: bool | Kept = KEEP,
    byline: str | Kept | None = KEEP,
    media: Sequence[Media] | Kept = KEEP,
    correction: str | None = None,
) -> Plan:
    """Change a post; `correction` tells readers what was wrong, and stays with the post."""
    blog, post = find_blog(view, slug), find_post(view, id)
    check_listed(blog, category)
    changed = replace(
        post,
        headline=post.headline if headline is KEEP else optional_line(headline, "headline", HEADLINE),
        body=post.body if body is KEEP else _body(body),
        category=post.category if category is KEEP else category,
        key=post.key if key is KEEP else key,
        byline=post.byline if byline is KEEP else optional_line(byline, "byline"),
        media=post.media if media is KEEP else list(media),
        corrections=post.corrections
        if correction is None
        else [*post.corrections, _correction(correction, "correction")],
        updated_at=NOW,
    )
    return Plan(public=[changed])


def retract(view: View, slug: str, id: str) -> Plan:
    """Take a post back: its text is gone from every answer, a tombstone remains; pin and category let go of it."""
    blog, post = find_blog(view, slug), find_post(view, id)
    objects: list[Object] = [Post(id=post.id, published_at=post.published_at, retracted=True)]
    if blog.pinned == id:
        objects.append(replace(blog, pinned=None))
    category = view.get("category", post.category) if post.category is not None else None
    if isinstance(category, Category) and category.post == id:
        objects.append(replace(category, post=None))
    return Plan(public=objects)


# -- categories and results


def add_category(
    view: View, slug: str, *, name: str, id: str | None = None, nominees: Sequence[dict[str, str]] = ()
) -> Plan:
    """Add a category at the end of the running order. A nominee is `{name, film, id?}`."""
    blog = find_blog(view, slug)
    id = id or slugify(name) or _free_id(view, len(blog.order) + 1)
    category = Category(id=id, name=name, nominees=_nominees(nominees))
    return _with_categories(view, blog, [category])


def add_categories(view: View, slug: str, *, categories: Sequence[Category]) -> Plan:
    """Add several at once, at the end of the running order: all of them, or none."""
    return _with_categories(view, find_blog(view, slug), categories)


def _with_categories(view: View, blog: Blog, categories: Sequence[Category]) -> Plan:
    added = [_checked_category(category) for category in categories]
    order = [*blog.order, *(category.id for category in added)]
    for category in added:
        if order.count(category.id) > 1:
            raise Invalid(f"there is a category {category.id} already", field="id")
        view.get("category", category.id)  # one that was removed may come again, but only once
    return Plan(public=[*added, replace(blog, order=order)])


def remove_category(view: View, slug: str, id: str) -> Plan:
    """Take a category off the running order, as long as nothing has come of it and nothing is prepared for it."""
    blog, category = find_blog(view, slug), find_category(view, id)
    if category.state != "upcoming" or category.corrections:
        raise WrongState(f"{category.name} is {said(category)}; only an upcoming category can be removed")
    waiting = [draft for draft in view.drafts() if draft.on is not None and draft.on.category == id]
    if waiting or prepared(view, id):
        raise WrongState(f"texts are prepared or scheduled for {category.name}; discard them first", code="prepared")
    if any(draft.category == id for draft in view.drafts()):  # it could never be published then
        raise WrongState(f"a draft is filed under {category.name}; file it elsewhere first")
    order = [other for other in blog.order if other != id]
    return Plan(public=[Category(id=id, name=category.name, removed=True), replace(blog, order=order)])


def _free_id(view: View, number: int) -> str:
    """An id for a name that has no Latin letters."""
    while view.get("category", f"category-{number}") is not None:
        number += 1
    return f"category-{number}"


def edit_category(
    view: View, slug: str, id: str, *, name: str | Kept = KEEP, nominees: Sequence[dict[str, str]] | Kept = KEEP
) -> Plan:
    """Rename a category or replace its nominees; a winner cannot be taken off the list."""
    find_blog(view, slug)
    category = find_category(view, id)
    changed = _checked_category(
        replace(
            category,
            name=category.name if name is KEEP else name,
            nominees=category.nominees if nominees is KEEP else _nominees(nominees),
        )
    )
    if not set(changed.winners) <= {nominee.id for nominee in changed.nominees}:
        raise Invalid("a winner must stay among the nominees; recall the result first", field="nominees")
    return Plan(public=[changed])


def on_stage(view: View, slug: str, id: str) -> Plan:
    """This category is being announced now. Others that were on stage without a result go back to upcoming."""
    blog, category = find_blog(view, slug), find_category(view, id)
    if category.state != "upcoming":
        raise WrongState(f"{category.name} is {said(category)} already")
    others = [find_category(view, other) for other in blog.order if other != id]
    left = [replace(other, state="upcoming") for other in others if other.state == "on_stage"]
    return Plan(public=[replace(category, state="on_stage"), *left])


def announce(
    view: View,
    slug: str,
    id: str,
    *,
    winners: Sequence[str],
    headline: str | None = None,
    body: str | None = None,
    byline: str | None = None,
    words: ResultWords = ENGLISH,
) -> Plan:
    """Call the winner or winners (a tie) in one change with the result post; provisional until confirmed.

    The post has the texts that were prepared for the winners, where none is given; the prepared ones are put away.
    """
    find_blog(view, slug)
    category = find_category(view, id)
    if category.state in ("announced", "confirmed"):
        raise WrongState(f"{category.name} is {said(category)} already; recall it to correct it")
    won = _winners(category, winners)
    outcomes = prepared(view, id)
    text = result_text(category, won, outcomes, words)
    given = {"headline": headline, "body": body, "byline": byline}
    text |= {name: value for name, value in given.items() if value}
    post = new_post(type="result", category=id, key=True, **text)
    called = replace(category, state="announced", winners=[w.id for w in won], announced_at=NOW, post=post.id)
    return Plan(public=[called, post], desk=[replace(draft, put_away=True) for draft in outcomes])


def confirm(view: View, slug: str, id: str) -> Plan:
    """The result stands."""
    find_blog(view, slug)
    category = find_category(view, id)
    if category.state != "announced":
        raise WrongState(f"{category.name} is {said(category)}; only an announced result can be confirmed")
    return Plan(public=[replace(category, state="confirmed")])


def recall(
    view: View,
    slug: str,
    id: str,
    *,
    note: str,
    winners: Sequence[str] | None = None,
    words: ResultWords = ENGLISH,
) -> Plan:
    """Take a wrong result back in one change: with `winners` it is corrected to them, without it is on stage again.

    The result post stays, with the correction; its text becomes the right one.
    """
    find_blog(view, slug)
    category = find_category(view, id)
    if category.state not in ("announced", "confirmed"):
        raise WrongState(f"{category.name} is {said(category)}; there is no result to recall")
    correction = _correction(note, "note")
    won = [] if winners is None else _winners(category, winners)
    objects: list[Object] = [
        replace(
            category,
            state="announced" if won else "on_stage",
            winners=[winner.id for winner in won],
            announced_at=NOW if won else None,
            corrections=[*category.corrections, correction],
        )
    ]
    outcomes = prepared(view, id)
    rearmed: list[Object] = [] if won else [replace(draft, put_away=False) for draft in outcomes if draft.put_away]
    text = result_text(category, won, outcomes, words) if won else _withdrawn(category, words)
    post = view.get("post", category.post) if category.post else None
    if isinstance(post, Post) and not post.retracted:
        corrections = [*post.corrections, correction]
        objects.append(replace(post, **text, corrections=corrections, updated_at=NOW))
    elif won:
        post = replace(new_post(type="result", category=id, key=True, **text), corrections=[correction])
        objects = [replace(objects[0], post=post.id), post]
    return Plan(public=objects, desk=rearmed)


def _withdrawn(category: Category, words: ResultWords) -> dict[str, Any]:
    return {
        "headline": words.withdrawn % {"category": category.name},
        "body": words.withdrawn_text,
        "media": [],
    }


def prepared(view: View, category: str) -> list[Draft]:
    """The texts for this category's outcomes, those that were put away too."""
    return [draft for draft in view.drafts() if draft.outcome is not None and draft.outcome.category == category]


def result_text(
    category: Category, won: Sequence[Nominee], outcomes: Sequence[Draft], words: ResultWords
) -> dict[str, Any]:
    """Headline, body, byline and media of a result post: the winner's prepared text, else what the result says itself.

    In a tie each winner's text stands below a heading of its own.
    """
    texts = {draft.outcome.nominee: draft for draft in outcomes if draft.outcome is not None}
    found = [texts.get(winner.id) for winner in won]
    if len(won) == 1:
        headline = found[0].headline if found[0] else None
        body = found[0].body if found[0] else ""
    else:
        headline = None
        parts = zip(won, found, strict=True)
        body = "\n\n".join(
            f"## {_heading(winner, draft)}\n\n{_told(category, winner, draft, words)}" for winner, draft in parts
        )
    known = [draft for draft in found if draft is not None]
    text = {
        "headline": headline or result_headline(category, won, words),
        "body": body if known and body else result_body(category, won, words),
        "media": [media for draft in known for media in draft.media],
    }
    bylines = list(dict.fromkeys(draft.byline for draft in known if draft.byline))
    byline = _joined(bylines, words) if bylines else ""
    return text | ({"byline": byline} if byline else {})


def _heading(winner: Nominee, draft: Draft | None) -> str:
    return escape(draft.headline if draft and draft.headline else winner.name)


def _told(category: Category, winner: Nominee, draft: Draft | None, words: ResultWords) -> str:
    return draft.body if draft and draft.body else result_body(category, [winner], words)


def result_headline(category: Category, won: Sequence[Nominee], words: ResultWords = ENGLISH) -> str:
    """`Best Director: Sean Baker`, the names of a tie joined with `and`."""
    return f"{category.name}: {_joined([winner.name for winner in won], words)}"


def result_body(category: Category, won: Sequence[Nominee], words: ResultWords = ENGLISH) -> str:
    """What a result post says when the desk wrote nothing else (Markdown)."""
    parts = [
        (words.wins if winner.name == winner.film else words.wins_for)
        % {"winner": escape(winner.name), "category": escape(category.name), "film": escape(winner.film)}
        for winner in won
    ]
    return _joined(parts, words) + "."


def escape(text: str) -> str:
    """Plain text as Markdown that renders to itself (CommonMark 2.4, backslash escapes)."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~&])", r"\\\1", text)


def slugify(text: str) -> str:
    """An id made of a name: `Best Director` → `best-director`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-")


def _joined(names: Sequence[str], words: ResultWords) -> str:
    return names[0] if len(names) == 1 else words.both % {"names": ", ".join(names[:-1]), "last": names[-1]}


def said(category: Category) -> str:
    return category.state.replace("_", " ")


# -- reading


def find_blog(view: View, slug: str) -> Blog:
    blog = view.get("blog", slug)
    if not isinstance(blog, Blog):
        raise NotFound(f"there is no blog {slug}")
    return blog


def find_post(view: View, id: str) -> Post:
    post = view.get("post", id)
    if not isinstance(post, Post):
        raise NotFound(f"there is no post {id}")
    if post.retracted:
        raise NotFound(f"post {id} was retracted", code="retracted")
    return post


def find_category(view: View, id: str) -> Category:
    category = view.get("category", id)
    if not isinstance(category, Category) or category.removed:
        raise NotFound(f"there is no category {id}")
    return category


# -- checking


def check_listed(blog: Blog, category: str | Kept | None) -> None:
    """A category that something is filed under stands on the running order. Raises `Invalid`."""
    if category is not KEEP and category is not None and category not in blog.order:
        raise Invalid(f"there is no category {category}", field="category")


def new_post(*, type: PostType, headline: str | None, body: str, **rest: Any) -> Post:
    byline = optional_line(rest.pop("byline", None), "byline")
    return Post(
        id=secrets.token_urlsafe(9),  # 72 random bits: an id tells nothing, not even an order
        type=one_of(type, PostType, "type"),
        headline=optional_line(headline, "headline", HEADLINE),
        body=_body(body),
        byline=byline,
        published_at=NOW,
        **rest,
    )


def _nominees(entries: Sequence[dict[str, str]]) -> list[Nominee]:
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


def _checked_category(category: Category) -> Category:
    if not SLUG.fullmatch(category.id):
        raise Invalid("a category's id has lower-case letters, digits and inner hyphens", field="id")
    ids = [nominee.id for nominee in category.nominees]
    if not all(SLUG.fullmatch(id) for id in ids):
        raise Invalid("a nominee's id has lower-case letters, digits and inner hyphens", field="nominees")
    if len(set(ids)) != len(ids):
        raise Invalid(f"two nominees of {category.name} have the same id", field="nominees")
    return replace(category, name=checked_line(category.name, "name", NAME))


def _winners(category: Category, winners: Sequence[str]) -> list[Nominee]:
    if not winners:
        raise Invalid("a result has at least one winner", field="winners")
    if len(set(winners)) != len(winners):
        raise Invalid("a winner is named twice", field="winners")
    nominees = {nominee.id: nominee for nominee in category.nominees}
    for winner in winners:
        if winner not in nominees:
            raise Invalid(f"{winner} is not nominated for {category.name}", field="winners")
    return [nominee for nominee in category.nominees if nominee.id in winners]


def _correction(note: str, field: str) -> Correction:
    return Correction(at=NOW, note=checked_line(note, field, NOTE))


def checked_text(value: str, field: str, limit: int) -> str:
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _CONTROL.search(text):
        raise Invalid(f"{field} holds a control character", field=field)
    if len(text) > limit:
        raise Invalid(f"{field} is longer than {limit} characters", field=field)
    return text


def checked_line(value: str, field: str, limit: int) -> str:
    text = " ".join(checked_text(value, field, limit).split())
    if not text:
        raise Invalid(f"{field} is empty", field=field)
    return text


def optional_line(value: str | None, field: str, limit: int = NAME) -> str | None:
    return None if value is None or not value.strip() else checked_line(value, field, limit)


def _body(value: str) -> str:
    text = checked_text(value, "body", BODY)
    if not text:
        raise Invalid("body is empty", field="body")
    if len(text.encode()) > BODY:
        raise Invalid(f"body is longer than {BODY} bytes", field="body")
    return text


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise Invalid(f"there is no time zone {value}", field="timezone")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value) or len(value) > 35:
        raise Invalid("a language is a tag such as en, es or pt-BR (BCP 47)", field="language")
    return value


def one_of(value: T, choices: Any, field: str) -> T:
    if value not in get_args(choices):
        raise Invalid(f"{field} is one of {', '.join(get_args(choices))}", field=field)
    return value
