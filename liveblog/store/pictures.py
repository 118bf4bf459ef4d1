"""Uploaded pictures: their records and the location of their files. A separate process does the work on them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ..errors import Invalid, Refusal, TooLarge, TooMany, Unavailable, Unsupported
from .commits import Store

if TYPE_CHECKING:
    from .image_worker import Answer, Convert, Fetch, Remove
    from .picture_captions import Name

AT_ONCE = 2
"""How many image workers a web process runs at a time, each on a core."""
PATIENCE = 90.0
"""Seconds that an image worker may take, and that an upload waits for its turn."""
NAME = re.compile(r"([0-9a-f]{32})(-[0-9]{1,4}|-moving)?\.webp")
TYPE = "image/webp"
_TABLE = "lb:media"
_KINDS: list[type[Refusal]] = [Invalid, Unsupported, Unavailable, TooLarge]


class Picture(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An uploaded picture as readers get it: pixels of the largest file, available widths, name of its animation."""

    name: str
    width: int
    height: int
    widths: list[int]
    type: str = TYPE
    moving: str | None = None
    blog: str = ""
    by: str = ""

    @property
    def files(self) -> list[str]:
        stem = self.name.removesuffix(".webp")
        smaller = [f"{stem}-{width}.webp" for width in self.widths if width != self.width]
        return [self.name, *smaller, *([self.moving] if self.moving else [])]


class Pictures:
    """`folder` holds the local files; `far`, if set, is the fsspec address where the files are kept.

    `secret()` goes into the names; `pixels` is the limit for an upload.
    """

    def __init__(self, store: Store, folder: Path, far: str | None, secret: Callable[[], bytes], pixels: int) -> None:
        self._store = store
        self._folder = folder.resolve()
        self._far = far
        self._secret = secret
        self._pixels = pixels
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._fetching: dict[str, threading.Lock] = {}

    # -- in

    def convert(self, slug: str, data: bytes, *, filename: str, type: str, by: str) -> tuple[Picture, dict[Name, str]]:
        """Make, store and record the readers' files of an upload. The same bytes are the same picture.

        The texts that its metadata offers are returned, and not recorded.

        Raises `Unsupported`, `Invalid` (`mislabelled`, `polyglot`, `damaged`, `too_many_pixels`, `too_costly`),
        `TooMany` when other uploads are waiting already, `Unavailable`.
        """
        task: Convert = {
            "do": "convert",
            "key": self._secret().hex(),
            "filename": filename,
            "type": type,
            "pixels": self._pixels,
            "deleted": [],
            "addresses": self._addresses,
        }
        with self._turn():
            made = self._worker(task, data)["made"]
        offered = made.pop("offered", {})
        picture = msgspec.convert({**made, "blog": slug, "by": by}, Picture)
        self._store.records.put_field(_TABLE, picture.name, msgspec.json.encode(picture))
        self._store.records.put_field(_table(slug), picture.name, b"")
        return picture, offered

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=PATIENCE):
            raise TooMany("other pictures are being made ready; try again in a moment", retry_after=5)
        try:
            yield
        finally:
            self._turns.release()

    def _worker(self, task: Convert | Fetch | Remove, data: bytes = b"") -> Answer:
        """Run one task in a separate process. Other greenlets run meanwhile."""
        command = [sys.executable, "-m", "liveblog.store.image_worker"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
            try:
                said, _ = worker.communicate(json.dumps(task).encode() + b"\n" + data, timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                said = b""
            finally:
                if worker.poll() is None:
                    worker.kill()
                    worker.communicate()  # ends the reading of its answer before the pipes are closed
        try:
            answer: Answer = json.loads(said)
        except ValueError:  # killed: by a limit of its own, or by our time-out
            answer = {"refused": {"status": 422, "code": "too_costly", "detail": "", "field": "file"}}
        if (no := answer.get("refused")) is not None:
            raise _refusal(**no)
        return answer

    def remove(self, slug: str, names: Iterable[str]) -> None:
        """Remove a blog's pictures, except those that were uploaded for another blog too. Raises `Unavailable`."""
        records, others = self._store.records, [each for each in self._store.summaries.slugs() if each != slug]
        for name in names:
            picture = self.get(name)
            if picture is not None and not any(records.get_field(_table(each), name) is not None for each in others):
                task: Remove = {"do": "remove", "addresses": self._addresses, "names": picture.files}
                with self._turn():
                    self._worker(task)
                records.drop_field(_TABLE, name)
            records.drop_field(_table(slug), name)

    # -- out

    def get(self, name: str) -> Picture | None:
        """A picture's record. Raises `Unavailable`."""
        found = self._store.records.get_field(_TABLE, name)
        return None if found is None else msgspec.json.decode(found, type=Picture)

    def of(self, slug: str) -> list[Picture]:
        """The pictures that were uploaded for a blog."""
        found = [self.get(name.decode()) for name in self._store.records.get_fields(_table(slug))]
        return [picture for picture in found if picture is not None]

    def file(self, name: str) -> Path | None:
        """A file of a picture, fetched from the far address if it is not here. Raises `Unavailable`."""
        matched = NAME.fullmatch(name)
        if matched is None:
            return None
        path = self._folder / name
        if path.is_file():
            return path
        far = self._far
        picture = self.get(f"{matched[1]}.webp") if far else None
        if not far or picture is None or name not in picture.files:  # for unknown names too, looking costs a process
            return None
        with self._fetching.setdefault(picture.name, threading.Lock()):  # one request fetches for all
            if not path.is_file():
                task: Fetch = {"do": "fetch", "far": far, "near": self._near, "names": picture.files}
                with self._turn():
                    self._worker(task)
        self._fetching.pop(picture.name, None)
        return path if path.is_file() else None

    @property
    def _addresses(self) -> list[str]:
        return [*([self._far] if self._far else []), self._near]

    @property
    def _near(self) -> str:
        return f"file://{self._folder}"


def _table(slug: str) -> str:
    return f"lb:{{{slug}}}:media"


def _refusal(status: int, code: str, detail: str, field: str | None, current: object = None) -> Refusal:
    kind = next((each for each in _KINDS if each.status == status), Invalid)
    if code == "too_costly":
        detail = "this picture takes more memory or time than one picture may; save it smaller"
    return kind(detail, code=code, field=field, current=current, retry_after=5 if kind is Unavailable else None)
