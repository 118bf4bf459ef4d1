"""Credentials of people: sessions that end together, invitations and sign-in tries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from liveblog.store import people as records
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.people import People, Sessions
from tests.live_server import until


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


def test_a_session_has_ended_if_everybody_was_signed_out_since_its_generation(people: People) -> None:
    sessions = people.sessions
    before = sessions.generation("ana")
    sessions.close_all("ana")  # she is shut out while her password is being checked
    assert sessions.get(sessions.open("ana", generation=before)) is None


def test_the_renewed_session_ends_too_if_somebody_else_ends_all(people: People) -> None:
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
    put = people.sessions._records.put

    def slowly(*args: Any, **options: Any) -> bool:
        people.sessions.close_all("ana")  # comes in between
        return put(*args, **options)

    monkeypatch.setattr(people.sessions._records, "put", slowly)
    assert people.sessions.get(people.sessions.open("ana")) is None


def test_a_session_is_kept_only_as_a_hash_and_for_a_while(people: People, store: Store) -> None:
    token = people.sessions.open("ana")
    (name,) = store.client.keys("lb:sessions:*")
    assert isinstance(name, bytes)
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


def test_the_first_links_of_earlier_starts_end_with_the_first_admin_of_all_blogs(people: People) -> None:
    tokens = [people.invitations.make("admin", first=True) for _ in range(2)]
    people.accounts.put(Account(name="bo", role="editor"))
    people.accounts.put(Account(name="nia", role="admin", blogs=["anora"]))
    people.accounts.put(Account(name="kim", role="admin", disabled=True))
    assert people.invitations.peek(tokens[0]) is not None
    people.accounts.put(Account(name="ana", role="admin"))
    assert people.invitations.peek(tokens[0]) is None
    assert people.invitations.take(tokens[1]) is None


@pytest.mark.parametrize("account", [None, Account(name="ana", role="editor", disabled=True)])
def test_a_named_invitation_ends_with_its_account(people: People, account: Account | None) -> None:
    token = people.invitations.make("editor", name="ana")
    if account is not None:
        people.accounts.put(account)
    assert people.invitations.peek(token) is None


def test_signing_out_everywhere_ends_unused_links(people: People) -> None:
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


def test_a_count_ends_even_if_its_process_died_after_counting(
    people: People, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = store.client
    with monkeypatch.context() as patched:
        patched.setattr(client, "expire", lambda *_: None)
        people.tries.count("here", "ana")
    (name,) = client.keys("lb:tries:*")
    assert client.ttl(name) > 0


def test_the_sites_secret_is_made_once(people: People, store: Store) -> None:
    assert people.secret() == People(store).secret()
    assert len(people.secret()) == 32


def test_tokens_are_shown_once(people: People) -> None:
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


def test_a_session_that_nobody_uses_ends_and_one_in_use_lasts_to_its_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions, key = Sessions(store.records, lasting=1000, idle=300), "lb:sessions:{}"
    token = sessions.open("ana", address="192.0.2.7", browser="Firefox on Linux")
    name = key.format(records._digest(token))
    assert 299 <= store.client.ttl(name) <= 300  # without use
    monkeypatch.setattr(records, "NOTED_SECONDS", 0)
    store.client.expire(name, 5)
    assert sessions.get(token)
    assert 299 <= store.client.ttl(name) <= 300  # put off by a use
    late = Sessions(store.records, lasting=100, idle=300)
    ended = late.open("ana")
    assert late.get(ended)
    assert 98 <= store.client.ttl(key.format(records._digest(ended))) <= 100  # never beyond its end
    store.client.delete(name)  # as storage does when the time is over
    assert sessions.get(token) is None


def test_using_a_session_writes_once_a_minute(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    written, keep = [], people.sessions._records.keep

    def counted(name: str, ttl: int) -> None:
        written.append(name)
        keep(name, ttl)

    monkeypatch.setattr(people.sessions._records, "keep", counted)
    token = people.sessions.open("ana")
    assert all(people.sessions.get(token) for _ in range(100))
    assert len(written) == 1


def test_a_session_of_the_release_before_goes_on_until_its_end(people: People, store: Store) -> None:
    before = b'{"name":"ana","csrf":"x","mark":""}'
    store.client.set(f"lb:sessions:{records._digest('old')}", before, ex=4000)
    assert people.sessions.get("old") is not None
    assert store.client.ttl(f"lb:sessions:{records._digest('old')}") > 3990
    people.sessions.close_all("ana")
    assert people.sessions.get("old") is None


def test_a_person_has_a_greatest_number_of_sessions_and_the_oldest_ends(people: People) -> None:
    ana = [people.sessions.open("ana") for _ in range(records.MOST_SESSIONS)]
    ben = [people.sessions.open("ben") for _ in range(3)]
    assert all(people.sessions.get(token) for token in ana)
    newest = people.sessions.open("ana")
    assert [token for token in ana if people.sessions.get(token) is None] == ana[:1]
    assert all(people.sessions.get(token) for token in [*ben, newest])
    assert len(people.sessions.listed()["ana"]) == records.MOST_SESSIONS


def test_sessions_that_ended_everywhere_make_room(people: People) -> None:
    for _ in range(records.MOST_SESSIONS):
        people.sessions.open("ana")
    people.sessions.close_all("ana")
    ana = [people.sessions.open("ana") for _ in range(records.MOST_SESSIONS)]
    assert all(people.sessions.get(token) for token in ana)


def test_sessions_that_begin_at_once_are_not_too_many_either(people: People) -> None:
    with ThreadPoolExecutor(8) as workers:
        tokens = [*workers.map(lambda _: people.sessions.open("ana"), range(3 * records.MOST_SESSIONS))]
    assert sum(people.sessions.get(token) is not None for token in tokens) == records.MOST_SESSIONS


def test_open_sessions_are_listed_and_ended_one_by_one(people: People, store: Store) -> None:
    phone = people.sessions.open("ana", browser="Safari on iPhone", address="2001:db8::7")
    desk, other = people.sessions.open("ana", browser="Firefox on Linux"), people.sessions.open("ben")
    listed = people.sessions.listed()
    assert [each.record.browser for each in listed["ana"]] == ["Firefox on Linux", "Safari on iPhone"]
    assert {each.id for each in listed["ana"]} == {records.session_id(phone), records.session_id(desk)}
    assert all(each.seen >= each.record.at for each in listed["ana"])
    before = people.last_end()
    assert not people.sessions.end("ana", records.session_id(other))  # somebody else's
    assert people.last_end() == before
    assert people.sessions.end("ana", records.session_id(phone))
    assert people.last_end() != before
    assert not people.sessions.end("ana", records.session_id(phone))
    assert (people.sessions.get(phone), people.sessions.get(desk) is None) == (None, False)
    people.sessions.close_all("ana")
    assert [*people.sessions.listed()] == ["ben"]


def test_the_list_forgets_sessions_that_ended_by_themselves(store: Store) -> None:
    brief = Sessions(store.records, lasting=1, idle=300)
    brief.open("ana")
    until(lambda: not store.client.keys("lb:sessions:*"))
    until(lambda: brief.listed() == {})
    Sessions(store.records).open("ben")
    until(lambda: [msgspec.json.decode(each)["name"] for each in store.client.hvals("lb:sessions")] == ["ben"])


def test_every_way_to_end_a_session_or_a_token_is_noted(people: People) -> None:
    session, token = people.sessions.open("ana"), people.tokens.add("wire", "editor")
    for end in (
        lambda: people.sessions.close(session),
        lambda: people.sessions.close_all("ana"),
        lambda: people.sessions.renew("ana", people.sessions.generation("ana")),
        lambda: people.tokens.revoke("wire"),
        lambda: people.tokens.end(token),
    ):
        before = people.last_end()
        end()
        assert people.last_end() != before
