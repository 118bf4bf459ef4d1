"""The systemd unit: systemd reads it, and the program does what the unit relies on."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from liveblog.config import Settings
from liveblog.store.embedded import locate
from tests.live_server import live_server

FOLDER = Path(__file__).parent.parent.parent / "deploy/systemd"
UNIT = (FOLDER / "liveblog.service").read_text()
ENVIRON = dict(line.split("=", 1) for line in (FOLDER / "liveblog.env").read_text().splitlines() if line[0] != "#")
ANALYZE = shutil.which("systemd-analyze")

needed = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed (Debian: apt install systemd)")


def said(name: str) -> list[str]:
    """The words of a directive of the unit; none if it is not there."""
    found = re.search(rf"^{name}=(.*)$", UNIT, re.M)
    return found[1].split() if found else []


def analyzed(tmp_path: Path, *how: str) -> str:
    """What systemd-analyze prints of the unit. The program stands at its place only where it was installed."""
    unit = tmp_path / "liveblog.service"
    unit.write_text(UNIT.replace("/usr/local/lib/liveblog/bin/liveblog", sys.executable))
    done = subprocess.run([str(ANALYZE), *how, str(unit)], capture_output=True, text=True, timeout=60)
    if "unrecognized option" in done.stderr:
        pytest.skip(f"this systemd-analyze is too old: {done.stderr}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needed
def test_systemd_reads_it_without_a_complaint(tmp_path: Path) -> None:
    assert analyzed(tmp_path, "verify", "--man=no") == ""


@needed
def test_it_may_do_little(tmp_path: Path) -> None:
    """The exposure is at most 2.0 of 10: systemd calls that OK, and fails above the threshold."""
    assert "OK" in analyzed(tmp_path, "security", "--offline=true", "--threshold=20").splitlines()[-1]


def test_its_settings_are_settings_and_its_directories_exist() -> None:
    settings = Settings.from_environ(ENVIRON)
    assert {name for name in ENVIRON if name.startswith("LIVEBLOG_")} == {*ENVIRON} - {"TMPDIR"}
    state = [Path("/var/lib") / each for each in said("StateDirectory")]
    assert state == [settings.data, Path(ENVIRON["TMPDIR"])]
    assert f"unix:/run/{said('RuntimeDirectory')[0]}/" in (FOLDER / "liveblog.env").read_text()
    assert said("EnvironmentFile") == ["/etc/liveblog.env"]


def test_the_program_says_when_it_is_ready_and_commands_find_its_storage() -> None:
    """The service has a /tmp of its own: the storage's socket must be where other programs see it."""
    assert said("Type") == ["notify"]
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with tempfile.TemporaryDirectory(prefix="lb") as folder, line as systemd:
        place = Path(folder)
        systemd.bind(str(place / "notify"))
        systemd.settimeout(60)
        (place / "tmp").mkdir()
        settings = {"LIVEBLOG_DATA": str(place), "TMPDIR": str(place / "tmp"), "NOTIFY_SOCKET": str(place / "notify")}
        assert int(said("WatchdogSec")[0]) > int(said("TimeoutStopSec")[0])  # an orderly stop is not cut short
        with live_server(**settings, WATCHDOG_USEC=f"{said('WatchdogSec')[0]}000000"):
            assert systemd.recv(4096).startswith(b"READY=1")
            assert systemd.recv(4096) == b"WATCHDOG=1"  # and so on, while the master works
            assert str(locate(place)).startswith(f"unix://{place / 'tmp'}")
