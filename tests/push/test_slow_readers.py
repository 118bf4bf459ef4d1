"""Readers on slow connections, and other clients with long connections: they get what they requested, and stay."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from functools import partial

import pytest
import socketio

from liveblog import actions
from tests.live_server import LiveServer, live_server, until

POSTS, LONG = 30, "word " * 8000
"""Together some megabytes: more than the connection's buffers and the backlog can hold."""


@pytest.fixture(scope="module")
def long_night(send_path: None) -> Iterator[tuple[LiveServer, str]]:
    with live_server("serve", LIVEBLOG_BACKLOG_BYTES="65536") as server:
        slug = server.open("long")
        for number in range(POSTS):
            body = f"{number} {LONG}"
            server.store.perform(slug, partial(actions.publish, slug=slug, body=body), by="ada")
        until(lambda: server.state(slug)["seq"] == POSTS + 1)
        yield server, slug


class SlowLine:
    """A connection with a small window, read in small pieces."""

    def __init__(self, server: LiveServer, path: str, *fields: str) -> None:
        host, port = server.url.removeprefix("http://").split(":")
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        self.socket.settimeout(60)
        self.socket.connect((host, int(port)))
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", *fields]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.data = b""

    def until(self, wanted: bytes) -> bytes:
        """What comes before the bytes that are wanted."""
        while wanted not in self.data[-len(wanted) - 4096 :]:
            piece = self.socket.recv(4096)
            assert piece, f"closed after {len(self.data)} bytes"
            self.data += piece
        before, _, self.data = self.data.partition(wanted)
        return before

    def rest(self) -> bytes:
        """All that comes until the server closes."""
        while piece := self.socket.recv(4096):
            self.data += piece
        return self.data


@pytest.mark.parametrize("field", ["Connection: keep-alive", "Connection: close"])
@pytest.mark.parametrize("path", ["", "/changes?after=0"])
def test_a_slow_reader_gets_a_long_answer_whole(long_night: tuple[LiveServer, str], path: str, field: str) -> None:
    server, slug = long_night
    for _ in range(2):  # made for the first, kept for the second
        line = SlowLine(server, f"/api/v1/blogs/{slug}{path}", field)
        head = line.until(b"\r\n\r\n").decode()
        length = next(int(row.split(":")[1]) for row in head.splitlines() if row.lower().startswith("content-length"))
        assert length > 2 << 20
        while len(line.data) < length:
            piece = line.socket.recv(4096)
            assert piece, f"closed after {len(line.data)} of {length} bytes"
            line.data += piece
        found = json.loads(line.data)
        assert found["seq"] == POSTS + 1
        line.socket.close()


def test_a_slow_stream_gets_a_long_beginning_and_then_the_changes(long_night: tuple[LiveServer, str]) -> None:
    server, slug = long_night
    line = SlowLine(server, f"/api/v1/blogs/{slug}/stream")
    line.until(b"data: ")
    body = "The envelope is being opened"
    assert server.api("POST", f"/blogs/{slug}/posts", {"body": body}).status_code == 201
    line.until(body.encode())
    line.socket.close()


def test_python_socketios_own_client_keeps_its_connection() -> None:
    """It gives up when no ping comes for longer than the announced interval."""
    client = socketio.Client(reconnection=False)
    heads: list[int] = []
    client.on("head", lambda message: heads.append(message["seq"]), namespace="/live")
    with live_server("serve") as server:
        slug = server.open("quiet")
        client.connect(server.url, auth={"blog": slug}, namespaces=["/live"], transports=["websocket"])
        try:
            until(lambda: len(heads) > 4 or not client.connected, 150)  # one each 15 s
            assert client.connected
        finally:
            client.disconnect()
