"""Pollers: epoll, and a kqueue behind the same interface."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from liveblog.push.poller import IN, OUT, Poller, poller
from tests.push.kqueue import stand_in


@pytest.fixture(params=[poller, stand_in])
def found(request: pytest.FixtureRequest) -> Poller:
    make: Callable[[], Poller] = request.param
    return make()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, peer = socket.socketpair()
    with ours, peer:
        yield ours, peer


def test_a_descriptor_is_reported_until_it_is_read(found: Poller, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, peer = pair
    found.register(ours.fileno(), IN)
    assert found.poll(0, 10) == []
    peer.send(b"news")
    assert found.poll(0, 10) == found.poll(0, 10) == [(ours.fileno(), IN)]
    ours.recv(10)
    assert found.poll(0, 10) == []


def test_writing_is_reported_only_while_registered(found: Poller, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    found.register(ours.fileno(), IN)
    for _ in range(2):
        found.modify(ours.fileno(), IN | OUT)
        assert found.poll(0, 10) == [(ours.fileno(), OUT)]
        found.modify(ours.fileno(), IN)
        found.modify(ours.fileno(), IN)
        assert found.poll(0, 10) == []
    found.modify(ours.fileno(), IN | OUT)
    found.unregister(ours.fileno())
    assert found.poll(0, 10) == []
    found.register(ours.fileno(), IN | OUT)
    assert found.poll(0, 10) == [(ours.fileno(), OUT)]


def test_the_end_of_a_connection_is_reported_as_readable(
    found: Poller, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, peer = pair
    found.register(ours.fileno(), IN)
    peer.close()
    [(fd, events)] = found.poll(0, 10)
    assert (fd, events & IN) == (ours.fileno(), IN)


def test_a_closed_descriptor_leaves_the_poller_and_may_be_used_again(found: Poller) -> None:
    ours, peer = socket.socketpair()
    number = ours.fileno()
    found.register(number, IN | OUT)
    ours.close()
    peer.close()
    assert found.poll(0, 10) == []
    again, peer = socket.socketpair()
    with again, peer:
        assert number in (again.fileno(), peer.fileno())
        found.register(number, IN)
        assert found.poll(0, 10) == []


def test_at_most_the_requested_number_is_reported(found: Poller) -> None:
    pairs = [socket.socketpair() for _ in range(6)]
    for ours, peer in pairs:
        found.register(ours.fileno(), IN)
        peer.send(b"!")
    assert len(found.poll(0, 4)) == 4
    for each in (each for pair in pairs for each in pair):
        each.close()
