"""The labels of states, steps and acts: the only table for pages, pushes, cards, the desk and its scripts.

Scripts get it with the page. Readers' labels are translated where they are used; the desk is in English.
"""

from __future__ import annotations

from typing import Any

from ..i18n import N_, say

STATUSES = {"draft": "Draft", "preview": N_("Before the show"), "live": N_("Live"), "ended": N_("Ended")}
"""The labels of a blog's status."""
NEXT = {
    "draft": ("Open to readers", "preview"),
    "preview": ("Start the night", "live"),
    "live": ("End the night", "ended"),
    "ended": ("Reopen the night", "live"),
}
"""The next step for a blog in this status, and the status that it leads to."""
STATES = {
    "upcoming": N_("Upcoming"),
    "on_stage": N_("On stage now"),
    "announced": N_("Provisional"),
    "confirmed": N_("Confirmed"),
}
"""The labels of a category's state."""
REACHED = {"on_stage": "goes on stage", "announced": "is announced", "confirmed": "is confirmed"}
"""When a draft that waits for a category's state is published."""
DOUBT = N_("In doubt")
"""The label of a result in doubt, instead of its category's state."""
COMMANDS = {
    "on-stage": "Put on stage:",
    "announce": "Announce",
    "confirm": "Confirm",
    "doubt": "In doubt:",
    "recall": "Recall",
}
"""The outbox's words for a waiting act, before the category's name; by the act's address."""
ACTS = {
    "publish": "published",
    "edit_post": "edited",
    "retract": "retracted",
    "purge": "purged",
    "take_down": "took down",
    "delete_picture": "deleted a picture",
    "undo": "took back",
    "pin": "pinned",
    "create_blog": "opened the blog",
    "edit_blog": "changed the blog",
    "add_category": "added a category",
    "add_categories": "added categories",
    "edit_category": "changed a category",
    "remove_category": "removed a category",
    "on_stage": "put on stage",
    "announce": "announced",
    "confirm": "confirmed",
    "doubt": "put in doubt",
    "recall": "withdrew",
    "correct": "corrected",
    "publish_draft": "published a draft",
    "invite": "invited",
    "welcome": "came in by a link",
    "reset": "made a new link",
    "withdraw": "withdrew an invitation",
    "change": "changed the role",
    "disable": "shut out",
    "sign_in": "signed in",
    "sign_in_failed": "failed to sign in",
    "sign_out": "ended a session",
    "sign_out_everywhere": "signed out everywhere",
    "password": "changed the password",
    "add_passkey": "added a passkey",
    "remove_passkey": "removed a passkey",
    "add_app": "set up an authenticator app",
    "remove_app": "removed the authenticator app",
    "new_codes": "made new recovery codes",
    "recovery_code": "used a recovery code",
    "second_factor_failed": "failed at the second step",
    "passkey_refused": "sent a passkey that may be a copy",
    "bind": "connected the account with the identity provider",
    "no_access": "ended the access",
    "reset_factors": "removed the second factors",
    "token": "made a token",
    "revoke": "ended a token",
    "add_webhook": "added a webhook to",
    "change_webhook": "switched a webhook to",
    "new_webhook_secret": "made a new secret of the webhook to",
    "remove_webhook": "removed a webhook to",
    "add_incoming": "added an incoming hook of",
    "new_incoming_secret": "made a new secret of the incoming hook of",
    "remove_incoming": "removed the incoming hook of",
    "file_draft": "filed a draft from outside",
    "replay_webhook": "sent again to the webhook at",
}
"""An act in the logs, after the name of its author; other acts appear by their names."""


def for_readers(language: str) -> dict[str, Any]:
    return {"status": {status: say(language, label) for status, label in STATUSES.items()}}


def for_desk() -> dict[str, Any]:
    return {
        "status": STATUSES,
        "next": NEXT,
        "state": STATES,
        "doubt": DOUBT,
        "reached": list(REACHED.items()),  # pairs, because JSON in a page is sorted by names
        "command": COMMANDS,
        "act": ACTS,
    }
