"""Uploaded pictures: their records, the location of their files, their deletion.

A separate process does the work on the files.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..actions import Plan, View, drop_picture
from ..errors import Gone, Invalid, Refusal, TooLarge, TooMany, Unavailable, Unsupported, WrongState
from ..model import Text
from ..watch.episodes import Episode
from .commits import Commit, Store, request_key
from .deleted_pictures import DeletedPictures, Deletion
from .keys import key_of
from .picture_files import keep

if TYPE_CHECKING:
    from .image_worker import Answer, Convert, Fetch, Remove
    from .picture_captions import Name

log = logging.getLogger(__name__)

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
        self._failing = Episode(log, "pictures cannot be stored or read", "pictures are stored and read again")
        self._fetching: dict[str, threading.Lock] = {}
        self.deleted = DeletedPictures(store.records, self._folder)

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
            "deleted": self.deleted.read(),
            "addresses": self._addresses,
        }
        with self._turn():
            made = self._worker(task, data)["made"]
        offered = made.pop("offered", {})
        picture = msgspec.convert({**made, "blog": slug, "by": by}, Picture)
        if picture.name in self.deleted.read():
            raise WrongState("this picture was deleted a moment ago; send it again", code="busy")
        self._store.records.put_field(_table(slug), picture.name, by.encode(), new=True)
        self._store.records.put_field(_TABLE, picture.name, msgspec.json.encode(picture))
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
            if no["status"] == Unavailable.status:
                self._failing.met(str(no["detail"]))
            raise _refusal(**no)
        self._failing.end()
        return answer

    # -- deleted

    def blogs_with(self, name: str) -> dict[str, str]:
        """The blogs for which a picture was uploaded or that used it, and who uploaded it there first ("": unknown)."""
        picture, found = self.get(name), {}
        for slug in self._store.summaries.slugs():
            by = self._store.records.get_field(_table(slug), name)
            if by is not None:
                known = picture.by if picture is not None and picture.blog == slug else ""
                found[slug] = by.decode() or known
        return found

    def delete(self, name: str, blogs: Collection[str], *, by: str) -> Mapping[str, Commit]:
        """Delete a picture from these blogs: from posts, drafts and all their versions. Returns the changes by blog.

        If no other blog has it, its files go, and its addresses answer 410 from now on. A repeated call, or
        `finish_deletions`, goes on with a deletion that was interrupted. Raises `Unavailable`.
        """
        picture = self.get(name)
        if picture is not None and not self.blogs_with(name).keys() - set(blogs):
            self.deleted.add(Deletion(name=name, files=picture.files, blogs=sorted(blogs), by=by))
        deletion = self.deleted.get(name)
        there = [slug for slug in (deletion.blogs if deletion else blogs) if self._store.blog(slug) is not None]
        changes = {slug: self._take_out(slug, name, by) for slug in there}
        if deletion is not None and not deletion.done:
            self._remove_files(deletion)
        return changes

    def finish_deletions(self) -> None:
        """Go on with deletions that a process began and did not finish. Raises `Unavailable`."""
        for deletion in self.deleted.unfinished():
            self.delete(deletion.name, deletion.blogs, by=deletion.by)

    def remove(self, slug: str, names: Iterable[str], *, by: str) -> None:
        """Remove a blog's pictures, which nothing of it uses, unless another blog has them. Raises `Unavailable`."""
        for name in names:
            picture = self.get(name)
            if picture is not None and not self.blogs_with(name).keys() - {slug}:
                deletion = Deletion(name=name, files=picture.files, blogs=[slug], by=by)
                self.deleted.add(deletion)
                self._remove_files(deletion)
            self._store.records.drop_field(_table(slug), name)

    def _take_out(self, slug: str, name: str, by: str) -> Commit:
        """Commit a blog without the picture, and take it out of what is kept. The audit log has one entry for it."""

        def act(view: View) -> Plan:
            shown = [post.id for post in self._store.load(slug).posts if any(each.name == name for each in post.media)]
            return drop_picture(view, slug, name, posts=shown)

        note = {"act": "delete_picture", "picture": name}
        done = self._store.perform(slug, act, by=by, key=request_key("once", "delete picture", name), note=note)
        while self._is_used(slug, name):  # by a text that was sent when the picture was there
            done = self._store.perform(slug, act, by=by, note=note)
        self._store.purging.remove_picture(slug, name)
        self._store.records.drop_field(_table(slug), name)
        return done

    def _is_used(self, slug: str, name: str) -> bool:
        texts = [*self._store.load(slug).posts, *self._store.load(slug, "desk").drafts]
        return any(each.name == name for text in texts for each in text.media)

    def _remove_files(self, deletion: Deletion) -> None:
        task: Remove = {"do": "remove", "addresses": self._addresses, "names": deletion.files}
        with self._turn():
            self._worker(task)
        self._store.records.drop_field(_TABLE, deletion.name)
        self.deleted.add(replace(deletion, done=True))

    def uploads(self, slug: str) -> dict[str, str]:
        """The pictures of a blog by name, with who uploaded each; empty for one that it took from another blog."""
        return {name.decode(): by.decode() for name, by in self._store.records.get_fields(_table(slug)).items()}

    def put_back(self, picture: Picture, files: Mapping[str, bytes], uploads: Mapping[str, str]) -> bool:
        """Store what is missing of a picture of a backup, for the blogs that had it; False if it was deleted since.

        Raises `Unavailable`.
        """
        if picture.name in self.deleted.read():
            return False
        keep(self._addresses, dict(files), new=True)
        for slug, by in uploads.items():
            self._store.records.put_field(_table(slug), picture.name, by.encode(), new=True)
        self._store.records.put_field(_TABLE, picture.name, msgspec.json.encode(picture), new=True)
        return True

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
        """A file of a picture, fetched from the far address if it is not here. Raises `Gone`, `Unavailable`."""
        matched = NAME.fullmatch(name)
        if matched is None:
            return None
        if self.deleted.has(name):
            raise Gone("this picture was deleted")
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


def note_use(store: Store, slug: str, texts: Iterable[Text]) -> None:
    """Record that a blog uses the pictures of these texts, which may have been uploaded for another one."""
    for name in {media.name for text in texts for media in text.media}:
        store.records.put_field(_table(slug), name, b"", new=True)


def _table(slug: str) -> str:
    return key_of(slug, "media")


def _refusal(status: int, code: str, detail: str, field: str | None, current: object = None) -> Refusal:
    kind = next((each for each in _KINDS if each.status == status), Invalid)
    if code == "too_costly":
        detail = "this picture takes more memory or time than one picture may; save it smaller"
    return kind(detail, code=code, field=field, current=current, retry_after=5 if kind is Unavailable else None)
