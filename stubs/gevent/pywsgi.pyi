from collections.abc import Callable

class WSGIServer:
    def __init__(
        self,
        listener: tuple[str, int],
        application: Callable[..., object] | None = None,
        backlog: int | None = None,
        spawn: object = "default",
        log: object = "default",
        error_log: object = "default",
        handler_class: type | None = None,
        environ: dict[str, object] | None = None,
        **ssl_args: object,
    ) -> None: ...
    def start(self) -> None: ...
    def serve_forever(self, stop_timeout: float | None = None) -> None: ...
