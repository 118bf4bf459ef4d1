"""mypy knows the type of nearly every expression; for libraries without types, `stubs/` describes them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REPORT = ROOT / ".mypy_cache/precision/any-exprs.txt"
OVERALL, EACH = 98.0, 95.0
"""Least percentages of expressions that mypy knows as more than `Any`: of the package, and of each of its modules."""


@pytest.fixture(scope="module")
def counted() -> dict[str, tuple[int, int]]:
    """By module, the numbers of `Any` and of all expressions. `./run test` has counted them; otherwise this does."""
    sources = [*(ROOT / "liveblog").rglob("*.py"), *(ROOT / "stubs").rglob("*.pyi"), ROOT / "pyproject.toml"]
    if not REPORT.exists() or REPORT.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        command = [sys.executable, "-m", "mypy", "-p", "liveblog", "--any-exprs-report", str(REPORT.parent)]
        subprocess.run(command, cwd=ROOT, check=True)
    rows = re.findall(r"^ *(liveblog[\w.]*) +([0-9]+) +([0-9]+) ", REPORT.read_text(), re.MULTILINE)
    return {name: (int(unknown), int(of)) for name, unknown, of in rows}


def precise(unknown: int, of: int) -> float:
    return 100 - 100 * unknown / of


def test_nearly_every_expression_has_a_type(counted: dict[str, tuple[int, int]]) -> None:
    files = [path for path in (ROOT / "liveblog").rglob("*.py") if path.name != "__init__.py"]
    assert not {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files} - counted.keys()
    assert precise(*map(sum, zip(*counted.values(), strict=True))) >= OVERALL


def test_no_module_is_left_behind(counted: dict[str, tuple[int, int]]) -> None:
    shares = {name: round(precise(*count), 1) for name, count in counted.items()}
    assert not {name: share for name, share in shares.items() if share < EACH}


def test_the_stubs_fit_the_installed_libraries() -> None:
    libraries = sorted(path.stem for path in (ROOT / "stubs").iterdir() if path.is_dir() or path.suffix == ".pyi")
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", "--ignore-missing-stub", "--ignore-unused-allowlist"]
    config = ["--allowlist", "stubs/allowlist.txt", "--mypy-config-file", "pyproject.toml"]
    done = subprocess.run([*command, *config, *libraries], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
