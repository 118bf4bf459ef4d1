"""The transport: Socket.IO and server-sent events over the switchboard, without a greenlet per reader.

A reader's whole conversation is here: Engine.IO `open`, Socket.IO `CONNECT` with the position, `sync`, then changes.
Messages for another namespace go to Flask-SocketIO's server through the bridge (`engineio_bridge.py`).
"""

from __future__ import annotations

import logging
from typing import Protocol

import gevent
import msgspec

from ..errors import NotFound, Refusal
from ..http.request_head import SESSION_COOKIE, RequestHead
from ..model import Change, Position
from ..protocol import ChangePayload, Present, as_catch_up, introduced, marked, step
from ..timeline import Timeline, shown_mark
from ..watch import counts
from . import frames, packets
from .catch_ups import RETRY_MS, STRANGER, CatchUps, Sync
from .packets import LIVE
from .switchboard import DEFLATED, PLAIN, SOCKET, STREAM, Audience, Line, Message, Switchboard
from .tail import Tails

log = logging.getLogger(__name__)

STILL_HERE = b": still here\n\n"
RETRY, SOON = b"retry: 3000\n\n", b"retry: 1000\n\n"


class Bridge(Protocol):
    """Serves the other namespaces."""

    def serve(self, namespace: str) -> bool: ...
    def heard(self, line: Line, message: str | bytes) -> None: ...
    def lost(self, line: Line) -> None: ...


class Readers(Audience):
    """The readers of one blog. `tally` is the last one that they were sent together."""

    tally: str | None = None


class Transport:
    """Sends messages to lines; one per process."""

    def __init__(
        self, switchboard: Switchboard, bridge: Bridge, tails: Tails, catch_ups: CatchUps, present: Present
    ) -> None:
        self.switchboard = switchboard
        self._bridge = bridge
        self._tails = tails
        self._catch_ups = catch_ups
        self._present = present
        self._audiences: dict[str, Readers] = {}

    # -- joining

    def upgrade(self, line: Line, key: bytes, compression: str, head: RequestHead, early: bytes = b"") -> None:
        """Turn a request into a websocket: the 101 and Engine.IO's `open` in one write.

        `compression` is what was agreed (`deflate.agreed`), or empty. `head` is kept for the bridge; `early` is what
        the client sent without waiting for the 101.
        """
        extensions = f"Sec-WebSocket-Extensions: {compression}\r\n" if compression else ""
        switching = (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + frames.accept(key) + b"\r\n" + extensions.encode() + b"\r\n"
        )
        line.head = head
        self.switchboard.become(line, DEFLATED if compression else SOCKET, switching + packets.opened())
        if early:
            self.switchboard.arrived(line, early)

    def stream(
        self,
        line: Line,
        head: bytes,
        slug: str,
        timeline: Timeline,
        position: Position | None,
        *,
        old: bool,
        brief: bool = False,
    ) -> None:
        """Turn a request into an event stream. It begins with the changes after the position, if there are any.

        `head` is the response's, without framing. HTTP/1.0 (`old`) has no chunks: the stream ends with its connection.
        A `brief` one ends after a minute, and its client is to come back sooner.
        """
        retry = SOON if brief else RETRY
        sync = None if timeline.is_at(position) else self._catch_ups.sync(slug, timeline, position)
        counts.catch_ups.add("empty" if sync is None else sync.kind)
        if old:
            self.switchboard.become(line, PLAIN, head + b"\r\n" + retry)
            missed = sync.event if sync is not None else b""
        else:
            chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
            self.switchboard.become(line, STREAM, chunked + packets.chunk(retry))
            missed = sync.chunk if sync is not None else b""
        self.switchboard.join(line, self._audience(slug, timeline), missed)
        if brief:
            self.switchboard.limit(line)

    def heard(self, line: Line, message: str | bytes) -> None:
        """Handle a websocket's message."""
        if isinstance(message, bytes):
            if not line.bridged:
                self.switchboard.close(line, frames.UNSUPPORTED)
            else:
                self._bridge.heard(line, message)
        elif message == "1":
            self.switchboard.close(line, frames.NORMAL)
        elif not message.startswith("4"):
            return  # Engine.IO's other packets mean nothing on a websocket
        elif (namespace := packets.namespace(message)) != LIVE:
            self._other(line, namespace, message)
        elif message[1] == "0":
            self._introduced(line, message[3 + len(LIVE) :])
        elif message[1] == "1" and line.asking:  # it could ask for another blog, and be admitted to the first
            self.switchboard.close(line, frames.NORMAL)
        elif message[1] == "1":
            self.switchboard.leave(line)
        # other messages of readers are ignored: sockets only deliver

    def _other(self, line: Line, namespace: str, message: str) -> None:
        """Handle a message for another namespace; the first one must be a CONNECT."""
        connects = message[1:2] == "0"
        if connects and not self._bridge.serve(namespace):
            self.switchboard.send(line, packets.refused(namespace, "this namespace is not served here", NotFound.code))
        elif connects or line.bridged:
            self._bridge.heard(line, message)

    def _introduced(self, line: Line, auth: str) -> None:
        if line.audience is not None or line.asking:
            return
        try:
            slug, position = introduced(_parsed(auth))
        except Refusal as no:
            self._refuse(line, no)
            return
        timeline = self._tails.memory(slug)
        if timeline is not None and not self.is_far(slug, timeline, position):
            self._admit(line, slug, position)
        else:  # it must be loaded or rendered, and the reading greenlet must not wait
            line.asking = True  # once at a time
            gevent.spawn(self._admit_later, line, slug, position)

    def is_far(self, slug: str, timeline: Timeline, position: Position | None) -> bool:
        """Whether a reader with this position must wait until its catch-up is prepared."""
        return not timeline.is_at(position) and self._catch_ups.is_far(slug, timeline, position)

    def prepare(self, slug: str, timeline: Timeline, position: Position | None) -> None:
        """Prepare a reader's catch-up, in turns with other greenlets."""
        self._catch_ups.prepare(slug, timeline, position)

    def _admit_later(self, line: Line, slug: str, position: Position | None) -> None:
        try:
            self.prepare(slug, self._tails.public(slug), position)
        except Refusal as no:
            self._refuse(line, no)
        else:
            self._admit(line, slug, position)  # to the blog as it is by now
        finally:
            line.asking = False

    def _admit(self, line: Line, slug: str, position: Position | None) -> None:
        """Join, read the position, send the catch-up, without yielding in between: changes come after it."""
        try:
            timeline = self._tails.public(slug)
        except Refusal as no:
            self._refuse(line, no)
            return
        if line.fd >= 0 and not line.closing:
            if line.head is not None and SESSION_COOKIE not in line.head.headers.get(b"cookie", b""):
                line.head = None  # it has no session, and there are many readers
            sync = self._catch_ups.sync(slug, timeline, position)
            counts.catch_ups.add(sync.kind)
            first = packets.connected() + (sync.compressed if line.kind == DEFLATED else sync.frame)
            self.switchboard.join(line, self._audience(slug, timeline), first)

    def _refuse(self, line: Line, no: Refusal) -> None:
        self.switchboard.send(line, packets.refused(LIVE, no.detail, no.code))

    def _audience(self, slug: str, timeline: Timeline) -> Readers:
        found = self._audiences.get(slug)
        if found is None:
            found = self._audiences[slug] = Readers(
                slug, _beat(timeline.epoch, timeline.seq, shown_mark(timeline.mark))
            )
        return found

    def lost(self, line: Line) -> None:
        """Clean up after a line that has ended."""
        line.head = None
        if line.bridged:
            self._bridge.lost(line)

    # -- sending

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        """Send a change to a blog's readers. Without a change the state was replaced, and they all get the whole state.

        Without a timeline, or with that of a draft, the blog is gone for its readers, and their connections end.
        """
        self._catch_ups.forget(slug)
        if timeline is None or not timeline.blog.is_public:  # a failover may have lost that it was published
            self._end(slug)
        elif change is None:
            self._replace(slug, self._catch_ups.sync(slug, timeline, STRANGER))
        else:
            self._change(slug, step(timeline, change, self._present))

    def _change(self, slug: str, payload: ChangePayload) -> None:
        audience = self._audiences.get(slug)
        if audience is None:
            return  # it has no readers yet
        if "tally" in payload:
            if payload["tally"] == audience.tally:
                del payload["tally"]  # everybody here has it: from that message, or from a later catch-up
            else:
                audience.tally = payload["tally"]
        event = b""
        if audience.lines[STREAM] or audience.lines[PLAIN]:
            event = packets.server_sent(f"{payload['epoch']}:{payload['seq']}", as_catch_up(payload))
        frame = packets.event("change", payload)
        message = _message(frame, event, frames.compressed(frame) if audience.lines[DEFLATED] else frame)
        self.switchboard.cast(audience, message, _beat(payload["epoch"], payload["seq"], payload.get("mark", "")))

    def _replace(self, slug: str, sync: Sync) -> None:
        audience = self._audiences.get(slug)
        if audience is not None:
            audience.tally = None
            streams = audience.lines[STREAM] or audience.lines[PLAIN]
            compressed = sync.compressed if audience.lines[DEFLATED] else sync.frame
            message = _message(sync.frame, sync.event if streams else b"", compressed)
            self.switchboard.cast(audience, message, _beat(sync.position.epoch, sync.position.seq, sync.position.mark))

    def bye(self) -> None:
        """Ask all readers to come back, spread over some time, before a planned stop."""
        self.switchboard.everybody(_message(packets.event("bye", {"retry_ms": RETRY_MS})))

    def _end(self, slug: str) -> None:
        audience = self._audiences.pop(slug, None)
        if audience is not None:
            for line in [line for lines in audience.lines for line in lines]:
                self.switchboard.close(line, frames.NORMAL, "this blog is gone")

    def forget(self, slug: str) -> None:
        """Drop what is kept for a blog that nobody reads."""
        self._catch_ups.forget(slug)
        if not self.readers(slug):
            self._audiences.pop(slug, None)

    def close_all(self) -> None:
        self.switchboard.close_all(frames.SERVICE_RESTART)

    def readers(self, slug: str | None = None) -> int:
        """This process's number of readers, of one blog or of all."""
        if slug is None:
            return sum(map(len, self._audiences.values()))
        return len(self._audiences.get(slug) or ())


def _parsed(text: str) -> object:
    try:
        return msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, RecursionError):
        return None


def _beat(epoch: str, seq: int, mark: str) -> Message:
    return _message(packets.event("head", {"epoch": epoch, "seq": seq, **marked(mark=mark)}), STILL_HERE)


def _message(frame: bytes, event: bytes = b"", compressed: bytes = b"") -> Message:
    """A message in each form. A short one is not compressed: any websocket takes the frame."""
    return Message(frame, packets.chunk(event) if event else b"", event, compressed or frame)
