"""A page without a browser: the client's rules (`liveblog/client/follower.py`), and what it shows."""

from __future__ import annotations

from collections.abc import Callable

from liveblog.client.change import Change
from liveblog.client.follower import Follower as Rules
from liveblog.client.follower import Message, Question

__all__ = ["Follower", "Message", "Question", "Refused"]


class Refused(Exception):
    """The page cannot show these objects."""


class Follower(Rules):
    """`refuse` says whether applying these objects fails."""

    def __init__(self, refuse: Callable[[], bool] = lambda: False) -> None:
        super().__init__(self._apply_to_page)
        self.objects: dict[str, Message] = {}
        self.tally = ""
        self.applied = 0
        self._refuse = refuse

    def _apply_to_page(self, change: Change) -> None:
        self.applied += 1
        if self._refuse():
            raise Refused
        change.update(self.objects)
        self.tally = self.tally if change.tally is None else change.tally
