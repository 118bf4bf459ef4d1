"""What lasts some minutes of a sign-in: the step after the password, a challenge, how fresh a session is."""

from __future__ import annotations

import hashlib
import secrets
from typing import TypeVar

import msgspec
from msgspec import Struct

from .records import Records

R = TypeVar("R", bound=Struct)

STEP_SECONDS = 600
"""Seconds for each: to take the second step, to answer a challenge, and in which factors may be changed."""


class Step(Struct, frozen=True, kw_only=True):
    """A person whose password was right and who has not taken the second step; see `Sessions` for `generation`."""

    name: str
    generation: str
    wanted: str


class Challenge(Struct, frozen=True, kw_only=True):
    """A challenge (base64url) for one purpose of one person; without a name the answer says who it is."""

    purpose: str
    challenge: str
    name: str = ""


class Steps:
    """Records under random tokens, each kept as a hash for `STEP_SECONDS`. What is taken is gone."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def begin(self, record: Struct) -> str:
        """The token with which `get` and `take` find the record."""
        token = secrets.token_urlsafe(32)
        self._records.put(_key(type(record), token), msgspec.json.encode(record), ttl=STEP_SECONDS)
        return token

    def get(self, token: str, kind: type[R], *, take: bool = False) -> R | None:
        found = self._records.get(_key(kind, token), take=take) if token else None
        return None if found is None else msgspec.json.decode(found, type=kind)

    def take(self, token: str, kind: type[R]) -> R | None:
        """The record, for one caller only."""
        return self.get(token, kind, take=True)

    def freshen(self, session: str) -> None:
        """Note that the person of this session has just proved who it is; `session` is the record's own secret."""
        self._records.put(_named("lb:fresh", session), b"1", ttl=STEP_SECONDS)

    def is_fresh(self, session: str) -> bool:
        return self._records.get(_named("lb:fresh", session)) is not None


def _key(kind: type[Struct], token: str) -> str:
    return _named(f"lb:{kind.__name__.lower()}s", token)


def _named(table: str, token: str) -> str:
    return f"{table}:{hashlib.sha256(token.encode(errors='surrogatepass')).hexdigest()}"
