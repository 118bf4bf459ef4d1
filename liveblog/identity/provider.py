"""An OpenID Connect provider over HTTP: its discovery, its keys, the exchange of a code, what its tokens say.

Only the issuer of the settings is ever asked, over TLS unless it is on this machine. Each answer has a deadline and a
limit; no redirect is followed.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote_plus, unquote, urlencode, urlsplit

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from msgspec import Struct

from ..errors import Unavailable
from ..relay.origin import Answer, Origin
from . import tokens
from .tokens import Wrong

PATIENCE, LARGEST = 5.0, 512 * 1024
"""Seconds for an answer, and its bytes."""
KEPT, PAUSE = 3600.0, 30.0
"""Seconds for which discovery and keys are kept, and between two requests for a key that is not among them."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by the provider's private key. `none`, and those by a secret that both have, are none."""

T = TypeVar("T")


class Discovered(Struct):
    """What we need of the provider's metadata (OpenID Connect Discovery)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(Struct):
    id_token: str
    access_token: str = ""


class _Keys(Struct):
    keys: list[dict[str, Any]]


class Person(Struct, frozen=True, kw_only=True):
    """Who signed in: the subject, what the provider says of it, and when it proved it; see `tokens.signed_in_at`."""

    sub: str
    claims: dict[str, Any]
    signed_in_at: float = 0.0


class Provider:
    """`clock` gives seconds since 1970, `monotonic` those between two requests."""

    def __init__(
        self,
        issuer: str,
        client: str,
        secret: str | None,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer, self.client = issuer, client
        self._secret, self._clock, self._monotonic = secret, clock, monotonic
        self._found: Discovered | None = None
        self._found_at = self._keys_at = float("-inf")
        self._keys: list[dict[str, Any]] = []

    @property
    def name(self) -> str:
        """The host, as people are told of it."""
        return urlsplit(self.issuer).hostname or self.issuer

    def discovered(self) -> Discovered:
        """The provider's metadata, at most an hour old unless it does not answer. Raises `Unavailable`."""
        if self._monotonic() - self._found_at > KEPT:
            try:
                self._found = self._discover()
                self._found_at = self._monotonic()
            except Unavailable:
                if self._found is None:
                    raise
        assert self._found is not None
        return self._found

    def _discover(self) -> Discovered:
        found = self._value(self._ask(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"), Discovered)
        if found.issuer != self.issuer:
            raise self._unusable("it says that it is another issuer")
        ends = [found.authorization_endpoint, found.token_endpoint, found.jwks_uri]
        ends += [each for each in (found.userinfo_endpoint, found.end_session_endpoint) if each]
        schemes = ("https",) if self.issuer.startswith("https:") else ("https", "http")
        if not all(urlsplit(each).scheme in schemes for each in ends):
            raise self._unusable("it names an address without https")
        return found

    def way_in(self, back: str, scopes: str, *, state: str, nonce: str, challenge: str, again: bool = False) -> str:
        """The address at the provider where a person signs in, and comes `back` from (code flow with PKCE).

        With `again` the provider asks also a person who is signed in there.
        """
        return _with_query(
            self.discovered().authorization_endpoint,
            response_type="code",
            client_id=self.client,
            redirect_uri=back,
            scope=scopes,
            state=state,
            nonce=nonce,
            code_challenge=challenge,
            code_challenge_method="S256",
            **({"prompt": "login", "max_age": "0"} if again else {}),
        )

    def way_out(self, back: str) -> str | None:
        """The address at the provider where a person signs out there, too; None if there is none."""
        end = self.discovered().end_session_endpoint
        return _with_query(end, client_id=self.client, post_logout_redirect_uri=back) if end else None

    def came_from(self, issuer: str | None) -> bool:
        """Whether an answer that names this issuer is from this provider, not mixed up with another's (RFC 9207)."""
        if issuer is None:
            return not self.discovered().authorization_response_iss_parameter_supported
        return issuer == self.issuer

    def person(self, code: str, back: str, *, nonce: str, verifier: str, claim: str) -> Person:
        """Exchange a code for who signed in. What the ID token does not say (`claim`, the name) is asked separately.

        Raises `Wrong` for what is not right, `Unavailable` for a provider that does not answer.
        """
        found = self._exchanged(code, back, verifier)
        claims, alg = self._verified(found.id_token)
        sub = tokens.check_id_token(
            claims,
            issuer=self.issuer,
            client=self.client,
            nonce=nonce,
            now=self._clock(),
            access_token=found.access_token,
            alg=alg,
        )
        proved = tokens.signed_in_at(claims)
        missing = not {claim.partition(".")[0], claim} & claims.keys() or "name" not in claims
        if missing and found.access_token and (end := self.discovered().userinfo_endpoint):
            claims = {**self._more(end, found.access_token, sub), **claims}
        return Person(sub=sub, claims=claims, signed_in_at=proved)

    def _exchanged(self, code: str, back: str, verifier: str) -> _Tokens:
        sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        methods = self.discovered().token_endpoint_auth_methods_supported
        if self._secret is None:
            sent["client_id"] = self.client
        elif "client_secret_basic" in methods or "client_secret_post" not in methods:
            pair = f"{quote_plus(self.client)}:{quote_plus(self._secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            sent |= {"client_id": self.client, "client_secret": self._secret}
        answer = self._ask(self.discovered().token_endpoint, body=urlencode(sent).encode(), headers=headers)
        if 400 <= answer.status < 500:
            raise Wrong("the provider did not accept the code, or not this client")
        return self._value(answer, _Tokens)

    def _more(self, end: str, access_token: str, sub: str) -> dict[str, Any]:
        answer = self._ask(end, headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"})
        claims = self._value(answer, dict[str, Any])
        if claims.get("sub") != sub:
            raise Wrong("the provider told of somebody else")
        return claims

    def signed_out(self, token: str) -> str:
        """The subject of somebody who signed out at the provider (back-channel log-out). Raises `Wrong`."""
        claims, _ = self._verified(token)
        return tokens.check_logout_token(claims, issuer=self.issuer, client=self.client, now=self._clock())

    # -- signatures

    def _verified(self, token: str) -> tuple[dict[str, Any], str]:
        """The claims of a token that one of the provider's keys signed, and the algorithm."""
        head = _head(token)
        alg, kid = head.get("alg"), head.get("kid")
        if alg not in ALGORITHMS:
            raise Wrong("it has no signature that counts")
        for key in self._candidates(kid):
            try:
                return dict(jwt.decode(token, key, algorithms=ALGORITHMS).claims), str(alg)
            except (JoseError, ValueError, TypeError):
                continue
        raise Wrong("it is not signed by the provider")

    def _candidates(self, kid: object) -> list[Key]:
        """The keys that may have signed; they are fetched again for a new name, but seldom: anybody can send names."""
        since = self._monotonic() - self._keys_at
        if since > KEPT or (not _named(self._keys, kid) and since > PAUSE):
            self._keys_at = self._monotonic()
            try:
                self._keys = self._value(self._ask(self.discovered().jwks_uri), _Keys).keys
            except Unavailable:
                if not self._keys:
                    self._keys_at = float("-inf")
                    raise
        return _imported(_named(self._keys, kid))

    # -- requests

    def _ask(self, address: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        parts = urlsplit(address)
        origin = Origin(f"{parts.scheme}://{parts.netloc}")
        try:
            return origin.ask(
                unquote(parts.path) or "/",
                dict(parse_qsl(parts.query)),
                seconds=PATIENCE,
                most=LARGEST,
                method="GET" if body is None else "POST",
                body=body,
                headers={"User-Agent": "liveblog", **(headers or {})},
            )
        except Unavailable as no:
            raise self._unusable("it does not answer") from no
        finally:
            origin.close()

    def _value(self, answer: Answer, kind: type[T]) -> T:
        if answer.status != 200:
            raise self._unusable(f"it answers with status {answer.status}")
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._unusable("its answer cannot be read") from None

    def _unusable(self, why: str) -> Unavailable:
        return Unavailable(f"{self.name}, where people sign in, cannot be used: {why}", retry_after=30)


def _with_query(address: str, **fields: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(fields)}"


def _head(token: str) -> dict[str, Any]:
    try:
        first = token.split(".")[0]
        found = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Wrong("it is no token")
    return found


def _named(keys: list[dict[str, Any]], kid: object) -> list[dict[str, Any]]:
    """The signing keys with this name; without a name all."""
    return [key for key in keys if key.get("use", "sig") == "sig" and kid in (None, key.get("kid"))]


def _imported(keys: list[dict[str, Any]]) -> list[Key]:
    found = []
    for key in keys:
        try:
            found.append(JWKRegistry.import_key(key))
        except (JoseError, ValueError, TypeError, KeyError):  # of a kind that is not known here
            continue
    return found
