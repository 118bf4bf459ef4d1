"""The tables of winners: states, times and ties for programs, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from liveblog import actions
from liveblog.model import Nominee
from liveblog.store.commits import Store
from liveblog.web.winners import COLUMNS, cell
from tests.web.syndicated import BASE, Site, syndicated


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with syndicated(store) as site:
        yield site


def table(site: Site) -> list[dict[str, str]]:
    answer = site.get("/winners.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.data.count(b"\n") == answer.data.count(b"\r\n") or b'"' in answer.data
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_the_table_and_the_json_say_the_same_of_the_night(site: Site) -> None:
    site.do(actions.announce, "director", winners=["sean-baker"])
    site.do(actions.confirm, "director")
    director, picture = table(site)
    assert tuple(director) == COLUMNS
    assert (director["state"], director["winner"], director["films"]) == ("confirmed", "Sean Baker", "Anora")
    assert (picture["state"], picture["winner"], picture["announced_at"]) == ("upcoming", "", "")
    said = site.get("/winners.json").json["categories"]
    assert [each["id"] for each in said] == ["director", "picture"]
    assert said[0]["winners"] == [{"id": "sean-baker", "name": "Sean Baker", "film": "Anora"}]
    for name in ("announced_at", "confirmed_at", "url"):
        assert said[0][name] == director[name] != ""
    assert director["announced_at"] < director["confirmed_at"]
    assert director["url"].startswith(f"{BASE}/live/anora/posts/")


def test_a_tie_is_a_row_for_each_winner(site: Site) -> None:
    site.do(actions.announce, "director", winners=["sean-baker", "brady-corbet"])
    rows = [(row["category"], row["winner"], row["films"], row["tie"]) for row in table(site)]
    assert rows == [
        ("Best Director", "Sean Baker", "Anora", "yes"),
        ("Best Director", "Brady Corbet", "The Brutalist", "yes"),
        ("Best Picture", "", "", ""),
    ]


def test_doubt_and_corrections_are_in_it_and_a_recall_takes_the_times_back(site: Site) -> None:
    site.do(actions.announce, "director", winners=["sean-baker"])
    site.do(actions.confirm, "director")
    site.do(actions.doubt, "director", note="Two cards")
    assert (table(site)[0]["doubt_note"], table(site)[0]["state"]) == ("Two cards", "confirmed")
    assert site.get("/winners.json").json["categories"][0]["doubt"]["note"] == "Two cards"
    site.do(actions.recall, "director", note="The wrong card was read.")
    row = table(site)[0]
    assert (row["state"], row["winner"], row["announced_at"], row["confirmed_at"]) == ("on_stage", "", "", "")
    assert "The wrong card was read." in row["corrections"]
    assert site.get("/winners.json").json["categories"][0]["corrections"][0]["was"] == ["Sean Baker"]


@pytest.mark.parametrize("name", ['=HYPERLINK("https://evil.example")', "+1", "-30-", "@SUM(A1)", "|cmd", "＝1+1"])
def test_no_cell_is_a_formula(site: Site, name: str) -> None:
    site.do(actions.add_category, name=name, id="odd", nominees=[Nominee(id="one", name=name, detail=f" {name}")])
    site.do(actions.announce, "odd", winners=["one"])
    row = table(site)[2]
    assert row["category"] == row["winner"] == row["detail"] == f"'{name}"
    assert site.get("/winners.json").json["categories"][2]["name"] == name  # a program gets the name as it is


def test_other_scripts_quotes_and_commas_come_through(site: Site) -> None:
    name = 'فاز "Anora", 부산의 밤'
    site.do(actions.add_category, name=name, id="other", nominees=[Nominee(id="one", name="Łukasz; Zoë")])
    site.do(actions.announce, "other", winners=["one"])
    row = table(site)[2]
    assert (row["category"], row["winner"]) == (name, "Łukasz; Zoë")


@pytest.mark.parametrize("text", ["Anora", "", "1917", "’Round Midnight", "Ana = Bea"])
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_the_tables_are_sent_again_only_when_they_changed(site: Site) -> None:
    for path in ("/winners.csv", "/winners.json"):
        tag = site.get(path).headers["ETag"]
        assert site.get(path, If_None_Match=tag).status_code == 304
    site.do(actions.announce, "director", winners=["sean-baker"])
    assert site.get("/winners.csv", If_None_Match=tag).status_code == 200
