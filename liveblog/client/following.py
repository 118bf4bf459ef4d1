"""Following a blog by server-sent events, through every interruption."""

from __future__ import annotations

import asyncio
import http.client
import logging
import os
import random
import socket
import threading
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import suppress

from .address import LOST, Address, OtherProgram, Refused, object_of
from .change import Change, Position
from .follower import Follower, Message

log = logging.getLogger(__name__)

SILENCE = 40.0
"""Seconds without a sign of life, which comes every 15, after which a line counts as cut."""
LONGEST_PAUSE = 30.0
CATCH_UP = {"epoch", "seq", "reset", "objects"}
"""What every event has."""


def follow(
    url: str, position: Position | None = None, *, token: str = "", silence: float = SILENCE
) -> Generator[Change, None, None]:
    """What changes in the blog whose page is at `url`, once, in order, for ever; first what came after `position`
    (None: all there is).

    A cut line, a restart, another epoch or a lost history mends itself: at worst a change has `reset`. While there is
    no line, one warning is logged. Raises `Refused` if there is no such blog (any more), or none for this token, and
    `ValueError` if `url` is no blog's. A blog in status draft needs a `token`.
    """
    return _Following(Address(url, token), position, silence).changes()


async def follow_async(
    url: str, position: Position | None = None, *, token: str = "", silence: float = SILENCE
) -> AsyncGenerator[Change, None]:
    """The same for asyncio. Threads read the line; they end when the generator is closed, or with the program."""
    following = _Following(Address(url, token), position, silence)
    changes = following.changes()
    try:
        while (change := await _next(changes)) is not None:
            yield change
    finally:
        following.stop()
        with suppress(ValueError):  # a thread runs it, and ends it
            changes.close()


async def _next(changes: Iterator[Change]) -> Change | None:
    """The next change, None after the last. An executor's thread would not let the program end while it connects."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Change | None] = loop.create_future()

    def tell(change: Change | None, error: Exception | None) -> None:
        if found.cancelled():
            return
        if error is None:
            found.set_result(change)
        else:
            found.set_exception(error)

    def read() -> None:
        change, error = None, None
        try:
            change = next(changes, None)
        except Exception as no:
            error = no
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, change, error)

    threading.Thread(target=read, daemon=True).start()
    return await found


class _Following:
    """One follower's lines, one after the other."""

    def __init__(self, address: Address, position: Position | None, silence: float) -> None:
        self._address, self._silence = address, silence
        self._arrived: deque[Change] = deque()
        self._follower = Follower(self._arrived.append, position)
        self._retry = 3.0
        self._failures = 0
        self._heard = False
        self._line: http.client.HTTPResponse | None = None
        self._stopped = threading.Event()

    def changes(self) -> Generator[Change, None, None]:
        while not self._stopped.is_set():
            pause = 0.0
            try:
                with self._opened() as line:
                    for message in self._messages(line):
                        self._follower.sync(message)
                        while self._arrived:
                            yield self._arrived.popleft()
                        if self._follower.asking:  # of another history: the server says so to a line that begins
                            self._follower.failed()
                            break
                    else:
                        self._lost("the line has ended")
            except Refused as no:
                if not no.passes and (no.code or not self._heard):
                    raise
                pause = no.retry_after
                self._lost(no)
            except LOST as error:
                self._lost(error)
            self._stopped.wait(pause + random.uniform(0, min(self._retry * 2 ** min(self._failures, 5), LONGEST_PAUSE)))
            self._failures += 1

    def _opened(self) -> http.client.HTTPResponse:
        at = self._follower.introduce()
        query = {"epoch": at["epoch"], "after": at["seq"], "mark": at["mark"]} if at else {}
        self._line = self._address.open("/stream", query, seconds=self._silence)
        return self._line

    def _messages(self, line: http.client.HTTPResponse) -> Iterator[Message]:
        """The events of a line, until it ends."""
        data: list[str] = []
        while not self._stopped.is_set() and (raw := line.readline()):
            name, _, value = raw.decode().rstrip("\r\n").partition(":")
            value = value.removeprefix(" ")
            if name == "retry" and value.isdecimal():
                self._retry = int(value) / 1000
                self._found()
            elif name == "data":
                data.append(value)
            elif not name and not value and data:
                message = object_of("\n".join(data))
                if not message.keys() >= CATCH_UP:
                    raise OtherProgram("events of something else than a liveblog")
                data = []
                yield message

    def _found(self) -> None:
        """The first line of a stream has come."""
        if self._failures > 1:
            log.warning("%s is followed again", self._address.slug)
        self._failures, self._heard = 0, True

    def _lost(self, error: Exception | str) -> None:
        if self._failures == 1 and not self._stopped.is_set():
            log.warning("%s cannot be followed for now: %s", self._address.slug, error)

    def stop(self) -> None:
        """Cut the line, from another thread than the one that reads it."""
        self._stopped.set()
        line = self._line
        with suppress(OSError, ValueError):  # it is closed already
            if line is not None:
                with socket.socket(fileno=os.dup(line.fileno())) as wire:
                    wire.shutdown(socket.SHUT_RDWR)
