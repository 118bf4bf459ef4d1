"""One system call for many connections: Linux's io_uring (io_uring(7)), by ctypes and mmap.

Names that are not ours are those of the kernel's header, `linux/io_uring.h`. A ring is two queues in memory that we
share with the kernel: of submissions, whose entries are rows of 64 bytes, and of completions. `Ring.send` returns when
all its submissions are completed. So the bytes outlive their use, and no descriptor is closed in between, after which
another connection could have its number.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import socket
import struct
import weakref
from array import array

SYS_io_uring_setup, SYS_io_uring_enter = 425, 426
MACHINES = ("x86_64", "aarch64", "riscv64", "ppc64le", "s390x")
"""Where the calls have these numbers."""

IORING_SETUP_CQSIZE, IORING_SETUP_SUBMIT_ALL = 1 << 3, 1 << 7
IORING_SETUP_SINGLE_ISSUER, IORING_SETUP_DEFER_TASKRUN = 1 << 12, 1 << 13
IORING_OFF_SQ_RING, IORING_OFF_SQES = 0, 0x10000000
IORING_ENTER_GETEVENTS = 1 << 0
IORING_OP_SEND = 26

ROWS = 512
"""The most connections of one call."""
NOT_SUBMITTED, UNKNOWN = -errno.EAGAIN, -errno.EIO
WORD = 0xFFFFFFFF  # the queues' positions count on from 0 after it

# struct io_uring_params has 30 words of 32 bits; from sq_off and cq_off on they say where in the queues things are
SQ_ENTRIES, CQ_ENTRIES, FLAGS, SQ_OFF, CQ_OFF, PARAMS = 0, 1, 2, 10, 20, 30
HEAD, TAIL, SQ_ARRAY, CQ_CQES = 0, 1, 6, 5

# struct io_uring_sqe: opcode, flags, ioprio, fd, off, addr, len, msg_flags, user_data, and what SEND does not read
SQE = struct.Struct("=BBHiQQIIQ24x")
SQE_FD, SQE_ADDR, SQE_LEN = 4, 16, 24
# struct io_uring_cqe: user_data, res (what send(2) would have returned, or minus the error's number), flags
CQE = struct.Struct("=QiI")
CQE_USER_DATA, CQE_RES = 0, 8

_libc = ctypes.CDLL(None, use_errno=True)  # its calls let go of the interpreter's lock


class Ring:
    """Sends the same bytes to many connections. Only the thread that made it may use it, and no process after a fork.

    Raises `OSError` where the system has no such ring (it needs Linux 6.1), or forbids it.
    """

    def __init__(self, rows: int = ROWS) -> None:
        if platform.system() != "Linux" or platform.machine() not in MACHINES:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        params = array("I", [0]) * PARAMS
        params[CQ_ENTRIES] = 2 * rows
        params[FLAGS] = (
            IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL
        )
        place = ctypes.c_void_p(params.buffer_info()[0])
        self._fd = _called(_libc.syscall(SYS_io_uring_setup, rows, place))
        weakref.finalize(self, os.close, self._fd)
        self._rows, self._completions = params[SQ_ENTRIES], params[CQ_ENTRIES]
        self._map_queues(params[SQ_OFF:], params[CQ_OFF:])
        self._map_rows()
        self._data = b""
        self._lost = False
        self._process = os.getpid()
        self._prove()

    def _map_queues(self, sq: array[int], cq: array[int]) -> None:
        size = max(sq[SQ_ARRAY] + 4 * self._rows, cq[CQ_CQES] + CQE.size * self._completions)
        queues = memoryview(mmap.mmap(self._fd, size, offset=IORING_OFF_SQ_RING))  # one map has both
        self._words = queues[: size & ~3].cast("I")
        self._head, self._tail, self._seen, self._done = (at // 4 for at in (sq[HEAD], sq[TAIL], cq[HEAD], cq[TAIL]))
        self._order = self._words[sq[SQ_ARRAY] // 4 :][: self._rows]  # the rows in the order of their submission
        self._turns = memoryview(array("I", range(self._rows)) * 2)
        completions = queues[cq[CQ_CQES] :][: CQE.size * self._completions]
        self._results = completions.cast("i")[CQE_RES // 4 :: CQE.size // 4]
        self._marks = completions.cast("Q")[CQE_USER_DATA // 8 :: CQE.size // 8]

    def _map_rows(self) -> None:
        """Write what never changes into each row; descriptor, address and length are three columns."""
        rows = mmap.mmap(self._fd, SQE.size * self._rows, offset=IORING_OFF_SQES)
        flags = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
        rows[:] = b"".join(SQE.pack(IORING_OP_SEND, 0, 0, -1, 0, 0, 0, flags, row) for row in range(self._rows))
        view = memoryview(rows)
        self._fds = view.cast("i")[SQE_FD // 4 :: SQE.size // 4]
        self._addresses = view.cast("Q")[SQE_ADDR // 8 :: SQE.size // 8]
        self._lengths = view.cast("I")[SQE_LEN // 4 :: SQE.size // 4]

    def _prove(self) -> None:
        """Send something: a filter may admit one of the calls only."""
        ours, peer = socket.socketpair()
        with ours, peer:
            if self.send(array("i", [-1, ours.fileno()]), b"proof") != [-errno.EBADF, 5] or peer.recv(6) != b"proof":
                raise OSError(errno.EPROTO, "io_uring answers something else")

    def send(self, fds: array[int], data: bytes) -> list[int]:
        """Send to at most `ROWS` connections. Returns for each the bytes that it took, or minus the error's number.

        Raises `OSError` if the kernel takes no submission; then nobody has got anything.
        """
        count = len(fds)
        if self._lost:
            raise OSError(errno.EIO, "completions are missing")
        if os.getpid() != self._process:  # the queues are memory of both, so it would disturb the other one
            raise OSError(errno.EPERM, "the ring is of another process")
        self._fds[:count] = fds
        self._addresses[:count] = array("Q", [ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0]) * count
        self._lengths[:count] = array("I", [len(data)]) * count
        self._data = data  # the kernel reads it, even if a completion should never come
        taken = self._submit(count)
        results = self._complete(taken) if taken else []
        if not self._lost:
            self._data = b""
        return results if taken == count else [*results, *[NOT_SUBMITTED] * (count - taken)]

    def _submit(self, count: int) -> int:
        """Submit the first rows, and wait until they are completed. Returns how many the kernel took."""
        words = self._words
        tail = words[self._tail]
        start = self._rows - (tail & (self._rows - 1))
        self._order[:] = self._turns[start : start + self._rows]  # the next one in the queue is row 0
        words[self._tail] = (tail + count) & WORD
        taken = self._enter(count, count)
        if taken < count:  # the system is short of memory: take the rest out of the queue
            words[self._tail] = words[self._head]
        return _called(taken)

    def _complete(self, count: int) -> list[int]:
        """The results in the order of the rows. They are there already, because a send with MSG_DONTWAIT never waits;
        if one is not, even after a wait, its result is `UNKNOWN`, and the ring is not used again."""
        words, size = self._words, self._completions
        seen = words[self._seen]
        while (there := (words[self._done] - seen) & WORD) < count and not self._lost:
            self._lost = self._enter(0, count) < 0 and ctypes.get_errno() != errno.EINTR
        at = seen & (size - 1)
        end, over = at + there, max(0, at + there - size)
        results = [*self._results[at:end], *self._results[:over]]
        words[self._seen] = (seen + there) & WORD
        if there == count and results.count(results[0]) == count:
            return results
        found = [UNKNOWN] * count
        for mark, result in zip([*self._marks[at:end], *self._marks[:over]], results, strict=True):
            found[mark] = result
        return found

    def _enter(self, submissions: int, completions: int) -> int:
        call = (SYS_io_uring_enter, self._fd, submissions, completions, IORING_ENTER_GETEVENTS, None, 0)
        return int(_libc.syscall(*call))


def _called(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
