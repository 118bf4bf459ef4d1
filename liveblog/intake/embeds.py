"""Embed codes of videos and social posts: the address that they show, which readers get as a card (docs/writing.md)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from bs4 import Tag

_POSTS = {
    "twitter-tweet",
    "twitter-video",
    "instagram-media",
    "tiktok-embed",
    "bluesky-embed",
    "mastodon-embed",
    "text-post-media",
    "fb-post",
    "fb-video",
}
"""The classes of elements that the sites' scripts replace by a post."""
_NAMED = ("data-instgrm-permalink", "data-text-post-permalink", "data-embed-url", "data-href", "cite", "src")
"""The attributes that hold the address; where there is none, it is the element's last link."""
ATTRIBUTES = {name: {*_NAMED} for name in ("blockquote", "div", "iframe")}
"""What sanitising must keep for this module."""
_PLAYERS = [
    (r"www\.youtube(?:-nocookie)?\.com/embed/([\w-]{11})/?", "https://www.youtube.com/watch?v={0}"),
    (r"player\.vimeo\.com/video/(\d+)/?", "https://vimeo.com/{0}"),
    (r"(?:www|geo)\.dailymotion\.com/embed/video/(\w+)", "https://www.dailymotion.com/video/{0}"),
    (r"(www\.instagram\.com/(?:p|reel|tv)/[\w-]+)(?:/embed)?(?:/captioned)?/?", "https://{0}/"),
    (r"embed\.bsky\.app/embed/([\w.:-]+)/app\.bsky\.feed\.post/(\w+)", "https://bsky.app/profile/{0}/post/{1}"),
    (r"([\w.-]+/@[\w.@-]+/\d+)/embed/?", "https://{0}"),
    (r"((?:www\.|mobile\.)?(?:twitter|x)\.com/\w+/status/\d+)", "https://{0}"),
    (
        r"((?:www\.)?(?:tiktok\.com/@[\w.]+/(?:video|photo)/\d+|threads\.(?:net|com)/@[\w.]+/post/[\w-]+))",
        "https://{0}",
    ),
    (r"(bsky\.app/profile/[\w.:-]+/post/\w+)", "https://{0}"),
    (r"(www\.facebook\.com/.+)", "https://{0}"),
]
"""Host and path of what an embed code names, and the address that people open; queries only count their readers."""
_SHORTCODE = re.compile(
    r"(?:(?<![ \t])[ \t]+)?\[embed[^\]\n]{0,200}\]\s*(https?://[^\s\[\]]+)\s*\[/embed\][ \t]*", re.I
)


def address(tag: Tag) -> str | None:
    """The address of the video or post that an element embeds; None for any other element."""
    classes = tag.get("class")
    named = set(classes if isinstance(classes, list) else str(classes or "").split())
    if tag.name != "iframe" and not named & _POSTS:
        return None
    links = [] if tag.name == "iframe" else [str(link.get("href")) for link in tag.find_all("a", href=True)]
    candidates = [str(tag[name]) for name in _NAMED if tag.get(name)] + links[::-1]
    return next((found for each in candidates if (found := _shown(each)) is not None), None)


def _shown(named: str) -> str | None:
    """The address that people open, for one that an embed code names; None if the code shows no video or post."""
    try:
        url = urlsplit(named)
        query = parse_qs(url.query)
    except ValueError:
        return None
    if url.hostname == "www.facebook.com" and url.path.startswith("/plugins/"):
        return _shown(query.get("href", [""])[0])
    if url.hostname == "geo.dailymotion.com" and "video" in query:
        return f"https://www.dailymotion.com/video/{query['video'][0]}"
    for pattern, form in _PLAYERS:
        matched = re.fullmatch(pattern, f"{url.hostname}{url.path.rstrip('/') or '/'}", re.I)
        if matched is not None:
            return form.format(*matched.groups()) + _rest(url.hostname or "", query)
    return None


def _rest(host: str, query: dict[str, list[str]]) -> str:
    """What a video's address needs beside its number: where it begins, the key of one that is not listed."""
    if host.startswith("www.youtube"):
        start = query.get("start", [""])[0]
        return f"&t={start}" if start.isdigit() else ""
    key = query.get("h", [""])[0] if host == "player.vimeo.com" else ""
    return f"/{key}" if re.fullmatch(r"[0-9a-f]{6,20}", key) else ""


def without_shortcodes(text: str) -> str:
    """A text with the address alone, in a paragraph of its own, in place of each `[embed]…[/embed]`."""
    return _SHORTCODE.sub(r"\n\n\1\n\n", text)
