from collections.abc import Callable, Mapping, Sequence

import engineio

class Client:
    connected: bool
    eio: engineio.Client
    namespaces: dict[str, str | None]

    def __init__(
        self,
        reconnection: bool = True,
        reconnection_attempts: int = 0,
        reconnection_delay: float = 1,
        reconnection_delay_max: float = 5,
        randomization_factor: float = 0.5,
        logger: object = False,
        serializer: str = "default",
        json: object = None,
        handle_sigint: bool = True,
        **kwargs: object,
    ) -> None: ...
    def on(self, event: str, handler: Callable[..., object] | None = None, namespace: str | None = None) -> None: ...
    def connect(
        self,
        url: str,
        headers: Mapping[str, str] = ...,
        auth: object = None,
        transports: Sequence[str] | None = None,
        namespaces: Sequence[str] | None = None,
        socketio_path: str = "socket.io",
        wait: bool = True,
        wait_timeout: float = 1,
        retry: bool = False,
    ) -> None: ...
    def emit(
        self,
        event: str,
        data: object = None,
        namespace: str | None = None,
        callback: Callable[..., object] | None = None,
    ) -> None: ...
    def disconnect(self) -> None: ...
