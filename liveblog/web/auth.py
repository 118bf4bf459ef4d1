"""Authentication and roles: people have sessions in a cookie (with CSRF protection), programs have bearer tokens."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import g, redirect, render_template, request, url_for
from msgspec import Struct
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response as BaseResponse

from .. import scopes, staff
from ..errors import Forbidden, Invalid, NotFound, NotSignedIn, TooMany
from ..hashing import FIRST, Rank
from ..http.proxies import bucket, neighbourhood
from ..http.request_head import is_authority
from ..scopes import Scope
from ..staff import By
from ..store.accounts import Account, Role, folded, tidy
from ..store.people import TRY_SECONDS, People, SessionRecord, session_id
from ..store.steps import STEP_SECONDS, Step
from ..watch import counts
from ..watch.episodes import Episode, Episodes
from . import answers, relying_party, site
from .browsers import named
from .passwords import check, composed, weakness
from .site import services

log = logging.getLogger(__name__)

COOKIE, HOST_COOKIE = "liveblog_session", "__Host-liveblog_session"
"""The session's cookie. Browsers take the second one only from the host itself, by HTTPS, for all of its paths: no site
at a neighbouring name can plant it. A site below a path, or without HTTPS, has the first."""
STEP_COOKIE = "liveblog_step"
"""The cookie of somebody whose password was right and who has not taken the second step."""
MOST_COOKIES = 20
"""Cookies of this name that are looked at: the last ones, because browsers send ours, whose path is short, late."""
RANKS: dict[str, int] = {"contributor": 0, "editor": 1, "admin": 2}
TRIES, TRIES_OF_ADDRESS = 10, 200
"""Failed sign-ins per `TRY_SECONDS`: of one name from one address, and of one address."""
WORTH_NOTING = (1, 10, 100)
"""Which of an address's failed tries are logged: a person who guesses must not push the acts out of the log."""
DEVICE_COOKIE, DEVICE_SECONDS = "liveblog_device", 180 * 86400
"""A device on which somebody has signed in: what others try elsewhere then neither delays nor stops its tries."""
MOST_TITLES = 20
"""Of how many blogs, the newest, titles make no password."""
SAFE = ("GET", "HEAD", "OPTIONS")


def _episode(trouble: str) -> Episodes:
    return Episodes(
        lambda address: Episode(log, f"{trouble} {address}", f"over: {trouble} {address}", quiet=TRY_SECONDS)
    )


refused = _episode("sign-in refused, from")
blocked = _episode("too many tries, sign-ins are not looked at, from")
"""What operators are told of each address. Who signs in is no reader, and guessing must be stopped somewhere."""

blueprint = answers.blueprint("auth", __name__, "desk")
hasher = PasswordHasher()  # Argon2id by RFC 9106: 64 MiB, three passes; each hash keeps the cost that it was made at


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
    scopes.check_call(found.scopes, request.endpoint)
    return found


def _person() -> Actor | None:
    record, found = _signed_in(_people(), _sent(request.cookies, _host_only()))
    if record is None or found is None:
        return None
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
        return _signed_in(people, _sent(parse_cookie(cookie), host_only))[1]
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


def _sent(cookies: MultiDict[str, str], host_only: bool) -> Sequence[str]:
    """The tokens under our cookie's name, each once: a site at a neighbouring name can plant others beside ours."""
    names = (HOST_COOKIE,) if host_only else (HOST_COOKIE, COOKIE)
    return [*dict.fromkeys(token for name in names for token in cookies.getlist(name) if token)][-MOST_COOKIES:]


def _host_only() -> bool:
    """Whether the session's cookie is bound to the host: a site by HTTPS that has its host for itself."""
    return _over_https() and not site.prefix()


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


def _close_sessions() -> None:
    """End all sessions that this browser sent."""
    for token in _sent(request.cookies, host_only=False):
        _people().sessions.close(token)


def is_fresh() -> bool:
    """Whether the person signed in within the last minutes, as it must have to change what it signs in with."""
    record, _ = _signed_in(_people(), _sent(request.cookies, _host_only()))
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


# -- pages


@blueprint.app_template_filter()
def sentence(detail: str) -> str:
    """A refusal's detail as a sentence for a page."""
    return f"{detail[:1].upper()}{detail[1:].removesuffix('.')}."


@blueprint.get("/desk/sign-in")
def sign_in_page() -> str | BaseResponse:
    """The form; with `fresh` also for a person who is signed in, and is about to change what it signs in with."""
    wanted, who = wanted_page(request.args.get("next", "")), actor()
    fresh = who is not None and "fresh" in request.args
    if who is not None and not fresh:
        return redirect(wanted, 303)
    return sign_in_form(wanted, name=who.name if who else "", fresh=fresh)


def sign_in_form(wanted: str, *, name: str = "", problem: str | None = None, fresh: bool = False) -> str:
    return render_template(
        "desk/sign_in.html",
        problem=problem,
        name=name,
        next=wanted,
        fresh=fresh,
        passkeys=services().settings.passwords and relying_party.place() is not None,
    )


def wanted_page(address: str) -> str:
    """The desk's page that was requested before signing in; the list of blogs for any other address."""
    address = address.removeprefix(site.prefix())
    ours = re.fullmatch(r"/desk/(account/factors|[a-z0-9-]*)", address)
    return site.prefix() + address if ours else url_for("desk.blogs")


@blueprint.post("/desk/sign-in")
def sign_in() -> BaseResponse | tuple[str, int]:
    same_site()
    require_passwords()
    name, password = tidy(request.form.get("name", "")), request.form.get("password", "")
    tries = throttle(name)
    rank = _rank(name, tries)
    known = _people().accounts.get(name)
    generation = _people().sessions.generation(known.name if known else name)
    account = _people().accounts.get(known.name if known else name)  # read after the generation; see `Sessions`
    wanted = wanted_page(request.form.get("next", "").removeprefix(site.prefix()))
    words = guessable(name)
    right, weak = services().hashing.in_turn(rank, _compared, account, password, words)
    if not right or account is None:
        counts.sign_ins.add("refused")
        refused.of(_address()).met()
        if tries in WORTH_NOTING:
            by = account.name if account is not None else "somebody unknown"  # the name may be a password
            _people().note(by, "sign_in_failed", tries=tries)
        return sign_in_form(wanted, name=name, problem="Name or password is wrong."), 403
    forget_tries(name)
    wanted = url_for("people.account", done="weak") if weak else wanted
    if (step := second_step(account, wanted, generation)) is not None:
        return step
    accepted(account)
    return begin_session(account, wanted, generation)


def _compared(account: Account | None, password: str, words: Collection[str]) -> tuple[bool, bool]:
    """Whether the password is the account's, and whether it should be changed: it may be older than the rules."""
    right = verified(account, password)
    return right, right and weakness(password, words) is not None


def guessable(name: str) -> Collection[str]:
    """The words that somebody tries who knows the person and the site."""
    here = services()
    blogs = [each.blog for each in here.catalogue.summaries()[:MOST_TITLES]]
    host = urlsplit(here.settings.base_url or "").hostname or ""
    titles = [word for blog in blogs for word in (blog.title, blog.id, blog.film or "")]
    return {name, host, here.settings.publisher or "", "liveblog", *titles}


def _device(name: str) -> str | None:
    """This browser's device, if the person of this name has signed in on it."""
    id, _, proof = request.cookies.get(DEVICE_COOKIE, "").partition(".")
    known = id and hmac.compare_digest(proof.encode(), _device_proof(id, name).encode())
    return id if known else None


def _device_proof(id: str, name: str) -> str:
    return hmac.new(site_secret(), f"device\n{id}\n{folded(name)}".encode(), hashlib.sha256).hexdigest()


def _rank(name: str, tries: int) -> Rank:
    """Whose password is compared first; see `liveblog/hashing.py`."""
    if _device(name) is not None:
        return FIRST
    return tries, _people().tries.count("near", neighbourhood(request.remote_addr or ""))


def require_passwords() -> None:
    """Refuse where people sign in at the identity provider only."""
    if not services().settings.passwords:
        raise Forbidden("people sign in at the identity provider here")


def accepted(account: Account) -> None:
    """Note that the person is in, after all steps."""
    counts.sign_ins.add("accepted")
    _people().note(account.name, "sign_in")


def second_step(account: Account, wanted: str, generation: str) -> BaseResponse | None:
    """Lead a person whose password was right to the second step; None if the person has no factor and needs none."""
    if not _people().factors.get(account.name).any and not _people().factors.needs(account):
        return None
    answer = redirect(url_for("second_factor.step"), 303)
    token = _people().steps.begin(Step(name=account.name, generation=generation, wanted=wanted))
    set_cookie(answer, STEP_COOKIE, token, STEP_SECONDS)
    return answer


def throttle(name: str | None) -> int:
    """Count a try, before checking its password costs any work. Returns the address's tries. Raises `TooMany`.

    All names that find the same account count as one: capitals give nobody more tries. A known device counts for
    itself, so that nobody at the same address uses up its tries. A try without a name counts for the address alone.
    """
    tries, whose = _people().tries, _whose(name) if name is not None else (_address(),)
    count = tries.count(*whose)
    if count > TRIES_OF_ADDRESS or (name is not None and tries.count(*whose, folded(name)) > TRIES):
        counts.sign_ins.add("too_many")
        blocked.of(_address()).met()
        raise TooMany("Too many tries from here. Wait a few minutes, then try again.", retry_after=TRY_SECONDS)
    return count


def forget_tries(name: str) -> None:
    """Forget the tries before a right password: they were not guesses."""
    whose = _whose(name)
    _people().tries.forget(*whose, folded(name))
    _people().tries.forget(*whose)


def _whose(name: str) -> tuple[str, ...]:
    """Whose tries these are: the device's that the person knows, else the address's."""
    device = _device(name)
    return (_address(),) if device is None else ("device", device)


def _address() -> str:
    """The client's address, as far as it can be limited."""
    return bucket(request.remote_addr or "")


def path() -> str:
    """The path below which a browser sends the session: another program may be at the same host."""
    return f"{site.prefix()}/"


def _over_https() -> bool:
    """Whether the browser uses HTTPS, according to our public address or to one of our proxies."""
    return request.is_secure or site.base().startswith("https:")


def verified(account: Account | None, password: str) -> bool:
    """Whether the password is the account's. It takes as long without an account, so that names cannot be tried out.

    Hashing takes 50 ms on purpose: call this and `hashed` in a thread, so that no page waits.
    """
    nobodys = _nobodys(hasher)  # is made once, whoever comes first
    known = account.password_hash if account is not None and not account.disabled else None
    try:
        return hasher.verify(known or nobodys, composed(password)) and known is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys(hasher: PasswordHasher) -> str:
    """The hash of a password that nobody has."""
    return hasher.hash(secrets.token_urlsafe(32))


def hashed(password: str, words: Collection[str] = ()) -> str:
    """Argon2's string for a new password, in which somebody else may not guess these words. Raises `Invalid`."""
    check(password, words)
    return hasher.hash(composed(password))


def begin_session(account: Account, wanted: str, generation: str, *, fresh: bool = True) -> BaseResponse:
    """Begin a session and end this browser's earlier ones; `generation` was read before the account was.

    `fresh` says that the person has just proved who it is by all that it signs in with; see `is_fresh`.
    """
    answer = redirect(wanted, 303)
    open_session(answer, account, generation, fresh=fresh)
    return answer


def open_session(answer: BaseResponse, account: Account, generation: str, *, fresh: bool = True) -> None:
    """`begin_session` with any other answer."""
    _close_sessions()
    sessions, browser = _people().sessions, named(request.headers.get("User-Agent", ""))
    token = sessions.open(account.name, generation=generation, address=request.remote_addr or "", browser=browser)
    record = sessions.get(token)
    if record is not None and fresh:
        _people().steps.freshen(record.csrf)
    set_cookie(answer, COOKIE, token, sessions.lasting)
    drop_cookie(answer, STEP_COOKIE)
    id = _device(account.name) or secrets.token_urlsafe(12)
    answer.set_cookie(
        DEVICE_COOKIE,
        f"{id}.{_device_proof(id, account.name)}",
        max_age=DEVICE_SECONDS,
        path=f"{path()}desk/",
        httponly=True,
        samesite="Lax",
        secure=_over_https(),
    )


def set_cookie(answer: BaseResponse, name: str, token: str, seconds: int) -> None:
    """Give the browser a secret that no script reads and no other site's page sends."""
    answer.set_cookie(
        _cookie_name(name),
        token,
        max_age=seconds,
        path=path(),
        httponly=True,
        samesite="Lax",
        secure=_over_https(),
    )


def cookie(name: str) -> str:
    """What `set_cookie` has given the browser by this name, or an empty text."""
    return request.cookies.get(_cookie_name(name), "")


def drop_cookie(answer: BaseResponse, name: str) -> None:
    if cookie(name):
        answer.delete_cookie(_cookie_name(name), path=path(), secure=_over_https())


def _cookie_name(name: str) -> str:
    """The name by which a browser binds a cookie to the host, where it can be (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if _host_only() else name


@blueprint.post("/desk/sign-out")
def sign_out() -> BaseResponse:
    """End this session, or with `everywhere` all sessions of this person."""
    who = actor()
    account = _account(who)
    if who is not None and request.form.get("everywhere"):
        staff.sign_out(_people(), who.by, who.name)
    return _leave(account)


def leave() -> BaseResponse:
    """End this browser's sessions, and forget its cookies."""
    return _leave(_account(actor()))


def _account(who: Actor | None) -> Account | None:
    return _people().accounts.get(who.account) if who is not None and who.account else None


def _leave(account: Account | None) -> BaseResponse:
    _close_sessions()
    elsewhere = account is not None and account.subject is not None and services().provider is not None
    answer = redirect(url_for("oidc.signed_out" if elsewhere else "auth.sign_in_page"), 303)
    answer.delete_cookie(COOKIE, path=path())
    answer.delete_cookie(HOST_COOKIE, path="/", secure=True)
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
    same_site()
    require_passwords()
    invitation = _people().invitations.peek(token)
    if invitation is None:
        return render_template("desk/used_link.html"), 404
    name = invitation.name or tidy(request.form.get("name", ""))
    try:
        if invitation.name is None:
            name = staff.free_name(_people(), name)
        password_hash = services().hashing.run(hashed, request.form.get("password", ""), guessable(name))
        account, generation = staff.come_in(_people(), token, name, password_hash)
    except Invalid as no:
        form = render_template("desk/welcome.html", problem=no.detail, name=name, fixed=invitation.name)
        return form, no.status
    except NotFound:  # it just ended, or somebody else has used it
        return render_template("desk/used_link.html"), 404
    wanted = url_for("desk.blogs")
    return second_step(account, wanted, generation) or begin_session(account, wanted, generation)
