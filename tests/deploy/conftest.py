"""A fake web process behind the shipped nginx, for the tests of one file."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.nginx import nginx
from tests.deploy.origin import Origin


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        yield origin
        origin.shutdown()


@pytest.fixture(scope="module")
def front(origin: Origin) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="lb") as folder, nginx(Path(folder), [origin.server_port]) as url:
        yield url
