"""Blocks for which Markdown has no syntax: a quotation with its speaker, a link as a card, a video behind a click.

They are ordinary Markdown and stay readable in programs that do not know them. Neither the server nor a reader's
browser fetches anything: a card's words come from the text and the address. `FRAMES` lists what a click may show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape

TAGS = {"figure", "figcaption", "span", "div"}
CLASSES = {
    "div": {"scroll"},
    "figure": {"quote"},
    "p": {"card", "player", "wide", "tall", "social"},
    "span": {"what", "where"},
}
ATTRIBUTES = {"a": {"data-frame"}}
"""Tags and attributes that sanitising must keep, beside those of plain Markdown."""
LONGEST = 64
"""Most characters of an address that is shown as a title."""


class Place(NamedTuple):
    """The target of an address: its `site` and `title`; the address `frame` shows it in a page, in this `shape`."""

    site: str
    title: str
    frame: str = ""
    shape: str = ""


Found = tuple[str, str, str] | None
"""Title (empty: the address itself), address of the frame (empty: it cannot be framed without a script) and shape."""


def _youtube(url: SplitResult) -> Found:
    query = parse_qs(url.query)
    if url.hostname == "youtu.be":
        matched = re.fullmatch(r"/([\w-]{11})/?", url.path)
    elif url.path.rstrip("/") == "/watch":
        matched = re.fullmatch(r"([\w-]{11})", query.get("v", [""])[0])
    else:
        matched = re.fullmatch(r"/(?:live|shorts|embed|v|e|watch)/([\w-]{11})/?", url.path)
    if matched is None or matched[1] == "videoseries":
        return _youtube_list(url, query)
    start = _seconds((query.get("t") or query.get("start") or parse_qs(url.fragment).get("t") or [""])[0])
    frame = f"https://www.youtube-nocookie.com/embed/{matched[1]}?autoplay=1" + (f"&start={start}" if start else "")
    return "", frame, "tall" if url.path.startswith("/shorts/") else "wide"


def _youtube_list(url: SplitResult, query: dict[str, list[str]]) -> Found:
    """A list of videos, which can be framed; a clip or a channel's live stream, whose number is not in the address."""
    if url.path in ("/playlist", "/embed/videoseries") and re.fullmatch(r"[\w-]{10,60}", query.get("list", [""])[0]):
        return "", f"https://www.youtube-nocookie.com/embed/videoseries?list={query['list'][0]}&autoplay=1", "wide"
    live = re.fullmatch(r"/clip/[\w-]{10,60}/?|/(?:(@[\w.-]{1,60})|(?:channel|c|user)/[\w-]{1,60})/live/?", url.path)
    return (live[1] or "", "", "") if live else None


def _seconds(text: str) -> int:
    """`90`, `90s` or `1m30s`."""
    matched = re.fullmatch(r"(?:(\d{1,2})h)?(?:(\d{1,3})m)?(?:(\d{1,6})s?)?", text)
    hours, minutes, seconds = (int(part or 0) for part in matched.groups()) if matched else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds


def _vimeo(url: SplitResult) -> Found:
    if re.fullmatch(r"/event/\d{3,12}(?:/[\w-]{1,40})*/?", url.path):
        return "", "", ""
    inside = r"(?:video/|channels/[\w-]+/|groups/[\w-]+/videos/|(?:album|showcase)/\d+/video/|ondemand/[\w-]+/)?"
    matched = re.fullmatch(rf"/{inside}(\d{{5,12}})(?:/([0-9a-f]{{6,20}}))?/?", url.path)
    if matched is None:
        return None
    unlisted = matched[2] or parse_qs(url.query).get("h", [""])[0]
    key = f"&h={unlisted}" if re.fullmatch(r"[0-9a-f]{6,20}", unlisted) else ""
    return "", f"https://player.vimeo.com/video/{matched[1]}?dnt=1&autoplay=1{key}", "wide"


def _dailymotion(url: SplitResult) -> Found:
    path = f"/video{url.path}" if url.hostname == "dai.ly" else url.path
    if path == "/player.html":
        path = f"/video/{parse_qs(url.query).get('video', [''])[0]}"
    matched = re.fullmatch(r"/(?:embed/)?video/([a-z0-9]{5,13})(?:_[^/]*)?/?", path)
    return ("", f"https://geo.dailymotion.com/player.html?video={matched[1]}", "wide") if matched else None


def _x(url: SplitResult) -> Found:
    if re.fullmatch(r"/i/(?:spaces|broadcasts|events)/\w{5,30}/?|/\w{1,20}/article/\d{1,25}/?", url.path):
        return "", "", ""
    matched = re.fullmatch(r"/(i/web|(?!intent/)\w{1,20})/status(?:es)?/(\d{1,25})(?:/.*)?", url.path)
    if matched is None:
        return None
    who = "" if matched[1] in ("i", "i/web") else f"@{matched[1]}"
    return who, f"https://platform.twitter.com/embed/Tweet.html?dnt=true&id={matched[2]}", "social"


def _bluesky(url: SplitResult) -> Found:
    matched = re.fullmatch(r"/profile/([A-Za-z0-9.:-]{3,255})/post/([A-Za-z0-9]{5,30})/?", url.path)
    if matched is None:
        return None
    who = "" if matched[1].startswith("did:") else f"@{matched[1]}"
    return who, f"https://embed.bsky.app/embed/{matched[1]}/app.bsky.feed.post/{matched[2]}?id=liveblog", "social"


def _instagram(url: SplitResult) -> Found:
    if re.fullmatch(r"/share/(?:(?:p|reel)/)?[\w-]{5,40}/?|/stories/[\w.]{1,40}/\d{5,25}/?", url.path):
        return "", "", ""
    matched = re.fullmatch(r"(?:/[\w.]{1,40})?/(p|reel|tv)s?/([\w-]{5,40})(?:/embed(?:/captioned)?)?/?", url.path)
    return ("", f"https://www.instagram.com/{matched[1]}/{matched[2]}/embed/captioned/", "social") if matched else None


def _tiktok(url: SplitResult) -> Found:
    short_host = url.hostname in ("vm.tiktok.com", "vt.tiktok.com")
    if re.fullmatch(r"/\w{5,20}/?" if short_host else r"/t/\w{5,20}/?", url.path):
        return "", "", ""
    if live := re.fullmatch(r"/(@[\w.]{1,40})/live/?", url.path):
        return live[1], "", ""
    pattern = r"/(?:(@[\w.]{1,40})/(?:video|photo)|v|embed(?:/v2)?|player/v1)/(\d{5,25})(?:\.html)?/?"
    matched = re.fullmatch(pattern, url.path)
    frame = f"https://www.tiktok.com/player/v1/{matched[2]}?autoplay=1" if matched else ""
    return (matched[1] or "", frame, "tall") if matched else None


def _threads(url: SplitResult) -> Found:
    matched = re.fullmatch(r"/(?:(@[\w.]{1,40})/post|t)/[\w-]{5,30}(?:/media)?/?", url.path)
    return (matched[1] or "", "", "") if matched else None


_FACEBOOK = re.compile(
    r"""/(?: reel/\d+ | groups/[^/]+/(?:posts|permalink)/\w+ | events/\d+ | share/(?:[a-z]/)?\w{5,40}
        | (?!sharer|dialog|plugins)[^/]+/(?:posts|videos|photos)/(?:[^/]+/){0,2}[^/]+ | stories/\d+/[^/]+ )/?""",
    re.X,
)
_FACEBOOK_NUMBER = re.compile(r"/(?:watch(?:/live)?|photo(?:\.php)?|permalink\.php|story\.php|video\.php)/?")
"""Pages that show what the query names."""


def _facebook(url: SplitResult) -> Found:
    if url.hostname == "fb.watch":
        return ("", "", "") if re.fullmatch(r"/[\w-]{5,30}/?", url.path) else None
    named = _FACEBOOK_NUMBER.fullmatch(url.path) and {"v", "fbid", "story_fbid"} & parse_qs(url.query).keys()
    return ("", "", "") if named or _FACEBOOK.fullmatch(url.path) else None


SITES: dict[str, tuple[str, Callable[[SplitResult], Found]]] = {
    "youtube.com": ("YouTube", _youtube),
    "youtu.be": ("YouTube", _youtube),
    "youtube-nocookie.com": ("YouTube", _youtube),
    "vimeo.com": ("Vimeo", _vimeo),
    "dailymotion.com": ("Dailymotion", _dailymotion),
    "dai.ly": ("Dailymotion", _dailymotion),
    "x.com": ("X", _x),
    "twitter.com": ("X", _x),
    "bsky.app": ("Bluesky", _bluesky),
    "instagram.com": ("Instagram", _instagram),
    "instagr.am": ("Instagram", _instagram),
    "tiktok.com": ("TikTok", _tiktok),
    "threads.net": ("Threads", _threads),
    "threads.com": ("Threads", _threads),
    "facebook.com": ("Facebook", _facebook),
    "fb.watch": ("Facebook", _facebook),
}
FRAMES = (
    "https://www.youtube-nocookie.com",
    "https://player.vimeo.com",
    "https://geo.dailymotion.com",
    "https://platform.twitter.com",
    "https://embed.bsky.app",
    "https://www.instagram.com",
    "https://www.tiktok.com",
)
"""All sites that a click may load into a page; the pages' CSP names exactly these."""
_OWN_SERVER = re.compile(r"/(?:@|users/)([\w.-]{1,60})(@[\w.-]+)?(?:/statuses)?/(\d{10,25})/?")
"""A post on some Mastodon server: it may be any host, so a policy cannot name it."""


def place(address: str) -> Place | None:
    """The video or the social post that an address leads to."""
    try:
        url = urlsplit(address)
        if url.port not in (None, 80, 443):  # raises `ValueError` for one that is no number
            return None
        host = re.sub(r"^(?:www|m|mobile|music|player|geo|vm|vt|web)\.", "", url.hostname or "")
    except ValueError:
        return None
    if url.scheme not in ("http", "https"):
        return None
    if host in SITES:
        site, read = SITES[host]
        found = read(url)
        return Place(site, found[0] or short(address), found[1], found[2]) if found is not None else None
    matched = _OWN_SERVER.fullmatch(url.path)
    return Place("Mastodon", f"@{matched[1]}{matched[2] or f'@{host}'}") if matched else None


def short(address: str) -> str:
    """An address for people: without scheme and `www.`, and not too long."""
    bare = re.sub(r"^https?://(?:www\.)?", "", address).rstrip("/")
    return bare if len(bare) <= LONGEST else bare[: LONGEST - 1] + "…"


# -- in a text


def forms(parser: MarkdownIt) -> None:
    """A plugin of markdown-it: cards and quotations."""

    def put(state: StateCore) -> None:
        state.tokens = list(_quoted(list(_carded(state.tokens, parser)), parser))

    parser.core.ruler.push("forms", put)


def _carded(tokens: Sequence[Token], parser: MarkdownIt) -> Iterator[Token]:
    """Paragraphs that are a link, and bare links to players on a line of their own, as cards."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "paragraph_open" and token.level == 0 and tokens[at + 1].children:
            yield from _paragraph(tokens[at : at + 3], parser)
            at += 3
        else:
            yield token
            at += 1


def _paragraph(tokens: Sequence[Token], parser: MarkdownIt) -> Iterator[Token]:
    opening, inline, closing = tokens
    lines = _lines(inline.children or [])
    cards = [_card(line, parser, alone=len(lines) == 1) for line in lines]
    if not any(cards):
        yield from tokens
        return
    text: list[Token] = []
    for line, card in zip([*lines, []], [*cards, _html("")], strict=True):
        if card is None:
            text += [*([_break()] if text else []), *line]
            continue
        if text:
            yield from (opening, inline.copy(children=text), closing)
            text = []
        if line:
            yield card


def _lines(children: Sequence[Token]) -> list[list[Token]]:
    lines: list[list[Token]] = [[]]
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            lines.append([])
        else:
            lines[-1].append(child)
    return lines


def _card(line: Sequence[Token], parser: MarkdownIt, *, alone: bool) -> Token | None:
    """A line that is one link, as a card; None for any other line. `meta` has a bare address as it was written."""
    line = [token for token in line if token.type != "text" or token.content.strip()]
    if len(line) < 3 or line[0].type != "link_open" or line[-1].type != "link_close":
        return None
    if any(token.type in ("link_open", "link_close", "image") for token in line[1:-1]):
        return None
    address, bare = str(line[0].attrGet("href") or ""), line[0].info == "auto"
    found = place(address)
    if not address.startswith(("https://", "http://")) or not (alone or bare) or (bare and found is None):
        return None
    title = escape(found.title) if bare and found else Markup(parser.renderer.render(line[1:-1], parser.options, {}))
    where = found.site if found else re.sub(r"^www\.", "", urlsplit(address).hostname or "")
    kind = f"card player {found.shape}" if found and found.frame else "card"
    frame = Markup(' data-frame="{}"').format(found.frame) if found and found.frame else ""
    link = Markup('<a href="{}"{}><span class="what">{}</span> <span class="where">{}</span></a>')
    card = _html(Markup('<p class="{}">{}</p>\n').format(kind, link.format(address, frame, title, where)))
    card.meta = {"bare": line[1].content} if bare else {}
    return card


_ATTRIBUTION = re.compile(r"\s*(?:[—–―]|--)(?!-)\s*")


def _quoted(tokens: list[Token], parser: MarkdownIt) -> Iterator[Token]:
    """Quotations whose last line begins with a dash: the words after it name the speaker."""
    opened: list[int] = []
    said: dict[int, tuple[str, int]] = {}
    for at, token in enumerate(tokens):
        if token.type == "blockquote_open":
            opened.append(at)
        elif token.type == "blockquote_close":
            start = opened.pop()
            speaker = _speaker(tokens, start, at, parser)
            if speaker is not None:
                said[start] = (speaker, at)
    ends = {end: speaker for speaker, end in said.values()}
    for at, token in enumerate(tokens):
        if at in said:
            yield _html('<figure class="quote">\n')
        yield token
        if at in ends:
            yield _html(f"<figcaption>{ends[at]}</figcaption>\n</figure>\n")


def _speaker(tokens: list[Token], start: int, end: int, parser: MarkdownIt) -> str | None:
    """Remove the attribution from a quotation; None if there is none, or nothing else."""
    opening, inline = tokens[end - 3], tokens[end - 2]
    if opening.type != "paragraph_open" or opening.level != tokens[start].level + 1:
        return None
    lines = _lines(inline.children or [])
    first = lines[-1][0] if lines[-1] else None
    matched = _ATTRIBUTION.match(first.content) if first is not None and first.type == "text" else None
    if matched is None or first is None or (len(lines) == 1 and end - 3 == start + 1):
        return None
    if matched[0] == first.content and len(lines[-1]) == 1:
        return None
    said = [first.copy(content=first.content[matched.end() :]), *lines[-1][1:]]
    kept = [token for line in lines[:-1] for token in (*line, _break())][:-1]
    if kept:
        tokens[end - 2] = inline.copy(children=kept)
    else:
        for at in (end - 3, end - 2, end - 1):
            tokens[at] = _html("")
    return str(parser.renderer.render(said, parser.options, {}))


def _break() -> Token:
    return Token("softbreak", "br", 0)


def _html(text: str) -> Token:
    return Token("html_block", "", 0, content=str(text))


def policy() -> str:
    """The source list of CSP's `frame-src`."""
    return " ".join(("'self'", *FRAMES))
