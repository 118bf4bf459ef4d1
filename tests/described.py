"""Compares what a server sends with its descriptions: nothing may be sent that they do not name."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

OPEN = ("LogEntry",)
"""Structs whose further fields depend on the act."""


class Described:
    """The schemas of a document, in a strict form: with no other fields than those that have a name."""

    def __init__(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        self._components = {"components": {"schemas": {name: _closed(name, each) for name, each in schemas.items()}}}

    def check(self, schema: dict[str, Any], value: object) -> None:
        """Raise for a value that the schema does not describe."""
        Draft202012Validator({**schema, **self._components}).validate(value)


def _closed(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    closed = "properties" in schema and name not in OPEN
    return {**schema, "additionalProperties": False} if closed else schema
