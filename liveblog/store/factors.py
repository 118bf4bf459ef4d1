"""Second factors of people: passkeys, the secret of an authenticator app, and recovery codes; by account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec import Struct

from ..errors import WrongState
from .accounts import Account
from .records import Records

TABLE = "lb:factors"
PASSKEYS = "lb:passkeys"
"""Maps the id of each passkey to its owner's name: an id is unique, and names a person who gives no name."""
ATTEMPTS = 20

Required = Literal["optional", "admins", "all"]


class Passkey(Struct, frozen=True, kw_only=True):
    """`id` and `key` (COSE) are base64url; `count` is the authenticator's, `at` and `used` are times (RFC 3339)."""

    id: str
    key: str
    name: str
    count: int = 0
    transports: list[str] = []
    at: str = ""
    used: str = ""


class Factors(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's factors. `handle` is what authenticators know the person by; it says nothing.

    `totp` is the app's sealed secret, `step` the last step of time whose code was used; `codes` are the SHA-256 of the
    recovery codes that are left.
    """

    handle: str = ""
    passkeys: list[Passkey] = []
    totp: str = ""
    step: int = 0
    codes: list[str] = []

    @property
    def any(self) -> bool:
        """Whether there is a factor; codes alone are none."""
        return bool(self.passkeys or self.totp)

    def passkey(self, id: str) -> Passkey | None:
        return next((each for each in self.passkeys if each.id == id), None)


class FactorTable:
    """The factors of all people. `required` says who needs some to sign in with a password."""

    def __init__(self, records: Records, required: Required = "optional") -> None:
        self._records = records
        self.required = required

    def get(self, name: str) -> Factors:
        return _read(self._records.get_field(TABLE, name))

    def needs(self, account: Account) -> bool:
        """Whether the person may not sign in without a second factor; who signs in elsewhere has it there."""
        if account.subject is not None:
            return False
        return self.required == "all" or (self.required == "admins" and account.role == "admin")

    def lacks(self, account: Account) -> bool:
        """Whether the person needs a factor and has none; then no session is valid."""
        return self.needs(account) and not self.get(account.name).any

    def change(self, name: str, update: Callable[[Factors], Factors]) -> Factors:
        """Store what `update` makes of a person's factors, which it sees as they are. Raises what `update` raises."""
        for _ in range(ATTEMPTS):
            found = self._records.get_field(TABLE, name)
            changed = update(_read(found))
            if self._records.change_field(TABLE, name, msgspec.json.encode(changed), {name: found}):
                return changed
        raise WrongState("too many people are changing this at once; try again", code="busy")

    def own(self, id: str, name: str) -> bool:
        """Make the passkey with this id the person's; False if it is somebody's already."""
        return self._records.put_field(PASSKEYS, id, name.encode(), new=True)

    def disown(self, id: str) -> None:
        self._records.drop_field(PASSKEYS, id)

    def owner(self, id: str) -> str | None:
        found = self._records.get_field(PASSKEYS, id)
        return None if found is None else found.decode()

    def drop(self, name: str) -> None:
        """Remove all factors of a person."""
        for passkey in self.get(name).passkeys:
            self.disown(passkey.id)
        self._records.drop_field(TABLE, name)

    def put_back(self, name: str, factors: Factors) -> None:
        """Store the factors that a backup has for a new account."""
        self._records.put_field(TABLE, name, msgspec.json.encode(factors))
        for passkey in factors.passkeys:
            self.own(passkey.id, name)


def _read(value: bytes | None) -> Factors:
    return Factors() if value is None else msgspec.json.decode(value, type=Factors)
