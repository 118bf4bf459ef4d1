from typing import Generic, TypeVar

_T = TypeVar("_T")

class Queue(Generic[_T]):
    def put(self, item: _T, block: bool = True, timeout: float | None = None) -> None: ...
    def get(self, block: bool = True, timeout: float | None = None) -> _T: ...
