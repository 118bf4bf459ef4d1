"""The table of docs/asvs.md has each requirement once, counts itself right, and names tests that are run."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = (ROOT / "docs/asvs.md").read_text()
MODEL = (ROOT / "docs/security.md").read_text()
ROWS: list[tuple[str, str, str]] = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.*?) \| ?(.*?) ?\|$", TABLE, re.M)
NAMED = sorted(set(re.findall(r"`(tests/[^`]*\.py)::(\w+)`", TABLE + MODEL)))
IDS = Path(__file__).with_name("asvs_ids.txt").read_text().split()
"""The requirements of levels 1 and 2 of ASVS 5.0.0 (OWASP, CC BY-SA 4.0)."""


def test_each_requirement_has_one_row_and_says_something() -> None:
    assert [id for id, _, _ in ROWS] == IDS
    assert all(how for _, how, _ in ROWS)


def test_the_table_counts_its_rows() -> None:
    kinds = ("not applicable", "**not met**", "**partly met**")
    found = [sum(how.startswith(kind) for _, how, _ in ROWS) for kind in kinds]
    said = re.search(r"Not applicable: (\d+); \*\*not met\*\*: (\d+); \*\*partly met\*\*: (\d+);", TABLE)
    assert said
    assert found == [int(each) for each in said.groups()]


def test_what_is_met_has_a_test_or_a_document_or_says_that_it_was_read() -> None:
    open = [(id, how) for id, how, proof in ROWS if not proof and not how.startswith(("not applicable", "**"))]
    assert not [id for id, how in open if "by reading" not in how and ".md" not in how]


def test_every_test_that_is_named_is_collected() -> None:
    assert len(NAMED) > 100
    ids = [f"{path}::{name}" for path, name in NAMED]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *ids]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = {line.partition("[")[0].strip() for line in done.stdout.splitlines() if "::" in line}
    assert not set(ids) - found, done.stderr[-2000:]


def test_no_test_that_is_named_is_always_skipped() -> None:
    for path in {path for path, _ in NAMED}:
        tree = ast.parse((ROOT / path).read_text())
        marks = [ast.unparse(node.value) for node in tree.body if isinstance(node, ast.Assign) and _is_mark(node)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and (path, node.name) in NAMED:
                said = [*marks, *(ast.unparse(each) for each in node.decorator_list)]
                assert not [each for each in said if re.search(r"\.skip\b|\.xfail\b|skipif\((True|1)\b", each)], (
                    node.name
                )
                assert not re.search(r"^    pytest\.(skip|xfail)\(", ast.unparse(node), re.M), node.name


def _is_mark(node: ast.Assign) -> bool:
    return any(ast.unparse(target) == "pytestmark" for target in node.targets)
