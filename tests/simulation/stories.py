"""What clients hear, for the same rules in another language: from simulated nights, and in any order whatever.

A night seldom has the same accident twice. A wild story is made of nothing else: messages of two histories that part,
of two epochs, out of order, with answers that come late.
"""

from __future__ import annotations

import random
from typing import Any

from .follower import Follower, Message
from .world import simulated

Story = dict[str, Any]


def of_nights(seeds: range, steps: int) -> list[Story]:
    """What the readers with sockets got in these nights, where it led, and what they had at the end."""
    found: list[Story] = []
    for seed in seeds:
        with simulated(seed, record=True) as world:
            for _ in range(steps):
                world.step()
            world.calm()
            found += [
                {
                    "reader": f"seed {seed}, {each.name}",
                    "heard": each.heard,
                    "objects": each.followers["public"].objects,
                    "tally": each.followers["public"].tally,
                }
                for each in world.readers
                if each.way == "socket"
            ]
    return found


def wild(seed: int, events: int = 60) -> Story:
    """One client's story; each event is legal by itself."""
    dice = random.Random(seed)
    refusing = [False]

    def refuses() -> bool:
        now, refusing[0] = refusing[0], False
        return now

    follower, heard = Follower(refuses), list[Any]()
    for _ in range(events):
        kind, message = _event(dice, follower)
        if kind == "refuses":
            refusing[0] = True
        elif kind == "failed":
            follower.failed()
        elif kind == "ask":
            follower.ask()
        elif kind == "introduce":
            follower.introduce()
        elif message is not None:
            {"answered": follower.answered, **_told(follower)}[kind](message)
        heard.append([kind, message, [follower.epoch, follower.seq, follower.asking]])
    return {"reader": f"wild {seed}", "heard": heard, "objects": follower.objects, "tally": follower.tally}


def _told(follower: Follower) -> dict[str, Any]:
    return {"sync": follower.sync, "change": follower.change, "head": follower.head}


def _event(dice: random.Random, follower: Follower) -> tuple[str, Message | None]:
    epoch, line = dice.choice((("e", "a"), ("e", "a"), ("e", "b"), ("f", "a")))
    seq = max(1, follower.seq + dice.randint(-2, 3))
    at: Message = {"epoch": epoch, "seq": seq, "mark": _mark(epoch, line, seq)}
    kinds = ["change"] * 6 + ["head"] * 2 + ["sync", "introduce", "refuses"]
    kinds += ["answered"] * 4 + ["failed"] if follower.asking else ["ask"]
    kind = dice.choice(kinds)
    if kind == "change":
        prev = seq - 1 if dice.random() < 0.9 else max(0, seq - 2)
        objects = [_object(dice, seq, line)]
        return kind, {**at, "prev": prev, "prev_mark": _mark(epoch, line, prev), "objects": objects, **_tally(dice)}
    if kind == "head":
        return kind, at
    if kind in ("sync", "answered"):
        objects = [_object(dice, each, line) for each in range(max(1, seq - 3), seq + 1)]
        without = kind == "sync" and dice.random() < 0.2
        reset = epoch != follower.epoch or dice.random() < 0.3
        return kind, {**at, "reset": reset, "objects": None if without else objects, **_tally(dice)}
    return kind, None


def _mark(epoch: str, line: str, seq: int) -> str:
    """The two lines of a history part after the fourth change."""
    return f"{epoch}{line if seq > 4 else ''}{seq}"


def _tally(dice: random.Random) -> Message:
    return {"tally": f"{dice.randint(0, 9)} of 9"} if dice.random() < 0.3 else {}


def _object(dice: random.Random, seq: int, line: str) -> Message:
    return {"kind": "post", "id": f"p{dice.randint(0, 5)}", "seq": seq, "body": f"{line}{seq}"}
