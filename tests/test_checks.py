"""Checks of what people write: the limits, to the character and the byte."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from msgspec.structs import replace

from liveblog.checks import (
    BODY,
    HEADLINE,
    NAME,
    SLUG,
    FreeIds,
    NewNominee,
    checked_category,
    checked_fields,
    checked_instant,
    checked_language,
    checked_line,
    checked_local,
    checked_nominees,
    checked_slug,
    checked_timezone,
    checked_venue,
    checked_winners,
    optional_line,
    slugify,
)
from liveblog.errors import Invalid
from liveblog.model import TEXT_FIELDS, Category, Nominee, Venue, text_of
from tests.newsroom import DIRECTOR
from tests.test_text_fields import FULL


def test_every_field_of_a_text_is_checked() -> None:
    assert tuple(checked_fields(text_of(FULL))) == TEXT_FIELDS
    with pytest.raises(TypeError, match="no field rumour, seq"):
        checked_fields({"body": "Text", "seq": 3, "rumour": True})


@pytest.mark.parametrize("sign", ["x", "é", "한", "😀"])
def test_a_body_is_measured_in_bytes(sign: str) -> None:
    """64 KiB of UTF-8 fit; one byte more does not, although it has fewer characters than that."""
    fits = BODY // len(sign.encode())
    rest = "." * (BODY - fits * len(sign.encode()))
    longest = sign * fits + rest
    assert len(longest.encode()) == BODY
    assert checked_fields({"body": longest}) == {"body": longest}
    with pytest.raises(Invalid, match="body is longer than 65536") as no:
        checked_fields({"body": longest + "."})
    assert no.value.field == "body"


@pytest.mark.parametrize(("field", "limit"), [("headline", HEADLINE), ("byline", NAME)])
def test_a_line_is_measured_in_characters(field: str, limit: int) -> None:
    assert checked_fields({field: "é" * limit}) == {field: "é" * limit}
    with pytest.raises(Invalid) as no:
        checked_fields({field: "é" * (limit + 1)})
    assert no.value.field == field


def test_lines_lose_their_blanks_and_texts_their_carriage_returns() -> None:
    assert checked_line("  Best \n Director ", "name", NAME) == "Best Director"
    assert checked_fields({"body": "\r\nOne\r\ntwo\rthree\x85four \n"}) == {"body": "One\ntwo\nthree\nfour"}
    assert (optional_line(None, "film"), optional_line(" \n", "film")) == (None, None)
    with pytest.raises(Invalid, match="name is empty"):
        checked_line(" \n ", "name", NAME)


@pytest.mark.parametrize("field", ["headline", "body", "byline"])
def test_control_characters_are_refused_in_every_field(field: str) -> None:
    for character in "\x00\x08\x0b\x0e\x1f\x7f\x80\x9b\ud800\udfff\ufdd0\ufffe\uffff\U0010ffff":
        with pytest.raises(Invalid, match="contains a control character"):
            checked_fields({field: f"a{character}b"})
    assert checked_fields({"body": "a\tb\nc"}) == {"body": "a\tb\nc"}


@pytest.mark.parametrize("slug", ["a", "9", "anora-2025", "a" * 64])
def test_a_slug_is_letters_digits_and_inner_hyphens(slug: str) -> None:
    assert checked_slug(slug) == slug
    for wrong in ("", f"{slug}-", f"-{slug}", f"{slug}_", slug.upper() + "A", "a" * 65, "people"):
        with pytest.raises(Invalid):
            checked_slug(wrong)


def test_an_id_is_made_of_a_name() -> None:
    assert slugify("Best Director") == "best-director"
    assert slugify("  Zoé Saldaña! ") == "zoe-saldana"
    assert slugify("監督賞") == ""
    assert slugify("x" * 63 + " and more") == "x" * 63


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2025-03-02T16:00:00-08:00", "2025-03-03T00:00:00.000Z"),
        ("2025-03-03T00:00Z", "2025-03-03T00:00:00.000Z"),
        ("1929-05-16t20:00:00.1234567z", "1929-05-16T20:00:00.123Z"),
        ("2024-02-29 20:00:00+05:45", "2024-02-29T14:15:00.000Z"),
        (None, None),
    ],
)
def test_an_instant_has_an_offset_and_is_kept_in_utc(given: str | None, stored: str | None) -> None:
    assert checked_instant(given, "starts") == stored


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "tonight",
        "2025-03-02",
        "2025-03-02T16:00:00",
        "2025-02-30T16:00:00Z",
        "2025-03-02T25:00:00Z",
        "20250302T160000Z",
        "2025-W09-7T16:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "٢٠٢٥-03-02T16:00:00Z",
    ],
)
def test_an_instant_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid, match="starts must be an RFC 3339 time with its offset"):
        checked_instant(wrong, "starts")


def test_a_local_time_is_read_by_the_clocks_of_its_zone() -> None:
    assert checked_local("2025-03-02T16:00", "America/Los_Angeles", "starts") == "2025-03-03T00:00:00.000Z"
    assert checked_local("2025-07-02T16:00:30", "America/Los_Angeles", "starts") == "2025-07-02T23:00:30.000Z"
    assert checked_local("2025-11-02T01:30", "America/Los_Angeles", "starts") == "2025-11-02T08:30:00.000Z"  # PDT
    assert checked_local(" ", "America/Los_Angeles", "starts") is None
    with pytest.raises(Invalid, match="left out by the clocks of America/Los_Angeles"):
        checked_local("2025-03-09T02:30", "America/Los_Angeles", "starts")
    for wrong in ("2025-03-02", "16:00", "2025-03-02T16:00Z", "2025-13-02T16:00"):
        with pytest.raises(Invalid, match="must be a date and a time"):
            checked_local(wrong, "UTC", "starts")


def test_a_venue_has_a_name_and_its_country_is_a_code() -> None:
    given = Venue(name=" Palais  des Festivals ", locality="Cannes", country="fr")
    assert checked_venue(given) == Venue(name="Palais des Festivals", locality="Cannes", country="FR")
    assert checked_venue(Venue(name="Teatro", locality=" ", country="")) == Venue(name="Teatro")
    assert checked_venue(None) is None
    for wrong in (
        Venue(name=" "),
        Venue(name="x" * (NAME + 1)),
        Venue(name="x", locality="y" * (NAME + 1)),
        Venue(name="x", country="France"),
        Venue(name="x", country="EU"),
        Venue(name="x", country="ZZ"),
    ):
        with pytest.raises(Invalid) as refused:
            checked_venue(wrong)
        assert refused.value.field == "venue"


def test_zones_and_languages_are_known_ones() -> None:
    assert checked_timezone("America/Los_Angeles") == "America/Los_Angeles"
    assert [checked_language(tag) for tag in ("en", "pt-BR", "zh-Hant-TW")] == ["en", "pt-BR", "zh-Hant-TW"]
    with pytest.raises(Invalid, match="no time zone Mars"):
        checked_timezone("Mars/Base")
    for wrong in ("", "e", "english", "en_US", "en-" + "x" * 9, "-".join(["en", *["abcdefgh"] * 4])):
        with pytest.raises(Invalid, match="BCP 47"):
            checked_language(wrong)


def test_a_category_has_ids_that_are_slugs_and_each_nominee_once() -> None:
    nominees = checked_nominees([NewNominee(name="Sean Baker", film="Anora"), NewNominee(name="宮崎駿", film="君たち")])
    assert [nominee.id for nominee in nominees] == ["sean-baker", "nominee-2"]
    assert checked_category(Category(id="director", name=" Best  Director ", nominees=nominees)).name == "Best Director"
    for wrong, field in (
        (Category(id="Best Director", name="x"), "id"),
        (Category(id="x", name="x", nominees=checked_nominees([NewNominee(id="A B", name="a", film="b")])), "nominees"),
        (Category(id="x", name="x", nominees=[nominees[0], nominees[0]]), "nominees"),
        (Category(id="x", name=" "), "name"),
    ):
        with pytest.raises(Invalid) as no:
            checked_category(wrong)
        assert no.value.field == field


def test_ids_are_made_of_names_and_each_is_made_once() -> None:
    ids = FreeIds(["taken"])
    names = [
        "Best Song",
        "best song!",
        "Best Söng",
        "Taken",
        "x" * 70,
        "x" * 70 + "y",
        "作品賞",
        "脚本賞",
        "🎬",
        "Category 8",
    ]
    made = [ids.make(name, "category", place) for place, name in enumerate(names, 1)]
    assert made[:4] == ["best-song", "best-song-2", "best-song-3", "taken-2"]
    assert made[4:6] == ["x" * 64, "x" * 56 + "-2"]
    assert made[6:] == ["category-7", "category-8", "category-9", "category-8-2"]
    assert all(SLUG.fullmatch(id) for id in made)


def test_nominees_of_one_name_are_told_apart_and_keep_their_ids() -> None:
    def made(*films: str, known: Sequence[Nominee] = ()) -> list[Nominee]:
        return checked_nominees([NewNominee(name="John Williams", film=film) for film in films], known)

    one, two = made("One", "Two")
    assert (one.id, two.id) == ("john-williams", "john-williams-2")
    assert made("Two", "One", known=[one, two]) == [two, one]
    assert made("Three", "Two", known=[one, two]) == [replace(one, film="Three"), two]
    renamed = checked_nominees([NewNominee(name="J. Williams", film="Two")], [one, two])
    assert renamed == [replace(two, name="J. Williams")]
    other = checked_nominees([NewNominee(name="Nobody"), NewNominee(name="New", id="john-williams")], [one, two])
    assert [nominee.id for nominee in other] == ["nobody", "john-williams"]


def test_a_name_shows_something_and_is_composed() -> None:
    assert checked_line("Emilia Pe\u0301rez", "film", NAME) == "Emilia Pérez"
    assert len(checked_line("e\u0301" * NAME, "name", NAME)) == NAME
    for empty in ("\u200b", " \u200d\u2060 ", "\u3000", "\u3164", "\u2800 \ufe0f", "\u202e", "\U000e0041"):
        with pytest.raises(Invalid, match="name is empty"):
            checked_line(empty, "name", NAME)
    assert checked_line("🎬", "name", NAME) == "🎬"


def test_films_are_named_once_and_the_first_is_the_film() -> None:
    (nominee,) = checked_nominees([NewNominee(name="A", film="One", films=["Two", "One", " "], detail=" ")])
    assert (nominee.film, nominee.films, nominee.detail) == ("One", ["One", "Two"], None)
    (alone,) = checked_nominees([NewNominee(name="A", films=["One"])])
    assert (alone.film, alone.films) == ("One", [])
    (honour,) = checked_nominees([NewNominee(name="A", film="")])
    assert msgspec.to_builtins(honour) == {"id": "a", "name": "A"}


def test_winners_stand_in_the_order_of_the_nominees() -> None:
    won = checked_winners(DIRECTOR, ["coralie-fargeat", "sean-baker"])
    assert [nominee.name for nominee in won] == ["Sean Baker", "Coralie Fargeat"]
