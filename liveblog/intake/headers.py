"""Facts before a text without rules around them: MultiMarkdown, pandoc (`%`), Org (`#+`), AsciiDoc, reStructuredText.

A text may begin with such lines, too: a review with the film's director and length. They are facts for programs if each
of them is, or if their form has no other use; a beginning that may be either stays, with a note. Pure.
"""

from __future__ import annotations

import re

from msgspec import Struct

from . import frontmatter
from .frontmatter import FrontMatter

_LINES = 60
_KEYED = re.compile(r"(?P<sure>\#\+|:)?(?P<key>[^\W\d][\w .-]{0,40}?)[ \t]*:(?:[ \t]+(?P<value>.*))?$")
_PROGRAMS = frontmatter.KNOWN | {
    *("editor", "editors", "copyright", "affiliation", "revision", "version", "comment", "comments", "note", "notes"),
    *("memo", "css", "format", "email", "phone", "embargo", "deadline", "desk", "state", "unpublished", "reviewer"),
    *("assignee", "mimetype"),
}
"""Keys that no text for readers begins with: alone they do not make a block."""
_NAMING = {"title", "headline", "slug", "draft", "isdraft", "layout"}


class Header(Struct, frozen=True):
    """What stands before a text: None for nothing; the text without it; what the editor should look at."""

    facts: FrontMatter | None
    text: str
    notes: tuple[str, ...] = ()


def split(text: str, *, is_markdown: bool) -> Header:
    """Facts, and the text after them. One line with `%` is a title in Markdown only."""
    start = re.sub(r"\A(?:[ \t]*\n)+", "", text.removeprefix("\ufeff"))
    lines = start[: frontmatter.MOST].split("\n", _LINES)
    end = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
    block, rest = lines[:end], "\n".join(start.split("\n", end)[end:])
    if not block or end == _LINES + 1:
        return Header(None, text)
    if block[0].startswith("%"):
        return _of_pandoc(block, rest, is_markdown) or Header(None, text)
    if block[0].rstrip() == "---" and len(block) > 2 and (facts := _facts(block[1:])):
        return Header(facts, rest)  # front matter that is never closed
    if block[0].startswith("= ") and len(block) > 1 and any(re.match(r":[\w-]+:", line) for line in block[1:]):
        facts = _facts([line for line in block[1:] if line.startswith(":")])
        return Header(FrontMatter(" ".join(block[0][2:].split()), facts.draft if facts else None), rest)
    facts = _facts(block)
    if facts is not None:
        return Header(facts, rest)
    if (first := _KEYED.match(block[0])) and first["key"].lower() in _NAMING and len(block) > 1:
        return Header(None, text, (f"check the first lines: they may be facts for a program ({block[0][:60]})",))
    return Header(None, text)


def _of_pandoc(block: list[str], rest: str, is_markdown: bool) -> Header | None:
    """Pandoc's title block: a title, the authors and the date, each at a `%`, perhaps with lines that go on."""
    fields: list[str] = []
    for line in block:
        if line.startswith("%") and len(fields) < 3 and not line.startswith("%%"):
            fields.append(line[1:])
        elif line[0] in " \t" and fields:
            fields[-1] += f" {line}"
        else:
            return None
    if len(fields) < 2 and (not is_markdown or fields[0].rstrip().endswith((".", "!", "?", "…"))):
        return None
    return Header(FrontMatter(" ".join(fields[0].split()) or None, None), rest)


def _facts(block: list[str]) -> FrontMatter | None:
    """What the lines say, if all are facts."""
    said: dict[str, str] = {}
    key, sure = "", True
    for line in block:
        found = _KEYED.match(line)
        if found:
            key, sure = found["key"].lower(), sure and bool(found["sure"])
            said.setdefault(key, (found["value"] or "").strip())
        elif key and line[0] in " \t":
            said[key] = f"{said[key]} {line.strip()}".strip()
        else:
            return None
    named, draft = not _NAMING.isdisjoint(said), frontmatter.draft_of(said)
    known = all(key in _PROGRAMS for key in said)
    if not (sure or (known and (named or draft or {"author", "date"} <= said.keys())) or (named and draft)):
        return None
    title = said.get("title") or said.get("headline")
    return FrontMatter(" ".join(title.split()) if title else None, draft)
