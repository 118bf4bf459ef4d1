"""The text of a file's bytes, in whatever encoding it was saved.

A byte order mark decides, then UTF-8 if all bytes are valid in it, then what the file declares. Other bytes are
guessed: the reading has a note then, because an editor must look at it.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unicodedata import category

from msgspec import Struct

from ..characters import CONTROL
from ..errors import Invalid, TooLarge

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']?\s*([\w.:-]+)|<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I
)
HEAD = 8192
"""Bytes in which a file declares its encoding."""
SAMPLE = 4 * 1024
"""Bytes by which an encoding is guessed."""
_MEANT = {
    **dict.fromkeys(("ascii", "iso8859-1", "iso8859-15", "latin-1", "cp1252"), "windows-1252"),
    **dict.fromkeys(("shift_jis", "shift_jisx0213", "cp932"), "cp932"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    **dict.fromkeys(("euc_kr", "cp949"), "cp949"),
    **dict.fromkeys(("big5", "big5hkscs"), "big5hkscs"),
    **dict.fromkeys(("iso8859-9", "cp1254"), "windows-1254"),
    "tis-620": "cp874",
}
"""What programs mean by the names that they declare (https://encoding.spec.whatwg.org/#names-and-labels)."""
_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_SILENT = re.compile("[\ufeff\u200b\u2060\xad]")
"""Marks of no text: of the byte order, of places where a line may end."""
MOST_CONTROL = 1 / 200
"""The share of control characters that the wires of agencies and old programs leave in texts; more are no text."""
_MARKUP = "“”‘’„‚«»‹›–—…•·€£©®°§½¼×¿¡ \xa0"
_WESTERN = frozenset("äöüÄÖÜßàâæçéèêëïîôœùûüÿÀÂÇÉÈÊËÎÔŒÙÛáíóúñÁÍÓÚÑãõÃÕåøÅØæÆðþ" + _MARKUP)
_CENTRAL = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽäôĺľŕÄÔĹĽŔöőüűÖŐÜŰăâîşţĂÂÎŞŢđĐ" + _MARKUP)
_KNOWN = (("windows-1252", _WESTERN), ("mac_roman", _WESTERN), ("windows-1250", _CENTRAL), ("iso8859-2", _CENTRAL))
"""Encodings with the letters of their languages. Most bytes of such texts are ASCII, too few for a detector."""
_CYRILLIC = ("windows-1251", "koi8-u", "koi8-r", "iso8859-5", "cp866", "mac_cyrillic")
_COMMON = frozenset("оеаинтсрвлкмдпуязьбгчйы")
"""The small letters that Russian, Ukrainian and Bulgarian are mostly written with."""
_EAST = re.compile(r"shift|big5|gb|euc|cp9[345]|johab|hz")
"""Encodings of East Asia, in which Cyrillic letters are pairs of bytes that could be characters."""
_SAFE = re.compile(r"(?:cp|iso8859|koi8|mac|gb|big5|euc|shift_jis|iso2022_jp|tis|utf-8$|windows|kz1048|ptcp)")
"""Python also calls UTF-7 and its own escapes encodings of text."""


class Decoded(Struct, frozen=True):
    """A text with `\\n` line ends, and notes for the editor on how it was read."""

    text: str
    notes: tuple[str, ...] = ()


def read(path: Path, limit: int) -> bytes:
    """The first `limit` bytes and one more of a file, or of standard input for `-`. Raises `Invalid`."""
    if str(path) == "-":
        return sys.stdin.buffer.read(limit + 1)
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise Invalid(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None


def called(path: Path) -> str:
    """A file's name for refusals."""
    return "standard input" if str(path) == "-" else str(path)


def decode(content: bytes, name: str, limit: int) -> Decoded:
    """The text of a file's bytes, at most `limit` of them; refusals call the file `name`."""
    if len(content) > limit:
        raise TooLarge(f"{name} is larger than {limit // 1024} KiB")
    text, notes = _text(content, name)
    text = _SILENT.sub("", _ENDS.sub("\n", text)).rstrip("\x1a")  # the mark of the end in files of DOS
    controls = len(CONTROL.findall(text))
    if controls > max(8, len(text) * MOST_CONTROL) or (controls and len(text) < 8):
        raise Invalid(f"{name} is not a text file (it contains control characters)")
    if controls:
        text = CONTROL.sub("", text)
        notes = (
            *notes,
            f"{controls} control characters were left out" if controls > 1 else "a control character was left out",
        )
    return Decoded(text, notes)


def _text(content: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), ()
            except UnicodeDecodeError:
                raise Invalid(f"{name} is damaged: it begins as {encoding.upper()} and does not go on so") from None
    for encoding in _candidates(content):
        try:
            return content.decode(encoding), ()
        except UnicodeDecodeError:
            continue
    guessed = _guessed(content)
    if guessed is None:
        raise Invalid(f"{name} is not a text file in UTF-8, and its encoding is not certain; save it as UTF-8")
    return content.decode(guessed, "replace"), (f"it was read as {guessed}: check the accents and quotation marks",)


def _candidates(content: bytes) -> Iterator[str]:
    """Encodings that are certain if all bytes are valid in them."""
    if wide := _wide(content):
        yield wide
    declared = _DECLARED.search(content[:HEAD])
    named = (declared[1] or declared[2]).decode("ascii", "replace") if declared else ""
    if named.lower() == "iso-2022-jp" or (b"\x1b$B" in content[:HEAD] and b"\x1b(" in content[:HEAD]):
        yield "iso2022_jp"
    yield "utf-8"
    with suppress(LookupError):
        known = codecs.lookup(named).name
        if _SAFE.match(known):  # UTF-16 is none: a declaration that could be read is not in it
            yield _MEANT.get(known, known)


def _wide(content: bytes) -> str | None:
    """UTF-16 without its mark: the zeros of its blanks and Latin letters are all even bytes, or all odd ones."""
    even, odd = content[:HEAD:2].count(0), content[1:HEAD:2].count(0)
    if len(content) % 2 or len(content) < 4 or (even + odd) * 50 < min(len(content), HEAD) or (even and odd):
        return None
    wide = "utf-16-le" if odd else "utf-16-be"
    return (
        wide
        if all(category(sign)[0] != "C" or sign in "\r\n\t" for sign in content[:HEAD].decode(wide, "replace"))
        else None
    )


def _guessed(content: bytes) -> str | None:
    """The encoding of text in none that is declared; None if that is not certain enough to show it."""
    from charset_normalizer import from_bytes  # only such a file needs it

    if b"\0" in content:
        return None
    signs = content.translate(None, bytes(range(128)))
    if len(signs) * 2 <= len(content):
        found = (name for name, letters in _KNOWN if letters.issuperset(signs.decode(name, "replace")))
        if name := next(found, None):
            return name
    at = max(0, content.find(signs[:1]) - SAMPLE // 8)
    best = from_bytes(content[at : at + SAMPLE]).best()
    if (best is None or _EAST.match(best.encoding)) and (name := _cyrillic(signs)):
        return name
    if (
        best is None
        or best.chaos > 0.1
        or _MEANT.get(best.encoding) == "windows-1252"
        or not _SAFE.match(best.encoding)
    ):
        return None
    return _MEANT.get(best.encoding, best.encoding)


def _cyrillic(signs: bytes) -> str | None:
    """The encoding in which these are Cyrillic letters, most of them common and small; None if in none."""

    def common(name: str) -> float:
        letters = signs[:SAMPLE].decode(name, "replace")
        known = sum("Ѐ" <= letter <= "ӿ" for letter in letters)
        return sum(letter in _COMMON for letter in letters) / len(letters) if known > 0.9 * len(letters) else 0

    best = max(_CYRILLIC, key=common)
    return best if len(signs) > 8 and common(best) > 0.7 else None
