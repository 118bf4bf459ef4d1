"""The services of one process: what request handlers, the server and commands work with."""

from __future__ import annotations

from dataclasses import dataclass

import gevent

from .config import Settings
from .front import Front
from .push.catalogue import Catalogue
from .push.desk import Desk
from .push.herald import Herald
from .push.schedule import Schedule
from .push.tail import LogReader, Tails
from .push.transport import Transport
from .store.chronicle import Chronicle
from .store.people import People
from .store.pictures import Pictures
from .store.redis import Store
from .threads import Threads
from .timeline import Summary, Timeline
from .web.ready import Ready

FAREWELL_SECONDS = 0.2
"""Between asking readers to come back and closing their sockets: one turn for the writers."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """`app.extensions["liveblog"]`. Nothing runs before `start`, which each process calls once, after its fork."""

    settings: Settings
    store: Store
    reader: LogReader
    tails: Tails
    desk_tails: Tails
    transport: Transport
    desk: Desk
    schedule: Schedule
    catalogue: Catalogue
    people: People
    pictures: Pictures
    chronicle: Chronicle
    ready: Ready
    front: Front
    herald: Herald | None
    drawing: Threads
    hashing: Threads

    def public(self, slug: str) -> Timeline:
        """The timeline of a blog that readers may see. Raises `NotFound` (also for a draft) and `Unavailable`."""
        return self.tails.public(slug)

    def nights(self) -> list[Summary]:
        """The blogs that readers may see, newest night first; while storage is away, those that were known before."""
        return [summary for summary in self.catalogue.summaries() if summary.blog.is_public]

    def start(self) -> None:
        """Begin what runs as long as the process: push, the desk's beat, the schedule, the hub's notifications."""
        self.transport.board.start()
        self.desk.start()
        gevent.spawn(self.schedule.run)
        if self.herald is not None:
            gevent.spawn(self.herald.run)

    def stop(self) -> None:
        """Take no new connections, ask the readers to come back, close their sockets, end the tails."""
        self.front.board.deaf()
        self.transport.bye()
        gevent.sleep(FAREWELL_SECONDS)
        self.transport.close_all()
        self.reader.stop()
