"""The list of blogs is available while storage is away or hangs, and only changes are requested."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from liveblog.errors import Unavailable
from liveblog.model import Blog
from liveblog.push.catalogue import Catalogue
from liveblog.timeline import Summary


class Nights:
    """A source with answers from the test: each blog with the number of its last change."""

    def __init__(self) -> None:
        self.blogs = {"anora": 1}
        self.number = 1
        self.before: Callable[[], object] = lambda: None
        self.asked = 0
        self.read: list[str] = []

    def slugs(self) -> list[str]:
        return sorted(self.blogs)

    def changed(self, after: int) -> tuple[int, list[str]]:
        self.asked += 1
        self.before()
        return self.number, [slug for slug, number in self.blogs.items() if number > after]

    def of(self, slugs: Iterable[str]) -> Iterator[tuple[str, Summary | None]]:
        for slug in slugs:
            self.read.append(slug)
            yield slug, summary(slug, self.blogs[slug]) if self.blogs[slug] > 0 else None

    def change(self, slug: str) -> None:
        self.number += 1
        self.blogs[slug] = self.number


def summary(slug: str, number: int) -> Summary:
    return Summary(
        blog=Blog(id=slug, title=slug), epoch="e", born="e", seq=number, at="", created=f"{number}", began="", posts=0
    )


def spawn(task: Callable[[], None]) -> None:
    threading.Thread(target=task, daemon=True).start()


def listed(catalogue: Catalogue) -> list[str]:
    return [each.blog.id for each in catalogue.summaries()]


def test_a_new_blog_is_listed_at_once_and_the_newest_night_is_first() -> None:
    nights = Nights()
    catalogue = Catalogue(nights, spawn)
    assert listed(catalogue) == ["anora"]
    nights.change("conclave")
    assert listed(catalogue) == ["conclave", "anora"]
    assert nights.read == ["anora", "conclave"]  # each was requested once


def test_while_storage_is_away_the_last_list_is_served() -> None:
    nights = Nights()
    catalogue = Catalogue(nights, spawn)
    listed(catalogue)

    def away() -> None:
        raise Unavailable("gone")

    nights.before = away
    assert listed(catalogue) == ["anora"]


def test_storage_that_lost_something_is_read_completely() -> None:
    nights = Nights()
    nights.change("conclave")
    nights.change("anora")
    catalogue = Catalogue(nights, spawn)
    assert sorted(listed(catalogue)) == ["anora", "conclave"]
    del nights.blogs["conclave"]
    nights.number, nights.blogs["anora"] = 1, 1
    assert listed(catalogue) == ["anora"]


def test_storage_that_hangs_is_asked_once_and_nobody_waits_long() -> None:
    nights, answered = Nights(), threading.Event()
    catalogue = Catalogue(nights, spawn)
    listed(catalogue)
    nights.change("late")
    nights.before = lambda: answered.wait(60)
    assert [listed(catalogue) for _ in range(3)] == [["anora"]] * 3
    assert nights.asked == 2
    answered.set()
    assert listed(catalogue) == ["late", "anora"]


def test_a_relay_is_told_what_changed_after_the_number_that_it_knows() -> None:
    nights = Nights()
    catalogue = Catalogue(nights, spawn)
    number, anew, found = catalogue.news(-1)
    assert (number, anew, [each.blog.id for each in found]) == (1, True, ["anora"])
    nights.change("conclave")
    number, anew, found = catalogue.news(1)
    assert (number, anew, [each.blog.id for each in found]) == (2, False, ["conclave"])
    assert catalogue.news(2) == (2, False, [])
    assert catalogue.news(7)[1]  # a number of another history
    nights.change("anora")
    assert {each.blog.id for each in catalogue.news(1)[2]} == {"conclave", "anora"}
