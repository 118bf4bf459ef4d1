"""Who may do what: accounts, sessions, tokens and invitations, as small records. Secrets are kept only as SHA-256."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import NotFound, WrongState
from .redis import Store

Role = Literal["contributor", "editor", "admin"]
R = TypeVar("R", bound=Struct)

SESSION_SECONDS = 12 * 3600
INVITATION_SECONDS = 24 * 3600
TRY_SECONDS = 300
"""Seconds after the first of some sign-in tries at which their count starts again."""
ATTEMPTS = 20
"""How often a change of an account is made again when what it read was changed meanwhile."""


class Account(Struct, frozen=True, kw_only=True):
    """A person at the desk; `blogs` None means all. `password_hash` is argon2's own string."""

    name: str
    role: Role
    password_hash: str | None = None
    blogs: list[str] | None = None
    disabled: bool = False


class SessionRecord(Struct, frozen=True, kw_only=True):
    """`mark` is what the account's mark was when the session began; see `Sessions`."""

    name: str
    csrf: str
    mark: str = ""


class TokenRecord(Struct, frozen=True, kw_only=True):
    name: str
    role: Role
    blog: str | None = None


class InvitationRecord(Struct, frozen=True, kw_only=True):
    """With `name` for that account only, and with its `mark`, as sessions have; `first` ends with the first account."""

    role: Role
    blogs: list[str] | None = None
    name: str | None = None
    first: bool = False
    mark: str = ""


def let_in(account: Account) -> Account:
    """An account that was shut out, let in again: it needs a new password. Any other stays as it is."""
    return replace(account, disabled=False, password_hash=None) if account.disabled else account


def tidy(name: str) -> str:
    """A name as it is kept and compared: composed (NFC), single spaces; so the same name typed elsewhere is found."""
    return " ".join(unicodedata.normalize("NFC", name).split())


class Roll:
    """The accounts as one change reads them, each once: the preconditions of that change, as `View` is of a commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read: dict[str, bytes | None] = {}

    def get(self, name: str) -> Account | None:
        name = tidy(name)
        if name not in self.read:
            self.read[name] = self._store.get_field("lb:accounts", name)
        return _read(self.read[name], Account)

    def list(self) -> list[Account]:
        """All of them: the change is made only if none was changed or added."""
        found = self._store.get_fields("lb:accounts")
        self.read.setdefault("", b"%d" % len(found))
        for name, value in found.items():
            self.read.setdefault(name.decode(), value)
        return [account for name in found if (account := self.get(name.decode())) is not None]


class Accounts:
    """By name, which is kept tidy: an account is found however its name's letters were composed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str) -> Account | None:
        return _read(self._store.get_field("lb:accounts", tidy(name)), Account)

    def put(self, account: Account) -> None:
        """Set an account, whatever it was; to change one there is `change`."""
        account = replace(account, name=tidy(account.name))
        self._store.put_field("lb:accounts", account.name, msgspec.json.encode(account))

    def change(self, name: str, update: Callable[[Account, Roll], Account]) -> Account:
        """Change an account as it is now; what it became.

        `update` makes the changed account of the current one. The change is made only if that one, and whatever else
        `update` read of the roll, still is what it was; otherwise `update` is asked again about what is there then.
        Raises what `update` raises, `NotFound`, and `WrongState` (`busy`) if the accounts were changed over and over.
        """
        for _ in range(ATTEMPTS):
            roll = Roll(self._store)
            account = roll.get(name)
            if account is None:
                raise NotFound(f"there is no account {name}")
            changed = update(account, roll)
            if self._store.change_field("lb:accounts", account.name, msgspec.json.encode(changed), roll.read):
                return changed
        raise WrongState("too many people are changing this at once; try again", code="busy")

    def create_if_absent(self, account: Account, *, first: bool = False) -> bool:
        """True if the name was free, and with `first` if there was no account at all."""
        account = replace(account, name=tidy(account.name))
        read: dict[str, bytes | None] = {account.name: None} | ({"": b"0"} if first else {})
        return self._store.change_field("lb:accounts", account.name, msgspec.json.encode(account), read)

    def list(self) -> list[Account]:
        found = self._store.get_fields("lb:accounts").values()
        return sorted((msgspec.json.decode(each, type=Account) for each in found), key=lambda account: account.name)

    def delete(self, name: str) -> None:
        self._store.drop_field("lb:accounts", tidy(name))


class Sessions:
    """Sessions, each with the mark its account had when it began: a new mark ends them all, whatever the clocks say.

    One-time links for an account have its mark too, and end with its sessions. Sign-in asks for the mark before it
    looks at the account: the session of a person who is shut out in between has ended when it begins.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def mark(self, name: str) -> str:
        """What a session of this name has to have now; see `open`."""
        return _mark(self._store, name)

    def open(self, name: str, ttl: int = SESSION_SECONDS, *, mark: str | None = None) -> str:
        """A new session's token, for the cookie; it ended already if `mark` is none of now."""
        token = secrets.token_urlsafe(32)
        mark = self.mark(name) if mark is None else mark
        record = SessionRecord(name=name, csrf=secrets.token_urlsafe(24), mark=mark)
        self._store.put_record(_hashed("lb:sessions", token), msgspec.json.encode(record), ttl=ttl)
        return token

    def get(self, token: str) -> SessionRecord | None:
        """The session, unless it ended or everybody of its name was signed out after it began."""
        record = _read(self._store.get_record(_hashed("lb:sessions", token)), SessionRecord)
        return record if record is not None and record.mark == _mark(self._store, record.name) else None

    def close(self, token: str) -> None:
        self._store.drop_record(_hashed("lb:sessions", token))

    def close_all(self, name: str) -> None:
        """Sign somebody out everywhere, also where a session is being opened in this moment."""
        self._store.put_field("lb:signed-out", name, _new_mark())

    def renew(self, name: str, mark: str) -> str:
        """Sign somebody out everywhere; the mark for a session that goes on.

        If somebody else signed them out after `mark`, it is that one: the session ends as well.
        """
        new = _new_mark()
        if self._store.change_field("lb:signed-out", name, new, {name: mark.encode()}):
            return new.decode()
        self.close_all(name)
        return mark


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

    def revoke(self, name: str) -> int:
        """End all tokens of this name; how many there were."""
        found = self._store.get_fields("lb:tokens").items()
        named = [key for key, value in found if tidy(msgspec.json.decode(value, type=TokenRecord).name) == tidy(name)]
        return sum(self._store.drop_field("lb:tokens", key.decode()) for key in named)


class Invitations:
    def __init__(self, store: Store) -> None:
        self._store = store

    def make(
        self,
        role: Role,
        blogs: list[str] | None = None,
        ttl: int = INVITATION_SECONDS,
        *,
        name: str | None = None,
        first: bool = False,
    ) -> str:
        """A one-time invitation's token; with `name` it is for that account, with `first` only while there is none."""
        token = secrets.token_urlsafe(24)
        record = InvitationRecord(role=role, blogs=blogs, first=first)
        if name is not None:
            record = replace(record, name=tidy(name), mark=_mark(self._store, tidy(name)))
        self._store.put_record(_hashed("lb:invitations", token), msgspec.json.encode(record), ttl=ttl)
        return token

    def peek(self, token: str) -> InvitationRecord | None:
        """The invitation, if it stands. A named one ends when its account is gone, disabled or signed out."""
        return self._standing(_read(self._store.get_record(_hashed("lb:invitations", token)), InvitationRecord))

    def take(self, token: str) -> InvitationRecord | None:
        """Use the invitation up: only one taker gets it."""
        found = self._store.get_record(_hashed("lb:invitations", token), take=True)
        return self._standing(_read(found, InvitationRecord))

    def _standing(self, record: InvitationRecord | None) -> InvitationRecord | None:
        accounts = Accounts(self._store)
        if record is None or (record.first and accounts.list()):
            return None
        if record.name is not None:
            account = accounts.get(record.name)
            stands = account is not None and not account.disabled and record.mark == _mark(self._store, record.name)
            return record if stands else None
        return record


class Tries:
    """Counts sign-in tries, so that guessing is slow. A count always ends by itself: nobody is locked out for ever."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, *about: str) -> int:
        """Count one more try; how many there were in `TRY_SECONDS`."""
        name = self._name(about)
        self._store.put_record(name, b"0", ttl=TRY_SECONDS, new=True)  # its end is set before anything is counted
        return self._store.count(name, TRY_SECONDS)

    def forget(self, *about: str) -> None:
        """A sign-in worked: its tries were no guessing."""
        self._store.drop_record(self._name(about))

    def _name(self, about: tuple[str, ...]) -> str:
        return _hashed("lb:tries", "\n".join(about))


class People:
    """All records about people, and the site's own secret."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.accounts = Accounts(store)
        self.sessions = Sessions(store)
        self.tokens = Tokens(store)
        self.invitations = Invitations(store)
        self.tries = Tries(store)

    def secret(self) -> bytes:
        """The site's secret, made once."""
        if found := self._store.get_record("lb:secret"):
            return found
        self._store.put_record("lb:secret", secrets.token_bytes(32), new=True)
        if found := self._store.get_record("lb:secret"):
            return found
        raise LookupError("the site's secret is gone")  # only if somebody deletes it between the two calls


def _mark(store: Store, name: str) -> str:
    return (store.get_field("lb:signed-out", name) or b"").decode()


def _new_mark() -> bytes:
    return secrets.token_hex(8).encode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _hashed(table: str, token: str) -> str:
    return f"{table}:{_digest(token)}"


def _read(value: bytes | None, type: type[R]) -> R | None:
    return None if value is None else msgspec.json.decode(value, type=type)
