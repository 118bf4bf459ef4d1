"""Whether what storage returns is what was stored. Pure.

A record's checksum is in the blog's `meta`, under `sum:<scope>:<ref>`: its seq and the beginning of its SHA-1. A
release that knows no checksums leaves them as they are; then the record's seq is later than that of its checksum. A
change of a log has its mark, which is a hash of everything that it says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

SUM_SIZE = 16
"""Characters of a record's hash."""
_SEQ = re.compile(rb'"seq": ?(\d+)\}$')


def sum_of(seq: int, value: bytes) -> bytes:
    """The checksum of a record, as the scripts write it."""
    return b"%d:%b" % (seq, hashlib.sha1(value, usedforsecurity=False).hexdigest()[:SUM_SIZE].encode())


def sum_name(scope: str, ref: str) -> str:
    """The field of `meta` with a record's checksum."""
    return f"sum:{scope}:{ref}"


def is_sound(value: bytes | None, checksum: bytes | None) -> bool:
    """Whether a record is as it was stored. One without a checksum must at least have its seq twice."""
    if value is None:
        return checksum is None
    prefix, said = value.partition(b":")[0], _SEQ.search(value)
    if said is None or said[1] != prefix:
        return False
    known = checksum.partition(b":")[0] if checksum is not None else b""
    if checksum is None or (known.isdigit() and int(known) < int(prefix)):
        return True  # of a release that knows no checksums
    return checksum == sum_of(int(prefix), value)


def damaged(values: Mapping[bytes, bytes], sums: Mapping[bytes, bytes]) -> set[str]:
    """The records, by their refs, that are not as they were stored, or are lost."""
    return {ref.decode(errors="replace") for ref in {*values, *sums} if not is_sound(values.get(ref), sums.get(ref))}


def is_true(fields: Mapping[bytes, bytes]) -> bool:
    """Whether a change of a log is as it was written. Those of release 0.1.0 have no mark."""
    mark = fields.get(b"mark", b"")
    said = fields.get(b"after", b"") + fields.get(b"at", b"") + fields.get(b"objects", b"")
    return not mark or hashlib.sha1(said, usedforsecurity=False).hexdigest().encode() == mark
