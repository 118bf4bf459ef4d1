"""Two acts on one person at the same moment: a person who is shut out stays out, and no change undoes another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from threading import Barrier
from typing import Any

import pytest
from msgspec.structs import replace
from werkzeug.test import TestResponse

from liveblog.cli import people
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.web import passwords
from tests.web.office import NEW, PASSWORD, Office, Person


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


@pytest.fixture
def ada(office: Office) -> Person:
    return office.come_in("Ada")


@pytest.fixture
def nia(office: Office) -> Person:
    return office.come_in("Nia", "editor")


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run something while a new password is being hashed (`hashed`), or after one was checked (`verified`)."""

    def make(name: str, meanwhile: Callable[[], object]) -> None:
        call = getattr(passwords, name)

        def slowly(*about: Any) -> Any:
            monkeypatch.setattr(passwords, name, call)
            result = call(*about)
            meanwhile()
            return result

        monkeypatch.setattr(passwords, name, slowly)

    return make


@contextmanager
def before_writing(store: Store, meanwhile: Callable[[], object]) -> Iterator[None]:
    """Run something after the accounts were read, right before the next change of one is written."""
    write = store.records.change_field
    with pytest.MonkeyPatch.context() as patched:

        def late(table: str, *about: Any) -> bool:
            if table == "lb:accounts":
                patched.undo()
                with ThreadPoolExecutor(1) as elsewhere:  # a separate request, not inside this one
                    elsewhere.submit(meanwhile).result(60)
            return write(table, *about)

        patched.setattr(store.records, "change_field", late)
        yield


def let_in_again(ada: Person) -> None:
    ada.on("Nia", "disable")
    ada.on("Nia", "reset")


def link_of(answer: TestResponse) -> str:
    found = re.search(r'readonly value="[^"]*(/desk/welcome/[^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


# -- one's own password


def test_a_person_shut_out_while_changing_the_password_stays_out(
    office: Office, ada: Person, nia: Person, during: Callable[..., None]
) -> None:
    during("hashed", lambda: ada.on("Nia", "disable"))
    assert nia.changes_password().status_code == 401
    assert office.account("Nia").disabled
    assert not nia.is_in
    assert [office.signs_in("Nia", password) for password in (PASSWORD, NEW)] == [403, 403]


def test_a_person_shut_out_between_read_and_write_stays_out(office: Office, ada: Person, nia: Person) -> None:
    with before_writing(office.store, lambda: ada.on("Nia", "disable")):
        assert nia.changes_password().status_code == 401
    assert office.account("Nia").disabled
    assert not nia.is_in


def test_rights_lost_while_changing_the_password_stay_lost(
    office: Office, ada: Person, nia: Person, during: Callable[..., None]
) -> None:
    during("hashed", lambda: ada.on("Nia", "change", role="contributor", where="all"))
    assert nia.changes_password().status_code == 303
    assert office.account("Nia").role == "contributor"
    assert nia.is_in
    assert [office.signs_in("Nia", password) for password in (PASSWORD, NEW)] == [403, 303]


def test_a_person_let_in_again_meanwhile_needs_the_link(
    office: Office, ada: Person, nia: Person, during: Callable[..., None]
) -> None:
    during("hashed", lambda: let_in_again(ada))
    answer = nia.changes_password()
    assert (answer.status_code, "old password is wrong" in answer.text) == (422, True)
    assert office.account("Nia") == Account(name="Nia", role="editor")
    assert not nia.is_in


def test_of_two_simultaneous_new_passwords_one_counts(office: Office, nia: Person, during: Callable[..., None]) -> None:
    other = Person(office.app, office.people, "Nia")
    answers: list[int] = []
    during("hashed", lambda: answers.append(other.changes_password().status_code))
    assert nia.changes_password().status_code == 422
    assert answers == [303]
    assert (nia.is_in, other.is_in) == (False, True)


def test_a_password_is_changed_while_nobody_interferes(office: Office, nia: Person) -> None:
    elsewhere = Person(office.app, office.people, "Nia")
    assert nia.changes_password().status_code == 303
    assert (nia.is_in, elsewhere.is_in) == (True, False)


# -- sessions and links


def test_a_session_opened_during_a_shut_out_does_not_revive_with_the_account(
    office: Office, ada: Person, nia: Person, during: Callable[..., None]
) -> None:
    who = office.browser()
    during("verified", lambda: let_in_again(ada))
    office.signs_in("Nia", PASSWORD, who)
    assert who.get("/desk/account").status_code == 302


def test_sessions_do_not_revive_with_an_account_whose_sign_out_failed(office: Office, ada: Person, nia: Person) -> None:
    office.people.accounts.put(replace(office.account("Nia"), disabled=True))  # then storage was lost
    assert not nia.is_in
    ada.on("Nia", "reset")
    assert not nia.is_in


def test_a_person_shut_out_while_using_a_link_stays_out(
    office: Office, ada: Person, nia: Person, during: Callable[..., None]
) -> None:
    link = link_of(ada.on("Nia", "reset"))
    during("hashed", lambda: ada.on("Nia", "disable"))
    who = office.browser()
    assert who.post(link, data={"password": NEW}).status_code == 404
    assert office.account("Nia").disabled


@pytest.mark.parametrize(
    ("fields", "status"), [({"act": "disable"}, 404), ({"act": "change", "role": "contributor", "where": "all"}, 303)]
)
def test_a_link_changes_nothing_but_the_password(
    office: Office, ada: Person, nia: Person, fields: dict[str, str], status: int
) -> None:
    link = link_of(ada.on("Nia", "reset"))
    who = office.browser()
    with before_writing(office.store, lambda: ada.on("Nia", **fields)):
        assert who.post(link, data={"password": NEW}).status_code == status
    found = office.account("Nia")
    assert (found.disabled, found.role) == (status == 404, "editor" if status == 404 else "contributor")
    assert (who.get("/desk/account").status_code == 200) == (status == 303)


def test_only_one_of_the_first_links_makes_the_first_admin(office: Office, during: Callable[..., None]) -> None:
    one, two = (f"/desk/welcome/{office.people.invitations.make('admin', first=True)}" for _ in range(2))
    meanwhile: list[int] = []

    def other() -> None:
        meanwhile.append(office.browser().post(two, data={"name": "Bo", "password": NEW}).status_code)

    with before_writing(office.store, other):
        assert office.browser().post(one, data={"name": "Ada", "password": PASSWORD}).status_code == 404
    assert meanwhile == [303]
    assert [account.name for account in office.people.accounts.list()] == ["Bo"]


def test_a_name_that_was_just_taken_does_not_use_up_the_link(office: Office, ada: Person) -> None:
    link = f"/desk/welcome/{office.people.invitations.make('contributor')}"
    with before_writing(office.store, lambda: office.come_in("Lin")):
        taken = office.browser().post(link, data={"name": "Lin", "password": NEW})
    assert (taken.status_code, office.account("Lin").role) == (422, "admin")
    assert "there is an account Lin already." in taken.text
    who = office.browser()
    assert who.post(link, data={"name": "Lin Two", "password": NEW}).status_code == 303
    assert office.account("Lin Two").role == "contributor"


# -- admins


def test_simultaneous_changes_of_two_admins_both_count(office: Office, ada: Person, nia: Person) -> None:
    bo = office.come_in("Bo")
    with before_writing(office.store, lambda: bo.on("Nia", "disable")):
        assert ada.on("Nia", "change", role="contributor", where="all").status_code == 303
    found = office.account("Nia")
    assert (found.role, found.disabled) == ("contributor", True)


@pytest.mark.parametrize("others", [[], ["Cy"]], ids=["two admins", "three admins"])
def test_of_two_admins_who_shut_each_other_out_the_first_one_succeeds(office: Office, others: list[str]) -> None:
    ada, bo, *_ = (office.come_in(name) for name in ("Ada", "Bo", *others))
    with before_writing(office.store, lambda: bo.on("Ada", "disable")):
        assert ada.on("Bo", "disable").status_code == 401
    assert [account.name for account in office.people.accounts.list() if account.disabled] == ["Ada"]
    assert (ada.is_in, bo.is_in) == (False, True)


def test_a_former_admin_cannot_become_one_again(office: Office, ada: Person) -> None:
    bo = office.come_in("Bo")
    with before_writing(office.store, lambda: ada.on("Bo", "change", role="contributor", where="all")):
        assert bo.on("Bo", "change", role="admin", where="all").status_code == 403
    assert office.account("Bo").role == "contributor"


def test_an_admin_always_remains_when_two_admins_shut_each_other_out(office: Office) -> None:
    names = ("Ada", "Bo")
    together = Barrier(2, timeout=60)

    def shut_out(who: Person, whom: str) -> int:
        together.wait()
        return who.on(whom, "disable").status_code

    with ThreadPoolExecutor(2) as at_once:
        for _ in range(50):
            ada, bo = (office.come_in(name) for name in names)
            answers = list(at_once.map(shut_out, (ada, bo), names[::-1]))
            left = [account.name for account in office.people.accounts.list() if not account.disabled]
            assert len(left) == 1
            assert sorted(answers) == [303, 401]


# -- the command line


@pytest.mark.parametrize(("command", "disabled"), [(people.disable_editor, True), (people.invite_editor, False)])
def test_a_command_changes_only_its_own_field(
    office: Office, ada: Person, monkeypatch: pytest.MonkeyPatch, command: Any, disabled: bool
) -> None:
    office.people.accounts.put(Account(name="Nia", role="editor", disabled=not disabled))
    monkeypatch.setattr(people, "storage", lambda: nullcontext(office.store))
    with before_writing(office.store, lambda: ada.on("Nia", "change", role="contributor", where="all")):
        command.callback("Nia")
    found = office.account("Nia")
    assert (found.role, found.disabled) == ("contributor", disabled)
