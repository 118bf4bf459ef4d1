"""Takedowns: ordered by admins, at the desk or by API; their certificates, as pages for print and as JSON."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from msgspec import Struct
from werkzeug.wrappers import Response as BaseResponse

from .. import cache_tags, certificate
from ..certificate import Certificate
from ..errors import Forbidden, Invalid, NotFound
from ..store.takedowns import Takedown
from . import answers, auth, caches
from .site import services
from .writing import body_of

blueprint = answers.blueprint("takedowns", __name__, "desk", order="private", all="private", one="private")
LONGEST = 200
"""Characters of an address or a name in the form."""


class Order(Struct, forbid_unknown_fields=True):
    """What is to be taken down, and why: a post or draft with its pictures, or one picture."""

    reason: str
    post: str = ""
    picture: str = ""


# -- by API


@blueprint.post("/api/v1/blogs/<slug>/takedowns")
def order(slug: str) -> Response:
    """Take something down. The answer is the certificate; the same order again continues the earlier one."""
    who = auth.require("admin", slug)
    takedown = _carry_out(slug, body_of(Order), who)
    return answers.json(_certificate(takedown), 201, Location=url_for("takedowns.one", slug=slug, id=takedown.id))


@blueprint.get("/api/v1/blogs/<slug>/takedowns", endpoint="all")
def takedowns(slug: str) -> Response:
    """The certificates of a blog, newest first; of one that was deleted, too."""
    auth.require("admin", slug)
    return answers.json({"takedowns": [_certificate(each) for each in _of(slug)]})


@blueprint.get("/api/v1/blogs/<slug>/takedowns/<id>", endpoint="one")
def takedown(slug: str, id: str) -> Response:
    """A certificate, as things stand now."""
    auth.require("admin", slug)
    return answers.json(_certificate(_one(slug, id)))


def _carry_out(slug: str, wanted: Order, who: auth.Actor) -> Takedown:
    here = services()
    here.tails.timeline(slug)
    stem = wanted.picture[:32]
    if stem and not all(who.may("admin", blog) for blog in here.pictures.blogs_with(f"{stem}.webp")):
        raise Forbidden("other blogs have this picture; an admin of all of them can take it down")
    done = here.takedowns.order(slug, post=wanted.post, picture=wanted.picture, reason=wanted.reason, by=who.name)
    if done.seq:
        here.tails.reach(slug, done.seq)
    answers.outdate(cache_tags.of_blog(slug), cache_tags.SITE, *map(cache_tags.of_picture, done.pictures))
    return done


def _of(slug: str) -> list[Takedown]:
    return [each for each in services().takedowns.all() if each.blog == slug]


def _one(slug: str, id: str) -> Takedown:
    found = services().takedowns.get(id)
    if found.blog != slug:
        raise NotFound(f"there is no takedown {id} in this blog")
    return found


def _certificate(takedown: Takedown) -> Certificate:
    here = services()
    return certificate.of(here.settings, here.store, here.takedowns, takedown)


# -- at the desk


@blueprint.get("/desk/<slug>/takedowns")
def page(slug: str) -> str:
    """The form for an order, the earlier ones, and which caches have dropped what was withdrawn."""
    auth.require("admin", slug)
    return _page(slug)


def _page(slug: str, **told: Any) -> str:
    return render_template(
        "desk/takedowns.html",
        who=auth.signed_in(),
        blog=services().tails.timeline(slug).blog,
        takedowns=_of(slug),
        caches=services().caches,
        standings=caches.standing_of(slug),
        **told,
    )


@blueprint.post("/desk/<slug>/takedowns")
def act(slug: str) -> BaseResponse | tuple[str, int]:
    """Take down what the form names; the certificate comes next."""
    who = auth.require("admin", slug)
    form = request.form
    post, picture = _named(form.get("post", ""), "(?:posts|drafts)"), _named(form.get("picture", ""), "media")
    try:
        if form.get("sure") != "yes":
            raise Invalid("tick that it cannot be undone", field="sure")
        done = _carry_out(slug, Order(reason=form.get("reason", ""), post=post, picture=picture), who)
    except (Invalid, NotFound, Forbidden) as no:
        return _page(slug, problem=no.detail, form=form), no.status
    return redirect(url_for("takedowns.certified", slug=slug, id=done.id), 303)


def _named(given: str, folder: str) -> str:
    """The id or name in an address of ours below `folder`, or as it was given."""
    given = given.strip()[:LONGEST]
    named = re.search(rf"/{folder}/([\w.-]+)", given)
    return named[1] if named else given


@blueprint.get("/desk/<slug>/takedowns/<id>")
def certified(slug: str, id: str) -> str:
    """The certificate, for the screen and for paper."""
    auth.require("admin", slug)
    return render_template("desk/certificate.html", who=auth.signed_in(), each=_certificate(_one(slug, id)))
