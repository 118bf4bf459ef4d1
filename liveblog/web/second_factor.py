"""The second step of a sign-in, signing in with a passkey alone, and the page on which people set their factors up."""

from __future__ import annotations

from typing import Any

import segno
from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from .. import factors, staff
from ..errors import Forbidden, Invalid, NotFound, NotSignedIn, TooMany, WrongState
from ..store.accounts import Account
from ..store.people import People
from ..store.sealing import seal, unseal
from ..store.steps import Step
from . import answers, auth, cookies, devices, relying_party, sessions, sign_in, site, tries
from .site import services

blueprint = answers.blueprint("second_factor", __name__, "desk", "/desk")

DONE = {
    "passkey": "The passkey was added.",
    "app": "The authenticator app is set up.",
    "removed": "It was removed.",
}
BLANKS = str.maketrans("", "", " \u00a0-")


def _people() -> People:
    people: People = services().people
    return people


# -- signing in


def _half_in() -> tuple[Step, Account]:
    """The person whose password was right a moment ago. Raises `NotSignedIn`."""
    step = _people().steps.get(cookies.get(sessions.STEP_COOKIE), Step)
    account = _people().accounts.get(step.name) if step else None
    if step is None or account is None or account.disabled:
        raise NotSignedIn("sign in again")
    if _people().sessions.generation(account.name) != step.generation:  # signed out everywhere, shut out, or reset
        raise NotSignedIn("sign in again")
    return step, account


@blueprint.get("/sign-in/second")
def step() -> BaseResponse | str:
    """Ask for the second factor, or for setting one up where the person needs one and has none."""
    _, account = _half_in()
    if not _people().factors.get(account.name).any:
        return redirect(url_for("second_factor.own"), 303)
    return _step_page(account)


def _step_page(account: Account, **told: Any) -> str:
    found = _people().factors.get(account.name)
    return render_template("desk/second_step.html", found=found, passkeys=relying_party.place() is not None, **told)


@blueprint.post("/sign-in/second")
def take_step() -> BaseResponse | tuple[str, int]:
    """Sign in with a passkey's answer, an app's code, or a recovery code."""
    auth.same_site()
    step, account = _half_in()
    this = tries.count(account.name, guess=False)
    said, code = request.form.get("credential", ""), request.form.get("code", "").translate(BLANKS)
    try:
        if said:
            _proved(said, account)
        elif not _is_right(account, code):
            raise Forbidden("This code is wrong, or was used before.")
    except (Forbidden, Invalid, WrongState, TooMany) as no:
        tries.note(account.name, this, "second_factor_failed")
        return _step_page(account, problem=no.detail), no.status
    if _people().steps.take(cookies.get(sessions.STEP_COOKIE), Step) is None:
        raise NotSignedIn("sign in again")
    tries.give_back(account.name, guess=False)
    sessions.accepted(account)
    return sessions.begin(account, step.wanted, step.generation)


def _proved(said: str, account: Account | None) -> tuple[Account, str]:
    """Whose passkey answered; see `passkeys.proved`. The try that its challenge was is given back."""
    from . import passkeys  # only here: WebAuthn's library costs each process some 6 MB

    proved = passkeys.proved(_people(), said, account)
    tries.give_back(account.name if account else None, guess=False)
    return proved


def _is_right(account: Account, code: str) -> bool:
    """Whether it is a code of the person's app, or a recovery code. Raises `TooMany`, `WrongState`."""
    device = devices.known(account.name) or ""
    if _is_app_code(code) and factors.check_app(_people(), auth.site_secret(), account, code, device):
        return True
    return factors.use_code(_people(), account, code)


def _is_app_code(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdigit()


@blueprint.post("/sign-in/passkey/challenge")
def challenge() -> BaseResponse:
    """A challenge for the passkeys of the person at the second step, or for any passkey that says who it is."""
    from . import passkeys  # only here: WebAuthn's library costs each process some 6 MB

    auth.same_site()
    account = _half_in()[1] if request.args.get("step") else None
    tries.count(account.name if account else None, guess=False)
    return passkeys.asked_to_prove(_people(), account)


@blueprint.post("/sign-in/passkey")
def sign_in_with_passkey() -> BaseResponse | tuple[str, int]:
    """Sign in without a name or a password."""
    auth.same_site()
    sign_in.require_passwords()
    wanted = sign_in.wanted_page(request.form.get("next", "").removeprefix(site.prefix()))
    try:
        account, generation = _proved(request.form.get("credential", ""), None)
    except (Forbidden, Invalid) as no:
        return sign_in.sign_in_form(wanted, problem=no.detail), no.status
    sessions.accepted(account)
    return sessions.begin(account, wanted, generation)


# -- one's own factors


class _Own:
    """The person who sets factors up: signed in a moment ago, or at the second step without any factor.

    `generation` was read before the account. Raises `NotSignedIn`.
    """

    def __init__(self) -> None:
        self.step: Step | None = None
        fresh = auth.is_fresh()
        who = auth.actor() if fresh or request.method in auth.SAFE else None
        if who is not None and who.account is not None:
            self.generation = _people().sessions.generation(who.name)
            self.account = staff.not_shut_out(_people().accounts.get(who.name))
            if self.account.subject is not None:
                raise Forbidden("you sign in at the identity provider, which has your second factor")
            if fresh:
                return
        self.step, self.account = _half_in()
        self.generation = self.step.generation
        if _people().factors.get(self.account.name).any:
            raise NotSignedIn("sign in again")
        if request.method not in auth.SAFE:  # a session's own token says so
            auth.same_site()


def _sign_in_again() -> BaseResponse:
    return sign_in.once_more("/desk/account/factors")


@blueprint.get("/account/factors")
def own() -> BaseResponse | str:
    try:
        return _page(_Own(), done=DONE.get(request.args.get("done", "")))
    except NotSignedIn:
        return _sign_in_again()


def _page(own: _Own, secret: str | None = None, **told: Any) -> str:
    """The page of one's factors. It proposes a secret for an app, sealed in the form until a code proves it."""
    secret = secret or factors.new_secret()
    sealed = seal(auth.site_secret(), secret, f"proposed to {own.account.name}")
    link = factors.address(secret, own.account.name, relying_party.host())
    return render_template(
        "desk/factors.html",
        who=auth.actor() if own.step is None else None,
        found=_people().factors.get(own.account.name),
        needed=_people().factors.needs(own.account),
        passkeys=relying_party.place() is not None,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        sealed=sealed,
        link=link,
        picture=segno.make(link, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True),
        **told,
    )


@blueprint.post("/account/factors/challenge")
def challenge_to_make() -> BaseResponse:
    from . import passkeys  # only here: WebAuthn's library costs each process some 6 MB

    return passkeys.asked_to_make(_people(), _Own().account)


@blueprint.post("/account/factors")
def change() -> BaseResponse | str | tuple[str, int]:
    """Run one act on one's own factors, by the form's `act`; new recovery codes are shown once, in the answer."""
    try:
        own = _Own()
    except NotSignedIn:
        return _sign_in_again()
    acts = {
        "passkey": _add_passkey,
        "app": _add_app,
        "remove_passkey": _remove_passkey,
        "remove_app": _remove_app,
        "codes": _new_codes,
    }
    name = request.form.get("act", "")
    first = not _people().factors.get(own.account.name).any
    try:
        if name not in acts:
            raise Invalid("there is no such act", field="act")
        codes = acts[name](own.account)
    except (Invalid, NotFound, WrongState, Forbidden) as no:
        return _page(own, _proposed(own.account), problem=no.detail), no.status
    if not codes:
        return redirect(url_for("second_factor.own", done=name if name in DONE else "removed"), 303)
    answer = make_response(
        render_template("desk/codes.html", codes=codes, wanted=own.step.wanted if own.step else url_for("desk.blogs"))
    )
    if first:
        _begin(answer, own)
    return answer


def _begin(answer: BaseResponse, own: _Own) -> None:
    """End all sessions that began without a factor, and go on with one that has it."""
    if own.step is not None:
        if _people().steps.take(cookies.get(sessions.STEP_COOKIE), Step) is None:
            raise NotSignedIn("sign in again")
        sessions.accepted(own.account)
    sessions.begin_with(answer, own.account, _people().sessions.renew(own.account.name, own.generation))


def _add_passkey(account: Account) -> list[str]:
    from . import passkeys  # only here: WebAuthn's library costs each process some 6 MB

    made = passkeys.made(
        _people(), account, request.form.get("credential", ""), request.form.get("name", "").strip() or "Passkey"
    )
    return factors.add_passkey(_people(), account, made)


def _add_app(account: Account) -> list[str]:
    secret = _proposed(account)
    if secret is None:
        raise Invalid("the page is out of date; scan the new code", field="code")
    code = request.form.get("code", "").translate(BLANKS)
    return factors.add_app(_people(), auth.site_secret(), account, secret, code)


def _proposed(account: Account) -> str | None:
    return unseal(auth.site_secret(), request.form.get("sealed", ""), f"proposed to {account.name}")


def _remove_passkey(account: Account) -> list[str]:
    factors.remove_passkey(_people(), account, request.form.get("id", ""))
    return []


def _remove_app(account: Account) -> list[str]:
    factors.remove_app(_people(), account)
    return []


def _new_codes(account: Account) -> list[str]:
    return factors.new_codes(_people(), account)
