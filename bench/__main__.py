"""`python -m bench`: all benchmarks, or the named ones; prints what was measured and writes it as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from . import large, visible

BENCHMARKS = {
    "visible": lambda: visible.measure(100),
    "large": lambda: large.measure(5000),
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--json", "target", type=click.Path(path_type=Path), help="Also write the figures to this file.")
def main(names: tuple[str, ...], target: Path | None) -> None:
    """Measure NAMES (all, when none is given)."""
    console = Console()
    figures: dict[str, Any] = {}
    for name in names or BENCHMARKS:
        console.rule(name)
        figures[name] = BENCHMARKS[name]()
        console.print_json(data=figures[name])
    if target is not None:
        target.write_text(json.dumps(figures, indent=2) + "\n")


main()
