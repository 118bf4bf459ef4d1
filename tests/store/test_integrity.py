"""What storage returns is what was stored: changed and missing records and changes are noticed, and never served."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from liveblog import actions
from liveblog.errors import Damaged
from liveblog.model import Post
from liveblog.push.tail import LogReader, Tails
from liveblog.store.commits import Store
from liveblog.store.dump import export
from liveblog.store.integrity import is_sound, sum_of
from liveblog.timeline import Gap, Place, Timeline
from liveblog.watch import counts

META, PUBLIC, LOG = (f"lb:{{anora}}:{name}" for name in ("meta", "public", "public:log"))


@pytest.fixture
def client(store: Store) -> Any:
    """The raw client, of a storage with a blog and three posts."""
    store.perform("anora", lambda view: actions.create_blog(view, slug="anora", title="Anora"), by="ada")
    for body in ("one", "two", "three"):
        store.perform("anora", lambda view, body=body: actions.publish(view, "anora", body=body), by="ada")  # type: ignore[misc]
    return store.client


def post(client: Any) -> tuple[str, bytes]:
    """The record of the post `two`."""
    found: dict[bytes, bytes] = client.hgetall(PUBLIC)
    return next((name.decode(), value) for name, value in found.items() if b'"two"' in value)


def flipped(value: bytes, at: int) -> bytes:
    return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]


def test_no_flipped_bit_of_a_record_is_taken_for_true(client: Any) -> None:
    name, value = post(client)
    checksum: bytes = client.hget(META, f"sum:public:{name}")
    assert checksum == sum_of(3, value)
    for at in range(len(value)):
        for bit in range(8):
            other = value[:at] + bytes([value[at] ^ 1 << bit]) + value[at + 1 :]
            assert not is_sound(other, checksum), (at, bit)
    for end in range(len(value)):
        assert not is_sound(value[:end], checksum)
    assert not is_sound(None, checksum)


def test_a_record_of_a_release_without_checksums_is_read(client: Any, store: Store) -> None:
    name, value = post(client)
    client.hset(PUBLIC, name, b"9" + value[1:].replace(b'"seq":3', b'"seq":9'))  # it left the checksum of seq 3
    assert store.load("anora").get("post", name[5:])
    client.hdel(META, f"sum:public:{name}")
    assert store.load("anora").get("post", name[5:])
    client.hset(PUBLIC, name, b"8" + client.hget(PUBLIC, name)[1:])
    with pytest.raises(Damaged):
        store.load("anora")


@pytest.mark.parametrize("how", ["flipped", "cut", "gone", "garbage"])
def test_a_damaged_record_is_refused_and_named(
    client: Any, store: Store, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    name, value = post(client)
    if how == "gone":
        client.hdel(PUBLIC, name)
    else:
        changed = {"flipped": flipped(value, value.index(b"two")), "cut": value[:-30], "garbage": b"\xff\x00"}
        client.hset(PUBLIC, name, changed[how])
    before = counts.damage.values[()]
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with pytest.raises(Damaged, match=name):
                store.load("anora")
    assert caplog.text.count(f"storage is damaged and is not served: blog anora: {name}") == 1  # not for each request
    assert counts.damage.values[()] == before + 3
    assert store.faults("anora") == [f"{name} is damaged or missing in storage"]
    with pytest.raises(Damaged):
        store.get("anora", "post", name[5:])


def following(store: Store) -> tuple[LogReader, Tails, list[Timeline | None]]:
    """A process that has the blog in memory, and what it was given as a new state."""
    replaced: list[Timeline | None] = []

    class Listener:
        def deliver(self, slug: str, change: object, timeline: Timeline | None) -> None:
            if change is None:
                replaced.append(timeline)

        def is_followed(self, slug: str) -> bool:
            return True

        def forget(self, slug: str) -> None:
            pass

    reader = LogReader(store, lambda work: None)
    tails = Tails(store, reader)
    tails.listener = Listener()
    return reader, tails, replaced


@pytest.mark.parametrize("how", ["loaded", "exported", "read alone"])
def test_a_process_that_has_the_blog_in_memory_puts_a_damaged_record_back(client: Any, store: Store, how: str) -> None:
    reader, tails, replaced = following(store)
    before = {obj.id: obj for obj in tails.timeline("anora").posts}
    name, value = post(client)
    client.hset(PUBLIC, name, flipped(value, value.index(b"two")))
    reads: dict[str, Callable[[], object]] = {
        "loaded": lambda: store.load("anora"),
        "exported": lambda: next(export(store, "anora")),
        "read alone": lambda: store.get("anora", "post", name[5:]),
    }
    with pytest.raises(Damaged):  # in another process
        reads[how]()
    reader.step(1)
    assert len(replaced) == 1
    assert [obj.body for obj in store.load("anora").posts] == [obj.body for obj in before.values()]
    assert store.faults("anora") == []
    _, histories = store.snapshot("anora")
    assert not any(b"tvo" in value for entries in histories.values() for _, each in entries for value in each.values())


@pytest.mark.parametrize("how", ["flipped", "unreadable", "gone"])
def test_an_edit_of_a_damaged_record_is_refused_until_it_is_put_back(client: Any, store: Store, how: str) -> None:
    reader, tails, _ = following(store)
    memory = tails.timeline("anora")
    name, value = post(client)
    if how == "gone":
        client.hdel(PUBLIC, name)
    else:
        client.hset(PUBLIC, name, value.replace(b"two", b"tvo") if how == "flipped" else value.replace(b"{", b"z"))

    def edit(memory: Timeline) -> None:
        store.perform("anora", lambda view: actions.edit_post(view, "anora", name[5:], body="2"), by="a", memory=memory)

    with pytest.raises(Damaged):
        edit(memory)
    reader.step(1)
    edit(tails.timeline("anora"))
    assert store.load("anora").posts[1].body == "2"
    kept = [version.object for version in store.history.of("anora", "post", name[5:])]
    assert {obj.body for obj in kept if isinstance(obj, Post)} == {"two"}


def test_what_nobody_has_in_memory_stays_refused(client: Any, store: Store) -> None:
    name, value = post(client)
    reader, tails, replaced = following(store)
    client.hset(PUBLIC, name, flipped(value, value.index(b"two")))
    with pytest.raises(Damaged):
        tails.timeline("anora")
    reader.step(0)
    assert not replaced


@pytest.mark.parametrize("field", ["epoch", "at", "after", "mark", "objects"])
def test_a_flipped_bit_in_the_log_is_noticed(client: Any, store: Store, field: str) -> None:
    at = store.load("anora")
    ((id, fields),) = client.xrange(LOG, "3-0", "3-0")
    rest = client.xrange(LOG, "4-0")
    client.xtrim(LOG, maxlen=2, approximate=False)
    client.delete(LOG)
    changed = {**fields, field.encode(): flipped(fields[field.encode()], len(fields[field.encode()]) // 2)}
    for each, said in [(id, changed), *rest]:
        client.xadd(LOG, said, id=each)
    (found,) = store.read_on([Place("anora", "public", at.epoch, 2)], 0)
    assert isinstance(found, Gap)
    assert found.reason == ("epoch" if field == "epoch" else "damaged")


@pytest.mark.parametrize("lost", [["4-0"], ["3-0"], ["3-0", "4-0"]])
def test_missing_changes_are_noticed_and_the_state_is_loaded(client: Any, store: Store, lost: list[str]) -> None:
    """The records are sound, so readers get the state as a reset."""
    reader, tails, replaced = following(store)
    tails.timeline("anora")
    for body in ("four", "five"):
        store.perform("anora", lambda view, body=body: actions.publish(view, "anora", body=body), by="ada")  # type: ignore[misc]
    ids = [f"{int(each[0]) + 2}-0" for each in lost]
    assert client.xdel(LOG, *ids) == len(lost)
    for _ in range(3):  # after a change it first reads on, and then asks how far storage is
        reader.step(1)
    (state,) = replaced
    assert state is not None
    assert [obj.body for obj in state.posts] == ["five", "four", "three", "two", "one"]
    assert any("log" in each for each in store.faults("anora"))


def test_a_damaged_blog_does_not_hold_up_the_list(client: Any, store: Store) -> None:
    store.perform("other", lambda view: actions.create_blog(view, slug="other", title="Other"), by="ada")
    value: bytes = client.hget(PUBLIC, "blog:anora")
    client.hset(PUBLIC, "blog:anora", flipped(value, value.index(b"Anora")))
    assert [slug for slug, summary in store.summaries.of(["anora", "other"]) if summary] == ["other"]
