from typing import BinaryIO, Literal

class AbstractFileSystem:
    protocol: str | tuple[str, ...]

    def makedirs(self, path: str, exist_ok: bool = False) -> None: ...
    def open(
        self,
        path: str,
        mode: Literal["rb", "wb"] = "rb",
        block_size: int | None = None,
        cache_options: object = None,
        compression: str | None = None,
        **kwargs: object,
    ) -> BinaryIO: ...
    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: object) -> None: ...
    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **kwargs: object) -> bytes: ...
    def exists(self, path: str, **kwargs: object) -> bool: ...
    def rm_file(self, path: str) -> None: ...
    def ls(self, path: str, detail: bool = True, **kwargs: object) -> list[str]: ...  # as asked here: without detail
    def put_file(
        self,
        lpath: str,
        rpath: str,
        callback: object = ...,
        mode: str = "overwrite",
        **kwargs: object,
    ) -> None: ...
