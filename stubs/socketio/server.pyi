from collections.abc import Callable, Mapping
from typing import ParamSpec

import engineio

_P = ParamSpec("_P")

class Server:
    eio: engineio.Server
    handlers: Mapping[str, object]
    namespace_handlers: Mapping[str, object]

    def __init__(
        self,
        client_manager: object = None,
        logger: object = False,
        serializer: str = "default",
        json: object = None,
        async_handlers: bool = True,
        always_connect: bool = False,
        namespaces: object = None,
        **kwargs: object,
    ) -> None: ...
    def on(self, event: str, handler: Callable[..., object] | None = None, namespace: str | None = None) -> None: ...
    def emit(
        self,
        event: str,
        data: object = None,
        to: str | None = None,
        room: str | None = None,
        skip_sid: str | list[str] | None = None,
        namespace: str | None = None,
        callback: Callable[..., object] | None = None,
        ignore_queue: bool = False,
    ) -> None: ...
    def enter_room(self, sid: str, room: str, namespace: str | None = None) -> None: ...
    def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None: ...
    def start_background_task(self, target: Callable[_P, object], *args: _P.args, **kwargs: _P.kwargs) -> object: ...
