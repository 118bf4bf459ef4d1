"""Differential fuzzing: for valid and invalid input of clients, our parser and wsproto must agree."""

from __future__ import annotations

import random
import zlib
from typing import Any

from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, ParseFailed, RsvBits

from liveblog.push import frames
from liveblog.push.frames import BROKEN, Event, Parser

LIMIT = 1 << 20
SIZES = [0, 0, 1, 2, 5, 30, 125, 126, 127, 300, 65535, 65536]
SIZE_WEIGHTS = [4, 4, 8, 8, 8, 8, 3, 3, 3, 2, 0.05, 0.05]
TEXTS = ["", "a", "ü", "€", "🏆", "And the award goes to … ", "\x00", "\U0010ffff", "\ud7ff", "\ue000"]
BAD_UTF8 = [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\xf8\x88\x80\x80\x80"]
CODES = [0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1016]
CODES += [1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65535]


def encoded(luck: random.Random, opcode: int, payload: bytes, *, final: bool = True, wrong: bool = False) -> bytes:
    """A client's frame; with `wrong`, one thing about it may be broken."""
    first, size = (0x80 if final else 0) | opcode, len(payload)
    fault = luck.choice(["rsv", "opcode", "unmasked", "long", "longer", "msb", "fin"]) if wrong else ""
    if fault == "rsv":
        first |= luck.choice([0x10, 0x20, 0x40, 0x70])
    if fault == "opcode":
        first = first & 0xF0 | luck.choice([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
    if fault == "fin":
        first ^= 0x80
    if fault == "long" or (126 <= size < 1 << 16 and fault not in ("longer", "msb")):
        length = bytes((126,)) + (size & 0xFFFF).to_bytes(2, "big")
    elif fault in ("longer", "msb") or size >= 1 << 16:
        length = bytes((127,)) + (size | (1 << 63 if fault == "msb" else 0)).to_bytes(8, "big")
    else:
        length = bytes((size,))
    if fault == "unmasked":
        return bytes((first,)) + length + payload
    key = luck.randbytes(4) if luck.random() < 0.9 else b"\0\0\0\0"
    masked = bytes(byte ^ key[i & 3] for i, byte in enumerate(payload)) if size < 1000 else _xor(payload, key)
    return bytes((first, length[0] | 0x80)) + length[1:] + key + masked


def _xor(payload: bytes, key: bytes) -> bytes:
    mask = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(payload), "big")


def payload(luck: random.Random, opcode: int) -> bytes:
    size = luck.choices(SIZES, SIZE_WEIGHTS)[0]
    if opcode == frames.BINARY:
        return luck.randbytes(size)
    text = "".join(luck.choice(TEXTS) for _ in range(min(size, 40))).encode() or b""
    text = (text * (size // max(1, len(text)) + 1))[:size] if size > 40 and text else text
    if luck.random() < 0.1:
        at = luck.randint(0, len(text))
        text = text[:at] + luck.choice(BAD_UTF8) + text[at:]
    return text


def control(luck: random.Random) -> bytes:
    opcode = luck.choice([frames.PING, frames.PONG, frames.CLOSE, frames.PING, frames.PONG])
    if opcode != frames.CLOSE:
        return encoded(luck, opcode, luck.randbytes(luck.choice([0, 1, 4, 125, 126])), wrong=luck.random() < 0.05)
    code = luck.choice(CODES).to_bytes(2, "big")
    body = luck.choice([b"", b"\x03", code, code + "Übung".encode(), code + b"bye", code + luck.choice(BAD_UTF8)])
    return encoded(luck, opcode, body, wrong=luck.random() < 0.05)


def packed(luck: random.Random, body: bytes) -> bytes:
    """A payload as one of many programs may compress it; seldom something that is nearly that."""
    strategy = luck.choice([zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED, zlib.Z_RLE])
    packer = zlib.compressobj(luck.randint(0, 9), zlib.DEFLATED, -luck.randint(9, 15), luck.randint(1, 9), strategy)
    sent = packer.compress(body) + packer.flush(luck.choice([zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH]))
    sent = sent.removesuffix(b"\0\0\xff\xff")
    if luck.random() < 0.03:
        at = luck.randrange(len(sent))
        return sent[:at] + luck.choice([b"", luck.randbytes(1), luck.randbytes(1) + sent[at + 1 :]])
    return sent


def message(luck: random.Random, *, compresses: bool = False) -> bytes:
    """A message in one frame or several, with control frames in between."""
    opcode = luck.choice([frames.TEXT, frames.TEXT, frames.BINARY])
    body, parts = payload(luck, opcode), luck.choice([1, 1, 1, 2, 3])
    if compresses and luck.random() < 0.8:
        opcode, body = opcode | frames.COMPRESSED, packed(luck, body)
    cuts = sorted(luck.randint(0, len(body)) for _ in range(parts - 1))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    sent = b""
    for number, piece in enumerate(pieces):
        kind = opcode if number == 0 or luck.random() < 0.03 else frames.CONTINUATION
        last = number == len(pieces) - 1
        sent += encoded(luck, kind, piece, final=last, wrong=luck.random() < 0.03)
        if luck.random() < 0.2:
            sent += control(luck)
    return sent


def sequence(luck: random.Random, *, compresses: bool = False) -> list[bytes]:
    """What a client sends, cut into the pieces in which it arrives."""
    made = range(luck.randint(1, 4))
    sent = b"".join(message(luck, compresses=compresses) if luck.random() < 0.8 else control(luck) for _ in made)
    if luck.random() < 0.05:
        at = luck.randrange(len(sent) or 1)
        sent = sent[:at] + bytes((luck.randrange(256),)) + sent[at + 1 :]
    if luck.random() < 0.1:
        sent = sent[: luck.randint(0, len(sent))]
    cuts = sorted(luck.randint(0, len(sent)) for _ in range(luck.choice([0, 0, 1, 2, 5])))
    return [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]


class Inflating(PerMessageDeflate):
    """wsproto's own, which takes a message for one that is not compressed after a control frame in its middle."""

    def __init__(self) -> None:
        super().__init__(client_no_context_takeover=True)
        self._enabled = True

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        known = self._inbound_compressed
        answer = super().frame_inbound_header(proto, opcode, rsv, payload_length)
        if opcode.iscontrol():
            self._inbound_compressed = known
        return answer

    def frame_inbound_complete(self, proto: FrameDecoder | FrameProtocol, fin: bool) -> bytes | CloseReason | None:
        return super().frame_inbound_complete(proto, fin) if self._inbound_is_compressible else None


def ours(pieces: list[bytes], *, compresses: bool = False) -> list[Event]:
    parser, events = Parser(LIMIT, inflates=compresses), []
    for piece in pieces:
        events += parser.feed(piece)
        if events and events[-1][0] in (BROKEN, frames.CLOSE):
            break
    return events


def theirs(pieces: list[bytes], *, compresses: bool = False) -> list[Event]:
    protocol, events = FrameProtocol(client=False, extensions=[Inflating()] if compresses else []), []
    parts: list[Any] = []
    for piece in pieces:
        protocol.receive_bytes(piece)
        try:
            for frame in protocol.received_frames():
                if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                    parts.append(frame.payload)
                    if frame.message_finished:
                        events.append((int(frame.opcode), parts[0][:0].join(parts)))
                        parts = []
                elif frame.opcode is Opcode.CLOSE:
                    events.append((frames.CLOSE, (int(frame.payload[0]), frame.payload[1])))
                    return events
                else:
                    events.append((int(frame.opcode), frame.payload))
        except ParseFailed as error:
            return [*events, (BROKEN, int(error.code))]
    return events


def differs(mine: list[Event], other: list[Event], pieces: list[bytes]) -> bool:
    """Whether the two disagree. A sequence that ends inside a frame may be refused by one of them a little earlier."""
    if mine == other:
        return False
    if mine and mine[-1] == (BROKEN, frames.TOO_BIG):  # wsproto has no limit
        return mine[:-1] != other[: len(mine) - 1]
    short, long = sorted((mine, other), key=len)
    early = len(long) == len(short) + 1 and long[:-1] == short and long[-1][0] == BROKEN
    return not (early and _ends_inside_a_frame(pieces))


def is_sooner(one: list[Event], other: list[Event]) -> bool:
    """Whether one refuses the content of a message before the other does, or at all. We inflate it when it is whole,
    and refuse one that does not end; wsproto inflates each part, and takes what it got."""
    return bool(one) and one[-1] == (BROKEN, frames.BAD_DATA) and one[:-1] == other[: len(one) - 1]


def _ends_inside_a_frame(pieces: list[bytes]) -> bool:
    data, at = b"".join(pieces), 0
    while len(data) - at >= 2:
        size, start = data[at + 1] & 127, at + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, start = int.from_bytes(data[start : start + width], "big"), start + width
        at = start + (4 if data[at + 1] & 128 else 0) + size
    return at != len(data)


def run(count: int, seed: int, *, compresses: bool = False) -> dict[str, int]:
    """Try `count` sequences. Returns the number of each outcome. Raises `AssertionError` for the first difference."""
    luck, outcomes = random.Random(seed), {"sequences": 0, "events": 0, "closed": 0, "broken": 0}
    excused = 0
    for _ in range(count):
        pieces = sequence(luck, compresses=compresses)
        events, other = ours(pieces, compresses=compresses), theirs(pieces, compresses=compresses)
        if differs(events, other, pieces):
            assert compresses, (pieces, events, other)
            assert is_sooner(events, other) or is_sooner(other, events), (pieces, events, other)
            excused += 1
        outcomes["sequences"] += 1
        outcomes["events"] += len(events)
        outcomes["closed"] += bool(events) and events[-1][0] == frames.CLOSE
        outcomes["broken"] += bool(events) and events[-1][0] == BROKEN
    assert excused <= count / 25, excused
    return outcomes
