from collections.abc import Callable
from typing import ParamSpec

from gevent.greenlet import Greenlet

_P = ParamSpec("_P")

class Pool:
    def spawn(self, function: Callable[_P, object], /, *args: _P.args, **kwargs: _P.kwargs) -> Greenlet[object]: ...
    def kill(self, exception: type[BaseException] = ..., block: bool = True, timeout: float | None = None) -> None: ...
    def join(self, timeout: float | None = None, raise_error: bool = False) -> bool: ...
