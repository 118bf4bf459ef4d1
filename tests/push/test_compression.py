"""Compressed lines of a real server, with wsproto as the other side."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator

import pytest
import requests
from wsproto.events import CloseConnection, Pong
from wsproto.extensions import PerMessageDeflate

from liveblog.demo.replay import SLUG, play, prepare
from liveblog.push import frames
from liveblog.push.deflate import ANSWER
from tests.live_server import LiveServer, until
from tests.push.deflating_client import Deflating
from tests.push.socket_client import Line, text_lines
from tests.push.test_live_namespace import next_named
from tests.push.test_transport import Raw, introduction

OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
SIZES = (16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536)
"""Characters of the messages in Autobahn's compression cases (12 and 13) that are not too large for us."""


def frames_of(raw: Raw) -> Iterator[tuple[int, bytes]]:
    """The first byte and the payload of each frame that the server sends, until it closes."""
    while True:
        while len(raw.data) < 2 or len(raw.data) < sum(spans(raw.data)):
            more = raw.connection.recv(65_536)
            if not more:
                assert not raw.data, "within a frame"
                return
            raw.data += more
        start, size = spans(raw.data)
        yield raw.data[0], raw.data[start : start + size]
        raw.data = raw.data[start + size :]


def spans(data: bytes) -> tuple[int, int]:
    """How long the head of a frame is, and what follows it."""
    width = {126: 2, 127: 8}.get(data[1], 0)
    return 2 + width, int.from_bytes(data[2 : 2 + width], "big") if width else data[1]


def test_compression_is_agreed_on_without_context_either_way(server: LiveServer) -> None:
    raw = Raw(server, more=OFFER)
    assert f"\r\nSec-WebSocket-Extensions: {ANSWER}\r\n".encode() in raw.until(b"\r\n\r\n")


@pytest.mark.parametrize("offer", ["", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8\r\n"])
def test_whoever_offers_none_that_we_have_is_sent_plain_frames(server: LiveServer, offer: str) -> None:
    slug = server.open(f"plain-{len(offer)}")
    raw = Raw(server, more=offer)
    assert b"extensions" not in raw.until(b"\r\n\r\n").lower()
    raw.send(introduction(slug))
    assert b'42/live,["sync"' in raw.until(b'"retry_ms"')
    raw.connection.sendall(b"\xc1\x87\0\0\0\0" + bytes.fromhex("f248cdc9c90700"))
    assert raw.rest().endswith(frames.close(frames.PROTOCOL_ERROR))
    raw.close()


def test_offers_on_several_lines_are_one_list(server: LiveServer) -> None:
    first = "Sec-WebSocket-Extensions: permessage-deflate; level=9\r\n"
    raw = Raw(server, more=first + OFFER)
    assert ANSWER.encode() in raw.until(b"\r\n\r\n")


def test_a_malformed_offer_is_refused_with_the_reason(server: LiveServer) -> None:
    answer = Raw(server, more="Sec-WebSocket-Extensions: permessage-deflate;;\r\n").rest()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Sec-WebSocket-Extensions is malformed" in answer


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("window", [9, 12, 15])
def test_all_readers_get_the_same_whatever_they_agreed_to(server: LiveServer, window: int, forgets: bool) -> None:
    """The offers of Autobahn's cases 13."""
    slug = server.open(f"same-{window}-{forgets}".lower())
    plain, packed = Line(server.url, {"blog": slug}), Deflating(server.url, PerMessageDeflate())
    offer = PerMessageDeflate(server_max_window_bits=window, server_no_context_takeover=forgets)
    asked = Deflating(server.url, offer)
    packed.follow(blog=slug)
    asked.follow(blog=slug)
    assert [len(each.agreed) for each in (packed, asked)] == [1, window >= 12]
    stream = requests.get(f"{server.url}/api/v1/blogs/{slug}/stream", stream=True, timeout=60)
    lines = (json.loads(line[6:]) for line in text_lines(stream) if line.startswith("data: "))
    syncs = [plain.event(), packed.event(), asked.event()]
    assert syncs[0] == syncs[1] == syncs[2]
    assert next(lines)["seq"] == 1
    for number in range(5):
        posted = server.api("POST", f"/blogs/{slug}/posts", {"body": f"Update {number}. " * 50}).json()
        changes = [next_named(plain, "change"), *(each.event()[1] for each in (packed, asked))]
        assert changes[0] == changes[1] == changes[2]
        assert changes[0]["objects"] == next(lines)["objects"] == [posted]
    stream.close()
    for each in (plain, packed, asked):
        each.close()


def test_the_demo_night_takes_less_than_half_the_bytes(server: LiveServer) -> None:
    prepare(server.store)
    until(lambda: requests.get(f"{server.url}/api/v1/blogs/{SLUG}", timeout=60).status_code == 200)
    plain, packed = Raw(server), Deflating(server.url)
    plain.until(b"\r\n\r\n")
    plain.send(introduction(SLUG))
    plain.until(b'"retry_ms":5000}]')
    packed.follow(blog=SLUG)
    packed.event()
    before = packed.wire
    play(server.store, 1000)
    last = server.state(SLUG)["seq"]
    while packed.event()[1]["seq"] < last:
        pass
    whole = plain.until(f'"seq":{last},"prev"'.encode())
    assert packed.wire - before < 0.5 * len(whole)
    plain.close()
    packed.close()


def test_what_is_short_is_not_compressed(server: LiveServer) -> None:
    raw = Raw(server, more=OFFER)
    raw.until(b"\r\n\r\n")
    raw.send(introduction(server.open("short")))
    sent = frames_of(raw)
    firsts = {next(sent)[0] for _ in range(2)}  # `open` has no reason to be compressed, nor has the connection
    assert firsts == {0x81}
    assert next(sent)[0] == 0xC1  # `sync`
    assert next(sent)[1].startswith(b'42/live,["head"')
    raw.send(b"ping", frames.PING)
    assert (0x80 | frames.PONG, b"ping") in (next(sent) for _ in range(100))
    raw.close()


@pytest.mark.parametrize("parts", [0, 256])
@pytest.mark.parametrize("alphabet", ["x", "And the award goes to", string.printable])
def test_compressed_messages_of_all_sizes_are_taken(server: LiveServer, parts: int, alphabet: str) -> None:
    for size in SIZES:
        client = Deflating(server.url)
        said = "6" + "".join(random.Random(size).choices(alphabet, k=size - 1))
        if parts:
            client.say_in_parts(said, max(parts, size // 8))
        else:
            client.say(said)
        client.ping(b"still here")
        while bytes(client.next(Pong).payload) != b"still here":
            pass
        client.close()


def test_a_message_that_becomes_too_large_ends_the_connection(server: LiveServer) -> None:
    client = Deflating(server.url)
    client.say("6" + "x" * 65_536)
    assert client.next(CloseConnection).code == frames.TOO_BIG
    client.close()


def test_a_compressed_pong_is_a_pong_and_a_compressed_introduction_in_parts_introduces(server: LiveServer) -> None:
    slug = server.open("parts")
    client = Deflating(server.url)
    client.say("3")
    client.say_in_parts("40/live," + json.dumps({"blog": slug}), 7)
    assert client.hear().startswith("40/live,")
    assert client.event()[0] == "sync"
    client.close()
