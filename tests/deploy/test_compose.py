"""docker-compose.yml and Dockerfile: read by the real Compose, and true to the files they name."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from liveblog.config import Settings

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
    assert kinds == {"nginx", "web", "valkey", "sentinel"}


def test_the_web_processes_settings_are_settings(compose: dict[str, Any]) -> None:
    settings = Settings.from_environ(compose["services"]["web"]["environment"])
    assert settings.replicas == 1
    hosts = re.findall(r"[\w-]+(?=:26379)", str(settings.redis_url))
    assert hosts == [name for name in compose["services"] if name.startswith("sentinel")]


def test_containers_are_believed_about_who_asks_and_nobody_from_outside(compose: dict[str, Any]) -> None:
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    settings = Settings.from_environ(compose["services"]["web"]["environment"])
    assert settings.proxies == (ip_network(network["ip_range"]),)
    assert ip_network(network["ip_range"]).subnet_of(ip_network(network["subnet"]))
    assert ip_address(network["gateway"]) not in ip_network(network["ip_range"])


def test_every_server_keeps_its_data_apart(compose: dict[str, Any]) -> None:
    servers = [name for name in compose["services"] if name.startswith(("valkey", "sentinel"))]
    for name in servers:
        volumes = {each["target"]: each["source"] for each in compose["services"][name]["volumes"]}
        assert volumes["/data"] == name
    assert {*compose["volumes"]} == {*servers, "pictures"}


def test_what_is_mounted_and_copied_is_there(compose: dict[str, Any]) -> None:
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
    assert (Path(mounted["source"]), mounted["target"]) == (ROOT / "deploy/nginx.conf", "/etc/nginx/nginx.conf")
    kept = re.findall(r"(?:_path |unix:)([^ ;]+)", (ROOT / "deploy/nginx.conf").read_text())
    assert {str(Path(each).parent) for each in kept} == {*nginx["tmpfs"]}


def test_acknowledged_is_on_disk() -> None:
    conf = (ROOT / "deploy/valkey.conf").read_text().splitlines()
    assert {"appendonly yes", "appendfsync always", "maxmemory-policy noeviction"} <= {*conf}
