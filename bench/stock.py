"""Stock Flask-SocketIO as a peer: the same protocol (connect to /live, sync, changes), one room, websockets only.

`python -m bench.stock PORT BYTES`; each byte on standard input publishes a change of about BYTES bytes.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import sys  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from flask import Flask  # noqa: E402
from flask_socketio import SocketIO, emit, join_room  # noqa: E402
from gevent.fileobject import FileObject  # noqa: E402
from gevent.pywsgi import WSGIServer  # noqa: E402

app = Flask(__name__)
server = SocketIO(app, async_mode="gevent", transports=["websocket"], manage_session=False)


@server.on("connect", namespace="/live")
def connected(auth: Any = None) -> None:
    join_room("night")
    emit("sync", {"epoch": "e", "seq": 1, "reset": False, "objects": [], "retry_ms": 5000})


def publish(size: int) -> None:
    """Publish a change for each byte that comes."""
    post = {"kind": "post", "body": ""}
    change = {"epoch": "e", "seq": 2, "prev": 1, "at": "2025-03-03T01:00:00.000Z", "objects": [post]}
    post["body"] = "x" * max(0, size - len(json.dumps(["change", change])) - 9)
    incoming = FileObject(sys.stdin.buffer, "rb", 0)
    while data := incoming.read(4096):
        for _ in data:
            server.emit("change", change, to="night", namespace="/live")


if __name__ == "__main__":
    port, size = map(int, sys.argv[1:])
    gevent.spawn(publish, size)
    http = WSGIServer(("127.0.0.1", port), app, backlog=4096, log=None)
    http.start()
    print("ready", flush=True)
    http.serve_forever()
