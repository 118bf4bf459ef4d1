"""A blog as lines of JSON, for `liveblog export` and `import`: all of its stored data except people and pictures.

The first line describes the file; each other line is an object of a timeline, in its current version or an earlier
one (with `until`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ..errors import Invalid, WrongState
from ..model import Blog, Object, Scope, kind_of
from ..timeline import Timeline
from .commits import Store

FORMAT = 1
SCOPES: tuple[Scope, ...] = ("public", "desk")


def export(store: Store, slug: str) -> Iterator[bytes]:
    """The blog's lines. Raises `NotFound`."""
    timelines = {scope: store.load(slug, scope) for scope in SCOPES}
    header = {"liveblog": FORMAT, "slug": slug, "exported_at": store.now()}
    yield msgspec.json.encode(header | {scope: timeline.seq for scope, timeline in timelines.items()})
    for scope, timeline in timelines.items():
        for obj in timeline.objects:
            yield msgspec.json.encode({"scope": scope, "at": timeline.time(obj), "object": obj})
    for version in store.history.superseded(slug):
        yield msgspec.json.encode(version)


def restore(store: Store, lines: Iterable[bytes]) -> tuple[str, int]:
    """Import an exported blog, with a new epoch. Returns its slug and the number of its objects.

    Raises `Invalid` with the line's number, `WrongState` when there is a blog of this name. Nothing is stored then.
    """
    header: dict[str, Any] = {}
    found: dict[Scope, dict[str, tuple[Object, str]]] = {"public": {}, "desk": {}}
    history: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = msgspec.json.decode(line)
            if number == 1:
                header = _header(value)
            elif "until" in value:
                msgspec.convert(value["object"], Object)
                history.append(value)
            else:
                obj = msgspec.convert(value["object"], Object)
                found[value["scope"]][f"{kind_of(obj)}:{obj.id}"] = (obj, str(value["at"]))
        except (msgspec.DecodeError, msgspec.ValidationError, KeyError, TypeError) as error:
            raise Invalid(f"line {number} is no line of an export: {error}", field="file") from None
    slug = header.get("slug", "")
    blogs = [obj for obj, _ in found["public"].values() if isinstance(obj, Blog)]
    if [blog.id for blog in blogs] != [slug]:
        raise Invalid("the file holds no blog", field="file")
    timelines = {
        scope: Timeline(
            "",
            int(header[scope]),
            [obj for obj, _ in objects.values()],
            times={name: at for name, (_, at) in objects.items()},
        )
        for scope, objects in found.items()
    }
    for timeline in timelines.values():
        if any(not 1 <= obj.seq <= timeline.seq for obj in timeline.objects):
            raise Invalid("the file's numbers do not fit together", field="file")
    if not store.put_in(slug, timelines, history):
        raise WrongState(f"there is a blog {slug} already", code="exists")
    return slug, sum(map(len, found.values()))


def _header(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or value.get("liveblog") != FORMAT or not isinstance(value.get("slug"), str):
        raise Invalid("this is no export of a live blog", field="file")
    if not all(type(value.get(scope)) is int for scope in SCOPES):
        raise Invalid("this is no export of a live blog", field="file")
    return value
