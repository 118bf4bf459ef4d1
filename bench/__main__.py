"""`python -m bench`: runs all benchmarks, or the named ones; prints the figures and writes them as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from . import adversaries, call, fanout, large, lighthouse, line, nights, table, visible

console = Console()


def _fanout(sizes: list[int]) -> list[dict[str, Any]]:
    rows = fanout.measure(sizes, list(fanout.PEERS), console)
    console.print(table.of(rows))
    return rows


def _nights(sizes: list[int]) -> list[dict[str, Any]]:
    rows = nights.measure()
    console.print(nights.table(rows))
    return rows


def _adversaries(sizes: list[int]) -> list[dict[str, Any]]:
    rows = adversaries.measure(min(sizes), console)
    console.print(adversaries.table(rows))
    console.print(adversaries.markdown(rows))
    return rows


def _fuzz(sizes: list[int]) -> dict[str, Any]:
    from tests.fuzz.__main__ import fuzz
    from tests.push.frame_fuzz import run

    return {"frames against wsproto": run(1_000_000, seed=2026), **fuzz(10_000_000, seed=2026)}


def _simulation(steps: int) -> dict[str, Any]:
    from tests.simulation.runs import many

    return many(steps)


BENCHMARKS: dict[str, Callable[[list[int]], Any]] = {
    "visible": lambda sizes: visible.measure(100),
    "call": lambda sizes: call.measure(min(sizes)),
    "large": lambda sizes: large.measure(5000),
    "nights": _nights,
    "fanout": _fanout,
    "pages": lambda sizes: {**fanout.pages(), **fanout.requests_per_second()},
    "churn": lambda sizes: fanout.churn(),
    "line": lambda sizes: line.measure(),
    "lighthouse": lambda sizes: lighthouse.measure(),
    "adversaries": _adversaries,
    "fuzz": _fuzz,
    "simulation": lambda steps: _simulation(*steps),
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option(
    "--readers",
    default="1000,5000,10000",
    show_default=True,
    help="Numbers of readers for fanout; call takes the smallest.",
)
@click.option("--steps", default=1_000_000, show_default=True, help="Steps of the simulation.")
@click.option("--json", "target", type=click.Path(path_type=Path), default="bench.json", show_default=True)
def main(names: tuple[str, ...], readers: str, steps: int, target: Path) -> None:
    """Measure NAMES (all, when none is given), and write the figures to a JSON file."""
    figures: dict[str, Any] = {"machine": platform.platform(), "python": platform.python_version()}
    for name in names or BENCHMARKS:
        console.rule(name)
        if sys.platform == "linux":
            os.sched_setaffinity(0, range(os.cpu_count() or 1))  # the one before may have pinned itself to one core
        sizes = [steps] if name == "simulation" else [int(size) for size in readers.split(",")]
        figures[name] = BENCHMARKS[name](sizes)
        console.print_json(data=figures[name])
        target.write_text(json.dumps(figures, indent=2) + "\n")


main()
