"""The command that computes what a number of readers takes."""

from __future__ import annotations

import math

import click

from ..plan import Collapsed, Machine, Measured, Night, Sockets, collapsed, measured, sockets
from .common import Number

PROCESS_READERS = 50_000
"""A web process may have more; but its end sends as many readers elsewhere at once."""


@click.command()
@click.option("--readers", type=click.IntRange(1, 10_000_000_000), required=True, help="Readers at the same time.")
@click.option("--posts", type=click.IntRange(1, 1_000_000), default=120, show_default=True, help="Posts an hour.")
@click.option("--hours", type=Number(0.1, 10_000), default=5.0, show_default=True, help="How long the night is.")
@click.option("--kb", type=Number(0.05, 1_000_000), help="Kilobytes of a post on the wire (default: as measured).")
@click.option(
    "--within", type=Number(0.05, 100_000), default=1.0, show_default=True, help="Seconds to the last reader."
)
@click.option("--tls", is_flag=True, help="With the shipped nginx and TLS in front, on the same machines.")
@click.option("--cores", type=click.IntRange(1, 100_000), default=16, show_default=True, help="Cores of one machine.")
@click.option("--memory", type=Number(1, 1_000_000), default=64.0, show_default=True, help="Its gigabytes of memory.")
@click.option("--gbit", type=Number(0.1, 1_000_000), default=10.0, show_default=True, help="Gigabits/s of its line.")
@click.option("--places", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="Caches of a CDN.")
def plan(
    readers: int,
    posts: int,
    hours: float,
    kb: float | None,
    within: float,
    tls: bool,
    cores: int,
    memory: float,
    gbit: float,
    places: int,
) -> None:
    """Compute the machines that a number of readers takes.

    From figures that the bench measured; docs/scale.md says more.
    """
    night = Night(readers, posts, hours, round(kb * 1000) if kb else None, within, tls)
    machine, figures = Machine(cores, round(memory * 1e9), round(gbit * 1e9)), measured()
    change = night.bytes_of_change(figures)
    click.echo(
        f"{readers:,} readers, {posts} posts an hour of {change / 1000:.2f} KB, at the last reader in {within:g} s.\n"
        f"Measured: {figures.machine}, {figures.readers:,} readers on one core. Computed: all that follows.\n"
    )
    needs = sockets(night, figures)
    count, bound = needs.machines(machine)
    if count > readers:
        raise click.UsageError("no such machine sends such posts to even one reader within that time")
    click.echo(_on_sockets(needs, night, machine, count, bound))
    click.echo(_on_relays(count, readers))
    click.echo(_on_a_cdn(collapsed(night, figures, places), night, figures, places))


def _on_sockets(needs: Sockets, night: Night, machine: Machine, count: int, bound: str) -> str:
    through = " with nginx and TLS" if night.tls else ""
    return (
        f"Open connections{through}\n"
        f"  cores      {needs.cores:,.1f}: {needs.delivering:,.1f} to send a post in time, {needs.returning:,.1f} when"
        f" all come back in a minute, {needs.idle:,.1f} idle\n"
        f"  memory     {needs.memory / 1e9:,.1f} GB\n"
        f"  line       {needs.burst / 1e9:,.2f} Gbit/s while a post goes out,"
        f" {needs.arriving / 1e9:,.2f} while all open the page within ten minutes\n"
        f"  traffic    {needs.night_bytes / 1e9:,.0f} GB in the night, and the page once for each\n"
        f"  machines   {count:,} of {machine.cores} cores; {bound} bound them\n"
        f"  processes  {max(math.ceil(needs.cores), math.ceil(night.readers / PROCESS_READERS)):,} web processes\n"
    )


def _on_relays(count: int, readers: int) -> str:
    return (
        "Relays (`liveblog relay`), one on each of these machines\n"
        f"  relays     {count:,}, with {math.ceil(readers / count):,} readers each\n"
        f"  origin     the editors' machine serves the relays, and no readers\n"
    )


def _on_a_cdn(needs: Collapsed, night: Night, figures: Measured, places: int) -> str:
    return (
        f"A CDN that collapses polls, {places:,} caches\n"
        f"  origin     {needs.origin_requests:,.1f} requests/s, {needs.origin_bits / 1e6:,.2f} Mbit/s, however many"
        " readers there are\n"
        f"  delivered  {needs.night_bytes / 1e9:,.0f} GB by the CDN in the night, and"
        f" {night.readers * figures.page_bytes / 1e9:,.0f} GB of pages; its price drives the cost\n"
    )
