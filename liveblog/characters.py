"""Characters that show nothing, or move others: which of them a text may have, and where they belong. Pure."""

from __future__ import annotations

import re
from unicodedata import category, combining, name

_LAST = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
CONTROL = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_LAST}]")
"""What no text may contain: control characters except tab and line feed (terminals obey them), lone surrogates, and
what Unicode says is no character: a feed with U+FFFE is no XML."""
BLANK = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What shows nothing by itself: Unicode's `Default_Ignorable_Code_Point`, and the blank of Braille."""
_HIDDEN = re.compile("(?![\U000e0020-\U000e007f])" + BLANK.pattern)
"""What makes two names different that look the same; not the tags of a flag, which choose the flag."""
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""The flag of a part of a country, such as Scotland: a black flag, then the letters of its code as tags."""
_KEYCAP = re.compile("[#*0-9]\ufe0f?\u20e3")
_NEWER = re.compile("[\U0001f000-\U0001faff\U00020000-\U0003fffd]")
"""Pictures and ideographs. Python knows those of its own year only, and editors' phones are newer."""
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_ORDINARY = re.compile("[\u200c-\u200f]")
"""Joiners and marks of direction, which people and programs leave anywhere in a sentence."""
_VIRAMA = 9
"""The combining class of the marks that join two consonants of an Indic script."""
_CURSIVE = frozenset({"ARABIC", "SYRIAC", "MANDAIC", "MANICHAEAN", "MONGOLIAN", "NKO", "ADLAM", "HANIFI"})
"""Scripts whose letters join: with joiners a word ends inside another one, or a letter keeps its joined form."""
_BRAHMIC = frozenset(
    {
        *("DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM"),
        *("SINHALA", "KHMER", "MYANMAR", "TIBETAN"),
    }
)
_VARIED = {"\ufe00": "MYANMAR", "\U000e0100": "CJK", "\u180b": "MONGOLIAN"}
"""The scripts whose letters have variants, by the first of the selectors that choose one."""


def alike(text: str) -> str:
    """What is seen of a text: two that are equal in this look the same, whatever joiners and blanks they have."""
    return _HIDDEN.sub("", text)


def shows(text: str) -> bool:
    """Whether a text has something to see."""
    return any(category(each) not in ("Cf", "Zs", "Zl", "Zp") for each in BLANK.sub("", text))


def misplaced(text: str) -> str | None:
    """The first character that a name cannot have: one that is not printable, or shows nothing where it stands.

    Joiners and selectors belong to emoji and to scripts that use them; elsewhere they only make two names that look
    alike, or hide something in one.
    """
    rest = _KEYCAP.sub("1", _FLAG.sub("\U0001f3f4", text))
    for at, each in enumerate(rest):
        if not _belongs(each, rest[:at], rest[at + 1 : at + 2]):
            return each
    return None


def misplaced_in_sentence(text: str) -> str | None:
    """The first character that a sentence cannot have: joiners and marks of direction may stand anywhere in it."""
    return misplaced(_ORDINARY.sub("", text))


def _belongs(each: str, before: str, after: str) -> bool:
    if not BLANK.match(each):
        return each.isprintable() or _NEWER.match(each) is not None
    if each in (_ZWJ, _ZWNJ):
        return _joins(each, before, after)
    if each in "\ufe0e\ufe0f":  # as text, as a picture
        return _is_picture(before[-1:])
    return _script(before[-1:]) == _VARIED.get(_first_selector(each), "no script")


def _joins(joiner: str, before: str, after: str) -> bool:
    """Whether a joiner does something between these texts."""
    if joiner == _ZWJ and _is_picture(before.rstrip("\ufe0f")[-1:]) and _is_picture(after):
        return True
    script, next = _script(before[-1:]), _script(after)
    if script in _CURSIVE:
        return next == script if joiner == _ZWNJ else next != script
    if script in _BRAHMIC:  # in Khmer also before a vowel's mark, in Bengali also before the virama
        joined = combining(before[-1]) == _VIRAMA
        return joined or (next == script and category(after) in ("Mn", "Mc"))
    return False


def _is_picture(each: str) -> bool:
    return bool(each) and (category(each) == "So" or each in "‼⁉〰ℹ↔⤴⤵◽◾" or _NEWER.match(each) is not None)


def _script(each: str) -> str:
    """The script of a letter or mark, as its name in Unicode begins; empty if it has none."""
    return name(each, "").partition(" ")[0] if each else ""


def _first_selector(each: str) -> str:
    if "\U000e0100" <= each <= "\U000e01ef":
        return "\U000e0100"
    return "\u180b" if "\u180b" <= each <= "\u180f" else each
