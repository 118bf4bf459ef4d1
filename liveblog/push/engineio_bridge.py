"""The bridge from the switchboard to Flask-SocketIO's server, which serves the namespaces other than /live.

That server accepts no connections itself: the front door checks every handshake, and the bridge passes packets on.

Upstream names this module relies on (tests/push/test_engineio_bridge.py fails when one of them changes):
`engineio.socket.Socket` with `send`, `close`, `receive`, `schedule_ping`, `connected`, `upgraded`, `closed`;
`engineio.Server` with `sockets`, `generate_id`, `_trigger_event("connect" | "disconnect")`, `reason`;
`engineio.packet.Packet` with `encode` and `encoded_packet`; `socketio.Server` with `eio`, `handlers`,
`namespace_handlers`; `socketio.packet.Packet` with `encoded_packet`, `packet_type` and `data`.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Any

import gevent
import socketio
from engineio import Server
from engineio.packet import Packet
from engineio.socket import Socket
from flask import Flask
from flask_socketio import SocketIO
from socketio import packet as socketio_packets

from ..http.request_head import RequestHead
from . import frames
from .packets import DESK, MESSAGE_BYTES
from .switchboard import Line, Switchboard

log = logging.getLogger(__name__)

READERS = RequestHead(b"/socket.io/", b"EIO=4&transport=websocket", {})
"""Replaces the request of a line that became a reader's. Its own head was dropped; it had no session."""
MOST_WAITING = 1000
"""Maximum messages of one line that wait to be handled."""


def socket_server(app: Flask) -> SocketIO:
    """An application's Flask-SocketIO, for /desk and the namespaces that have handlers."""
    server = app.extensions["socketio"] = SocketIO()
    server.init_app(
        None,  # with the application it would answer /socket.io/ itself, without /live
        async_mode="gevent",
        namespaces=[DESK],
        manage_session=False,
        logger=False,
        engineio_logger=False,
        max_http_buffer_size=MESSAGE_BYTES,
    )
    return server


class BridgedSocket(Socket):
    """A socket for the stock server. It sends on the line and passes the line's messages on in order."""

    def __init__(self, server: Server, sid: str, line: Line, switchboard: Switchboard) -> None:
        super().__init__(server, sid)
        self.line, self.switchboard = line, switchboard
        self.connected = self.upgraded = True
        self.arrived: deque[str | bytes] = deque()
        self.working = False
        self.closed = False

    def send(self, pkt: Packet) -> None:
        said = pkt.encode()
        opcode, payload = (frames.BINARY, said) if isinstance(said, bytes) else (frames.TEXT, said.encode())
        self.switchboard.send(self.line, frames.frame(payload, opcode))

    def schedule_ping(self) -> None:
        """The switchboard pings all its lines."""

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        if self.closed:
            return
        self.closed = True
        why = reason or self.server.reason.SERVER_DISCONNECT
        self.server._trigger_event("disconnect", self.sid, why, run_async=False)
        self.server.sockets.pop(self.sid, None)
        if not abort:
            self.switchboard.close(self.line, frames.NORMAL)

    def work(self) -> None:
        """Pass on the messages that have arrived, one after the other, in a greenlet of its own."""
        try:
            while self.arrived and not self.closed:
                message, began = self.arrived.popleft(), time.thread_time()
                fine = _is_packet(message)
                # the stock server reads it once more; what its handlers do for it waits for others in between
                if not self.switchboard.spend(self.line, 2 * (time.thread_time() - began)):
                    return
                if not fine:
                    self.close(abort=True)
                    self.switchboard.close(self.line, frames.BAD_DATA, "not a packet of Socket.IO")
                    return
                self.receive(Packet(encoded_packet=message))
        except Exception:
            log.exception("a bridged message failed")
            self.close(abort=False)
        finally:
            self.working = False


def _is_packet(message: str | bytes) -> bool:
    """Whether a message is one that the stock server can read: it logs a traceback for any other, and goes on.

    Nobody here sends binary data, so a packet that announces some is none.
    """
    if not isinstance(message, str) or message[:1] not in ("1", "2", "3", "4"):
        return False
    if message[0] != "4":
        return len(message) == 1
    try:
        packet = socketio_packets.Packet(encoded_packet=message[1:])
    except (ValueError, IndexError, TypeError, RecursionError):
        return False
    if packet.packet_type == socketio_packets.EVENT:
        return isinstance(packet.data, list) and bool(packet.data) and isinstance(packet.data[0], str)
    if packet.packet_type == socketio_packets.ACK:
        return isinstance(packet.data, list)
    return packet.packet_type in (socketio_packets.CONNECT, socketio_packets.DISCONNECT)


class EngineBridge:
    """`server` is a python-socketio server; `environ` is added to the environ of each request to it."""

    def __init__(self, server: socketio.Server, environ: dict[str, Any], switchboard: Switchboard) -> None:
        self.switchboard = switchboard
        self._server = server
        self._engine = server.eio
        self._environ = environ
        self._sockets: dict[Line, BridgedSocket] = {}

    def serve(self, namespace: str) -> bool:
        """Whether a namespace has handlers."""
        return namespace in self._server.handlers or namespace in self._server.namespace_handlers

    def heard(self, line: Line, message: str | bytes) -> None:
        """Pass a line's message on; the first one connects the line to the server."""
        if not line.bridged:
            self._connect(line)
        socket = self._sockets[line]
        if len(socket.arrived) >= MOST_WAITING:
            self.switchboard.close(line, frames.TRY_AGAIN_LATER, "too many messages at once")
            return
        socket.arrived.append(message)
        if not socket.working:
            socket.working = True
            gevent.spawn(socket.work)

    def _connect(self, line: Line) -> None:
        socket = BridgedSocket(self._engine, self._engine.generate_id(), line, self.switchboard)
        self._sockets[line] = self._engine.sockets[socket.sid] = socket
        line.bridged = True
        environ = (line.head or READERS).environ() | self._environ
        self._engine._trigger_event("connect", socket.sid, environ, run_async=False)

    def lost(self, line: Line) -> None:
        """End the server's socket of a line that has ended."""
        socket = self._sockets.pop(line, None)
        line.bridged = False
        if socket is not None and not socket.closed:
            gevent.spawn(socket.close, abort=True, reason=self._engine.reason.TRANSPORT_CLOSE)
