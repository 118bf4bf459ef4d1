"""A backup: all blogs in one ZIP file, with their pictures and with people if asked; and back again.

`blogs/<slug>.ndjson` is the blog's export (`dump.py`), `media/<name>` a picture's file, `media.ndjson` and
`people.ndjson` the records. `manifest.json` comes last and has the size and SHA-256 of every other file, so that
nothing is taken from a file that was cut short or changed. Whoever has the people's part can try passwords at leisure:
it has their argon2 hashes, and the hashes of tokens, but no session and no link.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, TypeVar

import msgspec
from msgspec import Struct

from ..errors import Gone, Invalid, NotFound, WrongState
from .accounts import Account, namesakes
from .commits import Store
from .dump import export, parsed, restore
from .people import People, TokenRecord
from .pictures import NAME, Picture, Pictures

FORMAT = 1
MANIFEST, MEDIA, PEOPLE = "manifest.json", "media.ndjson", "people.ndjson"
_BLOG = re.compile(r"blogs/([a-z0-9-]{1,64})\.ndjson")
_PIECE = 1 << 20
_LARGEST_MANIFEST = 64 << 20
"""Bytes that a manifest may have: enough for a hundred thousand pictures."""
_RIFF, _WEBP = b"RIFF", b"WEBP"
_COMPRESSED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError, RuntimeError)
"""What the library raises for files that somebody changed."""

R = TypeVar("R", bound=Struct)


class File(Struct, frozen=True):
    size: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """`made_at` is RFC 3339; `files` has every file but the manifest, by its name."""

    backup: int
    made_at: str
    media: bool
    people: bool
    files: dict[str, File]

    @property
    def blogs(self) -> list[str]:
        return [matched[1] for name in self.files if (matched := _BLOG.fullmatch(name))]


class PictureLine(Struct, frozen=True):
    """A picture, and the blogs that have it, with who uploaded it."""

    picture: Picture
    uploads: dict[str, str]


class PersonLine(Struct, frozen=True, omit_defaults=True):
    """An account, or a token with its hash."""

    account: Account | None = None
    digest: str = ""
    token: TokenRecord | None = None


@dataclass
class Restored:
    """What a backup brought: objects by blog; what was there already, or deleted since, is `kept` as it was."""

    blogs: dict[str, int] = field(default_factory=dict)
    pictures: int = 0
    people: list[str] = field(default_factory=list)
    tokens: int = 0
    kept: list[str] = field(default_factory=list)


# -- out


def write(store: Store, out: BinaryIO, pictures: Pictures | None = None, people: People | None = None) -> Manifest:
    """Write a backup, also to a pipe. `pictures` and `people` go along if they are given.

    Each blog is as it is at one moment, the next one as it is a moment later. Raises `Unavailable`.
    """
    files: dict[str, File] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:

        def put(name: str, pieces: Iterable[bytes]) -> None:
            size, digest, entry = 0, hashlib.sha256(), zipfile.ZipInfo(name)
            if not name.startswith("media/"):  # pictures are compressed already
                entry.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(entry, "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)
                    digest.update(piece)
                    size += len(piece)
            files[name] = File(size, digest.hexdigest())

        slugs = []
        for slug in store.summaries.slugs():
            try:
                lines = export(store, slug)
                first = next(lines)
            except NotFound:  # it was deleted a moment ago
                continue
            put(f"blogs/{slug}.ndjson", _ended(_chained(first, lines)))
            slugs.append(slug)
        if pictures is not None:
            found = list(_pictures(pictures, slugs))
            for line in found:
                for name in line.picture.files:
                    path = _file(pictures, name)
                    if path is not None:
                        put(f"media/{name}", _pieces(path))
            put(MEDIA, _ended(map(msgspec.json.encode, found)))
        if people is not None:
            put(PEOPLE, _ended(map(msgspec.json.encode, _people(people))))
        made = Manifest(
            backup=FORMAT,
            made_at=store.now(),
            media=pictures is not None,
            people=people is not None,
            files=files,
        )
        packed.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(made), indent=1))
    return made


def _chained(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _ended(lines: Iterable[bytes]) -> Iterator[bytes]:
    return (line + b"\n" for line in lines)


def _pictures(pictures: Pictures, slugs: list[str]) -> Iterator[PictureLine]:
    uploads: dict[str, dict[str, str]] = {}
    for slug in slugs:
        for name, by in pictures.uploads(slug).items():
            uploads.setdefault(name, {})[slug] = by
    for name in sorted(uploads):
        picture = pictures.get(name)
        if picture is not None:
            yield PictureLine(picture, uploads[name])


def _file(pictures: Pictures, name: str) -> Path | None:
    try:
        return pictures.file(name)
    except Gone:  # it was deleted a moment ago
        return None


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _people(people: People) -> Iterator[PersonLine]:
    for account in people.accounts.list():
        yield PersonLine(account=account)
    for digest, token in people.tokens.by_hash().items():
        yield PersonLine(digest=digest, token=token)


# -- back


class Backup:
    """A backup in a file that can be sought. Raises `Invalid` at once if it is not whole; nothing is taken from it.

    `progress` gets the bytes that were checked since the last call, and those of the whole.
    """

    def __init__(self, file: BinaryIO, progress: Callable[[int, int], object] = lambda read, of: None) -> None:
        try:
            self._packed = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise Invalid("this is no backup, or its end is missing", field="file") from error
        self.manifest = self._manifest()
        self._check(progress)

    def _manifest(self) -> Manifest:
        names = [each.filename for each in self._packed.infolist() if each.compress_type in _COMPRESSED]
        if names.count(MANIFEST) != 1:
            raise Invalid("this is a ZIP file, but no backup: it has no manifest", field="file")
        with self._opened(MANIFEST) as file:
            said = file.read(_LARGEST_MANIFEST)
        try:
            found = msgspec.json.decode(said, type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(f"this is no backup: its manifest cannot be read ({error})", field="file") from None
        if found.backup != FORMAT:
            raise Invalid(f"a newer release made this backup (format {found.backup}); import it there", field="file")
        if sorted(names) != sorted([MANIFEST, *found.files]):
            raise Invalid("this backup is not whole: its files are not those of its manifest", field="file")
        if strange := [name for name in found.files if not _is_ours(name)]:
            raise Invalid(f"this is no backup: it contains {strange[0]!r}", field="file")
        return found

    def _check(self, progress: Callable[[int, int], object]) -> None:
        whole = sum(file.size for file in self.manifest.files.values())
        for name, said in self.manifest.files.items():
            size, digest = 0, hashlib.sha256()
            for piece in self._read(name):
                size += len(piece)
                digest.update(piece)
                if size > said.size:
                    break
                progress(len(piece), whole)
            if (size, digest.hexdigest()) != (said.size, said.sha256):
                raise Invalid(f"this backup is not whole: {name} is not as it was written", field="file")

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        """A file of the backup, for reading alone: any error inside is one of the file."""
        try:
            with self._packed.open(name) as file:
                yield file
        except _BROKEN as error:
            raise Invalid(f"this backup is not whole: {name} cannot be read ({error})", field="file") from None

    def _read(self, name: str) -> Iterator[bytes]:
        with self._opened(name) as file:
            while piece := file.read(_PIECE):
                yield piece

    def _records(self, name: str, type: type[R]) -> Iterator[R]:
        if name not in self.manifest.files:
            return
        with self._opened(name) as file:
            for line in file:
                try:
                    yield msgspec.json.decode(line, type=type)
                except msgspec.DecodeError as error:
                    raise Invalid(f"{name} cannot be read: {error}", field="file") from None

    def restore(self, store: Store, pictures: Pictures, people: People, *, missing: bool = False) -> Restored:
        """Import everything: first people, then pictures, then blogs, so that a post never lacks its picture.

        People, tokens and pictures that are here already stay as they are, and so does a picture that was deleted here.
        Raises `WrongState` if a blog is here already, unless only the `missing` ones are wanted; nothing changes then.
        """
        here = set(store.summaries.slugs())
        taken = [slug for slug in self.manifest.blogs if slug in here]
        if taken and not missing:
            raise WrongState(f"there is a blog {taken[0]} already; --missing imports the others", code="exists")
        wanted = [slug for slug in self.manifest.blogs if slug not in here]
        for slug in wanted:
            if parsed(self._lines(slug)).slug != slug:
                raise Invalid(f"blogs/{slug}.ndjson contains another blog", field="file")
        done = Restored(kept=taken)
        self._restore_people(people, done)
        self._restore_pictures(pictures, done)
        for slug in wanted:
            done.blogs[slug] = restore(store, self._lines(slug))[1]
        return done

    def _lines(self, slug: str) -> Iterator[bytes]:
        with self._opened(f"blogs/{slug}.ndjson") as file:
            yield from file

    def _restore_people(self, people: People, done: Restored) -> None:
        here = people.accounts.list()
        for line in self._records(PEOPLE, PersonLine):
            name = line.account.name if line.account is not None else line.token.name if line.token is not None else ""
            if namesakes(here, name):
                done.kept.append(name)
            elif line.account is not None:
                people.accounts.put(line.account)
                done.people.append(name)
            elif line.token is not None:
                done.tokens += people.tokens.put_back(line.digest, line.token)

    def _restore_pictures(self, pictures: Pictures, done: Restored) -> None:
        for line in self._records(MEDIA, PictureLine):
            picture = line.picture
            files = {name: self._picture(name) for name in picture.files if f"media/{name}" in self.manifest.files}
            if NAME.fullmatch(picture.name) is None or not all(map(NAME.fullmatch, files)):
                raise Invalid(f"{MEDIA} names a file that is no picture's", field="file")
            if picture.name not in files or not pictures.put_back(picture, files, line.uploads):
                done.kept.append(picture.name)
            else:
                done.pictures += 1

    def _picture(self, name: str) -> bytes:
        data = b"".join(self._read(f"media/{name}"))
        if data[:4] != _RIFF or data[8:12] != _WEBP:
            raise Invalid(f"media/{name} is no picture", field="file")
        return data


def _is_ours(name: str) -> bool:
    if name in (MEDIA, PEOPLE) or _BLOG.fullmatch(name):
        return True
    folder, _, file = name.partition("/")
    return folder == "media" and NAME.fullmatch(file) is not None
