"""Numbers that may have been given twice: noted by whichever server takes a blog's next change after another one."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from liveblog import actions
from liveblog.model import Position
from liveblog.store.commits import Store
from liveblog.store.dump import export, restore
from liveblog.store.embedded import Embedded, ensure
from liveblog.timeline import MARKED, Gap, Place, Timeline
from tests.failover import Replica
from tests.live_server import until


@pytest.fixture
def servers() -> Iterator[list[Embedded]]:
    """The servers that a test starts one after the other on one data directory; the last one is running."""
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        running = [ensure(Path(folder) / "data")]
        yield running
        for each in running:  # those that were killed count as users, too
            each.stop()


def killed_and_started_again(servers: list[Embedded]) -> Store:
    """Storage after a power cut, which may have lost the last changes."""
    process = servers[-1].process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    servers.append(ensure(servers[-1].data))
    return Store(servers[-1].url)


def opened(store: Store, posts: int = 0) -> Store:
    store.perform("anora", lambda view: actions.create_blog(view, slug="anora", title="Anora"), by="ada")
    for number in range(posts):
        publish(store, f"Update {number}")
    return store


def publish(store: Store, body: str) -> None:
    store.perform("anora", lambda view: actions.publish(view, "anora", body=body), by="ada")


def read_on(store: Store, memory: Timeline) -> Timeline:
    (found,) = store.read_on([Place("anora", "public", memory.epoch, memory.seq, memory.mark)], 0)
    assert not isinstance(found, Gap)
    for change in found:
        memory.apply(change)
    return memory


def test_the_first_change_that_another_server_takes_begins_a_range_of_numbers_in_doubt(servers: list[Embedded]) -> None:
    store = opened(Store(servers[0].url), posts=2)
    memory = store.load("anora")
    assert memory.forks == ()
    store.close()
    store = killed_and_started_again(servers)
    assert store.load("anora").forks == ()  # nothing has been given twice yet
    publish(store, "The first after it")
    publish(store, "The second")
    for timeline in (store.load("anora"), read_on(store, memory)):
        assert timeline.forks == ((3, 3 + MARKED),)
        assert not timeline.since(Position(timeline.epoch, 3)).reset
        assert timeline.since(Position(timeline.epoch, 4)).reset
        assert not timeline.since(Position(timeline.epoch, 4, timeline.marks_after(3)[4])).reset
    store.close()


def test_a_second_server_makes_the_range_longer_or_begins_another(servers: list[Embedded]) -> None:
    opened(Store(servers[0].url), posts=2).close()
    store = killed_and_started_again(servers)
    publish(store, "After the first")
    store.close()
    store = killed_and_started_again(servers)
    publish(store, "After the second")
    assert store.load("anora").forks == ((3, 4 + MARKED),)
    store.client.hset("lb:{anora}:meta", mapping={"public:forks": "1-2", "replid": "of an earlier server"})
    publish(store, "Long after them")
    assert store.load("anora").forks == ((1, 2), (5, 5 + MARKED))
    store.close()


def test_the_desks_numbers_are_in_doubt_too(servers: list[Embedded]) -> None:
    opened(Store(servers[0].url)).close()
    store = killed_and_started_again(servers)
    publish(store, "After it")
    assert store.load("anora", "desk").forks == ((0, MARKED),)
    store.close()


def test_a_server_that_may_not_be_asked_for_its_name_may_be_another_one_at_each_change(store: Store) -> None:
    """An account without INFO, as on managed servers: then no number proves anything."""
    opened(store)
    client, rights = cast(Any, store.client), ("~*", "+@all", "-info")
    try:
        client.execute_command("ACL", "SETUSER", "web", "reset", "on", ">secret", *rights)
        limited = Store(store.url.replace("unix://", "unix://web:secret@"))
        publish(limited, "One")
        publish(limited, "Two")
        assert limited.load("anora").forks == ((1, 2 + MARKED),)
        limited.close()
    finally:
        client.execute_command("ACL", "DELUSER", "web")


def test_a_blog_begins_without_doubt_also_if_it_is_imported_or_made_anew(servers: list[Embedded]) -> None:
    store = opened(Store(servers[0].url), posts=2)
    store.close()
    store = killed_and_started_again(servers)
    publish(store, "After it")
    assert store.load("anora").forks
    lines = [*export(store, "anora")]
    assert not any(b"forks" in line or b"replid" in line for line in lines)
    store.delete("anora")
    restore(store, lines)
    publish(store, "After the import")
    assert store.load("anora").forks == ()
    store.delete("anora")
    assert opened(store, posts=1).load("anora").forks == ()
    store.close()


def test_a_new_epoch_ends_the_doubt(servers: list[Embedded]) -> None:
    opened(Store(servers[0].url), posts=1).close()
    store = killed_and_started_again(servers)
    publish(store, "After it")
    replica = Replica(store)
    publish(store, "Lost")
    memory = store.load("anora")
    assert memory.forks
    replica.takes_over()
    assert store.heal("anora", memory).forks == ()
    publish(store, "And on")
    assert store.load("anora").forks == ()
    store.close()


def test_a_fork_that_lacks_nothing_gets_a_new_epoch_all_the_same(store: Store) -> None:
    """A change was lost whose object was changed again since: nothing is put back, but its number was given twice."""
    opened(store, posts=1)
    (post,) = store.load("anora").posts
    replica = Replica(store)

    def edit(body: str) -> Timeline:
        store.perform("anora", lambda view: actions.edit_post(view, "anora", post.id, body=body), by="ada")
        return store.load("anora")

    def later() -> bool:
        replica.takes_over()
        return edit("Later").last > lost.last

    lost = edit("Lost")
    until(later)  # a failover takes longer than a millisecond
    assert store.load("anora").position == lost.position
    healed = store.heal("anora", lost)
    assert [each.body for each in healed.posts] == ["Later"]
    assert healed.since(lost.position).reset
    assert store.heal("anora", lost).position == healed.position  # another process that had it too


def test_a_blog_of_an_earlier_release_is_in_doubt_from_its_next_change_on(store: Store) -> None:
    opened(store, posts=1)
    assert store.client.hdel("lb:{anora}:meta", "replid") == 1
    publish(store, "The first by this release")
    assert store.load("anora").forks == ((2, 2 + MARKED),)
