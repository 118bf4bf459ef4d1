"""Several web processes share their connections evenly, and whatever happens to one of them, the others accept."""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import cast

import gevent.event
import pytest

from liveblog.push import switchboard as module
from liveblog.push.poller import Poller, poller
from liveblog.push.switchboard import Handlers, Switchboard
from liveblog.push.turns import LIVE_SECONDS, Turn, Turns
from tests.live_server import LiveServer, live_server, until
from tests.push.kqueue import stand_in
from tests.push.socket_client import Bytes, Line

WORKERS = 4


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def taking_part(clock: Clock, *connections: int) -> tuple[Turns, list[Turn]]:
    """Processes that have so many connections each; it is the turn of the first."""
    turns = Turns(len(connections), clock)
    each = [turns.of(number) for number in range(len(connections))]
    for turn, number in zip(each, connections, strict=True):
        turn.count(number)
        turn.note()
    return turns, each


def whose(each: list[Turn]) -> list[int]:
    return [number for number, turn in enumerate(each) if turn.mine]


def test_a_process_alone_always_has_the_turn() -> None:
    turn = Turn()
    turn.pass_on()
    turn.leave()
    assert turn.mine
    assert not turn.untaken
    assert turn.share(16) == 16
    assert type(Turns(2).of(2)) is Turn  # one more than was planned


def test_the_turn_goes_round() -> None:
    _, each = taking_part(Clock(), 0, 0, 0)
    order = []
    for number in range(6):
        (mine,) = whose(each)
        order.append(mine)
        each[mine].count(number // 3 + 1)
        each[mine].pass_on()
    assert order == [0, 1, 2, 0, 1, 2]


def test_a_process_with_clearly_more_connections_is_passed_over() -> None:
    _, each = taking_part(Clock(), 1000, 1032, 1031)
    each[0].pass_on()
    assert whose(each) == [2]
    each[2].count(1032)
    each[2].pass_on()
    assert whose(each) == [0]
    each[1].count(2000)
    each[2].count(2000)
    each[0].count(1001)
    each[0].pass_on()
    assert whose(each) == [0]  # the others wait until it has as many


def test_a_share_is_what_is_missing_to_an_even_one() -> None:
    _, each = taking_part(Clock(), 0, 320, 640)
    assert [turn.share(16) for turn in each] == [4, 1, 1]
    each[0].count(320)
    assert each[0].share(16) == 14


def test_a_process_without_signs_of_life_gets_no_turn() -> None:
    clock = Clock()
    _, each = taking_part(clock, 0, 0, 0)
    clock.now += LIVE_SECONDS
    each[2].note()
    each[0].note()
    each[0].count(1)
    each[0].pass_on()
    assert whose(each) == [2]
    each[1].note()
    each[2].count(1)
    each[2].pass_on()
    assert whose(each) == [1]


def test_a_process_that_leaves_passes_its_turn_on() -> None:
    _, each = taking_part(Clock(), 7, 7)
    each[1].leave()
    assert whose(each) == [0]
    each[1].note()
    each[0].leave()
    assert whose(each) == [1]
    each[1].leave()  # nobody is left
    each[0].note()
    each[0].pass_on()  # it looked without a turn, and accepted
    assert whose(each) == [0]


def test_a_turn_that_is_not_taken_goes_on_to_another_process() -> None:
    turns, each = taking_part(Clock(), 1, 0, 1)
    each[0].pass_on()
    assert [turn.untaken for turn in each] == [True, False, False]
    each[0].pass_on()
    assert whose(each) == [2]  # although 1 has fewest
    each[1].take()  # too late
    assert each[0].untaken
    each[2].take()
    assert not any(turn.untaken for turn in each)
    for _ in range(100_000):  # nobody reads
        turns.given[0] = 0
        each[0].pass_on()
    assert whose(each) != [0]


# -- switchboards on one listener, in one process


class Counting:
    """A poller that counts how often it had something."""

    def __init__(self, poller: Poller) -> None:
        self._poll, self.count = poller.poll, 0
        self.fileno, self.register = poller.fileno, poller.register
        self.modify, self.unregister = poller.modify, poller.unregister

    def poll(self, timeout: float, most: int, /) -> list[tuple[int, int]]:
        found = self._poll(timeout, most)
        self.count += bool(found)
        return found


class House:
    """Switchboards that listen on one socket, and clients of it."""

    def __init__(self, turns: list[Turn], make_poller: Callable[[], Poller]) -> None:
        self.pollers: list[Counting] = []
        self.clients: list[socket.socket] = []
        self._served = gevent.event.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
        self.listener.setblocking(False)
        self.boards = [self._board(turn, make_poller) for turn in turns]

    def _board(self, turn: Turn, make_poller: Callable[[], Poller]) -> Switchboard:
        self.pollers.append(Counting(make_poller()))
        board = Switchboard(
            beat_seconds=60, backlog_bytes=1 << 20, message_bytes=1 << 16, make_poller=lambda: self.pollers[-1]
        )
        board.handlers = Handlers(
            asked=lambda line, data: self._served.set(),
            heard=lambda line, message: None,
            lost=lambda line: None,
            served=lambda audience, behind: None,
        )
        board.start(turn)
        board.listen(self.listener.fileno())
        return board

    def connect(self) -> None:
        self.clients.append(socket.create_connection(self.listener.getsockname()))
        self.clients[-1].sendall(b"GET /")

    def accepted(self) -> None:
        """Wait until everybody is connected."""
        while sum(map(len, self.boards)) < len(self.clients):
            self._served.clear()
            assert self._served.wait(60)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.listener.close()


@pytest.fixture(params=[poller, stand_in])
def house(request: pytest.FixtureRequest) -> Iterator[Callable[[list[Turn]], House]]:
    """Makes one with these turns, on each kind of poller."""
    made = []

    def make(turns: list[Turn]) -> House:
        made.append(House(turns, request.param))
        return made[-1]

    yield make
    for each in made:
        each.close()


def shared(number: int) -> list[Turn]:
    turns = Turns(number)
    return [turns.of(each) for each in range(number)]


def test_a_connection_wakes_the_process_that_accepts_it_and_the_next_one(house: Callable[[list[Turn]], House]) -> None:
    """And the first one again for what is asked. At a tick of its clock another one may be faster."""
    here = house(shared(4))
    for _ in range(200):
        here.connect()
        here.accepted()
    assert {len(board) for board in here.boards} <= {48, 49, 50, 51, 52}
    assert sum(each.count for each in here.pollers) < 3.5 * 200


def test_an_idle_process_is_woken_by_its_clock_only(
    house: Callable[[list[Turn]], House], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TICK", 0.001)
    ticks, often, each = Counter[int](), gevent.event.Event(), shared(3)

    def tick(number: int) -> None:
        ticks[number] += 1
        if min(ticks[each] for each in range(3)) > 100:
            often.set()

    for number, turn in enumerate(each):
        monkeypatch.setattr(turn, "note", partial(tick, number))
    here = house(each)
    assert often.wait(60)
    assert [each.count for each in here.pollers] == [0, 0, 0]


def test_a_process_that_does_not_take_its_turn_stops_nobody(
    house: Callable[[list[Turn]], House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gave a sign of life a moment ago, and hangs since."""
    monkeypatch.setattr(module, "TICK", 3600)
    clock = Clock()
    turns = Turns(3, clock)
    turns.of(1).note()
    here = house([turns.of(0), turns.of(2)])
    for _ in range(40):
        here.connect()
        here.accepted()
    assert min(map(len, here.boards)) > 10


def test_a_process_that_hangs_in_its_turn_stops_nobody(house: Callable[[list[Turn]], House]) -> None:
    clock = Clock()
    turns = Turns(2, clock)
    here = house([turns.of(0)])
    hanging = turns.of(1)
    hanging.note()
    turns.given[0] = 1
    hanging.take()
    here.boards[0]._watch()
    here.connect()
    here.accepted()


def test_a_process_without_descriptors_leaves_the_connections_to_others(house: Callable[[list[Turn]], House]) -> None:
    here = house(shared(2))
    full, other = here.boards
    full._room = 5
    for _ in range(30):
        here.connect()
    here.accepted()
    assert (len(full), len(other)) == (5, 25)
    full._room = 100
    while len(full) == 5:
        here.connect()
        here.accepted()


def test_a_process_that_becomes_full_does_not_take_the_turn_of_another_one(
    house: Callable[[list[Turn]], House],
) -> None:
    turns = Turns(2)
    here = house([turns.of(0)])
    turns.of(1).note()
    turns.given[0] = 1
    (full,) = here.boards
    full._room = 1
    for _ in range(2):
        here.connect()
    full._take_part()
    assert (len(full), turns.given[0]) == (1, 1)


# -- web processes

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def owners(server: LiveServer) -> dict[int, int]:
    """Which web process has accepted and not closed which connection, by the port of its client."""
    port, sockets = int(server.url.rpartition(":")[2]), dict[str, int]()
    for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = row.split()
        if fields[3] in ("01", "08") and int(fields[1].rpartition(":")[2], 16) == port:
            sockets[f"socket:[{fields[9]}]"] = int(fields[2].rpartition(":")[2], 16)
    found = {}
    for worker in server.workers():
        for entry in os.scandir(f"/proc/{worker}/fd"):
            try:
                client = sockets.get(os.readlink(entry.path))
            except OSError:  # closed since then
                continue
            if client is not None:
                found[client] = worker
    return found


class Crowd:
    """Connections of readers to a server."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.lines: list[Bytes] = []
        until(lambda: not owners(server))  # those of the test before
        self.address = "127.0.0.1", int(server.url.rpartition(":")[2])

    def come(self, number: int, *, one_by_one: bool = False) -> None:
        for _ in range(number):
            self.lines.append(Bytes(socket.create_connection(self.address, 60)))
            if one_by_one:
                self.ask(self.lines[-1])
        self.shares()

    def pass_by(self) -> None:
        line = Bytes(socket.create_connection(self.address, 60))
        self.ask(line)
        line.close()

    def ask(self, line: Bytes) -> None:
        line.connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert line.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        line.until(b"ok\n")

    def owner(self) -> dict[Bytes, int]:
        """The process of each connection, once all are accepted."""

        def found() -> dict[Bytes, int] | None:
            known = owners(self.server)
            had = {line: known.get(line.connection.getsockname()[1], 0) for line in self.lines}
            return had if all(had.values()) else None

        return until(found)

    def shares(self) -> list[int]:
        """How many each web process has."""
        had = Counter(self.owner().values())
        return [had[worker] for worker in self.server.workers()]

    def leave(self, lines: list[Bytes]) -> None:
        for line in lines:
            self.lines.remove(line)
            line.close()


def even(shares: list[int]) -> bool:
    """Whether each has its share, give or take 15 percent."""
    mean = sum(shares) / len(shares)
    return len(shares) == WORKERS and all(0.85 * mean <= each <= 1.15 * mean for each in shares)


def all_up(server: LiveServer) -> bool:
    """Whether each process accepts: somebody who comes by now and then is served by all of them."""
    crowd = Crowd(server)
    crowd.come(WORKERS * 2, one_by_one=True)
    served = set(crowd.owner().values())
    crowd.leave([*crowd.lines])
    return len(served) == WORKERS


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server("serve", "--workers", str(WORKERS), LIVEBLOG_HEAD_SECONDS="1") as running:
        until(lambda: all_up(running))
        yield running


@linux
@pytest.mark.parametrize(("number", "one_by_one"), [(1000, False), (256, False), (200, False), (200, True)])
def test_connections_are_shared_evenly(server: LiveServer, number: int, one_by_one: bool) -> None:
    crowd = Crowd(server)
    crowd.come(number, one_by_one=one_by_one)
    assert even(crowd.shares()), crowd.shares()


@linux
def test_readers_are_shared_evenly(server: LiveServer) -> None:
    slug, crowd = server.open("shared"), Crowd(server)
    with ExitStack() as open_ones:
        for _ in range(200):
            line = Line(server.url, {"blog": slug})
            open_ones.callback(line.close)
            crowd.lines.append(Bytes(cast(socket.socket, line.socket.sock)))
        assert even(crowd.shares()), crowd.shares()


@linux
def test_new_readers_make_up_for_those_who_left(server: LiveServer) -> None:
    crowd = Crowd(server)
    crowd.come(600)
    owner, leaving = crowd.owner(), server.workers()[:2]
    crowd.leave([line for line in crowd.lines if owner[line] in leaving][20:])
    assert not even(crowd.shares())
    crowd.come(400)
    assert even(crowd.shares()), crowd.shares()


@linux
def test_readers_who_come_back_all_at_once_are_shared_evenly(server: LiveServer) -> None:
    crowd = Crowd(server)
    crowd.come(800)
    crowd.leave([*crowd.lines])
    crowd.come(400)
    assert even(crowd.shares()), crowd.shares()


@linux
def test_those_who_wait_for_a_change_count_too(server: LiveServer) -> None:
    """Their connections are gunicorn's and Flask's meanwhile."""
    slug, crowd = server.open("waited"), Crowd(server)
    state = server.state(slug)
    path = f"/api/v1/blogs/{slug}/changes?epoch={state['epoch']}&after={state['seq']}&wait=25"
    crowd.come(200)
    owner, asking = crowd.owner(), server.workers()[0]
    for line in crowd.lines:
        if owner[line] == asking:
            line.connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    crowd.come(200)
    assert even(crowd.shares()), crowd.shares()
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})


@linux
def test_a_process_that_is_stopped_keeps_nobody_waiting(server: LiveServer) -> None:
    crowd = Crowd(server)
    crowd.come(100)
    stopped = server.workers()[1]
    os.kill(stopped, signal.SIGSTOP)
    try:
        before = [*crowd.lines]
        crowd.come(300, one_by_one=True)
        owner = crowd.owner()
        assert {owner[line] for line in crowd.lines if line not in before} == {*server.workers()} - {stopped}
    finally:
        os.kill(stopped, signal.SIGCONT)
    for line in crowd.lines:  # also those of the one that was stopped
        crowd.ask(line)
    until(lambda: stopped in _comers(crowd))
    crowd.come(600)
    assert even(crowd.shares()), crowd.shares()


def _comers(crowd: Crowd) -> set[int]:
    """Where the next ones come to."""
    before = {*crowd.lines}
    crowd.come(WORKERS, one_by_one=True)
    return {worker for line, worker in crowd.owner().items() if line not in before}


@linux
@pytest.mark.fault
def test_the_successor_of_a_killed_process_gets_its_share_and_nobody_else_is_cut() -> None:
    with live_server("serve", "--workers", str(WORKERS)) as server:
        until(lambda: all_up(server))
        crowd = Crowd(server)
        crowd.come(400)
        killed = server.workers()[2]
        owner = crowd.owner()
        server.log.expect("SIGKILL")
        os.kill(killed, signal.SIGKILL)
        crowd.leave([line for line in crowd.lines if owner[line] == killed])
        until(lambda: {*server.workers()} - {*owner.values()} == _comers(crowd))  # the new one has fewest
        for line in crowd.lines:
            crowd.ask(line)
        crowd.come(300)
        assert even(crowd.shares()), crowd.shares()


@linux
@pytest.mark.fault
def test_a_process_that_leaves_in_order_loses_nobody_who_asks() -> None:
    with live_server("serve", "--workers", str(WORKERS)) as server:
        until(lambda: all_up(server))
        crowd = Crowd(server)
        for leaving in server.workers():
            os.kill(leaving, signal.SIGTERM)
            while leaving in server.workers():
                crowd.pass_by()
        until(lambda: all_up(server))


@linux
@pytest.mark.fault
def test_whatever_is_stopped_and_killed_somebody_accepts() -> None:
    chance = random.Random(14)
    with live_server("serve", "--workers", str(WORKERS)) as server:
        until(lambda: all_up(server))
        server.log.expect("SIGKILL")
        for _ in range(25):
            victims = chance.sample(server.workers(), chance.randint(1, len(server.workers()) - 1))
            crowd, which = Crowd(server), chance.choice([signal.SIGSTOP, signal.SIGKILL])
            for victim in victims:
                os.kill(victim, which)
            try:
                crowd.come(chance.randint(1, 40), one_by_one=True)
            finally:
                for victim in victims if which is signal.SIGSTOP else ():
                    os.kill(victim, signal.SIGCONT)
            crowd.leave([*crowd.lines])
            until(lambda: len(server.workers()) == WORKERS)
        until(lambda: all_up(server))
        crowd = Crowd(server)
        crowd.come(1000)
        assert even(crowd.shares()), crowd.shares()
