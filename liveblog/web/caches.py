"""Which caches in front of the site have dropped what was withdrawn, and which have not yet; for the desk."""

from __future__ import annotations

from flask import Response

from ..push.purges import Standing, standings
from . import answers, auth
from .site import services

blueprint = answers.blueprint("caches", __name__, "private", "/api/v1")


@blueprint.get("/blogs/<slug>/caches")
def caches(slug: str) -> Response:
    """How far each cache is with a blog and with deleted pictures of it, what waits first."""
    auth.require("editor", slug)
    services().tails.timeline(slug)
    return answers.json({"caches": standing_of(slug)})


def standing_of(slug: str) -> list[Standing]:
    """Raises `Unavailable`."""
    here = services()
    names = {cache.name for cache in here.caches}
    pictures = {each.name for each in here.pictures.deleted.all() if slug in each.blogs}
    return [each for each in standings(here.store.records) if each.cache in names and each.subject in {slug, *pictures}]
