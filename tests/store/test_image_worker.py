"""The image worker: the readers' files of an upload, and uploads that are refused before they cost anything."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

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
    "named exe": (photo, "a.exe", "", "mislabelled"),
    "sent as png": (photo, "", "image/png", "mislabelled"),
    "sent as a page": (photo, "", "text/html", "mislabelled"),
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
