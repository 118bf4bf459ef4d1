"""What a process counts about its own work, in plain numbers; `watch/metrics.py` reads them when somebody asks.

Counting costs an addition, so that it can stand where thousands of readers pass. The counts belong to the process, as
its loggers do. Labels have few values: routes, codes, kinds, never an address, a name or a draft's slug.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

Labels = tuple[str, ...]


class Counter:
    """Counts events by labels. With one label, `known` values are shown from the start, so that the first is seen."""

    def __init__(self, name: str, help: str, *labels: str, known: Sequence[str] = ()) -> None:
        self.name, self.help, self.labels = name, help, labels
        self._first: list[Labels] = [(each,) for each in known] if labels else [()]
        self.reset()

    def reset(self) -> None:
        self.values: dict[Labels, int] = dict.fromkeys(self._first, 0)

    def add(self, *labels: str) -> None:
        self.values[labels] = self.values.get(labels, 0) + 1


class Spread:
    """How many values fell between two bounds, the last beyond all of them, and the sum of all."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Histogram:
    """Sorts durations (seconds) between bounds, by labels."""

    def __init__(self, name: str, help: str, *labels: str, bounds: Sequence[float]) -> None:
        self.name, self.help, self.labels, self.bounds = name, help, labels, bounds
        self.reset()

    def reset(self) -> None:
        self.values: dict[Labels, Spread] = {} if self.labels else {(): Spread(self.bounds)}

    def of(self, *labels: str) -> Spread:
        """The durations with these labels, for a caller that adds to them often."""
        found = self.values.get(labels)
        if found is None:
            found = self.values[labels] = Spread(self.bounds)
        return found

    def observe(self, seconds: float, *labels: str) -> None:
        self.of(*labels).add(seconds)


delivery = Histogram(
    "liveblog_delivery_seconds",
    "From a change's commit, by the storage's clock, until it was written to all readers of this process that read",
    bounds=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
)
fan_out = Histogram(
    "liveblog_fan_out_seconds",
    "From a change's arrival in this process until it was written to all of its readers",
    bounds=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
requests = Histogram(
    "liveblog_http_seconds",
    "Requests by name of their route; `by` is front (cached answers, handshakes, streams) or flask",
    *("route", "method", "status", "by"),
    bounds=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
storage = Histogram(
    "liveblog_storage_seconds",
    "Uses of storage by purpose, without the blocking read of the logs",
    "use",
    bounds=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5),
)
storage_errors = Counter(
    "liveblog_storage_errors",
    "Uses of storage that failed: it could not be reached, refused, too few replicas had it, too many callers waited",
    "kind",
    known=("unreachable", "refusing", "replicas", "busy"),
)
damage = Counter("liveblog_damage", "Reads of storage that found something else than was stored")
failovers = Counter("liveblog_failovers", "How often another storage server answered than before, or a restarted one")
acts = Counter("liveblog_acts", "Acts that this process committed, by kind", "act")
changes = Counter("liveblog_changes", "Changes read from the logs, by timeline", "scope", known=("public", "desk"))
gaps = Counter(
    "liveblog_gaps",
    "Losses of continuity, after which the state was loaded again, by reason",
    "reason",
    known=("behind", "damaged", "epoch", "forked", "gone", "missed", "trimmed"),
)
catch_ups = Counter(
    "liveblog_catch_ups",
    "Readers of push who came or came back: with nothing missed, with some changes missed, in need of the whole state",
    "kind",
    known=("empty", "changes", "whole"),
)
cut = Counter(
    "liveblog_readers_cut",
    "Connections that were cut: too far behind, took or sent nothing for too long, did not answer pings, sent too much",
    "reason",
    known=("backlog", "stalled", "silent", "talking"),
)
accept_pauses = Counter("liveblog_accept_pauses", "Pauses in accepting connections, because no descriptor was left")
errors = Counter(
    "liveblog_errors", "Refusals by code and status; a status of 500 is a fault of the program", "code", "status"
)
sign_ins = Counter(
    "liveblog_sign_ins",
    "Sign-ins: accepted, refused for name or password, refused for too many tries",
    "outcome",
    known=("accepted", "refused", "too_many"),
)
hub_notices = Counter(
    "liveblog_hub_notices",
    "Notifications of the WebSub hub; one that is given up was refused twelve times in a row",
    "outcome",
    known=("accepted", "refused", "given_up"),
)
cache_purges = Counter(
    "liveblog_cache_purges",
    "Orders to caches to drop what was withdrawn; one that is refused is repeated until the cache obeys",
    "outcome",
    known=("obeyed", "refused"),
)
webhooks = Counter(
    "liveblog_webhook_deliveries",
    "Tries of deliveries to webhooks; one that is given up is at the desk",
    "outcome",
    known=("delivered", "failed", "given_up"),
)
replaced = Counter(
    "liveblog_web_processes_replaced",
    "Web processes that ended by themselves, or hung and were killed; another one replaced each",
    "reason",
    known=("ended", "hung"),
)
backups = Counter(
    "liveblog_backups",
    "Scheduled backups that this process made, or failed to make",
    "outcome",
    known=("made", "failed"),
)

COUNTERS = (
    *(acts, accept_pauses, backups, cache_purges, catch_ups, changes, cut, damage, errors),
    *(failovers, gaps, hub_notices, replaced, sign_ins, storage_errors, webhooks),
)
HISTOGRAMS = (delivery, fan_out, requests, storage)


def reset() -> None:
    """Begin at zero: a process has a copy of what was counted before its fork. `replaced` is the master's count."""
    for each in (*COUNTERS, *HISTOGRAMS):
        if each is not replaced:
            each.reset()
