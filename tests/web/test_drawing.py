"""Share cards: they say whole texts, in any script for which there are fonts, and else only what they can."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image, ImageChops

from liveblog import i18n
from liveblog.config import Settings, WrongSetting
from liveblog.web import lettering
from liveblog.web.drawing import HEIGHT, MARGIN, WIDTH, Card, clean, draw, sayable
from liveblog.web.lettering import DISPLAY, FACES, ITALIC, SANS, Letters, units
from tests.browser.arabic_night import ArabicNight
from tests.live_server import LiveServer

ARABIC = next(Path("/usr/share/fonts").rglob("NotoSansArabic-Bold.ttf"), None)
RESULT = Card(
    kicker="Best Director",
    lines=["نادين لبكي"],
    detail="كفرناحوم",
    note="Provisional",
    film="Anora",
    won=1,
    nominated=5,
    count="1 of 5",
    source="Anora في ليلة الأوسكار",
    spare=["الموقع", "live.example.org"],
    when="2025-03-02",
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Dávid Jancsó 🎬 Łukasz", "Dávid Jancsó Łukasz"),
        ("Anora 🏆, again 👩‍👩‍👧‍👦!", "Anora, again!"),
        ("🇫🇷 Un prophète ❤️‍🔥", "Un prophète"),
        ("Юра Борисов", "Юра Борисов"),
        ("🎬", ""),
        ("Capernaum (كفرناحوم)", ""),
        ("万引き家族: Shoplifters", ""),
        ("", ""),
    ],
)
def test_a_text_is_said_whole_or_not_at_all(text: str, said: str) -> None:
    assert clean(text, DISPLAY) == said


def test_a_result_whose_name_cannot_be_written_is_not_told() -> None:
    said = sayable(RESULT)
    assert said == Card(kicker="Best Director", lines=["live.example.org"], detail="2025-03-02")
    tie = sayable(Card(kicker="Best Song", lines=["Sean Baker", "نادين لبكي"], film="Anora", won=1, nominated=2))
    assert (tie.lines, tie.film) == (["Live"], "")


def test_a_source_without_letters_leaves_no_separator() -> None:
    said = sayable(Card(kicker="", lines=["Doors open"], source="🏆 · 2 Mar 2025, 6:42 PM PST"))
    assert said.source == "2 Mar 2025, 6:42 PM PST"


def test_no_count_without_a_name() -> None:
    said = sayable(Card(kicker="أفضل مخرج", lines=["Sean Baker"], film="كفرناحوم", won=1, nominated=5, count="1 of 5"))
    assert (said.kicker, said.lines, said.film) == ("", ["Sean Baker"], "")
    without = draw(Card(kicker="", lines=["Sean Baker"]))
    assert (
        draw(Card(kicker="أفضل", lines=["Sean Baker"], film="كفرناحوم", won=1, nominated=5, count="1 of 5")) == without
    )


def test_a_mark_that_cannot_be_written_takes_the_result_with_it() -> None:
    said = sayable(Card(kicker="Best Director", lines=["Sean Baker"], note="مؤقت", film="Anora", won=1, nominated=5))
    assert "Baker" not in repr(said)
    assert said.film == ""


@pytest.fixture
def fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two fonts, `latin` and `arabic`, each with the letters of one script; both have what is no letter."""
    monkeypatch.setattr(lettering, "_fonts", lambda name, extra: ("latin", "arabic"))
    monkeypatch.setattr(
        lettering, "_has", lambda font, sign: not sign.isalpha() or (font == "arabic") == (sign > "\u0590")
    )
    monkeypatch.setattr(lettering, "SHAPES", True)
    lettering._pieces.cache_clear()
    yield
    lettering._pieces.cache_clear()


@pytest.mark.parametrize(
    ("text", "base", "seen"),
    [
        ("Anora wins", "ltr", "Anora wins"),
        ("نادين لبكي", "ltr", "نادين لبكي"),  # one piece: the library orders its letters
        ("Anora في ليلة", "rtl", "ليلة|في|Anora"),
        ("فيلم Nickel Boys يفوز", "rtl", "يفوز|Nickel|Boys|فيلم"),
        ("Best Song: نادين لبكي wins", "ltr", "Best|Song:|لبكي|نادين|wins"),
        ("فاز Anora 5 مرات", "rtl", "مرات|Anora|5|فاز"),
    ],
)
def test_words_of_both_directions_stand_in_order(fonts: None, text: str, base: str, seen: str) -> None:
    parts = [part for part, _, _ in lettering._pieces(text, DISPLAY, "", base) if part != " "]
    assert "|".join(parts) == seen


def test_a_word_of_two_fonts_is_written_in_both(fonts: None) -> None:
    pieces = lettering._pieces("Anoraفيلم", DISPLAY, "", "ltr")
    assert [(part, font) for part, font, _ in pieces] == [("Anora", "latin"), ("فيلم", "arabic")]


def test_lines_end_between_words_or_between_kanji() -> None:
    assert units("Emilia Pérez wins") == ["Emilia", " Pérez", " wins"]
    assert units("万引き。『家』A B") == ["万", "引", "き。", "『", "家』", "A", " B"]
    assert units("영화 기생충") == ["영화", " 기생충"]


def test_extra_fonts_add_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(FACES / SANS, tmp_path / "More-Bold.ttf")
    (tmp_path / "Broken-Bold.otf").write_bytes(b"no font")
    monkeypatch.setattr(lettering, "SANS", DISPLAY)  # a face without Cyrillic
    assert Letters(extra=str(tmp_path)).clean("Юра Борисов", ITALIC) == "Юра Борисов"
    empty = tmp_path / "none"
    empty.mkdir()
    assert Letters(extra=str(empty)).clean("Юра Борисов", ITALIC) == ""


def test_a_directory_without_fonts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="a directory with fonts"):
        Settings.from_environ({"LIVEBLOG_CARD_FONTS": str(tmp_path)})
    assert Settings.from_environ({"LIVEBLOG_CARD_FONTS": str(FACES)}).card_fonts == str(FACES)


@pytest.mark.skipif(ARABIC is None or not lettering.SHAPES, reason="no Arabic font here, or nothing that joins letters")
def test_an_arabic_card_runs_from_right_to_left(tmp_path: Path) -> None:
    assert ARABIC is not None
    shutil.copy(ARABIC, tmp_path)
    blank = Image.open(io.BytesIO(draw(Card(kicker="", lines=["\u200b"])))).convert("RGB")
    card = Image.open(io.BytesIO(draw(Card(kicker="", lines=["كفر"], base="rtl"), str(tmp_path)))).convert("RGB")
    box = ImageChops.difference(card, blank).crop((60, 60, WIDTH - 60, HEIGHT - 150)).getbbox()
    assert box is not None
    left, _, right, _ = box
    assert left + 60 > WIDTH / 2
    assert abs(right + 60 - (WIDTH - MARGIN)) < 20


def test_an_arabic_blog_has_a_card_without_half_sentences(server: LiveServer) -> None:
    """It showed ":"; now it shows the site's address and the day."""
    night = ArabicNight(server, "layla-cards")
    posts = [each for each in server.state(night.slug)["objects"] if each["kind"] == "post"]
    result = next(each for each in posts if each["type"] == "result")
    for path, kicker, at in (
        ("", "Live", posts[0]["published_at"]),
        (f"/posts/{result['id']}", "", result["published_at"]),
    ):
        shown = requests.get(f"{night.url}{path}/card.png", timeout=60).content
        day = i18n.date_of(at, "Asia/Beirut")
        assert shown == draw(Card(kicker=kicker, lines=["127.0.0.1"], detail=day, base="rtl"))
