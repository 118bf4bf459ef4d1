"""Who works here: the admins' page of people and programs, what was done, and everybody's page of their account."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from msgspec.structs import replace
from werkzeug.wrappers import Response as BaseResponse

from ..errors import Invalid, NotFound, WrongState
from ..store.people import Account, People, Role, tidy
from . import auth
from .api import house

blueprint = Blueprint("people", __name__, url_prefix="/desk")

ROLES: dict[str, str] = {
    "contributor": "writes drafts and submits them",
    "editor": "publishes, and calls results",
    "admin": "also people, programs and new blogs",
}
DONE = {
    "change": "The role is changed.",
    "disable": "Shut out, everywhere and at once.",
    "sign-out": "Signed out everywhere.",
    "revoke": "The token is ended.",
    "password": "Your password is changed. You were signed out everywhere else.",
}
LOG = 200
"""Entries of a log on one page."""


def _people() -> People:
    people: People = house().people
    return people


def _note(act: str, **more: Any) -> None:
    house().store.note(by=auth.signed_in().name, act=act, **more)


# -- the admins' page


@blueprint.get("/people")
def everybody() -> str:
    auth.require("admin")
    return _page(done=DONE.get(request.args.get("done", "")))


def _page(**told: Any) -> str:
    return render_template(
        "desk/people.html",
        who=auth.signed_in(),
        accounts=_people().accounts.list(),
        tokens=_people().tokens.list(),
        slugs=house().store.slugs(),
        roles=ROLES,
        **told,
    )


@blueprint.post("/people")
def act() -> BaseResponse | str | tuple[str, int]:
    """One act on a person or a program, by the form's `act`; a secret it makes is shown once, on the answer."""
    auth.require("admin")
    acts = {
        "invite": _invite,
        "reset": _reset,
        "change": _change,
        "disable": _disable,
        "sign-out": _sign_out,
        "token": _token,
        "revoke": _revoke,
    }
    name = request.form.get("act", "")
    try:
        if name not in acts:
            raise Invalid("there is no such act", field="act")
        shown = acts[name]()
    except (Invalid, NotFound, WrongState) as no:
        return _page(problem=no.detail), no.status
    return _page(**shown) if shown else redirect(url_for("people.everybody", done=name), 303)


def _rights() -> tuple[Role, list[str] | None]:
    role = request.form.get("role", "")
    if role not in ROLES:
        raise Invalid("choose a role", field="role")
    if request.form.get("where") != "some":
        return role, None  # type: ignore[return-value]
    blogs = request.form.getlist("blogs")
    if not blogs or not set(blogs) <= set(house().store.slugs()):
        raise Invalid("choose at least one blog, or all", field="blogs")
    return role, blogs  # type: ignore[return-value]


def _account() -> Account:
    found = _people().accounts.get(request.form.get("name", ""))
    if found is None:
        raise NotFound("there is no such account")
    return found


def _link(token: str) -> str:
    base: str = house().settings.base_url or request.host_url.rstrip("/")
    return base + url_for("auth.welcome_page", token=token)


def _invite() -> dict[str, Any]:
    role, blogs = _rights()
    _note("invite", role=role, blogs=blogs)
    return {"link": _link(_people().invitations.make(role, blogs)), "link_for": f"a new {role}"}


def _reset() -> dict[str, Any]:
    """A link that sets a new password; also the way back in for who was disabled."""
    account = _account()
    if account.disabled:
        account = replace(account, disabled=False, password_hash=None)
        _people().accounts.put(account)
    _note("reset", whom=account.name)
    token = _people().invitations.make(account.role, account.blogs, name=account.name)
    return {"link": _link(token), "link_for": account.name}


def _change() -> None:
    account = _account()
    role, blogs = _rights()
    changed = replace(account, role=role, blogs=blogs)
    _keep_an_admin(account, changed)
    _people().accounts.put(changed)
    _note("change", whom=account.name, role=role, blogs=blogs)


def _disable() -> None:
    account = _account()
    changed = replace(account, disabled=True)
    _keep_an_admin(account, changed)
    _people().accounts.put(changed)
    _people().sessions.close_all(account.name)
    _note("disable", whom=account.name)


def _keep_an_admin(account: Account, changed: Account) -> None:
    """Somebody must be left who can let people in."""
    others = [each for each in _people().accounts.list() if each.name != account.name]
    if _runs_the_desk(account) and not any(map(_runs_the_desk, [*others, changed])):
        raise WrongState(f"{account.name} is the only admin of everything; make somebody else one first")


def _runs_the_desk(account: Account) -> bool:
    return account.role == "admin" and account.blogs is None and not account.disabled and bool(account.password_hash)


def _sign_out() -> None:
    account = _account()
    _people().sessions.close_all(account.name)
    _note("sign_out_everywhere", whom=account.name)


def _token() -> dict[str, Any]:
    role, blogs = _rights()
    name = tidy(request.form.get("name", ""))
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Invalid("a token has a name of 1 to 80 characters", field="name")
    if blogs is not None and len(blogs) > 1:
        raise Invalid("a token is for one blog, or for all", field="blogs")
    _note("token", name=name, role=role, blogs=blogs)
    return {"token": _people().tokens.add(name, role, blogs[0] if blogs else None), "token_for": name}


def _revoke() -> None:
    name = request.form.get("name", "")
    if not _people().tokens.revoke(name):
        raise NotFound("there is no such token")
    _note("revoke", name=name)


# -- one's own account


@blueprint.get("/account")
def account() -> str:
    who = auth.signed_in()
    return render_template("desk/account.html", who=who, done=DONE.get(request.args.get("done", "")))


@blueprint.post("/account")
def change_password() -> BaseResponse | tuple[str, int]:
    """A new password, for who knows the old one; all other sessions end."""
    who = auth.signed_in()
    auth.throttle(who.name)
    own = _people().accounts.get(who.name)
    problem = None
    if own is None or not house().aside(auth.verified, own, request.form.get("old", "")):
        problem = "The old password is wrong."
    else:
        try:
            changed = replace(own, password_hash=house().aside(auth.hashed, request.form.get("password", "")))
        except Invalid as no:
            problem = no.detail
    if problem:
        return render_template("desk/account.html", who=who, problem=problem), 422
    _people().accounts.put(changed)
    _people().sessions.close_all(changed.name)
    _note("password")
    return auth.begin_session(changed, url_for("people.account", done="password"))


# -- what was done


@blueprint.get("/log")
def log() -> str:
    """What was done: to people, or in one blog; by everybody, or by one."""
    slug, by, before = (request.args.get(name, "") for name in ("blog", "by", "before"))
    who = auth.require("editor", slug) if slug else auth.require("admin")
    if not re.fullmatch(r"(?:[0-9]{1,20}-[0-9]{1,20})?", before):
        raise Invalid("before is the id of an entry", field="before")
    store = house().store
    where: dict[str, Any] = {"before": before or "+", "count": LOG}
    found = store.log(slug, **where) if slug else store.site_log(**where)
    slugs = [each for each in store.slugs() if who.may("editor", each)]
    entries = [entry for entry in found if by in ("", entry.by)]
    further = found[-1].id if len(found) == LOG else None
    return render_template(
        "desk/log.html", who=who, entries=entries, slug=slug, by=by, slugs=slugs, further=further, site=who.may("admin")
    )
