"""Summaries of blogs for lists. The commit script keeps them up to date, so that no list loads a timeline.

The site's list `lb:nights` has every blog with the number of its last change among all of the site's changes. A process
asks for the blogs that changed after the number that it knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from msgspec.structs import replace

from ..lead import Lead, lead_of
from ..model import Blog, Category, Draft, Post, Scope, ref
from ..timeline import Summary, Timeline
from .connection import Connection, Entries
from .format import decoded
from .integrity import is_sound, sum_name
from .keys import key_of

NIGHTS = "lb:nights"
DUE = "lb:due"
"""The blogs with something scheduled, each with the time (seconds) at which something was scheduled last."""
DUE_SECONDS = 3600
"""After this time without a scheduled draft a blog leaves that list."""
AT_ONCE = 200
"""How many blogs one pipeline reads; other greenlets run between two pipelines."""
_CHANGED = """
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {last[2] or '0', redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')}
"""
_TOUCH = """
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('ZADD', KEYS[1], (tonumber(last[2]) or 0) + 1, ARGV[1])
"""
_LEAVE = """
if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('ZREM', KEYS[1], ARGV[1]) end
"""
"""Removes the blog only if nothing was scheduled since it was found empty."""


class Summaries:
    """`damaged` is told of a blog's record that is not as it was stored, and of its ref."""

    def __init__(
        self,
        connection: Connection,
        load: Callable[[str, Scope], Timeline],
        damaged: Callable[[str, str], None],
    ) -> None:
        self._connection = connection
        self._damaged = damaged
        self._load = load
        self._changed = connection.client.register_script(_CHANGED)
        self._touch = connection.client.register_script(_TOUCH)
        self._leave = connection.client.register_script(_LEAVE)

    def slugs(self) -> list[str]:
        """The slugs of all blogs."""
        with self._connection.use() as client:
            return sorted(slug.decode() for slug in cast("set[bytes]", client.smembers("lb:blogs")))

    def changed(self, after: int) -> tuple[int, list[str]]:
        """The number of the site's last change, and the blogs that changed after the one with the number `after`."""
        last: bytes
        slugs: list[bytes]
        with self._connection.use():
            last, slugs = self._changed(keys=[NIGHTS], args=[after])
        return int(last), [slug.decode() for slug in slugs]

    def touch(self, slug: str) -> None:
        """Record a change of a blog that no commit made: an import, a deletion, a recovery."""
        with self._connection.use():
            self._touch(keys=[NIGHTS], args=[slug])

    def of(self, slugs: Iterable[str]) -> Iterator[tuple[str, Summary | None]]:
        """Each blog's summary; None for a missing blog."""
        every = list(slugs)
        for some in (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE)):
            with self._connection.use() as client, client.pipeline(transaction=False) as pipe:
                for slug in some:
                    names = ["epoch", "born", "public", "public:mark", "public:at", "created", "began", "posts"]
                    names += [sum_name("public", ref("blog", slug))]
                    pipe.hmget(key_of(slug, "meta"), names)
                    pipe.hget(key_of(slug, "public"), ref("blog", slug))
                answers = pipe.execute()
            metas: list[list[bytes | None]] = answers[::2]
            blogs = [self._sound(*each) for each in zip(some, answers[::2], answers[1::2], strict=True)]
            leads = self._leads([cast(Blog, decoded(blog)) for blog in blogs if blog is not None])
            for slug, meta, blog in zip(some, metas, blogs, strict=True):
                found = self._summary(slug, meta, blog)
                yield slug, replace(found, lead=leads.get(slug)) if found else None

    def _sound(self, slug: str, meta: list[bytes | None], blog: bytes | None) -> bytes | None:
        """A blog's record, unless it is not what was stored: then no list has it."""
        if is_sound(blog, meta[-1]):
            return blog
        self._damaged(slug, ref("blog", slug))
        return None

    def _leads(self, blogs: list[Blog]) -> dict[str, Lead | None]:
        """Who won in those of the blogs that have ended."""
        ended = [blog for blog in blogs if blog.status == "ended" and blog.order]
        if not ended:
            return {}
        with self._connection.use() as client, client.pipeline(transaction=False) as pipe:
            for blog in ended:
                pipe.hmget(key_of(blog.id, "public"), [ref("category", id) for id in blog.order])
            answers: list[list[bytes | None]] = pipe.execute()
        return {
            blog.id: lead_of(blog, [cast(Category, decoded(each)) for each in stored if each is not None])
            for blog, stored in zip(ended, answers, strict=True)
        }

    def _summary(self, slug: str, meta: list[bytes | None], blog: bytes | None) -> Summary | None:
        epoch, born, seq, mark, at, created, began, posts, _ = ((each or b"").decode() for each in meta)
        if not epoch or blog is None:
            return None
        if not posts:
            created, began, at, posts = self._count(slug)
        return Summary(
            blog=cast(Blog, decoded(blog)),
            epoch=epoch,
            born=born or epoch,
            seq=int(seq),
            at=at,
            created=created,
            began=began,
            posts=int(posts),
            mark=mark,
        )

    def _count(self, slug: str) -> tuple[str, str, str, str]:
        """Summarise a blog that was imported, recovered or committed by an earlier release, and store the summary."""
        timeline = self._load(slug, "public")
        facts = facts_of(timeline)
        with self._connection.use() as client:
            began = cast(Entries, client.xrange(key_of(slug, "audit"), count=1))
            if began:  # the blog's first commit
                facts["created"] = began[0][1][b"at"].decode()
            client.hset(key_of(slug, "meta"), mapping=cast("dict[Any, Any]", facts))
        return facts["created"], facts.get("began", ""), facts["public:at"], facts["posts"]

    # -- what is scheduled

    def schedule(self, slug: str) -> None:
        """Add a blog, in which something is being scheduled, to the list."""
        with self._connection.use() as client:
            client.zadd(DUE, {slug: int(time.time())})

    def due(self) -> dict[str, dict[str, str]]:
        """What is scheduled, by blog and draft: an RFC 3339 time, or `on <category> <state>`."""
        listed: list[tuple[bytes, float]]
        earlier: set[bytes]
        found: list[dict[bytes, bytes]] = []
        with self._connection.use() as client:
            with client.pipeline(transaction=False) as pipe:
                pipe.zrange(DUE, 0, -1, withscores=True)
                pipe.smembers("lb:scheduled")
                listed, earlier = pipe.execute()
            with client.pipeline(transaction=False) as pipe:
                for slug, _ in listed:
                    pipe.hgetall(key_of(slug.decode(), "due"))
                if listed:
                    found = pipe.execute()
        for slug in earlier:
            self._adopt(slug.decode())
        waiting: dict[str, dict[str, str]] = {}
        for (slug, since), drafts in zip(listed, found, strict=True):
            if drafts:
                waiting[slug.decode()] = {id.decode(): when.decode() for id, when in drafts.items()}
            elif since < time.time() - DUE_SECONDS:
                with self._connection.use():
                    self._leave(keys=[DUE], args=[slug, int(since)])
        return waiting

    def _adopt(self, slug: str) -> None:
        """Add what an earlier release scheduled to the list."""
        drafts = [draft for draft in self._load(slug, "desk").drafts if draft.publish_at or draft.on]
        with self._connection.use() as client:
            for draft in drafts:
                client.hset(key_of(slug, "due"), draft.id, when_of(draft))
            client.zadd(DUE, {slug: int(time.time())})
            client.srem("lb:scheduled", slug)


def when_of(draft: Draft) -> str:
    """When a scheduled draft is to be published, in the form of `due`; empty for a draft that is not scheduled."""
    return draft.publish_at or (f"on {draft.on.category} {draft.on.state}" if draft.on else "")


def facts_of(timeline: Timeline) -> dict[str, str]:
    """The summary's facts beyond the blog itself, computed from the whole timeline."""
    posts = [obj for obj in timeline.objects if isinstance(obj, Post)]
    first = min((post.published_at for post in posts), default=timeline.last)
    began = min((post.published_at for post in posts if post.type != "preview" and not post.retracted), default="")
    facts = {"created": first, "public:at": timeline.last, "posts": str(len(posts))}
    return facts | ({"began": began} if began else {})
