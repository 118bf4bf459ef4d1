"""Guests of the switchboard: lines that speak another namespace than /live, served by a stock Socket.IO server.

Upstream names this module relies on (tests/push/test_guests.py fails when one of them changes):
`engineio.socket.Socket` with `send`, `close`, `receive`, `schedule_ping`, `connected`, `upgraded`, `closed`;
`engineio.Server` with `sockets`, `generate_id`, `_trigger_event("connect" | "disconnect")`, `reason`;
`engineio.packet.Packet` with `encode` and `encoded_packet`.
"""

from __future__ import annotations

import logging
from typing import Any

import gevent
from engineio.packet import Packet
from engineio.socket import Socket

from ..heads import Head
from . import frames
from .switchboard import Line, Switchboard

log = logging.getLogger(__name__)


class Guest(Socket):  # type: ignore[misc]
    """What the stock server takes for one of its own sockets: it sends on the line, and its messages come in order."""

    def __init__(self, server: Any, sid: str, line: Line, board: Switchboard) -> None:
        super().__init__(server, sid)
        self.line, self.board = line, board
        self.connected = self.upgraded = True
        self.arrived: list[str | bytes] = []
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
                self.receive(Packet(encoded_packet=self.arrived.pop(0)))
        except Exception:
            log.exception("a guest's message failed")
            self.close(abort=False)
        finally:
            self.working = False


class Guests:
    """`engine` is the stock server's Engine.IO server; `board` is set by who makes the switchboard."""

    def __init__(self, engine: Any) -> None:
        self.board: Switchboard
        self._engine = engine

    def heard(self, line: Line, message: str | bytes) -> None:
        guest = line.guest
        if guest is None:
            guest = line.guest = self._welcome(line)
        if isinstance(guest, Guest):
            guest.arrived.append(message)
            if not guest.working:
                guest.working = True
                gevent.spawn(guest.work)

    def _welcome(self, line: Line) -> Guest:
        guest = Guest(self._engine, self._engine.generate_id(), line, self.board)
        self._engine.sockets[guest.sid] = guest
        environ = line.head.environ() if isinstance(line.head, Head) else {}
        self._engine._trigger_event("connect", guest.sid, environ, run_async=False)
        return guest

    def lost(self, line: Line) -> None:
        guest, line.guest = line.guest, None
        if isinstance(guest, Guest) and not guest.closed:
            gevent.spawn(guest.close, abort=True, reason=self._engine.reason.TRANSPORT_CLOSE)
