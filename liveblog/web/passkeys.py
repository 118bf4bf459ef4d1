"""WebAuthn: what a browser is asked to make or to prove, and whether its answer is right.

Each challenge is for one purpose of one browser, which has its token in a cookie, and is used up by the first answer.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import webauthn
from flask import Response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import InvalidAuthenticationResponse, WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRequestOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from .. import factors
from ..errors import Forbidden, Invalid, Unavailable
from ..store.accounts import Account
from ..store.factors import Factors, Passkey
from ..store.people import People
from ..store.steps import STEP_SECONDS, Challenge
from . import cookies, relying_party
from .relying_party import Place

COOKIE = "liveblog_challenge"
LONGEST_ANSWER = 16 * 1024
"""Characters of a browser's answer."""
WRONG = "This passkey was not accepted. Try again."


def _here() -> Place:
    found = relying_party.place()
    if found is None:
        raise Unavailable("passkeys need LIVEBLOG_BASE_URL with https and a name")
    return found


def asked_to_make(people: People, account: Account) -> Response:
    """The options for a new passkey of this person."""
    here = _here()
    options = webauthn.generate_registration_options(
        rp_id=here.host,
        rp_name=here.host,
        user_id=factors.handle(people, account),
        user_name=account.name,
        user_display_name=account.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_described(people.factors.get(account.name)),
    )
    return _asked(people, options, "make", account.name)


def asked_to_prove(people: People, account: Account | None) -> Response:
    """The options for proving who one is: with one of the person's passkeys or, alone, with any that names its owner.

    Alone a passkey is both factors, so the authenticator must verify the person, by PIN or by body; after the password
    it need not ask for more than a touch.
    """
    verification = UserVerificationRequirement.DISCOURAGED if account else UserVerificationRequirement.REQUIRED
    options = webauthn.generate_authentication_options(
        rp_id=_here().host,
        allow_credentials=_described(people.factors.get(account.name)) if account else None,
        user_verification=verification,
    )
    return _asked(people, options, "prove", account.name if account else "")


def _described(found: Factors) -> list[PublicKeyCredentialDescriptor]:
    known = {each.value for each in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(each.id),
            transports=[AuthenticatorTransport(name) for name in each.transports if name in known],
        )
        for each in found.passkeys
    ]


def _asked(
    people: People,
    options: PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions,
    purpose: str,
    name: str,
) -> Response:
    answer = Response(webauthn.options_to_json(options), mimetype="application/json")
    challenge = Challenge(purpose=purpose, challenge=bytes_to_base64url(options.challenge), name=name)
    cookies.put(answer, COOKIE, people.steps.begin(challenge), STEP_SECONDS)
    return answer


def made(people: People, account: Account, said: str, name: str) -> Passkey:
    """The passkey that the browser has made, under the name that the person gave it. Raises `Invalid`."""
    here, answer = _here(), _parsed(said)
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=_challenge(people, "make", account.name),
            expected_rp_id=here.host,
            expected_origin=here.origin,
        )
    except _BROKEN as error:
        raise Invalid(f"the browser's answer is not right ({error})", field="credential") from None
    response = answer.get("response")
    transports = response.get("transports") if isinstance(response, dict) else None
    return Passkey(
        id=bytes_to_base64url(found.credential_id),
        key=bytes_to_base64url(found.credential_public_key),
        name=name,
        count=found.sign_count,
        transports=[each for each in transports or () if isinstance(each, str)][:8],
    )


def proved(people: People, said: str, account: Account | None) -> tuple[Account, str]:
    """The person whose passkey answered, and the generation for its session. Raises `Forbidden`.

    With `account` the passkey must be that person's; without one it must say who it is and have verified the person.
    """
    here, answer = _here(), _parsed(said)
    id = str(answer.get("id", ""))
    challenge = _challenge(people, "prove", account.name if account else "")
    name = people.factors.owner(id)
    if name is None or (account is not None and account.name != name):
        raise Forbidden(WRONG)
    generation = people.sessions.generation(name)
    owner, found = people.accounts.get(name), people.factors.get(name)
    passkey = found.passkey(id)
    if owner is None or owner.name != name or owner.disabled or passkey is None or not _is_for(answer, found):
        raise Forbidden(WRONG)
    try:
        done = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=here.host,
            expected_origin=here.origin,
            credential_public_key=base64url_to_bytes(passkey.key),
            credential_current_sign_count=passkey.count,
            require_user_verification=account is None,
        )
    except _BROKEN as error:
        if isinstance(error, InvalidAuthenticationResponse) and "sign count" in str(error):
            people.note(owner.name, "passkey_refused", name=passkey.name)
        raise Forbidden(WRONG) from None
    factors.use_passkey(people, owner, id, passkey.count, done.new_sign_count)
    return owner, generation


_BROKEN = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What the library raises for answers that no browser makes."""


def _is_for(answer: dict[str, Any], found: Factors) -> bool:
    """Whether the answer names the person by the handle that we gave, if it names somebody."""
    response = answer.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    with suppress(ValueError):
        return not handle or (isinstance(handle, str) and base64url_to_bytes(handle).hex() == found.handle)
    return False


def _challenge(people: People, purpose: str, name: str) -> bytes:
    """The challenge that this browser was given, which is used up. Raises `Forbidden`."""
    found = people.steps.take(cookies.get(COOKIE), Challenge)
    if found is None or (found.purpose, found.name) != (purpose, name):
        raise Forbidden("That took too long. Try again.")
    return base64url_to_bytes(found.challenge)


def _parsed(said: str) -> dict[str, Any]:
    if len(said) <= LONGEST_ANSWER:
        with suppress(msgspec.DecodeError, ValueError, RecursionError):
            return msgspec.json.decode(said, type=dict[str, Any])  # unlike `json` it takes no half of a character
    raise Invalid("the browser sent no answer", field="credential")
