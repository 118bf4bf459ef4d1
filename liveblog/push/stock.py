"""The stock carrier: plain Flask-SocketIO, for systems without epoll and for comparison (LIVEBLOG_PUSH=stock)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import gevent
import socketio
from flask import Flask
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError

from ..config import Settings
from ..model import Position
from .packets import LIVE, MESSAGE_BYTES, PING_INTERVAL_MS, PING_TIMEOUT_MS
from .sockets import Reached, Refused, Sockets, Sync, introduced
from .stock_websocket import install


class Manager(socketio.Manager):  # type: ignore[misc]
    """Tells when a client's connection was confirmed: only then may `sync` follow, and nothing may come in between."""

    def __init__(self) -> None:
        super().__init__()
        self.joined: dict[str, Callable[[str], None]] = {}  # by namespace

    def connect(self, sid: str, namespace: str) -> None:
        super().connect(sid, namespace)
        if namespace in self.joined:
            self.joined[namespace](sid)


def socket_server(app: Flask, settings: Settings) -> SocketIO:
    """Flask-SocketIO on an application: websockets only, and no compression on them."""
    server = SocketIO(
        app,
        async_mode="gevent",
        transports=["websocket"],
        client_manager=Manager(),
        manage_session=False,
        cors_allowed_origins=list(settings.origins) or None,
        logger=False,
        engineio_logger=False,
        max_http_buffer_size=MESSAGE_BYTES,
        ping_interval=PING_INTERVAL_MS / 1000,
        ping_timeout=PING_TIMEOUT_MS / 1000,
    )
    install(server.server.eio, settings.backlog_bytes)
    return server


class Stock:
    """Carries messages through Flask-SocketIO's rooms."""

    def __init__(self, app: Flask, settings: Settings, sockets: Sockets) -> None:
        self._sockets = sockets
        self._head_seconds = settings.head_seconds
        self._waiting: dict[str, tuple[str, Position | None]] = {}
        self._readers: dict[str, str] = {}  # sid → slug
        self.reached: Reached = lambda slug, readers: None
        self.server = socket_server(app, settings).server
        self.server.manager.joined[LIVE] = self._joined
        self.server.on("connect", self._connect, namespace=LIVE)
        self.server.on("disconnect", self._disconnect, namespace=LIVE)

    def start(self) -> None:
        gevent.spawn(self._beat)

    # -- joining

    def _connect(self, sid: str, environ: Any, auth: Any = None) -> None:
        try:
            slug, position = introduced(auth)
            self._sockets.admitted(slug)
        except Refused as no:
            raise ConnectionRefusedError(no.detail, {"code": no.code}) from no
        self._waiting[sid] = (slug, position)

    def _joined(self, sid: str) -> None:
        """Join the room, read the position, enqueue the catch-up: no yield in between, so changes come after it."""
        slug, position = self._waiting.pop(sid)
        self.server.enter_room(sid, slug, namespace=LIVE)
        self._readers[sid] = slug
        sync = self._sockets.sync(slug, self._sockets.admitted(slug), position)
        self.server.emit("sync", sync.payload, to=sid, namespace=LIVE)

    def _disconnect(self, sid: str, *reason: Any) -> None:
        self._waiting.pop(sid, None)
        self._readers.pop(sid, None)

    # -- telling

    def change(self, slug: str, payload: dict[str, Any]) -> None:
        self.server.emit("change", payload, room=slug, namespace=LIVE)
        self.reached(slug, self.readers(slug))  # as far as can be known here: each has it in its queue

    def replace(self, slug: str, sync: Sync) -> None:
        self.server.emit("sync", sync.payload, room=slug, namespace=LIVE)

    def bye(self, payload: dict[str, Any]) -> None:
        self.server.emit("bye", payload, namespace=LIVE)

    def end(self, slug: str) -> None:
        for sid in [sid for sid, other in self._readers.items() if other == slug]:
            self.server.disconnect(sid, namespace=LIVE)

    def forget(self, slug: str) -> None:
        """Nothing is kept here of a blog that nobody reads."""

    def close_all(self) -> None:
        for sid in list(self.server.eio.sockets):
            self.server.eio.disconnect(sid)

    def readers(self, slug: str | None = None) -> int:
        return len(self._readers) if slug is None else sum(1 for other in self._readers.values() if other == slug)

    def _beat(self) -> None:
        while True:
            gevent.sleep(self._head_seconds * random.uniform(0.9, 1.0))
            for slug, timeline in self._sockets.tails.served.items():
                head = {"epoch": timeline.epoch, "seq": timeline.seq}
                self.server.emit("head", head, room=slug, namespace=LIVE)
