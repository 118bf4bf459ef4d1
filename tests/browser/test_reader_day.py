"""A day compressed: five hundred changes while a page is watched, read, asleep, paused and offline."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from playwright.sync_api import Page, expect

from liveblog import actions
from liveblog.actions import Plan, View
from liveblog.model import Category, Post
from tests.browser.conftest import MOVING, Visit
from tests.browser.reading import Desk, agree, connected
from tests.live_server import LiveServer, until

MOST = 2 * 39
"""Maximum updates in the document: the shown ones, and the newest page of the waiting ones."""
COUNT_SHIFTS = """
  window.shifted = 0;
  window.moved = [];
  const where = ({ node, previousRect, currentRect }) =>
    `${node?.id || node?.className} ${previousRect.y} ${currentRect.y}`;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries().filter((each) => !each.hadRecentInput)) {
      shifted += entry.value;
      moved.push(...entry.sources.map(where));
    }
  }).observe({ type: "layout-shift", buffered: true });
"""
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class Day:
    """Random acts of a desk, directly into storage, the same ones in each run."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.chance, self.posts, self.acts = desk, random.Random(97), list[str](), 0

    def go(self, changes: int, plain: bool = False) -> None:
        for _ in range(changes):
            self.acts += 1
            act = self._published() if plain else self._act()
            commit = self.desk.server.store.perform(self.desk.slug, act, by="test")
            self.posts += [each.id for each in commit.objects if isinstance(each, Post) and each.id not in self.posts]

    def _act(self) -> Callable[[View], Plan]:
        number = self.acts
        dice = self.chance.random()
        recent = self.posts[-60:]
        if dice < 0.12 and recent:
            return partial(self._edited, id=self.chance.choice(recent), number=number)
        if dice < 0.16 and recent:
            return partial(self._retracted, id=self.chance.choice(recent))
        if dice < 0.2 and recent:
            return partial(self._pinned, id=self.chance.choice(recent))
        if dice < 0.26:
            return self._called
        return self._published()

    def _published(self) -> Callable[[View], Plan]:
        slug, number = self.desk.slug, self.acts
        return lambda view: actions.publish(view, slug, body=f"Update {number}", key=number % 25 == 0)

    def _gone(self, view: View, id: str) -> bool:
        post = view.get("post", id)
        return not isinstance(post, Post) or post.retracted

    def _edited(self, view: View, id: str, number: int) -> Plan:
        if self._gone(view, id):
            return actions.publish(view, self.desk.slug, body=f"Update {number}")
        return actions.edit_post(view, self.desk.slug, id, body=f"Edited {number}", correction=f"Wrong until {number}.")

    def _retracted(self, view: View, id: str) -> Plan:
        if self._gone(view, id):
            return actions.publish(view, self.desk.slug, body="Instead")
        return actions.retract(view, self.desk.slug, id)

    def _pinned(self, view: View, id: str) -> Plan:
        return actions.pin(view, self.desk.slug, post=None if self._gone(view, id) else id)

    def _called(self, view: View) -> Plan:
        slug, category = self.desk.slug, view.get("category", "director")
        assert isinstance(category, Category)
        if category.state == "upcoming":
            return actions.on_stage(view, slug, "director")
        if category.state == "on_stage":
            return actions.announce(view, slug, "director", winners=["sean-baker"])
        return actions.recall(view, slug, "director", note="Wrong envelope")


def arrived(page: Page, desk: Desk) -> None:
    """Wait until the page has all changes: a last update is the marker."""
    mark = desk.post(f"Mark {random.random()}", headline=f"Mark {random.random()}", key=True)
    page.wait_for_selector(f"#moments [data-id='{mark}']", state="attached")


def bounded(page: Page) -> None:
    assert page.locator("#posts article").count() <= MOST


def nodes(page: Page) -> int:
    """The tab's live nodes after a garbage collection, detached ones included."""
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.collectGarbage")
    return int(tools.send("Memory.getDOMCounters")["nodes"])


def test_five_hundred_changes(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = Desk(server, "page-day")
    desk.fill(39)
    day = Day(desk)
    page = visit(desk.url, go=False, **MOVING)
    page.add_init_script(COUNT_SHIFTS)
    page.goto(desk.url)
    connected(page)
    page.wait_for_function("document.fonts.status == 'loaded'")
    day.go(30)
    arrived(page, desk)  # at the top: new updates slide in
    assert page.evaluate("window.shifted") <= 0.01, str(page.evaluate("window.moved"))[-2000:]
    before = nodes(page)

    day.go(70)
    arrived(page, desk)
    bounded(page)

    article = page.locator("#posts article").nth(12)
    article.scroll_into_view_if_needed()
    id, top = article.get_attribute("id"), "(id) => document.getElementById(id).getBoundingClientRect().top"
    settled = page.evaluate(top, id)
    page.evaluate("window.shifted = 0")
    day.go(60, plain=True)
    arrived(page, desk)  # in the middle: nothing moves, and the number of waiting updates is bounded
    bounded(page)
    assert abs(page.evaluate(top, id) - settled) < 2
    assert page.evaluate("window.shifted") <= 0.01, str(page.evaluate("window.moved"))[-2000:]
    day.go(40)
    arrived(page, desk)
    bounded(page)
    waiting = int(page.locator("#new").inner_text().split()[0])
    assert waiting > 60  # all are counted, also those that have moved to older pages
    page.locator("#new").click()
    expect(page.locator("#new")).to_be_hidden()
    page.evaluate("scrollTo(0, 0)")
    agree(page, newcomer(desk.url))

    tools = page.context.new_cdp_session(page)
    page.evaluate(HIDE, True)
    tools.send("Page.setWebLifecycleState", {"state": "frozen"})
    day.go(100)
    tools.send("Page.setWebLifecycleState", {"state": "active"})
    arrived(page, desk)
    bounded(page)
    page.evaluate(HIDE, False)

    page.locator("#pause").click()
    shown = page.locator("#posts").inner_html()
    day.go(100)
    mark = desk.post("Behind the gate")
    expect(page.locator("#paused-text")).to_contain_text("updates")
    until(lambda: "Behind" not in page.locator("#posts").inner_text() and page.title().startswith("("))
    first = page.locator("#posts article").first.get_attribute("id")
    assert first is not None
    assert first in shown
    page.locator("#resume").click()
    page.wait_for_selector(f"#post-{mark}", state="attached")
    page.evaluate("scrollTo(0, 0)")
    agree(page, newcomer(desk.url))

    page.context.set_offline(True)
    expect(page.locator("#connection")).to_have_attribute("data-state", "reconnecting")
    day.go(100)
    page.context.set_offline(False)
    connected(page)
    arrived(page, desk)
    page.evaluate("scrollTo(0, 0)")
    bounded(page)
    agree(page, newcomer(desk.url))
    assert nodes(page) < before * 1.5 + 2000
