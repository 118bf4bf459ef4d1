"""Editors: they do every act of the newsroom, and repeat one whose outcome is unknown under the same key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from liveblog import actions, drafts
from liveblog.actions import Plan, View
from liveblog.checks import NewNominee
from liveblog.drafts import Writer
from liveblog.errors import Refusal, Unavailable
from liveblog.model import Category, Draft, Nominee, Outcome, Post
from liveblog.store.commits import request_key
from liveblog.timeline import Timeline

from .process import SLUG, Process

if TYPE_CHECKING:
    from .world import World

EDITOR = Writer(name="Ana", editor=True)
FILMS = ("Anora", "The Brutalist", "Wicked")


class Asked(Struct, kw_only=True):
    """An act that somebody asked for. `tries` counts how often it was sent."""

    name: str
    act: Callable[[View], Plan]
    key: str | None
    tries: int = 0


class Editor:
    """One person at a desk. At most one act is under way."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.name = f"editor {number}"
        self.pending: Asked | None = None
        self.under_way: Process | None = None

    def act(self, process: Process) -> None:
        """Send the act whose outcome is unknown once more, else a new one."""
        if self.pending is None:
            self.pending = self._choose(process)
        if self.pending is None:
            return
        asked, self.under_way = self.pending, process
        asked.tries += 1
        name = f"{self.name}: {asked.name} at {process.name}, try {asked.tries}"
        self.world.start(process, name, lambda: self._perform(process, asked))

    def _perform(self, process: Process, asked: Asked) -> None:
        unknown = False
        try:
            done = process.store.perform(
                SLUG,
                asked.act,
                by=self.name,
                key=None if asked.key is None else request_key("account", asked.key),
                fingerprint=asked.name,
                memory=process.tails.memory(SLUG),
                note={"act": asked.name.partition(" ")[0]},
            )
            self.world.acknowledged(asked.name, asked.key, done)
        except Unavailable:
            unknown = asked.key is not None and asked.tries < 20
        except Refusal:
            pass
        finally:
            self.under_way = None
        if not unknown:
            self.pending = None

    def interrupted(self) -> None:
        """The process that carried the act out has died; an act without a key is given up."""
        self.under_way = None
        if self.pending is not None and self.pending.key is None:
            self.pending = None

    def _choose(self, process: Process) -> Asked | None:
        public, desk = process.tails.memory(SLUG), process.desk_tails.memory(SLUG)
        if public is None:
            return None
        number = self.world.next_act()
        choose = self.world.random.choice
        name, fixed = choose(ACTS)
        act = fixed(Chance(self.world.random.random, public, desk, f"k{number}"))
        if act is None:
            return None
        key: str | None = f"k{number}" if self.world.random.random() < 0.8 else None
        if name == "schedule":  # every process tries this, all under the same key
            key = f"draft {act.id}"
            return Asked(name=f"schedule {act.id}", act=lambda view: drafts.publish(view, SLUG, act.id), key=key)
        return Asked(name=f"{name} {number}", act=act, key=key)


class Chance(Struct):
    """What an editor sees, and the dice; `token` marks what an act writes."""

    random: Callable[[], float]
    public: Timeline
    desk: Timeline | None
    token: str

    def one(self, found: list[Any]) -> Any:
        return found[int(self.random() * len(found))] if found else None

    @property
    def post(self) -> Post | None:
        found: Post | None = self.one(self.public.posts)
        return found

    def category(self, *states: str) -> Category | None:
        found = [each for each in self.public.categories if not each.removed and (not states or each.state in states)]
        category: Category | None = self.one(found)
        return category

    @property
    def draft(self) -> Draft | None:
        found: Draft | None = self.one(
            sorted(self.desk.drafts, key=lambda each: each.id) if self.desk is not None else []
        )
        return found


Act = Callable[[View], Plan]


def _publish(chance: Chance) -> Act:
    pin, token = chance.random() < 0.1, chance.token
    return lambda view: actions.publish(view, SLUG, pin=pin, body=f"text of {token}", byline=token)


def _edit(chance: Chance) -> Act | None:
    post, token = chance.post, chance.token
    if post is None:
        return None
    if chance.random() < 0.3:
        return lambda view: actions.edit_post(view, SLUG, post.id, body=f"better {token}", correction="It was wrong.")
    return lambda view: actions.edit_post(view, SLUG, post.id, body=f"better {token}")


def _pin(chance: Chance) -> Act:
    post = chance.post if chance.random() < 0.7 else None
    id = None if post is None else post.id
    return lambda view: actions.pin(view, SLUG, post=id)


def _retract(chance: Chance) -> Act | None:
    post = chance.post
    return None if post is None else lambda view: actions.retract(view, SLUG, post.id)


def _add(chance: Chance) -> Act | None:
    if len(chance.public.blog.order) > 5:
        return None
    nominees = [NewNominee(name=f"{film} {chance.token}", film=film) for film in FILMS]
    token = chance.token
    id = f"c{int(chance.random() * 8)}"
    return lambda view: actions.add_category(view, SLUG, name=f"Best {token}", id=id, nominees=nominees)


def _remove(chance: Chance) -> Act | None:
    category = chance.category("upcoming")
    return None if category is None else lambda view: actions.remove_category(view, SLUG, category.id)


def _stage(chance: Chance) -> Act | None:
    category = chance.category("upcoming")
    return None if category is None else lambda view: actions.on_stage(view, SLUG, category.id)


def _announce(chance: Chance) -> Act | None:
    category, token = chance.category("upcoming", "on_stage"), chance.token
    if category is None or not category.nominees:
        return None
    winner = chance.one(category.nominees).id
    return lambda view: actions.announce(view, SLUG, category.id, winners=[winner], byline=token)


def _doubt(chance: Chance) -> Act | None:
    category = chance.category("announced", "confirmed")
    return None if category is None else lambda view: actions.doubt(view, SLUG, category.id, note="Wait.")


def _confirm(chance: Chance) -> Act | None:
    category = chance.category("announced", "confirmed")
    return None if category is None else lambda view: actions.confirm(view, SLUG, category.id)


def _recall(chance: Chance) -> Act | None:
    category = chance.category("announced", "confirmed")
    if category is None:
        return None
    winner = chance.one(category.nominees).id if chance.random() < 0.5 else None
    winners = None if winner is None else [winner]
    return lambda view: actions.recall(view, SLUG, category.id, winners=winners)


def _reorder(chance: Chance) -> Act:
    order = sorted(chance.public.blog.order, key=lambda _: chance.random())
    return lambda view: actions.edit_blog(view, SLUG, order=order)


def _draft(chance: Chance) -> Act:
    token, category = chance.token, chance.category("upcoming", "on_stage")
    fields: dict[str, Any] = {"body": f"secret {token}", "byline": token}
    if category is not None and category.nominees and chance.random() < 0.4:
        fields["outcome"] = Outcome(category=category.id, nominee=chance.one(category.nominees).id)
    return lambda view: drafts.save(view, SLUG, by=EDITOR, **fields)


def _write(chance: Chance) -> Act | None:
    draft, token = chance.draft, chance.token
    return None if draft is None else lambda view: drafts.edit(view, SLUG, draft.id, by=EDITOR, body=f"secret {token}")


def _discard(chance: Chance) -> Act | None:
    draft = chance.draft
    return None if draft is None else lambda view: drafts.discard(view, SLUG, draft.id, by=EDITOR)


def _go_live(chance: Chance) -> Act:
    title = f"The night, {chance.token}"
    return lambda view: actions.edit_blog(view, SLUG, title=title, status="live")


ACTS: list[tuple[str, Callable[[Chance], Any]]] = [
    *[("publish", _publish)] * 6,
    *[("edit", _edit)] * 4,
    ("pin", _pin),
    *[("retract", _retract)] * 2,
    *[("add", _add)] * 2,
    ("remove", _remove),
    ("on_stage", _stage),
    *[("announce", _announce)] * 2,
    ("doubt", _doubt),
    ("confirm", _confirm),
    *[("recall", _recall)] * 2,
    ("reorder", _reorder),
    *[("draft", _draft)] * 2,
    *[("write", _write)] * 2,
    ("discard", _discard),
    ("schedule", lambda chance: chance.draft),
    ("go_live", _go_live),
]


def opening(view: View, status: str) -> Plan:
    """The night begins with three categories and a pinned preview."""
    categories = [
        Category(id=f"c{n}", name=f"Best {n}", nominees=[Nominee(id=f.lower()[:3], name=f, film=f) for f in FILMS])
        for n in range(3)
    ]
    return actions.create_blog(
        view, slug=SLUG, status=status, title="The night", categories=categories, preview=(None, "Soon.")
    )
