"""The ring by itself: what each connection got and what is answered, for whatever connections do meanwhile."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import random
import socket
import struct
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator

import gevent
import pytest

from liveblog.push import uring
from liveblog.push.uring import NOT_SUBMITTED, ROWS, UNKNOWN, Ring

SYS_io_uring_register, IORING_REGISTER_PROBE, IO_URING_OP_SUPPORTED = 427, 8, 1
IORING_FEAT_SINGLE_MMAP, FEATURES, RING_MASK, RING_ENTRIES = 1, 5, 2, 3
EMPTY = array("I", [0]) * 64


def _is_there() -> bool:
    """Whether the kernel makes such a ring, asked without the code that is tested."""
    if platform.system() != "Linux" or platform.machine() not in uring.MACHINES:
        return False
    params = array("I", [0, 0, uring.IORING_SETUP_SINGLE_ISSUER | uring.IORING_SETUP_DEFER_TASKRUN]) + EMPTY
    fd = int(ctypes.CDLL(None).syscall(uring.SYS_io_uring_setup, 1, ctypes.c_void_p(params.buffer_info()[0])))
    if fd >= 0:
        os.close(fd)
    return fd >= 0


pytestmark = pytest.mark.skipif(not _is_there(), reason="this system has no io_uring for us")


@pytest.fixture
def ring() -> Ring:
    """A small one, whose queues begin anew often."""
    return Ring(8)


Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def connect() -> Iterator[Callable[..., Pair]]:
    """Makes connections over TCP: our side, which does not block, and the reader's."""
    opened: list[socket.socket] = []

    def connected(buffer: int = 0) -> Pair:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            peer = socket.socket()
            if buffer:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            peer.connect(listener.getsockname())
            ours, _ = listener.accept()
        if buffer:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        ours.setblocking(False)
        peer.settimeout(60)
        opened.extend((ours, peer))
        return ours, peer

    yield connected
    for each in opened:
        each.close()


def received(peer: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size and (piece := peer.recv(size - len(found))):
        found += piece
    return found


def has_nothing(peer: socket.socket) -> bool:
    peer.setblocking(False)
    try:
        return not peer.recv(1)
    except BlockingIOError:
        return True
    finally:
        peer.settimeout(60)


def test_the_kernel_knows_the_call(ring: Ring) -> None:
    probe = ctypes.create_string_buffer(16 + 8 * 256)
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.syscall(SYS_io_uring_register, ring._fd, IORING_REGISTER_PROBE, probe, 256) == 0
    number, _, flags, _ = list(struct.iter_unpack("BBHI", probe.raw[16:]))[uring.IORING_OP_SEND]
    assert (number, flags & IO_URING_OP_SUPPORTED) == (uring.IORING_OP_SEND, IO_URING_OP_SUPPORTED)


def test_the_layout_is_the_kernels() -> None:
    """What it writes into the parameters and the queues stands where the ring reads it."""
    params = EMPTY[:]
    params[uring.CQ_ENTRIES], params[uring.FLAGS] = 16, uring.IORING_SETUP_CQSIZE
    fd = ctypes.CDLL(None).syscall(uring.SYS_io_uring_setup, 8, ctypes.c_void_p(params.buffer_info()[0]))
    try:
        with mmap.mmap(fd, mmap.PAGESIZE) as queues:
            words = array("I", queues[:])
    finally:
        os.close(fd)
    assert (params[uring.SQ_ENTRIES], params[uring.CQ_ENTRIES]) == (8, 16)
    assert params[FEATURES] & IORING_FEAT_SINGLE_MMAP
    assert list(params[uring.PARAMS :]) == [0] * (64 - uring.PARAMS)  # the kernel's structure is not longer
    for offsets, entries in ((uring.SQ_OFF, 8), (uring.CQ_OFF, 16)):
        assert words[params[offsets + RING_MASK] // 4] == entries - 1
        assert words[params[offsets + RING_ENTRIES] // 4] == entries
    assert (uring.SQE.size, uring.CQE.size) == (64, 16)
    assert params[uring.SQ_OFF + uring.SQ_ARRAY] >= params[uring.CQ_OFF + uring.CQ_CQES] + 16 * uring.CQE.size


def test_all_get_the_bytes_in_calls_of_any_size(ring: Ring, connect: Callable[..., Pair]) -> None:
    """Many more calls than the queues have room for: they would be full if completions were not taken out."""
    luck, pairs = random.Random(1), [connect() for _ in range(8)]
    wanted = [b"" for _ in pairs]
    for number in range(300):
        chosen = luck.sample(range(8), luck.randint(1, 8))
        data = b"%d " % number * luck.randint(1, 9)
        assert ring.send(array("i", [pairs[each][0].fileno() for each in chosen]), data) == [len(data)] * len(chosen)
        for each in chosen:
            wanted[each] += data
    assert [received(peer, len(bytes)) for (_, peer), bytes in zip(pairs, wanted, strict=True)] == wanted


def test_one_call_serves_five_hundred_and_twelve(connect: Callable[..., Pair]) -> None:
    ours, peer = connect()
    assert Ring().send(array("i", [ours.fileno()] * ROWS), b"news") == [4] * ROWS
    assert received(peer, 4 * ROWS) == b"news" * ROWS


def test_more_connections_than_rows_are_refused_before_anything_is_sent(
    ring: Ring, connect: Callable[..., Pair]
) -> None:
    ours, peer = connect()
    with pytest.raises(ValueError, match="memoryview"):
        ring.send(array("i", [ours.fileno()] * 9), b"news")
    assert ring.send(array("i", [ours.fileno()]), b"more") == [4]
    assert received(peer, 4) == b"more"


def test_a_full_connection_takes_a_part_and_then_nothing(ring: Ring, connect: Callable[..., Pair]) -> None:
    slow, slow_peer = connect(4096)
    quick, quick_peer = connect()
    data = random.Random(2).randbytes(1 << 19)
    part, whole = ring.send(array("i", [slow.fileno(), quick.fileno()]), data[: 1 << 17])
    assert 0 < part < 1 << 17 == whole
    while (result := ring.send(array("i", [slow.fileno()]), data[part:])[0]) > 0:
        part += result
    assert result == -errno.EAGAIN
    assert received(quick_peer, whole) == data[:whole]
    assert received(slow_peer, part) == data[:part]
    assert has_nothing(slow_peer)


def test_each_failure_is_answered_in_its_place(ring: Ring, connect: Callable[..., Pair]) -> None:
    well, peer = connect()
    shut, _ = connect()
    shut.shutdown(socket.SHUT_WR)
    reset, reset_peer = connect()
    reset_peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reset_peer.close()
    no_socket, end = os.pipe()
    closed, _ = connect()
    number = closed.fileno()
    closed.close()
    results = ring.send(
        array("i", [shut.fileno(), well.fileno(), reset.fileno(), number, no_socket, well.fileno()]), b"news"
    )
    os.close(no_socket)
    os.close(end)
    assert results == [-errno.EPIPE, 4, -errno.ECONNRESET, -errno.EBADF, -errno.ENOTSOCK, 4]
    assert received(peer, 8) == b"newsnews"


def test_a_line_that_closes_after_a_call_leaves_nothing_to_the_next_one_with_its_number(
    ring: Ring, connect: Callable[..., Pair]
) -> None:
    ours, peer = connect()
    again, new_peer = connect()
    number = ours.fileno()
    assert ring.send(array("i", [number]), b"the last words") == [14]
    ours.close()
    os.dup2(again.fileno(), number)
    try:
        assert ring.send(array("i", [number]), b"hello") == [5]
    finally:
        os.close(number)
    assert received(peer, 100) == b"the last words"
    assert received(new_peer, 5) == b"hello"


def test_what_the_kernel_does_not_take_for_want_of_memory_stays_unsent(
    ring: Ring, connect: Callable[..., Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [connect() for _ in range(5)]
    fds = array("i", [ours.fileno() for ours, _ in pairs])
    enter = ring._enter
    with monkeypatch.context() as short:
        short.setattr(ring, "_enter", lambda submissions, completions: enter(3, 3))
        assert ring.send(fds, b"one") == [3, 3, 3, NOT_SUBMITTED, NOT_SUBMITTED]
    assert ring.send(fds, b"two") == [3] * 5
    assert [received(peer, 6) for _, peer in pairs[:3]] == [b"onetwo"] * 3
    assert [received(peer, 3) for _, peer in pairs[3:]] == [b"two"] * 2
    assert all(has_nothing(peer) for _, peer in pairs)


def failing(number: int) -> int:
    ctypes.set_errno(number)
    return -1


def test_a_refused_call_sends_nothing_and_the_next_one_works(
    ring: Ring, connect: Callable[..., Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, peer = connect()
    with monkeypatch.context() as refused:
        refused.setattr(ring, "_enter", lambda *_: failing(errno.ENOMEM))
        with pytest.raises(OSError, match=os.strerror(errno.ENOMEM)):
            ring.send(array("i", [ours.fileno()] * 4), b"one")
    assert ring.send(array("i", [ours.fileno()]), b"two") == [3]
    assert received(peer, 3) == b"two"
    assert has_nothing(peer)


def test_a_wait_that_a_signal_interrupts_is_continued(
    ring: Ring, connect: Callable[..., Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [connect() for _ in range(3)]
    enter, calls = ring._enter, [0]

    def late(submissions: int, completions: int) -> int:
        """What is submitted is only done when somebody waits the second time."""
        calls[0] += 1
        if calls[0] == 1:
            return submissions
        return failing(errno.EINTR) if calls[0] == 2 else enter(3, completions)

    monkeypatch.setattr(ring, "_enter", late)
    assert ring.send(array("i", [ours.fileno() for ours, _ in pairs]), b"news") == [4] * 3
    assert calls == [3]
    assert [received(peer, 4) for _, peer in pairs] == [b"news"] * 3


def test_after_a_lost_completion_the_ring_is_not_used_again(
    ring: Ring, connect: Callable[..., Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [connect() for _ in range(3)]
    fds, enter = array("i", [ours.fileno() for ours, _ in pairs]), ring._enter

    def forgetful(submissions: int, completions: int) -> int:
        if not submissions:
            return failing(errno.EBADR)
        enter(2, 2)
        return submissions

    monkeypatch.setattr(ring, "_enter", forgetful)
    assert ring.send(fds, b"news") == [4, 4, UNKNOWN]
    with pytest.raises(OSError, match="completions"):
        ring.send(fds, b"more")


def test_completions_may_come_in_any_order(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    def backwards(submissions: int, completions: int) -> int:
        """Completes what is submitted as the kernel would, the last one first."""
        for place, mark in enumerate(reversed(range(submissions))):
            at = ring._words[ring._done] + place & 15
            ring._marks[at], ring._results[at] = mark, 100 + mark
        ring._words[ring._done] += submissions
        return submissions

    monkeypatch.setattr(ring, "_enter", backwards)
    for count in (3, 8, 8, 5):
        assert ring.send(array("i", [-1] * count), b"news") == list(range(100, 100 + count))


def test_another_thread_may_not_use_it(ring: Ring, connect: Callable[..., Pair]) -> None:
    ours, peer = connect()

    def attempt() -> int | None:
        try:
            ring.send(array("i", [ours.fileno()]), b"news")
        except OSError as no:
            return no.errno
        return 0

    assert gevent.get_hub().threadpool.apply(attempt) == errno.EEXIST
    assert has_nothing(peer)
    assert ring.send(array("i", [ours.fileno()]), b"more") == [4]


FORKS = """
import os, socket
from array import array
from liveblog.push.uring import Ring
ring, (ours, peer) = Ring(8), socket.socketpair()
fds, tail, child = array("i", [ours.fileno()]), ring._words[ring._tail], os.fork()
try:
    done = ring.send(fds, b"news")
except OSError as no:
    os._exit(no.errno)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), ring._words[ring._tail] - tail, done, peer.recv(9))
ours.close()
peer.close()
"""


def test_a_process_that_was_forked_may_not_use_it() -> None:
    """Its queues are memory of both, so it would disturb the other one."""
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == (f"{errno.EPERM} 1 [4] b'news'\n", "")


def test_a_program_that_is_started_inherits_no_descriptor_of_it(ring: Ring) -> None:
    mine = {each for each in os.listdir("/proc/self/fd") if "io_uring" in _target(f"/proc/self/fd/{each}")}
    assert str(ring._fd) in mine
    found = subprocess.run(["ls", "-l", "/proc/self/fd"], close_fds=False, capture_output=True, text=True, timeout=60)
    assert "io_uring" not in found.stdout


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except FileNotFoundError:  # that of the listing itself
        return ""


def test_what_was_sent_is_not_kept(ring: Ring, connect: Callable[..., Pair]) -> None:
    data = os.urandom(9)
    before = sys.getrefcount(data)
    assert ring.send(array("i", [connect()[0].fileno()]), data) == [9]
    assert sys.getrefcount(data) == before


def test_a_dropped_ring_gives_its_descriptors_back() -> None:
    before = os.listdir("/proc/self/fd")
    ring = Ring(8)
    assert len(os.listdir("/proc/self/fd")) > len(before)
    del ring
    assert os.listdir("/proc/self/fd") == before
