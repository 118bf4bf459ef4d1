"""Readers that mean ill, or whose network does: they stall, flood, or leave half a connection."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

from bench.faults.audience import _frame, _handshake


def _connect(url: str, room: int = 0) -> socket.socket:
    """A connection; `room` is the size of its receive buffer, if it is to be small."""
    line = socket.socket()
    if room:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    if sys.platform == "linux":  # an address of their own, with its own share of what nginx admits
        line.bind(("127.66.0.1", 0))
    line.settimeout(5)
    line.connect((str(urlsplit(url).hostname), int(urlsplit(url).port or 80)))
    return line


@contextmanager
def stalling(url: str, slug: str, count: int) -> Iterator[None]:
    """Readers that join and then read nothing."""
    with ExitStack() as lines:
        for _ in range(count):
            with suppress(OSError):
                line = lines.enter_context(_connect(url, 2048))
                line.sendall(_handshake("localhost"))
                line.recv(512)
                line.sendall(_frame(b"40/live," + json.dumps({"blog": slug}).encode()))
        yield


@contextmanager
def half_open(url: str, count: int) -> Iterator[None]:
    """Connections on which half a request arrives, and nothing more: half of them the beginning of a handshake."""
    with ExitStack() as lines:
        for number in range(count):
            with suppress(OSError):
                line = lines.enter_context(_connect(url))
                line.sendall(_handshake("localhost")[: 60 if number % 2 else 20])
        yield


@contextmanager
def flooding(url: str, slug: str, count: int) -> Iterator[None]:
    """Readers that send as fast as they can: pings, junk events, and connections that come and go."""
    done = threading.Event()
    floods = [threading.Thread(target=_flood, args=(url, slug, done), daemon=True) for _ in range(count)]
    for flood in floods:
        flood.start()
    try:
        yield
    finally:
        done.set()
        for flood in floods:
            flood.join()


def _flood(url: str, slug: str, done: threading.Event) -> None:
    junk = (_frame(b"3") + _frame(b'42/live,["head",{}]') + _frame(b"42/nowhere," + os.urandom(8).hex().encode())) * 20
    while not done.wait(0.01):
        with suppress(OSError), _connect(url) as line:
            line.sendall(_handshake("localhost"))
            line.recv(512)
            line.sendall(_frame(b"40/live," + json.dumps({"blog": slug}).encode()))
            while not done.wait(0.01):
                line.sendall(junk)
