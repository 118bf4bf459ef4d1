"""Convergence: the state at k plus the changes after k is the state at the head, for any night and any k."""

from __future__ import annotations

import contextlib
import copy
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from liveblog import actions, drafts
from liveblog.checks import NewNominee
from liveblog.drafts import Writer
from liveblog.errors import Refusal
from liveblog.model import Blog, CatchUp, Category, Change, Draft, Nominee, Object, Outcome, Position, Post, ref_of
from liveblog.timeline import PAGE, Gap, Tally, Timeline, faults, merge, tally, tells
from tests.newsroom import DIRECTOR, EPOCH, PICTURE, Editor, Newsroom, only, open_newsroom

ACTS = ["publish", "edit", "correct", "retract", "pin", "unpin", "stage", "announce", "tie", "confirm", "recall", "fix"]
DESK = ["draft", "submit", "prepare", "change", "discard", "release", "undo"]
nights = st.lists(
    st.tuples(st.sampled_from([*ACTS, *DESK, "status", "rename", "order", "remove", "add"]), st.integers(0, 99)),
    max_size=30,
)
AGAIN = [NewNominee(name="Sean Baker", film="Anora"), NewNominee(name="Brady Corbet", film="The Brutalist")]
ADA = Writer(name="Ada", editor=True)


def act(newsroom: Editor, name: str, pick: int) -> None:
    """One act of a random night; `pick` chooses among the existing objects."""
    post = newsroom.posts[pick % len(newsroom.posts)].id if newsroom.posts else "none"
    category = ["director", "picture"][pick % 2]
    nominees = [n.id for n in newsroom.find(Category, category).nominees]
    winner = nominees[pick % len(nominees)] if nominees else "nobody"
    draft = newsroom.drafts()[pick % len(newsroom.drafts())].id if newsroom.drafts() else "none"
    outcome = Outcome(category=category, nominee=winner)
    calls = {
        "draft": lambda: newsroom.do(drafts.save, by=ADA, body=f"Draft {pick}"),
        "submit": lambda: newsroom.do(drafts.submit, draft, by=ADA),
        "prepare": lambda: newsroom.do(drafts.save, by=ADA, body=f"If so, {pick}", outcome=outcome),
        "change": lambda: newsroom.do(drafts.edit, draft, by=ADA, body=f"Better {pick}"),
        "discard": lambda: newsroom.do(drafts.discard, draft, by=ADA),
        "release": lambda: newsroom.do(drafts.publish, draft),
        "undo": lambda: newsroom.do(drafts.undo, post, by=ADA, now="2025-03-03T00:00:05.000Z"),
        "publish": lambda: newsroom.do(actions.publish, body=f"Update {pick}", pin=pick % 7 == 0),
        "edit": lambda: newsroom.do(actions.edit_post, post, body=f"Edited {pick}"),
        "correct": lambda: newsroom.do(actions.edit_post, post, body="Right", correction="It was wrong"),
        "retract": lambda: newsroom.do(actions.retract, post),
        "pin": lambda: newsroom.do(actions.pin, post=post),
        "unpin": lambda: newsroom.do(actions.pin, post=None),
        "stage": lambda: newsroom.do(actions.on_stage, category),
        "announce": lambda: newsroom.do(actions.announce, category, winners=[winner]),
        "tie": lambda: newsroom.do(actions.announce, category, winners=nominees[:2]),
        "confirm": lambda: newsroom.do(actions.confirm, category),
        "recall": lambda: newsroom.do(actions.recall, category, note="Wrong envelope"),
        "fix": lambda: newsroom.do(actions.recall, category, note="Wrong envelope", winners=[winner]),
        "status": lambda: newsroom.do(actions.edit_blog, status=["live", "ended", "preview"][pick % 3]),
        "rename": lambda: newsroom.do(actions.edit_category, category, name=f"Award {pick}"),
        "order": lambda: newsroom.do(actions.edit_blog, order=["picture", "director"][:: 1 if pick % 2 else -1]),
        "remove": lambda: newsroom.do(actions.remove_category, category),
        "add": lambda: newsroom.do(actions.add_category, id=category, name="Again", nominees=AGAIN),
    }
    with contextlib.suppress(Refusal):
        calls[name]()


def play(night: list[tuple[str, int]]) -> Newsroom:
    newsroom = open_newsroom()
    for name, pick in night:
        act(newsroom, name, pick)
    return newsroom


def same(one: Timeline, other: Timeline) -> None:
    assert one.position == other.position
    assert {ref_of(o): o for o in one.objects} == {ref_of(o): o for o in other.objects}
    assert one.posts == other.posts
    assert one.live_posts() == other.live_posts()
    assert one.board() == other.board()
    assert one.pinned == other.pinned


class Reader:
    """A client that follows the protocol's rules, written from docs/protocol.md and not from the server's code."""

    def __init__(self, server: Timeline) -> None:
        self.server = server
        self.position: Position | None = None
        self.objects: dict[str, object] = {}

    def catch_up(self) -> None:
        self.take(self.server.since(self.position))

    def take(self, answer: CatchUp) -> None:
        if answer.reset:
            self.objects.clear()
        self.objects.update({ref_of(obj): obj for obj in answer.objects})
        self.position = Position(answer.epoch, answer.seq)

    def hear(self, change: Change, prev: int) -> None:
        assert self.position is not None
        if change.seq <= self.position.seq:
            return
        if prev != self.position.seq:
            self.catch_up()
            return
        self.take(CatchUp(epoch=change.epoch, seq=change.seq, reset=False, objects=change.objects))


@given(nights)
@settings(deadline=None, max_examples=60)
def test_the_state_at_any_point_plus_later_changes_is_the_state_at_the_head(night: list[tuple[str, int]]) -> None:
    newsroom = play(night)
    head = newsroom.timeline()
    for k in range(len(newsroom.changes) + 1):
        state = newsroom.timeline(k)
        missed = head.since(Position(EPOCH, k))
        assert not missed.reset
        assert [o.seq for o in missed.objects] == sorted(o.seq for o in missed.objects)
        merged = {ref_of(o): o for o in [*state.objects, *missed.objects]}
        same(Timeline(missed.epoch, missed.seq, merged.values()), head)


@given(nights)
@settings(deadline=None, max_examples=60)
def test_the_desks_timeline_converges_alike_and_readers_see_nothing_of_it(night: list[tuple[str, int]]) -> None:
    newsroom = play(night)
    head = Timeline(EPOCH, 0, [])
    states = [
        head.since(None).objects,
        *((head.apply(change), head.since(None).objects)[1] for change in newsroom.desk),
    ]
    for k, state in enumerate(states):
        missed = head.since(Position(EPOCH, k)).objects
        assert {ref_of(o): o for o in [*state, *missed]} == {ref_of(o): o for o in head.objects}
    assert sorted(d.id for d in head.drafts) == sorted(d.id for d in newsroom.drafts())
    assert not any(isinstance(obj, Draft) for change in newsroom.changes for obj in change.objects)


@given(nights, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_a_reader_on_a_bad_line_ends_with_the_servers_state(night: list[tuple[str, int]], luck: random.Random) -> None:
    newsroom = play(night)
    server = Timeline(EPOCH, 0, [])
    reader = Reader(server)
    reader.catch_up()
    line: list[Change] = []
    for change in newsroom.changes:
        server.apply(change)
        line += [change] * luck.choice([0, 1, 1, 2])  # dropped, delivered or doubled
        luck.shuffle(line)
        while line and luck.random() < 0.6:
            late = line.pop()
            reader.hear(late, late.seq - 1)
    reader.catch_up()  # the head beat
    assert reader.position == server.position
    assert reader.objects == {ref_of(o): o for o in server.objects}


def test_a_position_of_another_epoch_or_ahead_gets_the_whole_state() -> None:
    timeline = play([("publish", 1)]).timeline()
    for stranger in (Position("other", 1), Position(EPOCH, 99)):
        answer = timeline.since(stranger)
        assert answer.reset
        assert answer.objects == timeline.objects
    first_visit = timeline.since(None)
    assert not first_visit.reset
    assert first_visit.objects == timeline.objects


def test_a_missing_change_is_a_gap_and_a_known_one_is_ignored() -> None:
    newsroom = play([("publish", 1), ("publish", 2)])
    timeline = newsroom.timeline(1)
    with pytest.raises(Gap):
        timeline.apply(newsroom.changes[2])
    assert timeline.apply(newsroom.changes[0]) is False
    assert timeline.seq == 1


def test_a_change_on_top_of_another_history_is_a_gap_although_its_number_is_the_next() -> None:
    timeline = Timeline(EPOCH, 1, [], mark="lost")
    change = Change(epoch=EPOCH, seq=2, at="2025-03-03T00:00:02.000Z", objects=[], after="kept", mark="next")
    with pytest.raises(Gap, match="forked"):
        timeline.apply(change)
    assert timeline.seq == 1
    unmarked = Timeline(EPOCH, 1, [])  # from an earlier release
    assert unmarked.apply(change)
    assert unmarked.mark == "next"


EARLY, LATE = "2025-03-03T00:00:05.000Z", "2025-03-03T00:00:05.001Z"
LIVE_POST = Post(id="p", published_at=EARLY, body="Doors open")
LIVE_DRAFT = Draft(id="d", body="Doors open")
RETRACTED, DISCARDED = Post(id="p", published_at=EARLY, retracted=True), Draft(id="d", gone=True)


def side(*objects: tuple[Object, str]) -> Timeline:
    """One side of a fork: its objects with their times ("" if unknown), numbered in the given order."""
    numbered = [replace(obj, seq=seq) for seq, (obj, _) in enumerate(objects, 1)]
    return Timeline(EPOCH, len(objects), numbered, times={ref_of(obj): at for obj, at in objects})


def put_back(mine: Timeline, theirs: Timeline) -> dict[str, Object]:
    return {ref_of(obj): replace(obj, seq=0) for obj, _ in merge(mine, theirs)}


@pytest.mark.parametrize(
    ("mine", "theirs", "stands"),
    [
        (LATE, EARLY, "mine"),
        (EARLY, LATE, "theirs"),
        (EARLY, EARLY, "theirs"),
        (EARLY, "", "mine"),
        ("", EARLY, "theirs"),
    ],
)
def test_of_two_versions_the_later_one_wins_and_an_equal_one_is_not_put_back(
    mine: str, theirs: str, stands: str
) -> None:
    better = replace(LIVE_POST, body="Doors shut")
    found = put_back(side((better, mine)), side((LIVE_POST, theirs)))
    assert found == ({"post:p": better} if stands == "mine" else {})


def test_without_times_the_higher_number_wins() -> None:
    filler = (Draft(id="other", body="x"), "")
    better = replace(LIVE_POST, body="Doors shut")
    assert put_back(side(filler, (better, "")), side((LIVE_POST, ""), filler))["post:p"] == better
    assert "post:p" not in put_back(side((better, ""), filler), side(filler, (LIVE_POST, "")))
    assert put_back(side((better, "")), side((LIVE_POST, ""))) == {}


@pytest.mark.parametrize(("text", "tombstone"), [(LIVE_POST, RETRACTED), (LIVE_DRAFT, DISCARDED)])
def test_a_tombstone_wins_over_every_text_however_late(text: Object, tombstone: Object) -> None:
    """A text that one side retracted does not come back because the other side edited it afterwards."""
    assert put_back(side((tombstone, EARLY)), side((text, LATE))) == {ref_of(text): tombstone}
    assert put_back(side((text, LATE)), side((tombstone, EARLY))) == {}
    assert put_back(side((tombstone, EARLY)), side((tombstone, LATE))) == {}


def test_a_removed_category_wins_only_if_it_is_the_later_version() -> None:
    gone, here = Category(id="director", name="Best Director", removed=True), DIRECTOR
    assert put_back(side((gone, EARLY)), side((here, LATE))) == {}
    assert put_back(side((here, LATE)), side((gone, EARLY))) == {"category:director": here}
    assert put_back(side((gone, LATE)), side((here, EARLY))) == {"category:director": gone}


def test_an_object_that_is_put_back_keeps_its_time() -> None:
    assert merge(side((LIVE_POST, LATE)), side()) == [(replace(LIVE_POST, seq=1), LATE)]


def test_pin_and_category_drop_a_post_that_the_other_side_retracted() -> None:
    blog = Blog(id="anora", title="Anora", pinned="p", order=["director"])
    called = replace(DIRECTOR, state="announced", winners=["sean-baker"], post="p")
    theirs = side((blog, EARLY), (called, LATE), (LIVE_POST, EARLY))
    found = merge(side((RETRACTED, LATE)), theirs)
    assert {ref_of(obj): at for obj, at in found} == {"post:p": LATE, "blog:anora": EARLY, "category:director": LATE}
    now = [obj for obj, _ in found]
    assert (only(now, Blog).pinned, only(now, Category).post) == (None, None)
    assert only(now, Category).winners == ["sean-baker"]
    kept = put_back(side((Draft(id="x", body="y"), LATE)), theirs)
    assert set(kept) == {"draft:x"}  # objects that fit already are not written again


def test_the_running_order_has_additions_of_both_sides_and_no_removed_category() -> None:
    old, new = (Blog(id="anora", title="Anora", order=order) for order in (["director"], ["director", "picture"]))
    added = put_back(side((new, EARLY), (PICTURE, EARLY)), side((old, LATE), (DIRECTOR, EARLY)))
    assert added["blog:anora"] == new
    gone = Category(id="director", name="Best Director", removed=True)
    left = put_back(side((gone, LATE)), side((new, LATE), (DIRECTOR, EARLY), (PICTURE, EARLY)))
    assert left["blog:anora"] == replace(new, order=["picture"])


@given(nights, nights, nights)
@settings(deadline=None, max_examples=60)
def test_two_sides_of_a_fork_end_with_the_same_night_and_all_that_was_done(
    common: list[tuple[str, int]], one: list[tuple[str, int]], two: list[tuple[str, int]]
) -> None:
    ours = play(common)
    theirs = copy.deepcopy(ours)
    theirs.clock = "500"
    for newsroom, night in ((ours, one), (theirs, two)):
        for name, pick in night:
            act(newsroom, name, pick)
    sides = [timeline_of(newsroom) for newsroom in (ours, theirs)]
    merged = [with_all(sides[0], merge(sides[1], sides[0])), with_all(sides[1], merge(sides[0], sides[1]))]
    first, second = ({ref_of(obj): unordered(obj) for obj in each.objects} for each in merged)
    assert first == second
    assert first.keys() == {ref_of(obj) for each in sides for obj in each.objects}
    for each, before in zip(merged, sides, strict=True):
        for other in (*sides, before):
            assert merge(other, each) == []


def timeline_of(newsroom: Newsroom) -> Timeline:
    """Both of a newsroom's timelines in one, for `merge`."""
    found = Timeline(EPOCH, 0, [])
    for n, change in enumerate(sorted([*newsroom.changes, *newsroom.desk], key=lambda change: change.at), 1):
        found.apply(replace(change, seq=n))
    return found


def with_all(side: Timeline, lost: list[tuple[Object, str]]) -> Timeline:
    """A side after it got back what it lacked."""
    times = {ref_of(obj): side.time(obj) for obj in side.objects} | {ref_of(obj): at for obj, at in lost}
    objects = {ref_of(obj): obj for obj in [*side.objects, *(obj for obj, _ in lost)]}
    return Timeline(EPOCH, side.seq + 1, objects.values(), times=times)


def unordered(obj: Object) -> Object:
    """An object without its number and the order of added categories, which differ between the two sides."""
    return replace(obj, seq=0, order=sorted(obj.order)) if isinstance(obj, Blog) else replace(obj, seq=0)


def test_a_category_put_back_on_one_side_of_a_fork_outlives_its_removal() -> None:
    removed, back = (play([("remove", 0), *then]) for then in ([], [("publish", 1), ("add", 0)]))
    mine, theirs = back.timeline(), removed.timeline()
    found = [obj for obj, _ in merge(mine, theirs)]
    assert only(found, Category, "director").nominees
    assert only(found, Blog).order == ["picture", "director"]
    assert not any(ref_of(obj) == "category:director" for obj, _ in merge(theirs, mine))


def test_a_category_removed_on_one_side_is_off_the_running_order_of_both() -> None:
    mine, theirs = play([("publish", 1), ("remove", 0)]).timeline(), play([("order", 1)]).timeline()
    found = [obj for obj, _ in merge(mine, theirs)]
    assert only(found, Category, "director").removed
    assert only(found, Blog).order == ["picture"]


def test_each_film_of_a_nominee_counts_and_an_honour_counts_for_none() -> None:
    both = Nominee(id="both", name="Jane Doe", film="One", films=["One", "Two"])
    song = Nominee(id="song", name="Camille", film="Two", detail="A Song")
    honour = Nominee(id="honour", name="Quincy Jones")
    award = Category(id="a", name="A", nominees=[both, song, honour], winners=["both", "honour"])
    again = Category(id="b", name="B", nominees=[song, honour])
    assert tally([award, again], None) == [Tally("Two", 1, 2), Tally("One", 1, 1)]


def test_what_does_not_hold_together_is_named() -> None:
    blog = Blog(id="night", title="Night", order=["director", "gone"], pinned="lost", seq=1)
    assert faults(Timeline(EPOCH, 3, [DIRECTOR])) == ["the blog itself is missing"]
    assert faults(
        Timeline(EPOCH, 3, [blog, replace(DIRECTOR, seq=4), Post(id="one", published_at="", body="Text", seq=0)])
    ) == [
        "post one has seq 0, the blog is at 3",
        "category director has seq 4, the blog is at 3",
        "category gone is missing",
        "the pinned post lost is missing",
    ]
    assert faults(timeline_of(open_newsroom())) == []


def test_older_pages_never_shift() -> None:
    newsroom = open_newsroom()
    for n in range(3 * PAGE - 1):
        newsroom.do(actions.publish, body=f"Update {n}")
    before = newsroom.timeline()
    assert (before.pages, len(before.live_posts())) == (2, PAGE)
    first = [post.id for post in before.page(1)]
    newsroom.do(actions.retract, first[3])
    for n in range(PAGE - 1):
        newsroom.do(actions.publish, body=f"Later {n}")
    after = newsroom.timeline()
    assert [post.id for post in after.page(1)] == [id for id in first if id != first[3]]
    assert (after.pages, len(after.live_posts())) == (2, 2 * PAGE - 1)
    assert after.page_of(first[0]) == 1
    assert after.page_of(after.live_posts()[0].id) is None
    with pytest.raises(LookupError):
        after.page(3)


def test_first_newest_and_removed_of_what_is_there() -> None:
    newsroom = open_newsroom()
    for number in range(PAGE * 2):
        newsroom.do(actions.publish, body=f"Update {number}")
    timeline = newsroom.timeline()
    preview, last = timeline.posts[-1], timeline.posts[0]
    assert (timeline.first, timeline.newest) == (preview, last)
    newsroom.do(actions.retract, preview.id)
    newsroom.do(actions.retract, last.id)
    timeline = newsroom.timeline()
    assert (timeline.first, timeline.newest) == (timeline.posts[-1], timeline.posts[0])
    assert [post.id for post in timeline.removed(1)] == [preview.id]
    assert [post.id for post in timeline.removed(None)] == [last.id]
    empty = Timeline(EPOCH, 0, [])
    assert (empty.first, empty.newest, empty.removed(None)) == (None, None, [])


@given(nights)
@settings(deadline=None, max_examples=30)
def test_neighbours_and_moments_are_those_of_the_whole_list(night: list[tuple[str, int]]) -> None:
    timeline = play(night).timeline()
    posts = timeline.posts
    assert timeline.moments == [post for post in posts if post.key and post.type != "result"]
    telling = [obj for obj in timeline.objects if isinstance(obj, Category) or (isinstance(obj, Post) and tells(obj))]
    assert timeline.telling == telling
    for at, post in enumerate(posts):
        assert timeline.around(post, 2) == (posts[max(0, at - 2) : at], posts[at + 1 : at + 3])


def award(*films: str, won: tuple[int, ...] = ()) -> Category:
    """A category with a nominee of each film; `won` counts the winners' places, from 0."""
    nominees = [Nominee(id=str(place), name=f"Nominee {place}", film=film) for place, film in enumerate(films)]
    return Category(id="award", name="Award", nominees=nominees, winners=[str(place) for place in won])


@pytest.mark.parametrize(
    ("own", "categories", "expected"),
    [
        pytest.param("Anora", [], [], id="nothing to count"),
        pytest.param(
            "Anora",
            [
                award("Anora", "The Brutalist", won=(1,)),
                award("The Brutalist", "The Brutalist", "Anora", won=(0,)),
            ],
            [("Anora", 0, 2), ("The Brutalist", 2, 2)],
            id="the night's own film leads although another has won more; a film counts once a category",
        ),
        pytest.param(
            None,
            [award("Wicked", "Wicked", "Conclave", "Nickel Boys", won=(0, 1, 2))],
            [("Conclave", 1, 1), ("Wicked", 1, 1), ("Nickel Boys", 0, 1)],
            id="a tie counts for both films, once for a film that wins twice",
        ),
        pytest.param(
            "Nobody's",
            [award("Émilia", "Zebra", "apple", "Twice"), award("Twice")],
            [("Twice", 0, 2), ("Zebra", 0, 1), ("apple", 0, 1), ("Émilia", 0, 1)],
            id="equal films stand by name, more nominations first; an own film without nominations adds no row",
        ),
    ],
)
def test_the_tally(own: str | None, categories: list[Category], expected: list[tuple[str, int, int]]) -> None:
    assert [(row.film, row.won, row.nominated) for row in tally(categories, own)] == expected


def test_what_every_page_asks_for_costs_no_more_in_a_long_night() -> None:
    def asked(posts: int) -> float:
        made = [Post(id=f"p{seq:06}", published_at=f"{seq:06}", seq=seq) for seq in range(1, posts + 1)]
        timeline = Timeline("night", posts, made, times={ref_of(post): post.published_at for post in made})
        began, middle = time.process_time(), made[posts // 2]
        for _ in range(300):
            assert timeline.last == made[-1].published_at
            assert (timeline.moments, timeline.telling) == ([], [])
            assert len(timeline.around(middle, 2)[0]) == 2
        return time.process_time() - began

    assert min(asked(20_000) for _ in range(3)) < 5 * min(asked(200) for _ in range(3))


def test_a_position_of_a_lost_history_gets_the_whole_state() -> None:
    """The numbers fit, because they were given again; the mark does not."""
    timeline = Timeline("night", 0, [])
    for seq, mark in ((1, "one" * 10), (2, "two" * 10)):
        post = Post(id=f"p{seq}", published_at=f"{seq}", seq=seq)
        timeline.apply(Change(epoch="night", seq=seq, at=f"{seq}", objects=[post], mark=mark))
    assert timeline.since(Position("night", 1, "oneoneoneone")).objects == [timeline.get("post", "p2")]
    assert timeline.since(Position("night", 1)).reset is False
    lost = timeline.since(Position("night", 1, "another mark"))
    assert (lost.reset, len(lost.objects)) == (True, 2)
    assert timeline.is_at(Position("night", 2, "twotwotwotwo"))
    assert not timeline.is_at(Position("night", 2, "oneoneoneone"))


def test_a_number_that_may_have_been_given_twice_is_believed_only_with_its_mark() -> None:
    timeline = Timeline("night", 0, [])
    for seq in range(1, 8):
        post = Post(id=f"p{seq}", published_at=f"{seq}", seq=seq)
        forks = ((2, 4), (5, 6)) if seq > 2 else ()
        timeline.apply(Change(epoch="night", seq=seq, at=f"{seq}", objects=[post], mark=f"{seq}" * 20, forks=forks))
    assert [seq for seq in range(8) if timeline.since(Position("night", seq)).reset] == [3, 4, 6]
    assert not any(timeline.since(Position("night", seq, f"{seq}" * 12)).reset for seq in range(1, 8))
    timeline.apply(Change(epoch="night", seq=8, at="8", objects=[]))  # of a release that notes none
    assert timeline.forks == ((2, 4), (5, 6))


@pytest.mark.parametrize(
    ("epoch", "seq", "mark", "parts"),
    [
        ("night", 2, "one", False),
        ("night", 3, "one", False),  # its change is not remembered any more
        ("night", 9, "one", True),
        ("night", 4, "one", True),
        ("night", 4, "four", False),
        ("night", 4, "", False),
        ("other", 9, "one", False),
    ],
)
def test_two_histories_part_if_one_has_more_or_another_mark(epoch: str, seq: int, mark: str, parts: bool) -> None:
    here = Timeline("night", 6, [], mark="six", marks={2: "one", 4: "four"})
    assert Timeline(epoch, seq, [], mark=mark).parts_from(here) is parts
