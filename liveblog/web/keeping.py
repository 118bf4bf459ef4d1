"""Downloads for editors: a blog's export, and its archive as a ZIP file.

A process of its own makes each of them, behind everything else that the machine does: a whole night takes this one from
half a second to minutes, in which its readers would wait.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Generator

from flask import Response

from ..errors import TooMany, Unavailable, WrongState
from . import answers, auth, site

PIECE = 64 * 1024
"""Bytes of a download that are read at a time."""
_making = {"export": threading.BoundedSemaphore(1), "archive": threading.BoundedSemaphore(1)}

blueprint = answers.blueprint("keeping", __name__, "desk", "/desk/<slug>")


@blueprint.get("/export")
def export(slug: str) -> Response:
    """The blog as lines of JSON, with its drafts and earlier versions; `liveblog import` reads it."""
    auth.require("editor", slug)
    site.services().tails.timeline(slug)  # a refusal comes from here, before a process starts
    return _download("export", slug, [], f"{slug}.ndjson", "application/x-ndjson")


@blueprint.get("/archive")
def archive(slug: str) -> Response:
    """The readers' pages as plain files, packed."""
    auth.require("editor", slug)
    if not site.services().tails.timeline(slug).blog.is_public:
        raise WrongState("this blog has no readers' pages yet; open it to readers first")
    return _download("archive", slug, ["-"], f"{slug}.zip", "application/zip")


def _download(command: str, slug: str, more: list[str], name: str, type: str) -> Response:
    """What `liveblog COMMAND SLUG` writes. Raises `TooMany` while the same is made for another client."""
    if not _making[command].acquire(blocking=False):
        raise TooMany(f"another {command} is being made; try again in a minute", retry_after=60)
    pieces = _written(command, slug, more, site.base())
    try:
        first = next(pieces)
    except ConnectionError:
        raise Unavailable(f"the {command} could not be made; the server's log says why", retry_after=60) from None
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    answer = Response(itertools.chain([first], pieces), mimetype=type, headers=headers)
    answer.call_on_close(pieces.close)
    return answer


def _written(command: str, slug: str, more: list[str], base: str) -> Generator[bytes, None, None]:
    """What the command writes, in pieces. The process ends with this."""
    try:
        call = ["nice", "-n", "19", sys.executable, "-m", "liveblog", command, slug, *more]
        with subprocess.Popen(call, stdout=subprocess.PIPE, env=os.environ | {"LIVEBLOG_BASE_URL": base}) as making:
            try:
                while making.stdout is not None and (piece := making.stdout.read(PIECE)):
                    yield piece
            except GeneratorExit:  # the client is gone
                making.terminate()
                raise
        if making.returncode:
            raise ConnectionError(f"the {command} is incomplete")  # ends the connection: it must not seem whole
    finally:
        _making[command].release()
