"""The dashboard, the alerts and the guide name figures that real servers have, and Prometheus understands them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.live_server import LiveServer, live_server, until
from tests.ports import free_port
from tests.push.socket_client import Line

ROOT = Path(__file__).parent.parent.parent
RULES = ROOT / "deploy/prometheus"
DASHBOARD = ROOT / "deploy/grafana/dashboard.json"
GUIDE = ROOT / "docs/watching.md"
FIGURE = re.compile(r"\b(?:liveblog|process)_[a-z_]+[a-z]\b")

promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is missing (Debian: prometheus)")


def expressions() -> list[str]:
    """Every query of the dashboard."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.fixture(scope="module")
def figures(server: LiveServer) -> set[str]:
    """Every name of a row that a real server has after some of everything."""
    slug = server.open("watched")
    line = Line(server.url, {"blog": slug})
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
    requests.get(f"{server.url}/no-such-page", timeout=60)
    until(lambda: "liveblog_readers{" in requests.get(f"{server.url}/metrics", timeout=60).text)
    families = text_string_to_metric_families(requests.get(f"{server.url}/metrics", timeout=60).text)
    line.close()
    return {row.name for family in families for row in family.samples}


def named(name: str, text: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None


@pytest.mark.parametrize(
    "file", [DASHBOARD, RULES / "alerts.yml", RULES / "alerts.test.yml"], ids=lambda file: file.name
)
def test_every_figure_that_is_asked_for_exists(figures: set[str], file: Path) -> None:
    asked = set(FIGURE.findall(file.read_text()))
    assert len(asked) > 5
    assert not asked - figures - {re.sub(r"_(bucket|count|sum)$", "", name) for name in figures}


def test_every_figure_is_in_the_guide_and_no_other(figures: set[str]) -> None:
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in figures if name.startswith("liveblog_")}
    guide = set(re.findall(r"`(liveblog_[a-z_]+)`", GUIDE.read_text()))
    assert guide == ours


def test_every_figure_is_on_the_dashboard(figures: set[str]) -> None:
    shown = set(FIGURE.findall(DASHBOARD.read_text()))
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in figures if name.startswith("liveblog_")}
    assert not {name for name in ours if not any(each.startswith(name) for each in shown)}


def test_the_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: list[tuple[int, int]] = []
    for at in (panel["gridPos"] for panel in panels):
        assert at["x"] + at["w"] <= 24
        cells += [(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])]
    assert len(cells) == len(set(cells))


def test_every_alert_is_tested() -> None:
    alerts = re.findall(r"- alert: (\w+)", (RULES / "alerts.yml").read_text())
    tested = (RULES / "alerts.test.yml").read_text()
    assert len(alerts) > 10
    assert not [alert for alert in alerts if not named(alert, tested)]


@promtool
@pytest.mark.parametrize(
    "command", ["check config prometheus.yml", "check rules alerts.yml", "test rules alerts.test.yml"]
)
def test_promtool_is_content(command: str) -> None:
    done = subprocess.run(["promtool", *command.split()], cwd=RULES, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@promtool
@pytest.mark.parametrize(
    ("right", "wrong"), [("> 5\n", "> 500\n"), ("== 0\n", "== 7\n"), ("[1m])) > 0", "[1m])) > 1e6")]
)
def test_the_tests_of_the_alerts_can_fail(tmp_path: Path, right: str, wrong: str) -> None:
    text = (RULES / "alerts.yml").read_text()
    assert right in text
    (tmp_path / "alerts.yml").write_text(text.replace(right, wrong))
    shutil.copy(RULES / "alerts.test.yml", tmp_path)
    command = ["promtool", "test", "rules", "alerts.test.yml"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode != 0


# -- a real Prometheus


@contextmanager
def prometheus(folder: Path, server: LiveServer) -> Iterator[str]:
    """A Prometheus that scrapes a server each second, with our alerts. Yields its address."""
    port = free_port()
    shutil.copy(RULES / "alerts.yml", folder)
    target = server.url.removeprefix("http://")
    config = (RULES / "prometheus.yml").read_text().partition("    dns_sd_configs:")[0].replace("15s", "1s")
    (folder / "prometheus.yml").write_text(f"{config}    static_configs:\n      - targets: ['{target}']\n")
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: _is_ready(url, process))
        yield url
    finally:
        process.terminate()
        process.wait()


def _is_ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None
    try:
        return requests.get(f"{url}/-/ready", timeout=60).status_code == 200
    except requests.ConnectionError:
        return False


def query(url: str, expression: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{url}/api/v1/query", params={"query": expression}, timeout=60).json()
    assert answer["status"] == "success", answer
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("prometheus") is None, reason="Prometheus is missing (Debian: prometheus)")
def test_prometheus_scrapes_both_web_processes_and_answers_the_dashboard(tmp_path: Path) -> None:
    with live_server("serve", "--workers", "2") as server:
        slug = server.open()
        line = Line(server.url, {"blog": slug})
        with prometheus(tmp_path, server) as url:
            until(lambda: [row["value"][1] for row in query(url, "liveblog_worker_up")] == ["1", "1"])
            server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
            until(lambda: query(url, 'liveblog_readers{blog="anora"} == 1 and on() liveblog_seq == 2'))
            delivered = "histogram_quantile(0.99, sum by (le) (rate(liveblog_delivery_seconds_bucket[1m])))"
            until(lambda: [row for row in query(url, delivered) if row["value"][1] != "NaN"])
            for expression in expressions():
                query(url, expression)
            until(lambda: all(rule["health"] == "ok" for rule in _rules(url)))
            assert not [rule["name"] for rule in _rules(url) if rule["state"] == "firing"]
        line.close()


def _rules(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{url}/api/v1/rules", timeout=60).json()["data"]["groups"][0]["rules"]
    return found
