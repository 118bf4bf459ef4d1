"""Work that would keep other greenlets waiting runs in threads, a few at once."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable

import gevent
import gevent.event
import gevent.socket
import pytest

from liveblog import threads
from liveblog.errors import Invalid
from liveblog.threads import FEW, NICE, Locks, Threads, in_turns
from liveblog.web import passwords


def test_a_refusal_comes_back_from_the_thread_without_a_log_line(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Invalid):
        Threads(1).run(passwords.hashed, "short")
    assert "Traceback" not in capfd.readouterr().err


def test_few_passwords_are_hashed_at_once() -> None:
    hashing, both, gate = Threads(2), threading.Barrier(3), threading.Event()
    running, most = 0, 0

    def hash_() -> int:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        both.wait(60)  # the first two have begun, and no third one
        gate.wait(60)
        running -= 1
        return most

    waiting = [gevent.spawn(hashing.run, hash_) for _ in range(2)]
    more = [gevent.spawn(hashing.run, lambda: most) for _ in range(3)]
    gevent.get_hub().threadpool.apply(both.wait, (60,))
    assert not any(each.ready() for each in more)
    gate.set()
    gevent.joinall([*waiting, *more], timeout=60, raise_error=True)
    assert [each.value for each in [*waiting, *more]] == [2] * 5


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
def test_a_thread_gives_way_to_the_one_that_serves_readers() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)

    ours = niceness()
    assert Threads(1).run(niceness) >= NICE
    assert niceness() == ours


def _input() -> None:
    """Wait for something that can be read already."""
    ours, peer = socket.socketpair()
    with ours, peer:
        peer.send(b"x")
        gevent.socket.wait_read(ours.fileno(), 60)


def _time() -> None:
    """Wait for a moment."""
    gevent.event.Event().wait(1e-6)


@pytest.mark.parametrize("wait", [lambda: gevent.spawn(int).join(), _time, _input])
def test_a_long_work_gives_others_their_turn(monkeypatch: pytest.MonkeyPatch, wait: Callable[[], object]) -> None:
    """Also those that wait for a time, or for input: a change to send, the next request."""
    monkeypatch.setattr(threads, "SLICE", 0)
    monkeypatch.setattr(threads, "is_module_patched", lambda name: True)  # as in a web process
    seen: list[int] = []
    turns = 0

    def other() -> None:
        nonlocal turns
        while len(seen) < 50 * FEW:
            wait()
            turns += 1

    working = gevent.spawn(other)
    in_turns(list(range(50 * FEW)), seen.extend)
    assert seen == list(range(50 * FEW))
    assert turns >= 20
    working.join(60)


def test_only_those_with_the_same_key_wait_for_each_other() -> None:
    locks, order = Locks(), list[str]()
    gate = gevent.event.Event()

    def work(name: str, key: str) -> None:
        with locks.of(key):
            order.append(f"{name} begins")
            if key == "night":
                gate.wait(60)
            order.append(f"{name} ends")

    working = [gevent.spawn(work, name, key) for name, key in (("a", "night"), ("b", "night"), ("c", "other night"))]
    working[2].join(60)
    assert order == ["a begins", "c begins", "c ends"]
    gate.set()
    gevent.joinall(working, timeout=60, raise_error=True)
    assert order[3:] == ["a ends", "b begins", "b ends"]
    assert not locks._used


def test_a_waiter_that_is_killed_leaves_the_lock_to_its_holder() -> None:
    locks, gate = Locks(), gevent.event.Event()
    inside: list[int] = []

    def work(number: int) -> None:
        with locks.of("night"):
            inside.append(number)
            gate.wait(60)

    holder, waiter = gevent.spawn(work, 1), gevent.spawn(work, 2)
    gevent.spawn(int).join()  # both have begun
    waiter.kill()
    last = gevent.spawn(work, 3)
    gevent.spawn(int).join()
    assert inside == [1]
    gate.set()
    gevent.joinall([holder, last], timeout=60, raise_error=True)
    assert inside == [1, 3]
