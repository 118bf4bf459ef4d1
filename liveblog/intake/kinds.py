"""What a file is by its first bytes, if it is none that a running order can be read from. Pure."""

from __future__ import annotations

import re

_TABLE = "save it as CSV (File, Save as) and choose that file"
_WORDS = "copy its table into a spreadsheet and save it as CSV"
_HEADS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", f"a PDF: {_WORDS}"),
    (rb"\{\\rtf", f"a text document (RTF): {_WORDS}"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"an old Excel or Word file: if it is a table, {_TABLE}"),
    (
        rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|BM.{8}\0\0|II\*\0|MM\0\*|.{4}ftyp(?:heic|heix|mif1|avif)",
        "a picture",
    ),
    (rb"%!PS", f"a document for printers (PostScript): {_WORDS}"),
    (rb".{4}ftyp|ID3[\2-\4]|OggS\0", "a video or a sound"),
    (
        rb"\[InternetShortcut\]|\{\s*\"(?:\":\s*\"WARNING! DO NOT EDIT|url\":\s*\"https://docs\.google)",
        f"a shortcut: {_WORDS}",
    ),
    (rb"\x1f\x8b|\x28\xb5\x2f\xfd|BZh|7z\xbc\xaf|\xfd7zXZ|Rar!", "a compressed file: unpack it first"),
    (rb"bplist0", f"a web archive of Safari: {_WORDS}"),
    (
        rb"(?:From|MIME-Version|Subject|Snapshot-Content-Location|Received(?=: (?:from|by) )|Return-Path|Delivered-To"
        rb"|Message-ID):",
        f"a mail or a web archive: {_WORDS}",
    ),
    (rb"SQLite format 3", "a database: export the table as CSV"),
)
_ZIPPED: tuple[tuple[bytes, str], ...] = (
    (rb"xl/(?:workbook|worksheets|_rels|styles|sharedStrings)", f"an Excel workbook: {_TABLE}"),
    (rb"opendocument\.spreadsheet", f"a LibreOffice spreadsheet: {_TABLE}"),
    (
        rb"Index/Tables/|Index/CalculationEngine|Index/Document\.iwa",
        f"an Apple Numbers or Pages file: {_TABLE.replace('Save as', 'Export to')}",
    ),
    (rb"word/(?:document|_rels|styles)", f"a Word document: {_WORDS}"),
    (rb"opendocument\.", f"a LibreOffice document: {_WORDS}"),
    (rb"epub\+zip", f"an e-book: {_WORDS}"),
    (rb"ppt/", f"a presentation: {_WORDS}"),
)
HEAD = 64 * 1024


def foreign(content: bytes) -> str | None:
    """What a file is, and what to do with it, if it is a known kind that holds no plain text; else None."""
    if content.startswith(b"PK\x03\x04"):
        names = content[:HEAD] + content[-HEAD:]  # the list of a ZIP file's names is at its end
        return next((what for mark, what in _ZIPPED if re.search(mark, names)), "a ZIP file: unpack it first")
    head = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    return next((what for mark, what in _HEADS if re.match(mark, head, re.DOTALL)), None)


# -- texts


def other_text(text: str) -> str | None:
    """What a text is, and what to do with it, if it is of a known kind that is no running order; else None."""
    start = text[:HEAD].lstrip()
    first = start.split("\n", 1)[0]
    if start.startswith("<"):
        return "a web page (HTML): copy its table into a spreadsheet and save it as CSV"
    if first.startswith('{"liveblog":'):
        return "the export of a whole blog: `liveblog import` reads it"
    return None


def is_json(text: str) -> bool:
    """Whether a text is meant as JSON. A TOML file may begin with a bracket, too: with a heading in it."""
    start = text[:HEAD].lstrip()
    return start.startswith("{") or bool(re.match(r'\[\s*(?:[{\]]|\[\s*["{\[]|"[^"\n]*"\s*[,\]]\s*(?:[",]|$))', start))


def is_toml(text: str) -> bool:
    """Whether some line of a text can only be one of TOML."""
    return (
        bool(re.search(r"""^[ \t]*(?:\[{1,2}\s*["'\w]|["'\w.-]{1,99}[ \t]*=|#)""", text, re.MULTILINE))
        or not text.strip()
    )
