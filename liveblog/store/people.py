"""Who may do what: accounts, sessions, tokens and invitations, as small records. Secrets are kept only as SHA-256."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from .redis import Store

Role = Literal["contributor", "editor", "admin"]
R = TypeVar("R", bound=Struct)

SESSION_SECONDS = 12 * 3600
INVITATION_SECONDS = 24 * 3600


class Account(Struct, frozen=True, kw_only=True):
    """A person at the desk; `blogs` None means all. `password_hash` is argon2's own string."""

    name: str
    role: Role
    password_hash: str | None = None
    blogs: list[str] | None = None
    disabled: bool = False


class SessionRecord(Struct, frozen=True, kw_only=True):
    name: str
    csrf: str
    created: float


class TokenRecord(Struct, frozen=True, kw_only=True):
    name: str
    role: Role
    blog: str | None = None


class InvitationRecord(Struct, frozen=True, kw_only=True):
    role: Role
    blogs: list[str] | None = None
    name: str | None = None


class Accounts:
    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str) -> Account | None:
        return _read(self._store.get_field("lb:accounts", name), Account)

    def put(self, account: Account) -> None:
        self._store.put_field("lb:accounts", account.name, msgspec.json.encode(account))

    def create_if_absent(self, account: Account) -> bool:
        """True if the name was free."""
        return self._store.put_field("lb:accounts", account.name, msgspec.json.encode(account), new=True)

    def list(self) -> list[Account]:
        found = self._store.get_fields("lb:accounts").values()
        return sorted((msgspec.json.decode(each, type=Account) for each in found), key=lambda account: account.name)

    def delete(self, name: str) -> None:
        self._store.drop_field("lb:accounts", name)


class Sessions:
    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, name: str, ttl: int = SESSION_SECONDS) -> str:
        """A new session's token, for the cookie."""
        token, now = secrets.token_urlsafe(32), time.time()
        record = SessionRecord(name=name, csrf=secrets.token_urlsafe(24), created=now)
        self._store.put_record(_hashed("lb:sessions", token), msgspec.json.encode(record), ttl=ttl)
        return token

    def get(self, token: str) -> SessionRecord | None:
        """The session, unless it ended or everybody of its name was signed out after it began."""
        record = _read(self._store.get_record(_hashed("lb:sessions", token)), SessionRecord)
        if record is None:
            return None
        ended = self._store.get_field("lb:signed-out", record.name)
        return None if ended is not None and record.created <= float(ended) else record

    def close(self, token: str) -> None:
        self._store.drop_record(_hashed("lb:sessions", token))

    def close_all(self, name: str) -> None:
        """Sign somebody out everywhere."""
        self._store.put_field("lb:signed-out", name, repr(time.time()).encode())


class Tokens:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, name: str, role: Role, blog: str | None = None) -> str:
        """A new bearer token, told once."""
        token = "lb_" + secrets.token_urlsafe(32)
        record = TokenRecord(name=name, role=role, blog=blog)
        self._store.put_field("lb:tokens", _digest(token), msgspec.json.encode(record))
        return token

    def get(self, token: str) -> TokenRecord | None:
        return _read(self._store.get_field("lb:tokens", _digest(token)), TokenRecord)

    def list(self) -> list[TokenRecord]:
        found = self._store.get_fields("lb:tokens").values()
        return sorted((msgspec.json.decode(each, type=TokenRecord) for each in found), key=lambda token: token.name)

    def delete(self, token: str) -> bool:
        return self._store.drop_field("lb:tokens", _digest(token))


class Invitations:
    def __init__(self, store: Store) -> None:
        self._store = store

    def make(
        self, role: Role, blogs: list[str] | None = None, ttl: int = INVITATION_SECONDS, *, name: str | None = None
    ) -> str:
        """A one-time invitation's token; with `name` it is for the account of that name."""
        token = secrets.token_urlsafe(24)
        record = InvitationRecord(role=role, blogs=blogs, name=name)
        self._store.put_record(_hashed("lb:invitations", token), msgspec.json.encode(record), ttl=ttl)
        return token

    def peek(self, token: str) -> InvitationRecord | None:
        return _read(self._store.get_record(_hashed("lb:invitations", token)), InvitationRecord)

    def take(self, token: str) -> InvitationRecord | None:
        """Use the invitation up: only one taker gets it."""
        return _read(self._store.get_record(_hashed("lb:invitations", token), take=True), InvitationRecord)


class People:
    """All records about people, and the site's own secret."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.accounts = Accounts(store)
        self.sessions = Sessions(store)
        self.tokens = Tokens(store)
        self.invitations = Invitations(store)

    def secret(self) -> bytes:
        """The site's secret, made once."""
        self.store.put_record("lb:secret", secrets.token_bytes(32), new=True)
        found = self.store.get_record("lb:secret")
        if found is None:  # only if somebody deletes it between the two calls
            raise LookupError("the site's secret is gone")
        return found


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _hashed(table: str, token: str) -> str:
    return f"{table}:{_digest(token)}"


def _read(value: bytes | None, type: type[R]) -> R | None:
    return None if value is None else msgspec.json.decode(value, type=type)
