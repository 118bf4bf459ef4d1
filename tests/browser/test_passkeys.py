"""Passkeys in real Chromium, whose virtual authenticators answer as a phone or a security key does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect

from liveblog.store.accounts import Account, Role
from liveblog.store.people import People
from liveblog.web import passwords
from tests.browser.axe import sound_by_day_and_by_night
from tests.browser.conftest import Visit
from tests.browser.desk import surely
from tests.browser.overflow import overflowing
from tests.browser.test_office import SHAMEFUL
from tests.live_server import LiveServer, live_server

pytestmark = pytest.mark.browser
PASSWORD = "forty velvet umbrellas"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Authenticator:
    """An authenticator of one page's browser."""

    def __init__(self, page: Page, **options: Any) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        usual = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        usual |= {"isUserVerified": True, "automaticPresenceSimulation": True}
        self._cdp.send("WebAuthn.enable")
        made = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {**usual, **options}})
        self._id = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._id})[
            "credentials"
        ]
        return found

    def takes(self, credential: dict[str, Any]) -> None:
        self._cdp.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": credential})

    def verifies(self, person: bool) -> None:
        self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": person})


def address(server: LiveServer) -> str:
    """Passkeys are for names, not for IP addresses."""
    return server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def people(server: LiveServer) -> People:
    return People(server.store)


@pytest.fixture
def come_in(server: LiveServer, people: People, visit: Visit) -> Callable[..., Page]:
    """Opens a browser in which a person has given name and password."""

    def come(name: str, role: Role = "editor", next: str = "/desk/account/factors", **options: Any) -> Page:
        if people.accounts.get(name) is None:
            people.accounts.put(Account(name=name, role=role, password_hash=passwords.hashed(PASSWORD)))
        page = visit(f"{address(server)}/desk/sign-in?next={next}", **options)
        gives_password(page, name)
        return page

    return come


def gives_password(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def adds_passkey(page: Page, name: str) -> None:
    page.get_by_label("Name by which you know it again").fill(name)
    page.get_by_role("button", name="Add a passkey").click()


def keeps_codes(page: Page) -> list[str]:
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator(".codes code").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    return codes


def signed_in(page: Page, name: str) -> None:
    expect(page.locator(".me .name")).to_have_text(name)


def signs_out(page: Page) -> None:
    page.locator(".me").evaluate("menu => { menu.open = true; }")  # waits for the page that has it
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_passkey_signs_in_alone_and_after_the_password(come_in: Callable[..., Page], people: People) -> None:
    page = come_in("Ana Passkey")
    authenticator = Authenticator(page)
    adds_passkey(page, "Work laptop")
    assert len(keeps_codes(page)) == 10
    (credential,) = authenticator.credentials()
    assert credential["isResidentCredential"]
    signs_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    signed_in(page, "Ana Passkey")
    (passkey,) = people.factors.get("Ana Passkey").passkeys
    assert (passkey.name, passkey.count, bool(passkey.used)) == ("Work laptop", 2, True)
    signs_out(page)
    gives_password(page, "Ana Passkey")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use your passkey").press("Enter")
    signed_in(page, "Ana Passkey")


def test_several_passkeys_have_names_and_are_removed_by_them(come_in: Callable[..., Page], people: People) -> None:
    page = come_in("Bo Passkey", **PHONE)
    Authenticator(page)
    adds_passkey(page, "Phone")
    keeps_codes(page)
    page.goto(page.url.split("/desk/")[0] + "/desk/account/factors")
    adds_passkey(page, "Again")  # the same authenticator has one already
    expect(page.locator("[data-passkey=make] .problem")).to_have_text("This passkey is here already.")
    Authenticator(page, transport="usb")
    adds_passkey(page, "Key " + "w" * 56)
    expect(page.get_by_role("status")).to_have_text("The passkey was added.")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    surely(page, "Remove the passkey Phone")
    expect(page.get_by_role("status")).to_have_text("It was removed.")
    assert [each.name[:3] for each in people.factors.get("Bo Passkey").passkeys] == ["Key"]


def test_alone_an_authenticator_must_verify_the_person(come_in: Callable[..., Page]) -> None:
    """One that only proves that somebody is there, as a stolen key does, is a second factor and no more."""
    page = come_in("Cy Passkey")
    authenticator = Authenticator(page)
    adds_passkey(page, "Key")
    keeps_codes(page)
    signs_out(page)
    authenticator.verifies(False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("[data-passkey] .problem")).to_have_text(
        "Nothing was done: it was cancelled, or took too long."
    )
    page.evaluate(  # a program that leaves the demand out gets an answer of its own, which the server refuses
        """() => { const get = navigator.credentials.get.bind(navigator.credentials);
        navigator.credentials.get = ({ publicKey }) =>
          get({ publicKey: { ...publicKey, userVerification: "discouraged" } }); }"""
    )
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".problem").first).to_have_text("This passkey was not accepted. Try again.")
    gives_password(page, "Cy Passkey")
    page.get_by_role("button", name="Use your passkey").click()
    signed_in(page, "Cy Passkey")


def test_a_copy_of_an_authenticator_is_refused(come_in: Callable[..., Page], server: LiveServer) -> None:
    page = come_in("Di Passkey")
    authenticator = Authenticator(page)
    adds_passkey(page, "Key")
    keeps_codes(page)
    (copied,) = authenticator.credentials()
    signs_out(page)
    for _ in range(2):
        page.get_by_role("button", name="Sign in with a passkey").click()
        signed_in(page, "Di Passkey")
        signs_out(page)
    thief = come_in("Di Passkey")
    Authenticator(thief).takes(copied)  # with the count that it had
    thief.get_by_role("button", name="Use your passkey").click()
    expect(thief.locator(".problem").first).to_have_text("This passkey was not accepted. Try again.")
    acts = [(entry.by, entry.note["act"]) for entry in server.store.audit.of_site()[:5]]
    assert ("Di Passkey", "passkey_refused") in acts


def test_an_answer_is_good_once_and_for_its_own_browser(come_in: Callable[..., Page], server: LiveServer) -> None:
    page = come_in("Ed Passkey")
    Authenticator(page)
    adds_passkey(page, "Key")
    keeps_codes(page)
    signs_out(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    page.get_by_role("button", name="Sign in with a passkey").click()
    signed_in(page, "Ed Passkey")
    (said,) = [each for each in sent if "credential=" in each]
    kinds = {"Content-Type": "application/x-www-form-urlencoded", "Origin": address(server)}
    for browser in (page.context, come_in("Fay Passkey").context):
        browser.clear_cookies(name="liveblog_session")
        again = browser.request.post(f"{address(server)}/desk/sign-in/passkey", data=said, headers=kinds)
        assert again.status == 403
        assert "That took too long" in again.text()


def test_where_factors_are_required_a_newcomer_sets_one_up(visit: Visit) -> None:
    with live_server("serve", LIVEBLOG_SECOND_FACTOR="all") as server:
        people = People(server.store)
        link = f"{address(server)}/desk/welcome/{people.invitations.make('admin')}"
        page = visit(link, **PHONE)
        page.get_by_label("Name").fill("Gil Passkey")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Come in").tap()
        expect(page.get_by_role("heading", name="How you sign in")).to_be_visible()
        app = pyotp.TOTP(page.locator("details code").inner_text().replace(" ", ""))
        page.get_by_label("Code that the app shows").fill(app.now())
        page.get_by_role("button", name="Set it up").tap()
        assert len(keeps_codes(page)) == 10
        signed_in(page, "Gil Passkey")


def test_the_pages_are_sound_at_every_width(come_in: Callable[..., Page], server: LiveServer) -> None:
    page = come_in("Hal Passkey", **PHONE)
    Authenticator(page)
    shameful: list[str] = []

    def look(name: str) -> None:
        for width, size in ((320, "32px"), (1440, ""), (390, "")):  # the first with text of 200 %
            page.set_viewport_size({"width": width, "height": 844})
            page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
            shameful.extend(f"{name}, {width} px: {each}" for each in overflowing(page))
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        sound_by_day_and_by_night(page)
        shameful.extend(f"{name}: {each}" for each in page.evaluate(SHAMEFUL))

    look("nothing yet")
    adds_passkey(page, "Key")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look("codes")
    page.get_by_role("button", name="Copy").tap()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".codes li")).to_have_count(10)
    for each in ("Copied", "Print", "I have kept them"):
        expect(page.get_by_text(each, exact=True)).to_be_hidden()
    page.emulate_media(media="screen")
    page.goto(f"{address(server)}/desk/account/factors")
    look("a passkey")
    page.goto(f"{address(server)}/desk/account")
    look("account")
    signs_out(page)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    look("sign-in")
    gives_password(page, "Hal Passkey")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    look("second step")
    assert not shameful
