"""Accounts: who may work at the desk, and how a name finds one. A change is made on what it read, or made again."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import Invalid, NotFound, WrongState
from .records import Records

Role = Literal["contributor", "editor", "admin"]
TABLE = "lb:accounts"
ATTEMPTS = 20
"""How often a change of an account is made again when what it read was changed meanwhile."""


class Account(Struct, frozen=True, kw_only=True):
    """A person at the desk; `blogs` None means all. `password_hash` is argon2's own string."""

    name: str
    role: Role
    password_hash: str | None = None
    blogs: list[str] | None = None
    disabled: bool = False


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

    def __init__(self, records: Records) -> None:
        self._records = records
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
    """By name, in capitals or not, however its letters were composed; see `AccountsView.get`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def get(self, name: str) -> Account | None:
        return AccountsView(self._records).get(name)

    def put(self, account: Account) -> None:
        """Set an account, whatever it was; to change one there is `change`."""
        account = replace(account, name=tidy(account.name))
        self._records.put_field(TABLE, account.name, msgspec.json.encode(account))

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
