"""The pages on which people sign in with a password, use an invitation, and sign out."""

from __future__ import annotations

import re
from collections.abc import Collection

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from .. import staff
from ..errors import Forbidden, Invalid, NotFound
from ..store.accounts import Account, tidy
from ..store.people import People
from ..store.steps import STEP_SECONDS, Step
from ..watch import counts
from . import answers, auth, cookies, passwords, relying_party, sessions, site, tries
from .site import services

blueprint = answers.blueprint("auth", __name__, "desk")


def _people() -> People:
    people: People = services().people
    return people


@blueprint.app_template_filter()
def sentence(detail: str) -> str:
    """A refusal's detail as a sentence for a page."""
    return f"{detail[:1].upper()}{detail[1:].removesuffix('.')}."


@blueprint.get("/desk/sign-in")
def sign_in_page() -> str | BaseResponse:
    """The form; with `fresh` also for a person who is signed in, and is about to do what a stolen session must not."""
    wanted, who = wanted_page(request.args.get("next", "")), auth.actor()
    if who is None:
        return sign_in_form(wanted)
    if "fresh" not in request.args:
        return redirect(wanted, 303)
    account = _people().accounts.get(who.account or "")
    return sign_in_form(wanted, name=who.name, fresh=True, bound=account is not None and account.subject is not None)


def sign_in_form(
    wanted: str, *, name: str = "", problem: str | None = None, fresh: bool = False, bound: bool = False
) -> str:
    """The page. With `fresh` it asks a person who is signed in: at the provider if the account is `bound` to it."""
    return render_template(
        "desk/sign_in.html",
        problem=problem,
        name=name,
        next=wanted,
        fresh=fresh,
        elsewhere=bound or not fresh,
        here=services().settings.passwords and not bound,
        passkeys=services().settings.passwords and not bound and relying_party.place() is not None,
    )


def once_more(wanted: str) -> BaseResponse:
    """Ask a person who is signed in to sign in once more; `wanted` is the page that comes afterwards."""
    return redirect(url_for("auth.sign_in_page", fresh=1, next=wanted), 303)


def wanted_page(address: str) -> str:
    """The desk's page that was requested before signing in; the list of blogs for any other address."""
    address = address.removeprefix(site.prefix())
    ours = re.fullmatch(r"/desk/([a-z0-9-]+/)*[a-z0-9-]*", address)
    return site.prefix() + address if ours else url_for("desk.blogs")


@blueprint.post("/desk/sign-in")
def sign_in() -> BaseResponse | tuple[str, int]:
    auth.same_site()
    require_passwords()
    name, password = tidy(request.form.get("name", "")), request.form.get("password", "")
    this = tries.count(name)
    with services().hashing.turn(this.rank) as thread:
        known = _people().accounts.get(name)
        generation = _people().sessions.generation(known.name if known else name)
        account = _people().accounts.get(known.name if known else name)  # read after the generation; see `Sessions`
        right, weak = thread.run(_compared, account, password, passwords.guessable(name))
    wanted = wanted_page(request.form.get("next", "").removeprefix(site.prefix()))
    if not right or account is None:
        counts.sign_ins.add("refused")
        tries.refused.of(tries.address()).met()
        by = account.name if account is not None else "somebody unknown"  # the name may be a password
        tries.note(by, this, "sign_in_failed")
        return sign_in_form(wanted, name=name, problem="Name or password is wrong."), 403
    tries.give_back(name)
    wanted = url_for("people.account", done="weak") if weak else wanted
    if (step := second_step(account, wanted, generation)) is not None:
        return step
    sessions.accepted(account)
    return sessions.begin(account, wanted, generation)


def _compared(account: Account | None, password: str, words: Collection[str]) -> tuple[bool, bool]:
    """Whether the password is the account's, and whether it should be changed: it may be older than the rules."""
    right = passwords.verified(account, password)
    return right, right and passwords.weakness(password, words) is not None


def require_passwords() -> None:
    """Refuse where people sign in at the identity provider only."""
    if not services().settings.passwords:
        raise Forbidden("people sign in at the identity provider here")


def second_step(account: Account, wanted: str, generation: str) -> BaseResponse | None:
    """Lead a person whose password was right to the second step; None if the person has no factor and needs none."""
    if not _people().factors.get(account.name).any and not _people().factors.needs(account):
        return None
    answer = redirect(url_for("second_factor.step"), 303)
    token = _people().steps.begin(Step(name=account.name, generation=generation, wanted=wanted))
    cookies.put(answer, sessions.STEP_COOKIE, token, STEP_SECONDS)
    return answer


@blueprint.post("/desk/sign-out")
def sign_out() -> BaseResponse:
    """End this session, or with `everywhere` all sessions of this person."""
    who = auth.actor()
    if who is not None and request.form.get("everywhere"):
        staff.sign_out(_people(), who.by, who.name)
    return sessions.leave()


@blueprint.get("/desk/welcome/<token>")
def welcome_page(token: str) -> tuple[str, int]:
    invitation = _people().invitations.peek(token)
    if invitation is None:
        return render_template("desk/used_link.html"), 404
    return render_template("desk/welcome.html", problem=None, name=invitation.name or "", fixed=invitation.name), 200


@blueprint.post("/desk/welcome/<token>")
def welcome(token: str) -> BaseResponse | tuple[str, int]:
    """Use an invitation: make the account (or set its password) and sign in."""
    auth.same_site()
    require_passwords()
    invitation = _people().invitations.peek(token)
    if invitation is None:
        return render_template("desk/used_link.html"), 404
    name = invitation.name or tidy(request.form.get("name", ""))
    try:
        if invitation.name is None:
            name = staff.free_name(_people(), name)
        words = passwords.guessable(name)
        password_hash = services().hashing.run(passwords.hashed, request.form.get("password", ""), words)
        account, generation = staff.come_in(_people(), token, name, password_hash)
    except Invalid as no:
        form = render_template("desk/welcome.html", problem=no.detail, name=name, fixed=invitation.name)
        return form, no.status
    except NotFound:  # it just ended, or somebody else has used it
        return render_template("desk/used_link.html"), 404
    wanted = url_for("desk.blogs")
    return second_step(account, wanted, generation) or sessions.begin(account, wanted, generation)
