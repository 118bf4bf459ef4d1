"""What a new password may be: the length, the list of common ones, and what is easily guessed."""

from __future__ import annotations

import gzip
import unicodedata

import pytest

from liveblog.errors import Invalid
from liveblog.web.passwords import COMMON, LONGEST, check, composed, weakness

WORDS = ["Ada Lovelace", "live.example.org", "Anora at the Oscars", "anora-2025", ""]


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "a night of envelopes",
        "Zf9!kq2#Lm",
        "pässwörter sind lästig",
        "раз два три четыре",
        "🎬🎥🏆🍿 curtain",
        "🎬🎥🏆🍿🎭🎪🎨🎼🎹🥁",
        "lovelace feeds her cat",
        "x7" * 3 + "anything but this",
        "мне бы в небо",
        "一二三四五六七八九十",
        "j" + "ab cd ef gh " * 83,
    ],
)
def test_a_password_of_any_composition_is_taken(password: str) -> None:
    check(password, WORDS)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "at least 10"),
        ("ninechars", "at least 10"),
        ("x" * (LONGEST + 1), "at most 1000"),
        ("qwertyuiop", "many people have"),
        ("1234567890", "many people have"),
        ("Password123", "many people have"),
        ("!!!passWORD2026!!!", "many people have"),
        ("butterfly1987", "many people have"),
        ("ｐａｓｓｗｏｒｄ１２３", "many people have"),
        ("１２３４５６７８９０", "many people have"),
        ("pass\u200bword\u00ad123", "many people have"),
        ("\u200b" * 12, "many people have|repetitions"),
        ("aaaaaaaaaaaa", "repetitions"),
        ("abcabcabcabc", "repetitions"),
        ("hey!hey!hey!hey!", "repetitions"),
        ("rosebud rosebud ", "repetitions"),
        ("zxcvbnmasdfghjkl", "keys in a row"),
        ("poiuytrewq12345", "keys in a row"),
        ("abcdefghijklm", "keys in a row"),
        ("8765432109876", "keys in a row"),
        ("AdaLovelace!1", "names"),
        ("lovelace.ada.99", "names"),
        ("Anora-Oscars-25", "names"),
        ("live.example.org!", "names"),
    ],
)
def test_what_others_try_first_is_refused(password: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        check(password, WORDS)
    assert refused.value.field == "password"


def test_what_is_refused_does_not_depend_on_how_letters_were_typed() -> None:
    decomposed = unicodedata.normalize("NFD", "éééééééééé")
    assert (len(decomposed), weakness(decomposed)) == (20, weakness("éééééééééé"))
    assert "at least 10" in str(weakness(unicodedata.normalize("NFD", "ééééééééé")))
    assert composed(decomposed) == "éééééééééé"


def test_the_list_has_tens_of_thousands_of_passwords_and_its_licence() -> None:
    words = gzip.decompress(COMMON.read_bytes()).decode().split()
    assert len(words) > 40_000
    assert words == sorted(set(words))
    assert COMMON.stat().st_size < 200_000
    assert "Permission is hereby granted" in COMMON.with_name("common_passwords.license.txt").read_text()
