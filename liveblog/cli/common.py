"""Shared by several commands: the settings, the storage, the types of options."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from ..config import Settings, WrongSetting
from ..excerpts import excerpt
from ..intake.article import Article
from ..server import opened
from ..store.commits import Store
from ..store.embedded import ensure, locate

WELCOME = "/desk/welcome/"
"""The path of a one-time link, before its token."""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PIPED = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
"""A file, or `-` for standard input."""


class Number(click.FloatRange):
    """A range without "nan", for which all comparisons are false."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return number if number == number else self.fail(f"{value} is not a number", param, ctx)


def settings(**given: object) -> Settings:
    """The settings from the environment; a command's options take precedence."""
    options = {f"LIVEBLOG_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    return Settings.from_environ({**os.environ, **options})


def look(article: Article, title: str) -> None:
    """Say what was made of an article; at a terminal, ask if something was left out or guessed."""
    click.echo(f"The preview: {article.headline or title}", err=True)
    click.echo(f"  {excerpt(' '.join(article.body.split()), 160)}", err=True)
    if article.links:
        click.echo(f"  Links to {', '.join(article.links[:10])}", err=True)
    for note in article.notes:
        click.echo(f"  Note: {note}", err=True)
    if article.notes and sys.stdin.isatty():
        click.confirm("Publish it so?", abort=True, err=True)


@contextmanager
def storage() -> Iterator[Store]:
    """The running server's storage; without a server, the embedded storage for as long as the command runs."""
    given = settings()
    if given.is_relay:
        raise WrongSetting("a relay has no storage: run this command at its origin, without LIVEBLOG_RELAY_FROM")
    url = given.redis_url or locate(given.data)
    started = None if url else ensure(given.data)
    try:
        with opened(replace(given, redis_url=url or (started and started.url))) as store:
            store.ready()
            yield store
    finally:
        if started is not None:
            started.stop()
