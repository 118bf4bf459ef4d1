"""Each request that Flask answers has an id and is measured, under the name of its route.

The id is in every line of the log that the request causes, and in its answer. Answers that caches may keep for others
have none.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType

from flask import Flask, Response, request

from ..watch import counts, logs, telemetry
from .site import services

log = logging.getLogger(__name__)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SAFE = ("GET", "HEAD", "OPTIONS")
_began: ContextVar[float] = ContextVar("began")
_ID = re.compile(r"[A-Za-z0-9._~+/=:@-]{8,128}")


class App(Flask):
    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Flask's line has the address, and that of a one-time link is a secret."""
        log.error("%s %s failed", _method(), route(), exc_info=exc_info)


def install(app: Flask) -> None:
    """Observe all requests, from before anything else runs until their answer is complete: call it first."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_leave)


def _begin() -> None:
    _began.set(time.perf_counter())
    values: Mapping[str, object] = request.view_args or {}
    logs.begin(request=_id(), route=route())
    if "slug" in values:
        logs.add(blog=values["slug"])
    telemetry.begin(f"{_method()} {route()}", request.headers.get("traceparent", ""))


def _id() -> str:
    """The id that one of our proxies gave the request, or a new one; `http/proxies.py` drops that of anybody else."""
    said = request.headers.get("X-Request-Id", "")
    return said if _ID.fullmatch(said) else secrets.token_hex(8)


def _end(answer: Response) -> Response:
    took = time.perf_counter() - _began.get()
    counts.requests.observe(took, route(), _method(), f"{answer.status_code // 100}xx", "flask")
    telemetry.end(
        http_request_method=_method(),
        http_route=route(),
        http_response_status_code=answer.status_code,
        liveblog_request=str(logs.known("request")),
        liveblog_change=str(logs.known("change") or ""),
    )
    newsroom = services().newsroom
    if newsroom is not None and answer.status_code == 503 and request.method not in SAFE:
        newsroom.store.health.refused()
    if "public" not in answer.headers.get("Cache-Control", ""):
        answer.headers["X-Request-Id"] = str(logs.known("request"))
    level = logging.INFO if logs.known("change") or logs.known("refused") else logging.DEBUG
    if log.isEnabledFor(level):
        logs.add(status=answer.status_code, ms=round(1000 * took, 1))
        log.log(level, "%s %s", _method(), route())
    return answer


def _leave(error: BaseException | None) -> None:
    telemetry.end()  # where no answer was made


def route() -> str:
    """The name of the request's route. A read that waits for a change has one of its own: it is slow on purpose."""
    name = request.endpoint or "none"
    return f"{name}.wait" if request.args.keys() & {"wait", "cursor"} else name


def _method() -> str:
    return request.method if request.method in METHODS else "other"
