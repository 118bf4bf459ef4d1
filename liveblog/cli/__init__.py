"""The command line. Every command finds the running server's storage by itself; a refusal is one sentence."""

from __future__ import annotations

import logging
import sys
from typing import NoReturn

import click

from ..client import NoAnswer, Refused
from ..config import WrongSetting
from ..errors import Refusal
from ..server import PortInUse
from ..store.embedded import NoServer
from . import blogs, keeping, nights, people, plan, serving, takedowns


def main() -> None:
    """Run the command line; a refusal ends it with status 1 and one sentence."""
    try:
        cli(prog_name="liveblog")
    except (Refusal, Refused, NoAnswer, WrongSetting, NoServer, PortInUse) as error:
        _fail(str(error))
    except UnicodeEncodeError:
        _fail("the command line contains bytes that are not UTF-8 text")
    except Exception as error:
        if not type(error).__module__.startswith("redis."):
            raise
        _fail(f"the storage refused: {error}")  # the client library's error for an address without a storage


logging.getLogger("liveblog").addHandler(logging.NullHandler())  # a command says what went wrong, in one sentence


def _fail(sentence: str) -> NoReturn:
    click.echo(f"liveblog: {' '.join(sentence.split())}", err=True)
    sys.exit(1)


@click.group()
@click.version_option(package_name="liveblog")
def cli() -> None:
    """The awards-night live blog: publish, push, catch up.

    `liveblog demo` shows a whole night; `liveblog serve` serves your own. While a server runs, the other commands work
    on its blogs and every open page shows the result at once. Settings are environment variables LIVEBLOG_*.
    """


for command in (
    *(serving.serve_command, serving.relay_command, serving.demo, serving.replay),
    *(blogs.blog, blogs.post, blogs.retract, blogs.announce, blogs.confirm, blogs.doubt, blogs.recall),
    nights.night,
    *(keeping.export_blog, keeping.backup, keeping.import_blog, keeping.archive_blog, keeping.check, keeping.repair),
    *(people.editor, people.token),
    *(takedowns.takedown, takedowns.certificate),
    plan.plan,
):
    cli.add_command(command)
