"""HTTP/2 to the shipped proxies: what has no place in HTTP/1.1 becomes no request there, and floods stop nobody else.

The program itself speaks HTTP/1.1 only. What a proxy makes of HTTP/2 is what it must read.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

import pytest
import requests

from tests.adversaries import http2
from tests.adversaries.fronts import Dial, front
from tests.adversaries.http2 import Line, asking, frame, packed, request
from tests.adversaries.test_tricks import METRICS
from tests.live_server import LiveServer
from tests.push.socket_client import Line as Reader
from tests.ready import readable

pytestmark = pytest.mark.fault

POISON = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
NUMBERS = count()
SEEN: dict[str, int] = {}
POST = asking(b"/desk/h2", b"POST")
LENGTHS = [b"0", b"%d" % (len(POISON) - 1), b"%d" % (len(POISON) + 5), b"-1", b"+42", b"42,42", b"x", b"", b"9" * 30]
CODINGS = [b"chunked", b"trailers", b"\x0bchunked", b"chunked, identity", b"identity", b"gzip, chunked"]
HOPS = [(b"connection", b"content-length"), (b"upgrade", b"websocket"), (b"keep-alive", b"x"), (b"te", b"gzip")]
NAMES = [b"Transfer-Encoding", b"x y", b"x:y", b"x\r\ntransfer-encoding", b"x\ny", b"x\0y", b"", b" x", b"\xff"]
NAMES += [b"x: y\r\ntransfer-encoding", b"transfer-encoding\r\n", b"x: y\r\n\r\n" + POISON]
VALUES = [
    b"a\r\nTransfer-Encoding: chunked\r\n\r\n" + POISON,
    b"a\nb: c",
    b"a\rb",
    b"a\0b",
    b"a\r\n b",
    b" a ",
    b"\x7f",
]
TARGETS = [
    b"/ HTTP/1.1\r\nHost: x\r\n\r\n" + POISON,
    b"/a b",
    b"/a\tb",
    b"",
    b"x",
    b"*",
    b"/\0",
    b"/\r\n",
    b"/\xff",
    b"//x",
]
METHODS = [b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /x", b"", b"GE\0T", b"CONNECT", b"TRACE", b"PRI", b"get"]
AUTHORITIES = [b"localhost\r\nX: y", b"user@localhost", b"local host", b"", b"a,b", b"localhost:99999", b"[::1", b"\0"]
AUTHORITIES += [b"localhost/metrics" + end for end in (b"", b"?", b"#", b";", b"%3f", b"/?x=", b"\\", b"/#")]
SCHEMES = [b"http://localhost/metrics?", b"ftp", b"", b"https\r\nX: y", b"http"]
TRAILERS = [(b":path", b"/metrics"), (b"content-length", b"0"), (b"transfer-encoding", b"chunked"), (b"host", b"x")]
TRAILERS += [(b"X", b"y"), (b"x\r\n\r\n" + POISON, b"y"), (b"x", b"y\r\n\r\n" + POISON)]


def instead(name: bytes, value: bytes) -> list[tuple[bytes, bytes]]:
    """A request with another pseudo field."""
    return [(each, value if each == name else said) for each, said in asking()]


def odd() -> Iterator[tuple[str, bytes]]:
    """Frames that ask for one thing in HTTP/2, and would ask for another one if they were copied into HTTP/1.1."""
    for length in LENGTHS:
        yield f"length {length!r}", request(1, [*POST, (b"content-length", length)], POISON)
    yield "two lengths", request(1, [*POST, (b"content-length", b"0"), (b"content-length", b"42")], POISON)
    for coding in CODINGS:
        for more in ([], [(b"content-length", b"5")]):
            sent = [*POST, (b"transfer-encoding", coding), *more]
            yield f"coding {coding!r} {more}", request(1, sent, b"0\r\n\r\n" + POISON)
    for field in [*HOPS, *((name, b"chunked") for name in NAMES), *((b"x-a", value) for value in VALUES)]:
        yield f"field {field!r}", request(1, [*POST, field], POISON)
    for value in VALUES:
        yield f"cookie {value!r}", request(1, [*POST, (b"cookie", value)], POISON)
    for name, values in (
        (b":path", [*TARGETS, *(each.partition("#")[0].encode("latin-1") for each in METRICS)]),
        (b":method", METHODS),
        (b":authority", AUTHORITIES),
        (b":scheme", SCHEMES),
    ):
        yield f"without {name!r}", request(1, [each for each in asking() if each[0] != name])
        yield f"twice {name!r}", request(1, [*asking(), *(each for each in asking() if each[0] == name)])
        for value in values:
            yield f"{name!r} {value!r}", request(1, instead(name, value))
    for host in ([b"evil.example"], [b"localhost", b"evil.example"]):
        yield f"hosts {host}", request(1, [*asking(), *((b"host", each) for each in host)])
    yield "late pseudo field", request(1, [*asking()[:3], (b"x", b"y"), asking()[3]])
    yield "unknown pseudo field", request(1, [*asking(), (b":x", b"y")])
    yield "websocket", request(1, [*asking(method=b"CONNECT"), (b":protocol", b"websocket")])
    for trailer in TRAILERS:
        yield f"trailer {trailer!r}", request(1, POST, POISON, [trailer])
    yield "data first", frame(http2.DATA, http2.END_STREAM, 1, POISON)
    yield "more after the end", request(1, asking()) + frame(http2.DATA, http2.END_STREAM, 1, POISON)
    for kind, block in (
        ("Huffman", b"\x10\x81\xff\x00"),
        ("index", b"\xff\xff\xff\xff\x0f"),
        ("size", b"\x10\x7f\xff\xff\xff\xff\x0f"),
        ("table bomb", b"\x40\x01a\x7f\xa1\x1e" + b"x" * 4000 + b"\xbe" * 10000),
    ):
        yield f"bad {kind}", frame(http2.HEADERS, 5, 1, packed(asking()) + block)
    yield "stream 0", frame(http2.HEADERS, 5, 0, packed(asking()))
    yield "even stream", request(2, asking())
    yield "bad padding", frame(http2.HEADERS, 5 | 8, 1, b"\xff" + packed(asking()))


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def by_h2(request: pytest.FixtureRequest, server: LiveServer) -> Iterator[Dial]:
    """Opens TLS connections for HTTP/2 to a proxy with the shipped configuration."""
    with front(request.param, server, protocol="h2") as opens:
        yield opens


class Victim:
    """Somebody else's connection: its answers name what it asked for."""

    def __init__(self, dial: Dial) -> None:
        self.dial, self.line, self.stream = dial, Line(dial()), -1

    def ask(self) -> None:
        for _ in range(2):
            self.stream += 2
            if self.stream > 1000:  # proxies end a connection after a thousand requests
                self.line.close()
                self.line, self.stream = Line(self.dial()), 1
            path = b"/api/v1/blogs/victim-%d" % next(NUMBERS)
            self.line.send(request(self.stream, asking(path)))
            status, said = self.line.answer(self.stream)
            assert (status, path.rpartition(b"/")[2] in said) == (404, True), (path, status, said)


def test_what_has_no_place_in_http1_makes_no_request_there(by_h2: Dial, server: LiveServer) -> None:
    victim, wrong = Victim(by_h2), []
    figures_asked_for(server)  # others have asked before
    for name, sent in odd():
        line = Line(by_h2())
        with suppress(ssl.SSLError, BrokenPipeError, ConnectionResetError):
            line.send(sent + request(3, asking(b"/desk/last")))
            line.answer(3)  # whether or not the odd request is answered, or the connection has ended
        line.close()
        victim.ask()
        if smuggled := figures_asked_for(server) - 1:  # our own question
            wrong.append((name, smuggled))
            break
    victim.line.close()
    assert not wrong, wrong
    requests.get(f"{server.url}/metrics", timeout=60)
    assert figures_asked_for(server) == 2  # a question that comes through is counted
    assert faults(server) == 0
    server.log.check()


def figures_asked_for(server: LiveServer) -> int:
    """How often the web process was asked for its figures since the last time, this time too."""
    counted = _figure(server, r'liveblog_http_seconds_count\{[^}]*route="ops.metrics"[^}]*\}')
    seen, SEEN[server.url] = SEEN.get(server.url, counted - 1), counted
    return counted - seen


def faults(server: LiveServer) -> int:
    """How many requests the web process answered with a fault of its own."""
    return _figure(server, r'liveblog_http_seconds_count\{[^}]*status="5xx"[^}]*\}')


def _figure(server: LiveServer, name: str) -> int:
    text = requests.get(f"{server.url}/metrics", timeout=60).text
    return sum(int(float(value)) for value in re.findall(rf"^{name} (\S+)$", text, re.M))


def resets() -> Iterator[bytes]:
    """Requests that are taken back at once (CVE-2023-44487)."""
    for stream in range(1, 40_001, 2):
        yield request(stream, asking(b"/live/none-%d" % stream)) + frame(http2.RESET, 0, stream, b"\0\0\0\x08")


def fields_without_end() -> Iterator[bytes]:
    """A header block that goes on in ever more frames (CVE-2024-27316 and others)."""
    yield frame(http2.HEADERS, http2.END_STREAM, 1, packed(asking()))
    part = packed((b"x-%d" % number, b"a" * 100) for number in range(140))
    for _ in range(2000):
        yield frame(http2.CONTINUATION, 0, 1, part)


def empty_fields_without_end() -> Iterator[bytes]:
    yield frame(http2.HEADERS, http2.END_STREAM, 1, packed(asking()))
    for _ in range(5000):
        yield frame(http2.CONTINUATION, 0, 1) * 10


def pings() -> Iterator[bytes]:
    """Questions whose answers nobody reads (CVE-2019-9512)."""
    for _ in range(2000):
        yield frame(http2.PING, 0, 0, b"12345678") * 20


def settings() -> Iterator[bytes]:
    for _ in range(2000):
        yield frame(http2.SETTINGS, 0, 0, b"\0\4\0\0\xff\xff") * 20


def empty_data() -> Iterator[bytes]:
    """A body that has frames without anything in them (CVE-2019-9518)."""
    yield frame(http2.HEADERS, http2.END_HEADERS, 1, packed(POST))
    for _ in range(2000):
        yield frame(http2.DATA, 0, 1) * 20


def priorities() -> Iterator[bytes]:
    for stream in range(1, 100_000, 2):
        yield frame(http2.PRIORITY, 0, stream, b"\0\0\0\0\x10")


def windows() -> Iterator[bytes]:
    """A window beyond its limit (RFC 9113, 6.9.1)."""
    for _ in range(2000):
        yield frame(http2.WINDOW, 0, 0, b"\x7f\xff\xff\xff") * 20


Flood = Callable[[], Iterator[bytes]]
FLOODS: list[Flood] = [
    resets,
    fields_without_end,
    empty_fields_without_end,
    pings,
    settings,
    empty_data,
    priorities,
    windows,
]
ENDED: set[Flood] = {fields_without_end, windows}
"""Floods on which both proxies hang up; the others cost them what it costs to read them (nginx ends resets, too)."""


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.__name__)
def test_a_flood_stops_nobody_else(flood: Flood, by_h2: Dial, server: LiveServer) -> None:
    slug = server.open("flooded")
    victim, reader = Victim(by_h2), Reader(server.url, {"blog": slug})
    line, cut = Line(by_h2()), False
    for number, sent in enumerate(flood()):
        try:
            line.send(sent)
            while readable(line.socket, seconds=0) and not cut:  # a proxy that nobody reads reads no more
                cut = not line.socket.recv(65536)
        except OSError:
            cut = True
        if cut:
            break
        if number % 2000 == 1999:
            victim.ask()
    line.close()
    victim.ask()
    server.api("POST", f"/blogs/{slug}/posts", {"body": "After the flood"})
    while reader.event()[0] != "change":
        pass
    reader.close()
    victim.line.close()
    assert cut or flood not in ENDED
    server.log.check()
