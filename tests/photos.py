"""Uploads: photographs of phones, and files that pretend to be pictures."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image, ImageCms


def photo(width: int = 700, height: int = 500, format: str = "JPEG", **save: Any) -> bytes:
    """A picture that is red above and blue below, so that its orientation shows."""
    image = Image.new("RGB", (width, height), (200, 20, 20))
    image.paste((20, 20, 200), (0, height // 2, width, height))
    return saved(image, format, **save)


def saved(image: Image.Image, format: str, **save: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **save)
    return out.getvalue()


def phone_photo() -> bytes:
    """An upright photo, turned by its EXIF, which also has the place; in the phone's colour space."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "secret place"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return photo(800, 600, exif=exif, icc_profile=profile)


def animation(frames: int = 4, width: int = 60, height: int = 40) -> bytes:
    made = [Image.new("RGB", (width, height), (number * 40 % 256, 0, 99)) for number in range(frames)]
    return saved(made[0], "GIF", save_all=True, append_images=made[1:], duration=50, loop=0)


def empty_png(width: int, height: int) -> bytes:
    """A few bytes that declare many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


def huge_webp() -> bytes:
    """Only a header, with the largest possible canvas."""
    body = (
        b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\xff\x3f\0" * 2 + b"ANIM" + struct.pack("<I", 6) + b"\0" * 6
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def with_archive() -> bytes:
    out = io.BytesIO(photo())
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("run.js", "alert(1)")
    return out.getvalue()
