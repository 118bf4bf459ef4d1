"""The wording of results: the desk's prepared texts take precedence over the standard sentences."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from liveblog.model import Category, Draft, Media, Nominee, Outcome
from liveblog.results import ENGLISH, escape, result_body, result_text, shared_fields, withdrawn_text
from tests.newsroom import DIRECTOR, PICTURE

SEAN, BRADY, CORALIE = DIRECTOR.nominees
SMILE = Media(name="smile.webp", width=8, height=6, alt="He smiles")


def prepared(nominee: str, **fields: Any) -> Draft:
    return Draft(id=nominee, outcome=Outcome(category="director", nominee=nominee), **fields)


def test_plain_names_survive_markdown() -> None:
    assert escape("*Anora* & [co]_1") == r"\*Anora\* \& \[co\]\_1"


def test_a_result_without_a_prepared_text_gets_a_standard_sentence() -> None:
    text = result_text(DIRECTOR, [SEAN], [], ENGLISH)
    assert (text["headline"], text["media"]) == ("Best Director: Sean Baker", [])
    assert text["body"] == "**Sean Baker** wins Best Director for *Anora*."
    assert "byline" not in text
    assert result_text(PICTURE, PICTURE.nominees[:1], [], ENGLISH)["body"] == "**Anora** wins Best Picture."


def test_a_result_names_songs_roles_and_countries_and_each_film() -> None:
    def body(*won: Nominee) -> str:
        return result_body(Category(id="award", name="The Award"), won)

    song = Nominee(id="a", name="Clément Ducol", film="Emilia Pérez", detail="El Mal")
    country = Nominee(id="b", name="Flow", film="Flow", detail="Latvia")
    both = Nominee(id="c", name="Jane Doe", film="One", films=["One", "Two*"])
    honour = Nominee(id="d", name="Quincy Jones")
    assert body(song) == "**Clément Ducol** wins The Award for *Emilia Pérez* (El Mal)."
    assert body(country) == "**Flow** wins The Award (Latvia)."
    assert body(both) == r"**Jane Doe** wins The Award for *One* and *Two\**."
    assert body(honour) == "**Quincy Jones** wins The Award."


def test_three_winners_are_joined_as_in_a_sentence() -> None:
    headline = result_text(DIRECTOR, [SEAN, BRADY, CORALIE], [], ENGLISH)["headline"]
    assert headline == "Best Director: Sean Baker, Brady Corbet and Coralie Fargeat"


def test_a_tie_has_the_pictures_and_the_authors_of_all_its_texts() -> None:
    outcomes = [
        prepared("sean-baker", body="His.", byline="Ada", media=[SMILE]),
        prepared("brady-corbet", body="Not his.", byline="Eve", media=[replace(SMILE, name="frown.webp")]),
        prepared("coralie-fargeat", body="Hers.", byline="Ben", media=[replace(SMILE, name="laugh.webp")]),
    ]
    text = result_text(DIRECTOR, [SEAN, CORALIE], outcomes, ENGLISH)
    assert text["byline"] == "Ada and Ben"
    assert [each.name for each in text["media"]] == ["smile.webp", "laugh.webp"]
    assert text["body"] == "## Sean Baker\n\nHis.\n\n## Coralie Fargeat\n\nHers."
    same = [replace(each, byline="Ada") for each in outcomes]
    assert result_text(DIRECTOR, [SEAN, CORALIE], same, ENGLISH)["byline"] == "Ada"


def test_texts_share_the_fields_in_which_they_agree() -> None:
    one, two = (prepared(each, headline="Baker does it", body=f"For {each}", byline="Ada") for each in ("a", "b"))
    shared = shared_fields([one, two])
    assert (shared["headline"], shared["body"], shared["media"]) == ("Baker does it", "", [])
    assert shared_fields([one])["body"] == "For a"
    assert shared_fields([]) | {"headline": None, "body": "", "media": []} == shared_fields([])
    assert not {"type", "category", "key", "byline"} & shared.keys()


def test_a_withdrawn_result_shows_nothing_of_the_wrong_one() -> None:
    text = withdrawn_text(DIRECTOR, ENGLISH)
    assert (text["headline"], text["media"]) == ("Best Director: result withdrawn", [])
    assert "type" not in text  # the post keeps its own fields
    assert "byline" not in text
