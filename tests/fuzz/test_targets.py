"""Inputs that nobody thought of, the same ones each time. `./run bench fuzz` tries millions of others."""

from __future__ import annotations

import pytest

from tests.fuzz.mutations import inputs
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS, run

COSTLY = {"article": 500, "clipboard": 1000, "markdown": 1500, "nominees": 3000, "forwarded": 3000}
"""How many inputs, where one takes a tenth of a millisecond or more."""
COUNT = 10_000


@pytest.mark.parametrize("target", TARGETS)
def test_strangers_bytes_are_taken_or_refused(target: str) -> None:
    for data in inputs(target, COSTLY.get(target, COUNT), seed=13):
        run(target, data)


@pytest.mark.parametrize("target", TARGETS)
def test_what_others_are_made_of_is_taken(target: str) -> None:
    """A target that refuses its own seeds would try nothing."""
    assert any(run(target, data) for data in SEEDS[target])


def test_a_target_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(data: bytes) -> None:
        data.decode()

    monkeypatch.setitem(TARGETS, "head", careless)
    with pytest.raises(UnicodeDecodeError):
        [run("head", data) for data in inputs("head", COUNT, seed=13)]
