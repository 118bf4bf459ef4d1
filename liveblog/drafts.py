"""The acts on drafts, which only the desk sees until an act publishes them. Pure, like `actions`.

A contributor works on drafts that they began, and submits them; an editor may do everything.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from .actions import Plan, View, find_blog, find_category, find_post, new_post, retract
from .checks import NOTE, check_content, check_listed, checked_fields, checked_instant, checked_line, one_of
from .errors import Forbidden, Invalid, NotFound, WrongState
from .model import NOW, CategoryState, Draft, Outcome, Post, Published, When, reached, text_of
from .results import state_name

UNDO_SECONDS = 10
"""Seconds after publishing within which a post can be turned back into a draft."""


class Writer(Struct, frozen=True, kw_only=True):
    """A person or program that works on drafts; an `editor` may also publish, schedule, return and change any draft."""

    name: str
    editor: bool


def save(view: View, slug: str, *, by: Writer, **fields: Any) -> Plan:
    """Create a draft. The fields are those of `edit`."""
    return _changed(view, slug, Draft(id=view.new_id("draft"), author=by.name), by, **fields)


def edit(view: View, slug: str, id: str, *, by: Writer, **fields: Any) -> Plan:
    """Change a draft: a text's fields, `publish_at`, `on`, `outcome`; a field that is left out (UNSET) stays as it is.

    Only editors change a scheduled or prepared draft, because it is published without another review.
    """
    return _changed(view, slug, _own(view, id, by), by, **fields)


def file(view: View, slug: str, *, by: Writer, note: str | None = None, **fields: Any) -> Plan:
    """Create a draft that is submitted at once, with a remark for the editors. The fields are those of `edit`."""
    (draft,) = save(view, slug, by=by, **fields).desk
    assert isinstance(draft, Draft)
    return Plan(desk=[replace(draft, state="submitted", note=note)])


def _own(view: View, id: str, by: Writer) -> Draft:
    """A draft that `by` may act on; only editors act on scheduled and prepared ones."""
    draft = find_draft(view, id, by)
    if not by.editor and (draft.publish_at or draft.on or draft.outcome):
        raise Forbidden("this draft is scheduled or prepared; an editor can change it")
    return draft


def _changed(
    view: View,
    slug: str,
    draft: Draft,
    by: Writer,
    *,
    publish_at: str | UnsetType | None = UNSET,
    on: When | UnsetType | None = UNSET,
    outcome: Outcome | UnsetType | None = UNSET,
    **fields: object,
) -> Plan:
    check_listed(find_blog(view, slug), fields.get("category"))
    changed = replace(
        draft,
        **checked_fields(fields),
        put_away=draft.put_away and outcome is UNSET,  # without its outcome it is an ordinary draft again
        editor=by.name,
        updated_at=NOW,
        publish_at=draft.publish_at if publish_at is UNSET else checked_instant(publish_at, "publish_at"),
        on=draft.on if on is UNSET else on,
        outcome=draft.outcome if outcome is UNSET else outcome,
    )
    if publish_at is not UNSET or on is not UNSET or outcome is not UNSET:
        _check_plan(view, changed, by, moved=on is not UNSET)
    check_content(changed)
    return Plan(desk=[changed])


def _check_plan(view: View, draft: Draft, by: Writer, *, moved: bool) -> None:
    plans = {"publish_at": draft.publish_at, "on": draft.on, "outcome": draft.outcome}
    set_ones = [name for name, plan in plans.items() if plan is not None]
    if set_ones and not by.editor:
        raise Forbidden("only an editor can schedule and prepare drafts")
    if len(set_ones) > 1:
        raise Invalid("a draft can have only one of a time, a moment of the show and an outcome", field=set_ones[1])
    if draft.on is not None and moved:
        category = find_category(view, draft.on.category)
        one_of(draft.on.state, CategoryState, "on")
        if reached(category.state, draft.on.state):
            raise Invalid(f"{category.name} is {state_name(category)} already", field="on")
    if draft.outcome is not None:
        _check_outcome(view, draft, draft.outcome)


def _check_outcome(view: View, draft: Draft, outcome: Outcome) -> None:
    category = find_category(view, outcome.category)
    if category.state in ("announced", "confirmed"):
        raise WrongState(f"{category.name} is {state_name(category)} already; there is nothing left to prepare")
    if outcome.nominee not in {nominee.id for nominee in category.nominees}:
        raise Invalid(f"{outcome.nominee} is not nominated for {category.name}", field="outcome")
    if any(other.outcome == outcome and other.id != draft.id for other in view.drafts()):
        raise WrongState(f"there is a text for {outcome.nominee} already; change that one", code="prepared")


def submit(view: View, slug: str, id: str, *, by: Writer) -> Plan:
    """Submit a draft to the editors."""
    draft = _own(view, id, by)
    return _moved(draft, by, state="submitted", note=None)


def give_back(view: View, slug: str, id: str, *, by: Writer, note: str) -> Plan:
    """Return a submitted draft to its author, with a note on what is missing."""
    draft = find_draft(view, id, by)
    if draft.state != "submitted":
        raise WrongState("only a submitted draft can be returned")
    return _moved(draft, by, state="returned", note=checked_line(note, "note", NOTE), publish_at=None, on=None)


def _moved(draft: Draft, by: Writer, **fields: Any) -> Plan:
    return Plan(desk=[replace(draft, editor=by.name, updated_at=NOW, **fields)])


def discard(view: View, slug: str, id: str, *, by: Writer) -> Plan:
    """Discard a draft."""
    return Plan(desk=[_gone(_own(view, id, by))])


def publish(view: View, slug: str, id: str, *, by: str = "") -> Plan:
    """Publish a draft as a post, in one change of both timelines. The desk learns that `by` has published it."""
    blog, draft = find_blog(view, slug), find_draft(view, id, None)
    if draft.outcome is not None:
        raise WrongState("a prepared text is published with its result; remove its outcome first", code="prepared")
    check_listed(blog, draft.category)
    post = new_post(view, **text_of(draft))
    gone = replace(_gone(draft), author=draft.author, published=Published(post=post.id, by=by)) if by else _gone(draft)
    return Plan(public=[post], desk=[gone])


def undo(view: View, slug: str, id: str, *, by: Writer, now: str) -> Plan:
    """Take a post back that was published a moment ago: it is retracted, and its text becomes a draft again.

    `now` is the storage's time (RFC 3339). Raises `WrongState` if it is too late or somebody has edited the post.
    """
    post = find_post(view, id)
    age = (datetime.fromisoformat(now) - datetime.fromisoformat(post.published_at)).total_seconds()
    if age > UNDO_SECONDS:
        raise WrongState(f"it was published more than {UNDO_SECONDS} seconds ago; retract it", code="too_late")
    if post.updated_at is not None or post.type in ("result", "preview"):
        raise WrongState(
            "it was edited meanwhile; retract it" if post.updated_at else "recall the result", code="too_late"
        )
    return Plan(public=retract(view, slug, id).public, desk=[_draft_of(view, post, by)])


def _draft_of(view: View, post: Post, by: Writer) -> Draft:
    return Draft(
        id=view.new_id("draft"),
        author=by.name,
        editor=by.name,
        updated_at=NOW,
        **text_of(post),
    )


def _gone(draft: Draft) -> Draft:
    return Draft(id=draft.id, gone=True)


def find_draft(view: View, id: str, by: Writer | None) -> Draft:
    """The draft, if `by` may work on it. Raises `NotFound`, `Forbidden`."""
    draft = view.get("draft", id)
    if not isinstance(draft, Draft) or draft.gone:
        raise NotFound(f"there is no draft {id}")
    if by is not None and not by.editor and draft.author != by.name:
        raise Forbidden("this is somebody else's draft")
    return draft
