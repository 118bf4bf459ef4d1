"""The demo night, or any night file with winners: posts and results, made by the same acts that the desk uses.

Every step has its own idempotency key, so an interrupted replay continues where it stopped: a step that was done
already gets its answer at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from msgspec import Struct

from .. import actions
from ..actions import Plan, View
from ..errors import Refusal, Unavailable
from ..intake.article import Article, read_article
from ..intake.night import Night, read_night
from ..store.commits import Store, request_key
from . import retelling
from .retelling import Step

SLUG = "anora"
BY = "demo"

PREVIEW = "Six races, one small film: what to watch for"
OPENING = [
    ("Doors open at the Dolby", "The red carpet is out on Hollywood Boulevard and the first cars have arrived."),
    (None, "A reminder of what is at stake: *Anora* is up for six awards tonight, and three carry Sean Baker's name."),
    (None, "Orchestra seated, house lights half down. The board on this page shows the order we expect."),
]
BETWEEN = {
    "supporting-actor": "No first award for *Anora*: Yura Borisov applauds from his seat. Five chances remain.",
    "original-screenplay": "The first one for *Anora*. Baker had the script with him for years.",
    "editing": "Two in a row. Editing one's own film is rare enough; winning for it is rarer.",
    "director": "A third for the same man tonight. The room is on its feet.",
    "actress": "Gasps, then a roar. Now only the last envelope is left.",
    "picture": "That is the night: five of six.",
}
WRONG = "That makes two awards for the film tonight."
RUMOUR = "We hear the next award has been moved forward."


class Show(Struct, frozen=True, kw_only=True):
    """What is played, in the blog `slug`; `steps` makes its script, with the ids of posts by their text."""

    slug: str
    night: Night
    steps: Callable[[Night, dict[str, str]], Iterator[Step]]


def shipped(name: str) -> Path:
    """A data file of the demo in the package."""
    return Path(str(files("liveblog.demo") / name))


def facts() -> Night:
    """The night's facts, as shipped."""
    return read_night(shipped("anora-night.toml"))


def demo() -> Show:
    """The demo night."""
    return Show(slug=SLUG, night=facts(), steps=script)


def show(path: Path) -> Show:
    """The night of a file. Raises `Invalid` if the file is wrong or has no winners."""
    night = read_night(path)
    retelling.decided(night)
    slug = retelling.slug_of(night, path.stem)
    return Show(slug=slug, night=night, steps=lambda night, _: retelling.script(slug, night))


def prepare(store: Store, preview: Article | None = None, what: Show | None = None) -> bool:
    """Create the blog; a night that has ended starts again. False if a night continues."""
    what = what or demo()
    blog = store.blog(what.slug)
    if blog is not None and blog.status == "ended":
        store.delete(what.slug)
        blog = None
    if blog is not None:
        return False
    article = preview or (read_article(shipped("preview.md")) if what.slug == SLUG else None)
    store.perform(what.slug, lambda view: _opened(view, what, article), by=BY, note={"act": "create_blog"})
    return True


def _opened(view: View, what: Show, article: Article | None) -> Plan:
    night = what.night
    title = night.title or night.event or "An awards night"
    return actions.create_blog(
        view,
        slug=what.slug,
        title=title,
        summary=f"{night.event}, live" if night.event else "",
        timezone=night.timezone,
        venue=night.venue,  # without `starts`: the night is played again today
        film=night.film,
        categories=night.categories,
        preview=(article.headline or PREVIEW, article.body) if article else None,
    )


def play(store: Store, speed: float, going: Callable[[], bool] = lambda: True, what: Show | None = None) -> None:
    """Play the night to its end, or as long as it is `going`; `speed` divides every pause."""
    what = what or demo()
    posts: dict[str, str] = {}
    for number, step in enumerate(what.steps(what.night, posts)):
        key = request_key("demo", str(number))
        if not _done(store, what.slug, key):
            _pause(step.pause / speed, going)
        if not going():
            return
        _perform(store, step, key, posts, what.slug)


def _done(store: Store, slug: str, key: str) -> bool:
    """Whether an earlier replay has done this step."""
    try:
        return store.remembers(slug, key)
    except Unavailable:  # then the step itself waits until storage is back
        return False


def _pause(seconds: float, going: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while going() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 0.2))


def _perform(store: Store, step: Step, key: str, posts: dict[str, str], slug: str = SLUG) -> None:
    """Do one step. An editor's own act takes precedence; the replay waits for storage that is away."""
    for _ in range(120):
        try:
            commit = store.perform(slug, step.act, by=BY, key=key, note={"act": step.name})
        except Unavailable:
            time.sleep(0.5)
            continue
        except Refusal:
            return
        posts.update({obj.body: obj.id for obj in commit.objects if hasattr(obj, "body")})
        return


def script(night: Night, posts: dict[str, str]) -> Iterator[Step]:
    """The night, step by step. `posts` finds an earlier post's id by its text."""

    def update(pause: float, body: str, headline: str | None = None, **more: Any) -> Step:
        return Step(
            pause,
            lambda view: actions.publish(view, SLUG, body=body, headline=headline, byline="The desk", **more),
            "publish",
        )

    for headline, body in OPENING:
        yield update(4, body, headline)
    yield Step(3, lambda view: actions.edit_blog(view, SLUG, status="live"), "edit_blog")
    yield update(2, "The show has begun.", "We are live", key=True)
    for number, category in enumerate(night.categories):
        yield from _race(night, category.id, category.name, update)
        if number == 1:
            yield update(3, WRONG)
            yield Step(6, lambda view: _corrected(view, posts.get(WRONG, "")), "edit_post")
        if number == 2:
            yield update(3, RUMOUR)
            yield Step(5, lambda view: actions.retract(view, SLUG, posts.get(RUMOUR, "")), "retract")
    yield update(4, "Five awards from six nominations. Thank you for staying up with us.", "Good night", key=True)
    yield Step(2, lambda view: actions.edit_blog(view, SLUG, status="ended"), "edit_blog")


def _corrected(view: View, id: str) -> Plan:
    right, note = "That makes one award for the film tonight.", "We counted two awards; it was the first."
    return actions.edit_post(view, SLUG, id, body=right, correction=note)


def _race(night: Night, id: str, name: str, update: Callable[..., Step]) -> Iterator[Step]:
    """One category from the stage to the confirmed result."""
    winners = night.winners[id]
    yield Step(5, lambda view: actions.on_stage(view, SLUG, id), "on_stage")
    yield update(3, f"The envelope for {name} is being opened.", category=id)
    yield Step(5, lambda view: actions.announce(view, SLUG, id, winners=winners, byline="The desk"), "announce")
    yield Step(5, lambda view: actions.confirm(view, SLUG, id), "confirm")
    yield update(3, BETWEEN.get(id, f"{name} is decided."), category=id)
