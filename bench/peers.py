"""The servers that are compared, each on one core and with the same crowd."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import trustme

from liveblog import actions
from liveblog.store.people import People
from tests.deploy import nginx as shipped
from tests.live_server import LiveServer, live_server
from tests.ports import free_port

from .crowd import Crowd, Protocol, SecureCrowd

HERE = Path(__file__).parent
SERVER_CORE, CROWD_CORE = 0, 1
SLUG = "night"
SOCKET_IO = "/socket.io/?EIO=4&transport=websocket"


class Peer(ABC):
    """A running server: its port, its readers' protocol, how to publish a post, and its costs."""

    port: int
    pids: list[int]
    hop: Sequence[int] = ()
    """Processes of a proxy in front."""
    crowds: type[Crowd] = Crowd

    @abstractmethod
    def protocol(self) -> Protocol: ...

    def crowd(self, protocol: Protocol | None = None) -> Crowd:
        """Readers of this server, none of them connected yet."""
        return self.crowds("127.0.0.1", self.port, protocol or self.protocol())

    @abstractmethod
    def begin(self, count: int = 1) -> float:
        """Begin to publish posts, one right after the other. Returns the time of the start (`time.perf_counter()`)."""

    def end(self) -> None:  # noqa: B027 (most have nothing to wait for)
        """Wait until the posts that were begun are acknowledged."""

    def publish(self, count: int = 1) -> None:
        self.begin(count)
        self.end()

    def cpu(self) -> float:
        """Seconds of processor time used so far."""
        return cpu(self.pids)

    def memory(self) -> int:
        """Resident bytes."""
        return memory(self.pids)


def cpu(pids: Sequence[int]) -> float:
    """Seconds of processor time that processes have used so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(each[11]) + int(each[12]) for each in fields) / ticks


def memory(pids: Sequence[int]) -> int:
    """Resident bytes of processes."""
    page = os.sysconf("SC_PAGE_SIZE")
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in pids)


class Liveblog(Peer):
    """This project, as `liveblog serve` starts it. The storage server is not counted: readers do not load it."""

    def __init__(self, server: LiveServer, body: str) -> None:
        self.server, self.body = server, body
        self.port = int(server.url.rpartition(":")[2])
        self.pids = server.workers()
        self.token = People(server.store).tokens.add("bench", "admin")
        self.editor = Editor(self.port, f"/api/v1/blogs/{SLUG}/posts", self.token)
        self.number = 0
        pin(self.pids, SERVER_CORE)

    def position(self) -> dict[str, Any]:
        timeline = self.server.store.load(SLUG)
        return {"epoch": timeline.epoch, "seq": timeline.seq}

    def protocol(self, *, offers: bool = False) -> Protocol:
        return Protocol(SOCKET_IO, {"blog": SLUG, **self.position()}, offers=offers)

    def begin(self, count: int = 1) -> float:
        numbers = range(self.number + 1, self.number + count + 1)
        self.number += count
        return self.editor.begin([json.dumps({"body": f"{number} {self.body}"}) for number in numbers])

    def end(self) -> None:
        self.editor.end()


class Editor:
    """A process that publishes over HTTP (bench/publisher.py)."""

    def __init__(self, port: int, path: str, token: str = "") -> None:
        command = [sys.executable, "-m", "bench.publisher", str(port), path, token]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self, bodies: list[str]) -> float:
        assert self.process.stdin is not None
        began = time.perf_counter()
        self.process.stdin.write(json.dumps(bodies) + "\n")
        self.process.stdin.flush()
        return began

    def end(self) -> float:
        """Wait until all are acknowledged. Returns the seconds from the first request to the last answer."""
        assert self.process.stdout is not None
        times = self.process.stdout.readline().split()
        assert times, "the editor failed"
        return float(times[1]) - float(times[0])

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


class Node(Peer):
    """Node's Socket.IO, or Python's; one byte on standard input publishes."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port, self.pids = process, port, [process.pid]

    def protocol(self) -> Protocol:
        return Protocol(SOCKET_IO, {"blog": SLUG, "epoch": "e", "seq": 1})

    def begin(self, count: int = 1) -> float:
        assert self.process.stdin is not None
        began = time.perf_counter()
        self.process.stdin.write(b"x" * count)
        self.process.stdin.flush()
        return began


class Bare(Node):
    """The loop in C, without any protocol but the frames."""

    def protocol(self) -> Protocol:
        return Protocol("/")


class Nchan(Peer):
    """nginx with nchan, one worker."""

    def __init__(self, pids: list[int], port: int, body: str) -> None:
        self.pids, self.port, self.body = pids, port, body
        self.editor = Editor(port, "/pub/night")

    def protocol(self) -> Protocol:
        return Protocol("/sub/night")

    def begin(self, count: int = 1) -> float:
        return self.editor.begin([self.body] * count)

    def end(self) -> None:
        self.editor.end()


def pin(pids: Sequence[int], core: int) -> None:
    """Pin processes, with all their threads, to one core."""
    for pid in pids:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError, AttributeError):
                os.sched_setaffinity(int(thread), {core})


@contextmanager
def liveblog(body_bytes: int, **settings: str) -> Iterator[Liveblog]:
    with live_server("serve", **settings) as server:
        server.store.perform(
            SLUG,
            lambda view: actions.create_blog(view, slug=SLUG, title="Night", status="live", preview=("Before", "Six.")),
            by="bench",
        )
        peer = Liveblog(server, "x" * body_bytes)
        yield peer
        peer.editor.stop()


@contextmanager
def _process(kind: type[Node], command: list[str], port: int) -> Iterator[Node]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        pin([process.pid], SERVER_CORE)
        yield kind(process, port)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def node(frame_bytes: int) -> Iterator[Node]:
    port = free_port()
    with _process(Node, ["node", str(HERE / "node" / "server.mjs"), str(port), str(frame_bytes)], port) as peer:
        yield peer


@contextmanager
def stock(frame_bytes: int) -> Iterator[Node]:
    port = free_port()
    with _process(Node, [sys.executable, "-m", "bench.stock", str(port), str(frame_bytes)], port) as peer:
        yield peer


@contextmanager
def bare(frame_bytes: int) -> Iterator[Node]:
    with tempfile.TemporaryDirectory() as folder:
        program, port = f"{folder}/bare", free_port()
        subprocess.run([shutil.which("cc") or "gcc", "-O2", "-o", program, str(HERE / "bare.c")], check=True)
        with _process(Bare, [program, str(port), str(frame_bytes)], port) as peer:
            yield peer


NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; worker_rlimit_nofile {files};
{load}
events {{ worker_connections {files}; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  nchan_shared_memory_size 256M;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    {tls}
    location = /sub/night {{
      nchan_subscriber websocket; nchan_channel_id night; nchan_subscriber_first_message newest;
    }}
    location = /pub/night {{ nchan_publisher; nchan_channel_id night; nchan_message_buffer_length 30; }}
  }}
}}
"""


@contextmanager
def nchan(frame_bytes: int, *, tls: bool = False) -> Iterator[Nchan]:
    module = next((path for path in _nchan_modules() if path.exists()), None)
    with tempfile.TemporaryDirectory() as folder:
        port, load, secure = free_port(), f"load_module {module};" if module else "", free_port()
        config = Path(folder) / "nginx.conf"
        listen = _certified(Path(folder), secure) if tls else ""
        config.write_text(NGINX.format(folder=folder, port=port, load=load, files=19_000, tls=listen))
        nginx = str(shutil.which("nginx"))
        process = subprocess.Popen([nginx, "-c", str(config), "-e", f"{folder}/start.log"])
        try:
            workers = _answering(process.pid, port)
            pin([process.pid, *workers], SERVER_CORE)
            peer = Nchan(workers, port, "x" * frame_bytes)
            if tls:
                peer.port, peer.crowds = secure, SecureCrowd
            yield peer
            peer.editor.stop()
        finally:
            process.terminate()
            process.wait()


def _certified(folder: Path, port: int) -> str:
    """What makes a server of nginx listen with TLS too."""
    own = trustme.CA().issue_cert("localhost")
    own.private_key_and_cert_chain_pem.write_to_path(folder / "own.pem")
    return f"listen 127.0.0.1:{port} ssl; ssl_certificate own.pem; ssl_certificate_key own.pem; ssl_protocols TLSv1.3;"


@contextmanager
def behind_tls(direct: AbstractContextManager[Peer]) -> Iterator[Peer]:
    """A peer behind the shipped nginx with TLS, which has one worker on the same core."""
    with direct as peer, tempfile.TemporaryDirectory() as folder:
        secure, more = free_port(), ("worker_connections 8192;", "worker_connections 65536;")
        with shipped.nginx(Path(folder), [peer.port], more, tls=secure):
            master = int((Path(folder) / "nginx.pid").read_text())
            peer.port, peer.crowds, peer.hop = secure, SecureCrowd, _answering(master, secure)
            pin([master, *peer.hop], SERVER_CORE)
            yield peer


def _nchan_modules() -> list[Path]:
    printed = subprocess.run([str(shutil.which("nginx")), "-V"], capture_output=True, text=True).stderr
    found = re.search(r"--modules-path=(\S+)", printed)
    return [Path(found[1]) / "ngx_nchan_module.so"] if found else []


def _answering(master: int, port: int) -> list[int]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        kids = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True).stdout.split()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            if kids:
                return [int(kid) for kid in kids]
        time.sleep(0.05)
    raise TimeoutError("nginx did not start")


def missing() -> dict[str, str]:
    """Peers that cannot run here, and what to install for them."""
    found = {}
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        found["bare"] = "a C compiler (Debian: apt install gcc)"
    if shutil.which("nginx") is None or not any(path.exists() for path in _nchan_modules()):
        found["nchan"] = "nginx with nchan (Debian: apt install nginx libnginx-mod-nchan)"
    if shutil.which("node") is None or not (HERE / "node" / "node_modules").exists():
        found["node"] = "Node.js and `npm ci` in bench/node"
    return found
