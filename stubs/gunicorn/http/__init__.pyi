import socket
from collections.abc import Iterator

from gunicorn.config import Config
from gunicorn.http.message import Request

def get_parser(
    cfg: Config, source: socket.socket, source_addr: object, http2_connection: bool = False
) -> Iterator[Request]: ...
