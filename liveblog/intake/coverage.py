"""A live blog of another program, as it was exported there: what WordPress and Sourcefabric have in common.

Texts become Markdown by the rules for everything that is pasted. Pictures stay links: nothing is fetched.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ..characters import CONTROL
from ..checks import BODY, HEADLINE, NAME, checked_fields, checked_instant, checked_language, checked_line, slugify
from ..errors import Invalid
from ..model import Blog, Object, Post, rfc3339
from . import article

LARGEST = 64 * 1024 * 1024
"""Bytes of an export."""
MOST_ENTRIES = 20_000
_IMAGE = re.compile(r"<img\b([^<>]{0,4000})>", re.I)
_ATTRIBUTE = re.compile(r"""\b(src|alt|class)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_BLOCK = re.compile(
    r"\s*(?:<!--|</?(?:p|div|[uo]l|li|blockquote|h[1-6]|table|figure|pre|hr|iframe|section|article)\b)", re.I
)
_TOO_LONG = "?" * (BODY + 1)
_TAG = re.compile(r"<[^<>]*>")


class Entry(Struct, frozen=True, kw_only=True):
    """A post of the other program: times in RFC 3339 UTC, the body in Markdown."""

    at: str
    updated: str | None = None
    headline: str | None = None
    body: str
    byline: str | None = None
    key: bool = False
    pinned: bool = False
    preview: bool = False


class Coverage(Struct, frozen=True, kw_only=True):
    """A live blog of the other `program`, oldest entry first. `left_out` counts, by its name, what was not carried."""

    program: str
    slug: str
    title: str
    summary: str = ""
    language: str = "en"
    public: bool = True
    entries: list[Entry]
    left_out: Counter[str]


def entry(raw: str, at: str, left_out: Counter[str], **facts: str | bool | None) -> Entry | None:
    """An entry from its HTML. One without a text or a time, or that is too long for a post, is left out and counted."""
    published = instant(at)
    body = markdown(raw)
    headline = line(str(facts.pop("headline", None) or ""), HEADLINE)
    if published is None:
        left_out["entries without a time"] += 1
    elif not body and headline is None:
        left_out["entries without a text"] += 1
    elif len(body.encode()) > BODY:
        left_out[f"entries of more than {BODY // 1024} KB"] += 1
    else:
        byline = line(str(facts.pop("byline", None) or ""), NAME)
        updated = instant(str(facts.pop("updated", None) or ""))
        later = updated if updated is not None and updated > published else None
        kind = {name: bool(facts.get(name)) for name in ("key", "pinned", "preview")}
        if "<img" in raw.lower():
            left_out["texts whose pictures are links now"] += 1
        return Entry(at=published, updated=later, headline=headline, body=body, byline=byline, **kind)
    return None


def markdown(raw: str) -> str:
    """The Markdown of a text's HTML. A picture becomes a link to it. What is too long for a post stays too long."""
    if len(raw) > article.ARTICLE:
        return _TOO_LONG
    shown = CONTROL.sub("", _paragraphs(_IMAGE.sub(_linked, raw)))
    try:
        return str(checked_fields({"body": article.from_clipboard(shown, "")})["body"])
    except Invalid:  # too many elements
        return _TOO_LONG


def _linked(image: re.Match[str]) -> str:
    found = {name.lower(): html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(image[1])}
    address, alt = found.get("src", ""), found.get("alt", "").strip()
    if "emoji" in found.get("class", "") or not address.startswith(("https://", "http://")):
        return html.escape(alt)
    name = alt or address.partition("?")[0].rpartition("/")[2] or address
    return f'<p><a href="{html.escape(address)}">{html.escape(name)}</a></p>'


def _paragraphs(raw: str) -> str:
    """Text with empty lines as paragraphs: editors of WordPress keep those instead of their elements."""
    parts = re.split(r"\r?\n[ \t]*(?:\r?\n[ \t]*)+", raw.strip())
    return "\n".join(part if _BLOCK.match(part) else f"<p>{_broken(part)}</p>" for part in parts)


def _broken(part: str) -> str:
    return re.sub(r"\r?\n", "<br>\n", part)


def line(raw: str, most: int) -> str | None:
    """The words of a title's HTML in a line of at most `most` characters; None without any."""
    words = " ".join(CONTROL.sub("", html.unescape(_TAG.sub("", raw))).split())[:most]
    try:
        return checked_line(words, "title", most)
    except Invalid:
        return None


def instant(at: str) -> str | None:
    """A time of RFC 3339, or one in UTC without a zone, as it is stored; None if it is none."""
    whole = at.strip().replace(" ", "T", 1)
    whole = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", whole)
    try:
        return checked_instant(whole if re.search(r"(?:Z|[+-]\d\d:\d\d)$", whole) else f"{whole}Z", "at")
    except Invalid:
        return None


def language(tag: str) -> str:
    """The language of the export, if it is one that a blog can have."""
    try:
        return checked_language(tag.strip().replace("_", "-"))
    except Invalid:
        return "en"


def made(found: Coverage, *, slug: str, timezone: str, now: str, ids: Iterable[str]) -> list[tuple[Object, str]]:
    """The blog and its posts, each with its commit time, in the order of their last changes.

    `ids` names the posts. What the export dates after `now` was not published and is left out. Entries of the same
    time keep their order: each is a millisecond later than the one before.
    """
    entries = sorted((each for each in found.entries if each.at <= now), key=lambda each: each.at)
    found.left_out["entries of the future"] += len(found.entries) - len(entries)
    posts: list[tuple[Post, bool]] = []
    before = ""
    for each, id in zip(entries, ids, strict=False):
        before = max(each.at, _after(before)) if before else each.at
        updated = each.updated if each.updated and before < each.updated <= now else None
        text = checked_fields({"headline": each.headline, "body": each.body, "byline": each.byline, "key": each.key})
        post = Post(id=id, published_at=before, updated_at=updated, **text)
        posts.append((replace(post, type="preview") if each.preview else post, each.pinned))
    blog = _pinned(
        Blog(
            id=slug,
            title=found.title,
            summary=found.summary,
            status="ended" if found.public else "draft",
            timezone=timezone,
            language=found.language,
        ),
        posts,
        found.left_out,
    )
    timed = sorted(((post, post.updated_at or post.published_at) for post, _ in posts), key=lambda each: each[1])
    whole: list[tuple[Object, str]] = [*timed, (blog, timed[-1][1] if timed else now)]
    return [(replace(obj, seq=seq), at) for seq, (obj, at) in enumerate(whole, 1)]


def _after(at: str) -> str:
    """A millisecond later."""
    return rfc3339(datetime.fromisoformat(at).astimezone(UTC) + timedelta(milliseconds=1))


def _pinned(blog: Blog, posts: Sequence[tuple[Post, bool]], left_out: Counter[str]) -> Blog:
    """The blog with its newest pinned post, and the preview in that place or below it."""
    pinned = [post.id for post, is_pinned in posts if is_pinned]
    previews = [post.id for post, _ in posts if post.type == "preview"]
    left_out["pins of older posts"] += len(pinned[:-1])
    top = pinned[-1] if pinned else previews[-1] if previews else None
    return replace(blog, pinned=top, pinned_below=previews[-1] if pinned and previews else None)


def slug_of(*names: str) -> str:
    """A slug from the first of these names that makes one."""
    return next((slug for name in names if (slug := slugify(name))), "imported")
