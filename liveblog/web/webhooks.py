"""Webhooks at the desk and in the API (docs/webhooks.md): subscriptions, their secrets, replays, dead letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from flask import Response, redirect, render_template, request, url_for
from msgspec import Struct
from werkzeug.wrappers import Response as BaseResponse

from .. import staff
from ..errors import Invalid, NotFound, WrongState
from ..model import NotAPosition, Position, position_of
from ..outgoing import Failed, check
from ..store.webhooks import URL, Webhook, Webhooks
from . import answers, auth, sign_in
from .site import services
from .writing import body_of

blueprint = answers.blueprint("webhooks", __name__, "private", page="desk", act="desk")

DONE = {
    "switch_on": "It is on: it gets all that it lacks.",
    "switch_off": "It is off: nothing is sent until it is switched on.",
    "replay": "It is sent again from there.",
    "again": "It is sent again now.",
    "forget": "It was dropped.",
    "remove": "The webhook was removed.",
}


class NewWebhook(Struct, forbid_unknown_fields=True):
    url: str
    blog: str | None = None
    begin: Literal["now", "start"] = "now"


class WebhookEdit(Struct, forbid_unknown_fields=True):
    on: bool


class Replay(Struct, forbid_unknown_fields=True):
    blog: str
    seq: int = 0
    epoch: str | None = None


def _hooks() -> Webhooks:
    return services().webhooks


def _mine(id: str) -> Webhook:
    """A webhook that the sender of the request may change. Raises `NotFound`, `Forbidden`."""
    auth.signed_in()
    hook = _hooks().get(id)
    auth.require("admin", hook.blog)
    return hook


# -- acts, by form and by API


def add(url: str, blog: str | None, begin: str) -> Webhook:
    """Subscribe an address to one blog or to all. Raises `Invalid`, `NotFound` (the blog), `WrongState`."""
    who = auth.require("admin", blog)
    auth.require_fresh()
    if blog is not None:
        services().tails.timeline(blog)
    known = {} if begin == "start" else {slug: at for slug, at in _public().items() if blog in (None, slug)}
    return _noted("add_webhook", _hooks().add(_checked(url), blog, who.by.name, known))


def switch(id: str, *, on: bool) -> Webhook:
    off = "" if on else f"switched off by {auth.signed_in().name}"
    return _noted("change_webhook", _hooks().switch(_mine(id).id, off))


def rotate(id: str) -> Webhook:
    hook = _mine(id)
    auth.require_fresh()
    return _noted("new_webhook_secret", _hooks().rotate(hook.id))


def remove(id: str) -> Webhook:
    return _noted("remove_webhook", _hooks().remove(_mine(id).id))


def replay(id: str, blog: str, epoch: str | None, seq: int) -> None:
    """Send a blog again after a position. Raises `Invalid`, `NotFound`."""
    hook = _mine(id)
    if hook.blog not in (None, blog):
        raise Invalid("this webhook is for another blog", field="blog")
    timeline = services().public(blog)
    try:
        position = position_of(epoch or timeline.epoch, seq, "" if epoch else timeline.at(seq).mark)
    except NotAPosition as no:
        what = {"seq": "the number of a change, from 0 on, is needed", "epoch": "this is no epoch of a blog"}
        raise Invalid(what[no.part], field=no.part) from None
    if position is None or (position.epoch == timeline.epoch and position.seq > timeline.seq):
        raise Invalid(f"there is no such change yet: the blog is at number {timeline.seq}", field="seq")
    _hooks().move(hook.id, blog, position)
    _noted("replay_webhook", hook)


def _checked(url: str) -> str:
    """An address to which webhooks may be sent now; each delivery checks it again. Raises `Invalid`."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise Invalid("this is no address of the web", field="url") from None
    if not URL.fullmatch(parts.geturl()) or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise Invalid("an address such as https://example.org/hook is needed, without a name or a #", field="url")
    networks = services().settings.webhook_networks
    try:
        check(parts.geturl(), networks)
    except Failed as no:
        raise Invalid(f"nothing may be sent to this address: {no}", field="url") from None
    return parts.geturl()


def _noted(act: str, hook: Webhook) -> Webhook:
    """Write the act to the site's log: the receiver's host and the blog, never the whole address."""
    host = urlsplit(hook.url).hostname or ""
    services().people.note(auth.signed_in().name, act, name=host, blogs=None if hook.blog is None else [hook.blog])
    return hook


def _public() -> dict[str, Position]:
    """The positions of the blogs that readers see, as storage has them: `begin` must not go by a list from memory."""
    summaries = services().store.summaries
    found = summaries.of(summaries.slugs())
    return {slug: each.marked_position for slug, each in found if each is not None and each.blog.is_public}


# -- the API


@blueprint.get("/api/v1/webhooks")
def list_webhooks() -> Response:
    """The webhooks that the sender may change."""
    who = auth.signed_in()
    return answers.json({"webhooks": [_shown(hook) for hook in _hooks().list() if who.may("admin", hook.blog)]})


@blueprint.post("/api/v1/webhooks")
def add_webhook() -> Response:
    auth.signed_in()
    sent = body_of(NewWebhook)
    hook = add(sent.url, sent.blog, sent.begin)
    where = url_for("webhooks.get_webhook", id=hook.id)
    return answers.json(_shown(hook) | {"secret": hook.secrets[0].key}, 201, Location=where)


@blueprint.get("/api/v1/webhooks/<id>")
def get_webhook(id: str) -> Response:
    return answers.json(_shown(_mine(id)))


@blueprint.patch("/api/v1/webhooks/<id>")
def change_webhook(id: str) -> Response:
    auth.signed_in()
    return answers.json(_shown(switch(id, on=body_of(WebhookEdit).on)))


@blueprint.delete("/api/v1/webhooks/<id>")
def remove_webhook(id: str) -> Response:
    return answers.json({"id": remove(id).id})


@blueprint.post("/api/v1/webhooks/<id>/secret")
def new_secret(id: str) -> Response:
    hook = rotate(id)
    return answers.json(_shown(hook) | {"secret": hook.secrets[0].key})


@blueprint.post("/api/v1/webhooks/<id>/replay")
def replay_webhook(id: str) -> Response:
    auth.signed_in()
    sent = body_of(Replay)
    replay(id, sent.blog, sent.epoch, sent.seq)
    return answers.json(_shown(_mine(id)))


@blueprint.post("/api/v1/webhooks/<id>/deliveries/<delivery>/again")
def send_again(id: str, delivery: str) -> Response:
    """Send a dead letter again, or try the pending delivery at once."""
    _hooks().ask(_mine(id).id, delivery)
    return answers.json(_shown(_mine(id)))


@blueprint.delete("/api/v1/webhooks/<id>/deliveries/<delivery>")
def drop_delivery(id: str, delivery: str) -> Response:
    """Drop a dead letter."""
    if not _hooks().forget(_mine(id).id, delivery):
        raise NotFound("no such delivery was given up")
    return answers.json(_shown(_mine(id)))


def _shown(hook: Webhook) -> dict[str, Any]:
    """A webhook with how far its receiver is, without its secrets."""
    state = _hooks().state(hook.id)
    facts: dict[str, Any] = {name: getattr(hook, name) for name in ("id", "url", "blog", "by", "at")}
    facts |= {"on": not hook.off, "off": hook.off or None}
    facts |= {"positions": msgspec.to_builtins(state.positions), "pending": msgspec.to_builtins(state.pending)}
    return facts | {"dead": msgspec.to_builtins(state.dead)}


# -- the desk


@blueprint.get("/desk/webhooks")
def page() -> str:
    auth.require("admin")
    return _page(done=DONE.get(request.args.get("done", "")))


@blueprint.post("/desk/webhooks")
def act() -> BaseResponse | str | tuple[str, int]:
    """Run one act, by the form's `act`; a new secret is shown once, in the answer."""
    auth.require("admin")
    name = request.form.get("act", "")
    if name in ("add", "rotate") and auth.is_stale():
        return sign_in.once_more("/desk/webhooks")
    try:
        shown = _run(name, request.form.get("id", ""), request.form)
    except (Invalid, NotFound, WrongState) as no:
        return _page(problem=no.detail, form=request.form), no.status
    return _page(**shown) if shown else redirect(url_for("webhooks.page", done=name), 303)


def _run(name: str, id: str, form: Mapping[str, str]) -> dict[str, Any] | None:
    if name == "add":
        hook = add(form.get("url", ""), form.get("blog") or None, form.get("begin", ""))
        return {"secret": hook.secrets[0].key, "secret_for": hook.url}
    if name == "rotate":
        hook = rotate(id)
        return {"secret": hook.secrets[0].key, "secret_for": hook.url}
    seq = form.get("seq", "")
    if name in ("switch_on", "switch_off"):
        switch(id, on=name == "switch_on")
    elif name == "replay":
        if not re.fullmatch(r"[0-9]{1,15}", seq):
            raise Invalid("the number of a change is needed", field="seq")
        replay(id, form.get("blog", ""), None, int(seq))
    elif name == "again":
        _hooks().ask(_mine(id).id, form.get("delivery", ""))
    elif name == "forget":
        _hooks().forget(_mine(id).id, form.get("delivery", ""))
    elif name == "remove":
        remove(id)
    else:
        raise Invalid("there is no such act", field="act")
    return None


def _page(**told: Any) -> str:
    hooks, public = _hooks().list(), _public()
    states = {hook.id: _hooks().state(hook.id) for hook in hooks}
    behind = {hook.id: states[hook.id].lacks(hook, public) for hook in hooks}
    return render_template(
        "desk/webhooks.html",
        who=auth.signed_in(),
        hooks=hooks,
        states=states,
        behind=behind,
        left={hook.id for hook in hooks if staff.has_left(services().people, hook.by, hook.blog)},
        slugs=services().people.slugs(),
        public=public,
        stale=auth.is_stale(),
        **told,
    )
