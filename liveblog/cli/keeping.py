"""The commands that preserve blogs: export and import, the archive, and the check of storage."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from ..timeline import faults
from .common import settings, storage


@click.command("export")
@click.argument("slug")
def export_blog(slug: str) -> None:
    """Write a blog as lines of JSON to standard output.

    liveblog export anora > anora.ndjson writes a line for each object of the blog SLUG.

    It has posts, categories, drafts and all their earlier versions, but no people, tokens or files of pictures.
    """
    from ..store.dump import export

    with storage() as store:
        for line in export(store, slug):
            click.echo(line)


@click.command("import")
@click.argument("file", type=click.File("rb"))
def import_blog(file: BinaryIO) -> None:
    """Import an exported blog; with - from standard input.

    It keeps its slug, which must be free. Open pages load it again.
    """
    from ..store.dump import restore

    with storage() as store:
        slug, count = restore(store, file)
    click.echo(f"imported {slug}: {count} objects")


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
def check() -> None:
    """Check that storage answers and that all blogs are consistent."""
    with storage() as store:
        slugs = store.summaries.slugs()
        found = [f"{slug}: {fault}" for slug in slugs for fault in faults(store.load(slug))]
    for fault in found:
        click.echo(fault, err=True)
    if found:
        sys.exit(1)
    click.echo(f"storage answers; {len(slugs)} {'blog holds' if len(slugs) == 1 else 'blogs hold'} together")
