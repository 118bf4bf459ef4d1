"""What lets people and programs in: sessions, tokens and invitations. Secrets are kept only as SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..model import rfc3339
from .accounts import Accounts, AccountsView, Role, folded, tidy
from .commits import Store
from .records import Records

R = TypeVar("R", bound=Struct)

SESSION_SECONDS = 12 * 3600
INVITATION_SECONDS = 24 * 3600
TRY_SECONDS = 300
"""Seconds after the first of some sign-in tries at which their count starts again."""
SHORT = 12
"""Characters of an invitation's hash that name it to people; the link cannot be made of them."""
_LISTED = "lb:invitations"


class SessionRecord(Struct, frozen=True, kw_only=True):
    """`generation` is what the account's generation was when the session began; see `Sessions`."""

    name: str
    csrf: str
    generation: str = msgspec.field(default="", name="mark")  # as 0.1.0 stored it


class TokenRecord(Struct, frozen=True, kw_only=True):
    """`by` is the account that made it, None for the command line; `at` is when (RFC 3339), empty if not known."""

    name: str
    role: Role
    blog: str | None = None
    by: str | None = None
    at: str = ""


class InvitationRecord(Struct, frozen=True, kw_only=True):
    """With `name` for that account only, and its `generation`, as sessions have; `first` ends with the first account.

    `by` and `at` are as in `TokenRecord`; it ends at `until` (RFC 3339).
    """

    role: Role
    blogs: list[str] | None = None
    name: str | None = None
    first: bool = False
    generation: str = msgspec.field(default="", name="mark")  # as 0.1.0 stored it
    by: str | None = None
    at: str = ""
    until: str = ""


class Sessions:
    """Sessions, each with the generation its account had when it began: a new generation ends them all, by no clock.

    One-time links for an account have its generation too, and end with its sessions. Sign-in asks for the generation
    before it looks at the account: the session of a person who is shut out in between has ended when it begins.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def generation(self, name: str) -> str:
        """What a session of this name has to have now; see `open`."""
        return _generation(self._records, name)

    def open(self, name: str, ttl: int = SESSION_SECONDS, *, generation: str | None = None) -> str:
        """A new session's token, for the cookie; it ended already if `generation` is none of now."""
        token = secrets.token_urlsafe(32)
        generation = self.generation(name) if generation is None else generation
        record = SessionRecord(name=name, csrf=secrets.token_urlsafe(24), generation=generation)
        self._records.put(_hashed("lb:sessions", token), msgspec.json.encode(record), ttl=ttl)
        return token

    def get(self, token: str) -> SessionRecord | None:
        """The session, unless it ended or everybody of its name was signed out after it began."""
        record = _read(self._records.get(_hashed("lb:sessions", token)), SessionRecord)
        return record if record is not None and record.generation == _generation(self._records, record.name) else None

    def close(self, token: str) -> None:
        self._records.drop(_hashed("lb:sessions", token))

    def close_all(self, name: str) -> None:
        """Sign somebody out everywhere, also where a session is being opened in this moment."""
        self._records.put_field("lb:signed-out", name, _new_generation())

    def renew(self, name: str, generation: str) -> str:
        """Sign somebody out everywhere; the generation for a session that goes on.

        If somebody else signed them out after `generation`, it is that one: the session ends as well.
        """
        new = _new_generation()
        if self._records.change_field("lb:signed-out", name, new, {name: generation.encode()}):
            return new.decode()
        self.close_all(name)
        return generation


class Tokens:
    """Tokens of programs. A name may have several; names are equal as those of accounts are."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def add(self, name: str, role: Role, blog: str | None = None, *, by: str | None = None) -> str:
        """A new bearer token, told once."""
        token = "lb_" + secrets.token_urlsafe(32)
        record = TokenRecord(name=name, role=role, blog=blog, by=by, at=self._records.now())
        self._records.put_field("lb:tokens", _digest(token), msgspec.json.encode(record))
        return token

    def get(self, token: str) -> TokenRecord | None:
        return _read(self._records.get_field("lb:tokens", _digest(token)), TokenRecord)

    def list(self) -> list[TokenRecord]:
        return sorted(self._all().values(), key=lambda token: (folded(token.name), token.name, token.at))

    def end(self, token: str) -> None:
        self._records.drop_field("lb:tokens", _digest(token))

    def revoke(self, name: str) -> Sequence[TokenRecord]:
        """End all tokens whose name is written like this or, if there is none, is equal to it; the ended ones."""
        written = self._end(lambda token: tidy(token.name) == tidy(name))
        return written or self._end(lambda token: folded(token.name) == folded(name))

    def end_made_by(self, name: str) -> Sequence[TokenRecord]:
        """End all tokens that the account of this name made; the ended ones."""
        return self._end(lambda token: token.by == name)

    def _end(self, which: Callable[[TokenRecord], bool]) -> Sequence[TokenRecord]:
        found = [(key, token) for key, token in self._all().items() if which(token)]
        return [token for key, token in found if self._records.drop_field("lb:tokens", key)]

    def _all(self) -> dict[str, TokenRecord]:
        found = self._records.get_fields("lb:tokens").items()
        return {key.decode(): msgspec.json.decode(value, type=TokenRecord) for key, value in found}


class Invitations:
    """One-time links. Each is a record that ends by itself; `lb:invitations` lists them, each with its end.

    An invitation of an earlier release is in no list, but can be used.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def make(
        self,
        role: Role,
        blogs: list[str] | None = None,
        ttl: int = INVITATION_SECONDS,
        *,
        name: str | None = None,
        first: bool = False,
        by: str | None = None,
    ) -> str:
        """A one-time invitation's token; with `name` it is for that account, with `first` only while there is none."""
        token = secrets.token_urlsafe(24)
        at = datetime.fromisoformat(self._records.now())
        until = rfc3339(at + timedelta(seconds=ttl))
        record = InvitationRecord(role=role, blogs=blogs, first=first, by=by, at=rfc3339(at), until=until)
        if name is not None:
            record = replace(record, name=tidy(name), generation=_generation(self._records, tidy(name)))
        self._put(_digest(token), record, ttl)
        return token

    def peek(self, token: str) -> InvitationRecord | None:
        """The invitation, if it stands. A named one ends when its account is gone, disabled or signed out."""
        return self._peek(_digest(token))

    def take(self, token: str) -> InvitationRecord | None:
        """Use the invitation up: only one taker gets it."""
        return self._take(_digest(token))

    def put_back(self, token: str, taken: InvitationRecord) -> None:
        """Let an invitation be used that was taken in vain; it ends when it would have ended."""
        until = datetime.fromisoformat(taken.until or rfc3339(self._now() + timedelta(seconds=INVITATION_SECONDS)))
        ttl = int((until - self._now()).total_seconds())
        if ttl > 0:
            self._put(_digest(token), replace(taken, until=rfc3339(until)), ttl)

    def open(self) -> dict[str, InvitationRecord]:
        """The invitations that can be used, by their ids, in the order in which they were made."""
        found = [(digest[:SHORT], record) for digest in self._listed() if (record := self._peek(digest)) is not None]
        return dict(sorted(found, key=lambda each: each[1].at))

    def withdraw(self, id: str) -> InvitationRecord | None:
        """End an open invitation; None if there is none of this id, also because it was used this very moment."""
        digest = next((digest for digest in self._listed() if digest[:SHORT] == id), None)
        return None if digest is None else self._take(digest)

    def end_made_by(self, name: str) -> list[InvitationRecord]:
        """Withdraw all open invitations that the account of this name made; the withdrawn ones."""
        made = [digest for digest in self._listed() if (record := self._peek(digest)) and record.by == name]
        return [record for digest in made if (record := self._take(digest)) is not None]

    def _put(self, digest: str, record: InvitationRecord, ttl: int) -> None:
        self._listed()  # what ended leaves the list, also where nobody ever looks at it
        self._records.put_field(_LISTED, digest, record.until.encode())  # first: no invitation is left out of the list
        self._records.put(f"lb:invitations:{digest}", msgspec.json.encode(record), ttl=ttl)

    def _peek(self, digest: str) -> InvitationRecord | None:
        return self._standing(_read(self._records.get(f"lb:invitations:{digest}"), InvitationRecord))

    def _take(self, digest: str) -> InvitationRecord | None:
        found = self._records.get(f"lb:invitations:{digest}", take=True)
        self._records.drop_field(_LISTED, digest)
        return self._standing(_read(found, InvitationRecord))

    def _listed(self) -> list[str]:
        """The hashes of the invitations that have not ended by themselves; those that have leave the list."""
        now = self._records.now()
        found = {digest.decode(): until.decode() for digest, until in self._records.get_fields(_LISTED).items()}
        for digest in [digest for digest, until in found.items() if until <= now]:
            self._records.drop_field(_LISTED, digest)
            del found[digest]
        return list(found)

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._records.now())

    def _standing(self, record: InvitationRecord | None) -> InvitationRecord | None:
        accounts = Accounts(self._records)
        if record is None or (record.first and accounts.list()):
            return None
        if record.name is not None:
            account = accounts.get(record.name)
            stands = (
                account is not None
                and not account.disabled
                and record.generation == _generation(self._records, record.name)
            )
            return record if stands else None
        return record


class Tries:
    """Counts sign-in tries, so that guessing is slow. A count always ends by itself: nobody is locked out for ever."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def count(self, *about: str) -> int:
        """Count one more try; how many there were in `TRY_SECONDS`."""
        name = self._name(about)
        self._records.put(name, b"0", ttl=TRY_SECONDS, new=True)  # its end is set before anything is counted
        return self._records.count(name, TRY_SECONDS)

    def forget(self, *about: str) -> None:
        """A sign-in worked: its tries were no guessing."""
        self._records.drop(self._name(about))

    def _name(self, about: tuple[str, ...]) -> str:
        return _hashed("lb:tries", "\n".join(about))


class People:
    """All records about people, and the site's own secret."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records = records = store.records
        self.accounts = Accounts(records)
        self.sessions = Sessions(records)
        self.tokens = Tokens(records)
        self.invitations = Invitations(records)
        self.tries = Tries(records)

    def view(self) -> AccountsView:
        return AccountsView(self._records)

    def slugs(self) -> list[str]:
        """The blogs that somebody may have a role at."""
        return self._store.summaries.slugs()

    def note(self, by: str, act: str, **about: Any) -> None:
        """Put what was done to people into the site's log."""
        self._store.audit.note(by=by, act=act, **about)

    def secret(self) -> bytes:
        """The site's secret, made once."""
        if found := self._records.get("lb:secret"):
            return found
        self._records.put("lb:secret", secrets.token_bytes(32), new=True)
        if found := self._records.get("lb:secret"):
            return found
        raise LookupError("the site's secret is gone")  # only if somebody deletes it between the two calls


def _generation(records: Records, name: str) -> str:
    return (records.get_field("lb:signed-out", name) or b"").decode()


def _new_generation() -> bytes:
    return secrets.token_hex(8).encode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _hashed(table: str, token: str) -> str:
    return f"{table}:{_digest(token)}"


def _read(value: bytes | None, type: type[R]) -> R | None:
    return None if value is None else msgspec.json.decode(value, type=type)
