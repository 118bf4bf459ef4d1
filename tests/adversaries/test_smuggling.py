"""Request smuggling: no request inside another one is answered, and no client gets another one's answer."""

from __future__ import annotations

import re
import socket
from itertools import count

import pytest

from tests.adversaries.fronts import LAST, Dial, said_to
from tests.adversaries.smuggled import disputed, hidden, odd
from tests.live_server import LiveServer
from tests.push.socket_client import Bytes

POISON = b"GET /desk/poison HTTP/1.1\r\nHost: localhost\r\n\r\n"
FIGURES = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""What the proxies of deploy/ do not pass on."""
FAULTS = {500, 502, 503, 504}
NUMBERS = count()


class Victim:
    """A client whose answers name what it asked for; `dial` opens its connection."""

    def __init__(self, dial: Dial) -> None:
        self.line = Bytes(dial())

    def ask(self) -> None:
        """Ask twice, and get what was asked for."""
        for _ in range(2):
            path = b"/desk/victim-%d" % next(NUMBERS)
            self.line.connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = self.line.until(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 302 "), head
            assert path in head, head
            size = re.search(rb"(?i)content-length: (\d+)", head)
            while size and len(self.line.data) < int(size[1]):
                self.line.data += self.line.connection.recv(65536)
            self.line.data = self.line.data[int(size[1]) :] if size else b""


def statuses(answers: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answers)]


def told(name: str, sent: bytes, answers: bytes) -> str:
    """What went wrong, for a person."""
    return f"\n{name}: {sent[:400]!r}\n  got {statuses(answers)} {answers[-1500:]!r}"


def test_a_request_with_two_readings_is_one_request_and_the_last_one_on_its_connection(server: LiveServer) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    wrong = []
    for name, sent in disputed(POISON):
        answers = said_to(socket.create_connection((host, int(port)), 60), sent + LAST)
        if b"next=/desk/poison" in answers or len(statuses(answers)) > 2 or FAULTS & {*statuses(answers)}:
            wrong.append(told(name, sent, answers))
    assert not wrong, "".join(wrong)
    server.log.check()


def test_what_is_in_a_body_is_not_a_request(server: LiveServer) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    wrong = []
    for name, sent in [*hidden(POISON), *odd()]:
        answers = said_to(socket.create_connection((host, int(port)), 60), sent + LAST)
        if b"next=/desk/poison" in answers or FAULTS & {*statuses(answers)} or not answers.startswith(b"HTTP/1.1 "):
            wrong.append(told(name, sent, answers))
    assert not wrong, "".join(wrong)
    server.log.check()


@pytest.mark.fault
def test_behind_a_proxy_nobody_gets_an_answer_to_what_another_one_smuggled(dial: Dial, server: LiveServer) -> None:
    victim, wrong = Victim(dial), []
    for name, sent in [*disputed(FIGURES), *hidden(FIGURES), *odd()]:
        answers = said_to(dial(), sent + LAST)
        if b"# HELP" in answers or FAULTS & {*statuses(answers)}:
            wrong.append(told(name, sent, answers))
        victim.ask()
    assert not wrong, "".join(wrong)
    server.log.check()
