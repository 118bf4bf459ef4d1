"""Start and stop: nothing keeps running after a planned stop, and a killed master's storage is taken over."""

from __future__ import annotations

import http.client
import inspect
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import requests
from gevent.pool import Pool
from gunicorn.config import Config
from gunicorn.http import get_parser
from gunicorn.http.body import Body
from gunicorn.http.message import Request
from gunicorn.workers.ggevent import GeventWorker

from liveblog import actions
from liveblog.http.front_door import FrontDoor
from liveblog.push.switchboard import Switchboard
from liveblog.server import (
    ANSWER_SECONDS,
    ROUND_SECONDS,
    SILENT_SECONDS,
    START_SECONDS,
    Acceptor,
    Listener,
    PortInUse,
    Pulse,
    Worker,
    Writing,
    listen,
)
from liveblog.store.commits import Store
from liveblog.store.embedded import locate
from tests.commands import program, said
from tests.leaks import free_of_faults
from tests.live_server import LiveServer, until
from tests.push.socket_client import Line


class Night:
    """A served data directory, started and stopped as its operator does."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.log = folder / "log"
        self.masters: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str, **settings: str) -> str:
        """Start a server (or the command in `words`). Returns its address once it answers."""
        before = self.log.stat().st_size if self.log.exists() else 0
        self.run("-m", "liveblog", *(words or ("serve",)), "--port", "0", **settings)
        return self.address(before)

    def run(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start Python with these words."""
        with self.log.open("a") as sink:
            master = subprocess.Popen(
                [sys.executable, "-u", *words],
                env={**os.environ, "LIVEBLOG_DATA": str(self.data), "LIVEBLOG_DRAIN_SECONDS": "2", **settings},
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        self.masters.append(master)
        return master

    def address(self, before: int = 0) -> str:
        """The address in the log, once it is there; the first `before` bytes are from an earlier start."""
        return until(lambda: re.search(r"^Serving (\S+)$", self.log.read_text()[before:], re.M)).group(1)

    def workers(self, master: subprocess.Popen[bytes]) -> list[int]:
        """The web processes: children with the master's own command line."""
        words = Path(f"/proc/{master.pid}/cmdline").read_bytes()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == master.pid and (entry / "cmdline").read_bytes() == words:
                    found.append(int(entry.name))
            except OSError:  # gone
                continue
        return found

    def processes(self) -> list[str]:
        """The command lines of all processes that work on this directory."""
        mark, home = f"LIVEBLOG_DATA={self.data}\0".encode(), str(self.data.resolve())
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "cwd") == home or mark in (entry / "environ").read_bytes():
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # gone, or not ours
                continue
        return found

    def signal(self, which: signal.Signals, master: int = -1) -> int:
        self.masters[master].send_signal(which)
        return self.masters[master].wait(60)


@pytest.fixture
def night() -> Iterator[Night]:
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        running = Night(Path(folder))
        yield running
        for number, master in enumerate(running.masters):
            if master.poll() is None:
                running.signal(signal.SIGTERM, number)
        until(lambda: running.processes() == [])
        print(free_of_faults(running.log.read_text()))


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@linux
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_planned_stop_leaves_nothing_running(night: Night, which: signal.Signals) -> None:
    """Ctrl-C, a supervisor, a closed terminal: readers are asked to come back, then all processes end."""
    url = night.start("serve", "--workers", "2")
    until(lambda: len(night.processes()) == 4)  # the master, two web processes, the storage
    said(program("blog", "create", "anora", "--title", "Anora", data=night.data))
    reader = Line(url, {"blog": "anora"})
    if which is signal.SIGTERM:
        night.masters[0].send_signal(which)
    else:
        os.killpg(night.masters[0].pid, which)  # a terminal signals all of its processes
    assert "bye" in (name for name, _ in iter(reader.event, None))
    assert night.masters[0].wait(60) == 0
    reader.socket.close()
    assert night.processes() == []
    assert "Stopping: readers get up to 2 s to leave" in night.log.read_text()
    assert "Traceback" not in night.log.read_text()


@linux
def test_a_stop_does_not_wait_for_the_next_request_of_a_connection(night: Night) -> None:
    """A proxy keeps its connections open. One whose request is answered during the stop is closed with the answer."""
    url = night.start()
    said(program("blog", "create", "anora", "--title", "Anora", data=night.data))
    reader = Line(url, {"blog": "anora"})
    token = said(program("token", "add", "wire", "--role", "admin", data=night.data)).split()[-1]
    head = f"POST /api/v1/blogs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Length: 2\r\n"
    address = "127.0.0.1", int(url.rpartition(":")[2])
    with socket.create_connection(address, 60) as proxy, proxy.makefile("rb") as sent:
        proxy.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert sent.readline() == b"HTTP/1.1 100 Continue\r\n"
        night.masters[0].send_signal(signal.SIGTERM)
        assert "bye" in (name for name, _ in iter(reader.event, None))
        proxy.sendall(b"{}" + b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert [answer[:3] for answer in sent.read().split(b"HTTP/1.1 ")[1:]] == [b"422"]
    reader.socket.close()
    assert night.masters[0].wait(60) == 0


@linux
def test_a_stop_answers_those_who_wait_for_the_next_change(night: Night) -> None:
    url = night.start(LIVEBLOG_DRAIN_SECONDS="20")
    said(program("blog", "create", "anora", "--title", "Anora", data=night.data))
    state = requests.get(f"{url}/api/v1/blogs/anora/changes?after=0", timeout=60).json()
    after = f"after={state['seq']}&epoch={state['epoch']}&wait=25"  # longer than the stop takes
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)) as client:
        client.request("GET", f"/api/v1/blogs/anora/changes?{after}")
        reader = Line(url, {"blog": "anora"})
        night.masters[0].send_signal(signal.SIGTERM)
        assert "bye" in (name for name, _ in iter(reader.event, None))
        answer = client.getresponse()
        assert (answer.status, json.load(answer)["seq"]) == (200, state["seq"])
    reader.socket.close()
    assert night.masters[0].wait(60) == 0


@linux
@pytest.mark.parametrize("command", ["serve", "demo"])
def test_the_address_is_printed_whatever_proxy_the_environment_names(night: Night, command: str) -> None:
    """Programs are often started where HTTP_PROXY is set; nothing listens at this one."""
    nobody = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")
    url = night.start(command, **nobody, NO_PROXY="", no_proxy="")
    until(lambda: "first sign-in, once" in night.log.read_text())
    if command == "demo":
        until(lambda: len(requests.get(f"{url}/api/v1/blogs/anora", timeout=60).json()["posts"]) > 1)


SHORT_PATIENCE = """\
import liveblog.server as s

def spin():
    while True:
        pass

def deaf(worker, *_):
    worker.front.switchboard._work[0].kill(block=False)

s.START_SECONDS, s.ANSWER_SECONDS = {start}, {answer}
s.Worker.handle_winch = {at_winch}
from liveblog.cli import cli
cli(['serve'])
"""
"""A server that is impatient, and a web process that does something at SIGWINCH, which it otherwise ignores."""


@linux
@pytest.mark.fault
@pytest.mark.parametrize("how", ["stopped", "spinning", "deaf"])
def test_a_web_process_that_stops_answering_is_replaced(night: Night, how: str) -> None:
    """It is stopped, or runs a loop that never ends, or does not read any more; the other one serves meanwhile."""
    at_winch = {"stopped": "s.Worker.handle_winch", "spinning": "lambda *_: spin()", "deaf": "deaf"}[how]
    # long enough for a busy machine, which may not let a healthy process begin, or give a sign, within a few seconds
    impatient = SHORT_PATIENCE.format(at_winch=at_winch, start=60, answer=10)
    master = night.run("-c", impatient, LIVEBLOG_PORT="0", LIVEBLOG_WORKERS="2")
    url = night.address()
    until(lambda: len(night.workers(master)) == 2)
    first, other = night.workers(master)
    rows = 'liveblog_web_processes_replaced_total{{reason="{}"}} {}'.format
    until(lambda: rows("hung", 0.0) in requests.get(f"{url}/metrics", timeout=60).text)
    os.kill(first, signal.SIGSTOP if how == "stopped" else signal.SIGWINCH)
    until(lambda: first not in night.workers(master) and len(night.workers(master)) == 2)
    assert other in night.workers(master)
    kind = "ended" if how == "deaf" else "hung"
    until(lambda: rows(kind, 1.0) in requests.get(f"{url}/metrics", timeout=60).text)
    text = night.log.read_text()
    silent = rf"\(pid {first}\) has given no sign of life for \d+ s and is killed"  # more, if rounds take long
    assert bool(re.search(silent, text)) == (kind == "hung")
    assert "out of memory" not in text  # gunicorn's guess at each SIGKILL, also at our own
    assert (f"(pid {first}) cannot serve readers any more and leaves" in text) == (kind == "ended")
    assert ("in spin" in text) == (how == "spinning")  # where it hung
    assert f"(pid {first}) ended; another one replaces it" in text


NO_TURNS = """\
import liveblog.server as s

def no(processes):
    raise OSError("Too many open files")

s.Turns = no
from liveblog.cli import cli
cli(['serve'])
"""
"""A server whose web processes cannot share memory."""


@linux
def test_web_processes_also_serve_where_they_cannot_take_turns(night: Night) -> None:
    master = night.run("-c", NO_TURNS, LIVEBLOG_PORT="0", LIVEBLOG_WORKERS="2")
    url = night.address()
    for _ in range(20):
        assert requests.get(f"{url}/healthz", timeout=60).status_code == 200
    until(lambda: len(night.workers(master)) == 2)
    assert "web processes do not share connections evenly: Too many open files" in night.log.read_text()


def test_a_web_process_hangs_if_it_is_silent_for_many_rounds_of_the_master() -> None:
    """A program that was stopped as a whole, and a machine too busy for the master itself, make nobody silent."""
    pulse, seen = Pulse(100.0, START_SECONDS), 100.0
    assert not any(pulse.turn(seen, 1.0) for _ in range(START_SECONDS))
    assert pulse.turn(seen, 1.0)
    for round in range(1000):
        seen += 1.0
        assert not pulse.turn(seen, 1.0), round
    assert not pulse.turn(seen, 3600.0)  # the master was stopped for an hour, too
    assert not any(pulse.turn(seen, 1.0) for _ in range(ANSWER_SECONDS - ROUND_SECONDS))
    assert pulse.turn(seen, 1.0)
    assert not pulse.turn(seen + 1.0, 1.0)


@linux
@pytest.mark.fault
def test_a_web_process_that_hangs_at_its_start_is_replaced(night: Night) -> None:
    """It hangs before its first sign of life, like a process that was forked while another thread held a lock."""
    impatient = SHORT_PATIENCE.format(at_winch="s.Worker.handle_winch", start=10, answer=4)
    master = night.run("-c", impatient, LIVEBLOG_PORT="0")
    until((night.data / "server.pid").exists)  # the storage is a child too, and at its fork looks like the master
    first = until(lambda: night.workers(master))[0]
    os.kill(first, signal.SIGSTOP)
    assert "Serving" not in night.log.read_text()
    url = night.address()
    assert requests.get(f"{url}/healthz", timeout=60).status_code == 200
    assert first not in night.workers(master)


@linux
@pytest.mark.fault
def test_a_machine_on_which_a_start_takes_too_long_gets_a_web_process_up_in_the_end(night: Night) -> None:
    """If each start had as little time as the one before, none would ever be finished."""
    impatient = "import liveblog.server as s; s.START_SECONDS = 0.1; from liveblog.cli import cli; cli(['serve'])"
    night.run("-c", impatient, LIVEBLOG_PORT="0")
    assert requests.get(f"{night.address()}/healthz", timeout=60).status_code == 200
    assert re.search(r"has given no sign of life for \d+ s and is killed", night.log.read_text())


@linux
def test_the_master_has_one_thread(night: Night) -> None:
    """A lock that a second thread holds at a fork would stay locked in the new web process for ever."""
    master = night.run("-m", "liveblog", "serve", "--port", "0")
    threads, most = Path(f"/proc/{master.pid}/task"), 0

    def told() -> bool:
        nonlocal most
        most = max(most, len(list(threads.iterdir())))
        return "Serving" in night.log.read_text()

    until(told)
    assert most == 1


@linux
def test_a_web_process_does_not_load_a_library_that_it_never_uses(server: LiveServer) -> None:
    """Socket.IO's package would load the HTTP client that a bucket's library brings."""
    assert find_spec("aiohttp") is not None
    for worker in server.workers():
        assert "aiohttp" not in Path(f"/proc/{worker}/maps").read_text()


@linux
@pytest.mark.parametrize("site", ["", "https://live.example.org"])
def test_the_first_sign_in_link_leads_there_from_outside(night: Night, site: str) -> None:
    """An address at which only this machine, or the container, answers would lead nobody to the desk."""
    url = night.start("serve", "--host", "0.0.0.0", **({"LIVEBLOG_BASE_URL": site} if site else {}))
    shown = r"^The desk's first sign-in, once" + (f": {site}" if site else ", at the site's address: ")
    link = until(lambda: re.search(shown + r"(/desk/welcome/\S+)$", night.log.read_text(), re.M))[1]
    assert requests.get(url + link, timeout=60).status_code == 200


@linux
def test_nohup_keeps_it_running(night: Night) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what nohup does; processes inherit it
    try:
        url = night.start()
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.killpg(night.masters[0].pid, signal.SIGHUP)
    assert requests.get(f"{url}/healthz", timeout=60).status_code == 200
    said(program("check", data=night.data))
    assert night.masters[0].poll() is None


@linux
@pytest.mark.fault
def test_storage_outlives_a_killed_master_and_ends_with_the_next_one(night: Night) -> None:
    night.start()
    said(program("blog", "create", "anora", "--title", "Anora", data=night.data))
    night.signal(signal.SIGKILL)
    until(lambda: len(night.processes()) == 1)  # the web process noticed
    assert locate(night.data)
    url = night.start()
    assert requests.get(f"{url}/live/anora", timeout=60).status_code == 200
    assert night.signal(signal.SIGINT) == 0
    assert night.processes() == []


@linux
def test_two_masters_share_the_storage_until_the_last_one_stops(night: Night) -> None:
    night.start()
    url = night.start()
    assert night.signal(signal.SIGINT, 0) == 0
    said(program("blog", "create", "shared", "--title", "Shared", data=night.data))
    assert requests.get(f"{url}/live/shared", timeout=60).status_code == 200
    assert night.signal(signal.SIGINT, 1) == 0
    assert night.processes() == []


@linux
def test_a_command_with_another_tmpdir_reaches_the_running_server(night: Night) -> None:
    url = night.start()
    with tempfile.TemporaryDirectory(prefix="lb") as elsewhere:
        said(program("blog", "create", "far", "--title", "Far", data=night.data, TMPDIR=elsewhere))
        assert list(Path(elsewhere).iterdir()) == []
    assert requests.get(f"{url}/live/far", timeout=60).status_code == 200


@linux
def test_five_thousand_posts_are_served_soon_after_the_start(night: Night) -> None:
    night.start()
    store = Store(str(locate(night.data)))
    store.perform("long", lambda view: actions.create_blog(view, slug="long", title="A long night"), by="test")
    for n in range(50):
        store.perform("long", partial(hundred_posts, n=n), by="test")
    store.close()
    night.signal(signal.SIGTERM)
    url = night.start()
    page = requests.get(f"{url}/live/long", timeout=60)  # the time itself is measured by ./run bench
    assert page.text.count("Update 49 of ") >= 20


def hundred_posts(view: actions.View, n: int) -> actions.Plan:
    plans = [actions.publish(view, "long", body=f"Update {n} of {m}") for m in range(100)]
    return actions.Plan(public=[obj for plan in plans for obj in plan.public])


def test_a_port_in_use_is_named_and_zero_finds_a_free_one() -> None:
    with listen("127.0.0.1", 0) as first, pytest.raises(PortInUse, match=r"cannot listen on 127.0.0.1:\d+: "):
        listen("127.0.0.1", first.getsockname()[1])


@linux
def test_a_connection_ends_a_minute_after_its_peer_has_gone_without_a_word() -> None:
    """An event stream's reader sends nothing by itself, so only the system can know."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), 60):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == SILENT_SECONDS * 1000


def test_ipv6_is_listened_on() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        with listen("::1", 0) as listener:
            assert listener.family is socket.AF_INET6
    except PortInUse:
        pytest.skip("this machine has no IPv6 loopback")


def test_a_request_that_came_before_a_stop_is_served_although_nobody_listens_any_more() -> None:
    """Its client, or the proxy, would see the connection end without an answer."""
    served: list[object] = []

    class Serves:
        def handle(self, listener: Listener, client: socket.socket, address: object) -> None:
            served.append(listener.getsockname())
            client.close()

    pool = Pool()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        acceptor = Acceptor(cast(Worker, Serves()), cast(FrontDoor, None), listener, spawn=pool)
        name = listener.getsockname()
    ours, theirs = socket.socketpair()
    with theirs:
        acceptor._give_on(ours.detach(), b"", b"")
        pool.join(60)
    assert served == [name]


def test_gunicorn_still_has_the_names_that_the_worker_uses() -> None:
    """The front door relies on these names; every test with a server tests what they do."""
    run = inspect.getsource(GeventWorker.run)
    for name in ("self.server_class(", "spawn=pool", "server.start()", "server.close()", "server.stop(", "server.pool"):
        assert name in run
    assert list(inspect.signature(GeventWorker.handle).parameters) == ["self", "listener", "client", "addr"]
    assert list(inspect.signature(GeventWorker.handle_request).parameters)[1:] == [
        "listener_name",
        "req",
        "sock",
        "addr",
    ]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b")
        request = next(get_parser(Config(), ours, ("127.0.0.1", 1)))
        assert (request.method, request.body.read(10)) == ("GET", b"")
        assert request.unreader.take_buffered() == b"GET /b"


class HalfABody:
    """A body that has not come whole: it tells how many requests count as writing while somebody waits for it."""

    def __init__(self, switchboard: Switchboard) -> None:
        self.switchboard = switchboard
        self.counted: list[int] = []

    def read(self, size: int) -> bytes:
        self.counted.append(self.switchboard.writers)
        return b"{" if len(self.counted) == 1 else b""


def test_a_request_does_not_count_as_writing_while_we_wait_for_its_body() -> None:
    switchboard = Switchboard(beat_seconds=15, backlog_bytes=1, message_bytes=1)
    body = HalfABody(switchboard)
    request = SimpleNamespace(method="POST", body=Body(body), should_close=lambda: False)
    writing = Writing(switchboard, cast(Request, request))
    assert switchboard.writers == 1
    assert request.body.read(8) == b"{"
    assert (body.counted, switchboard.writers) == ([0, 0], 1)
    writing.end()
    request.body.read(8)  # the rest, after the answer
    assert (switchboard.writers, switchboard.written) == (0, 1)


@pytest.mark.parametrize("closes", [True, False])
def test_a_request_does_not_count_as_writing_while_its_answer_is_taken(closes: bool) -> None:
    switchboard = Switchboard(beat_seconds=15, backlog_bytes=1, message_bytes=1)
    request = SimpleNamespace(method="POST", body=Body(HalfABody(switchboard)), should_close=lambda: closes)
    writing = Writing(switchboard, cast(Request, request))
    assert (request.should_close(), switchboard.writers) == (closes, 0)
    writing.end()
    assert switchboard.writers == 0


def test_who_only_reads_is_nobody_who_writes() -> None:
    switchboard = Switchboard(beat_seconds=15, backlog_bytes=1, message_bytes=1)
    body = Body(HalfABody(switchboard))
    Writing(switchboard, cast(Request, SimpleNamespace(method="GET", body=body, should_close=lambda: False)))
    assert switchboard.writers == 0
