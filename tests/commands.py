"""The command line as a person has it: real processes, their words and their exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

NOWHERE = "redis://127.0.0.1:1"


def liveblog(*words: str | bytes, data: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; `data` is the storage it finds."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LIVEBLOG_")}
    if data is not None:
        environ["LIVEBLOG_DATA"] = str(data)
    return subprocess.run(
        [sys.executable, "-m", "liveblog", *words],
        env={**environ, **settings},
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=60,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What a successful command printed."""
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that was refused."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("liveblog: ")
    return lines[0].removeprefix("liveblog: ")


def misused(done: subprocess.CompletedProcess[str]) -> str:
    """What a command says to a wrong use of it."""
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]
