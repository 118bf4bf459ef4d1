"""People's records: names however they were typed, sessions that end together, invitations and tries."""

from __future__ import annotations

import pytest

from liveblog.store import people as records
from liveblog.store.people import Account, People
from liveblog.store.redis import Store


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


def test_a_name_is_found_however_its_letters_were_composed(people: People) -> None:
    people.accounts.put(Account(name=" Jose\u0301  Ruiz ", role="editor"))
    found = people.accounts.get("Jos\u00e9 Ruiz")
    assert found is not None
    assert found.name == "Jos\u00e9 Ruiz"
    assert not people.accounts.create_if_absent(Account(name="Jose\u0301 Ruiz", role="admin"))
    assert people.accounts.get("jos\u00e9 ruiz") is None
    people.accounts.delete("Jose\u0301 Ruiz")
    assert people.accounts.list() == []


def test_no_blogs_is_not_all_blogs(people: People) -> None:
    for name, blogs in (("all", None), ("none", []), ("one", ["anora"])):
        people.accounts.put(Account(name=name, role="editor", blogs=blogs))
    assert [account.blogs for account in people.accounts.list()] == [None, [], ["anora"]]


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
    assert people.tokens.revoke(" wire") == 2
    assert [people.tokens.get(token) for token in wires] == [None, None]
    assert people.tokens.get(feed) is not None
    assert people.tokens.revoke("wire") == 0
