"""HTTP/2 (RFC 9113) by hand, because libraries refuse to send what attackers send."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress

Fields = Iterable[tuple[bytes, bytes]]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
_INDEXED = {0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500}
"""Statuses of the static table (RFC 7541, Appendix A)."""
_SHORT, _FIVE_BITS = b"012", 5
"""Huffman's code has these digits in five bits, the others in six that begin with 011 (RFC 7541, Appendix B)."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def _string(text: bytes) -> bytes:
    """A string without Huffman's code (RFC 7541, 5.2)."""
    size = len(text)
    if size < 127:
        return bytes((size,)) + text
    head, rest = bytearray((127,)), size - 127
    while rest > 127:
        head.append(rest % 128 + 128)
        rest //= 128
    return bytes((*head, rest)) + text


def packed(fields: Fields) -> bytes:
    """A header block whose fields are all literal, and never indexed."""
    return b"".join(b"\x10" + _string(name) + _string(value) for name, value in fields)


def asking(path: bytes = b"/desk/h2", method: bytes = b"GET") -> list[tuple[bytes, bytes]]:
    """The pseudo fields of an ordinary request."""
    return [(b":method", method), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", path)]


def request(stream: int, fields: Fields, body: bytes | None = None, trailers: Fields = ()) -> bytes:
    """The frames of a request; what does not fit into one frame goes on in CONTINUATION."""
    block, last = packed(fields), END_STREAM if body is None and not trailers else 0
    first, rest = block[:16384], block[16384:]
    sent = frame(HEADERS, last | (0 if rest else END_HEADERS), stream, first)
    while rest:
        part, rest = rest[:16384], rest[16384:]
        sent += frame(CONTINUATION, 0 if rest else END_HEADERS, stream, part)
    if body is not None:
        sent += frame(DATA, 0 if trailers else END_STREAM, stream, body)
    if trailers:
        sent += frame(HEADERS, END_STREAM | END_HEADERS, stream, packed(trailers))
    return sent


def status(block: bytes) -> int:
    """The status at the beginning of an answer's header block; 0 if it has none."""
    if block[:1] and block[0] & 0xE0 == 0x20:  # a change of the table's size
        block = block[1:]
    if not block or block[0] in _INDEXED:
        return _INDEXED[block[0]] if block else 0
    size, text = block[1] & 127, block[2 : 2 + (block[1] & 127)]
    return int(text) if not block[1] & 128 else _digits(int.from_bytes(text, "big"), 8 * size)


def _digits(bits: int, left: int) -> int:
    """Three digits in Huffman's code."""
    found = 0
    for _ in range(3):
        five = bits >> (left - 5) & 31
        if five < 3:
            left, digit = left - 5, five
        else:
            six = bits >> (left - 6) & 63
            left, digit = left - 6, six - 0b011001 + 3
        found = 10 * found + digit
    return found


class Line:
    """A connection. It answers SETTINGS and PING as it reads."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.data = b""
        self.send(PREFACE + frame(SETTINGS, 0, 0))

    def send(self, frames: bytes) -> None:
        self.socket.sendall(frames)

    def frames(self) -> Iterator[tuple[int, int, int, bytes]]:
        """Kind, flags, stream and payload of each frame until the connection ends."""
        while True:
            while len(self.data) >= 9 and len(self.data) >= (end := 9 + int.from_bytes(self.data[:3], "big")):
                kind, flags, stream = self.data[3], self.data[4], int.from_bytes(self.data[5:9], "big") & (1 << 31) - 1
                payload, self.data = self.data[9:end], self.data[end:]
                if kind in (SETTINGS, PING) and not flags & ACK:
                    self.send(frame(kind, ACK, 0, payload if kind == PING else b""))
                yield kind, flags, stream, payload
            try:
                more = self.socket.recv(65536)
            except (ConnectionResetError, TimeoutError):
                return
            if not more:
                return
            self.data += more

    def answer(self, stream: int) -> tuple[int, bytes]:
        """Status, and header block with body, of the answer; status 0 if the stream or the connection was ended."""
        found, heard = 0, b""
        with suppress(BrokenPipeError, ConnectionResetError):
            for kind, flags, of, payload in self.frames():
                if kind == GOAWAY or (kind == RESET and of == stream):
                    return found, heard
                if of == stream and kind in (HEADERS, DATA):
                    found = found or (status(payload) if kind == HEADERS else 0)
                    heard += payload
                    if flags & END_STREAM:
                        return found, heard
        return found, heard

    def close(self) -> None:
        self.socket.close()
