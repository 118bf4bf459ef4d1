"""What an upload is, by its bytes: one of five formats, or a reason to refuse it. Pure.

The bytes tell the format. A name and a content type count only where they name another one of the five.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ..errors import Invalid, Unsupported

ENDINGS = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg"},
    "PNG": {".png", ".apng"},
    "WEBP": {".webp"},
    "AVIF": {".avif", ".avifs"},
    "GIF": {".gif"},
}
TYPES = {
    "JPEG": {"image/jpeg", "image/jpg", "image/pjpeg"},
    "PNG": {"image/png", "image/apng", "image/vnd.mozilla.apng"},
    "WEBP": {"image/webp"},
    "AVIF": {"image/avif", "image/avif-sequence"},
    "GIF": {"image/gif"},
}

_OTHERS = [
    # Atomic: comments are matched once and not again when the rest does not match.
    (re.compile(rb"(?>\s*(?:(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE svg[^>]*>)\s*)*)<svg\b", re.I | re.S), "SVG"),
    (re.compile(rb"....ftyp(heic|heix|hevc|heim|heis|mif1|msf1)", re.S), "HEIC"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"....ftyp|\x1aE\xdf\xa3", re.S), "video"),
    (re.compile(rb"II\*\0|MM\0\*"), "TIFF"),
    (re.compile(rb"BM"), "BMP"),
]
_HINTS = {
    "SVG": "an SVG can contain a program; export it as PNG",
    "HEIC": "export this HEIC photo as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)",
    "PDF": "this is a PDF; export the page as PNG",
    "video": "this is a video; put it on a video site and paste its link",
}
_MARKUP = re.compile(rb"<(script|!doctype\s+html|html|iframe)[\s>]|<\?php\s|^\s*#!/", re.I)


def kind_of(data: bytes) -> str:
    """The format by its first bytes (`ENDINGS`). Raises `Unsupported`."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and re.search(rb"avi[fs]", data[8 : min(64, int.from_bytes(data[:4], "big"))]):
        return "AVIF"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    other = next((name for looks, name in _OTHERS if looks.match(data[:4096])), "")
    hint = _HINTS.get(other, "this file is not one of these" + (f" but {other}" if other else ""))
    raise Unsupported(f"pictures are JPEG, PNG, WebP, AVIF or GIF; {hint}")


def check_label(kind: str, filename: str, type: str) -> None:
    """Refuse a name or a content type of another picture format than that of the bytes: it may be the wrong file.

    Any other name or type says nothing about the picture: `A. Smith`, `image.php`, `photo.jpg_large`.
    """
    endings = [ending.lower() for ending in Path(filename.strip()).suffixes]
    if endings and _of_another(endings[-1], kind, ENDINGS) and not ENDINGS[kind].intersection(endings):
        raise _mislabelled(f"named {endings[-1]}", kind)
    said = type.partition(";")[0].strip().lower()
    if _of_another(said, kind, TYPES) and not ENDINGS[kind].intersection(endings):
        raise _mislabelled(f"sent as {said}", kind)


def _mislabelled(said: str, kind: str) -> Invalid:
    detail = f"the file is {said}, but it is a {kind}: choose the right file, or go by what it holds"
    return Invalid(detail, code="mislabelled", field="file", current={"format": kind})


def _of_another(word: str, kind: str, words: Mapping[str, set[str]]) -> bool:
    """Whether a word is known for a picture format, but not for this one."""
    return word not in words[kind] and any(word in each for each in words.values())


def check_single(data: bytes) -> None:
    """Refuse a file that another program would read as a page, a script, an archive or a document."""
    other = ""
    if b"%PDF-" in data[:1024]:
        other = "a PDF"
    elif _is_archive(data):
        other = "an archive"
    elif (found := _MARKUP.search(data)) is not None:
        other = f"a page or a script ({found[0].decode('latin-1').strip()})"
    if other:
        detail = f"this picture is also {other}; save it again with a picture editor"
        raise Invalid(detail, code="polyglot", field="file")


def _is_archive(data: bytes) -> bool:
    """Whether a ZIP's directory is at the end (APPNOTE 4.3.16), where unpackers look for it."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    return end >= 0 and (data.rfind(b"PK\x01\x02", 0, end) >= 0 or data[end + 8 : end + 12] == b"\0" * 4)


# -- JPEG files that are cut off

_FRAME, _SCAN, _END = 0xC0, 0xDA, 0xD9
_AFTER_SCAN = re.compile(rb"\xff[^\0\xd0-\xd7\xff]")
"""The next marker after a scan's data, in which 0 and the marks of restarts (D0 to D7) follow FF."""


def has_all_scans(data: bytes) -> bool:
    """Whether each coefficient of a JPEG is there in full precision, at least for the top of the picture (T.81, B.2).

    A file whose end is missing still has the whole picture then, or its upper part; before, all of it is coarse.
    """
    fine: set[tuple[int, int]] = set()
    parts, at = 0, 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:  # fill
            at += 1
            continue
        body = data[at + 4 : at + 2 + length]
        at += 2 + length
        if _FRAME <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            parts = body[5] if len(body) > 5 else 0
        elif marker == _SCAN and body and len(body) >= 4 + 2 * body[0]:
            first, last, bits = body[-3:]
            if bits & 15 == 0:
                fine.update((part, each) for part in body[1 : 1 + 2 * body[0] : 2] for each in range(first, last + 1))
            following = _AFTER_SCAN.search(data, at)
            at = following.start() if following else len(data)
    return parts > 0 and len(fine) == 64 * parts
