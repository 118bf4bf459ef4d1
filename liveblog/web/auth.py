"""Who sends a request, and what the sender may do: people have sessions in a cookie (with CSRF protection), programs
have bearer tokens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

from flask import g, request
from msgspec import Struct
from msgspec.structs import replace
from werkzeug.http import parse_cookie

from .. import scopes
from ..errors import Forbidden, NotSignedIn
from ..http.request_head import is_authority
from ..roles import RANKS
from ..scopes import Scope
from ..staff import By
from ..store.accounts import Account, Role
from ..store.people import People, SessionRecord, session_id
from ..watch import logs
from . import cookies
from .site import services

SAFE = ("GET", "HEAD", "OPTIONS")


class Actor(Struct, frozen=True, kw_only=True):
    """A person with a session, or a program with a token. `blogs` None means all.

    `account` is the responsible account: a person's own, or for a program the one that made its token, if any. A
    token's `scopes` bound it further than its role (`liveblog/scopes.py`); it ends at `until`. `session` identifies a
    person's session.
    """

    kind: Literal["account", "token"]
    name: str
    role: Role
    blogs: list[str] | None = None
    csrf: str | None = None
    account: str | None = None
    scopes: list[str] | None = None
    until: str = ""
    session: str = ""

    def has_scope(self, scope: Scope) -> bool:
        """Whether no token's scopes forbid this."""
        return self.scopes is None or scope in self.scopes

    def may(self, role: Role, slug: str | None = None) -> bool:
        """Whether the actor has at least `role` for the blog `slug` (None: for the site)."""
        here = self.blogs is None or (slug is not None and slug in self.blogs)
        return here and RANKS[self.role] >= RANKS[role]

    @property
    def by(self) -> By:
        """The actor in the form that acts on people take."""
        program = self.kind == "token"
        return By(name=self.name, account=self.account, program=program, scopes=self.scopes, until=self.until)


def _people() -> People:
    people: People = services().people
    return people


def actor() -> Actor | None:
    """The sender of this request; None for a reader. Raises `Forbidden` when a session's write lacks its CSRF token,
    `OutOfScope` for a token whose scopes do not open this call.

    A relay knows nobody: all are readers there.
    """
    if services().newsroom is None:
        return None
    if "actor" not in g:
        # ignore other schemes: a proxy may ask for a password of its own
        program = request.headers.get("Authorization", "").lower().startswith("bearer")
        g.actor = _bearer() if program else _person()
    found: Actor | None = g.actor
    return found


def reader() -> Actor | None:
    """The sender of a read that is open to everybody; None also for a token that may not read what others may not."""
    found = actor()
    return found if found is not None and found.has_scope("read") else None


def signed_in() -> Actor:
    """The actor, whatever its role. Raises `NotSignedIn`."""
    found = actor()
    if found is None:
        raise NotSignedIn("sign in, or send a bearer token")
    return found


def require(role: Role, slug: str | None = None) -> Actor:
    """The actor, which must have at least `role`. Raises `NotSignedIn`, `Forbidden`."""
    found = signed_in()
    if not found.may(role, slug):
        raise Forbidden(f"this needs the role {role}" + (f" for {slug}" if slug else ""))
    return found


def _bearer() -> Actor:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    found = _program(_people(), token.strip()) if scheme.lower() == "bearer" and token.isascii() else None
    if found is None:
        raise NotSignedIn("this bearer token is unknown, or has ended")
    logs.add(by=f"token {session_id(token.strip())}")
    scopes.check_call(found.scopes, request.endpoint)
    return found


def _person() -> Actor | None:
    record, found = _signed_in(_people(), cookies.sessions(request.cookies, cookies.host_only()))
    if record is None or found is None:
        return None
    logs.add(by=f"session {found.session}")
    csrf = _csrf(record)
    if request.method not in SAFE:
        _check_origin(csrf)
    return replace(found, csrf=csrf)


def recognised(
    people: People, scope: Scope, *, cookie: str = "", token: str = "", host_only: bool = False
) -> Actor | None:
    """The actor of this bearer token or, without one, of the session in this Cookie header; None if there is none.

    With `host_only` only a cookie that is bound to the host counts. Raises `OutOfScope` for a token whose scopes lack
    this one.
    """
    if not token:
        return _signed_in(people, cookies.sessions(parse_cookie(cookie), host_only))[1]
    found = _program(people, token)
    if found is not None:
        scopes.check(found.scopes, scope)
    return found


def _program(people: People, token: str) -> Actor | None:
    record = people.tokens.get(token)
    if record is None:
        return None
    blogs = None if record.blog is None else [record.blog]
    return Actor(
        kind="token",
        name=record.name,
        role=record.role,
        blogs=blogs,
        account=record.by,
        scopes=record.scopes,
        until=record.until,
    )


def _signed_in(people: People, tokens: Sequence[str]) -> tuple[SessionRecord | None, Actor | None]:
    """The first of these sessions that is open, and its actor; none if two people's are, for nobody knows who acts."""
    open = [(token, *found) for token in tokens for found in _open(people, token)]
    if len({account.name for _, _, account in open}) != 1:
        return None, None
    token, record, account = open[0]
    name, id = account.name, session_id(token)
    return record, Actor(kind="account", name=name, role=account.role, blogs=account.blogs, account=name, session=id)


def _open(people: People, token: str) -> Iterator[tuple[SessionRecord, Account]]:
    """The session with this token and its account, unless it ended."""
    record = people.sessions.get(token)
    account = people.accounts.get(record.name) if record else None
    if record is not None and account is not None and people.may_come_in(account):
        yield record, account


def is_stale() -> bool:
    """Whether the sender is a person who must sign in once more for what a stolen session must not do."""
    who = actor()
    return who is not None and who.kind == "account" and not is_fresh()


def require_fresh() -> None:
    """Before a secret is made with which somebody else may act. Raises `Forbidden`."""
    if is_stale():
        raise Forbidden("sign in once more: who makes a secret must have signed in within the last ten minutes")


def is_fresh() -> bool:
    """Whether a person signed in within the last minutes, as it must have to change what it signs in with."""
    record, _ = _signed_in(_people(), cookies.sessions(request.cookies, cookies.host_only()))
    return record is not None and _people().steps.is_fresh(record.csrf)


def site_secret() -> bytes:
    """LIVEBLOG_SECRET_KEY or, without one, the secret in storage."""
    secret: str | None = services().settings.secret_key
    return secret.encode() if secret else _people().secret()


def _csrf(record: SessionRecord) -> str:
    return hmac.new(site_secret(), record.csrf.encode(), hashlib.sha256).hexdigest()


def _check_origin(csrf: str) -> None:
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not hmac.compare_digest(sent.encode(), csrf.encode()):
        raise Forbidden("the page is out of date; reload it", code="csrf")
    same_site()


def same_site() -> None:
    """Refuse requests of other sites' pages, by Fetch Metadata or, over plain HTTP where it is not sent, by Origin."""
    fetched, origin, ours = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin"), False
    if fetched is not None:
        ours = fetched in ("same-origin", "none")
    else:
        hosts = {urlsplit(f"//{request.host}").hostname, urlsplit(services().settings.base_url or "").hostname}
        with suppress(ValueError):  # an origin that is none is another site's
            said = urlsplit(origin or "")
            ours = origin is None or (is_authority(said.netloc) and said.hostname in hosts)
    if not ours:
        raise Forbidden("this came from another site's page", code="csrf")
