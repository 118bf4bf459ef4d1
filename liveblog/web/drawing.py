"""Share cards: the picture of a link where it is shared. Pure: from a card's words to a picture.

The fonts are Bodoni Moda and Libre Franklin (SIL Open Font License, `faces/OFL.txt`), complete, because names on an
awards night have all accents of Latin.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from .excerpts import shorter

WIDTH, HEIGHT = 1200, 630
MARGIN = 76
LEADING = 1.1
CAPITAL, DESCENT = 0.66, 0.24
"""Heights above and below the base line, as parts of a line's height."""
INK, PAPER, GOLD, SHINE, QUIET = "#14110d", "#f8f1e1", "#e3c06a", "#b48a2c", "#b3a78e"
FACES = Path(__file__).parent / "faces"
DISPLAY, ITALIC, SANS = "BodoniModa-Bold.ttf", "BodoniModa-SemiBoldItalic.ttf", "LibreFranklin-SemiBold.ttf"
NOWHERE = "\U0010ffff"
"""A character that no font has: it shows how a font draws a missing character."""


class Card(Struct, frozen=True, kw_only=True):
    """`kicker` above `lines`, the big words (several winners: a line each); `detail` below in italics; `won` of
    `nominated` for `film`; `note` marks a provisional or corrected result; `source` names the publisher."""

    kicker: str
    lines: list[str]
    detail: str = ""
    note: str = ""
    film: str = ""
    won: int = 0
    nominated: int = 0
    count: str = ""
    source: str = ""


def draw(card: Card) -> bytes:
    """The card as PNG, 1200 × 630."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), INK)
    pen = ImageDraw.Draw(picture)
    for inset, width in ((28, 5), (39, 1)):  # a double rule, as the page's masthead has
        pen.rectangle((inset, inset, WIDTH - inset, HEIGHT - inset), outline=SHINE, width=width)
    bottom = _footer(pen, card)
    top = _kicker(pen, card)
    width = WIDTH - 2 * MARGIN
    rows, size = _fitted(card.lines, width, bottom - top - (98 if card.detail else 24))
    detail, detail_face = _one_line(card.detail, ITALIC, 44, width)
    step = round(size * LEADING)
    height = (len(rows) - 1 + CAPITAL + DESCENT) * step + (62 if detail else 0)
    baseline = top + (bottom - top - height) // 2 + CAPITAL * step
    for row, name in rows:
        pen.text((MARGIN, baseline), row, font=_face(name, size), fill=PAPER, anchor="ls")
        baseline += step
    if detail:
        baseline += (DESCENT - 1) * step + 52
        pen.text((MARGIN, baseline), detail, font=detail_face, fill=GOLD, anchor="ls")
    out = io.BytesIO()
    # the usual median cut takes three times as long, and misses the inks by more
    picture.quantize(64, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out, "PNG", compress_level=7)
    return out.getvalue()


def _kicker(pen: ImageDraw.ImageDraw, card: Card) -> int:
    """Draw the subject in spaced capitals, and the note at the right. Returns the y of the space below."""
    y, right = 74, WIDTH - MARGIN
    if card.note:
        note, face = _one_line(card.note.upper(), SANS, 22, 360)
        width = round(pen.textlength(note, font=face))
        pen.rounded_rectangle((right - width - 36, y - 8, right, y + 38), 23, outline=GOLD, width=2)
        pen.text((right - width - 18, y + 2), note, font=face, fill=GOLD)
        right -= width + 70
    kicker, size = clean(card.kicker.upper(), SANS), 30
    while size > 18 and _spaced(pen, kicker, size) > right - MARGIN:
        size -= 1
    x = float(MARGIN)
    face = _face(_for(kicker, SANS), size)
    for sign in _clipped(pen, kicker, size, right - MARGIN):
        pen.text((x, y), sign, font=face, fill=GOLD)
        x += face.getlength(sign) + size * 0.14
    return y + 52


def _spaced(pen: ImageDraw.ImageDraw, text: str, size: int) -> float:
    return float(pen.textlength(text, font=_face(_for(text, SANS), size))) + len(text) * size * 0.14


def _clipped(pen: ImageDraw.ImageDraw, text: str, size: int, width: float) -> str:
    shown = text
    while shown and _spaced(pen, shown, size) > width:
        shown = shorter(shown)
    return shown


def _footer(pen: ImageDraw.ImageDraw, card: Card) -> int:
    """Draw the tally at the left and the publisher at the right, below a line. Returns the y of that line."""
    line = HEIGHT - 136
    pen.line((MARGIN, line, WIDTH - MARGIN, line), fill=SHINE, width=2)
    y, x = line + 26, float(MARGIN)
    if card.film and card.nominated:
        film, face = _one_line(card.film, ITALIC, 38, 420)
        pen.text((x, y - 4), film, font=face, fill=PAPER)
        x += face.getlength(film) + 22
        count = card.count or f"{card.won} of {card.nominated}"
        number = _face(SANS, 30)
        pen.text((x, y + 4), count, font=number, fill=GOLD)
        x += number.getlength(count) + 22
        for place in range(card.nominated if card.nominated <= 14 else 0):
            box = (x, y + 11, x + 20, y + 31)
            pen.ellipse(box, fill=GOLD if place < card.won else None, outline=GOLD, width=2)
            x += 29
    source, face = _one_line(card.source, SANS, 26, WIDTH - MARGIN - x - 40)
    pen.text((WIDTH - MARGIN - face.getlength(source), y + 7), source, font=face, fill=QUIET)
    return line


def _fitted(lines: list[str], width: float, height: float) -> tuple[list[tuple[str, str]], int]:
    """The big words in rows (each with its font), at the largest size that fits; at the smallest size they are cut
    off."""
    lines = [each for each in (clean(line, DISPLAY) for line in lines) if each] or ["Live"]
    for size in range(132, 43, -4):
        rows = [row for line in lines for row in _balanced(line, size, width)]
        if len(rows) * size * LEADING <= height and len(rows) <= max(3, len(lines)) and _within(rows, size, width):
            return rows, size
    rows = [row for line in lines for row in _rows(line, size, width)]
    most = max(1, int(height // (size * LEADING)))
    if len(rows) > most:
        last, name = rows[most - 1]
        rows = [*rows[: most - 1], (_cut(last + "…", _face(name, size), width), name)]
    return [(_cut(row, _face(name, size), width), name) for row, name in rows], size


def _balanced(text: str, size: int, width: float) -> list[tuple[str, str]]:
    """In as few rows as `width` allows, of about the same length."""
    rows = _rows(text, size, width)
    while len(rows) > 1 and width > 200:
        width *= 0.95
        narrower = _rows(text, size, width)
        if len(narrower) > len(rows) or not _within(narrower, size, width):
            break
        rows = narrower
    return rows


def _within(rows: list[tuple[str, str]], size: int, width: float) -> bool:
    return all(_face(name, size).getlength(row) <= width for row, name in rows)


def _rows(text: str, size: int, width: float) -> list[tuple[str, str]]:
    name = _for(text, DISPLAY)
    face, rows = _face(name, size), [""]
    for word in text.split():
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and face.getlength(longer) > width:
            rows.append(word)
        else:
            rows[-1] = longer
    return [(row, name) for row in rows]


def _cut(text: str, face: ImageFont.FreeTypeFont, width: float) -> str:
    while text not in ("", "…") and face.getlength(text) > width:
        text = shorter(text)
    return text


def _one_line(text: str, name: str, size: int, width: float) -> tuple[str, ImageFont.FreeTypeFont]:
    """One line that fits: smaller, then cut off."""
    text = clean(text, name)
    least = round(size * 0.7)
    while size > least and _face(_for(text, name), size).getlength(text) > width:
        size -= 1
    face = _face(_for(text, name), size)
    return _cut(text, face, width), face


# -- fonts


def clean(text: str, name: str) -> str:
    """The text without characters that neither its own font nor the sans has (emoji and the like)."""
    return " ".join("".join(sign for sign in text if sign.isspace() or _has(name, sign) or _has(SANS, sign)).split())


def _for(text: str, name: str) -> str:
    """The font that has all of a text: its own, else the sans, which has more scripts."""
    return name if all(sign.isspace() or _has(name, sign) for sign in text) else SANS


@lru_cache(maxsize=4096)
def _has(name: str, sign: str) -> bool:
    face = _face(name, 32)
    return bytes(face.getmask(sign)) != bytes(face.getmask(NOWHERE))


@lru_cache(maxsize=256)
def _face(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FACES / name, size)
