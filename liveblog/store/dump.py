"""A blog as lines of JSON, for `liveblog export` and `import`: all of its stored data except people and pictures.

The first line describes the file; each other line is an object of a timeline, in its current version or an earlier
one (with `until`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from ..characters import CONTROL
from ..checks import SLUG
from ..errors import Invalid, WrongState
from ..model import Blog, Object, Scope, Text, ref_of
from ..timeline import Timeline
from . import import_checks
from .commits import Store
from .format import read
from .history import Version, as_stored
from .pictures import note_use

FORMAT = 1
SCOPES: tuple[Scope, ...] = ("public", "desk")


class Header(Struct):
    """The first line: the numbers of the timelines' last changes, and of the lines that follow.

    Release 0.1.0 did not count the `lines`.
    """

    liveblog: int
    slug: str
    public: int
    desk: int
    lines: int | None = None


class Exported(Struct, frozen=True):
    """What an export contains: the blog's timelines, and the versions that were replaced."""

    slug: str
    timelines: dict[Scope, Timeline]
    history: list[tuple[Scope, Version]]

    @property
    def count(self) -> int:
        return sum(len(timeline.objects) for timeline in self.timelines.values())


class Line(Struct):
    """An object: a current one, committed at `at`, or a version that `by` replaced at `until`."""

    scope: Scope
    object: Object
    at: str | None = None
    until: str | None = None
    by: str | None = None


def export(store: Store, slug: str) -> Iterator[bytes]:
    """The blog's lines, as it is at one moment. Raises `NotFound`."""
    timelines, histories = store.snapshot(slug)
    past = [version for entries in histories.values() for version in as_stored(entries)]
    count = sum(len(timeline.objects) for timeline in timelines.values()) + len(past)
    header = {"liveblog": FORMAT, "slug": slug, "exported_at": store.now(), "lines": count}
    yield msgspec.json.encode(header | {scope: timeline.seq for scope, timeline in timelines.items()})
    for scope, timeline in timelines.items():
        for obj in timeline.objects:
            yield msgspec.json.encode({"scope": scope, "at": timeline.time(obj), "object": obj})
    for version in past:
        yield msgspec.json.encode(version)


def restore(store: Store, lines: Iterable[bytes]) -> tuple[str, int]:
    """Import an exported blog, with a new epoch. Returns its slug and the number of its objects.

    Raises `Invalid` with the line's number, `WrongState` when there is a blog of this name. Nothing is stored then.
    """
    found = parsed(lines)
    put(store, found)
    return found.slug, found.count


def put(store: Store, found: Exported) -> None:
    """Store a blog with the times that it brings, in a new epoch. Raises `WrongState` when there is one of its name."""
    if not store.put_in(found.slug, found.timelines, found.history):
        raise WrongState(f"there is a blog {found.slug} already", code="exists")
    objects = (obj for timeline in found.timelines.values() for obj in timeline.objects)
    note_use(store, found.slug, (obj for obj in objects if isinstance(obj, Text)))


def of_objects(slug: str, objects: Sequence[tuple[Object, str]]) -> Exported:
    """A blog of public objects with their commit times, numbered from 1, as if it had been exported."""
    times = {ref_of(obj): at for obj, at in objects}
    public = Timeline("", len(objects), [obj for obj, _ in objects], times=times)
    return Exported(slug, {"public": public, "desk": Timeline("", 0, [])}, [])


def parsed(lines: Iterable[bytes]) -> Exported:
    """The blog of an export. Raises `Invalid` with the line's number."""
    header: Header | None = None
    found: dict[Scope, dict[str, tuple[Object, str]]] = {"public": {}, "desk": {}}
    history: list[tuple[Scope, Version]] = []
    count = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            if number == 1:
                header = _header(line.removeprefix(b"\xef\xbb\xbf"))  # an editor's mark of UTF-8
                continue
            entry = _entry(line)
            count += 1
        except Invalid as no:
            raise Invalid(f"line {number} does not belong to an export: {no.detail}", field="file") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(f"line {number} does not belong to an export: {error}", field="file") from None
        if entry.until is not None and entry.by is not None:
            history.append((entry.scope, Version(object=entry.object, until=entry.until, by=entry.by)))
        elif entry.until is None and entry.at is not None:
            found[entry.scope][ref_of(entry.object)] = (entry.object, entry.at)
        else:
            raise Invalid(f"line {number} does not belong to an export: a time or a name is missing", field="file")
    blogs = [obj.id for obj, _ in found["public"].values() if isinstance(obj, Blog)]
    if header is None or blogs != [header.slug] or not SLUG.fullmatch(header.slug):
        raise Invalid("the file contains no blog", field="file")
    if header.lines not in (None, count):
        raise Invalid(f"the file is not whole: it has {count} of {header.lines} lines", field="file")
    seqs: dict[Scope, int] = {"public": header.public, "desk": header.desk}
    timelines = {
        scope: Timeline(
            "",
            seqs[scope],
            [obj for obj, _ in objects.values()],
            times={name: at for name, (_, at) in objects.items()},
        )
        for scope, objects in found.items()
    }
    for timeline in timelines.values():
        if any(not 1 <= obj.seq <= timeline.seq for obj in timeline.objects):
            raise Invalid("the file's sequence numbers do not fit together", field="file")
    return Exported(header.slug, timelines, history)


def _entry(line: bytes) -> Line:
    """A line's object. What earlier releases took for text and this one does not is left out: it showed nothing."""
    entry = read(CONTROL.sub("", line.decode()).encode(), Line)
    import_checks.check(entry.object)
    for at in filter(None, (entry.at, entry.until)):  # an empty one is unknown
        import_checks.instant(at, "a time")
    import_checks.line(entry.by or "", "by")
    return entry


def _header(line: bytes) -> Header:
    try:
        header = msgspec.json.decode(line, type=Header)
    except msgspec.ValidationError:
        header = None
    if header is None or header.liveblog != FORMAT:
        raise Invalid("this is not an export of a live blog", field="file")
    import_checks.seq(header.public, "public")
    import_checks.seq(header.desk, "desk")
    return header
