"""What browsers keep for us: the cookie of a session, and those of a sign-in on the way."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from . import site

COOKIE, HOST_COOKIE = "liveblog_session", "__Host-liveblog_session"
"""The session's cookie. Browsers take the second one only from the host itself, by HTTPS, for all of its paths: no site
at a neighbouring name can plant it. A site below a path, or without HTTPS, has the first."""
MOST_COOKIES = 20
"""Cookies of this name that are looked at: the last ones, because browsers send ours, whose path is short, late."""


def sessions(all: MultiDict[str, str], host_only: bool) -> Sequence[str]:
    """The tokens under our cookie's name, each once: a site at a neighbouring name can plant others beside ours."""
    names = (HOST_COOKIE,) if host_only else (HOST_COOKIE, COOKIE)
    return [*dict.fromkeys(token for name in names for token in all.getlist(name) if token)][-MOST_COOKIES:]


def host_only() -> bool:
    """Whether the session's cookie is bound to the host: a site by HTTPS that has its host for itself."""
    return over_https() and not site.prefix()


def path() -> str:
    """The path below which a browser sends the session: another program may be at the same host."""
    return f"{site.prefix()}/"


def over_https() -> bool:
    """Whether the browser uses HTTPS, according to our public address or to one of our proxies."""
    return request.is_secure or site.base().startswith("https:")


def put(answer: BaseResponse, name: str, token: str, seconds: int) -> None:
    """Give the browser a secret that no script reads and no other site's page sends."""
    answer.set_cookie(
        _name(name),
        token,
        max_age=seconds,
        path=path(),
        httponly=True,
        samesite="Lax",
        secure=over_https(),
    )


def get(name: str) -> str:
    """What `put` has given the browser by this name, or an empty text."""
    return request.cookies.get(_name(name), "")


def drop(answer: BaseResponse, name: str) -> None:
    if get(name):
        answer.delete_cookie(_name(name), path=path(), secure=over_https())


def _name(name: str) -> str:
    """The name by which a browser binds a cookie to the host, where it can be (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if host_only() else name
