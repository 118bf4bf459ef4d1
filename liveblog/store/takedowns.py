"""Takedowns: an admin has a post or a picture removed from all that this site keeps; a record says what went when.

A takedown is recorded before it begins. If its process ends, or storage is away, the next start of a server goes on
with it, and so does the same order given again: every step may be repeated.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..actions import take_down
from ..checks import NOTE, checked_line
from ..errors import Invalid, NotFound
from ..model import Post, ref
from .commits import Store
from .pictures import NAME, Pictures

_TABLE = "lb:takedowns"


class Removed(Struct, frozen=True, kw_only=True):
    """One thing that is gone, how many of it, and since when."""

    what: str
    count: int
    at: str


class Takedown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record of a takedown of a `post`, of a `picture`, or of one picture of a post. It has no text of them.

    `post` is also the id of a draft that became no post. `seq` of `epoch` is the change with which readers lost it.
    `pictures` went, `shared` stay because other updates show them. `copies` are updates that say the same, and that
    stay. `file_written` says that the storage server's file was written anew. `done_at` is empty as long as something
    is left to do.
    """

    id: str
    blog: str
    title: str
    post: str = ""
    picture: str = ""
    reason: str
    by: str
    ordered_at: str
    epoch: str = ""
    seq: int = 0
    drafts: list[str] = []
    pictures: list[str] = []
    shared: list[str] = []
    copies: list[str] = []
    removed: list[Removed] = []
    file_written: bool = False
    done_at: str = ""

    @property
    def refs(self) -> set[str]:
        """The objects of which nothing may be left."""
        return {ref("post", self.post), *(ref("draft", each) for each in self.drafts)} if self.post else set()


class Takedowns:
    """`told(subject)` is called for each blog and picture that lost something."""

    def __init__(self, store: Store, pictures: Pictures, told: Callable[[str], None] = lambda subject: None) -> None:
        self._store, self._pictures, self._told = store, pictures, told

    def get(self, id: str) -> Takedown:
        """Raises `NotFound`."""
        found = self._store.records.get_field(_TABLE, id)
        if found is None:
            raise NotFound(f"there is no takedown {id}")
        return msgspec.json.decode(found, type=Takedown)

    def all(self) -> list[Takedown]:
        """All takedowns of the site, newest first; those of blogs that were deleted since, too."""
        found = [msgspec.json.decode(each, type=Takedown) for each in self._store.records.get_fields(_TABLE).values()]
        return sorted(found, key=lambda each: each.ordered_at, reverse=True)

    def order(self, slug: str, *, post: str = "", picture: str = "", reason: str, by: str) -> Takedown:
        """Take down a post with its pictures, or only a picture. The same order again goes on with the earlier one.

        `post` may be a draft, unless it became a post: then that one must go, with all its drafts. Raises
        `Invalid`, `NotFound`, `Unavailable`.
        """
        blog = self._store.blog(slug)
        if blog is None:
            raise NotFound(f"there is no blog {slug}")
        if bool(post) == bool(picture):
            raise Invalid("name the post or the picture that is to be taken down", field="post")
        if picture:
            picture = _whole(picture)
        reason = checked_line(reason, "reason", NOTE)
        if post and not self._is_there(slug, post):
            raise NotFound(f"there is no post {post}")
        if post and (became := self._became(slug, post)):
            raise Invalid(f"this draft became the update {became[0]}: take that down", field="post")
        if picture and slug not in self._pictures.blogs_with(picture) and not self._pictures.deleted.get(picture):
            raise NotFound(f"there is no picture {picture} in this blog")
        earlier = [each for each in self.all() if (each.blog, each.post, each.picture) == (slug, post, picture)]
        made = Takedown(
            id=secrets.token_hex(8),
            blog=slug,
            title=blog.title,
            post=post,
            picture=picture,
            pictures=[picture] if picture else [],
            reason=reason,
            by=by,
            ordered_at=self._store.now(),
        )
        return self._carry_out(earlier[0] if earlier else self._keep(made))

    def finish(self) -> None:
        """Go on with takedowns that a process began and did not finish. Raises `Unavailable`."""
        for takedown in self.all():
            if not takedown.done_at and self._store.blog(takedown.blog) is not None:
                self._carry_out(takedown)

    def repeat(self, slugs: Collection[str]) -> int:
        """Carry the takedowns of these blogs out again, because an import may have brought back what they removed.

        Returns how many there were. Raises `Unavailable`.
        """
        again = [each for each in self.all() if each.blog in slugs]
        for takedown in again:
            if not takedown.post or self._is_there(takedown.blog, takedown.post):
                self._carry_out(takedown)
        return len(again)

    def traces(self, takedown: Takedown) -> int:
        """How many records storage has at this moment with its text or pictures."""
        left = sum(self._pictures.get(name) is not None for name in takedown.pictures)
        if self._store.blog(takedown.blog) is None:
            return left
        return left + self._store.purging.traces(takedown.blog, takedown.refs)

    def _is_there(self, slug: str, id: str) -> bool:
        """Whether a post or draft exists, or a tombstone of it."""
        return any(self._store.get(slug, kind, id) is not None for kind in ("post", "draft"))

    def _became(self, slug: str, draft: str) -> list[str]:
        is_post = self._store.get(slug, "post", draft) is not None
        return [] if is_post else self._store.purging.posts_of(slug, draft)

    def _carry_out(self, takedown: Takedown) -> Takedown:
        before = len(takedown.removed)
        if takedown.post:
            takedown = self._take_post(takedown)
        for name in takedown.pictures:
            takedown = self._take_picture(takedown, name)
        self._told(takedown.blog)
        takedown = replace(takedown, file_written=self._store.purging.rewrite_file())
        news = not takedown.done_at or len(takedown.removed) > before
        return self._keep(replace(takedown, done_at=self._store.now()) if news else takedown)

    def _take_post(self, takedown: Takedown) -> Takedown:
        """Readers lose the post first; then all that is kept of it goes."""
        slug, id, purging = takedown.blog, takedown.post, self._store.purging
        drafts = {*takedown.drafts, *purging.drafts_of(slug, id, copies=True)}
        drafts |= {id} if self._store.get(slug, "draft", id) is not None else set()
        takedown = replace(takedown, drafts=sorted(drafts), copies=purging.copies_of(slug, id))
        only = {name for name in purging.pictures_of(slug, takedown.refs) if not self._elsewhere(name, slug)}
        shared = purging.pictures_in(slug, takedown.refs) - only
        takedown = replace(
            takedown,
            pictures=sorted({*takedown.pictures, *only}),
            shared=sorted({*takedown.shared, *shared} - {*takedown.pictures}),
        )
        self._keep(takedown)
        post = self._store.get(slug, "post", id)
        seen = isinstance(post, Post) and not post.retracted
        note = {"act": "take_down", "takedown": takedown.id, "reason": takedown.reason}
        done = self._store.perform(slug, lambda v: take_down(v, slug, id, drafts=drafts), by=takedown.by, note=note)
        if done.objects:  # else readers and caches never had it
            takedown = replace(takedown, epoch=done.epoch, seq=done.seq)
        takedown = self._gone(takedown, "update, from every address of readers", int(seen))
        takedown = self._gone(takedown, "drafts with its text", len(done.desk))
        kept = purging.traces(slug, takedown.refs)
        purging.remove(slug, takedown.refs)
        purging.remove_words(slug, id)
        return self._gone(takedown, "records of earlier versions of the update and its drafts", kept)

    def _elsewhere(self, picture: str, slug: str) -> bool:
        return bool(self._pictures.blogs_with(picture).keys() - {slug})

    def _take_picture(self, takedown: Takedown, name: str) -> Takedown:
        """From every blog that has it: another one would show it on."""
        picture = self._pictures.get(name)
        blogs: Collection[str] = {takedown.blog, *self._pictures.blogs_with(name)}
        done = self._pictures.delete(name, blogs, by=takedown.by)
        if takedown.blog in done and not takedown.post:
            takedown = replace(takedown, epoch=done[takedown.blog].epoch, seq=done[takedown.blog].seq)
        for subject in (name, *blogs):
            self._told(subject)
        return self._gone(takedown, f"files of the picture {name}", len(picture.files) if picture is not None else 0)

    def _gone(self, takedown: Takedown, what: str, count: int) -> Takedown:
        """The record with one more thing that is gone, if there was any of it."""
        news = [Removed(what=what, count=count, at=self._store.now())] if count else []
        return self._keep(replace(takedown, removed=[*takedown.removed, *news]))

    def _keep(self, takedown: Takedown) -> Takedown:
        self._store.records.put_field(_TABLE, takedown.id, msgspec.json.encode(takedown))
        return takedown


def _whole(name: str) -> str:
    """The name of a picture from that of one of its files. Raises `Invalid`."""
    named = NAME.fullmatch(name)
    if named is None:
        raise Invalid("picture must be the name of a picture", field="picture")
    return f"{named[1]}.webp"
