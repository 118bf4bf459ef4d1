"""What the desk can look up about a night: versions of posts, the audit log, the calls, numbers of readers."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from flask import Response, request

from ..errors import Forbidden, Invalid
from ..model import Post, ended, public
from ..store.audit import Entry
from ..store.history import Version
from . import answers, auth, colleagues
from .site import services

blueprint = answers.blueprint("record", __name__, "private", "/api/v1")

PAGE = 200
"""How many entries of a log one answer has."""
_ID = re.compile(r"(?!0+-0+$)[0-9]{1,20}-[0-9]{1,20}", re.ASCII)
"""An id of a stream's entry; storage has none that is zero, and knows no numbers of more than 64 bits."""


def _before() -> str:
    before = request.args.get("before", "+")
    if before != "+" and not (_ID.fullmatch(before) and all(int(part) < 1 << 64 for part in before.split("-"))):
        raise Invalid("before must be the id of a log's entry", field="before")
    return before


@blueprint.get("/blogs/<slug>/posts/<id>/history")
def history(slug: str, id: str) -> Response:
    """All versions of a post, newest first, with authors and times. Only editors may read those of a retracted post."""
    who = auth.require("contributor", slug)
    versions = services().store.history.versions(slug, id)
    if id in services().audit_index.purged(slug, services().tails.timeline(slug).born):
        versions = [version for version in versions if ended(version.object)]
    if ended(versions[0].object) and not who.may("editor", slug):
        raise Forbidden("this post was retracted; its versions need the role editor")
    found = [{"object": public(v.object), "at": v.at, "by": v.by, "until": v.until} for v in versions]
    return answers.json({"versions": found})


@blueprint.get("/blogs/<slug>/retracted")
def retracted(slug: str) -> Response:
    """The retracted posts with their last texts, latest retraction first: what, when and by whom."""
    auth.require("editor", slug)
    timeline = services().tails.timeline(slug)
    gone = {obj.id: obj for obj in timeline.objects if isinstance(obj, Post) and obj.retracted}
    purged = services().audit_index.purged(slug, timeline.born)
    texts = services().store.history.last_texts(slug, gone.keys() - purged)
    last = sorted(gone.values(), key=lambda post: texts[post.id].until if post.id in texts else "", reverse=True)
    return answers.json({"posts": [_tombstone(post, texts.get(post.id)) for post in last]})


def _tombstone(post: Post, last: Version | None) -> dict[str, Any]:
    """A retracted post's tombstone with its last version, unless that was purged or has become too old to be kept."""
    known = {} if last is None else {"at": last.until, "by": last.by, "object": public(last.object)}
    return {"id": post.id, "seq": post.seq, **known}


@blueprint.get("/blogs/<slug>/writers")
def writers(slug: str) -> Response:
    """The name of the person or program that published each post."""
    auth.require("contributor", slug)
    here = services()
    return answers.json({"writers": here.audit_index.writers(slug, here.tails.timeline(slug).born)})


@blueprint.get("/blogs/<slug>/log")
def log(slug: str) -> Response:
    """Who did what in this blog, newest first; `before` is the id of the entry to continue after."""
    auth.require("editor", slug)
    entries = services().store.audit.of(slug, before=_before(), count=PAGE)
    return answers.json({"entries": [_line(entry) for entry in entries]})


@blueprint.get("/log")
def site_log() -> Response:
    """The acts on people, newest first."""
    auth.require("admin")
    entries = services().store.audit.of_site(before=_before(), count=PAGE)
    return answers.json({"entries": [_line(entry) for entry in entries]})


def _line(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "at": entry.at, "by": entry.by, **entry.note, "refs": entry.refs, "seq": entry.seq}


@blueprint.get("/blogs/<slug>/calls")
def calls(slug: str) -> Response:
    """Each call of a result: what, by whom, when, from which source, and how soon the last reader had it."""
    auth.require("contributor", slug)
    here = services()
    told, found = here.store.presence.deliveries(slug), here.audit_index.calls(slug, here.tails.timeline(slug).born)
    return answers.json({"calls": [_call(entry) | told.get(entry.seq, {}) for entry in found]})


def _call(entry: Entry) -> dict[str, Any]:
    category = next((name.partition(":")[2] for name in entry.refs if name.startswith("category:")), None)
    return {"winners": [], **colleagues.call_of(entry, category)}


@blueprint.get("/blogs/<slug>/audience")
def audience(slug: str) -> Response:
    """The number of readers over the night: [time, readers], oldest first."""
    auth.require("contributor", slug)
    return answers.json({"points": services().store.presence.audience(slug)})


@blueprint.get("/blogs/<slug>/figures")
def figures(slug: str) -> Response:
    """Current readers, reach and speed of the last change, and the number of current posts by author."""
    auth.require("contributor", slug)
    here = services()
    timeline = here.tails.timeline(slug)
    writers = here.audit_index.writers(slug, timeline.born)
    found = Counter(writers[post.id] for post in timeline.posts if post.id in writers)
    return answers.json({**here.desk_channel.figures(slug), "posts_by": dict(found.most_common())})
