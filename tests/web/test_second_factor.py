"""Second factors over HTTP: an authenticator app, recovery codes, who needs one, and who may remove it."""

from __future__ import annotations

import re
from html import unescape

import msgspec
import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from liveblog import factors
from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.errors import Invalid, NotFound, TooMany, WrongState
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.factors import Passkey
from liveblog.store.people import People
from liveblog.web import cookies, devices, tries
from tests.web.office import NEW, PASSWORD, Office, hash_of

FACTORS, STEP = "/desk/account/factors", "/desk/sign-in/second"
KEY = b"a key of the site"


class Guarded(Office):
    """An office in which a second factor is required of some."""

    def __init__(self, store: Store, required: str) -> None:
        super().__init__(store)
        settings = Settings.from_environ({"LIVEBLOG_SECOND_FACTOR": required, "LIVEBLOG_SECRET_KEY": "swordfish"})
        self.app = create_app(settings, store)
        self.people = People(store, second_factor=settings.second_factor)


@pytest.fixture
def office(store: Store) -> Office:
    return Guarded(store, "optional")


def password_given(office: Office, name: str, who: FlaskClient | None = None) -> tuple[FlaskClient, TestResponse]:
    who = who or office.browser()
    return who, who.post("/desk/sign-in", data={"name": name, "password": PASSWORD})


def person(office: Office, name: str, role: str = "editor") -> None:
    office.people.accounts.put(Account(name=name, role=role, password_hash=hash_of(PASSWORD)))  # type: ignore[arg-type]


def form_of(page: str) -> dict[str, str]:
    """The fields of the form in which an app is set up."""
    (form,) = [each for each in re.findall(r"<form.*?</form>", page, re.S) if 'name="sealed"' in each]
    return {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}


def key_of(page: str) -> str:
    found = re.search(r"type the key <code>([A-Z2-7 ]+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def codes_of(page: str) -> list[str]:
    return re.findall(r"<li><code>([a-z2-7-]+)</code></li>", page)


def sets_app_up(who: FlaskClient) -> tuple[pyotp.TOTP, list[str]]:
    """Set an app up on the page of factors. Returns the app, and the recovery codes."""
    page = who.get(FACTORS).text
    app = pyotp.TOTP(key_of(page))
    done = who.post(FACTORS, data={**form_of(page), "code": app.now()})
    assert done.status_code == 200, done.text
    return app, codes_of(done.text)


def next_code(app: pyotp.TOTP, office: Office) -> str:
    """A code that was not used yet: the clock may be a step ahead."""
    return app.generate_otp(office.people.factors.get("Ana").step + 1)


def is_in(who: FlaskClient) -> bool:
    return who.get("/desk/account").status_code == 200


def with_app(office: Office, name: str = "Ana") -> tuple[FlaskClient, pyotp.TOTP, list[str]]:
    person(office, name)
    who, answer = password_given(office, name)
    assert answer.location == "/desk/"
    return (who, *sets_app_up(who))


# -- an authenticator app


def test_an_app_is_asked_for_after_the_password(office: Office) -> None:
    who, app, codes = with_app(office)
    assert is_in(who)
    assert len(set(codes)) == 10
    again, answer = password_given(office, "Ana")
    assert answer.location == STEP
    assert not is_in(again)  # the password alone is no session
    assert again.post(STEP, data={"code": "000000"}).status_code == 403
    code = next_code(app, office)
    done = again.post(STEP, data={"code": f"{code[:3]} {code[3:]}"})
    assert (done.status_code, done.location) == (303, "/desk/")
    assert is_in(again)
    acts = [entry.note["act"] for entry in office.store.audit.of_site()]
    assert acts[:2] == ["sign_in", "second_factor_failed"]


def test_a_code_is_good_once(office: Office) -> None:
    _, app, _ = with_app(office)
    code = next_code(app, office)
    one, _ = password_given(office, "Ana")
    two, _ = password_given(office, "Ana")
    assert one.post(STEP, data={"code": code}).status_code == 303
    assert two.post(STEP, data={"code": code}).status_code == 403
    step = office.people.factors.get("Ana").step
    assert two.post(STEP, data={"code": app.generate_otp(step - 1)}).status_code == 403  # nor is an earlier one
    assert not is_in(two)


def test_the_code_that_set_the_app_up_does_not_sign_in(office: Office) -> None:
    _, app, _ = with_app(office)
    who, _ = password_given(office, "Ana")
    code = app.generate_otp(office.people.factors.get("Ana").step)
    assert who.post(STEP, data={"code": code}).status_code == 403


@pytest.mark.parametrize("code", ["١٢٣٤٥٦", "１２３４５６", "é", "🎬" * 6, "\0" * 6, "1" * 10_000, ""])
def test_a_code_that_no_app_shows(office: Office, code: str) -> None:
    person(office, "Ana")
    who, _ = password_given(office, "Ana")
    form = form_of(who.get(FACTORS).text)
    assert who.post(FACTORS, data={**form, "code": code}).status_code == 422
    assert sets_app_up(who)[1]
    again, _ = password_given(office, "Ana")
    assert again.post(STEP, data={"code": code}).status_code == 403


def test_setting_an_app_up_needs_its_code_and_the_secret_that_was_proposed(office: Office) -> None:
    person(office, "Ana")
    who, _ = password_given(office, "Ana")
    page = who.get(FACTORS).text
    form = form_of(page)
    wrong = who.post(FACTORS, data={**form, "code": "000000"})
    assert wrong.status_code == 422
    assert key_of(wrong.text) == key_of(page)  # the app need not scan again
    own = pyotp.random_base32()
    planted = who.post(FACTORS, data={**form, "sealed": own, "code": pyotp.TOTP(own).now()})
    assert planted.status_code == 422
    assert not office.people.factors.get("Ana").any


def test_guessing_a_code_ends_for_everybody_who_has_the_password(office: Office) -> None:
    _, app, codes = with_app(office)
    for guess in range(factors.TRIES):
        who, _ = password_given(office, "Ana")  # the right password does not start the count again
        assert who.post(STEP, data={"code": f"{guess:06}"}).status_code == 403
    who, _ = password_given(office, "Ana")
    assert who.post(STEP, data={"code": next_code(app, office)}).status_code == 429
    assert who.post(STEP, data={"code": codes[0]}).status_code == 303  # which nobody guesses


def guesses(office: Office, number: int, who: FlaskClient | None = None) -> list[int]:
    """Wrong codes after the right password, each in a new browser or all in one, at leisure: some in five minutes."""
    answers = []
    for guess in range(number):
        here, _ = password_given(office, "Ana", who)
        answers.append(here.post(STEP, data={"code": f"{guess:06}"}).status_code)
        for device in ("", *devices_of(here)):
            office.people.tries.forget("second factor", "ana", device)
    return answers


def devices_of(who: FlaskClient) -> list[str]:
    cookie = who.get_cookie(devices.COOKIE, path="/desk/")
    return [cookie.value.partition(".")[0]] if cookie else []


def test_a_day_has_a_bounded_number_of_guesses_and_nobody_is_shut_out_by_them(office: Office) -> None:
    own, app, codes = with_app(office)
    most = factors.TRIES_OF_DAY
    assert guesses(office, most + 1) == [403] * most + [429]
    elsewhere, _ = password_given(office, "Ana")
    code = next_code(app, office)
    refused = elsewhere.post(STEP, data={"code": code})
    assert (refused.status_code, "Too many wrong codes today" in refused.text) == (429, True)
    assert elsewhere.post(STEP, data={"code": codes[0]}).status_code == 303  # a recovery code goes on
    password_given(office, "Ana", own)
    assert own.post(STEP, data={"code": code}).status_code == 303  # so does the app where Ana has signed in
    assert guesses(office, 1) == [429]  # and gives nobody else another guess


def test_a_known_device_has_a_bounded_number_of_guesses_too(office: Office) -> None:
    stolen, _, _ = with_app(office)
    assert devices_of(stolen)
    most = factors.TRIES_OF_DAY
    assert guesses(office, most + 1, stolen) == [403] * most + [429]


def test_a_device_of_a_password_that_was_found_out_is_none_after_the_next(office: Office) -> None:
    person(office, "Ana")
    thief, _ = password_given(office, "Ana")
    (known,) = devices_of(thief)
    with office.app.test_request_context(headers={"Cookie": cookie_of(thief)}):
        assert devices.known("ANA") == known
        assert devices.known("Bo") is None
    ana, _ = password_given(office, "Ana")
    assert Signed(ana).send("/desk/account", old=PASSWORD, password=NEW).status_code == 303
    with office.app.test_request_context(headers={"Cookie": cookie_of(thief)}):
        assert devices.known("Ana") is None
    with office.app.test_request_context(headers={"Cookie": cookie_of(ana)}):
        assert devices.known("Ana")
    sets_app_up(password_given_new(office))
    with office.app.test_request_context(headers={"Cookie": cookie_of(ana)}):
        assert devices.known("Ana") is None  # it was known without a second factor


def cookie_of(who: FlaskClient) -> str:
    found = who.get_cookie(devices.COOKIE, path="/desk/")
    assert found
    return f"{found.key}={found.value}"


def password_given_new(office: Office) -> FlaskClient:
    who = office.browser()
    assert who.post("/desk/sign-in", data={"name": "Ana", "password": NEW}).location == "/desk/"
    return who


def test_a_colleague_who_guesses_shuts_nobody_at_the_same_address_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, app, codes = with_app(office)
    monkeypatch.setattr(tries, "TRIES_OF_ADDRESS", 5)
    for number in range(7):
        office.signs_in(f"Nobody {number}", "a wrong guess")
    assert password_given(office, "Ana")[1].status_code == 429  # in an unknown browser
    _, answer = password_given(office, "Ana", own)
    assert answer.location == STEP
    assert own.post(STEP, data={"code": next_code(app, office)}).status_code == 303
    password_given(office, "Ana", own)
    assert own.post(STEP, data={"code": codes[1]}).status_code == 303
    assert office.browser().get("/desk/sign-in").status_code == 200


def test_a_secret_is_sealed_in_storage(office: Office) -> None:
    _, app, codes = with_app(office)
    stored = msgspec.json.encode(office.people.factors.get("Ana"))
    assert app.secret.encode() not in stored
    assert not [code for code in codes if code.encode() in stored or code.replace("-", "").encode() in stored]


def test_where_the_sites_secret_was_changed_the_page_says_so(office: Office, store: Store) -> None:
    _, app, codes = with_app(office)
    office.app = create_app(Settings.from_environ({"LIVEBLOG_SECRET_KEY": "another"}), store)
    who, _ = password_given(office, "Ana")
    answer = who.post(STEP, data={"code": next_code(app, office)})
    assert answer.status_code == 409
    assert "secret was changed" in answer.text
    assert who.post(STEP, data={"code": codes[0]}).status_code == 303


# -- recovery codes


def test_a_recovery_code_signs_in_once(office: Office) -> None:
    _, _, codes = with_app(office)
    who, _ = password_given(office, "Ana")
    assert who.post(STEP, data={"code": codes[3].upper().replace("-", " ")}).status_code == 303
    assert is_in(who)
    assert len(office.people.factors.get("Ana").codes) == 9
    again, _ = password_given(office, "Ana")
    assert again.post(STEP, data={"code": codes[3]}).status_code == 403


def test_new_codes_end_the_earlier_ones(office: Office) -> None:
    who, _, codes = with_app(office)
    fresh = codes_of(Signed(who).send(FACTORS, act="codes").text)
    assert len(set(fresh) - set(codes)) == 10
    again, _ = password_given(office, "Ana")
    assert again.post(STEP, data={"code": codes[0]}).status_code == 403
    assert again.post(STEP, data={"code": fresh[0]}).status_code == 303


class Signed:
    """Sends forms in a browser that is signed in."""

    def __init__(self, who: FlaskClient) -> None:
        self.who = who

    def send(self, path: str, **fields: str) -> TestResponse:
        found = re.search(r'name="csrf" value="([^"]+)"', self.who.get("/desk/account").text)
        assert found
        return self.who.post(path, data={"csrf": found[1], **fields})


# -- what a change of factors asks for


def test_changing_factors_asks_for_a_fresh_sign_in(office: Office) -> None:
    ana = office.come_in("Ana", "editor", fresh=False)
    for answer in (ana.client.get(FACTORS), ana.send(FACTORS, act="codes")):
        assert (answer.status_code, answer.location) == (303, f"/desk/sign-in?fresh=1&next={FACTORS}")
    assert ana.client.post(f"{FACTORS}/challenge", headers={"X-CSRF-Token": ana.csrf}).status_code == 401
    form = ana.client.get(f"/desk/sign-in?fresh=1&next={FACTORS}")
    assert 'value="Ana"' in form.text
    _, answer = password_given(office, "Ana", ana.client)
    assert answer.location == "/desk/"
    assert ana.client.get(FACTORS).status_code == 200


def test_a_fresh_sign_in_leads_back(office: Office) -> None:
    person(office, "Ana")
    data = {"name": "Ana", "password": PASSWORD, "next": FACTORS}
    assert office.browser().post("/desk/sign-in", data=data).location == FACTORS
    assert office.browser().post("/desk/sign-in", data=data | {"next": f"{FACTORS}/../../../x"}).location == "/desk/"


def test_a_changed_password_is_no_fresh_sign_in(office: Office) -> None:
    """A stolen session with the password must not remove the second factor."""
    who, _, _ = with_app(office)
    sent = Signed(who).send("/desk/account", old=PASSWORD, password=NEW)
    assert sent.status_code == 303
    assert who.get(FACTORS).status_code == 303


def test_the_first_factor_ends_sessions_without_it(office: Office) -> None:
    other = office.come_in("Ana", "editor")
    assert other.is_in
    who, _ = password_given(office, "Ana")
    sets_app_up(who)
    assert is_in(who)
    assert not other.is_in


def test_a_form_of_another_site_changes_nothing(office: Office) -> None:
    who, _, codes = with_app(office)
    assert who.post(FACTORS, data={"act": "remove_app"}).status_code == 403  # without the session's token
    assert who.post(STEP, data={"code": codes[0]}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert office.people.factors.get("Ana").totp


def test_without_a_factor_the_codes_go(office: Office) -> None:
    who, _, _ = with_app(office)
    assert Signed(who).send(FACTORS, act="remove_app").status_code == 303
    found = office.people.factors.get("Ana")
    assert (found.any, found.codes, found.step) == (False, [], 0)
    assert password_given(office, "Ana")[1].location == "/desk/"


# -- who needs one


@pytest.mark.parametrize(
    ("required", "role", "needs"),
    [
        ("optional", "admin", False),
        ("admins", "admin", True),
        ("admins", "editor", False),
        ("all", "contributor", True),
    ],
)
def test_a_second_factor_is_required_by_setting(store: Store, required: str, role: str, needs: bool) -> None:
    office = Guarded(store, required)
    person(office, "Ana", role)
    who, answer = password_given(office, "Ana")
    assert answer.location == (STEP if needs else "/desk/")
    assert is_in(who) is not needs


def test_it_is_set_up_at_the_first_sign_in(store: Store) -> None:
    office = Guarded(store, "all")
    person(office, "Ana")
    who, _ = password_given(office, "Ana")
    assert who.get(STEP).location == FACTORS
    assert "beside your password, to work at the desk" in who.get(FACTORS).text
    assert not is_in(who)
    _, codes = sets_app_up(who)
    assert is_in(who)
    assert len(codes) == 10
    assert who.get(STEP).location.startswith("/desk/sign-in?")  # the step is taken


def test_an_invited_admin_sets_it_up_before_coming_in(store: Store) -> None:
    office = Guarded(store, "admins")
    who = office.browser()
    link = f"/desk/welcome/{office.people.invitations.make('admin')}"
    assert who.post(link, data={"name": "Ana", "password": PASSWORD}).location == STEP
    assert not is_in(who)
    sets_app_up(who)
    assert is_in(who)


def test_a_new_password_by_link_asks_for_the_second_factor(office: Office) -> None:
    _, app, _ = with_app(office)
    link = f"/desk/welcome/{office.people.invitations.make('editor', name='Ana')}"
    who = office.browser()
    assert who.post(link, data={"password": NEW}).location == STEP
    assert not is_in(who)
    assert who.post(STEP, data={"code": next_code(app, office)}).status_code == 303
    assert is_in(who)


def test_a_session_without_a_factor_ends_once_the_setting_or_the_role_asks_for_one(store: Store) -> None:
    ana = Office(store).come_in("Ana", "editor")
    office = Guarded(store, "admins")
    who = office.app.test_client()
    who.set_cookie(cookies.COOKIE, office.people.sessions.open("Ana"))
    assert is_in(who)
    office.people.accounts.put(Account(name="Ana", role="admin", password_hash=hash_of(PASSWORD)))
    assert not is_in(who)
    assert ana.is_in  # where the setting does not ask for it


def test_the_last_factor_stays_where_one_is_needed(store: Store) -> None:
    office = Guarded(store, "all")
    person(office, "Ana")
    who, _ = password_given(office, "Ana")
    sets_app_up(who)
    answer = Signed(who).send(FACTORS, act="remove_app")
    assert answer.status_code == 409
    assert "add another one first" in answer.text
    assert office.people.factors.get("Ana").totp


def test_programs_need_none(store: Store) -> None:
    office = Guarded(store, "all")
    token = office.people.tokens.add("wire", "admin")
    answer = office.browser().get("/api/v1/blogs", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert office.browser().get("/desk/people", headers={"Authorization": f"Bearer {token}"}).status_code == 200


# -- for others


def test_an_admin_removes_anothers_factors(office: Office) -> None:
    who, _, codes = with_app(office)
    waiting, _ = password_given(office, "Ana")
    root = office.come_in("Root")
    assert "authenticator app" in root.client.get("/desk/people").text
    assert root.on("Ana", "reset-factors").status_code == 303
    assert not is_in(who)
    assert waiting.post(STEP, data={"code": codes[0]}).status_code == 401  # the step has ended, too
    assert password_given(office, "Ana")[1].location == "/desk/"
    entry = office.store.audit.of_site()[1]
    assert (entry.by, entry.note["act"], entry.note["whom"]) == ("Root", "reset_factors", "Ana")


def test_an_editor_removes_nobodys_factors(office: Office) -> None:
    with_app(office)
    assert office.come_in("Bo", "editor").on("Ana", "reset-factors").status_code == 403
    assert office.people.factors.get("Ana").any


def test_a_person_who_is_shut_out_does_not_take_the_second_step(office: Office) -> None:
    _, app, _ = with_app(office)
    root = office.come_in("Root")
    who, _ = password_given(office, "Ana")
    assert root.on("Ana", "disable").status_code == 303
    assert who.get(STEP).location.startswith("/desk/sign-in?")
    assert who.post(STEP, data={"code": next_code(app, office)}).status_code == 401
    assert not is_in(who)


# -- the acts themselves


def test_two_answers_with_one_code_at_once(office: Office) -> None:
    """Both read the factors before either wrote: one of them reads again, and is refused."""
    _, app, _ = with_app(office)
    people, ana = office.people, office.account("Ana")
    code, table = next_code(app, office), people.factors
    found: list[bool] = []
    get = table._records.get_field

    def meanwhile(table: str, name: str) -> bytes | None:
        value = get(table, name)
        if table == "lb:factors" and not found:
            found.append(False)
            found[0] = factors.check_app(People(office.store), b"swordfish", ana, code)
        return value

    table._records.get_field = meanwhile  # type: ignore[method-assign]
    try:
        assert not factors.check_app(people, b"swordfish", ana, code)
    finally:
        del table._records.get_field
    assert found == [True]


def test_a_passkey_is_one_persons_only(office: Office) -> None:
    person(office, "Ana")
    person(office, "Bo")
    key = Passkey(id="AAAA", key="AAAA", name=" Work  laptop ")
    assert len(factors.add_passkey(office.people, office.account("Ana"), key)) == 10
    with pytest.raises(Invalid):
        factors.add_passkey(office.people, office.account("Bo"), key)
    assert [each.name for each in office.people.factors.get("Ana").passkeys] == ["Work laptop"]
    factors.remove_passkey(office.people, office.account("Ana"), "AAAA")
    assert factors.add_passkey(office.people, office.account("Bo"), key)


def test_a_refused_passkey_stays_nobodys(office: Office) -> None:
    person(office, "Ana")
    for name in ("", "x" * 61, "a\nb\x00"):
        with pytest.raises(Invalid):
            factors.add_passkey(office.people, office.account("Ana"), Passkey(id="AAAA", key="AAAA", name=name))
    assert office.people.factors.owner("AAAA") is None


def test_nobody_removes_anothers_passkey(office: Office) -> None:
    person(office, "Ana")
    person(office, "Bo")
    factors.add_passkey(office.people, office.account("Ana"), Passkey(id="AAAA", key="AAAA", name="Mine"))
    with pytest.raises(NotFound):
        factors.remove_passkey(office.people, office.account("Bo"), "AAAA")
    assert office.people.factors.owner("AAAA") == "Ana"


def test_a_count_of_tries_without_an_app_counts_too(office: Office) -> None:
    person(office, "Ana")
    for _ in range(factors.TRIES):
        assert not factors.check_app(office.people, KEY, office.account("Ana"), "123456")
    with pytest.raises(TooMany):
        factors.check_app(office.people, KEY, office.account("Ana"), "123456")


def test_the_last_needed_factor_cannot_be_removed(store: Store) -> None:
    office = Guarded(store, "all")
    person(office, "Ana")
    ana = office.account("Ana")
    factors.add_passkey(office.people, ana, Passkey(id="AAAA", key="AAAA", name="One"))
    factors.add_passkey(office.people, ana, Passkey(id="BBBB", key="AAAA", name="Two"))
    factors.remove_passkey(office.people, ana, "AAAA")
    with pytest.raises(WrongState):
        factors.remove_passkey(office.people, ana, "BBBB")
    assert office.people.factors.owner("BBBB") == "Ana"
