"""Who may do what: accounts, sessions, tokens and invitations, as small records. Secrets are kept only as SHA-256."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import Invalid, NotFound, WrongState
from ..model import rfc3339
from .commits import Store

Role = Literal["contributor", "editor", "admin"]
R = TypeVar("R", bound=Struct)

SESSION_SECONDS = 12 * 3600
INVITATION_SECONDS = 24 * 3600
TRY_SECONDS = 300
"""Seconds after the first of some sign-in tries at which their count starts again."""
SHORT = 12
"""Characters of an invitation's hash that name it to people; the link cannot be made of them."""
ATTEMPTS = 20
"""How often a change of an account is made again when what it read was changed meanwhile."""
_LISTED = "lb:invitations"


class Account(Struct, frozen=True, kw_only=True):
    """A person at the desk; `blogs` None means all. `password_hash` is argon2's own string."""

    name: str
    role: Role
    password_hash: str | None = None
    blogs: list[str] | None = None
    disabled: bool = False


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


def let_in(account: Account) -> Account:
    """An account that was shut out, let in again: it needs a new password. Any other stays as it is."""
    return replace(account, disabled=False, password_hash=None) if account.disabled else account


def tidy(name: str) -> str:
    """A name as it is kept and shown: composed (NFC), single spaces; so the same name typed elsewhere is found."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def folded(name: str) -> str:
    """What names have in common that count as equal: they differ in case and Unicode form only.

    The form is NFC and not NFKC, which would also join names that look different, as "Zoë²" and "Zoë2": somebody who
    reads the list of people has to see which of them acts.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", tidy(name)).casefold())


def namesakes(accounts: Iterable[Account], name: str) -> list[Account]:
    return [account for account in accounts if folded(account.name) == folded(name)]


class AccountsView:
    """The accounts as one change reads them, each once: the preconditions of that change, as `View` is of a commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read: dict[str, bytes | None] = {}

    def get(self, name: str) -> Account | None:
        """The account that is written like this, else the one that is written like this but for its case.

        Earlier releases told "Ana" from "ana": where both exist, each is found as it is written, and neither as "ANA".
        """
        if (account := self._written(tidy(name))) is not None:
            return account
        found = namesakes(self.list(), name)
        return found[0] if len(found) == 1 else None

    def list(self) -> list[Account]:
        """All of them: the change is made only if none was changed or added."""
        found = self._store.get_fields("lb:accounts")
        self.read.setdefault("", b"%d" % len(found))
        for name, value in found.items():
            self.read.setdefault(name.decode(), value)
        return [account for name in found if (account := self._written(name.decode())) is not None]

    def _written(self, name: str) -> Account | None:
        if name not in self.read:
            self.read[name] = self._store.get_field("lb:accounts", name)
        return _read(self.read[name], Account)


class Accounts:
    """By name, in capitals or not, however its letters were composed; see `AccountsView.get`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str) -> Account | None:
        return AccountsView(self._store).get(name)

    def put(self, account: Account) -> None:
        """Set an account, whatever it was; to change one there is `change`."""
        account = replace(account, name=tidy(account.name))
        self._store.put_field("lb:accounts", account.name, msgspec.json.encode(account))

    def change(self, name: str, update: Callable[[Account, AccountsView], Account]) -> Account:
        """Change an account as it is now; what it became.

        `update` makes the changed account of the current one. The change is made only if that one, and whatever else
        `update` read of the view, still is what it was; otherwise `update` is asked again about what is there then.
        Raises what `update` raises, `NotFound`, and `WrongState` (`busy`) if the accounts were changed over and over.
        """

        def changed(view: AccountsView) -> Account:
            account = view.get(name)
            if account is None:
                raise NotFound(f"there is no account {tidy(name)}")
            return update(account, view)

        return self._write(changed)

    def create(
        self, account: Account, *, first: bool = False, check: Callable[[AccountsView], object] = lambda _: None
    ) -> Account:
        """Create an account, if `check` does not refuse at that moment.

        Raises what `check` raises, `Invalid` if the name is taken, `NotFound` with `first` if there is an account.
        """
        account = replace(account, name=tidy(account.name))

        def created(view: AccountsView) -> Account:
            others = view.list()
            if first and others:
                raise NotFound("there is an account already: the first link has ended")
            _check_free(others, account.name)
            check(view)
            return account

        return self._write(created)

    def check_free(self, name: str) -> None:
        """Raise `Invalid` if there is an account whose name is equal to this one."""
        _check_free(self.list(), name)

    def _write(self, make: Callable[[AccountsView], Account]) -> Account:
        """Store the account that `make` makes, if all that it read is still the same; otherwise it makes it again."""
        for _ in range(ATTEMPTS):
            view = AccountsView(self._store)
            account = make(view)
            if self._store.change_field("lb:accounts", account.name, msgspec.json.encode(account), view.read):
                return account
        raise WrongState("too many people are changing this at once; try again", code="busy")

    def list(self) -> list[Account]:
        return sorted(AccountsView(self._store).list(), key=lambda account: (folded(account.name), account.name))

    def delete(self, name: str) -> None:
        self._store.drop_field("lb:accounts", tidy(name))


class Sessions:
    """Sessions, each with the generation its account had when it began: a new generation ends them all, by no clock.

    One-time links for an account have its generation too, and end with its sessions. Sign-in asks for the generation
    before it looks at the account: the session of a person who is shut out in between has ended when it begins.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def generation(self, name: str) -> str:
        """What a session of this name has to have now; see `open`."""
        return _generation(self._store, name)

    def open(self, name: str, ttl: int = SESSION_SECONDS, *, generation: str | None = None) -> str:
        """A new session's token, for the cookie; it ended already if `generation` is none of now."""
        token = secrets.token_urlsafe(32)
        generation = self.generation(name) if generation is None else generation
        record = SessionRecord(name=name, csrf=secrets.token_urlsafe(24), generation=generation)
        self._store.put_record(_hashed("lb:sessions", token), msgspec.json.encode(record), ttl=ttl)
        return token

    def get(self, token: str) -> SessionRecord | None:
        """The session, unless it ended or everybody of its name was signed out after it began."""
        record = _read(self._store.get_record(_hashed("lb:sessions", token)), SessionRecord)
        return record if record is not None and record.generation == _generation(self._store, record.name) else None

    def close(self, token: str) -> None:
        self._store.drop_record(_hashed("lb:sessions", token))

    def close_all(self, name: str) -> None:
        """Sign somebody out everywhere, also where a session is being opened in this moment."""
        self._store.put_field("lb:signed-out", name, _new_generation())

    def renew(self, name: str, generation: str) -> str:
        """Sign somebody out everywhere; the generation for a session that goes on.

        If somebody else signed them out after `generation`, it is that one: the session ends as well.
        """
        new = _new_generation()
        if self._store.change_field("lb:signed-out", name, new, {name: generation.encode()}):
            return new.decode()
        self.close_all(name)
        return generation


class Tokens:
    """Tokens of programs. A name may have several; names are equal as those of accounts are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, name: str, role: Role, blog: str | None = None, *, by: str | None = None) -> str:
        """A new bearer token, told once."""
        token = "lb_" + secrets.token_urlsafe(32)
        record = TokenRecord(name=name, role=role, blog=blog, by=by, at=self._store.now())
        self._store.put_field("lb:tokens", _digest(token), msgspec.json.encode(record))
        return token

    def get(self, token: str) -> TokenRecord | None:
        return _read(self._store.get_field("lb:tokens", _digest(token)), TokenRecord)

    def list(self) -> list[TokenRecord]:
        return sorted(self._all().values(), key=lambda token: (folded(token.name), token.name, token.at))

    def end(self, token: str) -> None:
        self._store.drop_field("lb:tokens", _digest(token))

    def revoke(self, name: str) -> Sequence[TokenRecord]:
        """End all tokens whose name is written like this or, if there is none, is equal to it; the ended ones."""
        written = self._end(lambda token: tidy(token.name) == tidy(name))
        return written or self._end(lambda token: folded(token.name) == folded(name))

    def end_made_by(self, name: str) -> Sequence[TokenRecord]:
        """End all tokens that the account of this name made; the ended ones."""
        return self._end(lambda token: token.by == name)

    def _end(self, which: Callable[[TokenRecord], bool]) -> Sequence[TokenRecord]:
        found = [(key, token) for key, token in self._all().items() if which(token)]
        return [token for key, token in found if self._store.drop_field("lb:tokens", key)]

    def _all(self) -> dict[str, TokenRecord]:
        found = self._store.get_fields("lb:tokens").items()
        return {key.decode(): msgspec.json.decode(value, type=TokenRecord) for key, value in found}


class Invitations:
    """One-time links. Each is a record that ends by itself; `lb:invitations` lists them, each with its end.

    An invitation of an earlier release is in no list, but can be used.
    """

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
        by: str | None = None,
    ) -> str:
        """A one-time invitation's token; with `name` it is for that account, with `first` only while there is none."""
        token = secrets.token_urlsafe(24)
        at = datetime.fromisoformat(self._store.now())
        until = rfc3339(at + timedelta(seconds=ttl))
        record = InvitationRecord(role=role, blogs=blogs, first=first, by=by, at=rfc3339(at), until=until)
        if name is not None:
            record = replace(record, name=tidy(name), generation=_generation(self._store, tidy(name)))
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
        self._store.put_field(_LISTED, digest, record.until.encode())  # first: no invitation is left out of the list
        self._store.put_record(f"lb:invitations:{digest}", msgspec.json.encode(record), ttl=ttl)

    def _peek(self, digest: str) -> InvitationRecord | None:
        return self._standing(_read(self._store.get_record(f"lb:invitations:{digest}"), InvitationRecord))

    def _take(self, digest: str) -> InvitationRecord | None:
        found = self._store.get_record(f"lb:invitations:{digest}", take=True)
        self._store.drop_field(_LISTED, digest)
        return self._standing(_read(found, InvitationRecord))

    def _listed(self) -> list[str]:
        """The hashes of the invitations that have not ended by themselves; those that have leave the list."""
        now = self._store.now()
        found = {digest.decode(): until.decode() for digest, until in self._store.get_fields(_LISTED).items()}
        for digest in [digest for digest, until in found.items() if until <= now]:
            self._store.drop_field(_LISTED, digest)
            del found[digest]
        return list(found)

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._store.now())

    def _standing(self, record: InvitationRecord | None) -> InvitationRecord | None:
        accounts = Accounts(self._store)
        if record is None or (record.first and accounts.list()):
            return None
        if record.name is not None:
            account = accounts.get(record.name)
            stands = (
                account is not None
                and not account.disabled
                and record.generation == _generation(self._store, record.name)
            )
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

    def view(self) -> AccountsView:
        return AccountsView(self._store)

    def slugs(self) -> list[str]:
        """The blogs that somebody may have a role at."""
        return self._store.summaries.slugs()

    def note(self, by: str, act: str, **about: Any) -> None:
        """Put what was done to people into the site's log."""
        self._store.note(by=by, act=act, **about)

    def secret(self) -> bytes:
        """The site's secret, made once."""
        if found := self._store.get_record("lb:secret"):
            return found
        self._store.put_record("lb:secret", secrets.token_bytes(32), new=True)
        if found := self._store.get_record("lb:secret"):
            return found
        raise LookupError("the site's secret is gone")  # only if somebody deletes it between the two calls


def _check_free(accounts: Iterable[Account], name: str) -> None:
    if found := namesakes(accounts, name):
        raise Invalid(f"this name is taken: there is an account {found[0].name} already", field="name")


def _generation(store: Store, name: str) -> str:
    return (store.get_field("lb:signed-out", name) or b"").decode()


def _new_generation() -> bytes:
    return secrets.token_hex(8).encode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _hashed(table: str, token: str) -> str:
    return f"{table}:{_digest(token)}"


def _read(value: bytes | None, type: type[R]) -> R | None:
    return None if value is None else msgspec.json.decode(value, type=type)
