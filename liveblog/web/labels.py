"""What states, steps and acts are called: the one table for pages, pushes, cards, the desk and its scripts.

Scripts get it with the page. What readers see is translated where it is said; the desk speaks English.
"""

from __future__ import annotations

from typing import Any

from ..i18n import N_, say

STATUSES = {"draft": "Draft", "preview": N_("Before the show"), "live": N_("Live"), "ended": N_("Ended")}
"""A blog's status."""
NEXT = {
    "draft": ("Open to readers", "preview"),
    "preview": ("Start the night", "live"),
    "live": ("End the night", "ended"),
    "ended": ("Reopen the night", "live"),
}
"""What the desk can do next with a blog in this status, and the status after it."""
STATES = {
    "upcoming": N_("Upcoming"),
    "on_stage": N_("On stage now"),
    "announced": N_("Provisional"),
    "confirmed": N_("Confirmed"),
}
"""A category's state."""
REACHED = {"on_stage": "goes on stage", "announced": "is announced", "confirmed": "is confirmed"}
"""When a draft goes out that waits for a category's state."""
COMMANDS = {"on-stage": "Put on stage:", "announce": "Announce", "confirm": "Confirm", "recall": "Recall"}
"""What the outbox says of an act that waits, before the category's name; by the act's address."""
ACTS = {
    "publish": "published",
    "edit_post": "edited",
    "retract": "retracted",
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
    "recall": "recalled",
    "publish_draft": "published a draft",
    "invite": "invited",
    "welcome": "came in by a link",
    "reset": "made a new link",
    "withdraw": "withdrew an invitation",
    "change": "changed the role",
    "disable": "shut out",
    "sign_in": "signed in",
    "sign_in_failed": "did not get in",
    "sign_out_everywhere": "signed out everywhere",
    "password": "changed the password",
    "token": "made a token",
    "revoke": "ended a token",
}
"""An act in the logs, after the name of its author; others by their names."""


def for_readers(language: str) -> dict[str, Any]:
    return {"status": {status: say(language, label) for status, label in STATUSES.items()}}


def for_desk() -> dict[str, Any]:
    return {
        "status": STATUSES,
        "next": NEXT,
        "state": STATES,
        "reached": list(REACHED.items()),  # pairs: JSON in a page sorts an object's names
        "command": COMMANDS,
        "act": ACTS,
    }
