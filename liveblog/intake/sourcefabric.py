"""Exports of Sourcefabric's Live Blog: what its public API says (`/api/client_blogs/<id>` and `…/posts`), as JSON.

Posts have their items in `groups` (the first API) or `items` (the second, `/api/v2/`). A file is one answer, or a list
of answers: the blog and all pages of its posts. What an embed has in its page are answers by name (`posts`,
`stickyPosts`).
"""

from __future__ import annotations

import html
from collections import Counter
from typing import Any, BinaryIO

import msgspec

from ..errors import Invalid
from .coverage import LARGEST, MOST_ENTRIES, Coverage, Entry, entry, instant, language, line, slug_of

PROGRAM = "Sourcefabric Live Blog"
_RENDITIONS = ("original", "baseImage", "viewImage", "thumbnail")
Doc = dict[str, Any]


def is_export(head: bytes) -> bool:
    """Whether a file that begins so is an answer of Live Blog's API, or a list of them."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start[:1] == b"[" or (
        start[:1] == b"{" and any(name in head for name in (b'"_items"', b'"_id"', b'"_meta"'))
    )


def read(file: BinaryIO) -> list[Coverage]:
    """The live blog of an export. Raises `Invalid` for a file that is broken or has none."""
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Invalid(f"the file has more than {LARGEST >> 20} MB", field="file")
    try:
        found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the file is no whole JSON: {error}", field="file") from None
    answers = [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]
    answers += [part for each in answers for part in each.values() if isinstance(part, dict) and "_items" in part]
    pages = [each for each in answers if isinstance(each.get("_items"), list)]
    posts = [post for page in pages for post in page["_items"] if isinstance(post, dict) and _is_post(post)]
    if not posts:
        raise Invalid(
            "this is neither an export of a live blog nor an answer of Live Blog's API with posts", field="file"
        )
    if len(posts) > MOST_ENTRIES:
        raise Invalid(f"the file has more than {MOST_ENTRIES} posts", field="file")
    if len({_text(post, "blog") for post in posts}) > 1:
        raise Invalid("the file has posts of several live blogs; bring one at a time", field="file")
    blog = next((each for each in answers if "title" in each and "_items" not in each), {})
    return [_coverage(blog, posts, max(_total(page) for page in pages))]


def _is_post(post: Doc) -> bool:
    return isinstance(post.get("groups"), list) or isinstance(post.get("items"), list)


def _coverage(blog: Doc, posts: list[Doc], total: int) -> Coverage:
    left_out: Counter[str] = Counter()
    once = {_text(post, "_id") or str(n): post for n, post in enumerate(posts)}
    left_out["posts that other pages of the answer have"] += max(0, total - len(posts))
    left_out["posts that the file has twice"] += len(posts) - len(once)
    title = line(_text(blog, "title"), 300) or ""
    found = [_entry(post, left_out) for post in once.values()]
    return Coverage(
        program=PROGRAM,
        slug=slug_of(title),
        title=title,
        summary=line(_text(blog, "description"), 1000) or "",
        language=language(_text(blog, "blog_preferences", "language") or "en"),
        public=_text(blog, "blog_status") in ("", "open", "closed"),
        entries=[each for each in found if each is not None],
        left_out=left_out,
    )


def _entry(post: Doc, left_out: Counter[str]) -> Entry | None:
    published = _text(post, "published_date") or _text(post, "_created")
    if post.get("deleted") or (instant(_text(post, "unpublished_date")) or "") > (instant(published) or published):
        left_out["deleted posts"] += 1
        return None
    if _text(post, "post_status") not in ("", "open"):
        left_out["posts that were not published"] += 1
        return None
    items = [*_items(post)]
    raw = "\n\n".join(filter(None, (_html(item, left_out) for item in items)))
    byline = _text(post, "publisher", "byline") or _text(post, "publisher", "display_name")
    byline = next(filter(None, (_text(item, "commenter") for item in items)), "") or byline
    return entry(
        raw,
        published,
        left_out,
        updated=_text(post, "content_updated_date"),
        headline=_text(post, "headline"),
        byline=byline or _text(post, "original_creator", "display_name"),
        key=bool(post.get("lb_highlight") or post.get("highlight")),
        pinned=bool(post.get("sticky")),
    )


def _items(post: Doc) -> list[Doc]:
    """The parts of a post, in its order."""
    found: list[object] = [*post["items"]] if isinstance(post.get("items"), list) else []
    for group in post.get("groups") or []:
        if isinstance(group, dict) and group.get("id") == "main" and isinstance(group.get("refs"), list):
            found += [each.get("item") for each in group["refs"] if isinstance(each, dict)]
    return [each for each in found if isinstance(each, dict)]


def _html(item: Doc, left_out: Counter[str]) -> str:
    """A part as HTML: its own, or for a picture, a link or an embed what its facts say."""
    kind = _text(item, "item_type").lower()
    if "advert" in kind:
        left_out["advertisements"] += 1
        return ""
    address = _text(item, "meta", "original_url") or _text(item, "meta", "url")
    if kind == "embed" and address.startswith("http"):
        return f"<p>{html.escape(address)}</p>"
    text = _text(item, "text")
    if kind == "link" and not text and address:
        return f'<p><a href="{html.escape(address)}">{html.escape(_text(item, "meta", "title") or address)}</a></p>'
    if kind == "image" and "<img" not in text:
        files = item.get("renditions") or _at(item, "meta", "media", "renditions")
        address = next(filter(None, (_text(files, name, "href") for name in _RENDITIONS)), "")
        address = f"https:{address}" if address.startswith("//") else address
        caption = _text(item, "meta", "caption")
        text = f'<img src="{html.escape(address)}" alt="{html.escape(caption)}"> {_text(item, "meta", "credit")}'
    return text


def _at(doc: object, *path: str) -> object:
    for name in path:
        doc = doc.get(name) if isinstance(doc, dict) else None
    return doc


def _text(doc: object, *path: str) -> str:
    """The text at a place of a document; empty if there is none."""
    found = _at(doc, *path)
    return found if isinstance(found, str) else ""


def _total(page: Doc) -> int:
    total = _at(page, "_meta", "total")
    return total if isinstance(total, int) else 0
