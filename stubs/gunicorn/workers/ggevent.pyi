from collections.abc import Callable

import gevent.socket
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker

class GeventWorker(Worker):
    server_class: Callable[..., object] | None

    def patch(self) -> None: ...
    def handle(self, listener: object, client: gevent.socket.socket, addr: object) -> None: ...
    def handle_request(self, listener_name: object, req: Request, sock: gevent.socket.socket, addr: object) -> None: ...
