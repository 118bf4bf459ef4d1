"""The table of docs/asvs.md has each requirement once, and names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = (ROOT / "docs/asvs.md").read_text()
IDS = Path(__file__).with_name("asvs_ids.txt").read_text().split()
"""The requirements of levels 1 and 2 of ASVS 5.0.0 (OWASP, CC BY-SA 4.0)."""


def test_each_requirement_has_one_row_and_says_something() -> None:
    rows = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.*?) \|", TABLE, re.M)
    assert [id for id, _ in rows] == IDS
    assert all(how for _, how in rows)


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(tests/[^`]*\.py)::(\w+)`", TABLE))
    assert named
    for path in {path for path, _ in named}:
        functions = {
            node.name for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.FunctionDef)
        }
        assert not {name for where, name in named if where == path} - functions, path
