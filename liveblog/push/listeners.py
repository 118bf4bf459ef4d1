"""Listeners of the tails. They pass changes on to readers' connections, hub and webhooks, and to the desk's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..model import Change
from ..timeline import Timeline
from .desk import DeskChannel
from .transport import Transport


class ReadersListener:
    """Listens to the public timelines.

    `notify` has the calls that tell others outside of a blog's change, `forget` those that drop what else this process
    keeps for a blog.
    """

    def __init__(
        self,
        transport: Transport,
        desk: DeskChannel,
        notify: Sequence[Callable[[str], None]],
        forget: Sequence[Callable[[str], None]],
    ) -> None:
        self._transport, self._desk, self._notify = transport, desk, notify
        self._forget = [*forget, transport.forget, desk.forget]

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        for notify in self._notify:
            notify(slug)
        self._desk.deliver("public", slug, change, timeline)
        self._transport.deliver(slug, change, timeline)

    def is_followed(self, slug: str) -> bool:
        return self._transport.readers(slug) > 0 or self._desk.is_open(slug)

    def forget(self, slug: str) -> None:
        for forget in self._forget:
            forget(slug)


class DeskListener:
    """Listens to the desk's timelines."""

    def __init__(self, desk: DeskChannel) -> None:
        self._desk = desk

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        self._desk.deliver("desk", slug, change, timeline)

    def is_followed(self, slug: str) -> bool:
        return self._desk.is_open(slug)

    def forget(self, slug: str) -> None:
        """Does nothing: figures belong to the readers, who may still be reading."""
