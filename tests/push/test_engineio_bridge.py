"""The bridge: Flask-SocketIO's server serves lines that use another namespace, in order and to their end."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import flask
import gevent.event
import gevent.queue
import gevent.socket
import pytest
import socketio

from liveblog.http.request_head import RequestHead
from liveblog.push import frames
from liveblog.push.engineio_bridge import EngineBridge, socket_server
from liveblog.push.switchboard import FRAME_SECONDS, MOST_FRAMES, SOCKET, Handlers, Line, Switchboard
from liveblog.watch import counts
from tests.push.frame_fuzz import encoded

HEAD = RequestHead(b"/socket.io/", b"EIO=4&transport=websocket", {b"host": b"localhost", b"cookie": b"who=ada"})


class Desk:
    """A stock server with a /desk namespace, a switchboard, and one line on it."""

    def __init__(self, server: Any = None, environ: Any = None) -> None:
        self.server = socketio.Server(async_mode="gevent")
        self.told: gevent.event.AsyncResult[Any] = gevent.event.AsyncResult()
        self.said: gevent.queue.Queue[Any] = gevent.queue.Queue()
        self.left = gevent.event.Event()
        self.server.on("connect", self.connected, namespace="/desk")
        self.server.on("note", lambda sid, text: self.said.put(text), namespace="/desk")
        self.server.on("disconnect", lambda sid, reason: self.left.set(), namespace="/desk")
        self.switchboard = Switchboard(beat_seconds=60, backlog_bytes=1 << 20, message_bytes=1 << 16)
        self.bridge = EngineBridge(server or self.server, environ or {}, self.switchboard)
        self.switchboard.handlers = Handlers(
            lambda line, data: None, self.bridge.heard, self.lost, lambda audience, behind: None
        )
        self.switchboard.start()
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        self.line = self.switchboard.adopt(ours.detach(), SOCKET, b"")
        self.line.head = HEAD
        self.peer.setblocking(False)

    def connected(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        self.told.set((sid, environ, auth))

    def lost(self, line: Line) -> None:
        if line.bridged:
            self.bridge.lost(line)

    def say(self, text: str) -> None:
        import random

        self.peer.send(encoded(random.Random(1), frames.TEXT, text.encode()))

    def hear(self) -> str:
        gevent.socket.wait_read(self.peer.fileno(), 60)
        return self.peer.recv(65536)[2:].decode()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.peer.close()


def test_a_bridged_line_is_connected_with_its_request_and_gets_emitted_events(desk: Desk) -> None:
    desk.say('40/desk,{"token":"t"}')
    sid, environ, auth = desk.told.get(timeout=60)
    assert (environ["HTTP_COOKIE"], environ["QUERY_STRING"], auth) == (
        "who=ada",
        "EIO=4&transport=websocket",
        {"token": "t"},
    )
    assert json.loads(desk.hear().removeprefix("40/desk,")) == {"sid": sid}
    desk.server.emit("presence", {"here": 1}, namespace="/desk")
    assert desk.hear() == '42/desk,["presence",{"here":1}]'


def test_a_bridged_lines_messages_arrive_in_order(desk: Desk) -> None:
    desk.say("40/desk,")
    for number in range(20):
        desk.say(f'42/desk,["note",{number}]')
    assert [desk.said.get(timeout=60) for _ in range(20)] == list(range(20))


@pytest.mark.parametrize(
    "junk",
    [
        *("42/desk,not json", '42/desk,{"a":1}', "42/desk,[5]", "42/desk,[]", "43/desk,1{}", "46-", "b4AAAA", "0{}"),
        *("42/desk," + "[" * 30_000, "42" + "9" * 9000, "4", "49", "5", "2probe"),
        '451-/desk,["a",{"_placeholder":true,"num":0}]',
    ],
)
def test_a_line_that_sends_no_packet_is_closed_without_a_traceback(
    desk: Desk, junk: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk.say("40/desk,")
    desk.told.get(timeout=60)
    desk.hear()
    desk.bridge.heard(desk.line, junk)
    assert desk.left.wait(60)
    assert caplog.records == []
    assert desk.server.eio.sockets == {}


def test_what_it_costs_to_read_messages_counts_for_their_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.say("40/desk,")
    desk.told.get(timeout=60)
    heard: list[int] = []
    desk.server.on("note", lambda sid, number: heard.append(number), namespace="/desk")
    before, seconds = counts.cut.values[("talking",)], count(0.0, FRAME_SECONDS)
    monkeypatch.setattr(time, "thread_time", lambda: next(seconds))
    for number in range(MOST_FRAMES):
        desk.bridge.heard(desk.line, f'42/desk,["note",{number}]')
    assert desk.left.wait(60)
    assert 0 < len(heard) < MOST_FRAMES
    assert counts.cut.values[("talking",)] == before + 1


def test_a_bridged_line_that_goes_is_noticed(desk: Desk) -> None:
    desk.say("40/desk,")
    desk.told.get(timeout=60)
    desk.peer.shutdown(socket.SHUT_RDWR)
    assert desk.left.wait(60)
    assert desk.server.eio.sockets == {}
    assert len(desk.switchboard) == 0


def test_a_bridged_line_can_be_disconnected(desk: Desk) -> None:
    desk.say("40/desk,")
    sid, _, _ = desk.told.get(timeout=60)
    desk.hear()
    desk.server.disconnect(sid, namespace="/desk")
    assert desk.left.wait(60)
    assert desk.hear() == "41/desk,"


def test_a_handler_of_the_application_knows_who_is_asking() -> None:
    """Flask-SocketIO's own handlers run in the application's request context, with the cookies of the handshake."""
    app = flask.Flask("desk")
    server = socket_server(app)
    asked: gevent.event.AsyncResult[Any] = gevent.event.AsyncResult()

    @server.on("connect", namespace="/desk")
    def connected(auth: Any = None) -> bool:
        asked.set((flask.request.cookies.get("who"), auth))
        return False

    desk = Desk(server.server, {"flask.app": app})
    desk.say('40/desk,{"token":"t"}')
    assert asked.get(timeout=60) == ("ada", {"token": "t"})
    assert desk.hear().startswith("44/desk,")
    desk.peer.close()


def test_a_reader_whose_request_was_dropped_may_still_connect_to_the_desk(desk: Desk) -> None:
    desk.line.head = None
    desk.say('40/desk,{"token":"t"}')
    _, environ, auth = desk.told.get(timeout=60)
    assert ("HTTP_COOKIE" in environ, environ["PATH_INFO"], auth) == (False, "/socket.io/", {"token": "t"})


def test_a_namespace_is_served_that_has_handlers(desk: Desk) -> None:
    assert [desk.bridge.serve(name) for name in ("/desk", "/", "/desks", "/live")] == [True, False, False, False]


def test_lines_that_have_gone_are_not_kept(desk: Desk) -> None:
    for _ in range(3000):
        ours, peer = socket.socketpair()
        ours.setblocking(False)
        desk.switchboard._drop(desk.switchboard.adopt(ours.detach(), SOCKET, b""))
        peer.close()
    assert len(desk.switchboard) == 1
    assert max(len(desk.switchboard._wheel), len(desk.switchboard._asleep)) < 1100
