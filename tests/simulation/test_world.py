"""The world's own rules: what it takes for a broken promise."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from liveblog import actions, drafts
from liveblog.actions import Plan, View
from liveblog.model import Outcome
from liveblog.store.commits import Commit

from .editor import EDITOR
from .planted import SERVER
from .process import SLUG, Process
from .world import Violation, World, simulated

Act = Callable[[View], Plan]


def _does(process: Process, act: Act, **how: Any) -> Commit:
    return process.store.perform(SLUG, act, by="Ana", **how)


def _publish(view: View) -> Plan:
    return actions.publish(view, SLUG, body="The night begins.")


def _save(view: View) -> Plan:
    return drafts.save(view, SLUG, by=EDITOR, body="Who will win?")


def _repeats_after_a_failover(world: World, act: Act) -> None:
    """An act's answer is lost, and storage with it; only one process knows of it. It is repeated at another one."""
    first, other = world.processes[:2]
    world.replicas = first.store.replicas = other.store.replicas = 0
    world.floor = world.primary.history.now
    _does(first, act, key="k1")
    first.tails.timeline(SLUG)
    first.desk_tails.timeline(SLUG)
    with mock.patch.object(world, "random", SimpleNamespace(random=lambda: 0.0, uniform=lambda least, most: 0.0)):
        world._fail_over()
    other.renew()
    _does(other, act, key="k1")


@pytest.mark.parametrize("act", [_publish, _save])
def test_what_a_key_made_is_there_once(act: Act) -> None:
    with simulated(0) as world:
        _repeats_after_a_failover(world, act)
        world.calm()


@pytest.mark.parametrize("act", [_publish, _save])
def test_two_objects_of_one_key_are_a_broken_promise(act: Act) -> None:
    with SERVER["a repeated request makes another post"](), simulated(0) as world:
        _repeats_after_a_failover(world, act)
        with pytest.raises(Violation, match=r"twice under one key: .*k1"):
            world.calm()


def test_a_byline_may_stand_at_two_results() -> None:
    """A withdrawn result keeps its byline, and the prepared text it is from goes out again with the next result."""
    with simulated(0) as world:
        process = world.processes[0]
        prepared = Outcome(category="c0", nominee="ano")
        acts: list[Act] = [
            lambda view: drafts.save(view, SLUG, by=EDITOR, body="At last.", byline="Eve", outcome=prepared),
            lambda view: actions.announce(view, SLUG, "c0", winners=["ano"]),
            lambda view: actions.recall(view, SLUG, "c0"),
            lambda view: actions.announce(view, SLUG, "c0", winners=["ano"]),
        ]
        for number, act in enumerate(acts):
            _does(process, act, key=f"k{number}")
        world.calm()
        assert [post.byline for post in process.store.load(SLUG).posts if post.type == "result"] == ["Eve", "Eve"]
