"""Starts a server for a benchmark."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit


@contextmanager
def served(data: Path) -> Iterator[tuple[str, int]]:
    """Run `liveblog serve` on this data. Yields host and port, and the master's process id."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "liveblog", "serve", "--port", "0"],
        env={**os.environ, "LIVEBLOG_DATA": str(data)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        url = next(line for line in process.stdout if line.startswith("Serving ")).split()[1]
        yield urlsplit(url).netloc, process.pid
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
