"""The fast carrier: Socket.IO and server-sent events spoken over the switchboard, without greenlets per reader.

A reader's whole conversation is here: Engine.IO `open`, Socket.IO `CONNECT` with the position, `sync`, then changes.
What is for another namespace goes to a stock Socket.IO server as the packets of a guest (`guests.py`).
"""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import Any, Protocol

import gevent
import msgspec

from ..config import Settings
from ..heads import Head
from ..model import Position
from ..timeline import Timeline
from . import frames, packets
from .packets import LIVE, MESSAGE_BYTES
from .sockets import Refused, Sockets, Sync, introduced
from .switchboard import SOCKET, STREAM, Audience, Line, Message, Switchboard

log = logging.getLogger(__name__)

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
STILL_HERE = packets.chunk(b": still here\n\n")
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"Access-Control-Allow-Origin: *\r\nX-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
) + packets.chunk(b"retry: 3000\n\n")


class Guests(Protocol):
    """Whoever speaks the other namespaces."""

    def heard(self, line: Line, message: str | bytes) -> None: ...
    def lost(self, line: Line) -> None: ...


class Transport:
    """Carries messages to lines; one for a process."""

    def __init__(self, settings: Settings, sockets: Sockets, guests: Guests) -> None:
        self._sockets = sockets
        self._guests = guests
        self._audiences: dict[str, Audience] = {}
        self.board = Switchboard(
            heard=self._heard,
            lost=self._lost,
            beat_seconds=settings.head_seconds,
            backlog_bytes=settings.backlog_bytes,
            message_bytes=MESSAGE_BYTES,
        )

    def start(self) -> None:
        self.board.start()

    # -- joining

    def upgrade(self, fd: int, key: bytes, head: Head, early: bytes = b"") -> None:
        """Take a websocket over: the 101 and Engine.IO's `open` in one write.

        `head` is kept for guests; `early` is what the client sent without waiting for the 101.
        """
        accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        switching = (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        line = self.board.adopt(fd, SOCKET, switching + packets.opened())
        line.head = head
        if early:
            self.board.arrived(line, early)

    def stream(self, fd: int, slug: str, timeline: Timeline, position: Position | None) -> None:
        """Take an event stream over: it begins with what came after the position, if something did."""
        line = self.board.adopt(fd, STREAM, STREAM_HEAD)
        missed = b"" if timeline.position == position else self._sockets.sync(slug, timeline, position).event
        self.board.join(line, self._audience(slug, timeline), missed)

    def _heard(self, line: Line, message: str | bytes) -> None:
        if isinstance(message, bytes):
            if line.guest is None:
                self.board.close(line, frames.UNSUPPORTED)
            else:
                self._guests.heard(line, message)
        elif message.startswith(f"40{LIVE}") and message[2 + len(LIVE) :][:1] in ("", ","):
            self._introduced(line, message[3 + len(LIVE) :])
        elif message.startswith(f"41{LIVE}"):
            self.board.leave(line)
        elif message == "1":
            self.board.close(line, frames.NORMAL)
        elif message.startswith("4") and not message.startswith((f"42{LIVE}", f"43{LIVE}")):
            self._guests.heard(line, message)  # readers themselves have nothing to say: sockets only deliver

    def _introduced(self, line: Line, auth: str) -> None:
        if line.audience is not None:
            return
        try:
            slug, position = introduced(_parsed(auth))
        except Refused as no:
            self._refuse(line, no)
            return
        if slug in self._sockets.tails.served:
            self._admit(line, slug, position)
        else:  # it has to be loaded, and the reading greenlet must not wait
            gevent.spawn(self._admit, line, slug, position)

    def _admit(self, line: Line, slug: str, position: Position | None) -> None:
        """Join, read the position, send the catch-up: no yield in between, so changes come after it."""
        try:
            timeline = self._sockets.admitted(slug)
        except Refused as no:
            self._refuse(line, no)
            return
        if line.fd >= 0 and line.audience is None:
            if not isinstance(line.head, Head) or b"cookie" not in line.head.headers:
                line.head = None  # a reader; somebody from the desk may yet come as a guest on the same line
            first = packets.connected() + self._sockets.sync(slug, timeline, position).frame
            self.board.join(line, self._audience(slug, timeline), first)

    def _refuse(self, line: Line, no: Refused) -> None:
        self.board.send(line, packets.refused(no.detail, {"code": no.code}))

    def _audience(self, slug: str, timeline: Timeline) -> Audience:
        found = self._audiences.get(slug)
        if found is None:
            found = self._audiences[slug] = Audience(slug, _beat(timeline.epoch, timeline.seq))
        return found

    def _lost(self, line: Line) -> None:
        line.head = None
        if line.guest is not None:
            self._guests.lost(line)

    # -- telling

    def change(self, slug: str, payload: dict[str, Any]) -> None:
        audience = self._audiences.get(slug)
        if not audience:
            return self._renew(slug, payload["epoch"], payload["seq"])
        event = b""
        if audience.lines[STREAM]:
            kept = {name: payload[name] for name in ("epoch", "seq", "objects")}
            event = packets.server_sent(f"{payload['epoch']}:{payload['seq']}", {**kept, "reset": False})
        message = (packets.event("change", payload), event)
        self.board.cast(audience, message, _beat(payload["epoch"], payload["seq"]))
        return None

    def replace(self, slug: str, sync: Sync) -> None:
        epoch, seq = sync.position.epoch, sync.position.seq
        audience = self._audiences.get(slug)
        if not audience:
            return self._renew(slug, epoch, seq)
        self.board.cast(audience, (sync.frame, sync.event if audience.lines[STREAM] else b""), _beat(epoch, seq))
        return None

    def _renew(self, slug: str, epoch: str, seq: int) -> None:
        """Nobody listens: only the beat for those who come."""
        if slug in self._audiences:
            self._audiences[slug].beat = _beat(epoch, seq)

    def bye(self, payload: dict[str, Any]) -> None:
        self.board.everybody((packets.event("bye", payload), b""))

    def end(self, slug: str) -> None:
        audience = self._audiences.pop(slug, None)
        if audience is not None:
            for line in [*audience.lines[SOCKET], *audience.lines[STREAM]]:
                self.board.close(line, frames.NORMAL, "this blog is gone")

    def close_all(self) -> None:
        self.board.close_all(frames.SERVICE_RESTART)

    def readers(self, slug: str | None = None) -> int:
        if slug is None:
            return sum(map(len, self._audiences.values()))
        return len(self._audiences.get(slug) or ())


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text) if text else None
    except msgspec.DecodeError:
        return None


def _beat(epoch: str, seq: int) -> Message:
    return packets.event("head", {"epoch": epoch, "seq": seq}), STILL_HERE
