"""Which role the groups of an identity provider give: the setting's lines, and what several of them give together."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from msgspec import Struct

from ..roles import RANKS, Role

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Grant(Struct, frozen=True):
    """What the members of a group may do; `blogs` None means all."""

    group: str
    role: Role
    blogs: tuple[str, ...] | None = None


def parsed(text: str) -> tuple[Grant, ...]:
    """The grants of `GROUP=ROLE` or `GROUP=ROLE:blog,blog`, separated by semicolons or lines. Raises `ValueError`.

    A group's name may contain signs of equality, as those of directories do (`cn=desk,ou=news`).
    """
    return tuple(_grant(each.strip()) for each in re.split(r"[;\n]", text) if each.strip())


def _grant(text: str) -> Grant:
    group, _, right = text.rpartition("=")
    role, some, blogs = right.strip().partition(":")
    slugs = tuple(slug.strip() for slug in blogs.split(",")) if some else None
    if not group.strip() or role not in RANKS or not all(map(_SLUG.fullmatch, slugs or ())):
        raise ValueError(
            "GROUP=ROLE or GROUP=ROLE:blog,blog with a role of admin, editor or contributor, and ; between"
        )
    return Grant(group.strip(), cast(Role, role), slugs)


def rights(grants: Collection[Grant], groups: Collection[str]) -> tuple[Role, list[str] | None] | None:
    """The role of a person in these groups, and its blogs; None without any.

    An account has one role. It is the highest that a group gives, for the blogs of all groups that give it. So nobody
    may do more than one of the groups says.
    """
    given = [grant for grant in grants if grant.group in groups]
    if not given:
        return None
    role = max((grant.role for grant in given), key=RANKS.__getitem__)
    blogs = [grant.blogs for grant in given if grant.role == role]
    some = sorted({slug for slugs in blogs for slug in slugs or ()})
    return role, None if None in blogs else some


def named(claims: Mapping[str, object], claim: str) -> list[str]:
    """The groups in a claim: a list, or one name. A dotted claim may be a path (`realm_access.roles`)."""
    found: object = claims.get(claim)
    if found is None:
        found = _at(claims, claim.split("."))
    if isinstance(found, str):
        return [found]
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _at(claims: Mapping[str, object], path: Sequence[str]) -> object:
    found: object = claims
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
