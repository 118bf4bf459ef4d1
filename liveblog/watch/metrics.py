"""`/metrics`: the figures of this process and of its siblings, as Prometheus reads them.

Each web process has a row of its own, named by the label `worker`; `OF_ALL` says which figures are of all together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

import msgspec
from msgspec import Struct
from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from . import counts
from .counts import Counter, Histogram
from .siblings import Siblings

OF_ALL: dict[str, Callable[[float, float], float]] = {
    "liveblog_readers": lambda one, other: one + other,
    "liveblog_seq": min,
    "liveblog_storage_healthy": min,
    "liveblog_web_processes_replaced": max,  # each process knows those before its fork
}
"""Figures without the label `worker`, and how those of two processes become one."""


class Family(Struct):
    """One figure with its rows: a row's name, its labels, its value."""

    name: str
    help: str
    kind: str
    rows: list[tuple[str, dict[str, str], float]]


class Metrics:
    """`gauges` reads what can be seen at any moment; the rest is what `watch/counts.py` has counted."""

    def __init__(self, gauges: Callable[[], Iterable[Metric]]) -> None:
        self._sources: tuple[Callable[[], Iterable[Metric]], ...] = (
            gauges,
            _counted,
            ProcessCollector(registry=None).collect,
        )
        self.siblings = Siblings(self._said)

    def text(self, accept: str) -> tuple[bytes, str]:
        """The figures of all web processes in a form that is accepted, and its content type."""
        answers = self.siblings.ask()
        found = {self.siblings.name: self._own()}
        found |= {name: msgspec.json.decode(said, type=list[Family]) for name, said in answers.items() if said}
        up = GaugeMetricFamily("liveblog_worker_up", "Whether a web process answered the scrape", labels=["worker"])
        for name in sorted({*found, *answers}):
            up.add_metric([name], float(name in found))
        registry = CollectorRegistry()
        registry.register(_Merged([up, *_merged(found)]))
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type

    def _own(self) -> list[Family]:
        return [
            Family(
                each.name, each.documentation, each.type, [(row.name, row.labels, row.value) for row in each.samples]
            )
            for source in self._sources
            for each in source()
        ]

    def _said(self) -> bytes:
        return msgspec.json.encode(self._own())


class _Merged(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _merged(found: dict[str, list[Family]]) -> Iterable[Metric]:
    """The rows of all processes; of a figure `OF_ALL` one row for all processes that have it."""
    made: dict[str, Metric] = {}
    joint: dict[tuple[str, str, tuple[tuple[str, str], ...]], float] = {}
    for worker, families in found.items():
        for family in families:
            metric = made.setdefault(family.name, Metric(family.name, family.help, family.kind))
            join = OF_ALL.get(family.name)
            for name, labels, value in family.rows:
                if join is None:
                    metric.add_sample(name, {**labels, "worker": worker}, value)
                else:
                    row = (family.name, name, tuple(sorted(labels.items())))
                    joint[row] = join(joint[row], value) if row in joint else value
    for (figure, name, pairs), value in joint.items():
        made[figure].add_sample(name, dict(pairs), value)
    return made.values()


def _counted() -> Iterator[Metric]:
    yield from map(_counter, counts.COUNTERS)
    yield from map(_histogram, counts.HISTOGRAMS)


def _counter(counter: Counter) -> Metric:
    made = CounterMetricFamily(counter.name, counter.help, labels=counter.labels)
    for labels, value in [*counter.values.items()]:
        made.add_metric(labels, value)
    return made


def _histogram(histogram: Histogram) -> Metric:
    made = HistogramMetricFamily(histogram.name, histogram.help, labels=histogram.labels)
    bounds = [*map(str, histogram.bounds), "+Inf"]
    for labels, spread in [*histogram.values.items()]:
        made.add_metric(labels, list(zip(bounds, accumulate(spread.counts), strict=True)), spread.sum)
    return made
