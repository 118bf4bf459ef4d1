"""Frames by rule: each connection works or ends with the right code, and an honest reader beside it gets its post."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from liveblog.push import frames
from tests.live_server import LiveServer
from tests.push.socket_client import Line
from tests.push.test_deflate import costly, packed
from tests.push.test_live_namespace import next_named
from tests.push.test_transport import Raw, introduction

FINAL = 0x80
PONG_OF = b"still here"
"""Its pong proves that the connection works."""


def sent(first: int, payload: bytes = b"", *, size: bytes | None = None, key: bytes | None = b"\1\2\3\4") -> bytes:
    """A client's frame; `size` replaces the bytes of its length, without a `key` it is not masked."""
    n = len(payload)
    if size is None:
        size = (
            bytes((n,))
            if n < 126
            else b"\x7e" + n.to_bytes(2, "big")
            if n < 1 << 16
            else b"\x7f" + n.to_bytes(8, "big")
        )
    if key is None:
        return bytes((first,)) + size + payload
    masked = bytes(byte ^ key[i & 3] for i, byte in enumerate(payload))
    return bytes((first, size[0] | 0x80)) + size[1:] + key + masked


def closing(code: int, reason: bytes = b"") -> bytes:
    return sent(FINAL | frames.CLOSE, code.to_bytes(2, "big") + reason)


def cases(agreed: int = 0) -> Iterator[tuple[str, bytes, int | None]]:
    """What is sent, and the code with which the connection ends; none if it goes on. Bits of `agreed` may be set in
    the first byte of a message."""
    text, binary, more = frames.TEXT, frames.BINARY, frames.CONTINUATION
    for opcode, rsv in product(range(16), (0, 0x10, 0x20, 0x40, 0x70)):
        known, goes_on = opcode in (0, 1, 2, 8, 9, 10), opcode in (text, frames.PING, frames.PONG)
        code = {binary: 1003, frames.CLOSE: 1005, more: 1002}.get(opcode) if known else 1002
        if rsv == agreed and rsv and opcode in (text, binary):
            continue
        yield f"opcode {opcode} rsv {rsv}", sent(FINAL | rsv | opcode, b""), 1002 if rsv else None if goes_on else code
        yield f"opcode {opcode} rsv {rsv}, no mask", sent(FINAL | rsv | opcode, b"", key=None), 1002
    for n in (0, 1, 124, 125, 126, 127, 65535, 65536):
        yield f"a text of {n}", sent(FINAL | text, b"x" * n), None
        for control in (frames.PONG, frames.PING, frames.CLOSE):
            if n > 125:
                yield f"a control frame of {n}", sent(FINAL | control, b"x" * n), 1002
    yield "a text of 65537", sent(FINAL | text, b"x" * 65537), 1009
    for n in (1 << 17, (1 << 31), (1 << 32) + 1, (1 << 63) - 1):
        yield f"a claim of {n}", sent(FINAL | text, size=b"\x7f" + n.to_bytes(8, "big")), 1009
    for n in (1 << 63, (1 << 64) - 1, 125, 0, 65535):
        yield f"no length: {n} in 8 bytes", sent(FINAL | text, size=b"\x7f" + n.to_bytes(8, "big")), 1002
    for n in (0, 1, 125):
        yield f"no length: {n} in 2 bytes", sent(FINAL | text, size=b"\x7e" + n.to_bytes(2, "big")), 1002
    for control in (frames.PING, frames.PONG, frames.CLOSE):
        yield "a control frame in parts", sent(control, b"x"), 1002
    orders = {
        (text, more | FINAL): None,
        (text, more, more, more | FINAL): None,
        (text, FINAL | frames.PING, more | FINAL): None,
        (text, FINAL | frames.PONG, more, FINAL | frames.PING, more | FINAL): None,
        (text, text | FINAL): 1002,
        (text, binary | FINAL): 1002,
        (more,): 1002,
        (more | FINAL,): 1002,
        (text | FINAL, more | FINAL): 1002,
        (text, more | FINAL, more | FINAL): 1002,
        (binary, more | FINAL): 1003,
        (text, more, text): 1002,
    }
    for order, code in orders.items():
        for body in (b"", b"x", b"x" * 125):
            yield f"parts {order}", b"".join(sent(first, body) for first in order), code
    for wrong in (
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
        b"\x80",
        b"\xf8\x88\x80\x80\x80",
    ):
        yield "no UTF-8", sent(FINAL | text, wrong), 1007
        for cut in range(1, len(wrong) + 1):
            parts = sent(text, b"x" + wrong[:cut]) + sent(FINAL | more, wrong[cut:])
            yield f"no UTF-8, cut at {cut}", parts, 1007
    for good in ("é", "€", "🏆"):
        whole = good.encode()
        for cut in range(1, len(whole)):
            yield f"UTF-8, cut at {cut}", sent(text, whole[:cut]) + sent(FINAL | more, whole[cut:]), None
    for code in (0, 1, 999, *range(1000, 1020), 1100, 1999, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65535):
        fine = 1000 <= code <= 1003 or 1007 <= code <= 1013 or 3000 <= code <= 4999
        yield f"close {code}", closing(code), code if fine else 1002
        yield f"close {code} with a reason", closing(code, "tschüß".encode()), code if fine else 1002
        yield f"close {code} with no UTF-8", closing(code, b"\xff"), 1007 if fine else 1002
    yield "close with one byte", sent(FINAL | frames.CLOSE, b"\x03"), 1002
    yield "close with 125 bytes", closing(1000, b"x" * 123), 1000
    yield "a frame after the close", closing(1000) + sent(FINAL | text, b"\xff"), 1000
    yield "40 pings", sent(FINAL | frames.PING, b"x") * 40, None
    yield "3,000 pings", sent(FINAL | frames.PING, b"x") * 3000, 1008
    yield "3,000 empty parts", sent(text) + sent(more) * 3000, 1008
    yield "3,000 texts", sent(FINAL | text, b"6") * 3000, 1008


def compressed() -> Iterator[tuple[str, bytes, int | None]]:
    """The same about compressed messages, where they were agreed on."""
    text, binary, more = frames.COMPRESSED | frames.TEXT, frames.COMPRESSED | frames.BINARY, frames.CONTINUATION
    hello = bytes.fromhex("f248cdc9c90700")
    for name, payload in {
        "a block": hello,
        "not compressed": bytes.fromhex("000500faff48656c6c6f00"),
        "a last block": bytes.fromhex("f348cdc9c9070000"),
        "two blocks": bytes.fromhex("f248050000 00ffffcac9c90700"),
        "nothing": b"\0",
    }.items():
        yield name, sent(FINAL | text, payload), None
        yield f"{name}, binary", sent(FINAL | binary, payload), 1003
        yield f"{name}, cut off", sent(FINAL | text, payload[:-1]), 1007
        yield f"{name}, and more", sent(FINAL | text, payload + b"\7"), 1007
        for cut in range(len(payload) + 1):
            parts = sent(text, payload[:cut]), sent(FINAL | more, payload[cut:])
            yield f"{name}, in parts", b"".join(parts), None
            yield f"{name}, a ping between", sent(FINAL | frames.PING).join(parts), None
    for size in (1, 125, 126, 1000, 65_535, 65_536, 65_537, 1 << 20, 1 << 26):
        for level in (0, 1, 9):
            if level or size <= 65_536:
                code = 1009 if size > 65_536 else None
                yield f"{size} at level {level}", sent(FINAL | text, packed(b"x" * size, level=level)), code
    orders = {
        (text, more, more | FINAL): None,
        (text, FINAL | frames.PONG, more | FINAL): None,
        (text, more | FINAL | frames.COMPRESSED): 1002,
        (text, more | frames.COMPRESSED): 1002,
        (frames.TEXT, more | FINAL | frames.COMPRESSED): 1002,
        (text, text): 1002,
        (more | FINAL | frames.COMPRESSED,): 1002,
    }
    for order, code in orders.items():
        begun = sent(order[0], hello if order[0] & frames.COMPRESSED else b"Hello")
        yield f"parts {order}", begun + b"".join(map(sent, order[1:])), code
    for wrong in (b"", b"\7", b"\xff" * 20, hello[:-2], hello + hello[2:], b"{}"):
        yield f"no compressed text: {wrong!r}", sent(FINAL | text, wrong), 1007
    for wrong in (b"\xff", b"\xed\xa0\x80", b"x" * 200 + b"\xe2\x82"):
        yield "compressed, and no UTF-8", sent(FINAL | text, packed(wrong)), 1007
    yield "a claim of more than a message may take", sent(FINAL | text, size=b"\x7f" + bytes(5) + b"\2\0\0"), 1009
    yield "codes without text", sent(FINAL | text, costly(5800)), 1008
    yield "codes without text, in parts", sent(text, costly(2800)[:-1]) + sent(FINAL | more, costly(2800)), 1008
    yield "3,000 bombs", sent(FINAL | text, packed(b"6" * 65_536, level=9)) * 3000, 1008


CASES = [*cases()]
AGREED = [*cases(frames.COMPRESSED), *compressed()]
OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"


@pytest.mark.parametrize("offer", ["", OFFER], ids=["plain", "compressed"])
@pytest.mark.parametrize("early", [False, True], ids=["after the 101", "before the 101"])
def test_each_connection_works_or_ends_with_the_right_code(server: LiveServer, early: bool, offer: str) -> None:
    slug = server.open("frames")
    honest = Line(server.url, {"blog": slug})
    next_named(honest, "sync")
    wrong: list[tuple[str, int | None, object]] = []
    for number, (name, data, code) in enumerate(AGREED if offer else CASES):
        asks = sent(FINAL | frames.PING, PONG_OF)
        raw = Raw(server, b"HELLO" + data + asks, more=offer) if early else Raw(server, more=offer)
        raw.until(b"65536}")
        try:
            if not early:
                raw.connection.sendall(data + asks)
            if code is None:
                raw.until(frames.frame(PONG_OF, frames.PONG))
            elif not raw.rest().endswith(frames.close(code)):
                wrong.append((name, code, raw.data[-40:]))
        except (AssertionError, OSError) as error:
            if code == frames.POLICY and isinstance(error, ConnectionResetError):
                continue  # it was still sending, so it may lose the code
            wrong.append((name, code, repr(error)[:200]))
        finally:
            raw.close()
        if number % 25 == 0:
            posted = server.api("POST", f"/blogs/{slug}/posts", {"body": name}).json()
            assert next_named(honest, "change")["objects"] == [posted]
    assert not wrong, "\n".join(map(str, wrong))
    honest.close()


def test_frames_may_come_byte_by_byte(server: LiveServer) -> None:
    slug = server.open("bytes")
    raw = Raw(server)
    for byte in sent(FINAL | frames.TEXT, introduction(slug)):
        raw.connection.sendall(bytes((byte,)))
    raw.until(b'42/live,["sync"')
