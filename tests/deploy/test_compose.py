"""docker-compose.yml and Dockerfile: the real Compose reads them, and they match the files that they name."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network, ip_address
from pathlib import Path
from typing import Any

import pytest

from liveblog.config import Settings
from tests.live_server import LiveServer

ROOT = Path(__file__).parent.parent.parent
COMPOSE = shutil.which("docker-compose", path=str(Path(sys.executable).parent))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file as Compose understands it."""
    assert COMPOSE is not None
    command = [COMPOSE, "-f", str(ROOT / "docker-compose.yml"), "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def test_the_file_is_valid(compose: dict[str, Any]) -> None:
    assert COMPOSE is not None
    subprocess.run([COMPOSE, "-f", str(ROOT / "docker-compose.yml"), "config", "-q"], check=True)
    kinds = {re.sub(r"-\d$", "", name) for name in compose["services"]}
    assert kinds == {"nginx", "web", "valkey", "sentinel", "keys"}


def test_the_number_of_web_processes_is_a_setting_that_every_command_reads(tmp_path: Path) -> None:
    """With `--scale` alone the next `up`, for TLS say, stopped the processes that it had added."""
    assert COMPOSE is not None
    (tmp_path / ".env").write_text("WEB=4\n")
    command = [COMPOSE, "--env-file", str(tmp_path / ".env"), "-f", str(ROOT / "docker-compose.yml"), "config"]
    done = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["services"]["web"]["scale"] == 4


def settings_of(compose: dict[str, Any], folder: Path) -> Settings:
    """The settings of a web process, with the address of storage that the containers' passwords are in."""
    *command, _, one, two, three = compose["services"]["keys"]["command"]
    assert command == ["sh", "/deploy/keys.sh"]
    subprocess.run(["sh", str(ROOT / "deploy/keys.sh"), str(folder), one, two, three], check=True)
    environ = compose["services"]["web"]["environment"]
    assert environ["LIVEBLOG_REDIS_URL_FILE"] == "/keys/storage-url"
    return Settings.from_environ(environ | {"LIVEBLOG_REDIS_URL_FILE": str(folder / "storage-url")})


def test_the_web_processes_settings_are_settings(compose: dict[str, Any], tmp_path: Path) -> None:
    settings = settings_of(compose, tmp_path)
    assert settings.replicas == 1
    hosts = re.findall(r"[\w-]+(?=:26379)", str(settings.redis_url))
    assert hosts == [name for name in compose["services"] if name.startswith("sentinel")]


def test_passwords_are_made_once(compose: dict[str, Any], tmp_path: Path) -> None:
    before = settings_of(compose, tmp_path).redis_url
    assert settings_of(compose, tmp_path).redis_url == before
    words = [(tmp_path / name).read_text() for name in ("web", "replica", "sentinel")]
    assert len({*words}) == 3
    assert all(re.fullmatch("[0-9a-f]{48}", word) for word in words)


def test_storage_does_not_start_without_passwords(tmp_path: Path) -> None:
    for keys in ({}, {"KEYS": str(tmp_path)}):
        command = ["sh", str(ROOT / "deploy/storage.sh"), "valkey", str(tmp_path), "one", "6379"]
        done = subprocess.run(command, env={"PATH": os.environ["PATH"], **keys}, capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr.startswith("storage.sh: there is no password in ")


def test_forwarded_addresses_count_only_from_containers(compose: dict[str, Any], tmp_path: Path) -> None:
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    settings = settings_of(compose, tmp_path)
    assert settings.proxies == (IPv4Network(network["ip_range"]),)
    containers = IPv4Network(network["ip_range"])
    assert containers.subnet_of(IPv4Network(network["subnet"]))
    assert ip_address(network["gateway"]) not in containers


def test_every_server_keeps_its_data_apart(compose: dict[str, Any]) -> None:
    servers = [name for name in compose["services"] if name.startswith(("valkey", "sentinel"))]
    for name in servers:
        volumes = {each["target"]: each["source"] for each in compose["services"][name]["volumes"]}
        assert volumes["/data"] == name
    assert {*compose["volumes"]} == {*servers, "pictures", "keys"}


def test_no_container_has_rights_that_it_does_not_need(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["pids_limit"], name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        assert "ulimits" not in service, name  # a container with more than the machine allows does not start
        assert service.get("user", "liveblog") != "root" or service["network_mode"] == "none", name
        assert (name == "keys") != ("healthcheck" in service or name == "web"), name


def test_the_images_packages_have_the_checked_versions_and_hashes() -> None:
    lines = (ROOT / "deploy/requirements.txt").read_text().splitlines()
    pins = {line.split("==")[0]: line for line in lines if re.match(r"[a-z0-9]", line)}
    checked = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    folded = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in checked.items()}
    for name, line in pins.items():
        assert line.split("==")[1].split()[0] == folded[name], name
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["s3"], "hatchling"]
    assert {re.split(r"[^\w-]", each)[0].lower().replace("_", "-") for each in wanted} <= pins.keys()
    assert sum("--hash=sha256:" in line for line in lines) > len(pins)
    assert not [line for line in lines if "://" in line]


def test_mounted_and_copied_files_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            assert volume["type"] == "volume" or Path(volume["source"]).exists()
    for line in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.M):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists()
            assert f"!{name}" in (ROOT / ".dockerignore").read_text().splitlines()


def test_nginx_has_the_shipped_configuration_and_starts_with_an_empty_cache(compose: dict[str, Any]) -> None:
    nginx = compose["services"]["nginx"]
    (mounted,) = nginx["volumes"]
    kept_in_memory = {each.partition(":")[0] for each in nginx["tmpfs"]}
    assert (Path(mounted["source"]), mounted["target"]) == (ROOT / "deploy/nginx.conf", "/etc/nginx/nginx.conf")
    kept = re.findall(r"(?:_path |unix:|pid )([^ ;]+)", (ROOT / "deploy/nginx.conf").read_text())
    assert {str(Path(each).parent) for each in kept} == kept_in_memory


@contextmanager
def saying(status: int) -> Iterator[int]:
    """A server that answers every request with this status, also as a proxy. Yields its port."""

    class Says(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *what: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Says) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def healthy(port: int, **environ: str) -> bool:
    """The result of the image's health check for a server at this port."""
    written = re.search(r"^HEALTHCHECK .*\\\n  CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.M)
    assert written is not None
    assert written[1].count("127.0.0.1:8000") == 1
    command = [sys.executable, *json.loads(written[1].replace(":8000", f":{port}"))[1:]]
    return subprocess.run(command, env={**os.environ, **environ}, capture_output=True, timeout=60).returncode == 0


def test_the_health_check_asks_the_server_itself_whatever_the_proxy_settings(server: LiveServer) -> None:
    """A proxy in the environment must neither hide a server that answers nor stand in for one that does not."""
    port = int(server.url.rpartition(":")[2])
    with saying(502) as broken, saying(200) as eager, saying(503) as ill, socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))  # it does not listen
        for proxy in (broken, eager):
            proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), f"http://127.0.0.1:{proxy}")
            assert healthy(port, **proxies)
            assert not healthy(ill, **proxies)
            assert not healthy(dead.getsockname()[1], **proxies)


def test_a_server_that_does_not_answer_is_not_healthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not healthy(silent.getsockname()[1])


def test_acknowledged_is_on_disk() -> None:
    conf = (ROOT / "deploy/valkey.conf").read_text().splitlines()
    assert {"appendonly yes", "appendfsync always", "maxmemory-policy noeviction"} <= {*conf}
