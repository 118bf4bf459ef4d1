"""Makes a backup every so many hours, in a process of its own. Every web process tries; a lease lets one do it."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import gevent
import msgspec
from gevent.event import Event
from msgspec import Struct

from ..errors import Unavailable
from ..watch import counts

log = logging.getLogger(__name__)

TURN = 60.0
"""Seconds between two looks at whether a backup is due."""
LONGEST = 4 * 3600
"""Seconds that a backup may take."""
LEASE = 300
"""Seconds after which another process may make the backup, if the one that makes it has died."""
AGAIN = timedelta(hours=1)
"""How long after a failure it is tried again."""
_LAST, _LEASE = "lb:backup", "lb:backup:lease"


class Records(Protocol):
    """What this needs from the store."""

    def now(self) -> str: ...
    def put(self, name: str, value: bytes, *, ttl: int | None = None, new: bool = False) -> bool: ...
    def get(self, name: str, *, take: bool = False) -> bytes | None: ...
    def drop(self, *names: str) -> None: ...


class BackupFailed(Exception):
    """No backup was made; the message says why."""


class Last(Struct, frozen=True, kw_only=True):
    """The last try, and the last backup: `place` is empty if there was none, `error` if the last try succeeded."""

    tried_at: str
    made_at: str = ""
    place: str = ""
    error: str = ""


class Backups:
    """`make()` makes a backup, and returns where it is or raises `BackupFailed`."""

    def __init__(self, records: Records, hours: int, make: Callable[[], str]) -> None:
        self._records, self._pause, self._make = records, timedelta(hours=hours), make

    def last(self) -> Last | None:
        """Raises `Unavailable`."""
        found = self._records.get(_LAST)
        return None if found is None else msgspec.json.decode(found, type=Last)

    def run(self) -> None:
        """Run for as long as the process lives, in a greenlet of its own."""
        while True:
            try:
                self.step()
            except Unavailable:
                pass  # reported elsewhere; the backup stays due
            except Exception:
                log.exception("the schedule of backups failed and continues")
            gevent.sleep(TURN)

    def step(self) -> None:
        """Make a backup if one is due and no other process makes it. Raises `Unavailable`."""
        if not self._is_due() or not self._records.put(_LEASE, b"1", ttl=LEASE, new=True):
            return
        done = Event()
        gevent.spawn(self._renew, done)
        try:
            if self._is_due():  # another process may just have finished
                self._records.put(_LAST, msgspec.json.encode(self._try()))
        finally:
            done.set()
            self._records.drop(_LEASE)

    def _renew(self, done: Event) -> None:
        while not done.wait(LEASE / 5):
            with suppress(Unavailable):  # the next time
                self._records.put(_LEASE, b"1", ttl=LEASE)

    def _is_due(self) -> bool:
        last = self.last()
        if last is None:
            return True
        pause = min(AGAIN, self._pause) if last.error else self._pause
        since = datetime.fromisoformat(self._records.now()) - datetime.fromisoformat(last.tried_at)
        return not timedelta(0) <= since < pause  # the clock may have been put back

    def _try(self) -> Last:
        now, before = self._records.now(), self.last() or Last(tried_at="")
        try:
            place = self._make()
            counts.backups.add("made")
            return Last(tried_at=now, made_at=now, place=place)
        except BackupFailed as no:
            counts.backups.add("failed")
            log.error("no backup was made: %s", no)
            return Last(tried_at=now, made_at=before.made_at, place=before.place, error=str(no))


def make() -> str:
    """Run `liveblog backup`, behind everything else that the machine does. Raises `BackupFailed`."""
    command = ["nice", "-n", "19", sys.executable, "-m", "liveblog", "backup"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackupFailed(f"{type(error).__name__}: it took too long or could not start") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise BackupFailed(said[-1].removeprefix("liveblog: "))
    return done.stdout.strip()
