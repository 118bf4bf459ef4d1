"""The browsers on which people have signed in before: what others try elsewhere neither delays nor stops them."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from ..store.accounts import folded
from ..store.people import People
from . import auth, cookies
from .site import services

COOKIE, SECONDS = "liveblog_device", 180 * 86400


def known(name: str) -> str | None:
    """This browser's device, if the person of this name has signed in on it and not been signed out everywhere since.

    So a device on which somebody used a password that was found out is none any more with the next password, nor with
    the person's first second factor.
    """
    id, _, proof = request.cookies.get(COOKIE, "").partition(".")
    people: People = services().people
    account = people.accounts.get(name) if id else None
    if account is None:
        return None
    right = hmac.compare_digest(
        proof.encode(), _proof(id, account.name, people.sessions.generation(account.name)).encode()
    )
    return id if right else None


def remember(answer: BaseResponse, name: str, generation: str) -> None:
    """Let this browser be a device of the person, until the account has another generation; see `Sessions`."""
    id = known(name) or secrets.token_urlsafe(12)
    answer.set_cookie(
        COOKIE,
        f"{id}.{_proof(id, name, generation)}",
        max_age=SECONDS,
        path=f"{cookies.path()}desk/",
        httponly=True,
        samesite="Lax",
        secure=cookies.over_https(),
    )


def _proof(id: str, name: str, generation: str) -> str:
    about = f"device\n{id}\n{folded(name)}\n{generation}"
    return hmac.new(auth.site_secret(), about.encode(), hashlib.sha256).hexdigest()
