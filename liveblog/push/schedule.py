"""Publishes scheduled drafts at their time or at their moment of the show. Every process tries; one succeeds.

The process that scheduled the draft may be gone: storage lists the drafts that are due, and the commit of a draft in
the version that was read succeeds once. No timeline is loaded for this.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

import gevent

from ..errors import Invalid, Refusal, Unavailable
from ..model import STATES, Category, CategoryState, Draft, Object, reached

log = logging.getLogger(__name__)

TURN = 0.5
"""Seconds between two steps."""
AGAIN_TURNS = 60
"""Steps after which a draft is tried again that could not be published."""


class DueDrafts(Protocol):
    """What the schedule needs from the store."""

    def now(self) -> str: ...
    def get(self, slug: str, kind: str, id: str) -> Object | None: ...


class Schedule:
    """`due()` maps blog and draft to the draft's RFC 3339 time, or to `on <category> <state>`."""

    def __init__(
        self, source: DueDrafts, due: Callable[[], dict[str, dict[str, str]]], publish: Callable[[str, Draft], None]
    ) -> None:
        self._source, self._due, self._publish = source, due, publish
        self._refused: dict[tuple[str, int], int] = {}

    def run(self) -> None:
        while True:
            gevent.sleep(TURN)
            try:
                self.step()
            except Unavailable:
                continue  # reported elsewhere; the drafts stay due
            except Exception:
                log.exception("the schedule failed and continues")

    def step(self) -> None:
        """Publish the drafts that are due now. Raises `Unavailable`."""
        self._refused = {name: turns - 1 for name, turns in self._refused.items() if turns > 1}
        waiting = self._due()
        timed = any(not when.startswith("on ") for drafts in waiting.values() for when in drafts.values())
        now = self._source.now() if timed else ""
        for slug, drafts in waiting.items():
            ripe = [id for id, when in drafts.items() if self._is_ripe(slug, when, now)]
            found = [self._source.get(slug, "draft", id) for id in ripe]
            due = [draft for draft in found if isinstance(draft, Draft) and not draft.gone]
            for draft in sorted(due, key=lambda draft: (draft.publish_at or "", draft.seq)):
                if (draft.id, draft.seq) not in self._refused:
                    self._try(slug, draft)

    def _is_ripe(self, slug: str, when: str, now: str) -> bool:
        if not when.startswith("on "):
            return when <= now
        _, id, state = when.split(" ")
        category = self._source.get(slug, "category", id)
        if not isinstance(category, Category) or category.doubt is not None:  # its text may name a false winner
            return False
        return reached(category.state, _state(state))

    def _try(self, slug: str, draft: Draft) -> None:
        try:
            self._publish(slug, draft)
        except Unavailable:
            raise
        except Invalid as no:  # the desk sees that the draft is late, and may change it
            log.warning("a scheduled draft cannot be published: blog %s draft %s: %s", slug, draft.id, no)
            self._refused[draft.id, draft.seq] = AGAIN_TURNS
        except Refusal:
            pass  # another process was faster, or the draft has just changed


def _state(name: str) -> CategoryState:
    for state in STATES:
        if state == name:
            return state
    raise ValueError(name)
