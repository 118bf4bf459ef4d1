"""The same protocol on both carriers: the fast transport and stock Flask-SocketIO."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live_server import LiveServer, live_server


@pytest.fixture(scope="session", params=["fast", "stock"])
def carrier(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def server(carrier: str) -> Iterator[LiveServer]:
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1", LIVEBLOG_PUSH=carrier) as running:
        yield running
