"""The description of what readers and the desk are sent (AsyncAPI 3): Socket.IO's two namespaces, and event streams."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..push.packets import DESK, LIVE
from . import replies
from .schemas import Schema, components, reference

ABOUT = """Changes as they are committed. docs/protocol.md has the rules by which a client applies them. A Socket.IO
event is an EVENT packet of its namespace: its name, and one payload. Only the websocket transport is served."""

SENT: dict[str, dict[str, Any]] = {
    "live": {"sync": replies.Sync, "change": replies.Change, "head": replies.Head, "bye": replies.Bye},
    "desk": {
        "sync": replies.DeskSync,
        "change": replies.DeskChange,
        "head": replies.DeskHead,
        "presence": replies.Presence,
        "figures": replies.Figures,
    },
    "stream": {"message": replies.CatchUp},
}
"""By channel, the events that the server sends, with the structs of their payloads."""
HEARD: dict[str, dict[str, Any]] = {
    "live": {"connect": replies.Introduction},
    "desk": {"connect": replies.DeskIntroduction, "editing": replies.Editing},
    "stream": {},
}
"""What clients send."""
REFUSED = {"connect_error": replies.ConnectError}
CHANNELS = {
    "live": ("/socket.io/", f"The namespace `{LIVE}`, which needs no sign-in."),
    "desk": ("/socket.io/", f"The namespace `{DESK}`, for people and programs with a role at the blog."),
    "stream": ("/api/v1/blogs/{slug}/stream", "Server-sent events; each has the position after it as its `id`."),
}


def _sent(channel: str) -> dict[str, Any]:
    return SENT[channel] | ({} if channel == "stream" else REFUSED)


def document(version: str, base: str) -> Schema:
    """The description of this version, at the site with this address."""
    parts = urlsplit(base)
    structs = [each for channel in CHANNELS for each in [*_sent(channel).values(), *HEARD[channel].values()]]
    operations: dict[str, Schema] = {}
    for channel in CHANNELS:
        operations |= {f"{channel}_{name}": _operation("send", channel, name) for name in _sent(channel)}
        operations |= {f"{channel}_{name}": _operation("receive", channel, name) for name in HEARD[channel]}
    secure = "s" if parts.scheme == "https" else ""
    where = {"host": parts.netloc or "localhost", "pathname": parts.path or "/"}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Live blog", "version": version, "description": ABOUT, "license": {"name": "MIT"}},
        "defaultContentType": "application/json",
        "servers": {
            "sockets": {**where, "protocol": f"ws{secure}"},
            "streams": {**where, "protocol": f"http{secure}"},
        },
        "channels": {name: _channel(name) for name in CHANNELS},
        "operations": operations,
        "components": {"schemas": components(structs)},
    }


def _channel(name: str) -> Schema:
    address, says = CHANNELS[name]
    messages = {
        event: {"name": event, "title": event, "payload": reference(struct), "examples": _examples(struct)}
        for event, struct in {**_sent(name), **HEARD[name]}.items()
    }
    server = "streams" if name == "stream" else "sockets"
    said: Schema = {"address": address, "description": says, "messages": messages}
    said["servers"] = [{"$ref": f"#/servers/{server}"}]
    if name == "stream":
        said["parameters"] = {"slug": {"description": "The blog's address."}}
    return said


def _examples(struct: Any) -> list[Schema]:
    return [{"payload": replies.EXAMPLES[struct.__name__]}]


def _operation(action: str, channel: str, event: str) -> Schema:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{event}"}],
    }
