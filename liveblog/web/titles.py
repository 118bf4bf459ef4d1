"""Titles of videos and posts, asked of their sites (oEmbed) when an editor wishes it; readers' browsers never ask.

Only the endpoints below are asked, over TLS, at a public address; redirects are not followed. An answer has a limit of
time and size, and only its title and author are read.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from ..addresses import target
from ..characters import CONTROL
from ..errors import Invalid
from ..excerpts import excerpt
from ..intake.escaping import inline
from ..outgoing import Failed, ask, guarded
from .markdown_blocks import place

PATIENCE, LARGEST, LONGEST = 5.0, 64 * 1024, 120
"""Seconds for a whole answer, its bytes, and graphemes of a title."""


class _Endpoint(NamedTuple):
    host: str
    path: str


ENDPOINTS = {
    "YouTube": _Endpoint("www.youtube.com", "/oembed?format=json&"),
    "Vimeo": _Endpoint("vimeo.com", "/api/oembed.json?"),
    "Dailymotion": _Endpoint("www.dailymotion.com", "/services/oembed?format=json&"),
    "TikTok": _Endpoint("www.tiktok.com", "/oembed?"),
    "X": _Endpoint("publish.twitter.com", "/oembed?omit_script=true&"),
    "Bluesky": _Endpoint("embed.bsky.app", "/oembed?"),
}
"""The sites that answer without a key."""


class _Answer(Struct):
    title: str | None = None
    author_name: str | None = None


class _Refused(Exception):
    """The message says what the site did."""


def site_of(address: str) -> str | None:
    """The site that may be asked for the title of what is at this address."""
    found = place(target(address) or "")
    return found.site if found is not None and found.site in ENDPOINTS else None


def titled(address: str, connect: Callable[[str], http.client.HTTPConnection] | None = None) -> str:
    """The address as a link with its title, in Markdown. Raises `Invalid` if the site gives none.

    `connect` makes a connection to a host that is not open yet.
    """
    site, to = site_of(address), target(address) or ""
    if site is None:
        raise Invalid("there is no site to be asked for the title of this address", field="address")
    try:
        answer = _asked(ENDPOINTS[site], to, connect or _public)
    except Failed:
        raise Invalid(f"{site} gave no answer; write the title yourself", field="address") from None
    except _Refused as no:
        raise Invalid(f"{site} {no}; write the title yourself", field="address") from None
    title = answer.title or (f"{answer.author_name} on {site}" if answer.author_name else "")
    words = excerpt(" ".join(CONTROL.sub("", title).split()), LONGEST)
    if not words:
        raise Invalid(f"{site} has no title for this address; write it yourself", field="address")
    return f"[{_escaped(words)}]({to.replace('(', '%28').replace(')', '%29')})"


def _escaped(words: str) -> str:
    """Words within a link: brackets alone are brackets elsewhere, but not here."""
    return re.sub(r"(\\.)|([\[\]])", lambda sign: sign[1] or f"\\{sign[2]}", inline(words))


def _asked(endpoint: _Endpoint, address: str, connect: Callable[[str], http.client.HTTPConnection]) -> _Answer:
    target = endpoint.path + urlencode({"url": address})
    sent = {"Accept": "application/json"}
    answer = ask(connect(endpoint.host), "GET", target, headers=sent, patience=PATIENCE, largest=LARGEST)
    if answer.status != 200:
        raise _Refused("does not show it" if answer.status < 500 else "gave no answer")
    if answer.more:
        raise _Refused("gave too long an answer")
    try:
        return msgspec.json.decode(answer.body, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _Refused("gave no title") from None


def _public(host: str) -> http.client.HTTPConnection:
    return guarded(f"https://{host}", patience=PATIENCE)
