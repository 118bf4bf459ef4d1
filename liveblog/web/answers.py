"""What all HTTP answers share: the headers of their kind, refusals, conditional requests, the rights of other sites.

A feature makes its blueprint here and names the kind of its answers; `install` does the rest for all features. The
front door, which answers without Flask, uses the same table of headers.
"""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from flask import Blueprint, Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.sansio.app import App
from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from .. import cache_tags
from ..errors import (
    Forbidden,
    Gone,
    NotFound,
    NotSignedIn,
    NoUpgrade,
    OutOfScope,
    ReadOnly,
    Refusal,
    TooLarge,
    TooMany,
    TooSlow,
    Unavailable,
)
from ..http.request_head import written
from ..i18n import N_
from ..protocol import once
from ..watch import counts, logs
from . import markdown_blocks

Kind = Literal["page", "frame", "desk", "public", "private", "feed", "asset", "picture", "card", "stream", "operation"]
"""The kinds of answers: a readers' page, the frame for other sites, a page of the desk, the API's public reads, its
other answers, a feed (or a list for crawlers), a script or style, a picture, a share card, an event stream, figures
for operators."""

FRESH = "public, max-age=1, must-revalidate"
"""For content that can be retracted or recalled: a proxy, CDN or browser may cache it for at most a second."""
FOREVER = "public, max-age=31536000, immutable"
DELETABLE = "public, max-age=86400, s-maxage=60, immutable"
"""For content that never changes but may be deleted: a proxy asks again after a minute, a browser after a day."""
BURIED = "public, max-age=60"
"""For a 410: a cache that keeps it drops what it had."""
MINE = "no-store"
"""For content that is private or soon out of date."""
HTML = "text/html; charset=utf-8"
AGAIN = range(5, 20)
"""Seconds, at random, after which a page that cannot be read now loads itself again: all readers wait at once."""

_OWN = "'self'"
_PAGE_POLICY = {
    "default-src": _OWN,
    "object-src": "'none'",
    "connect-src": "'self' ws: wss:",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-src": markdown_blocks.policy(),
    "frame-ancestors": "'self'",
}
_FRAME_POLICY = _PAGE_POLICY | {"base-uri": "'self'", "frame-ancestors": "*"}
_DESK_POLICY = {
    "default-src": "'self'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}


def _policy(directives: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def frame_policy(style: str) -> str:
    """The Content-Security-Policy of a frame with one more inline style, which it allows by its hash."""
    return _policy(_FRAME_POLICY | {"style-src": f"{_FRAME_POLICY.get('style-src', _OWN)} {_hashed(style)}"})


_TYPED = {"X-Content-Type-Options": "nosniff"}
_NO_PAGE = _TYPED | {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""Whoever opens it by itself gets no page that loads, runs or can be framed."""
_OPEN = _NO_PAGE | {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Location, Retry-After",
}
"""Pages of every site may read it, but without their visitors' cookies: browsers take `*` to mean that."""
_SHOWN = _OPEN | {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Pages of every site may also show it, including pages that isolate themselves."""
_PICTURE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
_READ = _TYPED | {"Cache-Control": FRESH, "Referrer-Policy": "strict-origin-when-cross-origin"}

HEADERS: dict[Kind, dict[str, str]] = {
    "page": _READ | {"Content-Security-Policy": _policy(_PAGE_POLICY)},
    "frame": _READ | {"Content-Security-Policy": _policy(_FRAME_POLICY), "X-Robots-Tag": "noindex"},
    "desk": _TYPED
    | {
        "Cache-Control": MINE,
        "X-Robots-Tag": "noindex",
        "Content-Security-Policy": _policy(_DESK_POLICY),
        # The one-time link's address must not leak, but forms need an origin that can be checked.
        "Referrer-Policy": "same-origin",
    },
    "public": _OPEN | {"Cache-Control": FRESH},
    "private": _OPEN | {"Cache-Control": MINE},
    "feed": _OPEN | {"Cache-Control": FRESH},
    "asset": _SHOWN | {"Cache-Control": "no-cache"},
    "picture": _SHOWN | {"Cache-Control": DELETABLE, "Content-Security-Policy": _PICTURE_POLICY},
    "card": _SHOWN | {"Cache-Control": FRESH},
    "stream": _OPEN | {"Cache-Control": MINE, "X-Accel-Buffering": "no"},
    "operation": _NO_PAGE | {"Cache-Control": MINE},
}
"""The headers of each kind, unless an answer sets them itself."""


MOST_GROUPS = 32
"""Groups in one answer that every cache must support (RFC 9875, 2)."""
TAGGED: tuple[Kind, ...] = ("page", "frame", "public", "feed", "picture", "card")
"""The kinds whose answers have cache tags, unless nobody may keep them."""


def allow_inline(style: str, scripts: Sequence[str]) -> None:
    """Let readers' pages and frames contain these texts inline, by their hashes; any other one stays forbidden."""
    own = {"style-src": f"{_OWN} {_hashed(style)}", "script-src": " ".join([_OWN, *map(_hashed, scripts)])}
    policies: dict[Kind, dict[str, str]] = {"page": _PAGE_POLICY, "frame": _FRAME_POLICY}
    for kind, policy in policies.items():
        policy.update(own)
        HEADERS[kind]["Content-Security-Policy"] = _policy(policy)


_PREFLIGHT = {
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
    ),
    "Access-Control-Max-Age": "7200",
}


# -- kinds


def blueprint(name: str, module: str, kind: Kind, url_prefix: str | None = None, **views: Kind) -> Blueprint:
    """A feature's blueprint, whose answers are of one kind; `views` maps the names of exceptions to their kinds."""
    made = Blueprint(name, module, url_prefix=url_prefix)
    made.before_request(_each_once)
    kinds = {name: kind} | {f"{name}.{view}": other for view, other in views.items()}
    made.record_once(lambda state: _kinds(state.app).update(kinds))
    return made


def _each_once() -> None:
    """Refuse what names a parameter of the API twice."""
    if request.path.startswith("/api/"):
        once(name for name, _ in request.args.items(multi=True))


def name_kind(app: Flask, endpoint: str, kind: Kind) -> None:
    """Set the kind of an endpoint outside of blueprints."""
    _kinds(app)[endpoint] = kind


def _kinds(app: App) -> dict[str, Kind]:
    """The kinds of answers by endpoint or blueprint."""
    found: dict[str, Kind] = app.extensions.setdefault("liveblog.kinds", {})
    return found


def kind() -> Kind:
    """The kind of the answer to this request. For an address of no feature it is the API's or a page's."""
    kinds, endpoint = _kinds(current_app), request.endpoint or ""
    found = kinds.get(endpoint) or kinds.get(endpoint.rpartition(".")[0])
    return found or ("public" if request.path.startswith("/api/") else "page")


def headers(post: str | None = None, **more: str) -> dict[str, str]:
    """The headers of the answer to this request, and `more` (with _ for -); `post` is the only post that it shows."""
    return HEADERS[kind()] | cache_tags.fields(*_tags(post)) | _named(more)


def _tags(post: str | None = None) -> list[str]:
    """The cache tags of this request's resource: of its blog, post or picture, else of the site's lists."""
    values = request.view_args or {}
    if "slug" not in values:
        return [cache_tags.of_picture(values["name"]) if kind() == "picture" else cache_tags.SITE]
    slug, id = values["slug"], post or values.get("id")
    return [cache_tags.of_blog(slug), *([cache_tags.of_post(slug, id)] if id else [])]


def tag(answer: Response, *tags: str) -> Response:
    """The answer with these cache tags, if its address does not name what it shows."""
    answer.headers.update(cache_tags.fields(*tags))
    return answer


def _named(fields: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in fields.items()}


def install(app: Flask) -> None:
    """Give all answers and refusals the headers and form of their kinds, and answer preflights."""
    app.register_error_handler(Refusal, refuse)
    app.register_error_handler(HTTPException, _refuse)
    app.after_request(_complete)


def _complete(answer: Response) -> Response:
    for name, value in HEADERS[kind()].items():
        answer.headers.setdefault(name, value)
    if kind() in TAGGED and answer.headers["Cache-Control"] != MINE:
        for name, value in cache_tags.fields(*_tags()).items():
            answer.headers.setdefault(name, value)
    if tags := g.get("outdated"):
        answer.headers[cache_tags.INVALIDATION] = cache_tags.groups(*tags)
    if answer.location is not None:  # Flask's own redirects name a host, which may be one that only a proxy knows
        answer.location = re.sub(r"^https?://[^/]*", "", answer.location)
    if request.method == "OPTIONS" and "Access-Control-Allow-Origin" in answer.headers:
        answer.headers.update(_PREFLIGHT)
        answer.headers["Access-Control-Allow-Methods"] = answer.headers.get("Allow", "GET")
    return answer


# -- answers


def json(value: object, status: int = 200, **more: str) -> Response:
    """`value` as JSON; `more` headers (with _ for -)."""
    answer = Response(msgspec.json.encode(value), status=status, mimetype="application/json")
    answer.headers.update(_named(more))
    return answer


def conditional(answer: Response, tag: str | None = None) -> Response:
    """The answer with an ETag (`tag`, or a hash of its bytes); 304 for a client that has it."""
    if tag is not None:
        answer.set_etag(tag)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def stream_head(cache: str = MINE) -> bytes:
    """The head of an event stream, without framing. The stream ends with its connection."""
    fields = {"Content-Type": "text/event-stream; charset=utf-8"} | HEADERS["stream"]
    fields |= {"Cache-Control": cache, "Connection": "close"}
    return written(200, fields)


def outdate(*tags: str) -> None:
    """Have caches on the way of the answer to this write drop what has these tags (RFC 9875, 3)."""
    g.outdated = [*dict.fromkeys([*g.get("outdated", []), *tags])][:MOST_GROUPS]


# -- refusals


def problem(no: Refusal, kind: Kind) -> tuple[dict[str, str], bytes]:
    """A refusal as an RFC 9457 problem: all header fields but the length, and the body."""
    fields = HEADERS[kind] | {"Content-Type": "application/problem+json"} | _of_refusal(no)
    return fields, msgspec.json.encode(no.problem())


def _of_refusal(no: Refusal) -> dict[str, str]:
    """The header fields of a refusal, whatever its body."""
    fields = {"Cache-Control": BURIED if isinstance(no, Gone) else MINE}
    if no.retry_after is not None:
        fields["Retry-After"] = str(no.retry_after)
    if no.status == 401:
        fields["WWW-Authenticate"] = 'Bearer realm="liveblog"'
    if isinstance(no, OutOfScope):  # as RFC 6750 names it
        scope = f', scope="{no.scope}"' if no.scope else ""
        fields["WWW-Authenticate"] = f'Bearer realm="liveblog", error="{no.code}"{scope}'
    if isinstance(no, NoUpgrade):
        fields |= {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    return fields


def refuse(no: Refusal) -> BaseResponse:
    """A refusal in the form of the requested kind: a problem for programs, a page for people."""
    counts.errors.add(no.code, str(no.status))
    if isinstance(no, Forbidden) and no.code != "csrf":  # who is refused so is signed in: nobody else fills the log
        logs.add(refused=no.code)
    asked = kind()
    if asked == "desk" and not _asked_by_script():
        return _desk_page(no)
    if asked in ("desk", "public", "private", "picture", "stream", "operation"):
        fields, body = problem(no, asked)
        return Response(body, status=no.status, headers=fields)
    said = {
        NotFound: (N_("There is no such page"), N_("Nothing was published at this address.")),
        Unavailable: (N_("One moment, please"), N_("The page comes back by itself as soon as it can be read again.")),
    }
    title, detail = said.get(type(no), (no.title, no.detail))
    again = random.choice(AGAIN) if isinstance(no, Unavailable) and request.method == "GET" else None
    page = render_template("error.html", title=title, detail=detail, again=again)
    fields = (
        HEADERS[asked] | HEADERS["frame" if asked == "frame" else "page"] | {"Content-Type": HTML} | _of_refusal(no)
    )
    return Response(page, status=no.status, headers=fields)


def _desk_page(no: Refusal) -> BaseResponse:
    """A refusal as a page of the desk. If the person is signed out, it is the sign-in page, which leads back."""
    if isinstance(no, NotSignedIn) and request.method == "GET":
        return redirect(url_for("auth.sign_in_page", next=request.path))
    titles = {
        NotFound: "There is no such page",
        ReadOnly: "The desk is at the origin",
        Forbidden: "Not allowed",
        NotSignedIn: "You are signed out",
        TooMany: "Too many tries",
        Unavailable: "One moment, please",
    }
    title = next((text for each, text in titles.items() if isinstance(no, each)), no.title)
    desk = f"{no.origin}/desk/" if isinstance(no, ReadOnly) else url_for("desk.blogs")
    page = render_template("desk/refused.html", title=title, error=no, desk=desk)
    return make_response(page, no.status, _of_refusal(no))


def _asked_by_script() -> bool:
    kinds = ["text/html", "application/json"]
    return request.is_json or request.accept_mimetypes.best_match(kinds) == "application/json"


def _refuse(error: HTTPException) -> BaseResponse:
    """Answer Flask's own refusals: unknown address, wrong method, body too large …"""
    answer = refuse(_refusal(error))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def broken_body(error: Exception) -> BaseResponse:
    """Answer a request whose chunks could not be read (RFC 9112, 7.1)."""
    return refuse(Refusal("the chunks of the request's body are broken", code="broken_body"))


def _refusal(error: HTTPException) -> Refusal:
    detail = error.description or error.name
    if error.code == 404:
        calls = f": {request.root_path}/api/ lists the calls" if request.path.startswith("/api/") else ""
        return NotFound(f"there is nothing at this address{calls}")
    if isinstance(error, MethodNotAllowed):
        there = ", ".join(sorted(error.valid_methods or ()))
        detail = f"{request.method} is not possible at this address, only {there}"
    if error.code == 413:
        most = request.max_content_length or 0
        return TooLarge(f"a request's body may have at most {most // 1024} KiB here")
    if isinstance(error, ClientDisconnected):  # or one that `http/connection.py` waited for: it can read the answer
        return TooSlow("the request's body did not come in time")
    no = Refusal(detail, code=re.sub(r"\W+", "_", error.name).lower())
    no.status, no.title = error.code or 500, error.name
    return no
