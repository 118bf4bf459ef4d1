"""Accounts of the people at the desk, found by name. A change is stored only if what it read is unchanged."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..characters import alike
from ..errors import Invalid, NotFound, WrongState
from ..roles import Role as Role
from .records import Records

TABLE = "lb:accounts"
ATTEMPTS = 20
"""How often a change of an account is tried when what it read changes meanwhile."""


class Subject(Struct, frozen=True, kw_only=True):
    """Who a person is at an identity provider: issuer and `sub` together, never a mail address or a name."""

    iss: str
    sub: str


class Account(Struct, frozen=True, kw_only=True):
    """A person at the desk; `blogs` None means all. `password_hash` is argon2's own string.

    A person with a `subject` signs in at the identity provider, and has neither a password nor factors here.
    """

    name: str
    role: Role
    password_hash: str | None = None
    blogs: list[str] | None = None
    disabled: bool = False
    subject: Subject | None = None

    def works_on(self, blog: str | None) -> bool:
        """Whether the person has a role for a blog (None: for all), and is not shut out."""
        return not self.disabled and (self.blogs is None or blog in self.blogs)


def is_admin(account: Account) -> bool:
    """Whether the account is, or will be with its first password, that of an admin of all blogs."""
    return account.role == "admin" and account.blogs is None and not account.disabled


def let_in(account: Account) -> Account:
    """Enable a disabled account again; it then needs a new password or sign-in. Any other account stays as it is."""
    return replace(account, disabled=False, password_hash=None) if account.disabled else account


def tidy(name: str) -> str:
    """A name as it is stored and shown: composed (NFC), single spaces; so the same name typed elsewhere is found."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def folded(name: str) -> str:
    """The key under which names are compared: names that differ only in case, Unicode form and joiners are equal.

    The form is NFC and not NFKC. NFKC would also equate names that look different, such as "Zoë²" and "Zoë2", and a
    reader of the list of people has to see which of them acted.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", tidy(alike(name))).casefold())


def namesakes(accounts: Iterable[Account], name: str) -> list[Account]:
    return [account for account in accounts if folded(account.name) == folded(name)]


class AccountsView:
    """The accounts that one change reads, each once: its preconditions, as a `View` holds those of a commit."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.read: dict[str, bytes | None] = {}

    def get(self, name: str) -> Account | None:
        """The account with exactly this name, else the one whose name differs only in case.

        Earlier releases distinguished "Ana" from "ana". Where both exist, each is found by its exact name only, not as
        "ANA".
        """
        if (account := self._written(tidy(name))) is not None:
            return account
        found = namesakes(self.list(), name)
        return found[0] if len(found) == 1 else None

    def list(self) -> list[Account]:
        """All accounts; the change is then stored only if none was changed or added."""
        found = self._records.get_fields(TABLE)
        self.read.setdefault("", b"%d" % len(found))
        for name, value in found.items():
            self.read.setdefault(name.decode(), value)
        return [account for name in found if (account := self._written(name.decode())) is not None]

    def _written(self, name: str) -> Account | None:
        if name not in self.read:
            self.read[name] = self._records.get_field(TABLE, name)
        found = self.read[name]
        return None if found is None else msgspec.json.decode(found, type=Account)


class Accounts:
    """Accounts by name, regardless of case and of Unicode composition; see `AccountsView.get`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def get(self, name: str) -> Account | None:
        return AccountsView(self._records).get(name)

    def put(self, account: Account) -> None:
        """Store an account unconditionally; use `change` to change one."""
        account = replace(account, name=tidy(account.name))
        self._records.put_field(TABLE, account.name, msgspec.json.encode(account))

    def change(self, name: str, update: Callable[[Account, AccountsView], Account]) -> Account:
        """Change an account from its current state. Returns the new state.

        `update` makes the changed account from the current one. The change is stored only if that account and whatever
        else `update` read from the view are unchanged; otherwise `update` runs again on the new state.
        Raises what `update` raises, `NotFound`, and `WrongState` (`busy`) if the accounts kept changing.
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
        """Create an account unless `check`, which sees the accounts as they are at the moment of the write, refuses it.

        Raises what `check` raises, `Invalid` if the name is taken, and with `first` `NotFound` if there is an admin.
        """
        account = replace(account, name=tidy(account.name))

        def created(view: AccountsView) -> Account:
            others = view.list()
            if first and any(map(is_admin, others)):
                raise NotFound("there is an admin already, so the first link has ended")
            _check_free(others, account.name)
            check(view)
            return account

        return self._write(created)

    def check_free(self, name: str) -> None:
        """Raise `Invalid` if an account has an equal name."""
        _check_free(self.list(), name)

    def _write(self, make: Callable[[AccountsView], Account]) -> Account:
        """Store the account that `make` returns if everything that it read is unchanged; else call `make` again."""
        for _ in range(ATTEMPTS):
            view = AccountsView(self._records)
            account = make(view)
            if self._records.change_field(TABLE, account.name, msgspec.json.encode(account), view.read):
                return account
        raise WrongState("too many people are changing this at once; try again", code="busy")

    def list(self) -> list[Account]:
        return sorted(AccountsView(self._records).list(), key=lambda account: (folded(account.name), account.name))

    def delete(self, name: str) -> None:
        self._records.drop_field(TABLE, tidy(name))


def _check_free(accounts: Iterable[Account], name: str) -> None:
    if found := namesakes(accounts, name):
        raise Invalid(f"this name is taken: there is an account {found[0].name} already", field="name")
