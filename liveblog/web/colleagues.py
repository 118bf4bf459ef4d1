"""Two callers at once: a refused step of a result says who was faster, what that was, and what could not be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import Refusal, Stale
from ..model import Category
from ..store.audit import Entry
from ..timeline import Timeline
from . import auth
from .site import services


def explained(no: Refusal, slug: str, id: str, meant: str, winners: Sequence[str] = ()) -> Refusal:
    """The refusal of a step (`meant`: its act's name) of a category, with the colleague's act that came first.

    Only people and programs that may take the step get it. A newer version may also come from another act than a step.
    """
    timeline = services().tails.timeline(slug)
    category = timeline.get(Category, id)
    last = services().audit_index.last(slug, timeline.born, id, steps=not isinstance(no, Stale))
    who = auth.actor()
    if category is None or last is None or who is None or last.by == who.name:
        return no
    at = datetime.fromisoformat(last.at).astimezone(ZoneInfo(timeline.blog.timezone))
    first = f"{last.by} {_done(timeline, category, last)} at {at:%H:%M:%S %Z}, before you could "
    detail = first + _wanted(category, meant, winners)
    no.detail = detail if isinstance(no, Stale) else f"{detail}. {no.detail}"
    no.call = call_of(last, id)
    return no


def call_of(entry: Entry, category: str | None) -> dict[str, Any]:
    """An act on a category as the API gives it: who did what, when."""
    known = {name: entry.note.get(name) for name in ("source", "winners", "was")}
    found = {"category": category, "act": entry.note.get("act"), "by": entry.by, "at": entry.at, "seq": entry.seq}
    return found | {name: value for name, value in known.items() if value is not None}


def _done(timeline: Timeline, category: Category, entry: Entry) -> str:
    """What a colleague did, in the past tense."""
    act, names = entry.note.get("act"), _names(category, entry.note.get("winners", []))
    if act == "announce":
        return f"announced {names}"
    if act == "recall":
        return f"corrected {category.name} to {names}" if names else f"withdrew {category.name}"
    if act == "on_stage":
        put = next(name.partition(":")[2] for name in entry.refs if name.startswith("category:"))
        on_stage = timeline.get(Category, put)
        return f"put {on_stage.name if on_stage else put} on stage"
    return {"confirm": f"confirmed {category.name}", "doubt": f"put {category.name} in doubt"}.get(
        str(act), f"changed {category.name}"
    )


def _wanted(category: Category, act: str, winners: Sequence[str]) -> str:
    names = _names(category, winners)
    if act == "announce":
        return f"announce {names}"
    if act == "recall":
        return f"correct it to {names}" if names else "recall it"
    return {"on_stage": "put it on stage", "doubt": "put it in doubt"}.get(act, f"{act} it")


def _names(category: Category, winners: Sequence[str]) -> str:
    names = {nominee.id: category.called(nominee) for nominee in category.nominees}
    return " and ".join(names.get(id, id) for id in winners)
