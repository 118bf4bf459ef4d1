"""Readers who go away, or want something else, before they are admitted: their blog must be loaded or prepared."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import gevent
import gevent.event
import pytest

from liveblog.errors import NotFound
from liveblog.model import Blog
from liveblog.push import frames
from liveblog.push.catch_ups import CatchUps
from liveblog.push.switchboard import SOCKET, Handlers, Line, Switchboard
from liveblog.push.tail import Tails
from liveblog.push.transport import Transport
from liveblog.timeline import Timeline
from tests.push.test_transport import introduction, masked


class SlowTails:
    """Blogs that are not in memory, and that storage returns at a sign."""

    def __init__(self) -> None:
        self.loaded = gevent.event.Event()
        self.asked: list[str] = []

    def memory(self, _: str) -> None:
        return None

    def public(self, slug: str) -> Timeline:
        self.asked.append(slug)
        self.loaded.wait(60)
        if slug == "none":
            raise NotFound("there is no blog none")
        return Timeline("epoch", 1, [Blog(id=slug, title="A night", status="live", seq=1)])


class Hall:
    """A transport with one websocket."""

    def __init__(self) -> None:
        self.tails = SlowTails()
        self.admissions: list[gevent.Greenlet[Any]] = []
        self.switchboard = Switchboard(beat_seconds=60, backlog_bytes=1 << 20, message_bytes=1 << 16)
        catch_ups = CatchUps(lambda _, objects: {"objects": []})
        present = cast(Any, None)
        self.transport = Transport(self.switchboard, present, cast(Tails, self.tails), catch_ups, present)
        self.switchboard.handlers = Handlers(
            asked=lambda line, data: None,
            heard=self.transport.heard,
            lost=self.transport.lost,
            served=lambda audience, behind: None,
        )
        self.switchboard.start()
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        self.line: Line = self.switchboard.adopt(ours.detach(), SOCKET, b"")

    def say(self, text: bytes, opcode: int = frames.TEXT) -> None:
        self.switchboard.arrived(self.line, masked(text, opcode))

    def load(self) -> None:
        self.tails.loaded.set()
        gevent.joinall(self.admissions, timeout=60, raise_error=True)


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    hall, start = Hall(), gevent.spawn

    def spawn(*work: Any) -> None:
        hall.admissions.append(start(*work))

    monkeypatch.setattr(gevent, "spawn", spawn)
    with closing(hall.peer):
        yield hall


def test_a_reader_is_admitted_once_its_blog_is_there(hall: Hall) -> None:
    hall.say(introduction("night"))
    hall.say(introduction("another"))  # once at a time
    hall.load()
    assert (hall.transport.readers("night"), hall.transport.readers()) == (1, 1)
    assert not hall.line.asking
    hall.say(b"41/live,")
    assert hall.transport.readers() == 0


@pytest.mark.parametrize(("said", "opcode"), [(b"\x03\xe9", frames.CLOSE), (b"1", frames.TEXT)])
def test_a_reader_who_goes_before_it_is_admitted_is_not_counted_for_ever(hall: Hall, said: bytes, opcode: int) -> None:
    hall.say(introduction("night"))
    hall.say(said, opcode)
    hall.load()
    assert hall.transport.readers() == 0


def test_a_reader_who_leaves_a_blog_before_it_is_admitted_is_not_admitted_to_it(hall: Hall) -> None:
    """It could ask for another blog meanwhile, and would get the first one's updates for those of the other."""
    hall.say(introduction("night"))
    hall.say(b"41/live,")
    hall.say(introduction("another"))
    hall.load()
    assert hall.transport.readers() == 0
    assert hall.line.closing  # its client connects again


def test_storage_is_asked_once_for_a_blog_that_does_not_exist(hall: Hall) -> None:
    hall.say(introduction("none"))
    hall.load()
    assert hall.tails.asked == ["none"]
    assert hall.peer.recv(1 << 16).endswith(b'44/live,{"message":"there is no blog none","data":{"code":"not_found"}}')
    assert not hall.line.asking
