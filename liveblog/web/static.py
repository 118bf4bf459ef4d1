"""Scripts, styles and fonts: compressed once, at an address with their version, so that browsers can keep them.

A page's script comes with all that it imports, and a style sheet too: on a slow line each request costs half a second.
The scripts are also at their own addresses, one by one. The version is in the path, not in a query, so that scripts
that import each other by relative addresses keep it. An address without a version, or with another release's, answers
with the current file and is revalidated at each use.
"""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import brotli
from flask import Flask, Response, abort, request
from markupsafe import Markup

from ..http.response_cache import WORTH, coded, preferred
from . import answers, bundle, render

TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
PACKED = {"font/woff2", "image/webp", "image/jpeg", "image/png"}
BUNDLE = ".bundle.js"
PAGES = ("reader/main", "reader/older", "embed/main", "desk/main", "desk/setup", "desk/people", "desk/passkeys")
"""The scripts that pages begin with. `js/<page>.bundle.js` is the script and all that it imports (`bundle.py`)."""
LATER = ("reader/spoilers", "reader/large_picture")
"""What pages' scripts fetch for those who need it, as a bundle too."""
BEST_BYTES = 160 * 1024
"""Up to this size a file is compressed as well as possible, which takes a tenth of a second."""
INLINE_STYLE = "css/reader.css"
INLINE_SCRIPTS = ("js/reader/before_paint.js", "js/reader/early_socket.js")
"""What readers' pages contain; their policy allows it by its hash."""
_found: dict[str, tuple[list[Path], str]] = {}
"""The files that an answer is made of, and their state, by the answer's name."""


@cache
def version() -> str:
    """One version for all static files, computed when the process begins."""
    root = render.assets("static")
    parts = [b"%s\0%s" % (str(path.relative_to(root)).encode(), path.read_bytes()) for path in files(root)]
    parts.append(Path(bundle.__file__).read_bytes())  # another bundle of the same scripts has another address
    return "v-" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def _entry(name: str) -> str:
    """The script that a bundle begins with; empty for other names."""
    page = name.removeprefix("js/").removesuffix(BUNDLE)
    return f"js/{page}.js" if page in PAGES + LATER and name == f"js/{page}{BUNDLE}" else ""


def _sources(root: Path, name: str) -> list[Path]:
    """The files that the answer for a name below static/ is made of. Aborts with 404 if there is none."""
    own = _entry(name) or name
    try:
        path = (root / own).resolve()
        there = path.is_relative_to(root) and path.is_file()
    except (OSError, ValueError):  # a name that no file can have: too long, or with a null byte
        there = False
    if not there:
        abort(404)
    several = own != name or path.suffix == ".css"
    return [root / each for each in bundle.parts(root, own)] if several else [path]


def _state(paths: list[Path]) -> str:
    """A name for the files' state, so that an edited file is not served from the cache; empty if one is missing."""
    try:
        facts = [path.stat() for path in paths]
    except FileNotFoundError:
        return ""
    return f"{max((each.st_mtime_ns for each in facts), default=0):x}-{sum(each.st_size for each in facts):x}"


def _current(root: Path, name: str) -> str:
    """The state of the files that an answer is made of. Aborts with 404 if there are none."""
    paths, state = _found.get(name, ([], ""))
    if not state or _state(paths) != state:
        paths = _sources(root, name)
        _found[name] = paths, (state := _state(paths))
    return state


@lru_cache(maxsize=256)
def _bytes(name: str, state: str, coding: str) -> bytes:
    """An answer's bytes in a coding, made once for each state of its files."""
    root = render.assets("static")
    if entry := _entry(name):
        data = bundle.script(root, entry).encode()
    elif name.endswith(".css"):
        data = bundle.sheet(root, name).encode()
    else:
        data = (root / name).read_bytes()
        if name.endswith(".js") and not name.startswith("vendor/"):
            data = bundle.without_comments(data.decode()).encode()
    if coding == "br":
        return brotli.compress(data, quality=11 if len(data) <= BEST_BYTES else 9)
    return coded(data, coding)


def serve(filename: str) -> Response:
    """A file below static/, or a bundle, in the best coding that the browser takes."""
    given, _, rest = filename.partition("/")
    name = posixpath.normpath(rest if given.startswith("v-") else filename)
    state = _current(render.assets("static").resolve(), name)
    kind = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    worth = kind not in PACKED and len(_bytes(name, state, "")) >= WORTH
    coding = preferred(request.headers.get("Accept-Encoding", "")) if worth else ""
    answer = Response(_bytes(name, state, coding), mimetype=kind)
    if given == version():
        answer.headers["Cache-Control"] = answers.FOREVER
    answer.headers["Vary"] = "Accept-Encoding"
    if coding:
        answer.headers["Content-Encoding"] = coding
    return answers.conditional(answer, f"{state}{'-' + coding if coding else ''}")


@cache
def inlined(name: str, prefix: str) -> Markup:
    """A style sheet or script for the page itself, as it was when the process began; the site is below `prefix`.

    On a slow line a page with its style inside is painted half a second or a second earlier.
    """
    root = render.assets("static")
    if name.endswith(".css"):  # its relative addresses begin in its folder
        return Markup(bundle.sheet(root, name).replace('url("../', f'url("{prefix}/static/{version()}/'))
    return Markup(bundle.without_comments((root / name).read_text()).strip())


def install(app: Flask, prefix: str) -> None:
    """Replace Flask's own static files; `url_for("static", filename=…)` still makes their addresses."""
    app.add_url_rule("/static/<path:filename>", "static", serve)
    answers.name_kind(app, "static", "asset")

    @app.url_defaults
    def _versioned(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and not values.get("filename", "").startswith("v-"):
            values["filename"] = f"{version()}/{values['filename']}"

    app.jinja_env.globals["inlined"] = partial(inlined, prefix=prefix)
    answers.allow_inline(inlined(INLINE_STYLE, prefix), [inlined(name, prefix) for name in INLINE_SCRIPTS])
