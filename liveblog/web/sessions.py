"""How a person's session begins and ends in a browser."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..store.accounts import Account
from ..store.people import People
from ..watch import counts
from . import auth, cookies, devices
from .browsers import named
from .site import services

STEP_COOKIE = "liveblog_step"
"""The cookie of somebody whose password was right and who has not taken the second step."""


def _people() -> People:
    people: People = services().people
    return people


def accepted(account: Account) -> None:
    """Note that the person is in, after all steps."""
    counts.sign_ins.add("accepted")
    _people().note(account.name, "sign_in")


def begin(account: Account, wanted: str, generation: str, *, fresh: bool = True) -> BaseResponse:
    """Begin a session and end this browser's earlier ones; `generation` was read before the account was.

    `fresh` says that the person has just proved who it is by all that it signs in with; see `auth.is_fresh`.
    """
    answer = redirect(wanted, 303)
    begin_with(answer, account, generation, fresh=fresh)
    return answer


def begin_with(answer: BaseResponse, account: Account, generation: str, *, fresh: bool = True) -> None:
    """`begin` with any other answer."""
    _close()
    sessions, browser = _people().sessions, named(request.headers.get("User-Agent", ""))
    token = sessions.open(account.name, generation=generation, address=request.remote_addr or "", browser=browser)
    record = sessions.get(token)
    if record is not None and fresh:
        _people().steps.freshen(record.csrf)
    cookies.put(answer, cookies.COOKIE, token, sessions.lasting)
    cookies.drop(answer, STEP_COOKIE)
    devices.remember(answer, account.name, generation)


def leave() -> BaseResponse:
    """End this browser's sessions, and forget its cookies."""
    who = auth.actor()
    account = _people().accounts.get(who.account) if who is not None and who.account else None
    _close()
    elsewhere = account is not None and account.subject is not None and services().provider is not None
    answer = redirect(url_for("oidc.signed_out" if elsewhere else "auth.sign_in_page"), 303)
    answer.delete_cookie(cookies.COOKIE, path=cookies.path())
    answer.delete_cookie(cookies.HOST_COOKIE, path="/", secure=True)
    return answer


def _close() -> None:
    """End all sessions that this browser sent."""
    for token in cookies.sessions(request.cookies, host_only=False):
        _people().sessions.close(token)
