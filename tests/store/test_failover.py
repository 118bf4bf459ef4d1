"""After a lossy failover no acknowledged act of either side is lost, and all processes end with the same night.

The lost side is what web processes still have in memory. The other side is storage, where a replica that lacked the
end took over and editors went on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from liveblog import actions, drafts
from liveblog.actions import Plan
from liveblog.errors import NotFound, Unavailable
from liveblog.model import Blog, Category, Change, Draft, Object, Post, ref_of
from liveblog.push.tail import LogReader, Tails
from liveblog.store.commits import Commit, Store
from liveblog.timeline import Gap, Place, Timeline
from tests.failover import Replica
from tests.live_server import until
from tests.newsroom import DIRECTOR, PICTURE, K
from tests.test_timeline import ACTS, act


class Desk:
    """An editor at work on the real storage."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def do(self, act: Callable[..., Plan], *args: object, **fields: object) -> Commit:
        return self.store.perform("anora", lambda view: act(view, "anora", *args, **fields), by="ada")

    def publish(self, body: str, **fields: object) -> str:
        return self.do(actions.publish, body=body, **fields).find("post").id

    def find(self, kind: type[K], id: str) -> K:
        found = self.store.get("anora", str(kind.__struct_config__.tag), id)
        assert isinstance(found, kind)
        return found

    def drafts(self) -> list[Draft]:
        return self.store.load("anora", "desk").drafts

    @property
    def posts(self) -> list[Post]:
        return self.store.load("anora").posts[::-1]

    @property
    def bodies(self) -> list[str]:
        return [post.body for post in self.posts]


@pytest.fixture
def desk(store: Store) -> Desk:
    open_blog(store)
    return Desk(store)


def open_blog(store: Store) -> None:
    store.perform(
        "anora",
        lambda view: actions.create_blog(view, slug="anora", title="Anora", categories=[DIRECTOR, PICTURE]),
        by="ada",
    )


class Process:
    """A web process that serves the blog, without readers."""

    def __init__(self, store: Store) -> None:
        self._reader = LogReader(store, lambda run: None)
        self._tails = Tails(store, self._reader)
        self._tails.listener = self
        self._tails.timeline("anora")

    def step(self, block_ms: int = 1) -> None:
        self._reader.step(block_ms)

    @property
    def timeline(self) -> Timeline | None:
        return self._tails.memory("anora")

    def deliver(self, slug: str, change: Change | None, timeline: Timeline | None) -> None:
        pass

    def is_followed(self, slug: str) -> bool:
        return True

    def forget(self, slug: str) -> None:
        pass


def process(store: Store) -> Process:
    return Process(store)


def state(process: Process) -> Timeline:
    assert process.timeline is not None
    return process.timeline


def reads_on(store: Store, memory: Timeline) -> bool:
    """Whether storage continues from this memory's position."""
    (found,) = store.read_on([Place("anora", "public", memory.epoch, memory.seq, memory.mark)], 1)
    try:
        return not isinstance(found, Gap) and [*map(memory.apply, found)] != []
    except Gap:
        return False


def settled(store: Store, *processes: Process) -> Timeline:
    """The state that all processes have once they have read on."""

    def same() -> Timeline | None:
        for tail in processes:
            tail.step(1)
        stored = store.load("anora")
        return stored if all(state(tail).position == stored.position for tail in processes) else None

    stored = until(same)
    for tail in processes:
        assert {ref_of(obj): obj for obj in state(tail).objects} == {ref_of(obj): obj for obj in stored.objects}
    return stored


def clock_passes(store: Store, moment: str) -> None:
    """A failover takes longer than a millisecond."""

    def passed() -> bool:
        probe = store.perform("clock", lambda view: Plan(public=[Post(id="tick", published_at="")]), by="ada")
        return probe.at > moment

    if store.blog("clock") is None:
        store.perform("clock", lambda view: actions.create_blog(view, slug="clock", title="Clock"), by="ada")
    until(passed)


# -- a fork is noticed


def test_a_commit_that_took_the_number_of_a_lost_one_is_noticed(desk: Desk, store: Store) -> None:
    desk.publish("one")
    replica = Replica(store)
    desk.publish("two, lost by the failover")
    web = process(store)
    before = state(web).position
    replica.takes_over()
    desk.publish("three, first after the failover")
    stored = settled(store, web)
    assert set(desk.bodies) == {"one", "two, lost by the failover", "three, first after the failover"}
    assert stored.epoch != before.epoch
    assert stored.seq > before.seq
    assert desk.do(actions.publish, body="four").seq == stored.seq + 1
    assert settled(store, web).epoch == stored.epoch


@pytest.mark.parametrize("after", [1, 2, 5])
def test_whichever_number_storage_has_reached_its_history_is_compared(desk: Desk, store: Store, after: int) -> None:
    replica = Replica(store)
    lost = [desk.publish(f"lost {n}") for n in range(2)]
    memory = store.load("anora")
    replica.takes_over()
    for n in range(after):
        desk.publish(f"new {n}")
    assert not reads_on(store, memory)
    healed = store.heal("anora", memory)
    assert set(lost) < {post.id for post in healed.posts}
    assert len(healed.posts) == 2 + after


def test_one_history_needs_no_new_epoch(desk: Desk, store: Store) -> None:
    """A trimmed place or a process that slept is not a fork: nothing is put back, and no client starts over."""
    web = process(store)
    desk.publish("one")
    desk.publish("two")
    store.client.xtrim("lb:{anora}:public:log", maxlen=1, approximate=False)
    epoch = state(web).epoch
    assert settled(store, web).epoch == epoch


# -- both sides' acts are kept


def test_storage_that_lost_everything_gets_it_back(desk: Desk, store: Store) -> None:
    desk.publish("one")
    web = process(store)
    store.client.flushdb()
    settled(store, web)
    assert desk.bodies == ["one"]
    assert store.summaries.slugs() == ["anora"]


def test_of_two_edits_the_later_one_wins_and_the_earlier_one_is_kept_for_the_desk(desk: Desk, store: Store) -> None:
    id = desk.publish("as it was")
    other = desk.publish("untouched by the second editor")
    replica = Replica(store)
    desk.do(actions.edit_post, id, body="edited before the failover")
    last = desk.do(actions.edit_post, other, body="edited before the failover, and only there")
    web = process(store)
    clock_passes(store, last.at)
    replica.takes_over()
    desk.do(actions.edit_post, id, body="edited after the failover")
    settled(store, web)
    assert desk.bodies == ["edited after the failover", "edited before the failover, and only there"]
    (version,) = store.history.of("anora", "post", other)
    assert isinstance(version.object, Post)
    assert (version.object.body, version.until) == ("untouched by the second editor", last.at)


def test_a_retraction_that_the_failover_lost_wins_over_later_acts_on_the_post(desk: Desk, store: Store) -> None:
    desk.do(actions.announce, "picture", winners=["anora"])
    (result,) = desk.posts
    replica = Replica(store)
    last = desk.do(actions.retract, result.id)
    web = process(store)
    clock_passes(store, last.at)
    replica.takes_over()
    desk.do(actions.edit_post, result.id, body="Edited by somebody who did not know")
    desk.do(actions.pin, post=result.id)
    desk.do(actions.recall, "picture", note="Wrong envelope", winners=["wicked"])
    stored = settled(store, web)
    assert stored.posts == []
    assert stored.get(Post, result.id) == Post(
        id=result.id, published_at=result.published_at, retracted=True, seq=stored.seq
    )
    picture = stored.get(Category, "picture")
    assert picture is not None
    assert (picture.winners, picture.post, stored.blog.pinned) == (["wicked"], None, None)


def test_a_retraction_after_the_failover_wins_over_a_lost_edit(desk: Desk, store: Store) -> None:
    id = desk.publish("libel")
    replica = Replica(store)
    desk.do(actions.edit_post, id, body="worse libel")
    desk.do(actions.pin, post=id)
    web = process(store)
    replica.takes_over()
    desk.do(actions.retract, id)
    stored = settled(store, web)
    assert stored.posts == []
    assert stored.blog.pinned is None


def test_a_category_added_on_either_side_is_in_the_running_order(desk: Desk, store: Store) -> None:
    replica = Replica(store)
    desk.do(actions.add_category, name="Sound")
    web = process(store)
    replica.takes_over()
    desk.do(actions.add_category, name="Editing")
    stored = settled(store, web)
    assert sorted(category.id for category in stored.categories) == ["director", "editing", "picture", "sound"]


def test_each_process_puts_back_what_only_it_has(desk: Desk, store: Store) -> None:
    """One process had the last change when storage failed, the other had not. Either may come first."""
    id = desk.publish("first words")
    replica = Replica(store)
    desk.do(actions.edit_post, id, body="second words")
    slow, quick = process(store), process(store)
    desk.do(actions.edit_post, id, body="third words")
    desk.publish("and more")
    quick.step(1)
    for order in ([slow, quick], [quick, slow]):
        replica.takes_over()
        for web in order:
            web.step(1)
        settled(store, slow, quick)
        assert desk.bodies == ["third words", "and more"]


def test_many_processes_that_heal_at_once_agree(desk: Desk, store: Store) -> None:
    replica = Replica(store)
    desk.publish("lost")
    memory = store.load("anora")
    replica.takes_over()
    healed = [store.heal("anora", memory) for _ in range(3)]
    assert len({timeline.epoch for timeline in healed}) == 1


# -- a request that is repeated


@pytest.mark.parametrize("again_first", [True, False], ids=["repeated, then put back", "put back, then repeated"])
@pytest.mark.parametrize("what", ["post", "draft"])
def test_a_request_that_a_failover_lost_and_that_is_repeated_makes_one_post(
    desk: Desk, store: Store, what: str, again_first: bool
) -> None:
    """Its editor was never told that it succeeded, but readers may have had it already."""
    act: Callable[[actions.View], Plan] = (
        (lambda view: actions.publish(view, "anora", body="The winner"))
        if what == "post"
        else (lambda view: drafts.save(view, "anora", by=drafts.Writer(name="ada", editor=True), body="The winner"))
    )

    def request() -> Commit:
        return store.perform("anora", act, by="ada", key="winner", fingerprint="of the request")

    replica = Replica(store)
    first = request()
    web = process(store)
    memory = store.load("anora", "desk")
    replica.takes_over()
    if again_first:
        again = request()
        store.heal("anora", memory, "desk")
        settled(store, web)
    else:
        store.heal("anora", memory, "desk")
        settled(store, web)
        again = request()
        assert again.replayed
    assert again.find(what).id == first.find(what).id
    assert [text.body for text in (desk.posts if what == "post" else desk.drafts())] == ["The winner"]


@pytest.mark.parametrize("what", ["post", "blog"])
def test_an_act_on_what_a_failover_lost_is_refused_for_now_and_not_for_good(
    desk: Desk, store: Store, what: str
) -> None:
    """Else the desk would put the act aside, although the post is there again a moment later."""
    replica = Replica(store)
    id = desk.publish("The winner")
    memory = store.load("anora")

    def edit(memory: Timeline) -> Commit:
        return store.perform(
            "anora",
            lambda view: actions.edit_post(view, "anora", id, body="The winner is Anora"),
            by="ada",
            key="edit",
            memory=memory,
        )

    if what == "post":
        replica.takes_over()
    else:
        store.client.flushdb()
    with pytest.raises(Unavailable, match="being put back"):
        edit(memory)
    edit(store.heal("anora", memory))
    assert desk.bodies == ["The winner is Anora"]


def test_an_act_on_what_does_not_exist_or_was_deleted_is_refused_for_good(desk: Desk, store: Store) -> None:
    memory = store.load("anora")
    for _ in range(2):
        with pytest.raises(NotFound):
            store.perform("anora", lambda view: actions.retract(view, "anora", "nothing"), by="ada", memory=memory)
        store.delete("anora")


def test_the_same_words_under_another_key_are_another_post(desk: Desk, store: Store) -> None:
    for key in ("one", "two"):
        store.perform("anora", lambda view: actions.publish(view, "anora", body="Applause"), by="ada", key=key)
    assert desk.bodies == ["Applause", "Applause"]


# -- what must not come back


def test_a_deleted_blog_is_not_put_back(desk: Desk, store: Store) -> None:
    memory = store.load("anora")
    store.delete("anora")
    with pytest.raises(NotFound):
        store.heal("anora", memory)
    assert list(store.client.scan_iter(match="lb:{anora}:*")) == []


def test_a_blog_opened_again_under_its_name_does_not_get_the_old_ones_posts(desk: Desk, store: Store) -> None:
    desk.publish("of the deleted blog")
    web = process(store)
    store.delete("anora")
    open_blog(store)
    assert settled(store, web).posts == []
    assert not store.deleted("anora")


# -- storage of an earlier release


def test_data_of_an_earlier_release_is_read_followed_and_healed(desk: Desk, store: Store) -> None:
    desk.publish("one")
    without_marks(store)
    replica = Replica(store)
    desk.publish("two")
    without_marks(store)
    web = process(store)
    desk.publish("three")
    web.step(1)
    assert [post.body for post in state(web).posts] == ["three", "two", "one"]
    replica.takes_over()
    settled(store, web)
    assert desk.bodies == ["one", "two", "three"]


def without_marks(store: Store) -> None:
    """Store the blog as the release without marks did: objects as `<seq>:<json>`, a log without `after` and `mark`."""
    client: Any = store.client  # its answers are bytes; redis-py's types allow for text too
    key = "lb:{anora}:public"
    for name, value in client.hgetall(key).items():
        client.hset(key, name, value.partition(b":")[0] + b":" + value[value.index(b"{") :])
        client.hdel("lb:{anora}:meta", b"sum:public:" + name)
    client.hdel("lb:{anora}:meta", "public:mark", "born")
    entries = client.xrange(f"{key}:log")
    client.delete(f"{key}:log")
    for id, fields in entries:
        client.xadd(f"{key}:log", {k: v for k, v in fields.items() if k not in (b"after", b"mark")}, id)


# -- for any night


acts = st.lists(st.tuples(st.sampled_from([*ACTS, "rename", "order"]), st.integers(0, 99)), max_size=8)


@given(acts, acts, acts, st.integers(0, 8), st.booleans())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_processes_end_with_all_acts_of_both_sides(
    store: Store,
    common: list[tuple[str, int]],
    lost: list[tuple[str, int]],
    new: list[tuple[str, int]],
    heard: int,
    slow_first: bool,
) -> None:
    store.client.flushdb()
    open_blog(store)
    desk = Desk(store)
    play(desk, common)
    replica, base = Replica(store), store.load("anora")
    play(desk, lost[:heard])
    slow = process(store)
    play(desk, lost[heard:])
    quick = process(store)
    one = store.load("anora")
    replica.takes_over()
    play(desk, new)
    two = store.load("anora")
    merged = settled(store, *([slow, quick] if slow_first else [quick, slow]))
    nothing_is_lost(base, one, two, merged)
    epoch = merged.epoch
    desk.publish("And on")
    assert settled(store, slow, quick).epoch == epoch


def play(desk: Desk, night: list[tuple[str, int]]) -> None:
    for name, pick in night:
        act(desk, name, pick)


def nothing_is_lost(base: Timeline, one: Timeline, two: Timeline, merged: Timeline) -> None:
    names = {ref_of(obj) for side in (one, two) for obj in side.objects}
    assert {ref_of(obj) for obj in merged.objects} == names
    for name in names:
        versions = [_said(side, merged, name) for side in (one, two) if _changed(side, name, base.seq)]
        after = _said(merged, merged, name)
        if not versions:
            assert after == _said(base, merged, name)
        elif retracted := [obj for obj in versions if isinstance(obj, Post) and obj.retracted]:
            assert after in retracted
        else:
            assert after in versions  # the later of two; the other is in one side's history
    assert merged.blog.pinned is None or merged.pinned is not None
    assert {category.id for category in merged.categories} == {"director", "picture"}


def _changed(side: Timeline, name: str, since: int) -> bool:
    kind, _, id = name.partition(":")
    obj = side.get(kind, id)
    return obj is not None and obj.seq > since


def _said(side: Timeline, merged: Timeline, name: str) -> Object | None:
    """An object of one side, without its number and references to posts that the other side retracted."""
    kind, _, id = name.partition(":")
    obj = side.get(kind, id)
    gone = {post.id for post in merged.objects if isinstance(post, Post) and post.retracted}
    if isinstance(obj, Blog):
        pinned, below = (None if id in gone else id for id in (obj.pinned, obj.pinned_below))
        obj = replace(obj, pinned=pinned, pinned_below=below)
    if isinstance(obj, Category) and obj.post in gone:
        obj = replace(obj, post=None)
    return None if obj is None else replace(obj, seq=0)
