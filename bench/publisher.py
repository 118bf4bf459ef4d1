"""An editor for the benchmarks, in a separate process, so that the crowd's reading does not delay its posts.

Each line on standard input is a JSON list of bodies to POST one after the other. When all are answered, it prints the
times of start and end (`time.perf_counter()`, the machine's monotonic clock).
"""

from __future__ import annotations

import http.client
import json
import sys
import time


def main(port: int, path: str, token: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    for line in sys.stdin:
        began = time.perf_counter()
        for body in json.loads(line):
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status < 300, answer.status
        print(began, time.perf_counter(), flush=True)


main(int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
