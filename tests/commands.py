"""Runs the command line as a person does, in this process or in a separate one, for its output and exit status."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from liveblog.cli import main

NOWHERE = "redis://127.0.0.1:1"
Done = subprocess.CompletedProcess[str]


def environment(data: Path | None, settings: dict[str, str]) -> dict[str, str]:
    """This process's environment with these settings instead of its own; `data` is the storage that a command finds."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LIVEBLOG_")}
    return {**environ, **({"LIVEBLOG_DATA": str(data)} if data is not None else {}), **settings}


def liveblog(*words: str | bytes, data: Path | None = None, **settings: str) -> Done:
    """Run one command to its end. It runs in this process, because a separate one costs ten times as much."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    environ = environment(data, settings)
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.setattr(sys, "argv", ["liveblog", *map(os.fsdecode, words)])
        for name in os.environ.keys() - environ.keys():
            patched.delenv(name)
        for name, value in environ.items():
            patched.setenv(name, value)
        with pytest.raises(SystemExit) as end:
            main()
    status = end.value.code
    assert isinstance(status, int)
    return Done(words, status, *(_written(stream) for stream in (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def program(*words: str | bytes, data: Path | None = None, **settings: str) -> Done:
    """Run one command in a separate process: when it may start a server, and when processes share a storage."""
    return subprocess.run(
        [sys.executable, "-m", "liveblog", *words],
        env=environment(data, settings),
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=60,
    )


def said(done: Done) -> str:
    """The output of a successful command."""
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(done: Done) -> str:
    """The one sentence of a command that was refused."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("liveblog: ")
    return lines[0].removeprefix("liveblog: ")


def misused(done: Done) -> str:
    """The message of a command that is used wrongly."""
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]
