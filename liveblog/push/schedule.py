"""Publishes what is scheduled when its time, or its moment of the show, has come. Every process looks; one succeeds.

Nothing hangs on the process that scheduled it: what is due is read from the desk's timelines, and the commit of the
draft as it was read succeeds once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent

from ..errors import Invalid, Refusal, Unavailable
from ..model import Category, Draft, reached
from ..timeline import Timeline

log = logging.getLogger(__name__)

TURN = 0.5
"""Seconds between two looks."""
AGAIN_TURNS = 60
"""Turns after which something that could not be published is tried again."""


class Schedule:
    """`blogs` names those with something scheduled; `now` is the storage's time, RFC 3339 UTC."""

    def __init__(
        self,
        blogs: Callable[[], list[str]],
        desk: Callable[[str], Timeline],
        public: Callable[[str], Timeline],
        now: Callable[[], str],
        publish: Callable[[str, Draft], None],
    ) -> None:
        self._blogs, self._desk, self._public, self._now, self._publish = blogs, desk, public, now, publish
        self._refused: dict[tuple[str, int], int] = {}

    def run(self) -> None:
        while True:
            gevent.sleep(TURN)
            try:
                self.step()
            except Unavailable:
                continue  # it is told elsewhere; what is due stays due
            except Exception:
                log.exception("the schedule failed, goes on")

    def step(self) -> None:
        """Publish all that is due."""
        self._refused = {which: turns - 1 for which, turns in self._refused.items() if turns > 1}
        for slug in self._blogs():
            try:
                waiting = [draft for draft in self._desk(slug).drafts if draft.publish_at or draft.on]
            except Unavailable:
                raise
            except Refusal:
                continue  # the blog is gone
            now = self._now() if any(draft.publish_at for draft in waiting) else ""
            for draft in sorted(waiting, key=lambda draft: (draft.publish_at or "", draft.seq)):
                if (draft.id, draft.seq) not in self._refused and self._due(slug, draft, now):
                    self._try(slug, draft)

    def _due(self, slug: str, draft: Draft, now: str) -> bool:
        if draft.publish_at:
            return draft.publish_at <= now
        category = self._public(slug).get(Category, draft.on.category) if draft.on else None
        return bool(draft.on and category and reached(category.state, draft.on.state))

    def _try(self, slug: str, draft: Draft) -> None:
        try:
            self._publish(slug, draft)
        except Unavailable:
            raise
        except Invalid as no:  # the desk sees that it is late; it may change it
            log.warning("what was scheduled cannot be published: blog %s draft %s: %s", slug, draft.id, no)
            self._refused[draft.id, draft.seq] = AGAIN_TURNS
        except Refusal:
            pass  # another process was faster, or it has just been changed
