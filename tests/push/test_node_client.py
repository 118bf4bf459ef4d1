"""Node's own socket.io-client, as other developers would use it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.live_server import LiveServer

SCRIPT = Path(__file__).parent.parent / "js" / "node_client.mjs"


def told(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


@pytest.mark.node
def test_node_receives_sync_and_change(server: LiveServer) -> None:
    slug = server.open("node")
    with subprocess.Popen(["node", str(SCRIPT), server.url, slug], stdout=subprocess.PIPE, text=True) as node:
        name, sync = told(node)
        assert (name, sync["seq"], sync["reset"]) == ("sync", 1, False)
        assert {obj["kind"] for obj in sync["objects"]} == {"blog", "category", "post"}
        posted = server.api("POST", f"/blogs/{slug}/posts", {"body": "Hello Node"}).json()
        name, change = told(node)
        assert (name, change["prev"], change["seq"], change["objects"]) == ("change", 1, 2, [posted])
        assert node.wait(60) == 0


@pytest.mark.node
@pytest.mark.parametrize("namespace", ["/", "/desks"])
def test_node_learns_that_a_namespace_is_not_served(server: LiveServer, namespace: str) -> None:
    command = ["node", str(SCRIPT), server.url, "nowhere", namespace]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as node:
        assert told(node) == ["refused", {"code": "not_found"}]


@pytest.mark.node
def test_node_learns_why_it_was_refused(server: LiveServer) -> None:
    with subprocess.Popen(["node", str(SCRIPT), server.url, "nowhere"], stdout=subprocess.PIPE, text=True) as node:
        assert told(node) == ["refused", {"code": "not_found"}]
