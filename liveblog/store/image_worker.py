"""The image worker: a separate process for each picture. It reads an upload, makes the readers' files and stores them.

A web process never decodes an uploaded file. Here memory, time and pixels are limited, a fault of a decoder costs one
upload, and libraries with an event loop of their own (S3) do not meet gevent. The files contain only pixels: no
metadata, no colour profile, nothing that another program could run.

`store/pictures.py` writes one line of JSON and the bytes to standard input, and reads one line of JSON from standard
output.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
import json
import os
import re
import resource
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict, cast

from ..errors import Invalid, Refusal, Unsupported
from .picture_files import fetch, keep, remove

if TYPE_CHECKING:
    from PIL.Image import Image as Picture  # each function imports its parts of PIL, within the limits


RECIPE = "1"
"""Part of every name: a file that is made differently needs another address, as caches keep the old one for ever."""
WIDTHS = (320, 640, 960, 1280, 1920)
"""Pixels. A text column is 640 CSS pixels wide; the best phones have three device pixels for each."""
TALLEST, LONGEST_SIDE = 4096, 30_000
"""The longest side, in pixels, of a picture for readers and of an upload."""
MOST_FRAMES = 600
MOVING_PIXELS = 50_000_000
"""Pixels of all frames together of an animation for readers: about a hundred frames of 960 by 540."""
MEMORY, SECONDS = 2 << 30, 60
"""Bytes of address space and seconds of CPU time that one picture may take."""
PHOTO = {"quality": 82, "method": 4}
GRAPHIC = {"lossless": True, "quality": 60, "method": 4}
FEW_COLOURS = 1024
"""A picture with at most this many colours is a drawing or a screenshot; lossless coding keeps its edges sharp."""

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
SAYS_NOTHING = {"", "application/octet-stream", "application/x-www-form-urlencoded", "binary/octet-stream"}
"""Content types that programs send when they do not know the format."""

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


# -- tasks and answers


class Convert(TypedDict):
    """An upload to convert, whose bytes follow. `key` is hexadecimal, `pixels` is the upload's limit."""

    do: Literal["convert"]
    key: str
    filename: str
    type: str
    pixels: int
    addresses: list[str]


class Fetch(TypedDict):
    do: Literal["fetch"]
    far: str
    near: str
    names: list[str]


class Remove(TypedDict):
    do: Literal["remove"]
    addresses: list[str]
    names: list[str]


class Facts(TypedDict):
    """The facts about a converted picture: file names, and sizes in pixels."""

    name: str
    width: int
    height: int
    widths: list[int]
    moving: NotRequired[str]


class Refused(TypedDict):
    status: int
    code: str
    detail: str
    field: str | None


class Answer(TypedDict, total=False):
    """An answer: it has exactly one of these members."""

    made: Facts
    found: list[str]
    refused: Refused


# -- the format


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
    """Refuse a name or a content type that does not match the format of the bytes."""
    ending = Path(filename).suffix.lower()
    known = set().union(*ENDINGS.values())
    if ending and ending not in ENDINGS[kind] and (ending in known or ending not in {".tmp", ".bin", ".img", ".blob"}):
        raise Invalid(f"the file is named {ending} but holds {kind}; rename it", code="mislabelled", field="file")
    said = type.partition(";")[0].strip().lower()
    if said not in SAYS_NOTHING | TYPES[kind]:
        raise Invalid(f"the file is sent as {said} but holds {kind}", code="mislabelled", field="file")


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


# -- convert


def convert(data: bytes, *, filename: str, type: str, key: bytes, pixels: int) -> tuple[Facts, dict[str, bytes]]:
    """Convert an upload into the readers' files. Returns their facts, and the files by name. Raises `Refusal`.

    Names are made from the bytes and a secret, so that no client can find out whether we have a certain picture.
    """
    kind = kind_of(data)
    check_label(kind, filename, type)
    check_single(data)
    stem = hmac.new(key, RECIPE.encode() + hashlib.sha256(data).digest(), hashlib.sha256).hexdigest()[:32]
    image = _opened(data, kind, pixels)
    frames = _frames(image, kind, pixels)
    still, width, height = _still(image, kind)
    style = GRAPHIC if kind in ("PNG", "GIF") and still.getcolors(FEW_COLOURS) else PHOTO
    widths = [each for each in WIDTHS if each * 1.15 < width] + [width]
    files = {
        f"{stem}.webp" if each == width else f"{stem}-{each}.webp": _encoded(still, each, height, style)
        for each in widths
    }
    facts: Facts = {"name": f"{stem}.webp", "width": width, "height": height, "widths": widths}
    if frames > 1:
        facts["moving"] = f"{stem}-moving.webp"
        files[facts["moving"]] = _animated(data, kind, frames)
    return facts, files


def _opened(data: bytes, kind: str, pixels: int) -> Picture:
    """Open the picture and check its size before anything is decoded."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # we check the limit ourselves
    if kind == "WEBP":
        _allowed(*_canvas(data), pixels)  # WebP's decoder allocates the whole canvas when it opens the file
    with _reading():
        image = Image.open(io.BytesIO(data), formats=[kind])
    _allowed(*image.size, pixels)
    return image


def _canvas(data: bytes) -> tuple[int, int]:
    """Width and height in a WebP's header (RFC 9649, 2.5 to 2.7)."""
    chunk, body = data[12:16], data[20:30]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _allowed(width: int, height: int, pixels: int) -> None:
    if width * height > pixels or max(width, height) > LONGEST_SIDE:
        detail = f"{width} × {height} is too large; at most {pixels / 1e6:g} million pixels, {LONGEST_SIDE} a side"
        raise Invalid(detail, code="too_many_pixels", field="file")


def _frames(image: Picture, kind: str, pixels: int) -> int:
    """The number of frames of an animation. A JPEG counts as one: its other pictures are depth maps and the like."""
    with _reading():
        frames = 1 if kind == "JPEG" else int(getattr(image, "n_frames", 1))
    if frames > MOST_FRAMES or (frames > 1 and frames * image.width * image.height > 4 * pixels):
        detail = f"an animation of {frames} frames of this size is too large; put it on a video site and paste its link"
        raise Invalid(detail, code="too_many_pixels", field="file")
    return frames


def _still(image: Picture, kind: str) -> tuple[Picture, int, int]:
    """The (first) picture, upright, in sRGB and no larger than needed; with its width and height."""
    from PIL import Image, ImageOps

    with _reading():
        turned = image.getexif().get(0x0112, 1) >= 5
        w, h = (image.height, image.width) if turned else image.size
        width, height = _fitted(w, h)
        if kind == "JPEG":
            image.draft(image.mode, (height, width) if turned else (width, height))  # decodes no larger than this
        image.load()
        image = _plain(image)
        if image.width * image.height > 4 * width * height:
            image.thumbnail((2 * max(width, height),) * 2, Image.Resampling.BOX)  # before any step that copies it
        profile = image.info.get("icc_profile")
        image = _srgb(ImageOps.exif_transpose(image), profile)
    return image, width, height


def _fitted(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, WIDTHS[-1] / width, TALLEST / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _plain(image: Picture) -> Picture:
    """The image in a mode that can be scaled: palettes and 16 bits are converted."""
    if image.mode.startswith(("I", "F")):
        from PIL import ImageMath

        most = 65535.0 if image.mode != "F" else max(1.0, _range(image)[1])
        made: Picture = ImageMath.lambda_eval(
            lambda args: args["convert"](args["float"](args["image"]) * (255.0 / most), "L"), image=image.convert("I")
        )
        made.info = image.info
        return made
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in ("RGB", "RGBA", "L", "CMYK", "LAB", "YCbCr") else image.convert("RGB")


def _range(band: Picture) -> tuple[float, float]:
    """The least and the greatest value in a picture with one band."""
    return cast("tuple[float, float]", band.getextrema())


def _srgb(image: Picture, profile: bytes | None) -> Picture:
    """RGB (or RGBA, if something is transparent) in sRGB; phones use other colour spaces."""
    from PIL import Image, ImageCms

    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    image = image.convert("RGB") if image.mode == "RGBA" else image
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):  # a broken profile is ignored
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            found = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            image = found if found is not None else image
    image = image.convert("RGB")
    if alpha is not None and _range(alpha)[0] < 255:
        image.putalpha(alpha)
    clean = Image.new(image.mode, image.size)  # without `info`, which would carry profile and metadata along
    clean.paste(image)
    return clean


def _encoded(still: Picture, width: int, height: int, style: dict[str, Any]) -> bytes:
    from PIL import Image

    full = still.width
    size = (width, max(1, round(still.height * width / full)))
    made = still if size == still.size else still.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = io.BytesIO()
    made.save(out, "WEBP", **style)
    return out.getvalue()


def _animated(data: bytes, kind: str, frames: int) -> bytes:
    """All frames as an animated WebP, within `MOVING_PIXELS`."""
    from PIL import Image

    with _reading():
        image = Image.open(io.BytesIO(data), formats=[kind])
        scale = min(1.0, 960 / image.width, (MOVING_PIXELS / (frames * image.width * image.height)) ** 0.5)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        made, times = [], []
        for number in range(frames):
            image.seek(number)
            made.append(image.convert("RGBA").resize(size, Image.Resampling.LANCZOS))
            made[-1].info = {}
            shown = float(image.info.get("duration") or 0)
            times.append(round(shown) if shown > 10 else 100)  # what browsers do with "as fast as possible"
        loop = int(image.info.get("loop", 1) or 0)
    out = io.BytesIO()
    made[0].save(
        out, "WEBP", save_all=True, append_images=made[1:], duration=times, loop=loop, quality=70, method=3, exif=b""
    )
    return out.getvalue()


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Turn each error of a decoder into a refusal of the file."""
    try:
        yield
    except (Refusal, MemoryError):
        raise
    except Exception as error:
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise Invalid(f"the picture is damaged or cut off ({said})", code="damaged", field="file") from None


def main() -> None:
    task: Convert | Fetch | Remove = json.loads(sys.stdin.buffer.readline())
    _bound()
    try:
        answer: Answer = _done(task)
    except Refusal as no:
        if no.__cause__ is not None:
            print(f"image worker: {no.__cause__!r}", file=sys.stderr)
        answer = {"refused": {"status": no.status, "code": no.code, "detail": no.detail, "field": no.field}}
    except MemoryError:
        answer = {"refused": {"status": 422, "code": "too_costly", "detail": "", "field": "file"}}
    sys.stdout.write(json.dumps(answer))


def _done(task: Convert | Fetch | Remove) -> Answer:
    if task["do"] == "remove":
        remove(task["addresses"], task["names"])
        return {"found": []}
    if task["do"] == "fetch":
        return {"found": fetch(task["far"], task["near"], task["names"])}
    data, key = sys.stdin.buffer.read(), bytes.fromhex(task["key"])
    facts, files = convert(data, filename=task["filename"], type=task["type"], key=key, pixels=task["pixels"])
    keep(task["addresses"], files)
    return {"made": facts}


def _bound() -> None:
    """Lower this process's priority, and limit its memory and time."""
    warnings.simplefilter("ignore")
    os.nice(5)
    for which, limit in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (limit, limit))


if __name__ == "__main__":
    main()
