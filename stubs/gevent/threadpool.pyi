from collections.abc import Callable
from typing import TypeVar

_R = TypeVar("_R")

class ThreadPool:
    def apply(
        self, func: Callable[..., _R], args: tuple[object, ...] | None = None, kwds: dict[str, object] | None = None
    ) -> _R: ...
