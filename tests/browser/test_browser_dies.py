"""Chromium may die, for instance for lack of memory. Only the test in which it died is repeated."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent.parent
FIXTURES = """
from tests.browser.conftest import *
from tests.browser.conftest import pytest_runtest_makereport, pytest_runtest_protocol
from tests.conftest import server
"""
TESTS = """
import os, signal
from pathlib import Path
from tests.browser.conftest import PATIENCE
tries = Path(__file__).parent / "tries"

def begin(browser, name):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.set_content("<h1>Live</h1>")
    assert page.get_by_role("heading").inner_text() == "Live"
    with tries.open("a") as file:
        print(name, file=file)
    return page

def kill(browser):
    them = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    os.kill(next(each["id"] for each in them if each["type"] == "browser"), signal.SIGKILL)

def test_that_is_wrong(chromium):
    begin(chromium, "wrong")
    assert not chromium.is_connected()

def test_in_which_it_dies(chromium, server):
    page = begin(chromium, "dies")
    server.open("once-only")
    if tries.read_text().count("dies") == 1:
        kill(chromium)
    page.reload()

def test_in_which_it_always_dies(chromium):
    page = begin(chromium, "always")
    kill(chromium)
    page.reload()

def test_that_meets_a_dead_one(chromium):
    begin(chromium, "met")

def test_that_is_wrong_at_the_end(chromium):
    begin(chromium, "end")
    assert not chromium.is_connected()
"""


@pytest.mark.timeout(300)
def test_a_test_in_which_the_browser_died_is_repeated_once(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(FIXTURES)
    (tmp_path / "test_deaths.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=line", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        capture_output=True,
        text=True,
        timeout=280,
    )
    said = run.stdout + run.stderr
    outcomes = re.findall(r"^(PASSED|FAILED|ERROR) \S+::test_(\w+)", said, re.M)
    found = {name: outcome for outcome, name in outcomes}
    assert found == {
        "that_is_wrong": "FAILED",
        "in_which_it_dies": "PASSED",
        "in_which_it_always_dies": "FAILED",
        "that_meets_a_dead_one": "PASSED",
        "that_is_wrong_at_the_end": "FAILED",
    }, said
    tries = (tmp_path / "tries").read_text().split()
    assert tries == ["wrong", "dies", "dies", "always", "always", "met", "end"], said
    assert run.stderr.count("Chromium died in ") == 3, said
