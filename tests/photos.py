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


def turned_photo(orientation: int, width: int = 300, height: int = 200) -> bytes:
    """A photo with an EXIF orientation, which may be one that does not exist."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return photo(width, height, exif=exif)


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture with detail everywhere, as photographs have."""
    small = Image.effect_noise((max(1, width // 8), max(1, height // 8)), 90).convert(mode)
    return small.resize((width, height), Image.Resampling.BICUBIC)


def display_p3() -> bytes:
    """The colour space of phones, as a profile of three colours and a gamma (ICC.1, 8.3)."""
    white, (red, green, blue) = (
        (0.9642, 1.0, 0.8249),
        (*((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)),),
    )

    def xyz(values: tuple[float, float, float]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    gamma = b"curv\0\0\0\0\0\0\0\1\x02\x33\0\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 3) + b"P3\0" + b"\0" * 79
    tags = {b"wtpt": xyz(white), b"rXYZ": xyz(red), b"gXYZ": xyz(green), b"bXYZ": xyz(blue), b"desc": name}
    tags |= {b"rTRC": gamma, b"gTRC": gamma, b"bTRC": gamma, b"cprt": b"text\0\0\0\0none\0\0\0\0"}
    table, data, at = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, value in tags.items():
        padded = value + b"\0" * (-len(value) % 4)
        table += tag + struct.pack(">II", at, len(value))
        data, at = data + padded, at + len(padded)
    head = struct.pack(">I", at) + b"\0\0\0\0\x02\x40\0\0mntrRGB XYZ " + b"\0" * 12 + b"acsp" + b"\0" * 28
    return (head + struct.pack(">iii", 63190, 65536, 54061)).ljust(128, b"\0") + table + data


def with_iptc(*datasets: tuple[int, int, bytes], **save: Any) -> bytes:
    """A photo with IPTC datasets (record, number, text), in Photoshop's segment."""
    iptc = b"".join(struct.pack(">BBBH", 0x1C, record, number, len(text)) + text for record, number, text in datasets)
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + b"\0" * (len(iptc) % 2)
    body = b"Photoshop 3.0\0" + resource
    data = photo(**save)
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + data[2:]


def xmp(properties: str, before: str = "") -> bytes:
    """An XMP packet with these properties of one description."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'{before}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        f'xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" {properties}'
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


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
