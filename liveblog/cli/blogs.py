"""The commands that write a blog: create it, post, the life of a result. They call the same acts as the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from .. import actions
from ..actions import Plan, View
from ..checks import composed
from ..errors import Invalid, NotFound
from ..model import Category, Nominee, Venue
from ..results import ResultWords
from ..staff import HERE
from ..store.commits import Store
from .common import PIPED, look, storage

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
def post(slug: str, text: str | None, headline: str | None, category: str | None, key: bool) -> None:
    """Publish TEXT (Markdown) or a headline in the blog SLUG."""
    if text is None and headline is None:
        raise click.UsageError("a post needs a TEXT or a --headline")
    with storage() as store:
        id = _category(store, slug, category).id if category else None
        commit = store.perform(
            slug,
            lambda view: actions.publish(view, slug, body=text or "", headline=headline, category=id, key=key),
            by=HERE.name,
            note={"act": "publish"},
        )
        click.echo(f"published {commit.find('post').id}")


@click.command()
@click.argument("slug")
@click.argument("category")
@click.argument("nominees", nargs=-1, required=True)
def announce(slug: str, category: str, nominees: tuple[str, ...]) -> None:
    """Announce the winner of CATEGORY, or the winners of a tie.

    Name categories and nominees by id or name: liveblog announce anora director "Sean Baker". The board, the tally and
    a result post change at once; the result is provisional until the desk confirms it.
    """
    with storage() as store:
        found = _category(store, slug, category)
        act = partial(actions.announce, winners=_winners(found, nominees), words=_words(store, slug))
        _step(store, slug, found, "announce", act)
    click.echo(f"announced {found.name}")


@click.command()
@click.argument("slug")
@click.argument("category")
def confirm(slug: str, category: str) -> None:
    """Confirm the result of CATEGORY, also one that is in doubt."""
    with storage() as store:
        found = _category(store, slug, category)
        _step(store, slug, found, "confirm", actions.confirm)
    click.echo(f"confirmed {found.name}")


@click.command()
@click.argument("slug")
@click.argument("category")
@click.option("--note", help="What readers are told about it.")
def doubt(slug: str, category: str, note: str | None) -> None:
    """Mark the result of CATEGORY as in doubt.

    Readers see that beside the name at once, and nobody is notified of the result. `confirm` or `recall` ends it.
    """
    with storage() as store:
        found = _category(store, slug, category)
        _step(store, slug, found, "doubt", partial(actions.doubt, note=note))
    click.echo(f"in doubt: {found.name}")


@click.command()
@click.argument("slug")
@click.argument("category")
@click.argument("nominees", nargs=-1)
@click.option("--note", help="What was wrong, for readers (default: the wrong winner was announced).")
def recall(slug: str, category: str, nominees: tuple[str, ...], note: str | None) -> None:
    """Recall the wrong result of CATEGORY.

    With NOMINEES it is corrected to them; without, the category is on stage again. The board, the tally and the result
    post change at once, and the post says what was wrong.
    """
    with storage() as store:
        found = _category(store, slug, category)
        winners = _winners(found, nominees) or None
        act = partial(actions.recall, note=note, winners=winners, words=_words(store, slug))
        _step(store, slug, found, "recall", act)
    click.echo(f"{'corrected' if winners else 'withdrawn'}: {found.name}")


def _step(store: Store, slug: str, category: Category, name: str, act: Callable[..., Plan]) -> None:
    """Commit a step in the life of a category's result."""
    store.perform(slug, lambda view: act(view, slug, category.id), by=HERE.name, note={"act": name})


def _winners(category: Category, names: Sequence[str]) -> list[str]:
    return [_named(category.nominees, name, "nominee").id for name in names]


def _words(store: Store, slug: str) -> ResultWords:
    """The wording of results in the blog's language."""
    from ..i18n import results

    blog = store.blog(slug)
    return results(blog.language if blog else "en")


def _category(store: Store, slug: str, name: str) -> Category:
    return _named(store.load(slug).categories, name, "category")


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
