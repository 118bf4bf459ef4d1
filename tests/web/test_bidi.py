"""The direction of texts: what runs from right to left does, and what stands amid it stays in order."""

from __future__ import annotations

import json
import re

import pytest
import requests
from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from liveblog.web.bidi import attribute, direction_of, words
from liveblog.web.render import markdown
from tests.browser.arabic_night import ArabicNight
from tests.live_server import LiveServer


@pytest.mark.parametrize(
    ("text", "base", "direction", "value"),
    [
        ("Anora wins", "ltr", "ltr", ""),
        ("Anora تفوز بالأوسكار", "rtl", "rtl", "rtl"),
        ("Everything Everywhere All at Once تفوز بأوسكار أفضل فيلم", "rtl", "rtl", "rtl"),
        ("كفرناحوم wins Best International Feature Film", "ltr", "ltr", "ltr"),
        ("فاز فيلم Anora بجائزة أفضل فيلم", "ltr", "rtl", "auto"),
        ("الأبواب مفتوحة منذ 18:30.", "ltr", "rtl", "auto"),
        ("The hall is quiet (for now).", "rtl", "ltr", "auto"),
        ("מאיה קניג", "ltr", "rtl", "auto"),
        ("是枝裕和", "rtl", "ltr", "auto"),
        ("5:30!", "rtl", "rtl", ""),
        ("", "rtl", "rtl", ""),
    ],
)
def test_a_text_runs_as_most_of_it_does(text: str, base: str, direction: str, value: str) -> None:
    assert direction_of(text, base) == direction
    assert attribute(text, base) == value


def test_untranslated_words_name_their_language_and_translated_ones_do_not() -> None:
    assert str(words("Tom & <b>", "en")) == "Tom &amp; &lt;b&gt;"
    assert str(words("El palmarés", "es-MX")) == "El palmarés"
    assert str(words("2 of 3", "ar")) == '<span lang="en" dir="ltr">2 of 3</span>'
    assert str(words("The board", "fr")) == '<span lang="en" dir="ltr">The board</span>'
    assert str(words("Older updates →", "he")) == '<span lang="en" dir="ltr">Older updates</span> ←'
    assert str(words("← The live page", "fa")) == '→ <span lang="en" dir="ltr">The live page</span>'
    assert str(words("Older updates →", "fr")) == '<span lang="en" dir="ltr">Older updates</span> →'


def test_a_paragraph_of_the_other_direction_says_so() -> None:
    assert markdown("Nadine said:\n\n> نحن هنا الليلة") == (
        '<p>Nadine said:</p>\n<blockquote>\n<p dir="rtl">نحن هنا الليلة</p>\n</blockquote>\n'
    )
    assert markdown("قالت نادين للجميع:\n\n- We are here\n- نحن هنا الليلة معكم", "rtl") == (
        '<p>قالت نادين للجميع:</p>\n<ul>\n<li dir="ltr">We are here</li>\n<li>نحن هنا الليلة معكم</li>\n</ul>\n'
    )
    assert 'dir="' not in markdown("نحن هنا [الليلة](https://www.example.org/a/very/long/address)", "ltr")
    assert markdown("", "rtl") == ""


@pytest.fixture(scope="module")
def night(server: LiveServer) -> ArabicNight:
    return ArabicNight(server, "layla-words")


def page(address: str) -> str:
    return requests.get(address, timeout=60).text


@pytest.mark.parametrize("path", ["", "/embed", "/posts/{post}"])
def test_all_english_words_of_an_arabic_page_say_that_they_are_english(night: ArabicNight, path: str) -> None:
    post = next(each["id"] for each in night.server.state(night.slug)["objects"] if each.get("type") == "result")
    shown = page(night.url + path.format(post=post))
    assert '<html lang="ar" dir="rtl"' in shown
    soup = BeautifulSoup(shown, "html.parser")
    for part in soup.select("script, style, noscript, time, option, head"):
        part.decompose()
    names = re.compile("Anora|Sean Baker|Emilia Pérez|Dolby|Ana Ruiz|The hall is quiet|We made it")
    unmarked = [
        text for text in soup.find_all("body")[0].find_all(string=re.compile("[A-Za-z]{2}")) if not names.search(text)
    ]
    assert [str(text) for text in unmarked if _language(text) != "en"] == []
    assert len(unmarked) > 5
    labelled = soup.select("[aria-label]:not(.controls, .pinned)")
    assert [str(each["aria-label"]) for each in labelled if _language(each) != "en"] == []


def _language(of: NavigableString | Tag) -> str:
    """The language of a node, by its nearest element that names one; with words it must name a direction, too."""
    holder = of if isinstance(of, Tag) and of.has_attr("lang") else of.find_parent(lang=True)
    assert isinstance(holder, Tag)
    if isinstance(of, NavigableString) and holder["lang"] == "en":
        assert holder.get("dir") == "ltr", of
    return str(holder["lang"])


def test_a_name_from_right_to_left_is_kept_apart_on_an_english_page(server: LiveServer) -> None:
    slug = server.open("bidi-english")
    nominee = {"id": "n", "name": "نادين لبكي", "film": "كفرناحوم"}
    server.api("POST", f"/blogs/{slug}/categories", {"id": "song", "name": "Best Song", "nominees": [nominee]})
    called = server.api("POST", f"/blogs/{slug}/categories/song/announce", {"winners": ["n"]}).json()
    row, line = called["category"]["html"], called["category"]["decision"]
    assert "<strong><bdi>نادين لبكي</bdi></strong></a>" in row
    assert "<cite><bdi>كفرناحوم</bdi></cite>" in row
    assert "<strong><bdi>نادين لبكي</bdi></strong>" in line
    assert "<cite><bdi>كفرناحوم</bdi></cite> 1 of 1" in page(f"{server.url}/live/{slug}")
    recalled = server.api("POST", f"/blogs/{slug}/categories/song/recall", {"note": "خطأ"}).json()
    assert "Earlier announced: <bdi>نادين لبكي</bdi>. <bdi>خطأ</bdi>" in recalled["category"]["html"]
    data = page(f"{server.url}/live/{slug}/posts/{called['posts'][0]['id']}")
    (correction,) = json.loads(BeautifulSoup(data, "html.parser").select('[type="application/ld+json"]')[0].text)[
        "correction"
    ]
    assert correction["text"] == "Earlier announced: نادين لبكي. خطأ"
