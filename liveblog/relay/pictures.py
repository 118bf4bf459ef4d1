"""The origin's pictures: each is fetched once, kept on disk within a limit, and gone when it is gone there."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from ..errors import Gone, Unavailable
from ..store.pictures import NAME
from ..threads import Locks
from .origin import Answer, Origin

FETCH_SECONDS = 30.0
CHECK_SECONDS = 60.0
"""Seconds after which the origin is asked again whether a picture is still there, as caches do."""
SUSPECT_SECONDS = 600.0
"""Seconds in which it is asked each time after a post has lost the picture: its files may be deleted a moment later."""
MOST_NOTED = 50_000
"""Pictures of which it is remembered when they were checked."""
WEBP = (b"RIFF", b"WEBP")


class PictureCopies:
    """`most` is how many bytes of pictures are kept in `folder`, `largest` how many one may have."""

    def __init__(self, origin: Origin, folder: Path, *, most: int, largest: int) -> None:
        self._origin = origin
        self._folder = folder
        self._most, self._largest = most, largest
        self._checked: dict[str, float] = {}
        self._suspect: dict[str, float] = {}
        self._locks = Locks()
        self._pruning = threading.Lock()

    def file(self, name: str) -> Path | None:
        """A file of a picture; None if there is none. While the origin does not answer, what is here is believed.

        Raises `Gone` for a picture that was deleted, and `Unavailable`.
        """
        if not NAME.fullmatch(name):
            return None
        path = self._folder / name
        if self._is_sure(name) and path.is_file():
            return path
        with self._locks.of(name):  # one request asks for all
            if not (self._is_sure(name) and path.is_file()):
                self._ask(name, path)
        return path if path.is_file() else None

    def drop(self, names: Iterable[str]) -> None:
        """Delete these pictures, in all widths: a blog has lost them. For another one they are fetched again."""
        now = time.monotonic()
        for name in names:
            stem = name.removesuffix(".webp")
            self._suspect[stem] = now + SUSPECT_SECONDS
            for path in self._folder.glob(f"{stem}*.webp") if NAME.fullmatch(name) else ():
                path.unlink(missing_ok=True)
        self._suspect = {stem: until for stem, until in self._suspect.items() if until > now}

    def _is_sure(self, name: str) -> bool:
        now = time.monotonic()
        suspect = self._suspect.get(name[:32], 0.0) > now
        return not suspect and self._checked.get(name, float("-inf")) > now - CHECK_SECONDS

    def _ask(self, name: str, path: Path) -> None:
        """Fetch a picture, or ask whether the one that is here is still there."""
        known = path.is_file()
        headers = {"If-None-Match": f'"{name.removesuffix(".webp")}"'} if known else {}
        try:
            answer = self._origin.ask(f"/media/{name}", seconds=FETCH_SECONDS, most=self._largest, headers=headers)
            self._take(name, path, answer)
        except Unavailable:
            if not known or name[:32] in self._suspect:
                raise

    def _take(self, name: str, path: Path, answer: Answer) -> None:
        if answer.status == Gone.status or (answer.status == 404 and answer.code == "not_found"):
            path.unlink(missing_ok=True)
            if answer.status == Gone.status:
                raise Gone("this picture was deleted")
        elif answer.status == 200 and (answer.body[:4], answer.body[8:12]) == WEBP:
            self._keep(name, path, answer.body)
        elif answer.status == 304 and path.is_file():
            with contextlib.suppress(OSError):
                os.utime(path)  # the oldest go first
        else:
            raise Unavailable(f"the origin sent no picture (status {answer.status})", retry_after=5)
        if len(self._checked) >= MOST_NOTED:
            self._checked.clear()
        self._checked[name] = time.monotonic()

    def _keep(self, name: str, path: Path, data: bytes) -> None:
        part = self._folder / f".{name}.{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            os.replace(part, path)
            self._prune(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise Unavailable(f"the picture cannot be kept: {error.strerror}", retry_after=5) from error

    def _prune(self, newest: Path) -> None:
        """Delete the pictures that were not asked for longest, until the rest fits."""
        with self._pruning:
            files = [(each.stat(), each) for each in self._folder.glob("[0-9a-f]*.webp")]
            left = sum(stat.st_size for stat, _ in files) - self._most
            for stat, each in sorted(files, key=lambda file: file[0].st_mtime):
                if left > 0 and each != newest:
                    each.unlink(missing_ok=True)
                    left -= stat.st_size
