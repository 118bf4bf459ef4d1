"""Who works here: the admins' page of people and programs, what was done, and everybody's page of their account."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from msgspec.structs import replace
from werkzeug.wrappers import Response as BaseResponse

from ..errors import Invalid, NotFound, WrongState
from ..model import Category, Post
from ..store.people import Account, People, Role, Roll, let_in, tidy
from ..store.redis import Entry
from ..timeline import Timeline
from . import auth, site
from .labels import ACTS
from .site import services

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
    people: People = services().people
    return people


def _note(act: str, **more: Any) -> None:
    services().store.note(by=auth.signed_in().name, act=act, **more)


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
        slugs=services().store.summaries.slugs(),
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
    if not blogs or not set(blogs) <= set(services().store.summaries.slugs()):
        raise Invalid("choose at least one blog, or all", field="blogs")
    return role, blogs  # type: ignore[return-value]


def _account() -> Account:
    found = _people().accounts.get(request.form.get("name", ""))
    if found is None:
        raise NotFound("there is no such account")
    return found


def _link(token: str) -> str:
    return site.address("auth.welcome_page", token=token)


def _invite() -> dict[str, Any]:
    role, blogs = _rights()
    _note("invite", role=role, blogs=blogs)
    return {"link": _link(_people().invitations.make(role, blogs)), "link_for": f"a new {role}"}


def _reset() -> dict[str, Any]:
    """A link that sets a new password; also the way back in for who was disabled."""
    account = _account()
    if account.disabled:
        _people().sessions.close_all(account.name)  # none of before comes back with the account
        account = _change_account(account.name, let_in)
    _note("reset", whom=account.name)
    token = _people().invitations.make(account.role, account.blogs, name=account.name)
    return {"link": _link(token), "link_for": account.name}


def _change() -> None:
    account = _account()
    role, blogs = _rights()
    _change_account(account.name, lambda now: replace(now, role=role, blogs=blogs))
    _note("change", whom=account.name, role=role, blogs=blogs)


def _disable() -> None:
    account = _account()
    _change_account(account.name, lambda now: replace(now, disabled=True))
    _people().sessions.close_all(account.name)
    _note("disable", whom=account.name)


def _change_account(name: str, update: Callable[[Account], Account]) -> Account:
    """Change an account as it is now, for an admin, and if somebody is left who can let people in.

    Both hold at the moment of the change, whatever other admins do meanwhile.
    """

    def changed(account: Account, roll: Roll) -> Account:
        auth.require_still("admin", roll)
        updated = update(account)
        if _runs_the_desk(account) and not _runs_the_desk(updated):
            others = [each for each in roll.list() if each.name != account.name]
            if not any(map(_runs_the_desk, others)):
                raise WrongState(f"{account.name} is the only admin of everything; make somebody else one first")
        return updated

    return _people().accounts.change(name, changed)


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
    mark = _people().sessions.mark(who.name)
    try:
        changed = _with_new_password(who.name, request.form.get("old", ""), request.form.get("password", ""))
    except Invalid as no:
        return render_template("desk/account.html", who=who, problem=no.detail), no.status
    auth.forget_tries(who.name)
    mark = _people().sessions.renew(changed.name, mark)
    _note("password")
    return auth.begin_session(changed, url_for("people.account", done="password"), mark)


def _with_new_password(name: str, old: str, new: str) -> Account:
    """Change a password. Raises `Invalid`, and `NotSignedIn` for a person who is shut out while the hashes are made."""
    wrong = Invalid("The old password is wrong.", field="old")
    own = auth.not_shut_out(_people().accounts.get(name))
    if not services().hashing.run(auth.verified, own, old):
        raise wrong
    password_hash = services().hashing.run(auth.hashed, new)

    def update(account: Account, _: Roll) -> Account:
        if auth.not_shut_out(account).password_hash != own.password_hash:
            raise wrong  # it is another one since it was compared
        return replace(account, password_hash=password_hash)

    return _people().accounts.change(name, update)


# -- what was done


@blueprint.get("/log")
def log() -> str:
    """What was done: to people, or in one blog; by everybody, or by one."""
    slug, by, before = (request.args.get(name, "") for name in ("blog", "by", "before"))
    who = auth.require("editor", slug) if slug else auth.require("admin")
    if not re.fullmatch(r"(?:[0-9]{1,20}-[0-9]{1,20})?", before):
        raise Invalid("before is the id of an entry", field="before")
    store = services().store
    timeline: Timeline | None = services().tails.timeline(slug) if slug else None
    found, further = _entries(partial(store.log, slug) if slug else store.site_log, tidy(by), before or "+")
    return render_template(
        "desk/log.html",
        who=who,
        entries=[(entry, ACTS.get(entry.note.get("act", ""), ""), _about(entry, timeline)) for entry in found],
        slug=slug,
        by=by,
        names=[each.name for each in _people().accounts.list()] if who.may("admin") else [],
        slugs=[each for each in store.summaries.slugs() if who.may("editor", each)],
        further=further,
        site=who.may("admin"),
    )


def _entries(read: Callable[..., list[Entry]], by: str, before: str) -> tuple[list[Entry], str | None]:
    """A page of entries, of one person where `by` names one, and where the next page begins; None at the log's end."""
    found: list[Entry] = []
    while True:
        page = read(before=before, count=LOG)
        for entry in page:
            found += [entry] if by in ("", entry.by) else []
            if len(found) == LOG:
                return found, entry.id
        if len(page) < LOG:
            return found, None
        before = page[-1].id


def _about(entry: Entry, timeline: Timeline | None) -> list[tuple[str, str | None]]:
    """What an entry is about, in words, each with its address where it has one."""
    if timeline is None:
        blogs = entry.note.get("blogs")
        said = [entry.note.get(name) for name in ("whom", "name", "role")] + [", ".join(blogs) if blogs else None]
        return [(str(word), None) for word in said if word]
    things = [_thing(timeline, *ref.split(":", 1)) for ref in entry.refs if not ref.startswith("blog:")]
    source = entry.note.get("source")
    return things + ([(f"source: {source}", None)] if source else [])


def _thing(timeline: Timeline, kind: str, id: str) -> tuple[str, str | None]:
    found = timeline.get(kind, id)
    if isinstance(found, Category):
        return found.name, None
    if isinstance(found, Post) and not found.retracted:
        return found.headline or "an update", url_for("reader.post", slug=timeline.blog.id, id=id)
    return ("a draft" if kind == "draft" else "a retracted update"), None
