"""A light reader for tests: Engine.IO and Socket.IO text frames by hand, the rules of `liveblog.client`."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import requests
import websocket

from liveblog.client import Follower
from tests import leaks

SILENCE = 5.0
"""Seconds after which a reader gives up a silent connection; LIVEBLOG_HEAD_SECONDS=1 keeps one from being silent."""


class Refused(Exception):
    """The server answered the connection with an error; `args[0]` is its payload."""


class Wire:
    """An Engine.IO connection: a websocket of text packets, closed at the end of the test if it is still open."""

    def __init__(self, url: str, timeout: float = 60, **options: Any) -> None:
        address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        options = {"skip_utf8_validation": True, **options}  # `recv` decodes the text already
        self.socket = websocket.create_connection(address, timeout=timeout, **options)
        leaks.OPEN.add(self)
        assert self.hear().startswith("0{")

    def say(self, packet: str) -> None:
        self.socket.send(packet)

    def hear(self) -> str:
        """The next packet; empty after the last one."""
        packet = self.socket.recv()
        assert isinstance(packet, str)
        return packet

    def close(self) -> None:
        """End the connection without a close frame."""
        leaks.OPEN.discard(self)
        self.socket.shutdown()  # type: ignore[no-untyped-call]


class Line(Wire):
    """One websocket to the /live namespace."""

    def __init__(self, url: str, auth: dict[str, Any], timeout: float = 60, **options: Any) -> None:
        super().__init__(url, timeout, **options)
        self.say("40/live," + json.dumps(auth))
        answer = self._packet()
        if answer.startswith("44/live,"):
            self.close()
            raise Refused(json.loads(answer[8:]))
        assert answer.startswith("40/live,"), answer

    def _packet(self) -> str:
        while (packet := self.hear()) == "2":
            self.say("3")
        if not packet:
            raise ConnectionError("closed")
        return packet

    def event(self) -> tuple[str, dict[str, Any]]:
        """The next event's name and payload."""
        packet = self._packet()
        if not packet.startswith("42/live,"):
            raise ConnectionError(packet)
        name, payload = json.loads(packet[8:])
        return name, payload


def text_lines(stream: requests.Response) -> Iterator[str]:
    """The lines of an event stream, as they come."""
    return (line.decode() for line in stream.iter_lines())


class Bytes:
    """A connection on which the test sends every byte itself; `data` has arrived and is not read yet."""

    data = b""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        leaks.OPEN.add(self)

    def close(self) -> None:
        leaks.OPEN.discard(self)
        self.connection.close()

    def until(self, wanted: bytes) -> bytes:
        """What arrives, up to and including `wanted`, which must come."""
        while wanted not in self.data:
            more = self.connection.recv(65536)
            assert more, f"closed after {self.data!r}"
            self.data += more
        before, _, self.data = self.data.partition(wanted)
        return before + wanted


class Reader(threading.Thread):
    """Follows a blog through every interruption, by the protocol's rules."""

    def __init__(self, url: str, slug: str) -> None:
        super().__init__(daemon=True)
        self.url, self.slug = url, slug
        self.objects: dict[str, Any] = {}
        self.leaving = threading.Event()
        self._rules = Follower(lambda change: change.update(self.objects))

    @property
    def epoch(self) -> str:
        return self._rules.epoch

    @property
    def seq(self) -> int:
        return self._rules.seq

    def run(self) -> None:
        while not self.leaving.is_set():
            try:
                self._follow()
            except (OSError, websocket.WebSocketException, requests.RequestException, Refused, AssertionError):
                self._rules.failed()
                self.leaving.wait(0.1 + hash(self.name) % 30 / 100)

    def _follow(self) -> None:
        line = Line(self.url, {"blog": self.slug, **self._rules.introduce()}, timeout=SILENCE)
        try:
            while not self.leaving.is_set():
                self._hear(*line.event())
        finally:
            line.close()

    def _hear(self, name: str, message: dict[str, Any]) -> None:
        if name != "bye":
            {"sync": self._rules.sync, "change": self._rules.change, "head": self._rules.head}[name](message)
        while self._rules.asking:
            query = {} if self._rules.asking == "state" else _query(self._rules.position)
            answer = requests.get(f"{self.url}/api/v1/blogs/{self.slug}/changes", params=query, timeout=60)
            answer.raise_for_status()
            self._rules.answered(answer.json())


def _query(position: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("seq", "after"): value for name, value in position.items()}
