"""The desk's namespace, /desk (docs/protocol.md): both timelines, presence, and how many readers got the last change.

Flask-SocketIO's server serves it, since a desk is a few people. The processes exchange presence and figures through
storage once a second, for blogs that somebody reads or works on; both may be lost without harm.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import gevent
import msgspec
from msgspec import Struct
from socketio import Server
from socketio.exceptions import ConnectionRefusedError

from ..errors import Forbidden, NotSignedIn, Refusal, Unavailable
from ..model import Asker, Change, Position, Scope, rfc3339
from ..protocol import Present, catch_up, held, introduced, step
from ..timeline import Timeline, shown_mark
from ..watch import counts
from .catch_ups import Sync
from .exchange import Exchange, Person, Report
from .packets import DESK
from .switchboard import Audience
from .tail import Tails

log = logging.getLogger(__name__)

TURN = 1.0
"""Seconds between two exchanges with the other processes."""
BEAT_TURNS = 5
"""Turns between two beats. A beat also checks whether each person may still be connected."""
SILENT_SECONDS = 7.5
"""A person whose client sends nothing for this many seconds is hidden; with two turns, that is within ten seconds."""


class Actor(Asker, Protocol):
    """A person or program at the desk."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...


Recognise = Callable[[str, str], Actor | None]
"""Finds the actor by a Cookie header or a bearer token."""


class Seat(Struct, kw_only=True):
    """A connection of the desk: its credentials, its person, and the time of its last message (monotonic seconds)."""

    slug: str
    cookie: str
    token: str
    person: Person
    heard: float
    positions: dict[Scope, Position | None]


class DeskChannel:
    """`server` is a python-socketio server; `readers(slug)` returns the number of this process's readers of a blog.

    `last_end` changes whenever a session or a token is ended.
    """

    def __init__(
        self,
        server: Server,
        readers: Callable[[str], int],
        tails: dict[Scope, Tails],
        present: Present,
        recognise: Recognise,
        exchange: Exchange,
        last_end: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._server = server
        self._readers = readers
        self._tails = tails
        self._present = present
        self._recognise = recognise
        self._exchange = exchange
        self._last_end = last_end
        self._end: object = None
        self._clock = clock
        self._seats: dict[str, Seat] = {}
        self._told: dict[str, tuple[Any, Any]] = {}
        self._under_way: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._reached: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
        self._last: dict[str, tuple[int, int, int]] = {}
        self._shared: set[str] = set()
        server.on("connect", self._connect, namespace=DESK)
        server.on("editing", self._editing, namespace=DESK)
        server.on("disconnect", self._disconnect, namespace=DESK)

    # -- coming and going

    def _connect(self, sid: str, environ: Mapping[str, object], auth: object = None) -> None:
        given: dict[str, object] = auth if isinstance(auth, dict) else {}
        token = given.get("token")
        seat_of = {"cookie": str(environ.get("HTTP_COOKIE", "")), "token": token if isinstance(token, str) else ""}
        try:
            slug, position = introduced(auth)
            drafts = None
            if position and given.get("desk_seq") is not None:
                drafts = held(position.epoch, given["desk_seq"], given.get("desk_mark"))
            who = self._admitted(slug, **seat_of)
            for tails in self._tails.values():
                tails.timeline(slug)  # in memory before `_join`, which must not wait
        except Refusal as no:
            raise ConnectionRefusedError(no.detail, {"code": no.code}) from no
        person = Person(
            id=sid,
            name=who.name,
            role=who.role,
            since=rfc3339(datetime.fromtimestamp(self._clock() + self._exchange.ahead, UTC)),
        )
        self._seats[sid] = Seat(
            slug=slug,
            person=person,
            heard=time.monotonic(),
            positions={"public": position, "desk": drafts},
            **seat_of,
        )
        self._server.start_background_task(self._join, sid)  # after this greenlet has confirmed the connection

    def _admitted(self, slug: str, cookie: str, token: str) -> Actor:
        who = self._recognise(cookie, token)
        if who is None:
            raise NotSignedIn("sign in, or send a bearer token")
        if not who.may("contributor", slug):
            raise Forbidden(f"this needs the role contributor for {slug}")
        return who

    def _join(self, sid: str) -> None:
        """Join the room, read the positions, send the catch-ups, without a yield in between: changes come later."""
        seat = self._seats.get(sid)
        if seat is None:
            return
        try:
            timelines = {scope: self._tails[scope].timeline(seat.slug) for scope in seat.positions}
        except Refusal:  # deleted at this moment
            self._server.disconnect(sid, namespace=DESK)
            return
        self._server.enter_room(sid, seat.slug, namespace=DESK)
        for scope, position in seat.positions.items():
            self._emit("sync", self._sync(scope, timelines[scope], position), to=sid)
        self._told.pop(seat.slug, None)  # the next turn sends presence and figures to all, this client included

    def _sync(self, scope: Scope, timeline: Timeline, position: Position | None) -> dict[str, object]:
        missed = catch_up(timeline, position, self._present)
        return {"scope": scope, **Sync(missed).payload(missed["objects"])}

    def _editing(self, sid: str, sent: object = None) -> None:
        """Take what a person edits, or nothing; the message is also the sign of life."""
        seat = self._seats.get(sid)
        if seat is not None:
            ref = sent.get("ref") if isinstance(sent, dict) else None
            seat.heard = time.monotonic()
            seat.person.editing = ref if isinstance(ref, str) and len(ref) <= 100 else None

    def _disconnect(self, sid: str, *reason: object) -> None:
        self._seats.pop(sid, None)

    # -- telling

    def deliver(self, scope: Scope, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        """Send a change to a blog's desk, as `Transport.deliver` sends it to readers. Called before that."""
        if scope == "public":
            if timeline is None:
                self._under_way.pop(slug, None)
            elif change is not None and self._readers(slug):  # readers who come later get it with the catch-up
                self._under_way[slug].append((change.seq, change.at))
        if not self.is_open(slug):
            return
        if timeline is None:
            for sid in [sid for sid, seat in self._seats.items() if seat.slug == slug]:
                self._server.disconnect(sid, namespace=DESK)
        elif change is None:
            self._emit("sync", self._sync(scope, timeline, Position("", 0)), to=slug)
        else:
            self._emit("change", {"scope": scope, **step(timeline, change, self._present)}, to=slug)

    def is_open(self, slug: str) -> bool:
        """Whether anybody is at this blog's desk."""
        return any(seat.slug == slug for seat in self._seats.values())

    def forget(self, slug: str) -> None:
        """Drop what is kept for a blog that nobody works on."""
        for kept in (self._told, self._under_way, self._reached, self._last):
            kept.pop(slug, None)
        self._exchange.forget(slug)

    def served(self, audience: Audience, behind: int) -> None:
        """Note that this process's readers of a blog, except `behind` of them, have what was delivered so far."""
        slug, readers = audience.name, len(audience) - behind
        changes = self._under_way.pop(slug, [])
        now = self._clock() + self._exchange.ahead
        for seq, at in changes[-50:]:
            ms = max(0, round(1000 * (now - datetime.fromisoformat(at).timestamp())))
            counts.delivery.observe(ms / 1000)
            self._reached[slug][seq] = (readers, ms)
            self._last[slug] = (seq, readers, ms)

    def _emit(self, event: str, payload: object, *, to: str) -> None:
        self._server.emit(event, payload, to=to, namespace=DESK)

    # -- exchange with the other processes

    def start(self) -> None:
        self._exchange.start()
        gevent.spawn(self._keep)

    def _keep(self) -> None:
        turn = 0
        while True:
            gevent.sleep(TURN)
            turn += 1
            for work in (self.turn, self.beat) if turn % BEAT_TURNS == 0 else (self.turn, self.look):
                try:
                    work()
                except Unavailable:
                    continue  # reported elsewhere
                except Exception:
                    log.exception("the desk's exchange failed and continues")

    def turn(self) -> None:
        """Send this process's reports, and send each desk what changed in presence and figures."""
        busy = {seat.slug for seat in self._seats.values()} | set(self._reached)
        busy |= {slug for slug in self._tails["public"].served if self._readers(slug)}
        also, self._shared = self._shared, busy  # once more after the last person has gone, to report that
        for slug in busy | also:
            self._exchange.tell(slug, self._said(slug))
            if self._exchange.record(slug, self._reached.get(slug, {}), at_once=slug not in busy):
                self._reached.pop(slug, None)
            self._tell(slug, self._exchange.of(slug))

    def _said(self, slug: str) -> Report:
        alive = time.monotonic() - SILENT_SECONDS
        people = [seat.person for seat in self._seats.values() if seat.slug == slug and seat.heard > alive]
        return Report(people=people, readers=self._readers(slug), last=self._last.get(slug))

    def figures(self, slug: str) -> dict[str, Any]:
        """A blog's figures from all processes: `{readers, last: {seq, readers, ms} or None}`."""
        return _figures(self._exchange.of(slug))

    def relayed(self, slug: str, process: str, said: Report, deliveries: Mapping[int, tuple[int, int]] | None) -> None:
        """Count the readers of a relay's process like those of our own. Raises `Unavailable`."""
        self._exchange.pass_on(slug, process, said, deliveries)

    def _tell(self, slug: str, all_said: list[Report]) -> None:
        people = sorted((person for said in all_said for person in said.people), key=lambda person: person.since)
        presence = {"people": [msgspec.to_builtins(person) for person in people]}
        figures = _figures(all_said)
        before = self._told.get(slug, (None, None))
        self._told[slug] = (presence, figures)
        if presence != before[0]:
            self._emit("presence", presence, to=slug)
        if figures != before[1]:
            self._emit("figures", figures, to=slug)

    def look(self) -> None:
        """Disconnect people at once if anybody was signed out since the last look."""
        if self._seats and (end := self._last_end()) != self._end:
            self._end = end
            self._dismiss()

    def beat(self) -> None:
        """Send the timelines' positions, and disconnect people whose session or role ended meanwhile."""
        self._exchange.sweep()
        self._dismiss()
        for slug in {seat.slug for seat in self._seats.values()}:
            public, desk = (self._tails[scope].timeline(slug) for scope in ("public", "desk"))
            marks = {"mark": shown_mark(public.mark), "desk_mark": shown_mark(desk.mark)}
            head = {"epoch": public.epoch, "seq": public.seq, "desk_seq": desk.seq, **marks}
            self._emit("head", head, to=slug)

    def _dismiss(self) -> None:
        """Disconnect people who may not be here any more. Being here is a use of their session."""
        for sid, seat in list(self._seats.items()):
            try:
                who = self._recognise(seat.cookie, seat.token)
            except Refusal as no:
                if isinstance(no, Unavailable):
                    raise
                who = None
            if who is None or not who.may("contributor", seat.slug):
                self._server.disconnect(sid, namespace=DESK)


def _figures(all_said: list[Report]) -> dict[str, Any]:
    latest = max((said.last[0] for said in all_said if said.last), default=None)
    lasts = [said.last for said in all_said if said.last and said.last[0] == latest]
    last = None
    if lasts:
        last = {"seq": latest, "readers": sum(n for _, n, _ in lasts), "ms": max(ms for *_, ms in lasts)}
    return {"readers": sum(said.readers for said in all_said), "last": last}
