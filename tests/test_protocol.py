"""Positions and payloads: one parser and one maker for every transport."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

import pytest

from liveblog.errors import Invalid, NotFound, Refusal
from liveblog.model import Position, position_of, position_of_id
from liveblog.protocol import (
    LONGEST_WAIT,
    SHORTEST_WAIT,
    TURN,
    Cursor,
    as_catch_up,
    asked,
    catch_up,
    cursor_of,
    held,
    introduced,
    step,
    with_cursor,
)
from liveblog.web.render import message
from tests.newsroom import open_newsroom

LAST = (1 << 53) - 1


@pytest.mark.parametrize(
    ("epoch", "seq", "position"),
    [
        ("e", 7, Position("e", 7)),
        ("e", 0, Position("e", 0)),
        ("a:b", LAST, Position("a:b", LAST)),
        ("e" * 64, 1, Position("e" * 64, 1)),
        (None, None, None),
        ("", "", None),
        ("", 0, None),
        (None, 0, None),
    ],
)
def test_the_same_positions_are_valid_in_a_query_an_event_and_a_socket(
    epoch: Any, seq: Any, position: Position | None
) -> None:
    assert position_of(epoch, seq) == held(epoch, seq) == position
    text = {name: str(value) for name, value in (("epoch", epoch), ("after", seq)) if value is not None}
    assert asked(text) == position
    assert introduced({"blog": "anora", "epoch": epoch, "seq": seq}) == ("anora", position)
    if position is not None:
        assert asked({"epoch": "other"}, f"{epoch}:{seq}") == position_of_id(f"{epoch}:{seq}") == position


@pytest.mark.parametrize(
    ("epoch", "seq", "field"),
    [
        ("e" * 65, 1, "epoch"),
        ("", 1, "epoch"),
        ("a b", 1, "epoch"),
        ("é", 1, "epoch"),
        ("e", LAST + 1, "after"),
        ("e", -1, "after"),
        ("e", "", "after"),
        ("e", "x", "after"),
    ],
)
def test_the_same_positions_are_invalid(epoch: str, seq: Any, field: str) -> None:
    with pytest.raises(Invalid) as no:
        asked({"epoch": epoch, "after": str(seq)})
    assert no.value.field == field
    with pytest.raises(Invalid) as no:
        asked({}, f"{epoch}:{seq}")
    assert no.value.field == "Last-Event-ID"
    with pytest.raises(Refusal) as refusal:
        introduced({"blog": "anora", "epoch": epoch, "seq": seq})
    assert refusal.value.code == "bad_position"


@pytest.mark.parametrize(("epoch", "seq"), [(["e"], 1), ("e", True), ("e", "1"), ("e", 1.0), (False, 0), ("", False)])
def test_a_socket_sends_a_text_and_a_number(epoch: Any, seq: Any) -> None:
    with pytest.raises(Refusal) as no:
        held(epoch, seq)
    assert no.value.code == "bad_position"


def test_a_client_names_a_blog() -> None:
    nameless: list[object] = [None, [], {}, {"blog": 7}]
    for auth in nameless:
        with pytest.raises(Refusal) as no:
            introduced(auth)
        assert no.value.code == "bad_request"
    with pytest.raises(NotFound):
        introduced({"blog": "../anora"})


def test_a_change_is_the_catch_up_after_the_position_before_it() -> None:
    newsroom = open_newsroom()
    timeline, change = newsroom.timeline(), newsroom.changes[-1]
    told = step(timeline, change, message)
    assert set(told) == {"epoch", "seq", "prev", "at", "objects", "tally"}
    whole = catch_up(timeline, Position(told["epoch"], told["prev"]), message)
    assert as_catch_up(told) == with_cursor(whole)


# -- cursors


@pytest.mark.parametrize("cursor", [Cursor(Position("e1", 0)), Cursor(Position("e" * 64, LAST, "5d2d31b5ff2b"), 7)])
def test_a_cursor_is_read_as_it_was_issued_and_no_client_escapes_it(cursor: Cursor) -> None:
    assert cursor_of({"cursor": str(cursor), "after": "7", "wait": "25"}) == cursor
    assert quote_plus(str(cursor)) == str(cursor)
    assert cursor_of({"after": "7"}) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "e", "e-7", "-7-m", "e 1-7-m", "e-07-m", "e-+7-m", f"e-{LAST + 1}-m"),
        *("e-7-m-", "e-7-m-0", "e-7-m-07", "e-7-m-1 ", "e-7-m-1-1"),
    ],
)
def test_a_cursor_has_one_spelling(text: str) -> None:
    with pytest.raises(Invalid) as no:
        cursor_of({"cursor": text})
    assert no.value.field == "cursor"


def test_who_waits_at_one_position_is_together_after_a_turn() -> None:
    """However they came: at different times, by another process's clock, or from a process that stopped."""
    new, night = Cursor(Position("e", 7)), 1_700_000_000.0
    for begun in (night + tenth / 10 for tenth in range(1000)):
        seconds, following = new.wait(begun)
        assert SHORTEST_WAIT <= seconds <= LONGEST_WAIT
        end = begun + seconds
        assert end % TURN == pytest.approx(0)
        assert following == new.wait(end - SHORTEST_WAIT - 0.01)[1] != new
        assert following.wait(end - 0.5)[0] == pytest.approx(TURN + 0.5)
        later, after = following.wait(end)
        assert later == pytest.approx(TURN)
        assert after.turn > following.turn
    early, _ = following.wait(night)  # a process whose clock is late
    assert early == LONGEST_WAIT
