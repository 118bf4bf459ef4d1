"""Titles of videos and posts, asked of their sites (oEmbed) when an editor wishes it; readers' browsers never ask.

Only the endpoints below are asked, over TLS, at a public address; redirects are not followed. An answer has a limit of
time and size, and only its title and author are read.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from ..addresses import target
from ..characters import CONTROL
from ..errors import Invalid
from ..excerpts import excerpt
from ..intake.escaping import inline
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


class _Failed(Exception):
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
        answer = _asked(ENDPOINTS[site], to, connect or _Public)
    except (OSError, http.client.HTTPException, ValueError, AttributeError):  # the last two: TLS that was cut off
        raise Invalid(f"{site} gave no answer; write the title yourself", field="address") from None
    except _Failed as no:
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
    connection = connect(endpoint.host)
    end = threading.Timer(PATIENCE, _cut, [connection])  # a timeout of the socket would count from each byte
    end.start()
    try:
        connection.request(
            "GET",
            endpoint.path + urlencode({"url": address}),
            headers={"Accept": "application/json", "User-Agent": "liveblog"},
        )
        answer = connection.getresponse()
        data = answer.read(LARGEST + 1)
    finally:
        end.cancel()
        connection.close()
    if answer.status != 200:
        raise _Failed("does not show it" if answer.status < 500 else "gave no answer")
    if len(data) > LARGEST:
        raise _Failed("gave too long an answer")
    try:
        return msgspec.json.decode(data, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _Failed("gave no title") from None


def _cut(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):  # it has ended by itself
            connection.sock.shutdown(socket.SHUT_RDWR)


class _Public(http.client.HTTPSConnection):
    """A connection to a public address of a host; proxies of the environment are not used."""

    def __init__(self, host: str) -> None:
        super().__init__(host, 443, timeout=PATIENCE)
        self._tls = ssl.create_default_context()

    def connect(self) -> None:
        self.sock = socket.create_connection((public_address(self.host), 443), PATIENCE)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()


def public_address(host: str) -> str:
    """The first address of a host, if all of them are public. Raises `OSError`."""
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]
    if not found or not all(map(_is_public, found)):
        raise OSError(f"{host} is not a public host")
    return found[0]


def _is_public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # with a zone: of this network
        return False
    hidden = isinstance(found, ipaddress.IPv6Address) and (found.ipv4_mapped or found.sixtofour or found.teredo)
    return found.is_global and not found.is_multicast and not hidden
