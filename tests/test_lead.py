"""What the page leads with after the night: who won, and nothing that is not sure."""

from __future__ import annotations

from typing import Any

import pytest

from liveblog import i18n
from liveblog.lead import lead_of
from liveblog.model import Blog, Category, Doubt, Nominee

FILMS = ["Anora", "The Brutalist", "Emilia Pérez", "Wicked", "Flow"]


def night(*results: tuple[str, str], film: str | None = "Anora", status: Any = "ended", **doubts: Doubt) -> str:
    """The English headline of a night with these results: awards with the films that won them, `*` for a person's.

    Of several films with a bar between them each won; an award without one is open.
    """
    categories = [award(name, won, doubts.get(name.lower())) for name, won in results]
    blog = Blog(id="night", title="The night", film=film, status=status, order=[each.id for each in categories])
    lead = lead_of(blog, categories)
    return i18n.lead("en", lead) if lead else ""


def award(name: str, won: str, doubt: Doubt | None) -> Category:
    personal = name.endswith("*")
    nominees = [
        Nominee(id=f"n{n}", name=f"Somebody {n}" if personal else film, film=film) for n, film in enumerate(FILMS)
    ]
    winners = [nominee.id for nominee in nominees if nominee.film in won.split("|")]
    name = name.removesuffix("*")
    return Category(id=name.lower(), name=name, nominees=nominees, winners=winners, doubt=doubt)


def test_the_nights_own_film_leads_if_it_won_anything() -> None:
    five = [(f"{name}*", "Anora") for name in ("Screenplay", "Editing", "Director", "Actress")]
    assert night(*five, ("Picture", "Anora"), ("Song*", "Emilia Pérez")) == "Anora wins Picture and four more"
    others = [("Score*", "The Brutalist"), ("Cinematography*", "The Brutalist")]
    assert night(*others, ("Director*", "Anora")) == "Anora wins Director"
    assert night(("Editing*", "Anora"), ("Director*", "Anora")) == "Anora wins Director and one more"


def test_else_the_film_with_the_most_awards_leads() -> None:
    awards = [("Score*", "The Brutalist"), ("Picture", "Wicked"), ("Actor*", "The Brutalist")]
    assert night(*awards) == "The Brutalist wins Actor and one more"
    assert night(*awards, film=None) == "The Brutalist wins Actor and one more"
    assert night(*awards, film="Nosferatu") == "The Brutalist wins Actor and one more"


def test_the_award_that_goes_to_the_film_itself_is_named_wherever_it_stands() -> None:
    assert night(("Picture", "Anora"), ("Director*", "Anora"), ("Sound*", "Anora")) == "Anora wins Picture and two more"
    assert night(("Feature", "Flow"), ("Director*", "Anora"), ("Picture", "Anora")) == "Anora wins Picture and one more"


def test_films_that_won_equally_many_share_the_headline() -> None:
    two = [("Score*", "Wicked"), ("Picture", "Flow"), ("Sound*", "Wicked"), ("Editing*", "Flow")]
    assert night(*two, film=None) == "Wicked and Flow win two awards each"
    assert night(("Score*", "Wicked"), ("Picture", "Flow"), ("Song*", "Emilia Pérez")) == (
        "Wicked, Flow and Emilia Pérez win one award each"
    )


def test_too_many_for_a_headline_leave_it_to_the_last_result() -> None:
    four = [("Picture", "Flow"), ("Score*", "Wicked"), ("Song*", "Emilia Pérez"), ("Actor*", "The Brutalist")]
    assert night(*four, film=None) == "Flow wins Picture"
    assert night(*[(name.removesuffix("*") + "*", film) for name, film in four], film=None) == "Somebody 1 wins Actor"


def test_a_tie_counts_for_each_and_a_film_once_per_award() -> None:
    assert night(("Editing*", "Anora"), ("Picture", "Anora|Flow")) == "Anora wins Picture and one more"
    twice = Category(
        id="actress",
        name="Actress",
        nominees=[Nominee(id=id, name=id, film="Anora") for id in ("one", "two")],
        winners=["one", "two"],
    )
    lead = lead_of(Blog(id="x", title="X", status="ended", order=["actress"]), [twice])
    assert lead is not None
    assert (lead.names, lead.wins) == (["Anora"], 1)


def test_awards_of_persons_without_a_film_have_a_headline_too() -> None:
    def result(name: str, *winners: str) -> Category:
        nominees = [Nominee(id=each, name=each, film="") for each in ("Beyoncé", "Ed", "Ana")]
        return Category(id=name.lower(), name=name, nominees=nominees, winners=list(winners))

    blog = Blog(id="x", title="X", status="ended", order=["song", "album"])
    one = lead_of(blog, [result("Song", "Ed"), result("Album", "Beyoncé")])
    both = lead_of(blog, [result("Song", "Ed"), result("Album", "Beyoncé", "Ana")])
    assert one is not None
    assert both is not None
    assert [i18n.lead("en", each) for each in (one, both)] == ["Beyoncé wins Album", "Beyoncé and Ana win Album"]


def test_what_is_in_doubt_is_not_claimed() -> None:
    doubt = Doubt(at="2025-03-03T04:00:00.000Z")
    assert night(("Director*", "Anora"), ("Picture", "Anora"), picture=doubt) == "Anora wins Director"
    assert night(("Picture", "Anora"), picture=doubt) == ""


@pytest.mark.parametrize("status", ["draft", "preview", "live"])
def test_before_the_end_nothing_is_claimed(status: str) -> None:
    assert night(("Picture", "Anora"), status=status) == ""


def test_without_results_or_categories_there_is_no_headline() -> None:
    assert night(("Picture", "")) == ""
    assert night() == ""


def test_a_headline_is_in_the_language_of_the_night() -> None:
    blog = Blog(id="x", title="X", status="ended", film="Anora")
    won = [award(f"{n}*", "Anora", None) for n in range(11)]
    lead = lead_of(blog, [*won, award("Mejor película", "Anora", None)])
    assert lead is not None
    assert i18n.lead("es", lead) == "Anora gana: Mejor película y 11 premios más"
    assert i18n.lead("en", lead) == "Anora wins Mejor película and 11 more"
    assert i18n.lead("en", lead, "<b>{}</b>".format) == "<b>Anora</b> wins <b>Mejor película</b> and 11 more"
