"""Tells caches in front of the site to drop what was withdrawn: retracted, recalled, doubted, edited, deleted, purged.

For each cache, storage keeps up to which position it has dropped a blog's answers. Every process compares that with the
blogs; the one that holds the cache's lease tells it. So a withdrawal is told even if that process dies, and no act
waits for a cache. A cache that fails is told again until it obeys.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from .. import cache_tags
from ..errors import NotFound, Unavailable
from ..model import Blog, Category, Object, Position, Post, ref_of, rfc3339
from ..timeline import Summary, Timeline
from ..watch import counts
from ..watch.episodes import Episode
from .caches import Cache, CacheFailed, Order

log = logging.getLogger(__name__)

SETTLE = 1.5
"""Seconds between a change and the order: the other processes, and caches for a second, have it by then."""
SWEEP = 30.0
"""Seconds between two searches for withdrawals that nobody told, because the process in charge died."""
RECENT = timedelta(days=7)
"""How long ago a blog may have changed that is searched; earlier changes were told then."""
LEASE = 60
"""Seconds after which another process takes over from one that holds the lease and does not finish."""
BACKOFF = (2.0, 300.0)
"""Shortest and longest pause in seconds after a failure; it doubles with each."""
LATE = 60.0
"""Seconds after which a cache that obeyed is told once more: what was made before the withdrawal may have come to it
after the order."""
MOST_PATHS = 2000
"""Addresses in one order, for caches that know no tags."""
MOST_EARLIER = 50
"""How many times that a cache obeyed are kept, for certificates (`certificate.py`)."""
AROUND = 2
"""How many updates before and after a post have it on their own pages."""
_TABLE = "lb:caches"
_PACKED = ("feed.atom", "feed.json", "feed.rss", "ninjs.json")
"""The forms in which programs read the live page and the older ones."""


class Records(Protocol):
    """What this needs from the store."""

    def now(self) -> str: ...
    def put(self, name: str, value: bytes, *, ttl: int | None = None, new: bool = False) -> bool: ...
    def drop(self, *names: str) -> None: ...
    def put_field(self, table: str, name: str, value: bytes, *, new: bool = False) -> bool: ...
    def get_field(self, table: str, name: str) -> bytes | None: ...
    def get_fields(self, table: str) -> dict[bytes, bytes]: ...


class Site(Protocol):
    """What this asks about the site: its blogs, a blog's timeline (raises `NotFound`), what was deleted."""

    def blogs(self) -> Iterable[Summary]: ...
    def timeline(self, slug: str) -> Timeline: ...
    def is_deleted(self, slug: str) -> bool: ...
    def deleted_pictures(self) -> Iterable[Sequence[str]]:
        """The names of the files of each deleted picture, the picture's own first."""
        ...


class Obeyed(Struct, frozen=True):
    """That a cache dropped what was withdrawn up to `seq` of `epoch`, `at` a time."""

    epoch: str
    seq: int
    at: str


class Standing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a cache is with a `subject`: a blog's slug, or a picture's name.

    `obeyed_at` is when it last dropped what was withdrawn up to `seq` of `epoch`; `what` are the objects. `waits_since`
    is when an order began that it did not obey yet, and `error` why.
    """

    cache: str
    subject: str
    epoch: str = ""
    seq: int = 0
    mark: str = ""
    obeyed_at: str = ""
    what: list[str] = []
    earlier: list[Obeyed] = []
    waits_since: str = ""
    tries: int = 0
    error: str = ""
    gone: bool = False


def standings(records: Records) -> list[Standing]:
    """How far all caches are, what waits first, then the latest. Raises `Unavailable`."""
    found = [msgspec.json.decode(each, type=Standing) for each in records.get_fields(_TABLE).values()]
    return sorted(found, key=lambda each: (bool(each.waits_since), each.waits_since or each.obeyed_at), reverse=True)


class CachePurger:
    """Tells one cache. `tell(order)` returns when the cache has obeyed, or raises `CacheFailed`."""

    def __init__(
        self,
        cache: Cache,
        records: Records,
        site: Site,
        tell: Callable[[Order], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cache = cache
        self._records, self._site, self._tell, self._clock = records, site, tell, clock
        self._due: dict[str, float] = {}
        self._settled: dict[str, Position] = {}
        self._dropped: set[str] = set()
        self._late: list[tuple[float, Order]] = []
        self._swept = self._again = float("-inf")
        self._failures = 0
        self._failing = Episode(log, f"{cache.name} does not drop what was withdrawn", f"{cache.name} obeys again")
        self._noted = threading.Event()

    def note(self, subject: str) -> None:
        """Note that a blog has changed, or that a picture was deleted. Never waits."""
        self._due.setdefault(subject, self._clock() + SETTLE)
        self._noted.set()

    def run(self) -> None:
        """Run for as long as the process lives, in a greenlet of its own."""
        while True:
            try:
                pause = self.step(self._clock())
            except Unavailable:
                pause = BACKOFF[0]  # reported elsewhere; what is due stays due
            except Exception:
                log.exception("the purger of %s failed and continues", self.cache.name)
                pause = BACKOFF[0]
            self._noted.wait(pause)
            self._noted.clear()

    def step(self, now: float) -> float:
        """Tell what is due. Returns the seconds until the next step, if nothing is noted. Raises `Unavailable`."""
        if now >= self._swept + SWEEP:
            self._sweep(now)
            self._swept = now
        self._tell_late(now)
        ripe = [subject for subject, at in self._due.items() if at <= now] if now >= self._again else []
        if ripe and not self._settle(ripe):  # it fails, or another process tells it
            self._again = self._clock() + min(BACKOFF[1], BACKOFF[0] * 2 ** max(0, min(self._failures, 20) - 1))
        soonest = max(self._again, min(self._due.values(), default=now + SWEEP))
        return max(0.05, min(soonest, self._swept + SWEEP) - now)

    def _tell_late(self, now: float) -> None:
        """Repeat each order once, for what was on its way to the cache."""
        due = [each for each in self._late if each[0] <= now]
        self._late = [each for each in self._late if each[0] > now]
        for _, order in due:
            try:
                self._tell(order)
            except CacheFailed:
                self._late.append((now + LATE, order))

    def _sweep(self, now: float) -> None:
        recent = _ago(self._records.now(), RECENT)
        for summary in self._site.blogs():
            news = summary.at >= recent and self._settled.get(summary.blog.id) != summary.position
            if summary.blog.is_public and news:
                self._due.setdefault(summary.blog.id, now + SETTLE)
        mine = [each for each in standings(self._records) if each.cache == self.cache.name]
        self._dropped |= {each.subject for each in mine if each.gone and not each.waits_since}
        for each in mine:
            if each.waits_since or (not each.gone and self._site.is_deleted(each.subject)):
                self._due.setdefault(each.subject, now + SETTLE)
        for files in self._site.deleted_pictures():
            if files[0] not in self._dropped:
                self._due.setdefault(files[0], now + SETTLE)

    def _settle(self, subjects: Sequence[str]) -> bool:
        """Find out about these subjects, and tell the cache what it must know; False if somebody else does."""
        lease, held = f"{_TABLE}:lease:{self.cache.name}", False
        try:
            for subject in subjects:
                due = self._due.pop(subject)  # what is noted from now on is due again
                try:
                    standing = self._standing(subject)
                    order, reached = self._order(standing)
                    if order is not None and not held:
                        held = self._records.put(lease, b"1", ttl=LEASE, new=True)
                        order, reached = self._order(standing := self._standing(subject))
                    if order is not None and not (held and self._obeyed(standing, reached, order)):
                        self._due.setdefault(subject, due)
                        return False
                except Unavailable:
                    self._due.setdefault(subject, due)
                    raise
        finally:
            if held:
                self._records.drop(lease)
        self._failures = 0
        return True

    def _obeyed(self, standing: Standing, reached: Standing, order: Order) -> bool:
        """Tell the cache, and record whether it obeyed."""
        waiting = replace(standing, waits_since=standing.waits_since or self._records.now(), tries=standing.tries + 1)
        self._put(waiting)
        try:
            self._tell(order)
        except CacheFailed as no:
            counts.cache_purges.add("refused")
            self._failing.met(str(no))
            self._failures += 1
            self._put(replace(waiting, error=str(no)[:200]))
            return False
        self._late.append((self._clock() + LATE, order))
        counts.cache_purges.add("obeyed")
        self._failing.end()
        now = self._records.now()
        earlier = [*standing.earlier, Obeyed(reached.epoch, reached.seq, now)][-MOST_EARLIER:]
        self._put(replace(reached, obeyed_at=now, earlier=earlier))
        log.info("%s dropped what was withdrawn of %s", self.cache.name, standing.subject)
        return True

    def _order(self, standing: Standing) -> tuple[Order | None, Standing]:
        """What the cache is to drop of a subject, if anything, and where it stands afterwards."""
        subject = standing.subject
        done = Standing(cache=self.cache.name, subject=subject, gone=True)
        if "." in subject:  # no slug has one
            files = next((each for each in self._site.deleted_pictures() if each[0] == subject), [])
            if not files or (standing.gone and not standing.waits_since):
                self._dropped.add(subject)
                return None, standing
            paths = [f"/media/{name}" for name in files]
            return Order(tags=[cache_tags.of_picture(subject)], paths=paths), done
        try:
            timeline = self._site.timeline(subject)
        except NotFound:
            known = standing.obeyed_at or standing.waits_since or standing.epoch
            if not known or (standing.gone and not standing.waits_since):
                return None, standing
            return _order_of(subject, _lists(subject)), done
        if not timeline.blog.is_public:
            return None, standing
        at = Position(standing.epoch, standing.seq, standing.mark) if standing.epoch else None
        newer = timeline.since(at).objects
        before = _ago(self._records.now(), timedelta(seconds=SETTLE))
        settled = [obj for obj in newer if timeline.time(obj) <= before]
        if len(settled) < len(newer):
            self.note(subject)  # of these, a process or cache behind the other cache may still have the earlier one
        else:
            self._settled[subject] = Position(timeline.epoch, timeline.seq)
        objects = [obj for obj in settled if withdraws(obj)]
        if not objects:
            return None, standing
        what = [ref_of(obj) for obj in objects][-20:]
        at = timeline.at(settled[-1].seq)
        done = replace(done, gone=False, epoch=at.epoch, seq=at.seq, mark=at.mark, what=what)
        return _order_of(subject, addresses(timeline, objects)), done

    def _standing(self, subject: str) -> Standing:
        found = self._records.get_field(_TABLE, self._field(subject))
        if found is None:
            return Standing(cache=self.cache.name, subject=subject)
        return msgspec.json.decode(found, type=Standing)

    def _put(self, standing: Standing) -> None:
        self._records.put_field(_TABLE, self._field(standing.subject), msgspec.json.encode(standing))

    def _field(self, subject: str) -> str:
        return f"{self.cache.name} {subject}"


def _ago(now: str, time: timedelta) -> str:
    """The time before another one, both RFC 3339."""
    return rfc3339(datetime.fromisoformat(now) - time)


def withdraws(obj: Object) -> bool:
    """Whether readers may have had something of this object before that is wrong or gone by now."""
    if isinstance(obj, Post):
        return obj.retracted or obj.updated_at is not None or bool(obj.corrections)
    if isinstance(obj, Category):
        return obj.removed or obj.doubt is not None or bool(obj.corrections)
    return isinstance(obj, Blog) and obj.reworded_at is not None


def addresses(timeline: Timeline, objects: Iterable[Object]) -> list[str]:
    """The paths that may show what these objects were, at most `MOST_PATHS`: lists and pages, then the posts' own."""
    slug = timeline.blog.id
    paths = [*_lists(slug), *_pages(slug, timeline.pages)]
    for obj in objects:
        if isinstance(obj, Post):
            near = (post for side in timeline.around(obj, AROUND) for post in side)
            paths += [path for post in (obj, *near) for path in _of_post(slug, post.id)]
        elif isinstance(obj, Category):
            paths += [path for post in timeline.posts if post.category == obj.id for path in _of_post(slug, post.id)]
        elif isinstance(obj, Blog):
            paths += [path for post in timeline.posts for path in _of_post(slug, post.id)]
    return [*dict.fromkeys(paths)][:MOST_PATHS]


def _lists(slug: str) -> list[str]:
    live = f"/live/{slug}"
    shown = [live, *(f"{live}/{each}" for each in (*_PACKED, "winners.csv", "winners.json", "card.png", "embed"))]
    return ["/", "/sitemap.xml", "/api/v1/blogs", f"/api/v1/blogs/{slug}", *shown]


def _pages(slug: str, pages: int) -> Iterator[str]:
    """The older pages, newest first, with their feeds."""
    live = f"/live/{slug}"
    yield f"{live}/start/{pages + 1}"
    for n in range(pages, 0, -1):
        yield from (f"{live}/pages/{n}", f"{live}/start/{n}")
        yield from (f"{live}/pages/{n}/{each}" for each in _PACKED)


def _of_post(slug: str, id: str) -> list[str]:
    own = f"/live/{slug}/posts/{id}"
    return [own, f"{own}.ninjs.json", f"{own}/card.png", f"/api/v1/blogs/{slug}/posts/{id}"]


def _order_of(slug: str, paths: list[str]) -> Order:
    return Order(tags=[cache_tags.of_blog(slug), cache_tags.SITE], paths=paths)
