"""Credentials of people and programs: sessions, tokens and invitations. Secrets are stored only as SHA-256."""

from __future__ import annotations

import hashlib
import logging
import math
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import Unavailable
from ..model import rfc3339
from .accounts import Account, Accounts, AccountsView, Role, folded, is_admin, tidy
from .commits import Store
from .factors import FactorTable, Required
from .incoming import IncomingHooks
from .records import Records
from .steps import Steps

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Struct)

SESSION_SECONDS, IDLE_SECONDS = 12 * 3600, 2 * 3600
"""How long a session lasts, and how long without use, where no setting says otherwise."""
MOST_SESSIONS = 20
"""Open sessions of one person; with the next one the oldest ends."""
INVITATION_SECONDS = 24 * 3600
TRY_SECONDS = 300
"""Seconds after a first sign-in try at which the count of tries starts again."""
REFUSED_SECONDS = 2.0
"""Seconds for which a process does not count again for somebody who had no tries left."""
SHORT = 12
"""Characters of a secret's hash that identify it to people; the secret cannot be derived from them."""
MOST_NOTED = 10_000
_SESSIONS = "lb:sessions"
_LISTED = "lb:invitations"
_USED = "lb:tokens:used"
_ENDED = "lb:ended"
NOTED_SECONDS = 60
"""Seconds within which a process notes the use of the same token or session once, so that reading writes little."""


class SessionRecord(Struct, frozen=True, kw_only=True):
    """`generation` is the account's generation when the session began; see `Sessions`.

    It began at `at` and ends at `until` (RFC 3339), from an address, in a browser (its name for people). All four are
    empty in a session that an earlier release began.
    """

    name: str
    csrf: str
    generation: str = msgspec.field(default="", name="mark")  # as 0.1.0 stored it
    at: str = ""
    until: str = ""
    address: str = ""
    browser: str = ""


class Seen(Struct, frozen=True, kw_only=True):
    """A session in the list of all: whose it is, its last use (within a minute), its end at the latest."""

    name: str
    seen: str
    until: str


class ListedSession(Struct, frozen=True, kw_only=True):
    """A session as people see it: `id` identifies it to them."""

    id: str
    record: SessionRecord
    seen: str


class TokenRecord(Struct, frozen=True, kw_only=True):
    """`by` is the account that made it, None for the command line; `at` is the time (RFC 3339), empty if unknown.

    `scopes` bound it further than its role does (see `scopes.py`; None: they do not). It ends at `until` (RFC 3339;
    empty: never).
    """

    name: str
    role: Role
    blog: str | None = None
    by: str | None = None
    at: str = ""
    scopes: list[str] | None = None
    until: str = ""


class ListedToken(Struct, frozen=True, kw_only=True):
    """A token as people see it: `id` identifies it, `used` is when it was last used (RFC 3339, within a minute)."""

    id: str
    record: TokenRecord
    used: str = ""


class InvitationRecord(Struct, frozen=True, kw_only=True):
    """With `name` it is for that account only, and has its `generation`; `first` ends once any account exists.

    `by` and `at` are as in `TokenRecord`; the invitation ends at `until` (RFC 3339).
    """

    role: Role
    blogs: list[str] | None = None
    name: str | None = None
    first: bool = False
    generation: str = msgspec.field(default="", name="mark")  # as 0.1.0 stored it
    by: str | None = None
    at: str = ""
    until: str = ""


class Noted:
    """Whose use this process has noted a moment ago."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}

    def is_due(self, digest: str) -> bool:
        """Whether a use must be written now. What was noted long ago is forgotten."""
        now = time.monotonic()
        if now - self._at.get(digest, -math.inf) < NOTED_SECONDS:
            return False
        if len(self._at) >= MOST_NOTED:
            self._at = {each: at for each, at in self._at.items() if now - at < NOTED_SECONDS}
        self._at[digest] = now
        return True


class Sessions:
    """Sessions. Each has the generation that its account had when it began; a new generation ends all of them.

    A session also ends after `lasting` seconds, and `idle` seconds after its last use: its record in storage expires.
    One-time links for an account have its generation too, and end with its sessions. Sign-in reads the generation
    before the account: if the person is shut out in between, the new session is invalid from the start.
    """

    def __init__(self, records: Records, lasting: int = SESSION_SECONDS, idle: int = IDLE_SECONDS) -> None:
        self._records = records
        self.lasting, self._idle = lasting, idle
        self._noted = Noted()

    def generation(self, name: str) -> str:
        """The generation that a session of this name must have now; see `open`."""
        return _generation(self._records, name)

    def open(self, name: str, *, generation: str | None = None, address: str = "", browser: str = "") -> str:
        """A new session's token, for the cookie; the session is already over if `generation` is not the current one."""
        token = secrets.token_urlsafe(32)
        generation = self.generation(name) if generation is None else generation
        at = datetime.fromisoformat(self._records.now())
        record = SessionRecord(
            name=name,
            csrf=secrets.token_urlsafe(24),
            generation=generation,
            at=rfc3339(at),
            until=rfc3339(at + timedelta(seconds=self.lasting)),
            address=address,
            browser=browser,
        )
        digest = _digest(token)
        self._see(digest, record, record.at)  # first: the list misses no session
        ttl = min(self._idle, self.lasting)
        self._records.put(f"{_SESSIONS}:{digest}", msgspec.json.encode(record), ttl=ttl)
        self._end_oldest(name, digest)
        return token

    def get(self, token: str) -> SessionRecord | None:
        """The session, unless it ended or all sessions of its name were closed after it began. Its use is noted."""
        digest = _digest(token)
        record = self._get(digest)
        if record is not None and record.until and self._noted.is_due(digest):
            with suppress(Unavailable):  # a storage that takes no writes can still be read
                self._go_on(digest, record)
        return record

    def close(self, token: str) -> None:
        self._drop(_digest(token))

    def close_all(self, name: str) -> None:
        """Sign a person out everywhere, including a session that is being opened at this moment."""
        self._records.put_field("lb:signed-out", name, _new_generation())
        _note_end(self._records)

    def renew(self, name: str, generation: str) -> str:
        """Sign a person out everywhere. Returns the generation for the one session that goes on.

        If somebody else signed the person out after `generation`, it returns the old one: that session ends too.
        """
        new = _new_generation()
        if self._records.change_field("lb:signed-out", name, new, {name: generation.encode()}):
            _note_end(self._records)
            return new.decode()
        self.close_all(name)
        return generation

    def listed(self) -> dict[str, list[ListedSession]]:
        """All open sessions by their people's names, the last one that began first."""
        found: dict[str, list[ListedSession]] = {}
        for digest, seen in reversed(self._listed().items()):  # of those of one millisecond, too
            if (record := self._get(digest)) is not None:
                found.setdefault(record.name, []).append(
                    ListedSession(id=digest[:SHORT], record=record, seen=seen.seen)
                )
        return {name: sorted(each, key=lambda one: one.record.at, reverse=True) for name, each in found.items()}

    def end(self, name: str, id: str) -> bool:
        """End this person's session with this id; False if there is none."""
        for digest, seen in self._listed().items():
            if digest[:SHORT] == id and seen.name == name and self._get(digest) is not None:
                self._drop(digest)
                return True
        return False

    def _end_oldest(self, name: str, newest: str) -> None:
        """End the oldest sessions of a person who has too many. The newest is stored already: of two that begin at once
        one sees both."""
        own = {digest: seen.until for digest, seen in self._listed().items() if seen.name == name and digest != newest}
        if len(own) >= MOST_SESSIONS:
            open = [digest for digest in own if self._get(digest) is not None]
            for digest in sorted(open, key=own.__getitem__, reverse=True)[MOST_SESSIONS - 1 :]:
                self._drop(digest)

    def _get(self, digest: str) -> SessionRecord | None:
        record = _read(self._records.get(f"{_SESSIONS}:{digest}"), SessionRecord)
        return record if record is not None and record.generation == self.generation(record.name) else None

    def _drop(self, digest: str) -> None:
        self._records.drop(f"{_SESSIONS}:{digest}")
        self._records.drop_field(_SESSIONS, digest)
        _note_end(self._records)

    def _go_on(self, digest: str, record: SessionRecord) -> None:
        """Put the end by idleness off. A session that was just ended stays ended."""
        now = self._records.now()
        left = datetime.fromisoformat(record.until) - datetime.fromisoformat(now)
        self._records.keep(f"{_SESSIONS}:{digest}", max(1, min(self._idle, int(left.total_seconds()))))
        self._see(digest, record, now)

    def _see(self, digest: str, record: SessionRecord, at: str) -> None:
        seen = Seen(name=record.name, seen=at, until=record.until)
        self._records.put_field(_SESSIONS, digest, msgspec.json.encode(seen))

    def _listed(self) -> dict[str, Seen]:
        """The list of all sessions. Those that must have ended are removed from it."""
        now = datetime.fromisoformat(self._records.now())
        idle = rfc3339(now - timedelta(seconds=self._idle + 2 * NOTED_SECONDS))
        found = {
            digest.decode(): msgspec.json.decode(value, type=Seen)
            for digest, value in self._records.get_fields(_SESSIONS).items()
        }
        for digest in [digest for digest, each in found.items() if each.until <= rfc3339(now) or each.seen < idle]:
            self._records.drop_field(_SESSIONS, digest)
            del found[digest]
        return found


class Tokens:
    """Tokens of programs. A name may have several; names are compared like those of accounts."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._noted = Noted()

    def add(
        self,
        name: str,
        role: Role,
        blog: str | None = None,
        *,
        by: str | None = None,
        scopes: Sequence[str] | None = None,
        until: str = "",
    ) -> str:
        """A new bearer token; it cannot be read again later."""
        token = "lb_" + secrets.token_urlsafe(32)
        bounds = None if scopes is None else [*scopes]
        record = TokenRecord(name=name, role=role, blog=blog, by=by, at=self._records.now(), scopes=bounds, until=until)
        self._records.put_field("lb:tokens", _digest(token), msgspec.json.encode(record))
        return token

    def get(self, token: str) -> TokenRecord | None:
        """The token that a program sent, unless it has ended. Its use is noted, about once a minute."""
        digest = _digest(token)
        record = _read(self._records.get_field("lb:tokens", digest), TokenRecord)
        if record is None or (record.until and record.until <= rfc3339(datetime.now(UTC))):
            return None
        if self._noted.is_due(digest):
            with suppress(Unavailable):  # a storage that takes no writes can still be read
                self._records.put_field(_USED, digest, self._records.now().encode())
        return record

    def list(self) -> list[TokenRecord]:
        return [each.record for each in self.listed()]

    def listed(self) -> Sequence[ListedToken]:
        """All tokens by their names, also those whose time is over."""
        used = self._records.get_fields(_USED)
        found = [
            ListedToken(id=digest[:SHORT], record=record, used=used.get(digest.encode(), b"").decode())
            for digest, record in self._all().items()
        ]
        return sorted(found, key=lambda each: (folded(each.record.name), each.record.name, each.record.at, each.id))

    def find(self, token: str) -> ListedToken | None:
        """A token's entry in the list."""
        return next((each for each in self.listed() if each.id == _digest(token)[:SHORT]), None)

    def end(self, token: str) -> None:
        self._drop(_digest(token))

    def end_listed(self, id: str) -> TokenRecord | None:
        """End the token with this id; None if there is none."""
        for digest, record in self._all().items():
            if digest[:SHORT] == id and self._drop(digest):
                return record
        return None

    def _drop(self, digest: str) -> bool:
        self._records.drop_field(_USED, digest)
        dropped = self._records.drop_field("lb:tokens", digest)
        _note_end(self._records)
        return dropped

    def revoke(self, name: str) -> Sequence[TokenRecord]:
        """End all tokens with exactly this name or, if there is none, with an equal name. Returns those that ended."""
        written = self._end(lambda token: tidy(token.name) == tidy(name))
        return written or self._end(lambda token: folded(token.name) == folded(name))

    def end_made_by(self, name: str, which: Callable[[TokenRecord], bool] = lambda _: True) -> Sequence[TokenRecord]:
        """End the tokens that the account of this name made, all or these. Returns those that ended."""
        return self._end(lambda token: token.by == name and which(token))

    def by_hash(self) -> dict[str, TokenRecord]:
        """All tokens by their hashes, as a backup keeps them."""
        return self._all()

    def put_back(self, digest: str, token: TokenRecord) -> bool:
        """Make a token of a backup valid again; False if it is."""
        return self._records.put_field("lb:tokens", digest, msgspec.json.encode(token), new=True)

    def _end(self, which: Callable[[TokenRecord], bool]) -> Sequence[TokenRecord]:
        found = [(key, token) for key, token in self._all().items() if which(token)]
        return [token for key, token in found if self._drop(key)]

    def _all(self) -> dict[str, TokenRecord]:
        found = self._records.get_fields("lb:tokens").items()
        return {key.decode(): msgspec.json.decode(value, type=TokenRecord) for key, value in found}


class Invitations:
    """One-time links. Each is a record that expires; `lb:invitations` lists them with their expiry.

    An invitation of an earlier release is not listed, but can be used.
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
        """A new invitation's token; with `name` it is for that account, with `first` valid while there is no admin."""
        token = secrets.token_urlsafe(24)
        at = datetime.fromisoformat(self._records.now())
        until = rfc3339(at + timedelta(seconds=ttl))
        record = InvitationRecord(role=role, blogs=blogs, first=first, by=by, at=rfc3339(at), until=until)
        if name is not None:
            record = replace(record, name=tidy(name), generation=_generation(self._records, tidy(name)))
        self._put(_digest(token), record, ttl)
        return token

    def peek(self, token: str) -> InvitationRecord | None:
        """The invitation, if it is valid. A named one ends when its account is gone, disabled or signed out."""
        return self._peek(_digest(token))

    def take(self, token: str) -> InvitationRecord | None:
        """Use the invitation up: only one caller gets it."""
        return self._take(_digest(token))

    def put_back(self, token: str, taken: InvitationRecord) -> None:
        """Make an invitation usable again that was taken in vain; its expiry stays."""
        until = datetime.fromisoformat(taken.until or rfc3339(self._now() + timedelta(seconds=INVITATION_SECONDS)))
        ttl = int((until - self._now()).total_seconds())
        if ttl > 0:
            self._put(_digest(token), replace(taken, until=rfc3339(until)), ttl)

    def open(self) -> dict[str, InvitationRecord]:
        """The usable invitations by their ids, in the order in which they were made."""
        found = [(digest[:SHORT], record) for digest in self._listed() if (record := self._peek(digest)) is not None]
        return dict(sorted(found, key=lambda each: each[1].at))

    def withdraw(self, id: str) -> InvitationRecord | None:
        """End an open invitation; None if no open one has this id, for example because it was just used."""
        digest = next((digest for digest in self._listed() if digest[:SHORT] == id), None)
        return None if digest is None else self._take(digest)

    def end_made_by(self, name: str) -> list[InvitationRecord]:
        """Withdraw all open invitations that the account of this name made. Returns those that were withdrawn."""
        made = [digest for digest in self._listed() if (record := self._peek(digest)) and record.by == name]
        return [record for digest in made if (record := self._take(digest)) is not None]

    def _put(self, digest: str, record: InvitationRecord, ttl: int) -> None:
        self._listed()  # removes expired ones, also where nobody ever opens the list
        self._records.put_field(_LISTED, digest, record.until.encode())  # first: the list misses no invitation
        self._records.put(f"lb:invitations:{digest}", msgspec.json.encode(record), ttl=ttl)

    def _peek(self, digest: str) -> InvitationRecord | None:
        return self._standing(_read(self._records.get(f"lb:invitations:{digest}"), InvitationRecord))

    def _take(self, digest: str) -> InvitationRecord | None:
        found = self._records.get(f"lb:invitations:{digest}", take=True)
        self._records.drop_field(_LISTED, digest)
        return self._standing(_read(found, InvitationRecord))

    def _listed(self) -> list[str]:
        """The hashes of the invitations that have not expired. Expired ones are removed from the list."""
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
        if record is None or (record.first and any(map(is_admin, accounts.list()))):
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
    """Counts sign-in tries, so that guessing is slow. A count always expires: nobody is locked out for ever."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._refused: dict[tuple[str, ...], float] = {}

    def count(self, *about: str, seconds: int = TRY_SECONDS) -> int:
        """Count one more try. Returns the number of tries within so many seconds."""
        return self._records.count_each([self._name(about)], seconds)[0]

    def count_each(self, *each: tuple[str, ...]) -> list[int]:
        """Count one more try of each, in one message to storage."""
        return self._records.count_each([self._name(about) for about in each], TRY_SECONDS)

    def refuse(self, *about: str) -> None:
        """Remember in this process that somebody has no tries left, so that a flood of them costs storage nothing."""
        if len(self._refused) >= MOST_NOTED:
            self._refused.clear()
        self._refused[about] = time.monotonic()

    def is_refused(self, *about: str) -> bool:
        """Whether it had no tries left a moment ago."""
        return time.monotonic() - self._refused.get(about, -math.inf) < REFUSED_SECONDS

    def forget(self, *about: str) -> int:
        """Forget the tries after a successful sign-in: they were not guesses. Returns how many they were."""
        return int(self._records.get(self._name(about), take=True) or 0)

    def give_back(self, *about: str, number: int = 1) -> None:
        """Take tries off a count that turned out to be no guesses."""
        self._records.uncount(self._name(about), number)

    def _name(self, about: tuple[str, ...]) -> str:
        return _hashed("lb:tries", "\n".join(about))


class People:
    """All records about people, and the site's own secret.

    Sessions last `lasting` seconds, and `idle` seconds without use. `second_factor` says who needs one beside a
    password, `passwords` whether there are any, and `issuer` which identity provider's people come in.
    """

    def __init__(
        self,
        store: Store,
        lasting: int = SESSION_SECONDS,
        idle: int = IDLE_SECONDS,
        *,
        second_factor: Required = "optional",
        passwords: bool = True,
        issuer: str | None = None,
    ) -> None:
        self._store = store
        self._records = records = store.records
        self.accounts = Accounts(records)
        self.sessions = Sessions(records, lasting, idle)
        self.tokens = Tokens(records)
        self.incoming = IncomingHooks(records)
        self.invitations = Invitations(records)
        self.tries = Tries(records)
        self.factors = FactorTable(records, second_factor)
        self.steps = Steps(records)
        self._passwords, self._issuer = passwords, issuer

    def may_come_in(self, account: Account) -> bool:
        """Whether the sessions of this person are valid: by the account, and by what the settings ask for."""
        return self._is_known(account) and not self.factors.lacks(account)

    def can_sign_in(self, account: Account) -> bool:
        """Whether the person can begin a session. Who lacks a factor can: it is set up right after the password."""
        return self._is_known(account) and bool(account.password_hash or account.subject)

    def _is_known(self, account: Account) -> bool:
        here = self._passwords if account.subject is None else account.subject.iss == self._issuer
        return here and not account.disabled

    def note_end(self) -> None:
        """Let all processes look whether the desk's connections may go on, after somebody's rights changed."""
        _note_end(self._records)

    def now(self) -> str:
        """The storage's time, RFC 3339 UTC."""
        return self._records.now()

    def view(self) -> AccountsView:
        return AccountsView(self._records)

    def slugs(self) -> list[str]:
        """The blogs for which a person may have a role."""
        return self._store.summaries.slugs()

    def note(self, by: str, act: str, **about: Any) -> None:
        """Write an act on people to the site's audit log; the operators' log has the act without names."""
        if act != "sign_in_failed":  # told where it happens, not each time
            log.info("act on people: %s", act)
        self._store.audit.note(by=by, act=act, **about)

    def last_end(self) -> bytes | None:
        """Changes whenever somebody ends a session or a token."""
        return self._records.get_field(_ENDED, "last")

    def secret(self) -> bytes:
        """The site's secret, made once."""
        if found := self._records.get("lb:secret"):
            return found
        self._records.put("lb:secret", secrets.token_bytes(32), new=True)
        if found := self._records.get("lb:secret"):
            return found
        raise LookupError("the site's secret is gone")  # only if somebody deletes it between the two calls


def session_id(token: str) -> str:
    """What identifies the session of this cookie, or a program's token, in lists and in the log."""
    return _digest(token)[:SHORT]


def _note_end(records: Records) -> None:
    """Let all processes look whether the desk's connections may go on."""
    records.put_field(_ENDED, "last", secrets.token_bytes(8))


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
