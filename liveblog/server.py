"""The process entry: gunicorn with gevent workers on a socket bound here, and the embedded storage beside it.

Upstream names this module relies on (tests/test_server.py fails when one of them changes): gunicorn's `GeventWorker`
with `server_class` (called with listener and `spawn`; then `start`, `close`, `stop` and `pool`), `handle`,
`handle_request`, `StopIteration` as "this connection is taken care of", and a request's `method`, `body.read`,
`body.reader.read`, `body.failed`, `should_close` (asked when the head is written) and `unreader.take_buffered`; the
`ParseException` of a broken body; its `Logger.setup` and `error`; its `Arbiter` with `wait_for_signals`,
`manage_workers`, `murder_workers` (called about once a second), `kill_worker`, `WORKERS` and, of a worker, `notify`,
`tmp.notify`, `tmp.last_update`, `pid` and `aborted`; its `sd_notify`.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.errors import ParseException
from gunicorn.systemd import sd_notify
from gunicorn.workers.ggevent import GeventWorker
from msgspec.structs import replace

from . import __version__
from .config import Settings, WrongSetting
from .errors import Refusal
from .push.switchboard import OWN_FILES, tune_collector
from .push.turns import Turn, Turns
from .store.commits import Store
from .store.embedded import Embedded, NoServer, ensure
from .watch import counts, logs, telemetry

if TYPE_CHECKING:  # a short command need not load these
    import gevent.socket
    from gevent.pool import Pool
    from gunicorn.http.message import Request

    from .http.connection import Connection
    from .http.front_door import FrontDoor
    from .push.switchboard import Switchboard
    from .services import Services

log = logging.getLogger(__name__)

OPEN_FILES = 65_536
"""Descriptors that we ask the system for: one per reader, and some more."""
SEND_BUFFER = 128 * 1024
"""Bytes in one reader's send buffer (the kernel doubles it for its own needs); the rest waits in the backlog."""
SILENT_SECONDS = 60
"""Seconds after which a connection ends whose peer acknowledges nothing of what was sent; one that reads nothing has as
long anyway (`STALLED`). By default Linux tries for a quarter of an hour, and a lost reader counts until then."""
START_SECONDS, ANSWER_SECONDS = 60, 40
"""Seconds without a sign of life after which a web process is replaced: after its fork, and later. A sign is due each
second; a start also imports the program, and to repeat it on a busy machine would make the machine busier."""
ROUND_SECONDS = 2
"""Maximum seconds that one round of the master counts for. It was stopped itself, or waited, if a round took longer."""
ASK_SECONDS = 0.05
"""Seconds between two checks for the first answer, as long as the address has not been printed."""
MOST_REST = 64 * 1024 * 1024
"""Bytes of a body that are read after its answer: somewhat more than an upload may have."""
TRACE = signal.SIGUSR2
"""The signal at which a web process writes where in the program it is."""
LEAVE_SECONDS = 3
"""Maximum seconds for which an otherwise idle worker stays at a stop, until its readers were asked to come back."""

NO_ADDRESS = """\
LIVEBLOG_BASE_URL is not set, but others can reach this server: set it to the site's public address. Until then links in
feeds, share pictures and search results follow whatever Host a request names, and one-time links have no address."""

OnReady = Callable[[str, str | None, Store | None], None]
"""Gets the address that answers, the one at which people find the site if that is known, and the store unless this is
a relay."""


class PortInUse(Exception):
    """The server cannot listen on the address; the message says why."""


class Worker(GeventWorker):
    """A web process. At a planned stop it asks its readers to come back, then closes their sockets.

    `number` is the lowest that no other web process has, so that the one that replaces it goes on with its figures.
    """

    number = 0
    siblings: Path | None = None
    turn: Turn
    pulse: Pulse

    def patch(self) -> None:
        import gevent.monkey

        with warnings.catch_warnings():
            # ssl is imported already; redis looks its names up when it connects and so gets the patched ones
            warnings.simplefilter("ignore", gevent.monkey.MonkeyPatchWarning)
            super().patch()

    def init_signals(self) -> None:
        super().init_signals()
        # a terminal sends these to all of its processes, but the master decides when to leave
        for which in (signal.SIGINT, signal.SIGHUP):
            signal.signal(which, signal.SIG_IGN)
        # the master sends it before it kills: the log says where we hang, in lines of the program, without values
        faulthandler.register(TRACE, file=2)

    def notify(self) -> None:
        """Give a sign of life; the base class calls this each second. Leave if nobody could be answered any more."""
        if self.alive and not self.front.switchboard.works():
            log.error("web process %d (pid %d) cannot serve readers any more and leaves", self.number, os.getpid())
            self.alive = False
        super().notify()

    def run(self) -> None:
        import gevent

        tune_collector()
        counts.reset()
        telemetry.start(__version__)
        services: Services = self.wsgi.extensions["liveblog"]
        services.start(self.siblings, self.number, self.turn)
        self.front = services.front
        self.server_class = partial(Acceptor, self, self.front)
        leaving = gevent.spawn(self._leave, services)
        super().run()
        leaving.join(LEAVE_SECONDS)

    def handle_request(self, listener_name: object, req: Request, sock: gevent.socket.socket, addr: object) -> None:
        """Pass one request to Flask, then return the connection to the front door: the next request may be its own."""
        writing = Writing(self.front.switchboard, req)
        self.front.switchboard.lent += 1
        try:
            super().handle_request(listener_name, req, sock, addr)
        except StopIteration:
            _read_rest(req)  # else a client that is still sending would get a reset instead of the answer
            raise
        finally:
            writing.end()
            self.front.switchboard.lent -= 1
        _read_rest(req)
        client = cast("Connection", sock)  # as `Acceptor` made it
        if self.alive and not req.body.failed:  # it may have broken after the answer's head
            self.front.take_back(client.detach(), req.unreader.take_buffered() + client.first)
        raise StopIteration  # to gunicorn: no next request; if a stop began meanwhile, it closes the connection

    def _leave(self, services: Services) -> None:
        import gevent

        while self.alive:
            gevent.sleep(0.1)
        self.front.switchboard.deaf()
        for listener in self.sockets:  # as long as one copy is open, the system lets clients connect to nobody
            listener.close()
        services.stop()


class Writing:
    """A request that changes something. It counts until its answer begins, except while we wait for its body: whoever
    sends half of one, or does not take the answer, would change for all how messages go out."""

    def __init__(self, switchboard: Switchboard, req: Request) -> None:
        self._switchboard = switchboard
        self._counted = False
        self._body = req.body
        self._read, self._closes = req.body.reader.read, req.should_close
        req.body.reader.read = self._waited  # type: ignore[method-assign]
        req.should_close = self._answered  # type: ignore[method-assign]
        self._count(req.method not in ("GET", "HEAD"))

    def end(self) -> None:
        self._switchboard.written += self._counted
        self._count(False)

    def _count(self, on: bool) -> None:
        self._switchboard.writers += on - self._counted
        self._counted = on

    def _waited(self, size: int) -> bytes:
        counted = self._counted
        self._count(False)
        try:
            return self._read(size)
        finally:
            self._count(counted)

    def _answered(self) -> bool:
        """Whether the connection closes after this answer. gunicorn asks when it writes the answer's head."""
        self.end()
        # after a broken body nobody knows where the next request begins; a proxy would send one if we did not say so
        return self._body.failed or self._closes()


def _read_rest(req: Request) -> None:
    """Read the rest of a body that the application did not read. It may be broken, or not come, or not end."""
    read = 0
    with suppress(OSError, ParseException):
        while read < MOST_REST and (more := req.body.read(8192)):
            read += len(more)
    if read >= MOST_REST:
        raise StopIteration


class Log(Logger):
    """gunicorn's log, in JSON if ours is. `killed` has the process ids that the master killed, and said why."""

    killed: frozenset[int] = frozenset()

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        logs.adopt("gunicorn.error")

    def error(self, msg: str, *args: object, **options: object) -> None:
        """Log an error; nothing of the end of a process that we killed: gunicorn would guess that memory ran out."""
        if args[1:] != ("SIGKILL",) or args[0] not in self.killed:
            super().error(msg, *args, **options)


class Listener(Protocol):
    """A listening socket of gunicorn's."""

    def fileno(self) -> int: ...

    def getsockname(self) -> object: ...


class Bound:
    """The name of a listener: gunicorn asks for it with each request, also when a stop has closed the listener."""

    def __init__(self, listener: Listener) -> None:
        self._name = listener.getsockname()

    def getsockname(self) -> object:
        return self._name


class Acceptor:
    """Replaces gevent's server in gunicorn's worker: connections come from the front door."""

    def __init__(self, worker: Worker, front: FrontDoor, listener: Listener, *, spawn: Pool, **_: object) -> None:
        self.pool = spawn
        self._worker, self._front, self._listener = worker, front, listener
        self._bound = Bound(listener)

    def start(self) -> None:
        self._front.listen(self._listener.fileno(), self._give_on)

    def _give_on(self, fd: int, first: bytes, unsent: bytes) -> None:
        self.pool.spawn(self._handle, fd, first, unsent)

    def _handle(self, fd: int, first: bytes, unsent: bytes) -> None:
        from .http.connection import Connection

        client = Connection(fd, first)
        with suppress(OSError):
            client.sendall(unsent)
        try:
            address = client.getpeername()
        except OSError:
            client.close()
            return
        self._worker.handle(self._bound, client, address)

    def close(self) -> None:
        self._front.switchboard.deaf()

    def stop(self, timeout: float | None = None) -> None:
        self.close()
        self.pool.kill(timeout=timeout)


class Pulse:
    """The signs of life of one web process, as the master sees them from round to round.

    `silent` counts the master's own seconds. If the whole program was stopped (Ctrl-Z, a paused container or machine),
    or if the machine is too busy to run even the master, no process has become silent.
    """

    def __init__(self, seen: float, patience: float) -> None:
        self._seen, self._patience = seen, patience
        self.silent = 0.0
        self.began = False

    def turn(self, seen: float, seconds: float) -> bool:
        """Note the time of the last sign and the seconds since the last round. True if the process hangs."""
        if seen == self._seen:
            self.silent += min(seconds, ROUND_SECONDS)
        else:
            self._seen, self.silent, self.began = seen, 0.0, True
        return self.silent > (ANSWER_SECONDS if self.began else self._patience)


class Master(Arbiter):
    """Supervises the workers and the embedded storage; Ctrl-C stops it as gracefully as SIGTERM.

    It has one thread. A lock that a second one held at a fork (OpenSSL's, an import's) would stay locked in the worker.
    """

    log: Log
    embedded: Embedded | None = None
    down = False
    first_answer: FirstAnswer | None = None
    leaving = False
    patience = 0.0
    """Seconds that the next web process has to begin; twice as many after each that did not."""
    _round = _stayed = float("-inf")  # when the last round began, and systemd was told, in monotonic seconds
    siblings: Path | None = None
    """The directory in which the web processes ask each other for their figures, if there are several."""
    turns: Turns | None = None
    """How they share the connections, if there are several and the system allows it."""

    def init_signals(self) -> None:
        nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        super().init_signals()
        if nohup:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def handle_int(self) -> None:
        self.handle_term()

    def handle_hup(self) -> None:
        """The terminal was closed."""
        self.handle_term()

    def stop(self, graceful: bool = True) -> None:
        if graceful:
            self.leaving = True
            logs.say(f"Stopping: readers get up to {self.cfg.graceful_timeout} s to leave (Ctrl-C again: at once).")
        super().stop(graceful)
        for worker in self.WORKERS.values():  # they are killed in the end, without waiting
            worker.tmp.close()
        self.ask_no_more()

    def admit(self, worker: Worker) -> None:
        """Prepare a web process that is about to be forked."""
        worker.tmp.notify()  # it is watched from now on, not from its first sign of life
        worker.pulse = Pulse(worker.tmp.last_update(), self.patience)
        taken = {cast(Worker, each).number for each in self.WORKERS.values()}
        worker.number = next(number for number in count() if number not in taken)
        worker.siblings = self.siblings
        worker.turn = Turn() if self.turns is None else self.turns.of(worker.number)

    def missed(self, worker: Worker) -> None:
        """Note that a web process has ended."""
        worker.turn.leave()
        if not self.leaving:
            counts.replaced.add("hung" if worker.aborted else "ended")
            self.log.warning("web process %d (pid %d) ended; another one replaces it", worker.number, worker.pid)

    def murder_workers(self) -> None:
        """Kill the web processes that have stopped answering.

        gunicorn's own compares clocks, and would kill all of them after the whole program was stopped for a minute.
        """
        before, self._round = self._round, time.monotonic()
        self.stay()
        for pid, each in [*self.WORKERS.items()]:
            worker = cast(Worker, each)
            if worker.aborted:
                self.log.killed |= {pid}
                self.kill_worker(pid, signal.SIGKILL)
            elif worker.pulse.turn(worker.tmp.last_update(), self._round - before):
                worker.aborted = True
                if not worker.pulse.began:  # a very busy machine must get one up in the end
                    self.patience *= 2
                told = "web process %d (pid %d) has given no sign of life for %d s and is killed"
                self.log.error(told, worker.number, pid, worker.pulse.silent)
                self.kill_worker(pid, TRACE)  # it writes where it is, if it still runs

    def stay(self) -> None:
        """Tell systemd that the master works, if systemd watches it; four times in the time that it allows."""
        every = int(os.environ.get("WATCHDOG_USEC", 0)) / 4e6
        if every and time.monotonic() >= self._stayed + every:
            self._stayed = time.monotonic()
            sd_notify("WATCHDOG=1", self.log)

    def ask_no_more(self) -> None:
        """Close the first request. A worker does this too, because only the master asks."""
        if self.first_answer is not None:
            self.first_answer.close()
            self.first_answer = None

    def wait_for_signals(self, timeout: float = 1.0) -> list[int]:
        if self.first_answer is not None and self.first_answer.came():
            self.first_answer = None
        return super().wait_for_signals(ASK_SECONDS if self.first_answer is not None else timeout)

    def manage_workers(self) -> None:
        super().manage_workers()
        try:
            if self.embedded is not None and self.embedded.revive(meanwhile=self.stay):
                self.down = False
                why = self.embedded.last_words
                self.log.warning("the storage server had died and was started again%s", f": {why}" if why else "")
        except NoServer as no:  # readers are served from memory meanwhile; the next try is in a second
            if not self.down:
                self.log.error("the storage server had died: %s", no)
            self.down = True


class FirstAnswer:
    """Requests `/healthz` at a listening address, and calls `then` once after the answer.

    The request waits in the listener's queue until a worker takes it. It uses a plain socket: no proxy, no name to
    resolve, no TLS. No method blocks until the answer.
    """

    def __init__(self, family: int, where: tuple[Any, ...] | str, then: Callable[[], None]) -> None:
        self._family, self._then = family, then
        self._where = where
        if isinstance(where, tuple):
            self._where = ({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(where[0], where[0]), *where[1:])
        self._line: socket.socket | None = None

    def came(self) -> bool:
        """Check once; True if the answer has come, after calling `then`."""
        try:
            if self._line is None:
                self._line = self._asked()
            said = self._line.recv(64)
        except BlockingIOError:
            return False
        except OSError:  # the worker that had taken the request is gone
            said = b""
        self.close()  # without an answer the next check asks again
        if b" 200 " not in said:
            return False
        self._then()
        return True

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _asked(self) -> socket.socket:
        line = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            line.settimeout(1)
            line.connect(self._where)  # the system accepts it at once, unless a thousand wait already
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            line.setblocking(False)
        except BaseException:
            line.close()
            raise
        return line


class _Application(BaseApplication):
    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings = settings
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        with _as_if_missing("aiohttp", "valkey"):
            from .app import create_app
            from .web.answers import broken_body

        app = create_app(self._settings)
        app.register_error_handler(ParseException, broken_body)
        return app


@contextmanager
def _as_if_missing(*modules: str) -> Iterator[None]:
    """Imports inside do not load these modules. They may be imported afterwards.

    Socket.IO's package loads them, if they are installed, for clients and managers of its own that nobody uses here.
    They come with a bucket's library and with the storage server's wheel, and take 0.1 s and 10 MB of each web process.
    """
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden, cast(ModuleType, None)))  # Python's sign for a module that is not there
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def serve(
    settings: Settings,
    *,
    on_ready: OnReady | None = None,
    on_exit: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. `on_ready` is called once the server answers.

    Raises `PortInUse`, `embedded.NoServer`, and `Unavailable` if nothing answers at LIVEBLOG_REDIS_URL.
    """
    with listen(settings.host, settings.port) as listener:  # `_run` passes it to gunicorn
        logs.install(settings.log, settings.log_format)
        if settings.base_url is None and not settings.is_relay and not _is_local(listener):
            logs.say(NO_ADDRESS)
        files = _raise_limit()
        embedded = ensure(settings.data) if settings.redis_url is None and not settings.is_relay else None
        if embedded is not None:
            settings = replace(settings, redis_url=embedded.url)
        master = os.getpid()
        siblings = Path(tempfile.mkdtemp(prefix="liveblog-web-")) if settings.workers > 1 else None
        try:
            if not settings.is_relay:
                with opened(settings) as store:
                    store.adopt()
            if files < OPEN_FILES:
                logs.say(_room(files))
            _run(settings, listener, embedded, on_ready, siblings)
        finally:
            if os.getpid() == master:  # workers also leave through here
                if siblings is not None:
                    shutil.rmtree(siblings, ignore_errors=True)
                if on_exit is not None:
                    on_exit()
                if embedded is not None:
                    embedded.stop()


def _run(
    settings: Settings,
    listener: socket.socket,
    embedded: Embedded | None,
    on_ready: OnReady | None,
    siblings: Path | None,
) -> None:
    where, address = listener.getsockname(), _address(listener)
    site = settings.base_url or (address if _is_local(listener) else None)
    options = {
        "bind": f"fd://{listener.detach()}",  # gunicorn owns it from here on
        "workers": settings.workers,
        "worker_class": "liveblog.server.Worker",
        "worker_connections": OPEN_FILES,
        "graceful_timeout": settings.drain_seconds,
        "keepalive": 30,  # seconds to read a head; between two requests the front door has the connection
        # `http/proxies.py` decides alone what a proxy may say of a request
        "forwarded_allow_ips": "",
        "secure_scheme_headers": {},
        "forwarder_headers": "",
        "loglevel": "warning" if settings.log == "info" else settings.log,
        "logger_class": Log,
        "control_socket_disable": True,
        "pre_fork": lambda master, worker: master.admit(worker),
        "child_exit": lambda master, worker: master.missed(worker),
        "post_fork": lambda master, worker: master.ask_no_more(),
    }
    application = _Application(settings, options)
    master = Master(application)
    master.embedded = embedded
    master.siblings = siblings
    master.turns = _turns(settings.workers)
    master.patience = START_SECONDS
    if on_ready is not None:
        master.first_answer = FirstAnswer(listener.family, where, lambda: _tell(address, site, settings, on_ready))
    master.run()


def _turns(workers: int) -> Turns | None:
    try:
        return Turns(workers) if workers > 1 else None
    except OSError as no:
        log.warning("web processes do not share connections evenly: %s", no)
        return None


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """Open the store that the settings name, and close it. Raises `WrongSetting` for an invalid address."""
    try:
        store = Store(str(settings.redis_url), **settings.storage)
    except ValueError as error:
        raise WrongSetting(f"LIVEBLOG_REDIS_URL cannot be used: {error}") from None
    try:
        yield store
    finally:
        store.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; `host` may be `unix:` and a path. Raises `PortInUse` with one sentence."""
    if host.startswith("unix:"):
        return _listen_at(host.removeprefix("unix:"))
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return _listening(socket.socket(family, socket.SOCK_STREAM), (host, port))
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "no such host"
        raise PortInUse(f"cannot listen on {host}:{port}: {why}; choose another with --port or LIVEBLOG_PORT") from None


def _listen_at(path: str) -> socket.socket:
    """A unix socket at this path, in place of one that a killed server left. The umask says who may connect."""
    try:
        if Path(path).is_socket() and not _is_used(path):
            Path(path).unlink()
        return _listening(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), path)
    except OSError as error:
        raise PortInUse(f"cannot listen on unix:{path}: {error.strerror}; choose another with LIVEBLOG_HOST") from None


def _is_used(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1)
        try:
            line.connect(path)
        except ConnectionRefusedError:
            return False
        return True


def _listening(listener: socket.socket, where: tuple[str, int] | str) -> socket.socket:
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # connections inherit this; else the kernel buffers up to 4 MB for each reader that does not read
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if listener.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):  # inherited too; Linux has it
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_SECONDS * 1000)
        listener.bind(where)
        listener.listen(4096)
    except BaseException:
        listener.close()
        raise
    return listener


def _is_local(listener: socket.socket) -> bool:
    """Whether only this machine can connect. At a unix socket no browser can: there is a proxy for others."""
    return listener.family != socket.AF_UNIX and ip_address(listener.getsockname()[0]).is_loopback


def _address(listener: socket.socket) -> str:
    if listener.family == socket.AF_UNIX:
        return f"unix:{listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _tell(address: str, site: str | None, settings: Settings, on_ready: OnReady) -> None:
    """Pass addresses and store to `on_ready`. The server goes on, whatever fails here."""
    try:
        if settings.is_relay:
            on_ready(address, site, None)
            return
        with opened(settings) as store:
            on_ready(address, site, store)
    except Refusal as no:
        logs.say(f"liveblog: {no}")
    except Exception as error:  # for instance, standard output may be closed
        log.error("the address could not be announced: %s: %s", type(error).__name__, error)


def _room(files: int) -> str:
    room = max(0, files - OWN_FILES)
    return f"Open files are limited to {files} (ulimit -Hn): room for about {room} readers in each web process."


def _raise_limit() -> int:
    """Raise the limit of descriptors as far as allowed. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
