"""`python -m tests.simulation`: nights by seed, each replayed exactly; the first broken promise is reported."""

from __future__ import annotations

import sys

import click

from .runs import Failure, night, shortened


@click.command()
@click.option("--seed", default=0, show_default=True, help="The night, or the first of several.")
@click.option("--nights", default=1, show_default=True, help="How many nights, each with the next seed.")
@click.option("--steps", default=2000, show_default=True, help="Steps of each night.")
@click.option("--trace", is_flag=True, help="Say what happens at each step.")
def main(seed: int, nights: int, steps: int, trace: bool) -> None:
    """Simulate nights and check the promises of docs/protocol.md."""
    done = 0
    for number in range(seed, seed + nights):
        result = night(number, steps, trace=click.echo if trace else None)
        if isinstance(result, Failure):
            click.echo((result if trace else shortened(result)).report, err=True)
            sys.exit(1)
        done += result
    click.echo(f"{nights} nights, {done} steps: every promise was kept")


if __name__ == "__main__":
    main()
