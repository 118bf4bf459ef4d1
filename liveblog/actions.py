"""The editorial acts, one function each. Only they make changes; desk, API and CLI call the same functions. Pure.

An act reads the current objects through a `View` and returns a `Plan`. Storage commits the plan only if everything
that was read is still current; otherwise the act runs again: it is an optimistic transaction.

Acts on texts take the fields of `model.Text` as keywords. In an edit, a field that is left out (UNSET) stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from .checks import (
    NAME,
    NOTE,
    FreeIds,
    NewNominee,
    check_content,
    check_listed,
    checked_category,
    checked_correction,
    checked_doubt,
    checked_fields,
    checked_instant,
    checked_language,
    checked_line,
    checked_nominees,
    checked_note,
    checked_slug,
    checked_text,
    checked_timezone,
    checked_venue,
    checked_winners,
    has_content,
    one_of,
    optional_line,
)
from .errors import Invalid, NotFound, WrongState
from .model import EDITABLE_FIELDS, NOW, Blog, Call, Category, Draft, Object, Post, Status, Text, Venue, ref, ref_of
from .results import ENGLISH, ResultWords, result_text, state_name, withdrawn_text

STEPS = ("on_stage", "announce", "confirm", "doubt", "recall")
"""The names of the acts that are steps in the life of a result."""


class View(Protocol):
    """What an act may read: an object's current version (or None) and all current drafts. It also names new objects."""

    def get(self, kind: str, id: str) -> Object | None: ...
    def drafts(self) -> list[Draft]: ...
    def new_id(self, kind: str) -> str:
        """The id of an object that the act makes. A repeated request gets the same ids."""
        ...


class Plan(Struct, frozen=True, kw_only=True):
    """An act's changes: objects to create or replace in either timeline, not yet stamped."""

    public: list[Object] = []
    desk: list[Object] = []


def signed(plan: Plan, *, act: str, by: str) -> Plan:
    """The plan of an act of this name. For a step of a result, the desk is also told whose step it was."""
    category = next((obj for obj in plan.public if isinstance(obj, Category)), None)
    if act not in STEPS or category is None:
        return plan
    was = category.corrections[-1].was if act == "recall" else []
    call = Call(id=category.id, act=act, by=by, winners=category.winners, was=was)
    return replace(plan, desk=[*plan.desk, call])


# -- blog


def create_blog(
    view: View,
    *,
    slug: str,
    title: str,
    summary: str = "",
    status: str = "preview",
    timezone: str = "UTC",
    language: str = "en",
    film: str | None = None,
    starts: str | None = None,
    venue: Venue | None = None,
    categories: Sequence[Category] = (),
    preview: tuple[str | None, str] | None = None,
) -> Plan:
    """Create a blog, with its running order and its pinned preview (headline, Markdown body) if they are known."""
    if view.get("blog", checked_slug(slug)) is not None:
        raise WrongState(f"there is a blog {slug} already", code="exists")
    blog = Blog(
        id=slug,
        title=checked_line(title, "title", NAME),
        summary=checked_text(summary, "summary", NOTE),
        status=one_of(status, Status, "status"),
        timezone=checked_timezone(timezone),
        language=checked_language(language),
        film=optional_line(film, "film"),
        starts=checked_instant(starts, "starts"),
        venue=checked_venue(venue),
        order=[category.id for category in categories],
    )
    objects: list[Object] = [*map(checked_category, categories)]
    if len(set(blog.order)) != len(blog.order):
        raise Invalid("two categories have the same id", field="categories")
    if preview is not None:
        headline, body = preview
        post = new_post(view, type="preview", headline=headline, body=body)
        objects.append(post)
        blog = replace(blog, pinned=post.id)
    return Plan(public=[blog, *objects])


def edit_blog(
    view: View,
    slug: str,
    *,
    title: str | UnsetType = UNSET,
    summary: str | UnsetType = UNSET,
    status: str | UnsetType = UNSET,
    timezone: str | UnsetType = UNSET,
    language: str | UnsetType = UNSET,
    order: Sequence[str] | UnsetType = UNSET,
    film: str | UnsetType | None = UNSET,
    starts: str | UnsetType | None = UNSET,
    venue: Venue | UnsetType | None = UNSET,
) -> Plan:
    """Change a blog's facts, status or running order (all its categories, each once)."""
    blog = find_blog(view, slug)
    if status == "draft" != blog.status:  # open pages show it and would still get its changes
        raise WrongState("readers have seen this blog, so it cannot become a draft again; it can be ended")
    if order is not UNSET and (sorted(order) != sorted(blog.order)):
        raise Invalid("the running order must name each of the blog's categories once", field="order")
    changed = replace(
        blog,
        title=blog.title if title is UNSET else checked_line(title, "title", NAME),
        summary=blog.summary if summary is UNSET else checked_text(summary, "summary", NOTE),
        status=blog.status if status is UNSET else one_of(status, Status, "status"),
        timezone=blog.timezone if timezone is UNSET else checked_timezone(timezone),
        language=blog.language if language is UNSET else checked_language(language),
        order=blog.order if order is UNSET else list(order),
        film=blog.film if film is UNSET else optional_line(film, "film"),
        starts=blog.starts if starts is UNSET else checked_instant(starts, "starts"),
        venue=blog.venue if venue is UNSET else checked_venue(venue),
    )
    if (changed.title, changed.summary) != (blog.title, blog.summary):
        changed = replace(changed, reworded_at=NOW)
    return Plan(public=[changed])


def pin(view: View, slug: str, *, post: str | None) -> Plan:
    """Pin a post, or with None take the pin off. The change includes the post, so that every page has its text at once.

    A preview that was pinned stays below another post that is pinned, and gets its place back when that is unpinned.
    """
    blog = find_blog(view, slug)
    chosen = find_post(view, post) if post is not None else None
    return Plan(public=[_pinned(view, blog, chosen), *([chosen] if chosen is not None else [])])


def _pinned(view: View, blog: Blog, post: Post | None) -> Blog:
    """The blog with this post pinned, or with what was below it."""
    if post is None:
        return replace(blog, pinned=blog.pinned_below, pinned_below=None)
    before = view.get("post", blog.pinned) if blog.pinned else None
    below = before.id if isinstance(before, Post) and before.type == "preview" else blog.pinned_below
    return replace(blog, pinned=post.id, pinned_below=None if post.type == "preview" else below)


# -- posts


def publish(view: View, slug: str, *, pin: bool = False, **fields: object) -> Plan:
    """Publish a post with a text's fields; with `pin` it is pinned in the same change."""
    blog = find_blog(view, slug)
    check_listed(blog, fields.get("category"))
    post = new_post(view, **fields)
    return Plan(public=[post, _pinned(view, blog, post)] if pin else [post])


def edit_post(view: View, slug: str, id: str, *, correction: str | None = None, **fields: object) -> Plan:
    """Change a post's text, but not its type; `correction` tells readers what was wrong and stays with the post.

    The same one for the same text is not told twice: a failover may lose the key of an attempt that memory puts back.
    """
    if unknown := fields.keys() - EDITABLE_FIELDS:
        raise TypeError(f"an edit of a post has no field {', '.join(sorted(unknown))}")
    blog, post = find_blog(view, slug), find_post(view, id)
    check_listed(blog, fields.get("category"))
    changed = replace(post, **checked_fields(fields), updated_at=NOW)
    check_content(changed)
    if correction is not None:
        told = checked_correction(correction, "correction")
        last = [each.note for each in post.corrections[-1:]]
        if last != [told.note] or replace(changed, updated_at=post.updated_at) != post:
            changed = replace(changed, corrections=[*post.corrections, told])
    return Plan(public=[changed])


def retract(view: View, slug: str, id: str) -> Plan:
    """Take a post back: its text leaves every answer and a tombstone remains; pin and category no longer name it."""
    blog, post = find_blog(view, slug), find_post(view, id)
    objects: list[Object] = [Post(id=post.id, published_at=post.published_at, retracted=True)]
    if blog.pinned == id:
        objects.append(_pinned(view, blog, None))
    elif blog.pinned_below == id:
        objects.append(replace(blog, pinned_below=None))
    category = view.get("category", post.category) if post.category is not None else None
    if isinstance(category, Category) and category.post == id:
        objects.append(replace(category, post=None))
    return Plan(public=objects)


def purge(view: View, slug: str, id: str, *, drafts: Collection[str] = ()) -> Plan:
    """Let nothing of a retracted post remain but its tombstone; storage then removes its versions (`store/purging.py`).

    `drafts` are those with its text: they are discarded.
    """
    find_blog(view, slug)
    post = view.get("post", id)
    if not isinstance(post, Post):
        raise NotFound(f"there is no post {id}")
    if not post.retracted:
        raise WrongState("readers still have this update; retract it before it is purged")
    found = [view.get("draft", each) for each in sorted(drafts)]
    gone: list[Object] = [
        Draft(id=draft.id, gone=True) for draft in found if isinstance(draft, Draft) and not draft.gone
    ]
    return Plan(public=[post], desk=gone)


def take_down(view: View, slug: str, id: str, *, drafts: Collection[str] = ()) -> Plan:
    """Purge a post, whether or not it is retracted; no category keeps words about it.

    If `id` is that of a draft that became no post, only the `drafts` go.
    """
    blog, amended = find_blog(view, slug), _Amended(view)
    if view.get("post", id) is None and isinstance(view.get("draft", id), Draft):
        found = [view.get("draft", each) for each in sorted({id, *drafts})]
        there = [each for each in found if isinstance(each, Draft) and (each.id == id or not each.gone)]
        return Plan(desk=[Draft(id=each.id, gone=True) for each in there])
    for category in [view.get("category", each) for each in blog.order]:
        if isinstance(category, Category) and (less := without_words(category, id)) != category:
            amended.put([less])
    post = amended.get("post", id)
    if isinstance(post, Post) and not post.retracted:
        amended.put(retract(amended, slug, id).public)
    plan = purge(amended, slug, id, drafts=drafts)
    amended.put(plan.public)
    return Plan(public=[*amended.changed.values()], desk=plan.desk)


def without_words(category: Category, post: str) -> Category:
    """The category without the notes on its recalls and its doubt that stood on this result post, too."""
    corrections = [each for each in category.corrections if each.post != post]
    doubt = category.doubt if category.doubt is None or category.post != post else replace(category.doubt, note=None)
    return replace(category, corrections=corrections, doubt=doubt)


def drop_picture(view: View, slug: str, name: str, *, posts: Collection[str]) -> Plan:
    """Take a picture out of these posts and of all drafts. A text that was nothing else is retracted, or discarded."""
    find_blog(view, slug)
    amended = _Amended(view)
    for id in posts:
        post = amended.get("post", id)
        if isinstance(post, Post) and _shows(post, name):
            rest = replace(post, media=[each for each in post.media if each.name != name], updated_at=NOW)
            amended.put([rest] if has_content(rest) else retract(amended, slug, id).public)
    drafts: list[Object] = []
    for draft in view.drafts():
        if _shows(draft, name):
            less = replace(draft, media=[each for each in draft.media if each.name != name], updated_at=NOW)
            drafts.append(less if has_content(less) else Draft(id=draft.id, gone=True))
    return Plan(public=[*amended.changed.values()], desk=drafts)


def _shows(text: Text, picture: str) -> bool:
    return any(each.name == picture for each in text.media)


class _Amended:
    """A view with changes of the same act: several posts may be retracted, each from under the same pin."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.changed: dict[str, Object] = {}

    def put(self, objects: Sequence[Object]) -> None:
        self.changed |= {ref_of(obj): obj for obj in objects}

    def get(self, kind: str, id: str) -> Object | None:
        return self.changed.get(ref(kind, id)) or self._view.get(kind, id)

    def drafts(self) -> list[Draft]:
        return self._view.drafts()

    def new_id(self, kind: str) -> str:
        return self._view.new_id(kind)


# -- categories and results


def add_category(
    view: View, slug: str, *, name: str, id: str | None = None, nominees: Sequence[NewNominee] = ()
) -> Plan:
    """Add a category at the end of the running order. Its id is made from its name if none is given."""
    blog = find_blog(view, slug)
    category = Category(id=id or "", name=name, nominees=checked_nominees(nominees))
    if not id:
        return add_categories(view, slug, categories=[category])
    if id in blog.order:
        raise Invalid(f"there is a category {id} already", field="id")
    return _with_categories(view, blog, [checked_category(category)])


def add_categories(view: View, slug: str, *, categories: Sequence[Category]) -> Plan:
    """Add several categories at once, at the end of the running order: all of them, or none.

    Their names must be new. A category without an id, or with one that is taken, gets one that is made from its name.
    """
    blog = find_blog(view, slug)
    named = {find_category(view, id).name for id in blog.order}
    ids = FreeIds(blog.order)
    added: list[Category] = []
    for place, category in enumerate(categories, len(blog.order) + 1):
        id = category.id if ids.take(category.id) else ids.make(category.name, "category", place)
        added.append(checked_category(replace(category, id=id)))
        if added[-1].name in named:
            raise Invalid(f"there is a category {added[-1].name} already", field="name")
    return _with_categories(view, blog, added)


def _with_categories(view: View, blog: Blog, added: Sequence[Category]) -> Plan:
    for category in added:
        view.get("category", category.id)  # a removed one may be added again, but only once
    return Plan(public=[*added, replace(blog, order=[*blog.order, *(category.id for category in added)])])


def remove_category(view: View, slug: str, id: str) -> Plan:
    """Remove a category from the running order, as long as it has no result and nothing is prepared for it."""
    blog, category = find_blog(view, slug), find_category(view, id)
    if category.state != "upcoming" or category.corrections:
        raise WrongState(f"{category.name} is {state_name(category)}; only an upcoming category can be removed")
    waiting = [draft for draft in view.drafts() if draft.on is not None and draft.on.category == id]
    if waiting or prepared(view, id):
        raise WrongState(f"texts are prepared or scheduled for {category.name}; discard them first", code="prepared")
    if any(draft.category == id for draft in view.drafts()):  # it could never be published then
        raise WrongState(f"a draft is filed under {category.name}; file it elsewhere first")
    order = [other for other in blog.order if other != id]
    return Plan(public=[Category(id=id, name=category.name, removed=True), replace(blog, order=order)])


def edit_category(
    view: View,
    slug: str,
    id: str,
    *,
    name: str | UnsetType = UNSET,
    nominees: Sequence[NewNominee] | UnsetType = UNSET,
    correction: str | UnsetType = UNSET,
) -> Plan:
    """Rename a category or replace its nominees; a winner cannot be taken off the list.

    A nominee without an id keeps the one it has here (`checked_nominees`).

    `correction` replaces the note of the last recall, also on its post.
    """
    find_blog(view, slug)
    category = find_category(view, id)
    changed = checked_category(
        replace(
            category,
            name=category.name if name is UNSET else name,
            nominees=category.nominees if nominees is UNSET else checked_nominees(nominees, category.nominees),
        )
    )
    if not set(changed.winners) <= {nominee.id for nominee in changed.nominees}:
        raise Invalid("a winner must stay among the nominees; recall the result first", field="nominees")
    return Plan(public=[changed] if correction is UNSET else _noted(view, changed, correction))


def _noted(view: View, category: Category, note: str) -> list[Object]:
    """The category and the post of its last recall, both with another note on it."""
    if not category.corrections:
        raise WrongState(f"{category.name} was never recalled, so it has no note to change")
    old = category.corrections[-1]
    new = replace(old, note=checked_note(note, "correction"))
    changed: list[Object] = [replace(category, corrections=[*category.corrections[:-1], new])]
    post = view.get("post", old.post) if old.post else None
    if isinstance(post, Post) and old in post.corrections:
        corrections = [new if each == old else each for each in post.corrections]
        changed.append(replace(post, corrections=corrections, updated_at=NOW))
    return changed


def on_stage(view: View, slug: str, id: str) -> Plan:
    """Put a category on stage: it is being announced now. Others on stage without a result go back to upcoming."""
    blog, category = find_blog(view, slug), find_category(view, id)
    if category.state != "upcoming":
        raise WrongState(f"{category.name} is {state_name(category)} already")
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

    Without a text, the post gets the texts that were prepared for the winners. All prepared texts are then put away.
    """
    find_blog(view, slug)
    category = find_category(view, id)
    if category.state in ("announced", "confirmed"):
        raise WrongState(f"{category.name} is {state_name(category)} already; recall it to correct it")
    won = checked_winners(category, winners)
    outcomes = prepared(view, id)
    text = result_text(category, won, outcomes, words)
    given = {"headline": headline, "body": body, "byline": byline}
    text |= {name: value for name, value in given.items() if value}
    post = new_post(view, type="result", category=id, key=True, **text)
    called = replace(category, state="announced", winners=[w.id for w in won], announced_at=NOW, post=post.id)
    return Plan(public=[called, post], desk=[replace(draft, put_away=True) for draft in outcomes])


def confirm(view: View, slug: str, id: str) -> Plan:
    """Confirm the result. If it was in doubt, this ends the doubt, also that of a confirmed result."""
    find_blog(view, slug)
    category = find_category(view, id)
    if category.state != "announced" and category.doubt is None:
        raise WrongState(f"{category.name} is {state_name(category)}; only an announced result can be confirmed")
    confirmed = replace(category, state="confirmed", confirmed_at=NOW, doubt=None)
    return Plan(public=[confirmed] if category.doubt is None else _with_post(view, confirmed))


def doubt(view: View, slug: str, id: str, *, note: str | None = None) -> Plan:
    """Mark a result as in doubt, until it is confirmed or recalled. For one that is in doubt, `note` replaces the note.

    The result post is part of the change, because it says so, too.
    """
    find_blog(view, slug)
    category = find_category(view, id)
    if category.state not in ("announced", "confirmed"):
        raise WrongState(f"{category.name} is {state_name(category)}; there is no result to doubt")
    doubted = replace(category, doubt=checked_doubt(note, category.doubt))
    return Plan(public=[doubted] if doubted == category else _with_post(view, doubted))


def _with_post(view: View, category: Category) -> list[Object]:
    """A category and its result post, which says the same as the category and so changes with it."""
    post = _result_post(view, category)
    return [category] if post is None else [category, replace(post, updated_at=NOW)]


def _result_post(view: View, category: Category) -> Post | None:
    post = view.get("post", category.post) if category.post else None
    return post if isinstance(post, Post) and not post.retracted else None


def recall(
    view: View,
    slug: str,
    id: str,
    *,
    note: str | None = None,
    winners: Sequence[str] | None = None,
    words: ResultWords = ENGLISH,
) -> Plan:
    """Take a wrong result back in one change: correct it to `winners`, or without them put it on stage again.

    A doubt ends with it. The result post stays, with the correction and the right text. Without a `note`, readers are
    told that the wrong winner was announced.
    """
    find_blog(view, slug)
    category = find_category(view, id)
    if category.state not in ("announced", "confirmed"):
        raise WrongState(f"{category.name} is {state_name(category)}; there is no result to recall")
    won = [] if winners is None else checked_winners(category, winners)
    outcomes = prepared(view, id)
    text = result_text(category, won, outcomes, words) if won else withdrawn_text(category, words)
    post = _result_post(view, category)
    if post is not None:
        post = replace(post, **text, updated_at=NOW)
    elif won:
        post = new_post(view, type="result", category=id, key=True, **text)
    correction = replace(
        checked_correction(words.wrong if note is None else note, "note"),
        was=[category.called(nominee) for nominee in category.won],
        post=post.id if post else None,
    )
    objects: list[Object] = [
        replace(
            category,
            state="announced" if won else "on_stage",
            winners=[winner.id for winner in won],
            announced_at=NOW if won else None,
            confirmed_at=None,
            doubt=None,
            post=post.id if post else None,
            corrections=[*category.corrections, correction],
        )
    ]
    if post is not None:
        objects.append(replace(post, corrections=[*post.corrections, correction]))
    rearmed: list[Object] = [] if won else [replace(draft, put_away=False) for draft in outcomes if draft.put_away]
    return Plan(public=objects, desk=rearmed)


def prepared(view: View, category: str) -> list[Draft]:
    """The texts for this category's outcomes, including those that were put away."""
    return [draft for draft in view.drafts() if draft.outcome is not None and draft.outcome.category == category]


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


# -- making posts


def new_post(view: View, **fields: object) -> Post:
    """A post with a text's fields, to be published now."""
    post = Post(id=view.new_id("post"), published_at=NOW, **checked_fields(fields))
    check_content(post)
    return post
