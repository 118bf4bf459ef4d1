"""The data format: which releases may read stored data, and how members that a release does not know survive its edits.

The number goes up when an older release could misread the data or harm it. A new field does not need that: a release
that does not know it leaves it as it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec
from msgspec import Struct

from ..checks import composed
from ..errors import NewerData
from ..model import Object, ended

if TYPE_CHECKING:
    from typing_extensions import TypeForm

T = TypeVar("T")

FORMAT = 2
"""Data without a number has format 1, that of release 0.1.0."""
SITE = "lb:format"
"""The key with the format number of data that belongs to no blog."""
Members = dict[str, object]
"""A JSON object."""
_NAMES = ("id", "name", "at")
"""The fields that identify the members of a list: nominees, pictures, corrections."""


def check(stored: bytes | None, what: str) -> None:
    """Raises `NewerData` for a format that this release does not know."""
    number = int(stored or 1)
    if number > FORMAT:
        raise NewerData(
            f"{what} was written by a newer release (data format {number}; this release knows up to {FORMAT}); "
            "run that release or a newer one"
        )


def encoded(obj: Object, stored: bytes | None) -> bytes:
    """An object's JSON, with those members of its stored JSON that this release does not know. `seq` comes last.

    A tombstone keeps nothing: an unknown member may hold text that was retracted.
    """
    whole = msgspec.json.encode(obj)
    if stored is None or ended(obj):
        return whole
    before, after = (msgspec.json.decode(value, type=Members) for value in (stored, whole))
    _carry(before, obj, after)
    return msgspec.json.encode({**{name: value for name, value in after.items() if name != "seq"}, "seq": obj.seq})


def decoded(value: bytes) -> Object:
    """Decode a stored object. In a timeline, `<seq>:<at>:` (in 0.1.0 `<seq>:`) stands before its JSON."""
    return read(value[value.index(b"{") :], Object)


def read(value: bytes, type: TypeForm[T]) -> T:
    """Decode JSON of a timeline. All text is composed (NFC), also what was stored or exported before that was so."""
    return cast(T, msgspec.json.decode(composed(value.decode()), type=type))


def time_of(value: bytes) -> str:
    """When an object of a timeline was committed; empty if unknown."""
    return value[: value.index(b"{")].partition(b":")[2].removesuffix(b":").decode()


def milliseconds(at: str) -> int:
    """An RFC 3339 time as milliseconds since 1970; 0 for an unknown one."""
    return round(datetime.fromisoformat(at).timestamp() * 1000) if at else 0


def _carry(before: Members, struct: Struct, after: Members) -> None:
    """Copy the members of `before` that the struct has no field for into `after`, also those of its parts."""
    tag = struct.__struct_config__.tag_field
    for name, value in before.items():
        if name not in struct.__struct_fields__ and name != tag:
            after[name] = value
            continue
        part, made = getattr(struct, name, None), after.get(name)
        if isinstance(part, Struct) and isinstance(value, dict) and isinstance(made, dict):
            _carry(value, part, made)
        elif isinstance(part, list) and isinstance(value, list) and isinstance(made, list):
            known = {_name(each): each for each in value if isinstance(each, dict)}
            for each, new in zip(part, made, strict=True):
                if isinstance(each, Struct) and (earlier := known.get(_name(new))) is not None:
                    _carry(earlier, each, new)


def _name(part: Members) -> object:
    return next((part[name] for name in _NAMES if name in part), None)
