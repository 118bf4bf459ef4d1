"""A whole night for the desk's tests: 23 categories, one of them with ten nominees, long names and other scripts."""

from __future__ import annotations

from liveblog import actions
from liveblog.model import Category, Nominee
from tests.browser.reading import Desk
from tests.live_server import LiveServer

SHORT = ["Sound", "Score", "Song", "Editing", "Visual Effects", "Costume Design", "Makeup", "Cinematography"]
SHORT += ["Production Design", "Live Action Short Film", "Animated Short Film", "Documentary Short Film"]
SHORT += ["Documentary", "International Feature", "Animated Feature", "Casting", "Adapted Screenplay"]
SHORT += ["Original Screenplay", "Supporting Actor", "Supporting Actress", "Actor"]
FIVE = [
    ("Hirokazu Kore-eda", "万引き家族"),
    ("Θόδωρος Αγγελόπουλος", "Μια αιωνιότητα και μια μέρα"),
    ("Apichatpong Weerasethakul", "Uncle Boonmee Who Can Recall His Past Lives"),
    ("نادين لبكي", "كفرناحوم"),
    ("Jo Wu", "Up"),
]
FILMS = ["Anora", "The Lord of the Rings: The Return of the King", "Emilia Pérez", "Nickel Boys", "I’m Still Here"]
FILMS += ["Dune: Part Two", "The Brutalist", "A Complete Unknown", "Conclave", "The Substance"]


def nominees(named: list[tuple[str, str]]) -> list[Nominee]:
    return [Nominee(id=f"n{number}", name=name, film=film) for number, (name, film) in enumerate(named, 1)]


CATEGORIES = [
    *(Category(id=f"c{n}", name=f"Best {name}", nominees=nominees(FIVE)) for n, name in enumerate(SHORT, 1)),
    Category(id="director", name="Best Director", nominees=nominees(FIVE)),
    Category(id="picture", name="Best Picture", nominees=nominees([(film, film) for film in FILMS])),
]


def open_long_night(server: LiveServer, slug: str, categories: list[Category] = CATEGORIES) -> str:
    def act(view: actions.View) -> actions.Plan:
        return actions.create_blog(
            view,
            slug=slug,
            title="The Academy Awards, the whole of the ceremony",
            status="live",
            film="Anora",
            timezone="America/Los_Angeles",
            categories=categories,
            preview=("Before the show", "Six nominations."),
        )

    server.store.perform(slug, act, by="test")
    return slug


class LongNight(Desk):
    """The desk's acts on such a night."""

    def __init__(self, server: LiveServer, slug: str) -> None:
        self.server, self.slug, self.url = server, open_long_night(server, slug), f"{server.url}/live/{slug}"
