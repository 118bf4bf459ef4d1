"""The acts on people who sign in at an identity provider, once each.

An account belongs to a subject: issuer and `sub` together. A mail address or a name never finds an account, because
somebody else may have it at the provider. An account with a subject has neither password nor factors here.
"""

from __future__ import annotations

from msgspec.structs import replace

from . import staff
from .errors import Forbidden, Invalid, NotFound, WrongState
from .staff import By
from .store.accounts import Account, AccountsView, Role, Subject
from .store.people import People

PROVIDER = By(name="identity provider", program=True)
Rights = tuple[Role, list[str] | None]


def find(people: People, subject: Subject) -> Account | None:
    """The account that belongs to a subject."""
    return _of(people.view(), subject)


def _of(view: AccountsView, subject: Subject) -> Account | None:
    return next((each for each in view.list() if each.subject == subject), None)


def admit(people: People, name: str, subject: Subject, rights: Rights) -> tuple[Account, str]:
    """The account of a subject that is known, with the role of today, and the generation for its session.

    Raises `Forbidden` for a person who is shut out, or whose account went to another subject a moment ago.
    """
    generation = people.sessions.generation(name)
    before = people.accounts.get(name)

    def update(account: Account, _: AccountsView) -> Account:
        if account.disabled or account.subject != subject:
            raise Forbidden("You were shut out. Ask an admin to let you in again.")
        return replace(account, role=rights[0], blogs=rights[1])

    account = people.accounts.change(name, update)
    if before is not None and (before.role, before.blogs) != (account.role, account.blogs):
        people.note(PROVIDER.name, "change", whom=account.name, role=account.role, blogs=account.blogs)
        staff.end_beyond(people, PROVIDER, account)
        staff.say_who_is_left(people)
    return account, generation


def create(people: People, name: str, subject: Subject, rights: Rights) -> tuple[Account, str]:
    """A new account for a subject, under a name that is free. Raises `Invalid` if it is not."""
    name = staff.free_name(people, name)
    generation = people.sessions.generation(name)

    def unbound(view: AccountsView) -> None:
        if _of(view, subject) is not None:
            raise Invalid("this sign-in belongs to another account already")

    account = Account(name=name, role=rights[0], blogs=rights[1], subject=subject)
    created = people.accounts.create(account, check=unbound)
    people.factors.drop(created.name)  # of an account of this name that is gone
    people.note(created.name, "welcome", role=created.role)
    return created, generation


def bind(people: People, name: str, subject: Subject, rights: Rights) -> tuple[Account, str]:
    """Give an account to a subject, in the place of its password and factors, and end its sessions.

    The caller knows that the person may have the account: it is signed in, or has a link of an admin. Raises `Invalid`,
    `Forbidden`, `NotFound`, and `WrongState` if the groups make an editor of the last admin.
    """
    generation = people.sessions.generation(name)

    def update(account: Account, view: AccountsView) -> Account:
        if account.disabled:
            raise Forbidden("You were shut out. Ask an admin to let you in again.")
        other = _of(view, subject)
        if other is not None and other.name != account.name:
            raise Invalid(f"this sign-in belongs to {other.name} already")
        bound = replace(account, subject=subject, password_hash=None, role=rights[0], blogs=rights[1])
        staff.keep_an_admin(people, view, account, bound)
        return bound

    account = people.accounts.change(name, update)
    people.factors.drop(account.name)
    people.note(account.name, "bind", role=account.role, blogs=account.blogs)
    staff.end_beyond(people, PROVIDER, account)
    return account, people.sessions.renew(account.name, generation)


def come_in(people: People, token: str, name: str, subject: Subject, rights: Rights) -> tuple[Account, str]:
    """Use an invitation up: its account, or a new one under `name`, belongs to the subject.

    Raises `NotFound` for an invitation that has ended; after any other refusal it can be used again.
    """
    invitation = people.invitations.take(token)
    if invitation is None:
        raise NotFound("this invitation has ended")
    try:
        if invitation.name is not None:
            return bind(people, invitation.name, subject, rights)
        return create(people, name, subject, rights)
    except (Invalid, Forbidden, WrongState):
        people.invitations.put_back(token, invitation)
        raise


def lose(people: People, account: Account) -> None:
    """End all that a person has who is in no group any more: rights, sessions, invitations and tokens.

    The account stays, without any blog, so that it counts as nobody's admin; the next groups give it a role again.
    """

    def without(now: Account, _: AccountsView) -> Account:
        return replace(now, role="contributor", blogs=[]) if now.subject == account.subject else now

    left = people.accounts.change(account.name, without)
    if left.subject != account.subject:  # its owner came back with a password meanwhile
        return
    people.sessions.close_all(left.name)
    people.note(PROVIDER.name, "no_access", whom=left.name)
    staff.end_beyond(people, PROVIDER, left)
    staff.say_who_is_left(people)


def sign_out(people: People, subject: Subject) -> None:
    """End all sessions of a person who signed out at the provider."""
    account = find(people, subject)
    if account is not None:
        staff.sign_out(people, PROVIDER, account.name)
