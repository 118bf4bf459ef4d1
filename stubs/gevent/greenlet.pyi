from typing import Generic, TypeVar

from typing_extensions import disjoint_base

_R = TypeVar("_R")

@disjoint_base
class Greenlet(Generic[_R]):
    value: _R | None

    def ready(self) -> bool: ...
    def get(self, block: bool = True, timeout: float | None = None) -> _R: ...
    def kill(self, exception: type[BaseException] = ..., block: bool = True, timeout: float | None = None) -> None: ...
    def join(self, timeout: float | None = None) -> None: ...
