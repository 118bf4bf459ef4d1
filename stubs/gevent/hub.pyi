from types import TracebackType

from gevent.threadpool import ThreadPool

class Hub:
    @property
    def threadpool(self) -> ThreadPool: ...
    def print_exception(
        self, context: object, t: type[BaseException], v: BaseException, tb: TracebackType | None
    ) -> None: ...

def get_hub() -> Hub: ...
