"""Runs Python code in which the kernel refuses system calls, as containers' default profiles do.

`python -m tests.push.seccomp NUMBER,… CODE`
"""

from __future__ import annotations

import ctypes
import errno
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # of Berkeley packet filters
REFUSE, ALLOW = 0x00050000 | errno.EPERM, 0x7FFF0000


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("rows", ctypes.c_char_p))


def refuse(calls: list[int]) -> None:
    """From now on these calls fail in this process with "Operation not permitted"."""
    rows = [(LOAD, 0, 0, 0)]  # the call's number
    for number in calls:
        rows += [(JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    rows.append((RETURN, 0, 0, ALLOW))
    program = Program(len(rows), b"".join(struct.pack("HBBI", *row) for row in rows))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program)) == 0, ctypes.get_errno()


if __name__ == "__main__":
    refuse([int(number) for number in sys.argv[1].split(",")])
    exec(sys.argv[2])
