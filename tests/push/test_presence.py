"""Presence at the desk and the reach of a change, with two real processes, a cut connection and a killed process."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import websocket

from liveblog.store.people import People
from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Line, Wire


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server("serve", LIVEBLOG_WORKERS="2", LIVEBLOG_HEAD_SECONDS="1") as running:
        yield running


SIGNS = 1.0
"""Seconds between two signs of life of a person at the desk."""


class Seat(Wire):
    """A person at the desk: keeps the last event of each name, and gives signs of life until stalled."""

    def __init__(self, server: LiveServer, slug: str, name: str, role: Any = "editor") -> None:
        self.name = name
        self.said: dict[str, Any] = {}
        self.editing: str | None = None
        self.gone = threading.Event()
        self.stalled = threading.Event()
        token = People(server.store).tokens.add(name, role)
        super().__init__(server.url)
        self.say("40/desk," + json.dumps({"blog": slug, "token": token}))
        answer = self.hear()
        assert answer.startswith("40/desk,"), answer
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._live, daemon=True).start()

    def _listen(self) -> None:
        try:
            while packet := self.hear():
                if packet == "2" and not self.stalled.is_set():
                    self.say("3")
                elif packet.startswith("42/desk,"):
                    name, payload = json.loads(packet[8:])
                    self.said[name] = payload
                elif packet.startswith("41"):
                    break
        except (OSError, websocket.WebSocketException):
            pass
        self.gone.set()
        self.close()

    def _live(self) -> None:
        while not self.stalled.wait(SIGNS):
            self.sign()

    def edit(self, ref: str | None) -> None:
        self.editing = ref
        self.sign()

    def sign(self) -> None:
        try:
            self.say("42/desk," + json.dumps(["editing", {"ref": self.editing}]))
        except (OSError, websocket.WebSocketException):
            self.stalled.set()

    def leave(self) -> None:
        self.stalled.set()
        if (connection := self.socket.sock) is not None:
            with suppress(OSError):  # the other side ended it already
                connection.shutdown(socket.SHUT_RDWR)  # a close alone waits for the listening thread

    @property
    def sees(self) -> dict[str, str | None]:
        """The people that this one sees, and what they edit."""
        return {person["name"]: person["editing"] for person in self.said.get("presence", {"people": []})["people"]}

    def process(self, server: LiveServer) -> int:
        return holder(server, self.socket.sock)


def holder(server: LiveServer, connection: Any) -> int:
    """The web process that serves a connection."""
    ours, theirs = connection.getsockname()[1], connection.getpeername()[1]
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = [f"socket:[{r[9]}]" for r in rows if _port(r[1]) == theirs and _port(r[2]) == ours]
    for pid in server.workers():
        for each in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if os.readlink(each) in inodes:
                    return pid
            except OSError:
                continue
    raise AssertionError("no process has it")


def _port(address: str) -> int:
    return int(address.partition(":")[2], 16)


def two_processes(server: LiveServer, slug: str) -> tuple[Seat, Seat]:
    """Two people at the desk whom different processes serve."""
    one = Seat(server, slug, "Ada")
    home = one.process(server)
    spare: list[Seat] = []
    for _ in range(200):
        other = Seat(server, slug, "Ben")
        if other.process(server) != home:
            for seat in spare:
                seat.leave()
            return one, other
        spare.append(other)
    raise AssertionError("all connections went to one process")


def test_everybody_is_seen_from_every_process_until_their_connection_is_lost(server: LiveServer) -> None:
    slug = server.open("here")
    ada, ben = two_processes(server, slug)
    cut = Seat(server, slug, "Cut")
    while cut.process(server) != ada.process(server):  # not on the process that is killed
        cut.leave()
        cut = Seat(server, slug, "Cut")
    guest = Seat(server, slug, "Guest", "contributor")
    while guest.process(server) != ada.process(server):
        guest.leave()
        guest = Seat(server, slug, "Guest", "contributor")
    post = server.state(slug)["objects"][-1]["id"]
    ben.edit(f"post:{post}")
    until(lambda: ada.sees == {"Ada": None, "Ben": f"post:{post}", "Cut": None, "Guest": None})
    until(lambda: ben.sees == ada.sees)
    person = ada.said["presence"]["people"][0]
    assert set(person) == {"id", "name", "role", "editing", "since"}
    assert person["role"] == "editor"

    cut.stalled.set()  # the connection is cut somewhere on the way: open but silent
    os.kill(ben.process(server), signal.SIGKILL)
    assert People(server.store).tokens.revoke("Guest")  # and is disconnected
    until(lambda: "Ben" not in ada.sees)
    until(lambda: "Cut" not in ada.sees)
    until(guest.gone.is_set)
    until(lambda: ada.sees == {"Ada": None})
    cut.stalled.clear()
    cut.sign()  # the network is back
    until(lambda: "Cut" in ada.sees)
    cut.leave()
    until(lambda: "Cut" not in ada.sees)
    ada.leave()
    until(lambda: len(server.workers()) == 2)


def test_a_call_has_its_source_and_how_soon_the_readers_had_it(server: LiveServer) -> None:
    slug = server.open("calls")
    ada, ben = two_processes(server, slug)  # so both processes follow the blog
    path = f"/blogs/{slug}/categories/director"
    server.api("POST", f"{path}/announce", {"winners": ["brady-corbet"], "source": "the envelope"})  # nobody reads yet
    reader = Line(server.url, {"blog": slug})
    assert reader.event()[0] == "sync"
    until(lambda: ada.said.get("figures", {}).get("readers") == 1)  # and the figures of earlier changes are stored
    server.api("POST", f"{path}/recall", {"note": "The wrong card.", "winners": ["sean-baker"], "source": "the stage"})

    def calls() -> list[dict[str, Any]]:
        return [dict(call) for call in server.api("GET", f"/blogs/{slug}/calls").json()["calls"]]

    until(lambda: "ms" in calls()[0])
    recalled, announced = calls()
    assert (recalled["act"], recalled["winners"], recalled["by"]) == ("recall", ["sean-baker"], "editor")
    assert (recalled["source"], recalled["readers"]) == ("the stage", 1)
    assert isinstance(recalled["ms"], int)
    assert (announced["act"], announced["winners"], announced["source"]) == (
        "announce",
        ["brady-corbet"],
        "the envelope",
    )
    assert not announced.get("readers")  # a later reader got it with the page
    assert announced["category"] == recalled["category"] == "director"
    assert "envelope" not in json.dumps(server.state(slug))
    reader.close()
    ada.leave()
    ben.leave()
