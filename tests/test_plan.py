"""What the plan says a number of readers takes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from liveblog.cli import cli
from liveblog.plan import Machine, Measured, Night, Proxy, collapsed, measured, sockets

FIGURES = Measured(
    machine="a desk",
    readers=10_000,
    connect_us=60,
    delivery_us=10,
    idle_us=1,
    reader_bytes=500,
    socket_bytes=4000,
    change_bytes=600,
    page_bytes=40_000,
    polls_a_change=4,
    proxy=Proxy(connect_us=540, delivery_us=20, idle_us=2, reader_bytes=30_000),
)


def test_each_reader_costs_what_was_measured() -> None:
    needs = sockets(Night(1_000_000, posts=100, hours=2), FIGURES)
    assert (needs.delivering, needs.returning, needs.idle) == pytest.approx((10, 1, 1))
    assert needs.cores == pytest.approx(11)  # not all at once: nobody is sent to who is away
    assert needs.memory == 4_500_000_000
    assert needs.burst == 8 * 600 * 1_000_000
    assert needs.night_bytes == 1_000_000 * 600 * 100 * 2


def test_the_proxy_and_its_two_sockets_come_on_top() -> None:
    needs = sockets(Night(1_000_000, tls=True), FIGURES)
    assert (needs.delivering, needs.returning, needs.idle) == pytest.approx((30, 10, 3))
    assert needs.memory == 1_000_000 * (500 + 30_000 + 3 * 4000)


def test_who_can_wait_longer_needs_fewer_cores() -> None:
    assert sockets(Night(1_000_000, within=5), FIGURES).delivering == pytest.approx(2)


@pytest.mark.parametrize(
    ("machine", "bound"),
    [
        (Machine(cores=2, memory=1 << 40, line=1 << 50), "cores"),
        (Machine(cores=64, memory=4 << 30, line=1 << 50), "memory"),
        (Machine(cores=64, memory=1 << 40, line=1_000_000_000), "the line"),
    ],
)
def test_the_scarcest_bounds_the_machines(machine: Machine, bound: str) -> None:
    count, why = sockets(Night(1_000_000), FIGURES).machines(machine)
    assert why == bound
    assert count > 1


def test_a_small_night_takes_one_machine() -> None:
    assert sockets(Night(1), FIGURES).machines(Machine())[0] == 1


def test_the_origin_behind_a_cache_does_not_count_readers() -> None:
    few, many = (collapsed(Night(readers, posts=3600), FIGURES, places=10) for readers in (1000, 10_000_000))
    assert few.origin_requests == many.origin_requests == pytest.approx(10 * (4 + 1 / 25))
    assert many.night_bytes == 10_000 * few.night_bytes


def test_the_shipped_figures_can_be_read() -> None:
    assert measured().delivery_us > 0


# -- the command


def test_the_command_says_what_each_way_takes() -> None:
    done = CliRunner().invoke(cli, ["plan", "--readers", "1000000", "--tls", "--kb", "1"])
    assert done.exit_code == 0, done.output
    assert "1,000,000 readers, 120 posts an hour of 1.00 KB" in done.output
    assert "8.00 Gbit/s while a post goes out" in done.output
    assert [line for line in done.output.splitlines() if line.endswith("them")] != []
    for way in ("Open connections with nginx and TLS", "Relays", "A CDN that collapses polls"):
        assert way in done.output


@pytest.mark.parametrize(
    "wrong",
    [
        ["--readers", "0"],
        ["--readers", "many"],
        ["--readers", f"1{400 * '0'}"],
        [],
        *(["--readers", "9", name, "nan"] for name in ("--hours", "--kb", "--within", "--memory", "--gbit")),
        *(["--readers", "9", name, "inf"] for name in ("--hours", "--kb", "--within", "--memory", "--gbit")),
        *(["--readers", "9", name, "1" + 400 * "0"] for name in ("--posts", "--cores", "--places")),
        ["--readers", "9", "--within", "0"],
        ["--readers", "9", "--kb", "1000000", "--within", "0.05", "--gbit", "0.1"],
    ],
)
def test_the_command_refuses_what_is_no_night(wrong: list[str]) -> None:
    assert CliRunner().invoke(cli, ["plan", *wrong]).exit_code == 2
