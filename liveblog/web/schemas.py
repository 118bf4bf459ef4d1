"""JSON schemas of structs, for the descriptions of the API and the sockets; the limits are those of `checks.py`."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec

from ..checks import BODY, HEADLINE, INSTANT, NAME, NOTE, RESERVED, SLUG
from ..model import NOW, Post, PostType, Status
from ..scopes import SCOPES
from ..store.accounts import Role
from .media_fields import MOST, TEXT
from .replies import UNIONS

Schema = dict[str, Any]

WHERE = "#/components/schemas/"
_CONTROL = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f"
"""The control characters of `characters.CONTROL`, as every reader of a schema can write them."""
ANYTHING = f"^[^{_CONTROL}]*$"
VISIBLE = f"^[^{_CONTROL}]*[^\\s{_CONTROL}][^{_CONTROL}]*$"
ID: Schema = {"pattern": f"^{SLUG.pattern}$", "maxLength": 64}

_LINE: Schema = {"pattern": VISIBLE, "maxLength": NAME}
_OPTIONAL: Schema = {"pattern": ANYTHING, "maxLength": NAME}
_NOTE: Schema = {"pattern": ANYTHING, "maxLength": NOTE}
SENT: dict[str, Schema] = {
    "slug": ID | {"not": {"enum": sorted(RESERVED)}},
    "id": ID,
    "title": _LINE,
    "name": _LINE,
    "summary": _NOTE,
    "note": _NOTE,
    "correction": _NOTE | {"pattern": VISIBLE},
    "headline": _OPTIONAL | {"maxLength": HEADLINE},
    "body": {"pattern": ANYTHING, "maxLength": BODY},
    "byline": _OPTIONAL,
    "film": _OPTIONAL,
    "detail": _OPTIONAL,
    "locality": _OPTIONAL,
    "source": _OPTIONAL,
    "country": {"pattern": "^[A-Za-z]{2}$"},
    "language": {"pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "maxLength": 35},
    "timezone": {"examples": ["America/Los_Angeles"]},
    "status": {"enum": list(get_args(Status))},
    "type": {"enum": list(get_args(PostType))},
    "starts": {"format": "date-time", "pattern": f"^{INSTANT.pattern}$".replace(r"\d", "[0-9]")},
    "publish_at": {"format": "date-time"},
    "expires": {"format": "date-time"},
    "role": {"enum": list(get_args(Role))},
    "scopes": {"type": "array", "minItems": 1, "items": {"enum": list(SCOPES)}},
    "alt": {"pattern": VISIBLE, "maxLength": TEXT},
    "caption": {"pattern": ANYTHING, "maxLength": TEXT},
    "credit": {"pattern": ANYTHING, "maxLength": TEXT},
    "media": {"type": "array", "maxItems": MOST},
    "winners": {"type": "array", "minItems": 1, "uniqueItems": True},
}
"""What `checks.py` asks of a body, by field: of texts, unless a `type` is named. What depends on the blog is not here:
the refusal says it."""
TIMES = ("at", "published_at", "updated_at", "announced_at", "reworded_at", "until", "since", "expires", "made", "used")


def components(answers: Iterable[Any], bodies: Iterable[Any] = ()) -> dict[str, Schema]:
    """The schemas of the structs in these types and of all that they contain, by name."""
    sent = _made(bodies)
    for each in sent.values():
        _narrow(each, SENT)
    made = _made([*answers, *(each for union in UNIONS.values() for each in union)])
    for name, each in made.items():
        if name != Post.__name__:  # stored, as relays get it: a retracted one has a stand-in for its time
            _narrow(each, {field: {"format": "date-time"} for field in TIMES})
        _fill_in(each)
    unions = {name: {"anyOf": [reference(each) for each in union]} for name, union in UNIONS.items()}
    return made | sent | unions


def _made(types: Iterable[Any]) -> dict[str, Schema]:
    found: dict[str, Schema] = msgspec.json.schema_components(list(types), ref_template=WHERE + "{name}")[1]
    for each in found.values():
        _without_false(each)
        if "description" in each:
            each["description"] = inspect.cleandoc(each["description"])
    return found


def _without_false(schema: Any) -> None:
    """Drop `items: false`, which says no more than `maxItems`: generators of clients stumble over it."""
    if isinstance(schema, dict) and schema.get("items") is False and "maxItems" in schema:
        del schema["items"]
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _without_false(each)


def _narrow(schema: Schema, rules: Mapping[str, Schema]) -> None:
    """Put the rules of the fields of these names into a schema, wherever the field has the rule's type."""
    for name, field in schema.get("properties", {}).items():
        for choice in (field, *field.get("anyOf", [])):
            rule = rules.get(name, {})
            if choice.get("type") == rule.get("type", "string"):
                choice.update(rule)
        if field.get("pattern") == VISIBLE and field.pop("default", None) is not None:
            schema["required"] = [*schema.get("required", []), name]  # the default is what the check refuses


def _fill_in(schema: Schema) -> None:
    """Make the times required that storage fills in: no answer has their stand-in."""
    for name, field in schema.get("properties", {}).items():
        if field.get("default") == NOW:
            del field["default"]
            schema["required"] = [*schema.get("required", []), name]


def reference(type: Any) -> Schema:
    """The schema of a type, which refers to the components; of several types any of them."""
    if isinstance(type, tuple):
        return {"anyOf": [reference(each) for each in type]}
    return dict(msgspec.json.schema_components([type], ref_template=WHERE + "{name}")[0][0])
