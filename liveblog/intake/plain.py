"""Plain text as Markdown: its paragraphs, subheadings, lists and rules. Pure.

Each line is a paragraph, the first one the lead. Where blank lines separate paragraphs of several long lines, the lines
between them are one paragraph (hard-wrapped text).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from .. import addresses
from .escaping import escape
from .wrapping import WRAPPED

SUBHEADING = 80
"""A line up to this long without closing punctuation is a subheading, if it stands alone."""

_CLOSING = tuple(".!?:;,…\"'”’»)]。！？：；，、」』）؟،؛।")
_ITEM = re.compile(
    r"[ \t]*(?:(?P<sign>[•◦‣▪●○∙⁃]|[-*+·–](?=[ \t]))|(?P<number>\d{1,3})[.)](?=[ \t]))[ \t]*(?P<said>\S.*)"
)
_CERTAIN = frozenset("•◦‣▪●○∙⁃")
"""Signs that only begin items of a list; the others can also begin a sentence, or be a minus."""
_RULE = re.compile(r"[ \t]*(?:[=*_~#—–-]{3,}|(?:[=*_~#•·⁂–—-][ \t]+){2,}[=*_~#•·⁂–—-]|⁂)[ \t]*")
_UNDERLINE = re.compile(r"[ \t]*(?:={3,}|-{3,})[ \t]*")


_QUOTED = re.compile(r"[ \t]*>[>\s]*")


class _Block(Struct):
    """A paragraph's lines, a list's items or a rule (no lines).

    `close` means that no blank line is before it, and of a rule that it can underline what is.
    """

    lines: list[str]
    numbers: list[int] = []
    is_list: bool = False
    close: bool = False

    @property
    def is_rule(self) -> bool:
        return not self.lines


def markdown(text: str) -> tuple[str | None, str]:
    """The headline, if the first line is underlined, and the text as Markdown."""
    blocks = list(_blocks(text.split("\n"), wrapped=_is_wrapped(text)))
    headline = None
    if len(blocks) > 1 and _is_underlined(blocks, 0):
        headline, blocks = " ".join(blocks[0].lines[0].split()), blocks[2:]
    return headline, "\n\n".join(_written(blocks))


def _is_wrapped(text: str) -> bool:
    """Whether paragraphs span lines: there are blank lines, and somewhere two long lines follow each other directly."""
    lines = [line.strip() for line in text.strip().split("\n")]
    return "" in lines and any(len(line) > WRAPPED and after for line, after in pairwise(lines))


def _blocks(lines: Sequence[str], *, wrapped: bool) -> Iterator[_Block]:
    block: _Block | None = None
    blank = False
    for line in lines:
        if not line.strip():
            blank = True
            continue
        item = _ITEM.fullmatch(line)
        if _RULE.fullmatch(line):
            if block is not None:
                yield block
            yield _Block([], close=not blank and bool(_UNDERLINE.fullmatch(line)))
            block = None
        elif item is not None:
            if block is None or not _takes(block, item):
                if block is not None:
                    yield block
                block = _Block([], is_list=True, close=not blank)
            block.lines.append(line.strip())
            block.numbers += [int(item["number"])] if item["number"] else []
        elif block is not None and not blank and (wrapped or (block.is_list and line[:1].isspace())):
            block.lines[-1:] = (
                [f"{block.lines[-1]} {line.strip()}"] if block.is_list else [block.lines[-1], line.strip()]
            )
        else:
            if block is not None:
                yield block
            block = _Block([line.strip()], close=not blank)
        blank = False
    if block is not None:
        yield block


def _takes(block: _Block, item: re.Match[str]) -> bool:
    """Whether a list has the sign of an item: a dash, or a number."""
    last = _ITEM.fullmatch(block.lines[-1]) if block.is_list else None
    return last is not None and (last["sign"] == item["sign"])


def _written(blocks: Sequence[_Block]) -> Iterator[str]:
    lone = [_may_head(block) for block in blocks]
    head = [0 < at < len(blocks) - 1 and lone[at] for at in range(len(blocks))]
    at = 0
    while at < len(blocks):
        block = blocks[at]
        step = 1
        if block.is_rule:
            yield "* * *"
        elif _is_underlined(blocks, at):
            yield f"## {escape(block.lines[0])}"
            step = 2
        elif _is_list(block):
            yield "\n".join(_items(block))
        elif head[at] and not head[at - 1] and not head[at + 1]:
            yield f"## {escape(block.lines[0])}"
        else:
            while at + step < len(blocks) and lone[at + step - 1] and lone[at + step] and blocks[at + step].close:
                step += 1  # several short lines in a row: an address, a cast, a poem
            yield "\n".join(_paragraph(line) for each in blocks[at : at + step] for line in _sentences(each))
        at += step


def _may_head(block: _Block) -> bool:
    """Whether a block can be a subheading: what is one has text below it, and no other one beside it."""
    if block.is_list or len(block.lines) != 1:
        return False
    line = block.lines[0]
    return len(line) <= SUBHEADING and not line.endswith(_CLOSING) and not addresses.found(line)


def _is_underlined(blocks: Sequence[_Block], at: int) -> bool:
    """Whether a line has a rule directly below it, which makes it a heading."""
    below = blocks[at + 1] if at + 1 < len(blocks) else None
    return len(blocks[at].lines) == 1 and not blocks[at].is_list and below is not None and below.is_rule and below.close


def _is_list(block: _Block) -> bool:
    """Whether items are a list: several, or one with a bullet. Numbers count up, since Markdown counts by itself."""
    if not block.is_list:
        return False
    first = block.numbers[0] if block.numbers else 0
    counted = block.numbers == list(range(first, first + len(block.numbers)))
    return counted and (len(block.lines) > 1 or block.lines[0][0] in _CERTAIN)


def _items(block: _Block) -> Iterator[str]:
    for line in block.lines:
        item = _ITEM.fullmatch(line)
        assert item is not None
        yield f"{item['number']}. {escape(item['said'])}" if item["number"] else f"- {escape(item['said'])}"


def _sentences(block: _Block) -> list[str]:
    """The lines of a paragraph as readers see them: wrapped ones are one; those of a verse stay apart."""
    lines = block.lines
    verse = block.is_list or (len(lines) > 2 and all(len(line) <= WRAPPED for line in lines))
    if all(map(_QUOTED.match, lines)):  # of a mail: its mark stands on each line
        return [f"> {' '.join(_QUOTED.sub('', line, count=1) for line in lines)}"]
    return lines if verse else [" ".join(lines)]


def _paragraph(line: str) -> str:
    quoted = _QUOTED.match(line)
    return f"> {escape(' '.join(line[quoted.end() :].split()))}" if quoted else escape(" ".join(line.split()))
