"""Writing to a blog from another program. Each act has an `Idempotency-Key`, so that it happens once."""

from __future__ import annotations

import asyncio
import random
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.error import URLError
from urllib.parse import quote

from .address import LOST, Address, Refused, object_of
from .change import Object

P = ParamSpec("P")
T = TypeVar("T")
SECONDS = 30.0
"""The longest silence while an answer is awaited."""
PATIENCE = 60.0
"""Seconds for which an act is tried again while no answer comes, or one that says `later`."""


class NoAnswer(Exception):
    """No answer came in time. An act may have happened or not: the same act with the same `once` is safe.

    `once` is empty if the server was never reached, so that nothing was done.
    """

    def __init__(self, why: Exception, once: str = "") -> None:
        reason = getattr(why, "reason", why)
        name = str(reason) or type(reason).__name__
        super().__init__(f"no answer ({name})" + (": whether it was done is not known" if once else ""))
        self.once = once


class Blog:
    """The blog whose page is at `url`, for programs with a token. Several threads may use it at once.

    Every act is repeated until it is answered, for `patience` seconds, and happens once. Acts return the objects that
    the API answers with (docs/api.md). They raise `Refused`, with nothing changed, and `NoAnswer`. `once` is the
    `Idempotency-Key`: give one of your own, and an act happens once also if your program starts anew in between.
    """

    def __init__(self, url: str, token: str, *, patience: float = PATIENCE) -> None:
        self._address = Address(url, token)
        self._patience = patience

    # -- posts

    def publish(
        self,
        body: str = "",
        *,
        headline: str | None = None,
        category: str | None = None,
        key: bool = False,
        byline: str | None = None,
        media: Sequence[Object] = (),
        once: str = "",
    ) -> Object:
        """A new post; it needs a body (Markdown), a headline or a picture."""
        fields = {"body": body, "headline": headline, "category": category, "byline": byline, "media": [*media]}
        given = {name: value for name, value in fields.items() if value} | ({"key": True} if key else {})
        return self._act("POST", "/posts", given, once)

    def edit(self, post: str, /, *, once: str = "", **fields: Any) -> Object:
        """Change some fields of a post: `body`, `headline`, `correction` and others."""
        return self._act("PATCH", f"/posts/{quote(post, safe='')}", fields, once)

    def retract(self, post: str, *, once: str = "") -> Object:
        """Take a post back. Returns its tombstone."""
        return self._act("DELETE", f"/posts/{quote(post, safe='')}", None, once)

    # -- results; a category by its id, winners by the ids of nominees

    def put_on_stage(self, category: str, *, once: str = "") -> Object:
        return self._step(category, "on-stage", {}, once)

    def announce(self, category: str, winners: Sequence[str], *, source: str | None = None, once: str = "") -> Object:
        """Announce the winner, or the winners of a tie: the category and its result post."""
        return self._step(category, "announce", {"winners": [*winners], "source": source}, once)

    def confirm(self, category: str, *, once: str = "") -> Object:
        return self._step(category, "confirm", {}, once)

    def doubt(self, category: str, note: str | None = None, *, once: str = "") -> Object:
        """Mark the result as in doubt; `note` is what readers are told about it."""
        return self._step(category, "doubt", {"note": note}, once)

    def recall(self, category: str, winners: Sequence[str] = (), *, note: str | None = None, once: str = "") -> Object:
        """Correct the result to these winners; without any, the category is on stage again."""
        return self._step(category, "recall", {"winners": [*winners] or None, "note": note}, once)

    # -- reading

    def state(self) -> Object:
        """The blog, its categories in running order and its posts, newest first."""
        return self._answered("GET", "", None, "")

    # -- requests

    def _step(self, category: str, step: str, fields: Object, once: str) -> Object:
        given = {name: value for name, value in fields.items() if value is not None}
        return self._act("POST", f"/categories/{quote(category, safe='')}/{step}", given, once)

    def _act(self, method: str, path: str, fields: Object | None, once: str) -> Object:
        return self._answered(method, path, fields, once or secrets.token_urlsafe(18))

    def _answered(self, method: str, path: str, fields: Object | None, once: str) -> Object:
        """One request, made with the same key until there is an answer."""
        until, pause, sent = time.monotonic() + self._patience, 0.25, False
        while True:
            why: Exception
            try:
                return self._asked(method, path, fields, {"Idempotency-Key": once} if once else {})
            except Refused as no:
                if not no.passes:
                    raise
                why, wait, sent = no, no.retry_after, True
            except LOST as error:
                why, wait, sent = error, 0.0, sent or not _is_unsent(error)
                if _has(error, ssl.SSLCertVerificationError):  # the next try would find the same certificate
                    raise NoAnswer(why, once if sent else "") from why
            wait += random.uniform(pause / 2, pause)
            if time.monotonic() + wait > until:
                if isinstance(why, Refused) and why.status < 500:
                    raise why
                raise NoAnswer(why, once if sent else "") from why
            time.sleep(wait)
            pause = min(2 * pause, 8.0)

    def _asked(self, method: str, path: str, fields: Object | None, headers: dict[str, str]) -> Object:
        with self._address.open(path, method=method, body=fields, headers=headers, seconds=SECONDS) as answer:
            return object_of(answer.read())


def _is_unsent(error: Exception) -> bool:
    """Whether there was no connection, so that nothing was done."""
    return _has(error, socket.gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError)


def _has(error: Exception, *reasons: type[Exception]) -> bool:
    return isinstance(error, URLError) and isinstance(error.reason, reasons)


def _awaited(act: Callable[Concatenate[Blog, P], T]) -> Callable[Concatenate[AsyncBlog, P], Coroutine[Any, Any, T]]:
    @wraps(act)
    async def call(self: AsyncBlog, /, *args: P.args, **fields: P.kwargs) -> T:
        return await asyncio.to_thread(act, self.blog, *args, **fields)

    return call


class AsyncBlog:
    """The same acts as coroutines. One that is cancelled may happen nevertheless."""

    def __init__(self, url: str, token: str, *, patience: float = PATIENCE) -> None:
        self.blog = Blog(url, token, patience=patience)

    publish = _awaited(Blog.publish)
    edit = _awaited(Blog.edit)
    retract = _awaited(Blog.retract)
    put_on_stage = _awaited(Blog.put_on_stage)
    announce = _awaited(Blog.announce)
    confirm = _awaited(Blog.confirm)
    doubt = _awaited(Blog.doubt)
    recall = _awaited(Blog.recall)
    state = _awaited(Blog.state)
