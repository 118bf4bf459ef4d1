"""Runs the whole table, and writes it into docs/reliability.md between its marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.faults.night import night
from bench.faults.place import missing, place
from bench.faults.table import FAULTS, Fault

DOCUMENT = Path(__file__).parent.parent.parent / "docs/reliability.md"


def measure(readers: int, say: Callable[[str], None], faults: Sequence[Fault] = FAULTS) -> list[dict[str, Any]]:
    """Every fault once, with so many readers. A row has `skipped` instead of figures if this machine cannot do it."""
    rows: list[dict[str, Any]] = []
    for kind, group in groupby(faults, key=lambda fault: fault.place):
        asked = list(group)
        able = [fault for fault in asked if not missing(fault.needs)]
        rows += [{"fault": fault.name, "skipped": missing(fault.needs)} for fault in asked if missing(fault.needs)]
        if able:
            rows += _in_one_place(kind, able, readers, say)
    order = {fault.name: number for number, fault in enumerate(faults)}
    return sorted(rows, key=lambda row: order[row["fault"]])


def _in_one_place(kind: str, faults: Iterable[Fault], readers: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The faults of one kind of place. After one that cannot even be judged, the others get a new place."""
    rows: list[dict[str, Any]] = []
    left = [*faults]
    while left:
        try:
            with place(kind, LIVEBLOG_HEAD_SECONDS="15", LIVEBLOG_DRAIN_SECONDS="5") as here:
                while left:
                    rows.append(night(here, left[0], readers).row)
                    say(f"{left.pop(0).name}: {'; '.join(rows[-1]['wrong']) or 'nothing lost'}")
        except Exception as error:
            if not left:
                raise
            rows.append({"fault": left[0].name, "broke": f"{type(error).__name__}: {error}"[:300]})
            say(f"{left.pop(0).name}: {rows[-1]['broke']}")
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    lines = [
        "| fault | lasted, s | an act took at most, s | refused attempts | last reader after at most, s | reconnects "
        "| descriptors | MB | afterwards |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if "skipped" in row or "broke" in row:
            why = f"not tried: {row['skipped']}" if "skipped" in row else row["broke"].replace("\n", " ")
            lines.append(f"| {row['fault']} | | | | | | | | {why} |")
            continue
        names = ("lasted", "writes", "refused", "delivery", "reconnects", "descriptors", "megabytes")
        figures = " | ".join(f"{row[name]:,}" for name in names)
        lines.append(f"| {row['fault']} | {figures} | {'; '.join(row['wrong']) or 'nothing lost'} |")
    return "\n".join(lines)


def conditions(rows: Sequence[dict[str, Any]]) -> str:
    """When and where the rows were measured."""
    tried = [row for row in rows if "load" in row]
    loads = sorted(float(row["load"].split()[0]) for row in tried) or [0.0]
    readers = max((row["readers"] for row in tried), default=0)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with {readers:,} readers, {platform.system()} "
        f"{platform.release().partition('-')[0]}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores for everything.\n"
        f"Load during the run: {loads[0]} to {loads[-1]} processes that wanted a core."
    )


def write(text: str, mark: str, document: Path = DOCUMENT) -> None:
    """Replace what stands in the document between `<!-- mark -->` and `<!-- /mark -->`."""
    before, _, rest = document.read_text().partition(f"<!-- {mark} -->\n")
    _, _, after = rest.partition(f"<!-- /{mark} -->")
    document.write_text(f"{before}<!-- {mark} -->\n\n{text}\n\n<!-- /{mark} -->{after}")


def failed(rows: Iterable[dict[str, Any]]) -> list[str]:
    """The faults after which something was wrong."""
    return [row["fault"] for row in rows if row.get("wrong") or "broke" in row]
