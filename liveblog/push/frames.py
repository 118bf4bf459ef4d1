"""Websocket frames (RFC 6455), the server's side: builds outgoing frames and parses incoming ones. Pure."""

from __future__ import annotations

import base64
import codecs
import hashlib
import zlib
from typing import Any

from . import deflate

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
COMPRESSED = 0x40
"""The bit in the first byte of a compressed message's first frame (RSV1)."""
BROKEN = -1
"""The last event of a peer that violated the protocol; its payload is the close code to answer with."""

NORMAL, PROTOCOL_ERROR, UNSUPPORTED = 1000, 1002, 1003
BAD_DATA, POLICY, TOO_BIG, SERVICE_RESTART, TRY_AGAIN_LATER = 1007, 1008, 1009, 1012, 1013
MANY = 1 << 62
NO_STATUS = 1005
"""Stands for a close frame without a code; never sent (RFC 6455, 7.4.1)."""

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
Event = tuple[int, Any]
"""`(TEXT, str)`, `(BINARY, bytes)`, `(PING, bytes)`, `(PONG, bytes)`, `(CLOSE, (code, reason))` or `(BROKEN, code)`."""


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One whole, unmasked frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


def compressed(whole: bytes) -> bytes:
    """The frame of the same message, compressed; unchanged if that is not shorter. Any number of peers may get it."""
    start = {126: 4, 127: 10}.get(whole[1], 2)
    if len(whole) < start + deflate.LEAST:
        return whole
    smaller = frame(deflate.deflated(whole[start:]), whole[0] & 0x0F | COMPRESSED)
    return smaller if len(smaller) < len(whole) else whole


def close(code: int = NORMAL, reason: str = "") -> bytes:
    """A close frame; it has no payload if the peer's had none."""
    return frame(b"" if code == NO_STATUS else code.to_bytes(2, "big") + reason.encode()[:123], CLOSE)


def accept(key: bytes) -> bytes:
    """The answer to a Sec-WebSocket-Key (RFC 6455, 1.3)."""
    return base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())


def end_of_frame(sent: bytes, offset: int) -> int:
    """The end of the frame that contains the byte before `offset`, in a buffer of whole frames made by `frame`."""
    end = 0
    while end < offset:
        size, header = sent[end + 1], 2
        if size == 126:
            size, header = int.from_bytes(sent[end + 2 : end + 4], "big"), 4
        elif size == 127:
            size, header = int.from_bytes(sent[end + 2 : end + 10], "big"), 10
        end += header + size
    return end


class Parser:
    """Parses what a client sends and keeps an unfinished part until more comes. `limit` is in bytes per message.

    With `inflates` messages may be compressed; the limit is that of what they become. `count` is the number of frames
    so far, also of those that are only a part of a message; what takes long to inflate counts like several.
    """

    __slots__ = ("_data", "_decoder", "_first", "_inflates", "_last", "_limit", "_parts", "_size", "count")

    def __init__(self, limit: int, *, inflates: bool = False) -> None:
        self._limit = limit
        self._inflates = inflates
        self.count = 0
        self._last = MANY  # the count after which nothing more is taken
        self._data = b""
        self._parts: list[Any] | None = None  # of the current fragmented message
        self._first = 0  # the first byte of its first frame
        self._size = 0
        self._decoder: codecs.IncrementalDecoder | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is unfinished; then the parser may serve another connection."""
        return not self._data and self._parts is None

    def feed(self, data: bytes, most: int = MANY) -> list[Event]:
        """The events that `data` completes. Everything after a `CLOSE` or `BROKEN` event is ignored.

        After `most` frames the next one is `BROKEN`, and costs nothing more.
        """
        if self._data:
            data = self._data + data
        events: list[Event] = []
        at, end, self._last = 0, len(data), self.count + most
        while end - at >= 2:
            header = _header(data, at, end, self._inflates)
            if header is None:
                break
            start, length = header
            if start < 0:
                events.append((BROKEN, PROTOCOL_ERROR))
                return events
            if self._is_too_big(data[at], length):
                events.append((BROKEN, TOO_BIG))
                return events
            if end - start < 4 + length:
                break
            if self.count >= self._last:
                events.append((BROKEN, POLICY))
                return events
            event = self._frame(data[at], _unmasked(data, start, length))
            at = start + 4 + length
            self.count += 1
            if event is not None:
                events.append(event)
                if event[0] in (CLOSE, BROKEN):
                    return events
        self._data = data[at:]
        return events

    def _is_too_big(self, first: int, length: int) -> bool:
        """Whether a frame of this length makes a message larger than it may be, inflated or not."""
        if first & 8:
            return False
        begun = self._parts is not None
        is_compressed = (self._first if begun else first) & COMPRESSED
        most = deflate.longest(self._limit) if is_compressed else self._limit
        return length + (self._size if begun else 0) > most

    def _frame(self, first: int, payload: bytes) -> Event | None:
        """The event that a frame completes, if any."""
        opcode, final = first & 0x0F, bool(first & 0x80)
        if opcode & 8:
            return _closing(payload) if opcode == CLOSE else (opcode, payload)
        if (opcode == CONTINUATION) == (self._parts is None):  # nothing to continue, or an unfinished message
            return BROKEN, PROTOCOL_ERROR
        try:
            if self._parts is None and final:
                return self._whole(first, payload)
            return self._fragment(first, final, payload)
        except (UnicodeDecodeError, zlib.error):
            return BROKEN, BAD_DATA
        except deflate.TooLarge:
            return BROKEN, TOO_BIG
        except deflate.TooSlow:
            return BROKEN, POLICY

    def _whole(self, first: int, payload: bytes) -> Event:
        """A whole message whose first frame has this first byte."""
        if first & COMPRESSED:
            payload, took = deflate.inflated(payload, self._limit, self._last - self.count)
            self.count += took
        return (TEXT, payload.decode()) if first & 0x0F == TEXT else (BINARY, payload)

    def _fragment(self, first: int, final: bool, payload: bytes) -> Event | None:
        if self._parts is None:
            self._parts, self._size, self._first = [], 0, first
            is_text = first & (0x0F | COMPRESSED) == TEXT
            self._decoder = codecs.getincrementaldecoder("utf-8")() if is_text else None
        part = payload if self._decoder is None else self._decoder.decode(payload, final)
        if part:  # empty pieces are not kept: any number of them may come
            self._parts.append(part)
        self._size += len(payload)
        if not final:
            return None
        parts, self._parts = self._parts, None
        return self._whole(self._first, b"".join(parts)) if self._decoder is None else (TEXT, "".join(parts))


def _header(data: bytes, at: int, end: int, inflates: bool) -> tuple[int, int] | None:
    """Where the masking key of the frame at `at` begins, and its length; -1 for an invalid header, None for a part."""
    first, second = data[at], data[at + 1]
    opcode, length, start = first & 0x0F, second & 0x7F, at + 2
    reserved = 0x30 if inflates and opcode in (TEXT, BINARY) else 0x70
    if first & reserved or 0x2 < opcode < 0x8 or opcode > PONG or not second & 0x80:
        return -1, 0  # an extension that was not negotiated, a reserved opcode, or no mask
    if opcode & 8 and (length > 125 or not first & 0x80):
        return -1, 0  # control frames are short and never fragmented
    if length < 126:
        return start, length
    size, least = (2, 126) if length == 126 else (8, 1 << 16)
    if end - start < size:
        return None
    length = int.from_bytes(data[start : start + size], "big")
    if length < least or length >> 63:
        return -1, 0  # only the shortest encoding is allowed
    return start + size, length


def _unmasked(data: bytes, start: int, length: int) -> bytes:
    if not length:
        return b""
    key, payload = data[start : start + 4], data[start + 4 : start + 4 + length]
    mask = (key * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")).to_bytes(length, "big")


def _closing(payload: bytes) -> Event:
    if not payload:
        return CLOSE, (NO_STATUS, "")
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (1000 <= code <= 1003 or 1007 <= code <= 1013 or 3000 <= code <= 4999):
        return BROKEN, PROTOCOL_ERROR
    try:
        return CLOSE, (code, payload[2:].decode())
    except UnicodeDecodeError:
        return BROKEN, BAD_DATA
