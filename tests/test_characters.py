"""Characters that nobody sees: where emoji and scripts need them, and where they would hide something."""

from __future__ import annotations

import unicodedata

import pytest

from liveblog.characters import alike, misplaced, shows

NEEDED = {
    "family": "👨‍👩‍👧‍👦",
    "rainbow flag": "🏳️‍🌈",
    "rainbow flag without its selector": "🏳‍🌈",
    "skin tone": "👩🏽‍🎤",
    "heart on fire": "❤️‍🔥",
    "kiss": "👩🏿‍❤️‍💋‍👨🏻",
    "shaking head": "🙂‍↔️",
    "flag of a country": "🇳🇴",
    "flag of Scotland": "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "keycap": "Studio 5️⃣",
    "text style": "Love ❤︎",
    "newer than this Python": "\U0001faea\U0001fae8",
    "a rare ideograph": "\U000323b0",
    "Persian": "می‌خواهم",
    "Persian plural": "کتاب‌ها",
    "Persian abbreviation": "۱۴۰۳ ه‍.ش.",
    "Urdu": "آ‌گرہ",
    "Hindi half form": "क्‍ष",
    "Hindi explicit virama": "क्‌ष",
    "Marathi": "दर्‍या",
    "Bengali": "র‍্যাব",
    "Malayalam": "അവന്‍",
    "Sinhala": "ශ්‍රී ලංකා",
    "Kannada": "ರ‍್ಯಾಂಕ್",
    "Khmer": "ប៊‌ី",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ᠋",
    "Japanese name": "葛󠄀城",
}
"""Names with joiners and selectors that belong there, as keyboards type them."""
HIDING = {
    "zero width space": "Do\u200bra",
    "joiner between Latin letters": "Do\u200dra",
    "joiner at an end": "Dora\u200d",
    "joiner at the beginning": "\u200dDora",
    "joiner after emoji": "🎬\u200d",
    "two joiners": "👨\u200d\u200d👩",
    "joiner between emoji and letter": "🎬\u200da",
    "joiner inside a Persian word": "عل\u200dی",
    "non-joiner at the end of a Persian word": "علی\u200c",
    "non-joiner beside Hebrew": "נו\u200cעה",
    "joiner between Han": "阿\u200d娜",
    "joiner between signs of sums": "1+\u200d+1",
    "right-to-left override": "Ana \u202eziuR",
    "isolate": "\u2066Ana\u2069",
    "mark of direction": "Ana\u200e",
    "soft hyphen": "Do\u00adra",
    "word joiner": "Do\u2060ra",
    "byte order mark": "\ufeffDora",
    "filler of Hangul": "Dora\u3164",
    "half-width filler of Hangul": "Dora\uffa0",
    "blank of Braille": "Dora\u2800",
    "grapheme joiner": "Do\u034fra",
    "selector after a letter": "Dora\ufe0f",
    "selector after a digit that is no keycap": "Studio 5\ufe0f",
    "ideographic selector after a letter": "Dora\U000e0101",
    "tags without a flag": "Dora\U000e0041\U000e007f",
    "tags that do not end": "\U0001f3f4\U000e0067\U000e0062",
    "hidden words after a flag": "\U0001f3f4"
    + "".join(chr(0xE0000 + ord(each)) for each in "ignoreall")
    + "\U000e007f",
    "invisible times": "2\u2062x",
    "line separator": "Ana\u2028Ruiz",
    "private use": "\ue000",
    "escape": "Ana\x1b[31m",
    "eight-bit escape": "Ana\x9b31m",
    "byte that was no UTF-8": "Ana\udcff",
}


@pytest.mark.parametrize("kind", NEEDED)
def test_a_name_has_the_joiners_that_its_script_needs(kind: str) -> None:
    name = unicodedata.normalize("NFC", NEEDED[kind])
    assert misplaced(name) is None
    assert misplaced(f"Ana {name} Ruiz") is None
    assert shows(name)


@pytest.mark.parametrize("kind", HIDING)
def test_a_name_has_nothing_hidden(kind: str) -> None:
    assert misplaced(HIDING[kind]) is not None
    assert misplaced(f"Ana {HIDING[kind]}") is not None


def test_names_are_alike_if_they_look_the_same() -> None:
    assert alike("می\u200cخواهم") == alike("میخواهم")
    assert alike("❤\ufe0f") == alike("❤")
    assert alike(NEEDED["flag of Scotland"]) != alike("\U0001f3f4")
    assert not shows("\u3164 \u2800\ufe0f")
