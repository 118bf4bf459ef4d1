"""A relay converges: whatever the night, and whenever it asks, its timeline gives readers what the origin's gives."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from liveblog import actions
from liveblog.model import Media, Object, Position, Post, public, ref_of
from liveblog.relay.source import Held
from liveblog.relay.wire import State, change_of, state_of, timeline_of
from liveblog.timeline import PAGE, Timeline
from tests.newsroom import EPOCH, open_newsroom
from tests.test_timeline import nights, play


class Follower:
    """A relay's timeline, which may follow another relay's."""

    def __init__(self, origin: Timeline) -> None:
        self.timeline, self.held = self._loaded(origin)

    def _loaded(self, origin: Timeline) -> tuple[Timeline, Held]:
        state = sent(origin, None)
        objects: list[Object] = [*state.objects]
        return timeline_of(state, objects), Held(objects)

    def ask(self, origin: Timeline) -> None:
        at = self.timeline
        state = sent(origin, Position(at.epoch, at.seq))
        assert not state.reset
        if state.seq > at.seq:
            objects = [self.held.placed(obj) for obj in state.objects]
            self.held.take(objects)
            change = change_of(state, objects, after=Position(at.epoch, at.seq))
            assert msgspec.json.decode(msgspec.json.encode(change), type=type(change)).follows == at.seq
            assert at.apply(change)


def sent(origin: Timeline, position: Position | None) -> State:
    return msgspec.json.decode(msgspec.json.encode(state_of(origin, position)), type=State)


def shown(timeline: Timeline) -> dict[str, object]:
    """All that readers get of a timeline."""
    return {
        "position": timeline.position,
        "since": [[public(obj) for obj in timeline.since(Position(EPOCH, k)).objects] for k in range(timeline.seq + 1)],
        "live": [post.id for post in timeline.live_posts()],
        "pages": [[post.id for post in timeline.page(n)] for n in range(1, timeline.pages + 1)],
        "removed": [[post.id for post in timeline.removed(n)] for n in [*range(1, timeline.pages + 1), None]],
        "places": {obj.id: timeline.place(obj) for obj in timeline.objects if isinstance(obj, Post)},
        "times": {ref_of(obj): timeline.time(obj) for obj in timeline.objects},
        "board": timeline.board(),
        "pins": [post.id for post in timeline.pins],
        "born": timeline.born,
        "last": timeline.last,
    }


@given(nights, st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)), st.integers(0, 60))
@settings(deadline=None, max_examples=100)
def test_a_chain_of_relays_shows_what_the_origin_shows(
    night: list[tuple[str, int]], first_asks: set[int], second_asks: set[int], loaded: int
) -> None:
    newsroom = play(night)
    head = len(newsroom.changes)
    origin = Timeline(EPOCH, 0, [])
    first = second = late = None
    for n, change in enumerate(newsroom.changes):
        origin.apply(change)
        if first is None:
            first = Follower(origin)
            second = Follower(first.timeline)
        if n in first_asks:
            first.ask(origin)
        if second is not None and n in second_asks:
            second.ask(first.timeline)
        if n == min(loaded, head - 1):
            late = Follower(origin)
    assert first is not None
    assert second is not None
    assert late is not None
    first.ask(origin)
    second.ask(first.timeline)
    late.ask(origin)
    assert shown(first.timeline) == shown(second.timeline) == shown(late.timeline) == shown(origin)


def test_posts_that_were_retracted_before_keep_their_places_and_do_not_tell_their_times() -> None:
    newsroom = open_newsroom()
    for n in range(3 * PAGE):
        newsroom.do(actions.publish, body=f"Update {n}")
    posts = newsroom.posts
    for post in [*posts[:3], posts[20], posts[21], posts[-1]]:
        newsroom.do(actions.retract, post.id)
    origin = newsroom.timeline()
    seen = {post.published_at for post in origin.posts}
    found = sent(origin, None)
    gone = [obj for obj in found.objects if isinstance(obj, Post) and obj.retracted]
    assert len(gone) == 6
    assert not {post.published_at for post in gone} & ({post.published_at for post in posts} - seen)
    assert shown(Follower(origin).timeline) == shown(origin)


def test_posts_of_one_moment_keep_their_places_too() -> None:
    at = "2025-03-03T00:00:00.000Z"
    posts = [Post(id=id, published_at=at, retracted=id in "bd", seq=n) for n, id in enumerate("abcde", 1)]
    origin = Timeline(EPOCH, 5, posts)
    copy = timeline_of(found := sent(origin, None), [*found.objects])
    assert [copy.place(post) for post in copy.objects if isinstance(post, Post)] == [1, 2, 3, 4, 5]


def test_what_a_post_lost_is_named_unless_another_post_has_it() -> None:
    def post(id: str, *names: str) -> Post:
        media = [Media(name=name, width=1, height=1, alt="x") for name in names]
        return Post(id=id, published_at="2025-03-03T00:00:00.000Z", media=media)

    held = Held([post("a", "one", "two"), post("b", "two")])
    assert held.take([post("c", "three")]) == set()
    assert held.take([post("a")]) == {"one"}
    assert held.take([post("b"), post("d", "two")]) == set()
    assert held.pictures == {"two", "three"}


def test_a_chain_of_relays_doubts_the_numbers_that_its_origin_doubts() -> None:
    """Readers with nothing but a number may come back to a relay, too."""
    newsroom = open_newsroom()
    origin = newsroom.timeline()
    relay = Follower(origin)
    newsroom.do(actions.publish, body="After the failover")
    origin = newsroom.timeline()
    origin.forks = ((1, 9),)
    relay.ask(origin)
    for timeline in (relay.timeline, Follower(origin).timeline, Follower(relay.timeline).timeline):
        assert timeline.forks == origin.forks
        assert timeline.since(timeline.position).reset
