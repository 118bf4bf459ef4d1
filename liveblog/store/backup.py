"""A backup: all blogs in one ZIP file, with their pictures and with people if asked; and back again.

`blogs/<slug>.ndjson` is the blog's export (`dump.py`), `media/<name>` a picture's file, `media.ndjson` and
`people.ndjson` the records. `manifest.json` comes last and has the size and SHA-256 of every other file, so that
nothing is taken from a file that was cut short or changed. Whoever has the people's part can try passwords at leisure:
it has their argon2 hashes, and the hashes of tokens, but no session and no link. It also has webhooks and incoming
hooks with their secrets; webhooks come back switched off, because a restored copy must not send to the receivers of the
original.
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
from typing import IO, BinaryIO, TypeVar, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..characters import CONTROL
from ..errors import Gone, Invalid, NotFound, Unavailable, WrongState
from .accounts import Account, namesakes, tidy
from .commits import Store
from .dump import export, parsed, restore
from .factors import Factors
from .import_checks import MOST_PIXELS
from .incoming import Incoming, IncomingHooks
from .incoming import is_whole as is_incoming
from .people import People, TokenRecord
from .pictures import NAME, Picture, Pictures
from .webhooks import Webhook, Webhooks
from .webhooks import is_whole as is_webhook

FORMAT = 1
MANIFEST, MEDIA, PEOPLE = "manifest.json", "media.ndjson", "people.ndjson"
_BLOG = re.compile(r"blogs/([a-z0-9-]{1,64})\.ndjson")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PIECE = 1 << 20
_LARGEST_MANIFEST, _LONGEST_LINE, _LARGEST_PICTURE = 64 << 20, 16 << 20, 256 << 20
"""Bytes that a manifest may have (enough for a hundred thousand pictures), a record, and a picture's file."""
_RIFF, _WEBP = b"RIFF", b"WEBP"
_COMPRESSED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError, RuntimeError)
"""What the library raises for files that somebody changed."""

R = TypeVar("R", bound=Struct)


class File(Struct, frozen=True):
    size: int
    sha256: str


class Format(Struct, frozen=True):
    """What the manifest of any release has."""

    backup: int


class Manifest(Struct, frozen=True, kw_only=True):
    """`made_at` is RFC 3339; `files` has every file but the manifest, by its name.

    `lost` counts the pictures whose files were not there when the backup was made.
    """

    backup: int
    made_at: str
    media: bool
    people: bool
    files: dict[str, File]
    lost: int = 0

    @property
    def blogs(self) -> list[str]:
        return [matched[1] for name in self.files if (matched := _BLOG.fullmatch(name))]


class PictureLine(Struct, frozen=True):
    """A picture, and the blogs that have it, with who uploaded it."""

    picture: Picture
    uploads: dict[str, str]


class PersonLine(Struct, frozen=True, omit_defaults=True):
    """An account with its second factors, a token with its hash, a webhook, or an incoming hook."""

    account: Account | None = None
    factors: Factors | None = None
    digest: str = ""
    token: TokenRecord | None = None
    webhook: Webhook | None = None
    incoming: Incoming | None = None


@dataclass
class Restored:
    """What a backup brought: objects by blog; what was there already, or deleted since, is `kept` as it was.

    `lost` are pictures that have no file in the backup. `strangers` says that its people were not imported, because
    there are others here.
    """

    blogs: dict[str, int] = field(default_factory=dict)
    pictures: int = 0
    people: list[Account] = field(default_factory=list)
    tokens: list[TokenRecord] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
    incoming: list[Incoming] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    strangers: bool = False


# -- out


def write(store: Store, out: BinaryIO, pictures: Pictures | None = None, people: People | None = None) -> Manifest:
    """Write a backup, also to a pipe. `pictures` and `people` go along if they are given.

    Each blog is as it is at one moment, the next one as it is a moment later. Raises `Unavailable`, and `Damaged` for a
    blog that storage has damaged: a backup without it would take the place of an older one that has it.
    """
    files: dict[str, File] = {}
    with zipfile.ZipFile(cast(BinaryIO, _Stream(out)), "w", zipfile.ZIP_DEFLATED) as packed:

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

        slugs, lost = [], 0
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
                    with _opened(pictures, name) as file:
                        if file is not None:
                            put(f"media/{name}", _pieces(file))
                lost += f"media/{line.picture.name}" not in files
            put(MEDIA, _ended(map(msgspec.json.encode, found)))
        if people is not None:
            put(PEOPLE, _ended(map(msgspec.json.encode, _people(store, people))))
        made = Manifest(
            backup=FORMAT,
            made_at=store.now(),
            media=pictures is not None,
            people=people is not None,
            files=files,
            lost=lost,
        )
        packed.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(made), indent=1))
    return made


class _Stream:
    """A file that is only written on: some say that they can be sought, and cannot (`/dev/null`)."""

    def __init__(self, out: BinaryIO) -> None:
        self.write, self.flush = out.write, out.flush


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


@contextmanager
def _opened(pictures: Pictures, name: str) -> Iterator[BinaryIO | None]:
    """A picture's file; None if it was deleted a moment ago, or is lost. Raises `Unavailable`."""
    try:
        path = pictures.file(name)
        file = None if path is None else path.open("rb")
    except (Gone, FileNotFoundError):
        file = None
    except OSError as error:
        raise _unreadable(name, error) from error
    if file is None:
        yield None
        return
    with file:
        yield file


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    try:
        while piece := file.read(_PIECE):
            yield piece
    except OSError as error:
        raise _unreadable(Path(file.name).name, error) from error


def _unreadable(name: str, error: OSError) -> Unavailable:
    return Unavailable(f"the picture {name} cannot be read: {(error.strerror or str(error)).lower()}")


def _people(store: Store, people: People) -> Iterator[PersonLine]:
    for account in people.accounts.list():
        found = people.factors.get(account.name)
        yield PersonLine(account=account, factors=found if found.any else None)
    for digest, token in people.tokens.by_hash().items():
        yield PersonLine(digest=digest, token=token)
    for hook in Webhooks(store.records).list():
        yield PersonLine(webhook=hook)
    for incoming in IncomingHooks(store.records).list():
        yield PersonLine(incoming=incoming)


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
        self._look()

    def _manifest(self) -> Manifest:
        names = [each.filename for each in self._packed.infolist() if each.compress_type in _COMPRESSED]
        if names.count(MANIFEST) != 1:
            raise Invalid("this is a ZIP file, but no backup: it has no manifest", field="file")
        with self._opened(MANIFEST) as file:
            said = file.read(_LARGEST_MANIFEST)
        try:
            number = msgspec.json.decode(said, type=Format).backup
            if number > FORMAT:
                raise Invalid(f"a newer release made this backup (format {number}); import it there", field="file")
            found = msgspec.json.decode(said, type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(f"this is no backup: its manifest cannot be read ({error})", field="file") from None
        if sorted(names) != sorted([MANIFEST, *found.files]):
            raise Invalid("this backup is not whole: its files are not those of its manifest", field="file")
        if strange := [name for name, file in found.files.items() if not _is_ours(name, file.size)]:
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

    def _look(self) -> None:
        """Everything is read as if it was imported, so that no import ends half-way because of the file."""
        for slug in self.manifest.blogs:
            if parsed(self._lines(slug)).slug != slug:
                raise Invalid(f"blogs/{slug}.ndjson contains another blog", field="file")
        for person in self._records(PEOPLE, PersonLine):
            if not _is_person(person):
                raise Invalid(f"{PEOPLE} has a line that is no person, no token and no hook", field="file")
        for line in self._records(MEDIA, PictureLine):
            stems = {matched and matched[1] for matched in map(NAME.fullmatch, line.picture.files)}
            if None in stems or len(stems) != 1 or not line.uploads.keys() <= {*self.manifest.blogs}:
                raise Invalid(f"{MEDIA} names a file that is no picture's", field="file")
            if not all(1 <= size <= MOST_PIXELS for size in (line.picture.width, line.picture.height)):
                raise Invalid(f"{MEDIA} has a picture of a size that none has", field="file")
        for name in self.manifest.files:
            if name.startswith("media/"):
                with self._opened(name) as file:
                    head = file.read(12)
                if head[:4] != _RIFF or head[8:] != _WEBP:
                    raise Invalid(f"{name} is no picture", field="file")

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
        for line in self._split(name):
            try:
                yield msgspec.json.decode(line, type=type)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise Invalid(f"{name} cannot be read: {error}", field="file") from None

    def _split(self, name: str) -> Iterator[bytes]:
        with self._opened(name) as file:
            while line := file.readline(_LONGEST_LINE):
                if len(line) == _LONGEST_LINE:
                    raise Invalid(f"{name} has a line that is longer than any record", field="file")
                yield line

    def _lines(self, slug: str) -> Iterator[bytes]:
        return self._split(f"blogs/{slug}.ndjson")

    def restore(
        self, store: Store, pictures: Pictures, people: People, *, missing: bool = False, merge: bool = False
    ) -> Restored:
        """Import everything: first people, then pictures, then blogs, so that a post never lacks its picture.

        Where there are people, no others come unless they are to `merge`: some may have left since. People, tokens and
        pictures that are here already stay as they are, and so does a picture that was deleted here.
        Raises `WrongState` if a blog is here already, unless only the `missing` ones are wanted; nothing changes then.
        """
        taken = [slug for slug in self.manifest.blogs if store.blog(slug) is not None]
        if taken and not missing:
            raise WrongState(f"there is a blog {taken[0]} already; --missing imports the others", code="exists")
        done = Restored(kept=list(taken))
        here = people.accounts.list()
        if self.manifest.people and not merge and (here or people.tokens.by_hash()):
            done.strangers = True
        else:
            self._restore_people(people, here, done)
            self._restore_webhooks(Webhooks(store.records), done)
            self._restore_incoming(IncomingHooks(store.records), done)
        self._restore_pictures(pictures, done)
        for slug in self.manifest.blogs:
            if slug not in taken:
                done.blogs[slug] = restore(store, self._lines(slug))[1]
        return done

    def _restore_people(self, people: People, here: list[Account], done: Restored) -> None:
        for line in self._records(PEOPLE, PersonLine):
            if line.account is not None and not namesakes(here, line.account.name):
                if line.factors is not None:  # first: nobody comes in without them
                    people.factors.put_back(line.account.name, line.factors)
                people.accounts.put(line.account)
                done.people.append(line.account)
            elif line.account is not None:
                done.kept.append(line.account.name)
            elif line.token is not None and namesakes(here, line.token.name):
                done.kept.append(line.token.name)
            elif line.token is not None and people.tokens.put_back(line.digest, line.token):
                done.tokens.append(line.token)

    def _restore_webhooks(self, webhooks: Webhooks, done: Restored) -> None:
        for line in self._records(PEOPLE, PersonLine):
            if line.webhook is not None:
                hook = replace(line.webhook, off="restored from a backup")
                if webhooks.put_back(hook):
                    done.webhooks.append(hook)
                else:
                    done.kept.append(hook.url)

    def _restore_incoming(self, hooks: IncomingHooks, done: Restored) -> None:
        for line in self._records(PEOPLE, PersonLine):
            if (hook := line.incoming) is not None:
                if hooks.put_back(hook):
                    done.incoming.append(hook)
                else:
                    done.kept.append(f"the incoming hook of {hook.name} for {hook.blog}")

    def _restore_pictures(self, pictures: Pictures, done: Restored) -> None:
        for line in self._records(MEDIA, PictureLine):
            picture = line.picture
            there = [name for name in picture.files if f"media/{name}" in self.manifest.files]
            if picture.name not in there:
                done.lost.append(picture.name)
            elif pictures.put_back(
                picture, {name: b"".join(self._read(f"media/{name}")) for name in there}, line.uploads
            ):
                done.pictures += 1
            else:
                done.kept.append(picture.name)


def _is_ours(name: str, size: int) -> bool:
    if name in (MEDIA, PEOPLE) or _BLOG.fullmatch(name):
        return True
    folder, _, file = name.partition("/")
    return folder == "media" and NAME.fullmatch(file) is not None and size <= _LARGEST_PICTURE


def _is_person(line: PersonLine) -> bool:
    if sum(each is not None for each in (line.account, line.token, line.webhook, line.incoming)) != 1:
        return False
    if line.webhook is not None:
        return is_webhook(line.webhook)
    who = line.account or line.token or line.incoming
    if who is None or not who.name or CONTROL.search(who.name):
        return False
    if line.token is not None:
        return _DIGEST.fullmatch(line.digest) is not None
    return tidy(who.name) == who.name and (line.incoming is None or is_incoming(line.incoming))
