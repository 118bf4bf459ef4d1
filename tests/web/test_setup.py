"""A night is set up in the browser, by forms alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from liveblog.demo.replay import shipped
from liveblog.store.accounts import Account
from liveblog.store.people import People
from tests.live_server import LiveServer
from tests.web.syndicated import tag
from tests.web.test_people import Browser


@pytest.fixture(scope="module")
def admin(server: LiveServer) -> Browser:
    people = People(server.store)
    people.accounts.put(Account(name="Setter", role="admin"))
    return Browser(server.url, people.sessions.open("Setter"))


@pytest.fixture
def state(server: LiveServer) -> Callable[[str], Any]:
    def read(slug: str) -> Any:
        headers = {"Authorization": f"Bearer {server.token}"}
        return requests.get(f"{server.url}/api/v1/blogs/{slug}", headers=headers, timeout=60).json()

    return read


def test_a_night_file_makes_a_blog_after_a_check(admin: Browser, state: Callable[[str], Any]) -> None:
    form = {"title": "Night by file", "night_text": shipped("anora-night.toml").read_text(), "hidden": "on"}
    look = admin.send("/desk/new", look="1", **form)
    assert "This would be created" in look.text
    assert "Best Picture" in look.text
    assert state("night-by-file")["status"] == 404
    made = admin.send("/desk/new", **form)
    assert made.headers["Location"] == "/desk/night-by-file/setup?done=add"
    found = state("night-by-file")
    assert (len(found["categories"]), found["blog"]["status"], found["blog"]["film"]) == (6, "draft", "Anora")
    sent = {"title": (None, "Chosen"), "look": (None, "1"), "night": ("n.toml", form["night_text"])}
    sent["preview"] = ("p.md", "# What to watch for\n\nSix *races*.")
    chosen = admin.upload("/desk/new", sent)
    assert "Six *races*." in chosen  # the files' texts come back, so that no file has to be chosen twice
    assert 'name="preview_name" value="p.md"' in chosen
    assert "Kieran Culkin" in chosen
    reserved = admin.send("/desk/new", slug="people", look="1", **form)
    assert "address of the desk itself" in reserved.text
    wrong = admin.send("/desk/new", title="x", night_text="[[category]]\nname = 3")
    assert (wrong.status_code, "line 2" in wrong.text) == (422, True)
    assert "already" in admin.send("/desk/new", **form).text


def test_last_years_night_is_cloned(server: LiveServer, admin: Browser, state: Callable[[str], Any]) -> None:
    slug = server.open("last-year")
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    admin.send("/desk/new", title="This year", source=slug, nominees="on")
    admin.send("/desk/new", title="Without names", source=slug)
    director = state("this-year")["categories"][0]
    assert (director["state"], director["winners"], len(director["nominees"])) == ("upcoming", [], 3)
    assert [c["nominees"] for c in state("without-names")["categories"]] == [[], []]
    assert state("this-year")["posts"] == []
    server.api("PATCH", f"/blogs/{slug}", {"timezone": "Europe/Madrid", "language": "es"})
    admin.send("/desk/new", title="As it was", source=slug)
    assert [state("as-it-was")["blog"][name] for name in ("timezone", "language")] == ["Europe/Madrid", "es"]
    gone = admin.send("/desk/new", title="x", source="nowhere")
    assert (gone.status_code, "not there any more" in gone.text) == (422, True)


def test_the_running_order_and_the_nominees(server: LiveServer, admin: Browser, state: Callable[[str], Any]) -> None:
    slug = server.open("order")
    page = f"/desk/{slug}/setup"
    admin.send(page, act="down", category="director")
    assert state(slug)["blog"]["order"] == ["picture", "director"]
    seq = state(slug)["categories"][1]["seq"]
    lines = "Brady Corbet | The Brutalist\n\nSean S. Baker | Anora\nJacques Audiard | Emilia Pérez"
    admin.send(page, act="category", category="director", seq=seq, name="Directing", nominees=lines)
    director = state(slug)["categories"][1]
    assert director["name"] == "Directing"
    assert [n["id"] for n in director["nominees"]] == ["brady-corbet", "sean-baker", "jacques-audiard"]
    late = admin.send(page, act="category", category="director", seq=seq, name="Mine", nominees=lines)
    assert (late.status_code, "Somebody else" in late.text) == (409, True)
    admin.send(page, act="add", name="Best Song", nominees="El Mal | Emilia Pérez\nAnora")
    song = state(slug)["categories"][2]
    assert [(n["name"], n["film"]) for n in song["nominees"]] == [("El Mal", "Emilia Pérez"), ("Anora", "Anora")]
    admin.send(page, act="remove", category="best-song")
    assert state(slug)["blog"]["order"] == ["picture", "director"]
    tombstone = next(obj for obj in server.state(slug)["objects"] if obj["id"] == "best-song")
    assert set(tombstone) == {"kind", "id", "seq", "removed"}
    server.api("POST", f"/blogs/{slug}/categories/director/on-stage", {})
    refused = admin.send(page, act="remove", category="director")
    assert (refused.status_code, "only an upcoming" in refused.text) == (409, True)
    admin.send(page, act="add", name="Best Song", nominees="El Mal | Emilia Pérez")
    assert state(slug)["blog"]["order"] == ["picture", "director", "best-song"]


PASTED = "Ada Bell\tHarbour\nCy Doe\tÎle du Nord\n• Eve Fox (Meadow)\n1. Gil Hay | A Long Street\nIda Jay – Dawn"


def named(category: Any) -> list[tuple[str, str | None, str | None]]:
    return [(each["name"], each.get("film"), each.get("detail")) for each in category["nominees"]]


def test_nominees_are_pasted_from_a_spreadsheet(
    server: LiveServer, admin: Browser, state: Callable[[str], Any]
) -> None:
    slug = server.open("pasted")
    added = admin.send(f"/desk/{slug}/setup", act="add", name="Best Song", nominees=PASTED)
    assert added.status_code == 303
    assert named(state(slug)["categories"][-1]) == [
        ("Ada Bell", "Harbour", None),
        ("Cy Doe", "Île du Nord", None),
        ("Eve Fox", "Meadow", None),
        ("Gil Hay", "A Long Street", None),
        ("Ida Jay", "Dawn", None),
    ]


@pytest.mark.parametrize("act", ["add", "category"])
def test_nominees_that_may_be_meant_otherwise_are_shown_before_they_are_saved(
    server: LiveServer, admin: Browser, state: Callable[[str], Any], act: str
) -> None:
    slug = server.open(f"doubtful-{act}")
    page = f"/desk/{slug}/setup"
    before = state(slug)["categories"]
    text = "“Blue” from <Dawn>; Music by Ada Bell\nHarbour\nRain – The Return\n★ Farewell"
    form = {"act": act, "name": "Best Thing", **({"category": "director"} if act == "category" else {})}
    asked = admin.send(page, **form, nominees=text)
    assert (asked.status_code, state(slug)["categories"]) == (422, before)
    shown = BeautifulSoup(asked.text, "html.parser")
    assert "Nothing is saved yet" in tag(shown, ".problem").text
    readings = shown.select(".readings > li")
    assert ["doubt" in each.get_attribute_list("class") for each in readings] == [False, True, True, True]
    assert [" ".join(each.text.split()) for each in readings] == [
        "Ada Bell · <Dawn> · Blue “Blue” from <Dawn>; Music by Ada Bell",
        "Harbour the film itself Check: it has no film, so it is read as one. Harbour",
        "Rain · The Return Check: it is read as a name and a film. Rain – The Return",
        "Farewell the film itself Check: it has no film, so it is read as one; the mark of a winner is left out:"
        " results are called at the desk. ★ Farewell",
    ]
    lines = tag(shown, "details[open] textarea[name=nominees]").text.strip()
    assert tag(shown, "details[open] input[name=name]")["value"] == "Best Thing"
    corrected = lines.replace("Rain | The Return", "Rain – The Return | Rain – The Return")
    saved = admin.send(page, **form, nominees=corrected)
    assert saved.status_code == 303
    changed = next(each for each in state(slug)["categories"] if each["name"] == "Best Thing")
    assert named(changed) == [
        ("Ada Bell", "<Dawn>", "Blue"),
        ("Harbour", "Harbour", None),
        ("Rain – The Return", "Rain – The Return", None),
        ("Farewell", "Farewell", None),
    ]
    again = BeautifulSoup(admin.get(page).text, "html.parser")
    kept = tag(again, f"#category-{changed['id']} textarea").text.strip()
    assert admin.send(page, act="category", category=changed["id"], name="B", nominees=kept).status_code == 303


ORDER = "Award;Name;Movie;Song;Seat\nBest Song;Ada Bell;Harbour;Blue;1\n;Cy Doe;Meadow;;2\nHonorary Award;Eve Fox;;;3\n"


def test_a_table_makes_a_running_order_after_a_look(
    server: LiveServer, admin: Browser, state: Callable[[str], Any]
) -> None:
    slug = server.open("table")
    page = f"/desk/{slug}/setup"
    parts = {"act": (None, "import"), "look": (None, "1"), "night": ("order.csv", ORDER.replace("\n", "\r\n"))}
    shown = BeautifulSoup(admin.upload(page, parts), "html.parser")
    plan = [" ".join(each.text.split()) for each in shown.select(".plan .readings > li")]
    assert plan == ["Ada Bell · Harbour · Blue", "Cy Doe · Meadow", "Eve Fox no film"]
    assert "Columns that were not read: Seat." in tag(shown, ".plan").text
    assert len(state(slug)["categories"]) == 2
    text = tag(shown, "textarea[name=night_text]").text
    assert admin.send(page, act="import", night_text=text, night_name="order.csv").status_code == 303
    song, honour = state(slug)["categories"][2:]
    assert named(song) == [("Ada Bell", "Harbour", "Blue"), ("Cy Doe", "Meadow", None)]
    assert named(honour) == [("Eve Fox", None, None)]
    form = {"title": "By table", "night_text": ORDER.replace(";", "\t"), "look": "1"}
    assert "Best Song" in admin.send("/desk/new", **form).text
    json = '[{"category": "Best Song", "nominee": "Ada Bell", "film": "Harbour", "winner": true}]'
    looked = admin.send("/desk/new", title="By JSON", night_text=json, look="1").text
    assert "The winners are not saved" in looked


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("order.xlsx", b"PK\x03\x04\x14\0\x06\0xl/workbook.xml\xff", "is an Excel workbook: save it as CSV"),
        ("order.csv", "Anora,Sean Baker\n", "the first line of a table must name its columns"),
        ("order.toml", "a = " + "9" * 9000, "line 1: a number is too long"),
        ("order.json", "[" * 9000, "too deep for a night"),
    ],
)
def test_a_file_that_is_no_running_order_is_refused_with_what_helps(
    server: LiveServer, admin: Browser, name: str, content: str | bytes, what: str
) -> None:
    page = f"/desk/{server.open('no-order')}/setup"
    refused = admin.upload(page, {"act": (None, "import"), "night": (name, content)})
    assert what in BeautifulSoup(refused, "html.parser").text
    assert what in BeautifulSoup(admin.upload("/desk/new", {"night": (name, content)}), "html.parser").text


def test_start_and_venue_are_set_by_the_clocks_of_the_show(
    server: LiveServer, admin: Browser, state: Callable[[str], Any]
) -> None:
    zone, place = "America/Los_Angeles", {"venue": "Dolby Theatre", "locality": "Los Angeles", "country": "us"}
    form = {"title": "Night with a date", "timezone": zone, "starts": "2025-11-02T16:00", **place}
    assert "2 November 2025 at 16:00\N{NO-BREAK SPACE}PST" in admin.send("/desk/new", look="1", **form).text
    admin.send("/desk/new", **form)
    blog = state("night-with-a-date")["blog"]
    assert blog["starts"] == "2025-11-03T00:00:00.000Z"
    assert blog["venue"] == {"name": "Dolby Theatre", "locality": "Los Angeles", "country": "US"}
    page = "/desk/night-with-a-date/setup"
    shown = BeautifulSoup(admin.get(page).text, "html.parser")
    assert tag(shown, "[name=starts]")["value"] == "2025-11-02T16:00"
    assert zone in tag(shown, "#starts-zone").text
    second = "2025-11-02T09:30:00.000Z"  # 1:30 for the second time, by PST
    server.api("PATCH", "/blogs/night-with-a-date", {"starts": second})
    facts = {"act": "facts", "title": "T", "timezone": zone, "language": "en", **place}
    admin.send(page, starts="2025-11-02T01:30", **facts)
    assert state("night-with-a-date")["blog"]["starts"] == second  # shown, and not changed
    refused = admin.send(page, **{**facts, "starts": "2025-03-09T02:30"})
    assert (refused.status_code, "left out by the clocks" in refused.text) == (422, True)
    assert 'value="2025-03-09T02:30"' in refused.text  # what was typed can be corrected
    admin.send(page, **{**facts, "venue": "", "locality": "", "country": "", "starts": ""})
    assert not {"starts", "venue"} & state("night-with-a-date")["blog"].keys()


def test_facts_status_import_and_preview(server: LiveServer, admin: Browser, state: Callable[[str], Any]) -> None:
    slug = server.open("facts", "preview")
    page = f"/desk/{slug}/setup"
    admin.send(page, act="facts", title="Renamed", summary="So", timezone="Europe/Madrid", film="", language="es")
    admin.send(page, act="status", status="live")
    blog = state(slug)["blog"]
    assert (blog["title"], blog["timezone"], blog["status"], "film" in blog) == (
        "Renamed",
        "Europe/Madrid",
        "live",
        False,
    )
    admin.send(
        page, act="import", night_text='[[category]]\nname = "Best Score"\nnominees = [{name = "A", film = "B"}]'
    )
    assert state(slug)["blog"]["order"][-1] == "best-score"
    look = admin.send(
        page,
        act="import",
        look="1",
        night_text='[[category]]\nname = "Best Score"\nnominees = [{name = "A", film = "B"}]',
    )
    assert "exists already" in look.text
    server.api("POST", f"/blogs/{slug}/posts", {"body": "On the score", "category": "best-score"})
    used = admin.send(page, act="remove", category="best-score")
    assert (used.status_code, "posts are filed under" in used.text.lower()) == (409, True)
    assert server.api("DELETE", f"/blogs/{slug}/categories/best-score").status_code == 409
    assert server.api("DELETE", f"/blogs/{slug}/categories/picture").json()["removed"] is True
    assert server.api("DELETE", f"/blogs/{slug}/categories/picture").status_code == 404
    admin.send(page, act="preview", preview_text="A lead that says it all.\nWhat is known\nNothing yet.")
    found = state(slug)
    pinned = next(post for post in found["posts"] if post["id"] == found["blog"]["pinned"])
    assert "<h3>What is known</h3>" in pinned["html"]
    for fields, words in (
        (
            {"act": "facts", "title": "", "summary": "", "timezone": "UTC", "film": "", "language": "en"},
            "title is empty",
        ),
        (
            {"act": "facts", "title": "x", "summary": "", "timezone": "Mars", "film": "", "language": "en"},
            "no time zone",
        ),
        ({"act": "status", "status": "draft"}, "cannot become a draft"),
        ({"act": "import"}, "choose a night file"),
        ({"act": "up", "category": "nothing"}, "not on the running order"),
        ({"act": "dance"}, "no such act"),
    ):
        answer = admin.send(page, **fields)
        assert answer.status_code >= 400, fields
        assert words in answer.text.lower() or words in answer.text, fields


TRACKED = """<html><body><p class=MsoTitle>The long evening</p><p>The jury <em>argued</em><del> and slept</del>.<a
class=msocomanchor href="#_msocom_1">[E1]</a></p><div style='mso-element:comment-list'>Slept?</div></body></html>"""
NOTED = "---\ntitle: The long evening\ndraft: false\n---\n\nThe jury *argued*.<!-- slept? -->\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("tracked.html", TRACKED), ("", TRACKED), ("noted.md", NOTED), ("noted.txt", NOTED), ("", NOTED)],
    ids=["html", "pasted html", "markdown", "text", "pasted text"],
)
def test_a_preview_has_no_comments_between_authors(
    server: LiveServer, admin: Browser, state: Callable[[str], Any], name: str, text: str
) -> None:
    slug = server.open(f"private-{name.rpartition('.')[2] or 'pasted'}-{len(text)}", "preview")
    if name:
        admin.upload(f"/desk/{slug}/setup", {"act": (None, "preview"), "preview": (name, text)})
    else:
        admin.send(f"/desk/{slug}/setup", act="preview", preview_text=text)
    found = state(slug)
    post = next(post for post in found["posts"] if post["id"] == found["blog"]["pinned"])
    assert (post["headline"], post["body"]) == ("The long evening", "The jury *argued*.")
    wanted = admin.send("/desk/new", title="x", look="1", preview_text=text, preview_name=name).text
    for shown in (wanted, admin.send(f"/desk/{slug}/setup", act="preview", look="1", preview_text=text).text):
        plan = shown.partition("Readers would see")[2].partition("</section>")[0]
        assert "<h4>The long evening</h4>" in plan
        assert "<em>argued</em>" in plan
        assert "slept" not in plan.lower()
    assert len(state(slug)["posts"]) == 2  # a look publishes nothing


def test_the_look_says_how_a_night_file_was_read_and_refuses_an_article_that_no_post_can_hold(
    server: LiveServer, admin: Browser, state: Callable[[str], Any]
) -> None:
    slug = server.open("accents")
    page, before = f"/desk/{slug}/setup", state(slug)["posts"]
    table = "Award,Name,Movie\nBest Song,Renée Bell,L’été\n".encode("cp1252")
    shown = BeautifulSoup(
        admin.upload(page, {"act": (None, "import"), "look": (None, "1"), "night": ("a.csv", table)}), "html.parser"
    )
    assert "Renée Bell · L’été" in " ".join(tag(shown, ".plan").text.split())
    assert "read as windows-1252: check the accents" in tag(shown, ".plan").text
    long = "<p>" + "The whole street waited. " * 20 + "</p>"
    refused = admin.send(page, act="preview", look="1", preview_text=f"<html><body>{long * 200}", preview_name="a.html")
    assert refused.status_code == 422
    assert "ody is longer than " in refused.text
    kept = BeautifulSoup(refused.text, "html.parser")
    assert "The whole street waited." in tag(kept, "textarea[name=preview_text]").text
    assert state(slug)["posts"] == before


def test_a_file_that_is_far_too_large_costs_nothing_that_was_typed(admin: Browser) -> None:
    for field in ("preview", "night"):
        told = admin.upload(
            "/desk/new", {"title": (None, "A title typed"), field: ("large.txt", b"a " * 10 * 1024 * 1024)}
        )
        assert "A title typed" in told
        assert "Large.txt is larger than" in told, BeautifulSoup(told, "html.parser").get_text(" ", strip=True)[:1500]
