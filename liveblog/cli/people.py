"""The commands for people: accounts and invitations (`editor`), and programs' tokens (`token`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import click

from .. import factors, staff
from ..model import rfc3339
from ..roles import RANKS
from ..scopes import SCOPES
from ..staff import HERE
from ..store.accounts import tidy
from ..store.people import People
from .common import WELCOME, settings, storage

NO_ADMIN = """\
Nobody is an admin of all blogs yet, who creates blogs and invites people: `liveblog editor add NAME --role admin`
invites one, and so does the first sign-in link that `liveblog serve` prints at its start."""
ROLES = click.Choice([*RANKS])


@contextmanager
def _staff() -> Iterator[People]:
    with storage() as store:
        here = settings()  # who can sign in follows from the server's settings
        yield People(store, second_factor=here.second_factor, passwords=here.passwords, issuer=here.oidc_issuer)


@click.group()
def editor() -> None:
    """People at the desk."""


@editor.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--blog", "slug", help="Only for this blog.")
def add_editor(name: str, role: str, slug: str | None) -> None:
    """Invite NAME to the desk.

    Prints a link that works once, within a day, and asks for a password. A contributor sees the desk and drafts, an
    editor publishes, an admin also creates blogs.
    """
    with _staff() as people:
        token = staff.invite(people, HERE, role, [slug] if slug else None, name)
        headless = not staff.has_admin(people)
    _show_link(token)
    if headless:
        click.echo(NO_ADMIN, err=True)


def _show_link(token: str) -> None:
    if not (site := settings().base_url):
        click.echo("Open this at the server's address (set LIVEBLOG_BASE_URL to see it here):", err=True)
    click.echo(f"{site or ''}{WELCOME}{token}")


@editor.command("invite")
@click.argument("name")
def invite_editor(name: str) -> None:
    """Invite NAME again: for a forgotten password, an unused link, or after `editor disable`.

    Prints a link that works once, within a day, and asks for a new password, which then ends all earlier sessions.
    Until then nothing changes, except for a disabled person, whose old password no longer works.
    """
    with _staff() as people:
        _, token = staff.reset(people, HERE, name)
    _show_link(token)


@editor.command("change")
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--blog", "slug", help="Only for this blog.")
def change_editor(name: str, role: str, slug: str | None) -> None:
    """Give NAME another role, for all blogs or one. The last admin of all blogs keeps the role.

    Open invitations of somebody who is no admin any more end, as do tokens that may do more than NAME; they are listed.
    """
    with _staff() as people:
        ended = staff.change(people, HERE, name, role, [slug] if slug else None)
    click.echo(f"{ended.account.name}: {staff.scope(ended.account.role, ended.account.blogs)}")
    for line in ended.lines():
        click.echo(f"also ended: {line}")


@editor.command("disable")
@click.argument("name")
def disable_editor(name: str) -> None:
    """Shut NAME out of the desk, at once and on every device.

    The open invitations and the tokens that NAME made end too, and are listed. The account stays, with its role:
    `editor invite` lets NAME in again. What NAME published, and hooks that NAME made, stay as they are. The last admin
    who can sign in cannot be shut out.
    """
    with _staff() as people:
        ended = staff.shut_out(people, HERE, name)
    click.echo(f"{ended.account.name} is shut out")
    for line in ended.lines():
        click.echo(f"also ended: {line}")


@editor.command("reset-factors")
@click.argument("name")
def reset_factors(name: str) -> None:
    """Remove the passkeys, the authenticator app and the recovery codes of NAME, who lost them.

    It ends all sessions of NAME, who then signs in with the password alone and, where a second factor is required, sets
    up a new one first.
    """
    with _staff() as people:
        account = factors.reset(people, HERE, name)
    click.echo(f"{account.name} has no second factor now, and is signed out everywhere")


@editor.command("list")
def list_editors() -> None:
    """List all accounts: the role, its blogs, and who cannot sign in."""
    with _staff() as people:
        accounts = people.accounts.list()
    for account in accounts:
        known = ", signs in at the identity provider" if account.subject else ""
        without = known if account.password_hash or known else ", has not used the link yet"
        state = ", disabled" if account.disabled else without
        click.echo(f"{account.name}: {staff.scope(account.role, account.blogs)}{state}")


@editor.command("invitations")
def list_invitations() -> None:
    """List the open invitations, oldest first: the id for `editor withdraw`, for whom, by whom, and the end."""
    with _staff() as people:
        found = people.invitations.open()
    for id, each in found.items():
        click.echo(f"{id}: {staff.about(each)}, {staff.made(each)} at {each.at}, ends at {each.until}")


@editor.command("withdraw")
@click.argument("id")
def withdraw_invitation(id: str) -> None:
    """End the open invitation ID of `editor invitations`: its link no longer works."""
    with _staff() as people:
        ended = staff.withdraw(people, HERE, id)
    click.echo(f"withdrew the invitation {staff.about(ended)}")


@click.group()
def token() -> None:
    """Tokens for programs that write through the API."""


@token.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--blog", "slug", help="Only for this blog.")
@click.option(
    "--scope", "scopes", type=click.Choice([*SCOPES]), multiple=True, help="Only this, of what the role allows; repeat."
)
@click.option("--expires", help="When it ends: 90d, 12h, or a time such as 2027-03-01T12:00:00Z.")
def add_token(name: str, role: str, slug: str | None, scopes: tuple[str, ...], expires: str | None) -> None:
    """Make a token for a program NAME that writes through the API.

    It is printed alone on the last line and never shown again; programs send it as Authorization: Bearer TOKEN.
    """
    with _staff() as people:
        until = expires and _ending(expires, people.now())
        made = staff.add_token(people, HERE, name, role, slug, scopes=scopes or None, until=until)
    click.echo(f"Token for {tidy(name)} ({role}). Keep it: only its hash is stored.", err=True)
    click.echo(made)


def _ending(said: str, now: str) -> str:
    """The time that so many days or hours from now are; any other text as it is."""
    after = re.fullmatch(r"([1-9][0-9]{0,4})([dh])", said)
    if after is None:
        return said
    return rfc3339(datetime.fromisoformat(now) + timedelta(hours=int(after[1]) * (24 if after[2] == "d" else 1)))


@token.command("list")
def list_tokens() -> None:
    """List the tokens by their names: role, blog, scopes, end and last use. The tokens themselves are not stored."""
    with _staff() as people:
        tokens, now = people.tokens.listed(), people.now()
    for each in tokens:
        until = each.record.until
        ends = f", {'ended' if until <= now else 'ends'} at {until}" if until else ""
        used = f", last used at {each.used}" if each.used else ", not used yet"
        click.echo(f"{each.record.name}: {staff.bounds(each.record)}{ends}{used}")


@token.command("revoke")
@click.argument("name")
def revoke_token(name: str) -> None:
    """End every token called NAME. Programs that send one are refused from then on."""
    with _staff() as people:
        ended = staff.revoke(people, HERE, name)
    click.echo(f"revoked {len(ended)} token{'s' if len(ended) > 1 else ''} of {ended[0].name}")
