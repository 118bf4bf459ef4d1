"""Share cards: the picture of a link where it is shared. Pure: from a card's words to a picture.

The fonts are Bodoni Moda and Libre Franklin (SIL Open Font License, `faces/OFL.txt`), complete, because names on an
awards night have all accents of Latin. Extra fonts add scripts (`lettering.py`).
"""

from __future__ import annotations

import io
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace
from PIL import Image, ImageColor, ImageDraw

from ..excerpts import fitting, graphemes
from .bidi import direction_of
from .lettering import DISPLAY, ITALIC, SANS, Letters, ascent, units

WIDTH, HEIGHT = 1200, 630
MARGIN = 76
LEADING, TALL = 1.1, 1.35
"""Of a line's size: from base line to base line. Scripts with marks above and below their letters need more."""
CAPITAL, DESCENT = 0.66, 0.24
"""Heights above and below the base line, as parts of a line's height."""
INK, PAPER, GOLD, SHINE, QUIET = "#14110d", "#f8f1e1", "#e3c06a", "#b48a2c", "#b3a78e"
STEPS = 24
"""Shades between the ground and each ink, for the edges of letters."""


class Card(Struct, frozen=True, kw_only=True):
    """`kicker` above `lines`, the big words (several winners: a line each); `detail` below in italics; `won` of
    `nominated` for `film`; `note` marks a provisional or corrected result; `source` names the publisher.

    `spare` is what is said instead of words whose letters no font has, the first that can be; `when` is the day then.
    `base` is the direction of the blog's language, `ltr` or `rtl`.
    """

    kicker: str
    lines: list[str]
    detail: str = ""
    note: str = ""
    film: str = ""
    won: int = 0
    nominated: int = 0
    count: str = ""
    source: str = ""
    spare: list[str] = []
    when: str = ""
    base: str = "ltr"


def clean(text: str, name: str, extra: str = "") -> str:
    """See `Letters.clean`."""
    return Letters(extra=extra).clean(text, name)


def sayable(card: Card, extra: str = "") -> Card:
    """The card with what the fonts can say, whole texts only.

    Without all of its big words, or the mark of a provisional result, it tells no result: neither film nor count.
    """
    lines = [clean(line, DISPLAY, extra) for line in card.lines]
    spare = [text for each in card.spare if (text := clean(each, DISPLAY, extra))]
    kicker, note = clean(card.kicker, SANS, extra), clean(card.note, SANS, extra)
    if all(lines) and lines and bool(note) == bool(card.note):
        source = clean(card.source, SANS, extra).removeprefix("·").strip() or next(iter(spare), "")
        film, detail = clean(card.film, ITALIC, extra), clean(card.detail, ITALIC, extra)
        return replace(card, kicker=kicker, lines=lines, detail=detail, note=note, film=film, source=source)
    said = spare[:1] or ["Live"]
    return Card(kicker=kicker if kicker != said[0] else "", lines=said, detail=card.when, base=card.base)


class Sheet:
    """What is drawn on: x counts from the side where the card's words begin."""

    def __init__(self, picture: Image.Image, letters: Letters) -> None:
        self.pen, self.letters = ImageDraw.Draw(picture), letters
        self.leading = LEADING

    def width(self, text: str, name: str, size: int) -> float:
        return self.letters.width(text, name, size)

    def put(self, x: float, y: float, text: str, name: str, size: int, fill: str = PAPER) -> float:
        """Draw a text on the base line at `y`. Returns its width."""
        width = self.width(text, name, size)
        self.letters.put(self.pen, (self._left(x, width), y), text, name, size, fill)
        return width

    def put_below(self, x: float, y: float, text: str, name: str, size: int, fill: str = PAPER) -> float:
        """Draw a text whose top is at `y`. Returns its width."""
        return self.put(x, y + ascent(name, size), text, name, size, fill)

    def box(self, x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
        left = self._left(x, width)
        return (left, y, left + width, y + height)

    def _left(self, x: float, width: float) -> float:
        return WIDTH - x - width if self.letters.base == "rtl" else x

    def one_line(self, text: str, name: str, size: int, width: float) -> tuple[str, int]:
        """One line that fits: smaller, then cut off. Returns its size, too."""
        least = round(size * 0.7)
        while size > least and self.width(text, name, size) > width:
            size -= 1
        return self.letters.cut(text, name, size, width), size


def draw(card: Card, extra: str = "") -> bytes:
    """The card as PNG, 1200 × 630. `extra` is the directory of extra fonts."""
    card = sayable(card, extra)
    picture = Image.new("RGB", (WIDTH, HEIGHT), INK)
    sheet = Sheet(picture, Letters(extra=extra, base=direction_of(" ".join(card.lines), card.base)))
    sheet.leading = LEADING if set("".join(card.lines)) <= _LATIN else TALL
    for inset, width in ((28, 5), (39, 1)):  # a double rule, as the page's masthead has
        sheet.pen.rectangle((inset, inset, WIDTH - inset, HEIGHT - inset), outline=SHINE, width=width)
    bottom = _footer(sheet, card)
    top = _kicker(sheet, card)
    width = WIDTH - 2 * MARGIN
    rows, size = _fitted(sheet, card.lines, width, bottom - top - (98 if card.detail else 24))
    detail, detail_size = sheet.one_line(card.detail, ITALIC, 44, width)
    step = round(size * sheet.leading)
    height = (len(rows) - 1 + CAPITAL + DESCENT) * step + (62 if detail else 0)
    baseline = top + (bottom - top - height) // 2 + CAPITAL * step
    for row in rows:
        sheet.put(MARGIN, baseline, row, DISPLAY, size)
        baseline += step
    if detail:
        baseline += (DESCENT - 1) * step + 52
        sheet.put(MARGIN, baseline, detail, ITALIC, detail_size, GOLD)
    out = io.BytesIO()
    picture.quantize(palette=_palette(), dither=Image.Dither.NONE).save(out, "PNG", compress_level=7)
    return out.getvalue()


@lru_cache(maxsize=1)
def _palette() -> Image.Image:
    """All colours of a card. To find them in each picture would take as long as all the rest."""
    ground = ImageColor.getrgb(INK)
    shades = [*ground]
    for ink in map(ImageColor.getrgb, (PAPER, GOLD, SHINE, QUIET)):
        for step in range(1, STEPS + 1):
            shades += [round(a + (b - a) * step / STEPS) for a, b in zip(ground, ink, strict=True)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(shades)
    return palette


def _kicker(sheet: Sheet, card: Card) -> int:
    """Draw the subject in spaced capitals, and the note at the other side. Returns the y of the space below."""
    y, right = 74, WIDTH - MARGIN
    if card.note:
        note, size = sheet.one_line(card.note.upper(), SANS, 22, 360)
        width = round(sheet.width(note, SANS, size))
        sheet.pen.rounded_rectangle(sheet.box(right - width - 36, y - 8, width + 36, 46), 23, outline=GOLD, width=2)
        sheet.put_below(right - width - 18, y + 2, note, SANS, size, GOLD)
        right -= width + 70
    _spaced_line(sheet, card.kicker.upper(), y, right - MARGIN)
    return y + 52


def _spaced_line(sheet: Sheet, text: str, y: int, most: float) -> None:
    """Spaced capitals; letters of scripts without them stay together."""
    size, spacing = 30, 0.14 if set(text) <= _LATIN else 0.0
    while size > 18 and _spaced(sheet, text, size, spacing) > most:
        size -= 1
    text = fitting(text, lambda part: _spaced(sheet, part, size, spacing) <= most)
    if not spacing:
        sheet.put_below(MARGIN, y, text, SANS, size, GOLD)
        return
    x, _, _, _ = sheet.box(MARGIN, y, _spaced(sheet, text, size, spacing), 0)
    for sign in graphemes(text):
        sheet.letters.put(sheet.pen, (x, y + ascent(SANS, size)), sign, SANS, size, GOLD)
        x += sheet.width(sign, SANS, size) + size * spacing


_LATIN = {chr(code) for code in (*range(0x20, 0x530), *range(0x1E00, 0x2000))} | set("–—‘’“”…·")
"""Also Greek and Cyrillic: letters that stand alone."""


def _spaced(sheet: Sheet, text: str, size: int, spacing: float) -> float:
    if not spacing:
        return sheet.width(text, SANS, size)
    return sum(sheet.width(sign, SANS, size) + size * spacing for sign in graphemes(text))


def _footer(sheet: Sheet, card: Card) -> int:
    """Draw the tally where lines begin and the publisher where they end, below a line. Returns the y of that line."""
    line = HEIGHT - 136
    sheet.pen.line((MARGIN, line, WIDTH - MARGIN, line), fill=SHINE, width=2)
    y, x = line + 26, float(MARGIN)
    if card.film and card.nominated:
        film, size = sheet.one_line(card.film, ITALIC, 38, 420)
        x += sheet.put_below(x, y - 4, film, ITALIC, size) + 22
        count = sheet.letters.clean(card.count, SANS) or f"{card.won} of {card.nominated}"
        x += sheet.put_below(x, y + 4, count, SANS, 30, GOLD) + 22
        for place in range(card.nominated if card.nominated <= 14 else 0):
            filled = GOLD if place < card.won else None
            sheet.pen.ellipse(sheet.box(x, y + 11, 20, 20), fill=filled, outline=GOLD, width=2)
            x += 29
    source, size = sheet.one_line(card.source, SANS, 26, WIDTH - MARGIN - x - 40)
    sheet.put_below(WIDTH - MARGIN - sheet.width(source, SANS, size), y + 7, source, SANS, size, QUIET)
    return line


def _fitted(sheet: Sheet, lines: list[str], width: float, height: float) -> tuple[list[str], int]:
    """The big words in rows, at the largest size that fits; at the smallest size they are cut off."""
    for size in range(132, 43, -4):
        rows = [row for line in lines for row in _rows(sheet, line, size, width)]
        if len(rows) * size * sheet.leading > height or len(rows) > max(3, len(lines)):
            continue
        balanced = [row for line in lines for row in _balanced(sheet, line, size, width)]  # as many, so only now
        if _within(sheet, balanced, size, width):
            return balanced, size
    most = max(1, int(height // (size * sheet.leading)))
    if len(rows) > most:
        rows = [*rows[: most - 1], f"{rows[most - 1]}…"]
    return [sheet.letters.cut(row, DISPLAY, size, width) for row in rows], size


def _balanced(sheet: Sheet, text: str, size: int, width: float) -> list[str]:
    """In as few rows as `width` allows, of about the same length."""
    rows = _rows(sheet, text, size, width)
    while len(rows) > 1 and width > 200:
        width *= 0.95
        narrower = _rows(sheet, text, size, width)
        if len(narrower) > len(rows) or not _within(sheet, narrower, size, width):
            break
        rows = narrower
    return rows


def _within(sheet: Sheet, rows: list[str], size: int, width: float) -> bool:
    return all(sheet.width(row, DISPLAY, size) <= width for row in rows)


def _rows(sheet: Sheet, text: str, size: int, width: float) -> list[str]:
    rows = [""]
    for unit in units(text):
        longer = (rows[-1] + unit).strip()
        if rows[-1] and sheet.width(longer, DISPLAY, size) > width:
            rows.append(unit.strip())
        else:
            rows[-1] = longer
    return rows
