"""permessage-deflate (RFC 7692): what is agreed, what is sent, and what a client's compressed messages may cost."""

from __future__ import annotations

import random
import zlib
from itertools import count

import pytest

from liveblog.push import deflate
from liveblog.push.deflate import ANSWER, TooLarge, TooSlow, agreed, deflated, inflated

HELLO = bytes.fromhex("f248cdc9c90700")
"""The RFC's example (7.2.3.1)."""
ANY = 1 << 30


def packed(payload: bytes, *, level: int = 6, memory: int = 8, strategy: int = 0, window: int = 15) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -window, memory, strategy)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(deflate.TAIL)


def costly(blocks: int) -> bytes:
    """Blocks of 90 bits. Each describes its own codes and contains nothing, so that 64 KiB of them take 70 ms."""
    codes, order = {18: 1, 1: 1}, (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1)
    fields = [(0, 1), (2, 2), (0, 5), (0, 5), (14, 4), *((codes.get(each, 0), 3) for each in order)]
    fields += [(1, 1), (127, 7), (1, 1), (107, 7), (0, 1), (0, 1), (0, 1)]  # 256 codes that are not used, one that is
    block, width = 0, 0
    for value, bits in fields:
        block |= value << width
        width += bits
    whole = sum(block << width * number for number in range(8))
    return whole.to_bytes(width, "little") * (blocks // 8) + b"\0"


@pytest.mark.parametrize(
    "offer",
    [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits",  # Chromium, Node
        'permessage-deflate;client_max_window_bits="10"',
        "permessage-deflate\t; client_no_context_takeover ; server_no_context_takeover",
        ", permessage-deflate, permessage-deflate; client_max_window_bits=8",
        "permessage-deflate; client_max_window_bits=7, permessage-deflate",
        "x-webkit-deflate-frame; no_context_takeover, permessage-deflate",
        'x-private; id="doc-7", permessage-deflate',
    ],
)
def test_what_we_can_meet_is_agreed_to(offer: str) -> None:
    assert agreed(offer) == ANSWER


@pytest.mark.parametrize("bits", ["12", "15", '"13"', '"1\\5"'])
def test_a_window_that_was_asked_for_is_answered_with_ours(bits: str) -> None:
    offer = f"permessage-deflate; server_max_window_bits={bits}; client_max_window_bits=12"
    assert agreed(offer) == f"{ANSWER}; server_max_window_bits=12"


@pytest.mark.parametrize(
    "offer",
    [
        "",
        " ",
        "permessage-bzip2",
        "Permessage-Deflate-2",
        "permessage-deflate; server_max_window_bits=11",
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=015",
        "permessage-deflate; server_max_window_bits=+15",
        "permessage-deflate; server_max_window_bits=x",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=15; client_max_window_bits=15",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=true",
        "permessage-deflate; level=9",
        "permessage-deflate; level=9, permessage-deflate; memory",
        "permessage-deflate, " * 60,
    ],
)
def test_what_we_cannot_meet_is_declined(offer: str) -> None:
    assert agreed(offer) == ""


@pytest.mark.parametrize(
    "offer",
    [
        ";",
        "permessage-deflate;",
        "permessage-deflate;;client_max_window_bits",
        "permessage-deflate; client_max_window_bits=",
        'permessage-deflate; client_max_window_bits="',
        'permessage-deflate; client_max_window_bits=""',
        'permessage-deflate; client_max_window_bits="1,2"',
        'permessage-deflate; client_max_window_bits="1;2"',
        "permessage-deflate; client_max_window_bits=1 2",
        "permessage-deflate client_max_window_bits",
        "permessage-deflate=1",
        "permessage-deflate, (comment)",
        "permessage-déflate",
        "permessage-deflate\0",
    ],
)
def test_what_is_no_list_of_extensions_is_an_error(offer: str) -> None:
    with pytest.raises(ValueError, match=r"token|value"):
        agreed(offer)


@pytest.mark.parametrize(
    "payload",
    ["f248cdc9c90700", "000500faff48656c6c6f00", "f348cdc9c9070000", "f248050000 00ffffcac9c90700"],
    ids=["one block", "not compressed", "a last block", "two blocks"],
)
def test_the_examples_of_the_rfc_say_hello(payload: str) -> None:
    assert inflated(bytes.fromhex(payload), 5, ANY)[0] == b"Hello"


def test_what_we_send_is_read_by_anybody_with_our_window() -> None:
    luck = random.Random(1)
    for size in (0, 1, 99, 100, 4095, 4096, 5000, 1 << 18):
        payload = bytes(luck.choices(b"And the award goes to", k=size))
        reader = zlib.decompressobj(-deflate.WINDOW)
        assert reader.decompress(deflated(payload) + deflate.TAIL) == payload
        assert inflated(deflated(payload), size, ANY)[0] == payload


@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("strategy", [zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED])
@pytest.mark.parametrize("memory", [1, 9])
def test_a_message_of_the_limit_is_taken_however_it_was_compressed(level: int, strategy: int, memory: int) -> None:
    for payload in (b"x" * 65_536, random.Random(1).randbytes(65_536)):
        sent = packed(payload, level=level, strategy=strategy, memory=memory, window=9)
        assert len(sent) <= deflate.longest(65_536)
        assert inflated(sent, 65_536, ANY)[0] == payload
        with pytest.raises(TooLarge):
            inflated(sent, 65_535, ANY)


def test_a_bomb_is_inflated_no_further_than_the_limit() -> None:
    bomb = packed(bytes(1 << 26), level=9)
    assert len(bomb) < 1 << 17
    with pytest.raises(TooLarge):
        inflated(bomb, 65_536, ANY)


@pytest.mark.parametrize("cut", range(len(HELLO)))
def test_a_message_without_its_end_is_none(cut: int) -> None:
    with pytest.raises(zlib.error):
        inflated(HELLO[:cut], 100, ANY)


@pytest.mark.parametrize("wrong", ["07", "ff" * 10, "f248cdc9c9070007", "000500fbff48656c6c6f00"])
def test_what_nobody_compressed_is_no_message(wrong: str) -> None:
    with pytest.raises(zlib.error):
        inflated(bytes.fromhex(wrong), 100, ANY)


def test_streams_one_after_the_other_may_refer_to_what_came_before() -> None:
    first = zlib.compressobj(9, zlib.DEFLATED, -15)
    begun = first.compress(b"And the award goes to ") + first.flush(zlib.Z_FINISH)
    second = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=b"And the award goes to ")
    rest = (second.compress(b"And the award goes to") + second.flush(zlib.Z_SYNC_FLUSH)).removesuffix(deflate.TAIL)
    assert inflated(begun + rest, 100, ANY)[0] == b"And the award goes to And the award goes to"


def test_time_is_counted_and_bounded() -> None:
    ticks = count()

    def clock() -> float:
        return next(ticks) * 10 * deflate.TURN

    assert inflated(packed(b"x" * 1000), 1000, 100, clock) == (b"x" * 1000, 20)
    with pytest.raises(TooSlow):
        inflated(packed(random.Random(1).randbytes(20_000)), 20_000, 100, clock)


def test_codes_without_text_are_given_up_long_before_their_end() -> None:
    sent = costly(5800)
    assert inflated(sent, 0, ANY)[0] == b""  # it is a message
    with pytest.raises(TooSlow):
        inflated(sent, 65_536, 50)
