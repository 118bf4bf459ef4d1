"""What authors write for each other in Markdown and plain text: deletions, comments, hidden HTML.

Forms: CriticMarkup, Obsidian's `%%…%%`, the comments of templates, and HTML that a browser would not show. What stands
in code stays. Time grows with the text: each closing mark is searched for once, whatever waits for it.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag

from . import manuscript
from .sheets import Sheet

COMMENTS, DELETIONS = "comments of the authors were left out", "tracked deletions were left out"
HIDDEN = "hidden text was left out"
_PAIRS = {
    "{--": ("--}", DELETIONS),
    "{>>": ("<<}", COMMENTS),
    "{++": ("++}", ""),
    "{==": ("==}", ""),
    "{~~": ("~~}", DELETIONS),
    "%%": ("%%", COMMENTS),
    "{% comment": ("{% endcomment %}", COMMENTS),
    "{{< comment": ("{{< /comment >}}", COMMENTS),
    "{{% comment": ("{{% /comment %}}", COMMENTS),
    "{{/*": ("*/}}", COMMENTS),
    "{# ": (" #}", COMMENTS),
    "<%--": ("--%>", COMMENTS),
    r"\begin{comment}": (r"\end{comment}", COMMENTS),
    "::: comment": ("\n:::", COMMENTS),
}
"""Marks that begin something, those that end it, and what it is; nothing is left out of insertions and marked words."""
_MARK = re.compile(
    r"^\ {0,3}(?P<fence>`{3,}|~{3,})|(?P<code>`{1,9})(?!`)"
    r"|^(?P<line>\[(?://|comment|_\w{0,30}|\#)\]:[ \t]*(?:\#|<>)?[ \t]*[(\"'].*$)"
    rf"|(?P<pair>(?<![\d%])(?<!\d[ ])%%(?!%)|{'|'.join(re.escape(mark) for mark in _PAIRS if mark != '%%')})"
    r"|(?P<open><!--)|(?P<tag></?[a-zA-Z])",
    re.M,
)
_TAG = re.compile(r"""<(/?)([a-zA-Z][\w:-]{0,40})((?:\s(?:[^<>"'`]|"[^"<>]*"|'[^'<>]*')*+)?)/?>""")
_TOLD = re.compile(r"\b(?:hidden|style|class|data-[\w-]+|id|name|cite)\b", re.I)
_NO_TEXT = {"script", "style", "template", "noscript", "del", "comment", "annotation"}
_ALONE = {"br", "hr", "img", "wbr", "input", "meta", "link"}


def without(text: str) -> tuple[str, tuple[str, ...]]:
    """A text without what is not for readers, and what was left out, for the editor."""
    scan = _Scan(text)
    scan.run()
    return scan.kept(), tuple(scan.notes)


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._cuts: list[tuple[int, int]] = []
        self._next: dict[str, int] = {}
        """Where each mark that was looked for stands next; -1 for those that the rest of the text does not have."""
        self.notes: dict[str, None] = {}
        self._sheet = Sheet(text)
        self._ends = _ends(text) if "</" in text else {}
        self._shown: str | None = None

    def run(self) -> None:
        at = 0
        while (mark := _MARK.search(self._text, at)) is not None:
            at = mark.end()
            if mark["fence"]:
                at = self._after_fence(mark)
            elif mark["code"]:
                at = self._after_code(mark)
            elif mark["line"]:
                self._cut(mark.start(), mark.end(), COMMENTS)
            elif mark["open"]:  # closed ones are gone already
                self.notes.setdefault(f"check “{self._text[mark.start() : at + 36].strip()}”: the mark is never closed")
            elif mark["tag"]:
                at = self._after_tag(mark.start())
            else:
                at = self._after_pair(mark)
        if self._shown:
            self.notes.setdefault(f"HTML in it is shown as text ({self._shown})")

    def kept(self) -> str:
        parts, at = [], 0
        for start, end in sorted(self._cuts):
            if start >= at:
                parts.append(self._text[at:start])
            at = max(at, end)
        return "".join([*parts, self._text[at:]])

    def _cut(self, start: int, end: int, what: str) -> None:
        self._cuts.append((start, end))
        if what and self._text[start:end].strip("\n\t -+=~%{}<>"):
            self.notes.setdefault(what)

    def _find(self, what: str, at: int) -> int:
        """Where a mark stands next; -1 if nowhere."""
        found = self._next.get(what, 0)
        if 0 <= found < at or what not in self._next:
            found = self._next[what] = self._text.find(what, at)
        return found

    def _after_fence(self, mark: re.Match[str]) -> int:
        sign = mark["fence"][0]
        key = f"\n{3 * sign}"
        if (end := self._find(key, mark.end())) < 0:
            return len(self._text)
        line = self._text.find("\n", end + 1)
        return line if line >= 0 else len(self._text)

    def _after_code(self, mark: re.Match[str]) -> int:
        """After the code in a line; a backtick alone is one."""
        end = self._find(mark["code"], mark.end())
        within = end >= 0 and "\n\n" not in self._text[mark.end() : min(end, mark.end() + 2000)]
        return end + len(mark["code"]) if within and end - mark.end() < 2000 else mark.end()

    def _after_pair(self, mark: re.Match[str]) -> int:
        begin, start = mark["pair"], mark.start()
        closing, what = _PAIRS[begin]
        end = self._find(closing, mark.end())
        if end < 0:
            if begin[:2] in ("{-", "{>", "{~") and begin != "{~~":
                self.notes.setdefault(f"check “{self._text[start : start + 40].strip()}”: the mark is never closed")
            return mark.end()
        after = end + len(closing)
        if begin == "{~~":
            middle = self._text.find("~>", mark.end(), end)
            self._cut(start, middle + 2 if middle >= 0 else after, what)
            self._cut(end, after, "")
            return middle + 2 if middle >= 0 else after
        if not what:
            self._cut(start, mark.end(), "")
            self._cut(end, after, "")
            return mark.end()
        self._cut(start, after, what)
        return after

    def _after_tag(self, start: int) -> int:
        tag = _TAG.match(self._text, start)
        if tag is None:
            return start + 2
        name = tag[2].lower()
        if not tag[1] and (what := _private(name, tag[3], self._sheet)):
            if (end := self._ends.get(start)) is not None:
                self._cut(start, end, what)
                return end
            if name not in _ALONE:
                self.notes.setdefault(f"check “{tag[0][:60]}”: what it hides has no end")
        elif name in manuscript.TAGS and self._shown is None:
            self._shown = tag[0][:40]
        return tag.end()


def _ends(text: str) -> dict[int, int]:
    """By the place of each tag that begins an element: where the element ends."""
    opened: dict[str, list[int]] = {}
    ends: dict[int, int] = {}
    for tag in _TAG.finditer(text):
        begun = opened.setdefault(tag[2].lower(), [])
        if not tag[1]:
            begun.append(tag.start())
        elif begun:
            ends[begun.pop()] = tag.end()
    return ends


def _private(name: str, attributes: str, sheet: Sheet) -> str | None:
    """What an element of HTML is that readers must not see; None for any other."""
    if name in _NO_TEXT:
        return DELETIONS if name == "del" else HIDDEN
    if not _TOLD.search(attributes):
        return None
    tag = BeautifulSoup(f"<{name}{attributes}></{name}>", "html.parser").find(name)
    kind = manuscript.kind(tag, sheet) if isinstance(tag, Tag) else None
    return kind and f"{kind} left out"
