"""The commands that write a blog: create it, post, the life of a result. They call the same acts as the desk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import click

from .. import actions
from ..actions import Plan, View
from ..checks import composed
from ..errors import Invalid, NotFound
from ..model import Category, Nominee, Venue
from ..staff import HERE
from .common import PIPED, look, storage
from .places import Place, anywhere, place

Named = TypeVar("Named", Category, Nominee)


@click.group()
def blog() -> None:
    """Blogs: one night's coverage each."""


@blog.command("create")
@click.argument("slug")
@click.option("--title", required=True, help="The page's title.")
@click.option("--summary", default="", help="One sentence below the title.")
@click.option("--preview", type=PIPED, help="Article that becomes the pinned preview: plain text, Markdown or HTML.")
@click.option("--night", type=PIPED, help="The night's categories and nominees: a night file (TOML), CSV, TSV or JSON.")
@click.option(
    "--status",
    type=click.Choice(["draft", "preview", "live"]),
    default="preview",
    show_default=True,
    help="Readers cannot see a draft.",
)
@click.option("--timezone", help="Zone of the event, such as America/Los_Angeles (default: the night's, else UTC).")
@click.option("--language", help="Language of the texts and of the page, such as es (default: en).")
@click.option("--film", help="The film that the night is about.")
@click.option("--starts", help="When the event begins: 2025-03-02T16:00:00-08:00.")
@click.option("--venue", help="Where it takes place, such as Dolby Theatre.")
@click.option("--locality", help="The venue's city.")
@click.option("--country", help="The venue's country as a code, such as US.")
def create_blog(
    slug: str,
    title: str,
    summary: str,
    preview: Path | None,
    night: Path | None,
    status: str,
    timezone: str | None,
    language: str | None,
    film: str | None,
    starts: str | None,
    venue: str | None,
    locality: str | None,
    country: str | None,
) -> None:
    """Create the blog SLUG. Its page is /live/SLUG.

    With --night, its categories are on the board; with --preview, the article is its first post and pinned. One of them
    may be `-` for standard input.
    """
    from ..intake.article import read_article
    from ..intake.night import read_night

    if (locality or country) and not venue:
        raise click.UsageError("--locality and --country need a --venue")
    if night == preview == Path("-"):
        raise click.UsageError("only one of --night and --preview can be standard input")
    place = Venue(name=venue, locality=locality, country=country) if venue else None
    facts = read_night(night) if night else None
    article = read_article(preview) if preview else None
    if article is not None:
        look(article, title)

    def act(view: View) -> Plan:
        return actions.create_blog(
            view,
            slug=slug,
            title=title,
            summary=summary,
            status=status,
            timezone=timezone or (facts.timezone if facts else "UTC"),
            language=language or "en",
            film=film or (facts.film if facts else None),
            starts=starts or (facts.starts if facts else None),
            venue=place or (facts.venue if facts else None),
            categories=facts.categories if facts else (),
            preview=(article.headline or title, article.body) if article else None,
        )

    with storage() as store:
        store.perform(slug, act, by=HERE.name, note={"act": "create_blog"})
    for note in facts.notes if facts else ():
        click.echo(f"Note: {note}", err=True)
    click.echo(f"created {slug}: /live/{slug}")


@click.command()
@click.argument("slug")
@click.argument("text", required=False)
@click.option("--headline", help="The post's headline; alone it is enough.")
@click.option("--category", help="Id or name of the post's category.")
@click.option("--key", is_flag=True, help="Mark the post as a key moment.")
@anywhere
def post(
    slug: str,
    text: str | None,
    headline: str | None,
    category: str | None,
    key: bool,
    server: str | None,
    token: str | None,
) -> None:
    """Publish TEXT (Markdown) or a headline in a blog."""
    if text is None and headline is None:
        raise click.UsageError("a post needs a TEXT or a --headline")
    with place(slug, server, token) as blog:
        id = _category(blog, category).id if category else None
        click.echo(f"published {blog.publish(text or '', headline, id, key)}")


@click.command()
@click.argument("slug")
@click.argument("post")
@anywhere
def retract(slug: str, post: str, server: str | None, token: str | None) -> None:
    """Take back the post with the id POST: readers see it no more."""
    with place(slug, server, token) as blog:
        blog.retract(post)
    click.echo(f"retracted {post}")


@click.command()
@click.argument("slug")
@click.argument("category")
@click.argument("nominees", nargs=-1, required=True)
@anywhere
def announce(slug: str, category: str, nominees: tuple[str, ...], server: str | None, token: str | None) -> None:
    """Announce the winner of CATEGORY, or the winners of a tie.

    Name categories and nominees by id or name: liveblog announce anora director "Sean Baker". The board, the tally and
    a result post change at once; the result is provisional until the desk confirms it.
    """
    with place(slug, server, token) as blog:
        found = _category(blog, category)
        blog.announce(found.id, _winners(found, nominees))
    click.echo(f"announced {found.name}")


@click.command()
@click.argument("slug")
@click.argument("category")
@anywhere
def confirm(slug: str, category: str, server: str | None, token: str | None) -> None:
    """Confirm the result of CATEGORY, also one that is in doubt."""
    with place(slug, server, token) as blog:
        found = _category(blog, category)
        blog.confirm(found.id)
    click.echo(f"confirmed {found.name}")


@click.command()
@click.argument("slug")
@click.argument("category")
@click.option("--note", help="What readers are told about it.")
@anywhere
def doubt(slug: str, category: str, note: str | None, server: str | None, token: str | None) -> None:
    """Mark the result of CATEGORY as in doubt.

    Readers see that beside the name at once, and nobody is notified of the result. `confirm` or `recall` ends it.
    """
    with place(slug, server, token) as blog:
        found = _category(blog, category)
        blog.doubt(found.id, note)
    click.echo(f"in doubt: {found.name}")


@click.command()
@click.argument("slug")
@click.argument("category")
@click.argument("nominees", nargs=-1)
@click.option("--note", help="What was wrong, for readers (default: the wrong winner was announced).")
@anywhere
def recall(
    slug: str, category: str, nominees: tuple[str, ...], note: str | None, server: str | None, token: str | None
) -> None:
    """Recall the wrong result of CATEGORY.

    With NOMINEES it is corrected to them; without, the category is on stage again. The board, the tally and the result
    post change at once, and the post says what was wrong.
    """
    with place(slug, server, token) as blog:
        found = _category(blog, category)
        winners = _winners(found, nominees)
        blog.recall(found.id, winners, note)
    click.echo(f"{'corrected' if winners else 'withdrawn'}: {found.name}")


def _winners(category: Category, names: Sequence[str]) -> list[str]:
    return [_named(category.nominees, name, "nominee").id for name in names]


def _category(blog: Place, name: str) -> Category:
    return _named(blog.categories(), name, "category")


def _named(entries: Sequence[Named], name: str, what: str) -> Named:
    """The entry with this id, or with this name in any case. Raises `NotFound`, and `Invalid` if two have the name."""
    wanted = composed(name).casefold()
    found = [entry for entry in entries if entry.id == name] or [
        entry for entry in entries if entry.name.casefold() == wanted
    ]
    if len(found) > 1:
        ids = ", ".join(entry.id for entry in found)
        raise Invalid(f"more than one {what} is called {name}; use the id: {ids}", field=what)
    if not found:
        raise NotFound(f"there is no {what} {name}; there are: {', '.join(entry.id for entry in entries)}")
    return found[0]
