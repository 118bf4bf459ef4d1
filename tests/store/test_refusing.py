"""Storage that is up but refuses: after a failover by address, with a full memory, with too few replicas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from liveblog import actions
from liveblog.errors import Unavailable
from liveblog.store.commits import Store
from tests.failover import Address
from tests.live_server import LiveServer, live_server, until
from tests.ports import free_port
from tests.store.test_replicas import start


class Pair:
    """A primary and its replica behind one address."""

    def __init__(self, folder: Path) -> None:
        self.ports = free_port(), free_port()
        self.processes = [start(folder / str(port), port, "--repl-diskless-sync-delay", "0") for port in self.ports]
        self.first, self.second = (Store(f"redis://127.0.0.1:{port}") for port in self.ports)
        for store in (self.first, self.second):
            until(partial(_answers, store))
        _follow(self.second, self.ports[0])
        until(lambda: self.second.client.info("replication")["master_link_status"] == "up")
        self.address = Address(self.ports[0])

    def fail_over(self) -> None:
        """The replica becomes the primary, the primary its replica, and the address leads to the new one."""
        here = self.first.client.info("replication")
        until(lambda: self.second.client.info("replication")["slave_repl_offset"] >= here["master_repl_offset"])
        _follow(self.second, None)
        _follow(self.first, self.ports[1])
        self.address.target = self.ports[1]

    def close(self) -> None:
        self.address.close()
        for store in (self.first, self.second):
            store.close()
        for process in self.processes:
            process.kill()
            process.wait()


def _answers(store: Store) -> bool:
    try:
        store.writable()
    except Unavailable:
        return False
    return True


def _follow(store: Store, port: int | None) -> None:
    commands: Any = store.client
    commands.execute_command("REPLICAOF", *(("127.0.0.1", port) if port else ("NO", "ONE")))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path)
    yield pair
    pair.close()


def open_blog(store: Store) -> None:
    store.perform("anora", lambda view: actions.create_blog(view, slug="anora", title="Anora", status="live"), by="ada")


def publish(store: Store, body: str, key: str | None = None) -> int:
    return store.perform("anora", lambda view: actions.publish(view, "anora", body=body), by="ada", key=key).seq


@pytest.mark.fault
def test_after_a_failover_by_address_the_same_store_goes_on(pair: Pair) -> None:
    store = Store(pair.address.url)
    open_blog(store)
    publish(store, "before")
    pair.fail_over()
    assert publish(store, "after") == 3
    assert [post.body for post in pair.second.load("anora").posts[:2]] == ["after", "before"]
    store.close()


@pytest.mark.fault
def test_while_the_address_leads_to_a_replica_changes_are_refused_for_now(pair: Pair) -> None:
    """The name has not moved yet. Once it has, the same request succeeds."""
    store = Store(pair.address.url)
    open_blog(store)
    pair.fail_over()
    pair.address.target = pair.ports[0]
    with pytest.raises(Unavailable) as no:
        publish(store, "the winner", "winner")
    assert no.value.retry_after == 1
    with pytest.raises(Unavailable):
        store.writable()
    assert store.blog("anora") is not None  # it can be read
    pair.address.target = pair.ports[1]
    assert publish(store, "the winner", "winner") == 2
    store.writable()
    store.close()


@pytest.mark.fault
def test_a_server_that_became_a_replica_cannot_confirm_a_change_for_now(pair: Pair) -> None:
    """It refuses WAIT with an error of its own, also after a script that wrote nothing."""
    pair.fail_over()
    pair.address.target = pair.ports[0]
    with closing(Store(pair.address.url, replicas=1)) as store, pytest.raises(Unavailable), store._requests.use():
        store._replicated(lambda pipe: pipe.get("nothing"))


@pytest.mark.fault
def test_readers_and_desk_go_on_after_a_failover_by_address(pair: Pair) -> None:
    with live_server("serve", LIVEBLOG_REDIS_URL=pair.address.url) as server:
        slug = server.open()
        post(server, slug, "before")
        pair.fail_over()
        assert until(lambda: post(server, slug, "after", key="after") == 201)
        for process in pair.processes[:1]:
            process.kill()  # nobody still uses the old one
        assert until(lambda: post(server, slug, "at last", key="last") == 201)
        bodies = {obj.get("body") for obj in server.state(slug)["objects"]}
        assert {"before", "after", "at last"} <= bodies
        until(lambda: readiness(server) == 200)
        until(lambda: "is another server, or was restarted: run " in server.log.path.read_text())


def post(server: LiveServer, slug: str, body: str, key: str = "") -> int:
    """Publish. Returns the status, which is never a 500."""
    answer = server.api("POST", f"/blogs/{slug}/posts", {"body": body}, **({"Idempotency_Key": key} if key else {}))
    assert answer.status_code in (201, 503), answer.text
    if answer.status_code == 503:
        assert answer.json()["code"] == "storage_unavailable"
        assert answer.headers["Retry-After"] == "1"
    return answer.status_code


@contextmanager
def refusing(store: Store, name: str, value: str) -> Iterator[None]:
    """Storage that refuses changes because of this setting."""
    before = cast("dict[str, str]", store.client.config_get(name))[name]
    store.client.config_set(name, value)
    try:
        yield
    finally:
        store.client.config_set(name, before)


@pytest.mark.fault
def test_storage_that_refuses_changes_is_unavailable_and_not_broken() -> None:
    """A full memory, too few replicas: every act gets 503 and succeeds later; reading goes on."""
    with live_server("serve") as server:
        slug = server.open()
        assert post(server, slug, "before") == 201
        for name, value in [("maxmemory", "1"), ("min-replicas-to-write", "3")]:
            with refusing(server.store, name, value):
                acts_are_refused_for_now(server, slug, key=name)
            assert post(server, slug, "the winner", name) == 201
            assert readiness(server) == 200


def acts_are_refused_for_now(server: LiveServer, slug: str, key: str) -> None:
    assert [post(server, slug, "the winner", key) for _ in range(3)] == [503] * 3
    acts: list[tuple[str, str, Any]] = [
        ("POST", f"/blogs/{slug}/drafts", {"body": "Later"}),
        ("POST", f"/blogs/{slug}/categories/director/on-stage", None),
        ("PATCH", f"/blogs/{slug}", {"title": "Another"}),
        ("POST", "/blogs", {"slug": "other", "title": "Other"}),
    ]
    assert [server.api(*act).status_code for act in acts] == [503] * len(acts)
    guess = {"name": "ada", "password": "not hers, and long"}
    assert requests.post(f"{server.url}/desk/sign-in", data=guess, timeout=60).status_code == 503
    assert readiness(server) == 503
    assert requests.get(f"{server.url}/healthz", timeout=60).status_code == 200
    assert "before" in requests.get(f"{server.url}/live/{slug}", timeout=60).text


def readiness(server: LiveServer) -> int:
    return requests.get(f"{server.url}/readyz", timeout=60).status_code
