"""The acts on people: the desk and the command line (the two doors) accept and refuse the same."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Protocol

import msgspec
import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from liveblog import actions, cli, staff
from liveblog.errors import Forbidden, NotFound, NotSignedIn, Refusal, WrongState
from liveblog.staff import By
from liveblog.store.accounts import Account, Subject
from liveblog.store.commits import Store
from liveblog.store.people import InvitationRecord, People
from tests.web.office import NEW, PASSWORD, Office, Person, hash_of

FITS = "x" * 80
TOO_LONG, EMPTY, TWO_LINES, UNSEEN = "x" * 81, " \n", "Ana\x07", "Do\u200bra"
FAMILY, PERSIAN = "The 👨\u200d👩\u200d👧 Ruiz", "مهران\u200cفر"
BLANK, TURNED = "\u3164\u2800", "Ana \u202eziuR"
ODD = (TOO_LONG, EMPTY, TWO_LINES, UNSEEN, BLANK, TURNED)


class Door(Protocol):
    """One way to act on people. Each act returns the answer's text; a refusal is raised as `No`."""

    def invite(self, name: str, role: str = "editor") -> str: ...

    def reset(self, name: str) -> str: ...

    def change(self, name: str, role: str) -> str: ...

    def disable(self, name: str) -> str: ...

    def token(self, name: str, role: str = "editor") -> str: ...

    def revoke(self, name: str) -> str: ...

    def withdraw(self, id: str) -> str: ...


class No(Exception):
    """A refusal, as people read it."""


class Shell:
    def __init__(self, office: Office) -> None:
        self._runner = CliRunner()

    def _run(self, *words: str) -> str:
        result = self._runner.invoke(cli.cli, words)
        if isinstance(result.exception, Refusal):
            raise No(result.exception.detail)
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    def all_said(self, *words: str) -> str:
        """What a command prints, also on standard error."""
        return str(self._runner.invoke(cli.cli, words).output)

    def invite(self, name: str, role: str = "editor") -> str:
        return self._run("editor", "add", "--role", role, "--", name)

    def reset(self, name: str) -> str:
        return self._run("editor", "invite", name)

    def change(self, name: str, role: str) -> str:
        return self._run("editor", "change", name, "--role", role)

    def disable(self, name: str) -> str:
        return self._run("editor", "disable", name)

    def token(self, name: str, role: str = "editor") -> str:
        return self._run("token", "add", "--role", role, "--", name)

    def revoke(self, name: str) -> str:
        return self._run("token", "revoke", name)

    def withdraw(self, id: str) -> str:
        return self._run("editor", "withdraw", id)


class Desk:
    """Root's browser. Root has no password, and is not the last admin of the tests."""

    def __init__(self, office: Office) -> None:
        office.people.accounts.put(Account(name="Root", role="admin"))
        self._root = Person(office.app, office.people, "Root")

    def _send(self, act: str, **fields: str) -> str:
        answer = self._root.send("/desk/people", act=act, where="all", **fields)
        if refused := re.search(r'role="alert">(.*?)\.</p>', answer.text):
            raise No(html.unescape(refused[1]))
        assert answer.status_code in (200, 303), answer.text
        return answer.text

    def invite(self, name: str, role: str = "editor") -> str:
        return self._send("invite", name=name, role=role)

    def reset(self, name: str) -> str:
        return self._send("reset", name=name)

    def change(self, name: str, role: str) -> str:
        return self._send("change", name=name, role=role)

    def disable(self, name: str) -> str:
        return self._send("disable", name=name)

    def token(self, name: str, role: str = "editor") -> str:
        return self._send("token", name=name, role=role)

    def revoke(self, name: str) -> str:
        return self._send("revoke", name=name)

    def withdraw(self, id: str) -> str:
        return self._send("withdraw", id=id)


@pytest.fixture
def office(store: Store, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(cli.people, "storage", lambda: nullcontext(store))
    return Office(store)


@pytest.fixture(params=[Shell, Desk], ids=["command line", "desk"])
def door(office: Office, request: pytest.FixtureRequest) -> Door:
    made: Door = request.param(office)
    return made


def link_of(said: str) -> str:
    found = re.search(r"/desk/welcome/[\w-]+", said)
    assert found, said
    return found[0]


def come_in(office: Office, said: str, name: str = "", password: str = PASSWORD) -> TestResponse:
    """Use the link of an answer."""
    return office.browser().post(link_of(said), data={"name": name, "password": password})


def ids(office: Office) -> list[str]:
    return list(office.people.invitations.open())


def acts(office: Office) -> list[str]:
    """The acts in the site's log, oldest first."""
    return [entry.note["act"] for entry in office.store.audit.of_site()][::-1]


# -- names


def test_every_name_that_a_door_takes_can_be_used_by_its_owner(office: Office, door: Door) -> None:
    for name in (FITS, " Ana  Ruiz ", "Jose\u0301", "阿娜", "נועה", FAMILY, PERSIAN):
        assert come_in(office, door.invite(name)).status_code == 303
    names = [account.name for account in office.people.accounts.list() if account.password_hash]
    assert sorted(names) == sorted([FITS, "Ana Ruiz", "Jos\u00e9", "阿娜", "נועה", FAMILY, PERSIAN])


@pytest.mark.parametrize("name", ODD)
def test_no_door_takes_a_name_that_nobody_can_use(office: Office, door: Door, name: str) -> None:
    with pytest.raises(No, match="name must be one line of 1 to 80 printable"):
        door.token(name)
    if name is EMPTY and isinstance(door, Desk):
        return  # an empty name is allowed: the person chooses one with the link
    with pytest.raises(No, match="name must be one line of 1 to 80 printable"):
        door.invite(name)
    assert ids(office) == []


def test_what_nobody_sees_makes_no_other_name(office: Office, door: Door) -> None:
    for first, second in (("Ada ❤", "Ada ❤\ufe0f"), (PERSIAN, PERSIAN.replace("\u200c", "")), ("葛\U000e0100", "葛")):
        door.invite(first)
        with pytest.raises(No, match="taken"):
            door.invite(second)


def test_capitals_and_composed_letters_make_no_other_name(office: Office, door: Door) -> None:
    door.invite("Jos\u00e9 Stra\u00dfe")
    for again in ("JOS\u00c9 STRASSE", "jose\u0301 stra\u00dfe"):
        with pytest.raises(No, match="is taken: there is an account Jos\u00e9 Stra\u00dfe already"):
            door.invite(again)
        door.reset(again)
    door.disable("JOSE\u0301 strasse")
    assert office.account("Jos\u00e9 Stra\u00dfe").disabled


def test_a_person_and_a_program_never_have_the_same_name(office: Office, door: Door) -> None:
    door.invite("Ana")
    with pytest.raises(No, match="is taken: there is an account Ana"):
        door.token("ANA")
    door.token("Wire")
    with pytest.raises(No, match="is taken: there is a token wire"):
        door.invite("wire")


def test_nobody_can_choose_a_name_that_is_taken(office: Office) -> None:
    office.come_in("Ana")
    office.people.tokens.add("Wire", "editor")
    link = f"/desk/welcome/{office.people.invitations.make('editor')}"
    for name in ("ANA", "wire", *ODD):
        assert come_in(office, link, name).status_code == 422
    assert come_in(office, link, FITS).status_code == 303


def test_people_sign_in_by_their_name_however_it_is_typed(office: Office) -> None:
    office.come_in("Jos\u00e9")
    tries = [office.signs_in(name, PASSWORD) for name in ("jos\u00e9", "JOSE\u0301", "Jos\u00e9", "Jose")]
    assert tries == [303, 303, 303, 403]


def test_capitals_give_nobody_more_tries(office: Office) -> None:
    office.come_in("Anabel")
    spellings = [f"{'anabel'[:n].upper()}{'anabel'[n:]}" for n in range(7)] * 2
    assert [office.signs_in(name, "a wrong guess") for name in spellings][-4:] == [429] * 4


def test_a_session_that_begins_with_other_capitals_ends_with_the_others(office: Office, door: Door) -> None:
    office.come_in("Ada")
    office.come_in("Nia", "editor")
    who = office.browser()
    office.signs_in("NIA", PASSWORD, who)
    door.disable("nia")
    assert who.get("/desk/account").status_code == 302
    door.reset("nia")
    assert who.get("/desk/account").status_code == 302


def test_two_accounts_of_an_earlier_release_stay_apart(office: Office, door: Door) -> None:
    office.come_in("Ada")
    for name, password in (("Mia", PASSWORD), ("mia", NEW)):
        office.people.accounts.put(Account(name=name, role="editor", password_hash=hash_of(password)))
    assert [office.signs_in("Mia", PASSWORD), office.signs_in("mia", NEW)] == [303, 303]
    assert [office.signs_in("Mia", NEW), office.signs_in("mia", PASSWORD), office.signs_in("MIA", NEW)] == [403] * 3
    with pytest.raises(No, match="no account MIA"):
        door.disable("MIA")
    with pytest.raises(No, match="taken"):
        door.invite("MIA")
    door.disable("mia")
    assert (office.account("Mia").disabled, office.account("mia").disabled) == (False, True)


def test_a_long_name_of_an_earlier_release_goes_on_working(office: Office, door: Door) -> None:
    name = "y" * 120
    office.people.accounts.put(Account(name=name, role="editor"))
    assert come_in(office, door.reset(name)).status_code == 303
    office.come_in("Ada")
    door.disable(name)
    assert office.account(name).disabled


def test_tokens_are_ended_however_their_name_is_typed(office: Office, door: Door) -> None:
    door.token("Wire")
    door.revoke("WIRE")
    for name in ("Wire", "wire"):  # an earlier release distinguished them
        office.people.tokens.add(name, "editor")
    door.revoke("wire")
    assert [token.name for token in office.people.tokens.list()] == ["Wire"]


# -- the last admin


def test_the_last_admin_cannot_be_shut_out_or_demoted_by_either_door(office: Office, door: Door) -> None:
    office.come_in("Ada")
    door.invite("Bo", "admin")  # Bo has not used the link yet
    for name in ("Ada", "ADA"):
        with pytest.raises(No, match="Ada is the only admin of everything"):
            door.disable(name)
        with pytest.raises(No, match="Ada is the only admin of everything"):
            door.change(name, "editor")
    assert not office.account("Ada").disabled
    come_in(office, door.reset("Bo"))
    door.change("Ada", "editor")
    assert office.account("Ada").role == "editor"
    door.disable("Ada")
    assert office.account("Ada").disabled


LOGIN = "https://login.example.org"


@pytest.mark.parametrize(
    "other",
    [
        Account(name="Bo", role="admin"),
        Account(name="Bo", role="admin", password_hash="kept", disabled=True),
        Account(name="Bo", role="admin", password_hash="kept", blogs=["anora"]),
        Account(name="Bo", role="admin", subject=Subject(iss="https://gone.example", sub="7")),
    ],
    ids=["has not used the link", "shut out", "of one blog", "of a provider that is gone"],
)
def test_an_admin_who_cannot_sign_in_is_no_other_admin(office: Office, door: Door, other: Account) -> None:
    office.come_in("Ada")
    office.people.accounts.put(other)
    with pytest.raises(No, match="the only admin of everything who can sign in"):
        door.disable("Ada")
    with pytest.raises(No, match="the only admin of everything who can sign in"):
        door.change("Ada", "editor")
    assert office.account("Ada").role == "admin"
    assert not office.account("Ada").disabled


def test_without_passwords_only_admins_of_the_provider_count(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"PASSWORDS": "0", "OIDC_ISSUER": LOGIN, "OIDC_CLIENT_ID": "l", "OIDC_ROLES": "heads=admin"}
    for name, value in (settings | {"BASE_URL": "https://live.example.org"}).items():
        monkeypatch.setenv(f"LIVEBLOG_{name}", value)
    people, shell = office.people, Shell(office)
    people.accounts.put(Account(name="Ada", role="admin", subject=Subject(iss=LOGIN, sub="1")))
    people.accounts.put(Account(name="Bo", role="admin", password_hash=hash_of(PASSWORD)))
    with pytest.raises(No):
        shell.disable("Ada")
    shell.disable("Bo")
    assert "/desk/welcome/" in shell.invite("Root", "admin")  # the way back in


def test_who_needs_a_second_factor_and_has_none_can_sign_in_and_set_it_up(store: Store) -> None:
    people = People(store, second_factor="all")
    for name in ("Ada", "Bo"):
        people.accounts.put(Account(name=name, role="admin", password_hash=hash_of(PASSWORD)))
    staff.shut_out(people, staff.HERE, "Ada")
    with pytest.raises(WrongState):
        staff.shut_out(people, staff.HERE, "Bo")


def test_an_editor_is_made_an_admin_by_either_door(office: Office, door: Door) -> None:
    come_in(office, door.invite("Bo"))
    door.change("Bo", "admin")
    assert office.account("Bo").role == "admin"
    assert staff.first_invitation(office.people) is None


def test_as_long_as_there_is_no_admin_the_first_link_makes_one(office: Office) -> None:
    """Else an operator who begins with an editor would have a desk without anybody who creates blogs."""
    shell, first = Shell(office), staff.first_invitation(office.people)
    assert "Nobody is an admin of all blogs yet" in shell.all_said("editor", "add", "Ada", "--role", "editor")
    office.store.perform("anora", lambda view: actions.create_blog(view, slug="anora", title="Anora"), by="test")
    assert "Nobody" in shell.all_said("editor", "add", "Nia", "--role", "admin", "--blog", "anora")
    assert staff.first_invitation(office.people) is not None  # at the next start
    assert come_in(office, f"/desk/welcome/{first}", "Bo").status_code == 303
    assert office.account("Bo").role == "admin"
    assert "Nobody" not in shell.all_said("editor", "add", "Kim", "--role", "editor")
    assert staff.first_invitation(office.people) is None


def test_of_the_first_links_of_several_machines_one_makes_an_admin(office: Office) -> None:
    links = [f"/desk/welcome/{staff.first_invitation(office.people)}" for _ in range(2)]
    assert [come_in(office, link, name).status_code for link, name in zip(links, "AB", strict=True)] == [303, 404]


# -- what ends with a person


def test_shutting_out_ends_what_the_person_made_and_says_so(office: Office, door: Door) -> None:
    office.come_in("Ada")
    bo = office.come_in("Bo")
    links = [bo.on("Nia", "invite", role="admin", where="all").text, bo.on("", "invite", role="editor").text]
    bo.on("Bo's wire", "token", role="admin", where="all")
    kept = door.token("kept"), door.invite("Kim")
    said = html.unescape(door.disable("Bo"))
    for line in (
        "the invitation of Nia (admin for all blogs)",
        "the invitation of somebody new (editor for all blogs)",
        "the token Bo's wire (admin for all blogs)",
    ):
        assert line in said
    assert [come_in(office, link, "New").status_code for link in links] == [404, 404]
    assert [token.name for token in office.people.tokens.list()] == ["kept"]
    assert come_in(office, kept[1]).status_code == 303
    assert acts(office)[-5:-1] == ["disable", "withdraw", "withdraw", "revoke"]
    door.reset("Bo")
    assert [come_in(office, link, "New").status_code for link in links] == [404, 404]


def test_what_a_persons_program_made_ends_with_the_person(office: Office) -> None:
    office.come_in("Ada")
    bo = office.come_in("Bo")
    made = re.search(r'value="(lb_[^"]+)"', bo.on("wire", "token", role="admin", where="all").text)
    assert made
    program = office.browser()
    invited = program.post(
        "/desk/people",
        data={"act": "invite", "role": "admin"},
        headers={"Authorization": f"Bearer {made[1]}"},
    ).text
    Shell(office).disable("Bo")
    assert come_in(office, invited, "New").status_code == 404


def test_a_lower_role_ends_what_the_person_could_not_make_now(office: Office, door: Door) -> None:
    office.come_in("Ada")
    bo = office.come_in("Bo")
    link = bo.on("", "invite", role="contributor").text
    bo.on("all of it", "token", role="admin", where="all")
    bo.on("the wire", "token", role="editor", where="all")
    said = html.unescape(door.change("Bo", "editor"))
    for line in ("the invitation of somebody new (contributor for all blogs)", "the token all of it"):
        assert line in said
    assert "the wire" not in said.partition("Programs")[0]
    assert [token.name for token in office.people.tokens.list()] == ["the wire"]
    assert come_in(office, link, "New").status_code == 404
    door.disable("Bo")
    assert list(office.people.tokens.list()) == []


Making = Callable[[People, By], object]


@pytest.mark.parametrize(
    "make",
    [
        lambda people, by: staff.invite(people, by, "admin", None),
        lambda people, by: staff.invite(people, by, "admin", None, "Nia"),
        lambda people, by: staff.reset(people, by, "Ada"),
        lambda people, by: staff.add_token(people, by, "wire", "admin"),
    ],
    ids=["invite", "invite by name", "reset", "token"],
)
@pytest.mark.parametrize("program", [False, True], ids=["a person", "a program"])
def test_what_is_made_while_its_maker_is_being_shut_out_ends_too(
    office: Office, monkeypatch: pytest.MonkeyPatch, make: Making, program: bool
) -> None:
    office.come_in("Ada")
    office.come_in("Bo")
    bo = By(name="wire" if program else "Bo", account="Bo", program=program)
    put = office.store.records.put_field

    def late(table: str, *about: Any) -> bool:
        """Shut Bo out right before the secret is stored, and end everything that Bo made."""
        if table in ("lb:invitations", "lb:tokens"):
            monkeypatch.setattr(office.store.records, "put_field", put)
            staff.shut_out(office.people, staff.HERE, "Bo")
        return put(table, *about)

    monkeypatch.setattr(office.store.records, "put_field", late)
    with pytest.raises(NotSignedIn):
        make(office.people, bo)
    assert (ids(office), list(office.people.tokens.list())) == ([], [])


def test_an_admin_who_lost_the_role_can_make_nothing(office: Office) -> None:
    office.come_in("Bo", "editor")
    bo = By(name="Bo", account="Bo")
    with pytest.raises(Forbidden):
        staff.invite(office.people, bo, "admin", None, "Nia")
    with pytest.raises(Forbidden):
        staff.add_token(office.people, bo, "wire", "admin")
    assert office.people.accounts.get("Nia") is None
    assert ids(office) == []


# -- invitations


def test_open_invitations_are_listed_and_withdrawn(office: Office, door: Door) -> None:
    ada = office.come_in("Ada")
    link = ada.on("", "invite", role="editor").text
    door.invite("Nia")
    page = html.unescape(ada.client.get("/desk/people").text)
    listed = CliRunner().invoke(cli.cli, ["editor", "invitations"]).stdout
    assert "Open invitations (2)" in page
    assert re.search(r"Somebody new.*editor for all blogs · <bdi>made by Ada</bdi>.*Nia", page, re.DOTALL)
    assert re.search(r"^\w{12}: of somebody new \(editor for all blogs\), made by Ada at 20.*\n\w{12}: of Nia", listed)
    first, second = ids(office)
    door.withdraw(first)
    assert come_in(office, link, "New").status_code == 404
    assert ids(office) == [second]
    with pytest.raises(No, match="here is no such open invitation"):
        door.withdraw(first)
    assert acts(office) == ["invite", "invite", "withdraw"]


def test_an_invitation_that_was_used_is_in_no_list(office: Office) -> None:
    link = f"/desk/welcome/{office.people.invitations.make('editor')}"
    assert len(ids(office)) == 1
    assert come_in(office, link, "Ana").status_code == 303
    assert ids(office) == []
    assert office.store.records.get_fields("lb:invitations") == {}


def test_an_invitation_of_an_earlier_release_can_be_used(office: Office) -> None:
    link = f"/desk/welcome/{office.people.invitations.make('editor')}"
    (key,) = office.store.client.keys("lb:invitations:*")
    office.store.client.set(key, msgspec.json.encode({"role": "editor", "blogs": None}))
    office.store.client.delete("lb:invitations")
    assert ids(office) == []
    assert come_in(office, link, "Ana").status_code == 303


def test_an_expired_invitation_leaves_the_list(office: Office) -> None:
    office.people.invitations.make("editor")
    (digest,) = office.store.records.get_fields("lb:invitations")
    office.store.client.hset("lb:invitations", digest, "2020-01-01T00:00:00.000Z")
    office.people.invitations.make("contributor")
    assert [each.role for each in office.people.invitations.open().values()] == ["contributor"]
    assert digest not in office.store.records.get_fields("lb:invitations")


def test_an_invitation_taken_in_vain_ends_when_it_would_have_ended(office: Office) -> None:
    invitations = office.people.invitations
    token = invitations.make("editor", ttl=600)
    taken = invitations.take(token)
    assert taken
    invitations.put_back(token, taken)
    assert invitations.peek(token) == taken
    (key,) = office.store.client.keys("lb:invitations:*")
    assert 0 < office.store.client.ttl(key) <= 600
    invitations.take(token)
    over = msgspec.structs.replace(taken, until="2020-01-01T00:00:00.000Z")
    invitations.put_back(token, over)
    assert invitations.peek(token) is None


def test_an_invitation_whose_maker_is_shut_out_is_not_put_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.come_in("Ada")
    bo = By(name="Bo", account="Bo")
    office.come_in("Bo")
    token = staff.invite(office.people, bo, "editor", None)
    take = office.people.invitations.take

    def meanwhile(token: str) -> InvitationRecord | None:
        taken = take(token)
        monkeypatch.undo()
        staff.shut_out(office.people, staff.HERE, "Bo")
        office.come_in("Lin")
        return taken

    monkeypatch.setattr(office.people.invitations, "take", meanwhile)
    with pytest.raises(NotFound):
        staff.come_in(office.people, token, "Lin", hash_of(PASSWORD))
    assert office.people.invitations.peek(token) is None


# -- the log


def test_both_doors_write_the_same_log(office: Office, door: Door) -> None:
    office.come_in("Ada")
    door.invite("Nia")
    door.reset("Nia")
    door.token("wire")
    door.revoke("wire")
    door.withdraw(ids(office)[0])
    door.disable("Nia")
    assert acts(office) == ["invite", "reset", "token", "revoke", "withdraw", "disable"]
    assert {entry.by for entry in office.store.audit.of_site()} == {
        "Root" if isinstance(door, Desk) else "command line"
    }
