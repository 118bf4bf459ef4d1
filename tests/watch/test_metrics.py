"""`/metrics` of real servers: what is counted, and that one scrape has all web processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import requests
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.push.sender import Sender
from liveblog.store.commits import Store
from liveblog.watch import counts
from tests.leaks import OPEN
from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Line

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def scraped(server: LiveServer) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Every row of a scrape: values by labels, by name."""
    rows: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(requests.get(f"{server.url}/metrics", timeout=60).text):
        for row in family.samples:
            rows.setdefault(row.name, {})[tuple(sorted(row.labels.items()))] = row.value
    return rows


def figure(server: LiveServer, name: str, **labels: str) -> float:
    """The sum of all rows of this name that have these labels."""
    wanted = set(labels.items())
    return sum(value for row, value in scraped(server).get(name, {}).items() if wanted <= set(row))


@contextmanager
def followed(server: LiveServer, slug: str, number: int = 1) -> Iterator[list[Line]]:
    lines = [Line(server.url, {"blog": slug}) for _ in range(number)]
    until(lambda: figure(server, "liveblog_readers", blog=slug) == number)
    yield lines
    for line in lines:
        line.close()


def test_a_post_is_measured_from_its_commit_to_the_last_reader(server: LiveServer) -> None:
    slug = server.open("measured")
    with followed(server, slug):
        names = ("liveblog_delivery_seconds_count", "liveblog_fan_out_seconds_count", "liveblog_changes_total")
        before = [figure(server, name) for name in names]
        acts = figure(server, "liveblog_acts_total", act="publish")
        server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
        until(lambda: all(figure(server, name) > old for name, old in zip(names, before, strict=True)))
        assert figure(server, "liveblog_acts_total", act="publish") == acts + 1
        assert figure(server, "liveblog_open_lines", kind="websocket") >= 1


def test_a_repeated_request_is_one_act(server: LiveServer) -> None:
    slug = server.open("once")
    acts = figure(server, "liveblog_acts_total")
    for _ in range(3):
        server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"}, Idempotency_Key="once")
    assert figure(server, "liveblog_acts_total") == acts + 1


def test_requests_count_by_route_and_never_by_address(server: LiveServer) -> None:
    slug = server.open("routed")
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"}).json()["id"]
    name, page = "liveblog_http_seconds_count", {"route": "reader.live", "method": "GET", "status": "2xx"}
    cached = figure(server, name, by="front", **page)
    made = figure(server, name, by="flask", **page)
    for _ in range(3):
        requests.get(f"{server.url}/live/{slug}", timeout=60)
    assert figure(server, name, by="flask", **page) == made + 1  # the others are answered before Flask
    assert figure(server, name, by="front", **page) == cached + 2
    requests.get(f"{server.url}/live/{slug}/posts/{post}", timeout=60)
    requests.get(f"{server.url}/no-such-address/{post}", timeout=60)
    requests.request("BREW", f"{server.url}/live/{slug}", timeout=60)
    text = requests.get(f"{server.url}/metrics", timeout=60).text
    assert 'route="none"' in text
    assert 'method="other"' in text
    assert not [word for word in (post, "no-such-address", "BREW", "127.0.0.1") if word in text]


def test_a_long_poll_has_a_route_of_its_own(server: LiveServer) -> None:
    slug = server.open("polled")
    epoch, seq = (server.state(slug)[name] for name in ("epoch", "seq"))
    before = figure(server, "liveblog_http_seconds_count", route="api.get_changes.wait")
    requests.get(f"{server.url}/api/v1/blogs/{slug}/changes?epoch={epoch}&after={seq}&wait=1", timeout=60)
    assert figure(server, "liveblog_http_seconds_count", route="api.get_changes.wait") == before + 1


def test_handshakes_and_streams_are_counted_and_what_readers_missed(server: LiveServer) -> None:
    slug = server.open("missed")
    epoch, seq = (server.state(slug)[name] for name in ("epoch", "seq"))
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
    current = server.state(slug)["seq"]
    before = {kind: figure(server, "liveblog_catch_ups_total", kind=kind) for kind in ("empty", "changes", "whole")}
    lines = [
        Line(server.url, {"blog": slug}),
        Line(server.url, {"blog": slug, "epoch": epoch, "seq": seq}),
        Line(server.url, {"blog": slug, "epoch": epoch, "seq": current}),
        Line(server.url, {"blog": slug, "epoch": "another", "seq": 1}),
    ]
    until(lambda: figure(server, "liveblog_readers", blog=slug) == 4)
    stream = requests.get(
        f"{server.url}/api/v1/blogs/{slug}/stream?epoch={epoch}&after={current}", stream=True, timeout=60
    )
    OPEN.add(stream)
    until(lambda: figure(server, "liveblog_open_lines", kind="stream") == 1)
    after = {kind: figure(server, "liveblog_catch_ups_total", kind=kind) for kind in before}
    assert {kind: after[kind] - before[kind] for kind in before} == {"empty": 2, "changes": 1, "whole": 2}
    assert figure(server, "liveblog_http_seconds_count", route="websocket", status="1xx") >= 4
    assert figure(server, "liveblog_http_seconds_count", route="stream", status="2xx") >= 1
    stream.close()
    for line in lines:
        line.close()


def test_refusals_count_by_code(server: LiveServer) -> None:
    before = [figure(server, "liveblog_errors_total", code=code) for code in ("not_found", "not_signed_in")]
    requests.get(f"{server.url}/api/v1/blogs/no-such-blog", timeout=60)  # by Flask
    requests.get(f"{server.url}/api/v1/blogs/no-such-blog/stream", timeout=60)  # before it
    requests.post(f"{server.url}/api/v1/blogs", json={}, timeout=60)
    after = [figure(server, "liveblog_errors_total", code=code) for code in ("not_found", "not_signed_in")]
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 1]


def test_refused_sign_ins_count(server: LiveServer) -> None:
    before = figure(server, "liveblog_sign_ins_total", outcome="refused")
    requests.post(f"{server.url}/desk/sign-in", data={"name": "Nobody", "password": "guess guess"}, timeout=60)
    assert figure(server, "liveblog_sign_ins_total", outcome="refused") == before + 1
    assert "Nobody" not in requests.get(f"{server.url}/metrics", timeout=60).text


def test_one_scrape_has_all_web_processes_also_when_one_hangs_or_was_replaced() -> None:
    with live_server("serve", "--workers", "2") as server:
        slug = server.open()
        until(lambda: _up(server) == [1, 1])
        with followed(server, slug, 6):
            rows = scraped(server)
            assert {dict(row)["worker"] for row in rows["process_resident_memory_bytes"]} == {"0", "1"}
            assert set(rows["liveblog_worker_up"].values()) == {1}
            assert rows["liveblog_readers"] == {(("blog", slug),): 6}  # of both together
            assert sum(rows["liveblog_storage_errors_total"].values()) == 0  # not the master's, before the fork
            seq = server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"}).json()["seq"]
            until(lambda: figure(server, "liveblog_seq", blog=slug) == seq)
        hanging, _ = server.workers()
        os.kill(hanging, signal.SIGSTOP)
        try:
            until(lambda: _up(server) == [0, 1])
        finally:
            os.kill(hanging, signal.SIGCONT)
        server.log.expect("SIGKILL")
        os.kill(hanging, signal.SIGKILL)
        until(lambda: hanging not in server.workers() and len(server.workers()) == 2)
        until(lambda: _up(server) == [1, 1])  # the new one goes on under the same number
        assert figure(server, "liveblog_storage_healthy") == 1


@pytest.mark.parametrize("setting", ["auto", "off"])
def test_log_and_metrics_say_of_each_process_how_posts_are_sent(setting: str) -> None:
    with live_server("serve", "--workers", "2", LIVEBLOG_IO_URING=setting) as server:
        until(lambda: _up(server) == [1, 1])
        said = server.log.path.read_text().count("readers are sent to by ")
        facts = [dict(row) for row in scraped(server)["liveblog_info"]]
    assert said == len(facts) == 2
    assert {each["send_path"] for each in facts} == {Sender(allowed=setting == "auto").path}
    assert {each["poller"] for each in facts} <= {"epoll", "kqueue"}


def _up(server: LiveServer) -> list[float]:
    """Which web processes answered a scrape. One that hangs may hold a scrape that it accepted."""
    try:
        text = requests.get(f"{server.url}/metrics", timeout=(60, 5)).text
    except requests.ReadTimeout:
        return []
    families = {family.name: family for family in text_string_to_metric_families(text)}
    return sorted(row.value for row in families["liveblog_worker_up"].samples)


def test_nothing_is_left_of_the_processes_common_directory() -> None:
    with TemporaryDirectory(prefix="lb") as mine, live_server("serve", "--workers", "2", TMPDIR=mine) as server:
        (made,) = Path(mine).glob("liveblog-web-*")
        assert made.stat().st_mode & 0o777 == 0o700
        server.stop()
        assert not [*Path(mine).glob("liveblog-web-*")]


def test_openmetrics_is_negotiated(server: LiveServer) -> None:
    answer = requests.get(f"{server.url}/metrics", headers={"Accept": OPENMETRICS}, timeout=60)
    assert answer.headers["Content-Type"].startswith(OPENMETRICS)
    names = {family.name for family in openmetrics(answer.text)}  # type: ignore[no-untyped-call]
    assert {each.name for each in (*counts.COUNTERS, *counts.HISTOGRAMS)} <= names
    plain = requests.get(f"{server.url}/metrics", timeout=60)
    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_a_process_by_itself_answers_too() -> None:
    """Under another server than `liveblog serve`, and without storage."""
    client = create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1")).test_client()
    assert client.get("/api/v1/blogs/anora").status_code == 503
    text = client.get("/metrics").text
    assert 'liveblog_errors_total{code="storage_unavailable",status="503",worker="0"}' in text
    assert 'liveblog_worker_up{worker="0"} 1.0' in text


@pytest.mark.parametrize("name", ["liveblog_readers", "liveblog_seq", "liveblog_storage_healthy"])
def test_figures_of_all_together_have_no_worker(server: LiveServer, name: str) -> None:
    with followed(server, server.open("together")):
        assert all("worker" not in dict(row) for row in scraped(server)[name])
