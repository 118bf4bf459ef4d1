"""The commands that take something down, and show its certificate again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from ..staff import HERE
from .common import settings, storage

if TYPE_CHECKING:  # a short command need not load it
    from ..store.commits import Store
    from ..store.takedowns import Takedown, Takedowns


@click.command()
@click.argument("slug")
@click.argument("post", required=False)
@click.option("--picture", help="The name of a picture, instead of a post: it goes from every post and blog.")
@click.option("--reason", required=True, help="Who asked for it and why, without the text itself.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def takedown(slug: str, post: str | None, picture: str | None, reason: str, yes: bool) -> None:
    """Remove a post, or a picture, from everything.

    A post goes with its pictures; POST may also be a draft that was not published. It leaves readers' pages, the
    history, drafts with its text, the log's words and the caches. This cannot be undone.

    Prints the certificate as JSON; the same order again continues an earlier one.
    """
    if not yes:
        click.confirm("This cannot be undone. Take it down?", abort=True, err=True)
    with storage() as store:
        takedowns = _takedowns(store)
        done = takedowns.order(slug, post=post or "", picture=picture or "", reason=reason, by=HERE.name)
        _print(store, takedowns, done)


@click.command()
@click.argument("id")
def certificate(id: str) -> None:
    """Print the certificate of a takedown."""
    with storage() as store:
        takedowns = _takedowns(store)
        _print(store, takedowns, takedowns.get(id))


def _takedowns(store: Store) -> Takedowns:
    from ..app import pictures_of
    from ..store.takedowns import Takedowns

    return Takedowns(store, pictures_of(settings(), store))


def _print(store: Store, takedowns: Takedowns, done: Takedown) -> None:
    from ..certificate import of

    made = of(settings(), store, takedowns, done)
    click.echo(msgspec.json.format(msgspec.json.encode(made), indent=2))
