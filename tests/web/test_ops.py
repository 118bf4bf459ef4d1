"""Operations: alive, ready, and the gauges."""

from __future__ import annotations

import requests
from flask import Flask

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.commits import Store
from tests.live_server import LiveServer, until
from tests.push.socket_client import Line


def metrics(server: LiveServer) -> dict[str, float]:
    lines = requests.get(f"{server.url}/metrics", timeout=60).text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def away() -> Flask:
    """An application whose storage cannot be reached."""
    return create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1"))


def test_a_running_server_is_alive_and_ready(server: LiveServer) -> None:
    for path in ("/healthz", "/readyz"):
        answer = requests.get(server.url + path, timeout=60)
        assert (answer.status_code, answer.text) == (200, "ok\n")


def test_without_storage_a_process_is_alive_but_not_ready() -> None:
    client = away().test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "cannot be reached" in answer.text


def test_the_gauges_show_readers_and_positions(server: LiveServer) -> None:
    slug = server.open("gauges")
    line = Line(server.url, {"blog": slug})
    until(lambda: metrics(server).get(f'liveblog_readers{{blog="{slug}"}}') == 1)
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
    found = metrics(server)
    assert found[f'liveblog_seq{{blog="{slug}"}}'] == 2
    assert found["liveblog_storage_healthy"] == 1
    line.close()
    until(lambda: f'liveblog_readers{{blog="{slug}"}}' not in metrics(server))  # not a row for each night


def test_the_gauges_do_not_reveal_drafts(server: LiveServer) -> None:
    slug = server.open("gauged-draft", "draft")
    assert server.api("GET", f"/blogs/{slug}").status_code == 200  # an editor has requested it, so it is in memory
    assert slug not in requests.get(f"{server.url}/metrics", timeout=60).text
