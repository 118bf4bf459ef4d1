"""The page's rules (static/js/reader/protocol.js) get what readers of simulated nights got, and do the same with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from .stories import of_nights, wild

ROOT = Path(__file__).parents[2]
RULES = ROOT / "static/js/reader/protocol.js"
PLANTED = {
    "a known change is applied again": (
        "if (message.seq <= this.position.seq) return this.#forked(message) ? this.catchUp() : undefined;",
        "",
    ),
    "what is not newer is applied": ("if (!another && !reset && seq <= this.position.seq) return;", ""),
    "a gap is not noticed": ("if (message.prev <= this.position.seq) return this.#take", "return this.#take"),
    "another epoch is not noticed": ("if (message.epoch === this.position.epoch) {", "if (message) {"),
    "head is ignored": (
        "const behind = epoch !== this.position.epoch || seq > this.position.seq;",
        "const behind = false;",
    ),
    "a head that stays below is ignored": ("return behind || stays ||", "return behind ||"),
    "a reset keeps objects": ("Boolean(reset) || another, tally);", "another, tally);"),
    "the tally is dropped": ("Boolean(reset) || another, tally);", "Boolean(reset) || another);"),
    "what was held is dropped": ("this.held.push(message);\n    return", "void 0;\n    return"),
    "the position moves although applying failed": ("this.broken = true;\n      return;", "this.broken = true;"),
    "a late answer is applied to another state": ("if (replaced === this.replaced) this.#apply", "this.#apply"),
    "a late sync is applied to another state": ("const late = this.said !== this.replaced;", "const late = false;"),
    "a late state replaces a later one": ("if (this.broken) this.#apply({ ...state", "this.#apply({ ...state"),
    "another history is not noticed": ("mark !== here.mark", "mark === undefined"),
    "a change of another history is applied": ("if (this.#strays(message)) return this.catchUp();", ""),
}

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("nights") / "heard.json"
    file.write_bytes(msgspec.json.encode([*of_nights(range(30), 1500), *map(wild, range(500))]))
    return file


def _follow(nights: Path, rules: Path) -> subprocess.CompletedProcess[str]:
    command = ["node", "tests/js/followed.mjs", str(nights), str(rules)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_the_page_does_the_same(nights: Path) -> None:
    result = _follow(nights, RULES)
    assert result.returncode == 0, result.stderr
    assert "590 readers" in result.stdout


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(nights: Path, tmp_path: Path, fault: str) -> None:
    right, wrong = PLANTED[fault]
    text = RULES.read_text()
    assert text.count(right) == 1
    (tmp_path / "package.json").write_text('{"type": "module"}')
    changed = tmp_path / "protocol.js"
    changed.write_text(text.replace(right, wrong))
    result = _follow(nights, changed)
    assert result.returncode == 1, fault
    assert "AssertionError" in result.stderr, result.stderr
