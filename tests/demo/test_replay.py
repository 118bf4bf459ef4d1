"""The demo night, really played: to its end, interrupted and continued, and beside an editor."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import requests

from liveblog.demo import replay
from liveblog.demo.replay import SLUG, facts, play, prepare, show
from liveblog.model import Post
from liveblog.store.commits import Store
from tests.commands import liveblog, refused, said
from tests.intake.oscar_table import nominations, table
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


def ceremony(folder: Path, number: int) -> Path:
    """A night file of the made-up table."""
    csv, path = folder / "oscars.csv", folder / f"{number}.toml"
    csv.write_text(table(number, number))
    said(liveblog("night", "from-csv", str(csv), "-o", str(path)))
    return path


@pytest.mark.parametrize("number", [1, 5, 25, 41, 98])
def test_any_ceremony_is_replayed_to_its_end(store: Store, tmp_path: Path, number: int) -> None:
    """Ties, songs, honours, several films for one nominee: the board and the tally are those of the table."""
    what = show(ceremony(tmp_path, number))
    assert prepare(store, what=what)
    play(store, 1000, what=what)
    timeline = store.load(what.slug)
    assert timeline.blog.status == "ended"
    assert [category.state for category in timeline.categories] == ["confirmed"] * len(what.night.categories)
    assert {category.id: category.winners for category in timeline.categories} == what.night.winners
    rows = [row for row in nominations(number) if not row.is_honour]
    for film in {film for row in rows for film in row.film.split("|") if film}:
        own = [row for row in rows if film in row.film.split("|")]
        won = len({row.award for row in own if row.won})
        nominated = len({row.award for row in own})
        assert (film, won, nominated) in [(each.film, each.won, each.nominated) for each in timeline.board().tally]
    assert len(timeline.board().tally) == len({film for row in rows for film in row.film.split("|") if film})


def test_a_replay_of_a_night_goes_on_and_begins_again(store: Store, tmp_path: Path) -> None:
    what = show(ceremony(tmp_path, 98))
    assert prepare(store, what=what)
    steps = iter(range(25))
    play(store, 1000, going=lambda: next(steps, None) is not None, what=what)
    assert not prepare(store, what=what)
    play(store, 1000, what=what)
    posts = [post for post in store.load(what.slug).posts if post.type == "result"]
    assert len(posts) == len(what.night.categories)
    assert prepare(store, what=what)
    assert store.load(what.slug).posts == []


def test_a_replay_has_an_address_of_its_own(tmp_path: Path) -> None:
    """A replay that has ended is deleted when it begins again: it must never be an editor's blog."""
    assert show(ceremony(tmp_path, 98)).slug == "replay-the-98th-academy-awards"
    path = tmp_path / "夜.csv"
    path.write_text("category,nominee,winner\n夜,王,yes\n")
    assert show(path).slug == "replay"


def test_a_night_without_winners_cannot_be_replayed(tmp_path: Path) -> None:
    path = tmp_path / "order.csv"
    path.write_text("category,nominee,winner\nBest Song,Ada Bell,\n")
    data = tmp_path / "data"
    assert "has no winners yet" in refused(liveblog("demo", "--night", str(path), data=data))
    assert not data.exists()


@linux
@pytest.mark.fault
def test_a_night_file_is_served_and_played(night: Night, tmp_path: Path) -> None:
    url = night.start("demo", "--night", str(ceremony(tmp_path, 41)), "--speed", "1000")
    state = f"{url}/api/v1/blogs/replay-the-41st-academy-awards"
    until(lambda: requests.get(state, timeout=60).json()["blog"]["status"] == "ended")
    found = {category["name"]: category for category in requests.get(state, timeout=60).json()["categories"]}
    assert {category["state"] for category in found.values()} == {"confirmed"}
    assert found["Actress"]["winners"] == ["ada-bell", "cy-doe-jr"]
    page = requests.get(f"{url}/live/replay-the-41st-academy-awards", timeout=60).text
    assert "All awards of the night are given." in page


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
