"""Style sheets of a page, as far as they say which words are hidden, bold, italic or struck.

By hand and not by a library: the result is bounded by the text, whatever the sheet repeats. Each function takes time in
proportion to the text. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

Style = dict[str, str]
"""The value of each property that is read, in lower case and without blanks; a later one has won over an earlier."""

_READ = {"display", "visibility", "content-visibility", "mso-hide", "mso-element", "mso-special-character", "mso-list"}
_READ |= {"font", "font-weight", "font-style", "text-decoration", "text-decoration-line", "vertical-align"}
_READ |= {
    "clip",
    "white-space",
    "white-space-collapse",
    "opacity",
    "font-size",
    "left",
    "right",
    "top",
    "text-indent",
}
_VALUE, _ALIKE = 100, 20
"""Most characters of a value; most selectors that have their last name in common."""
_SELECTOR = re.compile(r"[a-z][a-z0-9]*+(?:[.#][\w-]++)*+|(?:[.#][\w-]++)++")
_TAG = re.compile(r"<(/?)style\b([^>]{0,200})>?", re.I)


class Sheet:
    """What a page's style sheets say of elements by name, class and id; other selectors are not read."""

    def __init__(self, page: str) -> None:
        self._rules: dict[str, dict[frozenset[str], Style]] = {
            ".bold": {frozenset((".bold",)): {"font-weight": "bold"}},
            ".italic": {frozenset((".italic",)): {"font-style": "italic"}},
        }
        for selectors, style in _blocks(_css(page)):
            if read := declarations(style):
                for selector in selectors.lower().split(","):
                    self._add(selector.strip(), read)

    def _add(self, selector: str, style: Style) -> None:
        if not _SELECTOR.fullmatch(selector):
            return
        names = re.findall(r"[.#]?[\w-]+", selector)
        alike = self._rules.setdefault(names[-1], {})
        if len(alike) < _ALIKE or frozenset(names) in alike:
            _override(alike.setdefault(frozenset(names), {}), style)

    def style(self, element: str, classes: Iterable[str], id: str, own: str) -> Style:
        """An element's style: what the sheets say, the more exact selector last, then what it says itself."""
        names = dict.fromkeys([element, *(f".{name}" for name in classes), *([f"#{id.lower()}"] if id else ())])
        fits = [rule for name in names for rule in self._rules.get(name, {}).items() if rule[0] <= names.keys()]
        found: Style = {}
        for _, style in sorted(fits, key=lambda rule: (any(name[0] == "#" for name in rule[0]), len(rule[0]))):
            _override(found, style)
        return _override(found, declarations(own)) if own else found


def declarations(style: str) -> Style:
    """The properties of a style that are read."""
    found: Style = {}
    for declaration in _without_comments(style).split(";"):
        name, _, value = declaration.partition(":")
        name = name.strip().lower()
        if name in _READ:
            _override(found, {name: re.sub(r"\s", "", value)[:_VALUE].lower()})
    return found


def _override(style: Style, later: Style) -> Style:
    """Change a style by a later one, which does not win over what is important. Returns the style."""
    for name, value in later.items():
        if not style.get(name, "").endswith("!important") or value.endswith("!important"):
            style.pop(name, None)
            style[name] = value
    return style


def _css(page: str) -> str:
    """The text of a page's style elements, except for those that are for paper."""
    parts, begun = [], None
    for tag in _TAG.finditer(page):
        if begun is not None and tag[1]:
            parts.append(page[begun : tag.start()])
            begun = None
        elif begun is None and not tag[1] and not re.search(r"\bmedia\b.*print", tag[2], re.I | re.S):
            begun = tag.end()
    return _without_comments("".join(parts)).replace("<!--", "").replace("-->", "")


def _without_comments(css: str) -> str:
    first, *others = css.split("/*")
    return first + "".join(other.partition("*/")[2] for other in others)


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """The selectors and the style of each rule. Rules in others (`@media`) are not read."""
    depth, head, at = 0, "", 0
    for sign in re.finditer(r"[{}]", css):
        if sign[0] == "{":
            if not depth:
                head = css[at : sign.start()].rpartition(";")[2].strip()
            depth += 1
        else:
            if depth == 1 and not head.startswith("@"):
                yield head, css[at : sign.start()]
            depth = max(0, depth - 1)
        at = sign.end()
