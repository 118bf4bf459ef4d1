"""Addresses that people write and paste: which words of a text are links, and the address of a link.

Four kinds of text become links by themselves: an address with `http://` or `https://`, one that begins with `www.`, a
host with a path, and a mail address. `won.It`, `will.i.am`, `notes.md` and `example.org` are words, and so is what ends
like no host: `dr.who/x`. All functions here take time in proportion to the text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from unicodedata import category
from urllib.parse import parse_qs, unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

_STOPS = (
    r"\s<>()\[\]|`\\\"“”„‟«»‹›‘’‚‛…‥—―。、，！？；：（）「」『』【】《》〈〉〔〕〖〗［］｛｝｢｣､｡"
    r"\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
)
"""Characters that no address contains unencoded, or that people write directly after one."""
_PIECE = (
    rf"(?:(?!&(?!amp;)(?:[a-z][a-z0-9]{{1,9}}|\#\d{{1,7}}|\#x[0-9a-f]{{1,6}});)[^{_STOPS}]|\\[!#-'*-/:;=?@^_{{}}~])"
)
"""A character of an address; also one that was escaped for Markdown."""
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z]{2,24}"
_MAIL = rf"[a-z0-9][a-z0-9_.+-]{{0,63}}@{_HOST}"
_LETTER = "a-z0-9ß-ɏͰ-֏"
"""Letters of hosts in scripts that put spaces between words: no others may touch a host that has no scheme."""
_FILES = (
    r"md|txt|[sx]?html?|php\d?|aspx?|jspx?|cfm|cgi|pdf|docx?|xlsx?|pptx?|odt|rtf|csv|json|xml|js|css|zip"
    r"|jpe?g|png|gif|svg|webp|avif|mp[34]|mov"
)
_COMMON = (
    "com|org|net|edu|gov|mil|int|info|biz|name|pro|aero|coop|museum|jobs|mobi|travel|tel|cat|asia|app|dev"
    "|blog|news|live|online|site|shop|store|tech|xyz|art|film|movie|show|media|press|page|cloud|wiki|world"
    "|today|club|agency|design|digital|email|events|gallery|global|group|guide|ink|law|life|link|network|photo"
    "|photos|pictures|plus|pub|radio|review|reviews|rocks|run|school|science|social|software|solutions|space"
    "|studio|style|support|systems|team|theater|theatre|tips|tools|top|tours|tube|university|video|vip|watch"
    "|website|win|works|zone|now|new|how|academy|actor|audio|band|bio|camera|cinema|eco|fan|fans|foundation"
    "|fun|fyi|game|games|google|green|guru|health|help|hosting|house|institute|international|land|lgbt|limited"
    "|london|ltd|management|marketing|money|moscow|music|ngo|nyc|ong|onl|paris|party|productions|quebec|report"
    "|rio|saarland|scot|stream|swiss|sydney|tennis|tickets|tokyo|town|trade|ventures|vote|voto|wales|wien"
    "|berlin|hamburg|koeln|cologne|bayern|ruhr|tirol|amsterdam|brussels|gent|vlaanderen|eus|gal|bzh|corsica"
    "|alsace|barcelona|madrid|africa|capetown|joburg|istanbul|boston|miami|vegas|melbourne|osaka|nagoya|bbc"
    "|abc|bloomberg|youtube|weibo"
)
"""Ends of hosts with more than two letters that a text may have without a scheme (https://data.iana.org/TLD/)."""
_SOME = f"{_COMMON}|{_COMMON.upper()}"
_ANY = "[a-zß-ɏͰ-֏]{2,24}|[A-Z]{2,24}|xn--[a-z0-9-]{2,59}"
_KNOWN = f"[a-z]{{2}}|[A-Z]{{2}}|(?=[a-z]*[ß-ɏͰ-֏])[a-zß-ɏͰ-֏]{{2,24}}|xn--[a-z0-9-]{{2,59}}|{_SOME}"


def _host(end: str) -> str:
    """A host without a scheme, by what it may end with. `won.It` is two sentences, `notes.md` a file."""
    return rf"""(?:[{_LETTER}](?:[{_LETTER}-]{{0,61}}[{_LETTER}])?\.){{1,10}}(?!(?:{_FILES})\b)(?-i:(?:{end}))"""


_ADDRESS = re.compile(
    rf"""
    (?: (?<![a-z0-9])https?://(?=[^\W_]) | (?<![^\W_])(?<![.@/:-])www\.(?=[^\W_][\w-]{{0,62}}\.[^\W_])
        | (?<![{_LETTER}.@/:\#\\-])(?<![^\W_]_) {_host(_KNOWN)} (?::\d{{1,5}})? (?=/) )
        (?: {_PIECE}++ | \( (?:{_PIECE} | \({_PIECE}*+\) )*+ \) | \[(?!/){_PIECE}*+\] )++
    | (?<![^\W_]) (?<![.+@/:-]) (?:mailto:)? {_MAIL} (?![\w@-])
    """,
    re.I | re.X,
)
_WITHOUT_SCHEME = re.compile(
    rf"(?://)?((?:www\.[\w-]+(?:\.[\w-]+)*|{_host(_ANY)})(?::\d{{1,5}})?)(?=[/?#]|$)", re.I | re.X
)
_SCHEMES = "mailto|tel|sms|webcal|ftp|ftps"
"""Schemes of links beside those of web pages."""
_ESCAPED = re.compile(r"\\([!#-'*-/:;=?@^_{}~])")
_DETOURS = {
    "www.google.com/url": ("q", "url"),
    "google.com/url": ("q", "url"),
    "l.facebook.com/l.php": ("u",),
    "lm.facebook.com/l.php": ("u",),
}
"""Redirects that word processors and mailboxes write: host and path, and the parameter with the target."""
_SAFE_LINKS = ".safelinks.protection.outlook.com"
_OWN = re.compile(r"/(?:$|live/|media/)|#post-")
"""Addresses without a host that are valid on every page of ours."""
MOST = 256 * 1024
"""Most characters of all addresses of a text together: by reference, a short text can repeat a long one many times."""


def found(text: str) -> list[tuple[int, int]]:
    """Where the addresses of a text begin and end."""
    return [(match.start(), match.start() + len(_trimmed(match[0]))) for match in _ADDRESS.finditer(text)]


def _trimmed(address: str) -> str:
    """Without the characters at the end that belong to the sentence around it."""
    end, signs = len(address), ".,:;!?'\"*~" if "{" in address else ".,:;!?'\"*~}"
    while end and (address[end - 1] in signs or _is_sign(address[end - 1])):
        end -= 1 + (address[end - 2 : end - 1] == "\\")
    return address[:end]


def _is_sign(letter: str) -> bool:
    """A full stop of any script, a dash, an emoji, an invisible mark: no address ends with one."""
    return letter > "\x7f" and (category(letter)[0] in "PSC" or letter == "\ufe0f")


def target(address: str) -> str | None:
    """A link's final address, with a scheme and without redirects; None if it depends on the page of its origin.

    An address that begins with a host gets https, and a mail address gets `mailto`. Missing slashes are added, because
    browsers look for `https:example.org` on our own site.
    """
    address = address.strip()
    if web := re.match(r"(https?):(?:[/\\]|%5C)*(?=[^\W_]|\[[0-9a-f:.]+\]|%[0-9a-f]{2})", address, re.I):
        return straight(f"{web[1].lower()}://{address[web.end() :]}")
    head, slash, rest = address.partition("/") if not address.startswith("//") else ("", "", address)
    if bare := _WITHOUT_SCHEME.match(address := unquote(head) + slash + rest):
        return f"https://{bare[1]}{address[bare.end() :]}"
    if re.match(rf"(?:{_SCHEMES}):.", address, re.I):
        return address
    return f"mailto:{address}" if re.fullmatch(_MAIL, address, re.I) else None


def straight(address: str) -> str:
    """The target of a redirect; any other address unchanged."""
    try:
        url = urlsplit(address)
        host = (url.hostname or "").lower()
        names = ("url",) if host.endswith(_SAFE_LINKS) else _DETOURS.get(f"{host}{url.path}", ())
        query = parse_qs(url.query) if names else {}
    except ValueError:
        return address
    onward = next((query[name][0] for name in names if name in query), "")
    return onward if re.match(r"https?://", onward, re.I) else address


# -- in a text


def addresses(parser: MarkdownIt) -> None:
    """A plugin of markdown-it: bare addresses become links, and links get their final address."""
    parser.inline.ruler.before("text", "address", _link)
    parser.inline.ruler.at("text", _text)
    parser.core.ruler.after("inline", "targets", _straighten)


def _known(state: StateInline) -> tuple[list[int], list[int]]:
    """Where the addresses of the current text begin and end: one search for each text."""
    known: dict[str, tuple[list[int], list[int]]] = state.env.setdefault("addresses", {})
    if state.src not in known:
        places = found(state.src)
        known[state.src] = [start for start, _ in places], [end for _, end in places]
    return known[state.src]


def _text(state: StateInline, silent: bool) -> bool:
    """markdown-it's rule for plain words, which also stops where an address begins."""
    starts, _ = _known(state)
    at = bisect_right(starts, state.pos)
    most = min(starts[at], state.posMax) if at < len(starts) else state.posMax
    sign = state.md.inline.terminator_re.search(state.src, state.pos, most)
    end = sign.start() if sign else most
    if end == state.pos:
        return False
    if not silent:
        state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def _link(state: StateInline, silent: bool) -> bool:
    starts, ends = _known(state)
    at = bisect_left(starts, state.pos)
    if state.linkLevel > 0 or at == len(starts) or starts[at] != state.pos or ends[at] > state.posMax:
        return False
    raw = state.src[state.pos : ends[at]]
    opened = state.delimiters[-1] if state.delimiters else None
    if raw.endswith("_") and opened is not None and opened.marker == ord("_") and opened.open:
        raw = raw.rstrip("_")
    said = html.unescape(_ESCAPED.sub(r"\1", raw)) if "&amp;" in raw else _ESCAPED.sub(r"\1", raw)
    to = state.md.normalizeLink(target(said) or said)
    if not state.md.validateLink(to):
        return False
    if not silent:
        link = state.push("link_open", "a", 1)
        link.attrs, link.markup, link.info = {"href": to}, "linkify", "auto"
        state.push("text", "", 0).content = said.removeprefix("mailto:")
        closing = state.push("link_close", "a", -1)
        closing.markup, closing.info = "linkify", "auto"
    state.pos += len(raw)
    return True


def _straighten(state: StateCore) -> None:
    """Turn links without a valid address into plain text, and also those beyond the limit of characters.

    Their tokens are hidden, and `meta` has what was written as the address (`lost`).
    """
    left, known = MOST, dict[str, str | None]()  # by reference, a text can repeat a long address many times
    for token in state.tokens:
        opened = []
        for child in token.children or ():
            if child.type == "link_open":
                address = str(child.attrs.get("href", ""))
                if address not in known:
                    known[address] = target(address) or (address if _OWN.match(address) else None)
                to = known[address]
                left -= len(to or "")
                child.attrs = {"href": to} if to is not None and left >= 0 else {}
                child.hidden = not child.attrs
                child.meta = {"lost": address} if child.hidden else child.meta
                opened.append(child)
            elif child.type == "link_close" and opened:
                child.hidden = opened.pop().hidden
