"""The tail's one step, on a storage that fails in every way it can; no network, no clock."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from liveblog import actions
from liveblog.errors import NotFound, Unavailable
from liveblog.model import Change, Position, Scope
from liveblog.push.tail import BACKOFF, SHARED_SECONDS, Tail, Tails
from liveblog.timeline import Gap, Timeline
from tests.live_server import until
from tests.newsroom import EPOCH, open_newsroom


class Storage:
    """Answers from a newsroom in memory; `fails` holds what the next calls raise instead."""

    def __init__(self) -> None:
        self.newsroom = open_newsroom()
        self.fails: list[Exception] = []
        self.loads = 0
        self.healed: list[int] = []
        self.gone_on_purpose = False

    def load(self, slug: str, scope: Scope = "public") -> Timeline:
        self.loads += 1
        self._maybe_fail()
        return self.newsroom.timeline()

    def follow(
        self, slug: str, scope: Scope, epoch: str, after: int, block_ms: int, mark: str = "", *, sure: bool = False
    ) -> list[Change]:
        self._maybe_fail()
        return self.newsroom.changes[after:]

    def heal(self, slug: str, timeline: Timeline, scope: Scope = "public") -> Timeline:
        self._maybe_fail()
        if self.gone_on_purpose:
            raise NotFound(f"there is no blog {slug}")
        self.healed.append(timeline.seq)
        return Timeline("healed", timeline.seq, timeline.objects)

    def _maybe_fail(self) -> None:
        if self.fails:
            raise self.fails.pop(0)


class Readers:
    """Who is delivered to: the seq of each change, None for a replaced state."""

    def __init__(self) -> None:
        self.got: list[int | None] = []
        self.fails: list[Exception] = []

    def __call__(self, slug: str, change: Change | None, timeline: Timeline) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.got.append(None if change is None else change.seq)


@pytest.fixture
def storage() -> Storage:
    return Storage()


@pytest.fixture
def readers() -> Readers:
    return Readers()


@pytest.fixture
def tail(storage: Storage, readers: Readers) -> Tail:
    return Tail(storage, "anora", readers)


def publish(storage: Storage, body: str = "Doors open") -> None:
    storage.newsroom.do(actions.publish, body=body)


def in_background(work: Callable[[], None]) -> object:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_each_change_is_delivered_once_and_in_order(tail: Tail, storage: Storage, readers: Readers) -> None:
    publish(storage)
    publish(storage)
    assert tail.step() == 0
    assert tail.step() == 0
    assert readers.got == [2, 3]


def test_while_storage_is_away_the_pause_grows_and_nothing_is_lost(
    tail: Tail, storage: Storage, readers: Readers
) -> None:
    storage.fails = [Unavailable("away")] * 10
    pauses = [tail.step() for _ in range(10)]
    assert pauses == sorted(pauses)
    assert BACKOFF[0] < pauses[0] < pauses[-1] == BACKOFF[1]
    assert not tail.healthy
    publish(storage)
    assert tail.step() == 0
    assert tail.healthy
    assert readers.got == [2]
    storage.fails = [Unavailable("away again")]
    assert tail.step() == pauses[0]


@pytest.mark.parametrize("reason", ["gone", "behind", "forked", "trimmed", "epoch", "missed"])
def test_whatever_broke_the_continuity_memory_is_offered_before_it_is_replaced(
    tail: Tail, storage: Storage, readers: Readers, reason: str
) -> None:
    storage.fails = [Gap(reason)]
    tail.step()
    assert storage.healed == [1]
    assert tail.timeline is not None
    assert tail.timeline.epoch == "healed"
    assert readers.got == [None]


def test_a_deleted_blog_is_not_put_back_and_followed_again_once_it_is_reopened(
    tail: Tail, storage: Storage, readers: Readers
) -> None:
    storage.gone_on_purpose, storage.fails = True, [Gap("gone")]
    tail.step()
    assert (tail.timeline, storage.healed, readers.got) == (None, [], [None])  # readers are told, once
    storage.fails = [NotFound("there is no blog anora")]
    assert tail.step() == BACKOFF[1]
    assert tail.healthy
    assert tail.step() == 0
    assert tail.timeline is not None
    assert readers.got == [None, None]  # that it is gone, and that it is there again


def test_storage_that_fails_while_recovering_is_asked_again(tail: Tail, storage: Storage, readers: Readers) -> None:
    storage.fails = [Gap("trimmed"), Unavailable("away"), Gap("trimmed")]
    assert tail.step() > 0
    assert readers.got == []
    assert tail.step() == 0
    assert readers.got == [None]


def test_a_failed_delivery_does_not_end_the_tail(tail: Tail, storage: Storage, readers: Readers) -> None:
    publish(storage)
    readers.fails = [RuntimeError("a bug in rendering")]
    assert tail.step() > 0
    publish(storage)
    assert tail.step() == 0
    assert readers.got == [3]  # change 2 is in memory; readers see the gap and ask for it
    assert tail.timeline is not None
    assert tail.timeline.seq == 3


def test_waiting_ends_with_the_next_change(tail: Tail, storage: Storage) -> None:
    position = Position(EPOCH, 1)
    assert tail.wait(position, 0) is False
    came: list[bool] = []
    waiter = threading.Thread(target=lambda: came.append(tail.wait(position, 20)))
    waiter.start()
    publish(storage)
    tail.step()
    waiter.join(20)
    assert came == [True]
    assert tail.wait(position, 0) is True


def test_waiting_ends_when_the_blog_is_deleted(tail: Tail, storage: Storage) -> None:
    storage.gone_on_purpose, storage.fails = True, [Gap("gone")]
    came: list[bool] = []
    waiter = threading.Thread(target=lambda: came.append(tail.wait(Position(EPOCH, 1), 20)))
    waiter.start()
    tail.step()
    waiter.join(5)
    assert came == [True]


def test_a_full_house_that_comes_at_once_loads_the_blog_once(storage: Storage, readers: Readers) -> None:
    spawned: list[Callable[[], None]] = []
    tails = Tails(storage, readers, spawned.append)
    crowd = [threading.Thread(target=tails.timeline, args=("anora",)) for _ in range(50)]
    for reader in crowd:
        reader.start()
    for reader in crowd:
        reader.join()
    assert (storage.loads, len(spawned)) == (1, 1)


def test_a_blog_that_cannot_be_loaded_is_tried_again_by_the_next_reader(storage: Storage, readers: Readers) -> None:
    tails = Tails(storage, readers, lambda work: None)
    storage.fails = [NotFound("none")]
    with pytest.raises(NotFound):
        tails.timeline("anora")
    assert tails.served == {}
    assert tails.timeline("anora").seq == 1


class Hanging(Storage):
    """Takes ten seconds, by the test's clock, to be unavailable; `asked` once it has been asked."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.asked, self.fail = threading.Event(), threading.Event()

    def load(self, slug: str, scope: Scope = "public") -> Timeline:
        self.loads += 1
        self.asked.set()
        self.fail.wait(20)
        self.now += 10
        raise Unavailable("away", retry_after=1)


def test_while_storage_hangs_all_who_wait_for_a_blog_share_one_try(readers: Readers) -> None:
    storage = Hanging()
    came, refused = [], []

    def clock() -> float:
        came.append(storage.now)
        return storage.now

    tails = Tails(storage, readers, lambda work: None, clock=clock)

    def read(slug: str) -> None:
        try:
            tails.timeline(slug)
        except Unavailable as error:
            refused.append(error.retry_after)

    crowd = [threading.Thread(target=read, args=(slug,)) for slug in ["anora", "conclave"] * 10]
    for reader in crowd:
        reader.start()
    until(lambda: len(came) == 20 and storage.asked.is_set())
    storage.fail.set()
    for reader in crowd:
        reader.join()
    assert (storage.loads, refused) == (1, [1] * 20)
    read("anora")  # just after
    assert storage.loads == 1
    storage.now += SHARED_SECONDS
    read("anora")  # a moment later it is tried again
    assert storage.loads == 2


def test_writers_read_their_own_writes(storage: Storage, readers: Readers) -> None:
    tails = Tails(storage, readers, in_background)
    assert tails.timeline("anora").seq == 1
    publish(storage)
    tails.reach("anora", 2, 20)
    assert tails.timeline("anora").seq == 2
    tails.reach("anora", 3, 0.01)  # storage away: the writer is answered nevertheless
    tails.stop()


def test_a_running_tail_survives_whatever_is_raised(storage: Storage, readers: Readers) -> None:
    tails = Tails(storage, readers, in_background)
    tails.timeline("anora")
    storage.fails = [ValueError("unreadable"), Unavailable("away"), KeyError("epoch")]
    until(lambda: not storage.fails)
    publish(storage)
    until(lambda: readers.got == [2])
    until(lambda: tails.healthy)
    tails.stop()
