"""The head of an HTTP/1.1 request (RFC 9112), read once for what is answered before Flask. Pure.

Only plain heads are read; anything unusual is None, and goes to the full parser behind.
"""

from __future__ import annotations

import io
import re
import sys
from typing import Any
from urllib.parse import unquote_to_bytes

SESSION_COOKIE = b"liveblog_session"
"""The cookie of somebody from the desk."""
_HEAD = re.compile(rb"GET (/[\x21-\x7e]*) HTTP/1\.1\r\n((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n]*\r\n)+)\r\n")


class Head:
    """`path` and `query` as sent; `headers` by lower-case name, repeated ones joined with a comma."""

    __slots__ = ("headers", "path", "query")

    def __init__(self, path: bytes, query: bytes, headers: dict[bytes, bytes]) -> None:
        self.path = path
        self.query = query
        self.headers = headers

    def lists(self, name: bytes, word: bytes) -> bool:
        """Whether a list header has a word, in any case."""
        return word in self.headers.get(name, b"").lower().replace(b" ", b"").split(b",")

    def environ(self) -> dict[str, Any]:
        """As WSGI has it (PEP 3333), for a handler that wants the request it came from."""
        host = self.headers.get(b"host", b"localhost").decode("latin-1")
        name, _, port = host.rpartition(":") if re.search(r":\d+$", host) else (host, "", "")
        found: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(self.path).decode("latin-1"),
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
        for header, value in self.headers.items():
            found["HTTP_" + header.decode("latin-1").upper().replace("-", "_")] = value.decode("latin-1")
        return found


def read(head: bytes) -> Head | None:
    """A GET without a body, from its first byte to the empty line; None for anything else."""
    matched = _HEAD.fullmatch(head)
    if matched is None:
        return None  # another method, folded or malformed
    headers: dict[bytes, bytes] = {}
    for line in matched[2].split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name == b"host" and name in headers:
            return None  # which one is meant? (RFC 9112, 3.2)
        headers[name] = headers[name] + b", " + value if name in headers else value
    if b"content-length" in headers or b"transfer-encoding" in headers or b"host" not in headers:
        return None
    path, _, query = matched[1].partition(b"?")
    return Head(path, query, headers)
