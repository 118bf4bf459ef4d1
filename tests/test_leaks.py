"""A test fails if it leaves something behind."""

from __future__ import annotations

import socket
import warnings
from pathlib import Path

import gevent
import pytest

from tests.leaks import Log, free_of_faults

FAULT = """\
2025-03-02 20:01:02,003 ERROR liveblog.push.tail: reading the logs failed and continues
Traceback (most recent call last):
  File "liveblog/push/tail.py", line 188, in run
ValueError: no such place
"""
LEAK = """\
liveblog/server.py:12: ResourceWarning: unclosed file <_io.FileIO name=3 mode='rb+' closefd=True>
  listener = None
"""
NEXT = "2025-03-02 20:01:03,004 WARNING liveblog.push.tail: reads on\n"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    (tmp_path / "log").write_text("Serving http://127.0.0.1:8000\n")
    return Log(tmp_path / "log")


def write(log: Log, text: str) -> None:
    with log.path.open("a") as file:
        file.write(text)


@pytest.mark.parametrize("fault", [FAULT, LEAK, "Exception ignored in: <function one at 0x7f>\nOSError\n"])
def test_a_fault_in_a_log_fails_once(log: Log, fault: str) -> None:
    log.check()
    write(log, NEXT + fault + NEXT)
    with pytest.raises(AssertionError, match=r"line 188|unclosed file|ignored in"):
        log.check()
    log.check(ended=True)


def test_a_fault_that_the_test_expects_is_none(log: Log) -> None:
    log.expect("reading the logs failed")
    write(log, FAULT)
    log.check(ended=True)
    write(log, NEXT + FAULT.replace("reading the logs", "the schedule"))
    with pytest.raises(AssertionError, match="the schedule failed"):
        log.check(ended=True)


def test_a_fault_that_is_just_being_written_is_looked_at_when_it_is_whole(log: Log) -> None:
    log.expect("no such place")
    for line in FAULT.splitlines(keepends=True):
        write(log, line[:5])
        log.check()
        write(log, line[5:])
        log.check()


def test_what_ended_programs_wrote_is_looked_at_too() -> None:
    assert free_of_faults(NEXT) == NEXT
    with pytest.raises(AssertionError, match="no such place"):
        free_of_faults(NEXT + FAULT)


def test_an_exception_that_ends_a_greenlet_is_found(
    greenlets: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    gevent.spawn(int, "nobody").join()
    assert [type(each) for each in greenlets] == [ValueError]
    greenlets.clear()
    assert "nobody" in capsys.readouterr().err


@pytest.mark.parametrize(
    "kind", [ResourceWarning, pytest.PytestUnraisableExceptionWarning, pytest.PytestUnhandledThreadExceptionWarning]
)
def test_no_filter_lets_leaks_pass(kind: type[Warning]) -> None:
    with pytest.raises(kind):
        warnings.warn(kind("unclosed <socket.socket fd=3>"), stacklevel=1)


def test_a_socket_that_is_dropped_while_it_is_open_warns() -> None:
    with pytest.MonkeyPatch.context() as patch:
        ignored: list[object] = []
        patch.setattr("sys.unraisablehook", lambda about: ignored.append(about.exc_type))
        socket.socket()
    assert ignored == [ResourceWarning]
