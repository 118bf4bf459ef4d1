"""Readers who vanish without a word, as with a lost network: their streams end, and they do not count as readers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.live_server import LiveServer, live_server, until

OURS, THEIRS = "198.18.7.1", "198.18.7.2"
"""The ends of a cable; the network is one for tests (RFC 2544)."""
STREAMS = 20

FOLLOWER = """
import socket, sys
host, port, path, number = sys.argv[1:]
lines = []
for each in range(int(number)):
    line = socket.create_connection((host, int(port)), 60)
    line.sendall(f"GET {path} HTTP/1.{each % 2}\\r\\nHost: {host}\\r\\n\\r\\n".encode())
    assert line.recv(4096).startswith(b"HTTP/1.1 200 ")
    lines.append(line)
print("all follow", flush=True)
input()
"""


def ip(*words: str, inside: int = 0) -> None:
    """Change the network, or that of a process."""
    there = ["nsenter", "-t", str(inside), "-n"] if inside else []
    subprocess.run([*there, "ip", *words], check=True, capture_output=True, text=True)


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """A process with a network of its own, at the other end of a cable. Both go with it."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a network of its own needs Linux and root")
    holder = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec sleep 600"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    try:
        holder.stdout.readline()
        try:
            plug(f"lb{holder.pid}", holder.pid)
        except (OSError, subprocess.CalledProcessError) as no:
            pytest.skip(f"this system makes no cable to another network: {getattr(no, 'stderr', '') or no}")
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


def plug(name: str, other: int) -> None:
    ip("link", "add", name, "type", "veth", "peer", "name", "cable", "netns", str(other))
    ip("addr", "add", f"{OURS}/30", "dev", name)
    ip("link", "set", name, "up")
    ip("addr", "add", f"{THEIRS}/30", "dev", "cable", inside=other)
    ip("link", "set", "cable", "up", inside=other)


@contextmanager
def followers(server: LiveServer, slug: str, network: int) -> Iterator[None]:
    """Event streams from another network, in both versions of HTTP."""
    host, port = server.url.removeprefix("http://").split(":")
    asked = [host, port, f"/api/v1/blogs/{slug}/stream", str(STREAMS)]
    enter = ["nsenter", "-t", str(network), "-n", sys.executable, "-c", FOLLOWER, *asked]
    with subprocess.Popen(enter, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout is not None
        assert follower.stdout.readline() == "all follow\n"
        yield
        follower.kill()


def readers(server: LiveServer, slug: str) -> float:
    rows = requests.get(f"{server.url}/metrics", timeout=60).text.splitlines()
    return sum(float(row.split()[-1]) for row in rows if row.startswith(f'liveblog_readers{{blog="{slug}"}}'))


@pytest.mark.slow
def test_streams_of_readers_whose_network_is_lost_end_after_a_minute(elsewhere: int) -> None:
    """The system by itself would try for a quarter of an hour."""
    with live_server(LIVEBLOG_HOST=OURS) as server, followers(server, slug := server.open(), elsewhere):
        until(lambda: readers(server, slug) == STREAMS)
        ip("link", "set", "cable", "down", inside=elsewhere)
        until(lambda: readers(server, slug) == 0, 180)
        assert server.api("POST", f"/blogs/{slug}/posts", {"body": "The envelope"}).status_code == 201
