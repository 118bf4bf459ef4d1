"""Compression of websocket messages: permessage-deflate (RFC 7692), without context takeover either way. Pure.

No message refers to an earlier one. So one compressed frame serves all readers, and no reader has a window in memory.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable
from functools import lru_cache

ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
WINDOW = 12
"""Our window has 2 ** WINDOW bytes. A larger one gains nothing for a change, and some clients offer no larger one."""
LEVEL, MEMORY = 6, 8
LEAST = 100
"""Bytes from which a message is compressed: a shorter one gains next to nothing."""
LONGEST_OFFER = 1024
"""Characters of offers that are read; browsers send 42 at most."""
PIECE = 1024
"""Bytes that are inflated between two looks at the clock."""
TURN = 50e-6
"""Seconds of processor time, in steps of which inflating is counted. 64 KiB of text take a few steps."""

TAIL = b"\x00\x00\xff\xff"
"""Ends what is compressed, and is not sent (RFC 7692, 7.2.1)."""
LAST = b"\x01\x00\x00\xff\xff"
"""An empty last block. Only with a message that is whole it makes a stream that is whole."""

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_PART = re.compile(rf'({_TOKEN}+)(?:[ \t]*=[ \t]*(?:({_TOKEN}+)|"((?:\\?{_TOKEN})+)"))?')
_BITS = frozenset(map(str, range(8, 16)))
_VALUES: dict[str, frozenset[str | None]] = {
    "server_no_context_takeover": frozenset({None}),
    "client_no_context_takeover": frozenset({None}),
    "server_max_window_bits": _BITS,
    "client_max_window_bits": _BITS | {None},
}
"""The parameters of an offer (RFC 7692, 7.1), and which values each may have."""


class TooLarge(Exception):
    """A message becomes larger than it may."""


class TooSlow(Exception):
    """A message takes more processor time than it may: a kilobyte that describes its codes anew for each character
    takes a millisecond."""


@lru_cache(maxsize=256)  # nearly all readers send one of a few
def agreed(offers: str) -> str:
    """What we agree to of the offers of a `Sec-WebSocket-Extensions`: the first that we can meet; empty for none.

    Raises `ValueError` if they are malformed (RFC 6455, 9.1).
    """
    if len(offers) > LONGEST_OFFER:
        return ""
    for offer in [[_part(part) for part in each.split(";")] for each in offers.split(",") if each.strip(" \t")]:
        (name, value), *parameters = offer
        if value is not None:
            raise ValueError("the name of an extension has no value")
        if name == "permessage-deflate" and (answer := _answer(parameters)):
            return answer
    return ""


def _part(text: str) -> tuple[str, str | None]:
    """A name, and the value that it may have. A quoted one must be a token too, so it contains no separators."""
    matched = _PART.fullmatch(text.strip(" \t"))
    if matched is None:
        raise ValueError("extensions and their parameters are tokens")
    name, plain, quoted = matched.groups()
    return name, plain if quoted is None else quoted.replace("\\", "")


def _answer(parameters: list[tuple[str, str | None]]) -> str:
    """The answer to an offer with these parameters; empty if one is unknown, repeated or asks for what we lack."""
    given = dict(parameters)
    if len(given) < len(parameters) or any(value not in _VALUES.get(name, ()) for name, value in parameters):
        return ""
    bits = given.get("server_max_window_bits")
    if bits is None:
        return ANSWER
    return f"{ANSWER}; server_max_window_bits={WINDOW}" if int(bits) >= WINDOW else ""


def deflated(payload: bytes) -> bytes:
    """A message's compressed payload."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW, MEMORY)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


def longest(limit: int) -> int:
    """The most bytes that a message of `limit` bytes takes compressed, whatever compresses it (zlib's deflateBound)."""
    return limit + limit // 8 + limit // 64 + 64


def inflated(payload: bytes, limit: int, most: int, clock: Callable[[], float] = time.thread_time) -> tuple[bytes, int]:
    """The message of at most `limit` bytes that was compressed, and the time that it took, in whole steps of `TURN`.

    Raises `TooLarge`, `TooSlow` if it takes more than `most` steps, `zlib.error` for what is no compressed message.
    """
    data, found = payload + TAIL + LAST, bytearray()
    stream, began = zlib.decompressobj(-zlib.MAX_WBITS), clock()
    for at in range(0, len(data), PIECE):
        piece = data[at : at + PIECE]
        while piece:
            if stream.eof:  # a sender may end a stream within a message, and begin another one (RFC 7692, 7.2.3.4)
                stream = zlib.decompressobj(-zlib.MAX_WBITS, zdict=found[-(1 << zlib.MAX_WBITS) :])
            found += stream.decompress(piece, limit + 1 - len(found))
            if len(found) > limit:
                raise TooLarge
            if clock() - began > most * TURN:
                raise TooSlow
            piece = stream.unused_data
    if not stream.eof:
        raise zlib.error("the message ends within a block")
    return bytes(found), int((clock() - began) / TURN)
