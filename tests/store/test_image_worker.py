"""The image worker: the readers' files of an upload, and uploads that are refused before they cost anything."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from liveblog.errors import Refusal
from liveblog.store import pictures
from liveblog.store.commits import Store
from liveblog.store.image_worker import Facts, convert
from liveblog.store.picture_files import keep
from tests import photos
from tests.photos import photo

PIXELS = 2_000_000


def made(data: bytes, filename: str = "", type: str = "") -> tuple[Facts, dict[str, bytes]]:
    return convert(data, filename=filename, type=type, key=b"secret", pixels=PIXELS)


def opened(files: dict[str, bytes], name: str) -> Image.Image:
    return Image.open(io.BytesIO(files[name]))


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    """The bands of one pixel of an image that has several."""
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_every_format_becomes_one_that_all_browsers_show(format: str) -> None:
    facts, files = made(photo(format=format), f"red.{format.lower()}", f"image/{format.lower()}")
    assert (facts["width"], facts["height"], facts["widths"]) == (700, 500, [320, 700])
    assert [opened(files, name).format for name in files] == ["WEBP", "WEBP"]
    stem = facts["name"].removesuffix(".webp")
    assert sorted(opened(files, name).size for name in (facts["name"], f"{stem}-320.webp")) == [(320, 229), (700, 500)]


def test_a_phones_photo_is_upright_and_does_not_reveal_its_place() -> None:
    facts, files = made(photos.phone_photo())
    assert (facts["width"], facts["height"]) == (600, 800)
    shown = opened(files, facts["name"])
    left, right = pixel(shown, 50, 400), pixel(shown, 550, 400)
    assert left[2] > 150 > left[0]  # the bottom is on the left now: turned clockwise by a quarter
    assert right[0] > 150 > right[2]
    assert not shown.getexif()
    assert not {"exif", "icc_profile", "xmp"} & set(shown.info)
    assert not any(b"secret" in data or b"ICCP" in data for data in files.values())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_all_kinds_of_pixels(mode: str) -> None:
    image = Image.new(mode, (40, 30), 65535 if mode == "I;16" else None)
    facts, files = made(photos.saved(image, "TIFF" if mode == "?" else "JPEG" if mode == "CMYK" else "PNG"))
    shown = opened(files, facts["name"])
    assert shown.mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")
    if mode in ("I;16", "CMYK"):
        assert min(pixel(shown.convert("RGB"), 5, 5)) > 250


def test_large_photos_become_smaller_and_tall_ones_too() -> None:
    facts, files = made(photo(2500, 700))
    assert (facts["width"], facts["widths"]) == (1920, [320, 640, 960, 1280, 1920])
    assert len(files) == 5
    facts, _ = made(photo(100, 8200, format="PNG"))
    assert (facts["width"], facts["height"]) == (50, 4096)


def test_an_animation_has_a_still_and_moves_on_demand() -> None:
    facts, files = made(photos.animation(), "a.gif")
    assert getattr(opened(files, facts["name"]), "n_frames", 1) == 1
    moving = opened(files, facts["moving"])
    assert (getattr(moving, "n_frames", 1), moving.info["loop"], moving.size) == (4, 0, (60, 40))


def test_names_depend_on_the_bytes_and_cannot_be_guessed() -> None:
    one, again, other = made(photo())[0], made(photo())[0], made(photo(701))[0]
    assert one == again != other
    assert convert(photo(), filename="", type="", key=b"another", pixels=PIXELS)[0]["name"] != one["name"]


BAD: dict[str, tuple[bytes | Callable[[], bytes], str, str, str]] = {
    "nothing at all": (b"", "", "", "unsupported_type"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "a.svg", "", "unsupported_type"),
    "svg named png": (b"<svg onload=alert(1)>", "a.png", "image/png", "unsupported_type"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.heic", "", "unsupported_type"),
    "pdf": (b"%PDF-1.7", "a.pdf", "", "unsupported_type"),
    "script": (b"#!/bin/sh\nrm", "a.jpg", "", "unsupported_type"),
    "named png": (photo, "a.png", "", "mislabelled"),
    "named webp": (photo, "a.php.WEBP", "", "mislabelled"),
    "sent as png": (photo, "", "image/png", "mislabelled"),
    "sent as gif": (photo, "Photo by A. Smith", "image/gif", "mislabelled"),
    "with an archive": (photos.with_archive, "", "", "polyglot"),
    "with a page": (lambda: photo() + b"<script>alert(1)</script>", "", "", "polyglot"),
    "with php": (lambda: photo(comment=b"<?php system($_GET[0]); ?>"), "", "", "polyglot"),
    "with a pdf": (lambda: photo(comment=b"%PDF-1.7 1 0 obj"), "", "", "polyglot"),
    "cut off": (lambda: photo()[:-900], "", "", "damaged"),
    "cut off early": (lambda: photo(format="PNG")[:60], "", "", "damaged"),
    "avif of noise": (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + b"x" * 99, "", "", "damaged"),
    "jpeg of noise": (b"\xff\xd8\xff" + b"x" * 999, "", "", "damaged"),
    "gif of noise": (b"GIF89a" + b"\xff" * 99, "", "", "damaged"),
    "a bomb": (photos.empty_png(60_000, 60_000), "", "", "too_many_pixels"),
    "a line": (photos.empty_png(1_000_000, 1), "", "", "too_many_pixels"),
    "a canvas": (photos.huge_webp(), "", "", "too_many_pixels"),
    "an endless film": (lambda: photos.animation(605, 2, 2), "", "", "too_many_pixels"),
    "a large film": (lambda: photos.animation(40, 600, 400), "", "", "too_many_pixels"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_refused_with_a_reason(name: str) -> None:
    data, filename, type, code = BAD[name]
    with pytest.raises(Refusal) as refused:
        made(data if isinstance(data, bytes) else data(), filename, type)
    assert refused.value.code == code
    assert refused.value.detail


NAMES = [
    *("red.jpg", "RED.JPG", "red.jpeg", "red.jfif", "red", "", "red.jpg_large", "red.jpg?w=800", "image.php"),
    *(
        "Photo by A. Smith",
        "a.b.c.d",
        "red.jpg.tmp",
        "IMG_1.HEIC",
        "red.jpeg.webp",
        "red.tiff",
        "červená.",
        ".jpg",
        ".",
    ),
    *("red.jpg-large", "red.jpg!d", "red.jpg (1)", "https___a.example_b", "scan.exe", "a" * 300, " red.jpg "),
]


@pytest.mark.parametrize("filename", NAMES)
def test_the_bytes_tell_the_format_whatever_the_name(filename: str) -> None:
    assert made(photo(), filename)[0]["width"] == 700


@pytest.mark.parametrize("type", ["text/html", "image/heic", "application/x-httpd-php", "IMAGE/JPEG", "x", "image/*"])
def test_a_content_type_that_was_guessed_from_a_name_says_nothing(type: str) -> None:
    assert made(photo(), "image.php", type)[0]["width"] == 700
    assert made(photo(), "red.jpg", "image/png")[0]["width"] == 700  # the name agrees with the bytes


def test_a_refusal_of_a_name_says_what_the_bytes_are() -> None:
    with pytest.raises(Refusal, match=r"named \.png, but it is a WEBP") as refused:
        made(photo(format="WEBP"), "still.png")
    assert refused.value.current == {"format": "WEBP"}


@pytest.mark.parametrize("size", [(9504, 6336), (16382, 3628), (3628, 16382), (16320, 12240)])
def test_photos_of_large_cameras_and_panoramas_are_decoded_scaled(size: tuple[int, int]) -> None:
    facts, files = convert(photo(*size), filename="", type="", key=b"secret", pixels=110_000_000)
    width, height = facts["width"], facts["height"]
    assert max(width / 1920, height / 4096) == pytest.approx(1, abs=0.001)
    assert width / height == pytest.approx(size[0] / size[1], rel=0.01)
    assert opened(files, facts["name"]).size == (width, height)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(301, 200), (2401, 1603), (503, 4501), (1, 300), (300, 1)])
def test_every_orientation_reports_the_true_size(orientation: int, size: tuple[int, int]) -> None:
    facts, files = convert(
        photos.turned_photo(orientation, *size), filename="", type="", key=b"secret", pixels=50_000_000
    )
    stem = facts["name"].removesuffix(".webp")
    upright = size if orientation < 5 else size[::-1]
    scale = min(1, 1920 / upright[0], 4096 / upright[1])
    assert (facts["width"], facts["height"]) == tuple(max(1, round(side * scale)) for side in upright)
    for width in facts["widths"]:
        name = facts["name"] if width == facts["width"] else f"{stem}-{width}.webp"
        found = opened(files, name).size
        assert found == (width, max(1, round(facts["height"] * width / facts["width"])))


ONE_TAG = b"MM\0*\0\0\0\x08\0\x01\x01\x12"  # a directory with an orientation: type, count and value follow
BROKEN = [
    *(b"", b"MM", b"MM\0*\xff\xff\xff\xff", b"??\0*\0\0\0\x08", ONE_TAG),
    ONE_TAG + b"\0\x02\0\0\0\x02" + b"6\0\0\0" * 2,
    *(ONE_TAG + b"\0\x05\0\0\0\x01" + b"\0\0\0\0" * 4, ONE_TAG + b"\0\x03\xff\xff\xff\xff" + b"\0" * 9),
]


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(orientation: int) -> None:
    assert made(photos.turned_photo(orientation))[0]["height"] == 200


@pytest.mark.filterwarnings("ignore::UserWarning")  # the worker ignores them, too
@pytest.mark.parametrize("exif", BROKEN)
def test_broken_exif_is_ignored(exif: bytes) -> None:
    facts, _ = made(photo(300, 200, exif=b"Exif\0\0" + exif))
    assert (facts["width"], facts["height"]) == (300, 200)


@pytest.mark.parametrize("save", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 4}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_without_a_little_of_its_end_is_accepted(mode: str, save: dict[str, Any]) -> None:
    data = photos.saved(photos.noise(600, 480, mode), "JPEG", **save)
    for missing in (1, 2, 3, 50, len(data) // 50, len(data) // 20):
        assert made(data[:-missing])[0]["height"] == 480, missing
    for missing in (len(data) // 3, len(data) // 2, len(data) * 9 // 10):
        with pytest.raises(Refusal, match="send the whole file") as refused:
            made(data[:-missing])
        assert refused.value.code == "damaged"


def test_several_pictures_in_one_jpeg_are_its_first() -> None:
    first, second = Image.new("RGB", (60, 40), "red"), Image.new("RGB", (6, 4), "blue")
    facts, files = made(photos.saved(first, "MPO", save_all=True, append_images=[second]), "IMG_2.JPG", "image/jpeg")
    assert (facts["width"], facts.get("moving")) == (60, None)
    assert pixel(opened(files, facts["name"]), 5, 5)[0] > 240


@pytest.mark.parametrize("format", ["WEBP", "AVIF", "PNG", "GIF"])
def test_animations_of_all_formats(format: str) -> None:
    frames = [Image.new("RGB", (60, 40), (number * 60, 0, 99)) for number in range(4)]
    data = photos.saved(frames[0], format, save_all=True, append_images=frames[1:], duration=80)
    facts, files = made(data)
    assert getattr(opened(files, facts["moving"]), "n_frames", 1) == 4


def test_sixteen_bits_and_wide_colour_spaces_keep_their_brightness() -> None:
    gray = Image.new("I;16", (3000, 1000), 32768)
    facts, files = convert(photos.saved(gray, "PNG"), filename="", type="", key=b"secret", pixels=PIXELS * 2)
    assert all(abs(band - 128) < 3 for band in pixel(opened(files, facts["name"]).convert("RGB"), 9, 9))
    profile = photos.display_p3()
    facts, files = made(photos.saved(Image.new("RGB", (60, 40), (200, 60, 40)), "PNG", icc_profile=profile))
    red, green, _ = pixel(opened(files, facts["name"]).convert("RGB"), 5, 5)
    assert (red > 212, green < 50) == (True, True)  # P3's red is more than sRGB's


def test_files_are_whole_or_not_there(tmp_path: Path) -> None:
    keep([f"file://{tmp_path}/far", f"file://{tmp_path}/near"], {"a.webp": b"abc"})
    assert [(path.name, path.read_bytes()) for path in sorted(tmp_path.glob("*/*"))] == [("a.webp", b"abc")] * 2


def test_a_worker_that_takes_too_long_is_ended_and_leaves_no_pipe_open(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PATIENCE", 0.0)
    shelf = pictures.Pictures(store, tmp_path, None, lambda: b"secret", PIXELS)
    with pytest.raises(Refusal, match="more memory or time than one picture may"):
        shelf.convert("anora", photo(), filename="red.jpeg", type="image/jpeg", by="test")
