"""Who is asking, and may they? Sessions in a cookie (with CSRF protection) for people, bearer tokens for programs."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from msgspec import Struct
from werkzeug.wrappers import Response as BaseResponse

from ..errors import Forbidden, Invalid, NotSignedIn, TooMany
from ..store.people import SESSION_SECONDS, Account, People, Role, SessionRecord

COOKIE = "liveblog_session"
RANKS: dict[str, int] = {"contributor": 0, "editor": 1, "admin": 2}
TRIES, TRY_SECONDS = 10, 300
"""Sign-in tries a name and address get in that many seconds."""
SHORTEST_PASSWORD = 10
SAFE = ("GET", "HEAD", "OPTIONS")

blueprint = Blueprint("auth", __name__)
_hasher = PasswordHasher()


class Actor(Struct, frozen=True, kw_only=True):
    """Somebody signed in: a person with a session, or a program with a token. `blogs` None means all."""

    name: str
    role: Role
    blogs: list[str] | None = None
    csrf: str | None = None

    def may(self, role: Role, slug: str | None = None) -> bool:
        """Whether this is at least `role`, for the blog `slug` (None: for the site)."""
        here = self.blogs is None or (slug is not None and slug in self.blogs)
        return here and RANKS[self.role] >= RANKS[role]


def _house() -> Any:
    return current_app.extensions["liveblog"]


def _people() -> People:
    people: People = _house().people
    return people


def actor() -> Actor | None:
    """Who sends this request; None for a reader. Raises `Forbidden` when a session's write lacks its CSRF token."""
    if "actor" not in g:
        g.actor = _bearer() if "Authorization" in request.headers else _person()
    found: Actor | None = g.actor
    return found


def require(role: Role, slug: str | None = None) -> Actor:
    """The actor, who must be at least `role`. Raises `NotSignedIn`, `Forbidden`."""
    found = actor()
    if found is None:
        raise NotSignedIn("sign in, or send a bearer token")
    if not found.may(role, slug):
        raise Forbidden(f"this needs the role {role}" + (f" for {slug}" if slug else ""))
    return found


def _bearer() -> Actor:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    record = _people().tokens.get(token.strip()) if scheme.lower() == "bearer" and token.isascii() else None
    if record is None:
        raise NotSignedIn("this bearer token is not known")
    return Actor(name=record.name, role=record.role, blogs=None if record.blog is None else [record.blog])


def _person() -> Actor | None:
    token = request.cookies.get(COOKIE)
    record = _people().sessions.get(token) if token else None
    account = _people().accounts.get(record.name) if record else None
    if record is None or account is None or account.disabled:
        return None
    csrf = _csrf(record)
    if request.method not in SAFE:
        _check_origin(csrf)
    return Actor(name=account.name, role=account.role, blogs=account.blogs, csrf=csrf)


def _csrf(record: SessionRecord) -> str:
    secret: str | None = _house().settings.secret_key
    key = secret.encode() if secret else _people().secret()
    return hmac.new(key, record.csrf.encode(), hashlib.sha256).hexdigest()


def _check_origin(csrf: str) -> None:
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not hmac.compare_digest(sent.encode(), csrf.encode()):
        raise Forbidden("the page is out of date; reload it", code="csrf")
    _same_site()


def _same_site() -> None:
    """Refuse a form that another site's page sent (Fetch Metadata, where the browser says so)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("this came from another site's page", code="csrf")


# -- pages


def first_link(people: People, base_url: str) -> str | None:
    """The one-time link that creates the first editor; None once there is an account."""
    if people.accounts.list():
        return None
    return f"{base_url}/desk/welcome/{people.invitations.make('admin')}"


@blueprint.get("/desk/sign-in")
def sign_in_page() -> str:
    return render_template("desk/sign_in.html", problem=None, name="")


@blueprint.post("/desk/sign-in")
def sign_in() -> BaseResponse | tuple[str, int]:
    _same_site()
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    tries = _people().store.count(f"lb:tries:{request.remote_addr}:{name[:200]}", TRY_SECONDS)
    if tries > TRIES:
        raise TooMany("too many tries; wait a few minutes", retry_after=TRY_SECONDS)
    account = _people().accounts.get(name)
    if account is None or account.disabled or not verified(account, password):
        return render_template("desk/sign_in.html", problem="Name or password is wrong.", name=name), 403
    return _signed_in(account)


def verified(account: Account, password: str) -> bool:
    try:
        return _hasher.verify(account.password_hash or "", password)
    except (VerificationError, InvalidHashError):
        return False


def hashed(password: str) -> str:
    """Argon2's string for a new password. Raises `Invalid`."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(f"a password has at least {SHORTEST_PASSWORD} characters", field="password")
    if len(password) > 1000:
        raise Invalid("a password has at most 1000 characters", field="password")
    return _hasher.hash(password)


def _signed_in(account: Account) -> BaseResponse:
    answer = redirect(url_for("desk.blogs"), 303)
    base_url: str | None = _house().settings.base_url
    secure = request.is_secure or (base_url or "").startswith("https:")
    token = _people().sessions.open(account.name)
    answer.set_cookie(COOKIE, token, max_age=SESSION_SECONDS, httponly=True, samesite="Lax", secure=secure)
    return answer


@blueprint.post("/desk/sign-out")
def sign_out() -> BaseResponse:
    """End this session, or with `everywhere` all of this person's."""
    who = require("contributor") if actor() else None
    if who is not None and request.form.get("everywhere"):
        _people().sessions.close_all(who.name)
    _people().sessions.close(request.cookies.get(COOKIE, ""))
    answer = redirect(url_for("auth.sign_in_page"), 303)
    answer.delete_cookie(COOKIE)
    return answer


@blueprint.get("/desk/welcome/<token>")
def welcome_page(token: str) -> tuple[str, int]:
    invitation = _people().invitations.peek(token)
    if invitation is None:
        return render_template("desk/used_link.html"), 404
    return render_template("desk/welcome.html", problem=None, name=invitation.name or "", fixed=invitation.name), 200


@blueprint.post("/desk/welcome/<token>")
def welcome(token: str) -> BaseResponse | tuple[str, int]:
    """Use an invitation: make the account (or set its password) and sign in."""
    _same_site()
    people = _people()
    invitation = people.invitations.peek(token)
    if invitation is None:
        return render_template("desk/used_link.html"), 404
    name = invitation.name or " ".join(request.form.get("name", "").split())
    try:
        account = _new_account(name, request.form.get("password", ""), invitation.role, invitation.blogs)
        if invitation.name is None and people.accounts.get(name) is not None:
            raise Invalid("this name is taken", field="name")
    except Invalid as no:
        form = render_template("desk/welcome.html", problem=no.detail, name=name, fixed=invitation.name)
        return form, no.status
    if people.invitations.take(token) is None:  # somebody was faster
        return render_template("desk/used_link.html"), 404
    people.accounts.put(account)
    return _signed_in(account)


def _new_account(name: str, password: str, role: Role, blogs: list[str] | None) -> Account:
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Invalid("a name has 1 to 80 characters", field="name")
    return Account(name=name, role=role, blogs=blogs, password_hash=hashed(password))
