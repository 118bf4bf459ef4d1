"""Drafts and prepared outcomes: only the desk sees them, until one change publishes them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from liveblog import actions, drafts
from liveblog.drafts import Writer
from liveblog.errors import Forbidden, Invalid, NotFound, WrongState
from liveblog.model import Draft, Outcome, Post, When
from tests.newsroom import Newsroom, only, open_newsroom

ADA = Writer(name="Ada", editor=True)
CARL = Writer(name="Carl", editor=False)


@pytest.fixture
def newsroom() -> Newsroom:
    return open_newsroom()


def saved(newsroom: Newsroom, by: Writer = CARL, **fields: object) -> Draft:
    return only(newsroom.do(drafts.save, by=by, **{"body": "Seen at the door", **fields}).objects, Draft)


def current(newsroom: Newsroom, draft: Draft) -> Draft:
    return newsroom.find(Draft, draft.id)


def prepare(newsroom: Newsroom, nominee: str, **fields: object) -> Draft:
    return saved(newsroom, ADA, outcome=Outcome(category="director", nominee=nominee), **fields)


def result(newsroom: Newsroom) -> Post:
    (found,) = [post for post in newsroom.posts if post.type == "result"]
    return found


def test_a_contributor_writes_and_submits_and_an_editor_publishes_in_one_change(newsroom: Newsroom) -> None:
    draft = saved(newsroom, headline="Doors")
    newsroom.do(drafts.edit, draft.id, by=CARL, body="Seen at the side door", key=True)
    newsroom.do(drafts.submit, draft.id, by=CARL)
    assert (current(newsroom, draft).state, current(newsroom, draft).author) == ("submitted", "Carl")
    post = only(newsroom.do(drafts.publish, draft.id).objects, Post)
    assert (post.headline, post.body, post.key) == ("Doors", "Seen at the side door", True)
    assert current(newsroom, draft) == Draft(id=draft.id, gone=True, seq=4)
    with pytest.raises(NotFound):
        newsroom.do(drafts.publish, draft.id)


def test_an_editor_returns_a_submitted_draft_with_a_note(newsroom: Newsroom) -> None:
    draft = saved(newsroom)
    with pytest.raises(WrongState):
        newsroom.do(drafts.give_back, draft.id, by=ADA, note="Not yet")
    newsroom.do(drafts.submit, draft.id, by=CARL)
    newsroom.do(drafts.give_back, draft.id, by=ADA, note="Who said so?")
    assert (current(newsroom, draft).state, current(newsroom, draft).note) == ("returned", "Who said so?")
    newsroom.do(drafts.submit, draft.id, by=CARL)
    assert current(newsroom, draft).note is None


def test_a_draft_is_filed_under_a_category_that_is_on_the_running_order(newsroom: Newsroom) -> None:
    with pytest.raises(Invalid, match="no category makeup"):
        saved(newsroom, category="makeup")
    draft = saved(newsroom, category="director")
    newsroom.objects["blog:anora"] = replace(newsroom.timeline().blog, order=["picture"])
    with pytest.raises(Invalid, match="no category director"):  # it was removed meanwhile
        newsroom.do(drafts.publish, draft.id)


def test_contributors_cannot_change_what_is_not_theirs(newsroom: Newsroom) -> None:
    hers = saved(newsroom, ADA)
    for act in (drafts.edit, drafts.submit, drafts.discard):
        with pytest.raises(Forbidden):
            newsroom.do(act, hers.id, by=CARL)
    with pytest.raises(Forbidden):
        saved(newsroom, CARL, publish_at="2025-03-03T02:00:00Z")
    his = saved(newsroom)
    newsroom.do(drafts.edit, his.id, by=ADA, publish_at="2025-03-03T02:00:00Z")
    for act, fields in ((drafts.edit, {"body": "Else"}), (drafts.submit, {}), (drafts.discard, {})):
        with pytest.raises(Forbidden):  # it would be published without another review, or not at all
            newsroom.do(act, his.id, by=CARL, **fields)


def test_a_draft_has_one_valid_plan(newsroom: Newsroom) -> None:
    draft = saved(newsroom, ADA, publish_at="2025-03-02T18:00:00-08:00")
    assert draft.publish_at == "2025-03-03T02:00:00.000Z"
    on_stage = When(category="director", state="on_stage")
    for wrong in (
        {"on": on_stage},
        {"publish_at": "tonight"},
        {"publish_at": "2025-03-02T18:00:00"},
        {"publish_at": None, "outcome": Outcome(category="director", nominee="nobody")},
        {"body": "  "},
    ):
        with pytest.raises(Invalid):
            newsroom.do(drafts.edit, draft.id, by=ADA, **wrong)
    newsroom.do(drafts.edit, draft.id, by=ADA, publish_at=None, on=on_stage)
    newsroom.do(actions.on_stage, "director")
    newsroom.do(drafts.edit, draft.id, by=ADA, body="Still editable although the moment has come")
    with pytest.raises(Invalid):
        saved(newsroom, ADA, on=on_stage)
    with pytest.raises(Invalid):
        saved(newsroom, body="", headline=None)


def test_a_draft_with_a_headline_alone_can_be_scheduled_and_published(newsroom: Newsroom) -> None:
    draft = saved(newsroom, ADA, body="", headline="Doors open", publish_at="2025-03-02T18:00:00-08:00")
    assert only(newsroom.do(drafts.publish, draft.id).objects, Post).headline == "Doors open"
    prepare(newsroom, "sean-baker", body="", headline="Baker does it")
    newsroom.do(actions.announce, "director", winners=["sean-baker"])
    assert result(newsroom).headline == "Baker does it"
    assert "wins Best Director" in result(newsroom).body


def test_announcing_publishes_the_winners_text_and_puts_all_prepared_ones_away(newsroom: Newsroom) -> None:
    sean = prepare(newsroom, "sean-baker", headline="Baker does it", body="His **first** Oscar.", byline="Ada")
    brady = prepare(newsroom, "brady-corbet", body="The long film wins.")
    change = newsroom.do(actions.announce, "director", winners=["sean-baker"])
    assert len(change.objects) == 2
    post = result(newsroom)
    assert (post.headline, post.body, post.byline) == ("Baker does it", "His **first** Oscar.", "Ada")
    assert all(current(newsroom, draft).put_away for draft in (sean, brady))
    with pytest.raises(WrongState):
        prepare(newsroom, "coralie-fargeat")


def test_the_text_of_a_call_takes_precedence_over_the_prepared_one(newsroom: Newsroom) -> None:
    prepare(newsroom, "sean-baker", headline="Baker does it", body="Prepared.")
    newsroom.do(actions.announce, "director", winners=["sean-baker"], body="Written now.")
    assert (result(newsroom).headline, result(newsroom).body) == ("Baker does it", "Written now.")


def test_a_prepared_text_goes_out_with_its_result_or_not_at_all(newsroom: Newsroom) -> None:
    """The loser's text must not reach readers by one wrong click."""
    brady = prepare(newsroom, "brady-corbet")
    with pytest.raises(WrongState):
        newsroom.do(drafts.publish, brady.id)
    newsroom.do(actions.announce, "director", winners=["sean-baker"])
    with pytest.raises(WrongState):
        newsroom.do(drafts.publish, brady.id)
    newsroom.do(drafts.edit, brady.id, by=ADA, outcome=None, body="What might have been")
    assert not current(newsroom, brady).put_away
    newsroom.do(drafts.publish, brady.id)


def test_in_a_tie_each_winners_text_is_released(newsroom: Newsroom) -> None:
    prepare(newsroom, "sean-baker", headline="Baker does it", body="His first.")
    newsroom.do(actions.announce, "director", winners=["sean-baker", "coralie-fargeat"])
    post = result(newsroom)
    assert post.headline == "Best Director: Sean Baker and Coralie Fargeat"
    assert "## Baker does it\n\nHis first.\n\n## Coralie Fargeat\n\n**Coralie Fargeat** wins" in post.body


def test_a_recall_publishes_the_right_text_or_makes_all_available_again(newsroom: Newsroom) -> None:
    sean, brady = prepare(newsroom, "sean-baker", body="Baker's."), prepare(newsroom, "brady-corbet", body="Corbet's.")
    newsroom.do(actions.announce, "director", winners=["brady-corbet"])
    newsroom.do(actions.recall, "director", note="The wrong card", winners=["sean-baker"])
    assert (result(newsroom).body, result(newsroom).headline) == ("Baker's.", "Best Director: Sean Baker")
    assert all(current(newsroom, draft).put_away for draft in (sean, brady))
    newsroom.do(actions.recall, "director", note="Wrong again")
    assert not any(current(newsroom, draft).put_away for draft in (sean, brady))
    assert "Baker" not in result(newsroom).body


def test_there_is_one_text_for_each_outcome(newsroom: Newsroom) -> None:
    draft = prepare(newsroom, "sean-baker")
    with pytest.raises(WrongState):
        prepare(newsroom, "sean-baker")
    newsroom.do(drafts.edit, draft.id, by=ADA, outcome=draft.outcome, body="Better")


def test_a_post_is_taken_back_within_ten_seconds(newsroom: Newsroom) -> None:
    (post,) = newsroom.do(actions.publish, body="Too early", headline="Oh").objects
    with pytest.raises(WrongState):
        newsroom.do(drafts.undo, post.id, by=ADA, now="2025-03-03T00:00:30.000Z")
    newsroom.do(drafts.undo, post.id, by=ADA, now="2025-03-03T00:00:05.000Z")
    (draft,) = newsroom.drafts()
    assert (draft.headline, draft.body, draft.author) == ("Oh", "Too early", "Ada")
    assert all(other.id != post.id for other in newsroom.posts)


def test_an_edited_post_or_a_called_result_is_not_undone(newsroom: Newsroom) -> None:
    soon = "2025-03-03T00:00:05.000Z"
    (post,) = newsroom.do(actions.publish, body="Too early").objects
    newsroom.do(actions.edit_post, post.id, body="Somebody has mended it")
    with pytest.raises(WrongState, match="edited meanwhile"):
        newsroom.do(drafts.undo, post.id, by=ADA, now=soon)
    newsroom.do(actions.announce, "director", winners=["sean-baker"])
    with pytest.raises(WrongState, match="recall"):
        newsroom.do(drafts.undo, result(newsroom).id, by=ADA, now=soon)
    assert newsroom.drafts() == []


def test_undoing_a_pinned_post_gives_the_preview_its_place_back(newsroom: Newsroom) -> None:
    preview = newsroom.timeline().blog.pinned
    change = newsroom.do(actions.publish, body="Too early", pin=True)
    post = next(obj for obj in change.objects if isinstance(obj, Post))
    assert newsroom.timeline().blog.pinned == post.id
    newsroom.do(drafts.undo, post.id, by=ADA, now=change.at)
    assert newsroom.timeline().blog.pinned == preview
