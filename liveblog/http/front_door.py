"""The front door: what is answered before gunicorn and Flask build a request.

A new connection is a line on the switchboard. Cached answers are sent from there. Websockets and event streams are
admitted or refused here, whatever their head looks like, and stay there. Everything else is passed on to gunicorn, byte
for byte.
"""

from __future__ import annotations

import base64
import logging
import os
import re
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import urlsplit

import gevent
import gevent.monkey
import gevent.socket

from ..config import Settings, address_of
from ..errors import Forbidden, NoUpgrade, Refusal
from ..model import Position
from ..protocol import asked
from ..push.desk import Recognise
from ..push.switchboard import REQUEST, Line
from ..push.tail import Tails
from ..push.transport import Transport
from ..timeline import Timeline
from ..web.answers import problem, stream_head
from . import request_head
from .request_head import RequestHead
from .response_cache import ResponseCache

log = logging.getLogger(__name__)

LARGEST_HEAD = 16 * 1024
"""Bytes within which a request's head must end to be read here."""
MOST_LOGGED = 1000
"""Refused handshakes that get a line in the log: one for each origin and reason."""
STREAM_HEAD = stream_head()
HANDSHAKES = (b"/socket.io/", b"/socket.io")
_STREAM = re.compile(rb"/api/v1/blogs/([a-z0-9-]{1,64})/stream")


class Rewound(gevent.socket.socket):
    """A connection whose first bytes were read already: it gives them again."""

    first = b""

    def recv(self, size: int, *flags: int) -> bytes:
        if self.first:
            given, self.first = self.first[:size], self.first[size:]
            return given
        return super().recv(size, *flags)


def _hang_up(fd: int, first: bytes, unsent: bytes) -> None:
    """Before there is a server behind the front door."""
    os.close(fd)


class FrontDoor:
    """`recognise` says who may follow a draft."""

    def __init__(
        self, settings: Settings, tails: Tails, transport: Transport, responses: ResponseCache, recognise: Recognise
    ) -> None:
        self.switchboard = transport.switchboard
        self._give: Callable[[int, bytes, bytes], None] = _hang_up
        self._settings = settings
        self._origins = {origin.lower() for origin in settings.origins} | _origin_of(settings.base_url)
        self._logged: set[tuple[str, str]] = set()
        self._tails = tails
        self._transport = transport
        self._responses = responses
        self._recognise = recognise

    def listen(self, listener: int, give_on: Callable[[int, bytes, bytes], None]) -> None:
        """Take connections of a listening descriptor.

        `give_on(fd, first, unsent)` takes those that are not ours: `first` was read already, `unsent` must go out.
        """
        self._give = give_on
        self.switchboard.listen(listener)

    def take_back(self, fd: int, first: bytes) -> None:
        """A connection whose request gunicorn has answered: the next one may be ours."""
        line = self.switchboard.adopt(fd, REQUEST, b"")
        if first:
            self.asked(line, first)

    def asked(self, line: Line, data: bytes) -> None:
        """Answer what is ready; the first request that is not decides whose the connection is."""
        if line.asking:
            return  # its stream is on the way, and it has nothing more to say
        data, line.first = line.first + data, b""
        while data := data.lstrip(b"\r\n"):  # empty lines may come before a request (RFC 9112, 2.2)
            end = data.find(b"\r\n\r\n") + 4
            if end < 4 and len(data) < LARGEST_HEAD:
                line.first = data  # the rest of it will come
                return
            head = request_head.read(data[:end]) if end >= 4 else None
            if head is None or not self._answered(line, head, data[end:]):
                self._give_on(line, data)
                return
            more = line.kind == REQUEST and line.fd >= 0 and not (line.asking or line.closing)
            data = data[end:] if more else b""

    def _give_on(self, line: Line, data: bytes) -> None:
        fd, unsent = self.switchboard.release(line)
        self._give(fd, data, unsent)

    def _answered(self, line: Line, head: RequestHead, rest: bytes) -> bool:
        """Whether a request is ours: a handshake or a stream, which is then admitted or refused, or a ready answer."""
        try:
            if head.path in HANDSHAKES:
                self._websocket(line, head, rest)
            elif (answer := self._responses.find(head)) is not None:
                self.switchboard.answer(line, answer, last=head.lists(b"connection", b"close"))
            elif (stream := _STREAM.fullmatch(head.path)) is not None:
                self._stream(line, head, stream[1].decode())
            else:
                return False
        except Refusal as no:
            self.switchboard.answer(line, _refused(no), last=True)
        return True

    # -- websockets

    def _websocket(self, line: Line, head: RequestHead, early: bytes) -> None:
        try:
            key = _key(head)
            self._check_origin(line, head)
        except Refusal as no:
            self._log(head.text(b"origin"), no.detail)
            raise
        self._transport.upgrade(line, key, head, early)

    def _check_origin(self, line: Line, head: RequestHead) -> None:
        """Our own pages may listen, and those of LIVEBLOG_ORIGINS; programs name no origin. Raises `Forbidden`."""
        origin = head.text(b"origin").rstrip("/").lower()
        if not origin or origin in self._origins or "*" in self._origins:
            return
        scheme, _, host = origin.partition("://")
        if scheme not in ("http", "https") or _bare(host) not in self._hosts(line, head):
            raise Forbidden("pages of this origin may not listen here; LIVEBLOG_ORIGINS names others that may")

    def _hosts(self, line: Line, head: RequestHead) -> set[str]:
        """What this site is called: by the request, and by our proxies, which may ask under another name."""
        said = [head.text(b"host")]
        forwarded = head.text(b"x-forwarded-host")
        if forwarded and self._settings.trusts(address_of(_peer(line.fd))):
            said += forwarded.split(",")
        return {_bare(host.strip().lower()) for host in said}

    def _log(self, origin: str, why: str) -> None:
        if (origin, why) not in self._logged and len(self._logged) < MOST_LOGGED:
            self._logged.add((origin, why))
            log.warning("websocket refused, origin %r: %s", origin[:100] or None, why)

    # -- event streams

    def _stream(self, line: Line, head: RequestHead, slug: str) -> None:
        if head.has_body:
            raise Refusal("an event stream is asked for without a body")
        position = asked(head.args(), head.text(b"last-event-id"))
        timeline = self._tails.memory(slug)
        if timeline is not None and timeline.blog.is_public:
            self._transport.stream(line, STREAM_HEAD, slug, timeline, position, old=head.old)
        else:  # storage has to be asked, and the reading greenlet must not wait
            line.asking = True
            gevent.spawn(self._follow, line, head, slug, position)

    def _follow(self, line: Line, head: RequestHead, slug: str, position: Position | None) -> None:
        try:
            timeline = self._admitted(head, slug)
        except Refusal as no:
            self.switchboard.answer(line, _refused(no), last=True)
        else:
            if line.fd >= 0:
                self._transport.stream(line, STREAM_HEAD, slug, timeline, position, old=head.old)
        finally:
            line.asking = False

    def _admitted(self, head: RequestHead, slug: str) -> Timeline:
        """The blog's timeline, of a draft for its desk alone. Raises `NotFound`, `Unavailable`."""
        scheme, _, token = head.text(b"authorization").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""
        return self._tails.open_to(slug, lambda: self._recognise(head.text(b"cookie"), bearer))


def _key(head: RequestHead) -> bytes:
    """The key of a good handshake (RFC 6455, 4.2.1). Raises `Refusal`."""
    args = head.args()
    if args.get("EIO") != "4" or args.get("transport") != "websocket" or "sid" in args:
        raise Refusal('Socket.IO is spoken here by protocol 5 and over websockets alone: transports: ["websocket"]')
    if head.old:
        raise NoUpgrade("a websocket needs HTTP/1.1; a proxy in between has asked by HTTP/1.0")
    if head.text(b"upgrade").lower() != "websocket" or not head.lists(b"connection", b"upgrade"):
        raise NoUpgrade("this was no upgrade to a websocket; a proxy in between has to pass on Upgrade and Connection")
    if head.text(b"sec-websocket-version") != "13":
        raise NoUpgrade("a websocket is of version 13 (RFC 6455)")
    key = head.headers.get(b"sec-websocket-key", b"")
    if head.has_body or not _is_key(key):
        raise Refusal("Sec-WebSocket-Key is 16 bytes in base64, and a handshake has no body")
    return key


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def _refused(no: Refusal) -> bytes:
    """A refusal as the API has it (RFC 9457), and as the last thing on its connection."""
    fields, body = problem(no, "stream")
    ending = {"Connection": "Upgrade, close" if isinstance(no, NoUpgrade) else "close"}
    fields = {"Date": formatdate(usegmt=True), "Content-Length": str(len(body))} | fields | ending
    return request_head.written(no.status, fields) + b"\r\n" + body


def _origin_of(base_url: str | None) -> set[str]:
    parts = urlsplit(base_url or "")
    return {f"{parts.scheme}://{parts.netloc}".lower()} if base_url else set()


def _bare(host: str) -> str:
    """A host without the port that its scheme has anyway: proxies add it, browsers leave it out."""
    return host.removesuffix(":80").removesuffix(":443")


def _peer(fd: int) -> str:
    """The address at the other end of a connection; empty when it has gone."""
    connection = gevent.monkey.get_original("socket", "socket")(fileno=fd)
    try:
        return str(connection.getpeername()[0])
    except OSError:
        return ""
    finally:
        connection.detach()
