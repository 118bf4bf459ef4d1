"""Which way messages are sent, and that they are sent in either."""

from __future__ import annotations

import errno
import logging
import os
import platform
import socket
import subprocess
import sys
from array import array

import pytest

from liveblog.push import sender, uring
from liveblog.push.sender import IO_URING, WRITE, Sender

CODE = """
import array, logging, socket, sys
from liveblog.push.sender import Sender
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
made = Sender(allowed=True)
ours, peer = socket.socketpair()
assert made.send(array.array("i", [ours.fileno()]), b"news") == [4] and peer.recv(9) == b"news"
ours.close()
peer.close()
"""
REASON = "readers are sent to by one write each, because io_uring cannot be used here: "


def test_without_leave_no_ring_is_made(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(sender, "Ring", lambda: pytest.fail("a ring was made"))
    caplog.set_level(logging.INFO)
    assert Sender(allowed=False).path == WRITE
    assert caplog.messages == ["readers are sent to by one write each, because LIVEBLOG_IO_URING is off"]


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.ENOMEM, errno.EMFILE])
def test_where_a_ring_cannot_be_made_the_log_says_why(
    number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(sender, "Ring", refuse)
    caplog.set_level(logging.INFO)
    assert Sender(allowed=True).path == WRITE
    assert caplog.messages == [REASON + os.strerror(number)]


@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("FreeBSD", "amd64"), ("Linux", "mips64")])
def test_other_systems_are_not_even_asked(system: str, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers of the calls mean something else there."""
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(uring._libc, "syscall", lambda *_: pytest.fail("the kernel was asked"))
    assert Sender(allowed=True).path == WRITE


@pytest.mark.skipif(platform.system() != "Linux", reason="seccomp is Linux's")
@pytest.mark.parametrize("call", [uring.SYS_io_uring_setup, uring.SYS_io_uring_enter])
def test_where_a_container_refuses_the_calls_it_writes(call: int) -> None:
    command = [sys.executable, "-m", "tests.push.seccomp", str(call), CODE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == REASON + os.strerror(errno.EPERM) + "\n"


def test_a_ring_that_fails_at_work_is_given_up_and_everybody_gets_the_message(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing:
        def send(self, fds: array[int], data: bytes) -> list[int]:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(sender, "Ring", Failing)
    made = Sender(allowed=True)
    assert made.path == IO_URING
    pairs = [socket.socketpair() for _ in range(3)]
    pairs[1][1].close()
    fds = array("i", [ours.fileno() for ours, _ in pairs])
    assert made.send(fds, b"news") == [4, -errno.EPIPE, 4]
    assert [peer.recv(9) for _, peer in (pairs[0], pairs[2])] == [b"news"] * 2
    assert made.path == WRITE
    assert made.send(fds, b"more") == [4, -errno.EPIPE, 4]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    for each in (each for pair in pairs for each in pair):
        each.close()


def test_both_ways_answer_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = []
    for allowed in (True, False):
        made = Sender(allowed=allowed)
        well, full, gone = (socket.socketpair() for _ in range(3))
        for ours, _ in (well, full, gone):
            ours.setblocking(False)
        while made.send(array("i", [full[0].fileno()]), b"x" * 4096)[0] > 0:
            pass
        gone[1].close()
        fds = array("i", [well[0].fileno(), full[0].fileno(), gone[0].fileno(), -1])
        answers.append(made.send(fds, b"news"))
        assert well[1].recv(9) == b"news"
        for each in (each for pair in (well, full, gone) for each in pair):
            each.close()
    assert answers == [[4, -errno.EAGAIN, -errno.EPIPE, -errno.EBADF]] * 2
