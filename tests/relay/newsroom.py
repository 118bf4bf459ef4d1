"""What the tests of relays do at the origin, and see at the relay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from tests.live_server import LiveServer, Relay
from tests.push.socket_client import Reader


def say(server: LiveServer, slug: str, body: str, **fields: Any) -> str:
    """Publish an update. Returns its id."""
    answer = server.api("POST", f"/blogs/{slug}/posts", {"body": body, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def get(server: LiveServer | Relay, path: str) -> requests.Response:
    return requests.get(server.url + path, timeout=60)


def has(relay: Relay, origin: LiveServer, slug: str) -> bool:
    """Whether the relay answers a catch-up from the beginning as its origin does."""
    return relay.state(slug) == origin.state(slug)


def shows_the_same(relay: Relay, origin: LiveServer, path: str) -> bool:
    here, there = get(relay, path), get(origin, path)
    return (here.status_code, here.content) == (there.status_code, there.content)


def updates(reader: Reader) -> list[str]:
    """The texts of the updates on a reader's page."""
    return sorted(obj["body"] for obj in list(reader.objects.values()) if obj.get("type") == "update")


@contextmanager
def reading(slug: str, *servers: LiveServer | Relay) -> Iterator[list[Reader]]:
    """A reader at each of these servers."""
    readers = [Reader(server.url, slug) for server in servers]
    for reader in readers:
        reader.start()
    try:
        yield readers
    finally:
        for reader in readers:
            reader.leaving.set()
