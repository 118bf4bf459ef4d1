"""What mypy knows: the stubs of libraries without types say what the installed libraries are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_stubs_fit_the_installed_libraries() -> None:
    libraries = sorted(path.stem for path in (ROOT / "stubs").iterdir() if path.is_dir() or path.suffix == ".pyi")
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", "--ignore-missing-stub", "--ignore-unused-allowlist"]
    config = ["--allowlist", "stubs/allowlist.txt", "--mypy-config-file", "pyproject.toml"]
    done = subprocess.run([*command, *config, *libraries], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
