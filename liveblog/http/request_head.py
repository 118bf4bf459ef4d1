"""The head of a GET over HTTP/1 (RFC 9112), parsed once for the requests that are answered before Flask. Pure.

A malformed head, or another method, gives None; gunicorn's full parser then takes the request.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import unquote_plus, unquote_to_bytes

LONGEST_HOST = 260
"""Bytes of a name of the DNS (253), a dot and a port."""
SESSION_COOKIE = b"liveblog_session"
"""The cookie of a session at the desk."""
_HEAD = re.compile(
    rb"GET (?:(?i:https?)://([^\x00-\x20\x7f/?#@]+))?([/?][^\x00-\x20\x7f]*)? HTTP/1\.([01])\r\n"
    rb"((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0\r\n]*\r\n)*)\r\n"
)
_METHOD = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40}"
_LINE = re.compile(_METHOD + rb" [^\x00-\x20\x7f]+ HTTP/1\.[01]\r")
_BEGINNING = re.compile(_METHOD + rb"(?: [^\x00-\x20\x7f]*(?: H?T?T?P?/?\d?\.?\d?\r?)?)?")
"""A request line (RFC 9112, 3), and what has come of one."""
_BARE = re.compile(rb"(?<!\r)\n")
_HOSTS = re.compile(rb"\r\nhost:([^\r\n]*+)(?=\r\n)", re.I)
_CODINGS = re.compile(rb"\r\ntransfer-encoding:([^\r\n]*+)(?=\r\n)", re.I)
"""The values with the blanks around them: a pattern that also looked for these took hours for 16 KiB of blanks."""
_ABSOLUTE = re.compile(rb"[^ ]+ (?i:https?)://([^/?# ]*)")
_PORT = rb"(?::(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])?)?"
_AUTHORITY = re.compile(rb"(?:\[([0-9A-Fa-f:.]{2,45})\]|[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?)" + _PORT)
"""An address, or a name of the DNS: others (RFC 3986, 3.2.2) are in no request that people send."""


class RequestHead:
    """`path` is decoded, `query` is as sent; `headers` have lower-case names, repeated ones are joined with a comma.

    `old` means HTTP/1.0; `has_body` means that a body follows, which is not read here.
    """

    __slots__ = ("has_body", "headers", "old", "path", "query")

    def __init__(
        self, path: bytes, query: bytes, headers: dict[bytes, bytes], *, old: bool = False, has_body: bool = False
    ) -> None:
        self.path = path
        self.query = query
        self.headers = headers
        self.old = old
        self.has_body = has_body

    def args(self) -> dict[str, str]:
        """The query's fields; the first of several with one name, as in Flask."""
        return dict(reversed(self.pairs()))

    def pairs(self) -> list[tuple[str, str]]:
        """The query's fields, also those with one name."""
        query = self.query.decode("latin-1")
        read: Callable[[str], str] = unquote_plus if "%" in query or "+" in query else str
        pairs = [each.partition("=") for each in query.split("&") if each]
        return [(read(name), read(value)) for name, _, value in pairs]

    def text(self, name: bytes) -> str:
        """A header's value; empty if it is missing."""
        return self.headers.get(name, b"").decode("latin-1")

    def lists(self, name: bytes, word: bytes) -> bool:
        """Whether a list header contains a word, regardless of case."""
        return word in self.headers.get(name, b"").lower().replace(b" ", b"").split(b",")

    def environ(self) -> dict[str, Any]:
        """The request as a WSGI environ (PEP 3333), for handlers of other namespaces."""
        host = self.text(b"host") or "localhost"
        name, _, port = host.rpartition(":") if re.search(r":\d+$", host) else (host, "", "")
        found: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path.decode("latin-1"),
            "QUERY_STRING": self.query.decode("latin-1"),
            "SERVER_NAME": name,
            "SERVER_PORT": port or "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        for header in self.headers:
            found["HTTP_" + header.decode("latin-1").upper().replace("-", "_")] = self.text(header)
        return found


def read(head: bytes) -> RequestHead | None:
    """Parse a GET, from its first byte to the empty line; None for anything else."""
    matched = _HEAD.fullmatch(head)
    if matched is None:
        return None  # another method, folded or malformed
    authority, target, minor, lines = matched.groups()
    headers = _headers(lines)
    if headers is None or ((target is None or target[:1] == b"?") and authority is None):
        return None
    if b"host" not in headers and minor == b"1":
        return None
    if headers.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
        return None
    if authority is not None:
        if not _is_authority(authority):
            return None
        headers[b"host"] = authority  # it counts, whatever Host says (RFC 9112, 3.2.2)
    path, _, query = (target or b"/").partition(b"#")[0].partition(b"?")
    return RequestHead(
        unquote_to_bytes(path) if b"%" in path else path or b"/",
        query,
        headers,
        old=minor == b"0",
        has_body=headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers,
    )


def fault(data: bytes, seen: int = 0) -> str:
    """Why a head, or what has come of one, can be no request (RFC 9112); empty if it can.

    Nobody waits for the rest of a TLS handshake, or for the end of lines that do not end with CR LF. `seen` bytes were
    looked at before: a head that comes byte by byte is not read from its beginning for each byte.
    """
    if seen and not _is_due(data, seen):
        return ""
    line, ended, _ = data.partition(b"\n")
    if not (_LINE if ended else _BEGINNING).fullmatch(line):
        return "this is no request of HTTP/1.1"
    if _BARE.search(data):
        return "the lines of a head end with CR and LF"
    if ended and (absolute := _ABSOLUTE.match(line)) is not None and not _is_authority(absolute[1]):
        return "the address of a request has a host, and no name of a user"
    hosts = [each.strip(b" \t") for each in _HOSTS.findall(data)]
    if data.endswith(b"\r\n\r\n") and len(hosts) != 1 and not line.endswith(b"HTTP/1.0\r"):
        return "a request has exactly one Host"
    codings = [each.strip(b" \t").lower() for each in _CODINGS.findall(data)]
    if codings not in ([], [b"chunked"]):  # proxies differ on where others end
        return "the only coding of a body is chunked, said once"
    return "" if all(map(_is_authority, hosts)) else "Host is a name or an address, with or without a port"


def _is_due(data: bytes, seen: int) -> bool:
    """Whether a head must be read again: its first line or all of it has ended, or a bad line, or it has doubled."""
    ended = data.find(b"\n") >= seen or data.endswith(b"\r\n\r\n") or _BARE.search(data, seen) is not None
    return ended or len(data).bit_length() > seen.bit_length()


def is_authority(host: str) -> bool:
    """Whether this is a host, with or without a port."""
    return _is_authority(host.encode(errors="replace"))


def _is_authority(host: bytes) -> bool:
    return len(host) <= LONGEST_HOST and _matches(host)


@lru_cache(maxsize=1024)  # nearly all requests name the same one
def _matches(host: bytes) -> bool:
    matched = _AUTHORITY.fullmatch(host)
    if matched is None or matched[1] is None:
        return matched is not None
    try:
        return IPv6Address(matched[1].decode()) is not None
    except ValueError:
        return False


def written(status: int, fields: Mapping[str, str]) -> bytes:
    """The head of an HTTP/1.1 response, without the final empty line."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}".encode("latin-1")


def _headers(lines: bytes) -> dict[bytes, bytes] | None:
    """Header fields by name; None if there are two hosts, or one that is none, which RFC 9112 forbids (3.2)."""
    found: dict[bytes, bytes] = {}
    for line in lines.split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name == b"host" and (name in found or not _is_authority(value)):
            return None
        found[name] = found[name] + b", " + value if name in found else value
    return found
