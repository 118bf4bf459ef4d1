from typing import Protocol

class _Reader(Protocol):
    def read(self, size: int) -> bytes: ...

class Body:
    failed: bool
    reader: _Reader
    def __init__(self, reader: _Reader) -> None: ...
    def read(self, size: int | None = None) -> bytes: ...
