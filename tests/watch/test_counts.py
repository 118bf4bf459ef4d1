"""Counts in plain numbers."""

from __future__ import annotations

from liveblog.watch.counts import COUNTERS, HISTOGRAMS, Counter, Histogram


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
