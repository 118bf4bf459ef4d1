"""The description of the API (OpenAPI 3.1): made of its routes, `OPERATIONS`, and the structs that check bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import isclass
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import fields
from werkzeug.routing import Map

from .. import errors
from ..scopes import CALLS
from . import cookies
from .operations import OPERATIONS, PATH, QUERY, REFUSALS, Operation, Parameter, refusals
from .replies import DELIVERED, EXAMPLES, Problem
from .schemas import Schema, components, reference

ROOT = "/api/v1"
PROBLEM = "application/problem+json"
ABOUT = """Reading needs no sign-in, and scripts of every site may do it. Writing needs a bearer token, or at the desk
the session's cookie with its CSRF token. Refusals are problems (RFC 9457) with a stable `code`. New fields may be added
to answers: ignore unknown ones."""
KEY = Parameter(
    "For 48 hours the same request with the same key has one effect and gets the same answer.",
    {"type": "string", "pattern": "^[\\x20-\\x7e]{1,200}$"},
)
MATCH = Parameter(
    "The ETag of the version that you know, or `*`. If there is a newer one, nothing is changed.",
    {"type": "string", "pattern": '^("[0-9]{1,15}"|\\*)$'},
    '"12"',
)
KNOWN = Parameter("The ETag of the answer that you have; it is 304 if nothing has changed.", {"type": "string"})
LAST_EVENT = Parameter(
    "The id of the last event, `<epoch>:<seq>`. It takes precedence over the query.",
    {"type": "string", "pattern": "^[\\x21-\\x7e]{1,64}:[0-9]{1,15}$"},
)
HEADERS: dict[str, Schema] = {
    "ETag": {"description": "The version: its `seq` in quotes, or a hash.", "schema": {"type": "string"}},
    "Location": {"description": "The address of what was made.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait before the next try.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to sign in.", "schema": {"type": "string"}},
}
SIGNED = {
    "webhook-id": Parameter("The delivery's id, the same for each try.", {"type": "string"}),
    "webhook-timestamp": Parameter("Seconds since 1970, of this try.", {"type": "string"}),
    "webhook-signature": Parameter("By Standard Webhooks, of each secret that counts.", {"type": "string"}),
}
SECURITY: dict[str, Schema] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A program's token: `liveblog token add`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": cookies.COOKIE,
        "description": "A person's session at the desk.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "A session's writes need it, too.",
    },
    "relay": {"type": "http", "scheme": "bearer", "description": "LIVEBLOG_RELAY_TOKEN."},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Of Standard Webhooks, with webhook-id and webhook-timestamp; of Slack X-Slack-Signature.",
    },
}
NEEDS = {"relay": "Needs LIVEBLOG_RELAY_TOKEN.", "sender": "Needs the signature of this hook (docs/incoming.md)."}


class Call(NamedTuple):
    """A route's method and address, with what `OPERATIONS` says of it."""

    endpoint: str
    method: str
    path: str
    names: tuple[str, ...]
    operation: Operation


def calls(routes: Map) -> list[Call]:
    """The described routes under /api/v1, in the order of `OPERATIONS`."""
    found = {endpoint: (method, rule) for endpoint, method, rule in routed(routes)}
    described = [(*found[name], name, operation) for name, operation in OPERATIONS.items() if name in found]
    return [
        Call(name, method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule), tuple(re.findall(r"(\w+)>", rule)), operation)
        for method, rule, name, operation in described
    ]


def routed(routes: Map) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and rule of each route under /api/v1."""
    for rule in routes.iter_rules():
        if rule.rule.startswith(f"{ROOT}/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule.endpoint, method, rule.rule


def document(routes: Map, version: str, site: str = "") -> Schema:
    """The description of this version, at a site whose addresses begin with `site`."""
    described = calls(routes)
    answers = [each for call in described for each in _structs(call.operation.answer)] + [*DELIVERED.values()]
    bodies = [call.operation.body for call in described if not isinstance(call.operation.body, tuple | None)]
    paths: dict[str, Schema] = {}
    for call in described:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Live blog",
            "version": version,
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": site or "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(call.operation.tag for call in described)],
        "paths": paths,
        "webhooks": {name: {"post": _delivery(name, struct)} for name, struct in DELIVERED.items()},
        "components": {
            "schemas": components([*answers, Problem], bodies),
            "responses": {_name(codes): _refusal(codes) for call in described for codes in _refused(call).values()},
            "examples": {each.__name__: {"value": EXAMPLES[each.__name__]} for each in answers},
            "headers": HEADERS,
            "securitySchemes": SECURITY,
        },
    }


def _delivery(name: str, struct: type[Struct]) -> Schema:
    """What a receiver gets and should answer."""
    return {
        "operationId": f"receive_{name.replace('.', '_')}",
        "summary": "Take what a webhook delivers; docs/webhooks.md has the rules.",
        "security": [],
        "parameters": [*(_parameter("header", header, parameter) for header, parameter in SIGNED.items())],
        "requestBody": {"required": True, "content": _json(struct)},
        "responses": {"204": {"description": "Taken. After any other answer than 2xx it comes again."}},
    }


def _json(answer: object) -> Schema:
    """The content of a body in JSON, with an example of each struct."""
    examples = {each.__name__: {"$ref": f"#/components/examples/{each.__name__}"} for each in _structs(answer)}
    return {"application/json": {"schema": reference(answer), "examples": examples}}


def _structs(answer: object) -> tuple[type[Struct], ...]:
    """The structs of an answer; none for a media type."""
    return answer if isinstance(answer, tuple) else (answer,) if isinstance(answer, type) else ()


def _operation(call: Call) -> Schema:
    operation = call.operation
    name, _, view = call.endpoint.partition(".")
    said: Schema = {
        "operationId": f"{name}_{view}",
        "tags": [operation.tag],
        "summary": operation.says,
        "parameters": [*_parameters(call)],
        "responses": _responses(call),
        "security": _security(call),
    }
    if operation.role is not None:
        said["description"] = NEEDS.get(operation.role, f"Needs the role {operation.role}.") + _scoped(call)
    if operation.body is not None:
        said["requestBody"] = _body(operation)
    return said


def _scoped(call: Call) -> str:
    scope = CALLS.get(call.endpoint)
    return f" A token with scopes needs `{scope}`." if scope else ""


def _security(call: Call) -> list[dict[str, list[str]]]:
    if call.operation.role == "relay":
        return [{"relay": []}]
    if call.operation.role == "sender":
        return [{"signature": []}]
    session: dict[str, list[str]] = {"session": []}
    if call.method != "GET":
        session["csrf"] = []
    return [*([{}] if call.operation.role is None else []), {"bearer": []}, session]


def _parameters(call: Call) -> Iterator[Schema]:
    operation = call.operation
    for name in call.names:
        yield _parameter("path", name, PATH.get(name, Parameter("", {"type": "string"})))
    for name in operation.query:
        yield _parameter("query", name.rpartition("_")[2], QUERY[name])
    if operation.keyed:
        yield _parameter("header", "Idempotency-Key", KEY)
    if operation.matched:
        yield _parameter("header", "If-Match", MATCH)
    if operation.tagged:
        yield _parameter("header", "If-None-Match", KNOWN)
    if operation.answer == "text/event-stream":
        yield _parameter("header", "Last-Event-ID", LAST_EVENT)


def _parameter(place: str, name: str, parameter: Parameter) -> Schema:
    said: Schema = {"name": name, "in": place, "description": parameter.says, "schema": parameter.schema}
    if place == "path":
        said["required"] = True
    return said if parameter.example is None else said | {"example": parameter.example}


def _body(operation: Operation) -> Schema:
    if isinstance(operation.body, tuple):
        part: Schema = {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
            "required": ["file"],
        }
        return {
            "required": True,
            "content": {each: {"schema": part if "form" in each else {}} for each in operation.body},
        }
    said: Schema = {"schema": reference(operation.body)}
    if operation.example is not None:
        said["example"] = operation.example
    struct = operation.body if isclass(operation.body) and issubclass(operation.body, Struct) else None
    needed = struct is None or any(each.required for each in fields(struct))
    return {"required": needed, "content": {"application/json": said}}


def _responses(call: Call) -> Schema:
    operation = call.operation
    content = {operation.answer: {}} if isinstance(operation.answer, str) else _json(operation.answer)
    headers = [*(["ETag"] if operation.tagged or operation.matched else [])]
    headers += ["Location"] if operation.status == 201 and operation.located else []
    good: Schema = {"description": "Done." if operation.role else "The answer.", "content": content}
    good["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    said: Schema = {str(operation.status): good}
    if operation.repeated is not None:
        said[str(operation.repeated)] = good
    if operation.tagged:
        said["304"] = {"description": "Nothing has changed."}
    for status, codes in _refused(call).items():
        said[str(status)] = {"$ref": f"#/components/responses/{_name(codes)}"}
    return said


def _refused(call: Call) -> dict[int, list[str]]:
    return refusals(call.operation, call.method, call.names)


def _name(codes: list[str]) -> str:
    return "_or_".join(codes)


def _refusal(codes: list[str]) -> Schema:
    """A response that is a refusal with one of these codes, which have one status."""
    status = REFUSALS[codes[0]][0]
    headers = {429: ["Retry-After"], 503: ["Retry-After"], 401: ["WWW-Authenticate"]}.get(status, [])
    schema = {"allOf": [reference(Problem), {"properties": {"code": {"enum": codes}}}]}
    return {
        "description": "; ".join(f"`{code}`: {REFUSALS[code][1]}" for code in codes),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {PROBLEM: {"schema": schema, "examples": {code: {"value": _example(code)} for code in codes}}},
    }


def _example(code: str) -> Schema:
    status, means = REFUSALS[code]
    return {"type": "about:blank", "title": _title(code, status), "status": status, "detail": means, "code": code}


def _title(code: str, status: int) -> str:
    """The title of the refusals with this code: of their own class, else of the one with their status."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.Refusal)]
    named = [each.title for each in kinds if each.code == code] or [
        each.title for each in kinds if each.status == status
    ]
    return named[0] if named else "Internal Server Error"
