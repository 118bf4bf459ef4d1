"""The summaries of blogs for lists are right, whatever was done to the blog and by which release."""

from __future__ import annotations

import pytest

from liveblog import actions, drafts
from liveblog.drafts import Writer
from liveblog.model import Blog, Draft, Post, When
from liveblog.push.schedule import Schedule
from liveblog.store.commits import Store
from liveblog.store.dump import export, restore
from liveblog.store.summaries import DUE, NIGHTS
from liveblog.timeline import Summary
from tests.live_server import until
from tests.newsroom import DIRECTOR, PICTURE, only
from tests.store.test_failover import Process

ADA = Writer(name="ada", editor=True)


@pytest.fixture
def blog(store: Store) -> str:
    store.perform(
        "anora",
        lambda view: actions.create_blog(
            view, slug="anora", title="Anora", categories=[DIRECTOR, PICTURE], preview=("Before", "Six nominations.")
        ),
        by="ada",
    )
    return "anora"


def summary(store: Store, slug: str = "anora") -> Summary:
    ((_, found),) = store.summaries.of([slug])
    assert found is not None
    return found


def publish(store: Store, body: str = "Doors open") -> Post:
    commit = store.perform("anora", lambda view: actions.publish(view, "anora", body=body), by="ada")
    return only(commit.objects, Post)


def same_as_the_timeline(store: Store) -> Summary:
    """The summary, after checking that it agrees with the whole timeline."""
    found, timeline = summary(store), store.load("anora")
    assert (found.blog, found.position, found.born) == (timeline.blog, timeline.position, timeline.born)
    assert (found.pages, found.at) == (timeline.pages, timeline.last)
    return found


def test_a_summary_agrees_with_the_timeline(store: Store, blog: str) -> None:
    new = same_as_the_timeline(store)
    assert (new.began, new.posts) == ("", 1)  # a preview does not begin the night
    posts = [publish(store, f"Update {n}") for n in range(45)]
    store.perform(blog, lambda view: actions.retract(view, blog, posts[0].id), by="ada")
    store.perform(blog, lambda view: actions.edit_post(view, blog, posts[1].id, body="Edited"), by="ada")
    store.perform(blog, lambda view: actions.edit_blog(view, blog, status="live"), by="ada")
    found = same_as_the_timeline(store)
    assert (found.created, found.began, found.posts) == (new.created, posts[0].published_at, 46)
    assert found.blog.status == "live"
    store.perform(blog, lambda view: drafts.save(view, blog, by=ADA, body="Not yet"), by="ada")
    assert summary(store).at == found.at  # nothing public happened


def test_a_blog_of_an_earlier_release_is_counted_once(store: Store, blog: str) -> None:
    first = publish(store)
    new = summary(store)
    store.client.hdel("lb:{anora}:meta", "posts", "began", "created", "public:at")
    publish(store, "On the new release already")
    found = same_as_the_timeline(store)
    assert (found.created, found.began, found.posts) == (new.created, first.published_at, 3)
    publish(store)
    assert same_as_the_timeline(store).posts == 4


def test_imported_and_recovered_blogs_have_summaries(store: Store, blog: str) -> None:
    web = Process(store)
    posts = [publish(store) for _ in range(3)]
    web.step()
    lines = list(export(store, blog))
    store.client.flushdb()

    def put_back() -> Blog | None:
        web.step()
        return store.blog(blog)

    until(put_back)
    healed = same_as_the_timeline(store)
    assert (healed.began, healed.posts) == (posts[0].published_at, 4)
    store.delete(blog)
    assert list(store.summaries.of([blog])) == [(blog, None)]
    restore(store, lines)
    found = same_as_the_timeline(store)
    assert (found.began, found.posts) == (posts[0].published_at, 4)


def test_a_process_gets_only_what_changed_since_it_asked(store: Store, blog: str) -> None:
    number, slugs = store.summaries.changed(-1)
    assert slugs == ["anora"]
    assert store.summaries.changed(number) == (number, [])
    store.perform("conclave", lambda view: actions.create_blog(view, slug="conclave", title="Conclave"), by="ada")
    publish(store)
    number, slugs = store.summaries.changed(number)
    assert slugs == ["conclave", "anora"]
    store.delete("conclave")
    assert store.summaries.changed(number)[1] == ["conclave"]
    assert store.client.zcard(NIGHTS) == 2


# -- what is scheduled


def scheduled(store: Store) -> Schedule:
    def release(slug: str, draft: Draft) -> None:
        store.perform(slug, lambda view: drafts.publish(view, slug, draft.id), by="ada")

    return Schedule(store, store.summaries.due, release)


def write(store: Store, body: str, **fields: object) -> str:
    draft = store.perform("anora", lambda view: drafts.save(view, "anora", by=ADA, body=body, **fields), by="ada").find(
        "draft"
    )
    return draft.id


def test_what_is_due_is_listed_until_it_is_published_changed_or_discarded(store: Store, blog: str) -> None:
    later = write(store, 'Says "publish_at":"2001-01-01T00:00:00Z" in its text', publish_at="2999-01-01T00:00:00Z")
    moment = write(store, "On stage", on=When(category="director", state="on_stage"))
    write(store, "Whenever")
    assert store.summaries.due() == {
        "anora": {later: "2999-01-01T00:00:00.000Z", moment: "on director on_stage"},
    }
    scheduled(store).step()
    assert len(store.load(blog).posts) == 1
    store.perform(blog, lambda view: actions.on_stage(view, blog, "director"), by="ada")
    scheduled(store).step()
    assert store.load(blog).posts[0].body == "On stage"
    assert list(store.summaries.due()["anora"]) == [later]
    store.perform(
        blog, lambda view: drafts.edit(view, blog, later, by=ADA, publish_at="2020-01-01T00:00:00Z"), by="ada"
    )
    scheduled(store).step()
    assert store.load(blog).posts[0].body.startswith("Says")
    assert store.summaries.due() == {}


def test_a_draft_for_a_result_waits_while_the_result_is_in_doubt(store: Store, blog: str) -> None:
    write(store, "Confirmed", on=When(category="director", state="announced"))
    store.perform(blog, lambda view: actions.announce(view, blog, "director", winners=["sean-baker"]), by="ada")
    store.perform(blog, lambda view: actions.doubt(view, blog, "director"), by="ada")
    scheduled(store).step()
    assert "Confirmed" not in {post.body for post in store.load(blog).posts}
    store.perform(blog, lambda view: actions.confirm(view, blog, "director"), by="ada")
    scheduled(store).step()
    assert store.load(blog).posts[0].body == "Confirmed"


def test_drafts_scheduled_by_an_earlier_release_are_published(store: Store, blog: str) -> None:
    write(store, "From before", publish_at="2020-01-01T00:00:00Z")
    store.client.delete("lb:{anora}:due", DUE)
    store.client.sadd("lb:scheduled", blog)
    scheduled(store).step()
    scheduled(store).step()
    assert store.load(blog).posts[0].body == "From before"
    assert not store.client.exists("lb:scheduled")


def test_a_blog_leaves_the_list_when_nothing_was_scheduled_for_long(store: Store, blog: str) -> None:
    id = write(store, "Soon", publish_at="2020-01-01T00:00:00Z")
    scheduled(store).step()
    assert store.client.zcard(DUE) == 1  # another draft may be coming
    store.client.zadd(DUE, {blog: 1})
    assert store.summaries.due() == {}
    assert store.client.zcard(DUE) == 0
    assert store.get(blog, "draft", id) is not None
