"""Servers of these tests send to everybody in both ways: by io_uring (where the system has it) and by writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live_server import LiveServer, live_server


@pytest.fixture(scope="module", params=["auto", "off"])
def send_path(request: pytest.FixtureRequest) -> Iterator[None]:
    """The tests of a file that uses it run twice; servers that they start inherit the setting."""
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("LIVEBLOG_IO_URING", request.param)
        yield


@pytest.fixture(scope="module")
def server(send_path: None) -> Iterator[LiveServer]:
    """A server for the tests of one file; each opens its own blog."""
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1") as running:
        yield running
