"""Websocket frames: to the letter of RFC 6455, and in agreement with wsproto."""

from __future__ import annotations

import random
from typing import Any

import pytest

from liveblog.push import deflate, frames
from liveblog.push.deflate import deflated, inflated, longest
from liveblog.push.frames import BROKEN, Parser
from tests.push import frame_fuzz
from tests.push.frame_fuzz import encoded

LIMIT = 1000
MASK = b"\x37\xfa\x21\x3d"


HELLO = bytes.fromhex("f248cdc9c90700")
"""Compressed, in the RFC's example (RFC 7692, 7.2.3.1)."""


def events(*pieces: bytes, inflates: bool = False) -> list[frames.Event]:
    parser = Parser(LIMIT, inflates=inflates)
    return [event for piece in pieces for event in parser.feed(piece)]


def masked(first: int, payload: bytes, length: bytes | None = None) -> bytes:
    body = bytes(byte ^ MASK[i & 3] for i, byte in enumerate(payload))
    length = length or bytes((0x80 | len(payload),))
    return bytes((first,)) + length + MASK + body


def test_the_masked_hello_of_the_rfc() -> None:
    assert events(bytes.fromhex("818537fa213d7f9f4d5158")) == [(frames.TEXT, "Hello")]


def test_the_unmasked_frames_of_the_rfc_are_made() -> None:
    assert frames.frame(b"Hello") == bytes.fromhex("810548656c6c6f")
    assert frames.frame(bytes(256), frames.BINARY)[:4] == bytes.fromhex("827e0100")
    assert frames.frame(bytes(65536), frames.BINARY)[:10] == bytes.fromhex("827f0000000000010000")
    assert frames.close(1013, "later") == b"\x88\x07\x03\xf5later"
    assert frames.close(frames.NO_STATUS) == b"\x88\x00"


def test_a_message_byte_by_byte_with_a_ping_in_between() -> None:
    sent = masked(0x01, "Ü".encode()[:1]) + masked(0x89, b"hi") + masked(0x80, "Ü".encode()[1:])
    assert events(*(bytes((byte,)) for byte in sent)) == [(frames.PING, b"hi"), (frames.TEXT, "Ü")]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frames.frame(b"unmasked"), frames.PROTOCOL_ERROR),
        (masked(0xC1, b"compressed, though that was never agreed on"), frames.PROTOCOL_ERROR),
        (masked(0x83, b""), frames.PROTOCOL_ERROR),
        (masked(0x8B, b""), frames.PROTOCOL_ERROR),
        (masked(0x09, b"a fragmented ping"), frames.PROTOCOL_ERROR),
        (masked(0x89, bytes(126), b"\xfe\x00\x7e"), frames.PROTOCOL_ERROR),
        (masked(0x81, b"abc", b"\xfe\x00\x03"), frames.PROTOCOL_ERROR),
        (masked(0x81, b"abc", b"\xff" + bytes(7) + b"\x03"), frames.PROTOCOL_ERROR),
        (masked(0x81, b"", b"\xff\x80" + bytes(7)), frames.PROTOCOL_ERROR),
        (masked(0x80, b"continues nothing"), frames.PROTOCOL_ERROR),
        (masked(0x01, b"a") + masked(0x81, b"b"), frames.PROTOCOL_ERROR),
        (masked(0x88, b"\x03"), frames.PROTOCOL_ERROR),
        (masked(0x88, b"\x03\xed"), frames.PROTOCOL_ERROR),
        (masked(0x88, b"\x03\xe8\xff"), frames.BAD_DATA),
        (masked(0x81, b"\xc3("), frames.BAD_DATA),
        (masked(0x01, b"\xe2\x82") + masked(0x80, b"a"), frames.BAD_DATA),
        (masked(0x01, b"\xe2\x82") + masked(0x80, b""), frames.BAD_DATA),
        (masked(0x82, b"", b"\xfe\x03\xe9"), frames.TOO_BIG),
        (masked(0x02, bytes(100)) + masked(0x80, b"", b"\xfe\x03\x85"), frames.TOO_BIG),
    ],
)
def test_a_protocol_violation_is_answered_with_the_right_code(sent: bytes, code: int) -> None:
    assert events(sent)[-1] == (BROKEN, code)
    assert events(*(bytes((byte,)) for byte in sent))[-1] == (BROKEN, code)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ((0xC1, HELLO), (frames.TEXT, "Hello")),
        ((0xC2, HELLO), (frames.BINARY, b"Hello")),
        ((0x81, b"Hello"), (frames.TEXT, "Hello")),
        ((0x41, HELLO[:3], 0x80, HELLO[3:]), (frames.TEXT, "Hello")),
        ((0x42, b"", 0x00, HELLO[:1], 0x00, b"", 0x80, HELLO[1:]), (frames.BINARY, b"Hello")),
        ((0xC1, b"\x00"), (frames.TEXT, "")),
        ((0xC1, HELLO + b"\x00"), (BROKEN, frames.BAD_DATA)),
        ((0xC1, HELLO[:-2]), (BROKEN, frames.BAD_DATA)),
        ((0xC1, b""), (BROKEN, frames.BAD_DATA)),
        ((0xC1, b"\xff"), (BROKEN, frames.BAD_DATA)),
        ((0xC1, deflated(b"\xc3(")), (BROKEN, frames.BAD_DATA)),
        ((0x41, HELLO, 0x80, b"\x07"), (BROKEN, frames.BAD_DATA)),
        ((0x41, HELLO, 0xC0, b""), (BROKEN, frames.PROTOCOL_ERROR)),
        ((0x01, b"Hello", 0xC0, HELLO), (BROKEN, frames.PROTOCOL_ERROR)),
        ((0x41, HELLO, 0xC1, HELLO), (BROKEN, frames.PROTOCOL_ERROR)),
        ((0xC0, HELLO), (BROKEN, frames.PROTOCOL_ERROR)),
        ((0xC9, HELLO), (BROKEN, frames.PROTOCOL_ERROR)),
        ((0xCA, HELLO), (BROKEN, frames.PROTOCOL_ERROR)),
        ((0xC8, HELLO), (BROKEN, frames.PROTOCOL_ERROR)),
        ((0xA1, b"Hello"), (BROKEN, frames.PROTOCOL_ERROR)),
        ((0xD1, HELLO), (BROKEN, frames.PROTOCOL_ERROR)),
        ((0xC1, deflated(b"x" * (LIMIT + 1))), (BROKEN, frames.TOO_BIG)),
        ((0x41, deflated(b"x" * (LIMIT + 1)), 0x80, b""), (BROKEN, frames.TOO_BIG)),
    ],
)
def test_compression_as_the_rfc_has_it(sent: tuple[Any, ...], said: frames.Event) -> None:
    data = b"".join(masked(first, payload) for first, payload in zip(sent[::2], sent[1::2], strict=True))
    assert events(data, inflates=True)[-1] == said
    assert events(*(bytes((byte,)) for byte in data), inflates=True)[-1] == said


def test_a_ping_between_the_parts_of_a_compressed_message() -> None:
    sent = masked(0x41, HELLO[:2]) + masked(0x89, b"hi") + masked(0x80, HELLO[2:]) + masked(0x81, b"again")
    assert events(sent, inflates=True) == [(frames.PING, b"hi"), (frames.TEXT, "Hello"), (frames.TEXT, "again")]


def test_a_compressed_message_may_become_as_large_as_the_limit_and_is_never_much_longer_itself() -> None:
    noise = random.Random(1).randbytes(LIMIT)
    sent = frames.compressed(frames.frame(bytes(LIMIT), frames.BINARY))
    assert events(masked(sent[0], sent[2:]), inflates=True) == [(frames.BINARY, bytes(LIMIT))]
    longer = deflated(noise)
    assert len(longer) > LIMIT
    size = b"\xfe" + len(longer).to_bytes(2, "big")
    assert events(masked(0xC2, longer, size), inflates=True) == [(frames.BINARY, noise)]
    claim = b"\xfe" + (longest(LIMIT) + 1).to_bytes(2, "big")
    assert events(masked(0xC2, b"", claim), inflates=True) == [(BROKEN, frames.TOO_BIG)]


def test_what_takes_long_to_inflate_counts_like_many_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = [7]
    monkeypatch.setattr(deflate, "inflated", lambda payload, limit, most: (payload, cost[0]))
    parser = Parser(LIMIT, inflates=True)
    assert parser.feed(masked(0xC1, b"a") * 2, 10) == [(frames.TEXT, "a"), (frames.TEXT, "a")]
    assert parser.count == 16
    assert parser.feed(masked(0xC1, b"a") * 3, 10)[-1] == (BROKEN, frames.POLICY)


def test_a_message_is_sent_compressed_if_that_is_shorter() -> None:
    for payload in (b"x" * 100, b"And the award goes to " * 9000):
        whole = frames.frame(payload)
        sent = frames.compressed(whole)
        start = {126: 4, 127: 10}.get(sent[1], 2)
        assert sent[0] == 0xC1
        assert len(sent) < len(whole) / 2
        assert frames.end_of_frame(sent, 1) == len(sent)
        assert inflated(sent[start:], len(payload), 1 << 30)[0] == payload
    for payload in (b"", b"2", b"x" * 99, random.Random(1).randbytes(500)):
        assert frames.compressed(frames.frame(payload)) == frames.frame(payload)


def test_a_message_of_exactly_the_limit_is_taken() -> None:
    assert events(masked(0x82, bytes(LIMIT), b"\xfe\x03\xe8")) == [(frames.BINARY, bytes(LIMIT))]


@pytest.mark.parametrize(("payload", "said"), [(b"", (1005, "")), (b"\x03\xe8bye", (1000, "bye"))])
def test_a_close_tells_its_code_and_reason(payload: bytes, said: tuple[int, str]) -> None:
    assert events(masked(0x88, payload)) == [(frames.CLOSE, said)]


def test_any_number_of_empty_pieces_takes_no_memory() -> None:
    parser = Parser(LIMIT)
    parser.feed(masked(0x01, b"a"))
    for _ in range(3):
        assert parser.feed(masked(0x00, b"") * 1000) == []
    assert parser._parts == ["a"]
    assert parser.feed(masked(0x80, b"b")) == [(frames.TEXT, "ab")]


def test_a_parser_is_idle_again_after_each_whole_message() -> None:
    parser = Parser(LIMIT)
    for piece, idle in ((b"\x81", False), (masked(0x81, b"a")[1:], True), (masked(0x01, b"a"), False)):
        parser.feed(piece)
        assert parser.idle is idle


@pytest.mark.parametrize("offset", [1, 3, 4, 128, 140, 900])
def test_the_end_of_the_frame_that_is_being_sent_is_found(offset: int) -> None:
    ends = [4, 4 + 4 + 130, 4 + 4 + 130 + 2 + 100, 4 + 4 + 130 + 2 + 100 + 70_010]
    sent = b"".join(map(frames.frame, (b"ab", bytes(130), bytes(100), bytes(70_000))))
    assert len(sent) == ends[-1]
    assert frames.end_of_frame(sent, offset) == next(end for end in ends if end >= offset)


@pytest.mark.parametrize("compresses", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_parser_and_wsproto_agree_on_anything_a_client_may_send(seed: int, compresses: bool) -> None:
    outcomes = frame_fuzz.run(5000, seed, compresses=compresses)
    assert min(outcomes.values()) > 100  # the generator makes valid, closing and broken clients alike


def test_a_large_message_in_three_fragments() -> None:
    luck, parser = random.Random(1), Parser(1 << 20)
    sent = b"".join(
        encoded(luck, kind, b"x" * 70_000, final=final) for kind, final in ((1, False), (0, False), (0, True))
    )
    assert parser.feed(sent) == [(frames.TEXT, "x" * 210_000)]
