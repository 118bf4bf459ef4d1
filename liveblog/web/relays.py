"""The API for relays (docs/relay.md): what they read, and the figures they bring. On a relay: all else is refused."""

from __future__ import annotations

import hmac
import re
import time

import msgspec
from flask import Flask, Response, request

from ..errors import Forbidden, Invalid, NotFound, NotSignedIn
from ..model import Position
from ..protocol import asked
from ..push.exchange import Report
from ..relay.wire import PROCESS, Nights, Site, Thanks, state_of
from ..relay.wire import Report as RelayReport
from ..timeline import Timeline
from . import answers
from .site import services

LONGEST_WAIT = 25

blueprint = answers.blueprint("relays", __name__, "public", "/api/v1", take_reports="private")


@blueprint.get("/relay")
def nights() -> Response:
    """What the settings say of the site, and the public blogs that changed after number `after` of its changes."""
    after = request.args.get("after", "")
    if after and not re.fullmatch(r"[0-9]{1,15}", after):
        raise Invalid("after must be the number of a change", field="after")
    number, anew, changed = services().catalogue.news(int(after) if after else -1)
    public = [night for night in changed if night.blog.is_public]
    said = Nights(site=_site(), number=number, anew=anew, nights=public, total=len(services().nights()))
    return answers.conditional(answers.json(said))


def _site() -> Site:
    here = services()
    if here.relay is None:
        own = here.own_settings
        return Site(base_url=own.base_url, publisher=own.publisher, publisher_logo=own.publisher_logo, hub=own.hub)
    if here.relay.source.site is None:
        here.relay.source.ready()  # raises `Unavailable`
    assert here.relay.source.site is not None
    return here.relay.source.site  # not the relay's own address: the origin's pages have one


@blueprint.get("/blogs/<slug>/relay")
def state(slug: str) -> Response:
    """What came after a position, for a relay; `wait` is how many seconds to wait for something."""
    position, wait = asked(request.args), request.args.get("wait", "0")
    if not re.fullmatch(r"[0-9]{1,2}", wait) or int(wait) > LONGEST_WAIT:
        raise Invalid(f"wait must be a whole number of seconds up to {LONGEST_WAIT}", field="wait")
    timeline = services().public(slug)
    if position is not None and position.epoch == timeline.epoch and position.seq > timeline.seq:
        services().tails.reach(slug, position.seq)  # another process was asked before, which is a moment ahead
        timeline = services().public(slug)
    if int(wait) and timeline.is_at(position):
        services().tails.wait(slug, timeline.position, float(wait))
        timeline = services().public(slug)
        return answers.json(state_of(timeline, position), Cache_Control=answers.MINE)
    return _cached(timeline, position)


def _cached(timeline: Timeline, position: Position | None) -> Response:
    headers = answers.headers(Content_Type="application/json")
    return services().responses.answer(timeline, lambda: msgspec.json.encode(state_of(timeline, position)), headers)


# -- figures


@blueprint.put("/relay/reports")
def take_reports() -> Response:
    """Count the readers of relays that know LIVEBLOG_RELAY_TOKEN."""
    _check_token()
    try:
        reports = msgspec.json.decode(request.get_data(), type=list[RelayReport])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid(f"these are no reports: {error}", code="not_json") from None
    for each in reports:
        if PROCESS.fullmatch(each.process) and _is_public(each.blog):
            said = Report(readers=each.readers, last=each.last)
            services().desk_channel.relayed(each.blog, each.process, said, each.delivered)
    return answers.json(Thanks(now=round(1000 * time.time())))


def _check_token() -> None:
    token, sent = services().own_settings.relay_token, request.headers.get("Authorization", "").encode()
    if token is None:
        raise Forbidden("LIVEBLOG_RELAY_TOKEN is not set here, so that no relay's readers are counted")
    if not hmac.compare_digest(sent, f"Bearer {token}".encode()):
        raise NotSignedIn("this is not LIVEBLOG_RELAY_TOKEN")


def _is_public(slug: str) -> bool:
    try:
        return services().public(slug) is not None
    except NotFound:
        return False


# -- on a relay


def install(app: Flask) -> None:
    """Refuse on a relay whatever is not for readers, before any feature sees the request."""
    app.before_request(_refuse)


def _refuse() -> None:
    here, takes = services(), f"{blueprint.name}.{take_reports.__name__}"
    if here.relay is None or request.method == "OPTIONS" or request.endpoint == takes:
        return
    if answers.kind() in ("desk", "private") or request.method not in ("GET", "HEAD"):
        raise here.read_only()
