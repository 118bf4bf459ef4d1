"""A blog's ordered state in memory: applies changes, answers catch-ups, cuts pages, derives the board.

Pure: no IO, no clock.

State is a map of objects; catch-up after k is every object whose `seq` is greater than k. One map serves both, because
it is kept in `seq` order: an object that changes moves to its end.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, takewhile
from typing import NamedTuple, overload

from msgspec import Struct
from msgspec.structs import replace

from .lead import Lead, lead_of
from .model import (
    Blog,
    Call,
    CatchUp,
    Category,
    Change,
    Doubt,
    Draft,
    Forks,
    Object,
    Position,
    Post,
    Scope,
    ended,
    kind_of,
    ref,
    ref_of,
)

MARK_SIZE = 12
"""Characters of a mark that clients get: enough to tell two histories apart."""
MARKED = 1000
"""Changes whose marks a timeline remembers. A client that is further behind gets the whole state."""
PAGE = 20
"""Posts on an older page; the live page holds the newest PAGE to 2 × PAGE − 1."""


class Gap(Exception):
    """Continuity is lost. `reason`: `trimmed`, `epoch`, `behind`, `gone`, `missed`, `forked` or `damaged`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Place(NamedTuple):
    """The place in a blog's log from which a process reads on: position and mark.

    `sure` means that the change that led there was just read, so that storage need not be asked whether its history is
    still the same.
    """

    slug: str
    scope: Scope
    epoch: str
    seq: int
    mark: str = ""
    sure: bool = False


class Summary(Struct, frozen=True, kw_only=True):
    """A blog in lists, once it has ended with who won. Times are RFC 3339 UTC, empty if there is none.

    `at` is the last public commit, `mark` its mark, `created` the first commit, `began` the first post
    that is not a preview; `posts` includes retracted ones, since they keep their places on the pages.
    """

    blog: Blog
    epoch: str
    born: str
    seq: int
    at: str
    created: str
    began: str
    posts: int
    lead: Lead | None = None
    mark: str = ""

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.seq)

    @property
    def marked_position(self) -> Position:
        return Position(self.epoch, self.seq, shown_mark(self.mark))

    @property
    def night(self) -> str:
        """The moment that dates the night: the event's start, else the coverage's; empty while neither is known."""
        return self.blog.starts or self.began

    @property
    def pages(self) -> int:
        """The number of older pages, as in `Timeline.pages`."""
        return pages(self.posts)


def pages(posts: int) -> int:
    """The number of older pages for this many posts. The newest PAGE to 2 × PAGE − 1 are on the live page."""
    return max(0, posts // PAGE - 1)


class Tally(Struct, frozen=True):
    """A film's score: awards won, and nominations in the categories so far."""

    film: str
    won: int
    nominated: int


class Board(Struct, frozen=True):
    categories: list[Category]
    tally: list[Tally]


class Timeline:
    """The state of one scope of a blog at one position. Only `apply` changes it.

    `mark` identifies the history that led to the position, `born` is the blog's first epoch, `times` has each object's
    commit time by ref, `marks` the beginnings of earlier marks by seq, oldest first, `forks` the numbers that may have
    been given twice. Data of an earlier release has neither marks nor times: empty means unknown.
    """

    def __init__(
        self,
        epoch: str,
        seq: int,
        objects: Iterable[Object],
        *,
        mark: str = "",
        born: str = "",
        times: Mapping[str, str] | None = None,
        marks: Mapping[int, str] | None = None,
        forks: Forks = (),
    ) -> None:
        self.epoch = epoch
        self.seq = seq
        self.mark = mark
        self.born = born or epoch
        self.forks = forks
        self._marks = dict(marks or {})
        self._keep_mark()
        self._times: dict[str, str] = {}
        self._objects: dict[str, Object] = {}
        self._blog: Blog | None = None
        self._telling: dict[str, Post | Category] = {}
        self._places: list[
            tuple[str, str]
        ] = []  # (published_at, id) of every post, retracted ones too: pages never shift
        for obj in sorted(objects, key=lambda each: each.seq):
            self._put(obj, (times or {}).get(ref_of(obj), ""))

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.seq)

    def apply(self, change: Change) -> bool:
        """Apply the next change; False if it was known already. Raises `Gap` unless it follows the current position."""
        if change.epoch != self.epoch:
            raise Gap("epoch")
        if change.seq <= self.seq:
            return False
        if change.follows != self.seq:
            raise Gap("missed")
        if self.mark and change.after and change.after != self.mark:
            raise Gap("forked")
        for obj in change.objects:
            self._put(obj, change.times.get(ref_of(obj), change.at))
        self.seq, self.mark = change.seq, change.mark
        self._marks |= change.marks
        self.forks = change.forks or self.forks  # a change that an earlier release committed has none
        self._keep_mark()
        return True

    def _keep_mark(self) -> None:
        if self.mark:
            self._marks[self.seq] = shown_mark(self.mark)
            for seq in [*self._marks][: max(0, len(self._marks) - MARKED)]:
                del self._marks[seq]

    def marks_after(self, seq: int) -> dict[int, str]:
        """The marks that clients get of the changes after `seq`, as far as they are known, oldest first."""
        return {each: mark for each, mark in self._marks.items() if each > seq}

    def at(self, seq: int) -> Position:
        """The position after a change, with its mark if that is known."""
        return Position(self.epoch, seq, self._marks.get(seq, ""))

    def knows(self, position: Position) -> bool:
        """Whether a client with this position has this timeline's history up to there.

        Numbers alone do not prove it: after a failover that lost changes, their numbers are given again, and a process
        that sent the lost ones may be gone. A position without a mark is believed unless its number is one of those.
        """
        if position.epoch != self.epoch or not 0 <= position.seq <= self.seq:
            return False
        if position.mark:
            return self._marks.get(position.seq) == position.mark
        return not any(after < position.seq <= upto for after, upto in self.forks)

    def parts_from(self, other: Timeline) -> bool:
        """Whether this history is certainly not the beginning of another one that has the same epoch."""
        if self.epoch != other.epoch:
            return False
        there = other._marks.get(self.seq)
        return self.seq > other.seq or bool(self.mark and there and there != shown_mark(self.mark))

    def is_at(self, position: Position | None) -> bool:
        """Whether a client with this position has everything."""
        return position is not None and position.seq == self.seq and self.knows(position)

    def _put(self, obj: Object, at: str) -> None:
        name = ref_of(obj)
        self._times[name] = at
        if isinstance(obj, Post) and name not in self._objects:
            insort(self._places, _placed(obj))
        elif isinstance(obj, Blog):
            self._blog = obj
        self._objects.pop(name, None)
        self._objects[name] = obj
        self._telling.pop(name, None)
        if isinstance(obj, Category) or (isinstance(obj, Post) and tells(obj)):
            self._telling[name] = obj

    def since(self, position: Position | None) -> CatchUp:
        """Everything newer than `position`, in `seq` order; the whole state and `reset` for another life's position."""
        known = position is not None and self.knows(position)
        after = position.seq if position is not None and known else 0
        newer = list(takewhile(lambda obj: obj.seq > after, reversed(self._objects.values())))
        newer.reverse()
        reset = position is not None and not known
        return CatchUp(epoch=self.epoch, seq=self.seq, reset=reset, objects=newer, mark=shown_mark(self.mark))

    @overload
    def get(self, kind: str, id: str) -> Object | None: ...
    @overload
    def get(self, kind: type[Post], id: str) -> Post | None: ...
    @overload
    def get(self, kind: type[Category], id: str) -> Category | None: ...
    @overload
    def get(self, kind: type[Draft], id: str) -> Draft | None: ...
    def get(self, kind: str | type[Object], id: str) -> Object | None:
        name = kind if isinstance(kind, str) else str(kind.__struct_config__.tag)
        return self._objects.get(ref(name, id))

    def time(self, obj: Object) -> str:
        """When this object's current version was committed; empty if unknown."""
        return self._times.get(ref_of(obj), "")

    @property
    def last(self) -> str:
        """The commit time of the object that changed last; empty if unknown."""
        return self._times[next(reversed(self._objects))] if self._objects else ""

    @property
    def objects(self) -> list[Object]:
        """Every object, in `seq` order."""
        return list(self._objects.values())

    @property
    def blog(self) -> Blog:
        """The blog itself. Raises `LookupError` if the timeline has none."""
        if self._blog is None:
            raise LookupError("this timeline holds no blog")
        return self._blog

    @property
    def categories(self) -> list[Category]:
        """The categories in running order."""
        found = (self.get(Category, id) for id in self.blog.order)
        return [category for category in found if category is not None]

    @property
    def drafts(self) -> list[Draft]:
        """The current drafts, last changed first."""
        return [obj for obj in reversed(self._objects.values()) if isinstance(obj, Draft) and not obj.gone]

    @property
    def posts(self) -> list[Post]:
        """The posts, newest first, without retracted ones."""
        return self._between(0, len(self._places))

    def is_used(self, category: str) -> bool:
        """Whether a published post is filed under this category."""
        return any(isinstance(obj, Post) and obj.category == category for obj in self._objects.values())

    @property
    def first(self) -> Post | None:
        """The oldest post."""
        return next(self._visible(self._places), None)

    @property
    def began(self) -> str:
        """When the coverage began: the time of the first post that is not a preview; empty before that."""
        posts = self._visible(self._places)
        return next((post.published_at for post in posts if post.type != "preview"), "")

    @property
    def night(self) -> str:
        """The moment that dates the night: the event's start; without one, after the end, the coverage's; else empty.

        It changes only with the blog itself, or when an update is retracted after the end.
        """
        return self.blog.starts or (self.began if self.blog.status == "ended" else "")

    @property
    def newest(self) -> Post | None:
        return next(self._visible(reversed(self._places)), None)

    @property
    def pinned(self) -> Post | None:
        return next(iter(self.pins), None)

    @property
    def pins(self) -> list[Post]:
        """The pinned post, and below it a preview that another post was pinned over."""
        found = [self.get(Post, id) for id in (self.blog.pinned, self.blog.pinned_below) if id]
        return [post for post in found if post is not None and not post.retracted]

    @property
    def pages(self) -> int:
        """The number of older pages. The newest PAGE to 2 × PAGE − 1 posts are on the live page."""
        return pages(len(self._places))

    def page(self, n: int) -> list[Post]:
        """Older page `n` (from 1, counted from the oldest post), newest first. Raises `LookupError` beyond `pages`."""
        if not 1 <= n <= self.pages:
            raise LookupError(f"there is no page {n}")
        return self._between((n - 1) * PAGE, n * PAGE)

    def removed(self, n: int | None) -> list[Post]:
        """The tombstones of the retracted posts of older page `n`, or of the live page (None), newest first."""
        start, end = ((n - 1) * PAGE, n * PAGE) if n is not None else (self.pages * PAGE, len(self._places))
        found = (self.get(Post, id) for _, id in self._places[start:end][::-1])
        return [post for post in found if post is not None and post.retracted]

    def live_posts(self) -> list[Post]:
        """The posts of the live page, newest first."""
        return self._between(self.pages * PAGE, len(self._places))

    def page_of(self, post_id: str) -> int | None:
        """The older page that has a post; None for the live page. Raises `LookupError` for an unknown post."""
        post = self.get(Post, post_id)
        if post is None:
            raise LookupError(f"there is no post {post_id}")
        n = (self.place(post) - 1) // PAGE + 1
        return n if n <= self.pages else None

    def doubt(self, post: Post) -> Doubt | None:
        """The doubt about the result that this post tells, if there is one."""
        category = self.get(Category, post.category) if post.category else None
        return category.doubt if category is not None and category.post == post.id else None

    def place(self, post: Post) -> int:
        """A post's place in the night, from 1 for the oldest. It never changes, so a page that stays open all night
        knows which of its posts the server has moved to an older page. A post not in memory yet gets the next place."""
        return bisect_left(self._places, _placed(post)) + 1

    def stand_in(self, gone: Post) -> str:
        """What a relay gets in the place of a retracted post's time: it sorts the post as its time does, and tells only
        the time of another post, which everybody sees."""
        at = self.place(gone) - 1
        newer = next(self._visible(self._places[n] for n in range(at + 1, len(self._places))), None)
        older = next(self._visible(self._places[n] for n in range(at - 1, -1, -1)), None)
        if older is None:
            return f"0~{at:06}"
        if newer is not None and newer.published_at == older.published_at:
            return older.published_at  # then it is the time of all three, and their ids tell them apart
        return f"{older.published_at}~{at - self.place(older):06}"

    def around(self, post: Post, most: int) -> tuple[list[Post], list[Post]]:
        """Up to `most` posts just after this one, and up to `most` just before it, each newest first."""
        at = self.place(post) - 1
        after = (self._places[n] for n in range(at + 1, len(self._places)))  # a slice would copy a long night
        before = (self._places[n] for n in range(at - 1, -1, -1))
        return [*islice(self._visible(after), most)][::-1], [*islice(self._visible(before), most)]

    @property
    def moments(self) -> list[Post]:
        """Key moments, newest first."""
        found = (obj for obj in self._telling.values() if isinstance(obj, Post) and is_moment(obj))
        return sorted(found, key=_placed, reverse=True)

    @property
    def telling(self) -> list[Post | Category]:
        """The categories, the results and the key moments: the few objects that every page looks through."""
        return list(self._telling.values())

    def _between(self, start: int, end: int) -> list[Post]:
        return list(self._visible(self._places[start:end][::-1]))

    def _visible(self, places: Iterable[tuple[str, str]]) -> Iterator[Post]:
        for _, id in places:
            post = self.get(Post, id)
            if post is not None and not post.retracted:
                yield post

    @property
    def lead(self) -> Lead | None:
        """Who won, once the night has ended."""
        return lead_of(self.blog, self.categories)

    def board(self) -> Board:
        """All categories with their winners, and each film's tally: the night's own film first, then by awards won."""
        categories = self.categories
        return Board(categories, tally(categories, self.blog.film))


def shown_mark(mark: str) -> str:
    """As much of a mark as clients get."""
    return mark[:MARK_SIZE]


def is_moment(post: Post) -> bool:
    """Whether the strip of key moments has it. Results are on the board, each with a link to its post."""
    return not post.retracted and post.key and post.type != "result"


def tells(post: Post) -> bool:
    """Whether a post is a result or a key moment."""
    return not post.retracted and (post.key or post.type == "result")


RECENT = 3
"""How many winners a folded board shows."""


def recent_results(categories: Iterable[Category]) -> set[str]:
    """The ids of the categories that were decided last, at most `RECENT`; as in static/js/reader/winners.js."""
    decided = sorted((each for each in categories if each.winners), key=lambda each: each.announced_at or "")
    return {each.id for each in decided[-RECENT:]}


def _placed(post: Post) -> tuple[str, str]:
    return post.published_at, post.id


def tally(categories: Iterable[Category], own: str | None) -> list[Tally]:
    """Awards won and nominations per film. A film counts once per category, however many nominees it has there.

    A nominee of several films counts for each, one without a film for none. A result in doubt counts as not decided
    yet.
    """
    nominated: dict[str, int] = {}
    won: dict[str, int] = {}
    for category in categories:
        for film in {film for nominee in category.nominees for film in nominee.counts_for}:
            nominated[film] = nominated.get(film, 0) + 1
        winners = category.winners if category.doubt is None else []
        for film in {film for nominee in category.nominees if nominee.id in winners for film in nominee.counts_for}:
            won[film] = won.get(film, 0) + 1
    rows = [Tally(film, won.get(film, 0), count) for film, count in nominated.items()]
    return sorted(rows, key=lambda row: (row.film != own, -row.won, -row.nominated, row.film))


def faults(timeline: Timeline) -> list[str]:
    """The inconsistencies of a timeline, a sentence each."""
    if not any(isinstance(obj, Blog) for obj in timeline.objects):
        return ["the blog itself is missing"]
    blog = timeline.blog
    found = [
        f"{kind_of(obj)} {obj.id} has seq {obj.seq}, the blog is at {timeline.seq}"
        for obj in timeline.objects
        if not 1 <= obj.seq <= timeline.seq
    ]
    found += [f"category {id} is missing" for id in blog.order if timeline.get(Category, id) is None]
    pins = [id for id in (blog.pinned, blog.pinned_below) if id]
    found += [f"the pinned post {id} is missing" for id in pins if timeline.get(Post, id) is None]
    return found


def merge(mine: Timeline, theirs: Timeline) -> list[tuple[Object, str]]:
    """The objects to put into `theirs`, each with its time, so that no act of either side is lost.

    Of two versions of an object the later one wins, and a post's or draft's tombstone wins over every text. The fork
    need not be found: commit times only grow along one history, so a version from one side alone is later than what
    both sides had. Merging in any order, or twice, gives the same result.
    """
    lost = {ref_of(obj): obj for obj in mine.objects if _outlives(obj, mine, theirs)}
    if not lost:
        return []
    both = {ref_of(obj): obj for obj in theirs.objects} | lost
    fitted = {name: _fitted(obj, both.values()) for name, obj in both.items()}
    return [
        (obj, (mine if name in lost else theirs).time(obj))
        for name, obj in fitted.items()
        if name in lost or obj != both[name]
    ]


def _outlives(obj: Object, mine: Timeline, theirs: Timeline) -> bool:
    other = theirs.get(kind_of(obj), obj.id)
    if other is None:
        return True
    if ended(obj) != ended(other) and not isinstance(obj, Category):  # a category may be added again under its id
        return ended(obj)
    one, two = mine.time(obj), theirs.time(other)
    return one > two if one or two else obj.seq > other.seq


def _fitted(obj: Object, all: Iterable[Object]) -> Object:
    """Reconcile references: drop posts that the other side retracted, list categories that it added."""
    if isinstance(obj, Post | Draft | Call):
        return obj
    gone = {post.id for post in all if isinstance(post, Post) and post.retracted}
    if isinstance(obj, Category):
        return replace(obj, post=None) if obj.post in gone else obj
    categories = [category for category in all if isinstance(category, Category)]
    removed = {category.id for category in categories if category.removed}
    listed = [id for id in obj.order if id not in removed]
    unlisted = [each.id for each in categories if each.id not in obj.order and each.id not in removed]
    pinned, below = (None if id in gone else id for id in (obj.pinned, obj.pinned_below))
    return replace(obj, pinned=pinned, pinned_below=below, order=[*listed, *unlisted])
