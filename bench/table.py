"""The fan-out figures as one table that compares the peers."""

from __future__ import annotations

from typing import Any

from rich.table import Table

COLUMNS = {
    "last_reader_ms": "last reader, ms",
    "times_bare": "… × bare",
    "burst_deliveries_per_s": "20 posts, deliveries/s",
    "connects_per_s": "connects/s",
    "bytes_per_reader": "bytes a reader",
    "idle_cpu_percent": "idle, % of a core",
    "vanish_cpu_s": "all leave, CPU s",
    "last_reader_with_stalled_ms": "last with 10 % stalled, ms",
    "return_s": "all return, s",
    "return_post_late_ms": "a post meanwhile, ms",
    "delivery_cpu_us": "CPU a delivery, µs",
    "hop_delivery_cpu_us": "… of the proxy, µs",
    "hop_bytes_per_reader": "proxy's bytes a reader",
    "burst_gbit_per_core_s": "20 posts, Gbit/s a core",
}


def of(rows: list[dict[str, Any]]) -> Table:
    table = Table("readers", "peer", *COLUMNS.values())
    for row in rows:
        table.add_row(str(row["readers"]), row["peer"], *(_shown(row.get(name)) for name in COLUMNS))
    return table


def markdown(rows: list[dict[str, Any]]) -> str:
    """The same table in Markdown, for docs/performance.md."""
    lines = ["| readers | peer | " + " | ".join(COLUMNS.values()) + " |", "|" + "---|" * (len(COLUMNS) + 2)]
    for row in rows:
        cells = " | ".join(_shown(row.get(name)) for name in COLUMNS)
        lines.append(f"| {row['readers']:,} | {row['peer']} | {cells} |")
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:,}"
