"""Where a command acts on a blog: in the storage that it finds here, or at a server elsewhere, over its API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import click
import msgspec

from .. import actions
from ..actions import Plan, View
from ..client import Blog
from ..errors import Unavailable
from ..model import Category, Nominee
from ..results import ResultWords
from ..staff import HERE
from ..store.commits import Store
from .common import settings, storage

C = TypeVar("C", bound=Callable[..., Any])
T = TypeVar("T")
PATIENCE = 15.0
"""Seconds for which an act is tried again at a server that does not answer."""


class Place(Protocol):
    """One blog, and what commands do with it. Categories, posts and nominees are named by ids."""

    def categories(self) -> Sequence[Category]: ...
    def publish(self, body: str, headline: str | None, category: str | None, key: bool) -> str: ...
    def retract(self, post: str) -> object: ...
    def announce(self, category: str, winners: Sequence[str]) -> object: ...
    def confirm(self, category: str) -> object: ...
    def doubt(self, category: str, note: str | None) -> object: ...
    def recall(self, category: str, winners: Sequence[str], note: str | None) -> object: ...


class Here:
    """A blog in the storage."""

    def __init__(self, store: Store, slug: str) -> None:
        self._store, self._slug = store, slug

    def categories(self) -> Sequence[Category]:
        return self._store.load(self._slug).categories

    def publish(self, body: str, headline: str | None, category: str | None, key: bool) -> str:
        done = self._act("publish", actions.publish, body=body, headline=headline, category=category, key=key)
        return str(done.find("post").id)

    def retract(self, post: str) -> object:
        return self._act("retract", actions.retract, post)

    def announce(self, category: str, winners: Sequence[str]) -> object:
        return self._act("announce", actions.announce, category, winners=winners, words=self._words())

    def confirm(self, category: str) -> object:
        return self._act("confirm", actions.confirm, category)

    def doubt(self, category: str, note: str | None) -> object:
        return self._act("doubt", actions.doubt, category, note=note)

    def recall(self, category: str, winners: Sequence[str], note: str | None) -> object:
        words = self._words()
        return self._act("recall", actions.recall, category, note=note, winners=winners or None, words=words)

    def _act(self, name: str, act: Callable[..., Plan], *what: str, **fields: object) -> Any:
        def plan(view: View) -> Plan:
            return act(view, self._slug, *what, **fields)

        return self._store.perform(self._slug, plan, by=HERE.name, note={"act": name})

    def _words(self) -> ResultWords:
        """The wording of results in the blog's language."""
        from ..i18n import results

        blog = self._store.blog(self._slug)
        return results(blog.language if blog else "en")


class Elsewhere:
    """A blog at a server; the acts are its API's, with all its checks."""

    def __init__(self, blog: Blog) -> None:
        self._blog = blog

    def categories(self) -> Sequence[Category]:
        found = _known(self._blog.state(), _Categories).categories
        return [Category(id=each.id, name=each.name, nominees=each.nominees) for each in found]

    def publish(self, body: str, headline: str | None, category: str | None, key: bool) -> str:
        return _known(self._blog.publish(body, headline=headline, category=category, key=key), _Post).id

    def retract(self, post: str) -> object:
        return self._blog.retract(post)

    def announce(self, category: str, winners: Sequence[str]) -> object:
        return self._blog.announce(category, winners)

    def confirm(self, category: str) -> object:
        return self._blog.confirm(category)

    def doubt(self, category: str, note: str | None) -> object:
        return self._blog.doubt(category, note)

    def recall(self, category: str, winners: Sequence[str], note: str | None) -> object:
        return self._blog.recall(category, winners, note=note)


class _Named(msgspec.Struct):
    """What a command needs of a category, whatever a later release's has."""

    id: str
    name: str
    nominees: list[Nominee]


class _Categories(msgspec.Struct):
    categories: list[_Named]


class _Post(msgspec.Struct):
    id: str


def _known(answer: dict[str, Any], kind: type[T]) -> T:
    """What a command needs of an answer. Raises `Unavailable` if another program has answered."""
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as no:
        raise Unavailable(f"something else than a liveblog answers: {no}", retry_after=5) from no


def anywhere(command: C) -> C:
    """The options `--server` and `--token` of a command that `place` takes to a blog."""
    token = click.option(
        "--token", help="Token for --server (default: LIVEBLOG_TOKEN, which no list of processes shows)."
    )
    return click.option("--server", metavar="URL", help="Act at this server instead of the storage here.")(
        token(command)
    )


@contextmanager
def place(slug: str, server: str | None, token: str | None) -> Iterator[Place]:
    """The blog, here or at a server."""
    if server is None:
        if token is not None:
            raise click.UsageError("--token is for a --server")
        with storage() as store:
            yield Here(store, slug)
        return
    token = token or settings().token
    if not token:
        raise click.UsageError("--server needs a token: set LIVEBLOG_TOKEN, or give --token")
    try:
        blog = Blog(f"{server.rstrip('/')}/live/{quote(slug, safe='')}", token, patience=PATIENCE)
    except ValueError as no:
        raise click.UsageError(str(no)) from None
    yield Elsewhere(blog)
