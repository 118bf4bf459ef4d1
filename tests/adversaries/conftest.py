"""A server and proxies that the attacks of a file share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adversaries.fronts import Dial, front
from tests.live_server import LiveServer, live_server


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1") as running:
        yield running


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def dial(request: pytest.FixtureRequest, server: LiveServer) -> Iterator[Dial]:
    """Opens connections to a proxy with the shipped configuration, in front of one web process."""
    with front(request.param, server) as opens:
        yield opens
