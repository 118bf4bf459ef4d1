"""Figures that are read from a process's parts when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

from ..push.switchboard import Switchboard
from ..push.tail import LogReader, Tails
from ..push.transport import Transport


class Gauges:
    """`desk_tails` are those of the desk's timelines. No row names a blog that readers must not know."""

    def __init__(
        self,
        version: str,
        switchboard: Switchboard,
        transport: Transport,
        reader: LogReader,
        tails: Tails,
        desk_tails: Tails,
    ) -> None:
        self._version = version
        self._switchboard, self._transport, self._reader = switchboard, transport, reader
        self._tails, self._desk_tails = tails, desk_tails

    def __call__(self) -> Iterator[Metric]:
        yield _one("liveblog_storage_healthy", "Whether the last read of the logs succeeded", self._reader.healthy)
        yield _one("liveblog_tail_age_seconds", "Seconds since the last read of the logs", self._reader.age)
        yield from self._blogs()
        yield from self._lines()
        poller, send_path = self._switchboard.poller_name, self._switchboard.send_path
        facts = {"version": self._version, "poller": poller, "send_path": send_path}
        yield InfoMetricFamily("liveblog", "The program's version, how it waits for readers and sends to all", facts)

    def _blogs(self) -> Iterator[Metric]:
        served = [item for item in sorted(self._tails.served.items()) if item[1].blog.is_public]
        readers = GaugeMetricFamily("liveblog_readers", "Readers of push, of all web processes", labels=["blog"])
        seqs = GaugeMetricFamily("liveblog_seq", "The blog's position in memory; the lowest of all", labels=["blog"])
        for slug, timeline in served:
            if number := self._transport.readers(slug):  # not a row for each night
                readers.add_metric([slug], number)
            seqs.add_metric([slug], timeline.seq)
        memory = GaugeMetricFamily("liveblog_blogs_in_memory", "Timelines in memory, by scope", labels=["scope"])
        memory.add_metric(["public"], len(self._tails.served))
        memory.add_metric(["desk"], len(self._desk_tails.served))
        yield from (readers, seqs, memory)

    def _lines(self) -> Iterator[Metric]:
        census = self._switchboard.census()
        lines = GaugeMetricFamily(
            "liveblog_open_lines", "Connections: websockets, event streams, and those between requests", labels=["kind"]
        )
        for kind, number in census.lines.items():
            lines.add_metric([kind], number)
        yield lines
        yield _one("liveblog_backlog_bytes", "Bytes that wait for slow readers", census.backlog)
        yield _one("liveblog_room_for_lines", "Connections that the limit of open files leaves room for", census.room)


def _one(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value=float(value))
