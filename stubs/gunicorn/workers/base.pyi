from socket import socket
from typing import Any

from gunicorn.workers.workertmp import WorkerTmp

class Worker:
    aborted: bool
    alive: bool
    sockets: list[socket]
    pid: int | str
    tmp: WorkerTmp
    wsgi: Any  # what the application's `load` returned

    def init_signals(self) -> None: ...
    def run(self) -> None: ...
