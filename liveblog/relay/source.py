"""What a relay has in the place of storage: it loads and follows the blogs of another liveblog.

`Source` has the interface that tails and catalogue need of the store. A greenlet for each blog in memory asks for the
next change and waits at the origin; a blog whose night has ended is asked for when the list of nights says that it has
changed. That list is read every `LOOK_SECONDS`, also when nobody reads anything, so that the relay knows how old it is.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import gevent
from gevent.event import Event
from msgspec.structs import asdict, replace

from ..client import Change as Heard
from ..client import Follower as Rules
from ..client import Position as Known
from ..errors import Damaged, Invalid, NotFound, ReadOnly, Refusal, Unavailable
from ..model import Blog, Change, Object, Position, Post, Scope, kind_of
from ..store.import_checks import check, instant
from ..threads import in_turns
from ..timeline import Gap, Place, Summary, Timeline, faults
from ..watch.episodes import Episode
from .origin import Origin
from .wire import NO_TIME, Nights, Site, State, change_of, timeline_of

log = logging.getLogger(__name__)

WAIT_SECONDS = 5
"""How long the origin holds a request until there is a change."""
ANSWER_SECONDS = 8.0
"""Seconds after which a request has failed: a line that was cut without a word is found by that."""
LOAD_SECONDS = 20.0
LOOK_SECONDS = 2.0
FRESH_SECONDS = 1.0
"""Seconds for which an answer about the list of nights is used again."""
BACKOFF = (0.1, 2.0)
"""Shortest and longest pause of a blog's follower after a failure, in seconds."""


class Held:
    """What the relay must know of a blog to understand the next change: the current posts, with times and pictures."""

    def __init__(self, objects: Iterable[Object] = ()) -> None:
        self._posts: dict[str, Post] = {}
        self._newest = ""
        self.take(objects)

    def take(self, objects: Iterable[Object]) -> set[str]:
        """Note these versions. Returns the pictures that no post has any more."""
        lost: set[str] = set()
        for obj in objects:
            if isinstance(obj, Post):
                lost |= _pictures(self._posts.get(obj.id))
                self._posts[obj.id] = obj
                self._newest = max(self._newest, obj.published_at)
        return lost - self.pictures if lost else lost

    @property
    def pictures(self) -> set[str]:
        return {name for post in self._posts.values() for name in _pictures(post)}

    def placed(self, obj: Object) -> Object:
        """The object of a change; a tombstone with the time that its post had here, so that it keeps its place.

        A post that was published and retracted since the last change is newer than all that are here, though its
        stand-in may follow an older one: the posts between were retracted too.
        """
        if not isinstance(obj, Post) or not obj.retracted:
            return obj
        before = self._posts.get(obj.id)
        if before is not None:
            return replace(obj, published_at=before.published_at)
        newer = obj.published_at >= self._newest
        return obj if newer else replace(obj, published_at=f"{self._newest}~{obj.published_at}")


def _pictures(post: Post | None) -> set[str]:
    return {each.name for each in post.media} if post is not None else set()


class Follower:
    """Waits for the next change of one blog, in a greenlet."""

    def __init__(self, ask: Callable[[Place], State | Gap | None], place: Place, found: Event) -> None:
        self.place = place
        self._ask, self._found = ask, found
        self._answer: tuple[Place, State | Gap] | None = None
        self._go = Event()
        self._greenlet = gevent.spawn(self._run)

    def take(self, place: Place) -> State | Gap | None:
        """What came after a place, if anything has. The next call, when it was applied, lets the greenlet go on."""
        if self._answer is None:
            self.place = place
            self._go.set()
            return None
        (asked, answer), self._answer = self._answer, None
        return answer if asked == place else None

    def stop(self) -> None:
        self._greenlet.kill(block=False)

    def _run(self) -> None:
        pause = BACKOFF[0]
        while True:
            place = self.place
            try:
                answer = self._ask(place)
                pause = BACKOFF[0]
            except Exception as error:  # without this greenlet the blog's readers would stay behind for ever
                if not isinstance(error, Refusal):
                    log.exception("asking for the next change failed and continues: blog %s", place.slug)
                gevent.sleep(pause * random.uniform(0.5, 1))
                pause = min(2 * pause, BACKOFF[1])
                continue
            if answer is not None:
                self._go.clear()
                self._answer = place, answer
                self._found.set()
                self._go.wait()


class Source:
    """`drop(names)` is told which pictures a blog has lost."""

    def __init__(self, origin: Origin, drop: Callable[[Iterable[str]], None]) -> None:
        self.origin = origin
        self.site: Site | None = None
        """What the origin's settings say; None until it has answered for the first time."""
        self._drop = drop
        self._held: dict[str, Held] = {}
        self._followers: dict[str, Follower] = {}
        self._found = Event()
        self._listed = Event()
        self._nights: dict[str, Summary] = {}
        self._last: tuple[int, float, tuple[int, list[str]]] | None = None
        """The last answer about the list of nights: after which number, when, and what `changed` returned."""
        self._heard = time.monotonic()
        self._connected = False
        self._lost = Episode(
            log, "the origin does not answer: readers are served from memory", "the origin answers again"
        )

        self._unfit = Episode(
            log, "the origin sends what cannot be shown", "the origin sends what can be shown", quiet=60.0
        )

    # -- how old it is

    @property
    def age(self) -> float:
        """Seconds since the origin was last heard, or since the start."""
        return time.monotonic() - self._heard

    def ready(self) -> str:
        """How old the relay is, for operators. Raises `Unavailable` as long as it has never loaded anything."""
        if self.site is None:
            raise Unavailable(f"the origin {self.origin.url} has not answered yet", retry_after=5)
        return f"ok\nthe origin {self.origin.url} was last heard {self.age:.0f} s ago"

    def read_only(self) -> ReadOnly:
        """The refusal of everything but reading."""
        return ReadOnly((self.site and self.site.base_url) or self.origin.url)

    def run(self, look: Callable[[], object]) -> None:
        """Have the list of nights read again and again, for as long as the process lives."""
        while True:
            try:
                look()
            except Exception:
                log.exception("reading the list of nights failed and continues")
            gevent.sleep(LOOK_SECONDS)

    # -- the blogs, for tails

    def load(self, slug: str, scope: Scope = "public") -> Timeline:
        """A blog as the origin shows it to readers. Raises `NotFound`, also for a draft, and `Unavailable`."""
        if scope != "public":
            raise self.read_only()
        if self.site is None:
            self.changed(-1)
        state = self._state(slug, None, LOAD_SECONDS)
        if isinstance(state, Gap):
            raise NotFound(f"there is no blog {slug}")
        objects: list[Object] = [*state.objects]
        timeline = timeline_of(state, objects)
        if wrong := faults(timeline):
            raise self._damaged(slug, wrong[0])
        before, held = self._held.get(slug), Held(objects)
        if before is not None:
            self._drop(before.pictures - held.pictures)
        self._held[slug] = held
        return timeline

    def heal(self, slug: str, timeline: Timeline, scope: Scope = "public") -> Timeline:
        """After any loss of continuity the origin's state replaces memory. Raises as `load` does."""
        try:
            return self.load(slug, scope)
        except NotFound:
            gone = self._held.pop(slug, None)
            self._drop(gone.pictures if gone is not None else ())
            raise

    def read_on(self, places: Sequence[Place], block_ms: int) -> list[list[Change] | Gap]:
        """Return for each place the changes after it, joined into one, or a `Gap` where the origin continues elsewhere.

        Waits up to `block_ms` milliseconds for the first one. Raises `Unavailable` while the origin does not answer.
        """
        places = [place._replace(sure=False) for place in places]  # it says nothing about the origin
        for slug in self._followers.keys() - {place.slug for place in places}:
            self._followers.pop(slug).stop()
            self._held.pop(slug, None)
        answers = self._taken(places)
        if not any(answers):
            self._found.wait(block_ms / 1000)
            self._found.clear()
            answers = self._taken(places)
        if not any(answers) and not self._connected:
            raise Unavailable(f"the origin {self.origin.url} does not answer", retry_after=5)
        return [self._changes(place, answer) for place, answer in zip(places, answers, strict=True)]

    def wake(self) -> None:
        self._found.set()

    def stop(self) -> None:
        """End the requests that wait, and close the connections."""
        for follower in self._followers.values():
            follower.stop()
        gevent.sleep(0)
        self.origin.close()

    def _taken(self, places: Sequence[Place]) -> list[State | Gap | None]:
        return [self._follower(place).take(place) for place in places]

    def _follower(self, place: Place) -> Follower:
        found = self._followers.get(place.slug)
        if found is None:
            found = self._followers[place.slug] = Follower(self._after, place, self._found)
        return found

    def _changes(self, place: Place, answer: State | Gap | None) -> list[Change] | Gap:
        if answer is None or isinstance(answer, Gap):
            return answer or []
        held = self._held.setdefault(place.slug, Held())
        objects = [held.placed(obj) for obj in answer.objects]
        self._drop(held.take(objects))
        return [change_of(answer, objects, after=Position(place.epoch, place.seq, place.mark))]

    def _after(self, place: Place) -> State | Gap | None:
        """What came after a place; None if nothing has. Waits some seconds for it. Raises `Unavailable`."""
        night = self._nights.get(place.slug)
        if night is not None and night.blog.status == "ended" and night.position == Position(place.epoch, place.seq):
            self._listed.wait(WAIT_SECONDS)
            return None
        answer = self._state(place.slug, place, ANSWER_SECONDS)
        if isinstance(answer, Gap):
            return answer
        if (change := _heard(place, answer)) is None:
            return None
        if not change.reset:
            return answer
        return Gap("epoch" if answer.epoch != place.epoch else "behind" if answer.seq < place.seq else "forked")

    def _state(self, slug: str, after: Place | None, seconds: float) -> State | Gap:
        """The blog's state after a place. A `Gap` if it is gone. Raises `Unavailable`."""
        query: dict[str, str | int] = {}
        if after is not None:
            query = {"epoch": after.epoch, "after": after.seq, "mark": after.mark, "wait": WAIT_SECONDS}
        answer = self.origin.ask(f"/api/v1/blogs/{slug}/relay", query, seconds=seconds)
        if answer.status == 404 and answer.code == NotFound.code:
            self._hear()
            return Gap("gone")
        state = self.origin.value(answer, State)
        self._hear()
        try:
            in_turns([*state.objects], lambda few: _check(few, slug, state.seq))
        except (Invalid, ValueError) as no:
            raise self._damaged(slug, str(no)) from no
        return state

    def _damaged(self, slug: str, why: str) -> Damaged:
        self._unfit.met(f"blog {slug}: {why}")
        return Damaged(f"the origin sent this blog in a form that cannot be shown: {why}")

    def _hear(self) -> None:
        self._heard = time.monotonic()

    # -- the list of nights, for the catalogue

    def changed(self, after: int) -> tuple[int, list[str]]:
        """The number of the site's last change, and the blogs that changed after the one with the number `after`.

        An answer is used again for a second.
        """
        last = self._last
        if last is None or last[0] != after or time.monotonic() >= last[1] + FRESH_SECONDS:
            began = time.monotonic()
            try:
                last = self._last = after, began, self._read_list(after)
            except Unavailable as no:
                self._connected = False
                self._lost.met(no.detail)
                raise
            self._connected = True
            self._lost.end()
        return last[2]

    def _read_list(self, after: int) -> tuple[int, list[str]]:
        said = self._asked_list(after)
        before = self._nights
        self._nights = ({} if said.anew else before) | {night.blog.id: night for night in said.nights}
        if len(self._nights) != said.total:  # one is not public any more
            said = self._asked_list(-1)
            self._nights = {night.blog.id: night for night in said.nights}
        self.site = said.site if said.site.base_url else replace(said.site, base_url=self.origin.url)
        self._listed.set()
        self._listed.clear()
        changed = [slug for slug, night in self._nights.items() if before.get(slug) is not night]
        return said.number, [*changed, *(before.keys() - self._nights.keys())]

    def _asked_list(self, after: int) -> Nights:
        answer = self.origin.ask("/api/v1/relay", {"after": after} if after >= 0 else {}, seconds=ANSWER_SECONDS)
        said = self.origin.value(answer, Nights)
        self._hear()
        nights = [night for night in said.nights if night.blog.is_public]
        try:
            in_turns(nights, _check_nights)
        except (Invalid, ValueError) as no:
            raise Unavailable(f"the origin {self.origin.url} sent a list that cannot be shown: {no}") from no
        return replace(said, nights=nights)

    def slugs(self) -> list[str]:
        return [*self._nights]

    def of(self, slugs: Iterable[str]) -> Iterator[tuple[str, Summary | None]]:
        return ((slug, self._nights.get(slug)) for slug in slugs)


def _heard(place: Place, answer: State) -> Heard | None:
    """What an answer is to a client at a place, by the client's rules; None if it has nothing new."""
    heard: list[Heard] = []
    rules = Rules(heard.append, Known(place.epoch, place.seq, place.mark))
    rules.ask()
    rules.answered(asdict(answer))
    return heard[0] if heard else None


def _check(objects: Iterable[Object], slug: str, seq: int) -> None:
    """Raises `Invalid` if there is an object that is not this blog's, or that pages could not show."""
    for obj in objects:
        if not 1 <= obj.seq <= seq:
            raise Invalid(f"a {kind_of(obj)} has seq {obj.seq}, the blog is at {seq}")
        if isinstance(obj, Blog) and (obj.id != slug or not obj.is_public):
            raise Invalid("it is another blog, or a draft")
        check(replace(obj, published_at=NO_TIME) if isinstance(obj, Post) and obj.retracted else obj)


def _check_nights(nights: Iterable[Summary]) -> None:
    """Raises `Invalid` if there is a night that lists could not show."""
    for night in nights:
        check(night.blog)
        for name in ("at", "created", "began"):
            if when := getattr(night, name):
                instant(when, name)
