"""Running orders as editors have them: tables of spreadsheets, JSON, and the files that are none."""

from __future__ import annotations

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from liveblog.errors import Invalid
from liveblog.intake.night import Night, decode_night, parse_night, read_night
from liveblog.model import Category, Nominee, public

SONGS = [
    ("Ada Bell", ["Harbour"], "Blue"),
    ("Cy Doe", ["Meadow"], "Green"),
]
CSV = "category,nominee,film,detail\nBest Song,Ada Bell,Harbour,Blue\nBest Song,Cy Doe,Meadow,Green\n"


def night(text: str, name: str = "what was pasted") -> Night:
    return parse_night(text, name)


def nominees(category: Category) -> list[tuple[str, list[str], str | None]]:
    return [(each.name, each.counts_for, each.detail) for each in category.nominees]


def refusal(text: str, name: str = "order.csv") -> str:
    with pytest.raises(Invalid) as refused:
        night(text, name)
    return refused.value.detail


@pytest.mark.parametrize(
    "text",
    [
        CSV,
        CSV.replace(",", ";"),
        CSV.replace(",", "\t"),
        CSV.replace(",", " | "),
        "sep=;\n" + CSV.replace(",", ";"),
        '"sep=,"\n' + CSV,
        re.sub(r"[^,\n]+", r'"\g<0>"', CSV),
        CSV.replace(",", ", "),
        CSV.replace("category,nominee,film,detail", "Award,Name,Movie,Song"),
        CSV.replace("category,nominee,film,detail", "CATEGORY,NOMINEE(S),FILM TITLE,SONG TITLE"),
        CSV.replace("category,nominee,film,detail", "Prize,Artist,Picture,Track"),
        CSV.replace("category,nominee,film,detail", "Categoría,Nominada,Película,Canción"),
        "Song,Film,Award,Nominee\nBlue,Harbour,Best Song,Ada Bell\nGreen,Meadow,Best Song,Cy Doe\n",
        CSV.replace("\nBest Song,Cy", "\n,Cy"),
        CSV.replace("Cy Doe", '"Cy\nDoe"'),
        CSV.replace("\n", "\n,,,\n"),
        "The night of nights,,,\n,,,\n" + CSV,
        CSV.replace("film", "Film\N{NO-BREAK SPACE}"),
        CSV.replace("Best Song,Ada", "Best Song,,,\n,Ada"),
    ],
)
@pytest.mark.parametrize("name", ["what was pasted", "order.csv", "order.txt"])
def test_a_table_says_by_its_headings_what_is_where(text: str, name: str) -> None:
    [song] = night(text, name).categories
    assert (song.id, song.name, nominees(song)) == ("best-song", "Best Song", SONGS)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_marks_of_spreadsheets(tmp_path: Path, ends: str, mark: bytes) -> None:
    path = tmp_path / "order.csv"
    path.write_bytes(mark + CSV.replace("\n", ends).encode())
    assert nominees(read_night(path).categories[0]) == SONGS


def test_categories_come_in_their_order_and_rows_need_not_be_together() -> None:
    text = "category,nominee,film,winner,minute\nB,Ada,Harbour,,30\nA,Cy,Meadow,x,1:05\nB,Eve,Street,yes,\nC,,,,90\n"
    found = night(text)
    assert [each.name for each in found.categories] == ["B", "A", "C"]
    assert found.winners == {"b": ["eve"], "a": ["cy"], "c": []}
    assert found.minutes == {"b": 30, "a": 65, "c": 90}


def test_an_honour_has_no_film_and_a_film_is_its_own() -> None:
    text = "category,nominee,film\nBest Picture,Harbour,\n,,Meadow\nBest Thing,Street,\n,Ada,Street\nAn Honour,Cy,\n"
    picture, thing, honour = night(text).categories
    assert nominees(picture) == [("Harbour", ["Harbour"], None), ("Meadow", ["Meadow"], None)]
    assert nominees(thing) == [("Street", ["Street"], None), ("Ada", ["Street"], None)]
    assert nominees(honour) == [("Cy", [], None)]


def test_two_of_one_name_are_two_and_the_one_that_won_is_known() -> None:
    found = night("category,nominee,film,won\nBest Score,Jo Kerr,One,no\nBest Score,Jo Kerr,Two,✓\n")
    assert [each.id for each in found.categories[0].nominees] == ["jo-kerr", "jo-kerr-2"]
    assert found.winners["best-score"] == ["jo-kerr-2"]


def test_a_mark_at_a_name_says_who_won() -> None:
    found = night("category,nominee,film\nA,★ Ada,Harbour\nA,Cy (winner),Dawn\nA,Eve,Street\n")
    assert [each.name for each in found.categories[0].nominees] == ["Ada", "Cy", "Eve"]
    assert found.winners["a"] == ["ada", "cy"]


def test_several_films_and_details() -> None:
    text = "category,nominee,film,role,country\nA,Ada,Harbour / Meadow,Ann,Iceland\nA,Cy,Dawn|Street,,\n"
    assert nominees(night(text).categories[0]) == [
        ("Ada", ["Harbour", "Meadow"], "Ann, Iceland"),
        ("Cy", ["Dawn", "Street"], None),
    ]


def test_what_is_no_column_is_named() -> None:
    found = night("Category,Nominee,Film,Notes,Seat\nA,B,C,x,1\n")
    assert found.notes == ("columns that were not read: Notes, Seat",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "windows-1252"])
def test_a_table_is_read_as_a_spreadsheet_saves_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "order.csv"
    path.write_bytes("Category;Nominee;Film\r\nBest Song;Clément Ducol;Le café\r\n".encode(encoding))
    found = read_night(path)
    assert (found.categories[0].nominees[0].name, found.categories[0].nominees[0].film) == ("Clément Ducol", "Le café")
    assert bool(found.notes) == (encoding == "windows-1252")  # that one is a guess


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("category,nominee,winner\nA,B,\nA,C,perhaps\n", "order.csv, line 3: winner must be yes or no, not perhaps"),
        ("category,nominee,minute\nA,B,soon\n", "line 2: soon is no minute of the show"),
        ("category,nominee\n,B\n", "line 2: a nominee is above the first category"),
        ("category,nominee,film,role\nA,,,Ann\n", "line 2: a nominee has neither a name nor a film"),
        ("nominee,film\nA,B\n", "no column is called category"),
        ("category,film,movie\nA,B,C\n", "several columns could be the same thing (film, movie)"),
        ("Anora,Sean Baker\nWicked,Jon Chu\n", "the first line of a table must name its columns"),
        ("", "the first line of a table must name its columns"),
        (f"category,nominee\nA,{'b' * 400}\n", "line 2: "),
        ("category,nominee\n", "there is no category"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(text: str, what: str) -> None:
    assert what in refusal(text)


def zipped(*names: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.spreadsheet" if name == "mimetype" else "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook: save it as CSV"),
        (zipped("mimetype", "content.xml"), "a LibreOffice spreadsheet: save it as CSV"),
        (zipped("Index/Document.iwa", "Index/Tables/Tile.iwa"), "an Apple Numbers or Pages file: save it as CSV"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a Word document: copy its table"),
        (zipped("a.csv"), "a ZIP file: unpack it first"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel or Word file"),
        (b"%PDF-1.7\n", "a PDF: copy its table"),
        (rb"{\rtf1\ansi category}", "a text document (RTF): copy its table"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"<!doctype html><table><tr><td>category", "a web page (HTML): copy its table"),
        (b'{"liveblog":1,"slug":"a"}\n{"scope":"public"}\n', "the export of a whole blog: `liveblog import`"),
        (b"The lead of an article.\n\nAnd its text, with a film.\n", "no running order: the first line of a table"),
    ],
)
@pytest.mark.parametrize("name", ["order.csv", "order.xlsx", "night"])
def test_another_kind_of_file_gets_the_sentence_that_helps(content: bytes, what: str, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_night(decode_night(content, name).text, name)
    assert refused.value.detail.startswith(f"{name} is {what}")
    assert (refused.value.status, refused.value.field) == (422, "night")


PICTURE = {"name": "Best Picture", "nominees": ["Harbour", {"title": "Meadow"}], "winner": "Meadow"}
SONG = {
    "category": "Best Song",
    "nominations": [{"person": "Ada Bell", "movie": "Harbour", "song": "Blue"}, "Cy Doe | Meadow | Green"],
}


@pytest.mark.parametrize(
    "value",
    [
        [PICTURE, SONG],
        {"categories": [PICTURE, SONG], "title": "A night"},
        {"category": [PICTURE, SONG]},
        {"awards": [PICTURE, SONG]},
    ],
)
def test_json_as_others_write_it(value: Any) -> None:
    found = night(json.dumps(value))
    assert [nominees(each) for each in found.categories] == [
        [("Harbour", ["Harbour"], None), ("Meadow", ["Meadow"], None)],
        SONGS,
    ]
    assert found.winners["best-picture"] == ["meadow"]


def test_json_of_names_and_of_rows() -> None:
    [song] = night('{"Best Song": ["Ada Bell | Harbour | Blue", "Cy Doe | Meadow | Green"]}').categories
    assert nominees(song) == SONGS
    rows = [{"award": "Best Song", "nominee": n, "film": f, "song": s, "won": n == "Cy Doe"} for n, [f], s in SONGS]
    found = night(json.dumps(rows), "rows.json")
    assert (nominees(found.categories[0]), found.winners) == (SONGS, {"best-song": ["cy-doe"]})


def test_json_as_the_api_writes_it() -> None:
    categories = [
        Category(id="song", name="Best Song", nominees=[Nominee(id="x", name="Ada", films=["A", "B"], film="A")]),
        Category(
            id="honour", name="Honorary Award", nominees=[Nominee(id="y", name="Cy")], winners=["y"], state="confirmed"
        ),
    ]
    blog = {"title": "A night", "timezone": "Europe/Madrid", "order": ["honour", "song"]}
    blog["starts"] = "2025-03-02T16:00:00.000Z"
    state = {"epoch": "e", "seq": 3, "blog": blog, "categories": [*map(public, categories)], "posts": []}
    gone = public(Category(id="gone", name="Gone", removed=True))
    changes = {"epoch": "e", "objects": [{**blog, "kind": "blog"}, gone, *map(public, categories)]}
    for value in (state, changes):
        found = night(json.dumps(value))
        assert [each.id for each in found.categories] == ["honour", "song"]
        assert found.categories[1].nominees == categories[0].nominees
        assert (found.title, found.timezone, found.winners["honour"]) == ("A night", "Europe/Madrid", ["y"])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a": 1}', "there are no categories"),
        ('["a", "b"]', "it must be a list of categories"),
        ('{"categories": [{"nominees": []}]}', "category 1 has no name"),
        ('[{"name": "A", "nominees": [7]}]', "a nominee of A is neither a name nor an object"),
        ('[{"name": "A", "nominees": [{"seat": 7}]}]', "a nominee of A has neither a name nor a film"),
        ('[{"name": "A", "nominees": ["B"], "winners": ["C"]}]', "category 1: C is not nominated for A"),
        ('[{"name": "A", "nominees": ["B"]', "it is not JSON (input data was truncated)"),
        ('{"categories": [], "title": "x"}', "there is no category"),
        ("[" * 50_000, "too deep for a night"),
    ],
)
def test_json_that_cannot_be_read_says_why(text: str, what: str) -> None:
    assert what in refusal(text, "order.json")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"a = {'9' * 9000}", "line 1: a number is too long"),
        (f"\n[[category]]\nname = 'A'\nminute = {'9' * 9000}\n", "line 4: a number is too long"),
        (f"[[category]]\nname = 'A'\nminute = 0x{'f' * 9000}\n", "line 3: minute: "),
        ("[[category]]\nname = 'A'\nminute = inf\n", "line 3: minute: "),
        ("[[category]]\nname = 'A'\nminute = nan\n", "line 3: minute: "),
        ("[[category]]\nname = 'A'\nminute = 1e999\n", "line 3: minute: "),
        (f"a = {'[' * 9000}", "too deep for a night"),
        (f"a = {'{a = ' * 9000}", "too deep for a night"),
        (f'"{"k" * 50_000}" = 1', "unknown field kkk"),
    ],
)
def test_toml_that_no_program_can_hold_is_refused_with_a_short_sentence(text: str, what: str) -> None:
    sentence = refusal(text, "night.toml")
    assert what in sentence
    assert len(sentence) < 300


def test_the_line_below_the_headings_of_a_markdown_table_is_no_category() -> None:
    found = night("| Category | Nominee | Film |\n|---|:---:|---|\n| Best Coat | Ada | The Coat |\n")
    assert [category.name for category in found.categories] == ["Best Coat"]
