"""The desk's pages. What an editor does there goes through the API; these only show and preview."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..errors import Forbidden, Invalid, NotFound, NotSignedIn, Refusal, Unavailable
from . import auth
from .api import problem
from .render import markdown

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


def _house() -> Any:
    return current_app.extensions["liveblog"]


@blueprint.get("/")
def blogs() -> str:
    """The blogs this person works on."""
    who = auth.require("contributor", _any_blog())
    house = _house()
    found = [house.store.blog(slug) for slug in house.store.slugs()]
    mine = [blog for blog in found if blog is not None and who.may("contributor", blog.id)]
    return render_template("desk/blogs.html", who=who, blogs=mine, may_create=who.may("admin"))


def _any_blog() -> str | None:
    """A blog the asker has rights for, so that people of one blog can open the list."""
    who = auth.actor()
    return who.blogs[0] if who is not None and who.blogs else None


@blueprint.get("/<slug>")
def desk(slug: str) -> str:
    """The one screen: board, composer above the timeline, and what is going on."""
    who = auth.require("contributor", slug)
    blog = _house().tails.timeline(slug).blog
    return render_template("desk/desk.html", who=who, blog=blog, editor=who.may("editor", slug))


@blueprint.get("/<slug>/readers")
def readers(slug: str) -> dict[str, int]:
    """How many readers are on this process."""
    auth.require("contributor", slug)
    return {"readers": _house().sockets.readers(slug)}


@blueprint.post("/<slug>/preview")
def preview(slug: str) -> dict[str, str]:
    """The readers' rendering of a text that is being written."""
    auth.require("contributor", slug)
    sent = request.get_json(silent=True)
    body = sent.get("body") if isinstance(sent, dict) else None
    if not isinstance(body, str):
        raise Invalid("body is a text", field="body")
    return {"html": markdown(re.sub(r"[\x00\ud800-\udfff]", "", body))}


# -- refusing


def _refuse(error: Refusal) -> BaseResponse | tuple[str, int] | Response:
    if isinstance(error, NotSignedIn) and request.method == "GET":
        return redirect(url_for("auth.sign_in_page"))
    if request.is_json:
        return problem(error)
    titles = {NotFound: "There is no such page", Forbidden: "Not allowed", Unavailable: "One moment, please"}
    title = next((text for kind, text in titles.items() if isinstance(error, kind)), error.title)
    return render_template("desk/refused.html", title=title, detail=error.detail), error.status


def _secure(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = (
        "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
    # The one-time link's address must not travel, yet forms need an origin that can be checked.
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


for _room in (blueprint, auth.blueprint):
    _room.register_error_handler(Refusal, _refuse)
    _room.after_request(_secure)
