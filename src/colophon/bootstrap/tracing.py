"""Traces for OpenTelemetry, on where the standard variables ask for them and the ``traces`` extra is installed.

A span says which step took how long and whether it failed: no address beyond the host, no header, no text of a prompt
or an error leaves with it. The provider is this package's own and not the process's, so that no library adds to it.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import wraps
from importlib.metadata import version
from os import environ
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import httpx

from colophon.errors import ColophonError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_LOG = logging.getLogger("colophon.traces")
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PARENT = "traceparent"
TRACE_TAG = "traceparent:"
"""Begins the tag by which a run knows the trace it belongs to."""
P = ParamSpec("P")
R = TypeVar("R")


class _State:
    provider: "TracerProvider | None" = None


def wanted(variables: Mapping[str, str]) -> bool:
    """Whether the standard variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/)
    ask for traces. Without one of them nothing is exported, although the standard would send to this machine."""
    if variables.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = variables.get("OTEL_TRACES_EXPORTER", "").strip()
    return exporter == "otlp" or (not exporter and any(variables.get(name) for name in _ENDPOINTS))


def set_up_traces() -> bool:
    """Once for each process. False: not asked for, or it cannot be done, which is said in the log and no error: work
    goes on without."""
    if _State.provider is not None or not wanted(environ):
        return _State.provider is not None
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), "http/protobuf")
    if protocol != "http/protobuf":
        _LOG.warning("no traces: this package speaks OTLP over http/protobuf, and %s is asked for", protocol)
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        _LOG.warning("no traces: they are asked for, and the extra colophon[traces] is not installed")
        return False
    own = {"service.version": version("colophon")}
    if not environ.get("OTEL_SERVICE_NAME"):
        own["service.name"] = "colophon"
    provider = TracerProvider(resource=Resource.create(own))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _State.provider = provider  # ends with the process, and sends what is left then
    return True


def end_traces() -> None:
    """Send what is left and stop; `set_up_traces` begins anew."""
    if _State.provider is not None:
        _State.provider.shutdown()
        _State.provider = None


@contextmanager
def span(
    name: str, *, parent: "Context | None" = None, kind: str = "internal", **attributes: str
) -> "Iterator[Span | None]":
    """A step, as long as the block; None where there are no traces. An error is told by its code or class alone."""
    if _State.provider is None:
        yield None
        return
    from opentelemetry.trace import SpanKind, StatusCode

    told = {f"colophon.{name}": value for name, value in attributes.items()}
    tracer = _State.provider.get_tracer("colophon", version("colophon"))
    with tracer.start_as_current_span(
        name, parent, SpanKind[kind.upper()], told, record_exception=False, set_status_on_exception=False
    ) as made:
        try:
            yield made
        except Exception as error:
            made.set_attribute("error.type", error.code if isinstance(error, ColophonError) else type(error).__name__)
            made.set_status(StatusCode.ERROR)
            raise


def traced(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A step that is a function; its first argument, an id, is told."""

    def decorate(step: Callable[P, R]) -> Callable[P, R]:
        @wraps(step)
        def with_span(*args: P.args, **kwargs: P.kwargs) -> R:
            first = next((each for each in (*args, *kwargs.values()) if isinstance(each, str)), "")
            with span(name, subject=first):
                return step(*args, **kwargs)

        return with_span

    return decorate


def trace_ids() -> tuple[str, str] | None:
    """Trace and span at work here, in hexadecimal; None: there is none."""
    if _State.provider is None:
        return None
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    found = get_current_span().get_span_context()
    return (format_trace_id(found.trace_id), format_span_id(found.span_id)) if found.is_valid else None


def traceparent() -> str | None:
    """What another process goes on from, in the form of W3C Trace Context."""
    if _State.provider is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(_PARENT)


def context_of(parent: str | None) -> "Context | None":
    """The context that a ``traceparent`` from outside names; None: it names none."""
    if _State.provider is None or not parent:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({_PARENT: parent})


class ContextThreads(ThreadPoolExecutor):
    """Threads whose work belongs to the trace of whoever gave it to them."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        return super().submit(copy_context().run, fn, *args, **kwargs)


class TracedTransport(httpx.BaseTransport):
    """Requests to a vendor as spans: which route, host, method and status, until the answer begins. Vendors are told
    nothing of the trace."""

    def __init__(self, inner: httpx.BaseTransport, route: str) -> None:
        self._inner = inner
        self._route = route

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with span(f"{request.method} {self._route}", kind="client", route=self._route) as made:
            if made is not None:
                made.set_attributes({"http.request.method": request.method, "server.address": request.url.host})
            answer = self._inner.handle_request(request)
            if made is not None:
                made.set_attribute("http.response.status_code", answer.status_code)
            return answer

    def close(self) -> None:
        self._inner.close()
