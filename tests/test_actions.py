"""The editorial acts: each makes one change, and refuses what does not fit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from liveblog import actions, drafts
from liveblog.actions import Plan
from liveblog.checks import NewNominee
from liveblog.errors import Invalid, NotFound, Refusal, WrongState
from liveblog.model import Blog, Category, Change, Doubt, Draft, Media, Post, public
from liveblog.timeline import Tally
from tests.newsroom import Newsroom, only, open_newsroom


@pytest.fixture
def newsroom() -> Newsroom:
    return open_newsroom()


def announced(newsroom: Newsroom, *winners: str) -> Change:
    return newsroom.do(actions.announce, "director", winners=winners)


def test_a_blog_opens_with_its_board_and_its_pinned_preview_in_one_change(newsroom: Newsroom) -> None:
    timeline = newsroom.timeline()
    assert timeline.seq == 1
    assert [c.id for c in timeline.categories] == ["director", "picture"]
    assert timeline.pinned is not None
    assert timeline.pinned.type == "preview"


def test_a_result_is_one_act(newsroom: Newsroom) -> None:
    newsroom.do(actions.on_stage, "director")
    change = announced(newsroom, "sean-baker")
    category, post = only(change.objects, Category), only(change.objects, Post)
    assert category.state == "announced"
    assert category.winners == ["sean-baker"]
    assert category.post == post.id
    assert category.announced_at == post.published_at == change.at
    assert post.headline == "Best Director: Sean Baker"
    assert newsroom.timeline().board().tally[0] == Tally("Anora", 1, 2)


def test_a_tie_has_two_winners(newsroom: Newsroom) -> None:
    category = only(announced(newsroom, "coralie-fargeat", "sean-baker").objects, Category)
    assert category.winners == ["sean-baker", "coralie-fargeat"]


def test_a_wrong_envelope_is_corrected_in_one_change(newsroom: Newsroom) -> None:
    post = only(announced(newsroom, "brady-corbet").objects, Post)
    newsroom.do(actions.confirm, "director")
    change = newsroom.do(actions.recall, "director", note="The wrong card was read", winners=["sean-baker"])
    category, corrected = only(change.objects, Category), only(change.objects, Post)
    assert category.winners == ["sean-baker"]
    assert category.state == "announced"
    assert corrected.id == post.id
    assert corrected.headline == "Best Director: Sean Baker"
    assert corrected.corrections == category.corrections
    assert corrected.corrections[0].note == "The wrong card was read"


def test_a_correction_that_is_sent_again_is_told_once(newsroom: Newsroom) -> None:
    """A failover lost the key of the first attempt; what it did was put back."""
    post = only(newsroom.do(actions.publish, body="The first cars").objects, Post)

    def told(body: str, correction: str) -> list[str]:
        newsroom.do(actions.edit_post, post.id, body=body, correction=correction)
        return [each.note for each in newsroom.find(Post, post.id).corrections]

    assert told("The second cars", "They were the second") == ["They were the second"]
    assert told("The second cars", "They were the second") == ["They were the second"]
    assert told("The third cars", "They were the second") == ["They were the second"] * 2
    assert told("The third cars", "They were the third") == ["They were the second"] * 2 + ["They were the third"]


def test_recalling_without_a_winner_goes_back_on_stage(newsroom: Newsroom) -> None:
    announced(newsroom, "brady-corbet")
    change = newsroom.do(actions.recall, "director", note="Wrong card")
    category, post = only(change.objects, Category), only(change.objects, Post)
    assert (category.state, category.winners, category.announced_at) == ("on_stage", [], None)
    assert "Brady" not in (post.headline or "") + post.body
    assert newsroom.timeline().board().tally[0].won == 0
    again = only(announced(newsroom, "sean-baker").objects, Category)
    assert again.winners == ["sean-baker"]


def test_a_recall_without_a_note_says_the_standing_words_and_who_was_announced(newsroom: Newsroom) -> None:
    post = only(announced(newsroom, "brady-corbet", "coralie-fargeat").objects, Post)
    change = newsroom.do(actions.recall, "director")
    (correction,) = only(change.objects, Category).corrections
    assert correction.note == "The wrong winner was announced."
    assert correction.was == ["Brady Corbet", "Coralie Fargeat"]
    assert (correction.at, correction.post) == (change.at, post.id)
    assert only(change.objects, Post).corrections == [correction]


def test_the_note_of_a_recall_can_be_changed_later_with_its_post_and_only_that(newsroom: Newsroom) -> None:
    with pytest.raises(WrongState, match="never recalled"):
        newsroom.do(actions.edit_category, "director", correction="Two cards")
    first = only(announced(newsroom, "brady-corbet").objects, Post)
    newsroom.do(actions.edit_post, first.id, correction="The film's name was misspelt")
    newsroom.do(actions.recall, "director")
    second = only(announced(newsroom, "sean-baker").objects, Post)  # the recall is on the first post
    change = newsroom.do(actions.edit_category, "director", correction="Two cards were on stage")
    category, post = only(change.objects, Category), only(change.objects, Post)
    assert [each.note for each in post.corrections] == ["The film's name was misspelt", "Two cards were on stage"]
    assert category.corrections == post.corrections[1:]
    assert (post.id, category.post, category.winners) == (first.id, second.id, ["sean-baker"])
    with pytest.raises(Invalid) as no:
        newsroom.do(actions.edit_category, "director", correction=" ")
    assert no.value.field == "correction"
    newsroom.do(actions.retract, first.id)
    change = newsroom.do(actions.edit_category, "director", correction="It stays on the board")
    assert only(change.objects, Category).corrections[0].note == "It stays on the board"
    assert len(change.objects) == 1


def test_a_doubt_is_one_change_of_the_result_and_its_post_and_its_award_is_open(newsroom: Newsroom) -> None:
    announced(newsroom, "sean-baker")
    change = newsroom.do(actions.doubt, "director", note="The card may be wrong")
    category, post = only(change.objects, Category), only(change.objects, Post)
    assert category.doubt == Doubt(at=change.at, note="The card may be wrong")
    assert (category.state, category.winners, category.post) == ("announced", ["sean-baker"], post.id)
    assert post.updated_at == change.at
    assert newsroom.timeline().board().tally[0].won == 0


def test_a_second_doubt_can_only_change_the_note(newsroom: Newsroom) -> None:
    announced(newsroom, "sean-baker")
    newsroom.do(actions.confirm, "director")
    first = only(newsroom.do(actions.doubt, "director").objects, Category)
    noted = newsroom.do(actions.doubt, "director", note="Two cards were on stage")
    assert first.doubt is not None
    assert only(noted.objects, Category).doubt == replace(first.doubt, note="Two cards were on stage")
    assert only(noted.objects, Post).updated_at == noted.at
    (same,) = newsroom.do(actions.doubt, "director").objects  # nothing new, so the post is as it was
    assert replace(same, seq=noted.seq) == only(noted.objects, Category)


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_doubt_ends_with_the_confirmation_or_the_recall(newsroom: Newsroom, confirmed: bool) -> None:
    announced(newsroom, "sean-baker")
    for act, fields in ((actions.confirm, {}), (actions.recall, {"note": "Wrong card", "winners": ["brady-corbet"]})):
        if confirmed and newsroom.find(Category, "director").state != "confirmed":
            newsroom.do(actions.confirm, "director")
        newsroom.do(actions.doubt, "director")
        change = newsroom.do(act, "director", **fields)
        assert only(change.objects, Category).doubt is None
        assert only(change.objects, Post).updated_at == change.at
    newsroom.do(actions.doubt, "director")
    withdrawn = newsroom.do(actions.recall, "director", note="Nobody knows")
    assert only(withdrawn.objects, Category).doubt is None


def test_a_doubt_needs_a_result_but_no_post(newsroom: Newsroom) -> None:
    for _ in range(2):
        with pytest.raises(WrongState, match="no result to doubt"):
            newsroom.do(actions.doubt, "director")
        if newsroom.find(Category, "director").state == "upcoming":
            newsroom.do(actions.on_stage, "director")
    newsroom.do(actions.retract, only(announced(newsroom, "sean-baker").objects, Post).id)
    for act in (actions.doubt, actions.confirm):
        only(newsroom.do(act, "director").objects, Category)
    with pytest.raises(WrongState, match="only an announced result"):
        newsroom.do(actions.confirm, "director")


def test_only_one_category_is_on_stage(newsroom: Newsroom) -> None:
    newsroom.do(actions.on_stage, "director")
    newsroom.do(actions.on_stage, "picture")
    assert [c.state for c in newsroom.timeline().categories] == ["upcoming", "on_stage"]


def test_a_category_leaves_the_running_order_with_a_bare_tombstone_and_may_come_again(newsroom: Newsroom) -> None:
    change = newsroom.do(actions.remove_category, "director")
    assert public(only(change.objects, Category)) == {"kind": "category", "id": "director", "seq": 2, "removed": True}
    assert only(change.objects, Blog).order == ["picture"]
    assert [c.id for c in newsroom.timeline().board().categories] == ["picture"]
    for act, fields in ((actions.remove_category, {}), (actions.on_stage, {}), (actions.edit_category, {"name": "X"})):
        with pytest.raises(NotFound):
            newsroom.do(act, "director", **fields)
    newsroom.do(actions.add_category, id="director", name="Best Director")
    assert [c.id for c in newsroom.timeline().categories] == ["picture", "director"]


def test_a_category_in_use_is_not_removed(newsroom: Newsroom) -> None:
    ada = drafts.Writer(name="Ada", editor=True)
    newsroom.do(drafts.save, by=ada, body="For later", category="director")
    newsroom.do(actions.on_stage, "picture")
    for category in ("director", "picture"):
        with pytest.raises(WrongState):
            newsroom.do(actions.remove_category, category)


def test_a_retracted_post_leaves_a_bare_tombstone_and_no_pin(newsroom: Newsroom) -> None:
    pinned = newsroom.timeline().pinned
    assert pinned is not None
    change = newsroom.do(actions.retract, pinned.id)
    assert public(only(change.objects, Post)) == {"kind": "post", "id": pinned.id, "seq": 2, "retracted": True}
    assert only(change.objects, Blog).pinned is None
    assert b"Six nominations" not in repr(newsroom.timeline().objects).encode()


def test_pinning_includes_the_posts_text(newsroom: Newsroom) -> None:
    post = only(newsroom.do(actions.publish, body="Doors open").objects, Post)
    change = newsroom.do(actions.pin, post=post.id)
    assert only(change.objects, Blog).pinned == post.id
    assert only(change.objects, Post).body == "Doors open"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"body": "  \n "}, "body"),
        ({"body": "a\x00b"}, "body"),
        ({"body": "x" * 70_000}, "body"),
        ({"body": "ok", "headline": "h" * 301}, "headline"),
        ({"body": "ok", "category": "makeup"}, "category"),
        ({"body": "ok", "type": "rumour"}, "type"),
    ],
)
def test_a_bad_post_is_refused_and_its_field_named(newsroom: Newsroom, fields: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as no:
        newsroom.do(actions.publish, **fields)
    assert no.value.field == field
    assert len(newsroom.changes) == 1


def pins(newsroom: Newsroom) -> list[str]:
    blog = newsroom.timeline().blog
    assert [post.id for post in newsroom.timeline().pins] == [id for id in (blog.pinned, blog.pinned_below) if id]
    return [post.id for post in newsroom.timeline().pins]


def test_the_preview_stays_below_another_pinned_post_and_gets_its_place_back(newsroom: Newsroom) -> None:
    (preview,) = pins(newsroom)
    one, two = (only(newsroom.do(actions.publish, body=body).objects, Post).id for body in ("One", "Two"))
    for id in (one, two, two):
        newsroom.do(actions.pin, post=id)
        assert pins(newsroom) == [id, preview]
    newsroom.do(actions.pin, post=None)
    assert pins(newsroom) == [preview]
    newsroom.do(actions.pin, post=one)
    newsroom.do(actions.retract, one)
    assert pins(newsroom) == [preview]
    newsroom.do(actions.pin, post=None)
    assert pins(newsroom) == []
    newsroom.do(actions.pin, post=two)
    assert pins(newsroom) == [two]


def test_a_new_preview_takes_the_place_of_the_old_one(newsroom: Newsroom) -> None:
    (old,) = pins(newsroom)
    post = only(newsroom.do(actions.publish, body="One", pin=True).objects, Post).id
    assert pins(newsroom) == [post, old]
    newsroom.do(actions.pin, post=old)
    assert pins(newsroom) == [old]
    newer = only(newsroom.do(actions.publish, type="preview", body="Better", pin=True).objects, Post).id
    assert pins(newsroom) == [newer]
    newsroom.do(actions.pin, post=post)
    newsroom.do(actions.retract, newer)
    assert pins(newsroom) == [post]


PHOTO = Media(name="0123456789abcdef0123456789abcdef.webp", width=8, height=6, alt="The doors")


@pytest.mark.parametrize("fields", [{"headline": "Doors open"}, {"media": [PHOTO]}, {"body": "Open"}])
def test_a_headline_a_picture_or_a_text_is_enough(newsroom: Newsroom, fields: dict[str, object]) -> None:
    post = only(newsroom.do(actions.publish, **fields).objects, Post)
    nothing: dict[str, object] = {"headline": None, "media": [], "body": ""}
    with pytest.raises(Invalid, match="a headline or a picture is needed"):
        newsroom.do(actions.edit_post, post.id, **{name: nothing[name] for name in fields})
    newsroom.do(actions.edit_post, post.id, **nothing | {"headline": "Doors, at last"})


@pytest.mark.parametrize(("fields", "field"), [({"body": " "}, "body"), ({"category": "makeup"}, "category")])
def test_an_edit_is_refused_like_a_new_post(newsroom: Newsroom, fields: dict[str, object], field: str) -> None:
    post = only(newsroom.do(actions.publish, body="Doors open").objects, Post)
    with pytest.raises(Invalid) as no:
        newsroom.do(actions.edit_post, post.id, **fields)
    assert no.value.field == field


@pytest.mark.parametrize(
    ("winners", "detail"),
    [([], "at least one"), (["sean-baker", "sean-baker"], "twice"), (["anora"], "not nominated")],
)
def test_a_wrong_winner_is_refused(newsroom: Newsroom, winners: list[str], detail: str) -> None:
    with pytest.raises(Invalid, match=detail):
        announced(newsroom, *winners)


def test_acts_out_of_turn_are_refused(newsroom: Newsroom) -> None:
    post = only(announced(newsroom, "sean-baker").objects, Post)
    newsroom.do(actions.retract, post.id)
    acts: list[tuple[type[Refusal], Callable[..., Plan], tuple[str, ...], dict[str, object]]] = [
        (WrongState, actions.announce, ("director",), {"winners": ["sean-baker"]}),
        (WrongState, actions.on_stage, ("director",), {}),
        (WrongState, actions.confirm, ("picture",), {}),
        (WrongState, actions.recall, ("picture",), {"note": "no"}),
        (NotFound, actions.retract, (post.id,), {}),
        (NotFound, actions.edit_post, (post.id,), {"body": "back"}),
        (NotFound, actions.pin, (), {"post": post.id}),
        (NotFound, actions.on_stage, ("makeup",), {}),
        (Invalid, actions.recall, ("director",), {"note": " "}),
        (Invalid, actions.edit_blog, (), {"order": ["director"]}),
        (Invalid, actions.edit_blog, (), {"timezone": "Mars/Base"}),
        (Invalid, actions.edit_category, ("director",), {"nominees": [NewNominee(name="Nobody", film="None")]}),
        (Invalid, actions.add_category, (), {"name": "Best Director", "id": "director"}),
    ]
    before = len(newsroom.changes)
    for error, act, args, fields in acts:
        with pytest.raises(error):
            newsroom.do(act, *args, **fields)
    assert len(newsroom.changes) == before


def test_a_blog_says_when_its_title_or_summary_changed(newsroom: Newsroom) -> None:
    newsroom.do(actions.edit_blog, timezone="Asia/Tokyo", title=newsroom.timeline().blog.title)
    assert newsroom.timeline().blog.reworded_at is None
    newsroom.do(actions.edit_blog, title="Anora wins!")
    assert newsroom.timeline().blog.reworded_at is not None


def test_a_blog_that_readers_could_see_cannot_become_a_draft_again(newsroom: Newsroom) -> None:
    for status in ("preview", "live", "ended"):
        newsroom.do(actions.edit_blog, status=status)
        with pytest.raises(WrongState, match="cannot become a draft again"):
            newsroom.do(actions.edit_blog, status="draft")
    newsroom.objects["blog:anora"] = replace(newsroom.timeline().blog, status="draft")
    assert only(newsroom.do(actions.edit_blog, status="draft", title="Still private").objects, Blog).status == "draft"


def test_names_without_latin_letters_get_ids_of_their_own(newsroom: Newsroom) -> None:
    nominees = [NewNominee(name="宮崎駿", film="君たちはどう生きるか"), NewNominee(name="山崎貴", film="ゴジラ")]
    first = only(newsroom.do(actions.add_category, name="監督賞", nominees=nominees).objects, Category)
    assert (first.id, [nominee.id for nominee in first.nominees]) == ("category-3", ["nominee-1", "nominee-2"])
    newsroom.do(actions.add_category, name="Fifth", id="category-5")
    later = [newsroom.do(actions.add_category, name=name) for name in ("作品賞", "脚本賞")]
    assert [only(change.objects, Category).id for change in later] == ["category-6", "category-7"]


def test_two_nominees_of_one_name_are_told_apart_where_one_of_them_is_named_alone(newsroom: Newsroom) -> None:
    nominees = [NewNominee(name="John Williams", film=film) for film in ("One", "Two")]
    newsroom.do(actions.add_category, name="Score", nominees=[*nominees, NewNominee(name="Camille", film="One")])
    called = newsroom.do(actions.announce, "score", winners=["john-williams"])
    assert only(called.objects, Post).headline == "Score: John Williams (One)"
    corrected = newsroom.do(actions.recall, "score", winners=["camille"])
    assert only(corrected.objects, Category).corrections[-1].was == ["John Williams (One)"]
    assert only(corrected.objects, Post).headline == "Score: Camille"


def test_a_blog_is_created_once(newsroom: Newsroom) -> None:
    with pytest.raises(WrongState) as no:
        newsroom.do(actions.create_blog, slug="anora", title="Again")
    assert no.value.code == "exists"
    with pytest.raises(Invalid):
        newsroom.do(actions.create_blog, slug="Not A Slug", title="x")
    with pytest.raises(Invalid, match="sign-in is an address of the desk itself") as refused:
        newsroom.do(actions.create_blog, slug="sign-in", title="x")
    assert refused.value.field == "slug"


EDITOR = drafts.Writer(name="Ana", editor=True)
CARPET = Media(name="1" * 32 + ".webp", width=9, height=9, alt="A carpet")
GUESTS = replace(CARPET, name="2" * 32 + ".webp", alt="Guests")


def test_a_deleted_picture_leaves_all_texts_in_one_change(newsroom: Newsroom) -> None:
    preview = newsroom.timeline().pinned
    assert preview is not None
    newsroom.do(actions.edit_post, preview.id, media=[CARPET], headline=None, body="Tonight.")
    both = only(newsroom.do(actions.publish, media=[GUESTS, CARPET]).objects, Post)
    newsroom.do(drafts.save, by=EDITOR, body="Later", media=[CARPET])
    newsroom.do(drafts.save, by=EDITOR, media=[CARPET])
    change = newsroom.do(actions.drop_picture, CARPET.name, posts=[preview.id, both.id, "unknown"])
    edited = {post.id: post for post in change.objects if isinstance(post, Post)}
    assert [edited[both.id].media, edited[preview.id].media] == [[GUESTS], []]
    assert edited[both.id].updated_at == change.at
    assert [(draft.body, draft.media) for draft in newsroom.drafts()] == [("Later", [])]
    assert newsroom.timeline().pinned is not None


def test_what_was_only_the_deleted_picture_is_retracted_with_its_pin(newsroom: Newsroom) -> None:
    preview = newsroom.timeline().pinned
    assert preview is not None
    newsroom.do(actions.edit_post, preview.id, media=[CARPET], headline=None, body="")
    alone = only(newsroom.do(actions.publish, media=[CARPET], pin=True).objects, Post)
    change = newsroom.do(actions.drop_picture, CARPET.name, posts=[preview.id, alone.id])
    assert all(post.retracted for post in change.objects if isinstance(post, Post))
    blog = only(change.objects, Blog)
    assert (blog.pinned, blog.pinned_below) == (None, None)
    assert newsroom.posts == []


def test_a_takedown_leaves_the_result_without_its_post_and_without_words_about_it(newsroom: Newsroom) -> None:
    first = only(announced(newsroom, "brady-corbet").objects, Post)
    newsroom.do(actions.recall, "director", note="It was Sean Baker.", winners=["sean-baker"])
    newsroom.do(actions.doubt, "director", note="The card was smudged.")
    newsroom.do(actions.pin, post=first.id)
    copy = only(newsroom.do(drafts.save, by=EDITOR, body="A copy").objects, Draft)
    change = newsroom.do(actions.take_down, first.id, drafts=[copy.id, "unknown"])
    category = only(change.objects, Category)
    assert (category.winners, category.post, category.corrections) == (["sean-baker"], None, [])
    assert category.doubt is not None
    assert category.doubt.note is None
    assert only(change.objects, Post).retracted
    assert newsroom.timeline().pinned != first
    assert newsroom.drafts() == []
    again = newsroom.do(actions.take_down, first.id)
    assert [type(obj) for obj in again.objects] == [Post]
    rumour = only(newsroom.do(drafts.save, by=EDITOR, body="A rumour").objects, Draft)
    assert newsroom.do(actions.take_down, rumour.id, drafts=[copy.id, "unknown"]).seq
    assert newsroom.drafts() == []
    with pytest.raises(NotFound):
        newsroom.do(actions.take_down, "nothing")
