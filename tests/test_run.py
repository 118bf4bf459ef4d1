"""./run on unknown machines: it names what is missing, repeats an interrupted installation, and starts quickly again.

The real script runs in a small copy of the project, with a fake Python that only records its calls.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.live_server import until

ROOT = Path(__file__).parent.parent
SHELLS = [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)]

INSTALL = "-m pip install -q -q --no-compile --disable-pip-version-check -c constraints.txt -e "
PYTHON = """#!/bin/sh
echo "$0 $* ${CHROMIUM:-}" >>"$LOG"
case "$*" in
  *"version_info"*) [ -z "${OLD:-}" ] ;;
  "-m venv "*)
    if [ -n "${NO_VENV:-}" ]; then echo "ensurepip is not available"; mkdir -p .venv/bin; exit 1; fi
    mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip install"*)
    if [ -n "${SLOW:-}" ]; then echo begun >>"$LOG"; exec sleep 60; fi
    [ -z "${NO_NETWORK:-}" ] ;;
esac
"""


class Checkout:
    """A copy of what ./run needs, and a PATH with only a fake Python and plain tools."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in ("run", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, folder / name)
        for tool in ("cat", "cksum", "dirname", "cp", "mkdir", "rm", "id", "sleep", "sh"):
            os.symlink(str(shutil.which(tool)), self.bin / tool)
        python = self.bin / "python3"
        python.write_text(PYTHON)
        python.chmod(0o755)

    def environ(self, **more: str) -> dict[str, str]:
        return {"PATH": str(self.bin), "LOG": str(self.log), **more}

    def run(self, *words: str, shell: str = "sh", **more: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        command = [str(shutil.which(shell)), str(self.folder / "run"), *words]
        return subprocess.run(command, env=self.environ(**more), cwd="/", capture_output=True, text=True, timeout=60)

    def prepare(self) -> None:
        """Fake linters, Node and npm as well, which record their calls."""
        for tool in ("ruff", "node", "npm"):
            shutil.copy(self.bin / "python3", self.bin / tool)
        tools = self.folder / "tests/js/node_modules/.bin"
        tools.mkdir(parents=True)
        for tool in ("eslint", "tsc"):
            shutil.copy(self.bin / "python3", tools / tool)
        (self.folder / "tests/js/package-lock.json").write_text("{}")
        (self.folder / ".venv/bin").mkdir(parents=True)
        self.run()
        shutil.copy(self.bin / "ruff", self.folder / ".venv/bin/ruff")

    def has(self, tool: str, script: str = "") -> None:
        """Put a tool on PATH that does no more than the lines of the script."""
        (self.bin / tool).unlink(missing_ok=True)
        (self.bin / tool).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / tool).chmod(0o755)

    def asked(self, what: str) -> int:
        """How often Python was called with these words."""
        return sum(what in line for line in self.log.read_text().splitlines())


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder = tmp_path / "a checkout"  # with a space, as people's directories may have
    folder.mkdir()
    return Checkout(folder)


def test_the_first_start_installs_and_the_second_does_not(checkout: Checkout, shell: str) -> None:
    first = checkout.run(shell=shell)
    assert first.returncode == 0, first.stderr
    assert "Installing" in first.stderr
    assert checkout.asked(INSTALL + ".") == 1
    assert checkout.asked("-m pip install") == 2  # pip itself, then the project
    assert checkout.asked("-m liveblog demo") == 1
    second = checkout.run("serve", "--port", "0", shell=shell)
    assert (second.returncode, second.stderr) == (0, "")
    assert checkout.asked("-m pip") == 0
    assert checkout.asked("-m liveblog serve --port 0") == 1


def test_arguments_arrive_as_they_are(checkout: Checkout) -> None:
    checkout.run("post", "anora", "two  words; $HOME")
    assert checkout.asked("-m liveblog post anora two  words; $HOME") == 1


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_install_is_done_again(checkout: Checkout, shell: str, which: signal.Signals) -> None:
    checkout.log.write_text("")
    process = subprocess.Popen(
        [str(shutil.which(shell)), "./run"],
        cwd=checkout.folder,
        env=checkout.environ(SLOW="1"),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: checkout.asked("begun"))
    os.killpg(process.pid, which)
    process.wait(60)
    again = checkout.run(shell=shell)
    assert again.returncode == 0, again.stderr
    assert checkout.asked("-m venv .venv") == 1
    assert checkout.asked(INSTALL) == 1
    assert checkout.asked("-m liveblog demo") == 1


def test_a_failed_install_does_not_count_as_done(checkout: Checkout) -> None:
    assert checkout.run(NO_NETWORK="1").returncode != 0
    assert checkout.asked("-m liveblog") == 0
    assert checkout.run().returncode == 0
    assert checkout.asked(INSTALL) == 1


def test_a_new_version_of_a_library_is_installed(checkout: Checkout) -> None:
    checkout.run()
    with (checkout.folder / "constraints.txt").open("a") as file:
        file.write("# newer\n")
    checkout.run()
    assert checkout.asked("-m venv") == 0
    assert checkout.asked(INSTALL) == 1


def test_a_checkout_that_moved_is_installed_where_it_is(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run()
    moved = tmp_path / "moved"
    checkout.folder.rename(moved)
    checkout.folder, checkout.log, checkout.bin = moved, moved / "log", moved / "bin"
    assert checkout.run().returncode == 0
    assert checkout.asked(INSTALL) == 1


def test_a_python_that_went_away_is_replaced(checkout: Checkout) -> None:
    checkout.run()
    python = checkout.folder / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/no/such/python")
    assert checkout.run().returncode == 0
    assert checkout.asked("-m venv .venv") == 1


def test_a_missing_python_is_named(checkout: Checkout, shell: str) -> None:
    for more in ({"OLD": "1"}, {}):
        if not more:
            (checkout.bin / "python3").unlink()
        done = checkout.run(shell=shell, **more)
        assert done.returncode == 1
        assert done.stderr == (
            "Python 3.11 or newer is missing. "
            "Debian, Ubuntu: apt install python3 python3-venv   macOS: brew install python\n"
        )


def test_a_python_without_venv_is_named(checkout: Checkout, shell: str) -> None:
    done = checkout.run(shell=shell, NO_VENV="1")
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr.splitlines()[-1]
    assert not (checkout.folder / ".venv").exists()


def test_the_quick_checks_run_before_a_commit_without_browser_or_storage(checkout: Checkout, shell: str) -> None:
    checkout.prepare()
    hook = re.search(r"entry: \./run (.*)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert hook is not None
    done = checkout.run(*hook[1].split(), shell=shell)
    assert done.returncode == 0, done.stderr
    assert all(checkout.asked(what) for what in ("ruff check .", "-m mypy", "eslint", "tsc", "tests/js/all.mjs"))
    asked = next(line for line in checkout.log.read_text().splitlines() if "-m pytest" in line)
    files = re.findall(r"tests/\S+", asked)
    assert files
    assert all((ROOT / file).is_file() for file in files)
    assert not any(re.search(r"def test_.*\b(storage|store|server)\b", (ROOT / file).read_text()) for file in files)


APT = """case "$*" in
  *"install chromium-headless-shell") [ -n "${LISTED:-}" ] && cp "$0" "${0%/*}/chromium-headless-shell" ;;
esac
"""


@pytest.mark.parametrize(
    ("user", "tools", "listed", "used"),
    [
        ("0", ["chromium", "chromium-headless-shell"], "", "chromium-headless-shell"),
        ("0", ["chromium"], "yes", "chromium-headless-shell"),
        ("0", ["chromium"], "", "chromium"),  # a system without the package
        ("0", [], "yes", "chromium-headless-shell"),
        ("1000", ["chromium"], "yes", "chromium"),
        ("1000", [], "yes", ""),
    ],
)
def test_the_browser_without_windows_is_preferred(
    checkout: Checkout, user: str, tools: list[str], listed: str, used: str
) -> None:
    checkout.prepare()
    checkout.has("id", f"echo {user}")
    checkout.has("apt-get", APT)
    for tool in tools:
        checkout.has(tool)
    done = checkout.run("test", LISTED=listed)
    assert done.returncode == 0, done.stderr
    asked = next(line for line in checkout.log.read_text().splitlines() if "-m pytest" in line)
    assert asked.endswith(f" {checkout.bin / used}" if used else "loadfile ")
    assert checkout.asked("-m playwright install") == (not used)
    assert ("apt-get" in done.stderr) == (user == "0" and len(tools) < 2)


def test_the_browser_that_is_named_is_taken(checkout: Checkout) -> None:
    checkout.prepare()
    checkout.has("chromium-headless-shell")
    checkout.has("mine")
    done = checkout.run("test", CHROMIUM="mine")
    assert done.returncode == 0, done.stderr
    assert checkout.asked(f"loadfile {checkout.bin / 'mine'}") == 1


def test_the_script_is_portable() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    subprocess.run(["shellcheck", "--shell=sh", str(ROOT / "run")], check=True)


def test_the_script_can_be_run() -> None:
    assert os.access(ROOT / "run", os.X_OK)
