"""What a signed token must say: the checks of OpenID Connect Core (3.1.3.7) and of back-channel log-out. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

SKEW = 60
"""Seconds that the provider's clock and ours may differ."""
LONGEST_SUBJECT = 255
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"

Claims = Mapping[str, object]


class Wrong(ValueError):
    """A token that is not for us, not now, or not from whom it says; the message says what."""


def check(claims: Claims, *, issuer: str, client: str, now: float) -> None:
    """Raise `Wrong` unless the issuer made the token for this client, and it is valid now."""
    if claims.get("iss") != issuer:
        raise Wrong("it is from another issuer")
    audience = claims.get("aud")
    clients = audience if isinstance(audience, list) else [audience]
    if client not in clients:
        raise Wrong("it is for another client")
    if claims.get("azp", client) != client or (len(clients) > 1 and "azp" not in claims):
        raise Wrong("it was given to another client")
    if _time(claims, "iat") > now + SKEW or ("nbf" in claims and _time(claims, "nbf") > now + SKEW):
        raise Wrong("it is not valid yet")


def check_id_token(
    claims: Claims, *, issuer: str, client: str, nonce: str, now: float, access_token: str, alg: str
) -> str:
    """The person's subject. Raises `Wrong`, also for the token of another sign-in (`nonce`)."""
    check(claims, issuer=issuer, client=client, now=now)
    _check_end(claims, now)
    if not _same(claims.get("nonce"), nonce):
        raise Wrong("it is of another sign-in")
    if "at_hash" in claims and not _same(claims["at_hash"], _half(access_token, alg)):
        raise Wrong("it came with another access token")
    return _subject(claims)


def check_logout_token(claims: Claims, *, issuer: str, client: str, now: float) -> str:
    """The subject of the person who signed out at the provider. Raises `Wrong`."""
    check(claims, issuer=issuer, client=client, now=now)
    if "exp" in claims:
        _check_end(claims, now)
    if _time(claims, "iat") < now - 2 * SKEW:  # an old one, sent again
        raise Wrong("it is too old")
    events = claims.get("events")
    if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
        raise Wrong("it is no log-out")
    return _subject(claims)


def signed_in_at(claims: Claims) -> float:
    """When the person last proved at the provider who it is (seconds since 1970); 0.0 if it does not say."""
    found = claims.get("auth_time")
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else 0.0


def _check_end(claims: Claims, now: float) -> None:
    if _time(claims, "exp") <= now - SKEW:
        raise Wrong("it has expired")


def _time(claims: Claims, name: str) -> float:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Wrong(f"it has no {name}")
    return float(found)


def _subject(claims: Claims) -> str:
    found = claims.get("sub")
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_SUBJECT:
        raise Wrong("it names nobody")
    return found


def _same(found: object, wanted: str) -> bool:
    return isinstance(found, str) and hmac.compare_digest(found.encode(), wanted.encode())


def _half(access_token: str, alg: str) -> str:
    """The left half of an access token's hash, by the hash of the signature's algorithm (EdDSA: SHA-512)."""
    name = f"sha{alg[-3:]}" if alg[-3:] in ("256", "384", "512") else "sha512"
    digest = hashlib.new(name, access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
