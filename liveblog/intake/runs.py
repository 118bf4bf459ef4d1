"""The words of a page by how they look: paragraphs of runs, whatever elements and styles made them look so.

Programs write one bold word in many ways: `<b>`, a style, a class, or not bold within an element that is. Here each way
becomes the same form, and no element is left that means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from ..stars import joints
from . import embeds

PUT_AWAY = "put-away"
"""The name of elements that readers must not see."""
WITHIN = "within"
"""Attribute of links that led to another place of their page."""
KIND = "list"
LEVEL, SIGN = "level", "sign"
"""Attributes of Word's list items: how deep they are, and the bullet or number that Word has written."""
BEGIN = "\ue000"
"""Stands where plain words begin a line, until the Markdown is complete; no text of a page contains it."""

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_LISTS = {"ul", "ol"}
_BOXES = {
    "body",
    "p",
    "div",
    "article",
    "main",
    "section",
    "header",
    "footer",
    "figure",
    "figcaption",
    "table",
    "thead",
}
_BOXES |= {"tbody", "tfoot", "tr", "td", "th", "dl", "dt", "dd", "center", "details", "summary", "address"}
_BOXES |= {"li", "blockquote", *_LISTS, *_HEADINGS}
_IN_NO_CELL = ["table", "blockquote", "pre", *_LISTS, *_HEADINGS]
_BULLET = re.compile(r"\s*(?:[·•●▪■◦‣\uf0a7\uf0b7\uf0d8]|[o§Øv–—*+-](?=\s*\xa0))\s+")
_BULLETED = re.compile(r"\s*(?:[•●▪■◦‣\uf0a7\uf0b7\uf0d8]\s*|·\s+)(?=[^\s·•●▪■◦‣])")
"""The typed bullet of a line that is no list in HTML."""
_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_LIST_OF_DOCS = re.compile(r"(?:^|\s)(lst-kix_\w{1,40}-(\d))(?=\s|$)")
"""Google Docs: which list this is, and its level. Its lists are not in each other."""
_NUMBER = re.compile(r"\s*(?:(\d{1,3})|[a-zA-Z]{1,5}(?=[.)]\s*\xa0))[.)]\s+")


class Look(NamedTuple):
    """How words look and where they lead; if `lined`, the ends of their source's lines are line breaks."""

    to: str = ""
    struck: bool = False
    bold: bool = False
    italic: bool = False
    code: bool = False
    lined: bool = False


class Run(NamedTuple):
    text: str
    look: Look


_MARKS = {"to": "a", "struck": "s", "bold": "b", "italic": "i", "code": "code"}
_NAMES = {"strong": "b", "em": "i", "cite": "i", "strike": "s", "tt": "code"}
_PLAIN = Look()
_BREAK = Run("\n", _PLAIN)


def settled(page: Tag) -> BeautifulSoup:
    """The page anew: paragraphs, headings, lists, quotations and tables, whose words have only plain elements."""
    fresh = BeautifulSoup("", "html.parser")
    settling = _Settling(fresh)
    settling.walk(page, _PLAIN, fresh)
    settling.flush(fresh)
    return fresh


class _Settling:
    def __init__(self, fresh: BeautifulSoup) -> None:
        self._new = fresh.new_tag
        self._runs: list[Run] = []
        """The words since the last box."""

    def walk(self, node: Tag, look: Look, into: Tag) -> None:
        for child in node.contents:
            if isinstance(child, Tag):
                self._element(child, look, into)
            elif type(child) is NavigableString:
                self._runs += _lines(str(child), look)

    def _element(self, tag: Tag, look: Look, into: Tag) -> None:
        if tag.name == "br":
            self._runs.append(_BREAK)
        elif (address := embeds.address(tag)) is not None:
            self.flush(into)
            self._paragraph(into, [Run(address, _PLAIN)])
        elif tag.name in ("pre", "hr"):
            self.flush(into)
            into.append(self._new(tag.name, string=tag.get_text()))
        elif tag.name in _BOXES:
            self.flush(into)
            self._box(tag, _within(look, tag), into)
        elif tag.name not in (PUT_AWAY, "iframe"):
            begun = len(self._runs)
            self.walk(tag, _within(look, tag), into)
            if _is_raised(tag, self._runs[begun - 1 : begun]):
                self._raise(begun)

    def _raise(self, begun: int) -> None:
        """Write a note's number, or a power, in raised digits: 2025 with a note is not 20251, and a million not 106."""
        words = self._runs[begun:] if len(self._runs) < begun + 5 else []
        if re.fullmatch(r"\s*[-+−]?\d{1,4}\s*", _text(words)):
            self._runs[begun:] = [Run(run.text.translate(_RAISED), run.look) for run in words]

    def _box(self, box: Tag, look: Look, into: Tag) -> None:
        if box.name == "table" and _is_table(box):
            into.append(self._table(box, look))
        elif box.name in _LISTS or box.name == "blockquote" or (box.name == "li" and into.name in _LISTS):
            self._holder(box, look, into)
        else:
            self.walk(box, look, into)
            self.flush(into, box)

    def _holder(self, box: Tag, look: Look, into: Tag) -> None:
        """A list, an item or a quotation. A list directly in a list belongs to the item before it."""
        kind, depth = _list_of_docs(box)
        into = _deeper(into, depth)
        there = _last(into)
        made = there if there is not None and kind and there.get(KIND) == kind else None
        if made is None:
            made = self._new(box.name, attrs={"start": str(box["start"])} if box.get("start") else {})
            if kind:
                made[KIND] = kind
        self.walk(box, look, made)
        self.flush(made)
        if made.contents and made is not there:
            before = there if box.name in _LISTS and into.name in _LISTS else None
            (before or into).append(made)

    def _table(self, table: Tag, look: Look) -> Tag:
        made = self._new("table")
        for row in table.find_all("tr"):
            made.append(line := self._new("tr"))
            for cell in row.find_all(["td", "th"]):
                self.walk(cell, _within(look, cell), line)
                words, self._runs = self._runs, []
                line.append(self._filled(cell.name, [Run(" ", _PLAIN) if run is _BREAK else run for run in words]))
        return made

    def flush(self, into: Tag, box: Tag | None = None) -> None:
        """Put the words since the last box into paragraphs of `into`: into a heading or item, where `box` is one."""
        if into.name == "tr":  # paragraphs of a cell are on one line
            self._runs.append(Run(" ", _PLAIN))
            return
        words, self._runs = self._runs, []
        if box is not None and box.name in _HEADINGS and not re.fullmatch(r"\s*https?://\S+\s*", _text(words)):
            words = [
                Run(" ", _PLAIN) if run is _BREAK else Run(run.text, run.look._replace(bold=False)) for run in words
            ]
            if any(run.text.strip() for run in words):
                into.append(self._filled(box.name, words))
            return
        if box is not None and box.has_attr(LEVEL) and (found := _sign(str(box.get(SIGN, "")), words)) is not None:
            self._item(into, int(str(box[LEVEL])), *found)
            return
        for paragraph in _paragraphs(words):
            for line in _by_bullets(paragraph):
                point = _BULLETED.match(_text(line)) if into.name not in ("li", *_LISTS) else None
                if point is None:
                    self._paragraph(into, line)
                else:
                    self._item(into, 1, "", _cut(line, point.end()))

    def _paragraph(self, into: Tag, words: list[Run]) -> None:
        if into.name == "li" and not into.contents:
            self._fill(into, words)
        else:
            into.append(self._filled("li" if into.name in _LISTS else "p", words))

    def _item(self, into: Tag, level: int, number: str, words: list[Run]) -> None:
        """An item of one of Word's lists, which are paragraphs, in the list that this item continues or begins."""
        kind = "ol" if number else "ul"
        for depth in range(1, level + 1):
            there = _last(into)
            if there is None or not there.has_attr(LEVEL) or (depth == level and there.name != kind):
                there = self._new(kind, attrs={LEVEL: str(depth), **({"start": number} if number else {})})
                into.append(there)
            into = there if depth == level else (_last(there) or there)
        into.append(self._filled("li", words))

    def _filled(self, name: str, words: list[Run]) -> Tag:
        made = self._new(name)
        self._fill(made, words)
        return made

    def _fill(self, into: Tag, words: list[Run]) -> None:
        """Add words, each line as runs whose blanks and signs are where Markdown sees them."""
        for number, line in enumerate(_split(words)):
            if number:
                into.append(self._new("br"))
            runs = _tidy(line)
            if runs and runs[0].look == _PLAIN and into.name[0] != "t":
                runs[0] = Run(BEGIN + runs[0].text, _PLAIN)
            self._nest(into, runs)

    def _nest(self, into: Tag, runs: Sequence[Run]) -> None:
        """Add each run in the elements of its marks; the mark that reaches furthest is outermost."""
        at = 0
        while at < len(runs):
            reach = {mark: _reach(runs, at, mark) for mark in _MARKS if getattr(runs[at].look, mark)}
            if not reach:
                into.append(NavigableString(runs[at].text))
                at += 1
                continue
            mark = max(reach, key=lambda each: reach[each])
            element = self._new(_MARKS[mark], attrs={"href": runs[at].look.to} if mark == "to" else {})
            unmarked = {mark: getattr(_PLAIN, mark)}
            self._nest(element, [Run(run.text, run.look._replace(**unmarked)) for run in runs[at : reach[mark]]])
            into.append(element)
            at = reach[mark]


def _within(look: Look, tag: Tag) -> Look:
    """The look of the words in an element, which is among words with the look `look`."""
    name, style = _NAMES.get(tag.name, tag.name), str(tag.get("style", ""))
    weight = re.findall(r"(?:^|;)font(?:-weight:|:[^;]*?)(bold|[1-9]00(?!p)|normal|lighter)", style, re.I)
    slant = re.findall(r"(?:^|;)font(?:-style:|:[^;]*?)(italic|oblique|normal)", style, re.I)
    space = re.findall(r"(?:^|;)white-space(?:-collapse)?:(pre|break|normal|nowrap|collapse)", style, re.I)
    return Look(
        to=str(tag.get("href", "")) if name == "a" else look.to,
        struck=look.struck or name == "s" or bool(re.search(r"text-decoration[^:;]*:[^;]*line-through", style, re.I)),
        bold=re.match(r"b|[6-9]", weight[-1], re.I) is not None if weight else look.bold or name == "b",
        italic=slant[-1].lower() != "normal" if slant else look.italic or name == "i",
        code=look.code or name == "code",
        lined=space[-1].lower() in ("pre", "break") if space else look.lined,
    )


def _last(tag: Tag) -> Tag | None:
    last = tag.contents[-1] if tag.contents else None
    return last if isinstance(last, Tag) else None


def _is_raised(tag: Tag, before: Sequence[Run]) -> bool:
    """Whether words stand above the line; a link to a note does so if it touches the word before it."""
    if tag.has_attr(WITHIN):
        return not before or not before[0].text[-1:].isspace()
    return tag.name == "sup" or "vertical-align:super" in str(tag.get("style", ""))


def _list_of_docs(box: Tag) -> tuple[str, int]:
    """Which list of Google Docs a list is, and how deep it is; none has no name."""
    names = box.get("class")
    found = (
        _LIST_OF_DOCS.search(names if isinstance(names, str) else " ".join(names or ())) if box.name in _LISTS else None
    )
    return (found[1], int(found[2])) if found else ("", 0)


def _deeper(into: Tag, depth: int) -> Tag:
    """The last item of the list directly before, so many lists further in, as far as there are any."""
    for _ in range(depth):
        there = _last(into)
        item = _last(there) if there is not None and there.has_attr(KIND) else None
        if item is None:
            break
        into = item
    return into


def _is_table(table: Tag) -> bool:
    """Whether a table has rows and columns of words, and does not only hold parts of a page in their places."""
    rows = table.find_all("tr")
    return len(rows) > 1 and any(len(row.find_all(["td", "th"])) > 1 for row in rows) and not table.find(_IN_NO_CELL)


def _sign(written: str, words: list[Run]) -> tuple[str, list[Run]] | None:
    """An item's number (empty: a bullet) and its words without that sign; None for a paragraph that is only indented.

    Word has written the sign apart from the words, or as their beginning.
    """
    text = f"{written}\xa0" if written else "".join(run.text for run in words)
    found = _NUMBER.match(text) or _BULLET.match(text)
    if found is None:
        return ("", words) if written else None
    number = (found[1] or "1") if found.re is _NUMBER else ""
    return number, words if written else _cut(words, found.end())


def _by_bullets(words: list[Run]) -> Iterator[list[Run]]:
    """A paragraph's lines together, except that each line with a bullet begins anew."""
    part: list[Run] = []
    for number, line in enumerate(_split(words)):
        if number and _BULLETED.match(_text(line)):
            yield part
            part = line
        else:
            part += [_BREAK, *line] if number else line
    yield part


def _text(words: list[Run]) -> str:
    return "".join(run.text for run in words)


def _cut(words: list[Run], count: int) -> list[Run]:
    """The words without their first characters."""
    kept = []
    for run in words:
        kept.append(Run(run.text[count:], run.look))
        count = max(0, count - len(run.text))
    return kept


def _lines(text: str, look: Look) -> Iterator[Run]:
    for number, line in enumerate(text.replace(BEGIN, "").split("\n") if look.lined else [text.replace(BEGIN, "")]):
        if number:
            yield _BREAK
        yield Run(line, look._replace(lined=False))


def _split(words: Sequence[Run]) -> list[list[Run]]:
    lines: list[list[Run]] = [[]]
    for run in words:
        if run is _BREAK:
            lines.append([])
        else:
            lines[-1].append(run)
    return lines


def _paragraphs(words: Sequence[Run]) -> Iterator[list[Run]]:
    """The words in paragraphs, which empty lines separate."""
    for blank, lines in groupby(_split(words), key=lambda line: not any(run.text.strip() for run in line)):
        if not blank:
            first, *others = lines
            yield sum(([_BREAK, *line] for line in others), first)


def _tidy(line: list[Run]) -> list[Run]:
    """A line's runs: one blank between words, no blank at an end, and marks only around what Markdown can mark."""
    runs = _stripped(_joined(part for run in line for part in _parts(run)))
    runs = [_between(runs, at) if not run.text.strip() else run for at, run in enumerate(runs)]
    runs = _joined(_bare(run) for run in _joined(runs))
    return _unstarred(_joined(part for at in range(len(runs)) for part in _unpointed(runs, at)))


def _parts(run: Run) -> Iterator[Run]:
    """A run as its words and, without a look, the blanks before and after them."""
    for text in re.split(r"(^\s+|\s+$)", re.sub(r"\s+", _blank, run.text)):
        if text:
            yield Run(text, run.look if text.strip() else _PLAIN)


def _stripped(runs: list[Run]) -> list[Run]:
    if runs:
        runs[0] = Run(runs[0].text.lstrip(), runs[0].look)
        runs[-1] = Run(runs[-1].text.rstrip(), runs[-1].look)
    return [run for run in runs if run.text]


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[0] == "\xa0" else " "


def _joined(runs: Iterable[Run]) -> list[Run]:
    """The runs, neighbours that look alike as one."""
    made = []
    for look, group in groupby((run for run in runs if run.text), key=lambda run: run.look):
        first, *others = group
        made.append(
            Run(re.sub(r"\s+", _blank, first.text + "".join(run.text for run in others)), look) if others else first
        )
    return made


def _between(runs: Sequence[Run], at: int) -> Run:
    """The blank between two runs, with the marks that both of them have."""
    before, after = runs[at - 1].look, runs[at + 1].look
    shared = {name: value for name, value in before._asdict().items() if getattr(after, name) == value}
    return Run(runs[at].text, _PLAIN._replace(**shared))


def _bare(run: Run) -> Run:
    """A link whose words are its address, as these words: they are a link by themselves."""
    said, to = run.text.removesuffix("/"), run.look.to.removesuffix("/")
    alike = {to, to.removeprefix("mailto:")} | ({re.sub("^https?://", "", to)} if said.startswith("www.") else set())
    return Run(run.text, run.look._replace(to="")) if said and said in alike else run


def _unpointed(runs: Sequence[Run], at: int) -> Iterator[Run]:
    """A run, without its marks where a sign at its edge touches a letter beyond it: Markdown sees no mark there."""
    text, look = runs[at]
    if not (look.struck or look.bold or look.italic):
        yield runs[at]
        return
    outer = _PLAIN._replace(to=look.to)
    before = runs[at - 1].text[-1:] if at else ""
    after = runs[at + 1].text[:1] if at + 1 < len(runs) else ""
    first, last = 0, len(text)
    while before.isalnum() and first < last and _is_sign(text[first]):
        first += 1
    while after.isalnum() and first < last and _is_sign(text[last - 1]):
        last -= 1
    yield Run(text[:first], outer)
    yield Run(text[first:last], look)
    yield Run(text[last:], outer)


def _unstarred(runs: list[Run]) -> list[Run]:
    """The runs, upright where the stars for italics would be read as parts of a word: `A*B*C`."""
    line, starts = "", []
    for at, run in enumerate(runs):
        if at:  # a star where only the slant changes; other signs join nothing
            alike = run.look._replace(italic=runs[at - 1].look.italic) == runs[at - 1].look
            line += "*" if alike else "\0"
        starts.append(len(line))
        line += run.text.replace("*", "\0")
    read = joints(line)
    if not read:
        return runs
    return _joined(
        Run(run.text, run.look._replace(italic=False)) if {start - 1, start + len(run.text)} & read else run
        for start, run in zip(starts, runs, strict=True)
    )


def _is_sign(character: str) -> bool:
    return not (character.isalnum() or character.isspace())


def _reach(runs: Sequence[Run], at: int, mark: str) -> int:
    """Where a run's mark ends."""
    value = getattr(runs[at].look, mark)
    return next((to for to in range(at, len(runs)) if getattr(runs[to].look, mark) != value), len(runs))
