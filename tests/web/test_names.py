"""Names of any script and length are the same by night file, API and set-up page, and stand wherever they belong."""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from liveblog.checks import NAME, NewNominee, checked_nominees
from liveblog.errors import Invalid
from liveblog.intake.lines import line_of
from liveblog.intake.night import parse_night
from liveblog.model import Nominee
from liveblog.store.accounts import Account
from liveblog.store.people import People
from tests.live_server import LiveServer
from tests.web.office import session_of
from tests.web.syndicated import tag
from tests.web.test_people import Browser

PEREZ = "Emilia Pérez"
APART = unicodedata.normalize("NFD", PEREZ)
LONG = "Outstanding Achievement in Camera Movement, Lenses and Light for a "
CATEGORIES = [
    "作品賞",
    "脚本賞",
    "Лучший фильм",
    "أفضل فيلم",
    "🎬🎬",
    LONG + "Series",
    LONG + "Special",
    "Best Song",
    "Best song",
]
LETTERS = st.characters(exclude_categories=["C"]) | st.sampled_from("|/\\ é界ف🎬'\"")
NAMES = st.text(LETTERS, min_size=1, max_size=NAME).filter(lambda text: _is_name(text))
numbers = itertools.count(1)


def _is_name(text: str) -> bool:
    """A name of letters at its ends: signs there are read as those of a list, or as a winner's mark."""
    if not (text.strip() and text.strip()[0].isalpha() and text.strip()[-1].isalpha()):
        return False
    try:
        return bool(checked_nominees([NewNominee(name=text)]))
    except Invalid:
        return False


@pytest.fixture(scope="module")
def admin(server: LiveServer) -> Browser:
    people = People(server.store)
    people.accounts.put(Account(name="Namer", role="admin"))
    return Browser(server.url, session_of(people, "Namer"))


@pytest.fixture
def nominees(server: LiveServer) -> Callable[[str, str], Any]:
    def read(slug: str, id: str) -> Any:
        found = requests.get(f"{server.url}/api/v1/blogs/{slug}", timeout=60).json()
        return next(each["nominees"] for each in found["categories"] if each["id"] == id)

    return read


def toml(value: object) -> str:
    """A text or list as TOML, which is JSON's form as long as no character is escaped that needs two escapes there."""
    return json.dumps(value, ensure_ascii=False)


def by_night_file(name: str, entries: list[dict[str, Any]]) -> str:
    rows = [", ".join(f"{key} = {toml(value)}" for key, value in entry.items()) for entry in entries]
    return f"[[category]]\nname = {toml(name)}\nnominees = [{', '.join(f'{{ {row} }}' for row in rows)}]\n"


entries = st.fixed_dictionaries({"name": NAMES}, optional={"films": st.lists(NAMES, max_size=3), "detail": NAMES}).map(
    lambda entry: {key: value for key, value in entry.items() if value}
)
lists = st.lists(entries, max_size=4)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([{"name": "John Williams", "films": ["One"]}, {"name": "John Williams", "films": ["Two"]}])
@example([{"name": "Jane Doe"}, {"name": "JANE DOE"}, {"name": "Jané Doe", "films": [APART]}])
@example([{"name": "界" * NAME, "films": ["🎬" * NAME], "detail": "ف" * NAME}])
@example([])
@given(lists)
def test_night_file_api_and_set_up_page_take_the_same_names(
    server: LiveServer, admin: Browser, nominees: Callable[[str, str], Any], entries: list[dict[str, Any]]
) -> None:
    slug = "alike"
    if not server.store.blog(slug):
        server.open(slug)
    number = next(numbers)
    expected = checked_nominees([NewNominee(**entry) for entry in entries])
    (category,) = parse_night(by_night_file("Any", entries), "night.toml").categories
    assert category.nominees == expected
    sent = server.api("POST", f"/blogs/{slug}/categories", {"name": f"By API {number}", "nominees": entries})
    assert sent.status_code == 201, sent.text
    lines = "\n".join(map(line_of, expected))
    admin.send(f"/desk/{slug}/setup", act="add", name=f"By form {number}", nominees=lines)
    night = by_night_file(f"By file {number}", entries)
    admin.send(f"/desk/{slug}/setup", act="import", night_text=night)
    for way in ("api", "form", "file"):
        found = [Nominee(**each) for each in nominees(slug, f"by-{way}-{number}")]
        assert found == expected


def test_categories_of_any_name_get_ids_of_their_own_on_every_way(server: LiveServer, admin: Browser) -> None:
    def ids(slug: str) -> list[str]:
        found = requests.get(f"{server.url}/api/v1/blogs/{slug}", timeout=60).json()
        assert [each["name"] for each in found["categories"]] == CATEGORIES
        return list(found["blog"]["order"])

    night = "".join(by_night_file(name, []) for name in CATEGORIES)
    for slug in ("ids-by-api", "ids-by-form", "ids-by-file"):
        server.api("POST", "/blogs", {"slug": slug, "title": "夜", "status": "preview"})
    for name in CATEGORIES:
        assert server.api("POST", "/blogs/ids-by-api/categories", {"name": name}).status_code == 201
        admin.send("/desk/ids-by-form/setup", act="add", name=name, nominees="")
    admin.send("/desk/ids-by-file/setup", act="import", night_text=night)
    made = ids("ids-by-api")
    assert ids("ids-by-form") == ids("ids-by-file") == made
    assert made[:2] == ["category-1", "category-2"]
    assert made[-2:] == ["best-song", "best-song-2"]
    assert len(set(made)) == len(CATEGORIES)
    again = server.api("POST", "/blogs/ids-by-api/categories", {"name": "作品賞"})
    assert (again.status_code, again.json()["detail"]) == (422, "there is a category 作品賞 already")


def test_a_night_file_finds_its_ids_among_categories_that_are_there(server: LiveServer, admin: Browser) -> None:
    slug = server.open("meets")
    for name in ("監督賞", "Best Song!"):
        server.api("POST", f"/blogs/{slug}/categories", {"name": name})
    night = by_night_file("作品賞", []) + by_night_file("Best Song", [])
    admin.send(f"/desk/{slug}/setup", act="import", night_text=night)
    order = requests.get(f"{server.url}/api/v1/blogs/{slug}", timeout=60).json()["blog"]["order"]
    assert order[2:] == ["category-3", "best-song", "category-1", "best-song-2"]
    twice = admin.send(f"/desk/{slug}/setup", act="import", night_text=by_night_file("作品賞", []))
    assert (twice.status_code, "There is a category 作品賞 already" in twice.text) == (422, True)


def test_a_night_whose_title_has_no_latin_letters_gets_an_address(server: LiveServer, admin: Browser) -> None:
    form = {"title": "授賞式の夜", "night_text": by_night_file("作品賞", [{"name": "アノーラ", "film": "アノーラ"}])}
    assert "/live/night-1<" in admin.send("/desk/new", look="1", **form).text
    assert admin.send("/desk/new", **form).headers["Location"] == "/desk/night-1/setup?done=add"
    assert admin.send("/desk/new", **form).headers["Location"] == "/desk/night-2/setup?done=add"


def test_a_film_that_is_typed_in_two_ways_is_one_film(server: LiveServer) -> None:
    slug = server.open("one-film")
    server.api("PATCH", f"/blogs/{slug}", {"film": APART})
    for name, film in (("Song", PEREZ), ("Score", APART)):
        body = {"name": name, "nominees": [{"id": "n", "name": "Camille", "film": film, "detail": "El Mal"}]}
        server.api("POST", f"/blogs/{slug}/categories", body)
    server.api("POST", f"/blogs/{slug}/categories/song/announce", {"winners": ["n"]})
    assert f"{PEREZ}</cite> <strong>1 of 2" in requests.get(f"{server.url}/live/{slug}", timeout=60).text.replace(
        "<bdi>", ""
    ).replace("</bdi>", "")


def test_too_long_a_name_is_refused_alike_and_a_long_one_can_be_called(server: LiveServer, admin: Browser) -> None:
    slug = server.open("long-names")
    credit, title = "x" * NAME, "Award " + "y" * (NAME - 6)
    longer = [{"name": credit + "x", "film": "One"}]
    said = f"the name of nominee 1 is longer than {NAME} characters"
    with pytest.raises(Invalid, match=said):
        parse_night(by_night_file("Any", longer), "night.toml")
    sent = server.api("POST", f"/blogs/{slug}/categories", {"name": "Any", "nominees": longer})
    assert (sent.status_code, sent.json()["detail"].lower()) == (422, said)
    assert said[4:] in admin.send(f"/desk/{slug}/setup", act="add", name="Any", nominees=f"{credit}x | One").text
    server.api(
        "POST", f"/blogs/{slug}/categories", {"id": "long", "name": title, "nominees": [{"name": credit, "id": "n"}]}
    )
    called = server.api("POST", f"/blogs/{slug}/categories/long/announce", {"winners": ["n"]})
    headline = called.json()["posts"][0]["headline"]
    assert (called.status_code, len(headline), "…: xxx" in headline) == (200, NAME, True)


def test_board_and_structured_data_show_song_role_and_every_film(server: LiveServer) -> None:
    slug = server.open("shown")
    nominee = {"id": "n", "name": "Jane Doe", "films": ["One", "Two"], "detail": "The Singer"}
    made = server.api("POST", f"/blogs/{slug}/categories", {"id": "song", "name": "Best Song", "nominees": [nominee]})
    assert made.json()["nominees"] == [{**nominee, "film": "One"}]
    assert "<li>Jane Doe, <cite>One</cite>, <cite>Two</cite>, <span" in made.json()["html"]
    called = server.api("POST", f"/blogs/{slug}/categories/song/announce", {"winners": ["n"]}).json()
    assert '<cite>One</cite> <cite>Two</cite> <span class="detail">The Singer</span>' in called["category"]["html"]
    assert called["posts"][0]["body"] == "**Jane Doe** wins Best Song for *One* and *Two* (The Singer)."
    page = requests.get(f"{server.url}/live/{slug}/posts/{called['posts'][0]['id']}", timeout=60).text
    data = json.loads(str(tag(BeautifulSoup(page, "html.parser"), 'script[type="application/ld+json"]').string))
    assert data["about"] == [
        {"@type": "Thing", "name": "Jane Doe", "description": "The Singer"},
        {"@type": "CreativeWork", "name": "One"},
        {"@type": "CreativeWork", "name": "Two"},
    ]
    whole = requests.get(f"{server.url}/live/{slug}", timeout=60).text
    assert all(f"<cite>{film}</cite> 1 of 1" in whole for film in ("One", "Two"))


def test_nominees_without_ids_stay_who_they_are_when_the_list_changes(server: LiveServer) -> None:
    slug = server.open("stay")
    names = [{"name": "宮崎駿", "film": "君たち"}, {"name": "山崎貴", "film": "ゴジラ"}]
    server.api("POST", f"/blogs/{slug}/categories", {"id": "kantoku", "name": "監督賞", "nominees": names})
    server.api("POST", f"/blogs/{slug}/categories/kantoku/announce", {"winners": ["nominee-2"]})
    changed = [{"name": "濱口竜介", "film": "ドライブ"}, names[1] | {"detail": "日本"}]
    sent = server.api("PATCH", f"/blogs/{slug}/categories/kantoku", {"nominees": changed}).json()
    assert [(each["id"], each["name"]) for each in sent["nominees"]] == [
        ("nominee-1", "濱口竜介"),
        ("nominee-2", "山崎貴"),
    ]
    honour = {"id": "honour", "name": "Honorary Award", "nominees": [{"name": "Quincy Jones", "film": None}]}
    assert server.api("POST", f"/blogs/{slug}/categories", honour).json()["nominees"] == [
        {"id": "quincy-jones", "name": "Quincy Jones"}
    ]
