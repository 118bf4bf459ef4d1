"""Signing in at a real OpenID Connect provider (oidc-provider, which is certified), in real Chromium."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from liveblog.store.people import People
from tests.browser.axe import sound_by_day_and_by_night
from tests.browser.conftest import context_of
from tests.live_server import LiveServer, live_server, until
from tests.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.node]
SCRIPT = Path(__file__).parents[1] / "js" / "oidc_provider.mjs"
SECRET = "a secret of both, & of no other"


class House(NamedTuple):
    server: LiveServer
    issuer: str

    @property
    def people(self) -> People:
        return People(self.server.store)

    def puts(self, name: str, *groups: str) -> None:
        """The provider knows the person to be in these groups from now on."""
        requests.post(f"{self.issuer}/people/{name}", data=json.dumps(groups), timeout=60).raise_for_status()


@contextmanager
def provider_for(site: str) -> Iterator[str]:
    """The issuer of a provider whose client is the liveblog at `site`."""
    ends = (f"{site}/desk/sign-in/provider/back", f"{site}/desk/sign-in", f"{site}/desk/sign-in/provider/sign-out")
    command = ["node", str(SCRIPT), *ends]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    site = f"http://127.0.0.1:{free_port()}"
    with provider_for(site) as issuer:
        settings = {
            "LIVEBLOG_BASE_URL": site,
            "LIVEBLOG_PORT": site.rpartition(":")[2],
            "LIVEBLOG_OIDC_ISSUER": issuer,
            "LIVEBLOG_OIDC_CLIENT_ID": "liveblog",
            "LIVEBLOG_OIDC_CLIENT_SECRET": SECRET,
            "LIVEBLOG_OIDC_ROLES": "heads=admin;desk=editor",
            "LIVEBLOG_PASSWORDS": "0",
        }
        with live_server("serve", **settings) as server:
            yield House(server, issuer)


@pytest.fixture
def browse(chromium: Browser) -> Iterator[list[Page]]:
    """Two browsers, which have never been anywhere."""
    contexts = [context_of(chromium, viewport={"width": 390, "height": 844}) for _ in range(2)]
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def signs_in(page: Page, house: House, name: str) -> None:
    """A person goes to the provider, and says there who it is."""
    page.goto(f"{house.server.url}/desk/")
    page.get_by_role("link", name="Sign in at 127.0.0.1").click()
    page.locator("[name=login]").fill(name)
    page.locator("[name=password]").fill("any")
    page.locator("[type=submit]").click()
    page.get_by_role("button", name="Continue").click()


def test_a_night_of_a_person_who_leaves_the_house(house: House, browse: list[Page]) -> None:
    page, other = browse
    house.puts("Ana", "heads", "choir")
    for each in browse:
        signs_in(each, house, "Ana")
        expect(each.locator(".me .name")).to_have_text("Ana")
    account = house.people.accounts.get("Ana")
    assert account is not None
    assert (account.role, account.blogs, account.password_hash) == ("admin", None, None)
    page.goto(f"{house.server.url}/desk/people")
    expect(page.locator(".entries").first).to_contain_text("signs in at the identity provider")

    house.puts("Ana", "choir")
    page.locator(".me").evaluate("menu => { menu.open = true; }")  # waits for the page that has it
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    sound_by_day_and_by_night(page)
    page.get_by_role("link", name="Sign out at 127.0.0.1, too").click()
    page.get_by_role("button", name="Yes").click()
    expect(page).to_have_url(f"{house.server.url}/desk/sign-in")
    sound_by_day_and_by_night(page)
    until(lambda: other.reload() and other.url.startswith(f"{house.server.url}/desk/sign-in"))  # by the back channel

    signs_in(page, house, "Ana")
    expect(page.get_by_role("alert")).to_have_text(
        "You are in no group that works at this desk. Ask the people who look after your account."
    )
    sound_by_day_and_by_night(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_an_invited_person_comes_in_by_the_provider(house: House, browse: list[Page]) -> None:
    page, _ = browse
    house.puts("bo-1", "desk")
    people = house.people
    page.goto(f"{house.server.url}/desk/welcome/{people.invitations.make('editor')}")
    sound_by_day_and_by_night(page)
    expect(page.get_by_label("Password")).to_have_count(0)
    page.get_by_role("button", name="Come in by 127.0.0.1").click()
    page.locator("[name=login]").fill("bo-1")
    page.locator("[name=password]").fill("any")
    page.locator("[type=submit]").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".me .name")).to_have_text("bo-1")
    page.goto(f"{house.server.url}/desk/account")
    sound_by_day_and_by_night(page)
    expect(page.get_by_label("Old password")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Change your password at 127.0.0.1.")


def test_a_person_confirms_at_the_provider_who_it_is(house: House, browse: list[Page]) -> None:
    page, _ = browse
    house.puts("cy-1", "desk")
    signs_in(page, house, "cy-1")
    expect(page.locator(".me .name")).to_have_text("cy-1")
    page.goto(f"{house.server.url}/desk/sign-in?fresh=1&next=/desk/account")
    page.get_by_role("link", name="Sign in at").click()
    page.locator("[name=login]").fill("cy-1")  # it is asked although it is signed in there
    page.locator("[name=password]").fill("any")
    page.locator("[type=submit]").click()
    expect(page).to_have_url(f"{house.server.url}/desk/account")
    expect(page.locator(".me .name")).to_have_text("cy-1")
