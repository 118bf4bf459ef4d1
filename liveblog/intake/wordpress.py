"""Exports of WordPress (WXR, *Tools → Export*) with live blogs of Automattic's plugin "Liveblog".

Until its version 1 an entry is a comment of type `liveblog` on a post; an edit is another one that `liveblog_replaces`
it, and a deletion one without a text. Later versions may keep entries as posts of type `liveblog` below another one.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import BinaryIO
from xml.etree import ElementTree as xml

from msgspec import Struct

from ..errors import Invalid
from .coverage import LARGEST, MOST_ENTRIES, Coverage, Entry, entry, language, line, slug_of

PROGRAM = "WordPress"
_HOLDERS = {"channel", "item", "comment", "postmeta", "commentmeta", "author"}
_DEEPEST = 12
_COMMAND = re.compile(r"<span\b([^<>]{0,200})>[^<>]{0,100}</span>", re.I)
_SHORTCODE = re.compile(r"\[/?(?:caption|gallery|liveblog_key_events|audio|video|playlist)\b[^\[\]]{0,2000}\]", re.I)
_TYPED = re.compile(r"(?:^|(?<=[\s>]))/key\b")
_YES = {"1", "true"}
_CONTROL = bytes({*range(32)} - {*b"\t\n\r"})
"""What XML does not allow and WordPress writes nevertheless, when somebody pasted it into a text."""


class Item(Struct):
    """A post, page or entry of the export, or a comment: its elements by name, and its `meta` fields."""

    values: dict[str, str]
    meta: dict[str, str]
    comments: list[Item]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "").strip()


class _Reader:
    """Reads the elements of a WXR file one by one. It keeps only live blogs, and no tree."""

    def __init__(self) -> None:
        self.channel = Item({}, {}, [])
        self.items: list[Item] = []
        self.authors: dict[str, str] = {}
        self.others = 0
        self._open: list[Item] = []
        self._path: list[str] = []
        self._text: list[str] = []

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise Invalid(
            "an export of WordPress has no document type; this file may have been made to do harm", field="file"
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _name(tag)
        if len(self._path) >= _DEEPEST:
            raise Invalid("this is no export of WordPress: its elements nest too deeply", field="file")
        self._path.append(name)
        self._text = []
        if name in _HOLDERS:
            self._open.append(self.channel if name == "channel" else Item({}, {}, []))

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        name = self._path.pop()
        text, self._text = "".join(self._text), []
        if name not in _HOLDERS:
            if self._open and self._path and self._path[-1] in _HOLDERS:
                self._open[-1].values[name] = text
            return
        done = self._open.pop()
        if name in ("postmeta", "commentmeta") and self._open:
            self._open[-1].meta[done["meta_key"]] = done["meta_value"]
        elif name == "comment" and self._open and done["comment_type"] == "liveblog":
            self._open[-1].comments.append(done)
        elif name == "author":
            shown = done["author_display_name"] or done["author_login"]
            self.authors |= {done["author_login"]: shown, done["author_id"]: shown}
        elif name == "item":
            self._keep(done)

    def _keep(self, item: Item) -> None:
        if item.comments or item["post_type"] == "liveblog" or item.meta.get("liveblog"):
            self.items.append(item)
        else:
            self.others += 1
        if len(self.items) + sum(len(each.comments) for each in self.items[-1:]) > MOST_ENTRIES:
            raise Invalid(
                f"the file has more than {MOST_ENTRIES} entries; export fewer live blogs at once", field="file"
            )

    def close(self) -> None:
        """Everything is in `items`."""


def _name(tag: str) -> str:
    space, _, local = tag.rpartition("}")
    return "excerpt" if "/excerpt" in space else local


def is_export(head: bytes) -> bool:
    """Whether a file that begins so is an export of WordPress."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"wordpress.org/export/" in head


def read(file: BinaryIO) -> list[Coverage]:
    """The live blogs of an export. Raises `Invalid` for a file that is broken, hostile or has none."""
    reader = _Reader()
    parser = xml.XMLParser(target=reader)
    left, unwanted = LARGEST, b""
    try:
        while part := file.read(1024 * 1024):
            left -= len(part)
            if left < 0:
                raise Invalid(f"the file has more than {LARGEST >> 20} MB; export fewer posts at once", field="file")
            if left + len(part) == LARGEST:
                unwanted = b"" if part[:2] in (b"\xff\xfe", b"\xfe\xff") else _CONTROL  # UTF-16 needs those bytes
            parser.feed(part.translate(None, unwanted))
        parser.close()
    except (xml.ParseError, ValueError, LookupError) as error:
        raise Invalid(f"the file is no whole XML: {error}", field="file") from None
    children: dict[str, list[Item]] = {}
    for each in reader.items:
        if each["post_type"] == "liveblog" and each["post_parent"] not in ("", "0"):
            children.setdefault(each["post_parent"], []).append(each)
    blogs = [each for each in reader.items if each.comments or each["post_id"] in children]
    if not blogs:
        raise Invalid(
            f"none of the {reader.others + len(reader.items)} posts of this export has entries of the plugin Liveblog",
            field="file",
        )
    once = {each["post_id"]: each for each in blogs}  # two exports that were put together may both have it
    return [_coverage(reader, each, children.get(id, [])) for id, each in once.items()]


def _coverage(reader: _Reader, blog: Item, children: list[Item]) -> Coverage:
    left_out: Counter[str] = Counter()
    found = [_preview(reader, blog, left_out)]
    found += [_of_comment(reader, each, left_out) for each in _current(blog.comments, left_out)]
    found += [_of_post(reader, each, left_out) for each in children]
    title = line(blog["title"], 300) or "Live blog"
    return Coverage(
        program=PROGRAM,
        slug=slug_of(blog["post_name"], title),
        title=title,
        summary=line(blog["excerpt"], 1000) or "",
        language=language(reader.channel["language"]),
        public=blog["status"] == "publish" and not blog["post_password"],
        entries=[each for each in found if each is not None],
        left_out=left_out,
    )


def _preview(reader: _Reader, blog: Item, left_out: Counter[str]) -> Entry | None:
    """The text of the post that the entries stand below."""
    raw = _SHORTCODE.sub("", blog["encoded"])
    if not raw.strip():
        return None
    return entry(raw, blog["post_date_gmt"], left_out, byline=reader.authors.get(blog["creator"]), preview=True)


def _current(comments: list[Item], left_out: Counter[str]) -> list[Item]:
    """The entries as they are after all edits and deletions; an edit replaces the entry, or an edit of it."""
    entries: dict[str, Item] = {}
    edited: dict[str, str] = {}
    for each in sorted(comments, key=lambda each: int(each["comment_id"]) if each["comment_id"].isdigit() else 0):
        replaced = each.meta.get("liveblog_replaces", "")
        replaced = edited[each["comment_id"]] = edited.get(replaced) or replaced
        if each["comment_approved"] not in ("liveblog", "1"):
            left_out["deleted entries"] += 1
        elif not replaced:
            if each["comment_id"] in entries:
                left_out["entries that the file has twice"] += 1
            entries[each["comment_id"]] = each
        elif (before := entries.get(replaced)) is not None:
            left_out["earlier versions of entries"] += 1
            before.values["comment_content"] = each["comment_content"]
            before.values["updated"] = each["comment_date_gmt"]
            if not each["comment_content"]:
                left_out["deleted entries"] += 1
                del entries[replaced]
        elif each["comment_content"]:
            left_out["edits of entries that the file does not have"] += 1
    return [*entries.values()]


def _of_comment(reader: _Reader, each: Item, left_out: Counter[str]) -> Entry | None:
    names = [each["comment_author"]]
    names += [
        reader.authors.get(id, "") for id in re.findall(r"i:\d+;i:(\d+);", each.meta.get("liveblog_contributors", ""))
    ]
    hidden = each.meta.get("liveblog_hide_authors") in _YES
    byline = "" if hidden else ", ".join(dict.fromkeys(filter(None, names)))
    facts = {"updated": each["updated"], "byline": byline}
    return _entry(each, each["comment_content"], each["comment_date_gmt"], left_out, facts)


def _of_post(reader: _Reader, each: Item, left_out: Counter[str]) -> Entry | None:
    if each["status"] != "publish":
        left_out["entries that were not published"] += 1
        return None
    byline = reader.authors.get(each["creator"], each["creator"])
    facts = {"updated": each["post_modified_gmt"], "byline": byline, "headline": each["title"]}
    return _entry(each, each["encoded"], each["post_date_gmt"], left_out, facts)


def _entry(each: Item, raw: str, at: str, left_out: Counter[str], facts: dict[str, str]) -> Entry | None:
    """An entry without the plugin's commands, which mark key events and pins."""
    commands: list[str] = []

    def taken(span: re.Match[str]) -> str:
        if "liveblog-command" not in span[1]:
            return span[0]
        commands.append(span[1])
        return ""

    text = _SHORTCODE.sub("", _COMMAND.sub(taken, raw))
    marked = any("type-key" in command for command in commands) or each.meta.get("liveblog_key_entry") in _YES
    key = marked or bool(_TYPED.search(text))
    pinned = any("type-pin" in command for command in commands)
    if "[gallery" in raw:
        left_out["galleries"] += 1
    return entry(_TYPED.sub("", text), at, left_out, key=key, pinned=pinned, **facts)
