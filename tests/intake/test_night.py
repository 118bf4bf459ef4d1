"""Night files: the shipped facts, and errors that name the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveblog.checks import NAME
from liveblog.demo.replay import shipped
from liveblog.errors import Invalid
from liveblog.intake.night import read_night
from liveblog.model import Venue

GOOD = """title = "A night"
film = "Anora"

[[category]]
name = "Best Picture"
nominees = [
  { name = "Anora", film = "Anora" },
  { name = "Wicked", film = "Wicked" },
]
winners = ["Anora"]

[[category]]
name = "Best Duo"
minute = 7.5
nominees = [
  { name = "Éva Doe", film = "One" },
  { name = "Eva Doe", film = "Two" },
  { name = "王", film = "Three" },
]
"""


def night(folder: Path, text: str) -> Path:
    path = folder / "night.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_night_has_six_categories_and_anora_wins_five() -> None:
    facts = read_night(shipped("anora-night.toml"))
    assert [category.id for category in facts.categories] == [
        "supporting-actor",
        "original-screenplay",
        "editing",
        "director",
        "actress",
        "picture",
    ]
    films = {
        category.id: [nominee.film for nominee in category.nominees if nominee.id in facts.winners[category.id]]
        for category in facts.categories
    }
    assert sum(won == ["Anora"] for won in films.values()) == 5
    assert facts.timezone == "America/Los_Angeles"


def test_the_shipped_night_has_its_start_and_its_venue() -> None:
    facts = read_night(shipped("anora-night.toml"))
    assert facts.starts == "2025-03-03T00:00:00.000Z"
    assert facts.venue == Venue(name="Dolby Theatre", locality="Los Angeles", country="US")


def test_a_venues_name_alone_is_enough(tmp_path: Path) -> None:
    assert read_night(night(tmp_path, 'venue = "Palais"\n' + GOOD)).venue == Venue(name="Palais")


def test_ids_are_made_of_names_and_unique(tmp_path: Path) -> None:
    picture, duo = read_night(night(tmp_path, GOOD)).categories
    assert picture.id == "best-picture"
    assert [nominee.id for nominee in duo.nominees] == ["eva-doe", "eva-doe-2", "nominee-3"]


def test_winners_are_nominee_ids(tmp_path: Path) -> None:
    facts = read_night(night(tmp_path, GOOD))
    assert facts.winners == {"best-picture": ["anora"], "best-duo": []}
    assert facts.minutes["best-duo"] == 7.5


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ('title = "A night"', "title = A night", 1, "invalid value"),
        ('film = "Anora"\n\n', "film = 7\n\n", 2, "film: expected str"),
        ('film = "Anora"\n\n', "flim = 7\n\n", 2, "unknown field flim"),
        ('name = "Best Picture"\n', "", 4, "missing required field name"),
        ('name = "Best Picture"', "name = 3", 5, "name: expected str"),
        (
            '  { name = "Anora", film = "Anora" },',
            '  { film = "Anora" },',
            6,
            "nominees: object missing required field name",
        ),
        (
            '  { name = "Anora", film = "Anora" },',
            f'  {{ name = "{"x" * (NAME + 1)}", film = "Anora" }},',
            6,
            f"the name of nominee 1 is longer than {NAME} characters",
        ),
        ('winners = ["Anora"]', 'winners = ["Conclave"]', 10, "Conclave is not nominated for Best Picture"),
        ('winners = ["Anora"]', 'winners = ["Anora"', 12, ""),
        ("minute = 7.5", 'minute = "seven"', 14, "minute: expected float"),
        ('name = "Best Duo"', 'id = "best-picture"\nname = "Best Duo"', 13, "two categories with the id best-picture"),
        ('name = "Best Duo"', 'id = "Best Duo"\nname = "Best Duo"', 13, "lower-case"),
        ('name = "Best Duo"', 'name = "Best Picture"', 13, "two categories called Best Picture"),
        (
            'minute = 7.5\nnominees = [\n  { name = "Éva Doe"',
            'winners = ["Eva Doe"]\nnominees = [\n  { name = "Eva Doe"',
            14,
            "2 nominees of Best Duo are called Eva Doe",
        ),
        ('film = "Anora"\n\n', "starts = 2025-03-02T16:00:00\n\n", 2, "with its offset"),
        ('film = "Anora"\n\n', "starts = 2025-03-02\n\n", 2, "starts: expected datetime"),
        ('film = "Anora"\n\n', 'venue = { name = "Palais", land = "FR" }\n\n', 2, "unknown field land"),
        ('film = "Anora"\n\n', 'venue = { locality = "Cannes" }\n\n', 2, "missing required field name"),
        ('film = "Anora"\n\n', '[venue]\nname = "Palais"\ncountry = "Frankreich"\n\n', 2, "code of ISO 3166-1"),
        ('title = "A night"', "[other]", 1, "unknown field other"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    assert old in GOOD
    with pytest.raises(Invalid) as refused:
        read_night(night(tmp_path, GOOD.replace(old, new, 1)))
    assert f"night.toml, line {line}: " in refused.value.detail
    assert what in refused.value.detail


@pytest.mark.parametrize("text", ["", "title = 'x'\ncategory = []\n"])
def test_a_night_without_categories_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Invalid, match="line 1: there is no"):
        read_night(night(tmp_path, text))
