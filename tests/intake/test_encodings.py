"""A file's text is read in the encoding in which it was saved, and a guess says that it is one."""

from __future__ import annotations

import pytest

from liveblog.errors import Invalid, TooLarge
from liveblog.intake.encodings import Decoded, decode

GERMAN = "Die schöne Nacht der „Filme“ – für alle, die größer träumen."
FRENCH = "Le film « Clé » gagne… c’est l’été, où ça brûle."
SPANISH = "¿Quién ganará? ¡Por fin! Mañana más."
POLISH = "Najlepszy film ogłoszą na końcu: żółć, gęś, jaźń."
RUSSIAN = "Лучший фильм вечера объявят в конце, и никто не знает победителя."
GREEK = "Η καλύτερη ταινία ανακοινώνεται στο τέλος της βραδιάς."
JAPANESE = "作品賞の発表は最後です。会場は静まり返っています。"
CHINESE = "最佳影片将在最后公布，全场一片寂静，没有人知道谁会赢。"
KOREAN = "작품상은 마지막에 발표됩니다. 객석은 조용합니다."

SAVED = [
    (GERMAN, "windows-1252"),
    (FRENCH, "windows-1252"),
    (SPANISH, "latin-1"),
    (FRENCH, "macintosh"),
    (POLISH, "windows-1250"),
    (POLISH, "iso-8859-2"),
    (RUSSIAN, "windows-1251"),
    (RUSSIAN, "koi8-r"),
    (GREEK, "windows-1253"),
    (JAPANESE, "shift_jis"),
    (JAPANESE, "euc-jp"),
    (CHINESE, "gbk"),
    (KOREAN, "euc-kr"),
]
HEADS = [
    '<html><head><meta charset="{}"></head>',
    "<html><head><meta http-equiv=Content-Type content='text/html; charset={}'>",
    '<?xml version="1.0" encoding="{}"?><html>',
]


def read(content: bytes) -> Decoded:
    return decode(content, "the file", 1 << 20)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(("text", "encoding"), SAVED)
def test_a_declared_encoding_is_obeyed(text: str, encoding: str, head: str) -> None:
    page = head.format(encoding) + text
    assert read(page.encode(encoding)) == Decoded(page)


@pytest.mark.parametrize(("text", "encoding"), SAVED)
def test_an_encoding_that_is_not_declared_is_guessed_and_said(text: str, encoding: str) -> None:
    found = read((text * 3).encode(encoding))
    assert found.text == text * 3
    (note,) = found.notes
    assert note.endswith(": check the accents and quotation marks")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [GERMAN, POLISH, RUSSIAN, GREEK, KOREAN])
def test_unicode_is_read_with_and_without_its_mark(text: str, encoding: str) -> None:
    assert read(text.encode(encoding)) == Decoded(text)


@pytest.mark.parametrize("text", [JAPANESE, CHINESE])
def test_iso_2022_and_marked_utf_16_of_east_asia(text: str) -> None:
    assert read(text.encode("utf-16")) == Decoded(text)
    assert read(JAPANESE.encode("iso2022_jp")) == Decoded(JAPANESE)


def test_a_false_declaration_does_no_harm() -> None:
    for name in ("utf-16", "utf-7", "unicode_escape", "base64", "no-such", "windows-1252"):
        page = f'<meta charset="{name}">{GERMAN} +ADw-script+AD4- \\u003c'
        assert read(page.encode()) == Decoded(page)


@pytest.mark.parametrize(
    ("content", "text", "notes"),
    [
        ("One.\r\nTwo.\rThree.\x0bFour.\u2028Five.\x85Six.\x1a", "One.\nTwo.\nThree.\nFour.\nFive.\nSix.", ()),
        ("A\ufeff co\xadat of\u200b buttons", "A coat of buttons", ()),
        (
            "\x01BC-wire\x02The lead of the text.\x03",
            "BC-wireThe lead of the text.",
            ("3 control characters were left out",),
        ),
        ("The lead of the text.\x00", "The lead of the text.", ("a control character was left out",)),
        ("👩\u200d🎤 نمی\u200cدانم", "👩\u200d🎤 نمی\u200cدانم", ()),
    ],
)
def test_signs_that_are_no_text_are_left_out(content: str, text: str, notes: tuple[str, ...]) -> None:
    assert read(content.encode()) == Decoded(text, notes)


@pytest.mark.parametrize(
    "content",
    [b"a\0b", bytes(range(32)) * 9, b"\xff\xfe\0", "ä".encode("utf-16") + b"\xd8\xd8"],
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match="the file is "):
        read(content)


def test_a_large_file_is_refused_by_its_name() -> None:
    with pytest.raises(TooLarge, match="the file is larger than 1 KiB"):
        decode(b"x" * 1025, "the file", 1024)


@pytest.mark.parametrize("encoding", ["koi8-r", "koi8-u", "windows-1251", "iso-8859-5", "cp866"])
@pytest.mark.parametrize("times", [1, 40])
def test_cyrillic_is_not_read_as_characters_of_east_asia(encoding: str, times: int) -> None:
    text = "Вечер начался. Ведущий вышел на сцену. " * times
    decoded = read(text.encode(encoding))
    assert decoded.text == text
    assert decoded.notes
