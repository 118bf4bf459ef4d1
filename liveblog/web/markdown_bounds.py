"""Bounds for Markdown that costs more than its length: brackets in brackets, deep emphasis, tables of empty cells."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

BRACKETS = 8
"""Deepest nesting of brackets in which links are searched; each level reads the text once more."""
EMPHASES = 20
"""Deepest nesting of emphasis that is marked up; parsers of the HTML descend one step for each."""
CELLS = 20_000
"""Most cells of all tables of a text. An empty row has as many as its table has columns."""


def bounds(parser: MarkdownIt) -> None:
    """A plugin of markdown-it."""
    inline = _Inline()
    inline.ruler, inline.ruler2 = parser.inline.ruler, parser.inline.ruler2
    parser.inline = inline
    parser.core.ruler.after("inline", "emphases", _shallow)
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})


class _Inline(ParserInline):
    def skipToken(self, state: StateInline) -> None:
        if state.level < BRACKETS or state.pos in state.cache:
            super().skipToken(state)
        else:
            state.cache[state.pos] = state.pos = state.posMax


def _shallow(state: StateCore) -> None:
    for token in state.tokens:
        level = 0
        for child in token.children or ():
            level += min(child.nesting, 0)
            child.hidden = child.hidden or (level >= EMPHASES and child.nesting != 0)
            level += max(child.nesting, 0)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table, unless its cells exceed the limit: then its lines are text."""
    if start + 2 > end:
        return False
    head = state.src[state.bMarks[start + 1] + state.tShift[start + 1] : state.eMarks[start + 1]]
    if not head or head.strip("|-: \t"):
        return False
    left = int(state.env.get("cells", CELLS)) - (head.count("|") + 1) * (_end(state, start) - start)
    if left < 0 or not table(state, start, end, silent):
        return False
    if not silent:
        state.env["cells"] = left
    return True


def _end(state: StateBlock, line: int) -> int:
    """The first blank line after a line. A text is searched once, not again for each table."""
    if "ends" not in state.env:
        ends = state.env["ends"] = [state.lineMax] * (state.lineMax + 1)
        for at in range(state.lineMax - 1, -1, -1):
            blank = not state.src[state.bMarks[at] : state.eMarks[at]].strip()
            ends[at] = at if blank else ends[at + 1]
    ends = state.env["ends"]
    return int(ends[line]) if line < len(ends) else state.lineMax
