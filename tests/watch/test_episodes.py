"""Troubles that last are told once when they begin, and once when they are over."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from liveblog.watch import episodes
from liveblog.watch.episodes import MOST, OPEN, Episode, Episodes

log = logging.getLogger(__name__)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    OPEN.clear()  # of what tests before met
    yield Clock()
    OPEN.clear()


def test_a_trouble_has_two_lines_however_often_it_is_met(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    away = Episode(log, "storage cannot be reached", "storage is reached again", clock=clock)
    away.end()
    for _ in range(50):
        away.met("timeout")
        away.refused()
        clock.now += 0.1
        episodes.turn()
    away.end()
    away.end()
    assert caplog.messages == [
        "storage cannot be reached: timeout",
        "storage is reached again after 5.0 s; requests refused meanwhile: 50",
    ]
    away.met("timeout")
    assert len(caplog.messages) == 3  # it is told again


def test_another_reason_is_told_but_not_any_number_of_them(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    refusing = Episode(log, "refuses", "accepts", clock=clock)
    for why in ("read-only", "full", "read-only", *map(str, range(100))):
        refusing.met(why)
    assert caplog.messages[:2] == ["refuses: read-only", "refuses: full"]
    assert len(caplog.messages) == 5


def test_a_trouble_without_an_end_is_over_when_it_is_quiet(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    cut = Episode(log, "readers were closed", "none was for a minute", quiet=60, every=60, clock=clock)
    for _ in range(130):
        cut.met()
        clock.now += 1
        episodes.turn()
    clock.now += 60
    episodes.turn()
    assert caplog.messages == [
        "readers were closed",
        "readers were closed: 60 times in the last 60 s",
        "readers were closed: 60 times in the last 60 s",
        "none was for a minute after 129.0 s; times: 130",
    ]
    assert not OPEN


def test_a_thousand_addresses_are_told_apart_and_the_rest_together(clock: Clock) -> None:
    of_all = Episodes(lambda address: Episode(log, address, "", quiet=1, clock=clock))
    for number in range(MOST + 50):
        of_all.of(f"address {number}").met()
    assert len(OPEN) == MOST + 1
    assert of_all.of("address 1").is_open
    clock.now += 2
    episodes.turn()
    of_all.of("another").met()  # there is room again
    assert of_all.of("another").is_open
    assert not of_all.of("yet another").is_open
