"""`python -m tests.fuzz`: tries many inputs, and prints each fault once, with the input that shows it."""

from __future__ import annotations

import sys
import traceback

import click

from tests.fuzz.mutations import inputs
from tests.fuzz.targets import TARGETS, run

SHARES: dict[str, float] = {
    "head": 20,
    "packet": 16,
    "position": 16,
    "forwarded": 14,
    "frames": 7,
    "extensions": 3,
    "import": 10,
    "night": 6,
    "backup": 3,
}
SHARES |= {"nominees": 2, "markdown": 1.5, "clipboard": 1, "article": 0.5}
"""Hundredths of all inputs: cheap targets get more."""


def fuzz(count: int, seed: int) -> dict[str, dict[str, int]]:
    """Try about `count` inputs on all targets. Returns how many were taken, refused, and faults."""
    return {target: one(target, int(count * share / 100), seed) for target, share in SHARES.items()}


def one(target: str, count: int, seed: int) -> dict[str, int]:
    """Try inputs on one target."""
    found, outcomes = set[str](), {"inputs": 0, "taken": 0, "refused": 0, "faults": 0}
    for data in inputs(target, count, seed):
        outcomes["inputs"] += 1
        try:
            outcomes["taken" if run(target, data) else "refused"] += 1
        except Exception as fault:
            outcomes["faults"] += 1
            where = "".join(traceback.format_tb(fault.__traceback__)[-1:])
            if f"{type(fault)} {where}" not in found:
                found.add(f"{type(fault)} {where}")
                print(f"{target}: {type(fault).__name__}: {fault}\n{where}{data!r}", file=sys.stderr, flush=True)
    return outcomes


@click.command()
@click.argument("target", required=False, type=click.Choice(list(TARGETS)))
@click.option("--count", default=100_000, show_default=True, help="Inputs, for all targets together or for TARGET.")
@click.option("--seed", default=1, show_default=True)
def main(target: str | None, count: int, seed: int) -> None:
    """Try COUNT inputs. The same seed makes the same ones."""
    outcomes = {target: one(target, count, seed)} if target else fuzz(count, seed)
    for name, each in outcomes.items():
        click.echo(f"{name}: {each}")
    sys.exit(any(each["faults"] for each in outcomes.values()))


if __name__ == "__main__":
    main()
