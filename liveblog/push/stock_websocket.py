"""The websocket under Engine.IO: no compression, whole frames, a bounded backlog per reader.

Stock `simple-websocket` accepts permessage-deflate (100 KB a reader) and calls `send` where it needs `sendall`, which
corrupts the stream of a stalled reader; Engine.IO's queues are unbounded. RFC 6455 itself is wsproto's work.

Upstream names this module relies on (tests/push/test_stock_websocket.py fails when one of them changes):
`engineio.Server._async["websocket"]` and `create_queue`, `Socket._websocket_handler`, `Socket.queue`, and
gunicorn's `environ["gunicorn.socket"]` and its reading of `StopIteration` as "this connection is taken care of".
"""

from __future__ import annotations

import base64
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any

import gevent.queue
from gevent.lock import RLock
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from .frames import accept

log = logging.getLogger(__name__)


class Backlog(gevent.queue.JoinableQueue):  # type: ignore[misc]
    """A reader's queue that knows its bytes, those being written included, and calls `full` above `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.bytes = 0
        self.full: Callable[[], None] | None = None

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        self.bytes += _size(item)
        if self.bytes > self.limit and self.full is not None:
            self.full()
            return
        super().put(item, block, timeout)

    def sent(self, message: str | bytes) -> None:
        self.bytes -= len(message) - 1  # less the packet type


def _size(packet: Any) -> int:
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, str | bytes) else 0


class WebSocket:
    """One reader's websocket, as Engine.IO's drivers have it: called with the WSGI request, then `wait` and `send`."""

    def __init__(self, handler: Callable[[WebSocket], Any], server: Any) -> None:
        self._handler = handler
        self._server = server
        self._reader: Any = getattr(handler, "__self__", None)  # Engine.IO's socket object
        self._limit: int = server.max_http_buffer_size
        self._writing = RLock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or not _valid(key):
            start_response("400 Bad Request", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return [b""]
        self._socket: socket.socket = environ["gunicorn.socket"]
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = Connection(ConnectionType.SERVER, extensions=[])  # whatever was offered: no compression
        self._backlog: Backlog | None = getattr(self._reader, "queue", None)
        if isinstance(self._backlog, Backlog):
            self._backlog.full = self._drop
        self._messages = self._receive()
        self._socket.sendall(_switching(key))
        try:
            self._handler(self)
        except OSError as error:
            log.debug("reader lost: %s", error)
        finally:
            self._server.sockets.pop(getattr(self._reader, "sid", None), None)
        raise StopIteration  # to gunicorn: the connection is used up

    def _drop(self) -> None:
        """Cut a reader that lags too far; coming back is cheap. A shutdown wakes both its greenlets and never waits."""
        log.info("reader closed: %d bytes behind", self._backlog.bytes if self._backlog else 0)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def send(self, message: str | bytes) -> None:
        """Send one message whole. Raises `OSError` when the reader is gone."""
        event = BytesMessage(data=message) if isinstance(message, bytes) else TextMessage(data=message)
        self._write(event)
        if isinstance(self._backlog, Backlog):
            self._backlog.sent(message)

    def wait(self) -> str | bytes | None:
        """The next message, or None once the reader has closed."""
        return next(self._messages, None)

    def close(self) -> None:
        with contextlib.suppress(OSError, LocalProtocolError):
            self._write(CloseConnection(code=CloseReason.NORMAL_CLOSURE))
            self._socket.shutdown(socket.SHUT_RDWR)

    def _write(self, event: Any) -> None:
        with self._writing:  # a pong must not fall into the middle of a half-written message
            self._socket.sendall(self._connection.send(event))

    def _receive(self) -> Iterator[str | bytes]:
        parts: list[Any] = []
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return
            if not data:
                return
            self._connection.receive_data(data)
            for event in self._connection.events():
                if isinstance(event, Ping):
                    self._write(event.response())
                elif isinstance(event, CloseConnection):
                    self._answer(event)
                    return
                elif isinstance(event, Message):
                    parts.append(event.data)
                    if sum(map(len, parts)) > self._limit:
                        self._answer(CloseConnection(code=CloseReason.MESSAGE_TOO_BIG))
                        return
                    if event.message_finished:
                        yield parts[0][:0].join(parts)
                        parts = []

    def _answer(self, close: CloseConnection) -> None:
        with contextlib.suppress(OSError, LocalProtocolError):
            self._write(close if close.code == CloseReason.MESSAGE_TOO_BIG else close.response())


def _valid(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def _switching(key: str) -> bytes:
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept(key.encode()) + b"\r\n\r\n"
    )


def install(engine: Any, backlog_bytes: int) -> None:
    """Give an Engine.IO server this websocket and bounded queues."""
    engine._async = {**engine._async, "websocket": WebSocket}
    engine.create_queue = lambda *args, **kwargs: Backlog(backlog_bytes)
