"""Runs nights, and shortens one that fails."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from .world import Violation, simulated

CALM = 500
"""Steps between two checks of everything."""


class Failure(Struct, frozen=True, kw_only=True):
    """A night that broke a promise, at a step; `what` is the promise, `where` the traceback."""

    seed: int
    steps: int
    what: str
    where: str

    @property
    def report(self) -> str:
        command = f"python -m tests.simulation --seed {self.seed} --steps {self.steps} --trace"
        return f"{self.where}\nseed {self.seed}, step {self.steps}: {self.what}\nstep by step: {command}"


def night(seed: int, steps: int, *, trace: Callable[[str], None] | None = None) -> int | Failure:
    """The number of steps of a night in which every promise was kept; else what was broken."""
    asked = 0
    try:
        with simulated(seed, trace=trace) as world:
            for asked in range(1, steps + 1):
                world.step()
                if asked % CALM == 0 or asked == steps:
                    world.calm()
            return world.steps
    except (Exception, Violation) as error:
        return Failure(seed=seed, steps=asked, what=f"{error}", where=traceback.format_exc(limit=-6))


def shortened(found: Failure, tries: int = 20) -> Failure:
    """A failure of the same seed after fewer steps, if a check before the usual one finds it.

    A night checks everything only now and then. It is repeated with its last check earlier and earlier, by halves.
    """
    good, best = 0, found
    for _ in range(tries):
        steps = (good + best.steps) // 2
        if steps in (good, best.steps):
            break
        result = night(found.seed, steps)
        if isinstance(result, Failure):
            best = result
        else:
            good = steps
    return best


def many(steps: int, each: int = 1500) -> dict[str, Any]:
    """Nights from seed 0 on, until these steps were done. Returns how many, and a report of each that failed."""
    seeds = done = 0
    failed: list[str] = []
    while done < steps:
        result = night(seeds, each)
        if isinstance(result, Failure):
            failed.append(f"seed {seeds}, step {result.steps}: {result.what}")
            done += result.steps
        else:
            done += result
        seeds += 1
    return {"steps": done, "nights": seeds, "failed": failed}
