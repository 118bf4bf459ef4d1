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
from urllib.parse import quote, unquote, urlencode, urlsplit

from .change import Object


class OtherProgram(Exception):
    """Something else than a liveblog has answered, as a proxy's own page."""


LOST = (OSError, http.client.HTTPException, OtherProgram, UnicodeDecodeError)
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
    """`url` is that of the blog's page, `https://live.example.org/live/anora`, also as browsers show it with a query or
    a fragment; `token` is sent to that server only."""

    def __init__(self, url: str, token: str = "") -> None:
        site, live, slug = re.split("[?#]", url)[0].rstrip("/").rpartition("/live/")
        slug = unquote(slug)
        if not live or not slug or "/" in slug or not _is_site(site):
            shown = re.sub("//[^/]*@", "//…@", url)  # without a password
            raise ValueError(f"not the address of a blog, like https://live.example.org/live/anora: {shown}")
        if re.search(r"[^\x21-\x7e]", token):
            raise ValueError("no token has such characters")
        self.slug = slug
        self._api = f"{site}/api/v1/blogs/{quote(slug, safe='')}"
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
            and bool((parts.hostname or "").encode("idna"))
            and parts.username is None
            and parts.port != 0
            and not re.search(r"[^\x21-\x7e]", url)
        )
    except ValueError:  # of the port, or of the host
        return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    """A write that was redirected would become a GET, and seem to have succeeded."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        return super().redirect_request(req, fp, code, msg, headers, newurl) if req.get_method() == "GET" else None


def object_of(text: str | bytes) -> Object:
    """The object that an answer or an event has as JSON. Raises `OtherProgram`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise OtherProgram("something else than a liveblog answers")
    return found


def _refused(error: HTTPError) -> Refused:
    wait: str = error.headers.get("Retry-After", "")
    problem: Object = {}
    with suppress(*LOST):  # a proxy's own page, or one that is cut off
        problem = object_of(error.read())
    said = f"the server answers with status {error.code}"
    if place := error.headers.get("Location"):
        said += f" and names another address: {place}"
    elif error.code in (404, 405):
        said = f"there is no liveblog at this address: {said}"
    detail = str(problem.get("detail", said))
    code, field = str(problem.get("code", "")), str(problem.get("field", ""))
    return Refused(error.code, code, detail, field=field, retry_after=float(wait) if wait.isdecimal() else 0)
