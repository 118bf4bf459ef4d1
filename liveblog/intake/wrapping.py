"""Joins the lines of hard-wrapped Markdown. At the desk, and so for readers, a line break is a line break.

By lines and not by a parser: a line that is left alone by mistake shows a break, which is no harm. Pure.
"""

from __future__ import annotations

import re

WRAPPED = 40
"""A line that goes on in the next one is longer than this; a shorter one was ended on purpose."""
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_OWN_LINE = re.compile(
    r"""\s*(?:
        [-*+]\s | \d{1,9}[.)]\s | \#{1,6}(?:\s|$) | [|<] | [=*_-][\s=*_-]*$ | \[[^\]]+\]:  # the beginning of a block
        | [—–―] | --                                                                       # a quotation's speaker
        | (?:https?://|www\.)\S+$ | \[[^\]]*\]\(\S*\)$                                       # a card
    )""",
    re.VERBOSE,
)
_ENDED = re.compile(r"(?: {2,}|\\)$|^\s*(?:\#{1,6}\s|[|<]|\[[^\]]+\]:|(?:https?://|www\.)\S+$)|^(?: {4}|\t)")
"""A line that the next one does not continue: one with a hard break, a heading, a table, an address, code."""
_QUOTED = re.compile(r"(?:\s{0,3}>[ ]?)*")


def unwrapped(text: str) -> str:
    """Markdown in which each paragraph is on one line, except for breaks that were meant."""
    paragraphs: list[list[str]] = []
    fence, barred = "", False
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            paragraphs.append([line])
        elif not fence and paragraphs and not (barred and "|" in line) and _continues(paragraphs[-1], line):
            paragraphs[-1].append(_bare(line).strip() + ("  " if line.endswith("  ") else ""))
            barred = barred or "|" in line
            continue
        else:
            paragraphs.append([line])
        barred = "|" in line
    return "\n".join(" ".join(lines) for lines in paragraphs)


def _continues(paragraph: list[str], line: str) -> bool:
    """Whether a line continues the paragraph above it, which may be in a quotation."""
    first, other = _bare(paragraph[0]), _bare(line)
    if len(first) <= WRAPPED or not other.strip() or _depth(paragraph[0]) != _depth(line):
        return False
    return not (_ENDED.search(first) or _ENDED.search(paragraph[-1]) or _OWN_LINE.match(other) or _FENCE.match(first))


def _bare(line: str) -> str:
    """The line without the marks of a quotation."""
    found = _QUOTED.match(line)
    return line[found.end() :] if found else line


def _depth(line: str) -> int:
    found = _QUOTED.match(line)
    return found[0].count(">") if found else 0
