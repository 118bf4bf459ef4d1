"""Plain text as Markdown: paragraphs, lists, rules and subheadings, by how people type them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from .. import addresses
from .escaping import escape
from .wrapping import WRAPPED

SUBHEADING = 80
"""A line up to this long without closing punctuation is a subheading."""
_LONGEST, _DEEPEST = 120, 6
"""Lines that are longer are not wrapped; lists that are deeper are shown at this depth."""
_ENDED = tuple(".!?…\"'”’»)]。！？」』）؟।")
_CLOSING = (*_ENDED, *",;:：；，、،؛")
_RULE = re.compile(r"([=*_~#•—–-])(?: ?\1){2,}|⁂|\* \* \*")
_ITEM = re.compile(r"(?:([-*+](?=\s)|-(?=[^\W\d]))|([•●○▪■◦‣⁃∙]|·(?=\s))|\(?(\d{1,3})[.)](?=\s))\s*(?=[^\s•·●○▪■◦‣⁃∙])")
"""A dash or star, a bullet or a number, before the words of an item."""


class Block(NamedTuple):
    """Lines that belong together. `apart` if an empty line stands before it."""

    kind: str
    lines: list[str]
    apart: bool
    indent: int = 0


def markdown(text: str) -> tuple[str | None, str]:
    """The title, if the first line is underlined with `===`, and the text.

    Each line is a paragraph. Where blank lines separate paragraphs, the lines between them are one: joined if they were
    wrapped, else with line breaks. A short line without closing punctuation and with text below it is a subheading.
    """
    blocks = list(_listed(_blocks(text.strip("\n"))))  # a file's last line end is no blank line
    title = None
    if blocks and blocks[0].kind == "=":
        title, blocks = blocks[0].lines[0], blocks[1:]
    while blocks and blocks[-1].kind == "rule":
        blocks.pop()
    separated = any(block.apart for block in blocks[1:])
    return title, "\n\n".join(_written(list(_together(blocks, separated)))).removeprefix("* * *\n\n")


# -- lines into blocks


def _blocks(text: str) -> list[Block]:
    blocks: list[Block] = []
    lines, apart = text.expandtabs(4).split("\n"), False
    wrapped, before = _is_wrapped([line.strip() for line in lines]), ""
    for raw in lines:
        line = " ".join(raw.split())
        indent = len(raw) - len(raw.lstrip())
        last = blocks[-1] if blocks and line and (not apart or _is_inside(blocks[-1], indent)) else None
        if not line:
            apart = True
            continue
        if line[0] == ">" and not (said := line.lstrip("> ")):
            apart = True
            continue
        if line[0] == ">":
            if last is None or last.kind != "quote":
                blocks.append(Block("quote", [said], apart))
            else:
                last.lines.extend((" " if len(before) > WRAPPED or said[0].islower() else "\n", said))
        elif _RULE.fullmatch(line):
            if last is not None and line[0] in "=-~" and _is_title(last):
                blocks[-1] = last._replace(kind=line[0])
            else:
                blocks.append(Block("rule", [line], apart))
        elif _ITEM.match(line):
            blocks.append(Block("item", [line], apart, indent))
        elif last is not None and _continues(last, before, line, indent, wrapped):
            _continue(last, before, line)
        else:
            blocks.append(Block("card" if _is_address(line) else "text", [line], apart))
        apart, before = False, line
    return blocks


def _is_inside(last: Block, indent: int) -> bool:
    """Whether a line after a blank line is another paragraph of an item."""
    return last.kind == "item" and indent >= last.indent + 2


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether paragraphs span lines: there are blank lines, and somewhere two long lines follow each other directly."""
    words = [not (_ITEM.match(line) or _RULE.fullmatch(line) or _is_address(line)) for line in lines]
    over = [
        len(line)
        for (line, after), (is_text, more) in zip(pairwise(lines), pairwise(words), strict=True)
        if len(line) > WRAPPED and after and is_text and more
    ]
    return "" in lines and bool(over) and max(over) <= _LONGEST


def _continues(last: Block, before: str, line: str, indent: int, wrapped: bool) -> bool:
    """Whether a line belongs to the block directly above, whose last line is `before`."""
    if last.kind == "item":
        return indent > last.indent or (wrapped and len(before) > WRAPPED and not before.endswith(_ENDED))
    if last.kind != "text" or not wrapped:
        return False
    if _is_address(line):
        return not before.endswith(_CLOSING)
    return not (
        len(last.lines) == 1 and _is_title(last) and len(before) <= WRAPPED < len(line) and not line[0].islower()
    )


def _continue(block: Block, before: str, line: str) -> None:
    joined = block.kind == "item" or len(before) > WRAPPED or _is_address(before) or _is_address(line)
    if not joined and len(block.lines) == 3 and len(block.lines[0]) <= WRAPPED:
        block.lines[1] = "\n"  # a third short line: verses
    block.lines.append(" " if joined or (len(block.lines) == 1 and line[0].islower()) else "\n")
    block.lines.append(line)


def _is_address(line: str) -> bool:
    return " " not in line and addresses.found(line) == [(0, len(line))]


def _is_title(block: Block) -> bool:
    """Whether a block is a line that may be a title."""
    if block.kind != "text" or len(block.lines) > 1 or "\n" in block.lines[0] or re.match(r"[-*+–—]", block.lines[0]):
        return False
    line = block.lines[0]
    return len(line) <= SUBHEADING and not line.endswith(_CLOSING) and not addresses.found(line)


# -- items into lists


def _listed(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with each list as one. A single dash, or a number without the next one, begins a text."""
    for is_item, group in groupby(blocks, key=lambda block: block.kind == "item"):
        if not is_item:
            yield from group
            continue
        items = list(group)
        valid = _valid(items)
        for counts, part in groupby(range(len(items)), key=valid.__contains__):
            chosen = [items[at] for at in part]
            if counts:
                yield Block("list", list(_list(chosen)), chosen[0].apart)
            else:
                yield chosen[0]._replace(kind="text", lines=["\n".join("".join(item.lines) for item in chosen)])


def _valid(items: Sequence[Block]) -> set[int]:
    """The places of those that are items of a list."""
    signs = [_ITEM.match(item.lines[0]) for item in items]
    dashes = [at for at, sign in enumerate(signs) if sign and sign[1]]
    valid = {at for at, sign in enumerate(signs) if sign and sign[2]}
    valid |= {*dashes} if len(dashes) > 1 or valid else set()
    latest: dict[int, tuple[int, int]] = {}
    for at, sign in enumerate(signs):
        if sign and sign[3]:
            before, number = latest.get(items[at].indent, (at, 0))
            if number + 1 == int(sign[3]) and before != at:
                valid |= {before, at}
            latest[items[at].indent] = at, int(sign[3])
    return valid


def _list(items: Sequence[Block]) -> Iterator[str]:
    """The lines of a list in Markdown; an item with a larger indent is in the list of the item before it."""
    around: list[tuple[int, int]] = []
    """The indents of the items that this one may be in, and the widths of their signs."""
    outermost = ""
    for item in items:
        text = "".join(item.lines)
        sign = _ITEM.match(text)
        mark = f"{sign[3]}. " if sign and sign[3] else "- "
        while around and (item.indent < around[-1][0] + 2 or len(around) == _DEEPEST):
            around.pop()
        if not around and outermost and outermost.isdigit() != mark[0].isdigit():
            yield ""  # a list of another kind
        outermost = outermost if around else mark[0]
        yield " " * sum(width for _, width in around) + mark + escape(text[sign.end() if sign else 0 :])
        around.append((item.indent, len(mark)))


# -- blocks into Markdown


def _together(blocks: Sequence[Block], separated: bool) -> Iterator[Block]:
    """The blocks, with short lines directly below each other as one: verses, addresses, a cast.

    Without blank lines in a text, only three or more lines that end without a full stop belong together.
    """
    at = 0
    while at < len(blocks):
        end = at + 1
        while end < len(blocks) and _is_short(blocks[end - 1]) and _is_short(blocks[end]) and not blocks[end].apart:
            if not separated and blocks[end - 1].lines[0].endswith(_ENDED):
                break
            end += 1
        run = blocks[at:end]
        if not separated and run[-1].lines[-1].endswith(_ENDED) and not run[-2:][0].lines[-1].endswith(","):
            run = run[:-1] or run
        if not separated and len(run) < 3:
            yield from run
        else:
            headed = separated and len(run) > 1 and _is_headed(run)
            yield from run[:headed]
            yield run[headed]._replace(lines=[part for block in run[headed:] for part in ("\n", *block.lines)][1:])
        at += len(run)


def _is_short(block: Block) -> bool:
    return (
        block.kind == "text"
        and len(block.lines) == 1
        and len(block.lines[0]) <= SUBHEADING
        and "\n" not in block.lines[0]
    )


def _is_headed(run: Sequence[Block]) -> bool:
    """Whether the first of several lines is a title, and all others are sentences."""
    return _is_title(run[0]) and all(block.lines[0].endswith(_ENDED) for block in run[1:])


def _written(blocks: Sequence[Block]) -> Iterator[str]:
    for at, block in enumerate(blocks):
        if block.kind == "list":
            yield "\n".join(block.lines)
        elif block.kind == "rule":
            if not at or blocks[at - 1].kind != "rule":
                yield "* * *"
        elif block.kind == "quote":
            yield "\n".join(f"> {escape(line)}" for line in "".join(block.lines).split("\n"))
        elif block.kind in "=-~" or _is_subheading(blocks, at):
            yield f"## {escape(block.lines[0])}"
        else:
            yield "\n".join(escape(line) for line in "".join(block.lines).split("\n"))


def _is_subheading(blocks: Sequence[Block], at: int) -> bool:
    """A subheading has text below it, and no such line above it; above is only the lead, which may be short."""
    if not 0 < at < len(blocks) - 1 or not _is_title(blocks[at]):
        return False
    below = blocks[at + 1]
    if below.kind == "rule" or _is_title(below) or (below.kind == "card" and not below.apart):
        return False
    if below.kind == "text" and below.lines[0][0].islower():
        return False  # the line goes on
    return at == 1 or not _is_title(blocks[at - 1]) or not (blocks[at].apart or blocks[at - 1].apart)
