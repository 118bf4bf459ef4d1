"""Night files from a table of all ceremonies: every one loads, and says what the table says."""

from __future__ import annotations

from collections import Counter

import pytest

from liveblog.errors import Invalid
from liveblog.intake import oscars
from liveblog.intake.night import Night, parse_night
from tests.intake.oscar_table import HEADS, OLDER, nominations, table


def nights(text: str) -> dict[int, Night]:
    files = {number: oscars.night_file(number, rows) for number, rows in oscars.ceremonies(text).items()}
    return {number: parse_night(file, f"{number}.toml") for number, file in files.items()}


@pytest.fixture(scope="module")
def every() -> dict[int, Night]:
    return nights(table())


def test_every_ceremony_loads_with_all_of_its_nominations(every: dict[int, Night]) -> None:
    assert [*every] == [*range(1, 99)]
    for number, night in every.items():
        rows = nominations(number)
        assert sum(len(category.nominees) for category in night.categories) == len(rows)
        assert sum(map(len, night.winners.values())) == sum(row.won for row in rows)
        assert len(night.categories) == len({row.award for row in rows})
        assert all(len(nominee.name) <= 300 for category in night.categories for nominee in category.nominees)


def test_the_best_picture_comes_last_under_each_of_its_names(every: dict[int, Night]) -> None:
    assert [every[number].categories[-1].name for number in (1, 3, 98)] == [
        "Outstanding Picture",
        "Outstanding Production",
        "Best Picture",
    ]
    last = [category.name for category in every[98].categories]
    assert last.index("Actor in a Supporting Role") < last.index("Music (Original Song)") < last.index("Directing")
    assert last[0].startswith("Scientific")
    assert [*every[98].minutes.values()] == sorted(every[98].minutes.values())


def test_a_night_has_its_title_and_the_film_with_most_nominations(every: dict[int, Night]) -> None:
    assert [every[number].title for number in (1, 2, 3, 11, 22, 98)] == [
        f"The {each} Academy Awards" for each in ("1st", "2nd", "3rd", "11th", "22nd", "98th")
    ]
    for number, night in every.items():
        films = Counter(film for row in nominations(number) if not row.is_honour for film in row.film.split("|"))
        assert films[night.film or ""] == max(films[film] for film in films if film)


def found(night: Night, category: str) -> list[tuple[str, list[str], str | None]]:
    nominees = next(each for each in night.categories if each.name == category).nominees
    return [(each.name, each.counts_for, each.detail) for each in nominees]


def test_the_oddities_of_early_ceremonies(every: dict[int, Night]) -> None:
    first = every[1]
    assert found(first, "Actor")[1:] == [
        ("Cy Doe Jr.", ["Meadow 1"], 'The "Lucky" One'),
        ("Eve Fox", ["Harbour 1", "Street 1", "Dawn 1"], "Ann / Bea / Cat"),
    ]
    assert found(first, "Engineering Effects") == [("Kim Lee", [], None), ("Moe Nye", ["Dawn 1"], None)]
    assert found(first, "Writing (Title Writing)")[0] == ("Di Ewe", [], None)
    assert found(first, "Special Award")[0] == ("Jo Kerr", [], "To Jo Kerr, for all of it.")
    for number, name in ((21, "Special"), (25, "Honorary")):
        assert found(every[number], f"{name} Foreign Language Film Award") == [
            (f"Île {number}", [], f"To Île {number}, voted the most outstanding film from elsewhere.")
        ]


def test_ties_songs_countries_and_credits(every: dict[int, Night]) -> None:
    assert every[41].winners["actress"] == ["ada-bell", "cy-doe-jr"]
    assert found(every[98], "Music (Original Song)")[0] == ("Rae Sol, Ty Urn and Vi Wu", ["Dawn 98"], "Blue (Again)")
    assert every[98].winners["music-original-song"] == ["rae-sol-ty-urn-and-vi-wu"]  # the first of two alike
    assert found(every[50], "Foreign Language Film")[0] == ("Île 50", ["Île 50"], "Union of Small Islands")
    assert found(every[98], "Production Design")[0] == ("Ole Pym and Una Quill", ["Street 98"], None)
    assert found(every[98], "Best Picture")[0] == ("Harbour 98", ["Harbour 98"], "Xan Yeo and Zoe Ash, Producers")
    long = found(every[97], "Writing (Original Screenplay)")[0][0]
    assert long.startswith("In collaboration with Author Number 0, Author Number 1")
    assert long.endswith(" others")


def test_honours_count_for_no_film_and_do_not_shout(every: dict[int, Night]) -> None:
    workshop, otto = found(every[98], "Scientific or Technical Award (Class III)")
    assert workshop[0].startswith("Workshop Number A, Workshop Number B")
    assert (workshop[1], (workshop[2] or "")[-1]) == ([], "…")
    assert otto == ("Otto McPhee", [], "To OTTO McPHEE.")
    assert all(not row[1] for row in found(every[1], "Special Award"))


@pytest.mark.parametrize(
    ("award", "name"),
    [
        ("ACTOR IN A LEADING ROLE", "Actor in a Leading Role"),
        ("MUSIC (Original Song)", "Music (Original Song)"),
        ("SHORT SUBJECT (One-reel)", "Short Subject (One-Reel)"),
        ("ART DIRECTION (Black-and-White)", "Art Direction (Black-and-White)"),
        ("SCIENTIFIC OR TECHNICAL AWARD (Class II)", "Scientific or Technical Award (Class II)"),
        ("JOHN A. MCBELL MEDAL OF COMMENDATION", "John A. McBell Medal of Commendation"),
        ("O'MALLEY AWARD", "O'Malley Award"),
        ("MUSIC (Scoring: One and Two -or- Scoring: Two)", "Music (Scoring: One and Two or Scoring: Two)"),
        ("WRITING (Screenplay--based on facts)", "Writing (Screenplay – Based on Facts)"),
        ("Animated Short Film", "Animated Short Film"),
    ],
)
def test_categories_are_called_as_readers_call_them(award: str, name: str) -> None:
    row = f"9\t1936\tTitle\tX\t{award}\tHarbour\ttt1\tAda Bell"
    assert nights(f"{HEADS}\n{row}\n")[9].categories[0].name == name


def test_an_older_edition_has_a_row_for_each_film() -> None:
    actress, picture = nights(OLDER)[1].categories
    assert [(each.name, each.counts_for, each.detail) for each in actress.nominees] == [
        ("Ada Bell", ["Harbour", "Street"], "Ann / Bea"),
        ("Eve Fox", ["Dawn"], "Cat"),
    ]
    assert picture.nominees[0].detail == "Old Mill"


def test_a_table_of_one_ceremony_is_a_running_order() -> None:
    assert parse_night(table(98, 98), "oscars.csv").title == "The 98th Academy Awards"
    with pytest.raises(Invalid, match="many ceremonies; `liveblog night from-csv`"):
        parse_night(table(97), "oscars.csv")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "it has no column Ceremony"),
        ("Ceremony,Category,Film,Name,Winner\n", "it has no column Ceremony"),
        (HEADS, "is empty"),
        (f"{HEADS}\n\nnine\t1936\n", "line 3: Ceremony is not a number"),
    ],
)
def test_another_table_is_refused(text: str, what: str) -> None:
    with pytest.raises(Invalid) as refused:
        oscars.ceremonies(text)
    assert what in refused.value.detail


def test_rows_without_their_last_cells() -> None:
    people = r"Ahm \"Q\" Tom"
    text = (
        "Ceremony\tYear\tClass\tCanonical Category\tCategory\tNomId\tFilm\tFilmId\tName\tNominee(s)\tNomineeIds"
        "\tWinner\tDetail\tPlacement\tNote\tCitation\tMultifilmNomination\n"
        "1\t1927/28\tWriting\tWRITING\tWRITING\tan8\t\t\tMax Noe, Jr.\tMax Noe Jr.\n"
        "1\t1927/28\tTitle\tFOREIGN LANGUAGE FILM\tFOREIGN LANGUAGE FILM\t\tLand\t\tPoland\tPoland\n"
        f"1\t1927/28\tTitle\tDOCUMENTARY\tDOCUMENTARY\tan1\tSummer\ttt9\t{people} and Jo P\t{people}, Jo P\n"
        "1\t1927/28\tActing\tACTOR\tACTOR\tan3a\tRope\ttt3\tCy Doe\tCy Doe\tnm2\tTrue\tThe Duke\t\t\t\tTrue\n"
        "1\t1927/28\tActing\tACTOR\tACTOR\tan3b\tMeadow\ttt4\tCy Doe\tCy Doe\tnm2\tTrue\tAugust\t\t\t\tTrue\n"
    )
    night = nights(text)[1]
    assert found(night, "Writing") == [("Max Noe Jr.", [], None)]
    assert found(night, "Foreign Language Film") == [("Land", ["Land"], "Poland")]
    assert found(night, "Documentary") == [("Summer", ["Summer"], 'Ahm "Q" Tom and Jo P')]
    assert found(night, "Actor") == [("Cy Doe", ["Rope", "Meadow"], "The Duke / August")]


@pytest.mark.parametrize("row", ["1", "1\t1927", "1\t1927/28\tActing\tACTOR\t\tan1\tRope"])
def test_a_row_without_a_category_is_refused_by_its_line(row: str) -> None:
    with pytest.raises(Invalid) as refused:
        oscars.ceremonies(f"Ceremony\tYear\tClass\tCanonical\tCategory\tId\tFilm\tName\tWinner\n{row}\n")
    assert refused.value.detail == "line 2: Category is empty"
