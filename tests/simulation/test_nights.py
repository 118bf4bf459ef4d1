"""Simulated nights: every promise of docs/protocol.md holds whatever breaks, and each planted fault is found."""

from __future__ import annotations

import sys
from itertools import count, islice

import pytest

from .planted import CLIENT, SERVER
from .runs import Failure, night, shortened
from .world import is_stormy, simulated

STEPS = 1500
PLANTED = SERVER | CLIENT
QUICK = [
    "the log is read with gaps",
    "forks are not noticed",
    "the catch-up begins one too late",
    "a number that was given again is believed",
    "recovery brings nothing back",
    "recovery returns what it did not compare",
    "keys are ignored",
    "drafts of blogs are public",
    "the tally of a replaced state counts as sent",
    "a tally that was sent once is not sent again",
    "a gap is not noticed",
    "a reset keeps objects",
]
"""Faults that a few nights find."""
MOST = 700
"""Nights in which a planted fault must be found: less than a minute."""
RARE = {"a tombstone does not win", "another history is not noticed", "a late sync is applied to another state"}
"""Faults that harm only after three accidents, where one is a process that lags: they are sought in stormy nights."""


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_every_promise_is_kept(first: int) -> None:
    """About 340,000 steps; `python -m tests.simulation --nights` for more."""
    for seed in range(first, first + 20):
        result = night(seed, STEPS)
        assert not isinstance(result, Failure), result.report


def _found(fault: str) -> Failure:
    with PLANTED[fault]():
        nights = filter(is_stormy, count()) if fault in RARE else count()
        for seed in islice(nights, MOST):
            result = night(seed, STEPS)
            if isinstance(result, Failure):
                return result
    pytest.fail(f"{MOST} nights did not find: {fault}")


@pytest.mark.parametrize("fault", QUICK)
def test_a_planted_fault_is_found(fault: str) -> None:
    assert _found(fault).what


@pytest.mark.slow
@pytest.mark.parametrize("fault", [fault for fault in PLANTED if fault not in QUICK])
def test_every_planted_fault_is_found_within_a_minute(fault: str) -> None:
    assert _found(fault).what


def test_a_seed_replays_step_by_step() -> None:
    """The same steps, however often, and in programs whose sets have another order."""

    def steps() -> list[str]:
        said: list[str] = []
        with simulated(7, trace=said.append) as world:
            for _ in range(600):
                world.step()
            world.calm()
        return said

    first = steps()
    assert len(first) > 300
    assert first == steps()


def test_a_failing_night_is_shortened() -> None:
    with PLANTED["recovery returns what it did not compare"]():
        found = next(each for seed in range(MOST) if isinstance(each := night(seed, STEPS), Failure))
        short = shortened(found)
        assert short.steps <= found.steps
        assert f"--seed {found.seed} --steps {short.steps}" in short.report
        assert isinstance(night(short.seed, short.steps), Failure)


def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from .__main__ import main

    monkeypatch.setattr(sys, "argv", ["simulation", "--seed", "3", "--nights", "2", "--steps", "300"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "2 nights" in capsys.readouterr().out
