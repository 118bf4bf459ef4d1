"""A long night: readers come and go, two changes a second, and every two minutes a fault out of the same table.

At the end nothing is lost, and in the second half memory and descriptors of the web processes are level.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import linear_regression
from typing import Any

from bench.faults.audience import Seats
from bench.faults.editor import Editor, Ledger
from bench.faults.night import SPARE, Vitals, judged, vitals
from bench.faults.place import Place, load, missing, place
from bench.faults.table import FAULTS, Fault

STAY = 120.0
"""Seconds that a reader stays, on average."""
LEVEL = 1.15
"""A web process's memory at the end of the second half, as a multiple of that at its beginning, by a fitted line."""
SAMPLE = 5.0
"""Seconds between two looks at the web processes."""

Sample = tuple[float, Vitals]
"""Seconds since the beginning, and what the web processes had then."""


def measure(
    minutes: float, readers: int, *, every: float = 120.0, seed: int = 1, say: Callable[[str], None]
) -> dict[str, Any]:
    """One soak; `every` is the time between two faults in seconds. `wrong` is empty if nothing is wrong."""
    with place(seed=seed, LIVEBLOG_HEAD_SECONDS="15") as here:
        here.open()
        seats = Seats(here.house.url, here.slug, readers, STAY)
        editor = Editor(here.house.url, here.slug, here.token, 2.0)
        editor.start()
        try:
            samples, had = _soaked(here, minutes * 60, every, random.Random(seed), say)
            editor.finish()
            seats.ask("rest")
            wrong = [*judged(here, seats, editor.ledger), *here.house.faults()]
            figures = seats.ask("figures")
        finally:
            seats.close()
    wrong += ["a reader received a draft"] if figures["leaks"] else []
    return _told(minutes, readers, samples, had, editor.ledger, figures, wrong)


def _soaked(
    here: Place, seconds: float, every: float, luck: random.Random, say: Callable[[str], None]
) -> tuple[list[Sample], list[str]]:
    samples: list[Sample] = []
    had: list[str] = []
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < seconds:
        if now > (len(had) + 0.5) * every and now < seconds - every / 2:
            fault = luck.choice(_drawn(second_half=now > seconds / 3))
            with fault.inflict(here):
                time.sleep(fault.hold)
            here.house.mend()
            had.append(fault.name)
            say(f"minute {now / 60:.1f}: {fault.name}")
        samples.append((now, vitals(here)))
        time.sleep(SAMPLE)
    return samples, had


def _drawn(*, second_half: bool) -> list[Fault]:
    """The faults to choose from. Later none that ends all web processes, whose memory is to be compared."""
    here = [fault for fault in FAULTS[1:] if not fault.place and not missing(fault.needs)]
    return [fault for fault in here if not (second_half and fault.ends_web)]


def _told(
    minutes: float,
    readers: int,
    samples: list[Sample],
    had: list[str],
    ledger: Ledger,
    figures: dict[str, Any],
    wrong: list[str],
) -> dict[str, Any]:
    growth, spare = level(samples), _spare(samples)
    wrong += [f"a web process has {growth:.2f} times the memory"] if growth > LEVEL else []
    wrong += [f"{spare} descriptors more at the end"] if spare > SPARE else []
    return {
        "minutes": minutes,
        "readers at a time": readers,
        "readers that left": figures["left"],
        "connections of readers that failed or were lost": figures["reconnects"],
        "faults": len(had),
        "acts": len(ledger.acts),
        "refused attempts": sum(act.refused for act in ledger.acts),
        "an act took at most, s": round(max(act.acknowledged - act.begun for act in ledger.acts), 1),
        "memory, end of the second half over its beginning": round(growth, 3),
        "MB of the largest web process at the end": round(max(samples[-1][1].megabytes.values()), 1),
        "descriptors more than in the middle, without readers": spare,
        "load at the end": load(),
        "wrong": wrong,
    }


def described(figures: dict[str, Any]) -> str:
    """The figures in Markdown."""
    lines = ["| figure | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in figures.items() if name != "wrong"]
    lines.append(f"| wrong at the end | {'; '.join(figures['wrong']) or 'nothing'} |")
    return f"Measured on {datetime.now(UTC):%Y-%m-%d}, everything on {os.cpu_count()} cores.\n\n" + "\n".join(lines)


def level(samples: list[Sample]) -> float:
    """The memory of the process that grew most in the second half: the end of a fitted line over its beginning.

    Only processes that were there all that time count, since a new one grows at first. Without one there is no figure.
    """
    half = [sample for sample in samples if sample[0] >= samples[-1][0] / 2]
    found = []
    for pid in set.intersection(*(set(had.megabytes) for _, had in half)):
        times, sizes = [at for at, _ in half], [had.megabytes[pid] for _, had in half]
        slope, base = linear_regression(times, sizes)
        found.append((base + slope * times[-1]) / (base + slope * times[0]))
    return max(found)


def _spare(samples: list[Sample]) -> int:
    """How many descriptors (without readers) the processes have more at the end than in the middle."""
    middle, last = samples[len(samples) // 2][1].descriptors, samples[-1][1].descriptors
    return sum(last[pid] - middle[pid] for pid in middle.keys() & last.keys())
