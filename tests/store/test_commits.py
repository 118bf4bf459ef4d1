"""The store's contract, on a real server."""

from __future__ import annotations

import itertools
import socket
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from redis.sentinel import SentinelConnectionPool

from liveblog import actions
from liveblog.actions import Plan, View
from liveblog.errors import Invalid, NotFound, Stale, Unavailable
from liveblog.model import NOW, Blog, Category, Draft, Object, Post, ref
from liveblog.store.commits import Commit, Store, request_key
from liveblog.store.connection import AT_ONCE
from liveblog.store.presence import CHANNEL
from liveblog.timeline import Gap, Place, Timeline
from tests.live_server import until
from tests.newsroom import DIRECTOR, PICTURE, only


@pytest.fixture
def blog(store: Store) -> str:
    store.perform(
        "anora",
        lambda view: actions.create_blog(view, slug="anora", title="Anora", categories=[DIRECTOR, PICTURE]),
        by="test",
    )
    return "anora"


def publish(store: Store, body: str = "Doors open", **more: Any) -> Commit:
    return store.perform("anora", lambda view: actions.publish(view, "anora", body=body), by="test", **more)


def test_commits_are_numbered_densely_and_time_grows_with_the_numbers(store: Store, blog: str) -> None:
    commits = [publish(store, f"Update {n}") for n in range(20)]
    assert [commit.seq for commit in commits] == list(range(2, 22))
    times = [commit.at for commit in commits]
    assert times == sorted(set(times))
    assert all(only(commit.objects, Post).published_at == commit.at for commit in commits)


def test_the_same_key_has_one_effect_and_the_same_answer(store: Store, blog: str) -> None:
    first = publish(store, key="k", fingerprint="f")
    again = publish(store, "Something else", key="k", fingerprint="f")
    assert again.replayed
    assert again.objects == first.objects
    assert store.load(blog).seq == 2
    with pytest.raises(Invalid) as no:
        publish(store, key="k", fingerprint="other")
    assert no.value.code == "key_reused"


def test_the_sender_of_a_key_and_its_content_are_never_confused() -> None:
    words = ["".join(letters) for n in range(4) for letters in itertools.product("1:a\u00e9", repeat=n)]
    keys = {request_key(sender, name, key) for sender in ("account", "token") for name in words for key in words}
    assert len(keys) == 2 * len(words) ** 2
    assert not any(key.startswith("schedule:") for key in keys)


def as_before(store: Store, key: str, name: str) -> None:
    """Store a request in the form of the previous release."""
    store.client.rename(f"lb:{{anora}}:request:{key}", f"lb:{{anora}}:done:{name}")


def test_a_request_from_before_an_upgrade_is_not_repeated_after_it(store: Store, blog: str) -> None:
    first = publish(store, key="k", fingerprint="f")
    as_before(store, "k", "wire:x")
    new = {"key": request_key("token", "wire", "x"), "formerly": "wire:x"}
    again = publish(store, **new, fingerprint="f")
    assert again == replace(first, replayed=True)
    assert store.load(blog).seq == 2
    id = first.find("post").id
    gone = store.perform(blog, lambda view: actions.retract(view, blog, id), by="test", key="k", fingerprint="g")
    as_before(store, "k", "wire:y")
    again = store.perform(
        blog,
        lambda view: actions.retract(view, blog, id),
        by="test",
        key=request_key("token", "wire", "y"),
        formerly="wire:y",
        fingerprint="g",
    )
    assert again == replace(gone, replayed=True)


def test_an_unrelated_request_from_before_an_upgrade_blocks_nobody(store: Store, blog: str) -> None:
    publish(store, key="k", fingerprint="f")
    as_before(store, "k", "wire:x:1")  # of "wire" or of "wire:x"
    new = {"key": request_key("token", "wire:x", "1"), "formerly": "wire:x:1", "fingerprint": "other"}
    done = publish(store, "Other", **new)
    assert (done.seq, done.replayed) == (3, False)
    assert publish(store, "Other", **new) == replace(done, replayed=True)


def test_a_key_answers_even_when_the_act_no_longer_fits(store: Store, blog: str) -> None:
    id = publish(store).find("post").id
    for _ in range(2):
        commit = store.perform(blog, lambda view: actions.retract(view, blog, id), by="test", key="retract")
        assert only(commit.objects, Post, id).retracted
    with pytest.raises(NotFound):
        store.perform(blog, lambda view: actions.retract(view, blog, id), by="test", key="another")


def test_a_stale_if_match_is_refused_with_the_current_object(store: Store, blog: str) -> None:
    post = publish(store).find("post")

    def edit(view: View) -> Plan:
        return actions.edit_post(view, blog, post.id, body="Edited")

    store.perform(blog, edit, by="test", if_match=(ref("post", post.id), post.seq))
    with pytest.raises(Stale) as no:
        store.perform(blog, edit, by="test", if_match=(ref("post", post.id), post.seq))
    assert isinstance(no.value.current, dict)
    assert no.value.current["body"] == "Edited"
    assert store.load(blog).seq == 3


def test_an_act_runs_again_when_what_it_read_was_changed(store: Store, blog: str) -> None:
    runs: list[Plan] = []

    def act(view: View) -> Plan:
        plan = actions.edit_blog(view, blog, summary=f"Try {len(runs)}")
        if not runs:
            store.perform(blog, lambda other: actions.edit_blog(other, blog, title="Faster"), by="other")
        runs.append(plan)
        return plan

    commit = store.perform(blog, act, by="test")
    changed = only(commit.objects, Blog)
    assert (len(runs), changed.title, changed.summary) == (2, "Faster", "Try 1")


def test_objects_read_in_either_timeline_must_be_current(store: Store, blog: str) -> None:
    """The desk's timeline has the same guard: a draft that two people publish is published once."""
    draft = Draft(id="draft", author="ada", body="Prepared")
    store.perform(blog, lambda view: Plan(desk=[draft]), by="ada")
    runs = []

    def release(view: View) -> Plan:
        found = view.get("draft", "draft")
        assert isinstance(found, Draft)
        runs.append(found.body)
        if len(runs) == 1:
            store.perform(blog, lambda other: Plan(desk=[replace(draft, body="Changed")]), by="sean")
        post = Post(id="post", published_at=NOW, body=found.body)
        return Plan(public=[post], desk=[Draft(id="draft", gone=True)])

    commit = store.perform(blog, release, by="ada")
    assert runs == ["Prepared", "Changed"]
    assert (commit.seq, commit.desk_seq, only(commit.objects, Post).body) == (2, 3, "Changed")
    assert seqs(store, Place(blog, "desk", commit.epoch, 0)) == [1, 2, 3]


def test_many_editors_at_once_lose_nothing(store: Store, blog: str) -> None:
    threads = [threading.Thread(target=lambda n=n: publish(store, f"From {n}")) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    timeline = store.load(blog)
    assert timeline.seq == 17
    assert {post.body for post in timeline.posts} == {f"From {n}" for n in range(16)}


def test_text_comes_back_as_it_was_written(store: Store, blog: str) -> None:
    for body in ('"\\u0000now"', "100%1 %% %d", "Ünïcödé 🏆 ' \" \\", '{"seq":0}', NOW[1:]):
        publish(store, body)
        assert store.load(blog).posts[0].body == body
    category = store.load(blog).get(Category, "director")
    assert category is not None
    assert (category.winners, category.corrections) == ([], [])


def test_superseded_versions_are_kept_for_the_desk(store: Store, blog: str) -> None:
    post = publish(store, "First").find("post")
    store.perform(blog, lambda view: actions.edit_post(view, blog, post.id, body="Second"), by="ada")
    (version,) = store.history.of(blog, "post", post.id)
    assert isinstance(version.object, Post)
    assert (version.object.body, version.by) == ("First", "ada")


def test_readers_are_sampled_and_an_empty_interval_is_not_a_slope(
    store: Store, blog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counts() -> list[int]:
        return [readers for _, readers in store.presence.audience(blog)]

    monkeypatch.setattr("liveblog.store.presence.SAMPLE_MS", 3_600_000)
    store.presence.record(blog, "one", 0, {})
    assert counts() == []  # no reader has come yet
    store.presence.record(blog, "one", 3, {})
    store.presence.record(blog, "two", 7, {})  # too soon for another sample
    assert counts() == [3]
    until(lambda: (store.presence.record(blog, "two", 0, {}), counts() == [3, 0])[1])
    monkeypatch.setattr("liveblog.store.presence.SAMPLE_MS", 1)
    moment = datetime.fromisoformat
    two_samples_later = moment(store.presence.audience(blog)[-1][0]) + timedelta(milliseconds=2)
    until(lambda: moment(store.now()) >= two_samples_later)  # by the storage's clock, which is the one that counts
    store.presence.record(blog, "one", 5, {})
    assert counts() == [3, 0, 0, 5]


def test_processes_exchange_messages_without_writing_anything(store: Store, blog: str) -> None:
    heard: list[tuple[str, str, bytes]] = []
    listening = threading.Thread(
        target=lambda: store.presence.listen(lambda *what: heard.append(what), lambda: not heard), daemon=True
    )
    listening.start()
    until(lambda: store.client.pubsub_numsub(CHANNEL)[0][1] == 1)
    before = store.client.info("persistence")["aof_current_size"]
    store.presence.tell(blog, "one", b'{"readers":3}')
    listening.join(60)
    assert heard == [(blog, "one", b'{"readers":3}')]
    assert store.client.info("persistence")["aof_current_size"] == before


def seqs(store: Store, place: Place) -> list[int] | str:
    """The numbers of the changes after one place, or why its continuity is lost."""
    (found,) = store.read_on([place], 10)
    return found.reason if isinstance(found, Gap) else [change.seq for change in found]


def test_reading_on_goes_from_a_position(store: Store, blog: str) -> None:
    epoch = store.load(blog).epoch
    publish(store)
    publish(store)
    assert seqs(store, Place(blog, "public", epoch, 1)) == [2, 3]
    assert seqs(store, Place(blog, "public", epoch, 3)) == []
    assert seqs(store, Place(blog, "public", epoch, 4)) == "behind"
    assert seqs(store, Place(blog, "public", "other", 1)) == "epoch"
    store.client.xtrim("lb:{anora}:public:log", maxlen=1, approximate=False)
    assert seqs(store, Place(blog, "public", epoch, 1)) == "trimmed"
    store.delete(blog)
    assert seqs(store, Place(blog, "public", epoch, 3)) == "gone"
    assert store.deleted(blog)


def test_one_request_reads_all_blogs_and_a_lost_place_delays_no_other(store: Store, blog: str) -> None:
    store.perform("conclave", lambda view: actions.create_blog(view, slug="conclave", title="Conclave"), by="ada")
    epochs = {slug: store.load(slug).epoch for slug in (blog, "conclave")}
    publish(store)
    places = [Place("conclave", "public", epochs["conclave"], 1), Place(blog, "public", epochs[blog], 1)]
    quiet, busy = store.read_on(places, 60_000)
    assert quiet == []
    assert isinstance(busy, list)
    assert [change.seq for change in busy] == [2]
    lost, still = store.read_on([Place("conclave", "public", "other", 1), places[1]], 60_000)
    assert isinstance(lost, Gap)
    assert still == busy


def test_a_wait_ends_when_another_blog_is_to_be_followed(store: Store, blog: str) -> None:
    epoch, answers = store.load(blog).epoch, []
    reading = threading.Thread(
        target=lambda: answers.append(store.read_on([Place(blog, "public", epoch, 1)], 9_000)), daemon=True
    )
    reading.start()
    until(lambda: any("b" in client["flags"] for client in store.client.client_list()))
    store.wake()
    reading.join(60)
    assert answers == [[[]]]


def test_many_callers_wait_for_their_turn_and_none_is_refused(store: Store, blog: str) -> None:
    """redis-py's own pools refuse callers beyond their bound."""
    found: list[int] = []
    crowd = [threading.Thread(target=lambda: found.append(store.load(blog).seq)) for _ in range(300)]
    for caller in crowd:
        caller.start()
    for caller in crowd:
        caller.join(60)
    assert found == [1] * 300
    assert len(store.client.client_list()) <= 3 * AT_ONCE


def test_an_unknown_blog_is_refused_and_nothing_is_left_behind(store: Store) -> None:
    with pytest.raises(NotFound):
        publish(store)
    with pytest.raises(NotFound):
        store.load("anora")
    assert store.summaries.slugs() == []
    assert store.client.dbsize() == 0


def test_absent_storage_is_reported() -> None:
    away = Store("redis://127.0.0.1:1")
    for call in (away.ping, away.summaries.slugs, lambda: away.load("anora"), lambda: publish(away)):
        with pytest.raises(Unavailable) as no:
            call()
        assert no.value.retry_after == 1


def test_an_absent_cluster_is_reported_and_its_replicas_cannot_be_waited_for() -> None:
    with pytest.raises(Unavailable):
        Store("redis+cluster://127.0.0.1:1")
    with pytest.raises(ValueError, match="LIVEBLOG_REPLICAS to 0"):
        Store("redis+cluster://127.0.0.1:1", replicas=1)


def test_a_sentinel_that_is_gone_is_asked_once_and_then_the_next_one() -> None:
    """With pauses between more tries, editors waited for ten seconds when a machine's primary and sentinel died."""
    callers: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as gone, socket.create_server(("127.0.0.1", 0)) as next_one:

        def hang_up(name: str, listening: socket.socket) -> None:
            with suppress(OSError):
                while True:
                    caller, _ = listening.accept()
                    callers.append(name)
                    caller.close()

        people = [threading.Thread(target=hang_up, args=each) for each in (("gone", gone), ("next", next_one))]
        for each in people:
            each.start()
        ports = [each.getsockname()[1] for each in (gone, next_one)]
        store = Store(f"redis+sentinel://127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}/night")
        with pytest.raises(Unavailable):
            store.ping()
        store.close()
        for listening in (gone, next_one):
            listening.shutdown(socket.SHUT_RDWR)
        for each in people:
            each.join()
    assert callers == ["gone", "next"]


def test_a_password_reaches_the_servers_that_sentinels_name() -> None:
    store = Store("redis+sentinel://ada:s%40y@one:1,two/night/2")
    options = store.client.connection_pool.connection_kwargs
    assert (options["username"], options["password"], options["db"]) == ("ada", "s@y", 2)
    pool = store.client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    places = [sentinel.connection_pool.connection_kwargs for sentinel in pool.sentinel_manager.sentinels]
    assert [(place["host"], place["port"]) for place in places] == [("one", 1), ("two", 26379)]
    store.close()


def test_an_act_reads_memory_first_and_is_committed_only_on_exactly_that_history(
    store: Store, blog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = store.load(blog)
    asked: list[str] = []
    read = store.get

    def get(slug: str, kind: str, id: str) -> Object | None:
        asked.append(kind)
        return read(slug, kind, id)

    monkeypatch.setattr(store, "get", get)
    publish(store, "From memory", memory=memory)
    assert not asked
    publish(store, "Memory is behind now", memory=memory)
    assert asked == ["blog", "post"]  # the new post too: a repeated request made it already
    assert [post.body for post in store.load(blog).posts] == ["Memory is behind now", "From memory"]


def test_no_act_is_refused_because_of_memory_alone(store: Store, blog: str) -> None:
    behind = store.load(blog)
    post = publish(store).find("post")
    store.perform(blog, lambda view: actions.pin(view, blog, post=post.id), by="test", memory=behind)
    assert store.load(blog).blog.pinned == post.id
    store.perform(
        blog,
        lambda view: actions.retract(view, blog, post.id),
        by="test",
        if_match=(f"post:{post.id}", 3),
        memory=behind,
    )
    assert store.load(blog).posts == []


def test_a_repeated_act_that_cannot_be_done_twice_gets_the_first_answer(store: Store, blog: str) -> None:
    def announce(memory: Timeline | None) -> Commit:
        return store.perform(
            blog,
            lambda view: actions.announce(view, blog, "director", winners=["sean-baker"]),
            by="test",
            key="envelope",
            fingerprint="the same",
            memory=memory,
        )

    before = store.load(blog)
    first = announce(before)
    assert [announce(memory) for memory in (None, before, store.load(blog))] == [replace(first, replayed=True)] * 3
