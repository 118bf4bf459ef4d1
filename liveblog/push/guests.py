"""Guests of the switchboard: lines that speak another namespace than /live, served by Flask-SocketIO's server.

That server has no door of its own: the front door judges every handshake, and a guest is only packets.

Upstream names this module relies on (tests/push/test_guests.py fails when one of them changes):
`engineio.socket.Socket` with `send`, `close`, `receive`, `schedule_ping`, `connected`, `upgraded`, `closed`;
`engineio.Server` with `sockets`, `generate_id`, `_trigger_event("connect" | "disconnect")`, `reason`;
`engineio.packet.Packet` with `encode` and `encoded_packet`; `socketio.Server` with `eio`, `handlers`,
`namespace_handlers`.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

import gevent
from engineio.packet import Packet
from engineio.socket import Socket
from flask import Flask
from flask_socketio import SocketIO

from ..heads import Head
from . import frames
from .packets import DESK, MESSAGE_BYTES
from .switchboard import Line, Switchboard

log = logging.getLogger(__name__)

READERS = Head(b"/socket.io/", b"EIO=4&transport=websocket", {})
"""Stands for the request of a line that became a reader's, and of which only that is known: no session came with it."""
MOST_WAITING = 1000
"""Messages of one guest that wait to be handled."""


def socket_server(app: Flask) -> SocketIO:
    """An application's Flask-SocketIO, for /desk and the namespaces that have handlers."""
    server = app.extensions["socketio"] = SocketIO()
    server.init_app(
        None,  # with the application it would answer /socket.io/ itself, and know nothing of /live
        async_mode="gevent",
        namespaces=[DESK],
        manage_session=False,
        logger=False,
        engineio_logger=False,
        max_http_buffer_size=MESSAGE_BYTES,
    )
    return server


class Guest(Socket):  # type: ignore[misc]
    """What the stock server takes for one of its own sockets: it sends on the line, and its messages come in order."""

    def __init__(self, server: Any, sid: str, line: Line, board: Switchboard) -> None:
        super().__init__(server, sid)
        self.line, self.board = line, board
        self.connected = self.upgraded = True
        self.arrived: deque[str | bytes] = deque()
        self.working = False
        self.closed = False

    def send(self, pkt: Packet) -> None:
        said = pkt.encode()
        opcode, payload = (frames.BINARY, said) if isinstance(said, bytes) else (frames.TEXT, said.encode())
        self.board.send(self.line, frames.frame(payload, opcode))

    def schedule_ping(self) -> None:
        """The switchboard pings all its lines."""

    def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        if self.closed:
            return
        self.closed = True
        why = reason or self.server.reason.SERVER_DISCONNECT
        self.server._trigger_event("disconnect", self.sid, why, run_async=False)
        self.server.sockets.pop(self.sid, None)
        if not abort:
            self.board.close(self.line, frames.NORMAL)

    def work(self) -> None:
        """Hand over what has arrived, one after the other, in a greenlet of its own."""
        try:
            while self.arrived and not self.closed:
                self.receive(Packet(encoded_packet=self.arrived.popleft()))
        except Exception:
            log.exception("a guest's message failed")
            self.close(abort=False)
        finally:
            self.working = False


class Guests:
    """`server` is a python-socketio server; `environ` goes with each request to it."""

    def __init__(self, server: Any, environ: dict[str, Any], board: Switchboard) -> None:
        self.board = board
        self._server = server
        self._engine = server.eio
        self._environ = environ

    def serve(self, namespace: str) -> bool:
        """Whether a namespace has handlers."""
        return namespace in self._server.handlers or namespace in self._server.namespace_handlers

    def heard(self, line: Line, message: str | bytes) -> None:
        if line.guest is None:
            line.guest = self._welcome(line, line.head or READERS)
        guest = line.guest
        if len(guest.arrived) >= MOST_WAITING:
            self.board.close(line, frames.TRY_AGAIN_LATER, "too much at once")
            return
        guest.arrived.append(message)
        if not guest.working:
            guest.working = True
            gevent.spawn(guest.work)

    def _welcome(self, line: Line, head: Head) -> Guest:
        guest = Guest(self._engine, self._engine.generate_id(), line, self.board)
        self._engine.sockets[guest.sid] = guest
        self._engine._trigger_event("connect", guest.sid, head.environ() | self._environ, run_async=False)
        return guest

    def lost(self, line: Line) -> None:
        guest, line.guest = line.guest, None
        if guest is not None and not guest.closed:
            gevent.spawn(guest.close, abort=True, reason=self._engine.reason.TRANSPORT_CLOSE)
