"""The /live namespace: `sync`, `change`, `head` and `bye` (docs/protocol.md). Sockets only deliver; writing is HTTP."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from typing import Any

import gevent
import socketio
from flask import Flask, request
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError

from ..config import Settings
from ..errors import NotFound, Refusal
from ..model import Change, Object, Position
from ..timeline import Timeline
from .tail import Tails
from .transport import install

log = logging.getLogger(__name__)

LIVE = "/live"
LARGE = 256 * 1024
"""Bytes of objects above which a `sync` carries none and the client fetches `/changes`."""

Present = Callable[[Timeline, Object], dict[str, Any]]


class Manager(socketio.Manager):  # type: ignore[misc]
    """Tells when a client's connection was confirmed: only then may `sync` follow, and nothing may come in between."""

    joined: Callable[[str], None] = staticmethod(lambda sid: None)

    def connect(self, sid: str, namespace: str) -> None:
        super().connect(sid, namespace)
        if namespace == LIVE:
            self.joined(sid)


class Sockets:
    """The sockets of one process, and what is sent to them."""

    def __init__(self, app: Flask, settings: Settings, present: Present) -> None:
        manager = Manager()
        manager.joined = self._joined
        self.tails: Tails  # set by create_app: tails deliver to sockets, sockets read from tails
        self._present = present
        self._retry_ms = 5000
        self._waiting: dict[str, tuple[str, Position | None]] = {}
        self._readers: dict[str, str] = {}  # sid → slug
        self._syncs: dict[tuple[str, Position | None], dict[str, Any]] = {}
        self.socketio = SocketIO(
            app,
            async_mode="gevent",
            transports=["websocket"],
            client_manager=manager,
            manage_session=False,
            cors_allowed_origins=list(settings.origins) or None,
            logger=False,
            engineio_logger=False,
            max_http_buffer_size=64 * 1024,
            ping_interval=25,
            ping_timeout=20,
        )
        install(self.socketio.server.eio, settings.backlog_bytes)
        self.socketio.on_event("connect", self._connect, namespace=LIVE)
        self.socketio.on_event("disconnect", self._disconnect, namespace=LIVE)

    # -- joining

    def _connect(self, auth: Any = None) -> None:
        slug, position = _parse(auth)
        try:
            timeline = self.tails.timeline(slug)
        except Refusal as error:
            raise ConnectionRefusedError(error.detail, {"code": error.code}) from error
        if timeline.blog.status == "draft":
            raise ConnectionRefusedError(f"there is no blog {slug}", {"code": NotFound.code})
        self._waiting[request.sid] = (slug, position)  # type: ignore[attr-defined]

    def _joined(self, sid: str) -> None:
        """Join the room, read the position, enqueue the catch-up: no yield in between, so changes come after it."""
        slug, position = self._waiting.pop(sid)
        server = self.socketio.server
        server.enter_room(sid, slug, namespace=LIVE)
        self._readers[sid] = slug
        server.emit("sync", self._sync(slug, self.tails.timeline(slug), position), to=sid, namespace=LIVE)

    def _disconnect(self, *reason: Any) -> None:
        self._waiting.pop(request.sid, None)  # type: ignore[attr-defined]
        self._readers.pop(request.sid, None)  # type: ignore[attr-defined]

    def _sync(self, slug: str, timeline: Timeline, position: Position | None) -> dict[str, Any]:
        """The catch-up after a position, made once for all who come back with it."""
        if (slug, position) not in self._syncs:
            if len(self._syncs) > 1000:
                self._syncs.clear()
            missed = timeline.since(position)
            objects: list[Any] | None = [self._present(timeline, obj) for obj in missed.objects]
            if len(json.dumps(objects, ensure_ascii=False).encode()) > LARGE:
                objects = None
            self._syncs[slug, position] = {
                "epoch": missed.epoch,
                "seq": missed.seq,
                "reset": missed.reset,
                "objects": objects,
                "retry_ms": self._retry_ms,
            }
        return self._syncs[slug, position]

    # -- telling

    def deliver(self, slug: str, change: Change | None, timeline: Timeline) -> None:
        """Tell a blog's readers about a change; None: the state was replaced, everybody gets it whole."""
        self._syncs = {key: sync for key, sync in self._syncs.items() if key[0] != slug}
        if change is None:
            sync = self._sync(slug, timeline, Position("", 0))  # no epoch is empty: a stranger's position
            self.socketio.server.emit("sync", sync, room=slug, namespace=LIVE)
            return
        message = {
            "epoch": change.epoch,
            "seq": change.seq,
            "prev": change.seq - 1,
            "at": change.at,
            "objects": [self._present(timeline, obj) for obj in change.objects],
        }
        self.socketio.server.emit("change", message, room=slug, namespace=LIVE)

    def head(self) -> None:
        """Tell every reader the position: it catches a lost last change, which gap detection cannot."""
        for slug, timeline in self.tails.served.items():
            beat = {"epoch": timeline.epoch, "seq": timeline.seq}
            self.socketio.server.emit("head", beat, room=slug, namespace=LIVE)

    def bye(self) -> None:
        """Ask everybody to come back within a spread of time, before a planned stop."""
        self.socketio.server.emit("bye", {"retry_ms": self._retry_ms}, namespace=LIVE)

    def readers(self, slug: str | None = None) -> int:
        """How many readers this process has, of one blog or of all."""
        return len(self._readers) if slug is None else sum(1 for other in self._readers.values() if other == slug)

    def close_all(self) -> None:
        """Close every socket of this process."""
        for sid in list(self.socketio.server.eio.sockets):
            self.socketio.server.eio.disconnect(sid)

    def beat(self, seconds: float) -> None:
        """Send `head` for ever, every `seconds`."""
        while True:
            gevent.sleep(seconds * random.uniform(0.9, 1.0))
            self.head()


def _parse(auth: Any) -> tuple[str, Position | None]:
    """`{blog, epoch?, seq?}` from a client. Raises `ConnectionRefusedError` with a code."""
    if not isinstance(auth, dict) or not isinstance(auth.get("blog"), str):
        raise ConnectionRefusedError("auth names a blog", {"code": "bad_request"})
    epoch, seq = auth.get("epoch"), auth.get("seq")
    if epoch is None and seq is None:
        return auth["blog"], None
    good = isinstance(epoch, str) and len(epoch) <= 64 and type(seq) is int and 0 <= seq < 1 << 53
    if not good:
        raise ConnectionRefusedError("a position is an epoch and a seq", {"code": "bad_position"})
    return auth["blog"], Position(str(epoch), int(seq or 0))
