"""A client on wsproto that offers compression: another implementation of RFC 7692 on the other side."""

from __future__ import annotations

import json
import socket
from typing import Any, TypeVar
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, RejectConnection, Request, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate

from tests import leaks

E = TypeVar("E", bound=Event)


class Deflating:
    """A websocket to the server's Socket.IO. `wire` counts the bytes that have come, `agreed` has the extensions."""

    def __init__(self, url: str, *extensions: Extension) -> None:
        at = urlsplit(url)
        self.connection = socket.create_connection((at.hostname, at.port), 60)
        leaks.OPEN.add(self)
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.wire = 0
        self._events: list[Event] = []
        self._send(
            Request(
                host=at.netloc,
                target="/socket.io/?EIO=4&transport=websocket",
                extensions=list(extensions or (PerMessageDeflate(),)),
            )
        )
        self.agreed = [str(extension) for extension in self.next(AcceptConnection).extensions]
        assert self.hear().startswith("0{")

    def follow(self, **auth: Any) -> None:
        """Connect to /live."""
        self.say("40/live," + json.dumps(auth))
        assert self.hear().startswith("40/live,")

    def say(self, packet: str) -> None:
        self._send(TextMessage(packet))

    def say_in_parts(self, packet: str, size: int) -> None:
        """The same in frames of so many characters, with a ping between any two."""
        for at in range(0, len(packet), size):
            self._send(TextMessage(packet[at : at + size], message_finished=at + size >= len(packet)))
            self.ping(b"between")

    def ping(self, payload: bytes) -> None:
        self._send(Ping(payload))

    def hear(self) -> str:
        """The next message."""
        whole = ""
        while True:
            part = self.next(TextMessage)
            whole += part.data
            if part.message_finished:
                return whole

    def event(self) -> tuple[str, dict[str, Any]]:
        """The next event's name and payload."""
        while (packet := self.hear()) == "2":
            self.say("3")
        assert packet.startswith("42/live,"), packet
        name, payload = json.loads(packet[8:])
        return name, payload

    def next(self, kind: type[E]) -> E:
        """The next event of wsproto that is of this kind."""
        while True:
            while self._events:
                event = self._events.pop(0)
                if isinstance(event, kind):
                    return event
                if isinstance(event, CloseConnection | RejectConnection):
                    raise ConnectionError(event)
            data = self.connection.recv(65_536)
            self.wire += len(data)
            self.protocol.receive_data(data or None)
            self._events += self.protocol.events()

    def close(self) -> None:
        leaks.OPEN.discard(self)
        self.connection.close()

    def _send(self, event: Event) -> None:
        self.connection.sendall(self.protocol.send(event))
