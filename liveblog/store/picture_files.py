"""Where pictures' files are stored: directories and buckets, by fsspec. Image workers and commands use this."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ..errors import Unavailable

CACHED = "public, max-age=86400, s-maxage=60, immutable"
"""For a CDN that reads a bucket: a picture never changes, but it may be deleted."""


class FileStore:
    """One place for files: an fsspec address of a directory (`file://`) or a bucket (`s3://`)."""

    def __init__(self, address: str) -> None:
        from fsspec.core import url_to_fs

        self._files, self.root = url_to_fs(address)
        self._local = "file" in self._files.protocol

    def put(self, name: str, data: bytes) -> None:
        """Store a file atomically; it is on disk when this returns."""
        path = f"{self.root}/{name}"
        if not self._local:
            self._files.pipe_file(path, data, ContentType="image/webp", CacheControl=CACHED)
            return
        self._files.makedirs(self.root, exist_ok=True)
        part = f"{self.root}/.{name}.{os.getpid()}"
        with self._files.open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)

    def has(self, name: str) -> bool:
        return self._files.exists(f"{self.root}/{name}")

    def get(self, name: str) -> bytes | None:
        try:
            return self._files.cat_file(f"{self.root}/{name}")
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._files.rm_file(f"{self.root}/{name}")


def remove(addresses: list[str], names: list[str]) -> None:
    """Remove files at every address. Raises `Unavailable`."""
    for address in addresses:
        with _keeping():
            store = FileStore(address)
            for name in names:
                store.remove(name)


def keep(addresses: list[str], files: dict[str, bytes], *, new: bool = False) -> None:
    """Put the files at every address, the far one first; with `new` those that are not there. Raises `Unavailable`."""
    for address in addresses:
        with _keeping():
            store = FileStore(address)
            for name, data in files.items():
                if not new or not store.has(name):
                    store.put(name, data)


def fetch(far: str, near: str, names: list[str]) -> list[str]:
    """Copy files from the far address to the near one. Returns the names that were found. Raises `Unavailable`."""
    with _keeping():
        store = FileStore(far)
        found = {name: data for name in names if (data := store.get(name)) is not None}
    keep([near], found)
    return [*found]


@contextlib.contextmanager
def _keeping() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        said = type(error).__name__
        raise Unavailable(f"pictures cannot be stored or read just now ({said})", retry_after=5) from error
