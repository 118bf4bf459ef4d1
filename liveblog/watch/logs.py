"""The log's lines: one for each event, as text or as JSON, with what is known of the request that caused it.

No line has the text of a post, a secret, or the address of a reader.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

import msgspec

log = logging.getLogger(__name__)

Format = Literal["text", "json"]
_NOTHING: Mapping[str, object] = {}
_about: ContextVar[Mapping[str, object]] = ContextVar("about", default=_NOTHING)
"""What is known of the current request, in its greenlet."""


def begin(**about: object) -> None:
    """Forget the request before on this connection; `about` belongs to all lines of the new one."""
    _about.set(about)


def add(**about: object) -> None:
    """Add to what is known of the current request."""
    _about.set({**_about.get(), **about})


def known(name: str) -> object:
    """What is known of the current request under this name; None if nothing is."""
    return _about.get().get(name)


class Text(logging.Formatter):
    """`time LEVEL logger: message (request=… blog=…)`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        about = " ".join(f"{name}={value}" for name, value in _about.get().items())
        return super().formatMessage(record) + (f" ({about})" if about else "")


class Json(logging.Formatter):
    """One JSON object: `time` (RFC 3339, UTC), `level`, `logger`, `process`, `message`, what is known, `traceback`."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": _encodable(record.getMessage()),
            **_about.get(),
        }
        if record.exc_info:
            fields["traceback"] = _encodable(self.formatException(record.exc_info))
        return msgspec.json.encode(fields).decode()


def _encodable(text: str) -> str:
    """The text without halves of characters, which UTF-8 does not have."""
    return text.encode(errors="backslashreplace").decode()


def install(level: str, format: Format) -> None:
    """Write this program's lines, from `level` on, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if format == "json" else Text())
    ours = logging.getLogger("liveblog")  # not the root logger: the libraries that use it have their own handlers
    ours.handlers = [handler]
    ours.setLevel(level.upper())


def adopt(logger: str) -> None:
    """Write a library's lines in JSON too, if this program's are. Its text has a form of its own."""
    if _is_json():
        for handler in logging.getLogger(logger).handlers:
            handler.setFormatter(Json())


def say(text: str) -> None:
    """Say something to the person who started the program; in JSON it is a line like all others."""
    if _is_json():
        log.warning("%s", text)
    else:
        print(text, file=sys.stderr, flush=True)


def _is_json() -> bool:
    return any(isinstance(handler.formatter, Json) for handler in logging.getLogger("liveblog").handlers)
