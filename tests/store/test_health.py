"""What operators are told of storage that refuses, and of failovers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from liveblog import actions
from liveblog.errors import Unavailable
from liveblog.store.commits import Store
from liveblog.store.embedded import ensure
from liveblog.watch import counts


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Store]:
    """A store on a server of its own, whose settings a test may change."""
    embedded = ensure(tmp_path)
    store = Store(embedded.url)
    store.perform("anora", lambda view: actions.create_blog(view, slug="anora", title="Anora"), by="test")
    store.health.step()
    yield store
    store.close()
    embedded.stop()


def publish(store: Store) -> None:
    store.perform("anora", lambda view: actions.publish(view, slug="anora", body="Doors open"), by="test")


@pytest.mark.parametrize(
    ("name", "wrong", "right", "why"),
    [
        ("maxmemory", "1", "0", "its memory is full"),
        ("min-replicas-to-write", "1", "0", "too few of its replicas"),
    ],
)
def test_a_refusal_is_told_with_its_reason_and_its_end(
    own: Store, caplog: pytest.LogCaptureFixture, name: str, wrong: str, right: str, why: str
) -> None:
    own.client.config_set(name, wrong)
    for _ in range(3):
        with pytest.raises(Unavailable):
            publish(own)
        own.health.refused()
        own.health.step()
    own.client.config_set(name, right)
    own.health.step()
    publish(own)
    assert len(caplog.messages) == 2
    assert f"storage refuses changes: {why}" in caplog.messages[0]
    assert caplog.messages[1].endswith("requests refused meanwhile: 3")


def test_a_primary_that_became_a_replica_is_told(own: Store, caplog: pytest.LogCaptureFixture) -> None:
    own.client.replicaof("127.0.0.1", 1)
    with pytest.raises(Unavailable):
        publish(own)
    assert "it is read-only" in caplog.messages[0]
    own.client.replicaof("NO", "ONE")
    own.health.step()
    assert "accepts changes again" in caplog.messages[1]


@pytest.mark.parametrize(
    "said",
    [
        "MISCONF Errors writing to the AOF file: No space left on device",
        "MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist to disk.",
        "Command # 1 (EVALSHA …) of pipeline caused error: MISCONF Errors writing to the AOF file: No space left",
    ],
)
def test_a_full_disk_is_told(own: Store, caplog: pytest.LogCaptureFixture, said: str) -> None:
    """As the server says it; tests/store/test_embedded.py fills a real disk where it can."""
    own.health.failed(redis.ResponseError(said))
    assert caplog.messages == ["storage refuses changes: it cannot write to its disk; is the disk full?"]
    own.health.step()
    assert "storage accepts changes again" in caplog.messages[1]


def test_too_few_confirmations_are_told(own: Store, caplog: pytest.LogCaptureFixture) -> None:
    own.replicas = 1
    before = counts.storage_errors.values[("replicas",)]
    with pytest.raises(Unavailable):
        publish(own)
    assert caplog.messages == ["changes are stored, but too few replicas confirm them"]
    assert counts.storage_errors.values[("replicas",)] == before + 1


def test_a_command_says_by_itself_what_went_wrong(caplog: pytest.LogCaptureFixture) -> None:
    store = Store("redis://127.0.0.1:1")
    with pytest.raises(Unavailable):
        store.ping()
    assert not caplog.messages
    store.close()


def test_a_failover_is_told_with_the_new_address(
    own: Store, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    other = ensure(tmp_path_factory.mktemp("other"))
    before = counts.failovers.values[()]
    kept: dict[str, Any] = own.client.connection_pool.connection_kwargs
    own.health.failed(ConnectionError())
    first, kept["path"] = kept["path"], other.url.removeprefix("unix://")
    own.client.connection_pool.reset()
    own.health.step()
    assert caplog.messages[-1].startswith(f"failover: storage is at {kept['path']} now, run ")
    assert caplog.messages[-1].endswith(f"before at {first}")
    assert counts.failovers.values[()] == before + 1
    kept["path"] = first
    own.client.connection_pool.reset()
    other.stop()
