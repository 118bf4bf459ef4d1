"""Webhooks: who gets the public changes, and how far each receiver is. The log needs no copy: what a receiver lacks
follows from its position, as for every reader.

`lb:webhooks` has the subscriptions. `lb:webhook:<id>` has of one: `at:<slug>`, the position up to which the receiver
has a blog, and which server had the storage then; `pending`, the delivery that is being tried; `dead:<delivery>`, those
that were given up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import NotFound, WrongState
from ..model import Position, rfc3339
from .keys import key_of
from .records import Records

TABLE, LEASE = "lb:webhooks", "lb:webhooks:lease"
MOST = 50
"""Subscriptions of a site."""
MOST_DEAD = 100
"""Deliveries of one subscription that were given up and are kept."""
OVERLAP = timedelta(hours=24)
"""How long deliveries are signed with the earlier secret, too, after a new one was made."""
PREFIX = "whsec_"
ID, URL = re.compile(r"[0-9a-f]{12}"), re.compile(r"https?://[\x21-\x7e]{1,2000}")
KEY = re.compile(rf"{PREFIX}[A-Za-z0-9+/]{{43}}=")
ATTEMPTS = 20


class Secret(Struct, frozen=True, omit_defaults=True):
    """A key, as Standard Webhooks writes it; one that was replaced is used until then (RFC 3339)."""

    key: str
    until: str = ""


class Webhook(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subscription to one blog, or to all (`blog` None). `off` says why nothing is sent; empty: it is on."""

    id: str
    url: str
    secrets: list[Secret]
    by: str
    at: str
    blog: str | None = None
    off: str = ""


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sent at once: all objects of a blog between two positions. Without `upto` it says that the blog is gone.

    Its content is made anew for each try, so that no try sends what was retracted since. `again_at` is when the next
    try is due; `asked` is set on a dead letter that is to be sent again. `reign` is that of the storage when it began;
    `forked` says that another one came before, so that the receiver may have changes after `after` that were lost.
    """

    id: str
    blog: str
    at: str
    after: Position | None = None
    upto: Position | None = None
    failures: int = 0
    again_at: str = ""
    why: str = ""
    asked: bool = False
    reign: str = ""
    forked: bool = False


class Reached(Position, frozen=True, omit_defaults=True):
    """How far a receiver is with a blog, and in which reign of a storage server it came there (empty: unknown)."""

    reign: str = ""


class State:
    """How far a receiver is: positions by blog, the delivery that is tried, and dead letters, oldest first."""

    def __init__(self, raw: Mapping[bytes, bytes]) -> None:
        self.raw = {name.decode(): value for name, value in raw.items()}
        reached = {
            name.removeprefix("at:"): msgspec.json.decode(value, type=Reached)
            for name, value in self.raw.items()
            if name.startswith("at:")
        }
        self.positions = {slug: Position(each.epoch, each.seq, each.mark) for slug, each in reached.items()}
        self._reigns = {slug: each.reign for slug, each in reached.items()}
        pending = self.raw.get("pending")
        self.pending = None if pending is None else msgspec.json.decode(pending, type=Delivery)
        dead = [value for name, value in self.raw.items() if name.startswith("dead:")]
        self.dead = sorted((msgspec.json.decode(each, type=Delivery) for each in dead), key=lambda each: each.at)

    def lacks(
        self, hook: Webhook, public: Mapping[str, Position], reigns: Mapping[str, str] | None = None
    ) -> list[str]:
        """The blogs of which the receiver lacks something, or has something although they were deleted, or may have
        something that was lost (`reigns`: of the storage now)."""
        slugs = [slug for slug in public.keys() | self.positions.keys() if hook.blog in (None, slug)]
        doubtful = {slug for slug, reign in (reigns or {}).items() if self.is_in_doubt(slug, reign)}
        return sorted(slug for slug in slugs if slug in doubtful or not self._has(slug, public.get(slug)))

    def _has(self, slug: str, wanted: Position | None) -> bool:
        has = self.positions.get(slug)
        if has is None or wanted is None:
            return has is wanted
        same = (has.epoch, has.seq) == (wanted.epoch, wanted.seq)
        return same and (not has.mark or not wanted.mark or has.mark == wanted.mark)

    def is_in_doubt(self, slug: str, reign: str) -> bool:
        """Whether another server has taken the storage over since the receiver came to its position."""
        before = self._reigns.get(slug, "")
        return bool(before and reign) and before != reign


class Webhooks:
    def __init__(self, records: Records) -> None:
        self._records = records
        self.now = records.now

    # -- subscriptions

    def list(self) -> list[Webhook]:
        """All subscriptions, the oldest first."""
        found = (msgspec.json.decode(each, type=Webhook) for each in self._records.get_fields(TABLE).values())
        return sorted(found, key=lambda hook: (hook.at, hook.id))

    def get(self, id: str) -> Webhook:
        """Raises `NotFound`."""
        found = self._records.get_field(TABLE, id)
        if found is None:
            raise NotFound("there is no such webhook")
        return msgspec.json.decode(found, type=Webhook)

    def add(self, url: str, blog: str | None, by: str, begin: Mapping[str, Position]) -> Webhook:
        """Subscribe `url`; `begin` has the positions that count as delivered. Raises `WrongState`."""
        others = self.list()
        if any((each.url, each.blog) == (url, blog) for each in others):
            raise WrongState("there is a webhook with this address for the same blogs already", code="exists")
        if len(others) >= MOST:
            raise WrongState(f"there are {MOST} webhooks already")
        secret = Secret(new_secret())
        hook = Webhook(id=secrets.token_hex(6), url=url, blog=blog, secrets=[secret], by=by, at=self._records.now())
        for slug, position in begin.items():
            self.move(hook.id, slug, position)
        self.put_back(hook)
        return hook

    def put_back(self, hook: Webhook) -> bool:
        """Store a new subscription, or one of a backup; False if there is one with its id."""
        return self._records.put_field(TABLE, hook.id, msgspec.json.encode(hook), new=True)

    def switch(self, id: str, off: str) -> Webhook:
        """Switch it off, for a reason, or on (an empty one). What is pending is tried at once then."""
        changed = self._change(id, lambda hook: replace(hook, off=off))
        if not off and (pending := self.state(id).pending):
            self._replace(id, pending, again_at="", failures=0)
        return changed

    def rotate(self, id: str) -> Webhook:
        """Give it a new secret; the one before stays valid for `OVERLAP`."""
        until = rfc3339(datetime.fromisoformat(self._records.now()) + OVERLAP)
        return self._change(
            id, lambda hook: replace(hook, secrets=[Secret(new_secret()), Secret(hook.secrets[0].key, until)])
        )

    def remove(self, id: str) -> Webhook:
        """Raises `NotFound`."""
        hook = self.get(id)
        self._records.drop_field(TABLE, id)
        self._records.drop(_key(id))
        return hook

    def _change(self, id: str, update: Callable[[Webhook], Webhook]) -> Webhook:
        for _ in range(ATTEMPTS):
            before = self._records.get_field(TABLE, id)
            if before is None:
                raise NotFound("there is no such webhook")
            changed = update(msgspec.json.decode(before, type=Webhook))
            if self._records.change_field(TABLE, id, msgspec.json.encode(changed), {id: before}):
                return changed
        raise WrongState("too many people are changing this at once; try again", code="busy")

    # -- how far receivers are

    def state(self, id: str) -> State:
        return State(self._records.get_fields(_key(id)))

    def move(self, id: str, slug: str, position: Position) -> None:
        """Count a blog as delivered up to a position: all that came after it is sent (again)."""
        before = self._records.get_field(_key(id), f"at:{slug}")
        reign = msgspec.json.decode(before, type=Reached).reign if before else ""
        self._records.put_field(_key(id), f"at:{slug}", _reached(position, reign))

    def begin(self, id: str, delivery: Delivery) -> bool:
        """Store a delivery before it is tried; False if another one is pending, or the subscription has ended."""
        stored = self._records.get_field(TABLE, id) is not None
        return stored and self._records.put_field(_key(id), "pending", msgspec.json.encode(delivery), new=True)

    def finish(self, id: str, delivery: Delivery, state: State) -> None:
        """Move on behind the pending delivery, unless somebody asked for a replay meanwhile."""
        place = f"at:{delivery.blog}"
        read = {name: state.raw.get(name) for name in ("pending", place)}
        if delivery.upto is None:
            self._records.drop_field(_key(id), place)
        elif not self._records.change_field(_key(id), place, _reached(delivery.upto, delivery.reign), read):
            return
        self.drop(id)

    def drop(self, id: str) -> None:
        """Forget the pending delivery: its positions are no longer those of the receiver."""
        self._records.drop_field(_key(id), "pending")

    def postpone(self, id: str, delivery: Delivery, state: State) -> None:
        """Keep the pending delivery with what its last try found."""
        read = {"pending": state.raw.get("pending")}
        self._records.change_field(_key(id), "pending", msgspec.json.encode(delivery), read)

    def bury(self, id: str, letter: Delivery) -> None:
        """Keep a delivery that was given up. The oldest of too many is dropped."""
        self._records.put_field(_key(id), f"dead:{letter.id}", msgspec.json.encode(letter))
        for old in self.state(id).dead[:-MOST_DEAD]:
            self.forget(id, old.id)

    def forget(self, id: str, delivery: str) -> bool:
        """Drop a dead letter; False if there is none."""
        return self._records.drop_field(_key(id), f"dead:{delivery}")

    def ask(self, id: str, delivery: str) -> None:
        """Let a dead letter be sent again, or the pending delivery be tried at once. Raises `NotFound`."""
        state = self.state(id)
        found = next((each for each in [*state.dead, state.pending] if each and each.id == delivery), None)
        if found is None or not self._replace(id, found, again_at="", asked=found in state.dead):
            raise NotFound("no such delivery waits or was given up")

    def _replace(self, id: str, delivery: Delivery, **changes: str | int | bool) -> bool:
        """Change a delivery where it is kept, if it is still the same one."""
        state = self.state(id)
        for name in ("pending", f"dead:{delivery.id}"):
            value = state.raw.get(name)
            if value is not None and (now := msgspec.json.decode(value, type=Delivery)).id == delivery.id:
                changed = msgspec.json.encode(replace(now, **changes))
                return self._records.change_field(_key(id), name, changed, {name: value})
        return False

    def reign(self, slug: str) -> str:
        """Which server's reign the storage of a blog is in; empty if that cannot be known."""
        return self._records.reign(key_of(slug, "meta"))

    # -- which process sends

    def hold(self, process: str, seconds: int) -> bool:
        """Take or keep the lease of the one process that sends; False while another has it."""
        return self._records.hold(LEASE, process, seconds)

    def release(self, process: str) -> None:
        self._records.release(LEASE, process)


def is_whole(hook: Webhook) -> bool:
    """Whether a subscription that a file brought could have been made here."""
    keys = (KEY.fullmatch(each.key) for each in hook.secrets)
    return bool(ID.fullmatch(hook.id) and URL.fullmatch(hook.url) and hook.secrets and all(keys))


def new_secret() -> str:
    """A key of Standard Webhooks: 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, id: str, seconds: int, body: bytes) -> str:
    """The signature `v1` of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{id}.{seconds}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def _reached(position: Position, reign: str) -> bytes:
    return msgspec.json.encode(Reached(position.epoch, position.seq, position.mark, reign))


def _key(id: str) -> str:
    return f"lb:webhook:{id}"
