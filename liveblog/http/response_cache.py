"""Responses as bytes. Each is made once per change and content coding, and shared by all clients.

Flask's views make them (`ResponseCache.answer`); the front door finds them again (`ResponseCache.find`), before Flask
builds a request.
"""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

import brotli
from flask import Response, request
from werkzeug.http import http_date, is_entity_header, parse_accept_header, parse_etags

from ..model import Position
from ..threads import Locks
from ..timeline import Timeline
from ..watch import counts
from .request_head import RequestHead, written

MOST_BYTES, MOST_KEPT = 64 * 1024 * 1024, 48 * 1024 * 1024
"""Bytes of cached responses, and of those that stay when there are more."""
LONGEST_KEY = 300
FORWARDED = (b"x-forwarded-proto", b"x-forwarded-host")
WORTH = 512
"""Bytes from which compression pays off."""
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda data: bytes(brotli.compress(data, quality=6)),
    "gzip": lambda data: gzip.compress(data, 6, mtime=0),
    "": lambda data: data,
}
"""In order of preference; the empty name stands for no coding."""


def coded(data: bytes, coding: str) -> bytes:
    return CODINGS[coding](data)


class CachedResponse:
    """One resource at one position of its blog."""

    def __init__(
        self,
        slug: str,
        position: Position,
        body: bytes,
        headers: dict[str, str],
        modified: str = "",
        route: str = "none",
    ) -> None:
        self.sent, self.unchanged = (counts.requests.of(route, "GET", status, "front") for status in ("2xx", "3xx"))
        """How long answers from it took: with the body, and without one for clients that have it."""
        self.modified = int(datetime.fromisoformat(modified).timestamp()) if modified else None
        self._made = time.time()
        self.slug = slug
        self.position = position
        self.size = len(body)
        self._hash = hashlib.sha256(body).hexdigest()[:20]
        self._headers = headers
        self._bodies = {"": body}
        self._wire: dict[str, tuple[int, bytes]] = {}
        self.counted = 0
        """The bytes that its cache has counted for it."""

    @property
    def cost(self) -> int:
        """About how many bytes it takes by now: the body, in each coding that somebody wanted, and the responses."""
        return 4000 + sum(map(len, self._bodies.values())) + sum(len(made) for _, made in self._wire.values())

    def coding(self, accepted: str) -> str:
        """The coding to answer with."""
        return preferred(accepted) if self.size >= WORTH else ""

    def body(self, coding: str) -> bytes:
        if coding not in self._bodies:
            self._bodies[coding] = CODINGS[coding](self._bodies[""])
        return self._bodies[coding]

    def etag(self, coding: str) -> str:
        """A strong tag identifies the bytes, so each coding has its own (RFC 9110, 8.8.3)."""
        return f'"{self._tag(coding)}"'

    def _tag(self, coding: str) -> str:
        return f"{self._hash}-{coding}" if coding else self._hash

    def known(self, if_none_match: str, if_modified_since: str = "") -> bool:
        """Whether the client has it, in any coding; the date counts only without a tag (RFC 9110, 13.1)."""
        if if_none_match:
            held = parse_etags(if_none_match)
            return any(held.contains_weak(self._tag(coding)) for coding in CODINGS)
        return self.modified is not None and if_modified_since == http_date(self.modified)

    def headers(self, coding: str, now: float) -> dict[str, str]:
        """All header fields but the length. Last-Modified has whole seconds and could not tell two changes in one
        second, so it is left out until that second is over (RFC 9110, 8.8.2.2)."""
        coded = {"Content-Encoding": coding} if coding else {}
        known = self.modified is not None and now >= max(self.modified, self._made) + 1
        dated = {"Last-Modified": http_date(self.modified)} if known else {}
        return {**self._headers, **dated, "ETag": self.etag(coding), "Vary": "Accept-Encoding", **coded}

    def response(self) -> Response:
        """Flask's response, by what the current request accepts and has."""
        sent = request.headers
        coding, now = self.coding(sent.get("Accept-Encoding", "")), time.time()
        if self.known(sent.get("If-None-Match", ""), sent.get("If-Modified-Since", "")):
            return Response(status=304, headers=self.headers(coding, now))
        return Response(self.body(coding), headers=self.headers(coding, now))

    def wire(self, head: RequestHead) -> bytes:
        """The whole HTTP/1.1 response; it is joined once a second, because of the date."""
        accepted, match, since = (
            head.headers.get(name, b"").decode("latin-1")
            for name in (b"accept-encoding", b"if-none-match", b"if-modified-since")
        )
        coding, known = self.coding(accepted), self.known(match, since)
        name, now = ("304" if known else "200") + coding, int(time.time())
        found = self._wire.get(name)
        if found is None or found[0] != now:
            found = self._wire[name] = (now, self._joined(coding, known, now))
        return found[1]

    def _joined(self, coding: str, known: bool, now: int) -> bytes:
        body = b"" if known else self.body(coding)
        fields = {"Date": http_date(now), **self.headers(coding, now)}
        if known:
            fields = {name: value for name, value in fields.items() if not is_entity_header(name)}
        else:
            fields["Content-Length"] = str(len(body))
        return written(304 if known else 200, fields) + b"\r\n" + body


class ResponseCache:
    """The cached responses of one process. `position(slug)` is the current position of the blog in memory.

    Without a `base_url`, pages contain the address at which they were requested, and are cached for each address.
    """

    def __init__(self, position: Callable[[str], Position | None], base_url: str | None) -> None:
        self._position = position
        self._base_url = base_url
        self._kept: dict[tuple[str, str], CachedResponse] = {}
        self._bytes = 0
        self._preparing = Locks()

    def answer(
        self,
        timeline: Timeline,
        make: Callable[[], bytes],
        headers: dict[str, str],
        prepare: Callable[[], object] | None = None,
        query: str | None = None,
    ) -> Response:
        """Flask's response to the current request; `make` runs for the first one after each change.

        `prepare` comes before it and may wait; others with the same request wait for the first. `query` is how the
        request's query is written usually, if it may be written in several ways.
        """
        query = request.query_string.decode("latin-1") if query is None else query
        key = self._key(f"{request.scheme}://{request.host}", request.path, query)
        found = self._kept.get(key)
        if prepare is not None and (found is None or found.position != timeline.position):
            with self._preparing.of(key):
                found = self._kept.get(key)
                if found is None or found.position != timeline.position:
                    prepare()
            found = self._kept.get(key)
        if found is not None and found.position == timeline.position:
            self._count(found)
        else:
            route = request.endpoint or "none"
            found = CachedResponse(timeline.blog.id, timeline.position, make(), headers, timeline.last, route)
            self._keep(key, found)
        return found.response()

    def __len__(self) -> int:
        return len(self._kept)

    def forget(self, slug: str) -> None:
        """Drop a blog's responses."""
        self._kept = {key: answer for key, answer in self._kept.items() if answer.slug != slug}
        self._bytes = sum(answer.counted for answer in self._kept.values())

    def find(self, head: RequestHead) -> CachedResponse | None:
        """The response to a request, if it was made since the last change."""
        if head.old or head.has_body or b"?" in head.path:
            return None  # gunicorn knows what HTTP/1.0 expects; an escaped "?" does not begin a query
        if self._base_url is None and any(name in head.headers for name in FORWARDED):
            return None  # `proxies` decides whether these count
        origin = "http://" + head.headers[b"host"].decode("latin-1")
        found = self._kept.get(self._key(origin, head.path.decode("latin-1"), head.query.decode("latin-1")))
        if found is None or found.position != self._position(found.slug):
            return None
        self._count(found)
        return found

    def _key(self, origin: str, path: str, query: str) -> tuple[str, str]:
        """Answers are the same for every query (campaign marks and the like), except those that read theirs."""
        reads = path.endswith(("/changes", "/embed", "/relay"))
        return "" if self._base_url else origin, f"{path}?{query}" if reads else path

    def _keep(self, key: tuple[str, str], answer: CachedResponse) -> None:
        if sum(map(len, key)) > LONGEST_KEY:
            return  # nobody else will ask with this key
        old = self._kept.pop(key, None)
        self._bytes -= old.counted if old is not None else 0
        self._kept[key] = answer
        self._count(answer)

    def _count(self, answer: CachedResponse) -> None:
        """Count what an answer takes by now, and make room for it."""
        cost = answer.cost
        self._bytes += cost - answer.counted
        answer.counted = cost
        if self._bytes > MOST_BYTES:
            self._make_room(answer)

    def _make_room(self, wanted: CachedResponse) -> None:
        """Drop what is out of date, and the oldest. The answer that is wanted now stays, however large it is."""
        kept, left = [], MOST_KEPT - wanted.counted
        for key, answer in reversed(self._kept.items()):
            if answer is wanted:
                kept.append((key, answer))
            elif answer.counted <= left and answer.position == self._position(answer.slug):
                kept.append((key, answer))
                left -= answer.counted
        self._kept = dict(reversed(kept))
        self._bytes = sum(answer.counted for answer in self._kept.values())


@lru_cache(maxsize=512)
def preferred(accepted: str) -> str:
    """The best coding that an Accept-Encoding allows (RFC 9110, 12.5.3); empty for none."""
    quality = parse_accept_header(accepted).quality
    best = max(filter(None, CODINGS), key=quality)  # the first one of equals
    return best if quality(best) > 0 else ""
