"""Downloads for editors: a blog's export, and its archive as a ZIP file."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator

from flask import Response

from ..errors import TooMany, Unavailable, WrongState
from ..store.dump import export as lines
from . import answers, auth, site

PIECE = 64 * 1024
"""Bytes of an archive that are read at a time."""
_archiving = threading.BoundedSemaphore(1)

blueprint = answers.blueprint("keeping", __name__, "desk", "/desk/<slug>")


@blueprint.get("/export")
def export(slug: str) -> Response:
    """The blog as lines of JSON, with its drafts and earlier versions; `liveblog import` reads it."""
    auth.require("editor", slug)
    found = lines(site.services().store, slug)
    first = next(found)  # a refusal must come before the head
    return _download(
        (line + b"\n" for line in itertools.chain([first], found)), f"{slug}.ndjson", "application/x-ndjson"
    )


@blueprint.get("/archive")
def archive(slug: str) -> Response:
    """The readers' pages as plain files, packed by a process of its own: rendering all of them would delay readers."""
    auth.require("editor", slug)
    if not site.services().tails.timeline(slug).blog.is_public:
        raise WrongState("this blog has no readers' pages yet; open it to readers first")
    if not _archiving.acquire(blocking=False):
        raise TooMany("another archive is being made; try again in a minute", retry_after=60)
    pieces = _packed(slug, site.base())
    try:
        first = next(pieces)
    except ConnectionError:
        raise Unavailable("the archive could not be made; the server's log says why", retry_after=60) from None
    return _download(itertools.chain([first], pieces), f"{slug}.zip", "application/zip")


def _packed(slug: str, base: str) -> Iterator[bytes]:
    """The ZIP file of `liveblog archive SLUG -`, in pieces. The process ends with this."""
    try:
        command = [sys.executable, "-m", "liveblog", "archive", slug, "-"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"LIVEBLOG_BASE_URL": base}) as packing:
            try:
                while packing.stdout is not None and (piece := packing.stdout.read(PIECE)):
                    yield piece
            except GeneratorExit:  # the client is gone
                packing.terminate()
                raise
        if packing.returncode:
            raise ConnectionError("the archive is incomplete")  # ends the connection: a download must not seem whole
    finally:
        _archiving.release()


def _download(pieces: Iterable[bytes], name: str, type: str) -> Response:
    return Response(pieces, mimetype=type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
