"""`python -m bench`: runs all benchmarks, or the named ones; prints the figures and writes them as JSON."""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from . import (
    adversaries,
    call,
    constants,
    fanout,
    large,
    lighthouse,
    line,
    million,
    nights,
    publish,
    sign_ins,
    soak,
    table,
    visible,
    wire,
)
from .faults import report
from .faults.table import FAULTS

console = Console()


@dataclass(frozen=True)
class Options:
    """Numbers of readers; steps of the simulation, inputs of fuzzing; of a soak its minutes and seed; words of the
    faults to inflict, all if there are none; whether fanout also measures the peers behind TLS."""

    sizes: list[int]
    steps: int
    minutes: float
    seed: int
    faults: tuple[str, ...]
    tls: bool


def _fanout(options: Options) -> list[dict[str, Any]]:
    names = [*fanout.PEERS, *(fanout.SECURE if options.tls else ())]
    rows = fanout.measure(options.sizes, names, console)
    console.print(table.of(rows))
    return rows


def _nights(options: Options) -> list[dict[str, Any]]:
    rows = nights.measure()
    console.print(nights.table(rows))
    return rows


def _adversaries(options: Options) -> list[dict[str, Any]]:
    rows = adversaries.measure(min(options.sizes), console)
    console.print(adversaries.table(rows))
    console.print(adversaries.markdown(rows))
    return rows


def _sign_ins(options: Options) -> list[dict[str, Any]]:
    rows = sign_ins.measure(min(options.sizes), console)
    console.print(sign_ins.table(rows))
    return rows


def _faults(options: Options) -> list[dict[str, Any]]:
    """Every fault under a thousand readers. The whole table replaces the one in docs/reliability.md."""
    chosen = [fault for fault in FAULTS if not options.faults or any(word in fault.name for word in options.faults)]
    rows = report.measure(min(options.sizes), console.print, chosen)
    text = f"{report.conditions(rows)}\n\n{report.table(rows)}"
    print(text)
    if not options.faults:
        report.write(text, "faults")
    if wrong := report.failed(rows):
        console.print(f"[red]something was wrong after: {', '.join(wrong)}")
    return rows


def _soak(options: Options) -> dict[str, Any]:
    figures = soak.measure(options.minutes, 2 * min(options.sizes), seed=options.seed, say=console.print)
    report.write(soak.described(figures), "soak")
    return figures


def _fuzz(options: Options) -> dict[str, Any]:
    from tests.fuzz.__main__ import fuzz
    from tests.push.frame_fuzz import run

    against = {
        "frames against wsproto": run(options.steps // 10, options.seed),
        "compressed frames against wsproto": run(options.steps // 20, options.seed, compresses=True),
    }
    return {**against, **fuzz(options.steps, options.seed)}


def _simulation(options: Options) -> dict[str, Any]:
    from tests.simulation.runs import many

    return many(options.steps)


BENCHMARKS: dict[str, Callable[[Options], Any]] = {
    "visible": lambda options: visible.measure(100),
    "publish": lambda options: publish.measure(min(options.sizes)),
    "call": lambda options: call.measure(min(options.sizes)),
    "large": lambda options: large.measure(5000),
    "nights": _nights,
    "fanout": _fanout,
    "pages": lambda options: {**fanout.pages(), **fanout.requests_per_second()},
    "churn": lambda options: fanout.churn(),
    "line": lambda options: line.measure(),
    "wire": lambda options: wire.measure(min(options.sizes)),
    "lighthouse": lambda options: lighthouse.measure(),
    "adversaries": _adversaries,
    "sign_ins": _sign_ins,
}


LONG: dict[str, Callable[[Options], Any]] = {
    "faults": _faults,
    "soak": _soak,
    "fuzz": _fuzz,
    "simulation": _simulation,
    "constants": lambda options: constants.measure(min(options.sizes), console),
    "million": lambda options: million.measure(max(options.sizes), console),
}
"""These take from minutes to an hour, or write into the project, and run only when they are named."""


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*BENCHMARKS, *LONG]))
@click.option(
    "--readers",
    default="1000,5000,10000",
    show_default=True,
    help="Numbers of readers for fanout; call, wire and faults take the smallest, soak twice as many.",
)
@click.option("--steps", default=1_000_000, show_default=True, help="Steps of simulation, inputs of fuzz.")
@click.option("--minutes", default=60.0, show_default=True, help="How long soak lasts.")
@click.option("--seed", default=1, show_default=True, help="Which faults soak draws, which inputs fuzz makes.")
@click.option("--fault", "faults", multiple=True, help="Inflict only faults whose name contains this (repeatable).")
@click.option("--tls", is_flag=True, help="Let fanout also measure the peers behind the shipped nginx with TLS 1.3.")
@click.option("--json", "target", type=click.Path(path_type=Path), default="bench.json", show_default=True)
def main(names: tuple[str, ...], readers: str, target: Path, **options: Any) -> None:
    """Measure NAMES, and write the figures to a JSON file. Without NAMES all are measured, except the long ones."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves no process behind
    chosen = Options([int(size) for size in readers.split(",")], **options)
    figures: dict[str, Any] = {"machine": platform.platform(), "python": platform.python_version()}
    for name in names or BENCHMARKS:
        console.rule(name)
        if sys.platform == "linux":
            os.sched_setaffinity(0, range(os.cpu_count() or 1))  # the one before may have pinned itself to one core
        figures[name] = (BENCHMARKS | LONG)[name](chosen)
        console.print_json(data=figures[name])
        target.write_text(json.dumps(figures, indent=2) + "\n")


main()
