"""The application: `create_app` only assembles; nothing happens on import."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import gevent
from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from gevent.lock import BoundedSemaphore
from werkzeug.exceptions import HTTPException

from . import drafts
from .config import Settings
from .errors import Refusal
from .front import Front
from .model import Change, Draft, ref_of
from .push.catalogue import Catalogue
from .push.desk import Desk
from .push.guests import Guests
from .push.herald import Herald, publish
from .push.packets import DESK
from .push.schedule import Schedule
from .push.sockets import Carrier, Sockets
from .push.stock import Stock, socket_server
from .push.switchboard import Switchboard
from .push.tail import Tails
from .push.transport import Transport
from .store.chronicle import Chronicle
from .store.people import People
from .store.pictures import Pictures
from .store.redis import Store, request_key
from .timeline import Timeline
from .web import (
    api,
    auth,
    cards,
    desk,
    embed,
    feeds,
    media,
    ops,
    people,
    reader,
    record,
    render,
    setup,
    sitemap,
    static,
)
from .web import drafts as web_drafts
from .web.ready import Ready

LARGEST_BODY = 64 * 1024
"""Bytes of a request's body."""
HASHES = 2
"""Passwords that a process hashes at once: each takes 64 MiB and a core; more would only take them from the readers."""


@dataclass(frozen=True, kw_only=True)
class House:
    """What a process works with; `app.extensions["liveblog"]`."""

    settings: Settings
    store: Store
    tails: Tails
    desk_tails: Tails
    desk: Desk
    schedule: Schedule
    catalogue: Catalogue
    sockets: Sockets
    people: People
    pictures: Pictures
    ready: Ready
    front: Front | None
    herald: Herald | None
    chronicle: Chronicle
    aside: Callable[..., Any]
    """Calls a function with arguments in a thread, and waits without keeping others waiting."""
    hashing: Callable[..., Any]
    """The same for what hashes a password, a few at once."""

    def timelines(self) -> list[Timeline]:
        """Every blog that can be served; while storage is away, those that were known before."""
        found = []
        for slug in self.catalogue.slugs():
            with suppress(Refusal):  # deleted, or not loadable just now
                found.append(self.tails.timeline(slug))
        return found


def create_app(
    settings: Settings | None = None,
    store: Store | None = None,
    *,
    follow: Callable[[Callable[[], None]], object] = gevent.spawn,
) -> Flask:
    """Assemble the application on a running storage; `follow` runs what keeps a blog's memory up to date."""
    settings = settings or Settings.from_environ(os.environ)
    if store is None:
        if settings.redis_url is None:
            from .store.embedded import ensure

            url = ensure(settings.data).url
        else:
            url = settings.redis_url
        store = Store(url, replicas=settings.replicas, stream_length=settings.stream_length)
    app = Flask(__name__, template_folder=render.assets("templates"), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["LANGUAGE"] = settings.language
    app.json.sort_keys = False  # type: ignore[attr-defined]
    sockets = Sockets(render.present)
    herald = _herald(settings, store, lambda: built.timelines())

    def deliver(slug: str, change: Change | None, timeline: Timeline | None) -> None:
        if herald is not None:
            herald.note(slug)
        line.deliver("public", slug, change, timeline)
        sockets.deliver(slug, change, timeline)

    tails = Tails(store, deliver, follow)
    desk_tails = Tails(store, lambda *what: line.deliver("desk", *what), follow, scope="desk")
    carrier, server = _carrier(app, settings, sockets)
    sockets.tails, sockets.carrier = tails, carrier
    records = People(store)
    line = Desk(
        server,
        carrier,
        {"public": tails, "desk": desk_tails},
        render.present,
        lambda cookie, token: auth.recognised(records, cookie=cookie, token=token),
        store.share,
    )
    server.manager.joined[DESK] = line.joined
    ready = Ready(tails.position, settings.base_url)
    built = app.extensions["liveblog"] = House(
        settings=settings,
        store=store,
        tails=tails,
        catalogue=Catalogue(store, gevent.spawn),
        sockets=sockets,
        people=records,
        pictures=_pictures(settings, store),
        desk_tails=desk_tails,
        desk=line,
        schedule=_schedule(store, tails, desk_tails),
        ready=ready,
        front=Front(settings, sockets, sockets.carrier, ready) if isinstance(sockets.carrier, Transport) else None,
        herald=herald,
        chronicle=Chronicle(store),
        aside=_aside,
        hashing=_in_turn(_aside, HASHES),
    )
    for room in (reader, feeds, cards, embed, sitemap, api, web_drafts, media, record, auth, desk, people, setup, ops):
        app.register_blueprint(room.blueprint)
    static.install(app)
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Refusal, reader.refuse)  # where a room has no way of its own to say it
    return app


def _aside(call: Callable[..., Any], *arguments: Any) -> Any:
    """What it raises is brought back by hand: gevent would print each refusal of a password as a traceback first."""

    def caught() -> tuple[Any, Exception | None]:
        try:
            return call(*arguments), None
        except Exception as error:
            return None, error

    result, error = gevent.get_hub().threadpool.apply(caught)
    if error is not None:
        raise error
    return result


def _in_turn(run: Callable[..., Any], many: int) -> Callable[..., Any]:
    """`run`, at most `many` times at once."""
    turns = BoundedSemaphore(many)

    def wait_and_run(call: Callable[..., Any], *arguments: Any) -> Any:
        with turns:
            return run(call, *arguments)

    return wait_and_run


def _pictures(settings: Settings, store: Store) -> Pictures:
    """A directory that LIVEBLOG_MEDIA names keeps them itself; for a bucket, files near by stand in front of it."""
    near = (settings.media or "").removeprefix("file://") if (settings.media or "").startswith("file://") else ""
    return Pictures(
        store,
        Path(near) if near else settings.data / "media",
        None if near else settings.media,
        lambda: settings.secret_key.encode() if settings.secret_key else People(store).secret(),
        settings.media_pixels,
    )


def _herald(settings: Settings, store: Store, blogs: Callable[[], list[Timeline]]) -> Herald | None:
    """Who tells the hub; nobody where there is none."""
    hub = settings.hub
    if hub is None:
        return None

    def topics(slug: str) -> list[str]:
        return [f"{settings.base_url}/live/{slug}/feed.{kind}" for kind in ("atom", "json")]

    return Herald(store, blogs, topics, lambda topic: publish(hub, topic))


def _schedule(store: Store, tails: Tails, desk_tails: Tails) -> Schedule:
    def publish(slug: str, draft: Draft) -> None:
        store.perform(
            slug,
            lambda view: drafts.publish(view, slug, draft.id),
            by=draft.editor or draft.author,
            key=request_key("schedule", draft.id, str(draft.seq)),
            if_match=(ref_of(draft), draft.seq),
            note={"act": "publish_draft", "scheduled": True},
        )

    return Schedule(store.scheduled, desk_tails.timeline, tails.timeline, store.now, publish)


def _carrier(app: Flask, settings: Settings, sockets: Sockets) -> tuple[Carrier, Any]:
    """How readers are reached: the fast transport with Flask-SocketIO beside it, or that alone; and its server."""
    if settings.push == "stock" or not Switchboard.possible():
        stock = Stock(app, settings, sockets)
        return stock, stock.server
    server = socket_server(app, settings).server
    guests = Guests(server.eio, {"flask.app": app})
    transport = Transport(settings, sockets, guests)
    guests.board = transport.board
    return transport, server


def _refuse(error: HTTPException) -> ResponseReturnValue:
    """Addresses that no room knows: a problem under /api/, a page elsewhere."""
    return api.problem_of(error) if request.path.startswith("/api/") else reader.error_page(error)


def house() -> House:
    """The house of the current application."""
    return cast(House, current_app.extensions["liveblog"])
