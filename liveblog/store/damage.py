"""A damaged append-only file of the embedded server, which then does not start: what can be kept of it.

Valkey loads a file that only lacks its end. It refuses one with other bytes in it, and says how to go on in words for
its own operators, with a program that its package does not have: the server itself, under another name.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from .embedded import NoServer, binary, locate

FOLDER = "appendonlydir"


class Kept(NamedTuple):
    """What a repair kept: bytes of how many, and where the files are as they were."""

    bytes: int
    of: int
    before: Path


def repair(data: Path) -> Kept:
    """Keep what stands before the damage, after copying all of it. Raises `NoServer` if that cannot be done."""
    folder = data / FOLDER
    if locate(data) is not None:
        raise NoServer("the storage is running, so its file is not damaged")
    files = sorted(folder.glob("*.incr.aof"), key=lambda file: int(file.suffixes[-3][1:]))
    if not files:
        raise NoServer(f"there is no storage in {data}")
    last, size = files[-1], files[-1].stat().st_size
    before = _copied(folder)
    server = binary()
    command = [f"{Path(server).name.partition('-')[0]}-check-aof", "--fix", str(last)]
    done = subprocess.run(command, executable=server, input=b"y\n", capture_output=True)
    if done.returncode:
        said = re.sub(rb"\s+", b" ", done.stdout + done.stderr).decode(errors="replace")
        raise NoServer(f"{last} cannot be repaired; restore {folder} from a backup ({said[-200:].strip()})")
    return Kept(last.stat().st_size, size, before)


def _copied(folder: Path) -> Path:
    """A copy of the files as they are, beside them."""
    number = 1
    while (copy := folder.with_name(f"{folder.name}.damaged-{number}")).exists():
        number += 1
    try:
        shutil.copytree(folder, copy)
    except (OSError, shutil.Error) as error:
        raise NoServer(f"{folder} cannot be copied to {copy}: {error}") from None
    return copy
