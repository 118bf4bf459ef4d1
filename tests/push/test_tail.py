"""Reading the logs of a storage that fails in every possible way; no network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from liveblog import actions
from liveblog.errors import NotFound, Unavailable
from liveblog.model import Change, Position, Scope
from liveblog.push.tail import BACKOFF, SHARED_SECONDS, SWEEP_SECONDS, LogReader, Tails
from liveblog.timeline import Gap, Place, Timeline
from tests.live_server import until
from tests.newsroom import EPOCH, open_newsroom


class Storage:
    """Answers from a newsroom in memory, for any blog; `fails` has what the next calls raise instead."""

    def __init__(self) -> None:
        self.newsroom = open_newsroom()
        self.fails: list[Exception] = []
        self.gaps: list[str] = []
        self.unreadable: set[str] = set()
        self.asked: list[list[str]] = []
        self.loads = 0
        self.healed: list[int] = []
        self.gone_on_purpose = False

    def load(self, slug: str, scope: Scope = "public") -> Timeline:
        self.loads += 1
        self._maybe_fail()
        return self.newsroom.timeline()

    def read_on(self, places: Sequence[Place], block_ms: int) -> list[list[Change] | Gap]:
        self.asked.append([place.slug for place in places])
        self._maybe_fail()
        if self.unreadable & {place.slug for place in places}:
            raise ValueError("no JSON")
        return [Gap(self.gaps.pop(0)) if self.gaps else self.newsroom.changes[place.seq :] for place in places]

    def heal(self, slug: str, timeline: Timeline, scope: Scope = "public") -> Timeline:
        self._maybe_fail()
        if self.gone_on_purpose:
            raise NotFound(f"there is no blog {slug}")
        self.healed.append(timeline.seq)
        return Timeline("healed", timeline.seq, timeline.objects)

    def wake(self) -> None:
        pass

    def _maybe_fail(self) -> None:
        if self.fails:
            raise self.fails.pop(0)


class Listener:
    """Records deliveries: the seq of each change, None for a replaced state."""

    def __init__(self) -> None:
        self.got: list[int | None] = []
        self.fails: list[Exception] = []
        self.followed: set[str] = set()
        self.forgotten: list[str] = []

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.got.append(None if change is None else change.seq)

    def is_followed(self, slug: str) -> bool:
        return slug in self.followed

    def forget(self, slug: str) -> None:
        self.forgotten.append(slug)


class Process:
    """The memory of one process, with a clock that the test sets."""

    def __init__(self, storage: Storage, spawn: Callable[[Callable[[], None]], object] = lambda run: None) -> None:
        self.now = 0.0
        self.storage = storage
        self.listener = Listener()
        self.reader = LogReader(storage, spawn, clock=lambda: self.now)
        self.tails = Tails(storage, self.reader, clock=lambda: self.now, keep_seconds=100)
        self.tails.listener = self.listener

    def step(self) -> float:
        return self.reader.step(1)


@pytest.fixture
def storage() -> Storage:
    return Storage()


@pytest.fixture
def process(storage: Storage) -> Process:
    """It serves the blog anora."""
    made = Process(storage)
    made.tails.timeline("anora")
    return made


def publish(storage: Storage, body: str = "Doors open") -> None:
    storage.newsroom.do(actions.publish, body=body)


def in_background(work: Callable[[], None]) -> object:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_each_change_is_delivered_once_and_in_order(process: Process, storage: Storage) -> None:
    publish(storage)
    publish(storage)
    assert process.step() == 0
    assert process.step() == 0
    assert process.listener.got == [2, 3]


def test_while_storage_is_away_the_pause_grows_and_nothing_is_lost(process: Process, storage: Storage) -> None:
    storage.fails = [Unavailable("away")] * 10
    pauses = [process.step() for _ in range(10)]
    assert pauses == sorted(pauses)
    assert BACKOFF[0] < pauses[0] < pauses[-1] == BACKOFF[1]
    assert not process.reader.healthy
    publish(storage)
    assert process.step() == 0
    assert process.reader.healthy
    assert process.listener.got == [2]
    storage.fails = [Unavailable("away again")]
    assert process.step() == pauses[0]


@pytest.mark.parametrize("reason", ["gone", "behind", "forked", "trimmed", "epoch", "missed"])
def test_after_any_loss_of_continuity_memory_is_put_back_before_it_is_replaced(
    process: Process, storage: Storage, reason: str
) -> None:
    storage.gaps = [reason]
    process.step()
    assert storage.healed == [1]
    assert process.tails.timeline("anora").epoch == "healed"
    assert process.listener.got == [None]


def test_a_deleted_blog_is_not_put_back_and_is_followed_again_once_it_is_reopened(
    process: Process, storage: Storage
) -> None:
    storage.gone_on_purpose, storage.gaps = True, ["gone"]
    process.step()
    assert (process.tails.memory("anora"), storage.healed, process.listener.got) == (None, [], [None])
    storage.fails = [NotFound("there is no blog anora")]
    with pytest.raises(NotFound):
        process.tails.timeline("anora")
    assert process.step() == 0
    assert process.reader.healthy
    assert process.tails.timeline("anora").seq == 1  # it was created again
    publish(storage)
    process.step()
    assert process.listener.got == [None, 2]


def test_storage_that_fails_while_recovering_is_asked_again(
    process: Process, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(slug: str, timeline: Timeline, scope: Scope = "public") -> Timeline:
        raise Unavailable("away")

    storage.gaps, storage.fails = ["trimmed"], []
    with monkeypatch.context() as patch:
        patch.setattr(storage, "heal", away)
        assert process.step() > 0
    assert process.listener.got == []
    storage.gaps = ["trimmed"]
    assert process.step() == 0
    assert process.listener.got == [None]


def test_a_failed_delivery_does_not_end_the_reading(process: Process, storage: Storage) -> None:
    publish(storage)
    process.listener.fails = [RuntimeError("a bug in rendering")]
    assert process.step() > 0
    publish(storage)
    assert process.step() == 0
    assert process.listener.got == [3]  # change 2 is in memory; readers see the gap and ask for it
    assert process.tails.timeline("anora").seq == 3


def test_one_request_reads_on_for_all_blogs_and_both_scopes(process: Process, storage: Storage) -> None:
    desk_tails = Tails(storage, process.reader, scope="desk")
    desk_tails.listener = Listener()
    for slug in ("conclave", "emilia"):
        process.tails.timeline(slug)
    desk_tails.timeline("anora")
    process.step()
    assert storage.asked == [["anora", "conclave", "emilia", "anora"]]


def test_a_log_that_cannot_be_read_delays_no_other_blog(process: Process, storage: Storage) -> None:
    process.tails.timeline("conclave")
    storage.unreadable = {"conclave"}
    publish(storage)
    assert process.step() > 0
    assert not process.reader.healthy
    assert process.listener.got == [2]
    assert process.tails.timeline("anora").seq == 2


def test_waiting_ends_with_the_next_change(process: Process, storage: Storage) -> None:
    position = Position(EPOCH, 1)
    assert process.tails.wait("anora", position, 0) is False
    came: list[bool] = []
    waiter = threading.Thread(target=lambda: came.append(process.tails.wait("anora", position, 60)))
    waiter.start()
    publish(storage)
    process.step()
    waiter.join(60)
    assert came == [True]
    assert process.tails.wait("anora", position, 0) is True


def test_waiting_ends_when_the_blog_is_deleted(process: Process, storage: Storage) -> None:
    storage.gone_on_purpose, storage.gaps = True, ["gone"]
    came: list[bool] = []
    waiter = threading.Thread(target=lambda: came.append(process.tails.wait("anora", Position(EPOCH, 1), 60)))
    waiter.start()
    until(lambda: process.tails.tail("anora").waiting)
    process.step()
    waiter.join(60)
    assert came == [True]


def test_waiting_ends_when_the_process_stops(process: Process) -> None:
    came: list[bool] = []
    waiter = threading.Thread(target=lambda: came.append(process.tails.wait("anora", Position(EPOCH, 1), 60)))
    waiter.start()
    until(lambda: process.tails.tail("anora").waiting)
    process.reader.stop()
    waiter.join(60)
    assert came == [False]
    assert process.tails.wait("anora", Position(EPOCH, 1), 60) is False
    process.tails.reach("anora", 2, 60)


def test_many_requests_at_once_load_the_blog_once(storage: Storage) -> None:
    spawned: list[Callable[[], None]] = []
    tails = Process(storage, spawned.append).tails
    crowd = [threading.Thread(target=tails.timeline, args=("anora",)) for _ in range(50)]
    for reader in crowd:
        reader.start()
    for reader in crowd:
        reader.join()
    assert (storage.loads, len(spawned)) == (1, 1)


def test_a_blog_that_cannot_be_loaded_is_tried_again_by_the_next_reader(storage: Storage) -> None:
    tails = Process(storage).tails
    storage.fails = [NotFound("none")]
    with pytest.raises(NotFound):
        tails.timeline("anora")
    assert tails.served == {}
    assert tails.timeline("anora").seq == 1


# -- letting go


def test_an_unused_blog_is_dropped_and_loaded_again_at_the_next_request(process: Process, storage: Storage) -> None:
    process.now = 101
    process.step()
    assert process.tails.served == {}
    assert process.listener.forgotten == ["anora"]
    process.step()
    assert storage.asked == [["anora"]]  # the dropped blog costs nothing any more
    publish(storage)
    assert process.tails.timeline("anora").seq == 2
    assert storage.loads == 2


def test_a_blog_stays_while_it_is_requested_followed_or_waited_for(process: Process, storage: Storage) -> None:
    process.now = 99
    assert process.tails.position("anora") == Position(EPOCH, 1)  # a cached answer is sent
    process.now = 198
    process.step()
    assert process.tails.served
    process.listener.followed = {"anora"}  # a reader is connected
    process.now = 400
    process.step()
    assert process.tails.served
    process.listener.followed = set()
    waiter = threading.Thread(target=lambda: process.tails.wait("anora", Position(EPOCH, 1), 60))
    waiter.start()
    until(lambda: process.tails.tail("anora").waiting)
    process.now = 600
    process.step()
    assert process.tails.served
    publish(storage)
    process.step()
    waiter.join(60)
    process.now += 100 + SWEEP_SECONDS
    process.step()
    assert not process.tails.served


def test_no_blog_is_dropped_while_storage_is_away(process: Process, storage: Storage) -> None:
    """Memory may be the only copy of its last posts (decision 0009)."""
    process.now, storage.fails = 1000, [Unavailable("away")]
    process.step()
    assert process.tails.served
    storage.gaps = ["behind"]  # a replica took over that lacks the end: memory puts it back first
    process.step()
    assert storage.healed == [1]


class Hanging(Storage):
    """Fails after ten seconds by the test's clock; `begun` is set once it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.begun, self.fail = threading.Event(), threading.Event()

    def load(self, slug: str, scope: Scope = "public") -> Timeline:
        self.loads += 1
        self.begun.set()
        self.fail.wait(60)
        self.now += 10
        raise Unavailable("away", retry_after=1)


def test_while_storage_hangs_all_requests_for_a_blog_share_one_attempt() -> None:
    storage = Hanging()
    came: list[float] = []
    refused: list[int | None] = []

    def clock() -> float:
        came.append(storage.now)
        return storage.now

    tails = Tails(storage, LogReader(storage, lambda work: None), clock=clock)
    tails.listener = Listener()

    def read(slug: str) -> None:
        try:
            tails.timeline(slug)
        except Unavailable as error:
            refused.append(error.retry_after)

    crowd = [threading.Thread(target=read, args=(slug,)) for slug in ["anora", "conclave"] * 10]
    for reader in crowd:
        reader.start()
    until(lambda: len(came) == 20 and storage.begun.is_set())
    storage.fail.set()
    for reader in crowd:
        reader.join()
    assert (storage.loads, refused) == (1, [1] * 20)
    read("anora")  # just after
    assert storage.loads == 1
    storage.now += SHARED_SECONDS
    read("anora")  # a moment later it is tried again
    assert storage.loads == 2


def test_writers_read_their_own_writes(storage: Storage) -> None:
    process = Process(storage, in_background)
    assert process.tails.timeline("anora").seq == 1
    publish(storage)
    process.tails.reach("anora", 2, 60)
    assert process.tails.timeline("anora").seq == 2
    process.tails.reach("anora", 3, 0.01)  # storage is away, but the writer gets an answer
    process.reader.stop()


def test_the_log_reader_survives_any_exception(storage: Storage) -> None:
    process = Process(storage, in_background)
    process.tails.timeline("anora")
    storage.fails = [ValueError("unreadable"), Unavailable("away"), KeyError("epoch")]
    until(lambda: not storage.fails)
    publish(storage)
    until(lambda: process.listener.got == [2])
    until(lambda: process.reader.healthy)
    process.reader.stop()


def test_a_state_that_is_replaced_again_and_again_is_replaced_with_pauses(process: Process, storage: Storage) -> None:
    """Two servers both take themselves for the primary, and answer in turn: all readers get each state."""
    storage.gaps = ["epoch"] * 4
    assert process.step() == 0.0
    pauses = [process.step() for _ in range(3)]
    assert 0 < pauses[0] < pauses[1] < pauses[2]
    assert not process.reader.healthy
    storage.newsroom = open_newsroom()
    process.step()
    assert process.reader.healthy
