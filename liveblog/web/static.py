"""Scripts, styles and fonts: compressed once, at an address with their version, so that browsers can keep them.

The version is in the path, not in a query, so that scripts that import each other by relative addresses keep it. An
address without a version, or with another release's, answers with the current file and is revalidated at each use.
"""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import brotli
from flask import Flask, Response, abort, request

from ..http.response_cache import WORTH, coded, preferred
from . import answers, render

TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
PACKED = {"font/woff2", "image/webp", "image/jpeg", "image/png"}
_COMMENTS = re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)$", re.M)
"""Comments that begin their line and end it. Others stay: a string may look like one."""


@cache
def version() -> str:
    """One version for all static files, computed when the process begins."""
    root = render.assets("static")
    parts = (b"%s\0%s" % (str(path.relative_to(root)).encode(), path.read_bytes()) for path in files(root))
    return "v-" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@cache
def imported(script: str) -> list[str]:
    """The scripts that a script below static/ imports. A page that names them loads them at once, not one by one."""
    root = render.assets("static")
    found: dict[str, None] = {}
    waiting = [script]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            beside = re.findall(r'^(?:import|export)\b[^;]* from "(\.[^"]+)";', (root / name).read_text(), re.M)
            waiting += [posixpath.normpath(f"{posixpath.dirname(name)}/{other}") for other in beside]
    return [name for name in found if name != script]


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def without_comments(script: str) -> str:
    """A script of ours without its lines of comment, which are for its authors; errors still name the right line."""
    return _COMMENTS.sub(lambda comment: "\n" * comment[0].count("\n"), script)


@lru_cache(maxsize=256)
def _bytes(path: Path, changed: int, coding: str) -> bytes:
    """A file's bytes in a coding; `changed` (a time) keeps an edited file from being served from the cache."""
    data = path.read_bytes()
    if path.suffix == ".js" and path.parent.name != "vendor":
        data = without_comments(data.decode()).encode()
    return brotli.compress(data, quality=11) if coding == "br" else coded(data, coding)  # runs once: best quality


def serve(filename: str) -> Response:
    """A file below static/, in the best coding that the browser takes."""
    given, _, rest = filename.partition("/")
    named = given.startswith("v-")
    root = render.assets("static").resolve()
    path = (root / (rest if named else filename)).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        abort(404)
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    facts = path.stat()
    packed = kind in PACKED or facts.st_size < WORTH
    coding = "" if packed else preferred(request.headers.get("Accept-Encoding", ""))
    answer = Response(_bytes(path, facts.st_mtime_ns, coding), mimetype=kind)
    if given == version():
        answer.headers["Cache-Control"] = answers.FOREVER
    answer.headers["Vary"] = "Accept-Encoding"
    if coding:
        answer.headers["Content-Encoding"] = coding
    return answers.conditional(answer, f"{facts.st_mtime_ns:x}-{facts.st_size:x}{'-' + coding if coding else ''}")


def install(app: Flask) -> None:
    """Replace Flask's own static files; `url_for("static", filename=…)` still makes their addresses."""
    app.add_url_rule("/static/<path:filename>", "static", serve)
    answers.name_kind(app, "static", "asset")

    @app.url_defaults
    def _versioned(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and not values.get("filename", "").startswith("v-"):
            values["filename"] = f"{version()}/{values['filename']}"
