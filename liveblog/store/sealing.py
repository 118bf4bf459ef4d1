"""Secrets that must be read again, sealed for storage: AES-256-GCM under a key that follows from the site's secret.

Passwords and tokens are not sealed but hashed, because nobody ever needs to read them.
"""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
"""Bytes of GCM's nonce; at random, because far fewer than 2^32 secrets are ever sealed."""


def seal(key: bytes, text: str, about: str) -> str:
    """A text that only `key` opens again, and only as what it is `about`."""
    nonce = secrets.token_bytes(NONCE)
    return base64.urlsafe_b64encode(nonce + _cipher(key).encrypt(nonce, text.encode(), about.encode())).decode()


def unseal(key: bytes, sealed: str, about: str) -> str | None:
    """The text; None if another key or another purpose sealed it, or somebody changed it."""
    try:
        data = base64.urlsafe_b64decode(sealed.encode())
        return _cipher(key).decrypt(data[:NONCE], data[NONCE:], about.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError):
        return None


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"liveblog sealed").derive(key))
