import select
import socket
import sys
from collections.abc import Callable
from typing import Any, Literal, overload

class MonkeyPatchWarning(RuntimeWarning): ...

@overload
def get_original(mod_name: Literal["socket"], item_name: Literal["socket"]) -> type[socket.socket]: ...
@overload
def get_original(mod_name: Literal["os"], item_name: Literal["close"]) -> Callable[[int], None]: ...

if sys.platform == "linux":
    @overload
    def get_original(mod_name: Literal["select"], item_name: Literal["epoll"]) -> type[select.epoll]: ...

@overload
def get_original(mod_name: str, item_name: str) -> Any: ...
def is_module_patched(mod_name: str) -> bool: ...
def patch_all(
    socket: bool = True,
    dns: bool = True,
    time: bool = True,
    select: bool = True,
    thread: bool = True,
    os: bool = True,
    ssl: bool = True,
    subprocess: bool = True,
    sys: bool = False,
    aggressive: bool = True,
    Event: bool = True,
    builtins: bool = True,
    signal: bool = True,
    queue: bool = True,
    contextvars: bool = True,
    **kwargs: object,
) -> bool | None: ...
