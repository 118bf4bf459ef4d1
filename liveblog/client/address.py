"""The addresses of a blog, its requests over HTTP, and refusals. Standard library only."""

from __future__ import annotations

import http.client
import json
import re
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPMessage
from typing import IO
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit

LOST = (OSError, http.client.HTTPException, json.JSONDecodeError, UnicodeDecodeError)
"""What a request raises when the line is cut, or when something else than the server answers."""


class Refused(Exception):
    """The server refused a request. `code` is its reason (docs/api.md#refusals), empty if a proxy answered instead.

    `retry_after` is how many seconds it asks to wait, 0 if it does not say.
    """

    def __init__(self, status: int, code: str, detail: str, *, field: str = "", retry_after: float = 0) -> None:
        super().__init__(detail)
        self.status, self.code, self.field, self.retry_after = status, code, field, retry_after

    @property
    def passes(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (408, 429) or self.status >= 500 or self.code == "busy"


class Address:
    """`url` is that of the blog's page, `https://live.example.org/live/anora`; `token` is sent to that server only."""

    def __init__(self, url: str, token: str = "") -> None:
        site, live, slug = url.rstrip("/").rpartition("/live/")
        if not live or not slug or "/" in slug or not _is_site(site):
            raise ValueError(f"not the address of a blog, like https://live.example.org/live/anora: {url}")
        if re.search(r"[^\x21-\x7e]", token):
            raise ValueError("no token has such characters")
        self.slug = slug
        self._api = f"{site}/api/v1/blogs/{quote(slug)}"
        self._token = token
        self._opener = urllib.request.build_opener(_Redirects)

    def open(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        method: str = "GET",
        body: object = None,
        headers: Mapping[str, str] | None = None,
        seconds: float,
    ) -> http.client.HTTPResponse:
        """One request; `seconds` is the longest silence. Raises `Refused`, and one of `LOST` without an answer."""
        url = self._api + path + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        sent = {"User-Agent": "liveblog-client", "Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(url, data, sent, method=method)
        if self._token:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            response: http.client.HTTPResponse = self._opener.open(request, timeout=seconds)
            return response
        except HTTPError as error:
            with error:
                raise _refused(error) from None


def _is_site(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and not re.search(r"[^\x21-\x7e]", url)
        )
    except ValueError:  # of the port
        return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    """A write that was redirected would become a GET, and seem to have succeeded."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        return super().redirect_request(req, fp, code, msg, headers, newurl) if req.get_method() == "GET" else None


def _refused(error: HTTPError) -> Refused:
    wait: str = error.headers.get("Retry-After", "")
    problem: dict[str, object] = {}
    with suppress(*LOST, ValueError, TypeError):  # a proxy's own page, or one that is cut off
        problem = dict(json.loads(error.read()))
    detail = str(problem.get("detail", f"the server answers with status {error.code}"))
    code, field = str(problem.get("code", "")), str(problem.get("field", ""))
    return Refused(error.code, code, detail, field=field, retry_after=float(wait) if wait.isdecimal() else 0)
