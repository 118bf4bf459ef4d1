"""The wheel, built through the sdist, serves the demo far from the checkout, with only the libraries it names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import Parser
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
import requests
from packaging.requirements import Requirement

from tests.leaks import free_of_faults
from tests.live_server import LiveServer, until

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def sdist(folder: Path) -> list[str]:
    (path,) = folder.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return [name.partition("/")[2] for name in archive.getnames()]


def wheel(folder: Path) -> list[str]:
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def project(*patterns: str) -> set[str]:
    """The files that git tracks or would add, below some directories."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    named = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return {name for name in named if name and (ROOT / name).is_file()}


def test_the_sdist_holds_the_source_and_nothing_else(built: Path) -> None:
    wanted = project("liveblog", "templates", "static", "README.md", "LICENSE", "CHANGES.md", "pyproject.toml")
    assert {*sdist(built)} - {"PKG-INFO", ".gitignore"} == wanted


def test_the_wheel_holds_package_templates_static_files_and_nothing_else(built: Path) -> None:
    inside = {name for name in wheel(built) if ".dist-info/" not in name}
    wanted = project("liveblog") | {f"liveblog/_assets/{name}" for name in project("templates", "static")}
    assert inside == wanted
    assert {"liveblog/store/commit.lua", "liveblog/demo/anora-night.toml"} <= inside


# -- the declared libraries, and no others


def needed(
    requirements: Iterable[str], extras: Iterable[str] = (), seen: dict[str, Distribution] | None = None
) -> list[Distribution]:
    """The distributions that these requirements bring along; here all of them are installed, and many more."""
    seen = {} if seen is None else seen
    for requirement in map(Requirement, requirements):
        marker, key = requirement.marker, plain(requirement.name)
        wanted = marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, ""))
        if wanted and (key not in seen or requirement.extras):
            seen[key] = distribution(requirement.name)
            needed(seen[key].requires or (), requirement.extras, seen)
    return list(seen.values())


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def fill(site: Path, libraries: list[Distribution]) -> None:
    """Link the libraries' own files, without those of any other library that happens to be installed here."""
    for library in libraries:
        tops = {Path(str(file)).parts[0] for file in library.files or () if not str(file).startswith("..")}
        for top in tops - {"__pycache__"}:
            place = site / top
            if not place.exists():
                place.symlink_to(Path(str(library.locate_file(top))))


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and the libraries that its metadata names; its Python."""
    home = tmp_path_factory.mktemp("home") / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin/python"
    (site,) = home.glob("lib/python*/site-packages")
    (path,) = built.glob("*.whl")
    fill(site, needed(metadata(path).get_all("Requires-Dist", [])))
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index"]
    done = subprocess.run([*install, "--disable-pip-version-check", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return python


@contextmanager
def served(python: Path, cwd: Path) -> Iterator[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("LIVEBLOG_", "PYTHON"))}
    command = [str(python.parent / "liveblog"), "demo", "--port", "0", "--speed", "1000"]
    log = cwd / "log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            command, cwd=cwd, env={**environ, "PYTHONUNBUFFERED": "1"}, stdout=sink, stderr=subprocess.STDOUT
        )

    def address() -> str:
        assert process.poll() is None, log.read_text()
        found = re.search(r"^Serving (\S+)$", log.read_text(), re.M)
        return found.group(1) if found else ""

    try:
        yield until(address)
    finally:
        process.terminate()
        process.wait(60)
    free_of_faults(log.read_text())


def test_the_installed_wheel_serves_the_demo_night(installed: Path, tmp_path: Path) -> None:
    with served(installed, tmp_path) as url:
        state = f"{url}/api/v1/blogs/anora"
        until(lambda: requests.get(state, timeout=60).json()["blog"]["status"] == "ended")
        page = requests.get(f"{url}/live/anora", timeout=60).text
        assert "Six chances" in page
        assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        assert assets
        for asset in assets:
            assert requests.get(url + asset, timeout=60).status_code == 200, asset
    assert (tmp_path / "var" / "appendonlydir").is_dir()


def test_the_installed_package_is_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    ask = "import liveblog; print(liveblog.__file__)"
    found = subprocess.run([str(installed), "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert str(installed.parent.parent) in found


def test_the_client_alone_needs_no_library(built: Path, server: LiveServer, tmp_path: Path) -> None:
    (path,) = built.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv/bin/python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, "--disable-pip-version-check", str(path)], check=True)
    url = f"{server.url}/live/{server.open('wheel')}"
    program = (
        "import sys; from liveblog.client import Blog, follow; _, url, token = sys.argv; changes = follow(url);"
        "next(changes); id = Blog(url, token).publish('From the wheel.')['id'];"
        "print([each['body'] for each in next(changes).objects if each['id'] == id])"
    )
    command = [str(python), "-c", program, url, server.token]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60 * 2)
    assert done.stdout == "['From the wheel.']\n", done.stderr


def test_libraries_that_break_sockets_are_not_installed() -> None:
    """python-engineio would prefer them; see docs/decisions/."""
    assert not {plain(each.metadata["Name"]) for each in distributions()} & {"eventlet", "gevent-websocket"}


def test_every_library_has_one_exact_version() -> None:
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {plain(line.partition("==")[0]) for line in lines if "==" in line}
    libraries = needed([*facts["dependencies"], *facts["optional-dependencies"]["dev"]])
    assert {plain(each.metadata["Name"]) for each in libraries} <= pinned
