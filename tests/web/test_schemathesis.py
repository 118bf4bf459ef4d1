"""schemathesis sends what the description allows, and what it forbids; the server must answer as the description says.

It leaves out event streams, which do not end, and cursors, beside which other parameters do not count; the tests of
waits, and of the sockets' description, try both. Webhooks go to a port of this machine at which nobody listens, so that
no run asks other people's hosts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from liveblog.store.accounts import Role
from liveblog.store.people import People
from tests.live_server import LiveServer, live_server

CONFIG = Path(__file__).parent / "schemathesis.toml"
RUN = ("run", "--checks", "all", "--generation-deterministic", "--no-color", "--warnings", "off")

RELAY = "a-secret-of-relays"
OUTSIDE, NOBODY = "https://example.org/hook", "http://127.0.0.1:8009/hook"


@pytest.fixture(scope="module")
def night() -> Iterator[LiveServer]:
    """A server of its own, because the calls leave nothing as it was."""
    with live_server(LIVEBLOG_RELAY_TOKEN=RELAY, LIVEBLOG_WEBHOOK_NETWORKS="127.0.0.0/8") as running:
        running.open("oscars")
        yield running


def run(server: LiveServer, folder: Path, token: str | None, *options: str) -> None:
    """Let schemathesis send; if it finds something, fail with its report."""
    document = requests.get(f"{server.url}/api/v1/openapi.json", timeout=60).text
    assert OUTSIDE in document
    described = json.loads(document.replace(OUTSIDE, NOBODY))
    del described["paths"]["/api/v1/blogs/{slug}/stream"]
    changes = described["paths"]["/api/v1/blogs/{slug}/changes"]["get"]
    changes["parameters"] = [each for each in changes["parameters"] if each["name"] != "cursor"]
    (folder / "openapi.json").write_text(json.dumps(described))
    sent = ["-H", f"Authorization: Bearer {token}"] if token is not None else []
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), *RUN, *options, *sent]
    done = subprocess.run(
        [*command, "--url", f"{server.url}/", "openapi.json"], cwd=folder, capture_output=True, text=True, timeout=590
    )
    assert "generated" in done.stdout, done.stdout + done.stderr
    assert not done.returncode, done.stdout


ROLES: list[Role | None] = [None, "contributor", "editor", "admin"]


@pytest.mark.parametrize("role", ROLES)
def test_the_server_answers_every_role_as_the_description_says(
    night: LiveServer, tmp_path: Path, role: Role | None
) -> None:
    token = People(night.store).tokens.add(f"sent-{role}", role) if role else None
    run(night, tmp_path, token, "-n", "3", "--phases", "examples,coverage,fuzzing")


def test_the_server_answers_relays_as_the_description_says(night: LiveServer, tmp_path: Path) -> None:
    run(night, tmp_path, RELAY, "-n", "20", "--include-tag", "Relays")


@pytest.mark.slow
def test_long_runs_find_nothing(night: LiveServer, tmp_path: Path) -> None:
    token = People(night.store).tokens.add("sent-long", "admin")
    run(night, tmp_path, token, "-n", "60")
    assert People(night.store).tokens.find(token), "the run ended its own token: what came after was refused"
