"""The description of sockets and event streams: valid, and a whole night's real traffic is what it says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import socketio
from jsonschema import Draft7Validator

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.push.packets import DESK
from liveblog.store.commits import Store
from liveblog.web.asyncapi import HEARD, REFUSED, SENT
from tests.described import Described
from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Line, Refused, text_lines

OFFICIAL = Path(__file__).parents[1] / "js/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"
BASE = "https://live.example.org/here"
APP = create_app(Settings.from_environ({"LIVEBLOG_BASE_URL": BASE}), Store("redis://127.0.0.1:1"))
DOCUMENT: dict[str, Any] = json.loads(APP.test_client().get("/here/api/v1/asyncapi.json").data)


def test_the_description_is_valid() -> None:
    if not OFFICIAL.is_file():
        pytest.skip("needs npm ci in tests/js")
    Draft7Validator(json.loads(OFFICIAL.read_text())).validate(DOCUMENT)


def test_it_names_where_the_site_is() -> None:
    assert DOCUMENT["servers"]["sockets"] == {"host": "live.example.org", "pathname": "/here", "protocol": "wss"}


def test_every_reference_leads_somewhere() -> None:
    for place in _references(DOCUMENT):
        found: Any = DOCUMENT
        for part in place.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def test_each_message_has_an_example_which_is_one() -> None:
    """`python -m tests.web.examples` records them anew after a change."""
    strict = Described(DOCUMENT)
    for channel in DOCUMENT["channels"].values():
        for message in channel["messages"].values():
            for example in message["examples"]:
                strict.check(message["payload"], example["payload"])


# -- a night's traffic


class Record:
    """What a night's clients get, by channel and event."""

    def __init__(self, url: str, slug: str) -> None:
        self.url, self.slug = url, slug
        self.heard: list[tuple[str, str, Any]] = []
        self._threads: list[threading.Thread] = []

    def on(self, channel: str, event: str, payload: Any) -> None:
        self.heard.append((channel, event, payload))

    def events(self) -> set[tuple[str, str]]:
        return {(channel, event) for channel, event, _ in list(self.heard)}

    def of(self, channel: str, event: str) -> list[Any]:
        return [payload for where, name, payload in list(self.heard) if (where, name) == (channel, event)]

    def read(self) -> None:
        """Follow as a reader, by socket and by event stream, until the server ends both."""
        line = Line(self.url, {"blog": self.slug})
        stream = requests.get(f"{self.url}/api/v1/blogs/{self.slug}/stream", stream=True, timeout=60)
        for work in (self._hear, line), (self._stream, stream):
            self._threads.append(threading.Thread(target=work[0], args=work[1:], daemon=True))
            self._threads[-1].start()

    def _hear(self, line: Line) -> None:
        try:
            while True:
                self.on("live", *line.event())
        except (ConnectionError, OSError):
            line.close()

    def _stream(self, stream: requests.Response) -> None:
        with stream:
            for text in text_lines(stream):
                if text.startswith("data: "):
                    self.on("stream", "message", json.loads(text[6:]))

    def ended(self) -> None:
        for thread in self._threads:
            thread.join(60)


@pytest.fixture(scope="module")
def record() -> Record:
    return whole_night()


def whole_night() -> Record:
    """A night with every kind of act, on a server of its own, which stops at its end."""
    with live_server(LIVEBLOG_HEAD_SECONDS="1") as server:
        slug = server.open("anora")
        found = Record(server.url, slug)
        found.read()
        desk = socketio.Client(reconnection=False)
        for event in SENT["desk"]:
            desk.on(event, lambda payload, event=event: found.on("desk", event, payload), namespace=DESK)
        auth = {"blog": slug, "token": server.token}
        desk.connect(server.url, namespaces=[DESK], transports=["websocket"], auth=auth)
        desk.emit("editing", {"ref": f"blog:{slug}"}, namespace=DESK)
        _refused(found)
        _act(server, slug)
        until(lambda: {("live", "head"), *(("desk", each) for each in SENT["desk"])} <= found.events())
        until(lambda: any(each["last"] for each in found.of("desk", "figures")))
        until(lambda: any(each["people"] for each in found.of("desk", "presence")))
        last = server.state(slug)["seq"]
        until(lambda: any(each["seq"] == last for each in found.of("stream", "message")))
        until(lambda: any(each["seq"] == last for each in found.of("live", "change")))
        desk.disconnect()
        server.stop()
        found.ended()
    return found


def _refused(found: Record) -> None:
    with pytest.raises(Refused) as no:
        Line(found.url, {"blog": "nowhere"})
    found.on("live", "connect_error", no.value.args[0])
    client = socketio.Client(reconnection=False)
    client.on("connect_error", lambda said: found.on("desk", "connect_error", said), namespace=DESK)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(found.url, namespaces=[DESK], transports=["websocket"], auth={"blog": found.slug})
    client.disconnect()


def _act(server: LiveServer, slug: str) -> None:
    def do(method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = server.api(method, f"/blogs/{slug}{path}", body)
        assert answer.ok, answer.text
        found: dict[str, Any] = answer.json()
        return found

    do("PATCH", "", {"summary": "A night", "starts": "2025-03-02T16:00:00-08:00", "venue": {"name": "Dolby Theatre"}})
    first = do("POST", "/posts", {"headline": "Doors", "body": "Open", "key": True, "byline": "Ana"})["id"]
    do("PATCH", f"/posts/{first}", {"body": "They are open", "correction": "They were."})
    do("PUT", "/pin", {"post": first})
    do("POST", "/drafts", {"body": "He did it.", "outcome": {"category": "director", "nominee": "sean-baker"}})
    do("POST", "/categories/director/on-stage")
    do("POST", "/categories/director/announce", {"winners": ["brady-corbet"]})
    do("POST", "/categories/director/doubt", {"note": "Wait."})
    do("POST", "/categories/director/recall", {"winners": ["sean-baker"], "note": "The wrong card."})
    do("POST", "/categories/director/confirm")
    do("POST", "/categories", {"name": "Best Song"})
    do("DELETE", "/categories/best-song")
    draft = do("POST", "/drafts", {"body": "Soon", "on": {"category": "picture", "state": "on_stage"}})["id"]
    do("PATCH", f"/drafts/{draft}", {"on": None, "publish_at": "2099-01-01T00:00:00Z"})
    do("POST", f"/drafts/{draft}/submit")
    do("POST", f"/drafts/{draft}/return", {"note": "Who said that?"})
    post = do("POST", f"/drafts/{draft}/publish")["id"]
    do("POST", f"/posts/{post}/undo")
    do("DELETE", f"/posts/{first}")
    do("PATCH", "", {"status": "ended"})


def test_everything_that_is_described_was_sent(record: Record) -> None:
    described = {(channel, event) for channel, events in SENT.items() for event in events}
    described |= {(channel, event) for channel in ("live", "desk") for event in REFUSED}
    assert record.events() == described
    assert {each["name"] for channel in DOCUMENT["channels"].values() for each in channel["messages"].values()} == {
        event for _, event in described
    } | {event for events in HEARD.values() for event in events}


def test_everything_that_was_sent_is_what_is_described(record: Record) -> None:
    strict = Described(DOCUMENT)
    for channel, event, payload in record.heard:
        strict.check(DOCUMENT["channels"][channel]["messages"][event]["payload"], payload)
    kinds = {
        (each["kind"], *sorted({"retracted", "removed", "gone", "published", "doubt"} & each.keys()))
        for _, event, payload in record.heard
        if event in ("change", "message")
        for each in payload["objects"]
    }
    assert {
        ("post", "retracted"),
        ("category", "removed"),
        ("category", "doubt"),
        ("draft", "gone", "published"),
        ("call",),
    } <= kinds
