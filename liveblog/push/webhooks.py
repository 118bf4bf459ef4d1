"""Sends public changes to webhooks (docs/webhooks.md). Every web process tries; a lease lets one do it.

Each receiver has a greenlet of its own, which sends one delivery after the other, so that a slow one delays nobody
else. A delivery is what a receiver's position lacks: nothing is queued, and after any fault, also of this process, the
next one sends on from the position in storage.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import gevent
import msgspec
from gevent.event import Event
from msgspec.structs import replace

from ..errors import Damaged, NotFound, Unavailable
from ..model import Object, Position, rfc3339_ms
from ..outgoing import Failed, Networks, ask, guarded, target_of
from ..protocol import Payload, Present, marked
from ..store.webhooks import Delivery, State, Webhook, Webhooks, signature
from ..timeline import Summary, Timeline
from ..watch import counts
from ..watch.episodes import Episode, Episodes

log = logging.getLogger(__name__)

TURN = 2.0
"""Seconds between two looks at what is to be sent, if no change comes before."""
LEASE = 15
"""Seconds after which another process takes over from one that was killed."""
PATIENCE = 15.0
"""Seconds that a receiver may take for its answer."""
BACKOFF = (2.0, 3600.0)
"""Shortest and longest pause in seconds after a failure; it doubles with each."""
TRIES, TRIES_REFUSED = 30, 8
"""Tries of a delivery: some nineteen hours or, if the receiver says that it is wrong, four minutes."""
LONGEST_WAIT = 24 * 3600
"""Seconds that a receiver's Retry-After may ask for."""
DOUBT = 10.0
"""Seconds between two looks at whether another server has taken the storage over."""
OBJECTS = 50
"""Objects of one delivery, or more where one change has more. The rest follows in the next one."""
UNKNOWN = "unknown"
"""The mark of no history: a receiver with it gets the whole state."""
GONE, WAITS = 410, (408, 425, 429)
"""Statuses with which a receiver ends its webhook, and with which it says that a later try may succeed."""


class Tails(Protocol):
    """What the sender needs from the public timelines in memory."""

    def public(self, slug: str) -> Timeline: ...
    def reach(self, slug: str, seq: int) -> None: ...


class Outcome(NamedTuple):
    """What a try brought: a status (0: no answer), the seconds of Retry-After, and why it failed, if it did."""

    status: int
    wait: float = 0.0
    why: str = ""


class WebhookSender:
    """`blogs()` returns all blogs, `exists` asks storage for one; in `networks` receivers may be although they are not
    public."""

    def __init__(
        self,
        hooks: Webhooks,
        tails: Tails,
        blogs: Callable[[], Iterable[Summary]],
        exists: Callable[[str], bool],
        present: Present,
        networks: Networks = (),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hooks, self._tails, self._blogs = hooks, tails, blogs
        self._exists, self._present, self._networks = exists, present, networks
        self._clock = clock
        self._process = secrets.token_hex(8)
        self._until = float("-inf")
        """When the lease ends, by our own clock."""
        self._lines: dict[str, gevent.Greenlet[None]] = {}
        self._noted: dict[str, Event] = {}
        self._served: dict[tuple[str, str], float] = {}
        self._reigns: dict[str, str] = {}
        self._doubted = float("-inf")
        """When we last looked for them."""
        self._stopped = Event()
        self._failing = Episodes(_episode)

    # -- the process

    def note(self, slug: str) -> None:
        """Note that a blog has changed. Never waits."""
        for noted in self._noted.values():
            noted.set()

    def run(self) -> None:
        """Run for as long as the process lives, in a greenlet of its own."""
        while not self._stopped.wait(TURN):
            try:
                self.turn()
            except Unavailable:
                pass  # reported elsewhere; the lines wait, too
            except Exception:
                log.exception("sending to webhooks failed and continues")

    def turn(self) -> None:
        """Take or keep the lease, and have one greenlet for each webhook that is on. Raises `Unavailable`."""
        now = self._clock()
        on = {hook.id for hook in self._hooks.list() if not hook.off}
        wanted = on if on and self._hooks.hold(self._process, LEASE) else set()
        self._until = now + LEASE if wanted else float("-inf")
        if wanted and now >= self._doubted + DOUBT:
            self.look()
        for id in self._lines.keys() - wanted:
            self._end(id)
            if id not in on:
                self._failing.of(id).end()
        for id in wanted - self._lines.keys():
            self._noted[id] = Event()
            self._lines[id] = gevent.spawn(self._line, id, self._noted[id])

    def look(self) -> None:
        """Find out by which servers the blogs are served now. Raises `Unavailable`."""
        self._reigns = {slug: self._hooks.reign(slug) for slug in self._public()}
        self._doubted = self._clock()

    def _end(self, id: str) -> None:
        self._lines.pop(id).kill(block=False)
        del self._noted[id]
        self._served = {name: at for name, at in self._served.items() if name[0] != id}

    def stop(self) -> None:
        """End, and let another process go on at once."""
        self._stopped.set()
        for id in [*self._lines]:
            self._end(id)
        if self._until > float("-inf"):
            with suppress(Unavailable):  # the lease ends by itself
                self._hooks.release(self._process)

    def _line(self, id: str, noted: Event) -> None:
        while True:
            pause = TURN
            try:
                if self._clock() < self._until:
                    noted.clear()
                    pause = self.step(id)
            except (Unavailable, Damaged, NotFound):
                pass  # the first two are reported elsewhere; the last one: it was removed a moment ago
            except Exception:
                log.exception("a webhook failed and continues: %s", id)
            noted.wait(pause)

    # -- one receiver

    def step(self, id: str) -> float:
        """Send the next delivery, if there is one. Returns the seconds until the next step, if no change comes before.

        Raises `NotFound`, `Unavailable` and `Damaged`.
        """
        hook, state, now = self._hooks.get(id), self._hooks.state(id), self._hooks.now()
        asked = next((letter for letter in state.dead if letter.asked), None)
        if hook.off:
            return TURN
        if asked is not None:
            self._send_again(hook, asked, now)
            return 0.0
        delivery = self._pending(hook, state)
        if delivery is None:
            return 0.0 if self._begin(hook, state, now) else TURN
        if delivery.again_at > now:
            return TURN
        if (content := self._content(delivery)) is None:
            if delivery.upto is not None:  # the receiver may have it, although its answer did not arrive
                lost = Position(delivery.upto.epoch, delivery.upto.seq, UNKNOWN)
                self._hooks.move(id, delivery.blog, lost)
            self._hooks.drop(id)
            return 0.0
        self._conclude(hook, delivery, state, self._send(hook, delivery, content, now), now)
        return 0.0

    def _pending(self, hook: Webhook, state: State) -> Delivery | None:
        """The pending delivery, unless somebody moved the receiver's position meanwhile."""
        pending = state.pending
        if pending is None or state.positions.get(pending.blog) in (pending.after, pending.upto):
            return pending
        self._hooks.drop(hook.id)
        return None

    def _begin(self, hook: Webhook, state: State, now: str) -> bool:
        """Store the next delivery before its first try, so that another process goes on with the same one.

        False if there is none. A webhook ends with its blog, once the receiver knows.
        """
        behind = self._behind(hook, state)
        for slug in behind:
            after, reign = state.positions.get(slug), self._hooks.reign(slug)
            forked = state.is_in_doubt(slug, reign)
            upto = None
            with suppress(NotFound):
                upto = _cut(self._timeline(slug, after), after)
            if upto != after or forked:  # else storage is ahead of this process's memory
                self._served[hook.id, slug] = self._clock()
                id = f"msg_{secrets.token_urlsafe(18)}"
                begun = Delivery(id=id, blog=slug, at=now, after=after, upto=upto, reign=reign, forked=forked)
                self._hooks.begin(hook.id, begun)
                return True
        if not behind and hook.blog is not None and not self._exists(hook.blog):
            self._hooks.remove(hook.id)
        return False

    def _behind(self, hook: Webhook, state: State) -> list[str]:
        """The blogs of which the receiver lacks something; the one that was served last comes last."""
        lacks = state.lacks(hook, self._public(), self._reigns)
        return sorted(lacks, key=lambda slug: self._served.get((hook.id, slug), 0.0))

    def _public(self) -> dict[str, Position]:
        return {each.blog.id: each.marked_position for each in self._blogs() if each.blog.is_public}

    def _timeline(self, slug: str, position: Position | None) -> Timeline:
        """Raises `NotFound` for a blog that was deleted, or is not public yet."""
        timeline = self._tails.public(slug)
        if position is not None and position.epoch == timeline.epoch and position.seq > timeline.seq:
            self._tails.reach(slug, position.seq)  # another process sent before, whose memory was a moment ahead
            timeline = self._tails.public(slug)
        return timeline

    def _content(self, delivery: Delivery) -> bytes | None:
        """A delivery's body; None if storage has another history by now."""
        try:
            timeline = self._timeline(delivery.blog, delivery.upto)
        except NotFound:
            return None if delivery.upto is not None else _encoded("blog.gone", delivery, {"objects": []})
        upto, after = delivery.upto, delivery.after
        if upto is None or not timeline.knows(upto):
            return None
        missed = timeline.since(after)
        objects: list[Object] = [obj for obj in missed.objects if obj.seq <= upto.seq]
        about: dict[str, Any] = {"epoch": upto.epoch, "seq": upto.seq, "reset": missed.reset}
        if after is not None and not missed.reset:
            about["prev"] = after.seq
            if delivery.forked:
                about["void_after"] = after.seq
        return _encoded("blog.changed", delivery, self._present(timeline, objects), **about, **marked(mark=upto.mark))

    def _send(self, hook: Webhook, delivery: Delivery, content: bytes, now: str) -> Outcome:
        seconds = int(time.time())
        keys = [each.key for each in hook.secrets if not each.until or each.until > now]
        sent = {
            "Content-Type": "application/json",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(signature(key, delivery.id, seconds, content) for key in keys),
        }
        try:
            line = guarded(hook.url, self._networks, patience=PATIENCE)
            answer = ask(line, "POST", target_of(hook.url), content, sent, patience=PATIENCE)
        except Failed as no:
            return Outcome(0, 0.0, str(no))
        if 200 <= answer.status < 300:
            return Outcome(answer.status)
        why = f"HTTP {answer.status}" + (", a redirect, which is not followed" if 300 <= answer.status < 400 else "")
        return Outcome(answer.status, _asked_to_wait(answer.headers.get("Retry-After", "")), why)

    def _conclude(self, hook: Webhook, delivery: Delivery, state: State, found: Outcome, now: str) -> None:
        """Keep what a try found: the receiver has it, has ended the webhook, gets it again, or never."""
        if not found.why:
            self._delivered(hook)
            self._hooks.finish(hook.id, delivery, state)
            return
        failed = self._failed(hook, delivery, found)
        if found.status == GONE:
            self._hooks.postpone(hook.id, failed, state)
            self._hooks.switch(hook.id, "the receiver wants no more (410)")
        elif failed.failures < _tries(found.status):
            pause = max(min(BACKOFF[1], BACKOFF[0] * 2**delivery.failures), found.wait)
            again = datetime.fromisoformat(now) + timedelta(seconds=pause)
            at = rfc3339_ms(round(again.timestamp() * 1000))
            self._hooks.postpone(hook.id, replace(failed, again_at=at), state)
        else:
            counts.webhooks.add("given_up")
            log.error("a delivery was given up: webhook %s blog %s: %s", hook.id, delivery.blog, found.why)
            self._hooks.bury(hook.id, failed)
            self._hooks.finish(hook.id, delivery, state)

    def _send_again(self, hook: Webhook, letter: Delivery, now: str) -> None:
        """One try of a dead letter: somebody at the desk sees what came of it."""
        letter = replace(letter, asked=False)
        if (content := self._content(letter)) is None:
            why = "the blog has another history by now, or is not public; what it has was or will be sent"
            self._hooks.bury(hook.id, replace(letter, why=why))
            return
        found = self._send(hook, letter, content, now)
        if found.why:
            self._hooks.bury(hook.id, self._failed(hook, letter, found))
        else:
            self._delivered(hook)
            self._hooks.forget(hook.id, letter.id)

    def _delivered(self, hook: Webhook) -> None:
        counts.webhooks.add("delivered")
        self._failing.of(hook.id).end()

    def _failed(self, hook: Webhook, delivery: Delivery, found: Outcome) -> Delivery:
        counts.webhooks.add("failed")
        host = urlsplit(hook.url).hostname  # path and query may contain a secret
        self._failing.of(hook.id).met(f"{host}: {found.why}")
        return replace(delivery, failures=delivery.failures + 1, why=found.why)


def _cut(timeline: Timeline, after: Position | None) -> Position:
    """The position up to which the next delivery goes: that of the timeline, or of as many objects as one may have."""
    missed = timeline.since(after)
    if not missed.reset and after is not None and after.seq == missed.seq:
        return after
    seqs = [obj.seq for obj in missed.objects[:OBJECTS]]
    if len(seqs) < OBJECTS or seqs[-1] == missed.seq:
        return Position(missed.epoch, missed.seq, missed.mark)
    return timeline.at(seqs[-1])


def _encoded(type: str, delivery: Delivery, told: Payload, **about: Any) -> bytes:
    data = {"blog": delivery.blog, **about, **told}
    return msgspec.json.encode({"type": type, "timestamp": delivery.at, "data": data})


def _tries(status: int) -> int:
    return TRIES_REFUSED if 400 <= status < 500 and status not in WAITS else TRIES


def _asked_to_wait(header: str) -> float:
    """The seconds of a Retry-After, a number or a date; 0 for none."""
    wait = 0.0
    if header.isascii() and header.isdigit():
        wait = float(header[:9])
    else:
        with suppress(ValueError, TypeError):
            wait = parsedate_to_datetime(header).timestamp() - time.time()
    return min(max(wait, 0.0), LONGEST_WAIT)


def _episode(id: str) -> Episode:
    return Episode(log, f"webhook {id} takes nothing", f"webhook {id}: nothing fails any more")
