"""For operators: `/healthz` (the process answers), `/readyz` (readers may be sent here), `/metrics`.

It also explains why there is no websocket when a handshake did not come through the front door.
"""

from __future__ import annotations

from typing import NoReturn

from flask import Response, request

from ..errors import NoUpgrade, Unavailable
from . import answers
from .site import services

blueprint = answers.blueprint("ops", __name__, "operation", no_websocket="stream")


@blueprint.get("/healthz")
def healthz() -> Response:
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    try:
        said = services().ready()
    except Unavailable as no:
        return Response(f"{no.detail}\n", status=503, mimetype="text/plain", headers={"Retry-After": "1"})
    return Response(f"{said}\n", mimetype="text/plain")


@blueprint.get("/socket.io/")
@blueprint.get("/socket.io/", websocket=True)
def no_websocket() -> NoReturn:
    raise NoUpgrade("a handshake needs a head of at most 16 KiB, and `liveblog serve`")


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures of all web processes of this server; docs/watching.md explains each."""
    text, content_type = services().metrics.text(request.headers.get("Accept", ""))
    return Response(text, content_type=content_type)
