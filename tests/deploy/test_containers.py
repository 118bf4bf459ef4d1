"""docker-compose.yml in real containers: it comes up, each part is killed under posts, and it is upgraded meanwhile."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.live_server import until
from tests.ports import free_ports
from tests.push.socket_client import Reader

ROOT = Path(__file__).parent.parent.parent
IMAGES = ("python:3.13-slim", "nginx:1.28", "valkey/valkey:9.0")


def _missing() -> str:
    """Why there can be no containers here; empty if there can."""
    if shutil.which("docker") is None:
        return "Docker is not installed (Debian: apt install docker.io docker-compose)"
    for image in IMAGES:
        if subprocess.run(["docker", "image", "inspect", image], capture_output=True, timeout=60).returncode:
            return f"no Docker engine with the image {image} (docker pull {image})"
    return ""


WHY_NOT = _missing()
pytestmark = [pytest.mark.slow, pytest.mark.fault, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "-")]


class Containers:
    """The shipped topology as a Compose project of its own."""

    def __init__(self, project: str, port: int) -> None:
        self.project, self.url = project, f"http://127.0.0.1:{port}"
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("LIVEBLOG_")}
        self.environ |= {"COMPOSE_PROJECT_NAME": project, "PORT": str(port), "NETWORK": "172.30.98"}

    def compose(self, *words: str, given: str = "") -> str:
        """Run `docker compose`. Returns its output."""
        command = ["docker", "compose", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environ, input=given, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ids(self, service: str) -> list[str]:
        return self.compose("ps", "-q", service).split()

    def kill(self, service: str) -> None:
        """Kill a service's first container from outside, as a crash would: Docker starts that again."""
        pid = docker("inspect", "--format", "{{.State.Pid}}", self.ids(service)[0]).strip()
        subprocess.run(["kill", "-9", pid], check=True)

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=60).status_code == 200
        except requests.RequestException:
            return False

    def healthy(self) -> bool:
        states = docker(
            "ps", "--filter", f"label=com.docker.compose.project={self.project}", "--format", "{{.Status}}"
        ).splitlines()
        return len(states) == 9 and all("(healthy)" in each for each in states)


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def containers() -> Iterator[Containers]:
    (port,) = free_ports(1)
    made = Containers(f"night{os.getpid()}", port)
    try:
        made.compose("up", "--build", "-d", "--wait", "--wait-timeout", "240")
        yield made
    finally:
        print(made.compose("logs", "--tail", "40"))
        made.compose("down", "-v", "--rmi", "local", "--timeout", "10")


class Night:
    """A blog, an editor who repeats refused requests with the same key, readers, and somebody who loads pages."""

    def __init__(self, containers: Containers) -> None:
        self.containers, self.slug = containers, f"night-{secrets.token_hex(3)}"
        night = '[[category]]\nname = "Best Picture"\nnominees = [{ name = "Anora", film = "Anora" }]\n'
        words = ("liveblog", "blog", "create", self.slug, "--title", "The night", "--status", "live", "--night", "-")
        containers.compose("exec", "-T", "web", *words, given=night)
        token = containers.compose("exec", "-T", "web", "liveblog", "token", "add", self.slug, "--role", "editor")
        self._headers = {"Authorization": f"Bearer {token.split()[-1]}"}
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self.readers = [Reader(containers.url, self.slug) for _ in range(10)]

    def publish(self, body: str) -> None:
        """Publish; a refused or lost request is repeated with its key."""
        url, key = f"{self.containers.url}/api/v1/blogs/{self.slug}/posts", secrets.token_hex(8)

        def published() -> bool:
            try:
                headers = self._headers | {"Idempotency-Key": key}
                answer = requests.post(url, json={"body": body}, headers=headers, timeout=60)
            except requests.RequestException as no:
                self.refused.append(type(no).__name__)
                return False
            if answer.status_code != 201:
                self.refused.append(str(answer.status_code))
                assert answer.status_code in (502, 503, 504), answer.text
            return answer.status_code == 201

        until(published)
        self.acknowledged.append(body)

    def look(self) -> None:
        """Load the page as a new reader does."""
        try:
            status = requests.get(f"{self.containers.url}/live/{self.slug}", timeout=60).status_code
        except requests.RequestException as no:
            self.refused.append(type(no).__name__)
        else:
            self.refused += [f"page {status}"] if status != 200 else []

    def bodies(self) -> list[str]:
        """The posts as a client gets them that comes now, oldest first."""
        answer = requests.get(f"{self.containers.url}/api/v1/blogs/{self.slug}/changes?after=0", timeout=60).json()
        posts = [each for each in answer["objects"] if each["kind"] == "post"]
        return [each["body"] for each in sorted(posts, key=lambda each: each["published_at"])]

    @contextmanager
    def goes_on(self) -> Iterator[None]:
        """Posts come and pages are loaded all the time; in the end nobody lacks anything or has it twice."""
        over = threading.Event()

        def write() -> None:
            while not over.is_set():
                self.publish(f"Update {len(self.acknowledged)}.")

        def visit() -> None:
            while not over.is_set():
                self.look()

        people = [threading.Thread(target=each, daemon=True) for each in (write, visit)]
        for each in (*self.readers, *people):
            each.start()
        until(lambda: self.acknowledged)
        yield
        before = len(self.acknowledged)
        until(lambda: len(self.acknowledged) > before + 5)
        over.set()
        for each in people:
            each.join(60)
        assert self.bodies() == self.acknowledged
        for reader in self.readers:
            until(lambda reader=reader: self._has(reader) == sorted(self.acknowledged))  # type: ignore[misc]
            reader.leaving.set()

    def _has(self, reader: Reader) -> list[str]:
        return sorted(each["body"] for each in [*reader.objects.values()] if each["kind"] == "post")


def test_nobody_is_more_than_they_must_be(containers: Containers) -> None:
    for service in ("nginx", "web", "valkey-1", "sentinel-1"):
        told = containers.compose(
            "exec", "-T", service, "sh", "-c", "id -u; grep CapEff /proc/1/status; touch /x || true"
        )
        user, rights = told.splitlines()
        assert user != "0"
        assert int(rights.split()[1], 16) == 0
    for port, service in ((6379, "valkey-1"), (26379, "sentinel-1")):
        asked = f"valkey-cli -p {port} ping; valkey-cli -p {port} acl list; valkey-cli -p {port} info; true"
        told = containers.compose("exec", "-T", service, "sh", "-c", asked)
        assert told.startswith("PONG\n")
        assert told.count("NOPERM") == 2


@pytest.mark.parametrize("part", ["web", "nginx", "valkey-2", "sentinel-1", "valkey-1"])
def test_a_killed_part_comes_back_and_nothing_acknowledged_is_lost(containers: Containers, part: str) -> None:
    until(containers.healthy, 120)
    night = Night(containers)
    with night.goes_on():
        containers.kill(part)
        until(containers.answers)
    until(containers.healthy, 120)
    refused = ", ".join(f"{each} ×{night.refused.count(each)}" for each in dict.fromkeys(night.refused)) or "nothing"
    print(f"{part} killed: {len(night.acknowledged)} posts, refused {refused}")


def test_a_new_version_replaces_the_web_containers_while_the_night_goes_on(containers: Containers) -> None:
    until(containers.healthy, 120)
    old, night = containers.ids("web"), Night(containers)
    with night.goes_on():
        subprocess.run(["sh", "deploy/upgrade.sh"], cwd=ROOT, env=containers.environ, check=True, timeout=300)
        assert set(containers.ids("web")).isdisjoint(old)
    assert night.refused == []
    assert len(containers.ids("web")) == len(old)


def test_a_new_version_replaces_ill_and_stopped_containers_too(containers: Containers) -> None:
    """Whoever upgrades often does it because the old version hangs, or has stopped a container by hand."""
    until(containers.healthy, 120)
    containers.compose("up", "-d", "--no-deps", "--no-recreate", "--scale", "web=3", "web")
    hung, stopped, _ = old = containers.ids("web")
    docker("stop", "--time", "1", stopped)
    pids = docker("top", hung, "-o", "pid").split()[1:]
    subprocess.run(["kill", "-STOP", *pids], check=True)
    subprocess.run(["sh", "deploy/upgrade.sh"], cwd=ROOT, env=containers.environ, check=True, timeout=300)
    everything = containers.compose("ps", "--all", "-q", "web").split()
    assert set(everything).isdisjoint(old)
    assert len(everything) == 2
    assert containers.answers()


def test_a_new_version_that_does_not_answer_changes_nothing(containers: Containers, tmp_path: Path) -> None:
    until(containers.healthy, 120)
    old = set(containers.ids("web"))
    environ = containers.environ | {"LIVEBLOG_MEDIA": "s3://"}  # a setting that the new containers refuse
    done = subprocess.run(
        ["sh", "deploy/upgrade.sh"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert set(containers.ids("web")) == old
    assert containers.answers()
