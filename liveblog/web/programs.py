"""The API's part for admins: programs' tokens (docs/api.md). A token's secret is in one answer, and nowhere else."""

from __future__ import annotations

from typing import Any

from flask import Response
from msgspec import Struct

from .. import staff
from ..errors import NotFound
from ..store.people import ListedToken, People
from . import answers, auth
from .site import services
from .writing import body_of

blueprint = answers.blueprint("programs", __name__, "private", "/api/v1/tokens")


class NewToken(Struct, forbid_unknown_fields=True):
    name: str
    role: str
    blog: str | None = None
    scopes: list[str] | None = None
    expires: str | None = None


def _people() -> People:
    people: People = services().people
    return people


def _shown(each: ListedToken) -> dict[str, Any]:
    about = each.record
    return {
        "id": each.id,
        "name": about.name,
        "role": about.role,
        "blog": about.blog,
        "scopes": about.scopes,
        "expires": about.until or None,
        "made": about.at or None,
        "by": about.by,
        "used": each.used or None,
    }


@blueprint.get("")
def list_tokens() -> Response:
    """All tokens by their names, without their secrets."""
    auth.require("admin")
    return answers.json({"tokens": [_shown(each) for each in _people().tokens.listed()]})


@blueprint.post("")
def add_token() -> Response:
    """Make a token; `token` in the answer is its secret, which cannot be read again."""
    who, people = auth.require("admin"), _people()
    auth.require_fresh()
    body = body_of(NewToken)
    token = staff.add_token(people, who.by, body.name, body.role, body.blog, scopes=body.scopes, until=body.expires)
    made = people.tokens.find(token)
    if made is None:  # a colleague was faster
        raise NotFound("this token was ended already")
    return answers.json({**_shown(made), "token": token}, 201)


@blueprint.delete("/<id>")
def end_token(id: str) -> Response:
    """End a token. Programs that send it are refused from then on."""
    ended = staff.end_token(_people(), auth.require("admin").by, id)
    return answers.json({"id": id, "name": ended.name, "ended": True})
