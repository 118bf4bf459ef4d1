"""Faults that fail a test although no line of it raised: an exception in a greenlet, a fault in a process's log.

pytest itself reports exceptions in threads and in `__del__`, and with those every socket, file and process that was
dropped while open. The garbage collector decides when; `tests/conftest.py` calls it after each file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol

import gevent.hub
import pytest

GUNICORNS = "ignore:unclosed <socket.socket:ResourceWarning:gunicorn.arbiter"
"""It checks the family of a socket that it is given, and drops the object that it checked with."""
WARNINGS = f"default::ResourceWarning,{GUNICORNS}"
"""PYTHONWARNINGS of the processes that tests start: each reports on standard error what it dropped while open."""
RECORD = re.compile(rb"^(?=\[?\d{4}-\d\d-\d\d )", re.M)
"""Where a log's next record begins; a traceback belongs to the record before it."""
FAULT = re.compile(rb"Traceback \(most recent call last\)|ResourceWarning: |Exception ignored in|was never awaited")
UNFINISHED = re.compile(rb"[^\n]\Z|(?:\A|\n)(?:[ \t]|Traceback|Exception ignored in)[^\n]*\n\Z")


class Log:
    """The log of a process that a test started."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._expected: list[str] = []
        self._checked = 0

    def expect(self, *patterns: str) -> None:
        """Allow faults from now on whose log record matches one of the patterns."""
        self._expected += patterns

    def check(self, ended: bool = False) -> None:
        """Fail once for each unexpected fault; a fault that is just being written is left for the next check."""
        if not self.path.exists() or self.path.stat().st_size == self._checked:
            return
        written = self.path.read_bytes()[self._checked :]
        if not ended and UNFINISHED.search(written):
            return
        self._checked += len(written)
        faults = [record.decode(errors="replace") for record in RECORD.split(written) if FAULT.search(record)]
        wrong = [fault for fault in faults if not any(re.search(pattern, fault) for pattern in self._expected)]
        assert not wrong, f"{self.path}:\n" + "\n".join(wrong)


WATCHED: list[Log] = []


class Closing(Protocol):
    def close(self) -> None: ...


OPEN: set[Closing] = set()
"""Connections that tests opened. They are closed with the test, as a browser closes those of a page it leaves."""


@contextmanager
def watched(path: Path) -> Iterator[Log]:
    """The log of a process is checked after each test, and when the process has ended with the context."""
    log = Log(path)
    WATCHED.append(log)
    try:
        yield log
        log.check(ended=True)
    finally:
        WATCHED.remove(log)


def free_of_faults(text: str) -> str:
    """The output of a process that has ended."""
    assert not FAULT.search(text.encode()), text
    return text


@contextmanager
def greenlets() -> Iterator[list[BaseException]]:
    """The exceptions that end greenlets of this process, where gevent only prints them."""
    ended: list[BaseException] = []
    printed = gevent.hub.Hub.print_exception

    def print_exception(
        hub: gevent.hub.Hub, context: object, kind: type[BaseException], error: BaseException, trace: TracebackType
    ) -> None:
        ended.append(error)
        printed(hub, context, kind, error, trace)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gevent.hub.Hub, "print_exception", print_exception)
        yield ended
