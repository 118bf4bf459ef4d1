"""The services of one process, for request handlers, the server and commands."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import gevent
from msgspec.structs import replace

from .config import Settings
from .errors import ReadOnly, Refusal, Unavailable
from .hashing import HashQueue
from .http.front_door import FrontDoor
from .http.response_cache import ResponseCache
from .identity.provider import Provider
from .push.backups import Backups
from .push.caches import Cache
from .push.catalogue import Catalogue
from .push.desk import DeskChannel
from .push.purges import CachePurger
from .push.schedule import Schedule
from .push.tail import LogReader, Tails
from .push.transport import Transport
from .push.turns import Turn
from .push.webhooks import WebhookSender
from .push.websub import HubNotifier
from .relay.pictures import PictureCopies
from .relay.reports import Reports
from .relay.source import Source
from .relay.wire import Site
from .store.audit_index import AuditIndex
from .store.commits import Store
from .store.people import People
from .store.pictures import Pictures
from .store.takedowns import Takedowns
from .store.webhooks import Webhooks
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
class Newsroom:
    """The parts that keep blogs, people and pictures in storage. A relay has none of them."""

    store: Store
    schedule: Schedule
    people: People
    provider: Provider | None
    pictures: Pictures
    audit_index: AuditIndex
    notifier: HubNotifier | None
    purgers: list[CachePurger]
    takedowns: Takedowns
    webhooks: Webhooks
    webhook_sender: WebhookSender
    backups: Backups | None


@dataclass(frozen=True, kw_only=True)
class Relay:
    """What a relay has in their place."""

    source: Source
    pictures: PictureCopies
    reports: Reports


@dataclass(frozen=True, kw_only=True)
class Services:
    """`app.extensions["liveblog"]`. Nothing runs before `start`, which each process calls once, after its fork.

    It has either a newsroom or a relay. The newsroom's parts can be asked for directly; on a relay that is `ReadOnly`.
    """

    own_settings: Settings
    newsroom: Newsroom | None
    relay: Relay | None
    reader: LogReader
    tails: Tails
    desk_tails: Tails
    transport: Transport
    desk_channel: DeskChannel
    catalogue: Catalogue
    responses: ResponseCache
    front: FrontDoor
    metrics: Metrics
    drawing: Threads
    hashing: HashQueue
    converting: Threads

    @property
    def settings(self) -> Settings:
        """The settings; those of a relay say of the site what its origin says."""
        site = self.relay.source.site if self.relay is not None else None
        return self.own_settings if site is None else _as_origin(self.own_settings, site)

    @property
    def _here(self) -> Newsroom:
        if self.newsroom is None:
            raise self.read_only()
        return self.newsroom

    def read_only(self) -> ReadOnly:
        """The refusal of a relay."""
        assert self.relay is not None
        return self.relay.source.read_only()

    @property
    def store(self) -> Store:
        return self._here.store

    @property
    def people(self) -> People:
        return self._here.people

    @property
    def provider(self) -> Provider | None:
        """Where people can sign in instead of here; None if nowhere."""
        return self._here.provider

    @property
    def pictures(self) -> Pictures:
        return self._here.pictures

    @property
    def takedowns(self) -> Takedowns:
        return self._here.takedowns

    @property
    def audit_index(self) -> AuditIndex:
        return self._here.audit_index

    @property
    def webhooks(self) -> Webhooks:
        return self._here.webhooks

    @property
    def backups(self) -> Backups | None:
        return self._here.backups

    @property
    def caches(self) -> list[Cache]:
        """The caches that are told what was withdrawn."""
        return [purger.cache for purger in self._here.purgers]

    def note_withdrawn(self, subject: str) -> None:
        """Have caches told soon that a blog (its slug) has withdrawn something, or that a picture was deleted."""
        for purger in self._here.purgers:
            purger.note(subject)

    def picture(self, name: str) -> Path | None:
        """A file of a picture; None if there is none. Raises `Gone`, `Unavailable`."""
        return self.relay.pictures.file(name) if self.relay is not None else self.pictures.file(name)

    def ready(self) -> str:
        """What operators are told of a process that readers may be sent to. Raises `Unavailable` if they may not."""
        if self.relay is not None:
            return self.relay.source.ready()
        self.store.writable()
        if not self.reader.healthy:
            raise Unavailable("the logs in storage cannot be read; live updates are late")
        return "ok"

    def public(self, slug: str) -> Timeline:
        """The timeline of a blog that readers may see. Raises `NotFound` (also for a draft) and `Unavailable`."""
        return self.tails.public(slug)

    def nights(self) -> list[Summary]:
        """The blogs that readers may see, newest night first; the last known ones while storage is away.

        Raises `Unavailable` on a relay that never had any.
        """
        if self.relay is not None:
            self.relay.source.ready()
        return [summary for summary in self.catalogue.summaries() if summary.blog.is_public]

    def start(self, siblings: Path | None = None, number: int = 0, turn: Turn | None = None) -> None:
        """Start what runs for the process's life: push, the desk's beat, the newsroom's tasks or those of the relay.

        `siblings` is the directory in which the web processes of one server ask each other for their figures, and
        `turn` says when to accept connections.
        """
        self.metrics.siblings.start(siblings, number)
        self.transport.switchboard.start(turn)
        self.desk_channel.start()
        gevent.spawn(self._watch)
        if self.relay is not None:
            gevent.spawn(self.relay.source.run, self.catalogue.summaries)
            gevent.spawn(self.relay.reports.run)
        if self.newsroom is not None:
            gevent.spawn(self.newsroom.schedule.run)
            gevent.spawn(self._finish_deletions)
            tasks = (
                self.newsroom.notifier,
                self.newsroom.webhook_sender,
                self.newsroom.backups,
                *self.newsroom.purgers,
            )
            for task in tasks:
                if task is not None:
                    gevent.spawn(task.run)

    def _watch(self) -> None:
        """Find out about once a second what is wrong, or over, and tell operators."""
        looks = [self.reader.look, episodes.turn]
        if self.newsroom is not None:
            looks.insert(0, self.newsroom.store.health.step)
        while True:
            for look in looks:
                try:
                    look()
                except Exception:
                    log.exception("watching failed and continues")
            gevent.sleep(WATCH_SECONDS)

    def _finish_deletions(self) -> None:
        """Go on with deletions and takedowns that a process began and did not finish. The next start tries again."""
        try:
            self.pictures.finish_deletions()
            self.takedowns.finish()
        except Refusal as no:
            log.warning("a deletion or takedown is not finished: %s", no.detail)

    def stop(self) -> None:
        """Ask the readers to come back, close their sockets, end the tails. Nobody may be accepted any more."""
        if self.newsroom is not None:
            self.newsroom.webhook_sender.stop()
        self.transport.bye()
        gevent.sleep(FAREWELL_SECONDS)
        self.front.switchboard.close_idle()
        self.transport.close_all()
        self.reader.stop()
        if self.relay is not None:
            self.relay.source.stop()


@lru_cache(maxsize=8)
def _as_origin(own: Settings, site: Site) -> Settings:
    """A relay's settings with what the origin says of the site, where they say nothing themselves.

    A relay with an address of its own does not name the origin's hub, which knows only the origin's feeds.
    """
    return replace(
        own,
        base_url=own.base_url or site.base_url,
        publisher=own.publisher or site.publisher,
        publisher_logo=own.publisher_logo or site.publisher_logo,
        hub=None if own.base_url else site.hub,
    )
