"""What a picture's own metadata says of it, for the form that asks for its words: caption, credit, copyright, alt text.

Nothing of this is published by itself. Only these texts are read: no place, no camera, no edit history. XMP (always
Unicode) counts before IPTC, and IPTC before EXIF. Called by the image worker's process only, within its limits.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, cast
from xml.parsers import expat

from ..characters import misplaced_in_sentence

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile

Name = Literal["alt", "caption", "credit", "copyright"]
LONGEST = 1000
"""Characters of an offered text; a post's own may have as many (`web/media_fields.py`)."""
MOST_XMP, DEEPEST = 1 << 20, 50
"""Bytes of an XMP packet that is read, and elements within each other."""

_DC, _PHOTOSHOP = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/photoshop/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_XMP = {
    f"{_IPTC} AltTextAccessibility": "alt",
    f"{_DC} description": "caption",
    f"{_DC} creator": "by",
    f"{_PHOTOSHOP} Credit": "agency",
    f"{_DC} rights": "copyright",
}
_DATASETS = {(2, 120): "caption", (2, 80): "by", (2, 110): "agency", (2, 116): "copyright"}
_TAGS = {0x010E: "caption", 0x013B: "by", 0x8298: "copyright"}
_CHUNKS = {"Description": "caption", "Author": "by", "Copyright": "copyright"}
_OF_A_CAMERA = re.compile(
    r"(?:[\w-]+ )?(?:digital (?:still )?camera|dsc|dcim\S*|exif_jpeg_picture)|untitled|screenshot|ascii", re.I
)
"""What cameras and programs write into every picture."""
_MAC = re.compile(
    rb"[A-Za-z][\x81-\x91\x93\x94\x96-\x9f][a-z]"
    rb"|[A-Za-z][\x81\x83\x86-\x8a\x8c-\x90\x98\x9a\x9c-\x9f]|[\x81\x83\x86-\x8a\x8c-\x90\x98\x9a\x9c-\x9f][a-z]"
)
"""Letters of Mac Roman in words. In windows-1252 most of these bytes are quotes, dashes and signs."""
_WINDOWS = re.compile(rb"[A-Za-z][\xdf-\xff]|[\xc0-\xff][a-z]")
"""Letters of windows-1252 in words. In Mac Roman most of these bytes are quotes, dashes and signs."""


def offered(image: Picture) -> dict[Name, str]:
    """The texts that the picture's metadata has for a form's fields. Broken metadata has none."""
    found: dict[str, str] = {}
    for read in (_xmp, _iptc, _exif, _chunks):
        with contextlib.suppress(Exception):  # decoders of metadata raise whatever they like
            read_here = {name: _clean(said, all=name == "by") for name, said in read(image).items()}
            found = {name: text for name, text in read_here.items() if text} | found
    by, agency, mark = found.get("by", ""), found.get("agency", ""), found.get("copyright", "")
    credit = " / ".join(dict.fromkeys(filter(None, (by if by.casefold() not in agency.casefold() else "", agency))))
    made: dict[Name, str] = {
        "alt": found.get("alt", ""),
        "caption": found.get("caption", ""),
        "credit": _shortened(credit or mark),
        "copyright": mark,
    }
    return {name: text for name, text in made.items() if text}


# -- the formats


def _xmp(image: Picture) -> dict[str, list[str]]:
    packet = image.info.get("xmp") or b""
    packet = packet.encode() if isinstance(packet, str) else packet
    if not packet or len(packet) > MOST_XMP:
        return {}
    reader = _Packet()
    reader.read(packet.strip(b"\0 \r\n"))
    return reader.found


class _Packet:
    """Reads an XMP packet (ISO 16684-1), in one pass and without entities: a packet that declares any is not read.

    A property is an attribute, a text, or a list of texts: the alternatives of a language, or several names.
    """

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self._name = ""
        self._depth = self._inside = 0
        self._text: list[str] = []

    def read(self, packet: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(packet, True)

    def _refuse(self, *_: object) -> None:
        raise ValueError("an XMP packet has no DTD")

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError("too deep")
        for attribute, value in attributes.items():
            if (name := _XMP.get(attribute)) is not None:
                self.found.setdefault(name, []).append(value)
        if not self._name and tag in _XMP:
            self._name, self._inside = _XMP[tag], self._depth
        self._text.clear()

    def _end(self, _: str) -> None:
        said = "".join(self._text).strip()
        self._text.clear()
        if self._name and said:
            self.found.setdefault(self._name, []).append(said)
        if self._depth == self._inside:
            self._name = ""
        self._depth -= 1


def _iptc(image: Picture) -> dict[str, list[str]]:
    from PIL.IptcImagePlugin import getiptcinfo

    found = getiptcinfo(cast("ImageFile", image)) or {}
    marker = b"".join(_listed(found.get((1, 90))))
    texts = {name: _listed(found.get(dataset)) for dataset, name in _DATASETS.items()}
    decode = _decoder(b" ".join(text for each in texts.values() for text in each), marker)
    return {name: [decode(text) for text in each] for name, each in texts.items()}


def _exif(image: Picture) -> dict[str, list[str]]:
    found = image.getexif()
    texts = {name: str(found.get(tag) or "").encode("latin-1", "ignore") for tag, name in _TAGS.items()}
    decode = _decoder(b" ".join(texts.values()))
    return {name: [decode(text.partition(b"\0")[0])] for name, text in texts.items()}


def _chunks(image: Picture) -> dict[str, list[str]]:
    return {name: [str(image.info.get(chunk) or "")] for chunk, name in _CHUNKS.items()}


def _listed(value: object) -> list[bytes]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, bytes)]


def _decoder(text: bytes, marker: bytes = b"") -> Callable[[bytes], str]:
    """How all texts of one picture are decoded: as its IPTC `marker` (1:90) says, or as they look."""
    with contextlib.suppress(UnicodeDecodeError):
        text.decode("utf-8")
        return lambda each: each.decode("utf-8")
    if marker == b"\x1b%G":
        return lambda each: each.decode("utf-8", "ignore")  # a field may be cut off within a letter
    charset = "mac_roman" if not marker and _MAC.search(text) and not _WINDOWS.search(text) else "cp1252"
    return lambda each: each.decode(charset, "replace")


# -- the texts


def _clean(said: Iterable[str], *, all: bool) -> str:
    """One line: the first of several texts, or `all` of several names. In NFC, without control characters."""
    lines = [" ".join(unicodedata.normalize("NFC", each).split()) for each in said]
    found = [*dict.fromkeys(line for line in map(_visible, lines) if line and not _OF_A_CAMERA.fullmatch(line))]
    return _shortened(", ".join(found if all else found[:1]))


def _visible(line: str) -> str:
    """A line without the characters that its field in the form refuses."""
    line = line[: 2 * LONGEST]
    while (wrong := misplaced_in_sentence(line)) is not None:
        line = line.replace(wrong, "")
    return line


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
