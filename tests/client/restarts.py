"""A server that stops and starts again at the same address, at last from a copy that lacks its newest post."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.live_server import LiveServer, live_server
from tests.ports import free_port

Starts = list[AbstractContextManager[LiveServer]]


@contextmanager
def history_that_is_lost() -> Iterator[tuple[str, Starts]]:
    """The address of the blog `anora`, and the server's starts: each publishes a post, the last one another one of the
    same number."""
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        data, kept = Path(folder) / "data", Path(folder) / "kept"
        settings = {"LIVEBLOG_DATA": str(data), "LIVEBLOG_PORT": str(free_port()), "LIVEBLOG_HEAD_SECONDS": "1"}
        with live_server(**settings) as server:
            slug, url = server.open(), server.url
        shutil.copytree(data, kept)

        @contextmanager
        def start(post: str) -> Iterator[LiveServer]:
            with live_server(**settings) as server:
                server.api("POST", f"/blogs/{slug}/posts", {"body": post})
                yield server

        @contextmanager
        def start_from_copy() -> Iterator[LiveServer]:
            shutil.rmtree(data)
            kept.rename(data)
            with start("This one instead.") as server:
                yield server

        yield f"{url}/live/{slug}", [start("This one is lost."), start_from_copy()]
