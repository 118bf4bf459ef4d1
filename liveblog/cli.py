"""The command line. Every command finds the running server's storage by itself; every refusal is one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, cast

import click
from msgspec.structs import replace

from . import actions, staff
from .actions import Plan, View
from .config import Settings, WrongSetting
from .errors import Invalid, NotFound, Refusal
from .model import Blog, Category, Post, Status, kind_of
from .server import PortInUse, opened, serve
from .staff import HERE
from .store.commits import Store
from .store.embedded import NoServer, ensure, locate
from .store.people import People, tidy

WELCOME = "/desk/welcome/"
"""The path of a one-time link, before its token."""
ROLES = click.Choice(["contributor", "editor", "admin"])
GREETED = 10
"""Blogs that the greeting names."""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Speed(click.FloatRange):
    """A range without "nan", which compares with nothing."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return number if number == number else self.fail(f"{value} is not a number", param, ctx)


def main() -> None:
    """Run the command line; a refusal ends it with status 1 and one sentence."""
    try:
        cli(prog_name="liveblog")
    except (Refusal, WrongSetting, NoServer, PortInUse) as error:
        _fail(str(error))
    except UnicodeEncodeError:
        _fail("the command line holds bytes that are no UTF-8 text")
    except Exception as error:
        if not type(error).__module__.startswith("redis."):
            raise
        _fail(f"the storage refused: {error}")  # what the client library says about an address that is no storage


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


def _settings(**given: Any) -> Settings:
    settings = Settings.from_environ(os.environ)
    return replace(settings, **{name: value for name, value in given.items() if value is not None})


@contextmanager
def _store() -> Iterator[Store]:
    """The storage of the server that runs here; without one, the embedded storage for the length of the command."""
    settings = _settings()
    url = settings.redis_url or locate(settings.data)
    started = None if url else ensure(settings.data)
    try:
        with opened(replace(settings, redis_url=url or (started and started.url))) as store:
            store.ready()
            yield store
    finally:
        if started is not None:
            started.stop()


# -- serving


def _serving(command: Callable[..., None]) -> Callable[..., None]:
    """The options of both commands that serve."""
    for option in (
        click.option("--workers", type=click.IntRange(1, 256), help="Web processes that share the port (default 1)."),
        click.option("--port", type=click.IntRange(0, 65535), help="Port (default 8000); 0: any free one."),
        click.option("--host", help="Address to listen on (default 127.0.0.1: this machine only)."),
    ):
        command = option(command)
    return command


@cli.command("serve")
@_serving
def serve_command(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the blogs until Ctrl-C.

    Prints the address when it answers, the desk's first sign-in link as long as nobody has an account, and some blogs.
    """
    serve(_settings(host=host, port=port, workers=workers), on_ready=_greet)


def _greet(address: str, store: Store) -> None:
    click.echo(f"Serving {address}")
    if token := staff.first_invitation(People(store)):
        click.echo(f"The desk's first sign-in, once: {_settings().base_url or address}{WELCOME}{token}")
    slugs = store.summaries.slugs()
    for slug in slugs[:GREETED]:
        click.echo(f"  {address}/live/{slug}")
    if len(slugs) > GREETED:
        click.echo(f"  and {len(slugs) - GREETED} more, listed at {address}/")
    sys.stdout.flush()


@cli.command()
@_serving
@click.option("--speed", type=Speed(0.01, 1000), default=1.0, help="1: about three minutes; 10: ten times as fast.")
@click.option("--preview", type=FILE, help="Your article as the pinned preview: plain text, Markdown or HTML.")
def demo(host: str | None, port: int | None, workers: int | None, speed: float, preview: Path | None) -> None:
    """Serve the demo night, played in three minutes.

    Anora at the Oscars. The blog is called anora; an editor can post into it meanwhile. Started again, the night goes
    on where it stopped, and begins anew once it has ended.
    """
    from .demo.replay import prepare
    from .intake.article import read_article

    settings = _settings(host=host, port=port, workers=workers)
    article = read_article(preview) if preview else None
    play = _Replay(speed)

    def begin(address: str, store: Store) -> None:
        if not prepare(store, article) and article is not None:
            click.echo("The night goes on where it stopped; its preview stays.", err=True)
        _greet(address, store)
        play.start()

    serve(settings, on_ready=begin, on_exit=play.stop)


class _Replay:
    """The process that plays the night beside the server."""

    def __init__(self, speed: float) -> None:
        self._command = [
            sys.executable,
            "-m",
            "liveblog",
            "replay",
            "--speed",
            str(speed),
            "--beside",
            str(os.getpid()),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, start_new_session=True)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


@cli.command(hidden=True)
@click.option("--speed", type=float, default=1.0)
@click.option("--beside", type=int, required=True)
def replay(speed: float, beside: int) -> None:
    """Play the demo night into the storage of the running server; ends with its parent, the process `beside`."""
    from .demo.replay import play

    with _store() as store:
        play(store, speed, going=lambda: os.getppid() == beside)


# -- blogs and posts


@cli.group()
def blog() -> None:
    """Blogs: one night's coverage each."""


@blog.command("create")
@click.argument("slug")
@click.option("--title", required=True, help="What the page is called.")
@click.option("--summary", default="", help="One sentence below the title.")
@click.option("--preview", type=FILE, help="Article that becomes the pinned preview: plain text, Markdown or HTML.")
@click.option("--night", type=FILE, help="TOML file of the night's facts: categories, nominees, film, zone.")
@click.option(
    "--status",
    type=click.Choice(["draft", "preview", "live"]),
    default="preview",
    show_default=True,
    help="A draft is not to be seen by readers.",
)
@click.option("--timezone", help="Zone of the event, such as America/Los_Angeles (default: the night's, else UTC).")
@click.option("--language", help="Language of the texts and of the page, such as es (default: en).")
@click.option("--film", help="The film the night is about.")
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
) -> None:
    """Create the blog SLUG, which is read at /live/SLUG.

    With --night, its categories stand on the board; with --preview, the article is its first post, and pinned.
    """
    from .intake.article import read_article
    from .intake.night import read_night

    facts = read_night(night) if night else None
    article = read_article(preview) if preview else None

    def act(view: View) -> Plan:
        return actions.create_blog(
            view,
            slug=slug,
            title=title,
            summary=summary,
            status=cast(Status, status),
            timezone=timezone or (facts.timezone if facts else "UTC"),
            language=language or "en",
            film=film or (facts.film if facts else None),
            categories=facts.categories if facts else (),
            preview=(article.headline or title, article.body) if article else None,
        )

    with _store() as store:
        store.perform(slug, act, by=HERE.name, note={"act": "create_blog"})
    click.echo(f"created {slug}: /live/{slug}")


@cli.command()
@click.argument("slug")
@click.argument("text")
@click.option("--headline", help="A headline above it.")
@click.option("--category", help="Id or name of the category it is about.")
@click.option("--key", is_flag=True, help="Mark it as a key moment.")
def post(slug: str, text: str, headline: str | None, category: str | None, key: bool) -> None:
    """Publish TEXT (Markdown) in the blog SLUG."""
    with _store() as store:
        id = _category(store, slug, category).id if category else None
        commit = store.perform(
            slug,
            lambda view: actions.publish(view, slug, body=text, headline=headline, category=id, key=key),
            by=HERE.name,
            note={"act": "publish"},
        )
        click.echo(f"published {commit.find('post').id}")


@cli.command()
@click.argument("slug")
@click.argument("category")
@click.argument("nominees", nargs=-1, required=True)
def announce(slug: str, category: str, nominees: tuple[str, ...]) -> None:
    """Announce the winner of CATEGORY, or the winners of a tie.

    Categories and nominees go by id or by name: liveblog announce anora director "Sean Baker". The board, the tally and
    a result post change at once; the result is provisional until the desk confirms it.
    """
    from .i18n import results

    with _store() as store:
        found = _category(store, slug, category)
        winners = [_named(found.nominees, nominee, "nominee", lambda n: n.name).id for nominee in nominees]
        blog = store.blog(slug)
        words = results(blog.language if blog else "en")
        act = partial(actions.announce, slug=slug, id=found.id, winners=winners, words=words)
        note = {"act": "announce"}
        store.perform(slug, act, by=HERE.name, note=note)
    click.echo(f"announced {found.name}")


def _category(store: Store, slug: str, name: str) -> Category:
    return cast(Category, _named(store.load(slug).categories, name, "category", lambda c: c.name))


def _named(entries: list[Any], name: str, what: str, name_of: Callable[[Any], str]) -> Any:
    """The entry with this id, or with this name (letter case aside). Raises `NotFound`, `Invalid` when two have it."""
    found = [entry for entry in entries if entry.id == name] or [
        entry for entry in entries if name_of(entry).casefold() == name.casefold()
    ]
    if len(found) > 1:
        raise Invalid(f"more than one {what} is called {name}; use the id", field=what)
    if not found:
        raise NotFound(f"there is no {what} {name}; there are: {', '.join(entry.id for entry in entries)}")
    return found[0]


# -- keeping


@cli.command("export")
@click.argument("slug")
def export_blog(slug: str) -> None:
    """Write a blog as lines of JSON to standard output.

    liveblog export anora > anora.ndjson writes a line for each object of the blog SLUG.

    Posts, categories, drafts and all their earlier versions are in it; people, tokens and the pictures' files are not.
    """
    from .store.dump import export

    with _store() as store:
        for line in export(store, slug):
            click.echo(line)


@cli.command("import")
@click.argument("file", type=FILE)
def import_blog(file: Path) -> None:
    """Put an exported blog in.

    It keeps its slug, which must be free. Open pages load it anew.
    """
    from .store.dump import restore

    with _store() as store, file.open("rb") as lines:
        slug, count = restore(store, lines)
    click.echo(f"imported {slug}: {count} objects")


@cli.command("archive")
@click.argument("slug")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def archive_blog(slug: str, folder: Path) -> None:
    """Write a blog as plain files for any web server.

    The readers' pages of SLUG go into DIR, which must be empty: pages, posts, feeds, pictures.
    """
    from .archive import archive

    with _store() as store:
        count = archive(store, _settings(), slug, folder)
    click.echo(f"archived {slug}: {count} files in {folder}")


# -- people


@contextmanager
def _staff() -> Iterator[People]:
    with _store() as store:
        yield People(store)


@cli.group()
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
    _show_link(token)


def _show_link(token: str) -> None:
    if not (site := _settings().base_url):
        click.echo("Open this at the server's address (LIVEBLOG_BASE_URL would stand here):", err=True)
    click.echo(f"{site or ''}{WELCOME}{token}")


@editor.command("invite")
@click.argument("name")
def invite_editor(name: str) -> None:
    """Invite NAME again: for a forgotten password, an unused link, or after `editor disable`.

    Prints a link that works once, within a day, and asks for a new password, which then ends all sessions of before.
    Until then nothing changes, but for a person who was disabled: the old password is gone.
    """
    with _staff() as people:
        _, token = staff.reset(people, HERE, name)
    _show_link(token)


@editor.command("disable")
@click.argument("name")
def disable_editor(name: str) -> None:
    """Shut NAME out of the desk, at once and on every device.

    The open invitations and the tokens that NAME made end too, and are listed. The account stays, with its role:
    `editor invite` lets NAME in again. What NAME published stays as it is. The last admin cannot be shut out.
    """
    with _staff() as people:
        ended = staff.shut_out(people, HERE, name)
    click.echo(f"{ended.account.name} is shut out")
    for line in ended.lines():
        click.echo(f"ended with that: {line}")


@editor.command("list")
def list_editors() -> None:
    """List everybody with an account: the role, for which blogs, and who cannot sign in."""
    with _staff() as people:
        accounts = people.accounts.list()
    for account in accounts:
        without = "" if account.password_hash else ", has not used the link yet"
        state = ", disabled" if account.disabled else without
        click.echo(f"{account.name}: {staff.scope(account.role, account.blogs)}{state}")


@editor.command("invitations")
def list_invitations() -> None:
    """List the open invitations, oldest first: an id for `editor withdraw`, whom it is for, who made it, its end."""
    with _staff() as people:
        found = people.invitations.open()
    for id, each in found.items():
        click.echo(f"{id}: {staff.about(each)}, {staff.made(each)} at {each.at}, ends at {each.until}")


@editor.command("withdraw")
@click.argument("id")
def withdraw_invitation(id: str) -> None:
    """End the open invitation ID of `editor invitations`: its link works no more."""
    with _staff() as people:
        ended = staff.withdraw(people, HERE, id)
    click.echo(f"withdrew the invitation {staff.about(ended)}")


@cli.group()
def token() -> None:
    """Tokens for programs that write through the API."""


@token.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--blog", "slug", help="Only for this blog.")
def add_token(name: str, role: str, slug: str | None) -> None:
    """Make a token for a program NAME that writes through the API.

    It is printed alone on the last line and never shown again; programs send it as Authorization: Bearer TOKEN.
    """
    with _staff() as people:
        made = staff.add_token(people, HERE, name, role, slug)
    click.echo(f"Token for {tidy(name)} ({role}). Keep it: only its hash is stored.", err=True)
    click.echo(made)


@token.command("list")
def list_tokens() -> None:
    """List the tokens by their names: the role and for which blog. The tokens themselves are not kept."""
    with _staff() as people:
        tokens = people.tokens.list()
    for each in tokens:
        click.echo(f"{each.name}: {staff.scope(each.role, staff.blogs_of(each))}")


@token.command("revoke")
@click.argument("name")
def revoke_token(name: str) -> None:
    """End every token called NAME. Programs that send one are refused from then on."""
    with _staff() as people:
        ended = staff.revoke(people, HERE, name)
    click.echo(f"revoked {len(ended)} token{'s' if len(ended) > 1 else ''} of {ended[0].name}")


# -- checking


@cli.command()
def check() -> None:
    """Check that storage answers and all blogs are sound."""
    with _store() as store:
        faults = [fault for slug in store.summaries.slugs() for fault in _faults(store, slug)]
        count = len(store.summaries.slugs())
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo(f"storage answers; {count} {'blog holds' if count == 1 else 'blogs hold'} together")


def _faults(store: Store, slug: str) -> list[str]:
    timeline = store.load(slug)
    if not any(isinstance(obj, Blog) for obj in timeline.objects):
        return [f"{slug}: the blog itself is missing"]
    found = [
        f"{slug}: {kind_of(obj)} {obj.id} has seq {obj.seq}, the blog is at {timeline.seq}"
        for obj in timeline.objects
        if not 1 <= obj.seq <= timeline.seq
    ]
    named = timeline.blog.order
    found += [f"{slug}: category {id} is missing" for id in named if timeline.get(Category, id) is None]
    pinned = timeline.blog.pinned
    if pinned and timeline.get(Post, pinned) is None:
        found.append(f"{slug}: the pinned post {pinned} is missing")
    return found
