"""What hears of the changes that tails read: the readers' connections and the hub, and the desk's connections."""

from __future__ import annotations

from collections.abc import Callable

from ..model import Change
from ..timeline import Timeline
from .desk import Desk
from .herald import Herald
from .transport import Transport


class ReadersListener:
    """Hears of the public timelines. `forget_answers` drops a blog's kept HTTP answers."""

    def __init__(
        self,
        transport: Transport,
        desk: Desk,
        herald: Herald | None,
        forget_answers: Callable[[str], None],
    ) -> None:
        self._transport, self._desk, self._herald = transport, desk, herald
        self._forget_answers = forget_answers

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        if self._herald is not None:
            self._herald.note(slug)
        self._desk.deliver("public", slug, change, timeline)
        self._transport.deliver(slug, change, timeline)

    def is_followed(self, slug: str) -> bool:
        return self._transport.readers(slug) > 0 or self._desk.is_open(slug)

    def forget(self, slug: str) -> None:
        self._forget_answers(slug)
        self._transport.forget(slug)
        self._desk.forget(slug)


class DeskListener:
    """Hears of the desk's timelines."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        self._desk.deliver("desk", slug, change, timeline)

    def is_followed(self, slug: str) -> bool:
        return self._desk.is_open(slug)

    def forget(self, slug: str) -> None:
        """Nothing is kept of the desk's timeline alone: figures are about readers, who may go on reading."""
