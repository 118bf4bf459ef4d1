"""The command line, as editors and operators use it: beside a running server, and alone."""

from __future__ import annotations

import io
import re
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from click.testing import CliRunner

from liveblog.checks import slugify
from liveblog.cli import cli
from liveblog.demo.replay import shipped
from liveblog.store.commits import Store
from liveblog.store.embedded import locate
from liveblog.store.factors import Factors
from liveblog.store.people import People
from tests.client.scripted import Said, Scripted
from tests.commands import NOWHERE, Done, liveblog, misused, program, refused, said
from tests.intake.oscar_table import table
from tests.live_server import LiveServer

ARTICLE = """A night of six envelopes is ahead, and a newsroom that has slept too little.
What is known
The show begins in the evening. Nobody has seen the cards.
What is not
Everything else, as always.
How we work
Each result appears on the board first, and is confirmed a moment later.
"""
NIGHT = str(shipped("anora-night.toml"))


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory without a server."""
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        yield Path(folder) / "data"


def file(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


TRACKED = """<html><body><p class=MsoTitle>The long evening</p><p>The jury <em>argued</em><del> and slept</del>.<a
class=msocomanchor href="#_msocom_1">[E1]</a></p><div style='mso-element:comment-list'>Slept?</div></body></html>"""
NOTED = "---\ntitle: The long evening\ndraft: false\n---\n\nThe jury *argued*.<!-- slept? -->\n"


# -- beside a running server


def test_an_article_and_a_night_file_make_a_blog(server: LiveServer, tmp_path: Path) -> None:
    article = file(tmp_path, "article.txt", ARTICLE)
    words = ("blog", "create", "by-hand", "--title", "The first night", "--preview", article, "--night", NIGHT)
    assert said(liveblog(*words, data=server.data)) == "created by-hand: /live/by-hand\n"
    state = requests.get(f"{server.url}/api/v1/blogs/by-hand", timeout=60).json()
    assert len(state["categories"]) == 6
    (preview,) = state["posts"]
    assert preview["id"] == state["blog"]["pinned"]
    assert state["blog"]["timezone"] == "America/Los_Angeles"
    page = requests.get(f"{server.url}/live/by-hand", timeout=60).text
    for heading in ("What is known", "What is not", "How we work"):
        assert f"<h3>{heading}</h3>" in page
    assert "a newsroom that has slept too little" in page
    assert "confirmed a moment later" in page


@pytest.mark.parametrize(("name", "text"), [("private.html", TRACKED), ("private.md", NOTED), ("private.txt", NOTED)])
def test_comments_between_authors_are_not_published(server: LiveServer, tmp_path: Path, name: str, text: str) -> None:
    slug = slugify(name)
    words = ("blog", "create", slug, "--title", "Kept", "--preview", file(tmp_path, name, text))
    assert said(liveblog(*words, data=server.data)) == f"created {slug}: /live/{slug}\n"
    (preview,) = requests.get(f"{server.url}/api/v1/blogs/{slug}", timeout=60).json()["posts"]
    assert (preview["headline"], preview["body"]) == ("The long evening", "The jury *argued*.")


def test_a_post_appears_on_the_page(server: LiveServer) -> None:
    slug = server.open("cli-post")
    words = ("post", slug, "The *doors* open.", "--headline", "Doors", "--category", "Best Picture", "--key")
    answer = said(liveblog(*words, data=server.data))
    id = answer.removeprefix("published ").strip()
    (found,) = [obj for obj in server.state(slug)["objects"] if obj["id"] == id]
    assert (found["headline"], found["category"], found["key"]) == ("Doors", "picture", True)


def test_a_headline_alone_is_a_post(server: LiveServer) -> None:
    slug = server.open("cli-headline")
    id = said(liveblog("post", slug, "--headline", "We are live", data=server.data)).removeprefix("published ").strip()
    (found,) = [obj for obj in server.state(slug)["objects"] if obj["id"] == id]
    assert (found["headline"], found["body"]) == ("We are live", "")
    assert "needs a TEXT or a --headline" in misused(liveblog("post", slug, data=server.data))


def test_a_name_is_found_however_it_is_composed_and_one_that_two_have_asks_for_the_id(server: LiveServer) -> None:
    slug = server.open("cli-names")
    names = [("José", "One"), ("John Williams", "One"), ("John Williams", "Two")]
    nominees = [{"name": name, "film": film} for name, film in names]
    server.api("POST", f"/blogs/{slug}/categories", {"name": "Música", "id": "score", "nominees": nominees})
    refused = liveblog("announce", slug, "score", "John Williams", data=server.data)
    assert "use the id: john-williams, john-williams-2" in refused.stderr
    words = [unicodedata.normalize("NFD", word) for word in ("Música", "José")]
    assert said(liveblog("announce", slug, *words, data=server.data)) == "announced Música\n"


def test_a_winner_is_announced_by_name_and_only_once(server: LiveServer) -> None:
    slug = server.open("cli-announce")
    words = ("announce", slug, "best director", "SEAN BAKER")
    assert said(liveblog(*words, data=server.data)) == "announced Best Director\n"
    (director,) = [obj for obj in server.state(slug)["objects"] if obj["id"] == "director"]
    assert (director["state"], director["winners"]) == ("announced", ["sean-baker"])
    assert "already" in refused(liveblog(*words, data=server.data))


def test_a_result_is_doubted_recalled_and_confirmed(server: LiveServer) -> None:
    slug = server.open("cli-result")

    def director(*words: str) -> dict[str, Any]:
        command, *more = words
        assert "Best Director" in said(liveblog(command, slug, "best director", *more, data=server.data))
        (found,) = [obj for obj in server.state(slug)["objects"] if obj["id"] == "director"]
        return dict(found)

    assert "no result" in refused(liveblog("doubt", slug, "director", data=server.data))
    director("announce", "Brady Corbet")
    assert director("doubt", "--note", "The card may be wrong")["doubt"]["note"] == "The card may be wrong"
    corrected = director("recall", "Sean Baker", "--note", "The wrong card was read.")
    assert (corrected["winners"], "doubt" in corrected) == (["sean-baker"], False)
    assert director("confirm")["state"] == "confirmed"
    withdrawn = director("recall", "--note", "That was wrong, too.")
    assert (withdrawn["state"], withdrawn["winners"]) == ("on_stage", [])


def test_a_tie_has_several_winners(server: LiveServer) -> None:
    slug = server.open("cli-tie")
    said(liveblog("announce", slug, "director", "sean-baker", "Brady Corbet", data=server.data))
    (director,) = [obj for obj in server.state(slug)["objects"] if obj["id"] == "director"]
    assert director["winners"] == ["sean-baker", "brady-corbet"]


def test_the_same_commands_act_at_a_server_elsewhere(server: LiveServer, data: Path) -> None:
    slug = server.open("cli-elsewhere")

    def run(command: str, *words: str) -> str:
        there = ("--server", f"{server.url}/")
        return said(liveblog(command, slug, *words, *there, data=data, LIVEBLOG_TOKEN=server.token))

    def director() -> dict[str, Any]:
        return next(dict(obj) for obj in server.state(slug)["objects"] if obj["id"] == "director")

    id = run("post", "The *doors* open.", "--category", "Best Picture", "--key").removeprefix("published ").strip()
    (found,) = [obj for obj in server.state(slug)["objects"] if obj["id"] == id]
    assert (found["body"], found["category"], found["key"]) == ("The *doors* open.", "picture", True)
    assert run("retract", id) == f"retracted {id}\n"
    assert run("announce", "best director", "BRADY CORBET") == "announced Best Director\n"
    assert run("doubt", "director", "--note", "Perhaps not.") == "in doubt: Best Director\n"
    assert director()["doubt"]["note"] == "Perhaps not."
    assert run("recall", "director", "Sean Baker", "--note", "The wrong card.") == "corrected: Best Director\n"
    assert run("confirm", "director") == "confirmed Best Director\n"
    assert (director()["state"], director()["winners"]) == ("confirmed", ["sean-baker"])
    assert run("recall", "director") == "withdrawn: Best Director\n"
    assert not data.exists()


def test_a_server_elsewhere_refuses_in_one_sentence_that_has_no_token(server: LiveServer, tmp_path: Path) -> None:
    slug = server.open("cli-refused")
    at = ("--server", server.url)
    words = ("announce", slug, "director", "Sean Baker", *at)
    assert "no nominee Anora" in refused(liveblog("announce", slug, "director", "Anora", *at, "--token", server.token))
    assert "no blog nowhere" in refused(liveblog("post", "nowhere", "Text", *at, "--token", server.token))
    assert "swordfish" not in refused(liveblog(*words, "--token", "swordfish"))
    assert "needs a token" in misused(liveblog(*words))
    assert "is for a --server" in misused(liveblog("confirm", slug, "director", "--token", "swordfish"))
    assert "not the address of a blog" in misused(
        liveblog("post", slug, "x", "--server", "here", "--token", "swordfish")
    )
    assert misused(liveblog("post", slug, "x", *at, "--token", "sword\nfish")).endswith("no token has such characters")
    page = ("--server", f"{server.url}/live/{slug}", "--token", server.token)
    assert "there is no liveblog at this address" in refused(liveblog("post", slug, "x", *page))
    kept = file(tmp_path, "token", f"{server.token}\n")
    assert said(liveblog(*words, LIVEBLOG_TOKEN_FILE=kept)) == "announced Best Director\n"


@pytest.mark.parametrize(("command", "words"), [("post", ["Text"]), ("announce", ["director", "Sean Baker"])])
def test_another_program_at_the_address_is_one_sentence(command: str, words: list[str]) -> None:
    with closing(Scripted(Said(200, b'{"ok": true}'))) as other:
        at = ("--server", other.url, "--token", "t")
        assert "something else than a liveblog answers" in refused(liveblog(command, "night", *words, *at))


def test_a_post_is_taken_back(server: LiveServer) -> None:
    slug = server.open("cli-retract")
    id = said(liveblog("post", slug, "Too early.", data=server.data)).removeprefix("published ").strip()
    assert said(liveblog("retract", slug, id, data=server.data)) == f"retracted {id}\n"
    (found,) = [obj for obj in server.state(slug)["objects"] if obj["id"] == id]
    assert found["retracted"]
    assert "retracted" in refused(liveblog("retract", slug, id, data=server.data))


def test_a_token_stands_alone_on_the_last_line_and_works(server: LiveServer) -> None:
    slug = server.open("cli-token")
    token = said(liveblog("token", "add", "wire", "--role", "editor", "--blog", slug, data=server.data)).splitlines()[
        -1
    ]
    answer = requests.post(
        f"{server.url}/api/v1/blogs/{slug}/posts",
        json={"body": "From the wire."},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    assert answer.status_code == 201


def test_an_invited_editor_gets_a_link_that_opens(server: LiveServer) -> None:
    link = said(liveblog("editor", "add", "Zoe", "--role", "editor", data=server.data)).splitlines()[-1]
    assert requests.get(server.url + link, timeout=60).status_code == 200
    assert "an account Zoe already" in refused(liveblog("editor", "add", "Zoe", "--role", "editor", data=server.data))
    site = {"LIVEBLOG_BASE_URL": "https://live.example.org/"}
    link = said(liveblog("editor", "add", "Bo", "--role", "contributor", data=server.data, **site))
    assert link.startswith("https://live.example.org/desk/welcome/")


def choose_password(server: LiveServer, link: str, password: str) -> requests.Session:
    """The browser of a person who used a one-time link."""
    who = requests.Session()
    assert who.post(server.url + link, data={"password": password}, timeout=60).status_code == 200
    return who


def is_inside(server: LiveServer, who: requests.Session) -> bool:
    return who.get(f"{server.url}/desk/", allow_redirects=False, timeout=60).status_code == 200


def test_a_forgotten_password_is_replaced_by_a_new_link(server: LiveServer) -> None:
    link = said(liveblog("editor", "add", "Fay", "--role", "editor", data=server.data)).strip()
    old = choose_password(server, link, "a good password")
    link = said(liveblog("editor", "invite", " Fay", data=server.data)).strip()
    assert is_inside(server, old)
    new = choose_password(server, link, "a better password")
    assert is_inside(server, new)
    assert not is_inside(server, old)


def test_a_disabled_editor_is_out_and_can_be_invited_again(server: LiveServer) -> None:
    slug = server.open("cli-disable")
    words = ("editor", "add", "Gil", "--role", "contributor", "--blog", slug)
    who = choose_password(server, said(liveblog(*words, data=server.data)).strip(), "a good password")
    unused = said(liveblog("editor", "invite", "Gil", data=server.data)).strip()
    assert said(liveblog("editor", "disable", "Gil", data=server.data)) == "Gil is shut out\n"
    assert f"Gil: contributor for {slug}, disabled\n" in said(liveblog("editor", "list", data=server.data))
    assert not is_inside(server, who)
    link = said(liveblog("editor", "invite", "Gil", data=server.data)).strip()
    again = said(liveblog("editor", "list", data=server.data))
    assert f"Gil: contributor for {slug}, has not used the link yet\n" in again
    form = {"name": "Gil", "password": "a good password"}
    assert requests.post(f"{server.url}/desk/sign-in", data=form, timeout=60).status_code == 403
    assert requests.get(server.url + unused, timeout=60).status_code == 404
    assert is_inside(server, choose_password(server, link, "a better password"))
    assert not is_inside(server, who)
    assert f"Gil: contributor for {slug}\n" in said(liveblog("editor", "list", data=server.data))


def test_a_token_is_bounded_to_scopes_and_a_time(server: LiveServer) -> None:
    slug = server.open("cli-scopes")
    words = ("token", "add", "bounded", "--role", "editor", "--scope", "post", "--scope", "media", "--expires", "2h")
    token = said(liveblog(*words, data=server.data)).splitlines()[-1]
    sent = {"Authorization": f"Bearer {token}"}
    posts = f"{server.url}/api/v1/blogs/{slug}/posts"
    assert requests.post(posts, json={"body": "In scope."}, headers=sent, timeout=60).status_code == 201
    on_stage = f"{server.url}/api/v1/blogs/{slug}/categories/picture/on-stage"
    assert requests.post(on_stage, headers=sent, timeout=60).json()["scope"] == "call-results"
    listed = said(liveblog("token", "list", data=server.data))
    line = re.search(r"bounded: editor for all blogs, only post, media, ends at (\S+), last used at (\S+)\n", listed)
    assert line
    ends, used = (datetime.fromisoformat(each) for each in line.groups())
    assert timedelta(hours=1) < ends - used <= timedelta(hours=2)


def test_an_editor_who_lost_the_phone_is_helped(server: LiveServer) -> None:
    link = said(liveblog("editor", "add", "Hana", "--role", "admin", data=server.data)).strip()
    who = choose_password(server, link, "a good password")
    factors = People(server.store).factors
    factors.put_back("Hana", Factors(totp="sealed"))
    done = said(liveblog("editor", "reset-factors", "hana", data=server.data))
    assert done == "Hana has no second factor now, and is signed out everywhere\n"
    assert not factors.get("Hana").any
    assert not is_inside(server, who)
    assert "no account Nobody" in refused(liveblog("editor", "reset-factors", "Nobody", data=server.data))


def test_a_revoked_token_is_refused(server: LiveServer) -> None:
    slug = server.open("cli-revoke")
    words = ("token", "add", "leaky", "--role", "editor")
    tokens = [said(liveblog(*words, *more, data=server.data)).strip() for more in ((), ("--blog", slug))]
    listed = said(liveblog("token", "list", data=server.data))
    assert "leaky: editor for all blogs, not used yet\n" in listed
    assert f"leaky: editor for {slug}, not used yet\n" in listed
    assert not any(token in listed for token in tokens)
    assert said(liveblog("token", "revoke", "leaky", data=server.data)) == "revoked 2 tokens of leaky\n"
    for token in tokens:
        sent = {"Authorization": f"Bearer {token}"}
        posts = f"{server.url}/api/v1/blogs/{slug}/posts"
        assert requests.post(posts, json={"body": "Too late."}, headers=sent, timeout=60).status_code == 401
    assert "leaky" not in said(liveblog("token", "list", data=server.data))
    assert "no token leaky" in refused(liveblog("token", "revoke", "leaky", data=server.data))


def test_a_draft_blog_is_not_shown(server: LiveServer) -> None:
    said(liveblog("blog", "create", "secret", "--title", "Secret", "--status", "draft", data=server.data))
    assert requests.get(f"{server.url}/live/secret", timeout=60).status_code == 404


def test_the_zone_and_film_can_be_given(server: LiveServer) -> None:
    words = ("blog", "create", "zoned", "--title", "T", "--timezone", "Europe/Berlin", "--film", "Anora")
    place = ("--starts", "2025-03-02T16:00:00-08:00", "--venue", "Dolby Theatre", "--country", "us")
    said(liveblog(*words, *place, data=server.data))
    blog = requests.get(f"{server.url}/api/v1/blogs/zoned", timeout=60).json()["blog"]
    assert (blog["timezone"], blog["film"]) == ("Europe/Berlin", "Anora")
    assert (blog["starts"], blog["venue"]) == ("2025-03-03T00:00:00.000Z", {"name": "Dolby Theatre", "country": "US"})


def test_check_counts_the_blogs(server: LiveServer) -> None:
    server.open("cli-check")
    assert "hold" in said(liveblog("check", data=server.data))


def test_refusals_beside_a_server(server: LiveServer) -> None:
    slug = server.open("cli-refusals")
    refusals = {
        ("post", "nowhere", "Text"): "no blog nowhere",
        ("post", slug, ""): "body",
        ("post", slug, " \n "): "body",
        ("post", slug, "x" * 70_000): "65536",
        ("post", slug, "Text", "--category", "Best Duo"): "no category Best Duo; there are: director, picture",
        ("announce", "nowhere", "picture", "anora"): "no blog nowhere",
        ("announce", slug, "picture", "conclave"): "no nominee conclave; there are: anora, wicked",
        ("announce", slug, "director", "sean-baker", "Sean Baker"): "twice",
        ("blog", "create", slug, "--title", "Again"): f"a blog {slug} already",
        ("blog", "create", "Bad Slug", "--title", "T"): "slug",
        ("blog", "create", "x", "--title", " "): "title",
        ("blog", "create", "x", "--title", "T", "--timezone", "Mars/Olympus"): "Mars/Olympus",
        ("blog", "create", "x", "--title", "T", "--starts", "tonight"): "starts must be an RFC 3339 time",
        ("token", "add", "t", "--role", "editor", "--blog", "nowhere"): "no blog nowhere",
        ("blog", "create", "welcome", "--title", "T"): "an address of the desk itself",
        ("editor", "invite", "Nobody"): "no account Nobody",
        ("editor", "disable", "Nobody"): "no account Nobody",
        ("editor", "add", " ", "--role", "editor"): "a name must be one line",
        ("editor", "add", "x" * 81, "--role", "editor"): "a name must be one line of 1 to 80",
        ("token", "add", "t", "--role", "editor", "--expires", "soon"): "expires must be an RFC 3339 time",
        ("token", "add", "t", "--role", "editor", "--expires", "2001-01-01T00:00:00Z"): "must end in the future",
        ("token", "add", "t", "--role", "contributor", "--scope", "post"): "the scope post needs the role editor",
        ("token", "add", "x" * 81, "--role", "editor"): "a name must be one line of 1 to 80",
    }
    for words, sentence in refusals.items():
        assert sentence in refused(liveblog(*words, data=server.data)), words


@pytest.mark.parametrize(
    "words",
    [
        (b"post", b"anora", b"\xff\xfe"),
        (b"post", b"\xff", b"Text"),
        (b"post", b"cli-bytes", b"Text", b"--headline", b"\xff"),
        (b"announce", b"cli-bytes", b"\xff", b"anora"),
        (b"announce", b"cli-bytes", b"picture", b"\xff"),
        (b"blog", b"create", b"bytes", b"--title", b"\xff"),
        (b"blog", b"create", b"bytes", b"--title", b"T", b"--timezone", b"\xff"),
        (b"editor", b"add", b"\xff", b"--role", b"editor"),
        (b"editor", b"invite", b"\xff"),
        (b"editor", b"disable", b"\xff"),
        (b"token", b"revoke", b"\xff"),
        (b"token", b"add", b"\xff", b"--role", b"editor"),
        (b"token", b"add", b"t", b"--role", b"editor", b"--blog", b"\xff"),
    ],
)
def test_bytes_that_are_not_text_are_refused(server: LiveServer, words: tuple[bytes, ...]) -> None:
    if not server.store.blog("cli-bytes"):
        server.open("cli-bytes")
    refused(liveblog(*words, data=server.data))


def test_bytes_arrive_as_they_were_typed(server: LiveServer) -> None:
    server.open("cli-typed")
    refused(program(b"post", b"cli-typed", b"\xff\xfe", data=server.data))
    said(program("post", "cli-typed", "Vue d’ensemble", data=server.data))
    assert "Vue d’ensemble" in str(server.state("cli-typed")["objects"])


# -- files


def test_a_preview_is_told_before_readers_see_it(tmp_path: Path, data: Path) -> None:
    text = "<h1>The coat</h1><p>Forty <a href='https://www.example.org/b'>buttons</a><del> or so</del>.</p>"
    done = program("blog", "create", "told", "--title", "T", "--preview", file(tmp_path, "a.html", text), data=data)
    assert said(done) == "created told: /live/told\n"
    assert done.stderr.splitlines()[-4:] == [
        "The preview: The coat",
        "  Forty [buttons](https://www.example.org/b).",
        "  Links to example.org",
        "  Note: tracked deletions were left out",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is a picture"),
        (b"\xff\xfe\x00", "is damaged"),
        (b"", "no text"),
        (b"word " * 400_000, "larger than"),
    ],
)
def test_a_preview_that_is_not_an_article_is_refused(tmp_path: Path, data: Path, content: bytes, sentence: str) -> None:
    path = file(tmp_path, "article.txt", content)
    answer = refused(liveblog("blog", "create", "x", "--title", "T", "--preview", path, data=data))
    assert sentence in answer
    assert "article.txt" in answer
    assert sentence in refused(liveblog("demo", "--preview", path, data=data))
    assert not data.exists()  # refused before anything is started


def test_a_wrong_night_file_names_its_line(tmp_path: Path, data: Path) -> None:
    path = file(tmp_path, "night.toml", 'title = "A night"\n\n[[category]]\nname = "Best Picture"\nnominees = 3\n')
    answer = refused(liveblog("blog", "create", "x", "--title", "T", "--night", path, data=data))
    assert "night.toml, line 5: " in answer


def test_a_night_file_may_come_by_standard_input(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    """As into a container: `docker compose exec -T web liveblog blog create … --night - < night.toml`."""

    def given(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    given(Path(NIGHT).read_text())
    said(liveblog("blog", "create", "piped", "--title", "T", "--night", "-", data=server.data))
    assert len(requests.get(f"{server.url}/api/v1/blogs/piped", timeout=60).json()["categories"]) > 5
    given("[[category]]\nname = 3\n")
    words = ("blog", "create", "x", "--title", "T", "--night", "-")
    assert refused(liveblog(*words, data=data)).startswith("standard input, line ")
    assert "only one of" in misused(liveblog(*words, "--preview", "-", data=data))


def test_a_table_is_a_running_order_and_its_other_columns_are_named(server: LiveServer, tmp_path: Path) -> None:
    path = file(tmp_path, "order.csv", "sep=;\r\nSeat;Film;Category;Name\r\n1;Harbour;Best Song;Ada Bell\r\n")
    done = liveblog("blog", "create", "by-table", "--title", "T", "--night", path, data=server.data)
    assert said(done) == "created by-table: /live/by-table\n"
    assert done.stderr == "Note: columns that were not read: Seat\n"
    [song] = requests.get(f"{server.url}/api/v1/blogs/by-table", timeout=60).json()["categories"]
    assert song["nominees"] == [{"id": "ada-bell", "name": "Ada Bell", "film": "Harbour"}]


def test_a_workbook_is_refused_with_what_helps(tmp_path: Path, data: Path) -> None:
    path = file(tmp_path, "order.xlsx", b"PK\x03\x04xl/workbook.xml\xff\0" + bytes(300_000))
    for words in (("blog", "create", "x", "--title", "T"), ("demo",)):
        answer = refused(liveblog(*words, "--night", path, data=data))
        assert answer.endswith("order.xlsx is an Excel workbook: save it as CSV (File, Save as) and choose that file")
    assert not data.exists()


def test_a_ceremony_becomes_a_night_file(tmp_path: Path, data: Path) -> None:
    path, night = file(tmp_path, "oscars.csv", table(40, 41)), tmp_path / "41.toml"
    shown = said(liveblog("night", "from-csv", path))
    assert "The 41st Academy Awards" in shown
    assert said(liveblog("night", "from-csv", path, "-o", str(night))).startswith(f"wrote {night}: ")
    assert night.read_text() == shown
    assert "The 40th Academy Awards" in said(liveblog("night", "from-csv", path, "--ceremony", "40"))
    assert "has no ceremony 7; it has 40 to 41" in refused(liveblog("night", "from-csv", path, "--ceremony", "7"))
    assert "cannot write" in refused(liveblog("night", "from-csv", path, "-o", str(tmp_path / "no" / "x.toml")))
    other = file(tmp_path, "other.csv", "a,b\n1,2\n")
    assert "is not the table of nominations" in refused(liveblog("night", "from-csv", other))
    assert not data.exists()


@pytest.mark.parametrize("option", ["--preview", "--night"])
def test_a_directory_or_a_missing_path_is_not_a_file(tmp_path: Path, data: Path, option: str) -> None:
    assert "is a directory" in misused(
        liveblog("blog", "create", "x", "--title", "T", option, str(tmp_path), data=data)
    )
    missing = str(tmp_path / "missing")
    assert "does not exist" in misused(liveblog("blog", "create", "x", "--title", "T", option, missing, data=data))


# -- alone


def test_commands_work_without_a_server_and_leave_none_behind(data: Path) -> None:
    said(liveblog("blog", "create", "alone", "--title", "Alone", data=data))
    said(liveblog("post", "alone", "Before the server.", data=data))
    assert said(liveblog("check", data=data)) == "storage answers; 1 blog holds together\n"
    assert locate(data) is None


def test_a_check_names_each_blog_that_does_not_hold_together(store: Store) -> None:
    for slug in ("damaged", "empty", "sound"):
        said(liveblog("blog", "create", slug, "--title", "Night", "--night", NIGHT, LIVEBLOG_REDIS_URL=store.url))
    store.client.hdel("lb:{damaged}:public", "category:picture")
    store.client.hdel("lb:{empty}:public", "blog:empty")
    done = liveblog("check", LIVEBLOG_REDIS_URL=store.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "damaged: category:picture is damaged or missing in storage",
        "empty: blog:empty is damaged or missing in storage",
    ]


@pytest.mark.parametrize(
    ("run", "command"),
    [
        (liveblog, ("check",)),
        (liveblog, ("post", "x", "y")),
        (program, ("serve", "--port", "0")),
        (program, ("demo", "--port", "0")),
    ],
)
def test_storage_that_is_away_is_one_sentence(run: Callable[..., Done], command: tuple[str, ...], data: Path) -> None:
    assert "cannot be reached" in refused(run(*command, data=data, LIVEBLOG_REDIS_URL=NOWHERE))


@pytest.mark.parametrize("url", ["redis+sentinel://127.0.0.1:1/mymaster", "redis+cluster://127.0.0.1:1"])
def test_sentinels_or_a_cluster_that_are_away_are_one_sentence(url: str, data: Path) -> None:
    refused(liveblog("check", data=data, LIVEBLOG_REDIS_URL=url))


def test_an_address_without_a_storage_is_one_sentence(server: LiveServer) -> None:
    web = server.url.replace("http://", "redis://")
    refused(liveblog("check", LIVEBLOG_REDIS_URL=web))
    assert "LIVEBLOG_REDIS_URL" in refused(liveblog("check", LIVEBLOG_REDIS_URL="redis://h?socket_timeout=soon"))


@pytest.mark.parametrize(("run", "command"), [(liveblog, ("check",)), (program, ("serve", "--port", "0"))])
def test_a_data_directory_that_cannot_be_written_is_named(
    run: Callable[..., Done], command: tuple[str, ...], tmp_path: Path
) -> None:
    for parent in (Path(file(tmp_path, "file", "")), Path("/proc")):
        answer = refused(run(*command, data=parent / "data"))
        assert str(parent / "data") in answer
        assert "cannot be written" in answer


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_named(server: LiveServer, data: Path, command: str) -> None:
    port = server.url.rpartition(":")[2]
    answer = refused(program(command, "--port", port, data=data))
    assert f"127.0.0.1:{port}" in answer
    assert "--port" in answer
    assert locate(data) is None


@pytest.mark.parametrize("host", ["no.such.host.invalid", "..", "300.1.1.1", b"\xff"])
def test_an_unknown_host_is_named(data: Path, host: str | bytes) -> None:
    assert "cannot listen on" in refused(liveblog("serve", "--host", host, "--port", "0", data=data))


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("serv",),
        ("serve", "--port", "eighty"),
        ("serve", "--port", "65536"),
        ("serve", "--workers", "0"),
        ("demo", "--speed", "0"),
        ("demo", "--speed", "nan"),
        ("blog",),
        ("blog", "create", "x"),
        ("blog", "create", "x", "--title", "T", "--status", "ended"),
        ("editor", "add", "Ana"),
        ("editor", "add", "Ana", "--role", "owner"),
        ("post", "anora"),
        ("announce", "anora", "picture"),
    ],
)
def test_wrong_use_is_explained(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2
    assert "Usage: " in done.output


def test_wrong_use_ends_with_status_two(data: Path) -> None:
    assert "65536" in misused(program("serve", "--port", "65536", data=data))
    assert not data.exists()


def test_a_wrong_setting_is_one_sentence(data: Path) -> None:
    assert "LIVEBLOG_PORT is 'abc'" in refused(liveblog("check", data=data, LIVEBLOG_PORT="abc"))
    assert "no setting LIVEBLOG_COLOUR" in refused(liveblog("check", data=data, LIVEBLOG_COLOUR="red"))
    assert not data.exists()


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


COMMANDS = {" ".join(path): command for path, command in commands(cli) if not command.hidden}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_explains_every_command_and_option(name: str) -> None:
    assert COMMANDS[name].help
    shown = CliRunner().invoke(cli, [*name.split(), "--help"], terminal_width=80)
    assert shown.exit_code == 0
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.name == "role", f"{name}: {parameter.name}"


def test_the_list_of_commands_is_not_cut_short() -> None:
    shown = said(program("--help"))
    assert "..." not in shown.partition("Commands:")[2]
    assert "LIVEBLOG_" in shown
