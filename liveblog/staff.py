"""The acts on people, once each. The desk and the command line call these functions; nothing else changes people.

An act checks its arguments, changes records by compare-and-set and writes the site's log. Names are checked when they
are given, never when an account is looked up: accounts that an earlier release accepted keep working.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from .characters import misplaced, shows
from .checks import checked_instant
from .errors import Forbidden, Invalid, NotFound, NotSignedIn, Refusal, WrongState
from .roles import RANKS
from .scopes import checked as checked_scopes
from .store.accounts import Account, AccountsView, Role, folded, is_admin, let_in, tidy
from .store.people import InvitationRecord, People, TokenRecord

log = logging.getLogger(__name__)

LONGEST_NAME = 80
"""Maximum characters of a person's or program's name."""


class By(Struct, frozen=True, kw_only=True):
    """The acting person or program: `name` for the log, and the responsible account.

    That is a person's own account, or for a `program` the account that made its token. It is None for the command line
    and for tokens that the command line made. Shutting that account out also ends what this actor makes. `scopes` and
    `until` are those of its token: it makes none that may do more, or longer.
    """

    name: str
    account: str | None = None
    program: bool = False
    scopes: Sequence[str] | None = None
    until: str = ""


HERE = By(name="command line")


class Ended(Struct, frozen=True, kw_only=True):
    """A person who was shut out or has another role now, and the invitations and tokens that ended with it."""

    account: Account
    invitations: Sequence[InvitationRecord]
    tokens: Sequence[TokenRecord]

    def lines(self) -> list[str]:
        """One line for each thing that ended."""
        return [f"the invitation {about(each)}" for each in self.invitations] + [
            f"the token {each.name} ({bounds(each)})" for each in self.tokens
        ]


def scope(role: str, blogs: list[str] | None) -> str:
    """A role and its blogs, in words."""
    return f"{role} for {'all blogs' if blogs is None else ', '.join(blogs) or 'no blog'}"


def about(invitation: InvitationRecord) -> str:
    """The addressee and the role of an invitation, in words."""
    somebody = f"of {invitation.name}" if invitation.name else "of somebody new"
    return f"{somebody} ({scope(invitation.role, invitation.blogs)})"


def made(thing: InvitationRecord | TokenRecord) -> str:
    """The maker of an invitation or a token, in words; empty if unknown."""
    if not thing.at:
        return ""
    return f"made by {thing.by}" if thing.by else f"made on the {HERE.name}"


def bounds(token: TokenRecord) -> str:
    """A token's role, blog and scopes, in words."""
    only = "" if token.scopes is None else f", only {', '.join(token.scopes)}"
    return scope(token.role, None if token.blog is None else [token.blog]) + only


# -- checks


def check_name(name: str) -> str:
    """A name in its stored form. Raises `Invalid`."""
    name = tidy(name)
    wrong = misplaced(name)  # also a byte that was no UTF-8
    if not 1 <= len(name) <= LONGEST_NAME or wrong or not shows(name):
        hidden = f"; it has U+{ord(wrong):04X}, which nobody sees" if wrong else ""
        raise Invalid(f"a name must be one line of 1 to {LONGEST_NAME} printable characters{hidden}", field="name")
    return name


def free_name(people: People, name: str) -> str:
    """A new person's name in its stored form. Raises `Invalid`, also if a person or a program has it already."""
    name = check_name(name)
    people.accounts.check_free(name)
    _check_no_token(people, name)
    _check_no_hook(people, name)
    return name


def contributor(people: People, name: str, blog: str) -> str:
    """The contributor of a new incoming hook: a person who works on the blog, or a name that no program has.

    Raises `Invalid`. Several hooks may have one name: nobody signs in with it.
    """
    account = people.accounts.get(name)
    if account is None:
        name = check_name(name)
        people.accounts.check_free(name)
        _check_no_token(people, name)
        return name
    if not account.works_on(blog):
        raise Invalid(f"{account.name} has no role for {blog}", field="name")
    return account.name


def _check_no_token(people: People, name: str) -> None:
    if any(folded(token.name) == folded(name) for token in people.tokens.list()):
        raise Invalid(f"this name is taken: there is a token {name}", field="name")


def _check_no_hook(people: People, name: str) -> None:
    if any(folded(hook.name) == folded(name) for hook in people.incoming.list()):
        raise Invalid(f"this name is taken: there is an incoming hook {name}", field="name")


def has_left(people: People, maker: str, blog: str | None) -> bool:
    """Whether the person or program that made a hook could not make it any more, and may know its secret."""
    account = people.accounts.get(maker)
    if account is not None:
        return account.role != "admin" or not account.works_on(blog)
    return all(token.name != maker for token in people.tokens.list())


def _checked_rights(people: People, role: str, blogs: list[str] | None) -> Role:
    if role not in RANKS:
        raise Invalid("choose a role", field="role")
    if blogs is not None and not blogs:
        raise Invalid("choose at least one blog, or all", field="blogs")
    known = set(people.slugs()) if blogs else set()
    for slug in blogs or ():
        if slug not in known:
            raise NotFound(f"there is no blog {slug}")
    return cast(Role, role)


def not_shut_out(account: Account | None) -> Account:
    """The account of a person who was signed in when the request came. Raises `NotSignedIn` if it ended since."""
    if account is None or account.disabled:
        raise NotSignedIn("sign in, or send a bearer token")
    return account


def _require_still(by: By, view: AccountsView) -> None:
    """Refuse an admin who lost the role or was shut out since the request was admitted."""
    if by.account is not None and not is_admin(not_shut_out(view.get(by.account))):
        raise Forbidden("this needs the role admin")


def keep_an_admin(people: People, view: AccountsView, account: Account, updated: Account) -> None:
    """Raise `WrongState` for a change after which no admin of all blogs could sign in, though one can before."""
    if not _runs_the_desk(people, account) or _runs_the_desk(people, updated):
        return
    if not any(_runs_the_desk(people, each) for each in view.list() if each.name != account.name):
        raise WrongState(
            f"{account.name} is the only admin of everything who can sign in; make somebody else one first"
        )


def say_who_is_left(people: People) -> None:
    """Tell operators if no admin of all blogs can sign in: the identity provider decides, and is not refused."""
    if not any(_runs_the_desk(people, each) for each in people.accounts.list()):
        log.warning("no admin of all blogs can sign in now; on the server, `liveblog editor add` invites one")


def _runs_the_desk(people: People, account: Account) -> bool:
    return is_admin(account) and people.can_sign_in(account)


# -- people


def invite(people: People, by: By, role: str, blogs: list[str] | None, name: str | None = None) -> str:
    """Invite a person. Returns the token of a one-time link.

    With `name` the account is made now, without a password; otherwise the person who uses the link chooses a name.
    Raises `Invalid` and `NotFound` (a blog).
    """
    rights = _checked_rights(people, role, blogs)
    whom: dict[str, str] = {}
    if name is not None:
        name = free_name(people, name)
        people.accounts.create(Account(name=name, role=rights, blogs=blogs), check=partial(_require_still, by))
        whom = {"whom": name}
    token = _link(people, by, rights, blogs, name)
    people.note(by.name, "invite", role=role, blogs=blogs, **whom)
    return token


def reset(people: People, by: By, name: str) -> tuple[Account, str]:
    """Make a link with which a person sets a new password. Returns the account and the link's token.

    The link also lets a person in again who was shut out. Raises `NotFound`.
    """
    account = find(people, name)
    if account.disabled:
        people.sessions.close_all(account.name)  # so that no earlier session revives with the account
        account = _change(people, by, account.name, let_in)
    token = _link(people, by, account.role, account.blogs, account.name)
    people.note(by.name, "reset", whom=account.name)
    return account, token


def first_invitation(people: People) -> str | None:
    """The token of the link that makes the first admin of all blogs; None once there is one, or one is invited."""
    return None if has_admin(people) else people.invitations.make("admin", first=True)


def has_admin(people: People) -> bool:
    """Whether somebody is, or is invited to be, an admin of all blogs."""
    return any(map(is_admin, people.accounts.list()))


def withdraw(people: People, by: By, id: str) -> InvitationRecord:
    """End an open invitation. Raises `NotFound`."""
    found = people.invitations.withdraw(id)
    if found is None:
        raise NotFound("there is no such open invitation: it was used, has ended, or never existed")
    _note_withdrawn(people, by, found)
    return found


def change(people: People, by: By, name: str, role: str, blogs: list[str] | None) -> Ended:
    """Give a person another role, or other blogs, and end what the person made and may not make any more.

    Raises `Invalid`, `NotFound`, `WrongState` for the last admin.
    """
    rights = _checked_rights(people, role, blogs)
    account = _change(people, by, find(people, name).name, lambda now: replace(now, role=rights, blogs=blogs))
    people.note(by.name, "change", whom=account.name, role=role, blogs=blogs)
    return end_beyond(people, by, account)


def shut_out(people: People, by: By, name: str) -> Ended:
    """Shut a person out, at once and everywhere, and end the open invitations and tokens that this person made.

    Raises `NotFound`, and `WrongState` for the last admin.
    """
    account = _change(people, by, find(people, name).name, lambda now: replace(now, disabled=True))
    people.sessions.close_all(account.name)
    people.note(by.name, "disable", whom=account.name)
    return end_beyond(people, by, account)


def end_beyond(people: People, by: By, account: Account) -> Ended:
    """End the open invitations and tokens that a person made and, by its present rights, could not make.

    Only admins of all blogs invite people. A token goes on if it may do no more than the person.
    """
    people.note_end()  # open desks look at once whether they may go on
    invitations = [] if is_admin(account) else people.invitations.end_made_by(account.name)
    tokens = people.tokens.end_made_by(account.name, lambda token: not _covers(account, token))
    for invitation in invitations:
        _note_withdrawn(people, by, invitation)
    for token in tokens:
        people.note(by.name, "revoke", name=token.name)
    return Ended(account=account, invitations=invitations, tokens=tokens)


def _covers(account: Account, token: TokenRecord) -> bool:
    return account.works_on(token.blog) and RANKS[account.role] >= RANKS[token.role]


def sign_out(people: People, by: By, name: str) -> Account:
    """Sign a person out everywhere. Raises `NotFound`."""
    account = find(people, name)
    people.sessions.close_all(account.name)
    people.note(by.name, "sign_out_everywhere", whom=account.name)
    return account


def end_session(people: People, by: By, name: str, id: str) -> Account:
    """End one session of a person. Raises `NotFound`."""
    account = find(people, name)
    if not people.sessions.end(account.name, id):
        raise NotFound("there is no such session: it has ended already")
    people.note(by.name, "sign_out", whom=account.name)
    return account


def find(people: People, name: str) -> Account:
    """The account of this name. Raises `NotFound`."""
    account = people.accounts.get(name)
    if account is None:
        raise NotFound(f"there is no account {tidy(name)}")
    return account


def _change(people: People, by: By, name: str, update: Callable[[Account], Account]) -> Account:
    """Change an account for an admin, as long as an admin remains who can sign in.

    Both conditions are checked at the moment of the change, whatever other admins do meanwhile.
    """

    def changed(account: Account, view: AccountsView) -> Account:
        _require_still(by, view)
        updated = update(account)
        keep_an_admin(people, view, account, updated)
        return updated

    return people.accounts.change(name, changed)


def _link(people: People, by: By, role: Role, blogs: list[str] | None, name: str | None) -> str:
    token = people.invitations.make(role, blogs, name=name, by=by.account)
    return _kept(people, by, token, people.invitations.take)


def _kept(people: People, by: By, token: str, undo: Callable[[str], object]) -> str:
    """Return a secret that was just made, or undo it if its maker is being shut out.

    Shutting out first writes the account and then looks for what the person made. This function looks at the account
    after the secret was stored, so that one of the two sees the other.
    """
    try:
        _require_still(by, people.view())
    except Refusal:
        undo(token)
        raise
    return token


def _note_withdrawn(people: People, by: By, invitation: InvitationRecord) -> None:
    whom = {"whom": invitation.name} if invitation.name else {}
    people.note(by.name, "withdraw", role=invitation.role, blogs=invitation.blogs, **whom)


# -- programs


def add_token(
    people: People,
    by: By,
    name: str,
    role: str,
    blog: str | None = None,
    *,
    scopes: Iterable[str] | None = None,
    until: str | None = None,
) -> str:
    """A new bearer token for a program; it cannot be read again. Raises `Invalid`, `Forbidden`, `NotFound` (the blog).

    `until` is when it ends (RFC 3339). A program cannot have a person's name, because drafts and bylines identify their
    writers by name.
    """
    name = check_name(name)
    rights = _checked_rights(people, role, None if blog is None else [blog])
    only, ends = checked_scopes(scopes, rights), checked_instant(until, "expires") or ""
    if ends and ends <= people.now():
        raise Invalid("a token must end in the future", field="expires")
    _check_within(by, only, ends)
    people.accounts.check_free(name)
    _check_no_hook(people, name)
    token = people.tokens.add(name, rights, blog, by=by.account, scopes=only, until=ends)
    _kept(people, by, token, people.tokens.end)
    people.note(by.name, "token", name=name, role=role, blogs=None if blog is None else [blog], scopes=only)
    return token


def _check_within(by: By, scopes: Sequence[str] | None, until: str) -> None:
    """Refuse a program that makes a token which may do more, or longer, than its own."""
    if by.scopes is not None and (scopes is None or not set(scopes) <= set(by.scopes)):
        raise Forbidden("a token can only make tokens with scopes that it has itself")
    if by.until and not "" < until <= by.until:
        raise Forbidden("a token can only make tokens that end before it does")


def revoke(people: People, by: By, name: str) -> Sequence[TokenRecord]:
    """End every token of this name. Raises `NotFound`."""
    ended = people.tokens.revoke(name)
    if not ended:
        raise NotFound(f"there is no token {tidy(name)}")
    for spelling in sorted({token.name for token in ended}):
        people.note(by.name, "revoke", name=spelling)
    return ended


def end_token(people: People, by: By, id: str) -> TokenRecord:
    """End the one token with this id. Raises `NotFound`."""
    ended = people.tokens.end_listed(id)
    if ended is None:
        raise NotFound(f"there is no token with the id {id}")
    people.note(by.name, "revoke", name=ended.name)
    return ended


# -- one's own account


def come_in(people: People, token: str, name: str, password_hash: str) -> tuple[Account, str]:
    """Use an invitation up. Returns the current account, and the generation for its first session.

    `name` is the invitation's own, or the chosen one. Raises `NotFound` for an invitation that has ended, `Invalid` for
    a name that was just taken; then the invitation can be used again.
    """
    generation = people.sessions.generation(name)
    invitation = people.invitations.take(token)
    if invitation is None:
        raise NotFound("this invitation has ended")
    try:
        account = _invited(people, invitation, name, password_hash)
    except (Invalid, WrongState):
        _put_back(people, token, invitation)
        raise
    people.note(account.name, "welcome", role=account.role)
    return account, people.sessions.renew(account.name, generation)  # a new password ends all sessions of the old one


def _invited(people: People, invitation: InvitationRecord, name: str, password_hash: str) -> Account:
    """The account of an invitation, with its password and its current role. Raises `NotFound`, `Invalid`."""

    def update(account: Account, _: AccountsView) -> Account:
        if account.disabled:
            raise NotFound(f"{account.name} was shut out")
        return replace(account, password_hash=password_hash, subject=None)  # who had a subject is back with a password

    if invitation.name is not None:
        return people.accounts.change(invitation.name, update)
    account = Account(name=name, role=invitation.role, blogs=invitation.blogs, password_hash=password_hash)
    return people.accounts.create(account, first=invitation.first)


def _put_back(people: People, token: str, invitation: InvitationRecord) -> None:
    people.invitations.put_back(token, invitation)
    maker = By(name=HERE.name, account=invitation.by, program=True)
    try:
        _kept(people, maker, token, people.invitations.take)
    except Refusal as no:
        raise NotFound("this invitation has ended") from no


def change_password(people: People, own: Account, password_hash: str, generation: str) -> tuple[Account, str]:
    """Set one's own password and end all other sessions. Returns the account, and the generation for this session.

    `own` is the account with which the old password was compared; `generation` was read before it. Raises
    `NotSignedIn` if the person was shut out since, `Invalid` if the password was changed since.
    """

    def update(account: Account, _: AccountsView) -> Account:
        if not_shut_out(account).password_hash != own.password_hash:
            raise Invalid("the old password is wrong", field="old")
        return replace(account, password_hash=password_hash)

    changed = people.accounts.change(own.name, update)
    generation = people.sessions.renew(changed.name, generation)
    people.note(changed.name, "password")
    return changed, generation
