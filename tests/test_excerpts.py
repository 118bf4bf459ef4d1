"""Excerpts: cut where readers of any script would, and never inside what they take for one character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveblog.excerpts import excerpt, fitting, graphemes, within

FAMILY, FLAG, ENGLAND, HEART = "👨‍👩‍👧‍👦", "🇫🇷", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️‍🔥"
WORDS = "日本語の題 한국 영화 क्षत्रिय กำแพง العَرَبِيّة Réalisée e\u0301 ශ්‍රී"


WHOLE = [
    FAMILY,
    FLAG,
    ENGLAND,
    HEART,
    "👍🏽",
    "1️⃣",
    "e\u0301",
    "क्षि",
    "กำ",
    "각",
    "\u1100\u1161\u11a8",
    "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
]


@pytest.mark.parametrize("sign", WHOLE)
def test_what_readers_take_for_one_character(sign: str) -> None:
    assert graphemes(sign) == [sign]
    assert graphemes(f"a{sign}{sign}b") == ["a", sign, sign, "b"]
    for most in range(1, 9):
        assert excerpt(sign * 9, most) == sign * most + "…"


def test_neighbours_stay_apart() -> None:
    assert graphemes("🇫🇷🇩🇪🇮🇹") == ["🇫🇷", "🇩🇪", "🇮🇹"]
    assert graphemes("नमस्ते") == ["न", "म", "स्ते"]
    assert graphemes("日本") == ["日", "本"]
    assert graphemes("العَرَب") == ["ا", "ل", "عَ", "رَ", "ب"]


def test_texts_without_spaces_are_cut_at_the_length() -> None:
    """They were cut at the last space, however early it was: three key moments were all "速報"."""
    texts = [
        f"速報 {what}"
        for what in ("作品賞は大方の予想を覆して", "監督賞の発表がまもなく", "主演女優賞の受賞者が登壇し")
    ]
    shown = [excerpt(text + "会場は総立ちの拍手に包まれました" * 5, 40) for text in texts]
    assert len(set(shown)) == 3
    assert all(len(graphemes(text)) == 41 for text in shown)
    thai = "ภาพยนตร์เรื่องนี้ได้รับรางวัล" * 5
    assert len(graphemes(excerpt(thai, 40))) == 41


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("The doors are open.", 19, "The doors are open."),
        ("The doors are open, and everybody is in.", 20, "The doors are open…"),
        ("The doors are opened.", 17, "The doors are…"),
        ("Donaudampfschifffahrtsgesellschaft", 20, "Donaudampfschifffahr…"),
        ("فيلم كفرناحوم يفوز بالجائزة الكبرى", 20, "فيلم كفرناحوم يفوز…"),
        ("영화 기생충 작품상 수상", 9, "영화 기생충…"),
        ("『万引き家族』が受賞しました", 1, "…"),
        ("", 5, ""),
    ],
)
def test_an_excerpt_prefers_the_end_of_a_word_if_it_is_near(text: str, most: int, short: str) -> None:
    assert excerpt(text, most) == short


@given(st.lists(st.sampled_from([*WORDS, FAMILY, FLAG, "-"]), max_size=60).map("".join), st.integers(1, 30))
def test_an_excerpt_is_a_beginning_in_whole_characters(text: str, most: int) -> None:
    short = excerpt(text, most)
    kept = graphemes(short.removesuffix("…")) if short != text else graphemes(text)
    assert kept == graphemes(text)[: len(kept)]
    assert len(kept) <= max(most, 1)
    assert (short == text) == (len(graphemes(text)) <= most)


def test_what_does_not_fit_ends_earlier_until_nothing_is_left() -> None:
    text = f"Ana {FAMILY}{FLAG} é"

    def cut_to(most: int) -> str:
        return fitting(text, lambda part: len(graphemes(part)) <= most)

    cut = [cut_to(most) for most in range(9, -1, -1)]
    assert cut[:3] == [text, text, f"Ana {FAMILY}{FLAG}…"]
    assert cut[3:] == [f"Ana {FAMILY}…", "Ana…", "Ana…", "An…", "A…", "…", "…"]


def test_a_long_text_is_not_tried_with_each_of_its_signs() -> None:
    tried: list[str] = []

    def fits(part: str) -> bool:
        tried.append(part)
        return len(part) <= 40

    assert fitting("Anora " * 10_000, fits) == "Anora " * 6 + "Ano…"
    assert len(tried) < 30


def test_a_text_is_cut_to_a_limit_of_characters_at_a_whole_grapheme() -> None:
    family = "👩\u200d👩\u200d👧"
    assert within("Anora", 5) == "Anora"
    assert within("Anora wins", 8) == "Anora w…"
    assert within(f"ab {family}", 6) == "ab…"
    assert within(family * 3, 12) == f"{family * 2}…"
    assert all(len(within(family * 9, most)) <= most for most in range(1, 50))
