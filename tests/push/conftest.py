"""A server that the tests of the protocol share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live_server import LiveServer, live_server


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1") as running:
        yield running
