"""The commands that preserve blogs: export, backup and import, the archive, the check and the repair of storage."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import click
from msgspec.structs import replace

from ..errors import WrongState
from ..store.commits import Store
from .common import settings, storage

if TYPE_CHECKING:  # a short command need not load it
    from ..intake.coverage import Coverage
    from ..store.backup import Manifest

HEAD = 4096
"""Bytes by which the kind of a file is told."""


@click.command("export")
@click.argument("slug", required=False)
@click.option("--all", "everything", is_flag=True, help="All blogs in one ZIP file, with checksums: a backup.")
@click.option("--media", is_flag=True, help="With --all: also the pictures.")
@click.option("--people", is_flag=True, help="With --all: also people and tokens; keep such a file secret.")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    help="File to write; it is there when it is whole (default, or -: standard output).",
)
def export_blog(slug: str | None, everything: bool, media: bool, people: bool, output: Path | None) -> None:
    """Write a blog as lines of JSON, or all blogs as a backup.

    liveblog export anora > anora.ndjson writes a line for each object of the blog SLUG: posts, categories, drafts and
    all their earlier versions, but no people, tokens or files of pictures.

    liveblog export --all --media -o night.zip writes a backup of all blogs and pictures.
    """
    from ..store.dump import export

    output = None if output == Path("-") else output
    if everything == (slug is not None) or ((media or people) and not everything):
        raise click.UsageError("name one SLUG, or --all with --media and --people as you like")
    if everything and output is None and sys.stdout.isatty():
        raise click.UsageError("a backup is no text: name a file with --output")
    with storage() as store, _written(output) as file:
        if everything:
            made = _back_up(store, file, media=media, people=people)
            click.echo(f"exported {_told(made)}", err=True)
        else:
            for line in export(store, cast(str, slug)):
                file.write(line + b"\n")


@click.command()
def backup() -> None:
    """Make a backup now, as LIVEBLOG_BACKUP and its like say.

    A running server does this by itself. Prints where the backup is; the oldest ones go.
    """
    from ..store.backup_place import keep

    chosen = settings()
    if chosen.backup is None:
        raise WrongState("LIVEBLOG_BACKUP does not say where backups are kept")
    with storage() as store:
        media, people = "media" in chosen.backup_with, "people" in chosen.backup_with
        where = keep(
            chosen.backup,
            store.now(),
            chosen.backup_keep,
            lambda file: _back_up(store, file, media=media, people=people),
        )
    click.echo(where)


def _back_up(store: Store, file: BinaryIO, *, media: bool, people: bool) -> Manifest:
    from ..app import pictures_of
    from ..store.backup import write
    from ..store.people import People

    return write(store, file, pictures_of(settings(), store) if media else None, People(store) if people else None)


def _told(made: Manifest) -> str:
    """What is in a backup, in words."""
    pictures = sum(name.startswith("media/") for name in made.files)
    parts = [f"{len(made.blogs)} {'blog' if len(made.blogs) == 1 else 'blogs'}"]
    parts += [f"{pictures} files of pictures"] if made.media else ["no pictures"]
    parts += [f"{made.lost} of the pictures have no file here"] if made.lost else []
    return ", ".join([*parts, "people and tokens" if made.people else "no people"])


@contextmanager
def _written(output: Path | None) -> Iterator[BinaryIO]:
    from ..store.backup_place import whole

    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with whole(output) as file:
            yield file


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--check", "checks", is_flag=True, help="Only say what is in it and whether it is whole.")
@click.option("--missing", is_flag=True, help="Of a backup only the blogs that are not here.")
@click.option("--people", "merge", is_flag=True, help="Of a backup also the people who are not here.")
@click.option("--slug", help="Of WordPress or Sourcefabric: the blog's name in addresses.")
@click.option("--title", help="Of WordPress or Sourcefabric: the blog's title, where the file has none.")
@click.option("--timezone", default="UTC", show_default=True, help="Of WordPress or Sourcefabric: the night's zone.")
def import_blog(
    file: BinaryIO, checks: bool, missing: bool, merge: bool, slug: str | None, title: str | None, timezone: str
) -> None:
    """Import a blog, a backup, or a blog of another program.

    FILE may be - for standard input. Of an export of WordPress (WXR) the live blogs of its plugin Liveblog are taken,
    of Sourcefabric's Live Blog the answer of its API with the posts. Each becomes a blog that has ended.

    Blogs keep their slugs, which must be free. Open pages load them again. Pictures that are here already stay as they
    are. People and tokens come to an installation that has none; to another one only with --people, and nobody who is
    there already changes. Nothing is imported from a file that is not whole.
    """
    with tempfile.TemporaryFile() as copy:
        if not file.seekable():
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            file = copy
        head = file.read(HEAD)
        file.seek(0)
        if head.startswith(b"PK"):
            _import_backup(file, checks=checks, missing=missing, merge=merge)
        elif (read := _foreign(head)) is not None:
            _import_coverage(read(file), checks=checks, slug=slug, title=title, timezone=timezone)
        else:
            _import_export(file, checks=checks)


def _foreign(head: bytes) -> Callable[[BinaryIO], list[Coverage]] | None:
    """What reads a file of another program that begins so; None for our own."""
    from ..intake import sourcefabric, wordpress

    return next((each.read for each in (wordpress, sourcefabric) if each.is_export(head)), None)


def _import_coverage(
    found: list[Coverage], *, checks: bool, slug: str | None, title: str | None, timezone: str
) -> None:
    """Make blogs of another program's live blogs: all of them, or none if one cannot be made."""
    from ..checks import checked_line, checked_slug, checked_timezone
    from ..intake.coverage import made, slug_of
    from ..store.dump import of_objects, put

    checked_timezone(timezone)
    if len(found) > 1 and (slug or title):
        raise click.UsageError("the file has several live blogs: --slug and --title name only one")
    if title is not None:
        name = found[0].slug if found[0].title else slug_of(title)
        found = [replace(found[0], title=checked_line(title, "title", 300), slug=name)]
    if not all(each.title for each in found):
        raise click.UsageError("the file does not say the blog's title: name it with --title")
    slugs = [checked_slug(slug or each.slug) for each in found]
    if len(set(slugs)) < len(slugs):
        raise click.UsageError("two live blogs of the file have the same name: export them one by one")
    if checks:
        for each in found:
            _report(each, f"{each.title}: {len(each.entries)} posts of {each.program}")
        return
    with storage() as store:
        here = {*store.summaries.slugs()}
        for name in slugs:
            if name in here:
                raise WrongState(f"there is a blog {name} already; --slug gives the imported one another name")
        for each, name in zip(found, slugs, strict=True):
            ids = (secrets.token_urlsafe(9) for _ in each.entries)
            blog = of_objects(name, made(each, slug=name, timezone=timezone, now=store.now(), ids=ids))
            put(store, blog)
            _report(each, f"imported {name}: {blog.count - 1} posts of {each.program}")


def _report(found: Coverage, first: str) -> None:
    """Say what was found, and what of it was not carried."""
    click.echo(first)
    for what, count in found.left_out.items():
        if count:
            click.echo(f"  {count} {what}")


def _import_export(file: BinaryIO, *, checks: bool) -> None:
    from ..store.dump import parsed, restore

    if checks:
        found = parsed(file)
        click.echo(f"{found.slug}: {found.count} objects, as they were exported")
        return
    with storage() as store:
        slug, count = restore(store, file)
        _take_down_again(store, [slug])
    click.echo(f"imported {slug}: {count} objects")


def _take_down_again(store: Store, slugs: Collection[str]) -> None:
    """What was taken down here does not come back with an older file."""
    from ..app import pictures_of
    from ..store.takedowns import Takedowns

    if again := Takedowns(store, pictures_of(settings(), store)).repeat(slugs):
        click.echo(f"{again} {'takedown was' if again == 1 else 'takedowns were'} carried out again", err=True)


def _import_backup(file: BinaryIO, *, checks: bool, missing: bool, merge: bool) -> None:
    from ..app import pictures_of
    from ..store.backup import Backup
    from ..store.people import People

    with _progress() as progress:
        found = Backup(file, progress)
    if checks:
        click.echo(f"{_told(found.manifest)}; made at {found.manifest.made_at}, whole")
        return
    with storage() as store:
        done = found.restore(store, pictures_of(settings(), store), People(store), missing=missing, merge=merge)
        _take_down_again(store, done.blogs)
    for slug, count in done.blogs.items():
        click.echo(f"imported {slug}: {count} objects")
    for account in done.people:
        click.echo(f"imported {account.name}: {account.role}{', disabled' if account.disabled else ''}")
    for token in done.tokens:
        click.echo(f"imported the token {token.name}: {token.role}")
    for hook in done.webhooks:
        click.echo(f"imported a webhook, switched off: {hook.url}")
    for incoming in done.incoming:
        click.echo(f"imported the incoming hook of {incoming.name} for {incoming.blog}")
    click.echo(f"imported {len(done.people)} people, {len(done.tokens)} tokens; {done.pictures} pictures are in place")
    if done.strangers:
        click.echo("people and tokens were not imported, because there are some here; --people adds the missing ones")
    for name in done.kept:
        click.echo(f"kept as it is here: {name}")
    for name in done.lost:
        click.echo(f"has no file in this backup: {name}")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar at a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda read, of: None
        return
    with click.progressbar(length=1, label="Checking", file=sys.stderr) as bar:

        def show(read: int, of: int) -> None:
            bar.length = of
            bar.update(read)

        yield show


@click.command("archive")
@click.argument("slug")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def archive_blog(slug: str, folder: Path) -> None:
    """Write a blog as plain files for any web server.

    The readers' pages of SLUG go into DIR, which must be empty: pages, posts, feeds, pictures. If DIR is -, they go to
    standard output as a ZIP file.
    """
    from ..archive import archive, pack

    with storage() as store:
        if str(folder) == "-":
            pack(store, settings(), slug, sys.stdout.buffer)
            return
        count = archive(store, settings(), slug, folder)
    click.echo(f"archived {slug}: {count} files in {folder}")


@click.command()
def repair() -> None:
    """Keep what stands before the damage in a storage file.

    For the storage that the program includes, if its start says that the file is damaged. Everything is copied beside
    it first. What came after the damage is only there.
    """
    from ..store.damage import repair as repaired

    if settings().redis_url is not None:
        raise click.UsageError("LIVEBLOG_REDIS_URL is set: this is for the storage that the program includes")
    kept = repaired(settings().data)
    if kept.bytes == kept.of:
        click.echo(f"nothing is damaged in {kept.of:,} bytes (copied to {kept.before})")
    else:
        click.echo(f"kept {kept.bytes:,} of {kept.of:,} bytes; all of them are in {kept.before}")


@click.command()
def check() -> None:
    """Check that storage answers and that all blogs are consistent."""
    with storage() as store:
        slugs = store.summaries.slugs()
        found = [f"{slug}: {fault}" for slug in slugs for fault in store.faults(slug)]
    for fault in found:
        click.echo(fault, err=True)
    if found:
        sys.exit(1)
    click.echo(f"storage answers; {len(slugs)} {'blog holds' if len(slugs) == 1 else 'blogs hold'} together")
