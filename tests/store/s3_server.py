"""A real server that speaks S3, on loopback, for tests that keep files in a bucket."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.live_server import until
from tests.ports import free_port

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of an S3 server with the bucket `night`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env={**os.environ, **KEYS}, stdout=log, stderr=log)
        try:
            until(lambda: process.poll() is not None or _answers(url))
            assert requests.put(f"{url}/night", timeout=60).ok
            yield url
        finally:
            process.terminate()
            process.wait(60)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).status_code < 500
    except requests.RequestException:  # also while it is slow to start
        return False
