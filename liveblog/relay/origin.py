"""Another liveblog over HTTP(S). Each request has a deadline, each answer a limit; what is wrong is `Unavailable`."""

from __future__ import annotations

import http.client
import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

import gevent
import msgspec
from msgspec import Struct

from ..errors import Unavailable

T = TypeVar("T")

MOST_BYTES = 64 * 1024 * 1024
"""Bytes of an answer, unpacked."""
PIECE = 64 * 1024
MOST_IDLE = 16
"""Connections that are kept for the next request."""


class Answer(Struct, frozen=True):
    status: int
    body: bytes

    @property
    def code(self) -> str:
        """The `code` of a problem (RFC 9457); empty for anything else, as a proxy's own error page."""
        try:
            return msgspec.json.decode(self.body, type=_Problem).code
        except msgspec.DecodeError:
            return ""


class _Problem(Struct):
    code: str


class Origin:
    """`url` is the site's address, with its path if it has one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._parts = urlsplit(url)
        self._idle: list[http.client.HTTPConnection] = []

    def ask(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        seconds: float,
        most: int = MOST_BYTES,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, answered within `seconds` by at most `most` bytes. Raises `Unavailable`; follows no redirect."""
        target = f"{self._parts.path}{quote(path)}" + (f"?{urlencode(query)}" if query else "")
        sent = {"User-Agent": "liveblog-relay", "Accept-Encoding": "gzip", **(headers or {})}
        try:
            with gevent.Timeout(seconds, TimeoutError(f"no answer within {seconds:g} s")):
                return self._asked(method, target, body, sent, seconds, most)
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            why = f"{type(error).__name__}: {error}"
            raise Unavailable(f"the origin {self.url} cannot be read ({why})", retry_after=5) from error

    def _asked(
        self, method: str, target: str, body: bytes | None, headers: dict[str, str], seconds: float, most: int
    ) -> Answer:
        while True:
            used = bool(self._idle)
            with self._connection(seconds) as connection:
                try:
                    connection.request(method, target, body, headers)
                    response = connection.getresponse()
                except (http.client.RemoteDisconnected, ConnectionError):
                    if used:  # it was closed while nobody used it
                        connection.close()
                        continue
                    raise
                return Answer(response.status, _read(response, most))

    @contextmanager
    def _connection(self, seconds: float) -> Iterator[http.client.HTTPConnection]:
        """A connection, which is kept if its answer was read to the end."""
        connection = self._idle.pop() if self._idle else self._new(seconds)
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        whole = False
        try:
            yield connection
            whole = connection.sock is not None and len(self._idle) < MOST_IDLE
        finally:
            if whole:
                self._idle.append(connection)
            else:
                connection.close()

    def _new(self, seconds: float) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=seconds, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=seconds)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def value(self, answer: Answer, kind: type[T]) -> T:
        """The JSON of an answer. Raises `Unavailable` if it is not what it should be."""
        if answer.status != 200:
            raise Unavailable(f"the origin {self.url} answers with status {answer.status}", retry_after=5)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Unavailable(f"the origin {self.url} sent something else than a relay needs: {error}") from error


def _read(response: http.client.HTTPResponse, most: int) -> bytes:
    """The body, unpacked piece by piece so that it never takes more memory than it may. The response is closed then."""
    with response:
        body = b"".join(_pieces(response, most))
        if response.length:
            raise ValueError("the answer is cut off")
    return body


def _pieces(response: http.client.HTTPResponse, most: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(31) if response.getheader("Content-Encoding") == "gzip" else None
    left = most
    while piece := response.read1(PIECE):
        while piece:
            part = unpacker.decompress(piece, PIECE) if unpacker else piece
            left -= len(part)
            if left < 0:
                raise ValueError(f"an answer of more than {most} bytes")
            yield part
            piece = unpacker.unconsumed_tail if unpacker else b""
    if unpacker is not None:
        yield unpacker.flush()
        if not unpacker.eof:
            raise ValueError("the packed answer is cut off")
