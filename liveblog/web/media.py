"""Pictures over HTTP: the upload (docs/api.md), and the readers' files, which never change."""

from __future__ import annotations

import os
from typing import Any

import msgspec
from flask import Response, request, url_for
from msgspec import Struct
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import FileWrapper

from .. import cache_tags
from ..errors import Forbidden, Invalid, NotFound, TooLarge
from ..store.commits import Commit
from ..store.pictures import TYPE, Pictures
from . import answers, auth, site

ENVELOPE = 16 * 1024
"""Bytes that multipart/form-data may take around the file."""
PIECE = 64 * 1024
"""Bytes of a picture in memory for each reader who takes it."""

blueprint = answers.blueprint("media", __name__, "private", picture="picture")


def _pictures() -> Pictures:
    return site.services().pictures


# -- in


@blueprint.post("/api/v1/blogs/<slug>/media")
def upload(slug: str) -> Response:
    """Take an upload: the part `file` of multipart/form-data, or the body itself.

    With `by=bytes` in the address, its name and content type do not count.
    """
    who = auth.require("contributor", slug)
    site.services().tails.timeline(slug)
    data, filename, type = _sent()
    if not data:
        raise Invalid("send a picture: as the part `file` of multipart/form-data, or as the body", field="file")
    if _by_bytes():
        filename = type = ""
    picture, offered = _pictures().convert(slug, data, filename=filename, type=type, by=who.name)
    facts = _facts(picture) | ({"offered": offered} if offered else {})
    return answers.json(facts, 201, Location=url_for("media.picture", name=picture.name))


@blueprint.get("/api/v1/blogs/<slug>/media")
def uploaded(slug: str) -> Response:
    """The pictures that were uploaded for this blog."""
    auth.require("contributor", slug)
    site.services().tails.timeline(slug)
    return answers.json({"media": [_facts(picture) for picture in _pictures().of(slug)]})


@blueprint.delete("/api/v1/blogs/<slug>/media/<name>")
def delete(slug: str, name: str) -> Response:
    """Delete a picture: out of this blog, and out of every other one where the sender may; then its files."""
    who = auth.require("contributor", slug)
    site.services().tails.timeline(slug)
    pictures = _pictures()
    had = pictures.blogs_with(name)
    deletion = pictures.deleted.get(name)
    if slug not in had and (deletion is None or slug not in deletion.blogs):
        raise NotFound(f"there is no picture {name} in this blog")
    may = [each for each, by in had.items() if who.may("contributor" if by == who.name else "editor", each)]
    if slug in had and slug not in may:
        raise Forbidden("only an editor, or the person who uploaded it, can delete this picture")
    if slug in had or (deletion is not None and not deletion.done):
        for each, change in pictures.delete(name, may or [slug], by=who.name).items():
            _reach(each, change)
            answers.outdate(cache_tags.of_picture(name), cache_tags.of_blog(each), cache_tags.SITE)
        site.services().note_withdrawn(name)
    return answers.json({"name": name, "deleted": pictures.deleted.has(name)})


def _reach(slug: str, change: Commit) -> None:
    """Wait until this process's memory has a change, if it has the blog at all."""
    here = site.services()
    if here.tails.memory(slug) is not None:
        here.tails.reach(slug, change.seq)
    if change.desk and here.desk_tails.memory(slug) is not None:
        here.desk_tails.reach(slug, change.desk_seq)


def _facts(picture: Struct) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(picture)
    return {"type": TYPE, **{name: value for name, value in facts.items() if name != "blog"}}


def _by_bytes() -> bool:
    by = request.args.get("by", "")
    if by not in ("", "bytes"):
        raise Invalid("by can only be `bytes`: what the file holds tells its format", field="by")
    return by == "bytes"


def _sent() -> tuple[bytes, str, str]:
    """Bytes, file name and content type. Raises `TooLarge` before it reads more than the limit."""
    limit = site.services().settings.media_bytes
    request.max_content_length = limit + ENVELOPE
    try:
        if request.mimetype == "multipart/form-data":
            part = request.files.get("file")
            if part is None:
                raise Invalid("multipart/form-data has no part `file`", field="file")
            data, filename, type = part.stream.read(), part.filename or "", part.mimetype
        else:
            data, filename, type = request.get_data(cache=False), request.args.get("name", ""), request.mimetype
    except RequestEntityTooLarge:
        data, filename, type = b"", "", ""
        too_large = True
    else:
        too_large = len(data) > limit
    if too_large:
        raise TooLarge(f"a picture may have at most {limit / 1048576:g} MiB", field="file")
    return data, filename, type


# -- out


@blueprint.get("/media/<name>")
def picture(name: str) -> Response:
    """A file of a picture. It never changes, but it may be deleted."""
    path = site.services().picture(name)
    if path is None:
        raise NotFound(f"there is no picture {name}")
    answer = answers.conditional(Response(mimetype=TYPE), name.removesuffix(".webp"))
    if answer.status_code != 304:
        file = path.open("rb")
        answer.response = FileWrapper(file, PIECE)
        answer.content_length = os.fstat(file.fileno()).st_size  # the path may be gone by now
    return answer
