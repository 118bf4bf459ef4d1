"""Wrong passwords in a flood, from many addresses: the right one from elsewhere is compared all the same."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from liveblog.store.accounts import Account
from liveblog.store.people import People
from liveblog.web.devices import COOKIE as DEVICE_COOKIE
from liveblog.web.tries import TRIES_OF_ADDRESS
from tests.live_server import LiveServer, until
from tests.web.office import PASSWORD, hash_of

SENDERS = 60
"""More than wait in the queue of a process."""


@pytest.fixture
def name(server: LiveServer) -> str:
    People(server.store).accounts.put(Account(name="Ida", role="editor", password_hash=hash_of(PASSWORD)))
    return "Ida"


def sign_in(server: LiveServer, name: str, password: str, address: str, device: str | None = None) -> requests.Response:
    return requests.post(
        f"{server.url}/desk/sign-in",
        data={"name": name, "password": password},
        headers={"X-Forwarded-For": address},
        cookies={} if device is None else {DEVICE_COOKIE: device},
        allow_redirects=False,
        timeout=120,
    )


@contextmanager
def flood(server: LiveServer, name: str) -> Iterator[Counter[int]]:
    """Wrong passwords from some hundred addresses, as fast as they are answered; yields how they were."""
    answers: Counter[int] = Counter()
    numbers, over = itertools.count(), threading.Event()

    def guess() -> None:
        while not over.is_set():
            number = next(numbers) % 300
            address = f"198.51.100.{number}" if number % 2 else f"2001:db8:0:{number:x}::{number:x}"
            wanted = name if number % 3 else f"nobody {number}"
            answer = sign_in(server, wanted, "not the password", address)
            answers[answer.status_code] += 1
            assert answer.status_code != 503 or answer.headers["Retry-After"] == "3"

    guessers = [threading.Thread(target=guess) for _ in range(SENDERS)]
    for each in guessers:
        each.start()
    try:
        until(lambda: answers[503] > 9 and answers[403] > 9)  # more come than can be compared
        yield answers
    finally:
        over.set()
        for each in guessers:
            each.join(120)


def test_the_right_password_from_elsewhere_is_compared_during_a_flood(server: LiveServer, name: str) -> None:
    with flood(server, name) as answers:
        for number in range(3):
            assert sign_in(server, name, PASSWORD, f"203.0.113.{number}").status_code == 303
        assert sign_in(server, name, PASSWORD, "2001:db8:ffff::1").status_code == 303
    assert set(answers) <= {403, 429, 503}


def test_a_known_device_signs_in_from_the_address_of_the_flood(server: LiveServer, name: str) -> None:
    device = sign_in(server, name, PASSWORD, "203.0.113.77").cookies[DEVICE_COOKIE]
    attacked = "198.51.100.1"
    for _ in range(TRIES_OF_ADDRESS + 1):  # as the flood does in time
        People(server.store).tries.count(attacked)
    assert sign_in(server, name, PASSWORD, attacked).status_code == 429
    assert device is not None
    forged = device[:-1] + ("0" if device[-1] != "0" else "1")
    assert sign_in(server, name, PASSWORD, attacked, forged).status_code == 429
    with flood(server, name):
        known = sign_in(server, name, PASSWORD, attacked, device)
        assert known.status_code == 303
        assert known.cookies[DEVICE_COOKIE] == device
    People(server.store).accounts.put(Account(name="Ivo", role="editor", password_hash=hash_of(PASSWORD)))
    assert sign_in(server, "Ivo", PASSWORD, attacked, device).status_code == 429  # not his device
