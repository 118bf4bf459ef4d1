"""The services of one process, for request handlers, the server and commands."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import gevent

from .config import Settings
from .errors import Refusal
from .http.front_door import FrontDoor
from .http.response_cache import ResponseCache
from .push.backups import Backups
from .push.catalogue import Catalogue
from .push.desk import DeskChannel
from .push.schedule import Schedule
from .push.tail import LogReader, Tails
from .push.transport import Transport
from .push.websub import HubNotifier
from .store.audit_index import AuditIndex
from .store.commits import Store
from .store.people import People
from .store.pictures import Pictures
from .threads import Threads
from .timeline import Summary, Timeline
from .watch import episodes
from .watch.metrics import Metrics

log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
FAREWELL_SECONDS = 0.2
"""Seconds between asking readers to come back and closing the connections, so that the messages are sent, and requests
that were on the way are answered."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """`app.extensions["liveblog"]`. Nothing runs before `start`, which each process calls once, after its fork."""

    settings: Settings
    store: Store
    reader: LogReader
    tails: Tails
    desk_tails: Tails
    transport: Transport
    desk_channel: DeskChannel
    schedule: Schedule
    catalogue: Catalogue
    people: People
    pictures: Pictures
    audit_index: AuditIndex
    responses: ResponseCache
    front: FrontDoor
    metrics: Metrics
    notifier: HubNotifier | None
    backups: Backups | None
    drawing: Threads
    hashing: Threads
    converting: Threads

    def public(self, slug: str) -> Timeline:
        """The timeline of a blog that readers may see. Raises `NotFound` (also for a draft) and `Unavailable`."""
        return self.tails.public(slug)

    def nights(self) -> list[Summary]:
        """The blogs that readers may see, newest night first; the last known ones while storage is away."""
        return [summary for summary in self.catalogue.summaries() if summary.blog.is_public]

    def start(self, siblings: Path | None = None, number: int = 0) -> None:
        """Start what runs for the process's life: push, the desk's beat, the schedule, the notifications of the hub.

        `siblings` is the directory in which the web processes of one server ask each other for their figures.
        """
        self.metrics.siblings.start(siblings, number)
        self.transport.switchboard.start()
        self.desk_channel.start()
        gevent.spawn(self.schedule.run)
        gevent.spawn(self._finish_deletions)
        gevent.spawn(self._watch)
        if self.notifier is not None:
            gevent.spawn(self.notifier.run)
        if self.backups is not None:
            gevent.spawn(self.backups.run)

    def _watch(self) -> None:
        """Find out about once a second what is wrong, or over, and tell operators."""
        while True:
            for look in (self.store.health.step, self.reader.look, episodes.turn):
                try:
                    look()
                except Exception:
                    log.exception("watching failed and continues")
            gevent.sleep(WATCH_SECONDS)

    def _finish_deletions(self) -> None:
        """Go on with deletions of pictures that a process began and did not finish. The next start tries again."""
        try:
            self.pictures.finish_deletions()
        except Refusal as no:
            log.warning("deleted pictures still have files: %s", no.detail)

    def stop(self) -> None:
        """Ask the readers to come back, close their sockets, end the tails. Nobody may be accepted any more."""
        self.transport.bye()
        gevent.sleep(FAREWELL_SECONDS)
        self.front.switchboard.close_idle()
        self.transport.close_all()
        self.reader.stop()
