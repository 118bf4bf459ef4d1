"""The embedded server: adopted, killed, started again; nothing acknowledged is lost."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from liveblog import actions
from liveblog.store.embedded import Embedded, NoServer, ensure, locate
from liveblog.store.redis import Store
from tests.live_server import until


@pytest.fixture
def embedded() -> Iterator[Embedded]:
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        running = ensure(Path(folder) / "data")
        yield running
        running.stop()


def test_a_second_start_adopts_the_running_server(embedded: Embedded) -> None:
    second = ensure(embedded.data)
    assert second.adopted
    assert second.url == embedded.url == locate(embedded.data)
    second.stop()  # not its to stop
    assert embedded.alive()


def test_a_killed_server_comes_back_with_everything_acknowledged(embedded: Embedded) -> None:
    store = Store(embedded.url)
    store.perform("anora", lambda view: actions.create_blog(view, slug="anora", title="Anora"), by="test")
    for n in range(50):
        store.perform("anora", lambda view, n=n: actions.publish(view, "anora", body=f"Update {n}"), by="test")
    os.kill(embedded.pid or 0, signal.SIGKILL)
    until(lambda: not embedded.alive())
    assert locate(embedded.data) is None
    assert embedded.revive()
    assert len(store.load("anora").posts) == 50
    store.close()


def test_a_stopped_server_leaves_the_directory_free(embedded: Embedded) -> None:
    embedded.stop()
    assert locate(embedded.data) is None


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(NoServer, match=r"file/data cannot be written"):
        ensure(file / "data")
