"""What a new password must be (NIST SP 800-63B): long enough, and nothing that others try first. How it is compared.

The list of common passwords is `common_passwords.txt.gz`; `common_passwords.license.txt` names its source.
"""

from __future__ import annotations

import gzip
import re
import secrets
import string
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..errors import Invalid
from ..store.accounts import Account
from .site import services

SHORTEST, LONGEST = 10, 1000
"""Characters of a password."""
RUN, REST = 4, 4
"""The least characters of a run that count as one, and that must remain beside runs and known words."""
AROUND = string.digits + string.punctuation + " "
"""What people put before and after a common password to make it another one."""
MOST_TITLES = 20
"""Of how many blogs, the newest, titles make no password."""
COMMON = Path(__file__).with_name("common_passwords.txt.gz")
_ROWS = (
    *("01234567890", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn", "1q2w3e4r5t6y7u8i9o0p", "!@#$%^&*()"),
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn"),
)
"""What keyboards, the alphabet and the numbers have in a row."""

hasher = PasswordHasher()  # Argon2id by RFC 9106: 64 MiB, three passes; each hash keeps the cost that it was made at


def composed(password: str) -> str:
    """The password in one Unicode form: a Mac may type as two characters what is one on a phone.

    The form is NFC, as RFC 8265 has it for passwords. NFKC would make different passwords equal.
    """
    return unicodedata.normalize("NFC", password)


def check(password: str, words: Iterable[str] = ()) -> None:
    """Refuse a new password that is too short, too long, or easily guessed. Raises `Invalid`. It takes milliseconds.

    `words` are those that somebody tries who knows the person and the site.
    """
    if wrong := weakness(password, words):
        raise Invalid(wrong, field="password")


def weakness(password: str, words: Iterable[str] = ()) -> str | None:
    """What is wrong with a password, as the sentence of a refusal; None if nothing is."""
    password = composed(password)
    if len(password) < SHORTEST:
        return f"a password must have at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"a password may have at most {LONGEST} characters"
    said = _plain(password)
    if _is_common(said) or _is_common(said.strip(AROUND)):
        return "this password is one that many people have, and that is tried first; several words make a better one"
    if _is_repeated(said) or len(set(_rest(said, words))) < REST:
        return "this password is made of names, of keys in a row or of repetitions; several words make a better one"
    return None


def _plain(password: str) -> str:
    """What a password looks like: full-width letters and characters without a width make no other one of it."""
    said = unicodedata.normalize("NFKC", password).casefold()
    return "".join(each for each in said if unicodedata.category(each) != "Cf")


def _is_common(said: str) -> bool:
    """The list is read each time: a password is seldom set, and a process has better uses for its memory."""
    return f"\n{said}\n".encode() in gzip.decompress(COMMON.read_bytes()) if said else False


def _rest(said: str, words: Iterable[str]) -> str:
    """What a password has beside known words and runs."""
    rest, found = said, ""
    for word in sorted(set(_folded(words)), key=len, reverse=True):
        rest = rest.replace(word, " ")
    while rest:
        run = _run(rest)
        found += rest[0] if run < RUN else ""
        rest = rest[1 if run < RUN else run :]
    return "".join(found.split())


def _folded(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield from (part for part in re.split(r"[\W_]+", composed(word).casefold()) if len(part) >= 3)


def _is_repeated(said: str) -> bool:
    """Whether a text only says the same again."""
    sizes = range(1, len(said) // 2 + 1)
    return any(said == (said[:size] * (len(said) // size + 1))[: len(said)] for size in sizes)


def _run(said: str) -> int:
    """How many characters at the beginning are those of a row, forwards or backwards, or all the same."""
    same = len(said) - len(said.lstrip(said[0]))
    return max(same, *(_begun(said, row) for each in _ROWS for row in (each, each[::-1])))


def _begun(said: str, row: str) -> int:
    size = 0
    while size < len(said) and said[: size + 1] in row:
        size += 1
    return size


# -- compared


def verified(account: Account | None, password: str) -> bool:
    """Whether the password is the account's. It takes as long without an account, so that names cannot be tried out.

    Hashing takes 50 ms on purpose: call this and `hashed` in a thread, so that no page waits.
    """
    nobodys = _nobodys(hasher)  # is made once, whoever comes first
    known = account.password_hash if account is not None and not account.disabled else None
    try:
        return hasher.verify(known or nobodys, composed(password)) and known is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys(hasher: PasswordHasher) -> str:
    """The hash of a password that nobody has."""
    return hasher.hash(secrets.token_urlsafe(32))


def hashed(password: str, words: Collection[str] = ()) -> str:
    """Argon2's string for a new password, in which somebody else may not guess these words. Raises `Invalid`."""
    check(password, words)
    return hasher.hash(composed(password))


def guessable(name: str) -> Collection[str]:
    """The words that somebody tries who knows the person and the site."""
    here = services()
    blogs = [each.blog for each in here.catalogue.summaries()[:MOST_TITLES]]
    host = urlsplit(here.settings.base_url or "").hostname or ""
    titles = [word for blog in blogs for word in (blog.title, blog.id, blog.film or "")]
    return {name, host, here.settings.publisher or "", "liveblog", *titles}
