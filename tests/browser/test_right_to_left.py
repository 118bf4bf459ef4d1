"""Nights from right to left: what readers of Arabic see stands in their order, also after a push."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.arabic_night import ArabicNight
from tests.browser.conftest import Visit
from tests.browser.overflow import FEW, overflowing_anywhere
from tests.browser.reading import Desk, agree, connected
from tests.live_server import LiveServer

ORDER = """(holder) => {
  const found = [];
  const walker = document.createTreeWalker(holder, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (const { index, 0: word } of walker.currentNode.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, index);
      range.setEnd(walker.currentNode, index + word.length);
      const box = range.getBoundingClientRect();
      if (box.width) found.push({ word, x: box.left + box.width / 2 });
    }
  }
  return found.sort((one, two) => one.x - two.x).map(({ word }) => word);
}"""
"""The words of one line as they stand, from left to right."""
VISIT = """localStorage.setItem("liveblog:layla:visit",
  JSON.stringify({ at: 0, since: "2020", before: {}, epoch: "", seq: 0 }))"""


def seen(page: Page, selector: str) -> str:
    words: list[str] = page.locator(selector).evaluate(ORDER)
    return " ".join(words)


@pytest.fixture(scope="module")
def layla(server: LiveServer) -> ArabicNight:
    return ArabicNight(server, "layla")


def test_arabic_reads_in_its_own_order(layla: ArabicNight, visit: Visit) -> None:
    page = connected(visit(layla.url, viewport={"width": 1440, "height": 900}))
    assert seen(page, "#tally-own") == "1 of 5 كفرناحوم"
    assert seen(page, "#tally li:has-text('باي')") == "1 of 5 طبريا باي باي"
    assert seen(page, "#category-c2 .winner >> nth=0") == "Anora Sean Baker"
    assert seen(page, "#fresh") == "Last update now"
    assert seen(page, "#title") == "الأوسكار ليلة في Anora"
    assert seen(page, ".post .body p:has-text('مفتوحة')") == "18 30 منذ مفتوحة الأبواب"
    assert seen(page, ".post .body p:has-text('تفوز،')") == "مصفقة تقف والقاعة تفوز Anora"
    assert seen(page, ".post .body p:has-text('quiet')") == "The hall is quiet for now"
    english = page.locator(".post .body", has_text="The hall is quiet")
    assert english.evaluate("(body) => getComputedStyle(body).direction") == "ltr"
    board, story = (page.locator(selector).bounding_box() for selector in (".board", ".story"))
    assert board is not None
    assert story is not None
    assert board["x"] > story["x"]
    assert page.locator("#title").evaluate("(title) => getComputedStyle(title).letterSpacing") in ("0px", "normal")


def test_a_correction_that_is_cut_short_begins_with_its_first_word(layla: ArabicNight, visit: Visit) -> None:
    page = connected(visit(layla.url, viewport={"width": 390, "height": 844}))
    note = page.locator("#category-c2 .correction")
    expect(note).to_contain_text("Earlier announced")
    ours, then = note.evaluate("""(one) => ["Corrected", "Earlier"].map((word) => {
      const nodes = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
      while (!nodes.nextNode().data.includes(word));
      const range = document.createRange();
      const at = nodes.currentNode.data.indexOf(word);
      range.setStart(nodes.currentNode, at);
      range.setEnd(nodes.currentNode, at + word.length);
      return range.getBoundingClientRect().left;
    })""")
    assert ours < then, "English words, as Arabic is no language of ours, run from left to right"


def test_the_digest_is_in_order_and_names_its_language(layla: ArabicNight, visit: Visit) -> None:
    page = visit(layla.url, go=False)
    page.add_init_script(VISIT)
    page.goto(layla.url)
    expect(page.locator("#digest-winners li")).to_have_count(2)
    assert seen(page, "#digest-winners li >> nth=0") == "لبكي نادين فيلم أفضل"
    assert seen(page, "#digest-winners li >> nth=1") == "عباس هيام Sean Baker مخرج أفضل"
    assert seen(page, "#digest-count") == "2 winners 4 updates"
    expect(page.locator("#digest-count [lang=en]")).to_have_text("2 winners, 4 updates")


def test_what_is_pushed_is_what_is_served(server: LiveServer, visit: Visit, newcomer: Visit) -> None:
    desk = ArabicNight(server, "layla-pushed")
    page = connected(visit(desk.url))
    desk.call("c3", "announce", winners=["n2"])
    desk.call("c1", "recall", note="خطأ", winners=["n5"])
    desk.post("Emilia Pérez تفوز، أيضا.", key=True, category="c1")
    desk.do("PATCH", "", {"status": "ended"})
    expect(page.locator("#category-c1 .winner")).to_have_text(re.compile("Emilia Pérez"))
    agree(page, newcomer(desk.url))
    assert seen(page, "#tally-own") == "0 of 5 كفرناحوم"
    expect(page.locator("#status [lang=en]")).to_have_text("Ended")


def test_arabic_names_on_an_english_page(server: LiveServer, newcomer: Visit) -> None:
    desk = Desk(server, "rtl-names")
    nominee = {"id": "n", "name": "نادين لبكي", "film": "كفرناحوم"}
    desk.do("POST", "/categories", {"id": "song", "name": "Best Song", "nominees": [nominee, {**nominee, "id": "m"}]})
    page = connected(newcomer(desk.url))
    page.set_viewport_size({"width": 1440, "height": 900})
    desk.call("song", "announce", winners=["n"])
    expect(page.locator("#category-song .winner")).to_be_visible()
    assert seen(page, "#tally li:has-text('كفرناحوم')") == "كفرناحوم 1 of 1"
    assert seen(page, "#category-song .winner") == "لبكي نادين كفرناحوم"
    assert seen(page, ".post.result h2") == "Best Song لبكي نادين"


def test_nothing_of_an_arabic_night_leaves_its_panel(layla: ArabicNight, newcomer: Visit) -> None:
    assert overflowing_anywhere(connected(newcomer(layla.url)), "an Arabic night", FEW) == []
