"""A night under a fault, and the judge of what is left of it.

Readers follow, an editor works; the fault comes, stays and goes; the editor works on until writing works again. Then
every reader's state is compared with a fresh catch-up, and the night with what the editor was told.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import requests

from bench.faults.audience import PRIVATE, Seats
from bench.faults.editor import Done, Editor, Ledger
from bench.faults.place import Place, load
from bench.faults.table import Fault

CALM = 3.0
"""Seconds of work before the fault, and after it, if nothing else is said."""
SETTLE = 60.0
"""Seconds within which every reader must have everything, once nobody writes any more."""
SPARE = 100
"""Descriptors that web processes may have more after a fault than before: idle connections of nginx and to storage."""
GROWTH = 48
"""Megabytes that a web process may have more after a fault than before."""


@dataclass
class Verdict:
    """What a fault cost, and what is wrong afterwards (`wrong` is empty if nothing is)."""

    fault: str
    readers: int
    lasted: float
    """Seconds that the fault lasted."""
    writes: float
    """Longest seconds that one act took, from the first attempt until it was acknowledged."""
    refused: int
    """Attempts to write that were refused or not answered."""
    delivery: float
    """Longest seconds from the acknowledgement of an act until the last reader had it."""
    reconnects: int
    acts: int
    descriptors: int
    """How many descriptors more the surviving web processes have than before, apart from their readers."""
    megabytes: float
    """How much memory more the surviving web process has that grew most."""
    load: str
    wrong: list[str] = field(default_factory=list)

    @property
    def row(self) -> dict[str, Any]:
        return asdict(self)


class Delivery(threading.Thread):
    """Takes the time until the last reader has an act, for one act after the other."""

    def __init__(self, seats: Seats, ledger: Ledger) -> None:
        super().__init__(daemon=True)
        self.longest = 0.0
        self._seats, self._ledger = seats, ledger
        self._ended = threading.Event()

    def run(self) -> None:
        seen: Done | None = None
        while not self._ended.wait(0.1):
            visible = [act for act in self._ledger.acts[-8:] if act.seq and act.ref.startswith(("post:", "category:"))]
            if visible and visible[-1] is not seen:
                seen = visible[-1]
                while self._seats.ask("lack", ref=seen.ref, seq=seen.seq)["lack"] and not self._ended.wait(0.1):
                    pass
                self.longest = max(self.longest, time.monotonic() - seen.acknowledged)

    def finish(self) -> None:
        self._ended.set()
        self.join()


@dataclass
class Vitals:
    """Descriptors (without those of readers) and megabytes of each web worker."""

    descriptors: dict[int, int]
    megabytes: dict[int, float]


def vitals(place: Place) -> Vitals:
    workers = place.house.workers()
    total = {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in workers}
    readers = {pid: place.house.readers(port) for pid, port in workers.items()}
    pages = {pid: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in workers}
    return Vitals(
        {pid: total[pid] - readers[pid] for pid in workers},
        {pid: count * os.sysconf("SC_PAGE_SIZE") / 1e6 for pid, count in pages.items()},
    )


def within(seconds: float, condition: Any) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def night(place: Place, fault: Fault, readers: int, calm: float = CALM) -> Verdict:
    """One night of its own blog under one fault, with `calm` seconds of work before and after it."""
    place.open()
    seats = Seats(place.house.url, place.slug, readers)
    try:
        return _night(place, fault, seats, calm)
    finally:
        seats.close()


def _night(place: Place, fault: Fault, seats: Seats, calm: float) -> Verdict:
    full = within(60, lambda: seats.ask("figures")["connected"] == seats.count)
    wrong = [] if full else ["not every reader could connect before the fault"]
    before = vitals(place)
    editor = Editor(place.house.url, place.slug, place.token, fault.rate)
    delivery = Delivery(seats, editor.ledger)
    editor.start()
    delivery.start()
    time.sleep(calm)
    earlier = seats.ask("figures")
    lasted = _inflicted(place, fault)
    over = time.monotonic()
    if not within(60, lambda: any(act.begun > over for act in editor.ledger.acts[-3:])):
        wrong.append("a minute after the fault, no act is acknowledged")
    time.sleep(calm)
    editor.finish()
    wrong += judged(place, seats, editor.ledger)
    delivery.finish()
    figures = seats.ask("figures")
    wrong += ["a reader received a draft"] if figures["leaks"] else []
    wrong += place.house.faults()
    more, grown = _growth(place, before)
    wrong += [f"{more} descriptors are left open"] if more > SPARE else []
    wrong += [f"a web process grew by {grown:.0f} MB"] if grown > GROWTH else []
    acts = editor.ledger.acts
    return Verdict(
        fault=fault.name,
        readers=seats.count,
        lasted=round(lasted, 1),
        writes=round(max((act.acknowledged - act.begun for act in acts), default=0.0), 1),
        refused=sum(act.refused for act in acts),
        delivery=round(delivery.longest, 1),
        reconnects=figures["reconnects"] - earlier["reconnects"],
        acts=len(acts),
        descriptors=more,
        megabytes=round(grown, 1),
        load=load(),
        wrong=wrong,
    )


def _inflicted(place: Place, fault: Fault) -> float:
    """Inflict the fault, end it, and mend what it left. Returns how many seconds it lasted."""
    begun = time.monotonic()
    with fault.inflict(place):
        time.sleep(fault.hold)
    lasted = time.monotonic() - begun
    place.house.mend()
    return lasted


def _growth(place: Place, before: Vitals) -> tuple[int, float]:
    """Descriptors and megabytes that surviving web processes have more, once what is idle was closed."""
    found: list[tuple[int, float]] = [(0, 0.0)]

    def small() -> bool:
        now = vitals(place)
        alive = before.descriptors.keys() & now.descriptors.keys()
        more = sum(now.descriptors[pid] - before.descriptors[pid] for pid in alive)
        grown = max((now.megabytes[pid] - before.megabytes[pid] for pid in alive), default=0.0)
        found[0] = (more, grown)
        return more <= SPARE

    within(20, small)
    return found[0]


# -- the judge


def judged(place: Place, seats: Seats, ledger: Ledger) -> list[str]:
    """What is wrong with readers and with the night, in words."""
    found: dict[str, Any] = {"state": {}, "wrong": ["the state cannot be requested"]}

    def equal() -> bool:
        states = caught_up(place)
        if all(states):
            found["state"], found["wrong"] = states[0], [*disagreeing(states), *apart(seats, states[0])]
        return not found["wrong"]

    within(SETTLE, equal)
    return [*found["wrong"], *kept(found["state"], ledger)] if found["state"] else found["wrong"]


def caught_up(place: Place) -> list[dict[str, Any]]:
    """A fresh catch-up of each web process; empty for one that gives none."""
    found = []
    for port in place.house.web:
        try:
            address = f"http://127.0.0.1:{port}/api/v1/blogs/{place.slug}/changes?after=0"
            answer = requests.get(address, timeout=20)
            found.append(answer.json() if answer.ok else {})
        except requests.RequestException:
            found.append({})
    return found


def disagreeing(states: list[dict[str, Any]]) -> list[str]:
    """Where web processes do not have the same state."""
    for state in states[1:]:
        if (state["epoch"], state["seq"]) != (states[0]["epoch"], states[0]["seq"]):
            return ["the web processes are not at the same position"]
        mine, other = ({f"{obj['kind']}:{obj['id']}": obj for obj in each["objects"]} for each in (states[0], state))
        off = sorted(ref for ref in mine.keys() | other.keys() if mine.get(ref) != other.get(ref))
        if off:
            return [f"the web processes differ in {off[0]}: {mine.get(off[0])} and {other.get(off[0])}"]
    return []


def apart(seats: Seats, state: dict[str, Any]) -> list[str]:
    """Which readers do not have this state."""
    told = seats.ask("differ", state=state)
    return [f"{told['differ']} readers do not have the state: {told['first']}"] if told["differ"] else []


def kept(state: dict[str, Any], ledger: Ledger) -> list[str]:
    """Where the state is not what was acknowledged: each act once, and nothing else."""
    posts = {obj["id"]: obj for obj in state["objects"] if obj["kind"] == "post"}
    wrong = [f"lost: {id}" for id in ledger.posts.keys() - posts.keys()]
    wrong += [f"nobody was told of post {id}" for id in posts.keys() - ledger.posts.keys()]
    for id, post in ledger.posts.items():
        there = posts.get(id)
        if there is None:
            continue
        if post.retracted:
            wrong += [] if set(there) == {"kind", "id", "seq", "retracted"} else [f"a retracted post is visible: {id}"]
        elif there.get("body") != post.body or len(there.get("corrections", ())) != post.corrections:
            wrong.append(f"an earlier or later version of {id}: {there.get('body')!r} instead of {post.body!r}")
    wrong += [f"{ledger.doubled} posts were doubled"] if ledger.doubled else []
    if PRIVATE.decode() in str(state):
        wrong.append("a draft is public")
    return wrong + ledger.strange
