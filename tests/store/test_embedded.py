"""The embedded server: adopted, killed, started again, out of space; nothing acknowledged is lost."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from liveblog import actions
from liveblog.errors import Unavailable
from liveblog.store import embedded as module
from liveblog.store.commits import Store
from liveblog.store.embedded import Embedded, NoServer, ensure, locate
from tests.live_server import until


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        yield Path(folder) / "data"


@pytest.fixture
def embedded(data: Path) -> Iterator[Embedded]:
    running = ensure(data)
    yield running
    running.stop()


def opened(url: str, slug: str = "anora") -> Store:
    store = Store(url)
    store.perform(slug, lambda view: actions.create_blog(view, slug=slug, title="Anora"), by="test")
    return store


def publish(store: Store, body: str) -> None:
    store.perform("anora", lambda view: actions.publish(view, "anora", body=body), by="test")


# -- one server for many


def test_a_second_start_adopts_the_running_server(embedded: Embedded) -> None:
    second = ensure(embedded.data)
    assert second.adopted
    assert second.url == embedded.url == locate(embedded.data)
    second.stop()  # another program still uses it
    assert embedded.alive()


def test_the_last_one_to_leave_stops_the_server(embedded: Embedded) -> None:
    second = ensure(embedded.data)
    process = embedded.process
    assert process is not None
    embedded.stop()  # the program that started it may leave first
    assert process.poll() is None
    assert locate(embedded.data) == second.url
    second.stop()
    process.wait(60)
    assert locate(embedded.data) is None
    second.stop()  # a second stop does nothing


def test_a_server_that_outlived_its_starter_is_adopted_and_stopped(data: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", f"import os; from pathlib import Path; from liveblog.store.embedded import ensure;"
         f"ensure(Path({str(data)!r})); os.kill(os.getpid(), 9)"]
    )  # fmt: skip
    assert starter.wait(60) == -signal.SIGKILL
    assert locate(data)
    heir = ensure(data)
    assert heir.adopted
    pid = heir.pid
    assert pid is not None
    heir.stop()
    assert locate(data) is None


def test_another_tmpdir_finds_the_same_server(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="lb") as elsewhere:
        monkeypatch.setattr(tempfile, "tempdir", elsewhere)
        assert locate(embedded.data) == embedded.url
        second = ensure(embedded.data)
        assert (second.adopted, second.url) == (True, embedded.url)
        os.kill(embedded.pid or 0, signal.SIGKILL)
        until(lambda: not embedded.alive())
        assert second.revive()
        assert second.url == locate(embedded.data) == embedded.url  # where other programs look for it
        Store(embedded.url).ping()
        second.stop()
        assert embedded.alive() or embedded.revive()


def test_a_copied_directory_does_not_take_the_originals_socket(embedded: Embedded, data: Path) -> None:
    copy = data.parent / "copy"
    copy.mkdir()
    (copy / "address").write_text(embedded.url)
    second = ensure(copy)
    assert second.url != embedded.url
    second.stop()
    Store(embedded.url).ping()


def test_programs_that_check_do_not_take_each_other_for_a_server(data: Path) -> None:
    data.mkdir()
    lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_SH)  # another program is checking
    assert locate(data) is None
    os.close(lock)


def test_the_desks_data_is_private_to_the_user(embedded: Embedded) -> None:
    socket = Path(embedded.url.removeprefix("unix://"))
    assert embedded.data.stat().st_mode & 0o077 == 0
    assert socket.parent.stat().st_mode & 0o077 == 0


# -- faults


def test_a_killed_server_comes_back_with_everything_acknowledged(embedded: Embedded) -> None:
    store = opened(embedded.url)
    for n in range(50):
        publish(store, f"Update {n}")
    os.kill(embedded.pid or 0, signal.SIGKILL)
    until(lambda: not embedded.alive())
    assert locate(embedded.data) is None
    assert embedded.revive()
    assert embedded.last_words == ""
    assert len(store.load("anora").posts) == 50
    store.close()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 2 MB."""
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
        if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("only root can mount a small disk")
        yield Path(folder)
        subprocess.run(["umount", folder], check=True)


def published_until_full(store: Store) -> int:
    for number in range(1000):
        try:
            publish(store, "x" * 60_000)
        except Unavailable:
            return number
    raise AssertionError("the disk did not fill")


@pytest.mark.fault
def test_on_a_full_disk_acknowledged_posts_stay_and_work_resumes_later(small_disk: Path) -> None:
    embedded = ensure(small_disk / "data")
    store = opened(embedded.url)
    acknowledged = published_until_full(store)
    assert acknowledged > 5
    until(lambda: not embedded.alive())  # Valkey ends when it cannot write a change that must be on disk
    assert embedded.revive()
    assert "writing to the AOF file" in embedded.last_words
    assert len(store.load("anora").posts) == acknowledged
    with pytest.raises(Unavailable):
        publish(store, "x" * 60_000)
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)

    def all_are_there() -> bool:
        """The server may have ended once more, or be about to."""
        embedded.revive()
        with suppress(Unavailable):
            return len(store.load("anora").posts) == acknowledged
        return False

    until(all_are_there)
    publish(store, "There is room again.")
    embedded.stop()
    store.close()


def test_a_server_that_stops_at_once_is_reported(data: Path) -> None:
    folder = data / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("nonsense")
    with pytest.raises(NoServer, match=r"stopped at once; .*server.log says why"):
        ensure(data)
    assert locate(data) is None


def test_a_long_wait_is_explained(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "NOTICE_SECONDS", 0.0)
    monkeypatch.setattr(module, "START_SECONDS", 0.3)
    monkeypatch.setattr(module, "binary", lambda: "/bin/cat")  # cat refuses its arguments and is not a server
    with pytest.raises(NoServer):
        ensure(data)
    assert f"starting the storage in {data.resolve()} …" in capsys.readouterr().err


def test_no_server_program_is_one_sentence(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WHEEL", "no_such_wheel")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoServer, match="install valkey or redis, or set LIVEBLOG_REDIS_URL"):
        ensure(data)


def test_a_directory_that_was_removed_is_one_sentence(embedded: Embedded) -> None:
    os.kill(embedded.pid or 0, signal.SIGKILL)
    until(lambda: not embedded.alive())
    shutil.rmtree(embedded.data)
    with pytest.raises(NoServer, match="cannot be opened"):
        embedded.revive()


def test_a_stopped_server_leaves_the_directory_free(embedded: Embedded) -> None:
    embedded.stop()
    assert locate(embedded.data) is None


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(NoServer, match=r"file/data cannot be written"):
        ensure(file / "data")


def test_a_socket_directory_of_somebody_else_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="lb") as elsewhere:
        monkeypatch.setattr(tempfile, "tempdir", elsewhere)
        data.mkdir()
        place = module._socket(data.resolve()).parent
        place.symlink_to(data)
        with pytest.raises(NoServer, match="belongs to somebody else"):
            ensure(data)
        assert locate(data) is None
