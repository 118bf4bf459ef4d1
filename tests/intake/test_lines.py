"""A nominee as a line: what an editor sees can be read back, whatever the names are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveblog.checks import NewNominee, checked_nominees
from liveblog.intake.lines import entry_of, line_of
from liveblog.model import Nominee

NAMES = st.text(st.characters(exclude_categories=["C", "Z", "M"]) | st.sampled_from(" |/\\"), min_size=1).filter(
    str.strip
)


def made(line: str) -> Nominee:
    return checked_nominees([entry_of(line)])[0]


@pytest.mark.parametrize(
    ("line", "films", "detail"),
    [
        ("Anora", ["Anora"], None),
        ("Sean Baker | Anora", ["Anora"], None),
        ("Clément Ducol, Camille | Emilia Pérez | El Mal", ["Emilia Pérez"], "El Mal"),
        ("I'm Still Here | I'm Still Here | Brazil", ["I'm Still Here"], "Brazil"),
        ("Jane Doe | One / Two", ["One", "Two"], None),
        ("Quincy Jones |", [], None),
        ("Quincy Jones | | for his music", [], "for his music"),
        ("John Woo | Face/Off", ["Face/Off"], None),
        (r"A\|B | One \/ Two | C\\D", ["One / Two"], r"C\D"),
    ],
)
def test_a_line_names_a_nominee_with_films_and_detail(line: str, films: list[str], detail: str | None) -> None:
    nominee = made(line)
    assert (nominee.counts_for, nominee.detail) == (films, detail)
    assert line_of(nominee) == line


@given(name=NAMES, films=st.lists(NAMES, max_size=3), detail=st.none() | NAMES)
def test_every_nominee_can_be_read_back(name: str, films: list[str], detail: str | None) -> None:
    (nominee,) = checked_nominees([NewNominee(id="n", name=name, films=films, detail=detail)])
    again = made(line_of(nominee))
    assert (again.name, again.counts_for, again.detail) == (nominee.name, nominee.counts_for, nominee.detail)
