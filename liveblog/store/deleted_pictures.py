"""Which pictures were deleted: their addresses answer 410 for ever, in every process within a second.

The names are in storage, because a bucket's files may have local copies on any machine. A process reads them when a
picture is requested, at most once a second, and removes its own copies of the files.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from ..errors import Unavailable
from .records import Records

FRESH, AGAIN = 1.0, 5.0
"""Seconds for which the names are known, and seconds until the next try while storage is away."""
_TABLE = "lb:media:deleted"


class Deletion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture that `by` deleted from these blogs. `files` are its names; `done` when nothing of it is left."""

    name: str
    files: list[str]
    blogs: list[str]
    by: str
    done: bool = False


class DeletedPictures:
    """`folder` holds the local files."""

    def __init__(self, records: Records, folder: Path) -> None:
        self._records = records
        self._folder = folder
        self._stems: set[str] = set()
        self._until = 0.0

    def add(self, deletion: Deletion) -> None:
        """Record a deletion, or that it is done."""
        self._records.put_field(_TABLE, deletion.name, msgspec.json.encode(deletion))
        self.read()

    def get(self, name: str) -> Deletion | None:
        found = self._records.get_field(_TABLE, name)
        return None if found is None else msgspec.json.decode(found, type=Deletion)

    def all(self) -> list[Deletion]:
        return [msgspec.json.decode(each, type=Deletion) for each in self._records.get_fields(_TABLE).values()]

    def unfinished(self) -> list[Deletion]:
        """Deletions that a process began and did not finish, or has not finished yet."""
        return [deletion for deletion in self.all() if not deletion.done]

    def has(self, name: str) -> bool:
        """Whether the picture of this name, or of the file of this name, was deleted. Never raises."""
        if time.monotonic() >= self._until:
            self._until = time.monotonic() + AGAIN  # other requests do not wait for the same answer
            with contextlib.suppress(Unavailable):  # what is known counts
                self.read()
        return name[:32] in self._stems

    def read(self) -> list[str]:
        """The names of all deleted pictures. Removes local copies of those that are news. Raises `Unavailable`."""
        names = [name.decode() for name in self._records.get_fields(_TABLE)]
        stems = {name[:32] for name in names}
        if (new := stems - self._stems) and self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.name[:32] in new:
                    path.unlink(missing_ok=True)
        self._stems |= stems
        self._until = time.monotonic() + FRESH
        return names
