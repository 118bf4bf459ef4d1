"""What an editor should know of a text that is being written: links that are none, and what Markdown makes of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from ..excerpts import excerpt
from .render import parsed

MOST, SHOWN, LONGEST, EXAMPLES = 3, 40, 160, 3
"""Most sentences about links, graphemes of a text in one of them, characters that are looked at, examples of a form."""
_BLOCKS = {
    "heading_open": "a heading",
    "bullet_list_open": "a list",
    "ordered_list_open": "a numbered list",
    "blockquote_open": "a quotation",
    "table_open": "a table",
    "hr": "a line across",
    "fence": "code",
    "code_block": "code, because a line begins with four blanks",
}
_WORDS = {"em_open": "in italics", "strong_open": "in bold", "s_open": "struck out", "code_inline": "as code"}
_LIKE_A_HOST = re.compile(
    r"(?<![\w.@/:\\#-])(?:[a-z0-9-]{1,63}\.){1,4}"
    r"(?:com|org|net|info|tv|gov|edu|co|io|uk|ie|de|ch|nl|fr|es|eu|ca|br|mx|jp)(?![.-]?[\w@/])"
)
"""A host without a path, in the domains that people write about most: `will.i.am` is none of them."""
_BROKEN = re.compile(r"\[([^\[\]]{1,200})\]\((?!\s)")


def advice(text: str) -> list[str]:
    """Sentences about a text, the most important first."""
    env: dict[str, Any] = {}
    tokens = parsed(text, env)
    about_links = list(dict.fromkeys(each for token in tokens for each in _about_links(token.children or [])))
    about_links += _unused(text, env.get("references", {}))
    forms = list(dict.fromkeys([*_blocks(tokens), *_words(tokens)]))
    return about_links[:MOST] + ([f"Readers see {'; '.join(forms)}."] if forms else [])


def untitled(text: str) -> list[str]:
    """The addresses of a text that are cards without a title, as they were written."""
    return [token.meta["bare"] for token in parsed(text) if "bare" in token.meta]


def _about_links(children: Sequence[Token]) -> Iterator[str]:
    depth = 0
    for at, child in enumerate(children):
        depth += child.nesting if child.type.startswith("link_") and not child.hidden else 0
        if "lost" in child.meta:
            address = unquote(child.meta["lost"][:LONGEST])
            yield f"{_quoted(_inside(children, at))} is no link: {_quoted(address)} is no web address."
        elif child.type == "text" and not depth:
            for found in _BROKEN.finditer(child.content):
                yield f"{_quoted(found[1])} is no link: what follows it in brackets is no web address."
            for found in _LIKE_A_HOST.finditer(child.content):
                yield f"{_quoted(found[0])} is no link: write https:// or www. before it."


def _unused(text: str, references: dict[str, Any]) -> Iterator[str]:
    """Lines such as `[Source]: https://example.org`, which readers do not see."""
    named = Counter(normalizeReference(label) for label in re.findall(r"\[([^\[\]]{1,200})\]", text))
    for label in references:
        if named[label] < 2:
            yield f"{_quoted(label.capitalize())} is not shown: no link uses this name."


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in _BLOCKS:
            yield _BLOCKS[token.type]
        elif token.type == "html_block" and token.content.startswith("<p class="):
            yield "a card"


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for token in tokens:
        children = token.children or []
        for at, child in enumerate(children):
            if child.type in _WORDS and not child.hidden:
                found.setdefault(_WORDS[child.type], []).append(child.content or _inside(children, at))
    for form, words in found.items():
        yield f"{', '.join(map(_quoted, list(dict.fromkeys(words))[:EXAMPLES]))} {form}"


def _inside(children: Sequence[Token], start: int) -> str:
    """The beginning of the words between an opening token and its end."""
    said, depth = "", 0
    for child in children[start:]:
        depth += child.nesting
        said += child.content if child.type in ("text", "code_inline") else ""
        if depth <= 0 or len(said) > LONGEST:
            break
    return said


def _quoted(words: str) -> str:
    return f"“{excerpt(' '.join(words[:LONGEST].split()), SHOWN)}”"
