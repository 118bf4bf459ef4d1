"""The letters of cards: which font has them, how wide they are, and in which order they stand. Pure.

A text is set in its own font, else in the sans, else in the first extra font that has all of it; if none has, word by
word. `extra` is the directory of extra fonts (LIVEBLOG_CARD_FONTS), or empty.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from unicodedata import category

from msgspec import Struct
from PIL import ImageDraw, ImageFont, features

from ..excerpts import fitting, graphemes
from .bidi import direction_of, strong

FACES = Path(__file__).parent / "faces"
DISPLAY, ITALIC, SANS = "BodoniModa-Bold.ttf", "BodoniModa-SemiBoldItalic.ttf", "LibreFranklin-SemiBold.ttf"
SHAPES = bool(features.check("raqm") and features.check("fribidi"))
"""Whether letters are joined, reordered and stacked as their script wants it."""
SHAPED = re.compile("[\u0590-\u109f\u1780-\u18af\ua840-\uabff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00011fff]")
"""Letters that are wrong without that: Hebrew, Arabic, Indic scripts, Khmer."""
EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u20e3]")
NOWHERE = "\U0010ffff"
"""A character that no font has: it shows how a font draws a missing character."""
WIDE = re.compile("[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
"""Chinese and Japanese: a line may end between any two."""
Piece = tuple[str, str, str | None]
"""A part of a text, the path of its font, and its direction."""


class Letters(Struct, frozen=True, kw_only=True):
    """`extra`: the directory of extra fonts (LIVEBLOG_CARD_FONTS), or empty; `base`: the direction of the card."""

    extra: str = ""
    base: str = "ltr"

    def clean(self, text: str, name: str) -> str:
        """The text without emoji that no font has; empty if letters are missing, because half a sentence is a false
        one."""
        fonts = _fonts(name, self.extra)
        kept = [sign for sign in graphemes(" ".join(text.split())) if not EMOJI.search(sign) or _font_of(sign, fonts)]
        left = re.sub(r"\s+(?=[\s,.;:!?]|$)", "", "".join(kept)).strip()
        drawn = SHAPES or not SHAPED.search(left)
        return left if drawn and all(_font_of(sign, fonts) for sign in graphemes(left)) else ""

    def width(self, text: str, name: str, size: int) -> float:
        return sum(_length(piece, size) for piece in _pieces(text, name, self.extra, self.base))

    def put(
        self, pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, name: str, size: int, fill: str
    ) -> None:
        """Draw a text from its left end, on the base line at `at`."""
        x, y = at
        for piece in _pieces(text, name, self.extra, self.base):
            part, font, way = piece
            pen.text((x, y), part, font=_face(font, size), fill=fill, anchor="ls", direction=way)
            x += _length(piece, size)

    def cut(self, text: str, name: str, size: int, most: float) -> str:
        """As much of the text as fits, in whole graphemes."""
        return fitting(text, lambda part: self.width(part, name, size) <= most)


def ascent(name: str, size: int) -> int:
    """The height of one of our own fonts above its base line."""
    return _face(str(FACES / name), size).getmetrics()[0]


def units(text: str) -> list[str]:
    """The parts of a text between which a line may end; a part that follows a space begins with it."""
    return re.findall(rf"\s*(?:{WIDE.pattern}[、。，．：；！？」』）】ー々…]*|(?:(?!{WIDE.pattern})\S)+)", text)


def _length(piece: Piece, size: int) -> float:
    part, font, way = piece
    return float(_face(font, size).getlength(part, direction=way))


# -- fonts


@lru_cache(maxsize=8)
def _fonts(name: str, extra: str) -> tuple[str, ...]:
    """The paths of the fonts, in the order in which they are asked for letters."""
    own = dict.fromkeys((str(FACES / name), str(FACES / SANS)))
    found = Path(extra).rglob("*.[ot]t[fc]") if extra else ()
    return (*own, *(str(path) for path in sorted(found, key=_rank) if _opens(str(path))))


def _rank(path: Path) -> tuple[bool, bool, bool, str]:
    """Upright bold faces of common shapes first."""
    stem = path.stem.lower()
    other = bool(re.search("italic|oblique|condensed|mono|ui-", stem))
    return "bold" not in stem, other, not re.search("sans|serif", stem), stem


def _opens(path: str) -> bool:
    try:
        _face(path, 32)
    except OSError:  # of coloured bitmaps, or broken
        return False
    return True


def _font_of(text: str, fonts: tuple[str, ...]) -> str | None:
    """The first font that has all of a text."""
    return next((font for font in fonts if all(_has(font, sign) for sign in text)), None)


@lru_cache(maxsize=65536)
def _has(font: str, sign: str) -> bool:
    if sign.isspace() or category(sign) == "Cf":
        return True
    face = _plain_face(font)
    return bytes(face.getmask(sign)) != bytes(face.getmask(NOWHERE))


@lru_cache(maxsize=512)
def _face(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@lru_cache(maxsize=512)
def _plain_face(path: str) -> ImageFont.FreeTypeFont:
    """For questions about single letters: nothing is joined."""
    return ImageFont.truetype(path, 32, layout_engine=ImageFont.Layout.BASIC)


# -- order


@lru_cache(maxsize=1024)
def _pieces(text: str, name: str, extra: str, base: str) -> list[Piece]:
    """The text in parts of one font each, from left to right; in a card of direction `base`."""
    fonts = _fonts(name, extra)
    base = direction_of(text, base)
    if font := _font_of(text, fonts):
        return [(text, font, base if SHAPES else None)]
    words = text.split(" ")
    runs = [(way, [word for word, _ in run]) for way, run in groupby(zip(words, _ways(words, base), strict=True), _WAY)]
    ordered = runs if base == "ltr" else runs[::-1]
    seen = [(word, way) for way, run in ordered for word in (run if way == "ltr" else run[::-1])]
    space = (" ", fonts[0], None)
    return [piece for word, way in seen for piece in (space, *_word(word, fonts, way))][1:]


_WAY = itemgetter(1)


def _ways(words: list[str], base: str) -> list[str]:
    """The direction of each word; one without letters, such as a number, has that of the word before it."""
    ways: list[str] = []
    for word in words:
        found = strong(word)
        ways.append(found[0] if found else ways[-1] if ways else base)
    return ways


def _word(word: str, fonts: tuple[str, ...], way: str) -> list[Piece]:
    signs = [(sign, _font_of(sign, fonts) or fonts[0]) for sign in graphemes(word)]
    whole = _font_of(word, fonts)
    parts = [(word, whole)] if whole else [("".join(map(_SIGN, run)), font) for font, run in groupby(signs, _WAY)]
    return [(part, font, way if SHAPES else None) for part, font in (parts if way == "ltr" else parts[::-1])]


_SIGN = itemgetter(0)
