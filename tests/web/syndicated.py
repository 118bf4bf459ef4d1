"""A blog behind its public address, in this process: its desk, and clients of its feeds, cards and embeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as xml

import feedparser
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from liveblog import actions
from liveblog.actions import Plan
from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.commits import Commit, Store
from liveblog.threads import P, R, Threads
from tests.newsroom import DIRECTOR, PICTURE

BASE = "https://live.example.org"


def tag(soup: BeautifulSoup, selector: str) -> Tag:
    """The first element that the selector matches, which must exist."""
    found = soup.select_one(selector)
    assert found is not None, selector
    return found


class Inline(Threads):
    """Runs a call in the caller's own thread."""

    def run(self, call: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
        return call(*arguments, **options)


class Site:
    """A blog behind its public address: its desk and its clients."""

    def __init__(self, store: Store, client: FlaskClient) -> None:
        self.store, self.client, self.seq = store, client, 0

    def do(self, act: Any, *args: Any, **fields: Any) -> Commit:
        def plan(view: Any) -> Plan:
            made: Plan = act(view, "anora", *args, **fields)
            return made

        done = self.store.perform("anora", plan, by="test")
        self.client.application.extensions["liveblog"].reader.step(1)
        return done

    def publish(self, body: str, **fields: Any) -> str:
        (post,) = self.do(actions.publish, body=body, **fields).objects
        return str(post.id)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/live/anora{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})

    def atom(self, path: str = "/feed.atom") -> xml.Element:
        return xml.fromstring(self.get(path).data)

    def parsed(self, path: str = "/feed.atom") -> Any:
        found = feedparser.parse(self.get(path).data, response_headers={"content-type": "application/atom+xml"})
        assert found.bozo is False or found.bozo == 0, found.get("bozo_exception")
        return found

    def json(self, path: str = "/feed.json") -> Any:
        return self.get(path).json


@contextmanager
def syndicated(store: Store, **more: str) -> Iterator[Site]:
    def act(view: Any) -> Plan:
        return actions.create_blog(
            view,
            slug="anora",
            title="Anora & the Oscars",
            status="live",
            film="Anora",
            categories=[DIRECTOR, PICTURE],
            preview=("Before the show", "Six nominations."),
        )

    store.perform("anora", act, by="test")
    settings = {"BASE_URL": BASE, "HUB": "https://hub.example.org/", "PUBLISHER": "The Gazette", **more}
    app = create_app(Settings.from_environ({f"LIVEBLOG_{name}": value for name, value in settings.items()}), store)
    # gevent's threads would let the tails run, which block here
    app.extensions["liveblog"] = replace(app.extensions["liveblog"], drawing=Inline(1))
    with app.test_client() as client:
        yield Site(store, client)
    app.extensions["liveblog"].reader.stop()
