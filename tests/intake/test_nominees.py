"""Nominees as they are typed and pasted: the kinds of lines, and which of them are certain."""

from __future__ import annotations

import pytest

from liveblog.intake.nominees import HEADING, read
from liveblog.intake.tables import Field, field_of

Told = tuple[str, list[str], str | None, bool]


def told(text: str, **more: object) -> list[Told]:
    """Name, films, detail of each line, and whether it is certain."""
    return [(each.name, each.films, each.detail, not each.doubt) for each in read(text, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "Ada Bell\tHarbour",
        "Ada Bell \t Harbour ",
        "Ada Bell | Harbour",
        "•\N{NO-BREAK SPACE}Ada Bell\tHarbour",
        "▪ Ada Bell | Harbour",
        "- Ada Bell | Harbour,",
        "* Ada Bell\tHarbour;",
        "1. Ada Bell | Harbour",
        "12) Ada Bell\tHarbour",
        "(3) Ada Bell | Harbour",
        "#1 Ada Bell | Harbour",
        "| Ada Bell | Harbour |",
        "Ada Bell\tHarbour[12]",
        "Ada Bell | Harbour [a]",
        '"Ada Bell","Harbour"',
        '"Ada Bell";"Harbour"',
        "1\tAda Bell\tHarbour\n2\tCy Doe\tMeadow",
        "\tAda Bell\tHarbour",
        "\N{ZERO WIDTH SPACE}Ada\N{NO-BREAK SPACE}Bell\t\N{BYTE ORDER MARK}Harbour",
    ],
)
def test_a_line_with_cells_is_certain(line: str) -> None:
    assert told(line)[0] == ("Ada Bell", ["Harbour"], None, True)


@pytest.mark.parametrize(
    "line",
    [
        "Ada Bell – Harbour",
        "Ada Bell — Harbour",
        "Ada Bell—Harbour",
        "Ada Bell - Harbour",
        "Ada Bell -- Harbour",
        "Ada Bell (Harbour)",
        "Ada Bell [Harbour]",
        "• Ada Bell – “Harbour”",
        "2. Ada Bell (Harbour)",
        "Ada Bell, Harbour",
        "Ada Bell, “Harbour”",
        "Ada Bell,Harbour",
        "Ada Bell; Harbour",
        "Ada Bell for Harbour",
        "Ada Bell from Harbour",
        "Ada Bell (for Harbour)",
        "Ada Bell / Harbour",
        "Ada Bell – Harbour[3]",
    ],
)
def test_a_cut_is_certain_if_its_film_is_known(line: str) -> None:
    assert told(line) == [("Ada Bell", ["Harbour"], None, False)]
    assert told(line, films={"HARBOUR"}) == [("Ada Bell", ["Harbour"], None, True)]


def test_cuts_are_certain_among_lines_that_have_films() -> None:
    text = "Ada Bell\tHarbour\n• Cy Doe (Meadow)\n1. Eve Fox | Street\nGil Hay – Dawn"
    assert told(text) == [
        ("Ada Bell", ["Harbour"], None, True),
        ("Cy Doe", ["Meadow"], None, True),
        ("Eve Fox", ["Street"], None, True),
        ("Gil Hay", ["Dawn"], None, True),
    ]


@pytest.mark.parametrize(
    "title", ["Rain: Part Two – The Return", "Rain (Part Two)", "Rain, Wind, and Snow", "Rain; Wind", "A Train to Rain"]
)
def test_a_title_among_titles_is_not_cut_without_a_question(title: str) -> None:
    assert told(f"Harbour\n- {title}\nMeadow")[1][:2] == (title, [title])
    assert told(title, films={title}) == [(title, [title], None, True)]
    assert told(title, known={title}) == [(title, [title], None, True)]


@pytest.mark.parametrize(
    "name", ["Jean-Luc Bell", "Rain: The Long Road", "1917", "12 Wet Hens", "10 Things to Do", "50/50", "RAIN·E"]
)
def test_a_name_keeps_what_belongs_to_it(name: str) -> None:
    assert told(name) == [(name, [name], None, True)]
    assert told(f"{name}\tHarbour") == [(name, ["Harbour"], None, True)]


def test_names_with_commas_and_titles_are_whole_in_cells() -> None:
    assert told("Sam Doe, Jr.\tHarbour, Again\nA Bell, C Doe and E Fox, Producers | Meadow") == [
        ("Sam Doe, Jr.", ["Harbour, Again"], None, True),
        ("A Bell, C Doe and E Fox, Producers", ["Meadow"], None, True),
    ]
    assert told("Sam Doe, Jr.")[0][:2] == ("Sam Doe, Jr.", ["Sam Doe, Jr."])
    assert told('"Weird" Ada Bell\tHarbour') == [('"Weird" Ada Bell', ["Harbour"], None, True)]


def test_a_third_column_is_the_detail() -> None:
    assert told("Ada Bell\tHarbour\tThe Clerk\nCy Doe | Meadow | Another Clerk") == [
        ("Ada Bell", ["Harbour"], "The Clerk", True),
        ("Cy Doe", ["Meadow"], "Another Clerk", True),
    ]
    assert told("Ada Bell\tHarbour\tThe Clerk\tMore") == [("Ada Bell", ["Harbour"], "The Clerk, More", False)]
    assert told("Ada Bell\t\tThe Clerk\nCy Doe\tMeadow\tB") == [
        ("Ada Bell", [], "The Clerk", True),
        ("Cy Doe", ["Meadow"], "B", True),
    ]
    for line in (
        "Ada Bell (Harbour) (The Clerk)",
        "Ada Bell – Harbour (The Clerk)",
        "Ada Bell as The Clerk in Harbour",
    ):
        assert told(line, films=["Harbour"]) == [("Ada Bell", ["Harbour"], "The Clerk", True)]


def test_a_table_in_plain_text_is_read() -> None:
    text = "| Film | Nominee |\n|:---|---|\n| Harbour | Ada Bell |\n| Dawn | Cy Doe |"
    assert told(text) == [("Ada Bell", ["Harbour"], None, True), ("Cy Doe", ["Dawn"], None, True)]


def test_colons_in_every_line_are_asked_about() -> None:
    assert [each[3] for each in told("Rain: The Return\nHarbour")] == [True, True]
    assert [each[3] for each in told("Ada Bell: Harbour\nCy Doe: Dawn")] == [False, False]


def test_headings_say_what_the_columns_are() -> None:
    assert told("Movie\tRole\tNominee\nHarbour\tThe Clerk\tAda Bell") == [("Ada Bell", ["Harbour"], "The Clerk", True)]
    assert told("Name | Song | Film\nAda Bell | Blue | Harbour") == [("Ada Bell", ["Harbour"], "Blue", True)]
    assert told("The nominees are:\nHarbour")[0][3] is False


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("“Blue” from Harbour; Music and Lyric by Ada Bell and Cy Doe", "Ada Bell and Cy Doe"),
        ('"Blue" from “Harbour”; Music by Ada Bell; Lyrics by Cy Doe', "Ada Bell and Cy Doe"),
        ("„Blue“ from Harbour – Words and Music by Ada Bell", "Ada Bell"),
        ("• “Blue,” from Harbour, music & lyrics by Ada Bell", "Ada Bell"),
    ],
)
def test_a_song_is_the_detail_of_its_authors(line: str, name: str) -> None:
    assert told(line) == [(name, ["Harbour"], "Blue", True)]


def test_each_author_is_named_once() -> None:
    line = "“Blue” from Harbour; Music by Ada Bell and Cy Doe, Jr.; Lyric by Ada Bell, Cy Doe, Jr. and Eve Fox"
    assert told(line)[0][0] == "Ada Bell, Cy Doe, Jr. and Eve Fox"


@pytest.mark.parametrize("line", ["Harbour\tLatvia", "Harbour (Latvia)", "Harbour – Letonia"])
def test_a_country_is_no_film(line: str) -> None:
    country = line[8:].strip(" –()")
    assert told(f"{line}\nMeadow\tBrazil")[0] == ("Harbour", ["Harbour"], country, False)
    assert told("Ada Bell\tBrazil", films={"Brazil"}) == [("Ada Bell", ["Brazil"], None, True)]


def test_a_song_without_its_authors_is_asked_about() -> None:
    assert told("“Blue” from Harbour") == [("Blue", ["Harbour"], None, False)]


@pytest.mark.parametrize(
    "line",
    [
        *("★ Harbour", "Harbour ★", "🏆 Harbour", "Harbour (winner)", "Harbour – Winner", "WINNER: Harbour"),
        *("Harbour WINNER", "Harbour*", "Harbour ‡"),
    ],
)
def test_the_mark_of_a_winner_is_left_out_and_said(line: str) -> None:
    assert told(f"Meadow\n{line}") == [("Meadow", ["Meadow"], None, True), ("Harbour", ["Harbour"], None, False)]


def test_a_name_and_a_film_that_are_exchanged_are_noticed() -> None:
    assert told("Harbour – Ada Bell", films={"Harbour"}) == [("Ada Bell", ["Harbour"], None, False)]
    assert told("Harbour\tAda Bell", films={"Harbour"})[0][3] is False


def test_a_name_alone_among_names_with_films_is_asked_about() -> None:
    assert [each[3] for each in told("Ada Bell | Harbour\nCy Doe")] == [True, False]
    assert [each[3] for each in told("Ada Bell | Harbour\nHarbour")] == [True, True]


def test_what_comes_back_can_only_be_meant_in_one_way() -> None:
    """The form shows the readings as lines; sending them as they are saves what was shown."""
    text = (
        "Ada Bell, Harbour\n★ Meadow\nThe nominees are:\nRain, Wind, and Snow\nA\tB\tC\tD\n“Blue” from Dawn\n\tStreet\n"
        "Gil Hay |\nEve Fox | Dawn / Street | Ann / Bea\nSam Doe, Jr. – Hall / Wall\n|"
    )
    first = read(text)
    again = read("\n".join(each.line for each in first))
    assert any(each.doubt for each in first)
    assert not [each.line for each in again if each.doubt]
    assert [each.entry for each in again] == [each.entry for each in first]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Nominee(s)", "name"),
        ("FILM", "film"),
        ("Película", "film"),
        ("Award category", "category"),
        ("Name of the nominee", "name"),
        ("Song / role / country", "detail"),
        ("Country of the film", None),
        ("Year", None),
        ("Catégorie", "category"),
        ("Song title", "detail"),
        ("Winner?", "winner"),
    ],
)
def test_columns_have_many_names(heading: str, field: Field | None) -> None:
    assert field_of(heading) == field


def test_a_number_of_a_title_stays() -> None:
    assert [each.name for each in read("(500) Days of Summer\nAnora")] == ["(500) Days of Summer", "Anora"]


@pytest.mark.parametrize(
    "heading",
    [
        "Best Actress",
        "BEST PICTURE:",
        "Actress in a Leading Role",
        "Music (Original Song)",
        "Nominees for best film",
        "Nominees",
        "Award for directing",
        "Mejor actriz",
        "Meilleure actrice",
        "Beste Regie",
        "主演女優賞",
    ],
)
@pytest.mark.parametrize(
    "below", ["Ada Bell – Harbour\nBo Lin – Salt", "Ada Bell\tHarbour\nBo Lin\tSalt", "Harbour\nSalt"]
)
def test_the_name_of_an_award_above_a_list_is_doubtful_and_says_nothing_of_the_others(heading: str, below: str) -> None:
    first, *others = read(f"{heading}\n{below}")
    assert first.doubt == HEADING
    alone = read(below)
    assert [(each.name, each.films) for each in others] == [(each.name, each.films) for each in alone]
    assert [each.doubt for each in others] == [each.doubt for each in alone]


def test_films_that_are_called_like_awards() -> None:
    assert told("Best in Show") == [("Best in Show", ["Best in Show"], None, True)]
    assert not read("Best in Show\nHarbour", films=["Best in Show"])[0].doubt
    assert not read("Best in Show\nHarbour", known=["Best in Show"])[0].doubt
    assert not read("The Best Years of Our Lives\nThe Sound of Music\nCasting By")[0].doubt


@pytest.mark.parametrize(
    "text",
    [
        "1. Harbour 2. Salt 3. Rope",
        "1) Harbour, 2) Salt, 3) Rope",
        "(1) Harbour (2) Salt (3) Rope",
        "①Harbour ②Salt ③Rope",
        "① Harbour\n② Salt\n③ Rope",
        "❶ Harbour ❷ Salt ❸ Rope",
        "１．Harbour\n２．Salt\n３．Rope",
        "（1）Harbour\n（2）Salt\n（3）Rope",
        "1、Harbour\n2、Salt\n3、Rope",
        "・Harbour\n・Salt\n・Rope",
    ],
)
def test_numbers_of_any_form_only_count(text: str) -> None:
    assert told(text) == [(name, [name], None, True) for name in ("Harbour", "Salt", "Rope")]


@pytest.mark.parametrize(
    "title",
    [
        "(500) Days of Summer",
        "Wicked 2. The end",
        "Part 1. Salt",
        "12 Angry Men",
        "2001: A Space Odyssey",
        "Mission 1.5 Up",
    ],
)
def test_numbers_of_titles_stay(title: str) -> None:
    assert [each.name for each in read(f"{title}\nHarbour")] == [title, "Harbour"]


@pytest.mark.parametrize("between", ["（{}）", " － {}", "／{}", "，{}", "；{}"])
def test_full_width_signs_separate_as_others_do(between: str) -> None:
    text = f"Ada Bell{between.format('Harbour')}\nBo Lin{between.format('Salt')}"
    assert told(text) == [("Ada Bell", ["Harbour"], None, False), ("Bo Lin", ["Salt"], None, False)]
    assert told("Ada Bell｜Harbour") == [("Ada Bell", ["Harbour"], None, True)]
    assert read("Ada Bell：Harbour\nBo Lin：Salt")[0].doubt


def test_a_caption_above_the_headings_of_a_table() -> None:
    text = "Table 1: the nominees\n\nName\tFilm\nAda Bell\tHarbour\nBo Lin\tSalt"
    assert told(text) == [("Ada Bell", ["Harbour"], None, True), ("Bo Lin", ["Salt"], None, True)]


def test_a_quote_that_is_never_closed_is_no_part_of_a_name() -> None:
    assert told('"Ada Bell\tHarbour\nBo Lin\tSalt')[0] == ("Ada Bell", ["Harbour"], None, True)
