from gevent.threadpool import ThreadPool

class Hub:
    @property
    def threadpool(self) -> ThreadPool: ...

def get_hub() -> Hub: ...
