"""The Kubernetes manifests, by Kubernetes' own schemas, of the oldest version that they name and of the newest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from liveblog.config import Settings

FOLDER = Path(__file__).parent.parent.parent / "deploy/kubernetes"
OBJECTS: list[dict[str, Any]] = [
    made for file in sorted(FOLDER.glob("*.yaml")) for made in yaml.safe_load_all(file.read_text())
]
KINDS = {(made["kind"], made["metadata"]["name"]): made for made in OBJECTS}


def pod(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = KINDS[kind, name]["spec"]["template"]["spec"]
    return found


WEB, STORAGE = pod("Deployment", "web"), pod("StatefulSet", "valkey")
CONTAINERS = [WEB["containers"][0], STORAGE["containers"][0]]


@pytest.mark.parametrize("made", OBJECTS, ids=lambda made: f"{made['kind']} {made['metadata']['name']}")
def test_kubernetes_knows_every_field(made: dict[str, Any]) -> None:
    oldest = re.search(r"Kubernetes (1\.\d+) or newer", (FOLDER / "web.yaml").read_text())
    assert oldest
    for version in (oldest[1], kubernetes_validate.latest_version()):
        kubernetes_validate.validate(made, version, strict=True)


def test_a_field_that_is_none_would_be_found() -> None:
    wrong = {**KINDS["Service", "web"], "spec": {"selectors": {"app": "liveblog"}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_the_settings_are_settings() -> None:
    given = {**KINDS["ConfigMap", "liveblog"]["data"]}
    given |= {each["name"]: each["value"] for each in CONTAINERS[0]["env"]}
    settings = Settings.from_environ(given)
    assert settings.base_url == f"https://{KINDS['Ingress', 'web']['spec']['rules'][0]['host']}"
    assert {str(settings.data)} <= {each["mountPath"] for each in CONTAINERS[0]["volumeMounts"]}
    ports = {each["port"] for each in KINDS["Service", "valkey"]["spec"]["ports"]}
    assert re.search(r"@valkey:(\d+)/", str(settings.redis_url))[1] in map(str, ports)  # type: ignore[index]


def test_no_variable_that_kubernetes_makes_is_taken_for_a_setting() -> None:
    """For a service `liveblog` it would set LIVEBLOG_PORT to tcp://10.0.0.1:80, which is no port."""
    assert WEB["enableServiceLinks"] is False
    assert "liveblog" not in {name for kind, name in KINDS if kind == "Service"}


@pytest.mark.parametrize("which", [WEB, STORAGE], ids=["web", "storage"])
def test_a_container_may_do_nothing_that_it_need_not(which: dict[str, Any]) -> None:
    assert which["securityContext"]["runAsNonRoot"] is True
    assert which["automountServiceAccountToken"] is False
    (container,) = which["containers"]
    mine = container["securityContext"]
    assert (mine["readOnlyRootFilesystem"], mine["allowPrivilegeEscalation"]) == (True, False)
    assert mine["capabilities"] == {"drop": ["ALL"]}


def test_a_new_version_takes_no_reader_away_before_it_is_ready() -> None:
    assert KINDS["Deployment", "web"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    web = CONTAINERS[0]
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"
    drain = Settings.from_environ({}).drain_seconds + web["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert WEB["terminationGracePeriodSeconds"] > drain + 10


def test_what_selects_pods_selects_ours() -> None:
    pods = [("Deployment", "web"), ("StatefulSet", "valkey")]
    labels = {name: KINDS[kind, name]["spec"]["template"]["metadata"]["labels"] for kind, name in pods}
    for (kind, name), made in KINDS.items():
        spec = made.get("spec", {})
        selector = spec.get("selector") or spec.get("podSelector")
        if selector is not None:
            assert selector.get("matchLabels", selector) == labels[name], kind


def test_the_storage_keeps_what_is_acknowledged() -> None:
    said = {each.removeprefix("--") for each in CONTAINERS[1]["args"]}
    shipped = (FOLDER.parent / "valkey.conf").read_text().splitlines()
    assert {each for each in shipped if each.startswith(("append", "maxmemory", "save"))} <= said
    assert "requirepass $(VALKEY_PASSWORD)" in said
