"""The application: `create_app` only assembles; nothing happens on import."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gevent
import msgspec
from flask import Flask

from . import __version__, drafts
from .config import Settings
from .hashing import HashQueue
from .http.front_door import FrontDoor
from .http.proxies import Outside, Proxies
from .http.response_cache import ResponseCache
from .identity.provider import Provider
from .model import Draft, ref_of
from .push.backups import Backups
from .push.backups import make as make_backup
from .push.caches import Cache, tell
from .push.catalogue import Catalogue, SummarySource
from .push.catch_ups import CatchUps
from .push.desk import DeskChannel
from .push.engineio_bridge import EngineBridge, socket_server
from .push.exchange import Exchange, ReportExchange
from .push.listeners import DeskListener, ReadersListener
from .push.packets import MESSAGE_BYTES
from .push.purges import CachePurger
from .push.schedule import Schedule
from .push.switchboard import Handlers, Switchboard
from .push.tail import LogReader, LogSource, Tails
from .push.transport import Transport
from .push.webhooks import WebhookSender
from .push.websub import HubNotifier, publish
from .relay.origin import Origin
from .relay.pictures import PictureCopies
from .relay.reports import Reports
from .relay.source import Source
from .scopes import Scope
from .services import Newsroom, Relay, Services
from .store.audit_index import AuditIndex
from .store.commits import Store, request_key
from .store.people import People
from .store.pictures import Pictures
from .store.takedowns import Takedowns
from .store.webhooks import Webhooks
from .threads import Threads
from .timeline import Summary, Timeline
from .watch import logs
from .watch.gauges import Gauges
from .watch.metrics import Metrics
from .web import (
    answers,
    api,
    audit,
    auth,
    caches,
    cards,
    described,
    desk,
    embed,
    feeds,
    incoming,
    keeping,
    media,
    ninjs,
    observing,
    oidc,
    ops,
    people,
    programs,
    reader,
    relays,
    render,
    rss,
    second_factor,
    setup,
    sign_in,
    sitemap,
    static,
    takedowns,
    webhooks,
    winners,
    writing,
)
from .web import drafts as web_drafts

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
"""Bytes of a request's body."""
HASHES = 2
"""How many passwords a process hashes at once. Each takes 64 MiB and a core, which readers need too."""
FEATURES = (
    reader,
    feeds,
    rss,
    ninjs,
    winners,
    cards,
    embed,
    sitemap,
    api,
    web_drafts,
    media,
    caches,
    takedowns,
    audit,
    described,
    sign_in,
    second_factor,
    oidc,
    desk,
    people,
    programs,
    webhooks,
    incoming,
    setup,
    keeping,
    ops,
    relays,
)


def create_app(
    settings: Settings | None = None,
    store: Store | None = None,
    *,
    follow: Callable[[Callable[[], None]], object] = gevent.spawn,
    prefix: str | None = None,
) -> Flask:
    """Assemble the application on a running storage, or with LIVEBLOG_RELAY_FROM on another liveblog; `follow` starts
    the loop that keeps blogs in memory up to date.

    Addresses begin with `prefix`, by default the path of LIVEBLOG_BASE_URL.
    """
    settings = settings or Settings.from_environ(os.environ)
    prefix = settings.prefix if prefix is None else prefix
    app = observing.App(__name__, template_folder=render.assets("templates"), static_folder=None)
    app.request_class = writing.Request
    proxies = Proxies(settings.proxies)
    app.wsgi_app = Outside(app.wsgi_app, proxies, prefix)  # type: ignore[method-assign]
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["LANGUAGE"] = settings.language
    app.config["VERSION"] = __version__
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # a letter takes two or three bytes instead of six
    home = _relay(settings) or store or _store(settings)
    app.extensions["liveblog"] = _services(app, settings, proxies, home, follow)
    observing.install(app)
    relays.install(app)
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)
    static.install(app, prefix)
    render.place(app.jinja_env, prefix)
    answers.install(app)
    return app


def _store(settings: Settings) -> Store:
    """The store that the settings name; without an address that of the embedded server, which it starts if needed."""
    url = settings.redis_url
    if url is None:
        from .store.embedded import ensure

        url = ensure(settings.data).url
    return Store(url, **settings.storage)


def _relay(settings: Settings) -> Relay | None:
    """What stands in the place of storage if the settings name an origin."""
    if settings.relay_from is None:
        return None
    origin = Origin(settings.relay_from)
    pictures = PictureCopies(
        origin, settings.data / "relay" / "media", most=settings.relay_bytes, largest=settings.media_bytes
    )
    return Relay(source=Source(origin, pictures.drop), pictures=pictures, reports=Reports(origin, settings.relay_token))


def _services(
    app: Flask,
    settings: Settings,
    proxies: Proxies,
    home: Store | Relay,
    follow: Callable[[Callable[[], None]], object],
) -> Services:
    """Every object gets what it needs when it is made, with two exceptions: tails deliver to listeners that read them,
    and the switchboard passes its lines to handlers that answer on them."""
    source: LogSource
    summaries: SummarySource
    reports: ReportExchange
    if isinstance(home, Relay):
        source, summaries, reports = home.source, home.source, home.reports
    else:
        source, summaries, reports = home, home.summaries, home.presence
    log_reader = LogReader(source, follow)
    tails = Tails(source, log_reader, keep_seconds=settings.keep_seconds)
    desk_tails = Tails(source, log_reader, scope="desk", keep_seconds=settings.keep_seconds)
    catalogue = Catalogue(summaries, gevent.spawn)
    newsroom = None if isinstance(home, Relay) else _newsroom(settings, home, catalogue, tails)
    responses = ResponseCache(tails.position, settings.base_url)

    def recognise(scope: Scope, cookie: str, token: str) -> auth.Actor | None:
        if newsroom is None:
            raise services.read_only()
        return auth.recognised(newsroom.people, scope, cookie=cookie, token=token, host_only=settings.at_https_root)

    switchboard = Switchboard(
        beat_seconds=settings.head_seconds,
        backlog_bytes=settings.backlog_bytes,
        message_bytes=MESSAGE_BYTES,
        io_uring=settings.io_uring,
    )
    server = socket_server(app).server
    bridge = EngineBridge(server, {"flask.app": app}, switchboard)
    transport = Transport(switchboard, bridge, tails, CatchUps(render.message), render.message)
    desk_channel = DeskChannel(
        server,
        transport.readers,
        {"public": tails, "desk": desk_tails},
        render.message,
        partial(recognise, "read-drafts"),
        Exchange(reports),
        newsroom.people.last_end if newsroom is not None else lambda: None,
    )
    front = FrontDoor(settings, proxies, tails, transport, responses, partial(recognise, "read"))
    notify, forget = [], [responses.forget]
    if newsroom is not None:
        notify = [
            each.note for each in (newsroom.notifier, newsroom.webhook_sender, *newsroom.purgers) if each is not None
        ]
        forget.append(newsroom.audit_index.forget)
    tails.listener = ReadersListener(transport, desk_channel, notify, forget)
    desk_tails.listener = DeskListener(desk_channel)
    switchboard.handlers = Handlers(front.asked, transport.heard, transport.lost, desk_channel.served)
    services = Services(
        own_settings=settings,
        newsroom=newsroom,
        relay=home if isinstance(home, Relay) else None,
        reader=log_reader,
        tails=tails,
        desk_tails=desk_tails,
        transport=transport,
        desk_channel=desk_channel,
        catalogue=catalogue,
        responses=responses,
        front=front,
        metrics=Metrics(Gauges(__version__, switchboard, transport, log_reader, tails, desk_tails)),
        drawing=Threads(1),
        hashing=HashQueue(HASHES),
        converting=Threads(1),
    )
    return services


def _newsroom(settings: Settings, store: Store, catalogue: Catalogue, tails: Tails) -> Newsroom:
    pictures = pictures_of(settings, store)
    purgers = _purgers(settings, _Withdrawing(store, catalogue, tails, pictures))

    def told(subject: str) -> None:
        for purger in purgers:
            purger.note(subject)

    hooks = Webhooks(store.records)
    return Newsroom(
        store=store,
        schedule=_schedule(store),
        people=People(
            store,
            3600 * settings.session_hours,
            60 * settings.session_idle_minutes,
            second_factor=settings.second_factor,
            passwords=settings.passwords,
            issuer=settings.oidc_issuer,
        ),
        provider=_provider(settings),
        pictures=pictures,
        audit_index=AuditIndex(store),
        notifier=_notifier(settings, store, catalogue),
        purgers=purgers,
        takedowns=Takedowns(store, pictures, told),
        webhooks=hooks,
        webhook_sender=WebhookSender(
            hooks,
            tails,
            catalogue.summaries,
            lambda slug: store.blog(slug) is not None,
            render.message,
            settings.webhook_networks,
        ),
        backups=Backups(store.records, settings.backup_hours, make_backup) if settings.backup else None,
    )


def _provider(settings: Settings) -> Provider | None:
    if settings.oidc_issuer is None:
        return None
    return Provider(settings.oidc_issuer, settings.oidc_client_id or "", settings.oidc_client_secret)


def pictures_of(settings: Settings, store: Store) -> Pictures:
    """A directory in LIVEBLOG_MEDIA holds the files themselves; for a bucket, a local directory caches them."""
    near = (settings.media or "").removeprefix("file://") if (settings.media or "").startswith("file://") else ""
    return Pictures(
        store,
        Path(near) if near else settings.data / "media",
        None if near else settings.media,
        lambda: settings.secret_key.encode() if settings.secret_key else People(store).secret(),
        settings.media_pixels,
    )


def _notifier(settings: Settings, store: Store, catalogue: Catalogue) -> HubNotifier | None:
    """The notifier of the hub; None without a hub."""
    hub = settings.hub
    if hub is None:
        return None

    def topics(slug: str) -> list[str]:
        return [f"{settings.base_url}/live/{slug}/feed.{kind}" for kind in ("atom", "json", "rss")]

    return HubNotifier(store.records, catalogue.summaries, topics, lambda topic: publish(hub, topic))


@dataclass(frozen=True)
class _Withdrawing:
    """What those who tell caches ask about the site (`push/purges.py`)."""

    store: Store
    catalogue: Catalogue
    tails: Tails
    pictures: Pictures

    def blogs(self) -> list[Summary]:
        return self.catalogue.summaries()

    def timeline(self, slug: str) -> Timeline:
        return self.tails.memory(slug) or self.store.load(slug)

    def is_deleted(self, slug: str) -> bool:
        return self.store.deleted(slug)

    def deleted_pictures(self) -> list[list[str]]:
        return [deletion.files for deletion in self.pictures.deleted.all()]


def _purgers(settings: Settings, site: _Withdrawing) -> list[CachePurger]:
    """One for each cache that the settings name."""
    secrets = {"fastly": settings.fastly_token, "cloudflare": settings.cloudflare_token}

    def purger(shape: str, address: str) -> CachePurger:
        named = {"shape": shape, "address": address, "secret": secrets.get(shape) or ""}
        cache = msgspec.convert(named, Cache)
        return CachePurger(cache, site.store.records, site, lambda order: tell(cache, order, settings.base_url or ""))

    return [purger(shape, address) for shape, address in settings.caches]


def _schedule(store: Store) -> Schedule:
    def publish(slug: str, draft: Draft) -> None:
        by = draft.editor or draft.author
        done = store.perform(
            slug,
            lambda view: drafts.publish(view, slug, draft.id, by=by),
            by=by,
            key=request_key("schedule", draft.id, str(draft.seq)),
            if_match=(ref_of(draft), draft.seq),
            note={"act": "publish_draft", "scheduled": True},
        )
        if not done.replayed:
            logs.begin(blog=slug, change=f"{done.epoch}:{done.seq}")
            log.info("a scheduled draft was published")
            logs.begin()

    return Schedule(store, store.summaries.due, publish)
