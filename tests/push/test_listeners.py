"""What is dropped when a blog leaves memory, and what stays while people still read it."""

from __future__ import annotations

from typing import Any, cast

from liveblog.push.listeners import DeskListener, ReadersListener


class Part:
    """A desk or a transport that records which blogs it must forget."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def forget(self, slug: str) -> None:
        self.forgotten.append(slug)


def test_the_figures_of_a_night_stay_while_it_is_read_although_its_desk_is_closed() -> None:
    desk, transport, answers, index = Part(), Part(), list[str](), list[str]()
    DeskListener(cast(Any, desk)).forget("anora")  # nobody has been at its desk for a long time
    assert desk.forgotten == []
    ReadersListener(cast(Any, transport), cast(Any, desk), [], [answers.append, index.append]).forget("anora")
    assert desk.forgotten == transport.forgotten == answers == index == ["anora"]
