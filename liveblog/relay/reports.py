"""What a relay's processes tell their origin: how many readers they have, and how soon these had each change.

`Reports` is what the desk's channel has in the place of storage's messages between processes. It keeps the latest
report of each process, its own and those of relays that follow this one, and sends all of them every two seconds.
Without a token it sends nothing. Reports may be lost without harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

import gevent
import msgspec
from msgspec import Struct

from ..errors import Refusal, Unavailable
from ..watch.episodes import Episode
from . import wire
from .origin import Origin

log = logging.getLogger(__name__)

SEND_SECONDS = 2.0
ANSWER_SECONDS = 5.0
AT_ONCE, MOST_DELIVERED = 40, 50
"""Reports in one request, and changes in one report: a request's body has at most 64 KiB."""


class _Told(Struct):
    """What of a process's report is passed on; the rest is for the desk of the same site."""

    readers: int = 0
    last: tuple[int, int, int] | None = None


class Reports:
    def __init__(self, origin: Origin, token: str | None) -> None:
        self._origin = origin
        self._token = token
        self._ahead = 0.0
        """By how many ms the origin's clock is ahead of this one."""
        self._told: dict[tuple[str, str], _Told] = {}
        self._delivered: dict[tuple[str, str], dict[int, tuple[int, int]]] = {}
        self._refused = Episode(log, "the origin refuses the figures of readers", "the origin takes the figures again")

    # -- as the desk's channel sees it

    def tell(self, slug: str, process: str, said: bytes) -> None:
        """Send a process's report on a blog with the next ones."""
        if self._token:
            self._told[slug, process] = msgspec.json.decode(said, type=_Told)

    def listen(self, hear: Callable[[str, str, bytes], None], goes_on: Callable[[], bool]) -> None:
        """A relay's processes do not hear each other: the origin adds their readers up."""

    def record(self, slug: str, process: str, readers: int, deliveries: Mapping[int, tuple[int, int]]) -> int:
        """Have the origin store these figures. Returns the time in ms since 1970, as the origin's clock has it."""
        if self._token:
            self._delivered.setdefault((slug, process), {}).update(deliveries)
        return round(1000 * time.time() + self._ahead)

    # -- sending

    def run(self) -> None:
        """Send again and again, for as long as the process lives."""
        while self._token:
            gevent.sleep(SEND_SECONDS)
            try:
                self.send()
                self._refused.end()
            except Unavailable:
                continue  # reported elsewhere
            except Refusal as no:
                self._refused.met(no.detail)
            except Exception:
                log.exception("sending figures failed and continues")

    def send(self) -> None:
        """Send what was told since the last time, even if that fails: the next report replaces it."""
        told, delivered = self._told, self._delivered
        self._told, self._delivered = {}, {}
        reports = [
            wire.Report(
                blog=slug,
                process=process,
                readers=said.readers,
                last=said.last,
                delivered=_last(delivered.get((slug, process))),
            )
            for (slug, process), said in told.items()
        ]
        for start in range(0, len(reports), AT_ONCE):
            self._send(reports[start : start + AT_ONCE])

    def _send(self, reports: list[wire.Report]) -> None:
        began = time.time()
        answer = self._origin.ask(
            "/api/v1/relay/reports",
            method="PUT",
            body=msgspec.json.encode(reports),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            seconds=ANSWER_SECONDS,
            most=4096,
        )
        if answer.status in (401, 403):
            raise Refusal(f"the origin refuses LIVEBLOG_RELAY_TOKEN (status {answer.status})")
        now = self._origin.value(answer, wire.Thanks).now
        self._ahead = now - 1000 * (began + time.time()) / 2


def _last(delivered: dict[int, tuple[int, int]] | None) -> dict[int, tuple[int, int]] | None:
    return None if delivered is None else dict(sorted(delivered.items())[-MOST_DELIVERED:])
