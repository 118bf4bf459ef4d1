"""The front door: what is answered before gunicorn and Flask build a request.

A new connection is a line on the switchboard. Ready answers are sent from there, websockets and event streams stay
there, and everything else is given on to gunicorn as it came, its bytes included.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import gevent
import gevent.socket

from . import heads
from .config import Settings
from .heads import Head
from .model import Position, position_of
from .push.sockets import Refused, Sockets
from .push.switchboard import REQUEST, STREAM, Line
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
    """`give_on(fd, first, unsent)` takes what is not ours: `first` was read already, `unsent` must still go out."""

    def __init__(self, settings: Settings, sockets: Sockets, transport: Transport, ready: Ready) -> None:
        self.give_on: Callable[[int, bytes, bytes], None]
        self.board = transport.board
        self.board.asked = self._asked
        self._origins = {*settings.origins, *([settings.base_url] if settings.base_url else [])}
        self._sockets = sockets
        self._transport = transport
        self._ready = ready

    def take_back(self, fd: int, first: bytes) -> None:
        """A connection whose request gunicorn has answered: the next one may be ours."""
        line = self.board.adopt(fd, REQUEST, b"")
        if first:
            self._asked(line, first)

    def _asked(self, line: Line, data: bytes) -> None:
        """Answer what is ready; the first request that is not decides whose the connection is."""
        data, line.first = line.first + data, b""
        while data:
            end = data.find(b"\r\n\r\n") + 4
            if end < 4 and len(data) < LARGEST_HEAD:
                line.first = data  # the rest of it will come
                return
            head = heads.read(data[:end]) if end >= 4 else None
            answer = self._ready.find(head) if head is not None else None
            if head is None or answer is None:
                if head is None or not self._taken(line, head, data, end):
                    self._give_on(line, data)
                return
            self.board.answer(line, answer, last=head.lists(b"connection", b"close"))
            data = data[end:] if line.fd >= 0 and not line.closing else b""

    def _give_on(self, line: Line, data: bytes) -> None:
        fd, unsent = self.board.release(line)
        self.give_on(fd, data, unsent)

    def _taken(self, line: Line, head: Head, data: bytes, end: int) -> bool:
        if head.path == b"/socket.io/":
            return self._websocket(line, head, data[end:])
        if head.path.endswith(b"/stream"):
            return self._stream(line, head, data)
        return False

    def _websocket(self, line: Line, head: Head, early: bytes) -> bool:
        """Whether this was a good handshake (RFC 6455, 4.2.1); others are refused by the stock server behind."""
        sent, query = head.headers, head.query.split(b"&")
        key = sent.get(b"sec-websocket-key", b"")
        good = (
            b"EIO=4" in query
            and b"transport=websocket" in query
            and b"sid=" not in head.query
            and sent.get(b"upgrade", b"").lower() == b"websocket"
            and head.lists(b"connection", b"upgrade")
            and sent.get(b"sec-websocket-version") == b"13"
            and _is_key(key)
            and self._welcome(sent)
        )
        if good:
            self._transport.upgrade(line, key, head, early)
        return good

    def _welcome(self, sent: dict[bytes, bytes]) -> bool:
        """Whether a page of this origin may listen: our own pages, and those in LIVEBLOG_ORIGINS."""
        origin = sent.get(b"origin", b"").decode("latin-1").rstrip("/")
        if not origin or origin in self._origins or "*" in self._origins:
            return True
        return origin.partition("://")[2] == sent[b"host"].decode("latin-1")

    def _stream(self, line: Line, head: Head, data: bytes) -> bool:
        """Whether the stream is ours: from a good position, of a blog for everybody. The API answers all others."""
        matched = _STREAM.fullmatch(head.path)
        if matched is None:
            return False
        try:
            position = _position(head)
        except ValueError:
            return False
        slug = matched[1].decode()
        if slug in self._sockets.tails.served:
            self._follow(line, slug, position, data)
        else:  # it has to be loaded, and the reading greenlet must not wait
            line.kind = STREAM
            gevent.spawn(self._follow, line, slug, position, data)
        return True

    def _follow(self, line: Line, slug: str, position: Position | None, data: bytes) -> None:
        try:
            timeline = self._sockets.admitted(slug)
        except Refused:
            if line.fd >= 0:
                self._give_on(line, data)
            return
        if line.fd >= 0:
            self._transport.stream(line, slug, timeline, position)


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
