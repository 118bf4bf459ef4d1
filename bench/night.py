"""The night that the benchmarks of the readers' page open: 23 categories, most of them announced, 400 updates, and a
picture in every third one, also in the newest."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import requests
from msgspec.structs import replace
from PIL import Image
from rich.progress import track

from liveblog.model import Category
from tests.browser.long_night import CATEGORIES, nominees, open_long_night
from tests.live_server import LiveServer, live_server

POSTS = 400
ANNOUNCED = 15
PICTURES = 8
SLUG = "night"
PROSE = """
the the the and and of of in in on a a to for with as at by from is was has had are it his her their its not but who
after before while again still already first last next long short quiet loud bright late early new old great small gold
room hall stage stairs curtain orchestra camera speech envelope statue winner nominee actor actress director producer
writer editor composer film picture scene score song dress carpet row seat table applause laughter tears silence joke
thanks mother father daughter friend crew cast studio critic festival night ceremony host audience minute hour year
rises walks waits reads opens names thanks kisses forgets remembers laughs cries sings plays stops begins ends returns
embraces points whispers promises dedicates interrupts applauds Cannes London Paris Tokyo Hollywood Oscar Academy Dolby
independent historic unexpected nervous proud grateful breathless seven twelve twenty hundred thousand
"""
WORDS = PROSE.split()
SYLLABLES = "anbelcordanelfingarhosisjokalinmornorolpequirosatorulviwenyazo"
FILMS = 50


@contextmanager
def long_night() -> Iterator[str]:
    """Serve the night. Yields the address of its live page."""
    with live_server() as server:
        open_long_night(server, SLUG, [_named(category) for category in CATEGORIES])
        pictures = [_upload(server, number) for number in range(PICTURES)]
        for category in CATEGORIES[:ANNOUNCED]:
            speech = _prose(Random(category.id))
            _do(server, f"categories/{category.id}/announce", winners=[category.nominees[0].id], body=speech)
        for number in track(range(POSTS), "writing posts"):
            _do(server, "posts", **_update(number, pictures))
        yield f"{server.url}/live/{SLUG}"


def _named(category: Category) -> Category:
    """The category with as many nominees of its own: the same five everywhere would be compressed to nothing."""
    luck = Random(category.id)
    names = [f"{_name(luck)} {_name(luck)}" for _ in category.nominees]
    films = [_film(Random(luck.randrange(FILMS))) for _ in category.nominees]
    return replace(category, nominees=nominees([*zip(names, films, strict=True)]))


def _name(luck: Random) -> str:
    return "".join(SYLLABLES[(at := luck.randrange(len(SYLLABLES) - 3)) : at + 3] for _ in "12").capitalize()


def _film(luck: Random) -> str:
    return " ".join(luck.choices(WORDS, k=luck.randint(1, 5))).title()


def _update(number: int, pictures: list[str]) -> dict[str, Any]:
    """The fields of an update; every other one has a headline, every twentieth is a key moment."""
    luck = Random(number)
    fields: dict[str, Any] = {"body": _prose(luck), "key": number % 20 == 0}
    if number % 2:
        fields["headline"] = " ".join(luck.choices(WORDS, k=8)).capitalize()
    if number % 3 == 0:
        fields["media"] = [{"name": pictures[number % PICTURES], "alt": "The hall, seen from the stage"}]
    return fields


def _prose(luck: Random) -> str:
    """One to three paragraphs that compress about as well as prose does."""
    return "\n\n".join(" ".join(luck.choices(WORDS, k=luck.randint(15, 60))) + "." for _ in range(luck.randint(1, 3)))


def _upload(server: LiveServer, number: int) -> str:
    """Upload a picture with as much detail as a photograph (noise over a gradient). Returns its name."""
    noise = Image.effect_noise((400, 267), 40).resize((1600, 1067), Image.Resampling.BICUBIC)
    colours = [Image.linear_gradient("L").rotate(30 * (number + each)).resize(noise.size) for each in range(3)]
    out = io.BytesIO()
    Image.blend(Image.merge("RGB", colours), noise.convert("RGB"), 0.3).save(out, "JPEG", quality=90)
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "image/jpeg"}
    answer = requests.post(f"{server.url}/api/v1/blogs/{SLUG}/media", out.getvalue(), headers=headers, timeout=60)
    return str(answer.json()["name"])


def _do(server: LiveServer, path: str, **fields: Any) -> None:
    answer = server.api("POST", f"/blogs/{SLUG}/{path}", fields)
    assert answer.ok, answer.text
