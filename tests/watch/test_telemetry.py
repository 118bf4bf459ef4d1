"""OpenTelemetry and Sentry, from a real server to collectors on loopback: what they get, and what they never get."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import brotli
import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from liveblog.watch import telemetry
from tests.live_server import LiveServer, live_server, until

SECRET = "the envelope says"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PRIVATE = (SECRET, "cookie-of-somebody", "203.0.113.99", "correct horse", "query-of-somebody")


UNPACK: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class Collector(ThreadingHTTPServer):
    """Takes whatever is sent to it. `sent` has the bodies, without compression."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append(UNPACK[self.headers.get("Content-Encoding", "")](body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *about: object) -> None:
        """Says nothing."""


@contextmanager
def collector() -> Iterator[Collector]:
    with Collector() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()


def read_and_write(server: LiveServer, slug: str) -> None:
    """Requests that carry what nobody else may get."""
    headers = {"Cookie": "liveblog_session=cookie-of-somebody", "X-Forwarded-For": "203.0.113.99"}
    about = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "X_Request_Id": "proxy-4711"}
    answer = server.api("POST", f"/blogs/{slug}/posts", {"body": SECRET, "headline": SECRET}, **about)
    assert answer.status_code == 201
    requests.get(f"{server.url}/live/{slug}?name=query-of-somebody", headers=headers, timeout=60)
    sign_in = {"name": "Ana", "password": "correct horse battery"}
    requests.post(f"{server.url}/desk/sign-in", data=sign_in, headers=headers, timeout=60)


def spans(sent: list[bytes]) -> list[Any]:
    found = [ExportTraceServiceRequest.FromString(body) for body in sent]
    return [
        span
        for each in found
        for resource in each.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def test_a_request_is_a_span_with_its_use_of_storage() -> None:
    with collector() as collecting:
        asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{collecting.place}", "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with live_server("serve", **asked) as server:
            slug = server.open()
            read_and_write(server, slug)
            until(lambda: {"POST api.publish", "POST auth.sign_in"} <= {span.name for span in spans(collecting.sent)})
            (act,) = [span for span in spans(collecting.sent) if span.name == "POST api.publish"]
            facts = {each.key: each.value.string_value or each.value.int_value for each in act.attributes}
            assert facts["http.route"] == "api.publish"
            assert facts["http.response.status.code"] == 201
            assert facts["liveblog.request"] == "proxy-4711"
            assert act.trace_id.hex() == TRACE  # from the proxy, as its request's id
            inside = [span.name for span in spans(collecting.sent) if span.parent_span_id == act.span_id]
            assert "storage blogs" in inside
            written = b"".join(collecting.sent)
            assert b"liveblog" in written
            assert not [word for word in (*PRIVATE, server.token) if word.encode() in written]


def test_a_fault_is_reported_with_its_place_and_nothing_else() -> None:
    with collector() as collecting, live_server("serve", SENTRY_DSN=f"http://key@{collecting.place}/1") as server:
        slug = server.open()
        read_and_write(server, slug)
        broken = server.open("broken")
        unknown = f'1:2:{{"kind":"{SECRET}","seq":1}}'  # in the form of a record, but no object
        server.store.client.hset(f"lb:{{{broken}}}:public", "post:x", unknown)
        server.log.expect("GET api.get_blog failed")
        headers = {"Cookie": "liveblog_session=cookie-of-somebody", "X-Request-Id": "proxy-4712"}
        where = f"{server.url}/api/v1/blogs/{broken}?name=query-of-somebody"
        assert requests.get(where, headers=headers, timeout=60).status_code == 500
        until(lambda: collecting.sent)
        (report,) = [json.loads(body.splitlines()[-1]) for body in collecting.sent]
        assert report["tags"] == {"request": "proxy-4712", "route": "api.get_blog", "blog": broken}
        assert report["logentry"]["message"] == "%s %s failed"
        (fault,) = report["exception"]["values"]
        assert fault["type"] == "ValidationError"
        assert any(frame["function"] == "get_blog" for frame in fault["stacktrace"]["frames"])
        assert not [frame for frame in fault["stacktrace"]["frames"] if "vars" in frame]
        written = b"".join(collecting.sent)
        assert not [word for word in (*PRIVATE, server.token) if word.encode() in written]
        assert not {"request", "user", "breadcrumbs", "extra", "contexts", "modules"} & report.keys()


@pytest.mark.slow
def test_a_collector_that_does_not_answer_harms_nobody() -> None:
    asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "SENTRY_DSN": "http://key@127.0.0.1:1/1"}
    with live_server("serve", OTEL_BSP_SCHEDULE_DELAY="50", **asked) as server:
        slug = server.open()
        for _ in range(20):
            assert server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"}).status_code == 201
        server.stop()
        assert server.process.returncode == 0


def test_a_missing_library_and_a_wrong_address_are_said_and_do_not_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("SENTRY_DSN", "no address")
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.resources", None)
    telemetry.start("0")
    assert caplog.messages == [
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, but opentelemetry.sdk.resources is missing: pip install 'liveblog[otel]'",
        "SENTRY_DSN cannot be used: BadDsn",
    ]


def test_without_their_variables_neither_is_loaded(server: LiveServer) -> None:
    (worker,) = server.workers()
    loaded = Path(f"/proc/{worker}/maps").read_text()
    assert "google/_upb" not in loaded
