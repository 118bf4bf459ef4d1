"""What people type without Markdown in mind, and Markdown would read as signs: it stays as it was typed.

`M*A*S*H`, `10*5*2`, `f**k and s**t`; `2025. What a year`, alone; `[Ana]: Thanks!`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, list_block, reference
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.emphasis import tokenize
from markdown_it.rules_inline.state_inline import Delimiter

from ..stars import SPACED, joints

_WITHIN = re.compile(rf"(?<={SPACED})(\*+)(?={SPACED})")
_NO_LETTER, _BLANK = re.compile(r"[\W_]"), re.compile(r"\s")
_NUMBER = re.compile(r"(\d{1,9})[.)](?:\s|$)")
_REPLY = re.compile(r"\[[^\[\]]++\]:[ \t]++(?!<)[^\s/#?:@.]++[.!?…]*+\s*+$")


def words(parser: MarkdownIt) -> None:
    """A plugin of markdown-it."""
    parser.inline.ruler.at("emphasis", _stars)
    parser.inline.ruler2.after("balance_pairs", "words", _part)
    parser.block.ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.block.ruler.at("reference", _reference)


@dataclass(slots=True, kw_only=True)
class _Within(Delimiter):
    """A sign of emphasis within a word."""

    at: int


def _stars(state: StateInline, silent: bool) -> bool:
    """markdown-it's rule for emphasis, but stars that join letters are letters themselves."""
    before, at = len(state.delimiters), state.pos
    if not silent and at in _joints(state):
        state.append_pending("*")
        state.pos += 1
        return True
    if not tokenize(state, silent):
        return False
    if _WITHIN.match(state.src, at):
        state.delimiters[before:] = [_within(each, at) for each in state.delimiters[before:]]
    return True


def _within(sign: Delimiter, at: int) -> _Within:
    return _Within(
        marker=sign.marker, length=sign.length, token=sign.token, end=sign.end, open=sign.open, close=sign.close, at=at
    )


def _joints(state: StateInline) -> set[int]:
    """Where single stars join the parts of a word."""
    known: dict[str, set[int]] = state.env.setdefault("joints", {})
    if state.src not in known:
        known[state.src] = joints(state.src)
    return known[state.src]


def _part(state: StateInline) -> None:
    """Part the pairs of signs that stand in two different words."""
    inner = [meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta]
    for signs in (state.delimiters, *inner):
        for sign in signs:
            closing = signs[sign.end] if sign.end >= 0 else None
            if isinstance(sign, _Within) and isinstance(closing, _Within) and _apart(state.src, sign, closing):
                sign.end = -1


def _apart(text: str, sign: _Within, closing: _Within) -> bool:
    other = _NO_LETTER if sign.length == 1 else _BLANK
    return other.search(text, sign.at + sign.length, closing.at) is not None


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """markdown-it's rule for lists, but a single number other than 1 begins a sentence."""
    number = _number(state, start)
    if not silent and number not in (None, 0, 1) and not _goes_on(state, start, end):
        return False
    return list_block(state, start, end, silent)


def _number(state: StateBlock, line: int) -> int | None:
    found = _NUMBER.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line])
    return int(found[1]) if found else None


def _goes_on(state: StateBlock, start: int, end: int) -> bool:
    """Whether the first line below that is neither blank nor further in, or that, begins with a number."""
    for line in range(start + 1, end):
        if not state.isEmpty(line) and state.sCount[line] <= state.sCount[start] + 1:
            return _number(state, line) is not None
    return False


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """markdown-it's rule for the addresses of links by name, but a word is no address."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    return not _REPLY.match(line) and reference(state, start, end, silent)
