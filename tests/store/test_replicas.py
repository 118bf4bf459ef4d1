"""A change is acknowledged only when enough replicas have it: a real primary, and a real replica that is stalled."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from liveblog import actions
from liveblog.errors import Unavailable
from liveblog.store.commits import Commit, Store
from liveblog.store.embedded import binary
from tests.live_server import until
from tests.ports import free_port

Pair = tuple[Store, "subprocess.Popen[bytes]"]


def start(folder: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    folder.mkdir()
    where = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "")
    return subprocess.Popen([binary(), *where, *options], stdout=subprocess.DEVNULL)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """A store that requires one replica, and the replica's process."""
    primary, second = free_port(), free_port()
    servers = [start(tmp_path / "primary", primary, "--repl-diskless-sync-delay", "0")]
    store = Store(f"redis://127.0.0.1:{primary}", replicas=1)
    try:
        servers.append(start(tmp_path / "replica", second, "--replicaof", f"127.0.0.1 {primary}"))
        until(lambda: _linked(store))
        yield store, servers[1]
    finally:
        for server in servers:
            server.send_signal(signal.SIGCONT)
            server.kill()
            server.wait()
        store.close()


def _linked(store: Store) -> bool:
    try:
        store.ping()
        return bool(store.client.info("replication").get("slave0", {}).get("state") == "online")
    except Unavailable:
        return False


def publish(store: Store, key: str) -> Commit:
    return store.perform("anora", lambda view: actions.publish(view, "anora", body="And the award"), by="ada", key=key)


def acknowledged(request: Callable[[], Commit]) -> Commit:
    """The answer to a request that is repeated until it is acknowledged, because a replica may be slow to confirm."""

    def answer() -> Commit | None:
        try:
            return request()
        except Unavailable:
            return None

    return until(answer)


@pytest.mark.fault
def test_nothing_is_acknowledged_before_the_replica_has_it(pair: Pair) -> None:
    store, replica = pair
    create = partial(actions.create_blog, slug="anora", title="Anora")
    acknowledged(lambda: store.perform("anora", create, by="ada", key="open"))
    os.kill(replica.pid, signal.SIGSTOP)
    for _ in range(2):  # repeating the request does not make it acknowledged
        with pytest.raises(Unavailable, match="replicas"):
            publish(store, "winner")
    os.kill(replica.pid, signal.SIGCONT)
    done = acknowledged(lambda: publish(store, "winner"))
    assert (done.seq, done.replayed) == (2, True)
    assert acknowledged(lambda: publish(store, "next")).seq == 3


@pytest.mark.fault
def test_the_result_that_a_server_had_when_it_was_cut_off_is_not_acknowledged(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeated request may be answered by a server that was cut off, before the connection moves to the primary."""
    store, _ = pair
    create = partial(actions.create_blog, slug="anora", title="Anora")
    done = acknowledged(lambda: store.perform("anora", create, by="ada", key="open"))
    there = store.client.get

    def cut_off(name: str) -> bytes | None:
        found = cast("bytes | None", there(name))
        return found and found.replace(done.at.encode(), b"2025-03-03T04:00:00.000Z")

    with monkeypatch.context() as patch:
        patch.setattr(store.client, "get", cut_off)
        with pytest.raises(Unavailable, match="fails over"):
            store.perform("anora", create, by="ada", key="open")
    assert acknowledged(lambda: store.perform("anora", create, by="ada", key="open")).at == done.at
