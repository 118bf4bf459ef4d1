"""Fixtures: one real storage for all tests, emptied for each; one real server for tests that need the network."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from liveblog.store.commits import Store
from liveblog.store.embedded import ensure
from tests import leaks
from tests.live_server import LiveServer, live_server

os.environ |= dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost,::1")  # no proxy for the tests' own servers
os.environ["PYTHONWARNINGS"] = leaks.WARNINGS
signal.signal(
    signal.SIGHUP, signal.SIG_DFL
)  # nohup ./run test: a server would inherit that it ignores a closed terminal


@pytest.fixture(scope="session", autouse=True)
def greenlets() -> Iterator[list[BaseException]]:
    """The exceptions that ended greenlets. What exists before the first test is no longer searched for garbage."""
    gc.collect()
    gc.freeze()
    with leaks.greenlets() as ended:
        yield ended
    gc.collect()


@pytest.fixture(scope="module", autouse=True)
def _no_leaks() -> Iterator[None]:
    """Find what a file's tests dropped while it was open at their end, and not in another file's tests."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _no_faults(greenlets: list[BaseException]) -> Iterator[None]:
    """No greenlet ended with an exception, and no server logged a fault that the test does not expect."""
    yield
    for connection in [*leaks.OPEN]:
        connection.close()
    ended = greenlets[:]
    greenlets.clear()
    assert not ended
    for log in leaks.WATCHED:
        log.check()


@pytest.fixture(scope="session", autouse=True)
def costly_hasher() -> Iterator[PasswordHasher]:
    """The hasher of passwords outside of tests, which is slow on purpose. Tests hash at the lowest cost.

    Real servers look at such a hash at its own small cost, and make their own at the full one.
    """
    from liveblog.web import passwords

    costly, passwords.hasher = passwords.hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield costly
    passwords.hasher = costly


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The address of a running storage: LIVEBLOG_TEST_REDIS_URL, or an embedded server."""
    if given := os.environ.get("LIVEBLOG_TEST_REDIS_URL"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        embedded = ensure(Path(folder) / "data")
        yield embedded.url
        embedded.stop()


@pytest.fixture
def store(storage: str) -> Iterator[Store]:
    """An empty store."""
    store = Store(storage)
    store.client.flushdb()
    yield store
    store.close()


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    """One server for tests that only read and write; each opens its own blog."""
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1", LIVEBLOG_WEBHOOK_NETWORKS="127.0.0.0/8") as running:
        yield running
