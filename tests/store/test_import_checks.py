"""Imports of files that somebody edited: what no export says is refused, in every field."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from liveblog import actions, drafts, model
from liveblog.drafts import Writer
from liveblog.errors import Invalid
from liveblog.model import Doubt, Media, Venue
from liveblog.store.commits import Store
from liveblog.store.dump import export, parsed
from liveblog.store.import_checks import KINDS, LARGEST, LONGEST_LINE
from tests.newsroom import DIRECTOR, PICTURE

FILE = "0123456789abcdef" * 2 + ".webp"
SCRIPT = '"><img src=x onerror=alert(7)>'
PATHS = ("../../../../etc/passwd", "//evil.example/x", "javascript:alert(7)", SCRIPT, "", "a b", "a\n", "x" * 65)
NO_TIMES = ("soon", "9999-99-99T99:99:99.000Z", "2026-01-01", "2026-01-01T00:00:00.000Z\n", SCRIPT, "2026-01-01T00:00Z")
NO_NUMBERS = (-1, LARGEST, 10**30, 1.5, "1", True)
NO_SIZES = (0, -1, 10**6, 10**30, "1", 1.5)
NO_TEXTS = ("a\x00b", "\x00now", "\x1b[2J", "a\x9bb", "a\ufffeb", 7, ["x"])
Place = tuple[str | int, ...]


@pytest.fixture
def lines(store: Store) -> list[dict[str, Any]]:
    """An export that has every field of the model."""
    by = Writer(name="Ada", editor=True)

    def made(view: actions.View) -> actions.Plan:
        return actions.create_blog(
            view,
            slug="edited",
            title="Anora",
            film="Anora",
            starts="2026-03-02T16:00:00-08:00",
            venue=Venue(name="Dolby Theatre", locality="Los Angeles", country="US"),
            timezone="Europe/Paris",
            categories=[DIRECTOR, PICTURE],
            preview=("Before", "Six."),
        )

    store.perform("edited", made, by="Ada")

    def do(act: Any, *args: object, **fields: object) -> Any:
        note = {"act": act.__name__}
        return store.perform("edited", lambda view: act(view, "edited", *args, **fields), by="Ada", note=note)

    media = [Media(name=FILE, width=80, height=60, alt="A", widths=[40], moving=FILE, caption="C", credit="D")]
    post = do(actions.publish, body="One", headline="H", byline="B", category="director", media=media).find("post").id
    do(actions.edit_post, post, body="Two", correction="It was one")
    do(actions.announce, "director", winners=["sean-baker"])
    do(actions.doubt, "director", note="Two cards")
    do(drafts.save, by=by, body="Later", publish_at="2030-01-01T00:00:00Z")
    return [json.loads(line) for line in export(store, "edited")]


def written(lines: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(line).encode() for line in lines]


def places(part: Any, place: Place = ()) -> Iterator[Place]:
    """Where the values are, that are neither lists nor objects."""
    if isinstance(part, dict | list):
        for name, value in part.items() if isinstance(part, dict) else enumerate(part):
            yield from places(value, (*place, name))
    else:
        yield place


def edited(lines: list[dict[str, Any]], number: int, place: Place, value: object) -> list[bytes]:
    """The file with another value in one place."""
    changed = copy.deepcopy(lines)
    part: Any = changed[number]
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    return written(changed)


def hostile(place: Place) -> tuple[object, ...]:
    """Values that no export has in a field of this name."""
    field = next(step for step in reversed(place) if isinstance(step, str))
    if field in ("seq", "public", "desk"):
        return NO_NUMBERS
    if field in ("width", "height", "widths"):
        return NO_SIZES
    if field.endswith("_at") or field in ("at", "until", "starts"):
        return NO_TIMES
    if field in ("id", "order", "winners", "post", "category", "pinned", "pinned_below"):
        return PATHS
    if field in ("moving", "timezone") or (field == "name" and "media" in place):
        return (*PATHS[:-2], "Mars/Olympus")
    if field == "country":
        return (SCRIPT, "Mars", 7)
    if field == "language":
        return (SCRIPT, "", "en_", "x" * 200, "en\n")
    if field in ("type", "status", "state", "kind", "scope", "key", "retracted", "removed", "gone", "put_away"):
        return (SCRIPT, "", 7)
    return (*NO_TEXTS, "é" * (33_000 if field in ("body", "summary") else LONGEST_LINE // 2 + 1))


def test_what_no_export_says_is_refused_in_every_field(lines: list[dict[str, Any]]) -> None:
    assert parsed(written(lines)).slug == "edited"
    taken, tried = [], set()
    for number, line in enumerate(lines):
        for place in places(line):
            if place[-1] in ("exported_at", "liveblog", "lines"):
                continue
            tried.add(place)
            for value in hostile(place):
                try:
                    parsed(edited(lines, number, place, value))
                except Invalid:
                    continue
                taken.append((number, place, str(value)[:40]))
    assert taken == []
    assert len(tried) > 60


def test_every_field_of_the_model_has_a_check() -> None:
    """A field without one would fail an import: `KINDS` says what it is."""
    inside = {"venue", "media", "nominees", "corrections", "doubt", "on", "outcome", "published"}  # parts, looked into
    structs: list[type[msgspec.Struct]] = [
        model.Blog,
        model.Category,
        model.Post,
        model.Draft,
        model.Call,
        Media,
        Doubt,
        Venue,
    ]
    structs += [model.Nominee, model.Correction, model.When, model.Outcome, model.Published]
    names = {name for struct in structs for name in struct.__struct_fields__}
    assert names - inside == {*KINDS} - {"until"}


def test_texts_that_an_earlier_release_took_are_imported_without_what_nobody_saw(lines: list[dict[str, Any]]) -> None:
    """Eight-bit control characters and U+FFFE were text once."""
    raw = [json.dumps(line, ensure_ascii=False).replace("One", "O\x9bn\ufffee").encode() for line in lines]
    bodies = [getattr(version.object, "body", "") for _, version in parsed(raw).history]
    assert "One" in bodies
