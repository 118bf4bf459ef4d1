"""Style sheets of a page, as far as they say which words are hidden, bold, italic or struck.

By hand and not by a library: the result is bounded by the text, whatever the sheet repeats. Each function takes time in
proportion to the text. Pure.

Selectors of names, classes, ids and attributes, also within others, are read. What depends on the reader (a width of
the screen, a state) or on the place of an element among others makes a rule doubtful: it hides nothing, but is known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..errors import Invalid
from . import hiding

Style = dict[str, str]
"""The value of each property that is read, in lower case and without blanks; a later one has won over an earlier."""

_READ = {"display", "visibility", "content-visibility", "mso-hide", "mso-element", "mso-special-character", "mso-list"}
_READ |= {"font", "font-weight", "font-style", "text-decoration", "text-decoration-line", "vertical-align"}
_READ |= {"clip", "clip-path", "white-space", "white-space-collapse", "opacity", "font-size", "transform"}
_READ |= {"left", "right", "top", "text-indent", "margin-left", "margin-top", "overflow", "overflow-x", "overflow-y"}
_READ |= {
    "height",
    "line-height",
    "max-height",
    "width",
    "max-width",
    "color",
    "background",
    "background-color",
    "background-image",
}
_READ |= {"padding", "padding-bottom", "padding-top", "flex", "flex-grow", "min-height", "min-width"}
_VALUE, _ALIKE = 100, 50
"""Most characters of a value; most rules that are found by the same name."""
_LONGEST, _PARTS, _NAMES = 300, 6, 40
"""Most characters of a selector; most elements that it names; most names of an element, or of a page's own."""
_STEPS = 30_000_000
"""Most elements that are looked at for rules within others, of all elements of a page together: some seconds' work."""
_USUAL: dict[str, Style] = {"bold": {"font-weight": "bold"}, "italic": {"font-style": "italic"}}
"""Classes that have a look without a sheet."""
_TAG = re.compile(r"<(/?)style\b([^>]{0,200})>?", re.I)
_PAPER = re.compile(r"\bmedia\s*=(?!.*\b(?:screen|all|not)\b).*\bprint\b", re.I | re.S)
_PAGE = re.compile(r"<(?:html|body)\b([^>]{0,2000})>", re.I)
_LOOK = re.compile(r"""\b(style|bgcolor|background)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_OWN = re.compile(r"""\b(class|id)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_SIGN = re.compile(r""""(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|\\.|[{};]""", re.S)
"""What may end something, and what only looks so: a string (it ends with its line, if not before), a sign of a name."""
_NAME = r"(?:[\w-]|[^\x00-\x7f]|\\(?:[0-9a-f]{1,6}\s?|[^\n0-9a-f]))+"
_STEP = re.compile(
    rf"""\s*(?P<joint>[>+~]|\s|)\s*(?P<compound>(?:\*|{_NAME})?(?:[.\#]{_NAME}
    |\[\s*[\w-]+\s*(?:[~|^$*]?=\s*(?:"[^"\\]*"|'[^'\\]*'|[^\s\]"']+)\s*[is]?\s*)?\]
    |::?[\w-]+(?:\((?:[^()]|\([^()]*\))*+\))?)*+)""",
    re.X,
)
_PART = re.compile(
    rf"""(?P<name>[.\#]?{_NAME})|\[\s*(?P<attribute>[\w-]+)\s*(?:(?P<how>[~|^$*]?)=\s*
    (?P<value>"[^"]*"|'[^']*'|[^\s\]"']+))?[^\]]*\]|(?P<pseudo>::?[\w-]+(?:\((?:[^()]|\([^()]*\))*+\))?)|\*""",
    re.X,
)
_IS = re.compile(r":(?:is|where|matches|any)\(([^()]*)\)", re.I)
_STATES = re.compile(r":(?:link|visited|any-link|root|scope|defined|host)$")
"""Pseudo-classes of which every element in question is one, or which change nothing."""
_MORE = re.compile(r"::|:(?:hover|focus|active|target|before|after|first-l|checked|disabled|placeholder|selection)")
"""Pseudo-elements and states of a moment: what they hide is no text, or shown otherwise."""


class Test(NamedTuple):
    """A test of an attribute's value (`^=`, `$=`, `*=`)."""

    attribute: str
    how: str
    value: str


class Part(NamedTuple):
    """What a selector says of one element; `joint` is how it stands to the next one."""

    names: frozenset[str]
    tests: tuple[Test, ...] = ()
    joint: str = " "


class Rule(NamedTuple):
    """A style, and the elements that it is of. `doubt` is the selector, if the rule is of some of them only."""

    own: Part
    around: tuple[Part, ...]
    weight: tuple[int, int, int, int]
    style: Style
    doubt: str


class Element(NamedTuple):
    """An element by its names (`p`, `.class`, `#id`, `[attribute]`, `[attribute=value]`), and its attributes."""

    names: frozenset[str]
    attributes: dict[str, str]


class Sheet:
    """What a page's style sheets say of its elements."""

    def __init__(self, page: str) -> None:
        css = _css(page)
        self._page = Element(frozenset(_names_of_page(page)) if css.strip() else frozenset(), {})
        blocks = list(_blocks(css))
        self.behind = hiding.background(_of_page(page, blocks), hiding.WHITE)
        """The page's own colour, as six digits; None if it is not known."""
        self._rules: dict[str, list[Rule]] = {}
        self._parent: Element | None = None
        self._held: dict[int, bool] = {}
        self._around: frozenset[str] = frozenset()
        """All names around the present element."""
        self._steps = 0
        read: list[tuple[str, Style, bool, tuple[list[Part], bool]]] = [
            (f".{name}", style, False, ([Part(frozenset((f".{name}",)))], False)) for name, style in _USUAL.items()
        ]
        read += [
            (selector, style, doubt, parts)
            for selectors, own, doubt in blocks
            if (style := declarations(own))
            for listed in _apart(selectors)
            for selector in _alternatives(listed)
            if (parts := _parts(selector)) is not None
        ]
        used = Counter(name for *_, (own, *_) in read for name in own[0].names)
        for at, (selector, style, doubt, parts) in enumerate(read):
            self._add(selector, style, doubt or parts[1], parts[0], at, used)

    def _add(self, selector: str, style: Style, doubt: bool, own: Sequence[Part], at: int, used: Counter[str]) -> None:
        *around, last = own
        by = min(last.names, key=lambda name: (used[name], name), default="*")
        alike = self._rules.setdefault(by, [])
        names = [name for part in own for name in part.names]
        ids, others = (sum(name[0] in signs for name in names) for signs in ("#", ".["))
        weight = (ids, others + sum(len(part.tests) for part in own), len(names) - ids - others, at)
        rule = Rule(last, tuple(around), weight, style, selector if doubt else "")
        same = [n for n, each in enumerate(alike[:_ALIKE]) if each[:2] == rule[:2] and each.doubt == rule.doubt]
        if same:
            before = alike[same[0]]
            alike[same[0]] = rule._replace(style=_override(dict(before.style), style))
        elif len(alike) < _ALIKE:
            alike.append(rule)
        elif len(alike) == _ALIKE and hiding.hides(style):  # the others are not read: one of them stands for all
            alike.append(Rule(Part(frozenset((by,))), (), weight, {"display": "none"}, selector))

    def style(self, element: Element, around: Sequence[Element], own: str) -> tuple[Style, list[tuple[Style, str]]]:
        """An element's style: what the sheets say, the more exact selector last, then what it says itself.

        `around` are the elements that it is in, the outermost first. Also returns the styles of doubtful rules, with
        their selectors.
        """
        found: Style = {}
        doubts: list[tuple[Style, str]] = []
        rules = [rule for name in ("*", *element.names) for rule in self._rules.get(name, ())]
        fits = [rule for rule in rules if _is(element, rule.own) and (not rule.around or self._holds(rule, around))]
        for rule in sorted(fits, key=lambda rule: rule.weight):
            if rule.doubt:
                doubts.append((rule.style, rule.doubt))
            else:
                _override(found, rule.style)
        return (_override(found, declarations(own)) if own else found), doubts

    def _holds(self, rule: Rule, around: Sequence[Element]) -> bool:
        """Whether a rule is of what stands in these elements; the answer is kept for all that stands in them.

        Raises `Invalid` if a page asks too much.
        """
        parent = around[-1] if around else self._page
        if parent is not self._parent:
            self._parent, self._held = parent, {}
            self._around = self._page.names.union(*(each.names for each in around))
        if (held := self._held.get(id(rule))) is None:
            held = all(part.names <= self._around for part in rule.around)
            if held:
                self._steps += len(around)
                if self._steps > _STEPS:
                    raise Invalid("the page's style sheets have too many rules", field="preview")
                held = _is_within([self._page, *around], rule.around)
            self._held[id(rule)] = held
        return held


def element(name: str, attributes: dict[str, str], classes: Iterable[str]) -> Element:
    """An element as selectors see it."""
    names = [name, *(f".{each}" for each in classes)][:_NAMES]
    if own := attributes.get("id"):
        names.append(f"#{own.lower()}")
    for key, value in [*attributes.items()][:_NAMES]:
        names += [f"[{key}]", f"[{key}={value.lower()}]"]
    return Element(frozenset(names), attributes)


def _is(element: Element, part: Part) -> bool:
    if not part.names <= element.names:
        return False
    return all(_passes(element.attributes.get(test.attribute, "")[:_LONGEST].lower(), test) for test in part.tests)


def _passes(value: str, test: Test) -> bool:
    if test.how == "^":
        return value.startswith(test.value)
    return value.endswith(test.value) if test.how == "$" else test.value in value


def _is_within(outer: Sequence[Element], parts: Sequence[Part]) -> bool:
    """Whether the elements around are those that a selector asks for, the innermost as near as can be."""
    at = len(outer)
    for part in reversed(parts):
        at -= 1
        if part.joint != ">":
            while at >= 0 and not _is(outer[at], part):
                at -= 1
        if at < 0 or not _is(outer[at], part):
            return False
    return True


# -- selectors


def _apart(selectors: str) -> Iterator[str]:
    """The selectors of a list; a comma in brackets separates none."""
    if "(" not in selectors and "[" not in selectors:
        yield from (each.strip() for each in selectors.split(","))
        return
    depth, begun = 0, 0
    for sign in re.finditer(r"[(),\[\]]", selectors):
        if sign[0] == ",":
            if not depth:
                yield selectors[begun : sign.start()].strip()
                begun = sign.end()
        else:
            depth = max(0, depth + (1 if sign[0] in "([" else -1))
    yield selectors[begun:].strip()


def _alternatives(selector: str) -> Iterator[str]:
    """A selector for each of those that `:is(…)` or `:where(…)` lists, which is read where it stands first."""
    found = _IS.search(selector) if len(selector) <= _LONGEST else None
    if found is None:
        yield selector
        return
    for each in found[1].split(",")[:_ALIKE]:
        own, name = each.strip(), selector[: found.start()]
        # `p:is(.a)` is `p.a`; an element's name stands before its classes
        yield (own + name if re.fullmatch(_NAME, own) else name + own) + selector[found.end() :]


def _parts(selector: str) -> tuple[list[Part], bool] | None:
    """The elements that a selector names, and whether it says more of them than is read; None if it is of no text."""
    if not selector or len(selector) > _LONGEST or _MORE.search(selector):
        return None
    selector = re.sub(r"(?<![\w*])(?:\*|[\w-]{1,40})?\|(?!=)", "", selector)  # a namespace
    found: list[Part] = []
    doubt, at = False, 0
    while at < len(selector):
        step = _STEP.match(selector, at)
        if step is None or not step["compound"]:
            return None
        if len(found) == _PARTS:  # the outermost is not looked at
            found, doubt = found[1:], True
        if found:
            if step["joint"] in ("+", "~"):  # an element beside it: the rule is of some elements only
                found.pop()
                doubt = True
            else:
                found[-1] = found[-1]._replace(joint=">" if step["joint"] == ">" else " ")
        part, more = _compound(step["compound"])
        found.append(part)
        doubt, at = doubt or more, step.end()
    # `html` and `body` are around everything; a rule that says nothing else of an element is of all.
    whole = [part for part in found[:-1] if part.names or part.tests]
    if not whole and not found[-1].names and (doubt or not found[-1].tests):
        return None
    return [*whole, found[-1]], doubt


def _compound(text: str) -> tuple[Part, bool]:
    names: list[str] = []
    tests: list[Test] = []
    doubt = False
    for each in _PART.finditer(text):
        if each["name"]:
            name = _unescaped(each["name"]).lower()
            names += [name] if name not in ("html", "body") else []
        elif each["attribute"]:
            key, how = each["attribute"].lower(), each["how"] or ""
            value = (each["value"] or "").strip("\"'").lower()
            if each["value"] is None:
                names.append(f"[{key}]")
            elif how == "~" and key == "class":
                names.append(f".{value}")
            elif how:
                names.append(f"[{key}]")
                tests.append(Test(key, how, value))
            else:
                names.append(f"#{value}" if key == "id" else f"[{key}={value}]")
        elif each["pseudo"] and not _STATES.match(each["pseudo"].lower()):
            doubt = True
    return Part(frozenset(names), tuple(tests)), doubt


def _unescaped(name: str) -> str:
    """A name without the backslashes of CSS: `md\\:hidden`."""

    def sign(found: re.Match[str]) -> str:
        number = int(found[1], 16) if found[1] else 0
        return chr(number) if 0 < number < 0xD800 else found[2] or ""

    return re.sub(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", sign, name) if "\\" in name else name


def _of_page(page: str, blocks: Iterable[tuple[str, str, bool]]) -> Style:
    """The style of the page's own elements, as far as it says their background."""
    found: Style = {}
    for selectors, own, doubt in blocks:
        if not doubt and not {"body", "html"}.isdisjoint(selectors[:_LONGEST].lower().replace(" ", "").split(",")):
            _override(found, declarations(own))
    for tag in list(_PAGE.finditer(page[:200_000]))[:4]:
        for kind, *values in _LOOK.findall(tag[1]):
            value = "".join(values)
            _override(found, declarations(value if kind.lower() == "style" else f"background:{value}"))
    return found


def _names_of_page(page: str) -> Iterator[str]:
    """The classes and ids of a page's own elements, which sanitising removes. Scripts replace `no-js` at once."""
    for tag in list(_PAGE.finditer(page[:200_000]))[:4]:
        for kind, *values in _OWN.findall(tag[1]):
            words = [word for word in "".join(values).lower().split()[:_NAMES] if word not in ("no-js", "nojs")]
            yield from (f".{word}" if kind.lower() == "class" else f"#{word}" for word in words)


# -- sheets


def declarations(style: str) -> Style:
    """The properties of a style that are read."""
    found: Style = {}
    for declaration in _unescaped(_without_comments(style)).split(";"):
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
        elif begun is None and not tag[1] and not _PAPER.search(tag[2]):
            begun = tag.end()
    parts += [page[begun:]] if begun is not None else []
    return re.sub(r"<!--|-->|<!\[CDATA\[|\]\]>", "", _without_comments("".join(parts)))


def _without_comments(css: str) -> str:
    first, *others = css.split("/*")
    return first + "".join(other.partition("*/")[2] for other in others)


class _Open(NamedTuple):
    """A block that has begun: a rule, or what holds rules. `skipped` if none of it is read."""

    selectors: str
    doubt: bool
    skipped: bool


_OUTERMOST, _TOO_DEEP, _DEEPEST = _Open("", False, False), _Open("", True, True), 20
_ALWAYS = re.compile(r"@(?:media\s+(?:only\s+)?(?:screen|all)\s*(?:,.*)?|layer\b.*|supports(?!\s*not).*)$", re.I | re.S)
_SOMETIMES = re.compile(r"@(?:media(?!\s+(?:only\s+)?(?:print|speech)\b)|container|scope|supports)", re.I)


def _blocks(css: str) -> Iterator[tuple[str, str, bool]]:
    """The selectors and the style of each rule, also within others, and whether it holds only for some readers."""
    waiting: list[_Open] = []
    begun, own = 0, ""
    """Where the present declaration begins, and the earlier ones of the innermost block."""
    owns: list[str] = []
    for sign in _SIGN.finditer(css):
        outer = waiting[-1] if waiting else _OUTERMOST
        if sign[0] == ";":
            own += css[begun : sign.end()] if waiting else ""
        elif sign[0] == "{":
            deep = len(waiting) >= _DEEPEST
            waiting.append(_TOO_DEEP if deep else _opened(css[begun : sign.start()].strip(), outer))
            owns.append(own)
            own = ""
        elif sign[0] == "}" and waiting:
            block = waiting.pop()
            if block.selectors and not block.skipped:
                yield block.selectors, own + css[begun : sign.start()], block.doubt
            own = owns.pop()
        elif sign[0] != "}":
            continue  # a string, or an escape
        begun = sign.end()
    while waiting:  # a sheet may end without its last brackets
        block = waiting.pop()
        if block.selectors and not block.skipped:
            yield block.selectors, own + css[begun:], block.doubt
        own, begun = owns.pop(), len(css)


def _opened(head: str, outer: _Open) -> _Open:
    if head.startswith("@"):
        always = bool(_ALWAYS.match(head))
        return _Open(
            outer.selectors, outer.doubt or not always, outer.skipped or not (always or _SOMETIMES.match(head))
        )
    if not outer.selectors:
        return _Open(head, outer.doubt, outer.skipped)
    if "," in outer.selectors or len(outer.selectors) + len(head) > _LONGEST:
        return _Open(head.replace("&", "")[:_LONGEST], True, outer.skipped)
    around = outer.selectors
    nested = [each.replace("&", around, 2) if "&" in each else f"{around} {each}" for each in _apart(head[:_LONGEST])]
    return _Open(",".join(nested), outer.doubt, outer.skipped)
