"""The vectors of the protocol: every follower keeps them, and one that lacks a rule does not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.client.night import plain, record, text
from tests.client.vectors import FOLDER, Rules, Vector, play, vectors
from tests.live_server import LiveServer
from tests.simulation.test_javascript import PLANTED

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "liveblog/client"
WITHOUT: dict[str, tuple[int, str, str]] = {
    "the position moves although applying failed": (1, "            self._broken = True\n            return\n", ""),
    "a reset keeps objects": (2, "reset or another, message", "another, message"),
    "objects are merged": (2, '": each for each', "\": held.get(f\"{each['kind']}:{each['id']}\", {}) | each for each"),
    "kinds are not told apart": (2, "f\"{each['kind']}:{each['id']}\": each", "each['id']: each"),
    "what is not newer is applied": (
        2,
        'reset and message["seq"] <= self.seq:\n            return',
        "reset and False:\n            return",
    ),
    "the mark is not adopted": (3, 'message.get("mark", "")', '""'),
    "a joined change that begins below is a gap": (3, 'message["prev"] <= self.seq:', 'message["prev"] == self.seq:'),
    "a change of another history is applied": (
        3,
        "if self._strays(message):\n                self.ask()\n                return",
        "if False:\n                return",
    ),
    "a known change is applied again": (
        4,
        'if message["seq"] <= self.seq:\n                if',
        "if False:\n                if",
    ),
    "another mark at the same seq is not noticed": (
        4,
        "                if self._forked(message):\n                    self.ask()\n",
        "",
    ),
    "a gap is not noticed": (5, 'if message["prev"] <= self.seq:', "if True:"),
    "another epoch is not noticed": (5, 'if message["epoch"] == self.epoch:', "if True:"),
    "what arrives meanwhile is dropped": (
        5,
        "            self._held.append(message)\n        self.ask()",
        "            pass\n        self.ask()",
    ),
    "held changes come out of order": (5, 'sorted(self._held, key=lambda message: message["seq"])', "self._held"),
    "held gaps are applied": (
        5,
        'if message["prev"] > self.seq:\n                self._held',
        "if False:\n                self._held",
    ),
    "held changes of another epoch are applied": (
        5,
        'if message["epoch"] != self.epoch or message["seq"] <= self.seq:',
        'if message["epoch"] == self.epoch and message["seq"] <= self.seq:',
    ),
    "held changes wait for ever": (
        5,
        "        if self._held and not self._broken:\n            self._pass_held()\n",
        "",
    ),
    "an answer to another state is applied": (5, "elif self._since == self.replaced:", "else:"),
    "a late sync is applied to another state": (5, "return self._said != self.replaced", "return False"),
    "a large sync counts as empty": (5, 'message["objects"] is None or', ""),
    "head is ignored": (6, "if behind or stays or forked", "if False and behind or stays or forked"),
    "a head of another epoch is ignored": (6, 'message["epoch"] != self.epoch or seq > self.seq', "seq > self.seq"),
    "a head that stays below is ignored": (6, "        if behind or stays or forked", "        if behind or forked"),
    "one lower head is believed": (6, "and seq == self._low", ""),
    "a lower head is remembered for ever": (
        6,
        "self._low = -1 if behind or stays or seq == self.seq else seq",
        "self._low = seq if seq < self.seq else self._low",
    ),
    "another mark in a head is not noticed": (6, "or stays or forked", "or stays"),
    "held changes of no history are kept": (
        6,
        "            self._held = []\n        if behind",
        "            pass\n        if behind",
    ),
    "after a failure only changes are asked for": (7, '"state" if self._broken else "changes"', '"changes"'),
    "the whole state is applied without a reset": (7, '{**answer, "reset": True}', "answer"),
    "what is half done is continued": (
        7,
        "if self._broken and not reset:\n            return",
        "if False:\n            return",
    ),
    "an answer that cannot be applied is forgotten": (7, 'self._broken and self.asking == "changes"', "False"),
    "a state that came late replaces a newer one": (
        7,
        "            if self._broken:\n                self._apply({**answer",
        "            if True:\n                self._apply({**answer",
    ),
    "an earlier answer counts as the whole state": (7, 'if self.asking == "state":', "if self._broken:"),
    "nothing is asked after a failed request": (
        8,
        "        self.asking = None\n\n    def answered",
        "        pass\n\n    def answered",
    ),
    "the tally is dropped": (2, 'message.get("tally")', "None"),
    "a held change of another history is applied": (
        5,
        "if self._strays(message):\n                continue",
        "if False:\n                continue",
    ),
    "a change that still leaves a gap is dropped": (
        5,
        "                self._held.append(message)\n",
        "                pass\n",
    ),
    "held changes are dropped when applying fails": (5, "if self._held and not self._broken:", "if self._held:"),
    "held changes are dropped when the state cannot be applied": (
        7,
        "if not self._broken:\n            self._pass_held",
        "if True:\n            self._pass_held",
    ),
    "any head drops held changes": (6, "if not behind and not forked and seq == self.seq:", "if True:"),
    "a lower head drops held changes": (6, "not forked and seq == self.seq:", "not forked:"),
    "a head of another epoch drops held changes": (6, "if not behind and not forked and", "if not forked and"),
    "a head with another mark drops held changes": (6, "if not behind and not forked and", "if not behind and"),
    "a head at the position counts as lower": (
        6,
        "behind or stays or seq == self.seq else seq",
        "behind or stays else seq",
    ),
    "a head beyond the position counts as lower": (
        6,
        "behind or stays or seq == self.seq else seq",
        "stays or seq == self.seq else seq",
    ),
    "a head at the position stays below": (6, "not behind and seq < self.seq and seq ==", "not behind and seq =="),
}
"""Faults in `liveblog/client`, each with the number of the rule that it breaks."""
ON_A_PAGE = PLANTED | {
    "a held change of another history is applied": ("if (this.#strays(message)) continue;", ""),
    "a change that still leaves a gap is dropped": (
        "if (message.prev > this.position.seq) this.held.push(message);",
        "if (message.prev > this.position.seq) continue;",
    ),
    "held changes are dropped when applying fails": ("if (!this.broken) this.#passHeld();", "this.#passHeld();"),
    "any head drops held changes": ("if (!behind && !forked && seq === this.position.seq) this.held", "this.held"),
    "a head of another epoch drops held changes": ("if (!behind && !forked && seq", "if (!forked && seq"),
    "a head with another mark drops held changes": ("if (!behind && !forked && seq", "if (!behind && seq"),
    "a head at the position counts as lower": (
        "behind || stays || seq === this.position.seq ? -1",
        "behind || stays ? -1",
    ),
    "a head beyond the position counts as lower": ("this.low = behind || stays", "this.low = stays"),
    "a head at the position stays below": ("!behind && seq < this.position.seq && seq ===", "!behind && seq ==="),
}
"""Faults in `static/js/reader/protocol.js`: those that a night shows, and those that only a vector does."""


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_the_client_keeps_it(vector: Vector) -> None:
    play(vector)


def test_every_rule_has_vectors() -> None:
    named = {rule for vector in vectors() for rule in vector["rules"]}
    assert named == {rule for rule, _, _ in WITHOUT.values()} == {*range(1, 9)}


def broken(vectors: list[Vector], rules: Rules) -> Iterator[Vector]:
    for vector in vectors:
        try:
            play(vector, rules)
        except Exception:
            yield vector


@pytest.mark.parametrize("fault", WITHOUT)
def test_a_follower_that_lacks_a_rule_fails(fault: str) -> None:
    rule, right, wrong = WITHOUT[fault]
    source = "".join((CLIENT / name).read_text() for name in ("change.py", "follower.py"))
    source = source.replace("from __future__ import annotations\n", "").replace(
        "from .change import Change, Position\n", ""
    )
    assert source.count(right) == 1, "the rule is written otherwise by now"
    module = ModuleType(__name__)
    exec(source.replace(right, wrong), vars(module))
    failed = [*broken(vectors(), module.Follower)]
    assert failed
    assert rule in {each for vector in failed for each in vector["rules"]}


@pytest.mark.node
@pytest.mark.parametrize("fault", ON_A_PAGE)
def test_a_page_that_lacks_a_rule_fails(tmp_path: Path, fault: str) -> None:
    right, wrong = ON_A_PAGE[fault]
    source = (ROOT / "static/js/reader/protocol.js").read_text()
    assert source.count(right) == 1, "the rule is written otherwise by now"
    (tmp_path / "package.json").write_text('{"type": "module"}')
    rules = tmp_path / "protocol.js"
    rules.write_text(source.replace(right, wrong))
    command = ["node", "tests/js/vectors.mjs", str(rules)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 1
    assert "AssertionError" in result.stderr


@pytest.fixture(scope="module")
def night(server: LiveServer) -> list[Vector]:
    return record(server)


def test_what_a_server_sends_is_a_vector(night: list[Vector]) -> None:
    for vector in night:
        play(vector)


def test_the_stored_night_is_as_servers_send_it(night: list[Vector]) -> None:
    """After a change of the protocol: python -m tests.client.night"""
    assert plain(night) == json.loads((FOLDER / "night.json").read_text())


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.name)
def test_the_files_are_for_people(file: Path) -> None:
    assert file.read_text() == text(json.loads(file.read_text())) + "\n"
