"""A night as plain files that any web server can serve: its pages, posts, feeds and pictures, without this program.

The pages are the readers' own, at the same addresses below the directory, without the parts that need a server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from .app import create_app
from .config import Settings
from .errors import Invalid, Refusal
from .services import Services
from .store.commits import Store

LIVE_ONLY = "script:not([type$=json]), noscript, link[rel=modulepreload], link[rel=alternate][type*=oembed]"
"""The parts of a page that need a running server."""
_FOLDERS = ("/static/", "/media/", "/live/")
_FONTS = re.compile(r'url\("?([^")]+)"?\)')


def archive(store: Store, settings: Settings, slug: str, folder: Path) -> int:
    """Write the blog's files into `folder`. Returns their number. Raises `NotFound`; `Invalid` if it is not empty."""
    if folder.exists() and any(folder.iterdir()):
        raise Invalid(f"{folder} is not empty", field="dir")
    store.load(slug)
    app = create_app(settings, store, follow=lambda run: None)  # the night as it is now
    client = app.test_client()
    services: Services = app.extensions["liveblog"]
    timeline = services.tails.timeline(slug)
    pages = [f"/live/{slug}", *(f"/live/{slug}/pages/{n}" for n in range(1, timeline.pages + 1))]
    pages += [f"/live/{slug}/posts/{post.id}" for post in timeline.posts]
    wanted = {f"/live/{slug}/feed.atom", f"/live/{slug}/feed.json"}
    for address in pages:
        page = BeautifulSoup(_get(client, address), "html.parser")
        for part in page.select(LIVE_ONLY):
            part.decompose()
        _write(folder, f"{address}/index.html", page.encode(formatter="minimal"))
        wanted |= set(_named(page))
    files = {address.partition("?")[0]: address for address in wanted}
    for path, address in files.items():
        data = _get(client, address)
        _write(folder, path, data)
        if path.endswith(".css"):
            for font in _FONTS.finditer(data.decode()):
                if not font[1].startswith("data:"):
                    there = _beside(path, font[1])
                    _write(folder, there, _get(client, there))
    onward = f'<!doctype html><meta http-equiv="refresh" content="0; url=/live/{slug}/">'
    _write(folder, "/index.html", onward.encode())
    return sum(1 for path in folder.rglob("*") if path.is_file())


def _named(page: BeautifulSoup) -> Iterator[str]:
    """The addresses, with queries, of this site's files that a page links to."""
    for part in page.select("[src], [href], [content], [srcset]"):
        named = [str(part[name]) for name in ("src", "href", "content") if part.has_attr(name)]
        named += [each.split()[0] for each in str(part.get("srcset", "")).split(",") if each.strip()]
        for address in named:
            found = urlsplit(address)
            if found.path.startswith(_FOLDERS) and "." in found.path.rpartition("/")[2]:
                yield found.path + (f"?{found.query}" if found.query else "")


def _get(client: FlaskClient, address: str) -> bytes:
    answer = client.get(address)
    if answer.status_code != 200:
        raise Refusal(f"{address} could not be read: {answer.status_code}")
    return answer.get_data()


def _beside(path: str, relative: str) -> str:
    """The absolute path of a relative address in a file."""
    parts = path.split("/")[:-1]
    for step in relative.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def _write(folder: Path, path: str, data: bytes) -> None:
    file = (folder / path.lstrip("/")).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise Invalid(f"{path} leads out of {folder}", field="dir")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
