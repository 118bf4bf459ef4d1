"""A night as plain files: its pages, posts, feeds and pictures, without this program. Any web server can serve them.

The pages are the readers' own, at the same addresses below the directory, without the parts that need a server. They
name each other by relative addresses, so that a browser can also open them from a disk.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO
from urllib.parse import SplitResult, urljoin, urlsplit

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from .app import create_app
from .config import Settings
from .errors import Invalid, Refusal
from .http.proxies import inside
from .services import Services
from .store.commits import Store

LIVE_ONLY = "script:not([type$=json]), noscript, link[rel=modulepreload], link[rel=alternate][type*=oembed]"
"""The parts of a page that need a running server."""
_FOLDERS = ("/static/", "/media/", "/live/")
_IN_STYLES = re.compile(r'url\("?([^")]+)"?\)')


def archive(store: Store, settings: Settings, slug: str, folder: Path) -> int:
    """Write the blog's files into `folder`. Returns their number. Raises `NotFound`; `Invalid` if it is not empty."""
    if folder.exists() and any(folder.iterdir()):
        raise Invalid(f"{folder} is not empty", field="dir")
    count = 0
    for path, data in files(store, settings, slug):
        _write(folder, path, data)
        count += 1
    return count


def pack(store: Store, settings: Settings, slug: str, out: BinaryIO) -> None:
    """Write the blog's files into a ZIP file, which need not be seekable. Raises `NotFound`."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, data in files(store, settings, slug):
            packed.writestr(f"{slug}{path}", data)


def files(store: Store, settings: Settings, slug: str) -> Iterator[tuple[str, bytes]]:
    """The blog's files, each with its path from the top of the web server, one at a time. Raises `NotFound`."""
    store.load(slug)
    app = create_app(settings, store, follow=lambda run: None, prefix="")  # the night as it is now
    client = app.test_client()
    services: Services = app.extensions["liveblog"]
    timeline = services.tails.timeline(slug)
    pages = [f"/live/{slug}", *(f"/live/{slug}/pages/{n}" for n in range(1, timeline.pages + 1))]
    pages += [f"/live/{slug}/start/{n}" for n in range(1, timeline.pages + 2)]
    pages += [f"/live/{slug}/posts/{post.id}" for post in timeline.posts]
    indexes = {address: f"{address}/index.html" for address in pages} | {"/": "/index.html"}
    wanted = {f"/live/{slug}/feed.atom", f"/live/{slug}/feed.json"}
    for address in pages:
        page = BeautifulSoup(_get(client, address), "html.parser")
        for part in page.select(LIVE_ONLY):
            part.decompose()
        for style in page.select("style[data-sheet]"):  # one file for all pages instead
            style.replace_with(page.new_tag("link", rel="stylesheet", href=str(style["data-sheet"])))
        wanted |= set(_named(page, settings.prefix))
        _say_addresses(page, settings.base_url)
        _relate(page, indexes[address], indexes)
        yield indexes[address], page.encode(formatter="minimal")
    yield from _named_files(lambda address: _get(client, address), wanted)
    yield "/index.html", f'<!doctype html><meta http-equiv="refresh" content="0; url=live/{slug}/index.html">'.encode()


def _named_files(get: Callable[[str], bytes], addresses: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The files at these addresses, and the files that their styles name; each once."""
    named = {address.partition("?")[0]: address for address in sorted(addresses)}
    left = sorted(named, reverse=True)
    while left:
        path = left.pop()
        data = get(named[path])
        yield path, data
        if path.endswith(".css"):  # its fonts, and the styles that it imports
            found = (file[1] for file in _IN_STYLES.finditer(data.decode()) if not file[1].startswith("data:"))
            more = {each: each for file in found if (each := _beside(path, file)) not in named}
            named |= more
            left += more


def _split(address: str) -> SplitResult:
    """The parts of an address; none of one that is no address, as an editor may have typed it."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _named(page: BeautifulSoup, prefix: str) -> Iterator[str]:
    """The addresses, with queries, of this site's files that a page links to; full ones have the site's prefix."""
    for part in page.select("[src], [href], [content], [srcset]"):
        named = [str(part[name]) for name in ("src", "href", "content") if part.has_attr(name)]
        named += [each.split()[0] for each in str(part.get("srcset", "")).split(",") if each.strip()]
        for address in named:
            found = _split(address)
            path = inside(found.path, prefix) if found.netloc else found.path
            if path.startswith(_FOLDERS) and "." in path.rpartition("/")[2]:
                yield path + (f"?{found.query}" if found.query else "")


def _say_addresses(page: BeautifulSoup, base: str | None) -> None:
    """What a script prepares for paper on a live page: each link's full address, and pictures that are there."""
    for link in page.select(".when, .body a[href]:not(.large, .play)"):
        address = urljoin(base or "", str(link["href"])) if _split(str(link["href"])).geturl() else ""
        if _split(address).netloc and address.rstrip("/") not in link.get_text():
            link["data-address"] = address
    for image in page.select("img[loading]"):
        del image["loading"]


def _relate(page: BeautifulSoup, path: str, indexes: Mapping[str, str]) -> None:
    """Make the addresses of this site's files and pages relative to the file at `path`."""
    folder = posixpath.dirname(path)

    def relative(address: str) -> str:
        found = _split(address)
        target = indexes.get(found.path, found.path)
        if not address.startswith("/") or (target == found.path and not target.startswith(_FOLDERS)):
            return address
        return posixpath.relpath(target, folder) + (f"#{found.fragment}" if found.fragment else "")

    for part in page.select("[src], [href], [srcset]"):
        for name in ("src", "href"):
            if part.has_attr(name):
                part[name] = relative(str(part[name]))
        if part.has_attr("srcset"):
            sources = (each.split() for each in str(part["srcset"]).split(","))
            part["srcset"] = ", ".join(" ".join([relative(source), *width]) for source, *width in sources)


def _get(client: FlaskClient, address: str) -> bytes:
    with client.get(address) as answer:  # a picture's file is open until then
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
