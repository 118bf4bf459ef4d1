"""Requests whose end is in dispute, made by rule: each hides a second request that nobody may answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

HOST = b"Host: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
OBFUSCATED = [
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n",
    b"Transfer-Encoding: \x0bchunked\r\n",
    b"Transfer-Encoding: chunked\x0b\r\n",
    b"Transfer-Encoding: chunked\x00\r\n",
    b" Transfer-Encoding: chunked\r\n",
    b"X: y\r\n Transfer-Encoding: chunked\r\n",
    b"X: y\rTransfer-Encoding: chunked\r\n",
    b"X: y\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding\r\n : chunked\r\n",
    b"Transfer-Encoding:\r\n chunked\r\n",
    b'Transfer-Encoding: "chunked"\r\n',
    b"Transfer-Encoding: 'chunked'\r\n",
    b"Transfer-Encoding: chunk\r\n",
    b"Transfer-Encoding: CHUNKED, identity\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: chunked, gzip\r\n",
    b"Transfer-Encoding: chunked;q=1\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: ,chunked\r\n",
    b"Transfer-Encoding:\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n",
    b"Transfer-Encoding: \xefchunked\r\n",
]
LENGTHS = [b"+%d", b"-%d", b"0x%x", b"%d ,%d", b"%d, 0", b"%d\r\nContent-Length: 0", b"0\r\nContent-Length: %d"]
LENGTHS += [b"%d\r\nContent-Length: %d", b"0%d", b"%d_0", b"%d.0", b"1e1", b"", b"\xb2", b"%d\x0b", b"9" * 30, b"%d;"]
LENGTHS += [b" %d", b"%d\r\n 0", b"'%d'"]
CHUNKS = [
    b"0x0\r\n\r\n",
    b"-1\r\n\r\n",
    b"+0\r\n\r\n",
    b"\r\n\r\n",
    b"g\r\n\r\n",
    b"0 \r\n\r\n",
    b"0_0\r\n\r\n",
    b"0\n\n",
]
CHUNKS += [b"0\r\r\n\r\n", b"0;a\n\r\n\r\n", b"1\r\nab\r\n0\r\n\r\n", b"1\r\na0\r\n\r\n", b"f" * 17 + b"\r\n\r\n"]
CHUNKS += [
    b"ffffffffffffffff\r\n\r\n",
    b"\xb2\r\n\r\n",
    b";a\r\n\r\n",
    b" 0\r\n\r\n",
    b"1\r\na\n0\r\n\r\n",
    b"0;\x00\r\n\r\n",
]
FINE = [
    b"0\r\n\r\n",
    b"000\r\n\r\n",
    b"1;a=b\r\na\r\n0\r\n\r\n",
    b'1;a="b"\r\na\r\n0;z\r\n\r\n',
    b"0\r\nX-Trailer: 1\r\n\r\n",
]
FINE += [b"2\r\n{}\r\n0\r\n\r\n", b"A\r\n" + b" " * 10 + b"\r\n0\r\nContent-Length: 50\r\nTransfer-Encoding: x\r\n\r\n"]
METHODS = [
    b"GET",
    b"HEAD",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"get",
    b"POST",
    b"PUT",
    b"DELETE",
    b"PATCH",
    b"PRI",
    b"X",
]
PATHS = [b"/desk/attacker", b"/api/v1/blogs", b"/healthz"]


def disputed(poison: bytes) -> Iterator[tuple[str, bytes]]:
    """What has two readings: in one of them the poison is a body, in the other one a request."""
    size = len(poison)
    ended = b"0\r\n\r\n" + poison
    for method, header in product((b"GET", b"POST"), OBFUSCATED):
        start = method + b" /desk/attacker HTTP/1.1\r\n" + HOST
        yield "TE.TE", start + header + b"\r\n" + ended
        yield "CL.TE", start + b"Content-Length: %d\r\n" % len(ended) + header + b"\r\n" + ended
        yield "TE.CL", start + header + b"Content-Length: 4\r\n\r\n%x\r\n" % size + poison + b"\r\n0\r\n\r\n"
    for method, order in product((b"GET", b"POST", b"HEAD"), (0, 1)):
        start = method + b" /desk/attacker HTTP/1.%d\r\n" % order + HOST
        length = b"Content-Length: %d\r\n" % len(ended)
        yield "CL.TE", start + length + CHUNKED + b"\r\n" + ended
        yield "TE.CL", start + CHUNKED + b"Content-Length: 4\r\n\r\n%x\r\n" % size + poison + b"\r\n0\r\n\r\n"
    for method, length in product((b"GET", b"POST"), LENGTHS):
        given = length.replace(b"%d", b"%d" % size).replace(b"%x", b"%x" % size)
        yield "CL", method + b" /desk/attacker HTTP/1.1\r\n" + HOST + b"Content-Length: " + given + b"\r\n\r\n" + poison
    for method, chunk in product((b"GET", b"POST"), CHUNKS):
        yield "chunk", method + b" /desk/attacker HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n" + chunk + poison
    for chunk in [*CHUNKS, b"0\r\nbad trailer\r\n\r\n"]:  # where somebody reads the body
        yield "read", b"POST /desk/sign-in HTTP/1.1\r\n" + HOST + FORM + CHUNKED + b"\r\n" + chunk + poison


def hidden(poison: bytes) -> Iterator[tuple[str, bytes]]:
    """What has one reading, in which the poison is a body or a header's value."""
    size = b"Content-Length: %d\r\n" % len(poison)
    for method, path in product(METHODS, PATHS):
        yield "body", method + b" " + path + b" HTTP/1.1\r\n" + HOST + size + b"\r\n" + poison
        chunks = b"%x\r\n" % len(poison) + poison + b"\r\n0\r\n\r\n"
        yield "chunks", method + b" " + path + b" HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n" + chunks
    for origin, version, path in product((b"", b"https://evil.example"), (b"13", b"777"), (b"/socket.io/", b"/live/x")):
        head = b"GET " + path + b"?EIO=4&transport=websocket HTTP/1.1\r\n" + HOST
        head += b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: " + version + b"\r\n"
        head += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: " + origin + b"\r\n"
        yield "upgrade", head + size + b"\r\n" + poison
    for protocol in (b"h2c", b"websocket", b"TLS/1.2", b"HTTP/2.0"):
        head = b"POST /api/v1/blogs HTTP/1.1\r\n" + HOST + b"Upgrade: " + protocol + b"\r\nConnection: Upgrade\r\n"
        yield "upgrade", head + size + b"\r\n" + poison
    for path, expected in product(PATHS, (b"100-continue", b"100-Continue, x", b"x")):
        yield (
            "expect",
            b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Expect: " + expected + b"\r\n" + size + b"\r\n" + poison,
        )
    for chunks in FINE:
        yield "fine", b"POST /desk/attacker HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n" + chunks
    yield "absolute", b"POST http://localhost/desk/attacker HTTP/1.1\r\n" + HOST + size + b"\r\n" + poison
    yield "blanks", b"\r\n\r\nPOST /desk/attacker HTTP/1.1\r\n" + HOST + size + b"\r\n" + poison


def odd() -> Iterator[tuple[str, bytes]]:
    """What is no request of HTTP/1.1, or only just."""
    for line in (b"GET /desk/a", b"GET /desk/attacker HTTP/0.9", b"PRI * HTTP/2.0", b"GET /desk/a HTTP/1.2"):
        yield "version", line + b"\r\n" + HOST + b"\r\nSM\r\n\r\n"
    for line in (
        b"GET  /desk/a HTTP/1.1",
        b"GET\t/desk/a\tHTTP/1.1",
        b" GET /desk/a HTTP/1.1",
        b"GET /desk/a HTTP/1.1 ",
    ):
        yield "blanks", line + b"\r\n" + HOST + b"\r\n"
    for target in (
        b"*",
        b"localhost:80",
        b"http://evil.example/desk/a",
        b"//evil.example/desk/a",
        b"ftp://x/",
        b"\\desk",
        b"?",
    ):
        for method in (b"GET", b"OPTIONS", b"CONNECT", b"TRACE"):
            yield "target", method + b" " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    for ending in (b"\n", b"\r", b"\n\r"):
        yield "line ends", (b"GET /desk/a HTTP/1.1\r\n" + HOST + b"\r\n").replace(b"\r\n", ending)
    for line in (
        b"X\x00: a",
        b"X: a\x00b",
        b": a",
        b"X a: b",
        b"X",
        b" folded",
        b"X: a\r b",
        b"\xff: a",
        b"X: " + b"a" * 9000,
    ):
        yield "header", b"GET /desk/a HTTP/1.1\r\n" + HOST + line + b"\r\n\r\n"
    yield "many headers", b"GET /desk/a HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 120 + b"\r\n"
    yield "long target", b"GET /desk/" + b"a" * 65536 + b" HTTP/1.1\r\n" + HOST + b"\r\n"
