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
import itertools
import json
import os
import resource
import sys
import warnings
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict, cast

from ..errors import Invalid, Refusal
from .picture_captions import Name, offered
from .picture_files import fetch, keep, remove
from .picture_formats import check_label, check_single, has_all_scans, kind_of

if TYPE_CHECKING:
    from PIL.Image import Image as Picture  # each function imports its parts of PIL, within the limits


RECIPE = "2"
"""Part of every name: a file that is made differently needs another address, as caches keep the old one for ever."""
WIDTHS = (320, 640, 960, 1280, 1920)
"""Pixels. A text column is 640 CSS pixels wide; the best phones have three device pixels for each."""
TALLEST, LONGEST_SIDE = 4096, 65_535
"""The longest side, in pixels, of a picture for readers and of an upload."""
SCALED = 2
"""A JPEG may have this many times the pixels of other formats: it is decoded at a half, a quarter or an eighth."""
WHOLE_ENOUGH = 0.9
"""The share of its rows that a JPEG whose end is missing must have."""
MOST_FRAMES, ALL_FRAMES = 600, 2
"""Frames of an animation that is uploaded; all of them together may have this many times the pixels of a picture."""
MOVING_PIXELS = 50_000_000
"""Pixels of all frames together of an animation for readers: about a hundred frames of 960 by 540."""
MEMORY, SECONDS = 2 << 30, 60
"""Bytes of address space and seconds of CPU time that one picture may take."""
PHOTO = {"quality": 82, "method": 4}
GRAPHIC = {"lossless": True, "quality": 60, "method": 4}
FEW_COLOURS = 1024
"""A picture with at most this many colours is a drawing or a screenshot; lossless coding keeps its edges sharp."""


# -- tasks and answers


class Convert(TypedDict):
    """An upload to convert, whose bytes follow. `key` is hexadecimal, `pixels` is the upload's limit.

    `filename` and `type` are empty if only the bytes count; `deleted` has names that are not given again.
    """

    do: Literal["convert"]
    key: str
    filename: str
    type: str
    pixels: int
    deleted: list[str]
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
    """The facts about a converted picture: file names, sizes in pixels, and the texts that its metadata offers."""

    name: str
    width: int
    height: int
    widths: list[int]
    moving: NotRequired[str]
    offered: NotRequired[dict[Name, str]]


class Refused(TypedDict):
    status: int
    code: str
    detail: str
    field: str | None
    current: NotRequired[object]


class Answer(TypedDict, total=False):
    """An answer: it has exactly one of these members."""

    made: Facts
    found: list[str]
    refused: Refused


# -- convert


def convert(
    data: bytes, *, filename: str, type: str, key: bytes, pixels: int, deleted: Collection[str] = ()
) -> tuple[Facts, dict[str, bytes]]:
    """Convert an upload into the readers' files. Returns their facts, and the files by name. Raises `Refusal`."""
    kind = kind_of(data)
    check_label(kind, filename, type)
    check_single(data)
    stem = _stem(data, key, deleted)
    image = _opened(data, kind, pixels)
    frames = _frames(image, kind, pixels)
    still, width, height = _still(image, kind, data)
    style = GRAPHIC if kind in ("PNG", "GIF") and still.getcolors(FEW_COLOURS) else PHOTO
    widths = [each for each in WIDTHS if each * 1.15 < width] + [width]
    files = {
        f"{stem}.webp" if each == width else f"{stem}-{each}.webp": _encoded(
            still, (each, max(1, round(height * each / width))), style
        )
        for each in widths
    }
    facts: Facts = {"name": f"{stem}.webp", "width": width, "height": height, "widths": widths}
    if texts := offered(image):
        facts["offered"] = texts
    if frames > 1:
        facts["moving"] = f"{stem}-moving.webp"
        files[facts["moving"]] = _animated(data, kind, frames)
    return facts, files


def _stem(data: bytes, key: bytes, deleted: Collection[str]) -> str:
    """The names' common part: an HMAC, so that no client can find out whether we have a certain picture.

    The same bytes have the same name, until it is deleted: that name is never given again.
    """
    digest = hashlib.sha256(data).digest()
    for life in itertools.count(1):
        recipe = RECIPE if life == 1 else f"{RECIPE}.{life}"
        stem = hmac.new(key, recipe.encode() + digest, hashlib.sha256).hexdigest()[:32]
        if f"{stem}.webp" not in deleted:
            return stem
    raise AssertionError("unreachable")


def _opened(data: bytes, kind: str, pixels: int) -> Picture:
    """Open the picture and check its size before anything is decoded."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # we check the limit ourselves
    if kind == "WEBP":
        _allowed(*_canvas(data), pixels)  # WebP's decoder allocates the whole canvas when it opens the file
    with _reading():
        image = Image.open(io.BytesIO(data), formats=[kind])
    _allowed(*image.size, pixels * SCALED if kind == "JPEG" else pixels)
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
    if frames > MOST_FRAMES or (frames > 1 and frames * image.width * image.height > ALL_FRAMES * pixels):
        detail = f"an animation of {frames} frames of this size is too large; put it on a video site and paste its link"
        raise Invalid(detail, code="too_many_pixels", field="file")
    return frames


def _still(image: Picture, kind: str, data: bytes) -> tuple[Picture, int, int]:
    """The (first) picture, upright, in sRGB and no larger than needed; with its width and height."""
    with _reading():
        orientation = _orientation(image)
        lies = orientation >= 5
        width, height = _fitted(image.height, image.width) if lies else _fitted(*image.size)
        size = (height, width) if lies else (width, height)
        if kind == "JPEG":
            image = _scaled(image, size, data)
        image.load()
        profile = image.info.get("icc_profile")
        image = _srgb(_reduced(_plain(_reduced(image, size)), size), profile)
        return _upright(image, orientation), width, height


def _orientation(image: Picture) -> int:
    """How the picture lies, by its EXIF: 1 to 8. Broken EXIF and unknown values mean that it is upright (1)."""
    found: object = 1
    with contextlib.suppress(Exception):
        found = image.getexif().get(0x0112)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _upright(image: Picture, orientation: int) -> Picture:
    from PIL.Image import Transpose as T

    turns = [
        *(None, T.FLIP_LEFT_RIGHT, T.ROTATE_180, T.FLIP_TOP_BOTTOM),
        *(T.TRANSPOSE, T.ROTATE_270, T.TRANSVERSE, T.ROTATE_90),
    ]
    turn = turns[orientation - 1]
    return image if turn is None else image.transpose(turn)


def _scaled(image: Picture, size: tuple[int, int], data: bytes) -> Picture:
    """A JPEG, decoded no larger than needed for `size`. A strip at its bottom may be missing, and is gray then."""
    from PIL import Image, ImageFile

    image.draft(image.mode, size)
    try:
        image.load()
    except OSError:
        image = Image.open(io.BytesIO(data), formats=["JPEG"])
        image.draft(image.mode, size)
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
        if not has_all_scans(data) or _rows(image) < WHOLE_ENOUGH * image.height:
            detail = "the picture is cut off: too much of it is missing at its end; send the whole file"
            raise Invalid(detail, code="damaged", field="file") from None
    return image


def _rows(image: Picture) -> int:
    """The number of whole rows of a JPEG that is cut off. The decoder makes the rest mid-gray, from left to right."""
    from PIL import Image, ImageChops

    edge = image.crop((max(0, image.width - 8), 0, image.width, image.height))
    gray = Image.new(image.mode, edge.size, (128,) * len(image.getbands()))
    found = ImageChops.difference(edge, gray).point(lambda value: 255 if value > 1 else 0).getbbox()
    return found[3] if found else 0


def _reduced(image: Picture, size: tuple[int, int]) -> Picture:
    """The image at no more than four times the pixels of `size`, before any step that copies it."""
    from PIL import Image

    plain = image.mode in ("L", "RGB", "RGBA", "CMYK") or image.mode.startswith("I;16")
    if not plain or "transparency" in image.info or image.width * image.height <= 4 * size[0] * size[1]:
        return image
    made = image.resize((2 * size[0], 2 * size[1]), Image.Resampling.BOX)
    made.info = image.info
    return made


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


def _encoded(still: Picture, size: tuple[int, int], style: dict[str, Any]) -> bytes:
    from PIL import Image

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
        refused: Refused = {"status": no.status, "code": no.code, "detail": no.detail, "field": no.field}
        answer = {"refused": refused | {"current": no.current} if no.current else refused}
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
    label = {"filename": task["filename"], "type": task["type"]}
    facts, files = convert(data, **label, key=key, pixels=task["pixels"], deleted=set(task["deleted"]))
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
