"""The front door: answers requests before gunicorn and Flask build them.

A new connection is a line on the switchboard. The front door sends cached answers on it. It admits or refuses
websockets and event streams, whatever their head looks like, and keeps their lines. It passes every other request on
to gunicorn, byte for byte.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import time
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import urlsplit

import gevent
import gevent.monkey

from .. import cache_tags
from ..config import Settings
from ..errors import Forbidden, NoUpgrade, OutOfScope, Refusal
from ..model import Asker, Position
from ..protocol import asked, cursor_of, once
from ..push import deflate
from ..push.desk import Recognise
from ..push.switchboard import REQUEST, Line
from ..push.tail import Tails
from ..push.transport import Transport
from ..timeline import Timeline
from ..watch import counts
from ..web.answers import FRESH, problem, stream_head
from . import request_head
from .proxies import Proxies, inside
from .request_head import RequestHead
from .response_cache import ResponseCache

log = logging.getLogger(__name__)

LARGEST_HEAD = 16 * 1024
"""Maximum bytes of a request's head that is read here."""
MOST_LOGGED = 1000
"""How many refused handshakes are logged: one for each origin and reason."""
OK = b"HTTP/1.1 200"
STREAM_HEAD, SHARED_HEAD = stream_head(), stream_head(FRESH)
HANDSHAKES = (b"/socket.io/", b"/socket.io")
_STREAM = re.compile(rb"/api/v1/blogs/([a-z0-9-]{1,64})/stream")


def _hang_up(fd: int, first: bytes, unsent: bytes) -> None:
    """Close a connection, as long as no server is behind the front door."""
    os.close(fd)


class FrontDoor:
    """`recognise` finds the person behind a request, who may be allowed to follow a draft."""

    def __init__(
        self,
        settings: Settings,
        proxies: Proxies,
        tails: Tails,
        transport: Transport,
        responses: ResponseCache,
        recognise: Recognise,
    ) -> None:
        self.switchboard = transport.switchboard
        self._give: Callable[[int, bytes, bytes], None] = _hang_up
        self._proxies = proxies
        self._prefix = settings.prefix
        self._origins = {origin.lower() for origin in settings.origins}
        self._own = _origin_of(settings.base_url)
        self._logged: set[tuple[str, str]] = set()
        self._tails = tails
        self._transport = transport
        self._responses = responses
        self._recognise = recognise

    def listen(self, listener: int, give_on: Callable[[int, bytes, bytes], None]) -> None:
        """Accept connections of a listening descriptor.

        `give_on(fd, first, unsent)` takes those that are not ours: `first` was read already, `unsent` must be sent.
        """
        self._give = give_on
        self.switchboard.listen(listener)

    def take_back(self, fd: int, first: bytes) -> None:
        """Take a connection back after gunicorn has answered its request: the next one may be ours."""
        line = self.switchboard.adopt(fd, REQUEST, b"")
        if first:
            self.asked(line, first)

    def asked(self, line: Line, data: bytes) -> None:
        """Send the answers that are ready; the first request without one decides who gets the connection."""
        if line.asking:
            return  # its stream is being opened, and anything more is ignored
        seen = len(line.first)
        data, line.first = line.first + data, b""
        while data := data.lstrip(b"\r\n"):  # empty lines may precede a request (RFC 9112, 2.2)
            end = data.find(b"\r\n\r\n") + 4
            head = request_head.read(data[:end]) if end >= 4 else None
            if head is None and (wrong := request_head.fault(data[:end] if end >= 4 else data, seen)):
                self._refuse(line, Refusal(wrong), "none", time.perf_counter())
                return
            if end < 4 and len(data) < LARGEST_HEAD:
                line.first = data  # the rest will come
                return
            if head is None or not self._answered(line, head, data[end:]):
                self._give_on(line, data)
                return
            more = line.kind == REQUEST and line.fd >= 0 and not (line.asking or line.closing)
            data, seen = data[end:] if more else b"", 0

    def _give_on(self, line: Line, data: bytes) -> None:
        fd, unsent = self.switchboard.release(line)
        self._give(fd, data, unsent)

    def _answered(self, line: Line, head: RequestHead, rest: bytes) -> bool:
        """Whether a request is ours: a handshake or a stream, which it admits or refuses, or one that is cached."""
        if self._prefix:
            head.path = inside(head.path.decode("latin-1"), self._prefix).encode("latin-1")
        began, route = time.perf_counter(), "stream"
        try:
            if head.path in HANDSHAKES:
                route = "websocket"
                self._websocket(line, head, rest)
                _count(route, "1xx", began)
            elif (cached := self._responses.find(head)) is not None:
                answer = cached.wire(head)
                self.switchboard.answer(line, answer, last=head.lists(b"connection", b"close"))
                answers = cached.sent if answer.startswith(OK) else cached.unchanged
                answers.add(time.perf_counter() - began)
            elif (stream := _STREAM.fullmatch(head.path)) is not None:
                self._stream(line, head, stream[1].decode(), began)
            else:
                return False
        except Refusal as no:
            self._refuse(line, no, route, began)
        return True

    def _refuse(self, line: Line, no: Refusal, route: str, began: float) -> None:
        """Refuse in the API's form (RFC 9457); it is the last answer on its connection."""
        fields, body = problem(no, "stream")
        ending = {"Connection": "Upgrade, close" if isinstance(no, NoUpgrade) else "close"}
        fields = {"Date": formatdate(usegmt=True), "Content-Length": str(len(body))} | fields | ending
        self.switchboard.answer(line, request_head.written(no.status, fields) + b"\r\n" + body, last=True)
        counts.errors.add(no.code, str(no.status))
        _count(route, f"{no.status // 100}xx", began)

    # -- websockets

    def _websocket(self, line: Line, head: RequestHead, early: bytes) -> None:
        try:
            key, compression = _key(head), _compression(head)
            self._check_origin(line, head)
        except Refusal as no:
            self._log(head.text(b"origin"), no.detail)
            raise
        self._transport.upgrade(line, key, compression, head, early)

    def _check_origin(self, line: Line, head: RequestHead) -> None:
        """Admit our own pages, those of LIVEBLOG_ORIGINS, and programs, which send no origin. Raises `Forbidden`.

        Another site's page may follow as a reader does; the session of an editor who visits it is not its own.
        """
        origin = head.text(b"origin").rstrip("/").lower()
        scheme, _, host = origin.partition("://")
        ours = _bare(origin) in self._own or (scheme in ("http", "https") and _bare(host) in self._hosts(line, head))
        if not origin or ours:
            return
        if origin not in self._origins and "*" not in self._origins:
            raise Forbidden("pages of this origin may not listen here; LIVEBLOG_ORIGINS names others that may")
        head.headers.pop(b"cookie", None)

    def _hosts(self, line: Line, head: RequestHead) -> set[str]:
        """This site's hosts: the request's, and that of our proxies, which may use another name."""
        host = head.text(b"host")
        outer = self._proxies.client(_peer(line.fd), host, lambda name: head.text(name.lower().encode())).host
        return {_bare(each.lower()) for each in (host, outer)}

    def _log(self, origin: str, why: str) -> None:
        if (origin, why) not in self._logged and len(self._logged) < MOST_LOGGED:
            self._logged.add((origin, why))
            log.warning("websocket refused, origin %r: %s", origin[:100] or None, why)

    # -- event streams

    def _stream(self, line: Line, head: RequestHead, slug: str, began: float) -> None:
        if head.has_body:
            raise Refusal("a request for an event stream has no body")
        position = _position(head)
        timeline = self._tails.memory(slug)
        at_once = timeline is not None and not self._transport.is_far(slug, timeline, position)
        if timeline is not None and timeline.blog.is_public and at_once:
            self._begin(line, head, slug, timeline, position, began)
        else:  # storage must be asked, or much rendered, and the reading greenlet must not wait
            line.asking = True
            gevent.spawn(self._follow, line, head, slug, position, began)

    def _follow(self, line: Line, head: RequestHead, slug: str, position: Position | None, began: float) -> None:
        try:
            self._transport.prepare(slug, self._admitted(head, slug), position)
            timeline = self._admitted(head, slug)  # it may be another one by now
        except Refusal as no:
            self._refuse(line, no, "stream", began)
        else:
            if line.fd >= 0:
                self._begin(line, head, slug, timeline, position, began)
        finally:
            line.asking = False

    def _begin(
        self, line: Line, head: RequestHead, slug: str, timeline: Timeline, position: Position | None, began: float
    ) -> None:
        """Begin a stream. One that the address alone describes, with a cursor, ends soon, and caches may share it."""
        brief = "cursor" in head.args()
        shared = brief and timeline.blog.is_public and not head.text(b"last-event-id")
        fields = SHARED_HEAD + _tagged(slug) if shared else STREAM_HEAD
        self._transport.stream(line, fields, slug, timeline, position, old=head.old, brief=brief)
        _count("stream", "2xx", began)

    def _admitted(self, head: RequestHead, slug: str) -> Timeline:
        """The blog's timeline; that of a draft only for its desk. Raises `NotFound`, `Unavailable`."""
        scheme, _, token = head.text(b"authorization").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""

        def asker() -> Asker | None:
            try:
                return self._recognise(head.text(b"cookie"), bearer)
            except OutOfScope:  # as for a token that is unknown: a refusal would reveal that a draft exists
                return None

        return self._tails.open_to(slug, asker)


def _tagged(slug: str) -> bytes:
    """The lines of a head with the cache tag of a blog."""
    tags = cache_tags.fields(cache_tags.of_blog(slug))
    return "".join(f"{name}: {value}\r\n" for name, value in tags.items()).encode()


def _position(head: RequestHead) -> Position | None:
    """The position after which a stream begins: of its last event, of a cursor, or of a query. Raises `Invalid`."""
    once(name for name, _ in head.pairs())
    args, last = head.args(), head.text(b"last-event-id")
    cursor = cursor_of(args)
    return cursor.position if cursor is not None and not last else asked(args, last)


def _key(head: RequestHead) -> bytes:
    """The key of a valid handshake (RFC 6455, 4.2.1). Raises `Refusal`."""
    args = head.args()
    if args.get("EIO") != "4" or args.get("transport") != "websocket" or "sid" in args:
        raise Refusal('this server speaks Socket.IO protocol 5 over websockets only: transports: ["websocket"]')
    if head.old:
        raise NoUpgrade("a websocket needs HTTP/1.1; a proxy in between used HTTP/1.0")
    if head.text(b"upgrade").lower() != "websocket" or not head.lists(b"connection", b"upgrade"):
        raise NoUpgrade("this is not an upgrade to a websocket; a proxy in between must pass on Upgrade and Connection")
    if head.text(b"sec-websocket-version") != "13":
        raise NoUpgrade("the websocket must have version 13 (RFC 6455)")
    key = head.headers.get(b"sec-websocket-key", b"")
    if head.has_body or not _is_key(key):
        raise Refusal("Sec-WebSocket-Key is 16 bytes in base64, and a handshake has no body")
    return key


def _compression(head: RequestHead) -> str:
    """What we agree to of the extensions that a handshake offers. Raises `Refusal`."""
    try:
        return deflate.agreed(head.text(b"sec-websocket-extensions"))
    except ValueError as no:
        raise Refusal(f"Sec-WebSocket-Extensions is malformed: {no}") from None


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def _count(route: str, status: str, began: float) -> None:
    counts.requests.observe(time.perf_counter() - began, route, "GET", status, "front")


def _origin_of(base_url: str | None) -> set[str]:
    parts = urlsplit(base_url or "")
    return {_bare(f"{parts.scheme}://{parts.netloc}".lower())} if base_url else set()


def _bare(host: str) -> str:
    """A host without its scheme's default port: proxies add it, browsers leave it out."""
    return host.removesuffix(":80").removesuffix(":443")


def _peer(fd: int) -> str:
    """The peer's address; empty at a unix socket."""
    connection = gevent.monkey.get_original("socket", "socket")(fileno=fd)
    try:
        name = connection.getpeername()
        return str(name[0]) if isinstance(name, tuple) else ""
    except OSError:
        return "gone"
    finally:
        connection.detach()
