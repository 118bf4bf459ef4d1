"""Servers of these tests send to everybody in both ways: by io_uring (where the system has it) and by writes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import gevent
import pytest

from liveblog.push.switchboard import Switchboard
from liveblog.push.turns import Turn
from tests.live_server import LiveServer, live_server


@pytest.fixture(scope="module", params=["auto", "off"])
def send_path(request: pytest.FixtureRequest) -> Iterator[None]:
    """The tests of a file that uses it run twice; servers that they start inherit the setting."""
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("LIVEBLOG_IO_URING", request.param)
        yield


@pytest.fixture(scope="module")
def server(send_path: None) -> Iterator[LiveServer]:
    """A server for the tests of one file; each opens its own blog."""
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1") as running:
        yield running


@pytest.fixture(autouse=True)
def switchboards_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each has a poller, a ring, a pipe and its connections; after hundreds, no descriptor would be left."""
    begun, start = [], Switchboard.start

    def noted(switchboard: Switchboard, turn: Turn | None = None) -> None:
        begun.append(switchboard)
        start(switchboard, turn)

    monkeypatch.setattr(Switchboard, "start", noted)
    yield
    for switchboard in begun:
        gevent.killall(switchboard._work)
        for listener in switchboard._listeners.values():
            listener.close()
        for fd in (*switchboard._lines, *switchboard._pipe):
            os.close(fd)
