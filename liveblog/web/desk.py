"""The desk's pages. They only show and preview; an editor's acts go through the API."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from flask import render_template, request
from msgspec.structs import replace

from ..checks import CONTROL, one_of
from ..errors import Invalid
from ..model import Post, PostType
from . import answers, auth, labels
from .render import article
from .site import services
from .texts import Sample, with_pictures
from .writing import fields_of, invalid

blueprint = answers.blueprint("desk", __name__, "desk", "/desk")


@blueprint.get("/")
def blogs() -> str:
    """The list of the blogs that this person works on."""
    who = auth.signed_in()
    mine = [each for each in services().catalogue.summaries() if who.may("contributor", each.blog.id)]
    blogs = sorted(((each.blog, each.at) for each in mine), key=lambda entry: entry[1], reverse=True)
    return render_template("desk/blogs.html", who=who, blogs=blogs, may_create=who.may("admin"))


@blueprint.get("/<slug>")
def desk(slug: str) -> str:
    """The desk's screen for a blog: the board, the composer above the timeline, and the figures."""
    who = auth.require("contributor", slug)
    blog = services().tails.timeline(slug).blog
    editor = who.may("editor", slug)
    return render_template("desk/desk.html", who=who, blog=blog, editor=editor, labels=labels.for_desk())


@blueprint.get("/<slug>/session")
def session(slug: str) -> dict[str, str]:
    """What an open page needs after its person has signed in again: the new session's CSRF token and the name."""
    who = auth.require("contributor", slug)
    return {"csrf": who.csrf or "", "name": who.name}


@blueprint.post("/<slug>/preview")
def preview(slug: str) -> dict[str, str]:
    """A preview of a text that is being written: `{"html"}`, made by the same partial as the readers' article."""
    auth.require("contributor", slug)
    try:
        sample = msgspec.convert(request.get_json(silent=True), Sample)
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    except RecursionError:
        raise Invalid("lists within lists, too deep for a text") from None
    fields = with_pictures({name: _clean(name, value) for name, value in fields_of(sample).items()})
    one_of(fields["type"], PostType, "type")
    post = Post(id="preview", published_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z", **fields)
    return {"html": article(services().tails.timeline(slug), replace(post, key=post.key or post.type == "result"))}


def _clean(name: str, value: object) -> object:
    """A string without the characters that an act refuses; None if only blanks are left, except for the body."""
    if not isinstance(value, str):
        return value
    text = CONTROL.sub("", value)
    return text if name == "body" else text.strip() or None
