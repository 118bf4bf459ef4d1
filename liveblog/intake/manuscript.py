"""HTML of word processors (Word, Google Docs, LibreOffice): the part for readers, as Markdown.

Such files contain notes between authors and editors: comments, tracked deletions, hidden text. None of it is published.
`<del>` marks removed text in HTML and a tracked deletion in Word: it is dropped. `<s>` is struck text that readers
should see: it stays, struck.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from urllib.parse import quote

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from markdownify import MarkdownConverter

from .. import addresses
from ..errors import Invalid
from . import embeds, escaping, hiding, pages, sheets
from .runs import BEGIN, LEVEL, PUT_AWAY, SIGN, WITHIN, settled
from .sheets import Element, Sheet, Style

_DELETED = re.compile(
    r"(?:mso|ice-|[\w-]*[-_])?(?:del|deleted?|deletion|movefrom)$|trackchange\w*delet|(?:deleted-?text|rev-?del(?:eted)?)$",
    re.I,
)
_REMARKED = re.compile(r"msocom|comment-start$|docos-|sdcomment", re.I)
"""Classes of deletions and of comments: of Word, also for the web, pandoc (`deletion`, `comment-start`), CKEditor,
Google Docs, LibreOffice and the editors of newsrooms (`del cts-1`)."""
_CONTENTS = re.compile(r"msotoc(?:\d|heading)", re.I)
_TO_HEADINGS = re.compile(r"#(?:_Toc\d|h\.\w|heading=h\.|__RefHeading)")
_UNSEEN = re.compile(r"(?:sr-only|(?:u-|is-)?visually-?hidden|screen-reader-text|msoplaceholdertext)$", re.I)
"""Classes of words that no browser shows, or that only a form shows."""
_REMARKS = re.compile(r"mso-(?:element|special-character):comment", re.I)
_NOTED = re.compile(
    r"(?:editor(?:ial|s)?|internal|private|confidential|author|legal|desk|staff)[-_]?(?:note|comment|remark|memo|only)s?"
)
_MARKING = re.compile(r"track|suggest|chang|revis|diff|mark|edit|annot|comment|type|status|action|op(?:eration)?$")
_DELETED_DATA = re.compile(
    r"(?:track(?:ed)?|suggest(?:ed|ion)?|mark)?[-_]?(?:del|deleted?|deletions?|removed?|removal)$"
    r"|.{0,200}[\"':,\s{](?:del|deleted?|deletion)[\"':,}]|deletion:",
    re.I | re.S,
)
_REMARK_DATA = re.compile(r"(?:editor-?|internal-?|private-?)?(?:comment|remark|note-to-editor|internal)s?$", re.I)
"""Attributes in which editors keep tracked changes and comments (`data-track-change="delete"`), and their values."""
_DOUBTFUL, _DOUBTS = 200, 5
"""Most elements that may be hidden and are looked at; most that the editor is told of."""
_PRIVATE_IDS = re.compile(r"cmnt_ref\d+|_(?:com|msocom|msoanchor)_\d+")
_PRIVATE_TARGETS = re.compile(r"#(?:cmnt\d|_msocom_)")
_NOTE = re.compile(r"(?:cmnt|ftnt)\d")
_REMARK = re.compile(r"cmnt\d+")
"""Google Docs: the anchor at the beginning of a comment's text, at the end of the page."""
_BACK = re.compile(r"\[?[↩↵⏎↑⇧^]\ufe0e?\]?")
"""The words of a link from a note back to its place."""
_CONTAINERS = {"p", "div", "span", "sup", "b", "strong", "i", "em", "li"}

TAGS = {"article", "main", "section", "header", "footer", "figure", "figcaption", "details", "summary", "center"}
TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "address"}
TAGS |= {"table", "thead", "tbody", "tfoot", "tr", "td", "th", "dl", "dt", "dd", "iframe"}
TAGS |= {
    "a",
    "b",
    "strong",
    "i",
    "em",
    "cite",
    "code",
    "tt",
    "s",
    "strike",
    "del",
    "ins",
    "span",
    "font",
    "small",
    "big",
}
TAGS |= {"sup", "sub", "u", "label", "mark", "q", "abbr", "time"}
"""The elements of an article, and those that may carry a mark that their text is not for readers."""
ATTRIBUTES = {
    "*": {"class", "style", "id", "name", "hidden", "role", "title", "lang", "aria-hidden", "bgcolor", "color"},
    "a": {"href"},
    "ol": {"start"},
    "s": {"cite", "datetime"},
    "strike": {"cite", "datetime"},
    **embeds.ATTRIBUTES,
}
"""Attributes that sanitising must keep for this module."""

ELEMENTS = 20_000
"""Most elements of an article. A post cannot hold that many paragraphs or bold words."""
_UNCLOSED, _EMPHASES, _LEVELS = 300, 20, 100
"""Most open elements; most open elements that each paragraph repeats; deepest level that is converted."""
_TAG = re.compile(r"<(/?)([a-z][\w:-]{0,63})", re.I | re.A)
WAS = "data-was"
"""Attribute with the name of an element that HTML does not know; it becomes a span."""
_RARE = dict.fromkeys(["kbd", "samp", "var", "dfn", "data", "bdi", "bdo", "ruby", "output", "nobr", "acronym"], "span")
_RARE |= dict.fromkeys(("fieldset", "legend", "hgroup", "search"), "div")
"""Elements that look like others here."""
_OF_WORD = re.compile(r"w:|o:documentproperties")
"""Elements that sanitising drops with their text."""
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
        unknown = (name in _RARE or "-" in name or ":" in name) and not _OF_WORD.match(name)
        most = max(opened, opened + step) > _UNCLOSED
        opened = max(0, opened + step)
        if name in _BEGUN_ANEW:
            most = most or max(begun, begun + step) > _EMPHASES
            begun = max(0, begun + step)
        if most:
            return "</x"  # an end tag without a start tag: parsers ignore it
        if unknown:  # what it says of itself counts, as in browsers
            plain = _RARE.get(name, "span")
            return f"</{plain}" if tag[1] else f'<{plain} {WAS}="{name}"'
        return tag[0]

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


def read(page: BeautifulSoup, sheet: Sheet, facts: pages.Facts) -> tuple[str | None, str, list[str]]:
    """The headline, where there is one, the Markdown of the article in a page of well-formed HTML, and what is private.

    `facts` is what its head says.
    """
    private, doubts = _put_away(page, sheet)
    root, others = pages.article(page)
    headline, heading = _headline(page, root, facts)
    before = pages.standfirst(root, heading) if heading is not None and root is not page else None
    notes = [f"{what} left out" for what in private]
    notes += islice((note for tag, why in doubts if (note := _doubt(tag, root, why))), _DOUBTS)
    if others:
        notes.append(f"the page has {others + 1} articles of this length; only one was taken")
    above = _markdown_of(before) if before is not None else ""
    body = _markdown(root)
    return headline, body if above in body else f"{above}\n\n{body}", notes


def _headline(page: BeautifulSoup, root: Tag, facts: pages.Facts) -> tuple[str | None, Tag | None]:
    """The headline: the article's own heading, or one beside it that the page's head names, or what the head says.

    Also returns the heading, if it is one of the page's.
    """
    inner, outer = (_titles(part) for part in (root, page))
    own = [tag for tag in inner if not facts.is_site(_words(tag))]
    own = own or [tag for tag in outer if facts.is_known(_words(tag)) and not facts.is_site(_words(tag))]
    if not own and not facts.headlines:
        own = outer
    headline = _words(own[0]) if own else next(iter(facts.headlines), None)
    for tag in [*own[:1], *(tag for tag in inner if facts.is_site(_words(tag)))]:
        tag.name = PUT_AWAY
    return headline, own[0] if own else None


def read_part(page: BeautifulSoup, sheet: Sheet) -> str:
    """The Markdown of a part of an article, whose headings belong to its text."""
    _put_away(page, sheet)
    for title in _titles(page)[:1]:
        title.name = "h1"
    return _markdown(page)


def embedded(page: Tag) -> list[str]:
    """The addresses of what a page embeds, if it does nothing else: it is an embed code."""
    found: list[str] = []
    for node in page.contents:
        if isinstance(node, Tag):
            to = embeds.address(node)
            inner = [to] if to is not None else embedded(node) if node.name in ("div", "p", "figure") else []
            if not inner:
                return []
            found += inner
        elif str(node).strip():
            return []
    return found


def is_code(page: BeautifulSoup) -> bool:
    """Whether a page is nothing but preformatted text."""
    parts = [node for node in page.contents if isinstance(node, Tag) or str(node).strip()]
    return len(parts) == 1 and isinstance(parts[0], Tag) and parts[0].name == "pre"


def _markdown_of(paragraph: Tag) -> str:
    """The Markdown of one paragraph, whatever its element is."""
    paragraph.name = "p"
    around = BeautifulSoup("", "html.parser")
    around.append(paragraph)
    return _markdown(around)


def _markdown(root: Tag) -> str:
    text = str(_Converter().convert_soup(settled(root)))
    text = re.sub(rf"{BEGIN}([^\n]*)", lambda line: escaping.begin(line[1]), text)
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+\n", "\n\n", text).strip()


def _tags(root: Tag) -> Iterator[tuple[Tag, int]]:
    """Every element in the order of the page, except inside an element that was put away; and in how many it is."""
    waiting = [(root, 0)]
    while waiting:
        tag, level = waiting.pop()
        yield tag, level
        if tag.name != PUT_AWAY:
            waiting.extend((child, level + 1) for child in reversed(tag.contents) if isinstance(child, Tag))


def _put_away(page: BeautifulSoup, sheet: Sheet) -> tuple[list[str], list[tuple[Tag, str]]]:
    """Put away what readers must not see. Returns what it was, and what may be hidden and why, for the editor."""
    private: dict[str, None] = {}
    doubts: list[tuple[Tag, str]] = []
    # Elements are renamed and not removed: BeautifulSoup needs time for each sibling to remove one.
    remarks = _remarks(page)
    item: Tag | None = None
    around: list[Element] = []
    behind = [sheet.behind]
    for tag, level in _tags(page):
        if tag is page:
            continue
        del around[level - 1 :], behind[level:]
        seen = _element(tag)
        style, perhaps = sheet.style(seen, around, _own_style(tag))
        around.append(seen)
        behind.append(hiding.background(style, behind[-1]))
        tag["style"] = ";".join(f"{name}:{value}" for name, value in style.items())
        kind = "comments of the authors were" if id(tag) in remarks else _private(tag, style)
        if kind is not None:
            if "mso-list:ignore" in _style(tag).lower() and item is not None:
                item[SIGN] = _words(tag)
            elif tag.name != "a" and tag.get_text(strip=True):
                private.setdefault(kind)
            tag.name = PUT_AWAY
            continue
        why = _why_hidden(style, perhaps, behind[-1]) or _why_private(tag)
        if why and len(doubts) < _DOUBTFUL:
            doubts.append((tag, why))
        if tag.name == "p" and _is_item(tag):
            before = int(str(item[LEVEL])) if item is not None and _before(tag) is item else 0
            tag[LEVEL], item = str(min(_level(tag), before + 1)), tag
        elif tag.name == "a":
            _straighten(tag)
    return list(private), doubts


def _own_style(tag: Tag) -> str:
    """What an element says of its look, by its style and by the attributes of old pages."""
    old = (("color", "color"), ("bgcolor", "background-color"))
    return ";".join([*(f"{name}:{tag[key]}" for key, name in old if tag.has_attr(key)), _style(tag)])


def _element(tag: Tag) -> Element:
    """The element as style sheets see it."""
    attributes = {name: value if isinstance(value, str) else " ".join(value) for name, value in tag.attrs.items()}
    return sheets.element(str(tag.get(WAS, tag.name)), attributes, _classes(tag))


def _why_hidden(style: Style, perhaps: Sequence[tuple[Style, str]], behind: str | None) -> str | None:
    """Why the words of an element may be hidden; None if they are not."""
    for other, selector in perhaps:
        if hiding.hides(other):
            return f"the page's style sheet may hide it ({selector[:60]})"
    if hiding.may_hide(style):
        return "its style may hide it"
    shown = hiding.colour(style["color"]) if "color" in style else None
    if shown is not None and shown in (hiding.CLEAR, behind):
        return "it has the colour of its background"
    return None


def _why_private(tag: Tag) -> str | None:
    """Why an element may be a note between authors. Sites have public notes of editors, too."""
    if _is_marked(tag, _REMARK_DATA):
        return "it is marked as a comment, or as what one is about"
    return "its class is that of a note" if any(_NOTED.fullmatch(name) for name in _classes(tag)) else None


def _doubt(tag: Tag, root: Tag, why: str) -> str | None:
    """The note on words of the article that may be hidden; None if they are none of it."""
    outer = [tag, *islice(tag.parents, _LEVELS + 9)]
    if root not in outer[:1] and not any(each is root for each in outer):
        return None
    words = _words(tag)
    if not words or any(each.name == PUT_AWAY for each in outer):
        return None
    return f"check “{words[:60]}{'…' if len(words) > 60 else ''}”: {why}"


def _private(tag: Tag, style: Style) -> str | None:
    """What an element is that readers must not see; None for any other."""
    names = _classes(tag)
    # `<s>` is struck text, unless it says who struck it, and when.
    struck = tag.name in ("s", "strike") and tag.has_attr("cite") and tag.has_attr("datetime")
    if tag.name == "del" or struck or any(_DELETED.match(name) for name in names) or _is_marked(tag, _DELETED_DATA):
        return "tracked deletions were"
    if any(_REMARKED.match(name) for name in names) or _REMARKS.search(_style(tag)):
        return "comments of the authors were"
    if any(_CONTENTS.match(name) for name in names) or _is_in_contents(tag):
        return "a table of contents was"
    if _is_property(tag, names):
        return "facts of the file were"
    faded = hiding.fades(style) and not tag.find(True)
    if tag.has_attr("hidden") or hiding.hides(style) or faded or any(_UNSEEN.match(name) for name in names):
        return "hidden text was"
    if any(_PRIVATE_IDS.fullmatch(str(tag.get(name, ""))) for name in ("id", "name")):
        return "comments of the authors were"
    anchor = tag.name == "a" and _PRIVATE_TARGETS.match(str(tag.get("href", "")))
    return "comments of the authors were" if anchor else None


def kind(tag: Tag, sheet: Sheet) -> str | None:
    """What an element is by its name and attributes alone, if readers must not see it: "hidden text was"."""
    return _private(tag, sheet.style(_element(tag), (), _own_style(tag))[0])


def _is_marked(tag: Tag, values: re.Pattern[str]) -> bool:
    """Whether an editor's own attribute has one of these values, or is called so and has none."""
    for name, value in tag.attrs.items():
        if not name.startswith("data-"):
            continue
        if _MARKING.search(name) and values.match(str(value)):
            return True
        if values is _DELETED_DATA and values.fullmatch(name[5:]) and str(value).lower() in ("", "true", "1", "yes"):
            return True
    return False


def _is_in_contents(tag: Tag) -> bool:
    """Whether a paragraph only leads to a heading, with the number of its page; or all contents, of LibreOffice."""
    if tag.name != "p":
        return str(tag.get("id", "")).startswith("Table of Contents")
    links = tag.find_all("a", limit=2)
    if not links or not all(_TO_HEADINGS.match(str(link.get("href", ""))) for link in links):
        return False
    said = "".join(_words(link) for link in links)
    return not re.sub(r"[\s.…\d]", "", _words(tag)[len(said) :])


def _is_property(tag: Tag, names: list[str]) -> bool:
    """A fact of the file and not of the text: Notion's table of properties, pandoc's author and date."""
    if tag.name == "table" and "properties" in names:
        return True
    inside = tag.parent is not None and str(tag.parent.get("id", "")) == "title-block-header"
    return inside and not {"author", "date"}.isdisjoint(names)


def _classes(tag: Tag) -> list[str]:
    found = tag.get("class")
    return [name.lower() for name in (found if isinstance(found, list) else str(found or "").split())]


def _style(tag: Tag) -> str:
    return str(tag.get("style", ""))


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
        if box.name != "div":
            found |= _more_paragraphs(box)
    return found


def _more_paragraphs(remark: Tag) -> set[int]:
    """The other paragraphs of a comment that has no box: those after it, up to another note or a heading."""
    found: set[int] = set()
    node = remark.next_sibling
    while node is not None:
        if isinstance(node, Tag):
            anchors = [node, *node.find_all("a", limit=9)]
            other = any(_NOTE.match(str(each.get(name, ""))) for each in anchors for name in ("id", "name"))
            if other or node.name not in ("p", "ul", "ol", "br"):
                break
            found.add(id(node))
        elif str(node).strip():
            break
        node = node.next_sibling
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
        if "#" in str(link.get("href", "")):
            link[WITHIN] = ""
            if _BACK.fullmatch(_words(link)):
                link.name = PUT_AWAY
        del link["href"]
        return
    if not re.fullmatch(r"[^()]*(?:\([^()]*\)[^()]*)*", to):
        to = to.replace("(", "%28").replace(")", "%29")
    link["href"] = re.sub(r"[\s<>]", lambda sign: quote(sign[0]), to)


def _titles(root: Tag) -> list[Tag]:
    """The first headings, or paragraphs that have the title's style in Word or Google Docs."""
    return list(islice((tag for tag, _ in _tags(root) if _is_title(tag) and _words(tag)), 20))


def _is_title(tag: Tag) -> bool:
    return tag.name == "h1" or (
        tag.name == "p" and not {"msotitle", "msotitlecxspfirst", "title"}.isdisjoint(_classes(tag))
    )


def _words(tag: Tag) -> str:
    """An element's text on one line, without what was put away."""
    parts: list[str] = []
    waiting: list[Tag | NavigableString] = [tag]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Tag):
            if node.name == "br":
                parts.append(" ")
            elif node.name != PUT_AWAY:
                waiting.extend(child for child in reversed(node.contents) if isinstance(child, Tag | NavigableString))
        else:
            parts.append(str(node))
    return " ".join("".join(parts).split())


class _Converter(MarkdownConverter):
    def __init__(self) -> None:
        super().__init__(heading_style="ATX", bullets="-", autolinks=False, table_infer_header=True)
        self._counts: dict[int, int] = {}

    def escape(self, text: str, parent_tags: set[str]) -> str:
        text = escaping.inline(text)
        return text.replace("|", "\\|") if "td" in parent_tags or "th" in parent_tags else text

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
