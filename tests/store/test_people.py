"""People's records: names however they were typed, sessions that end together, invitations and tries."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from msgspec.structs import replace

from liveblog.errors import Invalid, NotFound, WrongState
from liveblog.store import people as records
from liveblog.store.commits import Store
from liveblog.store.people import Account, AccountsView, People


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
    """The change `then`; before it is first made of what was read, somebody else comes in between."""
    left = [meanwhile]

    def update(account: Account, _: AccountsView) -> Account:
        while left:
            left.pop()()
        return then(account)

    return update


def test_a_change_is_made_of_the_account_as_it_is_then(people: People) -> None:
    people.accounts.put(Account(name="ana", role="admin", password_hash="old"))

    def shut_out() -> None:
        people.accounts.change("ana", lambda account, _: replace(account, disabled=True, role="editor"))

    changed = people.accounts.change(" ana", first(shut_out, lambda account: replace(account, password_hash="new")))
    assert changed == Account(name="ana", role="editor", password_hash="new", disabled=True)
    assert people.accounts.get("ana") == changed


def test_a_change_that_is_refused_then_changes_nothing(people: People) -> None:
    people.accounts.put(Account(name="ana", role="admin"))

    def refused(account: Account) -> Account:
        if account.disabled:
            raise WrongState("shut out")
        return replace(account, password_hash="new")

    out = Account(name="ana", role="admin", disabled=True)
    with pytest.raises(WrongState, match="shut out"):
        people.accounts.change("ana", first(lambda: people.accounts.put(out), refused))
    assert people.accounts.get("ana") == out


def test_a_change_of_an_account_that_goes_is_refused(people: People) -> None:
    people.accounts.put(Account(name="ana", role="admin"))
    with pytest.raises(NotFound):
        people.accounts.change("ana", first(lambda: people.accounts.delete("ana"), lambda account: account))
    assert people.accounts.list() == []


@pytest.mark.parametrize(
    "other", [Account(name="ben", role="editor"), Account(name="’", role="admin")], ids=["changed", "added"]
)
def test_a_change_that_looked_at_everybody_stands_on_all_of_them(people: People, other: Account) -> None:
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


def test_a_change_that_looked_at_nobody_else_does_not_mind_them(people: People) -> None:
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
    assert (no.value.code, len(turns)) == ("busy", records.ATTEMPTS)
    found = people.accounts.get("ana")
    assert found
    assert not found.disabled


def test_changes_of_one_account_at_the_same_moment_all_land(people: People) -> None:
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


def test_a_session_has_ended_if_everybody_was_signed_out_since_its_mark(people: People) -> None:
    sessions = people.sessions
    before = sessions.generation("ana")
    sessions.close_all("ana")  # she is shut out while her password is being looked at
    assert sessions.get(sessions.open("ana", generation=before)) is None


def test_the_session_that_goes_on_ends_with_the_others_if_somebody_else_ends_them(people: People) -> None:
    sessions = people.sessions
    early = sessions.open("ana")
    goes_on = sessions.open("ana", generation=sessions.renew("ana", sessions.generation("ana")))
    assert (sessions.get(early), sessions.get(goes_on) is None) == (None, False)
    before = sessions.generation("ana")
    sessions.close_all("ana")
    between = sessions.open("ana")
    assert sessions.get(sessions.open("ana", generation=sessions.renew("ana", before))) is None
    assert sessions.get(between) is None


def test_signing_out_everywhere_ends_every_session_there_is(people: People) -> None:
    sessions = people.sessions
    early, other = [sessions.open("ana") for _ in range(3)], sessions.open("ben")
    sessions.close_all("ana")
    assert [sessions.get(token) for token in early] == [None] * 3
    assert sessions.get(other) is not None
    later = sessions.open("ana")
    assert sessions.get(later) is not None
    sessions.close_all("ana")
    assert sessions.get(later) is None


def test_a_session_being_opened_while_everybody_is_signed_out_ends_too(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = people.sessions._store.put_record

    def slowly(*args: object, **options: object) -> bool:
        people.sessions.close_all("ana")  # comes in between
        return put(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(people.sessions._store, "put_record", slowly)
    assert people.sessions.get(people.sessions.open("ana")) is None


def test_a_session_is_kept_only_as_a_hash_and_for_a_while(people: People, store: Store) -> None:
    token = people.sessions.open("ana")
    (name,) = store.client.keys("lb:sessions:*")
    assert token not in name.decode()
    assert 0 < store.client.ttl(name) <= records.SESSION_SECONDS
    people.sessions.close(token)
    assert people.sessions.get(token) is None


def test_an_invitation_is_taken_once(people: People) -> None:
    token = people.invitations.make("editor", ["anora"])
    assert people.invitations.peek(token) is not None
    taken = people.invitations.take(token)
    assert taken is not None
    assert (taken.role, taken.blogs) == ("editor", ["anora"])
    assert people.invitations.take(token) is None
    assert people.invitations.peek(token) is None


def test_the_first_links_of_earlier_starts_end_with_the_first_account(people: People) -> None:
    tokens = [people.invitations.make("admin", first=True) for _ in range(2)]
    assert people.invitations.peek(tokens[0]) is not None
    people.accounts.put(Account(name="ana", role="admin"))
    assert people.invitations.peek(tokens[0]) is None
    assert people.invitations.take(tokens[1]) is None


@pytest.mark.parametrize("account", [None, Account(name="ana", role="editor", disabled=True)])
def test_a_named_invitation_stands_with_its_account(people: People, account: Account | None) -> None:
    token = people.invitations.make("editor", name="ana")
    if account is not None:
        people.accounts.put(account)
    assert people.invitations.peek(token) is None


def test_signing_out_everywhere_ends_the_links_that_are_on_their_way(people: People) -> None:
    people.accounts.put(Account(name="ana", role="editor"))
    before = people.invitations.make("editor", name="ana")
    people.sessions.close_all("ana")
    assert people.invitations.peek(before) is None
    assert people.invitations.take(before) is None
    assert people.invitations.take(people.invitations.make("editor", name="ana")) is not None


def test_tries_are_counted_apart_and_always_end(people: People, store: Store) -> None:
    assert [people.tries.count("here", "ana") for _ in range(3)] == [1, 2, 3]
    assert people.tries.count("there", "ana") == 1
    assert all(0 < store.client.ttl(name) <= records.TRY_SECONDS for name in store.client.keys("lb:tries:*"))
    people.tries.forget("here", "ana")
    assert people.tries.count("here", "ana") == 1


def test_a_count_ends_even_if_its_process_died_after_counting(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    client = people.tries._store.client
    with monkeypatch.context() as patched:
        patched.setattr(client, "expire", lambda *_: None)
        people.tries.count("here", "ana")
    (name,) = client.keys("lb:tries:*")
    assert client.ttl(name) > 0


def test_the_sites_secret_is_made_once(people: People, store: Store) -> None:
    assert people.secret() == People(store).secret()
    assert len(people.secret()) == 32


def test_tokens_are_told_once(people: People) -> None:
    token = people.tokens.add("feed", "editor", "anora")
    found = people.tokens.get(token)
    assert found is not None
    assert (found.name, found.blog) == ("feed", "anora")
    assert people.tokens.list() == [found]


def test_revoking_a_name_ends_all_its_tokens(people: People) -> None:
    wires, feed = (
        [people.tokens.add("wire", "editor", blog) for blog in (None, "anora")],
        people.tokens.add("feed", "editor"),
    )
    assert len(people.tokens.revoke(" wire")) == 2
    assert [people.tokens.get(token) for token in wires] == [None, None]
    assert people.tokens.get(feed) is not None
    assert people.tokens.revoke("wire") == []
