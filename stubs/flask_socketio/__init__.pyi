import socketio
from flask import Flask

class SocketIO:
    server: socketio.Server  # from init_app on

    def __init__(self, app: Flask | None = None, **kwargs: object) -> None: ...
    def init_app(self, app: Flask | None, **kwargs: object) -> None: ...
