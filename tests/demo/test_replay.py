"""The demo night, really played: to its end, interrupted and continued, and beside an editor."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import requests

from liveblog.demo import replay
from liveblog.demo.replay import SLUG, facts, play, prepare
from liveblog.model import Post
from liveblog.store.commits import Store
from tests.commands import liveblog, said
from tests.live_server import until
from tests.test_server import Night, linux, night

__all__ = ["night"]


def test_the_night_ends_with_five_of_six(store: Store) -> None:
    assert prepare(store)
    play(store, 1000)
    timeline = store.load(SLUG)
    assert timeline.blog.status == "ended"
    assert all(category.state == "confirmed" for category in timeline.categories)
    anora = timeline.board().tally[0]
    assert (anora.film, anora.won, anora.nominated) == ("Anora", 5, 6)
    assert timeline.pinned is not None
    assert timeline.pinned.type == "preview"
    assert [post.body for post in timeline.posts if post.corrections] == ["That makes one award for the film tonight."]
    assert sum(isinstance(obj, Post) and obj.retracted for obj in timeline.objects) == 1
    assert replay.RUMOUR not in {post.body for post in timeline.posts}


def test_a_night_that_was_interrupted_goes_on_where_it_stopped(store: Store) -> None:
    prepare(store)
    steps = iter(range(25))
    play(store, 1000, going=lambda: next(steps, None) is not None)
    middle = store.load(SLUG)
    assert 1 < len(middle.posts) < 20
    assert not prepare(store)
    play(store, 1000)
    bodies = [post.body for post in store.load(SLUG).posts]
    assert len(bodies) == len(set(bodies))
    assert {post.id for post in middle.posts if post.body != replay.RUMOUR} <= {
        post.id for post in store.load(SLUG).posts
    }


def test_a_night_that_has_ended_begins_again(store: Store) -> None:
    prepare(store)
    play(store, 1000)
    assert prepare(store)
    assert len(store.load(SLUG).posts) == 1


def test_the_replay_yields_to_the_desk(store: Store) -> None:
    """An editor who announces another winner first is not overruled."""
    from liveblog import actions

    prepare(store)
    night = facts()
    first = night.categories[0]
    other = next(nominee.id for nominee in first.nominees if nominee.id not in night.winners[first.id])
    store.perform(SLUG, lambda view: actions.announce(view, SLUG, first.id, winners=[other]), by="editor")
    play(store, 1000)
    assert store.load(SLUG).categories[0].winners == [other]
    assert store.load(SLUG).blog.status == "ended"


@linux
@pytest.mark.fault
def test_ctrl_c_in_the_middle_leaves_nothing_and_the_next_demo_goes_on(night: Night, tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text("The lead of an article of our own.\nA subheading\nAnd its text.\n")
    url = night.start("demo", "--speed", "20", "--preview", str(article))
    state = f"{url}/api/v1/blogs/{SLUG}"
    until(lambda: len(requests.get(state, timeout=60).json()["posts"]) > 3)
    assert "<h3>A subheading</h3>" in requests.get(f"{url}/live/{SLUG}", timeout=60).text
    assert any("replay" in each for each in night.processes())
    said(liveblog("post", SLUG, "An editor is here too.", data=night.data))
    assert night.signal(signal.SIGINT) == 0
    assert night.processes() == []

    url = night.start("demo", "--speed", "1000", "--preview", str(article))
    state = f"{url}/api/v1/blogs/{SLUG}"
    until(lambda: requests.get(state, timeout=60).json()["blog"]["status"] == "ended")
    posts = [post.get("body") for post in requests.get(state, timeout=60).json()["posts"]]
    assert posts.count("An editor is here too.") == 1
    assert posts.count(replay.OPENING[0][1]) == 1
    assert "goes on where it stopped" in night.log.read_text()
    page = requests.get(f"{url}/live/{SLUG}", timeout=60).text
    assert "lead of an article of our own" in page


@linux
@pytest.mark.fault
def test_the_replay_ends_with_a_killed_master(night: Night) -> None:
    night.start("demo", "--speed", "0.1")
    until(lambda: any("replay" in each for each in night.processes()))
    night.signal(signal.SIGKILL)
    until(lambda: len(night.processes()) == 1)  # only the storage stays, for the next start
    night.start()
    night.signal(signal.SIGTERM)
    assert night.processes() == []
