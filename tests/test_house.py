"""The house rules: who may import whom (the table in docs/architecture.md), and what must not be in the project."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.live_server import until

ROOT = Path(__file__).parent.parent
MODULES = {
    str(path.relative_to(ROOT / "liveblog").with_suffix("")): path for path in sorted((ROOT / "liveblog").rglob("*.py"))
}


def rows(head: str) -> list[list[list[str]]]:
    """The table of docs/architecture.md that begins with `head`: for each row, the words of its cells in backquotes."""
    table = (ROOT / "docs/architecture.md").read_text().partition(f"| {head} |")[2].partition("\n\n")[0]
    return [[re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:3]] for line in table.splitlines()[2:]]


RULES = rows("module")
HOMES = {library: rooms for libraries, rooms in rows("library") for library in libraries}


def fits(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


@cache
def imported(name: str) -> frozenset[str]:
    """What a module imports, anywhere in its text; modules of liveblog as `./store/commits`."""
    return frozenset(_imports(name))


def _imports(name: str) -> Iterator[str]:
    inside = name.split("/")[:-1]
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module)
        elif isinstance(node, ast.ImportFrom):
            at = [*inside[: len(inside) - node.level + 1], *(node.module or "").split(".")]
            base = "/".join(part for part in at if part)
            below = [f"{base}/{alias.name}".strip("/") for alias in node.names]
            yield from (f"./{each if each in MODULES else base}" for each in below)


def inner(name: str) -> set[str]:
    return {each.removeprefix("./") for each in imported(name) if each.startswith("./")}


@pytest.mark.parametrize("name", MODULES)
def test_imports_keep_to_the_table(name: str) -> None:
    allowed = next((inner for modules, inner in RULES if fits(name, modules)), None)
    assert allowed is not None, f"docs/architecture.md has no row for {name}"
    assert not {each for each in inner(name) if not fits(each, allowed)}


@pytest.mark.parametrize(("modules", "allowed"), RULES)
def test_the_table_allows_nothing_that_is_not_needed(modules: list[str], allowed: list[str]) -> None:
    names = [name for name in MODULES if next((row for row, _ in RULES if fits(name, row)), None) == modules]
    assert all(any(fits(name, [pattern]) for name in names) for pattern in modules)
    used = {each for name in names for each in inner(name)}
    assert all(any(fits(each, [pattern]) for each in used) for pattern in allowed)


def test_no_imports_run_in_a_circle() -> None:
    TopologicalSorter({name: inner(name) for name in MODULES}).prepare()


@pytest.mark.parametrize("library", HOMES)
def test_a_library_stays_in_its_room(library: str) -> None:
    users = {name for name in MODULES if any(each.split(".")[0] == library for each in imported(name))}
    assert users
    assert not {name for name in users if not fits(name, HOMES[library])}


@pytest.mark.parametrize("library", ["eventlet", "geventwebsocket"])
def test_libraries_that_would_take_over_the_websocket_are_not_installed(library: str) -> None:
    assert importlib.util.find_spec(library) is None


def test_no_file_knows_this_machine_or_its_registry() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    local = re.compile(r"(?<![\w.~])/(work|opt|home)/|(index-url|registry) ?= ?http")
    files = [ROOT / name for name in names.split("\0") if name and ROOT / name != Path(__file__)]
    texts = {file: file.read_bytes().decode(errors="replace") for file in files if file.is_file()}
    assert not [file for file, text in texts.items() if local.search(text)]


TIMED = {
    "sleeps instead of waiting for a condition": r"(?<!\w)sleep\(|wait_for_timeout",
    "measures how long something takes": r"perf_counter|timeit",  # the CPU time of work, as a ratio, may be
    "compares with a clock that runs on": r"(monotonic|time\.time)\(\) *([-<>]|[=!]=)|[<>] *time\.(monotonic|time)\(",
    "gives up within a minute": r"(timeout=|\.(wait|join)\(|[tT]imeout\(|connection\(.*\), )[0-5]?\d(\.\d+)?[,)]",
}
"""What fails on a busy machine. Only `until` may wait by the clock."""


@pytest.mark.parametrize("name", sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob("*.py")))
def test_no_test_depends_on_how_fast_the_machine_is(name: str) -> None:
    text = "" if ROOT / name == Path(__file__) else (ROOT / name).read_text().replace(inspect.getsource(until), "")
    assert not [(line, why) for line in text.splitlines() for why, pattern in TIMED.items() if re.search(pattern, line)]
