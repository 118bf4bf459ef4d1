"""Traces and reports of faults for installations that collect them: OpenTelemetry and Sentry, each an extra.

Both are off unless their own standard variables are set, and start in each web process, after its fork. They get
routes, statuses, times, ids and places in the program; never a text, a header, an address or the value of a variable.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING

from . import logs

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer
    from sentry_sdk.types import Event, Hint

log = logging.getLogger(__name__)

OURS = "liveblog"
TAGS = ("request", "route", "blog", "change")
KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "server_name", "sdk")
"""What a report of a fault has beside its place in the program."""


class Request:
    """The span of a request, and what was the current one before."""

    __slots__ = ("before", "span")

    def __init__(self, span: Span, before: Token[Context]) -> None:
        self.span, self.before = span, before


_tracer: Tracer | None = None
_request: ContextVar[Request | None] = ContextVar("request", default=None)


def start(version: str) -> None:
    """Start what the environment asks for. A missing library is a line in the log, and no end of the start."""
    places = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    if (place := next(filter(os.environ.get, places), "")) and os.environ.get("OTEL_SDK_DISABLED") != "true":
        with _optional(place, "otel"):
            _start_traces(version)
    if os.environ.get("SENTRY_DSN"):
        with _optional("SENTRY_DSN", "sentry"):
            _start_reports(version)


@contextmanager
def _optional(variable: str, extra: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        log.warning("%s is set, but %s is missing: pip install 'liveblog[%s]'", variable, error.name, extra)
    except Exception as error:  # an address that is none, and the like
        log.warning("%s cannot be used: %s", variable, type(error).__name__)


# -- OpenTelemetry


def _start_traces(version: str) -> None:
    """Sends by HTTP. gRPC has threads of its own, which gevent does not know."""
    global _tracer
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    if os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf") != "http/protobuf":
        log.warning("traces are sent by http/protobuf only; OTEL_EXPORTER_OTLP_PROTOCOL asks for another protocol")
    named = "service.name" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "") or "OTEL_SERVICE_NAME" in os.environ
    facts = {"service.version": version} | ({} if named else {"service.name": "liveblog"})
    provider = TracerProvider(resource=Resource.create(facts))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("liveblog", version)


def begin(name: str, traceparent: str) -> None:
    """Begin the span of a request, as part of the trace that its `traceparent` names, if it has one."""
    if _tracer is None:
        return
    from opentelemetry import context, trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    outside = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
    span = _tracer.start_span(name, outside, kind=trace.SpanKind.SERVER)
    _request.set(Request(span, context.attach(trace.set_span_in_context(span, outside))))


def end(**about: str | int) -> None:
    """End the span of the request, with what is known of it."""
    found = _request.get()
    if found is None:
        return
    from opentelemetry import context, trace

    _request.set(None)
    for name, value in about.items():
        found.span.set_attribute(name.replace("_", "."), value)
    if int(about.get("http_response_status_code", 0)) >= 500:
        found.span.set_status(trace.StatusCode.ERROR)
    found.span.end()
    context.detach(found.before)


@contextmanager
def span(name: str) -> Iterator[None]:
    """A part of the current request that is worth a span of its own."""
    if _tracer is None or _request.get() is None:
        yield
        return
    with _tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False):
        yield


# -- Sentry


def _start_reports(version: str) -> None:
    """Report what is logged as an error. The other integrations would send requests, their bodies and breadcrumbs."""
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        release=f"liveblog@{version}",
        default_integrations=False,  # nor does it add what it knows of people: `send_default_pii` is off by default
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR, sentry_logs_level=None)],
        auto_enabling_integrations=False,
        before_send=_without_values,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        enable_backpressure_handling=False,
        enable_metrics=False,
        propagate_traces=False,
    )


def _without_values(event: Event, hint: Hint) -> Event | None:
    """What may leave: which exceptions, where in the program, and the log's line before its values were put in."""
    kept: dict[str, object] = {name: value for name, value in event.items() if name in KEPT}
    kept["tags"] = {name: str(value) for name in TAGS if (value := logs.known(name)) is not None}
    faults = event.get("exception", {}).get("values", [])
    kept["exception"] = {"values": [{"type": each.get("type"), "stacktrace": _places(each)} for each in faults]}
    if str(event.get("logger", "")).startswith(OURS):  # of other libraries' lines nobody knows what is in them
        kept["logentry"] = {"message": str(event.get("logentry", {}).get("message", ""))}
    return kept  # type: ignore[return-value]


def _places(fault: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    frames = fault.get("stacktrace", {}).get("frames", [])
    assert isinstance(frames, list)
    return {"frames": [{name: value for name, value in frame.items() if name != "vars"} for frame in frames]}
