"""The upstream names that push/stock_websocket.py builds on: a new version that changes one fails here, by name."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import engineio
import pytest
from engineio.socket import Socket
from gunicorn.config import Config
from gunicorn.http import get_parser
from gunicorn.workers.base_async import AsyncWorker


@pytest.fixture
def engine() -> engineio.Server:
    return engineio.Server(async_mode="gevent")


def test_engineio_takes_its_websocket_from_a_table(engine: engineio.Server) -> None:
    given: list[tuple[Any, Any]] = []

    def driver(handler: Any, server: Any) -> Any:
        given.append((handler, server))
        return lambda environ, start_response: "answered"

    engine._async = {**engine._async, "websocket": driver}
    reader = Socket(engine, "sid")
    assert reader._upgrade_websocket({}, lambda *args: None) == "answered"
    handler, server = given[0]
    assert handler.__self__ is reader
    assert handler == reader._websocket_handler
    assert (server, reader.sid) == (engine, "sid")


def test_engineio_takes_each_readers_queue_from_its_server(engine: engineio.Server) -> None:
    class Queue:
        pass

    engine.create_queue = lambda *args, **kwargs: Queue()
    assert isinstance(Socket(engine, "sid").queue, Queue)


def test_engineio_keeps_its_readers_by_sid_and_says_how_much_it_takes(engine: engineio.Server) -> None:
    assert engine.sockets == {}
    assert engine.max_http_buffer_size > 0


def test_gunicorn_hands_the_connection_over_and_lets_it_go() -> None:
    """An application that took the connection raises `StopIteration`; the worker then writes no answer."""
    ours, theirs = socket.socketpair()
    taken: list[socket.socket] = []

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        taken.append(environ["gunicorn.socket"])
        raise StopIteration

    with ours, theirs:
        theirs.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        request = next(get_parser(Config(), ours, ("127.0.0.1", 1)))
        worker = SimpleNamespace(cfg=Config(), log=Mock(), wsgi=application, nr=0, alive=True, max_requests=9)
        with pytest.raises(StopIteration):
            AsyncWorker.handle_request(worker, ("127.0.0.1", 80), request, ours, ("127.0.0.1", 1))
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)
    assert taken == [ours]
