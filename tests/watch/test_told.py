"""What a real server tells operators of readers, descriptors and sign-ins: once, however often it happens."""

from __future__ import annotations

import os
import resource
import socket

import pytest
import requests

from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Line
from tests.watch.test_metrics import figure


def told(server: LiveServer, words: str) -> int:
    return server.log.path.read_text().count(words)


@pytest.mark.fault
def test_readers_who_take_nothing_are_counted_and_told_once() -> None:
    with live_server("serve", LIVEBLOG_BACKLOG_BYTES="65536") as server:
        slug = server.open()
        lines = [
            Line(server.url, {"blog": slug}, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)) for _ in "abc"
        ]
        for _ in range(40):
            server.api("POST", f"/blogs/{slug}/posts", {"body": "word " * 8000})
        until(lambda: figure(server, "liveblog_readers_cut_total", reason="backlog") == len(lines))
        assert told(server, "readers too far behind were closed") == 1
        for line in lines:
            line.close()


@pytest.mark.fault
def test_an_end_of_descriptors_is_counted_and_told_once() -> None:
    with live_server() as server:
        (worker,) = server.workers()
        _, hard = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{worker}/fd")) + 5, hard))
        host, port = server.url.removeprefix("http://").split(":")
        held = [socket.create_connection((host, int(port)), timeout=60) for _ in range(12)]
        try:
            until(lambda: told(server, "no descriptor is left for one more connection"))
        finally:
            resource.prlimit(worker, resource.RLIMIT_NOFILE, (hard, hard))
            for connection in held:
                connection.close()
        until(lambda: told(server, "connections are accepted after"))
        assert told(server, "no descriptor is left for one more connection") == 1
        assert figure(server, "liveblog_accept_pauses_total") >= 1


@pytest.mark.slow
def test_guesses_are_told_twice_however_many_they_are() -> None:
    with live_server() as server:
        for number in range(15):
            guess = {"name": "Ana", "password": f"guess number {number}"}
            requests.post(f"{server.url}/desk/sign-in", data=guess, timeout=60)
        assert figure(server, "liveblog_sign_ins_total", outcome="too_many") == 5
        assert told(server, "sign-in refused, from 127.0.0.1") == 1
        assert told(server, "too many tries, sign-ins are not looked at, from 127.0.0.1") == 1
        assert told(server, "act on people: sign_in_failed") == 0
