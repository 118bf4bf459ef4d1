"""Socket.IO packets as text (Engine.IO protocol 4, Socket.IO protocol 5) that a reader's line needs. Pure."""

from __future__ import annotations

import random
import time

import msgspec

from .frames import frame

LIVE = "/live"
DESK = "/desk"
MESSAGE_BYTES = 64 * 1024
"""Bytes of the largest message that a client may send."""
PING_INTERVAL_MS, PING_TIMEOUT_MS = 25_000, 20_000
"""Sent to clients: after this long without a ping they give the connection up."""

_OPEN = (
    f'0{{"sid":"%s","upgrades":[],"pingInterval":{PING_INTERVAL_MS},"pingTimeout":{PING_TIMEOUT_MS},"now":%d,'
    '"maxPayload":%d}'
)


def _sid() -> str:
    """A connection's id. It grants no access and need not be secret; it is random so that it reveals nothing."""
    return f"{random.getrandbits(96):024x}"


def opened() -> bytes:
    """Engine.IO `open`, as a frame. It says the time, too, in milliseconds since 1970: readers' clocks may be wrong."""
    return frame((_OPEN % (_sid(), time.time() * 1000, MESSAGE_BYTES)).encode())


def namespace(message: str) -> str:
    """The namespace of a Socket.IO packet without attachments; `message` is Engine.IO's, with its type."""
    name = message[2:].partition(",")[0].partition("?")[0]
    return name if name.startswith("/") else "/"


def connected() -> bytes:
    """Socket.IO `CONNECT` to /live, as a frame."""
    return frame(f'40{LIVE},{{"sid":"{_sid()}"}}'.encode())


def refused(namespace: str, message: str, code: str) -> bytes:
    """Socket.IO `CONNECT_ERROR`, as a frame."""
    named = "" if namespace == "/" else f"{namespace},"
    return frame(f"44{named}".encode() + msgspec.json.encode({"message": message, "data": {"code": code}}))


def event(name: str, payload: object) -> bytes:
    """Socket.IO `EVENT` on /live, as a frame."""
    return frame(f'42{LIVE},["{name}",'.encode() + msgspec.json.encode(payload) + b"]")


def server_sent(id: str, payload: object) -> bytes:
    """The event for an event stream (WHATWG HTML, 9.2.6); `id` is the position after it."""
    return b"id: " + id.encode() + b"\ndata: " + msgspec.json.encode(payload) + b"\n\n"


def chunk(data: bytes) -> bytes:
    """A chunk of a response (RFC 9112, 7.1). Many clients read an unchunked stream in blocks, which is too late."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"
