"""A newsroom's people for tests: their accounts in an empty storage, and the browsers they use."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from liveblog.app import create_app
from liveblog.store.accounts import Account, Role
from liveblog.store.commits import Store
from liveblog.store.people import People, session_id
from liveblog.web import cookies, passwords

PASSWORD, NEW = "forty velvet umbrellas", "seven zinc lanterns"
"""Of words that are in no title of a night: with those they would be refused."""
hash_of = cache(passwords.hashed)


def session_of(people: People, name: str) -> str:
    """The token of a session of a person who signed in a moment ago."""
    token = people.sessions.open(name)
    record = people.sessions.get(token)
    assert record
    people.steps.freshen(record.csrf)
    return token


class Person:
    """A person's browser, signed in a moment ago or, if not `fresh`, earlier. It sends forms with the page's values."""

    def __init__(self, app: Flask, people: People, name: str, *, fresh: bool = True) -> None:
        self.client: FlaskClient = app.test_client()
        token = session_of(people, name) if fresh else people.sessions.open(name)
        self.client.set_cookie(cookies.COOKIE, token)
        self.id = session_id(token)
        self.reload()

    def reload(self) -> None:
        """Read the page's values again, as after another sign-in in this browser."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.client.get("/desk/account").text)
        assert found
        self.csrf = found[1]

    def send(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(path, data={"csrf": self.csrf, **fields})

    def on(self, name: str, act: str, **fields: Any) -> TestResponse:
        """An admin's act on the person of this name."""
        return self.send("/desk/people", act=act, name=name, **fields)

    def changes_password(self) -> TestResponse:
        return self.send("/desk/account", old=PASSWORD, password=NEW)

    @property
    def is_in(self) -> bool:
        return self.client.get("/desk/account").status_code == 200


class Office:
    """An application on an empty storage, and its people."""

    def __init__(self, store: Store) -> None:
        self.store, self.people = store, People(store)
        self.app = create_app(store=store)

    def come_in(self, name: str, role: Role = "admin", *, fresh: bool = True) -> Person:
        self.people.accounts.put(Account(name=name, role=role, password_hash=hash_of(PASSWORD)))
        return Person(self.app, self.people, name, fresh=fresh)

    def account(self, name: str) -> Account:
        found = self.people.accounts.get(name)
        assert found
        return found

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def signs_in(self, name: str, password: str, who: FlaskClient | None = None) -> int:
        who = who or self.browser()
        return who.post("/desk/sign-in", data={"name": name, "password": password}).status_code
