"""Pages about people: the admins' page of people and programs, the audit log, each person's own account."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from .. import factors, staff
from ..checks import checked_local
from ..errors import Forbidden, Invalid, NotFound, WrongState
from ..model import Category, Post
from ..scopes import SCOPES
from ..staff import By
from ..store.accounts import folded, tidy
from ..store.audit import Entry
from ..store.people import People
from ..timeline import Timeline
from . import answers, auth, passwords, sessions, sign_in, site, tries
from .labels import ACTS
from .site import services

blueprint = answers.blueprint("people", __name__, "desk", "/desk")

ROLES: dict[str, str] = {
    "contributor": "writes drafts and submits them",
    "editor": "publishes, and calls results",
    "admin": "also manages people, programs and new blogs",
}
DONE = {
    "change": "The role was changed.",
    "disable": "Shut out, everywhere and at once.",
    "sign-out": "Signed out everywhere.",
    "reset-factors": "The second factors were removed. The person was signed out everywhere.",
    "end-session": "Signed out there.",
    "withdraw": "The invitation was withdrawn; its link no longer works.",
    "revoke": "The token was ended.",
    "weak": "You are signed in. Your password is one that others guess first: choose another one here.",
    "password": "Your password was changed. You were signed out everywhere else.",
}
GIVES_ACCESS = ("invite", "reset", "change", "reset-factors", "token")
"""Acts for which a person must have signed in a moment ago; those that take access away are never held up."""
LOG = 200
"""How many entries of a log one page has."""


def _people() -> People:
    people: People = services().people
    return people


# -- the admins' page


@blueprint.get("/people")
def everybody() -> str:
    auth.require("admin")
    return _page(done=DONE.get(request.args.get("done", "")))


def _page(**told: Any) -> str:
    accounts = _people().accounts.list()
    return render_template(
        "desk/people.html",
        who=auth.signed_in(),
        accounts=accounts,
        devices=_people().sessions.listed(),
        settled={each.name for each in accounts if each.password_hash or each.subject},
        invitations=_people().invitations.open(),
        tokens=_people().tokens.listed(),
        now=_people().now(),
        stale=auth.is_stale(),
        scopes=SCOPES,
        factors={
            each.name: words for each in accounts if (words := factors.in_words(_people().factors.get(each.name)))
        },
        slugs=_people().slugs(),
        roles=ROLES,
        staff=staff,
        **told,
    )


@blueprint.post("/people")
def act() -> BaseResponse | str | tuple[str, int]:
    """Run one act on a person or a program, by the form's `act`; a new secret is shown once, in the answer."""
    auth.require("admin")
    acts = {
        "invite": _invite,
        "reset": _reset,
        "withdraw": _withdraw,
        "change": _change,
        "disable": _disable,
        "sign-out": _sign_out,
        "reset-factors": _reset_factors,
        "end-session": _end_session,
        "token": _token,
        "revoke": _revoke,
    }
    name = request.form.get("act", "")
    own = name == "end-session" and folded(_name()) == folded(auth.signed_in().name)
    if (name in GIVES_ACCESS or own) and auth.is_stale():
        return sign_in.once_more("/desk/people")
    try:
        if name not in acts:
            raise Invalid("there is no such act", field="act")
        shown = acts[name](_people(), auth.signed_in().by)
    except (Forbidden, Invalid, NotFound, WrongState) as no:
        return _page(problem=no.detail, form=request.form), no.status
    return _page(**shown) if shown else redirect(url_for("people.everybody", done=name), 303)


def _name() -> str:
    return request.form.get("name", "")


def _rights() -> tuple[str, list[str] | None]:
    """The form's role, and its blogs."""
    return request.form.get("role", ""), request.form.getlist("blogs") if request.form.get("where") == "some" else None


def _link(token: str) -> str:
    return site.secret_address("auth.welcome_page", token=token)


def _invite(people: People, by: By) -> dict[str, Any]:
    role, blogs = _rights()
    name = tidy(_name()) or None
    token = staff.invite(people, by, role, blogs, name)
    return {"link": _link(token), "link_for": name or f"a new {role}"}


def _reset(people: People, by: By) -> dict[str, Any]:
    account, token = staff.reset(people, by, _name())
    return {"link": _link(token), "link_for": account.name}


def _withdraw(people: People, by: By) -> None:
    staff.withdraw(people, by, request.form.get("id", ""))


def _change(people: People, by: By) -> dict[str, Any] | None:
    ended = staff.change(people, by, _name(), *_rights())
    return {"done": DONE["change"], "ended": ended.lines()} if ended.lines() else None


def _disable(people: People, by: By) -> dict[str, Any] | None:
    ended = staff.shut_out(people, by, _name())
    if not ended.lines():
        return None
    return {"done": f"{ended.account.name} is shut out, everywhere and at once.", "ended": ended.lines()}


def _sign_out(people: People, by: By) -> None:
    staff.sign_out(people, by, _name())


def _reset_factors(people: People, by: By) -> None:
    factors.reset(people, by, _name())


def _end_session(people: People, by: By) -> None:
    staff.end_session(people, by, _name(), request.form.get("id", ""))


def _token(people: People, by: By) -> dict[str, Any]:
    role, blogs = _rights()
    if blogs is not None and len(blogs) != 1:
        raise Invalid("a token is for one blog, or for all", field="blogs")
    scopes = request.form.getlist("scopes") if request.form.get("bounds") == "some" else None
    expires = request.form.get("expires", "")
    until = checked_local(f"{expires}T23:59" if expires else "", "UTC", "expires")
    token = staff.add_token(people, by, _name(), role, blogs[0] if blogs else None, scopes=scopes, until=until)
    return {"token": token, "token_for": tidy(_name())}


def _revoke(people: People, by: By) -> None:
    """End one token by its id, or all of a name."""
    if id := request.form.get("id"):
        staff.end_token(people, by, id)
    else:
        staff.revoke(people, by, _name())


# -- one's own account


@blueprint.get("/account")
def account() -> str:
    return _own_page(done=DONE.get(request.args.get("done", "")))


def _own_page(**told: Any) -> str:
    who = auth.signed_in()
    found = factors.in_words(_people().factors.get(who.name)) or "You have neither; a password alone is enough."
    devices = _people().sessions.listed().get(who.name, [])
    account = _people().accounts.get(who.name) if who.account else None
    bound = account is not None and account.subject is not None
    return render_template(
        "desk/account.html",
        who=who,
        scope=staff.scope,
        factors=found,
        bound=bound,
        devices=devices,
        stale=auth.is_stale(),
        **told,
    )


@blueprint.post("/account/devices")
def end_own_session() -> BaseResponse | tuple[str, int]:
    """End one of one's own sessions, for a person who signed in a moment ago; this browser's own is a sign-out."""
    who, id = auth.signed_in(), request.form.get("id", "")
    if id == who.session:
        return sessions.leave()
    if auth.is_stale():
        return sign_in.once_more("/desk/account")
    try:
        staff.end_session(_people(), who.by, who.name, id)
    except NotFound as no:
        return _own_page(problem=no.detail), no.status
    return redirect(url_for("people.account", done="end-session"), 303)


@blueprint.post("/account")
def change_password() -> BaseResponse | tuple[str, int]:
    """Set a new password; this needs the old one, of a person with a second factor also that one, and ends all other
    sessions."""
    who = auth.signed_in()
    if _people().factors.get(who.name).any and auth.is_stale():
        return sign_in.once_more("/desk/account")
    tries.count(who.name)
    generation = _people().sessions.generation(who.name)
    try:
        own = staff.not_shut_out(_people().accounts.get(who.name))
        if not services().hashing.run(passwords.verified, own, request.form.get("old", "")):
            raise Invalid("the old password is wrong", field="old")
        words = passwords.guessable(own.name)
        password_hash = services().hashing.run(passwords.hashed, request.form.get("password", ""), words)
        changed, generation = staff.change_password(_people(), own, password_hash, generation)
    except Invalid as no:
        return _own_page(problem=no.detail), no.status
    tries.give_back(who.name)
    return sessions.begin(changed, url_for("people.account", done="password"), generation, fresh=False)


# -- what was done


@blueprint.get("/log")
def log() -> str:
    """The audit log of people or of one blog, of all authors or of one."""
    slug, by, before = (request.args.get(name, "") for name in ("blog", "by", "before"))
    who = auth.require("editor", slug) if slug else auth.require("admin")
    if not re.fullmatch(r"(?:[0-9]{1,20}-[0-9]{1,20})?", before):
        raise Invalid("before must be the id of an entry", field="before")
    store = services().store
    timeline: Timeline | None = services().tails.timeline(slug) if slug else None
    found, further = _entries(partial(store.audit.of, slug) if slug else store.audit.of_site, tidy(by), before or "+")
    return render_template(
        "desk/log.html",
        who=who,
        entries=[(entry, _act(entry), _about(entry, timeline)) for entry in found],
        slug=slug,
        by=by,
        names=[each.name for each in _people().accounts.list()] if who.may("admin") else [],
        slugs=[each for each in store.summaries.slugs() if who.may("editor", each)],
        further=further,
        site=who.may("admin"),
        zone=timeline.blog.timezone if timeline else "UTC",
    )


def _act(entry: Entry) -> str:
    """What was done; a recall with the right winners corrects a result."""
    act = entry.note.get("act", "")
    return ACTS.get("correct" if act == "recall" and entry.note.get("winners") else act, "")


def _entries(read: Callable[..., list[Entry]], by: str, before: str) -> tuple[list[Entry], str | None]:
    """A page of entries (those of `by`, if set), and the start of the next page, None at the log's end."""
    found: list[Entry] = []
    while True:
        page = read(before=before, count=LOG)
        for entry in page:
            found += [entry] if not by or folded(by) == folded(entry.by) else []
            if len(found) == LOG:
                return found, entry.id
        if len(page) < LOG:
            return found, None
        before = page[-1].id


def _about(entry: Entry, timeline: Timeline | None) -> list[tuple[str, str | None]]:
    """The things that an entry is about: a description of each, and its address if it has one."""
    if timeline is None:
        blogs = entry.note.get("blogs")
        said = [entry.note.get(name) for name in ("whom", "name", "role")] + [", ".join(blogs) if blogs else None]
        return [(str(word), None) for word in said if word]
    things = [_thing(timeline, *ref.split(":", 1)) for ref in entry.refs if not ref.startswith(("blog:", "call:"))]
    source = entry.note.get("source")
    return things + ([(f"source: {source}", None)] if source else [])


def _thing(timeline: Timeline, kind: str, id: str) -> tuple[str, str | None]:
    found = timeline.get(kind, id)
    if isinstance(found, Category):
        return found.name, None
    if isinstance(found, Post) and not found.retracted:
        return found.headline or "an update", url_for("reader.post", slug=timeline.blog.id, id=id)
    return ("a draft" if kind == "draft" else "a retracted update"), None
