"""The front door: what is answered before gunicorn and Flask build a request.

Websockets and event streams are handed to the transport as bare descriptors, so that nothing of the request stays
behind; everything else goes on as it came.
"""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gevent.socket

from . import heads
from .config import Settings
from .heads import Head
from .model import Position
from .push.sockets import Refused, Sockets, position_of
from .push.transport import Transport
from .web.ready import Ready

LARGEST_HEAD = 16 * 1024
"""Bytes within which a request's head must end to be read here."""
_STREAM = re.compile(rb"/api/v1/blogs/([a-z0-9-]{1,64})/stream")


class Rewound(gevent.socket.socket):  # type: ignore[misc]
    """A connection whose first bytes were read already: it gives them again."""

    first = b""

    def recv(self, size: int, *flags: Any) -> bytes:
        if self.first:
            given, self.first = self.first[:size], self.first[size:]
            return given
        return bytes(super().recv(size, *flags))


class Front:
    def __init__(self, settings: Settings, sockets: Sockets, transport: Transport, ready: Ready) -> None:
        self._origins = {*settings.origins, *([settings.base_url] if settings.base_url else [])}
        self._sockets = sockets
        self._transport = transport
        self._ready = ready

    def admit(self, client: Any) -> Any:
        """Serve a new connection as far as it is ours. Returns what gunicorn shall go on with, or None.

        Raises `OSError` when the connection is gone.
        """
        data, head = b"", None
        while True:
            data = _whole_head(client, data)
            end = data.find(b"\r\n\r\n") + 4
            head = heads.read(data[:end]) if end > 3 else None
            answer = self._ready.find(head) if head is not None else None
            if head is None or answer is None:
                break
            client.sendall(answer)
            data = data[end:]
            if head.headers.get(b"connection", b"").lower() == b"close":
                data = b""
                break
        if not data:
            client.close()
            return None
        if head is not None and self._taken(client, head, data[end:]):
            return None
        rest = Rewound(client.family, client.type, client.proto, fileno=client.detach())
        rest.first = data
        return rest

    def _taken(self, client: Any, head: Head, early: bytes) -> bool:
        if head.path == b"/socket.io/":
            return self._websocket(client, head, early)
        if head.path.endswith(b"/stream"):
            return self._stream(client, head)
        return False

    def _websocket(self, client: Any, head: Head, early: bytes) -> bool:
        """Whether this was a good handshake (RFC 6455, 4.2.1); others are refused by the stock server behind."""
        sent, query = head.headers, head.query.split(b"&")
        key = sent.get(b"sec-websocket-key", b"")
        good = (
            b"EIO=4" in query
            and b"transport=websocket" in query
            and b"sid=" not in head.query
            and sent.get(b"upgrade", b"").lower() == b"websocket"
            and b"upgrade" in sent.get(b"connection", b"").lower().replace(b" ", b"").split(b",")
            and sent.get(b"sec-websocket-version") == b"13"
            and _is_key(key)
            and self._welcome(sent)
        )
        if good:
            self._transport.upgrade(client.detach(), key, head, early)
        return good

    def _welcome(self, sent: dict[bytes, bytes]) -> bool:
        """Whether a page of this origin may listen: our own pages, and those in LIVEBLOG_ORIGINS."""
        origin = sent.get(b"origin", b"").decode("latin-1").rstrip("/")
        if not origin or origin in self._origins or "*" in self._origins:
            return True
        host = sent.get(b"x-forwarded-host", sent[b"host"]).decode("latin-1")
        return urlsplit(origin).netloc == host

    def _stream(self, client: Any, head: Head) -> bool:
        matched = _STREAM.fullmatch(head.path)
        if matched is None:
            return False
        try:
            position = _position(head)
            timeline = self._sockets.admitted(slug := matched[1].decode())
        except (Refused, ValueError):
            return False  # the API says why, and knows who may see a draft
        self._transport.stream(client.detach(), slug, timeline, position)
        return True


def _whole_head(client: Any, data: bytes) -> bytes:
    """Read on until there is a whole head, or so much that it is somebody else's business; nothing at the end."""
    while b"\r\n\r\n" not in data and len(data) < LARGEST_HEAD:
        more = client.recv(LARGEST_HEAD)
        if not more:
            return b""
        data += more
    return data


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def _position(head: Head) -> Position | None:
    """Where a stream goes on (WHATWG HTML, 9.2.4). Raises `ValueError` for what is no position."""
    last = head.headers.get(b"last-event-id")
    if last is None:
        query = parse_qs(head.query.decode("latin-1"), keep_blank_values=True)
        epoch, after = query.get("epoch", [""])[-1], query.get("after", [""])[-1]
        if not epoch and after in ("", "0"):
            return None
        last = f"{epoch}:{after}".encode("latin-1")
    position = position_of(last.decode("latin-1"))
    if position is None:
        raise ValueError(last)
    return position
