"""The topology of docker-compose.yml, as processes on this machine: nginx with the shipped configuration, two web
processes, three storage servers and three sentinels. The primary is killed in the middle of the night."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import requests

from liveblog import actions
from liveblog.store.commits import Store
from liveblog.store.embedded import binary
from liveblog.store.people import People
from tests.deploy.nginx import command, free_ports, needed, replaced
from tests.leaks import free_of_faults
from tests.live_server import until
from tests.newsroom import DIRECTOR, PICTURE
from tests.push.socket_client import Reader

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"

pytestmark = [pytest.mark.fault, needed]


class House:
    """The topology. Everything listens on free loopback ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.deploy = folder / "deploy"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.storage, self.sentinels, self.web = free_ports(3), free_ports(3), free_ports(2)
        (self.front,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.front}"
        self.keys = folder / "keys"

    def start(self) -> None:
        self._prepare()
        for port in self.storage:
            self.start_storage(port)
        until(lambda: self.replicas(self.storage[0]) == 2)
        for port in self.sentinels:
            self._start_server("sentinel", port)
        until(lambda: all(self._watches(port) for port in self.sentinels))
        self.store = Store(self.storage_url, replicas=1)
        for port in self.web:
            self._spawn(f"web-{port}", sys.executable, "-m", "liveblog", "serve", "--port", str(port))
        for port in self.web:
            until(partial(self._answers, f"http://127.0.0.1:{port}/readyz"))
        self._spawn("nginx", *command(self.folder, self.front, self.web))
        until(lambda: self._answers(f"{self.url}/readyz"))

    def _prepare(self) -> None:
        shutil.copytree(DEPLOY, self.deploy)
        self.keys.mkdir()
        sentinels = [f"127.0.0.1:{port}" for port in self.sentinels]
        subprocess.run(["sh", str(self.deploy / "keys.sh"), str(self.keys), *sentinels], check=True)
        self.storage_url = (self.keys / "storage-url").read_text().strip()
        (self.folder / "bin").mkdir()
        (self.folder / "bin/valkey-server").symlink_to(binary())
        watch = replaced((DEPLOY / "sentinel.conf").read_text(), ("valkey-1 6379", f"127.0.0.1 {self.storage[0]}"))
        (self.deploy / "sentinel.conf").write_text(watch)

    def start_storage(self, port: int) -> None:
        primary = () if port == self.storage[0] else ("127.0.0.1", str(self.storage[0]))
        self._start_server("valkey", port, *primary)

    def _start_server(self, kind: str, port: int, *primary: str) -> None:
        data = self.folder / f"{kind}-{port}"
        data.mkdir(exist_ok=True)
        script = str(self.deploy / "storage.sh")
        self._spawn(f"{kind}-{port}", "sh", script, kind, str(data), "127.0.0.1", str(port), *primary)

    def _spawn(self, name: str, *command: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("LIVEBLOG_")}
        environ |= {"PATH": f"{self.folder / 'bin'}:{environ['PATH']}", "KEYS": str(self.keys)}
        environ |= {"LIVEBLOG_REDIS_URL_FILE": str(self.keys / "storage-url")}
        environ |= {"LIVEBLOG_REPLICAS": "1", "LIVEBLOG_HEAD_SECONDS": "1", "LIVEBLOG_DRAIN_SECONDS": "1"}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=environ, stdout=log, stderr=log, start_new_session=True
            )

    def _answers(self, url: str) -> bool:
        try:
            return requests.get(url, timeout=60).status_code == 200
        except requests.RequestException:
            return False

    def _ask(self, port: int, command: bytes) -> bytes:
        """The answer of a storage server or a sentinel; empty while it is down."""
        try:
            with socket.create_connection(("127.0.0.1", port), 60) as line:
                password = (self.keys / "sentinel").read_bytes()
                line.sendall(b"AUTH sentinel %s\r\n" % password)
                if not line.recv(65_536).startswith(b"+OK"):
                    return b""
                line.sendall(command + b"\r\n")
                return line.recv(65_536)
        except OSError:
            return b""

    def replicas(self, port: int) -> int:
        """The number of a primary's replicas that are up to date."""
        return self._ask(port, b"INFO replication").count(b"state=online")

    def _watches(self, port: int) -> bool:
        """Whether a sentinel knows both replicas and both other sentinels."""
        words = self._ask(port, b"SENTINEL MASTER mymaster").split(b"\r\n")
        told = dict(zip(words[2::4], words[4::4], strict=False))
        return told.get(b"num-slaves") == told.get(b"num-other-sentinels") == b"2"

    def primary(self) -> int:
        """The primary's port, according to a sentinel."""
        return int(self._ask(self.sentinels[0], b"SENTINEL GET-MASTER-ADDR-BY-NAME mymaster").split()[-1])

    def stop(self, name: str, which: signal.Signals = signal.SIGTERM) -> None:
        process = self.processes.pop(name)
        process.send_signal(which)
        process.wait(60)

    def close(self) -> None:
        order = ("nginx", "web", "sentinel", "valkey")
        for name in sorted(self.processes, key=lambda name: order.index(name.partition("-")[0])):
            self.stop(name)
        self.store.close()
        for log in self.folder.glob("*.log"):
            print(f"-- {log.name}\n{free_of_faults(log.read_text())[-2000:]}")


class Desk:
    """An editor who writes through nginx, and repeats unacknowledged requests with the same key."""

    def __init__(self, house: House, slug: str) -> None:
        self.url = f"{house.url}/api/v1/blogs/{slug}/posts"
        self.token = People(house.store).tokens.add("desk", "admin")
        self.acknowledged: list[str] = []

    def publish(self, body: str) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": secrets.token_hex(8)}

        def published() -> str:
            answer = requests.post(self.url, json={"body": body}, headers=headers, timeout=60)
            assert answer.status_code in (201, 502, 503, 504), answer.text
            return str(answer.json()["id"]) if answer.status_code == 201 else ""

        self.acknowledged.append(until(published))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        house = House(Path(folder))
        try:
            house.start()
            yield house
        finally:
            house.close()


@pytest.fixture(scope="module")
def blog(house: House) -> str:
    def act(view: actions.View) -> actions.Plan:
        return actions.create_blog(
            view, slug="anora", title="Anora", status="live", film="Anora", categories=[DIRECTOR, PICTURE]
        )

    house.store.perform("anora", act, by="test")
    return "anora"


@pytest.fixture
def reader(house: House, blog: str) -> Iterator[Reader]:
    reading = Reader(house.url, blog)
    reading.start()
    until(lambda: reading.epoch)
    yield reading
    reading.leaving.set()
    reading.join(60)


def has(reader: Reader, ids: list[str]) -> bool:
    return all(f"post:{id}" in reader.objects for id in ids)


def test_a_post_published_through_nginx_reaches_an_open_page(house: House, blog: str, reader: Reader) -> None:
    desk = Desk(house, blog)
    desk.publish("The doors open.")
    until(lambda: has(reader, desk.acknowledged))


def test_pages_and_catch_ups_are_fetched_once_for_all(house: House, blog: str) -> None:
    for address in (f"{house.url}/live/{blog}", f"{house.url}/api/v1/blogs/{blog}/changes?after=0"):
        told = [requests.get(address, timeout=60).headers["X-Cache"] for _ in range(5)]
        assert "HIT" in told, told
    for address in (f"{house.url}/api/v1/blogs/{blog}/changes?after=0&wait=1", f"{house.url}/desk/"):
        assert requests.get(address, timeout=60).headers["X-Cache"] == "BYPASS"
    mine = requests.get(f"{house.url}/live/{blog}", headers={"Authorization": "Bearer mine"}, timeout=60)
    assert mine.headers["X-Cache"] == "BYPASS"
    assert requests.get(f"{house.url}/metrics", timeout=60).status_code == 404


def test_an_event_stream_is_not_buffered(house: House, blog: str) -> None:
    desk = Desk(house, blog)
    with requests.get(f"{house.url}/api/v1/blogs/{blog}/stream", stream=True, timeout=60) as stream:
        lines = stream.iter_lines()
        first = next(line for line in lines if line.startswith(b"data:"))
        assert b'"objects"' in first
        desk.publish("Straight through.")
        assert b"Straight through." in next(line for line in lines if line.startswith(b"data:"))


def test_after_a_failover_publishing_goes_on_and_nothing_acknowledged_is_lost(
    house: House, blog: str, reader: Reader
) -> None:
    desk = Desk(house, blog)
    for n in range(20):
        desk.publish(f"Before {n}")
    lost = house.primary()
    house.stop(f"valkey-{lost}", signal.SIGKILL)
    for n in range(20):
        desk.publish(f"After {n}")
    assert house.primary() != lost
    until(lambda: has(reader, desk.acknowledged))

    house.start_storage(lost)
    house.stop(f"web-{house.web[0]}")
    for n in range(5):
        desk.publish(f"One web process less {n}")
    until(lambda: has(reader, desk.acknowledged))
    origin = f"http://127.0.0.1:{house.web[1]}"  # directly, because nginx caches for a second
    state = requests.get(f"{origin}/api/v1/blogs/{blog}/changes?after=0", timeout=60).json()
    ids = [obj["id"] for obj in state["objects"] if obj["kind"] == "post"]
    assert {*desk.acknowledged} <= {*ids}
    assert len(ids) == len({*ids})
    assert house.store.load(blog).seq == state["seq"]


def test_a_primary_that_comes_back_follows_the_new_one(house: House, blog: str) -> None:
    """Also after everything was stopped: its configuration once made it the primary, and its data are older."""
    desk = Desk(house, blog)
    desk.publish("Before the loss.")
    lost = house.primary()
    house.stop(f"valkey-{lost}", signal.SIGKILL)
    desk.publish("With the new one.")
    house.start_storage(lost)
    until(lambda: house.replicas(house.primary()) == 2)
    assert house.primary() != lost
    for port in [*house.sentinels, *house.storage]:
        house.stop(f"{'sentinel' if port in house.sentinels else 'valkey'}-{port}")
    for port in house.storage:
        house.start_storage(port)
    for port in house.sentinels:
        house._start_server("sentinel", port)
    desk.publish("After a night's sleep.")
    ids = {post.id for post in house.store.load(blog).posts}
    assert {*desk.acknowledged} <= ids
    assert house.primary() != lost
