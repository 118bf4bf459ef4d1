"""The commands that serve: `serve`, and `demo` with the process that plays its night."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click

from .. import staff
from ..config import WrongSetting
from ..server import serve
from ..store.commits import Store
from ..store.people import People
from .common import FILE, WELCOME, Number, look, settings, storage

GREETED = 10
"""How many blogs the greeting names."""


def _serving(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that both commands have."""
    for option in (
        click.option("--workers", type=click.IntRange(1, 256), help="Web processes that share the port (default 1)."),
        click.option("--port", type=click.IntRange(0, 65535), help="Port (default 8000); 0: any free one."),
        click.option("--host", help="Address to listen on (default 127.0.0.1: this machine only)."),
    ):
        command = option(command)
    return command


@click.command("serve")
@_serving
def serve_command(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the blogs until Ctrl-C.

    Once it answers, prints the address, the desk's first sign-in link as long as there is no admin, and some blogs.
    """
    serve(settings(host=host, port=port, workers=workers), on_ready=_greet)


@click.command("relay")
@_serving
@click.option("--from", "relay_from", metavar="URL", help="The address of the liveblog to relay.")
def relay_command(host: str | None, port: int | None, workers: int | None, relay_from: str | None) -> None:
    """Serve the blogs of another liveblog.

    Readers find them at this address too. It needs no storage and no secret, and writes nothing.
    """
    chosen = settings(host=host, port=port, workers=workers, relay_from=relay_from)
    if not chosen.is_relay:
        raise WrongSetting("a relay needs --from or LIVEBLOG_RELAY_FROM: the address of the liveblog to relay")
    serve(chosen, on_ready=_greet)


def _greet(address: str, site: str | None, store: Store | None) -> None:
    click.echo(f"Serving {address}")
    if store is not None:
        _name_blogs(address, site, store)
    sys.stdout.flush()


def _name_blogs(address: str, site: str | None, store: Store) -> None:
    if token := staff.first_invitation(People(store)):
        if site is None:  # a path says more than an address at which only this machine or container answers
            click.echo(f"The desk's first sign-in, once, at the site's address: {WELCOME}{token}")
        else:
            click.echo(f"The desk's first sign-in, once: {site}{WELCOME}{token}")
    if not address.startswith("http"):  # no browser can go to a socket
        address = site or ""
    slugs = store.summaries.slugs()
    for slug in slugs[:GREETED]:
        click.echo(f"  {address}/live/{slug}")
    if len(slugs) > GREETED:
        click.echo(f"  and {len(slugs) - GREETED} more, listed at {address}/")


@click.command()
@_serving
@click.option("--speed", type=Number(0.01, 1000), default=1.0, help="1: about three minutes; 10: ten times as fast.")
@click.option("--preview", type=FILE, help="Your article as the pinned preview: plain text, Markdown or HTML.")
@click.option("--night", type=FILE, help="Another night with its winners: a night file, CSV, TSV or JSON.")
def demo(
    host: str | None, port: int | None, workers: int | None, speed: float, preview: Path | None, night: Path | None
) -> None:
    """Serve and play the demo night, or that of a file.

    Anora at the Oscars. The blog is called anora, or by the file's title; an editor can post into it meanwhile. If you
    start the command again, the night goes on where it stopped; a night that has ended begins again.
    """
    from ..demo.replay import demo as demo_night
    from ..demo.replay import prepare, show
    from ..intake.article import read_article

    chosen = settings(host=host, port=port, workers=workers)
    if chosen.is_relay:
        raise WrongSetting("a relay has no night of its own to play: remove LIVEBLOG_RELAY_FROM")
    article = read_article(preview) if preview else None
    if article is not None:
        look(article, "the night's title")
    what = show(night) if night else demo_night()
    play = _Replay(speed, night)

    def begin(address: str, site: str | None, store: Store | None) -> None:
        assert store is not None
        if not prepare(store, article, what) and article is not None:
            click.echo("The night goes on where it stopped; its preview stays.", err=True)
        _greet(address, site, store)
        play.start()

    serve(chosen, on_ready=begin, on_exit=play.stop)


class _Replay:
    """The process that plays the night beside the server."""

    def __init__(self, speed: float, night: Path | None) -> None:
        self._command = [
            sys.executable,
            "-m",
            "liveblog",
            "replay",
            "--speed",
            str(speed),
            "--beside",
            str(os.getpid()),
            *(("--night", str(night)) if night else ()),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, start_new_session=True)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


@click.command(hidden=True)
@click.option("--speed", type=float, default=1.0)
@click.option("--beside", type=int, required=True)
@click.option("--night", type=FILE)
def replay(speed: float, beside: int, night: Path | None) -> None:
    """Play the demo night into the storage of the running server; ends with its parent, the process `beside`."""
    from ..demo.replay import play, show

    with storage() as store:
        play(store, speed, going=lambda: os.getppid() == beside, what=show(night) if night else None)
