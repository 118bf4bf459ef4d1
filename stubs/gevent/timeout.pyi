class Timeout(BaseException):
    def __init__(
        self,
        seconds: float | None = None,
        exception: type[BaseException] | BaseException | bool | None = None,
        ref: bool = True,
        priority: int = -1,
        _one_shot: bool = False,
    ) -> None: ...
    def __enter__(self) -> Timeout: ...
    def __exit__(self, typ: object, value: object, tb: object) -> bool | None: ...
