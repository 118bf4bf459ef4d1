"""A publisher's article as Markdown, for `--preview FILE`: from plain text, Markdown or HTML in UTF-8.

The result is not yet safe HTML: rendering sanitises every Markdown body in the same way (`web/render.py`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import nh3
from msgspec import Struct
from msgspec.structs import replace

from ..errors import Invalid
from . import encodings, frontmatter, headers, kinds, plain
from .escaping import escape
from .sheets import Sheet
from .wrapping import unwrapped

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

ARTICLE = 1536 * 1024
"""Upper limit of an article file in bytes. A saved page is mostly markup; a post has its own, smaller limit."""

_HTML = re.compile(
    r"(?>\s*(?:(?:<!--.*?-->|<\?xml[^>]*>)\s*)*)<(?:!doctype\s+html|html|head|body|meta|title|style|article|main|section|header"
    r"|div|h[1-6]|p|[ou]l|table|blockquote|span|font|center|b|strong|i|em)\b",
    re.I | re.S,
)
"""How HTML begins. The group is atomic: comments are matched once and not again when the rest does not match."""
_LINKS = re.compile(r"https?://[^\s()<>\[\]\"]{1,200}")
_DATA = re.compile(
    r"\s*<(?:\?(?:xml|mso-application)\b(?!.*<(?:html|body|article)\b)"
    r"|(?:(?>\?[^>]*>\s*|!--.*?-->\s*|!DOCTYPE[^>]*>\s*)<)*+"
    r"(?:svg|rss|feed|rdf:RDF|nitf|news(?:Item|Message|ML)|plist|office:document|(?:pkg|w):\w+)\b)",
    re.I | re.S,
)
"""A document of Word 2003, a flat OpenDocument, a feed, an agency's XML: not a page."""
_UNDERLINED = re.compile(
    r"((?:(?! {0,3}(?:[#>|<`~=]|[-*+][ \t]|\d{1,9}[.)][ \t]))[ \t]*+\S[^\n]*+\n){1,4}) {0,3}=+[ \t]*(?:\n|\Z)"
)
"""A title with a line of equals signs below it (CommonMark 4.3)."""
_MARKDOWN = {".md", ".markdown", ".mdown"}
_DROPPED = {"script", "style", "title", "noscript", "template", "object", "svg", "math", "video", "audio", "xml"}
_DROPPED |= {
    "dialog",
    "o:documentproperties",
    "w:worddocument",
    "w:del",
    "w:deltext",
    "w:instrtext",
    "w:comment",
    "comment",
    "annotation",
}
_AROUND = {"nav", "aside", "form", "button", "textarea", "select"}
"""What stands around an article on its page. Somebody who copies it means it."""


class Article(Struct, frozen=True, kw_only=True):
    """A headline, if the article has one of its own, and the text as Markdown.

    `notes` say what was left out of the file, and how it was read.
    """

    headline: str | None
    body: str
    notes: tuple[str, ...] = ()

    @property
    def links(self) -> list[str]:
        """The sites to which its links lead, by their names."""
        hosts = (urlsplit(each).netloc.lower() for each in _LINKS.findall(self.body))
        return [host.removeprefix("www.") for host in dict.fromkeys(hosts) if host]


def read_article(path: Path) -> Article:
    """Read an article: HTML by its name or first tag, Markdown by its name, otherwise plain text.

    Raises `Invalid` (or `TooLarge`) with one sentence naming the file when it is unreadable, not text, or empty.
    """
    content = encodings.read(path, ARTICLE)
    name = encodings.called(path)
    decoded = decode_article(content, name)
    return parse_article(decoded.text, name, decoded.notes)


def decode_article(content: bytes, name: str) -> encodings.Decoded:
    """The text of an article's bytes. Raises `Invalid`, for a document of a word processor with what helps."""
    if what := kinds.foreign(content):
        kind, _, advice = what.partition(": ")
        if not advice:
            advice = "an article is HTML, Markdown or plain text"
        elif not advice.startswith("unpack"):
            advice = "save it as HTML or as plain text, or paste its text"
        raise Invalid(f"{name} is {kind}: {advice}", field="preview")
    decoded = encodings.decode(content, name, ARTICLE)
    if _DATA.match(decoded.text[:4096]):
        raise Invalid(
            f"{name} is XML for programs: save it as HTML or as plain text, or paste its text", field="preview"
        )
    return decoded


def parse_article(text: str, name: str, notes: tuple[str, ...] = ()) -> Article:
    """An article from its text, by the file's name and first characters; `notes` are its first. Raises `Invalid`.

    Front matter is for programs: only its title is kept. What it calls a draft is refused.
    """
    suffix = Path(name).suffix.lower()
    is_html = suffix in {".html", ".htm", ".xhtml"} or bool(_HTML.match(text))
    facts, text = frontmatter.split(text)
    if facts is None and not is_html:
        header = headers.split(text, is_markdown=suffix in _MARKDOWN)
        facts, text, notes = header.facts, header.text, (*notes, *header.notes)
    if facts is not None and facts.draft:
        raise Invalid(f"{name} is a draft: its first lines say {facts.draft}; change that line first", field="preview")
    title = facts.title if facts is not None else None
    if is_html or _HTML.match(text):
        article = from_html(text)
        left_out: tuple[str, ...] = ()
    else:
        from . import remarks  # only such a text needs the parser

        text, left_out = remarks.without(without_comments(text))
        is_markdown = suffix in _MARKDOWN or facts is not None  # only files for such programs have front matter
        article = from_markdown(text, title) if is_markdown else from_plain(text)
    if not article.body:
        raise Invalid(f"{name} contains no text", field="preview")
    if facts is not None:
        notes = (*notes, "of the facts at its beginning only the title was read")
    return replace(article, headline=title or article.headline, notes=(*notes, *left_out, *article.notes))


def from_plain(text: str) -> Article:
    """See `plain.markdown`."""
    headline, body = plain.markdown(text)
    return Article(headline=headline, body=body)


def from_markdown(text: str, headline: str | None = None) -> Article:
    """The Markdown without its comments, each paragraph on one line. A leading title becomes the headline, if there is
    none yet."""
    text = without_comments(text).strip()
    if underlined := _UNDERLINED.match(text):
        text = f"# {' '.join(underlined[1].split())}\n{text[underlined.end() :]}"
    text = unwrapped(text).strip()
    first, _, rest = text.partition("\n")
    title = _heading(first) if re.match(r"#[ \t]", first) else ""
    if not title or headline not in (None, title):
        return Article(headline=headline, body=text)
    return Article(headline=title, body=rest.strip())


def _heading(line: str) -> str:
    """The heading's text in a line `# …` or `# … #`."""
    said = line.strip().removeprefix("#").strip()
    bare = said.rstrip("#")
    return " ".join((bare if not bare or bare[-1].isspace() else said).split())


def without_comments(text: str) -> str:
    """A text without `<!-- … -->`, which authors write for each other. In Markdown's code it is not a comment."""
    kept: list[str] = []
    fence, at, last = "", 0, text.rfind("-->")
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        line = text[at:end]
        run = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence:
            fence = "" if run and run[1].startswith(fence) and not line[run.end() :].strip() else fence
            kept.append(line)
        elif run:
            fence = run[1]
            kept.append(line)
        else:
            end = _uncommented(text, at, end, last, kept)
        at = end
    return "".join(kept)


def _uncommented(text: str, at: int, end: int, last: int, kept: list[str]) -> int:
    """Add a line without its comments to `kept`. Returns the end of the line in which the last comment ends.

    No comment of the text ends after `last`.
    """
    start, ticks = at, 0
    while (opening := text.find("<!--", at, end)) >= 0:
        ticks += text.count("`", at, opening)
        closing = text.find("-->", opening + 4) if ticks % 2 == 0 and opening + 4 <= last else -1
        at = opening + 4
        if closing >= 0:
            kept.append(text[start:opening])
            start = at = closing + 3
            end = max(end, text.find("\n", at) + 1 or len(text))
        elif ticks % 2 == 0:
            break  # it is never closed: it is text, and so is every later one
    kept.append(text[start:end])
    return end


def from_html(text: str) -> Article:
    """Headings, paragraphs, lists, quotes, tables, emphasis and links of the article element; the rest is dropped."""
    from . import manuscript, pages

    headline, body, left_out = manuscript.read(*_page(text, _DROPPED | _AROUND), pages.facts(text))
    if "<img" in text.lower():
        left_out.append("pictures were left out; upload them at the desk")
    return Article(headline=headline, body=body, notes=tuple(left_out))


def from_clipboard(html: str, text: str) -> str:
    """What was copied elsewhere, as Markdown: `html` (empty if there is none) and `text` are its two forms.

    Embed codes become the address that makes a card, also where they are the text itself. HTML that says no more than
    the text gives that text, in its own lines. Text of a code editor is Markdown already, and stays as it is.
    """
    from . import embeds, manuscript

    if text.lstrip().startswith("<") and (found := manuscript.embedded(_page(text)[0])):
        return "\n\n".join(found)
    page, sheet = _page(html)
    if manuscript.is_code(page):
        return text
    had_text = bool(page.get_text(strip=True))
    markdown = manuscript.read_part(page, sheet)
    if had_text and not markdown:
        return ""  # all of it is private: the other form says it without its marks
    if not markdown or re.sub(r"\\(\W)", r"\1", markdown).split() == re.sub(r"\\(\W)", r"\1", text).split():
        markdown = "\n".join(escape(line.strip()) for line in text.split("\n")).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", embeds.without_shortcodes(markdown)).strip()


def _page(text: str, dropped: set[str] = _DROPPED) -> tuple[BeautifulSoup, Sheet]:
    """A page of HTML, well-formed and without what can run, and its style sheet."""
    from bs4 import BeautifulSoup  # only a command with an HTML file needs the parser

    from . import manuscript, suggestions

    # nh3 parses as browsers do and closes open elements; html.parser does neither.
    clean = nh3.clean(
        manuscript.trimmed(text),
        tags=manuscript.TAGS,
        clean_content_tags=dropped,
        attributes=manuscript.ATTRIBUTES,
        generic_attribute_prefixes={"data-"},
    )
    # The line's end: the library warns of a line without markup that looks like an address or a file's name.
    text_alone = suggestions.struck(manuscript.flattened(clean)) + "\n"
    return BeautifulSoup(text_alone, "html.parser"), Sheet(text)
