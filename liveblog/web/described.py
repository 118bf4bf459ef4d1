"""The API described: for programs at /api/v1/openapi.json and asyncapi.json, for people at /api/.

Each is made once for each address of the site, and then answered from memory.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import msgspec
from flask import Response, current_app, render_template, request
from markupsafe import Markup, escape
from werkzeug.routing import Map

from ..http.response_cache import coded, preferred
from . import answers, asyncapi, openapi, site
from .operations import REFUSALS
from .schemas import Schema

blueprint = answers.blueprint("described", __name__, "public", "/api", reference="page")


def _version() -> str:
    return str(current_app.config["VERSION"])


@lru_cache(maxsize=8)
def _openapi(routes: Map, prefix: str) -> tuple[Schema, bytes]:
    said = openapi.document(routes, _version(), prefix)
    return said, msgspec.json.encode(said)


@lru_cache(maxsize=8)
def _asyncapi(base: str) -> bytes:
    return msgspec.json.encode(asyncapi.document(_version(), base))


@lru_cache(maxsize=24)
def _coded(body: bytes, coding: str) -> bytes:
    return coded(body, coding) if coding else body


def _answer(body: bytes, type: str = "application/json") -> Response:
    """A description, in the best coding that the client takes: a tenth of its bytes."""
    coding = preferred(request.headers.get("Accept-Encoding", ""))
    answer = Response(_coded(body, coding), mimetype=type, headers={"Vary": "Accept-Encoding"})
    if coding:
        answer.headers["Content-Encoding"] = coding
    return answers.conditional(answer)


@blueprint.get("/v1/openapi.json")
def openapi_document() -> Response:
    return _answer(_openapi(current_app.url_map, site.prefix())[1])


@blueprint.get("/v1/asyncapi.json")
def asyncapi_document() -> Response:
    return _answer(_asyncapi(site.base()))


@lru_cache(maxsize=8)
def _page(routes: Map, prefix: str) -> bytes:
    said = _openapi(routes, prefix)[0]
    parts = {"groups": _groups(said), "refusals": REFUSALS, "flat": flat, "code": code, "pretty": pretty}
    return render_template("described/reference.html", said=said, **parts).encode()


@blueprint.get("/")
def reference() -> Response:
    """A page with every call, each at its own anchor, and every struct."""
    return _answer(_page(current_app.url_map, site.prefix()), "text/html")


def _groups(said: Schema) -> dict[str, list[tuple[str, str, Any]]]:
    """The operations by tag: method, path, description."""
    groups: dict[str, list[tuple[str, str, Any]]] = {each["name"]: [] for each in said["tags"]}
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].append((method.upper(), path, operation))
    return groups


def code(text: str) -> Markup:
    """A sentence in which what stands in backquotes is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def pretty(example: object) -> str:
    """An example over several lines."""
    return json.dumps(example, indent=2, ensure_ascii=False)


def flat(schema: Schema) -> str:
    """A schema in a few words: `text, at most 300 characters`, with the names of components as they are."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(flat(each) for each in schema["anyOf"])
    kind = schema.get("type", "anything")
    if kind == "array" and "items" in schema:
        return f"list of {flat(schema['items'])}" if isinstance(schema["items"], dict) else "list"
    words = [{"string": "text", "integer": "number"}.get(str(kind), str(kind))]
    words += [schema["format"]] if "format" in schema else []
    words += [f"at most {schema['maxLength']} characters"] if "maxLength" in schema else []
    words += [f"up to {schema['maximum']}"] if "maximum" in schema else []
    return ", ".join(words)
