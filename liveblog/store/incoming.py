"""Incoming hooks: addresses at which senders outside of the desk file submitted drafts (docs/incoming.md)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import NotFound, WrongState
from ..model import rfc3339
from .records import Records
from .webhooks import KEY, OVERLAP, Secret, new_secret, signature

TABLE = "lb:incoming"
MOST = 50
WINDOW = 300
"""Seconds by which the time of a signed request may differ from ours: a recording cannot be used later."""
Kind = Literal["slack", "plain"]
ID, BLOG = re.compile(r"[0-9a-f]{24}"), re.compile(r"[a-z0-9-]{1,64}")
KEYS: dict[Kind, re.Pattern[str]] = {"slack": re.compile(r"[\x21-\x7e]{16,200}"), "plain": KEY}
TOKEN = re.compile(r"[\x21-\x7e]{10,400}")


class Headers(Protocol):
    """Headers of a request, found whatever the case of their names."""

    def get(self, name: str, default: str, /) -> str: ...


class Incoming(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hook of one blog. Its drafts are those of the contributor `name`. Slack's has the `token` of its pictures."""

    id: str
    blog: str
    kind: Kind
    name: str
    secrets: list[Secret]
    by: str
    at: str
    token: str = ""


class IncomingHooks:
    def __init__(self, records: Records) -> None:
        self._records = records

    def list(self) -> list[Incoming]:
        """All hooks, the oldest first."""
        found = (msgspec.json.decode(each, type=Incoming) for each in self._records.get_fields(TABLE).values())
        return sorted(found, key=lambda hook: (hook.at, hook.id))

    def get(self, id: str) -> Incoming:
        """Raises `NotFound`."""
        return msgspec.json.decode(self._stored(id), type=Incoming)

    def _stored(self, id: str) -> bytes:
        found = self._records.get_field(TABLE, id)
        if found is None:
            raise NotFound("there is no such incoming hook")
        return found

    def add(self, blog: str, kind: Kind, name: str, by: str, secret: str = "", token: str = "") -> Incoming:
        """A new hook; a plain one gets a secret made here. Raises `WrongState`."""
        if len(self.list()) >= MOST:
            raise WrongState(f"there are {MOST} incoming hooks already")
        hook = Incoming(
            id=secrets.token_hex(12),
            blog=blog,
            kind=kind,
            name=name,
            secrets=[Secret(secret or new_secret())],
            by=by,
            at=self._records.now(),
            token=token,
        )
        self.put_back(hook)
        return hook

    def put_back(self, hook: Incoming) -> bool:
        """Store a new hook, or one of a backup; False if there is one with its id."""
        return self._records.put_field(TABLE, hook.id, msgspec.json.encode(hook), new=True)

    def rotate(self, id: str, secret: str = "", token: str = "") -> Incoming:
        """Give it a new secret; the one before stays valid for `OVERLAP`. A new token replaces the old one at once.

        Raises `NotFound`, and `WrongState` if somebody changed or removed the hook meanwhile: it must not come back.
        """
        before = self._stored(id)
        hook = msgspec.json.decode(before, type=Incoming)
        until = rfc3339(datetime.fromisoformat(self._records.now()) + OVERLAP)
        both = [Secret(secret or new_secret()), Secret(hook.secrets[0].key, until)]
        changed = replace(hook, secrets=both, token=token or hook.token)
        if not self._records.change_field(TABLE, id, msgspec.json.encode(changed), {id: before}):
            raise WrongState("somebody has just changed or removed this hook; look again", code="busy")
        return changed

    def remove(self, id: str) -> Incoming:
        """Raises `NotFound`."""
        hook = self.get(id)
        self._records.drop_field(TABLE, id)
        return hook

    def keys(self, hook: Incoming) -> Sequence[str]:
        """The secrets that are valid now."""
        now = self._records.now()
        return [each.key for each in hook.secrets if not each.until or each.until > now]

    def count(self, hook: Incoming) -> int:
        """Count a request of a minute."""
        return self._records.count(f"{TABLE}:{hook.id}", 60)


def is_whole(hook: Incoming) -> bool:
    """Whether a hook that a file brought could have been made here. Its name is checked as those of people are."""
    keys = (KEYS[hook.kind].fullmatch(each.key) for each in hook.secrets)
    known = ID.fullmatch(hook.id) and BLOG.fullmatch(hook.blog) and hook.secrets and all(keys)
    return bool(known) and (not hook.token or TOKEN.fullmatch(hook.token) is not None)


def is_signed(kind: Kind, keys: Sequence[str], headers: Headers, body: bytes) -> bool:
    """Whether one of the keys has signed this request, within `WINDOW`: by Slack's v0, or by Standard Webhooks."""
    slack = kind == "slack"
    at = headers.get("X-Slack-Request-Timestamp" if slack else "webhook-timestamp", "")
    if not (at.isascii() and at.isdigit()) or len(at) > 12 or abs(time.time() - int(at)) > WINDOW:
        return False
    sent = headers.get("X-Slack-Signature" if slack else "webhook-signature", "").encode()
    id = headers.get("webhook-id", "")
    if not slack and not id:
        return False
    wanted = [_slacks(key, at, body) if slack else signature(key, id, int(at), body) for key in keys]
    given = [sent] if slack else sent.split()[:10]
    return any(hmac.compare_digest(each.encode(), one) for each in wanted for one in given)


def _slacks(secret: str, at: str, body: bytes) -> str:
    return f"v0={hmac.new(secret.encode(), f'v0:{at}:'.encode() + body, hashlib.sha256).hexdigest()}"


def decoded(data: str) -> bytes | None:
    """The bytes of a picture that was sent in Base64; None if it is none."""
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        return None
