"""The desk's pages. What an editor does there goes through the API; these only show and preview."""

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
    """The blogs this person works on."""
    who = auth.signed_in()
    mine = [each for each in services().catalogue.summaries() if who.may("contributor", each.blog.id)]
    blogs = sorted(((each.blog, each.at) for each in mine), key=lambda entry: entry[1], reverse=True)
    return render_template("desk/blogs.html", who=who, blogs=blogs, may_create=who.may("admin"))


@blueprint.get("/<slug>")
def desk(slug: str) -> str:
    """The one screen: board, composer above the timeline, and what is going on."""
    who = auth.require("contributor", slug)
    blog = services().tails.timeline(slug).blog
    editor = who.may("editor", slug)
    return render_template("desk/desk.html", who=who, blog=blog, editor=editor, labels=labels.for_desk())


@blueprint.get("/<slug>/session")
def session(slug: str) -> dict[str, str]:
    """What an open page needs after its person signed in again: the new session's CSRF token, and whose it is."""
    who = auth.require("contributor", slug)
    return {"csrf": who.csrf or "", "name": who.name}


@blueprint.post("/<slug>/preview")
def preview(slug: str) -> dict[str, str]:
    """The readers' own article of a text that is being written: `{"html"}`, made by the same partial as theirs."""
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
    """A string without the characters that an act refuses; but for the body, None where only blanks are left."""
    if not isinstance(value, str):
        return value
    text = CONTROL.sub("", value)
    return text if name == "body" else text.strip() or None
