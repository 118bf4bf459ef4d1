"""Signing in at an OpenID Connect provider: the way there, the way back, and signing out on either side.

A person on the way has an errand in storage, under a token that is both the browser's cookie and the flow's `state`.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import time
from hmac import compare_digest
from urllib.parse import urlsplit

from flask import Response, redirect, render_template, request, url_for
from msgspec import Struct
from werkzeug.wrappers import Response as BaseResponse

from .. import identities
from ..errors import Forbidden, Invalid, NotFound, NotSignedIn, Refusal, Unavailable
from ..identities import Rights
from ..identity.groups import named, rights
from ..identity.provider import Person, Provider
from ..identity.tokens import SKEW, Wrong
from ..store.accounts import Account, Subject
from ..store.people import People
from ..store.steps import STEP_SECONDS
from ..watch import counts
from . import answers, auth, cookies, sessions, sign_in, site, tries
from .site import services

log = logging.getLogger(__name__)
blueprint = answers.blueprint("oidc", __name__, "desk", "/desk")

COOKIE = "liveblog_errand"


class Errand(Struct, frozen=True, kw_only=True):
    """A sign-in on the way. With `invitation` or `name` (and its `generation`) it gives an account to the person.

    With `again` the person of this account confirms who it is, by a sign-in that is not older than `since`.
    """

    nonce: str
    verifier: str
    wanted: str
    invitation: str = ""
    name: str = ""
    generation: str = ""
    again: str = ""
    since: float = 0.0


def _people() -> People:
    people: People = services().people
    return people


def _provider() -> Provider:
    found = services().provider
    if found is None:
        raise NotFound("people sign in with a password here")
    return found


def _back() -> str:
    return site.address("oidc.back")


@blueprint.app_template_global()
def provider_name() -> str | None:
    """The provider's host; None where people sign in with a password only."""
    issuer = services().settings.oidc_issuer
    return urlsplit(issuer).hostname if issuer else None


@blueprint.app_template_global()
def passwords_count() -> bool:
    """Whether people may sign in with a password."""
    return services().settings.passwords


# -- the way there


@blueprint.get("/sign-in/provider")
def leave() -> str | BaseResponse:
    """The way there, for a person who chose it: another site's page gets them no further than the button.

    With `fresh` the person who is signed in does so once more.
    """
    wanted, who = request.args.get("next", ""), auth.actor() if "fresh" in request.args else None
    try:
        auth.same_site()
    except Forbidden:
        return redirect(url_for("auth.sign_in_page", next=wanted), 303)
    return _leave(wanted=sign_in.wanted_page(wanted), again=(who and who.account) or "")


@blueprint.post("/welcome/<token>/provider")
def leave_with_invitation(token: str) -> str | BaseResponse:
    auth.same_site()
    if _people().invitations.peek(token) is None:
        return Response(render_template("desk/used_link.html"), 404)
    return _leave(wanted=url_for("desk.blogs"), invitation=token)


@blueprint.post("/account/provider")
def leave_to_bind() -> str | BaseResponse:
    """Begin to connect one's account; for a person who signed in a moment ago."""
    who = auth.signed_in()
    if who.account is None:
        raise Forbidden("this is for people")
    if not auth.is_fresh():
        return sign_in.once_more("/desk/account")
    generation = _people().sessions.generation(who.name)
    return _leave(wanted=url_for("desk.blogs"), name=who.name, generation=generation)


def _leave(
    *, wanted: str, invitation: str = "", name: str = "", generation: str = "", again: str = ""
) -> str | BaseResponse:
    """A page that leads to the provider: forms may not (Content-Security-Policy), not even by a redirect."""
    tries.count(None)
    errand = Errand(
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        wanted=wanted,
        invitation=invitation,
        name=name,
        generation=generation,
        again=again,
        since=time.time(),
    )
    state = _people().steps.begin(errand)
    digest = hashlib.sha256(errand.verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    provider, scopes = _provider(), services().settings.oidc_scopes
    try:
        address = provider.way_in(
            _back(), scopes, state=state, nonce=errand.nonce, challenge=challenge, again=bool(again)
        )
    except Unavailable as no:
        return _refused(no)
    answer = Response(render_template("desk/leave.html", address=address, name=provider.name))
    cookies.put(answer, COOKIE, state, STEP_SECONDS)
    return answer


# -- the way back


@blueprint.get("/sign-in/provider/back")
def back() -> BaseResponse:
    """The provider sent the person back. All that is not right gets one kind of page, and the log has the reason."""
    state = request.args.get("state", "")
    mine = compare_digest(cookies.get(COOKIE).encode(), state.encode(errors="replace"))
    errand = _people().steps.take(state, Errand) if mine else None
    if errand is None:
        return _refused(Forbidden("This sign-in took too long, or began in another browser or tab. Begin again."))
    try:
        person = _person(errand)
        account, generation = _account(errand, person)
    except Wrong as no:
        log.warning("a sign-in at the identity provider was refused: %s", no)
        return _refused(Forbidden("The answer of the identity provider was not accepted. Begin again."))
    except (Refusal, Unavailable) as no:
        return _refused(no)
    tries.give_back(None)
    sessions.accepted(account)
    fresh = person.signed_in_at > time.time() - STEP_SECONDS  # else the provider had it signed in
    answer = sessions.begin(account, errand.wanted, generation, fresh=fresh)
    cookies.drop(answer, COOKIE)
    return answer


def _person(errand: Errand) -> Person:
    provider = _provider()
    if not provider.came_from(request.args.get("iss")):
        raise Wrong("it came from another issuer")
    if request.args.get("error"):
        raise Forbidden("The identity provider did not sign you in.")
    claim = services().settings.oidc_groups
    code = request.args.get("code", "")
    person = provider.person(code, _back(), nonce=errand.nonce, verifier=errand.verifier, claim=claim)
    if errand.again and person.signed_in_at < errand.since - SKEW:
        raise Wrong("the person was not asked again")
    return person


def _account(errand: Errand, person: Person) -> tuple[Account, str]:
    """The account of the person, and the generation for its session. Raises `Refusal`."""
    people, subject = _people(), Subject(iss=_provider().issuer, sub=person.sub)
    settings = services().settings
    given = rights(settings.oidc_roles, named(person.claims, settings.oidc_groups))
    known = identities.find(people, subject)
    if errand.again and (known is None or known.name != errand.again):
        raise Forbidden(f"You signed in as somebody else there, not as {errand.again}.")
    if given is None:
        if known is not None:
            identities.lose(people, known)
        raise Forbidden("You are in no group that works at this desk. Ask the people who look after your account.")
    if errand.name:
        return _bound(errand, subject, given)
    if errand.invitation:
        return identities.come_in(people, errand.invitation, _name(person), subject, given)
    if known is not None:
        return identities.admit(people, known.name, subject, given)
    try:
        return identities.create(people, _name(person), subject, given)
    except Invalid as no:
        if no.field != "name":
            raise
        raise Forbidden(
            f"{no.detail}. If it is yours, sign in with your password and connect it under Your account, or ask an "
            "admin for a link."
        ) from None


def _bound(errand: Errand, subject: Subject, given: Rights) -> tuple[Account, str]:
    """Connect the account of the person who is still signed in."""
    who = auth.actor()
    if who is None or who.account != errand.name:
        raise NotSignedIn("sign in again")
    if _people().sessions.generation(errand.name) != errand.generation:
        raise NotSignedIn("sign in again")
    return identities.bind(_people(), errand.name, subject, given)


def _name(person: Person) -> str:
    found = next((said for claim in ("name", "preferred_username") if (said := person.claims.get(claim))), "")
    return found if isinstance(found, str) else ""


def _refused(no: Refusal) -> BaseResponse:
    counts.sign_ins.add("refused")
    page = render_template("desk/not_signed_in.html", problem=no.detail, provider=_provider().name)
    return Response(page, no.status, {"Retry-After": str(no.retry_after)} if no.retry_after else None)


# -- signing out


@blueprint.get("/sign-out/provider")
def signed_out() -> str:
    """What a person sees who signed out here: the way to sign out at the provider, too."""
    try:
        address = _provider().way_out(site.address("auth.sign_in_page"))
    except Unavailable:
        address = None
    return render_template("desk/signed_out.html", address=address, name=_provider().name)


@blueprint.post("/sign-in/provider/sign-out")
def signed_out_there() -> tuple[str, int]:
    """The provider says that somebody signed out there (OpenID Connect Back-Channel Logout)."""
    provider = _provider()
    try:
        sub = provider.signed_out(request.form.get("logout_token", ""))
    except Wrong as no:
        log.warning("a log-out of the identity provider was refused: %s", no)
        return "", 400
    identities.sign_out(_people(), Subject(iss=provider.issuer, sub=sub))
    return "", 200
