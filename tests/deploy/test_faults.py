"""The fault table (`bench/faults/`) with sixty readers: after each fault everybody has everything, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from bench import soak
from bench.faults import report
from bench.faults.audience import Audience, Reader
from bench.faults.editor import Ledger, Post
from bench.faults.night import Vitals, disagreeing, kept, night
from bench.faults.place import Place, missing, place
from bench.faults.table import FAULTS, Fault
from tests.deploy.nginx import needed

READERS = 60
OFTEN = (
    "kill -9 of the primary",
    "storage cut off, one way: its answers are lost",
    "all logs cut short before a restart",
    "rolling deploy in a burst of 20 acts a second",
    "power cut: everything dies at once",
)
"""The faults of each run; the others run with `--all`."""
NAMED = {fault.name: fault for fault in FAULTS}


def under(here: Place, fault: Fault) -> None:
    if missing(fault.needs):
        pytest.skip(missing(fault.needs))
    assert not night(here, fault, READERS, calm=1).wrong


@pytest.fixture(scope="module")
def here() -> Iterator[Place]:
    with place(LIVEBLOG_HEAD_SECONDS="1") as found:
        yield found


@needed
@pytest.mark.fault
@pytest.mark.parametrize("name", OFTEN)
def test_after_a_fault_every_reader_has_what_was_acknowledged_and_nothing_else(here: Place, name: str) -> None:
    under(here, replace(NAMED[name], hold=min(NAMED[name].hold, 4.0)))


@needed
@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.parametrize("name", [fault.name for fault in FAULTS if fault.name not in OFTEN and not fault.place])
def test_after_any_other_fault_too(here: Place, name: str) -> None:
    under(here, NAMED[name])


@needed
@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["clocks", "address"])
def test_after_wrong_clocks_and_moved_addresses_too(kind: str) -> None:
    faults = [fault for fault in FAULTS if fault.place == kind]
    if missing(faults[0].needs):
        pytest.skip(missing(faults[0].needs))
    with place(kind, LIVEBLOG_HEAD_SECONDS="1") as there:
        assert {fault.name: night(there, fault, READERS).wrong for fault in faults} == {f.name: [] for f in faults}


@needed
@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_five_minutes_of_coming_and_going_with_a_fault_every_minute() -> None:
    figures = soak.measure(5, 300, every=60, say=print)
    assert figures["faults"] >= 3
    assert not figures["wrong"]


# -- what the judge sees


def ledger() -> Ledger:
    found = Ledger()
    found.posts |= {"a": Post("one"), "b": Post("two, edited", corrections=1), "c": Post("three", retracted=True)}
    return found


def state(**changes: dict[str, Any] | None) -> dict[str, Any]:
    posts: dict[str, dict[str, Any] | None] = {
        "a": {"body": "one"},
        "b": {"body": "two, edited", "corrections": [{}]},
        "c": {"retracted": True},
    }
    here = {id: fields for id, fields in (posts | changes).items() if fields is not None}
    return {"epoch": "e", "seq": 9, "objects": [{"kind": "post", "id": id, "seq": 1, **f} for id, f in here.items()]}


def test_a_night_that_is_as_acknowledged_is_right() -> None:
    assert kept(state(), ledger()) == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"a": None}, "lost: a"),
        ({"d": {"body": "?"}}, "nobody was told of post d"),
        ({"b": {"body": "two"}}, "an earlier or later version of b"),
        ({"b": {"body": "two, edited", "corrections": [{}, {}]}}, "an earlier or later version of b"),
        ({"c": {"body": "three"}}, "a retracted post is visible: c"),
        ({"d": {"body": "unpublished 4"}}, "a draft is public"),
    ],
)
def test_the_judge_says_what_is_wrong(changes: dict[str, Any], wrong: str) -> None:
    assert any(each.startswith(wrong) for each in kept(state(**changes), ledger()))


def test_doubled_posts_and_refusals_are_wrong_too() -> None:
    told = ledger()
    told.doubled, told.strange = 1, ["PATCH /posts/a: 404"]
    assert kept(state(), told) == ["1 posts were doubled", "PATCH /posts/a: 404"]


def test_web_processes_with_different_states_are_noticed() -> None:
    assert disagreeing([state(), state(), state()]) == []
    assert "post:a" in disagreeing([state(), state(a={"body": "other"})])[0]
    assert disagreeing([state(), state() | {"seq": 8}]) == ["the web processes are not at the same position"]


def test_a_reader_that_lacks_a_change_or_has_another_version_is_noticed() -> None:
    reader = Reader(Audience("http://127.0.0.1:1", "anora", 0))
    reader._take({"reset": False, **state()})
    objects = {f"{obj['kind']}:{obj['id']}": obj for obj in state()["objects"]}
    assert not reader.differs(("e", 9), objects)
    assert reader.differs(("e", 10), objects)
    assert reader.differs(("e", 9), {**objects, "post:a": {}})
    assert reader.has("post:a", 1)
    assert not reader.has("post:a", 2)
    assert not reader.has("post:z", 1)


@pytest.mark.parametrize(("sizes", "grew"), [((50, 80, 90, 90, 90, 90), 1.0), ((50, 60, 70, 80, 90, 100), 1.25)])
def test_memory_is_level_if_it_does_not_grow_in_the_second_half(sizes: tuple[int, ...], grew: float) -> None:
    samples = [(float(at), Vitals({7: 20}, {7: float(size)})) for at, size in enumerate(sizes)]
    assert soak.level(samples) == pytest.approx(grew)


def test_every_fault_has_a_name_of_its_own() -> None:
    assert len(NAMED) == len(FAULTS)
    assert set(OFTEN) <= set(NAMED)


def test_the_document_has_every_fault_of_the_table_once() -> None:
    """`./run bench faults` makes the document's table."""
    text = report.DOCUMENT.read_text().partition("<!-- faults -->")[2].partition("<!-- /faults -->")[0]
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert rows[1:] == [fault.name for fault in FAULTS]
    assert all(a != b for a, b in pairwise(rows))
