"""An installation with more nights than connections in redis-py's pools: the newest is as live as the first."""

from __future__ import annotations

from functools import partial
from typing import Any

import requests

from liveblog import actions
from tests.live_server import live_server, until
from tests.push.socket_client import Reader
from tests.web.test_ops import metrics

BLOGS = 130


def test_with_130_blogs_asked_for_the_last_one_is_live() -> None:
    with live_server("serve") as server:
        slugs = [f"night-{number}" for number in range(BLOGS)]
        for slug in slugs:
            opened = partial(actions.create_blog, slug=slug, title=slug, status="live")
            server.store.perform(slug, opened, by="ada")
        for slug in slugs:
            assert requests.get(f"{server.url}/live/{slug}", timeout=60).status_code == 200
            assert server.api("GET", f"/blogs/{slug}/drafts").status_code == 200  # a desk was open, too
        last = slugs[-1]
        with requests.get(f"{server.url}/api/v1/blogs/{last}/stream", stream=True, timeout=60) as stream:
            reader = Reader(server.url, last)
            reader.start()
            until(lambda: reader.seq)
            for number in range(5):
                answer = server.api("POST", f"/blogs/{last}/posts", {"body": f"Award {number}"})
                assert answer.status_code == 201
            lines = stream.iter_lines()
            for number in range(5):
                assert any(f"Award {number}".encode() in line for line in lines)
            until(lambda: reader.seq == 6)
            reader.leaving.set()
        assert requests.get(f"{server.url}/readyz", timeout=60).status_code == 200
        assert metrics(server)["liveblog_storage_healthy"] == 1


def test_a_process_that_cannot_read_on_is_not_ready() -> None:
    """Storage answers and takes changes, but refuses to read the log."""
    with live_server("serve") as server:
        slug = server.open()
        assert requests.get(f"{server.url}/live/{slug}", timeout=60).status_code == 200
        storage: Any = server.store.client
        storage.execute_command("ACL", "SETUSER", "default", "-xread")

        def readiness() -> int:
            return requests.get(f"{server.url}/readyz", timeout=60).status_code

        until(lambda: readiness() == 503)
        assert metrics(server)["liveblog_storage_healthy"] == 0
        assert "late" in requests.get(f"{server.url}/readyz", timeout=60).text
        storage.execute_command("ACL", "SETUSER", "default", "+xread")
        until(lambda: readiness() == 200)
