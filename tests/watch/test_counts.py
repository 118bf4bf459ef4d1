"""Counts in plain numbers."""

from __future__ import annotations

import re
from pathlib import Path

import liveblog
from liveblog.watch.counts import COUNTERS, HISTOGRAMS, Counter, Histogram, cut, gaps


def test_a_counter_shows_known_values_before_anything_happened() -> None:
    cut = Counter("cut", "", "reason", known=("backlog", "silent"))
    cut.add("silent")
    assert cut.values == {("backlog",): 0, ("silent",): 1}
    cut.reset()
    assert cut.values == {("backlog",): 0, ("silent",): 0}
    assert Counter("pauses", "").values == {(): 0}
    assert Counter("errors", "", "code").values == {}


def test_a_value_on_a_bound_counts_below_it_as_prometheus_wants() -> None:
    waits = Histogram("waits", "", "route", bounds=(0.1, 1))
    for seconds in (0.05, 0.1, 0.5, 7):
        waits.observe(seconds, "page")
    assert waits.values[("page",)].counts == [2, 1, 1]
    assert waits.values[("page",)].sum == 7.65


def test_bounds_rise_and_names_are_unique() -> None:
    assert all(list(each.bounds) == sorted(set(each.bounds)) for each in HISTOGRAMS)
    names = [each.name for each in (*COUNTERS, *HISTOGRAMS)]
    assert len(names) == len(set(names))


def test_each_reason_in_the_program_is_shown_before_it_happens() -> None:
    """A rate begins with the second value of a row, so an alert would miss the first event of an unknown reason."""
    source = "".join(path.read_text() for path in Path(liveblog.__path__[0]).rglob("*.py"))
    for counter, named in ((cut, r'counts\.cut\.add\("(\w+)"'), (gaps, r'\bGap\("(\w+)"\)')):
        assert set(re.findall(named, source)) == {labels[0] for labels in counter.values}
