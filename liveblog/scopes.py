"""What a token may be bounded to: the scopes, and the one table of the API's calls that each of them opens. Pure.

A token has a role, and may have scopes, which bound it further: it may do what both allow. A token without scopes may
do all that its role allows, also at the desk's pages. A token with scopes is valid for the calls of this table only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

from msgspec import Struct

from .errors import Invalid, OutOfScope
from .roles import RANKS, Role

Scope = Literal["read", "read-drafts", "write-drafts", "post", "call-results", "media", "set-up", "administer"]


class Bounds(Struct, frozen=True):
    """What a scope is for, and the least role that has any use for it."""

    role: Role
    means: str


SCOPES: dict[Scope, Bounds] = {
    "read": Bounds(
        "contributor", "reads blogs that are drafts, versions, logs, calls, figures and the list of pictures"
    ),
    "read-drafts": Bounds("contributor", "reads drafts, and follows the desk"),
    "write-drafts": Bounds("contributor", "writes, submits and discards drafts"),
    "post": Bounds("editor", "publishes, edits, pins and retracts updates; publishes, returns and schedules drafts"),
    "call-results": Bounds("editor", "takes categories on stage; announces, confirms, doubts and recalls results"),
    "media": Bounds("contributor", "uploads and deletes pictures"),
    "set-up": Bounds("editor", "changes a blog, its categories and nominees"),
    "administer": Bounds("admin", "creates blogs, purges, takes down, reads the site's log, keeps hooks and tokens"),
}

CALLS: dict[str, Scope | None] = {
    "api.list_blogs": None,
    "api.get_blog": None,
    "api.get_changes": None,
    "api.get_stream": None,
    "api.get_post": None,
    "api.create_blog": "administer",
    "api.edit_blog": "set-up",
    "api.publish": "post",
    "api.edit_post": "post",
    "api.retract": "post",
    "api.purge": "administer",
    "api.pin": "post",
    "api.add_category": "set-up",
    "api.edit_category": "set-up",
    "api.remove_category": "set-up",
    "api.on_stage": "call-results",
    "api.announce": "call-results",
    "api.confirm": "call-results",
    "api.doubt": "call-results",
    "api.recall": "call-results",
    "drafts.list_drafts": "read-drafts",
    "drafts.desk_changes": "read-drafts",
    "drafts.get_draft": "read-drafts",
    "drafts.save_draft": "write-drafts",
    "drafts.edit_draft": "write-drafts",
    "drafts.discard_draft": "write-drafts",
    "drafts.submit_draft": "write-drafts",
    "drafts.return_draft": "post",
    "drafts.publish_draft": "post",
    "drafts.undo": "post",
    "media.upload": "media",
    "media.uploaded": "read",
    "media.delete": "media",
    "record.history": "read",
    "record.retracted": "read",
    "record.writers": "read",
    "record.log": "read",
    "record.site_log": "administer",
    "record.calls": "read",
    "record.audience": "read",
    "record.figures": "read",
    "caches.caches": "read",
    "takedowns.order": "administer",
    "takedowns.all": "administer",
    "takedowns.one": "administer",
    "webhooks.list_webhooks": "administer",
    "webhooks.add_webhook": "administer",
    "webhooks.get_webhook": "administer",
    "webhooks.change_webhook": "administer",
    "webhooks.remove_webhook": "administer",
    "webhooks.new_secret": "administer",
    "webhooks.replay_webhook": "administer",
    "webhooks.send_again": "administer",
    "webhooks.drop_delivery": "administer",
    "incoming.receive": None,
    "incoming.list_incoming": "administer",
    "incoming.add_incoming": "administer",
    "incoming.new_secret": "administer",
    "incoming.remove_incoming": "administer",
    "programs.list_tokens": "administer",
    "programs.add_token": "administer",
    "programs.end_token": "administer",
    "described.openapi_document": None,
    "described.asyncapi_document": None,
    "relays.nights": None,
    "relays.state": None,
    "relays.take_reports": None,
}
"""The scope of each call, by its endpoint. None: everybody may call it (of a draft blog only with the scope `read`), or
it has a secret of its own."""


def check(scopes: Collection[str] | None, needed: Scope) -> None:
    """Raise `OutOfScope` for a token with scopes that lacks this one."""
    if scopes is not None and needed not in scopes:
        raise OutOfScope(needed)


def check_call(scopes: Collection[str] | None, endpoint: str | None) -> None:
    """Raise `OutOfScope` for a token with scopes that do not open this call, or for what is no call of the API."""
    if scopes is None:
        return
    if endpoint not in CALLS:
        raise OutOfScope(None)
    if (needed := CALLS[endpoint]) is not None:
        check(scopes, needed)


def checked(scopes: Iterable[str] | None, role: str) -> list[str] | None:
    """Scopes that a token of this role can have, each once, in the order of the table. Raises `Invalid`."""
    if scopes is None:
        return None
    wanted = set(scopes)
    if unknown := sorted(wanted - set(SCOPES)):
        raise Invalid(f"there is no scope {unknown[0]}; there are {', '.join(SCOPES)}", field="scopes")
    if not wanted:
        raise Invalid("choose at least one scope, or all that the role allows", field="scopes")
    for name, bounds in SCOPES.items():
        if name in wanted and RANKS[role] < RANKS[bounds.role]:
            raise Invalid(f"the scope {name} needs the role {bounds.role}", field="scopes")
    return [name for name in SCOPES if name in wanted]
