from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from gevent import event as event
from gevent import lock as lock
from gevent import monkey as monkey
from gevent import pool as pool
from gevent import socket as socket
from gevent.greenlet import Greenlet as Greenlet
from gevent.hub import get_hub as get_hub
from gevent.timeout import Timeout as Timeout

_P = ParamSpec("_P")
_R = TypeVar("_R")

def spawn(function: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> Greenlet[_R]: ...
def spawn_later(seconds: float, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> Greenlet[_R]: ...
def sleep(seconds: float = 0, ref: bool = True) -> None: ...
def idle(priority: int = 0) -> None: ...
def joinall(
    greenlets: Sequence[Greenlet[_R]], timeout: float | None = None, raise_error: bool = False, count: int | None = None
) -> list[Greenlet[_R]]: ...
def killall(
    greenlets: Sequence[Greenlet[_R]],
    exception: type[BaseException] = ...,
    block: bool = True,
    timeout: float | None = None,
) -> None: ...
