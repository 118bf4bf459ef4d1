"""The browsers on which people have signed in before: what others try elsewhere neither delays nor stops them."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from ..store.accounts import folded
from . import auth, cookies

COOKIE, SECONDS = "liveblog_device", 180 * 86400


def known(name: str) -> str | None:
    """This browser's device, if the person of this name has signed in on it."""
    id, _, proof = request.cookies.get(COOKIE, "").partition(".")
    right = id and hmac.compare_digest(proof.encode(), _proof(id, name).encode())
    return id if right else None


def remember(answer: BaseResponse, name: str) -> None:
    """Let this browser be a device of the person."""
    id = known(name) or secrets.token_urlsafe(12)
    answer.set_cookie(
        COOKIE,
        f"{id}.{_proof(id, name)}",
        max_age=SECONDS,
        path=f"{cookies.path()}desk/",
        httponly=True,
        samesite="Lax",
        secure=cookies.over_https(),
    )


def _proof(id: str, name: str) -> str:
    return hmac.new(auth.site_secret(), f"device\n{id}\n{folded(name)}".encode(), hashlib.sha256).hexdigest()
