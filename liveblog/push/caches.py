"""The caches in front of the site that drop what was withdrawn when they are told to: how each kind is asked.

Fastly, Cloudflare and Varnish drop everything that has a tag (`cache_tags.py`); nginx drops address by address.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from typing import Literal, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

Shape = Literal["fastly", "cloudflare", "varnish", "nginx"]
SHAPES: tuple[str, ...] = get_args(Shape)
PATIENCE = 10.0
"""Seconds that a cache may take for an answer."""
LONGEST = 40.0
"""Seconds that all answers of one nginx may take."""


class CacheFailed(Exception):
    """A cache did not confirm that it dropped something; the message says why."""


class Cache(Struct, frozen=True, kw_only=True):
    """A cache, the address at which it is told, and the secret that it wants (empty: none)."""

    shape: Shape
    address: str
    secret: str = ""

    @property
    def name(self) -> str:
        """What the desk and the log call it; without the secret."""
        return name_of(self.shape, self.address)


def name_of(shape: str, address: str) -> str:
    return f"{shape} {address}"


class Order(Struct, frozen=True, kw_only=True):
    """What a cache is to drop: everything with one of the tags, or these paths if it knows no tags."""

    tags: list[str]
    paths: list[str]


def tell(cache: Cache, order: Order, site: str) -> None:
    """Have a cache drop something of the site at this address. Raises `CacheFailed` unless it says that it did."""
    parts = urlsplit(cache.address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
        try:
            _ASK[cache.shape](connection, parts.path.rstrip("/"), cache.secret, order, site)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CacheFailed(getattr(error, "strerror", None) or str(error) or type(error).__name__) from None


def _fastly(line: http.client.HTTPConnection, path: str, secret: str, order: Order, site: str) -> None:
    """https://www.fastly.com/documentation/reference/api/purging/: several keys in one request."""
    fields = {"Fastly-Key": secret, "Surrogate-Key": " ".join(order.tags), "Accept": "application/json"}
    _answer(line, "POST", f"{path}/purge", fields)


def _cloudflare(line: http.client.HTTPConnection, path: str, secret: str, order: Order, site: str) -> None:
    """https://developers.cloudflare.com/api/resources/cache/methods/purge/: by tags."""
    fields = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    said = _answer(line, "POST", f"{path}/purge_cache", fields, msgspec.json.encode({"tags": order.tags}))
    answer = msgspec.json.decode(said or b"{}")
    if not (isinstance(answer, dict) and answer.get("success") is True):
        raise CacheFailed("Cloudflare did not say that it succeeded")


def _varnish(line: http.client.HTTPConnection, path: str, secret: str, order: Order, site: str) -> None:
    """What deploy/varnish.vcl understands, as do many configurations that use xkey."""
    _answer(line, "PURGE", path or "/", {"Host": _host(site), "xkey-purge": " ".join(order.tags)})


def _nginx(line: http.client.HTTPConnection, path: str, secret: str, order: Order, site: str) -> None:
    """PURGE of each address, as deploy/nginx.conf and ngx_cache_purge take it.

    What is not in the cache is a 404 or 412; what nginx fetches anew may be gone (404, 410).
    """
    ends = time.monotonic() + LONGEST
    for each in order.paths:
        fields = {"Host": _host(site), "X-Forwarded-Proto": urlsplit(site).scheme}
        _answer(line, "PURGE", path + each, fields, missing=(404, 410, 412))
        if time.monotonic() > ends:
            raise CacheFailed(f"{len(order.paths)} addresses took longer than {LONGEST:.0f} s")


_ASK = {"fastly": _fastly, "cloudflare": _cloudflare, "varnish": _varnish, "nginx": _nginx}


def _host(site: str) -> str:
    return urlsplit(site).netloc


def _answer(
    line: http.client.HTTPConnection,
    method: str,
    path: str,
    fields: Mapping[str, str],
    body: bytes | None = None,
    missing: tuple[int, ...] = (),
) -> bytes:
    """The body of an answer with 2xx, or with one of the statuses for what the cache does not have."""
    line.request(method, path, body, {"User-Agent": "liveblog", "Content-Length": str(len(body or b"")), **fields})
    answer = line.getresponse()
    said = answer.read(1 << 20)
    if not 200 <= answer.status < 300 and answer.status not in missing:
        raise CacheFailed(f"HTTP {answer.status}")
    return said
