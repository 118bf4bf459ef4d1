"""Where backups are kept: a directory or a bucket. A backup is there whole or not at all, and the oldest ones go."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import Unavailable

NAME = re.compile(r"liveblog-\d{8}T\d{6}Z\.zip")
"""The name of a scheduled backup: its UTC time. Files with other names are left alone."""


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its place when all of it is on disk; nothing stays if that fails or is interrupted.

    Only its owner may read it. Raises `Unavailable`.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise Unavailable(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


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
        why = getattr(error, "strerror", None) or type(error).__name__
        raise Unavailable(f"the backup cannot be kept at {place}: {why}") from error
    return f"{place.rstrip('/')}/{name}"
