"""Where backups are kept: a directory or a bucket. A backup is there whole or not at all, and the oldest ones go."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import Unavailable

NAME = re.compile(r"liveblog-\d{8}T\d{6}Z\.zip")
"""The name of a scheduled backup: its UTC time. Files with other names are left alone."""
ABANDONED = 24 * 3600
"""Seconds after which an unfinished backup has no process any more."""


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its place when all of it is on disk; nothing stays if that fails or is interrupted.

    Only its owner may read it. A link stays one, and so does a device or a pipe: it gets what is written as it comes.
    Raises `Unavailable`.
    """
    part = None
    try:
        path = Path(os.path.realpath(path))
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        number, part = tempfile.mkstemp(prefix=_part_of(path.name), dir=path.parent)  # two writers have two files
        with os.fdopen(number, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException as error:
        if part is not None:
            with suppress(OSError):
                os.unlink(part)
        if isinstance(error, OSError):
            raise Unavailable(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
        raise


def _part_of(name: str) -> str:
    """How the name of an unfinished file begins."""
    return f".{name[:100]}."


def _sweep(folder: Path) -> None:
    """Remove unfinished backups of processes that were killed."""
    for path in folder.glob(_part_of("liveblog-*Z.zip") + "*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - ABANDONED:
                path.unlink()


def keep(place: str, at: str, most: int, write: Callable[[BinaryIO], object]) -> str:
    """Write a backup made `at` (RFC 3339) to a place, and remove the oldest beyond `most`. Returns its address.

    `place` is a directory, or an address that fsspec knows (`file://`, `s3://`). Raises `Unavailable`.
    """
    from fsspec.core import url_to_fs

    compact = re.sub(r"[-:]|[.]\d+", "", at)
    name = f"liveblog-{compact}.zip"
    try:
        files, root = url_to_fs(place)
        if "file" in files.protocol:
            Path(root).mkdir(parents=True, exist_ok=True)
            _sweep(Path(root))
            with whole(Path(root) / name) as file:
                write(file)
        else:
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / name
                with whole(copy) as file:
                    write(file)
                files.put_file(str(copy), f"{root}/{name}")
        ours = sorted(each for each in files.ls(root, detail=False) if NAME.fullmatch(each.rpartition("/")[2]))
        for old in ours[:-most]:
            files.rm_file(old)
    except Unavailable:
        raise
    except Exception as error:  # each kind of place has its own errors
        raise Unavailable(f"the backup cannot be kept at {place}: {_why(error)}") from error
    return f"{place.rstrip('/')}/{name}"


def _why(error: Exception) -> str:
    """What a place says; those in the net say it without a `strerror`, some with a line for each try."""
    said = getattr(error, "strerror", None) or next(iter(str(error).splitlines()), "")
    return f"{said[:1].lower()}{said[1:]}".rstrip(".") or type(error).__name__
