"""The article of a saved web page: which part of the page it is, its headline, and what stands in it that is none.

A page says itself what its article is called: for other sites (Open Graph), for search engines (schema.org), and for
the window. Its text is where most of the words are that are not links. All of it takes time in proportion to the page.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from msgspec import Struct

from .runs import PUT_AWAY

LEAST = 250
"""A page with fewer characters of text outside of links is a manuscript, and all of it is meant."""

_META = re.compile(r"<meta\b([^<>]{1,2000})>", re.I)
_NAMED = re.compile(r"""(?:property|name|itemprop)\s*=\s*["']?(og:title|og:site_name|twitter:title)\b""", re.I)
_CONTENT = re.compile(r"""\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_TITLE = re.compile(r"<title\b[^>]{0,200}>([^<]{1,500})</title", re.I)
_FACTS = re.compile(r"<script\b[^>]{0,200}application/ld\+json[^>]{0,200}>", re.I)
MOST_FACTS, _LONGEST_FACTS = 20, 256 * 1024
_STORIES = re.compile(r"(?:\w*Article|\w*Posting|\w*Report|Review|Article)$")
_HEAD = 512 * 1024
_OFFICE = re.compile(
    r"urn:schemas-microsoft-com:office|name=[\"']?generator[\"'\s][^<>]{0,80}(?:Word|Office|Pages)", re.I
)
"""A word processor's file, whose window is called by the file."""

_BODY = re.compile(r"article-?body|story-?body|entry-content|post-content|post-body|article__body|main-content", re.I)
_OTHER = re.compile(
    r"(?:^|[-_ ])(?:share|sharing|sharebar|sharedaddy|sd-like|ufi|reactions|social"
    r"|comments?|disqus|newsletter|subscri\w*|sign-?up|promo\w*"
    r"|related(?:posts)?"
    r"|recirc\w*|recommend\w*|most-(?:read|popular)|more[-_](?:from|on|info|stories)|read-?(?:more|next|also)|also-read|trending"
    r"|sponsor\w*|advert\w*|ads?|banner|cookies?|consent|gdpr|paywall|breadcrumbs?|byline|dateline|timestamp|author"
    r"|bio|catcher|injected|pagelist\w*|links-block|buttons?|gate|dates?|tags?|topics|toolbar|captions?|credits?|print-only|sr-only|visually-hidden|screen-reader-text|skip-link|rating"
    r"|poll|popup|modal|sidebar|footer|nav|navigation|navbar|menu|widget|outbrain|taboola|cta|donat\w*|support-us|listen"
    r"|audio-player|gallery-count|jump-link|reading-time|published|updated|meta|kicker|follow)(?:$|[-_ ]|\d)",
    re.I,
)
"""What parts of a page are called that are no story."""
MARKS = 300
"""Characters of an element's names that are looked at."""
PARAGRAPH = 60
"""Characters of a paragraph of the story; names, hours and counts around it are shorter."""
_STANDFIRST = re.compile(
    r"(?:^|[-_ ])(?:standfirst|dek|deck|sub-?(?:title|head(?:line|ing)?)|strapline|lede|lead|intro(?:duction)?|chapo"
    r"|desc(?:ription)?|excerpt|summary|teaser-text|vorspann|sottotitolo|sommario|bajada|entradilla)(?:$|[-_ ]|\d)",
    re.I,
)
"""What the paragraph below a headline is called."""
_BETWEEN = 300
"""Elements after the headline among which it is looked for."""
_TITLES = ["h1", "h2", "h3", "h4"]
_KEPT = ("table", "blockquote", "pre", "iframe", "dl", "ol", *_TITLES)
_WHOLE = ["p", "ul", "ol", "dl", "table", "blockquote", "pre", "iframe", *_TITLES]
_BLOCKS = [*_WHOLE, "div", "section", "article", "main", "header", "figure"]
_LISTS = ("ul", "ol", "div", "section", "header")
_SENTENCE = re.compile(r"[.!?…。！？؟।][\W_]*$|^[\W_]*$")
_ROLES = {"navigation", "complementary", "banner", "contentinfo", "search", "dialog", "toolbar", "menu", "alert"}
_CALLS = re.compile(
    r"\W*(?:read (?:more|next|also)|more (?:from|on|about)|see also|also (?:read|on)|related\b|recommended|sign up"
    r"|subscribe|advertisement|story continues|article continues|continue reading|follow us|share (?:this|on)"
    r"|click here|listen to|watch:|leia também|lea también|lee también|te puede interesar|lire aussi|à lire aussi"
    r"|mehr zum thema|lesen sie auch|leggi anche|関連記事|続きを読む|اقرأ أيضا)",
    re.I,
)
"""How lines begin that lead elsewhere; they go if most of them is a link or if they are short."""
_JOINT = re.compile(r"\s+[|–—·•»:-]\s+|\s*\|\s*")


class Facts(Struct, frozen=True):
    """What a page says of itself: its article's headlines, the surest first, and the names of its site."""

    headlines: list[str] = []
    sites: set[str] = set()

    def is_site(self, title: str) -> bool:
        """Whether a heading is the site's name."""
        return _key(title) in self.sites

    def is_known(self, title: str) -> bool:
        """Whether a heading is the article's."""
        key = _key(title)
        return any(key in _key(each) or _key(each) in key for each in self.headlines) if key else False


def facts(text: str) -> Facts:
    """What the head of a page says."""
    found: dict[str, str] = {}
    for each in _META.finditer(text[:_HEAD]):
        name, content = _NAMED.search(each[1]), _CONTENT.search(each[1])
        if name and content:
            found.setdefault(name[1].lower(), _line(content[1] or content[2] or ""))
    title = _TITLE.search(text[:_HEAD])
    window = _line(title[1]) if title and not _OFFICE.search(text[:_HEAD]) else ""
    sites = {_key(found.get("og:site_name", ""))} | {_key(part) for part in _sites(_JOINT.split(window))}
    named = [*_of_search_engines(text), found.get("og:title", ""), found.get("twitter:title", ""), window]
    headlines = [short for each in named if (short := _without_site(each, sites))]
    return Facts(list(dict.fromkeys(headlines)), {site for site in sites if site})


def _of_search_engines(text: str) -> Iterator[str]:
    """The headlines of the stories in the page's JSON-LD (https://schema.org/Article)."""
    for opening in islice(_FACTS.finditer(text), MOST_FACTS):
        end = text.find("</script", opening.end(), opening.end() + _LONGEST_FACTS)
        try:
            said = json.loads(text[opening.end() : end]) if end >= 0 else None
        except (ValueError, RecursionError):
            continue
        things = said if isinstance(said, list) else [said]
        for thing in [
            *things,
            *(part for each in things if isinstance(each, dict) for part in _listed(each.get("@graph"))),
        ]:
            if not isinstance(thing, dict) or not isinstance(thing.get("headline"), str):
                continue
            if any(isinstance(kind, str) and _STORIES.match(kind) for kind in _listed(thing.get("@type"))):
                yield _line(thing["headline"])


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _sites(parts: list[str]) -> list[str]:
    """The parts of a window's title that name the site: the last ones, or a first one that is much shorter."""
    return parts[:1] if len(parts) == 2 and len(parts[0]) * 2 < len(parts[1]) else parts[1:]


def _without_site(title: str, sites: set[str]) -> str:
    parts = _JOINT.split(title)
    if len(parts) > 1 and _key(parts[0]) in sites:
        title = title[title.find(parts[1], len(parts[0])) :]
        parts = parts[1:]
    while len(parts) > 1 and _key(parts[-1]) in sites:
        parts.pop()
        title = title[: title.rfind(parts[-1]) + len(parts[-1])]
    return title


def _line(text: str) -> str:
    return " ".join(html.unescape(text).split())


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


# -- in the page


def article(page: BeautifulSoup) -> tuple[Tag, int]:
    """The part of a page that holds the article, in which everything else has been put away.

    Also returns how many other articles, at least half as long, are on the page.
    """
    sums = _sums(page)
    root = _root(page, sums)
    if sums[id(root)][0] >= LEAST:
        _put_away(root, sums)
        if root is not page:  # a manuscript's short lines are meant
            _put_ends_away(root, sums)
    others = [tag for tag in page.find_all("article") if tag is not root and root not in tag.parents]
    others = [tag for tag in others if tag not in root.parents and 2 * sums.get(id(tag), (0, 0))[0] > sums[id(root)][0]]
    return root, len(others)


def standfirst(root: Tag, heading: Tag) -> Tag | None:
    """The paragraph below a headline that stands outside of the article: it is called so, or directly below it."""
    if heading is root or root in heading.parents:
        return None
    around = {id(outer) for outer in root.parents}
    below = next((node for node in heading.next_siblings if isinstance(node, Tag)), None)
    for tag in islice((node for node in heading.next_elements if isinstance(node, Tag)), _BETWEEN):
        if tag is root or tag.name in ("article", "main"):
            return None
        if tag.name == PUT_AWAY or any(outer.name == PUT_AWAY for outer in islice(tag.parents, 100)):
            continue
        if tag.name not in ("p", "div", "h2", "h3", "span") or id(tag) in around:
            continue
        named = any(_STANDFIRST.search(str(value)) for value in (_marks(tag), *_data(tag)))
        text = "".join(islice(tag.strings, 60)).strip() if named or (tag is below and tag.name == "p") else ""
        long = PARAGRAPH <= len(text) < 600 or (named and 20 <= len(text) < 600)
        linked = sum(len(link.get_text()) for link in tag.find_all("a", limit=20)) if long else 0
        if long and 2 * linked < len(text) and (named or (_SENTENCE.search(text) and not _OTHER.search(_marks(tag)))):
            return tag
    return None


def _data(tag: Tag) -> Iterator[str]:
    return (str(value)[:MARKS] for name, value in tag.attrs.items() if name.startswith("data-"))


Sums = dict[int, tuple[int, int]]
"""By element: characters of text, and how many of them are links."""


def _put_ends_away(root: Tag, sums: Sums) -> None:
    """Put away names, hours and counts between the headline and the first paragraph, and what follows the last."""
    leaves = list(_leaves(root))
    long = [at for at, tag in enumerate(leaves) if _length(tag, sums) >= PARAGRAPH and tag.name not in _TITLES]
    if not long:
        return
    for tag in leaves[: long[0]]:
        if tag.name not in _KEPT and not _SENTENCE.search(tag.get_text().strip()):
            tag.name = PUT_AWAY
    for tag in reversed(leaves[long[-1] + 1 :]):
        text = tag.get_text().strip()
        is_link = sums[id(tag)][1] and _length(tag, sums) < 20
        if tag.name in ("h2", "h3", "h4") or (
            tag.name in ("p", "div", "section") and (is_link or not _SENTENCE.search(text)) and text[:4] != "http"
        ):
            tag.name = PUT_AWAY
        elif text:
            break


def _length(tag: Tag, sums: Sums) -> int:
    """The characters outside of links; a sign of East Asia says as much as two letters."""
    said, linked = sums[id(tag)]
    text = tag.get_text() if said < PARAGRAPH else ""
    return said - linked + sum("\u2e80" <= sign <= "\uffef" for sign in text)


def _leaves(root: Tag) -> Iterator[Tag]:
    """The innermost blocks, and elements that stand among blocks, in the order of the page."""
    waiting = [root]
    while waiting:
        tag = waiting.pop()
        if tag.name == PUT_AWAY:
            continue
        inner = [child for child in tag.contents if isinstance(child, Tag)]
        if tag.name in _WHOLE or not inner or not _holds_blocks(tag):
            if tag is not root:
                yield tag
        elif not any(isinstance(child, NavigableString) and child.strip() for child in tag.contents):
            waiting.extend(reversed(inner))
        else:
            waiting.extend(child for child in reversed(inner) if child.name in _BLOCKS or _holds_blocks(child))


def _holds_blocks(tag: Tag) -> bool:
    return tag.find(_BLOCKS) is not None


def _sums(page: BeautifulSoup) -> Sums:
    sums: Sums = {}
    waiting: list[tuple[Tag, bool]] = [(page, False)]
    while waiting:
        tag, seen = waiting.pop()
        if tag.name == PUT_AWAY:
            sums[id(tag)] = (0, 0)
            continue
        inner = [child for child in tag.contents if isinstance(child, Tag)]
        if not seen:
            waiting.append((tag, True))
            waiting.extend((child, False) for child in inner)
            continue
        own = sum(len(child.strip()) for child in tag.contents if isinstance(child, NavigableString))
        parts = [sums[id(child)] for child in inner]
        said, linked = own + sum(part[0] for part in parts), sum(part[1] for part in parts)
        sums[id(tag)] = (said, said if tag.name == "a" else linked)
    return sums


def _root(page: BeautifulSoup, sums: Sums) -> Tag:
    """The article or main part with most text outside of links; without one, the whole page."""

    def weight(tag: Tag) -> int:
        said, linked = sums[id(tag)]
        return said - 2 * linked

    articles = [tag for tag in page.find_all(["article", "main"]) if id(tag) in sums]
    held = page.find_all(["div", "section", "td"])
    bodies = [tag for tag in held if id(tag) in sums and (tag.name == "td" or _BODY.search(_marks(tag)))]
    root: Tag = max(articles, key=weight, default=page)
    if root.name == "main" and (
        inner := [tag for tag in articles if tag.name == "article" and 3 * weight(tag) > 2 * weight(root)]
    ):
        root = max(inner, key=weight)
    body = max((tag for tag in bodies if root in tag.parents or root is page), key=weight, default=None)
    return body if body is not None and 3 * weight(body) > 2 * max(1, weight(root)) else root


def _marks(tag: Tag) -> str:
    classes = tag.get("class")
    others = (str(tag.get(name, "")) for name in ("id", "data-component", "data-testid"))
    return " ".join([*(classes if isinstance(classes, list) else [str(classes or "")]), *others])[:MARKS]


def _put_away(root: Tag, sums: Sums) -> None:
    whole = sums[id(root)][0]
    waiting = [child for child in root.contents if isinstance(child, Tag)]
    while waiting:
        tag = waiting.pop()
        if tag.name == PUT_AWAY:
            continue
        if _is_other(tag, sums, whole):
            tag.name = PUT_AWAY
        else:
            waiting.extend(child for child in tag.contents if isinstance(child, Tag))


def _is_other(tag: Tag, sums: Sums, whole: int) -> bool:
    """Whether a part of an article is none of its text. The larger part of the text always is."""
    said, linked = sums[id(tag)]
    if said * 2 > whole or tag.name in ("h1", "table", "tr", "td", "th", "tbody", "thead"):
        return False
    if tag.name == "figure":
        return tag.find(["blockquote", "table", "pre"]) is None
    if tag.name in ("figcaption", "footer", "address") or str(tag.get("role", "")) in _ROLES:
        return True
    if tag.name not in ("a", "b", "strong", "i", "em", "span", "h2", "h3", "h4") and _OTHER.search(_marks(tag)):
        return tag.find("h1") is None
    if tag.name in _LISTS and said and linked * 5 > said * 4 and tag.find("h1") is None:
        links = tag.find_all("a")
        hosts = {urlsplit(str(link.get("href", ""))).netloc for link in links}
        return len(hosts) == 1 and len(links) > 1  # of other sites it is a list of the story
    if tag.name in ("p", "div", "section", "h2", "h3", "h4", "aside") and said < 400:
        mostly = linked * 2 > said
        return bool(_CALLS.match(tag.get_text(" ", strip=True))) and (mostly or said < 60)
    return False
