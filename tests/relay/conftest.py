"""Fixtures: one origin, and one relay of it with two web processes, for tests that leave both as they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live_server import LiveServer, Relay, live_server, relay_of, until

TOKEN = "a-secret-of-relays"


@pytest.fixture(scope="session")
def origin() -> Iterator[LiveServer]:
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1", LIVEBLOG_RELAY_TOKEN=TOKEN) as running:
        yield running


@pytest.fixture(scope="session")
def relay(origin: LiveServer) -> Iterator[Relay]:
    with relay_of(origin.url, LIVEBLOG_RELAY_TOKEN=TOKEN, LIVEBLOG_WORKERS="2") as running:
        until(running.is_ready)
        yield running
