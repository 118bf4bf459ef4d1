"""How often somebody may try to sign in, from where, and whose password is compared first."""

from __future__ import annotations

import logging
from typing import NamedTuple

from flask import request

from ..errors import TooMany
from ..hashing import FIRST, Rank
from ..http.proxies import bucket, neighbourhood
from ..store.accounts import folded
from ..store.people import TRY_SECONDS, People
from ..watch import counts
from ..watch.episodes import Episode, Episodes
from . import devices
from .site import services

log = logging.getLogger(__name__)

TRIES, TRIES_OF_ADDRESS = 10, 200
"""Failed sign-ins per `TRY_SECONDS`: of one name from one address, and of one address."""
WORTH_NOTING = (1, 10, 100)
"""Which of an address's failed tries are logged: a person who guesses must not push the acts out of the log."""


def _episode(trouble: str) -> Episodes:
    return Episodes(lambda where: Episode(log, f"{trouble} {where}", f"over: {trouble} {where}", quiet=TRY_SECONDS))


refused = _episode("sign-in refused, from")
blocked = _episode("too many tries, sign-ins are not looked at, from")
"""What operators are told of each address. Who signs in is no reader, and guessing must be stopped somewhere."""


def _people() -> People:
    people: People = services().people
    return people


class Try(NamedTuple):
    """A try that may be made: its number among those of its address or device, and when its password is compared."""

    number: int
    rank: Rank


def count(name: str | None, *, guess: bool = True) -> Try:
    """Count a try, before checking its password costs any work. Raises `TooMany`.

    All names that find the same account count as one: capitals give nobody more tries. A known device counts for
    itself, so that nobody at the same address uses up its tries, and its password is compared first; see
    `liveblog/hashing.py`. What is no guess of a password counts for the device or address alone; without a name it is
    counted apart, so that guesses leave the way by passkey or provider open.
    """
    tries, whose = _people().tries, _whose(name)
    own = (*whose, folded(name)) if name is not None and guess else whose
    if tries.is_refused(*whose) or tries.is_refused(*own):
        raise _too_many()
    asked = {whose: TRIES_OF_ADDRESS, **({own: TRIES} if own != whose else {})}
    near = [_near()] if whose == (address(),) else []
    found = tries.count_each(*asked, *near)
    for (who, most), number in zip(asked.items(), found, strict=False):
        if number > most:
            tries.refuse(*who)
            raise _too_many()
    return Try(found[0], (found[0], found[-1]) if near else FIRST)


def _too_many() -> TooMany:
    counts.sign_ins.add("too_many")
    blocked.of(address()).met()
    return TooMany("Too many tries from here. Wait a few minutes, then try again.", retry_after=TRY_SECONDS)


def give_back(name: str | None, *, guess: bool = True) -> None:
    """Count a right sign-in no longer, nor passwords before it of the same name from here: they were not guesses.

    All others stay counted, so that nobody guesses more for having an account here. The limits do not know how many
    people an address has: a whole newsroom signs in from one.
    """
    tries, whose = _people().tries, _whose(name)
    number = tries.forget(*whose, folded(name)) if name is not None and guess else 1
    tries.give_back(*whose, number=number)
    if whose == (address(),):
        tries.give_back(*_near(), number=number)


def note(name: str, failed: Try, act: str) -> None:
    """Write a failed try to the site's log, if it is worth it."""
    if failed.number in WORTH_NOTING:
        _people().note(name, act, tries=failed.number)


def address() -> str:
    """The client's address, as far as it can be limited."""
    return bucket(request.remote_addr or "")


def _whose(name: str | None) -> tuple[str, ...]:
    """Whose tries these are: the device's that the person knows, else the address's."""
    if name is None:
        return "asked", address()
    device = devices.known(name)
    return (address(),) if device is None else ("device", device)


def _near() -> tuple[str, ...]:
    return "near", neighbourhood(request.remote_addr or "")
