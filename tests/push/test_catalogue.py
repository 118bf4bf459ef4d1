"""The list of blogs stays at hand while storage is away or hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable

from liveblog.errors import Unavailable
from liveblog.push.catalogue import Catalogue


class Shelf:
    """A source whose answer the test decides."""

    def __init__(self) -> None:
        self.answer: Callable[[], list[str]] = lambda: ["anora"]
        self.asked = 0

    def slugs(self) -> list[str]:
        self.asked += 1
        return self.answer()


def spawn(task: Callable[[], None]) -> None:
    threading.Thread(target=task, daemon=True).start()


def away() -> list[str]:
    raise Unavailable("gone")


def test_a_new_blog_is_listed_at_once() -> None:
    shelf = Shelf()
    catalogue = Catalogue(shelf, spawn)
    assert catalogue.slugs() == ["anora"]
    shelf.answer = lambda: ["anora", "conclave"]
    assert catalogue.slugs() == ["anora", "conclave"]


def test_while_storage_is_away_the_last_list_stands() -> None:
    shelf = Shelf()
    catalogue = Catalogue(shelf, spawn)
    catalogue.slugs()
    shelf.answer = away
    assert catalogue.slugs() == ["anora"]


def test_storage_that_hangs_is_asked_once_and_nobody_waits_long() -> None:
    shelf, answered = Shelf(), threading.Event()
    catalogue = Catalogue(shelf, spawn)
    catalogue.slugs()

    def hang() -> list[str]:
        answered.wait(20)
        return ["late"]

    shelf.answer = hang
    assert [catalogue.slugs() for _ in range(3)] == [["anora"]] * 3
    assert shelf.asked == 2
    answered.set()
    assert catalogue.slugs() == ["late"]
