"""Accounts: names however they were typed, and changes that hold only on what they read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from msgspec.structs import replace

from liveblog.errors import Invalid, NotFound, WrongState
from liveblog.store import accounts
from liveblog.store.accounts import Account, AccountsView
from liveblog.store.commits import Store
from liveblog.store.people import People


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


def test_a_name_is_found_however_its_letters_were_composed(people: People) -> None:
    people.accounts.put(Account(name=" Jose\u0301  Ruiz ", role="editor"))
    found = people.accounts.get("Jos\u00e9 Ruiz")
    assert found is not None
    assert found.name == "Jos\u00e9 Ruiz"
    for again in ("Jose\u0301 Ruiz", "JOS\u00c9 RUIZ", "jose\u0301 ruiz"):
        assert people.accounts.get(again) == found
        with pytest.raises(Invalid, match="an account Jos\u00e9 Ruiz already"):
            people.accounts.create(Account(name=again, role="admin"))
    assert people.accounts.get("Jose Ruiz") is None
    people.accounts.delete("Jose\u0301 Ruiz")
    assert people.accounts.list() == []


def test_no_blogs_is_not_all_blogs(people: People) -> None:
    for name, blogs in (("all", None), ("none", []), ("one", ["anora"])):
        people.accounts.put(Account(name=name, role="editor", blogs=blogs))
    assert [account.blogs for account in people.accounts.list()] == [None, [], ["anora"]]


def first(
    meanwhile: Callable[[], object], then: Callable[[Account], Account]
) -> Callable[[Account, AccountsView], Account]:
    """The change `then`. Before its first attempt is written, another change comes in between."""
    left = [meanwhile]

    def update(account: Account, _: AccountsView) -> Account:
        while left:
            left.pop()()
        return then(account)

    return update


def test_a_change_is_made_from_the_current_account(people: People) -> None:
    people.accounts.put(Account(name="ana", role="admin", password_hash="old"))

    def shut_out() -> None:
        people.accounts.change("ana", lambda account, _: replace(account, disabled=True, role="editor"))

    changed = people.accounts.change(" ana", first(shut_out, lambda account: replace(account, password_hash="new")))
    assert changed == Account(name="ana", role="editor", password_hash="new", disabled=True)
    assert people.accounts.get("ana") == changed


def test_a_change_that_the_retry_refuses_changes_nothing(people: People) -> None:
    people.accounts.put(Account(name="ana", role="admin"))

    def refused(account: Account) -> Account:
        if account.disabled:
            raise WrongState("shut out")
        return replace(account, password_hash="new")

    out = Account(name="ana", role="admin", disabled=True)
    with pytest.raises(WrongState, match="shut out"):
        people.accounts.change("ana", first(lambda: people.accounts.put(out), refused))
    assert people.accounts.get("ana") == out


def test_a_change_of_an_account_that_is_deleted_meanwhile_is_refused(people: People) -> None:
    people.accounts.put(Account(name="ana", role="admin"))
    with pytest.raises(NotFound):
        people.accounts.change("ana", first(lambda: people.accounts.delete("ana"), lambda account: account))
    assert people.accounts.list() == []


@pytest.mark.parametrize(
    "other", [Account(name="ben", role="editor"), Account(name="’", role="admin")], ids=["changed", "added"]
)
def test_a_change_that_read_all_accounts_depends_on_all_of_them(people: People, other: Account) -> None:
    for name in ("ana", "ben"):
        people.accounts.put(Account(name=name, role="admin"))
    seen: list[list[Account]] = []

    def update(account: Account, view: AccountsView) -> Account:
        seen.append(view.list())
        if len(seen) == 1:
            people.accounts.put(other)
        return replace(account, disabled=True)

    people.accounts.change("ana", update)
    assert len(seen) == 2
    assert other in seen[1]
    assert other in people.accounts.list()


def test_a_change_that_read_one_account_ignores_the_others(people: People) -> None:
    for name in ("ana", "ben"):
        people.accounts.put(Account(name=name, role="admin"))
    asked: list[Account] = []

    def update(account: Account, _: AccountsView) -> Account:
        asked.append(account)
        people.accounts.put(Account(name="ben", role="editor"))
        return replace(account, disabled=True)

    people.accounts.change("ana", update)
    assert len(asked) == 1


def test_a_change_that_never_gets_through_is_given_up(people: People) -> None:
    people.accounts.put(Account(name="ana", role="admin"))
    turns: list[int] = []

    def update(account: Account, _: AccountsView) -> Account:
        turns.append(1)
        people.accounts.put(Account(name="ana", role="admin", password_hash=str(len(turns))))
        return replace(account, disabled=True)

    with pytest.raises(WrongState) as no:
        people.accounts.change("ana", update)
    assert (no.value.code, len(turns)) == ("busy", accounts.ATTEMPTS)
    found = people.accounts.get("ana")
    assert found
    assert not found.disabled


def test_simultaneous_changes_of_one_account_all_succeed(people: People) -> None:
    changes: list[Callable[[Account, AccountsView], Account]] = [
        lambda account, _: replace(account, disabled=True),
        lambda account, _: replace(account, role="contributor"),
        lambda account, _: replace(account, password_hash="new"),
        lambda account, _: replace(account, blogs=["anora"]),
    ]
    together = Barrier(len(changes), timeout=60)

    def make(update: Callable[[Account, AccountsView], Account]) -> None:
        together.wait()
        people.accounts.change("ana", update)

    with ThreadPoolExecutor(len(changes)) as everybody:
        for _ in range(50):
            people.accounts.put(Account(name="ana", role="admin", password_hash="old"))
            list(everybody.map(make, changes))
            assert people.accounts.get("ana") == Account(
                name="ana", role="contributor", password_hash="new", blogs=["anora"], disabled=True
            )


def test_only_one_gets_a_free_name_and_only_one_is_the_first(people: People) -> None:
    people.accounts.create(Account(name="ana", role="admin"), first=True)
    with pytest.raises(NotFound):
        people.accounts.create(Account(name="ben", role="admin"), first=True)
    people.accounts.create(Account(name="ben", role="editor"))
    with pytest.raises(Invalid):
        people.accounts.create(Account(name="ben", role="admin"))
    assert [account.role for account in people.accounts.list()] == ["admin", "editor"]
