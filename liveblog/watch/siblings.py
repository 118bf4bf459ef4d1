"""The web processes of one server ask each other for their figures: a scrape of their port reaches only one of them.

Each answers on a unix socket in a directory that the master makes for them. A connection gets the figures and its end.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import gevent
import gevent.socket

ASK_SECONDS = 2.0
"""Seconds that a sibling has to answer. One that hangs must not keep an operator from seeing the others."""


class Siblings:
    """`said` makes this process's answer. Before `start`, and without a directory, a process is alone."""

    def __init__(self, said: Callable[[], bytes]) -> None:
        self.name = "0"
        self._said = said
        self._folder: Path | None = None

    def start(self, folder: Path | None, number: int) -> None:
        """Answer siblings from now on, under this number. A process that died may have had it before."""
        self.name, self._folder = str(number), folder
        if folder is None:
            return
        path = folder / self.name
        path.unlink(missing_ok=True)
        listener = gevent.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        listener.listen(16)
        gevent.spawn(self._answer, listener)

    def _answer(self, listener: gevent.socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            gevent.spawn(self._say, connection)

    def _say(self, connection: gevent.socket.socket) -> None:
        with suppress(OSError):
            connection.settimeout(ASK_SECONDS)
            connection.sendall(self._said())
        connection.close()

    def ask(self) -> dict[str, bytes]:
        """The answers of all siblings by name; empty of one that does not answer."""
        names = [] if self._folder is None else [name for name in os.listdir(self._folder) if name != self.name]
        asked = [gevent.spawn(self._asked, name) for name in names]
        gevent.joinall(asked)
        return {name: each.get() for name, each in zip(names, asked, strict=True)}

    def _asked(self, name: str) -> bytes:
        assert self._folder is not None
        connection = gevent.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        got = b""
        try:
            with gevent.Timeout(ASK_SECONDS):
                connection.connect(str(self._folder / name))
                while data := connection.recv(65536):
                    got += data
        except (OSError, gevent.Timeout):
            return b""
        finally:
            connection.close()
        return got
