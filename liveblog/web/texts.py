"""The request bodies that contain a text, made from the single list of its fields (`model.Text`).

A field that is added to a text is accepted by all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET, UnsetType, defstruct
from msgspec.structs import FieldInfo, fields

from ..model import EDITABLE_FIELDS, TEXT_FIELDS, Outcome, Text, When, text_of
from .media_fields import Chosen, chosen

_SENT: dict[str, type] = {"type": str, "media": list[Chosen]}
"""Fields that are sent in another form than they are stored: acts check types, and pictures are looked up here."""


def _type(field: FieldInfo) -> type:
    sent: type = _SENT.get(field.name, field.type)
    return sent


def _whole() -> list[tuple[str, Any, Any]]:
    """A text's fields with their defaults. The act checks that there is something to publish."""
    defaults = text_of(Text())
    return [(field.name, _type(field), defaults[field.name]) for field in fields(Text)]


def _edited(names: Iterable[str]) -> list[tuple[str, Any, Any]]:
    """The fields of these names. One that is not sent is UNSET and stays as it is."""
    return [(field.name, _type(field) | UnsetType, UNSET) for field in fields(Text) if field.name in names]


NewPost = defstruct("NewPost", _whole(), kw_only=True, forbid_unknown_fields=True)

PostEdit = defstruct(
    "PostEdit",
    [*_edited(EDITABLE_FIELDS), ("correction", str | UnsetType, UNSET)],
    kw_only=True,
    forbid_unknown_fields=True,
)

DraftEdit = defstruct(
    "DraftEdit",
    [
        *_edited(TEXT_FIELDS),
        ("publish_at", str | UnsetType | None, UNSET),
        ("on", When | UnsetType | None, UNSET),
        ("outcome", Outcome | UnsetType | None, UNSET),
    ],
    kw_only=True,
    forbid_unknown_fields=True,
)

Sample = defstruct("Sample", _whole(), kw_only=True)
"""A text that is being written, for the preview. Unlike a post, it may be empty."""


def with_pictures(sent: dict[str, Any], before: Text | None = None) -> dict[str, Any]:
    """The fields of a body, with its pictures looked up; pictures that `before` has may stay."""
    if "media" not in sent:
        return sent
    return sent | {"media": chosen(sent["media"], before.media if before is not None else ())}
