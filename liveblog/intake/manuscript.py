"""HTML of word processors (Word, Google Docs, LibreOffice): the part for readers, as Markdown.

Such files contain notes between authors and editors: comments, tracked deletions, hidden text. None of it is published.
`<del>` marks removed text in HTML and a tracked deletion in Word: it is dropped. `<s>` is struck text that readers
should see: it stays, struck.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from markdownify import MarkdownConverter

from .. import addresses
from ..errors import Invalid

_PUT_AWAY = "put-away"
"""The name that elements get when readers must not see them."""
_LEVEL, _SIGN = "data-level", "data-sign"
"""Attributes of Word's list items: how deep they are, and the bullet or number that Word has written."""
_PRIVATE_CLASSES = re.compile(r"msocom|msodel$|(?:paragraph-)?deletion$|comment-start$", re.I)
"""Word's comments and deletions; the last two are pandoc's."""
_PRIVATE_STYLES = re.compile(
    r"(?:^|;)(?:mso-element:comment|mso-special-character:comment|mso-hide:all|mso-list:ignore"
    r"|display:none|visibility:hidden)",
    re.I,
)
_PRIVATE_IDS = re.compile(r"cmnt_ref\d+|_(?:com|msocom|msoanchor)_\d+")
_PRIVATE_TARGETS = re.compile(r"#(?:cmnt\d|_msocom_)")
_REMARK = re.compile(r"cmnt\d+")
"""Google Docs: the anchor at the beginning of a comment's text, at the end of the page."""
_BULLET = re.compile(r"(?:[·•●▪■◦‣\uf0a7\uf0b7\uf0d8]|(?:[o§Øv–—-]|\\[*+])(?=\s*\xa0))\s+")
_NUMBER = re.compile(r"(?:(\d{1,3})|[a-zA-Z]{1,5}(?=\\?[.)]\s*\xa0))\\?[.)]\s+")
_CONTAINERS = {"p", "div", "span", "sup", "b", "strong", "i", "em", "li"}

TAGS = {"span", "ins", "sup", "sub", "u", "font", "small", "strike", "section", "header", "footer", "figure"}
TAGS |= {
    "figcaption",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "td",
    "th",
    "dl",
    "dt",
    "dd",
    "center",
    "label",
    "mark",
}
TAGS |= {"details", "summary", "address", "q", "cite", "abbr", "time", "big", "tt"}
"""Elements without a meaning here, which may carry a mark that their text is not for readers."""
ATTRIBUTES = {"*": {"class", "style", "id", "name", "hidden"}, "a": {"href"}, "ol": {"start"}}
"""Attributes that sanitising must keep for this module."""

ELEMENTS = 20_000
"""Most elements of an article. A post cannot hold that many paragraphs or bold words."""
_UNCLOSED, _EMPHASES, _LEVELS = 300, 20, 100
"""Most open elements; most open elements that each paragraph repeats; deepest level that is converted."""
_TAG = re.compile(r"<(/?)([a-z][\w:-]{0,63})", re.I | re.A)
_CLEAN_TAG = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*+)>""")
_VOID = {"br", "hr", "img", "input", "link", "meta", "col", "area", "base", "embed", "source", "track", "wbr", "param"}
_ENDED_BY_THE_NEXT = {"p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "rt", "rp", "a"}
_ENDED_BY_THE_NEXT |= {"html", "head", "body"}
_BEGUN_ANEW = {"b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}


def trimmed(text: str) -> str:
    """HTML without tags that nest deeper than any text does. Raises `Invalid` for too many elements.

    A parser that works like browsers searches all open elements at each tag, and repeats unclosed ones in each
    paragraph.
    """
    opened = begun = elements = 0

    def look(tag: re.Match[str]) -> str:
        nonlocal opened, begun, elements
        name, step = tag[2].lower(), -1 if tag[1] else 1
        elements += step > 0
        if elements > ELEMENTS:
            raise Invalid(f"the article has more than {ELEMENTS} elements of HTML", field="preview")
        if name in _VOID | _ENDED_BY_THE_NEXT:
            return tag[0]
        most = max(opened, opened + step) > _UNCLOSED
        opened = max(0, opened + step)
        if name in _BEGUN_ANEW:
            most = most or max(begun, begun + step) > _EMPHASES
            begun = max(0, begun + step)
        return "</x" if most else tag[0]  # an end tag without a start tag: parsers ignore it

    # Several blanks mean the same as one; a Markdown parser would take quadratic time for them.
    text = re.sub(r"[ \t\r\n\f]{100,}", lambda gap: "\n\n" if "\n" in gap[0] else " ", text)
    return _TAG.sub(look, text)


def flattened(clean: str) -> str:
    """Sanitised HTML without the tags that lie too deep to be converted. Raises `Invalid` for too many elements."""
    kept: list[bool] = []
    elements = level = 0

    def look(tag: re.Match[str]) -> str:
        nonlocal elements, level
        if tag[2] in _VOID:
            return tag[0]
        if tag[1]:
            shown = kept.pop() if kept else False
            level -= shown
            return tag[0] if shown else ""
        elements += 1
        if elements > ELEMENTS:
            raise Invalid(f"the article has more than {ELEMENTS} elements of HTML", field="preview")
        kept.append(level < _LEVELS)
        level += kept[-1]
        return tag[0] if kept[-1] else ""

    return _CLEAN_TAG.sub(look, clean)


def read(page: BeautifulSoup) -> tuple[str | None, str]:
    """The headline, where there is one, and the Markdown of the article in a page of well-formed HTML."""
    _put_away(page)
    root = page.find("article") or page.find("main") or page
    title = _title(root) or _title(page)
    headline = _words(title) if title is not None else None
    if title is not None:
        title.name = _PUT_AWAY
    return headline, _Converter().process_tag(root)


def _tags(root: Tag) -> Iterator[Tag]:
    """Every element in the order of the page, except inside an element that was put away."""
    waiting = [root]
    while waiting:
        tag = waiting.pop()
        yield tag
        if tag.name != _PUT_AWAY:
            waiting.extend(child for child in reversed(tag.contents) if isinstance(child, Tag))


def _put_away(page: BeautifulSoup) -> None:
    # Elements are renamed and not removed: BeautifulSoup needs time for each sibling to remove one.
    remarks = _remarks(page)
    item: Tag | None = None
    for tag in _tags(page):
        if tag is page:
            continue
        if id(tag) in remarks or _is_private(tag):
            if "mso-list:ignore" in _style(tag).lower() and item is not None:
                item[_SIGN] = _words(tag)
            tag.name = _PUT_AWAY
        elif tag.name == "p" and _is_item(tag):
            before = int(str(item[_LEVEL])) if item is not None and _before(tag) is item else 0
            tag[_LEVEL], item = str(min(_level(tag), before + 1)), tag
        elif tag.name == "a":
            _straighten(tag)
        elif tag.name == "strike":
            tag.name = "s"
        elif tag.name in TAGS:
            tag.name = "span"


def _is_private(tag: Tag) -> bool:
    if tag.name == "del" or tag.has_attr("hidden"):
        return True
    if any(_PRIVATE_CLASSES.match(name) for name in _classes(tag)) or _PRIVATE_STYLES.search(_style(tag)):
        return True
    if any(_PRIVATE_IDS.fullmatch(str(tag.get(name, ""))) for name in ("id", "name")):
        return True
    return tag.name == "a" and bool(_PRIVATE_TARGETS.match(str(tag.get("href", ""))))


def _classes(tag: Tag) -> list[str]:
    found = tag.get("class")
    return [name.lower() for name in (found if isinstance(found, list) else str(found or "").split())]


def _style(tag: Tag) -> str:
    return re.sub(r"\s", "", str(tag.get("style", "")))


def _remarks(page: BeautifulSoup) -> set[int]:
    """The elements that are comments of Google Docs: those that begin with a comment's anchor, up to its box."""
    said, at = 0, {}
    found: set[int] = set()
    for node in page.descendants:
        if isinstance(node, NavigableString):
            said += bool(node.strip())
            continue
        if not isinstance(node, Tag):
            continue
        at[id(node)] = said
        if node.name != "a" or not any(_REMARK.fullmatch(str(node.get(name, ""))) for name in ("id", "name")):
            continue
        box: Tag = node
        for outer in node.parents:
            if outer.name not in _CONTAINERS or at[id(outer)] != said:
                break
            box = outer
            if outer.name == "div":
                break
        found.add(id(box))
    return found


def _is_item(tag: Tag) -> bool:
    """Whether a paragraph is an item of one of Word's lists, which are paragraphs with a bullet or number."""
    return any(name.startswith("msolist") for name in _classes(tag)) or bool(re.search(r"mso-list:l\d", _style(tag)))


def _level(tag: Tag) -> int:
    found = re.search(r"mso-list:l\d+level(\d)", _style(tag))
    return max(1, int(found[1])) if found else 1


def _before(tag: Tag) -> Tag | None:
    """The element directly before."""
    node = tag.previous_sibling
    while isinstance(node, NavigableString) and not node.strip():
        node = node.previous_sibling
    return node if isinstance(node, Tag) else None


def _straighten(link: Tag) -> None:
    """Replace a link's address by its final one; a link without such an address becomes plain text."""
    to = addresses.target(str(link.get("href", "")))
    if to is None:
        link.name = "span"
    else:
        link["href"] = to


def _title(root: Tag) -> Tag | None:
    """The first heading, or the first paragraph that has the title's style in Word or Google Docs."""
    return next((tag for tag in _tags(root) if _is_title(tag) and _words(tag)), None)


def _is_title(tag: Tag) -> bool:
    return tag.name == "h1" or (tag.name == "p" and not {"msotitle", "title"}.isdisjoint(_classes(tag)))


def _words(tag: Tag) -> str:
    """An element's text on one line, without what was put away."""
    parts: list[str] = []
    waiting: list[Tag | NavigableString] = [tag]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Tag):
            if node.name == "br":
                parts.append(" ")
            elif node.name != _PUT_AWAY:
                waiting.extend(child for child in reversed(node.contents) if isinstance(child, Tag | NavigableString))
        else:
            parts.append(str(node))
    return " ".join("".join(parts).split())


class _Converter(MarkdownConverter):
    def __init__(self) -> None:
        super().__init__(heading_style="ATX", bullets="-")
        self._counts: dict[int, int] = {}

    def process_tag(self, node: Tag, parent_tags: set[str] | None = None) -> str:
        return "" if node.name == _PUT_AWAY else str(super().process_tag(node, parent_tags=parent_tags))  # type: ignore[misc]

    def escape(self, text: str, parent_tags: set[str]) -> str:
        parts, at = [], 0
        for start, end in addresses.found(text):
            parts += [str(super().escape(text[at:start], parent_tags)), text[start:end]]  # type: ignore[misc]
            at = end
        return "".join([*parts, str(super().escape(text[at:], parent_tags))])  # type: ignore[misc]

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        # markdownify counts the preceding items again for each item.
        lines = text.strip().split("\n")
        if lines == [""]:
            return "\n"
        bullet = "- "
        if el.parent is not None and el.parent.name == "ol":
            start = str(el.parent.get("start", "1"))
            at = self._counts.get(id(el.parent), int(start) if re.fullmatch(r"[0-9]{1,8}", start) else 1)
            self._counts[id(el.parent)] = at + 1
            bullet = f"{at}. "
        indent = " " * len(bullet)
        return bullet + "\n".join([lines[0], *(indent + line if line else "" for line in lines[1:])]) + "\n"

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = _closed_up(text)
        if not text.strip():
            return ""
        item = _item(el, text.strip()) if el.has_attr(_LEVEL) and "_inline" not in parent_tags else None
        return str(super().convert_p(el, text, parent_tags)) if item is None else item  # type: ignore[misc]

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:
        return str(super().convert_hN(n, el, _closed_up(text), parent_tags)) if text.strip() else ""  # type: ignore[misc]


def _closed_up(text: str) -> str:
    """A paragraph on one line, except for intended breaks, and without the gaps of removed parts."""
    return "  \n".join(re.sub(r"[ \t\n]+", " ", line).strip(" ") for line in text.split("  \n"))


def _item(paragraph: Tag, text: str) -> str | None:
    """One of Word's list items as Markdown; None for a paragraph that is only indented."""
    sign = str(paragraph[_SIGN]) + "\xa0" if paragraph.has_attr(_SIGN) else ""
    start = _NUMBER.match(sign or text) or _BULLET.match(sign or text)
    if start is None and not sign:
        return None
    bare = text if sign else text[start.end() if start else 0 :]
    number = start[1] or "1" if start is not None and start.re is _NUMBER else ""
    bullet = f"{number}. " if number else "- "
    indent = "   " * (int(str(paragraph[_LEVEL])) - 1)
    lines = bare.split("\n")
    return "\n" + "\n".join([f"{indent}{bullet}{lines[0]}", *(f"{indent}   {line}" for line in lines[1:])]) + "\n"
