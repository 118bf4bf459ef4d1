"""Sealed secrets: only the same key opens them again, and only as what they are about."""

from __future__ import annotations

import base64

import pytest

from liveblog.store.sealing import seal, unseal

KEY = b"the site's secret"


def test_a_secret_comes_back() -> None:
    for secret in ("", "JBSWY3DPEHPK3PXP", "é" * 100):
        assert unseal(KEY, seal(KEY, secret, "totp of Ana"), "totp of Ana") == secret


def test_a_seal_tells_nothing() -> None:
    one, two = (seal(KEY, "JBSWY3DPEHPK3PXP", "totp of Ana") for _ in range(2))
    assert one != two
    assert b"JBSWY3DP" not in base64.urlsafe_b64decode(one)


@pytest.mark.parametrize(("key", "about"), [(b"another", "totp of Ana"), (KEY, "totp of Bo"), (b"", "totp of Ana")])
def test_another_key_or_another_person_opens_nothing(key: bytes, about: str) -> None:
    assert unseal(key, seal(KEY, "secret", "totp of Ana"), about) is None


def test_whatever_was_changed_opens_nothing() -> None:
    data = bytearray(base64.urlsafe_b64decode(seal(KEY, "secret", "x")))
    for at in range(len(data)):
        data[at] ^= 1
        assert unseal(KEY, base64.urlsafe_b64encode(data).decode(), "x") is None
        data[at] ^= 1
    for broken in ("", "AAAA", "no base64 at all", "é", "A" * 1000, "A" * 17):
        assert unseal(KEY, broken, "x") is None
