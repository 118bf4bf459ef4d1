"""The acts on second factors, once each. Those of the person itself ask for a fresh sign-in; the pages see to that."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime

import pyotp
from msgspec.structs import replace

from . import staff
from .characters import CONTROL
from .errors import Forbidden, Invalid, NotFound, TooMany, WrongState
from .staff import By
from .store.accounts import Account, folded, tidy
from .store.factors import Factors, Passkey
from .store.people import TRY_SECONDS, People
from .store.sealing import seal, unseal

CODES, CODE_BYTES = 10, 15
"""How many recovery codes a person gets, and the random bytes of each: 24 letters of base32."""
TRIES, TRIES_OF_DAY, DAY = 10, 20, 86400
"""Wrong codes of an app per `TRY_SECONDS` and per day (in seconds): of each device on which the person has signed in
before, and of all others together, whatever their addresses. A code has only six digits, and three of them are right
at any time: others have one chance in 16,000 each day."""
MOST_PASSKEYS, LONGEST_NAME = 20, 60
STEP, DRIFT = 30, 1
"""Seconds that a code is for, and how many steps a phone's clock may be off."""


# -- an authenticator app


def new_secret() -> str:
    """The secret of an app that is being set up, in base32."""
    return pyotp.random_base32()


def address(secret: str, name: str, site: str) -> str:
    """What an app's camera reads: `otpauth://…`."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=site)


def add_app(people: People, key: bytes, account: Account, secret: str, code: str) -> list[str]:
    """Set an app up, in the place of an earlier one. Returns the recovery codes if these are the first.

    Raises `Invalid` for a code that is not the secret's.
    """
    step = _step(people, secret, code, 0)
    if step is None:
        raise Invalid("this is not the app's code; look at the clock of the phone, and try the next code", field="code")
    sealed = seal(key, secret, _about(account))
    return _add(people, account, "add_app", lambda now: replace(now, totp=sealed, step=step))


def remove_app(people: People, account: Account) -> None:
    """Raises `WrongState` if the person needs a factor and this is the last one."""
    _remove(people, account, "remove_app", lambda now: replace(now, totp="", step=0))


def check_app(people: People, key: bytes, account: Account, code: str, device: str = "") -> bool:
    """Whether the code is the app's, of now, and was not used before; it is used up. Raises `TooMany`, `WrongState`.

    `device` is the one from which it comes, if the person has signed in there before.
    """
    whose, of_day = _count(people, account, device)

    def used(now: Factors) -> Factors:
        secret = unseal(key, now.totp, _about(account)) if now.totp else None
        if now.totp and secret is None:
            raise WrongState("the site's secret was changed, so the app's codes cannot be checked; take another way")
        step = _step(people, secret, code, now.step) if secret else None
        if step is None:
            raise Invalid("this is not the app's code", field="code")
        return replace(now, step=step)

    try:
        people.factors.change(account.name, used)
    except Invalid:
        return False
    people.tries.give_back(*whose)
    people.tries.give_back(*of_day)
    return True


def _count(people: People, account: Account, device: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Count a code as wrong before it is looked at. Returns where it is counted. Raises `TooMany`."""
    whose = ("second factor", folded(account.name), device)
    if people.tries.count(*whose) > TRIES:
        raise TooMany("Too many wrong codes. Wait a few minutes, then try again.", retry_after=TRY_SECONDS)
    of_day = (*whose, "day")
    if people.tries.count(*of_day, seconds=DAY) > TRIES_OF_DAY:
        others = "take a recovery code or a passkey, or a browser in which you have signed in before"
        raise TooMany(f"Too many wrong codes today: {others}.", retry_after=DAY)
    return whose, of_day


def _step(people: People, secret: str, code: str, after: int) -> int | None:
    """The step of time that a code is for, if it is near now and later than `after`."""
    now = int(datetime.fromisoformat(people.now()).timestamp()) // STEP
    app = pyotp.TOTP(secret)
    near, said = range(now - DRIFT, now + DRIFT + 1), code.encode()  # texts are compared in ASCII only
    found = [step for step in near if hmac.compare_digest(app.generate_otp(step).encode(), said)]
    return next((step for step in found if step > after), None)


def _about(account: Account) -> str:
    return f"totp of {account.name}"


# -- recovery codes


def new_codes(people: People, account: Account) -> list[str]:
    """Ten new recovery codes in the place of all earlier ones; they cannot be read again."""
    codes = _codes()
    people.factors.change(account.name, lambda now: replace(now, codes=[_hashed(code) for code in codes]))
    people.note(account.name, "new_codes")
    return codes


def use_code(people: People, account: Account, code: str) -> bool:
    """Whether this is one of the person's recovery codes; it is used up."""

    def used(now: Factors) -> Factors:
        left = [each for each in now.codes if each != _hashed(code)]
        if len(left) == len(now.codes):
            raise Invalid("this is no recovery code", field="code")
        return replace(now, codes=left)

    try:
        left = people.factors.change(account.name, used)
    except Invalid:
        return False
    people.note(account.name, "recovery_code", left=len(left.codes))
    return True


def _codes() -> list[str]:
    made = [base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower() for _ in range(CODES)]
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in made]


def _hashed(code: str) -> str:
    """SHA-256 is enough: a code has 120 random bits. Spaces, hyphens and capitals do not count."""
    return hashlib.sha256("".join(filter(str.isalnum, code.lower())).encode()).hexdigest()


# -- passkeys


def handle(people: People, account: Account) -> bytes:
    """What authenticators know the person by; made once, at random, so that it tells no other site anything."""
    made = secrets.token_hex(32)
    found = people.factors.change(account.name, lambda now: now if now.handle else replace(now, handle=made))
    return bytes.fromhex(found.handle)


def add_passkey(people: People, account: Account, passkey: Passkey) -> list[str]:
    """Returns the recovery codes if these are the first. Raises `Invalid`, also for a passkey that somebody has."""
    name = tidy(passkey.name)
    if not 1 <= len(name) <= LONGEST_NAME or CONTROL.search(name):
        raise Invalid(f"a passkey's name must be one line of 1 to {LONGEST_NAME} characters", field="name")

    def added(now: Factors) -> Factors:
        if len(now.passkeys) >= MOST_PASSKEYS:
            raise Invalid(f"a person may have at most {MOST_PASSKEYS} passkeys", field="name")
        return replace(now, passkeys=[*now.passkeys, replace(passkey, name=name, at=people.now())])

    if not people.factors.own(passkey.id, account.name):
        raise Invalid("this passkey is in use already", field="credential")
    try:
        return _add(people, account, "add_passkey", added)
    except (Invalid, WrongState):
        people.factors.disown(passkey.id)
        raise


def use_passkey(people: People, account: Account, id: str, before: int, count: int) -> None:
    """Store an authenticator's new count. Raises `Forbidden` if another answer came between: one of them is a copy's.

    `before` is the count that the answer was compared with.
    """

    def used(found: Passkey) -> Passkey:
        if found.count != before:
            raise Forbidden("this passkey was used twice at once; try again")
        return replace(found, count=count, used=people.now())

    people.factors.change(account.name, lambda now: _with(now, id, used))


def remove_passkey(people: People, account: Account, id: str) -> None:
    """Raises `WrongState` if the person needs a factor and this is the last one."""
    if people.factors.get(account.name).passkey(id) is None:
        raise NotFound("there is no such passkey")

    def without(now: Factors) -> Factors:
        return replace(now, passkeys=[each for each in now.passkeys if each.id != id])

    _remove(people, account, "remove_passkey", without)
    people.factors.disown(id)


# -- for others


def in_words(found: Factors) -> str:
    """What a person has; empty for nothing."""
    keys = f"{len(found.passkeys)} passkey{'s' if len(found.passkeys) > 1 else ''}" if found.passkeys else ""
    return ", ".join(filter(None, [keys, "authenticator app" if found.totp else ""]))


def reset(people: People, by: By, name: str) -> Account:
    """Remove all factors of a person who lost them, and end the person's sessions. Raises `NotFound`."""
    account = staff.find(people, name)
    people.factors.drop(account.name)
    people.sessions.close_all(account.name)
    people.note(by.name, "reset_factors", whom=account.name)
    return account


# -- what they share


def _add(people: People, account: Account, act: str, update: Callable[[Factors], Factors]) -> list[str]:
    """Add a factor. A person's first one brings recovery codes along, which are returned, once."""
    codes = _codes()

    def added(now: Factors) -> Factors:
        changed = update(now)
        return changed if now.any else replace(changed, codes=[_hashed(code) for code in codes])

    stored = people.factors.change(account.name, added)
    people.note(account.name, act)
    return codes if stored.codes == [_hashed(code) for code in codes] else []


def _remove(people: People, account: Account, act: str, update: Callable[[Factors], Factors]) -> None:
    """Remove a factor; with the last one go the recovery codes."""

    def removed(now: Factors) -> Factors:
        changed = update(now)
        if now.any and not changed.any and people.factors.needs(account):
            raise WrongState("you need a second factor to sign in; add another one first")
        return changed if changed.any else replace(changed, codes=[])

    people.factors.change(account.name, removed)
    people.note(account.name, act)


def _with(now: Factors, id: str, update: Callable[[Passkey], Passkey]) -> Factors:
    if now.passkey(id) is None:
        raise NotFound("there is no such passkey")
    return replace(now, passkeys=[update(each) if each.id == id else each for each in now.passkeys])
